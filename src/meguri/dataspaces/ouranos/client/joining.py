"""Taking part in a system: join, describe anew, pause, resume, leave; find its companies."""

import asyncio
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from meguri.dataspaces.ouranos.client import shadows, store, way
from meguri.dataspaces.ouranos.client.errors import (
    BadSystemAddress,
    OtherCompany,
    PartnerUnknown,
    SystemAway,
    SystemNotFound,
    SystemRefuses,
)
from meguri.dataspaces.ouranos.client.events import SystemChanged
from meguri.dataspaces.ouranos.client.model import (
    Access,
    Gateway,
    PartnerView,
    System,
    SystemChange,
    SystemInput,
    SystemState,
    Task,
)
from meguri.dataspaces.ouranos.client.wire import Away, Denied, Foreign, Said, forget
from meguri.jobs.outbound import Refused
from meguri.kernel import clock
from meguri.kernel.errors import FieldError, Forbidden
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.storage import Database, Transaction
from meguri.storage.sealing import WrongSecret

FOLLOW = "outside.follow"


def purpose(system_id: UUID) -> str:
    """What the access to a system is sealed for."""
    return f"outside access {system_id}"


async def access_of(tx: Transaction, scope: OperatorScope, system_id: UUID) -> Access:
    """What opens a system. Raises SystemNotFound when nothing does any more."""
    sealed = await store.sealed(tx, scope.operator_id, system_id)
    try:
        return msgspec.json.decode(tx.installation.sealer.open(sealed, purpose(system_id)), type=Access)
    except (WrongSecret, msgspec.MsgspecError):
        raise SystemNotFound from None


async def get(tx: Transaction, scope: OperatorScope, system_id: UUID) -> System:
    """One system of the company. Raises SystemNotFound."""
    found = await store.system(tx, scope.operator_id, system_id)
    if found is None or found.state is SystemState.LEFT:
        raise SystemNotFound
    return found


async def systems(tx: Transaction, scope: OperatorScope) -> list[System]:
    """The systems that the company takes part in."""
    return await store.systems(tx, scope.operator_id)


async def join(db: Database, scope: OperatorScope, given: SystemInput) -> System:
    """Sign in once, and take part from now on. Raises Forbidden, BadSystemAddress, SystemAway, SystemRefuses."""
    if not scope.may_administer:
        raise Forbidden
    access = Access(
        api_key=given.api_key,
        north_key=given.north_key or given.api_key,
        account=given.account,
        password=given.password,
    )
    system = await _proved(_described(draft(scope), given), access)
    await db.run(scope, keep, system, access, "joined")
    return system


async def change(db: Database, scope: OperatorScope, system_id: UUID, given: SystemChange) -> System:
    """Another description, tried before it is kept.

    Raises Forbidden, SystemNotFound, BadSystemAddress, SystemAway, SystemRefuses, OtherCompany.
    """
    if not scope.may_administer:
        raise Forbidden
    before, access = await db.run(scope, _with_access, system_id)
    kept = {name: getattr(given, name) or getattr(access, name) for name in Access.__struct_fields__}
    if given.api_key and not given.north_key and access.north_key == access.api_key:
        kept["north_key"] = given.api_key
    forget(system_id)
    system = await _proved(_described(before, given), Access(**kept))
    if system.foreign_operator_id != before.foreign_operator_id:
        raise OtherCompany
    await db.run(scope, keep, system, Access(**kept), "described anew")
    return system


async def _with_access(tx: Transaction, scope: OperatorScope, system_id: UUID) -> tuple[System, Access]:
    return await get(tx, scope, system_id), await access_of(tx, scope, system_id)


def draft(scope: OperatorScope, *, name: str = "", base_url: str = "") -> System:
    """A system that nobody has signed in to yet."""
    system_id = new_id()
    return System(
        operator_id=scope.operator_id,
        system_id=system_id,
        name=name,
        base_url=base_url,
        auth_url=base_url,
        north_url=None,
        gateway=Gateway.PLAIN,
        share_structures=True,
        foreign_operator_id=system_id,
        state=SystemState.ACTIVE,
        reason=None,
        away_since=None,
        failures=0,
        next_try_at=None,
        followed_at=None,
        read_all_at=None,
        created_at=clock.now(),
    )


def _described(system: System, given: SystemInput | SystemChange) -> System:
    """Raises BadSystemAddress, naming the field."""
    base = _address("base_url", given.base_url)
    return msgspec.structs.replace(
        system,
        name=given.name.strip() or given.name,
        base_url=base,
        auth_url=_address("auth_url", given.auth_url) if given.auth_url else _origin_of(base),
        north_url=_address("north_url", given.north_url) if given.north_url else None,
        gateway=given.gateway,
        share_structures=given.share_structures,
    )


def _origin_of(base: str) -> str:
    """Without a path of its own a gateway's prefix is left out: people sign in beside the gateway."""
    return base.removesuffix("/ods")


