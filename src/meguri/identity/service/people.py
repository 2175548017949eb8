"""People and their roles within an operator, and the operator's own access."""

from datetime import datetime
from uuid import UUID

from meguri.identity import store, store_access
from meguri.identity.errors import AlreadyMember, LastAdmin, PersonNotFound
from meguri.identity.events import AccessChanged, MemberRemoved, RoleChanged
from meguri.identity.gate import gate_of
from meguri.identity.model import Access, AccessState, Member, NoticeKind
from meguri.identity.service.notices import tell
from meguri.kernel.errors import Forbidden, NotFound
from meguri.kernel.scope import OperatorScope, PlatformRole, Role
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction

_MOST_PEOPLE = 1000


async def list_people(db: Database, scope: OperatorScope, after: UUID | None, limit: int) -> list[Member]:
    """The operator's people after the one named, in the order of their ids. Raises Forbidden."""
    if not scope.may_administer:
        raise Forbidden
    async with db.identity() as tx:
        return await store.members(tx, scope.operator_id, after, limit)


async def everyone(db: Database, operator_id: UUID) -> list[Member]:
    """All people of one operator, for the system's own letters to them."""
    async with db.identity() as tx:
        return await store.members(tx, operator_id, None, _MOST_PEOPLE)


async def find_member(db: Database, scope: OperatorScope, person_id: UUID) -> Member:
    """One of the operator's people. Raises Forbidden, PersonNotFound."""
    if not scope.may_administer:
        raise Forbidden
    async with db.identity() as tx:
        known = await store.member(tx, scope.operator_id, person_id)
    if known is None:
        raise PersonNotFound
    return known


async def change_role(db: Database, scope: OperatorScope, person_id: UUID, role: Role) -> Member:
    """Give a person another role. Raises Forbidden, PersonNotFound, LastAdmin."""
    async with db.identity() as tx:
        known = await _member(tx, scope, person_id)
        if known.role is Role.ADMIN and role is not Role.ADMIN:
            await _demand_another_admin(tx, scope, person_id)
        if role is not known.role:
            await store.save_membership(tx, scope.operator_id, person_id, role)
            changed = RoleChanged(
                operator_id=scope.operator_id, by=scope.actor, person_id=person_id, before=known.role, role=role
            )
            await tx.record(changed)
        changed_member = await _member(tx, scope, person_id)
    gate_of(db).memory.forget()
    return changed_member


async def remove_member(db: Database, scope: OperatorScope, person_id: UUID) -> None:
    """Take a person off the operator; what they are signed in with for it ends at once.

    Raises Forbidden, PersonNotFound, LastAdmin.
    """
    async with db.identity() as tx:
        known = await _member(tx, scope, person_id)
        if known.role is Role.ADMIN:
            await _demand_another_admin(tx, scope, person_id)
        await store.remove_membership(tx, scope.operator_id, person_id)
        await store.revoke_families(tx, person_id, "no longer a member", scope.operator_id)
        await store_access.end_sessions(tx, person_id, operator_id=scope.operator_id)
        await tx.record(MemberRemoved(operator_id=scope.operator_id, by=scope.actor, person_id=person_id))
    gate_of(db).memory.forget()


async def _member(tx: Transaction, scope: OperatorScope, person_id: UUID) -> Member:
    if not scope.may_administer:
        raise Forbidden
    await store.lock_operator(tx, scope.operator_id)
    known = await store.member(tx, scope.operator_id, person_id)
    if known is None:
        raise PersonNotFound
    return known


async def _demand_another_admin(tx: Transaction, scope: OperatorScope, person_id: UUID) -> None:
    if not await store.other_admins(tx, scope.operator_id, person_id):
        raise LastAdmin


async def lend(tx: Transaction, operator_id: UUID, person_id: UUID, until: datetime) -> None:
    """A person of the platform is a viewer of the operator until then, and its administrators are told. In the transaction of
    whoever decided it, which also records it; then the caller lets rights be asked anew. Raises AlreadyMember.
    """
    if not await store.lend_membership(tx, operator_id, person_id, until):
        raise AlreadyMember
    for member in await store.members(tx, operator_id, None, _MOST_PEOPLE):
        if member.role is Role.ADMIN:
            await tell(tx, member.person_id, operator_id, NoticeKind.GLASS_BROKEN)


async def open_access(db: Database, operator_id: UUID, by: str = "system:command") -> None:
    """Let an operator's people in; again changes nothing."""
    async with db.identity() as tx:
        if await store.open_access(tx, operator_id):
            opened = AccessChanged(operator_id=operator_id, by=by, state=AccessState.ACTIVE, reason="")
            await tx.record(opened)


async def list_access(db: Database) -> list[Access]:
    """The operators that identity knows; for commands of whoever runs the installation."""
    async with db.identity() as tx:
        return await store.accesses(tx)


async def change_access(
    db: Database, operator_id: UUID, state: AccessState, reason: str, by: str = "system:command"
) -> None:
    """Suspend, resume or end an operator's access: its tokens, keys and sessions are refused on the next request.

    Raises NotFound for an unknown operator, or one that has ended for good.
    """
    async with db.identity() as tx:
        if not await store.change_access(tx, operator_id, state, reason):
            raise NotFound
        await tx.record(AccessChanged(operator_id=operator_id, by=by, state=state, reason=reason))
    gate_of(db).memory.forget()


async def companies_of_platform_operators(db: Database) -> list[UUID]:
    """The companies whose people run the platform: told of what its users leave undone."""
    async with db.identity() as tx:
        return await store.companies_of_platform_operators(tx)


async def set_platform_role(db: Database, account: str, role: PlatformRole | None) -> None:
    """Give or take a platform role; for commands of whoever runs the installation. Raises PersonNotFound."""
    async with db.identity() as tx:
        person = await store.account_by_email(tx, account.strip().lower())
        if person is None or not await store.set_platform_role(tx, person.person_id, role):
            raise PersonNotFound
    gate_of(db).memory.forget()
