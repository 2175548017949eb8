"""The page of statistics among peers."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.connection import Request

from meguri.footprint import peers
from meguri.footprint.peers import Group, PeerFigure, Share
from meguri.footprint.worksheets import service as worksheets
from meguri.footprint.worksheets.model import KeptResult
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.forms import text
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import FromPath, Unit, editor, signed_in

AnyRequest = Request[Any, Any, Any]


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A kept result that may be contributed."""

    result_id: UUID
    label: str


class PeersPage(msgspec.Struct, frozen=True, kw_only=True):
    """`peers.html`. `names`: of the parts of contributed results."""

    groups: list[Group]
    named: dict[str, Group]
    min_group: int
    shares: list[Share]
    names: dict[UUID, str]
    figures: list[PeerFigure]
    offers: list[Offer]
    given: dict[str, str]
    wrong: str
    may_edit: bool


@get("/peers", guards=[signed_in], include_in_schema=False)
async def show(request: AnyRequest, unit: Unit) -> Response[str]:
    """Means among peers beside one's own, what one contributes, and the form to contribute a result."""
    return await _show(request, unit)


@post("/peers", guards=[editor], include_in_schema=False, status_code=200)
async def contribute(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Contributes a kept result."""
    language = viewer_of(request).language
    form = await request.form()
    given = {name: text(form, name) for name in ("result_id", "group")}
    result_id = parse_uuid(given["result_id"])
    if result_id is None or not given["group"]:
        return await _show(request, unit, given, say("footprint.sheet.choose", language))
    try:
        made = await unit(peers.contribute, result_id, given["group"])
    except Refusal as refusal:
        return await _show(request, unit, given, refusal.sentence(language))
    return done(request, "/peers", Flash(happened=say(f"footprint.peers.{_what(made.told)}", language), kind="ok"))


@post("/peers/{result_id:uuid}/take-back", guards=[editor], include_in_schema=False, status_code=200)
async def take_back(request: AnyRequest, unit: Unit, result_id: FromPath[UUID]) -> Response[Any]:
    """Takes a contribution back."""
    await unit(peers.take_back, result_id)
    words = say("footprint.peers.taken_back", viewer_of(request).language)
    return done(request, "/peers", Flash(happened=words, kind="ok"))


async def _show(request: AnyRequest, unit: Unit, given: dict[str, str] | None = None, wrong: str = "") -> Response[str]:
    async def read(tx: Transaction, scope: OperatorScope) -> PeersPage:
        shares = await peers.shares(tx, scope)
        kept = [one for sheet in await worksheets.worksheets(tx, scope) for one in await _newest(tx, scope, sheet)]
        parts = await traceability.parts_by_id(tx, scope, [one.result.trace_id for one in kept])
        label = {one.result.result_id: _label(one, parts) for one in kept}
        taken = {share.result_id for share in shares}
        return PeersPage(
            groups=list(peers.groups().values()),
            named=peers.groups(),
            min_group=peers.limits().min_group,
            shares=shares,
            names=label,
            figures=await peers.figures(tx, scope),
            offers=[
                Offer(result_id=one.result.result_id, label=label[one.result.result_id])
                for one in kept
                if one.result.result_id not in taken and one.stale is None
            ],
            given=given or {},
            wrong=wrong,
            may_edit=scope.may_edit,
        )

    return page(request, "peers.html", await unit(read), status_code=422 if wrong else 200)


async def _newest(tx: Transaction, scope: OperatorScope, sheet: Any) -> list[KeptResult]:
    """The newest result of a worksheet under each pack."""
    newest: dict[str, KeptResult] = {}
    for one in await worksheets.results(tx, scope, sheet.worksheet_id):
        newest.setdefault(one.result.pack.id, one)
    return list(newest.values())


def _label(kept: KeptResult, parts: Any) -> str:
    part = parts.get(kept.result.trace_id)
    return f"{part.name if part else kept.result.trace_id} · {kept.result.pack.id} · {kept.result.period_end.year}"


def _what(told: bool) -> str:
    return "contributed_told" if told else "contributed"


handlers = [show, contribute, take_back]
