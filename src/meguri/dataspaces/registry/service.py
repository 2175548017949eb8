"""From a passport's life to the registry: queued in the same commit, told by a worker, told again until it is answered."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from meguri.dataspaces.registry import store
from meguri.dataspaces.registry.bindings import REGISTRAR, binding
from meguri.dataspaces.registry.errors import AlreadyRegistered, EntryRejected, RegistrationUnknown
from meguri.dataspaces.registry.model import Binding, Entry, Problem, Proof, Registered, as_json, registry_rules
from meguri.dataspaces.registry.store import Row
from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.passport import service
from meguri.passport.completeness import scope_status
from meguri.passport.errors import DppNotFound
from meguri.passport.kinds import kind_of
from meguri.passport.model import Record
from meguri.storage import Database, Transaction

AT_ONCE = 50


async def queue(tx: Transaction, passports: Iterable[UUID]) -> None:
    """Tell of passports for the first time; what is known already is told again as a change."""
    async with tx.across():
        pairs = []
        for one in passports:
            record = await service.by_internal_id(tx, one)
            if record is not None and record.state == "Active":
                pairs.append((record.operator_id, one))
        if pairs:
            await store.queue(tx, pairs)


async def queue_own(tx: Transaction, scope: OperatorScope, passports: Iterable[UUID]) -> None:
    """The same for many new passports of the scope's own company."""
    async with tx.across():
        await store.queue(tx, [(scope.operator_id, one) for one in passports])


async def tell_again(tx: Transaction, passports: list[UUID]) -> None:
    """What was registered has changed, or is no longer active."""
    async with tx.across():
        for one in passports:
            record = await service.by_internal_id(tx, one)
            if record is not None:
                await store.again(tx, [one], "updating" if record.state == "Active" else "deactivating")


async def entry_of(tx: Transaction, record: Record) -> tuple[Entry, bool]:
    """What is told of a passport, and whether law asks for it."""
    kind, values = kind_of(record.kind), await service.document_of(tx, record)
    model = await service.by_internal_id(tx, record.model_id) if record.model_id else None
    batch = await service.by_internal_id(tx, record.batch_id) if record.batch_id else None
    is_item = record.granularity == "item"
    entry = Entry(
        unique_product_identifier=record.product_id,
        digital_product_passport_id=record.dpp_id,
        unique_economic_operator_identifier=record.responsible,
        dpp_api_endpoint=f"{tx.installation.origin}/v1",
        granularity=record.granularity,
        live_url=record.product_id,
        version_hash=record.version_hash,
        facility_ids=[str(values["facility_id"])] if values.get("facility_id") else [],
        backup_operator_identifier=values.get("backup_operator_id"),
        backup_url=values.get("backup_url"),
        model_identifier=model.product_id if model else None,
        batch_identifier=batch.product_id if batch else None,
        commodity_code=values.get("commodity_code"),
        deactivated=record.state != "Active" if is_item else None,
    )
    return entry, is_item and scope_status(kind, values) == "mandatory"


async def send_due(db: Database, name: str = "mock") -> int:
    """Tell what is due; how many entries were handled. Each is settled in a transaction of its own."""
    way, done = binding(name, db), 0
    for row in await db.run(REGISTRAR, _due):
        await _send(db, way, row)
        done += 1
    return done


async def _due(tx: Transaction, _: OperatorScope) -> list[Row]:
    async with tx.across():
        rows = await store.due(tx, AT_ONCE)
        for row in rows:  # another worker, or we after a crash, come back to it only after a while
            later = clock.now() + timedelta(seconds=registry_rules().repeat.wait_s(row.tries + 1))
            await store.settle(tx, row, state=row.state, tries=row.tries + 1, next_at=later, problems=row.problems)
        return rows


async def _send(db: Database, way: Binding, row: Row) -> None:
    prepared = await db.run(REGISTRAR, _prepared, row)
    if prepared is None:
        return
    entry, needed = prepared
    if not needed and row.registration_id is None:
        await _settled(db, row, "not_required", problems=[])
        return
    try:
        said = await _tell(way, row, entry)
    except AlreadyRegistered:
        await _settled(db, row, "rejected", problems=[_as_problem(AlreadyRegistered())])
    except EntryRejected as rejected:
        await _settled(db, row, "rejected", problems=rejected.problems)
    except RegistrationUnknown as unknown:
        await _settled(db, row, "rejected", problems=[_as_problem(unknown)])
    except Refusal as later:
        await _not_yet(db, row, later)
    else:
        state = "deactivated" if row.state == "deactivating" else said.state
        await _settled(db, row, state, said=said, told=entry.version_hash)


async def _tell(way: Binding, row: Row, entry: Entry) -> Registered:
    if row.registration_id is None:
        return await way.register(entry)
    if row.state == "deactivating":
        return await way.deactivate(row.registration_id, "ceased")
    if row.state == "pending" or row.told_hash == entry.version_hash:
        return await way.status(row.registration_id)  # told already: idempotent by the version's hash
    return await way.update(row.registration_id, entry)


async def _prepared(tx: Transaction, _: OperatorScope, row: Row) -> tuple[Entry, bool] | None:
    record = await service.by_internal_id(tx, row.passport_id)
    if record is None:
        return None
    return await entry_of(tx, record)


async def _settled(
    db: Database,
    row: Row,
    state: str,
    *,
    problems: list[Problem] | None = None,
    said: Registered | None = None,
    told: str | None = None,
) -> None:
    async def use_case(tx: Transaction, _: OperatorScope) -> None:
        async with tx.across():
            await store.settle(
                tx,
                row,
                state=state,
                registration_id=said.registration_id if said else None,
                told_hash=told or row.told_hash,
                tries=0,
                next_at=clock.now(),
                problems=as_json(problems if problems is not None else (said.problems if said else [])),
                registered_at=clock.now() if said else None,
            )

    await db.run(REGISTRAR, use_case)


async def _not_yet(db: Database, row: Row, why: Refusal) -> None:
    """The registry did not answer: the time of the next try is written already; after the last one it is given up."""
    if row.tries + 1 >= registry_rules().repeat.most_tries:
        await _settled(db, row, "rejected", problems=[_as_problem(why)])


def _as_problem(why: Refusal) -> Problem:
    return Problem("", why.code, why.sentence("ja"), why.sentence("en"))


class RegistrationOut(msgspec.Struct, frozen=True, kw_only=True):
    """How the registration of a passport stands."""

    state: str
    registration_id: str | None
    problems: list[Problem]
    registered_at: datetime | None
    proof: Proof | None = None


async def registration(tx: Transaction, scope: OperatorScope, identifier: str) -> RegistrationOut:
    """How an own passport's registration stands. Raises DppNotFound, also for another's."""
    record = await service.known(tx, identifier)
    if record is None or record.operator_id != scope.operator_id:
        raise DppNotFound
    row = await store.entry_of(tx, scope.operator_id, record.passport_id)
    if row is None:
        return RegistrationOut(state="not_required", registration_id=None, problems=[], registered_at=None)
    return RegistrationOut(
        state=row.state,
        registration_id=row.registration_id,
        problems=msgspec.json.decode(row.problems, type=list[Problem]),
        registered_at=row.registered_at,
    )
