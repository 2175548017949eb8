"""Pages of the consumer's side: a partner's catalog, asking, what was agreed there, fetching. Words in, words out."""

from datetime import datetime
from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Request, Response, get, post

from meguri.dataspaces.dsp import consumer_view as consumer
from meguri.dataspaces.dsp import store
from meguri.dataspaces.dsp.consumer_view import NotAccepted, Offered
from meguri.dataspaces.dsp.errors import PartnerNotFound
from meguri.dataspaces.dsp.kinds import short_name
from meguri.dataspaces.dsp.model import Partner, Process
from meguri.dataspaces.dsp.pages import HOME
from meguri.dataspaces.dsp.wording import conditions_of, ending
from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.scope import OperatorScope, Role
from meguri.kernel.text import Language
from meguri.storage import Transaction
from meguri.ui import Flash, done, page, viewer_of
from meguri.ui.words import say
from meguri.web import Db, FromQuery, Unit, editor, signed_in

AnyRequest = Request[Any, Any, Any]
_SIGNS = {"FINALIZED": "ok", "TERMINATED": "stop", "COMPLETED": "ok"}


class OfferedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One dataset of a partner. `terms`: what could only be recorded and has to be accepted."""

    dataset_id: str
    title: str
    kind: str
    conditions: list[str]
    terms: list[str]


class AskedRow(msgspec.Struct, frozen=True, kw_only=True):
    """One negotiation of ours; `href`: of its agreement."""

    dataset_id: str
    title: str
    state: str
    sign: str
    why: str
    at: datetime
    href: str


class PartnerPage(msgspec.Struct, frozen=True, kw_only=True):
    """`partner.html`. `away`: why its catalog cannot be read; `open`: the dataset whose terms have to be accepted."""

    name: str
    did: str
    offered: list[OfferedRow]
    asked: list[AskedRow]
    away: str | None
    open: str
    error: str | None
    may_edit: bool


class ReceivedPage(msgspec.Struct, frozen=True, kw_only=True):
    """`received.html`: data that came, as they came."""

    title: str
    agreement_href: str
    received_at: datetime
    content_hash: str
    erased_after: datetime | None
    content: str


def _offered(one: Offered, language: Language) -> OfferedRow:
    return OfferedRow(
        dataset_id=one.dataset_id,
        title=one.title,
        kind=short_name(one.type_iri),
        conditions=conditions_of(one.policy, language),
        terms=one.unknown_terms,
    )


def _asked(one: Process, titles: dict[str, str], language: Language) -> AskedRow:
    href = f"{HOME}/agreement?id={quote(one.agreement_id, safe='')}" if one.agreement_id else ""
    return AskedRow(
        dataset_id=one.dataset_id or "",
        title=titles.get(one.dataset_id or "", one.dataset_id or "—"),
        state=one.state,
        sign=_SIGNS.get(one.state, "waiting"),
        why=one.held or ending(one.end_code or "", language),
        at=one.created_at,
        href=href,
    )


async def _partner(tx: Transaction, scope: OperatorScope, did: str) -> Partner:
    found = await store.partner(tx, scope, did)
    if found is None:
        raise PartnerNotFound
    return found


async def _page(
    request: AnyRequest, unit: Unit, db: Db, did: str, opened: str = "", error: str | None = None
) -> Response[str]:
    viewer = viewer_of(request)
    partner = await unit(_partner, did)
    away, found = None, []
    try:
        found = await consumer.browse(db, unit.scope, did, viewer.language)
    except Refusal as refusal:
        away = refusal.sentence(viewer.language)
    titles = {one.dataset_id: one.title for one in found}
    context = PartnerPage(
        name=partner.name,
        did=did,
        offered=[_offered(one, viewer.language) for one in found],
        asked=[_asked(one, titles, viewer.language) for one in await unit(consumer.negotiations, did)],
        away=away,
        open=opened,
        error=error,
        may_edit=viewer.has(Role.EDITOR),
    )
    return page(request, "dataspaces/partner.html", context, status_code=422 if error else 200)


@get(f"{HOME}/partner", guards=[editor], include_in_schema=False)
async def partner(request: AnyRequest, unit: Unit, db: Db, did: FromQuery[str] = "") -> Response[str]:
    """What a partner shows us, and what we asked it for. Raises PartnerNotFound."""
    return await _page(request, unit, db, did)


@post(f"{HOME}/partner/ask", guards=[editor], status_code=200, include_in_schema=False)
async def ask(request: AnyRequest, unit: Unit, db: Db) -> Response[Any]:
    """Ask for a dataset; terms that cannot be enforced are shown first, to be accepted one by one."""
    form, language = await request.form(), viewer_of(request).language
    did, dataset = str(form.get("did") or ""), str(form.get("dataset") or "")
    accepted = tuple(str(one) for one in form.getall("accept", []))
    try:
        await consumer.ask(db, unit.scope, did, dataset, accepted)
    except NotFound:
        raise
    except NotAccepted as refusal:
        return await _page(request, unit, db, did, dataset, refusal.sentence(language))
    except Refusal as refusal:
        return await _page(request, unit, db, did, "", refusal.sentence(language))
    happened = say("dataspaces.partner.asked_done", language)
    seen = say("dataspaces.partner.asked_seen", language)
    return done(request, f"{HOME}/partner?did={quote(did, safe='')}", Flash(happened=happened, seen_by=seen))


@post(f"{HOME}/agreement/fetch", guards=[editor], status_code=200, include_in_schema=False)
async def fetch(request: AnyRequest, unit: Unit, db: Db) -> Response[Any]:
    """Ask for the data of an agreement of ours. Raises ProcessNotFound, PartnerAway, NotAvailable."""
    language = viewer_of(request).language
    agreement_id = str((await request.form()).get("id") or "")
    await consumer.fetch(db, unit.scope, agreement_id, "HttpData-PULL")
    back = f"{HOME}/agreement?id={quote(agreement_id, safe='')}"
    return done(request, back, Flash(happened=say("dataspaces.agreement.fetching", language)))


@get(f"{HOME}/received", guards=[signed_in], include_in_schema=False)
async def received(request: AnyRequest, unit: Unit, pid: FromQuery[str] = "") -> Response[str]:
    """Data that came. Raises ProcessNotFound."""
    one = await unit(consumer.copy, pid)
    content = one.envelope.get("content") if isinstance(one.envelope, dict) else one.envelope
    context = ReceivedPage(
        title=one.dataset_id,
        agreement_href=f"{HOME}/agreement?id={quote(one.agreement_id, safe='')}",
        received_at=one.received_at,
        content_hash=one.content_hash,
        erased_after=one.delete_after,
        content=msgspec.json.format(msgspec.json.encode(content), indent=2).decode(),
    )
    return page(request, "dataspaces/received.html", context)


handlers = [partner, ask, fetch, received]
