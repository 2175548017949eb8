"""Finding a passport, and as whom somebody stands before it."""

from datetime import datetime
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope, PlatformRole
from meguri.passport import dealings_store, store
from meguri.passport.access import NOBODY_KNOWS, Audience, Classes, classes_of, narrowed
from meguri.passport.catalogue import AccessClass
from meguri.passport.dealings import Dealing, DelegationBody, GrantBody
from meguri.passport.errors import (
    AuthenticationRequired,
    DppNotFound,
    IllegalTransition,
    NotResponsibleOperator,
    PassportCeased,
)
from meguri.passport.keys import key_or_none, uuid_of
from meguri.passport.lifecycle import State
from meguri.passport.model import Record, Standing
from meguri.storage import Transaction
from meguri.storage.audit import PLATFORM

ANONYMOUS = OperatorScope(PLATFORM, "anonymous")
"""The scope of a reader who is nobody: sees what everyone sees, and is not written down."""
LONGEST_CHAIN = 3


def is_anonymous(scope: OperatorScope) -> bool:
    """Whether nobody has proved who asks."""
    return scope.actor == ANONYMOUS.actor


async def find(tx: Transaction, identifier: str) -> Record:
    """The passport named by its UUID, its own identifier, or its product's (then the active one).

    Drafts are found too; `seen` hides them. Raises DppNotFound.
    """
    internal = uuid_of(identifier)
    if internal is not None:
        found = await store.by_id_across(tx, internal)
    else:
        key = key_or_none(identifier)
        if key is None:
            raise DppNotFound
        # The product's identifier leads to the active passport, which may be a successor's on the same marking.
        found = await store.by_product_across(tx, key) or await store.by_dpp_across(tx, key)
    if found is None:
        raise DppNotFound
    return found


async def find_exact(tx: Transaction, identifier: str) -> Record:
    """The passport with this very identifier (`dpp_id` or UUID), not another one of the same product. Raises DppNotFound."""
    internal = uuid_of(identifier)
    key = None if internal else key_or_none(identifier)
    if internal is None and key is None:
        raise DppNotFound
    found = await (store.by_id_across(tx, internal) if internal else store.by_dpp_across(tx, key or ""))
    if found is None:
        raise DppNotFound
    return found


async def standing(tx: Transaction, scope: OperatorScope, record: Record) -> Standing:
    """As whom `scope` reads this passport. A caller may be several audiences; classes add up."""
    if is_anonymous(scope):
        return Standing(audiences=frozenset({Audience.PUBLIC}), classes=NOBODY_KNOWS)
    audiences, classes = {Audience.PUBLIC}, set(NOBODY_KNOWS)
    acting_for: UUID | None = None
    if record.operator_id == scope.operator_id:
        audiences.add(Audience.OWNER)
    elif await acts_for(tx, scope, record):
        audiences.add(Audience.OWNER)
        acting_for = record.operator_id
    if await is_authority(tx, scope):
        audiences.add(Audience.AUTHORITY)
    classes |= classes_of(audiences)
    denied = None
    if record.operator_id != scope.operator_id:
        opened, denied = await granted(tx, scope, record)
        if opened:
            audiences.add(Audience.LEGITIMATE_INTEREST)
            classes |= opened
    return Standing(audiences=frozenset(audiences), classes=frozenset(classes), on_behalf_of=acting_for, denied=denied)


async def is_authority(tx: Transaction, scope: OperatorScope) -> bool:
    """Whether the caller is a notified body, market surveillance, customs or the Commission."""
    if scope.platform_role is PlatformRole.AUTHORITY:
        return True
    return await dealings_store.has_role(tx, scope.operator_id)


async def granted(tx: Transaction, scope: OperatorScope, record: Record) -> tuple[Classes, str | None]:
    """The classes that grants to the caller open on this passport; and why one that is there opens nothing."""
    opened: set[AccessClass] = set()
    denied: str | None = None
    now = clock.now()
    for dealing in await dealings_store.between(tx, scope.operator_id, "grant", record.operator_id):
        grant = msgspec.convert(dealing.body, GrantBody)
        why = why_not(dealing, grant, record, now)
        if why is None:
            opened |= narrowed(grant.audience, grant.classes)
        else:
            denied = denied or why
    return frozenset(opened), denied


def why_not(dealing: Dealing, grant: GrantBody, record: Record, now: datetime) -> str | None:
    """Why a grant does not open a passport: revoked or suspended, expired or not begun, out of scope; None when it does."""
    if not grant.scope.covers(record):
        return "GRANT_SCOPE"
    if dealing.state in ("revoked", "suspended"):
        return "GRANT_REVOKED"
    if not dealing.valid_from <= now < dealing.valid_until or dealing.state != "active":
        return "GRANT_EXPIRED"
    return None


async def acts_for(tx: Transaction, scope: OperatorScope, record: Record) -> bool:
    """Whether the caller is a written delegate of the responsible operator, over at most three links."""
    wanted, frontier, now = record.operator_id, {scope.operator_id}, clock.now()
    for _ in range(LONGEST_CHAIN):
        givers: set[UUID] = set()
        for holder in frontier:
            for dealing in await dealings_store.delegations_to(tx, holder):
                body = msgspec.convert(dealing.body, DelegationBody)
                if (
                    dealing.state == "active"
                    and dealing.valid_from <= now < dealing.valid_until
                    and body.scope.covers(record)
                ):
                    givers.add(dealing.partner_id)
        if wanted in givers:
            return True
        frontier = givers
        if not frontier:
            return False
    return False


async def seen(tx: Transaction, scope: OperatorScope, record: Record) -> Standing:
    """The caller's standing, if he may know of this passport now.

    Raises DppNotFound for others' drafts and what was issued in error, PassportCeased after recycling.
    """
    found = await standing(tx, scope, record)
    hide(record, found)
    return found


def hide(record: Record, found: Standing) -> None:
    """Raises DppNotFound for others' drafts and what was issued in error, PassportCeased after recycling."""
    if found.is_owner:
        return
    if record.state in (State.DRAFT, State.INVALID):
        raise DppNotFound
    if record.state == State.ARCHIVED:
        raise ceased(record)


def ceased(record: Record) -> PassportCeased:
    """The refusal of a passport that has ceased."""
    return PassportCeased(ceased_at=clock.seconds_z(record.ceased_at) if record.ceased_at else "")


async def responsible(tx: Transaction, scope: OperatorScope, identifier: str) -> tuple[Record, Standing]:
    """A passport that the caller may change, held for the change.

    Raises AuthenticationRequired, DppNotFound, NotResponsibleOperator. What is not known to the caller is not found.
    """
    if is_anonymous(scope):
        raise AuthenticationRequired
    found = await find_exact_or_active(tx, identifier)
    at = await standing(tx, scope, found)
    if not at.is_owner:
        hide(found, at)
        raise NotResponsibleOperator
    async with tx.across():
        held = await store.locked(tx, found.operator_id, found.passport_id)
    if held is None:
        raise DppNotFound
    return held, at


def refuse_ended(record: Record, what: str) -> None:
    """Raises IllegalTransition for a passport that has ceased or was issued in error: nothing is written into it any more."""
    if record.state in (State.ARCHIVED, State.INVALID):
        source = f"{record.state}/{record.life}" if record.life else record.state
        raise IllegalTransition(source=source, event=what, allowed="—")


async def find_exact_or_active(tx: Transaction, identifier: str) -> Record:
    """The passport with this identifier; failing that, the active one of this product. Raises DppNotFound."""
    try:
        return await find_exact(tx, identifier)
    except DppNotFound:
        return await find(tx, identifier)
