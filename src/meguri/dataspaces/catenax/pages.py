"""Footprints in Catena-X form on pages: a supplier's file counts for a part, a published one is saved as a file."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.connection import Request

from meguri.dataspaces.catenax.pcf import NegativeStage, taking
from meguri.dataspaces.catenax.pcf.giving import ComponentInput, result_as_component
from meguri.dataspaces.pact.model import OwnFootprint
from meguri.dataspaces.pact.service import own_footprints
from meguri.footprint.calculation.flags import FLAGS
from meguri.footprint.service import Received
from meguri.footprint.worksheets.model import KeptResult
from meguri.footprint.worksheets.service import result as kept_result
from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.forms import text
from meguri.traceability.model import Part
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import FromPath, Unit, editor, signed_in

AnyRequest = Request[Any, Any, Any]
MOST_PARTS = 500
_ASKED = ("customer_part_id", "manufacturer_part_id", "site", "company")
_FIELDS = {"siteIdentifier": "site", "legalidentifier": "company"}
_encoder = msgspec.json.Encoder(decimal_format="number")


class CatenaxPage(msgspec.Struct, frozen=True, kw_only=True):
    """`catenax.html`. `wrong`: why a file was not taken, then its faults place by place; `doubts`: what to ask the sender."""

    published: list[OwnFootprint]
    parts: list[Part]
    trace_id: str
    wrong: list[str]
    taken: Received | None
    doubts: list[str]
    may_edit: bool


class ComponentPage(msgspec.Struct, frozen=True, kw_only=True):
    """`catenax_result.html`."""

    kept: KeptResult
    part: Part
    given: dict[str, str]
    errors: dict[str, str]


@get("/pact/catenax", guards=[signed_in], include_in_schema=False)
async def show(request: AnyRequest, unit: Unit) -> Response[str]:
    """What was published, to be saved in Catena-X form, and the form that takes a supplier's."""
    return await _show(request, unit)


@post("/pact/catenax", guards=[editor], include_in_schema=False, status_code=200)
async def take(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Takes a supplier's file; what does not fit is named, and nothing changes."""
    language = viewer_of(request).language
    form = await request.form()
    trace_id, file = text(form, "trace_id"), form.get("file")
    content = await file.read() if file is not None and hasattr(file, "read") else b""
    part = parse_uuid(trace_id)
    if part is None:
        return await _show(request, unit, trace_id, [say("footprint.sheet.choose", language)])
    try:
        in_percent = bool(text(form, "percent"))
        taken = await unit(taking.take, part, taking.aspect_of(content), in_percent=in_percent)
    except Refusal as refusal:
        faults = [f"{fault.field}: {fault.of(language)}" for fault in refusal.fields]
        return await _show(request, unit, trace_id, [refusal.sentence(language), *faults])
    return await _show(request, unit, trace_id, taken=taken)


@get("/pact/catenax/{footprint_id:uuid}/pcf.json", guards=[signed_in], include_in_schema=False)
async def save(request: AnyRequest, unit: Unit, footprint_id: FromPath[UUID]) -> Response[Any]:
    """A published footprint as a file in the form of `io.catenax.pcf` 9.0.0."""
    language = viewer_of(request).language
    try:
        mapped = await unit(taking.own_as_aspect, footprint_id)
    except NotFound:
        raise
    except Refusal as refusal:
        return done(request, "/pact/catenax", Flash(happened=refusal.sentence(language), kind="attention"))
    headers = {"content-disposition": f'attachment; filename="pcf-{footprint_id}.json"', "cache-control": "no-store"}
    if mapped.warnings:
        headers["warning"] = ", ".join(f'199 - "{each}"' for each in mapped.warnings)
    return Response(_encoder.encode(mapped.body), media_type="application/json", headers=headers)


@get("/pact/catenax/results/{result_id:uuid}", guards=[signed_in], include_in_schema=False)
async def component(request: AnyRequest, unit: Unit, result_id: FromPath[UUID]) -> Response[str]:
    """What a battery maker wants to know beside a kept result."""
    return await _component(request, unit, result_id, {}, {})


@post("/pact/catenax/results/{result_id:uuid}", guards=[editor], include_in_schema=False, status_code=200)
async def save_component(request: AnyRequest, unit: Unit, result_id: FromPath[UUID]) -> Response[Any]:
    """The kept result as a component supplier's footprint, to be saved."""
    language = viewer_of(request).language
    form = await request.form()
    given = {name: text(form, name) for name in (*_ASKED, "end_of_life", "metals")}
    told = ComponentInput(
        customer_part_id=given["customer_part_id"],
        manufacturer_part_id=given["manufacturer_part_id"],
        site=given["site"],
        company=given["company"],
        end_of_life="gross" if given["end_of_life"] == "gross" else "net",
        metals=[given["metals"]] if given["metals"] else [],
    )
    empty = {name: say("footprint.sheet.choose", language) for name in _ASKED if not given[name]}
    if empty:
        return await _component(request, unit, result_id, given, empty)
    try:
        body = await unit(result_as_component, result_id, told)
    except NotFound:
        raise
    except NegativeStage as refusal:
        return await _component(request, unit, result_id, given, {"end_of_life": refusal.sentence(language)})
    except Refusal as refusal:
        wrong = {_FIELDS.get(one.field, one.field): one.of(language) for one in refusal.fields}
        return await _component(request, unit, result_id, given, wrong or {"form": refusal.sentence(language)})
    headers = {"content-disposition": f'attachment; filename="component-{result_id}.json"', "cache-control": "no-store"}
    return Response(_encoder.encode(body), media_type="application/json", headers=headers)


async def _component(
    request: AnyRequest, unit: Unit, result_id: UUID, given: dict[str, str], errors: dict[str, str]
) -> Response[str]:
    async def read(tx: Transaction, scope: OperatorScope) -> ComponentPage:
        kept = await kept_result(tx, scope, result_id)
        part = await traceability.part(tx, scope, kept.result.trace_id)
        return ComponentPage(kept=kept, part=part, given=given, errors=errors)

    return page(request, "catenax_result.html", await unit(read), status_code=422 if errors else 200)


async def _show(
    request: AnyRequest, unit: Unit, trace_id: str = "", wrong: list[str] | None = None, taken: Received | None = None
) -> Response[str]:
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> CatenaxPage:
        parts, _ = await traceability.parts_page(tx, scope, limit=MOST_PARTS)
        return CatenaxPage(
            published=list(await own_footprints(tx, scope)),
            parts=parts,
            trace_id=trace_id,
            wrong=wrong or [],
            taken=taken,
            doubts=[FLAGS[flag].of(language) for flag in (taken.flags if taken else ()) if flag in FLAGS],
            may_edit=scope.may_edit,
        )

    return page(request, "catenax.html", await unit(read), status_code=422 if wrong else 200)


handlers = [show, take, save, component, save_component]
