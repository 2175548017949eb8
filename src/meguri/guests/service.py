"""Use cases of guests. Each takes the `Database`: part of it happens before a tenant is known.

A guest is an operator of its own from the first request on, so that everything is kept when it joins. Nobody but the
customer that asked sees it until then.
"""

import hmac
import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar
from uuid import UUID

from meguri.footprint import service as footprint
from meguri.footprint.model import FootprintInput
from meguri.guests import store
from meguri.guests.errors import (
    AddressNotProved,
    GuestAnswered,
    GuestLinkInvalid,
    GuestLinkNotFound,
    GuestLinkUsed,
    GuestLocked,
    JoinedAlready,
    NothingAnswered,
    NumberTaken,
    RequestClosedForGuest,
)
from meguri.guests.events import (
    GuestEvent,
    GuestHasAnswered,
    GuestHasJoined,
    GuestInvited,
    GuestLinkOpened,
    GuestLinkRevoked,
)
from meguri.guests.letters import code_letter, invitation_letter
from meguri.guests.model import GuestAnswer, GuestLink, GuestView, Invite, NewGuestLink
from meguri.guests.moving import bring_along, guest_id_of
from meguri.guests.rules import guest_rules
from meguri.identity import service as identity
from meguri.identity.secret import hash_of, new_secret
from meguri.kernel import clock
from meguri.kernel.errors import Forbidden
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.kernel.units import AmountUnit
from meguri.messages import service as messages
from meguri.messages.model import Letter
from meguri.operators import plants
from meguri.operators import service as operators
from meguri.operators.errors import OpenOperatorIdTaken
from meguri.operators.model import NewOperator, PlantInput
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.errors import UnknownRequest
from meguri.traceability.model import PartInput, RequestInput, RequestType, Side, State, Trade

Happened = TypeVar("Happened", bound=GuestEvent)
Asking = Callable[[Transaction, OperatorScope, RequestInput], Awaitable[Trade]]


async def invite(db: Database, scope: OperatorScope, said: Invite, ask: Asking = traceability.request) -> NewGuestLink:
    """Asks a supplier without an account; the link is answered this once, and mailed where mail is set up.

    ask  how the request is made: for a footprint, or as a room further right makes its own kind of request

    Raises Forbidden, BadEmail, and what `ask` raises.
    """
    if not scope.may_edit:
        raise Forbidden
    email = identity.demand_email(said.email)
    guest_id = guest_id_of(scope.operator_id, email)
    await db.run(as_guest(guest_id), _arrive, said.company, scope.operator_id)
    asked = RequestInput(
        upstream_operator_id=guest_id,
        downstream_trace_id=said.downstream_trace_id,
        message=said.message,
        due_date=said.due_date,
    )
    trade = await db.run(scope, ask, asked)
    return await _make_link(db, scope, trade, guest_id, said, email)


async def renew(db: Database, scope: OperatorScope, link_id: UUID) -> NewGuestLink:
    """A new link to the same request and person; those before end at once. Raises Forbidden, GuestLinkNotFound,
    GuestAnswered, UnknownRequest."""
    old = await _own(db, scope, link_id)
    if old.answered_at:
        raise GuestAnswered
    trade = await db.run(scope, traceability.request_by_id, request_id=old.request_id)
    again = Invite(
        downstream_trace_id=trade.downstream_trace_id,
        company=old.company,
        email=old.email,
        contact=old.contact,
        message=trade.message,
        due_date=trade.due_date,
        language=old.language,
    )
    return await _make_link(db, scope, trade, old.guest_id, again, old.email)


async def revoke(db: Database, scope: OperatorScope, link_id: UUID) -> None:
    """Ends a link and the browsers that it is open in. Raises Forbidden, GuestLinkNotFound."""
    link = await _own(db, scope, link_id)
    async with db.identity() as tx:
        if await store.revoke(tx, scope.operator_id, link.request_id):
            await tx.record(_event(GuestLinkRevoked, link))


async def links(db: Database, scope: OperatorScope, after: UUID | None = None, limit: int = 100) -> list[GuestLink]:
    """The company's links, newest first."""
    async with db.identity() as tx:
        return await store.links(tx, scope.operator_id, after, limit)


async def all_links(db: Database) -> list[GuestLink]:
    """Every link of every customer, for counting how far guests come; the platform's desk shows nothing else of them."""
    async with db.identity() as tx:
        return await store.all_links(tx)


