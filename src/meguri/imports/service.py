"""Use cases of imports: start, watch, stop; and the work itself, which goes on where it was when it was killed.

A file is planned into steps at once, so that what makes it useless is said at once. Then a worker takes it:

- `keep_good_rows`: part by part, each in a transaction of its own; wrong rows are left out and named.
- else: every step is tried and taken back first. With a single fault nothing is written; without one, everything is
  written in one transaction, whose progress is told beside it.

A part that is done is marked in its own transaction: a worker killed at any moment does nothing twice.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec

from meguri.imports import store
from meguri.imports.errors import ImportEnded, ImportKindUnknown, ImportNotFound
from meguri.imports.events import ImportClosed, ImportStarted
from meguri.imports.kinds import Kind, Planned, RowsWrong, Taken, all_kinds, kind_named
from meguri.imports.model import AT_WORK, Fault, Part, Run, RunState, Step, fault
from meguri.kernel import clock
from meguri.kernel.errors import Forbidden, Refusal
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.operators import inbox
from meguri.operators.model import Relation
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction

PART_ROWS = 200
STATEMENT_S = 60.0
FAULTS_SHOWN = 1000
JOB = "imports.carry_out"


class NewImport(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is to be taken."""

    kind: str
    file_name: str = ""
    keep_good_rows: bool = False


def demand_kind(name: str) -> Kind[Any]:
    """A kind by its name. Raises ImportKindUnknown."""
    found = kind_named(name)
    if found is None:
        raise ImportKindUnknown(kind=name, kinds=", ".join(kind.name for kind in all_kinds()))
    return found


async def start(tx: Transaction, scope: OperatorScope, new: NewImport, content: bytes) -> Run:
    """Reads a file and leaves it to a worker. The same file, handed in again while it is at work, is that import.

    Raises Forbidden, ImportKindUnknown, and what the kind's `plan` raises.
    """
    if not scope.may_edit:
        raise Forbidden
    planned = await demand_kind(new.kind).plan(tx, scope, content)
    return await start_planned(tx, scope, new, planned, content)


async def start_planned(
    tx: Transaction, scope: OperatorScope, new: NewImport, planned: Planned[Any], *files: bytes
) -> Run:
    """`start` with files that are read already: for kinds that may come as several. Raises Forbidden."""
    if not scope.may_edit:
        raise Forbidden
    digest = await asyncio.to_thread(_digest, files)
    await tx.alone("import", new.kind, digest)
    now, import_id = clock.now(), new_id()
    for before in await store.same_file(tx, scope, new.kind, digest, store.NEWEST):
        if before.at_work and before.keep_good_rows == new.keep_good_rows:
            return before
    run = Run(
        operator_id=scope.operator_id,
        import_id=import_id,
        kind=new.kind,
        state=RunState.QUEUED,
        file_name=new.file_name[-200:],
        sha256=digest,
        keep_good_rows=new.keep_good_rows,
        rows=planned.rows,
        passed=0,
        written=0,
        left=planned.left,
        bad=len(planned.faults),
        actor=scope.actor,
        created_at=now,
        step_at=now,
        updated_at=now,
    )
    await store.add(tx, run, _parts(planned))
    await tx.record(ImportStarted(import_id=run.import_id, kind=run.kind, rows=run.rows))
    await tx.defer(JOB, operator_id=str(run.operator_id), import_id=str(run.import_id))
    return run


def _digest(files: Sequence[bytes]) -> str:
    """The hash of a file, or of the hashes of several."""
    each = [hashlib.sha256(file) for file in files]
    return each[0].hexdigest() if len(each) == 1 else hashlib.sha256(b"".join(one.digest() for one in each)).hexdigest()


def _parts(planned: Planned[Any]) -> list[Part]:
    """Steps in parts of some hundred rows; what is wrong already stands in a part of its own."""
    parts: list[Part] = []
    if planned.faults:
        wrong = len({one.row for one in planned.faults})
        parts.append(Part(part=0, rows=wrong, steps=[], faults=planned.faults))
    steps: list[Step] = []
    for row, rows, work in planned.work:
        steps.append(Step(row=row, rows=rows, body=work))
        if sum(step.rows for step in steps) >= PART_ROWS:
            parts.append(_part(len(parts), steps))
            steps = []
    return [*parts, _part(len(parts), steps)] if steps else parts


