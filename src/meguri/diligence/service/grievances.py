"""Grievances: anybody may tell, without a name; only handlers read; nothing of a reporter's device is kept."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from meguri.diligence import store
from meguri.diligence.errors import NothingFound
from meguri.diligence.events import CaseErased, CaseMoved, CaseRead, CaseReceived
from meguri.diligence.grievance import clocks, code_hash, early_warning, new_code, step, suppressed
from meguri.diligence.model import (
    CaseFile,
    CaseMessage,
    CaseStatus,
    CaseStep,
    FindingInput,
    Grievance,
    GrievanceInput,
    Opened,
    SeverityInput,
)
from meguri.diligence.service import case_files, casework
from meguri.diligence.store import CaseRow
from meguri.diligence.taxonomy import check_word
from meguri.kernel import clock
from meguri.kernel.errors import Stale
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction

_PURPOSE = "diligence.case"
_PERSONAL = ("contact", "affected")


async def open_case(
    tx: Transaction,
    scope: OperatorScope,
    said: GrievanceInput,
    files: Sequence[tuple[str, bytes]] = (),
    *,
    channel: str = "web",
) -> Opened:
    """A grievance comes in. The code is given once; only its hash is kept. Raises what `case_files.add` raises."""
    case_id, code = new_id(), new_code()
    sealed = tx.installation.sealer.seal(msgspec.json.encode(said), f"{_PURPOSE} {case_id}")
    await store.add_case(tx, scope, case_id, code_hash(code), sealed, channel=channel, retaliation=said.retaliation)
    await case_files.add(tx, scope, case_id, files)
    await tx.record(CaseReceived(case_id=case_id))
    due = next(one.due for one in clocks(clock.now(), "received", clock.today()) if one.name == "acknowledge")
    return Opened(code=code, acknowledge_by=due)


async def by_code(tx: Transaction, scope: OperatorScope, code: str) -> CaseStatus:
    """What a reporter sees of their case. A wrong code and an unknown one are the same. Raises NothingFound."""
    row = await store.case_by_code(tx, scope, code_hash(code))
    if row is None:
        raise NothingFound
    messages = await _messages(tx, scope, [row.case_id])
    return CaseStatus(state=row.state, received_on=row.received_at.date(), messages=messages.get(row.case_id, []))


async def say_more(
    tx: Transaction, scope: OperatorScope, code: str, text: str, files: Sequence[tuple[str, bytes]] = ()
) -> CaseStatus:
    """A reporter writes again, or sends more. Raises NothingFound, and what `case_files.add` raises."""
    row = await store.case_by_code(tx, scope, code_hash(code))
    if row is None:
        raise NothingFound
    if text:
        await _say(tx, scope, row.case_id, "reporter", text)
    await case_files.add(tx, scope, row.case_id, files)
    return await by_code(tx, scope, code)


async def listed(
    tx: Transaction, scope: OperatorScope, *, before: UUID | None = None, limit: int = 100
) -> list[Grievance]:
    """Cases, newest first, for their handlers; each reading is in the audit."""
    rows = await store.cases(tx, scope, before, limit)
    ids = [row.case_id for row in rows]
    messages, files = await _messages(tx, scope, ids), await case_files.of_cases(tx, scope, ids)
    for row in rows:
        await tx.record(CaseRead(case_id=row.case_id))
    return [_opened(tx, row, messages.get(row.case_id, []), files.get(row.case_id, [])) for row in rows]


async def one(tx: Transaction, scope: OperatorScope, case_id: UUID) -> Grievance:
    """One case for its handlers. Raises NothingFound."""
    row = await _row(tx, scope, case_id)
    await tx.record(CaseRead(case_id=case_id))
    messages, files = await _messages(tx, scope, [case_id]), await case_files.of_cases(tx, scope, [case_id])
    return _opened(tx, row, messages.get(case_id, []), files.get(case_id, []))


async def take_on(tx: Transaction, scope: OperatorScope, case_id: UUID, said: CaseStep, if_version: int) -> Grievance:
    """The next step of a case. Three admissible ones of a site open a finding. Raises NothingFound, Stale, IllegalStep."""
    row = await _row(tx, scope, case_id)
    if row.version != if_version:
        raise Stale
    if said.category is not None:
        check_word("categories", said.category)
    state = step(row.state, said.to, said.reason)
    after = msgspec.structs.replace(
        row,
        state=state,
        reason=said.reason or row.reason,
        category=said.category or row.category,
        facility_id=said.facility_id or row.facility_id,
        admitted_on=clock.today() if state == "admissible" else row.admitted_on,
    )
    await store.save_case(tx, scope, after)
    await tx.record(CaseMoved(case_id=case_id, state=state))
    if said.message:
        await _say(tx, scope, case_id, "handler", said.message)
    if state == "admissible" and after.facility_id is not None:
        await _warn(tx, scope, after)
    return await one(tx, scope, case_id)


async def erase(tx: Transaction, scope: OperatorScope, case_id: UUID) -> None:
    """Erases what identifies people, files included; state, days and the audit stay. Raises NothingFound."""
    row = await _row(tx, scope, case_id)
    if row.sealed is not None:
        said = _unsealed(tx, row)
        bare = msgspec.structs.replace(said, **dict.fromkeys(_PERSONAL, ""))
        sealed = tx.installation.sealer.seal(msgspec.json.encode(bare), f"{_PURPOSE} {case_id}")
        await store.save_case(tx, scope, msgspec.structs.replace(row, sealed=sealed))
    await store.drop_case_files(tx, scope, case_id)
    await tx.record(CaseErased(case_id=case_id))


async def statistics(tx: Transaction, scope: OperatorScope, year: int) -> dict[str, int | None]:
    """Cases of a year by state; small numbers are None, so that nobody can be found by them."""
    start = datetime(year, 1, 1, tzinfo=UTC)
    return suppressed(await store.case_counts(tx, scope, start, start.replace(year=year + 1)))


async def _warn(tx: Transaction, scope: OperatorScope, row: CaseRow) -> None:
    if row.facility_id is None or not early_warning(await store.admitted(tx, scope, row.facility_id), clock.today()):
        return
    finding = FindingInput(
        title="Early warning: several grievances about one site",
        source="grievance",
        category=row.category or "C1",
        facility_id=row.facility_id,
        severity=SeverityInput(scale=3, scope=3, irremediability=2),
        likelihood=3,
        detected_on=clock.today(),
    )
    await casework.find(tx, scope, finding)


async def _row(tx: Transaction, scope: OperatorScope, case_id: UUID) -> CaseRow:
    row = await store.case(tx, scope, case_id)
    if row is None:
        raise NothingFound
    return row


def _unsealed(tx: Transaction, row: CaseRow) -> GrievanceInput:
    content = tx.installation.sealer.open(row.sealed or b"", f"{_PURPOSE} {row.case_id}")
    return msgspec.json.decode(content, type=GrievanceInput)


def _opened(tx: Transaction, row: CaseRow, messages: list[CaseMessage], files: list[CaseFile]) -> Grievance:
    said = _unsealed(tx, row)
    return Grievance(
        **{name: getattr(said, name) for name in GrievanceInput.__struct_fields__},
        case_id=row.case_id,
        state=row.state,
        channel=row.channel,
        received_at=row.received_at,
        admitted_on=row.admitted_on,
        category=row.category,
        facility_id=row.facility_id,
        reason=row.reason,
        overdue=[one.name for one in clocks(row.received_at, row.state, clock.today()) if one.overdue],
        messages=messages,
        files=files,
        version=row.version,
    )


async def _say(tx: Transaction, scope: OperatorScope, case_id: UUID, by: str, text: str) -> None:
    sealed = tx.installation.sealer.seal(text.encode(), f"{_PURPOSE} {case_id} message")
    await store.add_message(tx, scope, case_id, new_id(), by, sealed)


async def _messages(tx: Transaction, scope: OperatorScope, case_ids: list[UUID]) -> dict[UUID, list[CaseMessage]]:
    found: dict[UUID, list[CaseMessage]] = {}
    for case_id, at, by, sealed in await store.messages(tx, scope, case_ids) if case_ids else []:
        text = tx.installation.sealer.open(sealed, f"{_PURPOSE} {case_id} message").decode()
        found.setdefault(case_id, []).append(CaseMessage(at=at, by=by, text=text))
    return found