async def look(db: Database, token: str) -> None:
    """Whether a link holds, and nothing else: who holds it has not proved yet to be whom it was sent to.

    Raises GuestLinkInvalid.
    """
    async with db.identity() as tx:
        if await store.open_link(tx, hash_of(token)) is None:
            raise GuestLinkInvalid


async def mail_code(db: Database, token: str) -> bool:
    """Mails a number to the address that the link was made for, once a minute; False where no mail is set up.

    Raises GuestLinkInvalid, GuestLocked.
    """
    async with db.identity() as tx:
        door = await _door(tx, token)
        if not db.installation.smtp_url:
            return False
        if door.code_ends_at is not None and clock.now() < door.code_ends_at - timedelta(
            seconds=guest_rules().code_s - guest_rules().resend_s
        ):
            return True  # one is on its way; whoever holds the link cannot fill somebody's mailbox by it
        code, ends_at = f"{secrets.randbelow(10**6):06d}", clock.now() + timedelta(seconds=guest_rules().code_s)
        await store.note_code(tx, hash_of(token), hash_of(f"{door.link_id}:{code}"), ends_at)
    scope = as_guest(door.guest_id)
    await db.run(scope, messages.write, code_letter(door, code))
    return True


async def open_link(db: Database, token: str, email: str, code: str) -> str:
    """Proves the address (and the number, where mail is set up) and opens the link; answers the browser's cookie.

    An address that is stated and not proved by a number opens a link until its answer is sent: a mail that is passed on shows
    the address too. Raises GuestLinkInvalid, AddressNotProved, GuestLocked, GuestLinkUsed.
    """
    now, rules, token_hash = clock.now(), guest_rules(), hash_of(token)
    async with db.identity() as tx:
        door = await _door(tx, token)
        proved = hmac.compare_digest(email.strip().casefold().encode(), door.email.casefold().encode())
        if db.installation.smtp_url:
            fresh = door.code_ends_at is not None and door.code_ends_at > now
            proved &= fresh and hmac.compare_digest(door.code_hash or b"", hash_of(f"{door.link_id}:{code.strip()}"))
        if proved and door.answered_at is not None and not db.installation.smtp_url:
            raise GuestLinkUsed
        if proved:
            cookie = new_secret()
            await store.note_opened(tx, token_hash)
            ends_at = now + timedelta(seconds=rules.session_s)
            await store.add_session(tx, hash_of(cookie), door.link_id, token_hash, ends_at)
            await tx.record(_event(GuestLinkOpened, door))
            return cookie
        enough = door.failures + 1 >= rules.most_failures
        await store.note_failure(tx, token_hash, now + timedelta(seconds=rules.locked_s) if enough else None)
    raise AddressNotProved


async def link_of(db: Database, cookie: str) -> GuestLink:
    """The link that a browser holds open. Raises GuestLinkInvalid."""
    async with db.identity() as tx:
        link = await store.link_of_session(tx, hash_of(cookie))
    if link is None:
        raise GuestLinkInvalid
    return link


async def asked_for(db: Database, cookie: str) -> RequestType:
    """Which kind of answer an open link is for. Raises GuestLinkInvalid, RequestClosedForGuest."""
    link = await link_of(db, cookie)
    return (await db.run(as_guest(link.guest_id, link), _open_request, link)).request_type


async def view(db: Database, cookie: str) -> GuestView:
    """What the guest sees of a footprint request. Raises GuestLinkInvalid, RequestClosedForGuest."""
    link = await link_of(db, cookie)
    return await db.run(as_guest(link.guest_id, link), _view, link)


async def answer(db: Database, cookie: str, said: GuestAnswer) -> GuestView:
    """Answers the request: the part, its figures and their disclosure to this customer, in one step.

    Raises GuestLinkInvalid, GuestAnswered, RequestClosedForGuest, NothingAnswered, and what `footprint.record` raises.
    """
    link = await link_of(db, cookie)
    if said.pre_production is None and said.main_production is None:
        raise NothingAnswered
    seen = await db.run(as_guest(link.guest_id, link), _answer, link, said)
    await note_answered(db, link)
    return seen


async def note_answered(db: Database, link: GuestLink) -> None:
    """The link has served its purpose."""
    async with db.identity() as tx:
        await store.note_answered(tx, link.link_id)