def _address(field: str, given: str) -> str:
    url = given.strip().rstrip("/")
    for tail in ("/api/v1/datatransport", "/api/v1/authInfo", "/auth/login"):
        url = url.removesuffix(tail)
    try:
        way.check(url)
        if urlsplit(url).query:
            raise Refused("no query")
    except (Refused, ValueError):
        raise BadSystemAddress(fields=(FieldError(field, BadSystemAddress.say, {}),)) from None
    return url


async def _proved(draft: System, access: Access) -> System:
    """The system, with the account's company in it. Raises SystemAway, SystemRefuses."""
    try:
        me = await Foreign(draft, access, way.outbound()).me()
    except Away as away:
        raise SystemAway(reason=away.reason) from None
    except Denied as denied:
        forget(draft.system_id)
        raise SystemRefuses(reason=denied.reason) from None
    except Said as said:
        raise SystemRefuses(reason=f"{said.status} {said.message or said.code}") from None
    return msgspec.structs.replace(draft, foreign_operator_id=me.operator_id)


async def keep(tx: Transaction, scope: OperatorScope, system: System, access: Access, what: str) -> None:
    """Keep a system with what opens it, sealed; a worker takes the first turn. `what`: for the audit."""
    sealed = tx.installation.sealer.seal(msgspec.json.encode(access), purpose(system.system_id))
    await store.save_system(tx, system, sealed)
    await tx.record(SystemChanged(system_id=system.system_id, base_url=system.base_url, what=what))
    await follow_soon(tx, system.operator_id, system.system_id)


async def follow_soon(tx: Transaction, operator_id: UUID, system_id: UUID) -> None:
    """A worker brings and reads as soon as it can; while it waits, no second one is asked for."""
    await tx.defer(FOLLOW, operator_id=str(operator_id), system_id=str(system_id))


async def move(tx: Transaction, scope: OperatorScope, system_id: UUID, word: str) -> System:
    """`pause`, `resume` or `leave`; `read` reads everything again, `again` tries what was refused once more.

    Leaving forgets what opens the system; what came stays. Raises Forbidden, SystemNotFound.
    """
    if not scope.may_administer:
        raise Forbidden
    system = await get(tx, scope, system_id)
    states = {"pause": SystemState.PAUSED, "resume": SystemState.ACTIVE, "leave": SystemState.LEFT}
    if word in states:
        await store.set_state(tx, system, states[word], None)
        await tx.record(SystemChanged(system_id=system_id, base_url=system.base_url, what=word))
    if word == "again":
        await store.again(tx, system)
    if word == "read":
        await store.read_all_again(tx, system)
    if word in ("resume", "again", "read"):
        await follow_soon(tx, system.operator_id, system_id)
    return system


async def find_partner(db: Database, scope: OperatorScope, system_id: UUID, open_operator_id: str) -> PartnerView:
    """A company of the system, by its public identifier; from then on it can be asked like any other.

    Raises SystemNotFound, PartnerUnknown, SystemAway, SystemRefuses.
    """
    system, access = await db.run(scope, _with_access, system_id)
    try:
        company = await Foreign(system, access, way.outbound()).company(open_operator_id.strip())
    except Away as away:
        raise SystemAway(reason=away.reason) from None
    except (Denied, Said) as denied:
        raise SystemRefuses(reason=str(denied)) from None
    if company is None or company.operator_id == system.foreign_operator_id:
        raise PartnerUnknown
    async with _turns.setdefault(system_id, asyncio.Lock()):
        shadow = shadows.fresh()
        ours = await db.run(shadow, shadows.register, system, company)
    return PartnerView(operator_id=ours, foreign_operator_id=company.operator_id, name=company.operator_name)


_turns: dict[UUID, asyncio.Lock] = {}


async def partners(tx: Transaction, scope: OperatorScope, system_id: UUID) -> list[PartnerView]:
    """The companies of the system that are known here, by name. Raises SystemNotFound."""
    system = await get(tx, scope, system_id)
    pairs = await store.pairs(tx, system, "operator")
    names = await operators.names_of(tx, scope, store.ids(pairs))
    found = [
        PartnerView(operator_id=one.ours, foreign_operator_id=one.theirs, name=names.get(one.ours, "—"))
        for one in pairs
    ]
    return sorted(found, key=lambda one: one.name)


class Detail(msgspec.Struct, frozen=True, kw_only=True):
    """A system with its companies and what still has to be brought there."""

    system: System
    partners: list[PartnerView]
    tasks: list[Task]
    counts: dict[str, int]


async def detail(tx: Transaction, scope: OperatorScope, system_id: UUID) -> Detail:
    """All that can be seen of a system. Raises SystemNotFound."""
    system = await get(tx, scope, system_id)
    counts: dict[str, Any] = {}
    for kind in ("part", "trade", "footprint", "operator"):
        counts[kind] = len(await store.pairs(tx, system, kind))
    return Detail(
        system=system,
        partners=await partners(tx, scope, system_id),
        tasks=await store.open_tasks(tx, system),
        counts=counts,
    )
