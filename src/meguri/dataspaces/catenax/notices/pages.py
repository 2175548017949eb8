"""The page of notifications: what partners told, what we told, and the form to tell. Words in, words out."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post

from meguri.dataspaces.catenax.notices import sending, store
from meguri.dataspaces.catenax.notices.model import ACTIONS, CLASSES, QUALITY, SEVERITIES, Notice, Quality
from meguri.dataspaces.dsp import store as partners
from meguri.dataspaces.dsp.model import Participant, Partner
from meguri.dataspaces.dsp.pages import HOME, sent
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope, Role
from meguri.storage import Transaction
from meguri.ui import Flash, done, page, viewer_of
from meguri.ui.parts import Choice
from meguri.ui.words import say
from meguri.web import FromPath, Unit, editor, signed_in

AnyRequest = Request[Any, Any, Any]
HERE = f"{HOME}/notices"


class NoticeRow(msgspec.Struct, frozen=True, kw_only=True):
    """One notification in the list."""

    notice_id: UUID
    inbound: bool
    partner: str
    action: str
    text: str
    at: datetime
    sign: str
    state: str


class GivenNotice(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed into the form."""

    partner: str = ""
    action: str = "connect-to-parent"
    information: str = ""
    items: str = ""
    classification: str = "QM-Investigation"
    severity: str = "MINOR"
    target: str = ""


class NoticesPage(msgspec.Struct, frozen=True, kw_only=True):
    """`notices.html`. `joined`: only who takes part can tell or be told."""

    joined: bool
    rows: list[NoticeRow]
    partners: list[Choice]
    actions: list[str]
    classes: list[str]
    severities: list[str]
    given: GivenNotice
    errors: dict[str, str]
    may_edit: bool


class NoticePage(msgspec.Struct, frozen=True, kw_only=True):
    """`notice.html`: one notification as it was sent."""

    row: NoticeRow
    message_id: str
    items: list[str]
    content: str


def _row(one: Notice, names: dict[str, str]) -> NoticeRow:
    state = "received" if one.inbound else "told" if one.told_at else "refused" if one.trouble else "waiting"
    content = one.body.get("content")
    return NoticeRow(
        notice_id=one.notice_id,
        inbound=one.inbound,
        partner=names.get(one.peer_did, one.peer_did),
        action=one.action,
        text=str((content if isinstance(content, dict) else {}).get("information") or ""),
        at=one.at,
        sign={"received": "ok", "told": "ok", "refused": "attention", "waiting": "waiting"}[state],
        state=state,
    )


async def _read(tx: Transaction, scope: OperatorScope) -> tuple[Participant | None, list[Notice], list[Partner]]:
    return await partners.participant(tx, scope), await store.notices(tx, scope), await partners.partners(tx, scope)


async def _page(request: AnyRequest, unit: Unit, given: GivenNotice, errors: dict[str, str]) -> Response[str]:
    participant, found, known = await unit(_read)
    names = {one.did: one.name for one in known}
    context = NoticesPage(
        joined=participant is not None,
        rows=[_row(one, names) for one in found[:100]],
        partners=[Choice(one.did, f"{one.name} ({one.did})") for one in known if not one.blocked],
        actions=[*ACTIONS, QUALITY],
        classes=list(CLASSES),
        severities=list(SEVERITIES),
        given=given,
        errors=errors,
        may_edit=viewer_of(request).has(Role.EDITOR),
    )
    return page(request, "dataspaces/notices.html", context, status_code=422 if errors else 200)


def _quality(given: GivenNotice) -> Quality | None:
    """What the form says of a quality problem. Raises NoticeUnsound for no date."""
    if given.action != QUALITY:
        return None
    try:
        target = datetime.fromisoformat(f"{given.target}T23:59:59+09:00") if given.target else None
    except ValueError:
        raise sending.NoticeUnsound from None
    return Quality(classification=given.classification, severity=given.severity, target_date=target)


@get(HERE, guards=[signed_in], include_in_schema=False)
async def notices(request: AnyRequest, unit: Unit) -> Response[str]:
    """What partners told us, and what we told them."""
    return await _page(request, unit, GivenNotice(), {})


@post(HERE, guards=[editor], status_code=200, include_in_schema=False)
async def tell(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Tell a partner, or say what is wrong."""
    form = await sent(request)
    given = GivenNotice(**{name: form[name] for name in GivenNotice.__struct_fields__ if name in form})
    items = [one.strip() for one in given.items.splitlines() if one.strip()]
    try:
        await unit(sending.send, given.partner, given.action, given.information.strip(), items, _quality(given))
    except Refusal as refusal:
        if refusal.status >= 500:
            raise
        place = "information" if isinstance(refusal, sending.NoticeUnsound) else "partner"
        return await _page(request, unit, given, {place: refusal.sentence(viewer_of(request).language)})
    language = viewer_of(request).language
    seen = say("dataspaces.notices.told_seen", language)
    return done(request, HERE, Flash(happened=say("dataspaces.notices.told_done", language), seen_by=seen))


@get(f"{HERE}/{{told_id:uuid}}", guards=[signed_in], include_in_schema=False)
async def notice(request: AnyRequest, unit: Unit, told_id: FromPath[UUID]) -> Response[str]:
    """One notification. Raises NoticeNotFound."""
    one = await unit(sending.one, told_id)
    _, _, known = await unit(_read)
    content = one.body.get("content")
    items = (content if isinstance(content, dict) else {}).get("listOfAffectedItems") or []
    context = NoticePage(
        row=_row(one, {each.did: each.name for each in known}),
        message_id=str(one.message_id),
        items=[each if isinstance(each, str) else msgspec.json.encode(each).decode() for each in items],
        content=msgspec.json.format(msgspec.json.encode(one.body), indent=2).decode(),
    )
    return page(request, "dataspaces/notice.html", context)


handlers = [notices, tell, notice]
