"""Use cases of accidents: the record closes the gate, starts the clocks, and drafts 速報 and 詳報."""

from uuid import UUID

from msgspec.structs import replace

from meguri.kernel import clock
from meguri.kernel.errors import Stale
from meguri.kernel.ids import new_id
from meguri.kernel.paging import Page
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.reuse import store
from meguri.reuse.accidents import Report, full_report, prompt_report
from meguri.reuse.errors import AccidentNotFound, NotHeld
from meguri.reuse.events import AccidentRecorded
from meguri.reuse.gate import GateEvidence
from meguri.reuse.law import accident_duties
from meguri.reuse.notices import tell
from meguri.reuse.records import AccidentInput, AccidentRecord, NewEvidence
from meguri.reuse.service import passports
from meguri.reuse.service.batteries import cursor_of, get, start_of, take_evidence
from meguri.reuse.service.judging import hold
from meguri.storage import Transaction


async def record(tx: Transaction, scope: OperatorScope, told: AccidentInput) -> AccidentRecord:
    """An accident becomes known: the gate closes, both clocks start, the passport's safety file gets its event.

    Raises BatteryNotFound, NotHeld.
    """
    await hold(tx, scope, told.battery_id)
    battery = await get(tx, scope, told.battery_id)
    if not battery.held and battery.owner_id != scope.operator_id:
        raise NotHeld
    duties = accident_duties(told.accident)
    made = AccidentRecord(
        operator_id=scope.operator_id,
        accident_id=new_id(),
        battery_id=told.battery_id,
        known_at=told.accident.known_at,
        prompt_due=duties.prompt_due,
        full_due=duties.full_due,
        prompt_sent=None,
        full_sent=None,
        body=told,
        version=1,
        created_at=clock.now(),
    )
    await store.add_accident(tx, scope, made)
    finding = GateEvidence(
        evidence_id=f"accident:{made.accident_id}",
        quantity="no_accident",
        value=False,
        at=clock.today(),  # what was found before it became known does not outweigh it
        kind="accident",
    )
    new = NewEvidence(findings=(finding,), source=f"accident:{made.accident_id}")
    await take_evidence(tx, scope, told.battery_id, new, f"accident:{made.accident_id}")
    await passports.report(
        tx,
        scope,
        battery.passport_id,
        "accident",
        severity="critical",
        ja=told.what,
        en=told.what,
        at=min(told.accident.known_at, clock.now()),
        event_id=made.accident_id,
    )
    await tx.record(
        AccidentRecorded(
            accident_id=made.accident_id,
            battery_id=told.battery_id,
            report=duties.report,
            stage="known",
            passport_id=battery.passport_id,
        )
    )
    if duties.report:
        await tell(tx, scope, "REUSE_ACCIDENT", [scope.operator_id], made.accident_id, told.battery_id)
    return made


async def amend(
    tx: Transaction,
    scope: OperatorScope,
    accident_id: UUID,
    *,
    cause: str,
    countermeasure: str,
    if_version: int | None = None,
) -> AccidentRecord:
    """Cause and countermeasure, as far as they are known now. Raises AccidentNotFound, Stale."""
    found = await get_one(tx, scope, accident_id)
    if if_version is not None and found.version != if_version:
        raise Stale
    return await _save(
        tx, scope, replace(found, body=replace(found.body, cause=cause, countermeasure=countermeasure)), "amended"
    )


async def sent(tx: Transaction, scope: OperatorScope, accident_id: UUID, stage: str) -> AccidentRecord:
    """A report went to the authority; `stage` prompt (速報) or full (詳報). Again changes nothing."""
    found = await get_one(tx, scope, accident_id)
    if stage == "prompt":
        return found if found.prompt_sent else await _save(tx, scope, replace(found, prompt_sent=clock.now()), stage)
    return found if found.full_sent else await _save(tx, scope, replace(found, full_sent=clock.now()), stage)


async def _save(tx: Transaction, scope: OperatorScope, record: AccidentRecord, stage: str) -> AccidentRecord:
    if not await store.save_accident(tx, scope, record):
        raise Stale
    await tx.record(
        AccidentRecorded(
            accident_id=record.accident_id,
            battery_id=record.battery_id,
            report=record.prompt_due is not None,
            stage=stage,
        )
    )
    return replace(record, version=record.version + 1)


async def get_one(tx: Transaction, scope: OperatorScope, accident_id: UUID) -> AccidentRecord:
    """An accident of the company. Raises AccidentNotFound."""
    found = await store.accident(tx, scope, accident_id)
    if found is None:
        raise AccidentNotFound
    return found


async def page(
    tx: Transaction, scope: OperatorScope, *, limit: int = 50, cursor: str | None = None
) -> Page[AccidentRecord]:
    """The company's accidents, newest first. Raises BadCursor."""
    found = await store.accidents(tx, scope, start_of(cursor), limit + 1)
    following = found[limit] if len(found) > limit else None
    return Page(
        items=found[:limit], next_cursor=cursor_of(following.created_at, following.accident_id) if following else None
    )


async def drafts(tx: Transaction, scope: OperatorScope, accident_id: UUID) -> tuple[Report, Report]:
    """速報 and 詳報 as drafts, filled with what is known. Raises AccidentNotFound."""
    found = await get_one(tx, scope, accident_id)
    battery, company = await get(tx, scope, found.battery_id), await operators.own(tx, scope)
    given = (found, battery.facts, company.name, company.address)
    return prompt_report(*given), full_report(*given)
