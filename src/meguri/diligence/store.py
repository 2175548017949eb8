"""The only caller of queries.sql of this room."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.diligence.model import DdResult, FindingKey
from meguri.kernel import clock
from meguri.kernel.errors import Stale
from meguri.kernel.scope import OperatorScope
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)
Where = tuple[UUID, UUID]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A record as kept: its content is `body`, of the Struct that its kind has."""

    kind: str
    record_id: UUID
    version: int
    state: str
    subject_id: UUID | None
    ends: date | None
    body: Any
    created_at: datetime


class CaseRow(msgspec.Struct, frozen=True, kw_only=True):
    """A grievance as kept. `sealed` None: erased."""

    case_id: UUID
    sealed: bytes | None
    state: str
    channel: str
    category: str | None
    facility_id: UUID | None
    reason: str
    retaliation: bool
    received_at: datetime
    admitted_on: date | None
    version: int


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _pairs(parts: Sequence[Where]) -> dict[str, list[UUID]]:
    return {"operators": [operator for operator, _ in parts], "trace_ids": [part for _, part in parts]}


def _result(body: Any, dd_id: UUID) -> DdResult:
    return msgspec.structs.replace(msgspec.convert(body, DdResult, strict=False), dd_id=dd_id)


async def result(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> tuple[DdResult, int] | None:
    """The stated result of an own part and its version."""
    row = await tx.one(queries.result, operator_id=scope.operator_id, trace_id=trace_id)
    return (_result(row[2], row[0]), row[1]) if row else None


async def results(tx: Transaction, parts: Sequence[Where]) -> dict[UUID, DdResult]:
    """Stated results of these parts, as far as the present role sees them."""
    rows = await tx.all(queries.results, **_pairs(parts)) if parts else []
    return {row[1]: _result(row[3], row[2]) for row in rows}


async def save_result(
    tx: Transaction, scope: OperatorScope, said: DdResult, version: int, keys: Sequence[FindingKey]
) -> None:
    """Keeps the result of an own part with the keys of its findings, and its version in the history."""
    await tx.run(
        queries.save_result,
        operator_id=scope.operator_id,
        trace_id=said.trace_id,
        dd_id=said.dd_id,
        assessment_date=said.assessment_date,
        valid_until=said.valid_until,
        body=_json(said),
        keys=_json(list(keys)) if keys else None,
        version=version,
        now=clock.now(),
        actor=scope.actor,
    )


async def result_keys(tx: Transaction, parts: Sequence[Where]) -> dict[UUID, tuple[FindingKey, ...]]:
    """By what the open findings of these parts' own results are known again; parts without any are left out."""
    rows = await tx.all(queries.result_keys, **_pairs(parts)) if parts else []
    return {row[0]: msgspec.convert(row[1], tuple[FindingKey, ...]) for row in rows}


async def answer_keys(tx: Transaction, parts: Sequence[Where]) -> dict[UUID, tuple[FindingKey, ...]]:
    """The same of what suppliers answered for these purchased parts."""
    rows = await tx.all(queries.answer_keys, **_pairs(parts)) if parts else []
    return {row[0]: msgspec.convert(row[1], tuple[FindingKey, ...]) for row in rows}


async def result_history(tx: Transaction, scope: OperatorScope, trace_id: UUID, limit: int) -> list[tuple[Any, ...]]:
    """(version, at, actor, result) of an own part, newest first."""
    return await tx.all(queries.result_history, operator_id=scope.operator_id, trace_id=trace_id, limit=limit)


async def drop_result(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> None:
    """The part is gone: its result goes, the history stays."""
    await tx.run(queries.drop_result, operator_id=scope.operator_id, trace_id=trace_id)


async def own_results(tx: Transaction, scope: OperatorScope, limit: int = 500) -> list[DdResult]:
    """Stated results of own parts, the latest first."""
    rows = await tx.all(queries.own_results, operator_id=scope.operator_id, limit=limit)
    return [_result(row[3], row[1]) for row in rows]


async def results_expired_across(tx: Transaction, today: date, limit: int) -> list[Where]:
    """Results, of any operator, that ended and of which nobody was told."""
    async with tx.across():
        return await tx.all(queries.results_expired, today=today, limit=limit)


async def expiry_told(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> bool:
    """Whether customers were told that the result has ended."""
    return await tx.value(queries.expired_told, operator_id=scope.operator_id, trace_id=trace_id) is not None


async def mark_expired(tx: Transaction, scope: OperatorScope, trace_id: UUID, today: date) -> None:
    """Customers were told that the result has ended."""
    await tx.run(queries.mark_expired, operator_id=scope.operator_id, trace_id=trace_id, today=today)


async def answers(tx: Transaction, parts: Sequence[Where]) -> dict[UUID, tuple[UUID, DdResult | None]]:
    """For each of these purchased parts with an answer: the request, and what it discloses (None: nothing)."""
    rows = await tx.all(queries.answers, **_pairs(parts)) if parts else []
    return {row[1]: (row[2], msgspec.convert(row[3], DdResult, strict=False) if row[3] else None) for row in rows}


async def save_answer_across(
    tx: Transaction, where: Where, trade_id: UUID, said: DdResult | None, keys: Sequence[FindingKey]
) -> None:
    """Keeps what the supplier of this part answers (None: answered, nothing disclosed), and the keys of its findings."""
    body = _json(said) if said else None
    async with tx.across():
        await tx.run(
            queries.save_answer,
            operator_id=where[0],
            trade_id=trade_id,
            trace_id=where[1],
            body=body,
            keys=_json(list(keys)) if keys else None,
            now=clock.now(),
        )


async def drop_answer_across(tx: Transaction, where: Where, trade_id: UUID) -> None:
    """The request is no longer answered."""
    async with tx.across():
        await tx.run(queries.drop_answer, operator_id=where[0], trade_id=trade_id, trace_id=where[1])


async def masses(tx: Transaction, parts: Sequence[Where]) -> dict[UUID, dict[str, Decimal]]:
    """Mass of each material in one unit of these parts, kg."""
    found: dict[UUID, dict[str, Decimal]] = {}
    for trace_id, material, mass in await tx.all(queries.masses, **_pairs(parts)) if parts else []:
        found.setdefault(trace_id, {})[material] = mass
    return found


async def parts_holding(tx: Transaction, scope: OperatorScope, material: str) -> list[UUID]:
    """Own parts of which a unit holds a material."""
    found: list[tuple[UUID]] = await tx.all(queries.parts_holding, operator_id=scope.operator_id, material=material)
    return [trace_id for (trace_id,) in found]


async def save_mass(
    tx: Transaction, scope: OperatorScope, trace_id: UUID, material: str, mass: Decimal, method: str
) -> None:
    """Keeps the mass of a material in one unit of an own part."""
    await tx.run(
        queries.save_mass,
        operator_id=scope.operator_id,
        trace_id=trace_id,
        material=material,
        mass_per_unit=mass,
        method=method,
        now=clock.now(),
    )


async def record(tx: Transaction, scope: OperatorScope, kind: str, record_id: UUID) -> Row | None:
    """One record of the operator."""
    return await tx.one(queries.record, Row, operator_id=scope.operator_id, kind=kind, record_id=record_id)


async def records(
    tx: Transaction,
    scope: OperatorScope,
    kind: str,
    *,
    subject_id: UUID | None = None,
    before: UUID | None = None,
    limit: int | None = None,
) -> list[Row]:
    """Records of a kind, newest first; all of them by default. `before`: the id after which to go on."""
    return await tx.all(
        queries.records,
        Row,
        operator_id=scope.operator_id,
        kind=kind,
        subject_id=subject_id,
        before=before,
        limit=limit,
    )


async def records_about(
    tx: Transaction, scope: OperatorScope, kind: str, subjects: Collection[UUID]
) -> dict[UUID, Row]:
    """The latest record of a kind about each of these subjects; those without one are left out."""
    if not subjects:
        return {}
    rows = await tx.all(queries.records_about, Row, operator_id=scope.operator_id, kind=kind, subjects=list(subjects))
    return {row.subject_id: row for row in rows if row.subject_id is not None}


async def edges_of(tx: Transaction, scope: OperatorScope, material: str) -> list[Row]:
    """The supply relations of one material."""
    return await tx.all(queries.edges_of, Row, operator_id=scope.operator_id, material=material)


async def save_record(
    tx: Transaction,
    scope: OperatorScope,
    kind: str,
    record_id: UUID,
    version: int,
    body: object,
    *,
    state: str = "",
    subject_id: UUID | None = None,
    ends: date | None = None,
) -> None:
    """Keeps a version of a record. Raises Stale if it is not the one after the present."""
    kept = await tx.run(
        queries.save_record,
        operator_id=scope.operator_id,
        kind=kind,
        record_id=record_id,
        version=version,
        state=state,
        subject_id=subject_id,
        ends=ends,
        body=_json(body),
        now=clock.now(),
        actor=scope.actor,
    )
    if not kept:
        raise Stale


async def record_history(
    tx: Transaction, scope: OperatorScope, kind: str, record_id: UUID, limit: int
) -> list[tuple[Any, ...]]:
    """(version, at, actor, state, body) of a record, newest first."""
    return await tx.all(
        queries.record_history, operator_id=scope.operator_id, kind=kind, record_id=record_id, limit=limit
    )


async def count_records(tx: Transaction, scope: OperatorScope) -> dict[tuple[str, str], int]:
    """How many records there are of each kind and state."""
    return {(row[0], row[1]): row[2] for row in await tx.all(queries.count_records, operator_id=scope.operator_id)}


async def ending_across(tx: Transaction, until: date, after: UUID | None, limit: int) -> list[Where]:
    """Evidence, of any operator, that ends by `until`."""
    async with tx.across():
        return await tx.all(queries.ending, until=until, after=after, limit=limit)


async def add_case(
    tx: Transaction,
    scope: OperatorScope,
    case_id: UUID,
    code_hash: bytes,
    sealed: bytes,
    *,
    channel: str,
    retaliation: bool,
) -> None:
    """A grievance came in."""
    await tx.run(
        queries.add_case,
        operator_id=scope.operator_id,
        case_id=case_id,
        code_hash=code_hash,
        sealed=sealed,
        channel=channel,
        retaliation=retaliation,
        now=clock.now(),
    )


async def case(tx: Transaction, scope: OperatorScope, case_id: UUID) -> CaseRow | None:
    """One grievance."""
    return await tx.one(queries.case, CaseRow, operator_id=scope.operator_id, case_id=case_id)


async def case_by_code(tx: Transaction, scope: OperatorScope, code_hash: bytes) -> CaseRow | None:
    """The grievance whose reporter has this code."""
    return await tx.one(queries.case_by_code, CaseRow, operator_id=scope.operator_id, code_hash=code_hash)


async def cases(tx: Transaction, scope: OperatorScope, before: UUID | None, limit: int) -> list[CaseRow]:
    """Grievances, newest first."""
    return await tx.all(queries.cases, CaseRow, operator_id=scope.operator_id, before=before, limit=limit)


async def save_case(tx: Transaction, scope: OperatorScope, kept: CaseRow) -> None:
    """The next version of a grievance. Raises Stale."""
    done = await tx.run(
        queries.save_case,
        operator_id=scope.operator_id,
        case_id=kept.case_id,
        state=kept.state,
        category=kept.category,
        facility_id=kept.facility_id,
        reason=kept.reason,
        admitted_on=kept.admitted_on,
        sealed=kept.sealed,
        version=kept.version,
        now=clock.now(),
    )
    if not done:
        raise Stale


async def admitted(tx: Transaction, scope: OperatorScope, facility_id: UUID) -> list[date]:
    """The days on which grievances about a site were found admissible."""
    rows = await tx.all(queries.admitted, operator_id=scope.operator_id, facility_id=facility_id)
    return [row[0] for row in rows]


async def case_counts(tx: Transaction, scope: OperatorScope, since: datetime, until: datetime) -> dict[str, int]:
    """How many grievances of a period stand where."""
    rows = await tx.all(queries.case_counts, operator_id=scope.operator_id, since=since, until=until)
    return dict(rows)


async def add_message(
    tx: Transaction, scope: OperatorScope, case_id: UUID, message_id: UUID, said_by: str, sealed: bytes
) -> None:
    """A message of the dialogue with a reporter."""
    await tx.run(
        queries.add_message,
        operator_id=scope.operator_id,
        case_id=case_id,
        message_id=message_id,
        said_by=said_by,
        sealed=sealed,
        now=clock.now(),
    )


async def messages(tx: Transaction, scope: OperatorScope, case_ids: Iterable[UUID]) -> list[tuple[Any, ...]]:
    """(case, at, by, sealed text) of these grievances, in order."""
    return await tx.all(queries.messages, operator_id=scope.operator_id, case_ids=list(case_ids))


async def add_case_file(
    tx: Transaction, scope: OperatorScope, case_id: UUID, file_id: UUID, sealed_name: bytes, sealed: bytes, size: int
) -> None:
    """A file that came with a grievance."""
    await tx.run(
        queries.add_case_file,
        operator_id=scope.operator_id,
        case_id=case_id,
        file_id=file_id,
        sealed_name=sealed_name,
        sealed=sealed,
        size=size,
        now=clock.now(),
    )


async def case_files(tx: Transaction, scope: OperatorScope, case_ids: Iterable[UUID]) -> list[tuple[Any, ...]]:
    """(case, file, sealed name, size) of these grievances, in order."""
    return await tx.all(queries.case_files, operator_id=scope.operator_id, case_ids=list(case_ids))


async def case_file(tx: Transaction, scope: OperatorScope, case_id: UUID, file_id: UUID) -> tuple[Any, ...] | None:
    """(sealed name, sealed content)."""
    rows = await tx.all(queries.case_file, operator_id=scope.operator_id, case_id=case_id, file_id=file_id)
    return rows[0] if rows else None


async def drop_case_files(tx: Transaction, scope: OperatorScope, case_id: UUID) -> None:
    """Forgets what came with a grievance."""
    await tx.run(queries.drop_case_files, operator_id=scope.operator_id, case_id=case_id)