def _part(number: int, steps: list[Step]) -> Part:
    return Part(part=number, rows=sum(step.rows for step in steps), steps=steps, faults=[])


async def run_of(tx: Transaction, scope: OperatorScope, import_id: UUID) -> Run:
    """One import. Raises ImportNotFound."""
    found = await store.run(tx, scope, import_id)
    if found is None:
        raise ImportNotFound
    return found


async def done_before(tx: Transaction, scope: OperatorScope, run: Run) -> Run | None:
    """The last import that wrote the same file before this one, if there is one."""
    if run.sha256 is None:
        return None
    found = await store.same_file(tx, scope, run.kind, run.sha256, run.import_id)
    return next((one for one in found if one.state is RunState.DONE), None)


async def runs(tx: Transaction, scope: OperatorScope, *, after: UUID | None = None, limit: int = 100) -> list[Run]:
    """The company's imports, newest first."""
    return await store.runs(tx, scope, after, limit)


async def faults(tx: Transaction, scope: OperatorScope, import_id: UUID, most: int = FAULTS_SHOWN) -> list[Fault]:
    """What is wrong, by row. Raises ImportNotFound."""
    await run_of(tx, scope, import_id)
    return await store.faults(tx, scope, import_id, most)


async def cancel(tx: Transaction, scope: OperatorScope, import_id: UUID) -> Run:
    """Stops an import before its next part; what was kept part by part stays. Raises Forbidden, ImportNotFound, ImportEnded."""
    if not scope.may_edit:
        raise Forbidden
    await run_of(tx, scope, import_id)
    if not await store.move(tx, scope, import_id, RunState.CANCELLED):
        raise ImportEnded
    await store.drop_steps(tx, scope, import_id)
    stopped = await run_of(tx, scope, import_id)
    await tx.record(_closed(stopped))
    return stopped


class _Stopped(Exception):
    """A person stopped the import while it was written as a whole: everything is taken back."""


async def work(db: Database, operator_id: UUID, import_id: UUID) -> None:
    """Does an import to its end. To be called again after a crash: it goes on with what is left."""
    run = await db.run(OperatorScope(operator_id, "system:imports", Role.EDITOR), run_of, import_id)
    if not run.at_work:
        return
    scope, kind = OperatorScope(operator_id, run.actor, Role.EDITOR), demand_kind(run.kind)
    try:
        if not run.keep_good_rows:
            if run.bad and run.state is not RunState.WRITING:  # refused in any case: looked through for the rest
                await _through(db, scope, kind, run, write=False)
                return
            writing = run.state is RunState.WRITING
            if writing or await db.run(scope, store.move, run.import_id, RunState.WRITING, anew=True):
                await _write_whole(db, scope, kind, run)
        elif await _through(db, scope, kind, run, write=True):
            await db.run(scope, _close, import_id, RunState.DONE)
    except _Stopped:
        return


async def _through(db: Database, scope: OperatorScope, kind: Kind[Any], run: Run, *, write: bool) -> bool:
    """Every part that is left, each in a transaction of its own: written, or looked at and then refused as a whole.

    False when the import has ended meanwhile.
    """
    state = RunState.WRITING if write else RunState.CHECKING
    if run.state is RunState.QUEUED and not await db.run(scope, store.move, run.import_id, state, anew=True):
        return False
    after: int | None = store.FIRST
    while after is not None:
        after = await db.run(scope, _next, kind, run.import_id, after, write=write)
    if write:
        return (await db.run(scope, run_of, run.import_id)).at_work
    await db.run(scope, _close, run.import_id, RunState.REFUSED)
    return False


async def _next(
    tx: Transaction, scope: OperatorScope, kind: Kind[Any], import_id: UUID, after: int, *, write: bool
) -> int | None:
    """One part: tried and taken back, or written. None when there is none left, or the import was stopped."""
    part = await store.next_part(tx, scope, import_id, after, write=write)
    if part is None or (await run_of(tx, scope, import_id)).state not in AT_WORK:
        return None
    async with tx.patient(STATEMENT_S):
        written, found = await _take(tx, scope, kind, part, keep=write)
    await store.save_part(tx, scope, import_id, part.part, found, written=write)
    await store.count(tx, scope, import_id, passed=part.rows, written=written if write else 0, bad=len(found))
    return part.part


