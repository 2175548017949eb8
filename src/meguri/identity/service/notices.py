"""What a person is told about their own account: a sign-in from a new place, a proof that was added or taken away."""

from datetime import timedelta
from uuid import UUID

from meguri.identity import store, store_proofs
from meguri.identity.errors import NoticeNotFound, SessionNotFound
from meguri.identity.events import SignedInFromNewPlace
from meguri.identity.gate import gate_of
from meguri.identity.model import MailedNotice, Notice, NoticeKind
from meguri.identity.places import device_of, is_new, place_of
from meguri.identity.rules import identity_rules
from meguri.identity.store import Caller
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction

_MAILED_WITHIN = timedelta(days=1)


async def note_place(tx: Transaction, person_id: UUID, operator_id: UUID, caller: Caller, sign_in_id: UUID) -> None:
    """Remember from where the person signs in, and tell them when it is a new place."""
    rule = identity_rules().place
    place = place_of(caller.client_address, caller.user_agent, rule)
    known = await store_proofs.known_places(tx, person_id, clock.now() - timedelta(seconds=rule.known_s))
    await store_proofs.know_place(tx, person_id, place)
    if not is_new(place, known):
        return
    await tell(tx, person_id, operator_id, NoticeKind.NEW_PLACE, caller, sign_in_id)
    event = SignedInFromNewPlace(
        operator_id=operator_id,
        by=f"person:{person_id}",
        person_id=person_id,
        client_address=caller.client_address,
        sign_in_id=sign_in_id,
    )
    await tx.record(event)


async def tell(
    tx: Transaction,
    person_id: UUID,
    operator_id: UUID,
    kind: NoticeKind,
    caller: Caller | None = None,
    sign_in_id: UUID | None = None,
) -> None:
    """Keep a piece of news for the person; a letter about it follows."""
    notice = Notice(
        notice_id=new_id(),
        kind=kind,
        at=clock.now(),
        client_address=caller.client_address if caller else "",
        device=device_of(caller.user_agent) if caller else "",
        sign_in_id=sign_in_id,
    )
    await store_proofs.add_notice(tx, person_id, operator_id, notice)


async def list_notices(db: Database, scope: OperatorScope, session_id: UUID | None) -> list[Notice]:
    """What the person has not seen yet, the youngest first; a sign-in is never told of itself."""
    async with db.identity() as tx:
        return await store_proofs.open_notices(tx, person_of(scope), session_id)


async def answer_notice(
    db: Database, scope: OperatorScope, session_id: UUID | None, notice_id: UUID, *, mine: bool
) -> None:
    """The person says whether that was them; if not, the sign-in that it is about ends at once. Raises NoticeNotFound."""
    person_id = person_of(scope)
    async with db.identity() as tx:
        found = await store_proofs.own_notice(tx, person_id, notice_id, session_id)
        if found is None:
            raise NoticeNotFound
        await store_proofs.see_notice(tx, person_id, notice_id)
        if not mine and found.sign_in_id is not None:
            await store.end_sign_in(tx, person_id, found.sign_in_id)
    gate_of(db).memory.forget()


async def notices_to_mail(db: Database) -> list[MailedNotice]:
    """News of the last day about which no letter was written."""
    async with db.identity() as tx:
        return await store_proofs.notices_to_mail(tx, clock.now() - _MAILED_WITHIN)


async def note_mailed(db: Database, notice: MailedNotice) -> None:
    """A letter was written."""
    async with db.identity() as tx:
        await store_proofs.note_mailed(tx, notice.person_id, notice.notice_id)


def person_of(scope: OperatorScope) -> UUID:
    """The person who acts. Raises SessionNotFound when none does (an API key)."""
    if scope.person_id is None:
        raise SessionNotFound
    return scope.person_id
