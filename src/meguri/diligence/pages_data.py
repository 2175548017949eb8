"""The page of country, region and trade data: what is loaded, and loading."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile

from meguri.diligence.errors import RiskDataRejected
from meguri.diligence.model import RiskDataInput
from meguri.diligence.pages_common import HTML, AnyRequest, may_edit, told
from meguri.diligence.service import scoring
from meguri.diligence.service.data_sets import DataSet, data_sets
from meguri.kernel.errors import Refusal
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.parts import Choice
from meguri.ui.viewer import viewer_of
from meguri.web import Unit, editor, signed_in

PLACE = "/diligence/data"
_KINDS = ("indicators", "cahra", "measures")


class DataPage(msgspec.Struct, frozen=True, kw_only=True):
    """`data.html`. `problems`: row (the heading is 1) and what is wrong with it."""

    sets: list[DataSet]
    kinds: list[Choice]
    kind: str
    may_edit: bool
    wrong: str = ""
    problems: list[tuple[str, str]] = []


async def _page(
    request: AnyRequest, unit: Unit, kind: str = "", wrong: str = "", problems: list[tuple[str, str]] | None = None
) -> Response[str]:
    context = DataPage(
        sets=await unit(data_sets),
        kinds=[Choice(value=one, label=told(request, f"data.{one}")) for one in _KINDS],
        kind=kind,
        may_edit=may_edit(request),
        wrong=wrong,
        problems=problems or [],
    )
    return page(request, "data.html", context, status_code=422 if wrong else 200)


@get(PLACE, guards=[signed_in], include_in_schema=False)
async def data_page(request: AnyRequest, unit: Unit) -> Response[str]:
    """What is loaded."""
    return await _page(request, unit)


@post(PLACE, guards=[editor], status_code=200, include_in_schema=False)
async def load(request: AnyRequest, unit: Unit) -> HTML:
    """Takes a file in; rows that are wrong are named."""
    form, language = await request.form(), viewer_of(request).language
    file, kind = form.get("file"), str(form.get("kind") or "")
    if not isinstance(file, UploadFile) or not file.filename:
        return await _page(request, unit, kind, told(request, "data.no_file"))
    try:
        raw: dict[str, Any] = {"kind": kind, "csv": (await file.read()).decode("utf-8-sig")}
        _, loaded = await unit(scoring.load_risk_data, msgspec.convert(raw, RiskDataInput))
    except RiskDataRejected as refusal:
        problems = [(fault.field.removeprefix("line "), fault.of(language)) for fault in refusal.fields]
        return await _page(request, unit, kind, refusal.sentence(language), problems)
    except Refusal as refusal:
        return await _page(request, unit, kind, refusal.sentence(language))
    except (UnicodeDecodeError, msgspec.ValidationError):
        return await _page(request, unit, kind, told(request, "data.unreadable"))
    happened = told(request, "data.loaded", n=loaded.rows - len(loaded.faults), rejected=len(loaded.faults))
    return done(request, PLACE, Flash(happened=happened))


handlers = [data_page, load]