class _TakenBack(Exception):
    """Only to look: everything is undone."""


async def _take(
    tx: Transaction, scope: OperatorScope, kind: Kind[Any], part: Part, *, keep: bool
) -> tuple[int, list[Fault]]:
    """How much the steps of a part wrote, and what is wrong with those that wrote nothing."""
    written, found = 0, list[Fault]()
    try:
        async with tx.savepoint():
            for step in part.steps:
                made, wrong = await _step(tx, scope, kind, step)
                written += made
                found += wrong
            if not keep:
                raise _TakenBack
    except _TakenBack:
        pass
    return written, found


async def _step(tx: Transaction, scope: OperatorScope, kind: Kind[Any], step: Step) -> tuple[int, list[Fault]]:
    try:
        async with tx.savepoint():
            made = await kind.take(tx, scope, msgspec.convert(step.body, kind.work))
            return (made.written, list(made.faults)) if isinstance(made, Taken) else (made, [])
    except RowsWrong as wrong:
        return 0, wrong.faults
    except Refusal as refusal:
        return 0, faults_of(step.row, refusal)


def faults_of(row: int, refusal: Refusal) -> list[Fault]:
    """What a refusal says of a row: its fields' sentences where it names fields, else its own."""
    if refusal.fields:
        return [fault(row, None, field.say, dict(field.values)) for field in refusal.fields]
    return [fault(row, None, refusal.say, dict(refusal.values))]


async def _write_whole(db: Database, scope: OperatorScope, kind: Kind[Any], run: Run) -> None:
    """All parts in one transaction, and the end of the import with it; with a wrong row all is taken back, and every
    wrong row is told. Raises _Stopped when a person stops it meanwhile.

    Writing is the check: to try all rows first and take them back would cost as much again.
    """

    async def whole(tx: Transaction, scope: OperatorScope) -> None:
        after, passed, written, found = store.FIRST, 0, 0, list[Fault]()
        async with tx.patient(STATEMENT_S):
            while (part := await store.next_part(tx, scope, run.import_id, after, write=True)) is not None:
                after, passed = part.part, passed + part.rows
                made, wrong = await _take(tx, scope, kind, part, keep=True)
                written, found = written + made, found + wrong
                if await db.run(scope, store.set_passed, run.import_id, passed) not in AT_WORK:
                    raise _Stopped
            if found:
                raise RowsWrong(found)
        await store.count(tx, scope, run.import_id, written=written)
        await _close(tx, scope, run.import_id, RunState.DONE)

    try:
        await db.run(scope, whole)
    except RowsWrong as wrong:  # nothing was written
        await db.run(scope, _refuse, run.import_id, wrong.faults)


async def _refuse(tx: Transaction, scope: OperatorScope, import_id: UUID, found: Sequence[Fault]) -> None:
    part = await store.next_part(tx, scope, import_id, store.FIRST, write=True)
    if part is not None:
        await store.save_part(tx, scope, import_id, part.part, found, written=False)
    await store.count(tx, scope, import_id, bad=len(found))
    await _close(tx, scope, import_id, RunState.REFUSED)


async def _close(tx: Transaction, scope: OperatorScope, import_id: UUID, state: RunState) -> None:
    """The end: what was to be done is forgotten, and the company is told."""
    if not await store.move(tx, scope, import_id, state):
        return
    await store.drop_steps(tx, scope, import_id)
    run = await run_of(tx, scope, import_id)
    await tx.record(_closed(run))
    await tell_end(tx, scope, "IMPORT_DONE" if state is RunState.DONE else "IMPORT_REFUSED", import_id)


def _closed(run: Run) -> ImportClosed:
    return ImportClosed(import_id=run.import_id, state=run.state.value, written=run.written, bad=run.bad)


async def tell_end(tx: Transaction, scope: OperatorScope, kind: str, about: UUID) -> None:
    """A notification to the company itself that a long work of its own has ended."""
    me = scope.operator_id
    relation = Relation(
        trade_id=about, request_id=about, downstream_operator_id=me, upstream_operator_id=me, downstream_trace_id=about
    )
    await inbox.notify(tx, me, kind, me, relation)