async def link_to_supplier(db: Database, scope: OperatorScope, supplier: UUID) -> GuestLink | None:
    """The company's latest link to a supplier that still has no account; None for a member."""
    async with db.identity() as tx:
        link = await store.link_to(tx, scope.operator_id, supplier)
    return None if link is None or link.joined_at else link


async def join(db: Database, cookie: str, corporate_number: str) -> str:
    """The guest becomes a member with everything kept; answers the token of the link to set a password with. What other
    customers asked of the same address comes along.

    Raises GuestLinkInvalid, Invalid (the number), NumberTaken, JoinedAlready.
    """
    link = await link_of(db, cookie)
    try:
        await db.run(as_guest(link.guest_id, link), operators.join_as_member, corporate_number)
    except OpenOperatorIdTaken:
        await _take_to_member(db, link, corporate_number)
        raise NumberTaken from None
    await identity.open_access(db, link.guest_id, by=f"guest:{link.link_id}")
    made = await identity.add_operator_admin(db, link.guest_id, link.email, link.contact or link.company)
    async with db.identity() as tx:
        await store.note_joined(tx, link.guest_id)
        await tx.record(_event(GuestHasJoined, link))
    await bring_along(db, link.guest_id, link.email)
    return made.token


async def _take_to_member(db: Database, link: GuestLink, corporate_number: str) -> None:
    """Whoever proved an address of somebody in that company finds what was asked of it there. Raises JoinedAlready."""
    member = await db.run(as_guest(link.guest_id, link), operators.look_up_number, corporate_number)
    people = await identity.everyone(db, member.operator_id) if member else []
    if member and link.email in {one.email for one in people} and await bring_along(db, member.operator_id, link.email):
        raise JoinedAlready


def as_guest(guest_id: UUID, link: GuestLink | None = None) -> OperatorScope:
    """As whom a guest acts: its own record alone, under the link that its browser holds."""
    return OperatorScope(guest_id, f"guest:{link.link_id}" if link else "system:guests", Role.EDITOR)


async def _arrive(tx: Transaction, scope: OperatorScope, company: str, customer: UUID) -> None:
    """The guest's record and a place that makes its parts; again changes nothing."""
    if await operators.operator_exists(tx, scope, scope.operator_id):
        return
    stand_in = f"guest-{scope.operator_id.hex[:14]}"
    await operators.register(
        tx,
        scope,
        NewOperator(name=company, address="—", open_operator_id=stand_in),
        check_digits=False,
        auto_disclose=True,
        guest_of=customer,
    )
    await plants.register(tx, scope, PlantInput(name=company, address="—", open_plant_id="guest-000001"))


async def _make_link(
    db: Database, scope: OperatorScope, trade: Trade, guest_id: UUID, said: Invite, email: str
) -> NewGuestLink:
    token, now = new_secret(), clock.now()
    link = GuestLink(
        link_id=new_id(),
        operator_id=scope.operator_id,
        guest_id=guest_id,
        trade_id=trade.trade_id,
        request_id=trade.request_id,
        email=email,
        company=said.company,
        contact=said.contact.strip(),
        language=said.language,
        made_at=now,
        ends_at=now + timedelta(seconds=guest_rules().link_s),
    )
    async with db.identity() as tx:
        await store.revoke(tx, scope.operator_id, trade.request_id)
        await store.add_link(tx, hash_of(token), link, scope.actor)
        await tx.record(_event(GuestInvited, link))
    path = f"/answer/{token}"
    mailed = db.installation.smtp_url is not None
    if mailed:
        await db.run(scope, _mail_invitation, lambda customer: invitation_letter(link, customer, trade, db, path))
    return NewGuestLink(
        link_id=link.link_id, request_id=trade.request_id, path=path, ends_at=link.ends_at, mailed=mailed
    )


async def _mail_invitation(tx: Transaction, scope: OperatorScope, letter: Callable[[str], Letter]) -> None:
    await messages.write(tx, scope, letter((await operators.own(tx, scope)).name))


async def _own(db: Database, scope: OperatorScope, link_id: UUID) -> GuestLink:
    if not scope.may_edit:
        raise Forbidden
    async with db.identity() as tx:
        link = await store.link(tx, scope.operator_id, link_id)
    if link is None:
        raise GuestLinkNotFound
    return link


async def _door(tx: Transaction, token: str) -> store.Door:
    door = await store.open_link(tx, hash_of(token))
    if door is None:
        raise GuestLinkInvalid
    if door.locked_until is not None and door.locked_until > clock.now():
        raise GuestLocked(retry_after=int((door.locked_until - clock.now()).total_seconds()) + 1)
    return door


