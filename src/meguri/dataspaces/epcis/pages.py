"""The page of subscriptions: who is told of which events, up to when, and what does not arrive. Words in, words out."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post

from meguri.dataspaces.dsp import store as contracts
from meguri.dataspaces.dsp.offering import taking_part
from meguri.dataspaces.epcis import store, subscribing
from meguri.dataspaces.epcis.faults import Fault
from meguri.dataspaces.epcis.store import Subscription
from meguri.dataspaces.rules import epcis
from meguri.kernel.errors import NotFound
from meguri.kernel.scope import OperatorScope, Role
from meguri.kernel.text import Language
from meguri.storage import Transaction
from meguri.ui import Flash, done, page, viewer_of
from meguri.ui.parts import Choice
from meguri.ui.words import say
from meguri.web import FromPath, Unit, editor, signed_in

AnyRequest = Request[Any, Any, Any]
HERE = "/keys/dataspace/events"
TIMES: dict[str, dict[str, str] | None] = {
    "stream": None,
    "hourly": {"minute": "0"},
    "daily": {"hour": "21", "minute": "0"},  # 06:00 in Japan
}


class Given(msgspec.Struct, frozen=True, kw_only=True):
    """What was entered."""

    name: str = ""
    step: str = ""
    dest: str = ""
    when: str = "stream"


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """One subscription. `who`: empty for the company's own systems."""

    subscription_id: UUID
    name: str
    who: str
    dest: str
    when: str
    until: datetime
    sign: str
    trouble: str | None
    since: datetime | None


class EventsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`events.html`. `joined`: only who takes part in the data space has events that others read."""

    joined: bool
    rows: list[Row]
    steps: list[Choice]
    given: Given
    errors: dict[str, str]
    may_edit: bool


def _row(one: Subscription, names: dict[str, str], own: str) -> Row:
    plan = msgspec.json.decode(one.schedule) if one.schedule else None
    when = next((name for name, times in TIMES.items() if times == plan), "other")
    return Row(
        subscription_id=one.subscription_id,
        name=one.query_name,
        who="" if one.owner == own else names.get(one.owner, one.owner),
        dest=one.dest,
        when=when,
        until=one.reached,
        sign="attention" if one.trouble else "ok",
        trouble=one.trouble,
        since=one.failing_since,
    )


async def _events(request: AnyRequest, unit: Unit, given: Given, errors: dict[str, str]) -> Response[str]:
    async def read(tx: Transaction, scope: OperatorScope) -> tuple[bool, list[Row]]:
        participant = await contracts.participant(tx, scope)
        names = {one.did: one.name for one in await contracts.partners(tx, scope)}
        own = participant.did if participant else ""
        return participant is not None, [_row(one, names, own) for one in await store.all_subscriptions(tx, scope)]

    joined, rows = await unit(read)
    language = viewer_of(request).language
    steps = [
        Choice("", say("dataspaces.events.every_step", language)),
        *(Choice(one, one) for one in epcis().biz_steps),
    ]
    context = EventsPage(
        joined=joined,
        rows=rows,
        steps=steps,
        given=given,
        errors=errors,
        may_edit=viewer_of(request).has(Role.EDITOR),
    )
    return page(request, "dataspaces/events.html", context, status_code=422 if errors else 200)


@get(HERE, guards=[signed_in], include_in_schema=False)
async def events(request: AnyRequest, unit: Unit) -> Response[str]:
    """Who is told of our events."""
    return await _events(request, unit, Given(), {})


@post(HERE, guards=[editor], status_code=200, include_in_schema=False)
async def subscribe(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Have a system of ours told of events, or say why it cannot be."""
    form, language = await request.form(), viewer_of(request).language
    given = Given(**{name: str(form.get(name) or "").strip() for name in ("name", "step", "dest", "when")})
    token = str(form.get("token") or "").strip()
    errors = _wrong(given, token, language)
    if errors:
        return await _events(request, unit, given, errors)

    async def keep(tx: Transaction, scope: OperatorScope) -> str | None:
        own = (await taking_part(tx, scope)).did
        query: dict[str, Any] = {"EQ_bizStep": [given.step]} if given.step else {}
        if not await store.add_query(tx, scope, own, given.name, query):
            return "dataspaces.events.name_taken"
        plan = TIMES[given.when]
        body = {"dest": given.dest, **({"signatureToken": token} if token else {})}
        try:
            async with tx.savepoint():
                more: dict[str, Any] = {"schedule": plan} if plan else {"stream": True}
                await subscribing.subscribe(tx, scope, own, None, given.name, {**body, **more})
        except Fault:
            await store.drop_query(tx, scope, own, given.name)
            return "dataspaces.events.dest_wrong"
        return None

    wrong = await unit(keep)
    if wrong is not None:
        field = "name" if wrong.endswith("taken") else "dest"
        return await _events(request, unit, given, {field: say(wrong, language)})
    seen = say("dataspaces.events.subscribed_seen", language, dest=given.dest)
    return done(request, HERE, Flash(happened=say("dataspaces.events.subscribed", language), seen_by=seen))


def _wrong(given: Given, token: str, language: Language) -> dict[str, str]:
    found = {}
    if not 0 < len(given.name) <= 100 or "/" in given.name:
        found["name"] = "dataspaces.events.name_wrong"
    if not 0 < len(given.dest) <= 2000:
        found["dest"] = "dataspaces.events.dest_wrong"
    if len(token) > 500:
        found["token"] = "dataspaces.events.token_wrong"  # noqa: S105  # a word's name
    if given.when not in TIMES or given.step not in ("", *epcis().biz_steps):
        found["when"] = "dataspaces.events.when_wrong"
    return {name: say(word, language) for name, word in found.items()}


@post(HERE + "/{subscription_id:uuid}/end", guards=[editor], status_code=200, include_in_schema=False)
async def end(request: AnyRequest, unit: Unit, subscription_id: FromPath[UUID]) -> Response[None]:
    """Tell nothing more. Raises NotFound."""

    async def drop(tx: Transaction, scope: OperatorScope) -> None:
        held = await store.subscription(tx, scope, subscription_id)
        if held is None:
            raise NotFound
        await store.drop_subscriptions(tx, scope, held.owner, held.query_name, subscription_id)
        if held.owner == (await taking_part(tx, scope)).did and not await store.subscriptions(
            tx, scope, held.owner, held.query_name
        ):
            await store.drop_query(tx, scope, held.owner, held.query_name)

    await unit(drop)
    return done(request, HERE, Flash(happened=say("dataspaces.events.ended", viewer_of(request).language)))


handlers = [events, subscribe, end]
