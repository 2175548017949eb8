"""The only caller of this room's SQL."""

from collections.abc import Collection, Sequence
from uuid import UUID

import msgspec

from meguri.imports.model import Fault, Part, Run, RunState
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)
FIRST = -1
NEWEST = UUID(int=(1 << 128) - 1)  # after every id: an import whose id is later may have begun first


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


async def add(tx: Transaction, run: Run, parts: Sequence[Part]) -> None:
    """A new import with its parts."""
    await tx.run(queries.add_run, rows=_json([run]))
    for start in range(0, len(parts), 20):  # some at a time: a file of 100,000 rows is not one statement
        some = _json(parts[start : start + 20])
        await tx.run(queries.add_parts, operator_id=run.operator_id, import_id=run.import_id, parts=some)


async def run(tx: Transaction, scope: OperatorScope, import_id: UUID) -> Run | None:
    """One import."""
    return await tx.one(queries.run, Run, operator_id=scope.operator_id, import_id=import_id)


async def runs(tx: Transaction, scope: OperatorScope, after: UUID | None, count: int) -> list[Run]:
    """Imports, newest first."""
    return await tx.all(queries.runs, Run, operator_id=scope.operator_id, after=after, count=count)


async def same_file(tx: Transaction, scope: OperatorScope, kind: str, sha256: str, before: UUID) -> list[Run]:
    """The last imports of the same file and kind before one, newest first."""
    return await tx.all(queries.same_file, Run, operator_id=scope.operator_id, kind=kind, sha256=sha256, before=before)


async def names(tx: Transaction, scope: OperatorScope, ids: Collection[UUID]) -> dict[UUID, str]:
    """The file names of these imports; unknown ones are left out."""
    rows: list[tuple[UUID, str]] = await tx.all(queries.names, operator_id=scope.operator_id, ids=list(ids))
    return dict(rows)


async def move(tx: Transaction, scope: OperatorScope, import_id: UUID, state: RunState, *, anew: bool = False) -> bool:
    """Another state, of an import that is still at work; `anew`: a step begins. False when it has ended."""
    moved = await tx.run(
        queries.move,
        operator_id=scope.operator_id,
        import_id=import_id,
        state=state.value,
        anew=anew,
        at=clock.now(),
    )
    return moved == 1


async def count(
    tx: Transaction, scope: OperatorScope, import_id: UUID, *, passed: int = 0, written: int = 0, bad: int = 0
) -> None:
    """Add to an import's counts."""
    await tx.run(
        queries.count,
        operator_id=scope.operator_id,
        import_id=import_id,
        passed=passed,
        written=written,
        bad=bad,
        at=clock.now(),
    )


async def set_passed(tx: Transaction, scope: OperatorScope, import_id: UUID, passed: int) -> RunState:
    """How far a step is that commits only at its end; gives the state."""
    state = await tx.value(
        queries.set_passed, operator_id=scope.operator_id, import_id=import_id, passed=passed, at=clock.now()
    )
    return RunState(state)


async def next_part(tx: Transaction, scope: OperatorScope, import_id: UUID, after: int, *, write: bool) -> Part | None:
    """The first part after another that is still to be checked (or written)."""
    return await tx.one(
        queries.next_part, Part, operator_id=scope.operator_id, import_id=import_id, part=after, write=write
    )


async def save_part(
    tx: Transaction, scope: OperatorScope, import_id: UUID, part: int, faults: Sequence[Fault], *, written: bool
) -> None:
    """What became of a part; faults are added to those that it has."""
    await tx.run(
        queries.save_part,
        operator_id=scope.operator_id,
        import_id=import_id,
        part=part,
        faults=_json(faults),
        written=written,
    )


async def drop_steps(tx: Transaction, scope: OperatorScope, import_id: UUID) -> None:
    """What was to be done is forgotten; what was wrong stays."""
    await tx.run(queries.drop_steps, operator_id=scope.operator_id, import_id=import_id)


async def faults(tx: Transaction, scope: OperatorScope, import_id: UUID, most: int) -> list[Fault]:
    """What is wrong, by row."""
    rows = await tx.all(queries.faults, operator_id=scope.operator_id, import_id=import_id, count=most)
    return [msgspec.convert(row[0], Fault) for row in rows]