async def request_for_guest(tx: Transaction, scope: OperatorScope, link: GuestLink, kind: RequestType) -> Trade:
    """The request of a link, open or answered, as its supplier sees it; a link serves one kind of answer alone.

    Raises GuestLinkInvalid (another kind), RequestClosedForGuest.
    """
    trade = await _open_request(tx, scope, link)
    if trade.request_type is not kind:
        raise GuestLinkInvalid
    return trade


async def _open_request(tx: Transaction, scope: OperatorScope, link: GuestLink) -> Trade:
    try:
        trade = await traceability.request_by_id(tx, scope, request_id=link.request_id)
    except UnknownRequest:
        raise RequestClosedForGuest from None
    if not trade.live:
        raise RequestClosedForGuest
    return trade


async def link_own_part(
    tx: Transaction, scope: OperatorScope, link: GuestLink, kind: RequestType
) -> tuple[Trade, UUID]:
    """Says which part answers the request: the one that answers the same customer's other request about its part, or one
    made after the customer's. The caller states what is answered of it, in the same transaction.

    Raises GuestLinkInvalid, GuestAnswered, RequestClosedForGuest.
    """
    await traceability.lock_downstream(tx, scope)  # two browsers answer one after the other
    trade = await request_for_guest(tx, scope, link, kind)
    if trade.state is State.COMPLETED or trade.upstream_trace_id is not None:
        raise GuestAnswered
    part = await _part_known(tx, scope, trade) or await _part_made(tx, scope, link, trade)
    await tx.record(_event(GuestHasAnswered, link))
    await tx.defer("guests.note_answered", link_id=str(link.link_id))  # whatever happens to the server after the commit
    return await traceability.link(tx, scope, trade.trade_id, part), part


async def _part_known(tx: Transaction, scope: OperatorScope, trade: Trade) -> UUID | None:
    others, _ = await traceability.list_requests(
        tx,
        scope,
        limit=100,
        side=Side.UP,
        trace_ids=[trade.downstream_trace_id],
        request_types=tuple(RequestType),
    )
    return next((one.upstream_trace_id for one in others if one.live and one.upstream_trace_id), None)


async def _part_made(tx: Transaction, scope: OperatorScope, link: GuestLink, trade: Trade) -> UUID:
    about = trade.requested_part
    (place, *_) = await operators.all_plants(tx, scope)
    part = PartInput(
        plant_id=place.plant_id,
        name=about.name if about else link.company,
        support_name=f"{about.support_name or ''} {str(link.request_id)[-6:]}".strip() if about else None,
        unit=AmountUnit(trade.requested_unit) if trade.requested_unit else None,
        terminated=True,
    )
    return (await traceability.write_structure(tx, scope, part, [])).parent.trace_id


async def _view(tx: Transaction, scope: OperatorScope, link: GuestLink) -> GuestView:
    trade = await request_for_guest(tx, scope, link, RequestType.CFP)
    names = await operators.names_of(tx, scope, {link.operator_id})
    declared = await footprint.footprint(tx, scope, trade.upstream_trace_id) if trade.upstream_trace_id else None
    given = None
    if declared:
        given = GuestAnswer(
            pre_production=declared.pre_production,
            main_production=declared.main_production,
            pre_quality=declared.pre_quality,
            main_quality=declared.main_quality,
            comment=declared.comment,
        )
    return GuestView(
        link=link,
        customer=names.get(link.operator_id, ""),
        trade=trade,
        given=given,
        given_at=declared.updated_at if declared else None,
    )


async def _answer(tx: Transaction, scope: OperatorScope, link: GuestLink, said: GuestAnswer) -> GuestView:
    trade, part = await link_own_part(tx, scope, link, RequestType.CFP)
    declared = FootprintInput(
        declared_unit=AmountUnit(trade.requested_unit) if trade.requested_unit else AmountUnit.UNIT,
        pre_production=said.pre_production,
        main_production=said.main_production,
        pre_quality=said.pre_quality,
        main_quality=said.main_quality,
        comment=said.comment,
    )
    await footprint.record(tx, scope, part, declared)
    return await _view(tx, scope, link)


def _event(kind: type[Happened], link: GuestLink) -> Happened:
    return kind(operator_id=link.operator_id, guest_id=link.guest_id, link_id=link.link_id)
