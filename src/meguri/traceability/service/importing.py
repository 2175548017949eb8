"""Parts and structures in bulk: all rows or, if the person says so, the good ones; and everything as a file."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from meguri.kernel.errors import Invalid, Refusal
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.operators import plants
from meguri.storage.transaction import Transaction
from meguri.traceability import store
from meguri.traceability.model import ChildInput, PartInput, Structure
from meguri.traceability.service.parts import add_parts, write_structure
from meguri.traceability.sheet import Draft, RowError, read_rows, understand
from meguri.traceability.writing import identity
from meguri.workbooks.running import aside


class ImportRefused(Invalid):
    """Some rows are wrong, so nothing was imported."""

    code = "traceability.import_refused"
    say = Text(
        ja="{count}件の誤りがあるため、何も取り込んでいません。行ごとの説明を確認してください。",
        en="Nothing was imported, because there are {count} errors. Please see the report by row.",
    )


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file."""

    rows: int
    parts_written: int
    errors: list[RowError]


_AT_ONCE = 200
_NO_PARENT = Text(
    ja="親部品「{name}」がこのファイルにも登録済みの部品にもありません。",
    en="The parent part “{name}” is neither in this file nor registered.",
)


async def import_parts(
    tx: Transaction, scope: OperatorScope, content: bytes, *, keep_good_rows: bool = False
) -> ImportReport:
    """Writes the parts and structures of a CSV or XLSX file.

    A part without component rows keeps the structure that it has. Raises ImportRefused with each row's errors unless
    `keep_good_rows`; SheetUnreadable, SheetHeadings, SheetTooLong.
    """
    rows, steps, errors = await plan(tx, scope, content)
    written = 0
    for step in steps:
        try:
            async with tx.savepoint():
                more, wrong_rows = await take(tx, scope, step)
            written += more
            errors.extend(wrong_rows)
        except RowsOfStep as wrong:
            errors.extend(wrong.errors)
        except Refusal as refusal:
            errors.append(RowError(row=step.lines[0], column=None, say=refusal.say, values=dict(refusal.values)))
    if errors and not keep_good_rows:
        raise ImportRefused(count=len(errors), fields=tuple(error.field_error() for error in errors[:1000]))
    return ImportReport(rows=rows, parts_written=written, errors=sorted(errors, key=lambda error: error.row))


class PartStep(msgspec.Struct, frozen=True, kw_only=True):
    """One part with its components, as a file says it; or parts of which it names no components.

    name      name and support name of the part
    said      the part as the file describes it; None: it must be registered already
    children  its components; none: it keeps those that it has
    lines     the rows of the file that say this
    rows      how many rows that are, with the part's own
    alone     parts without components, each of the row at its place in `lines`; then nothing else is said
    """

    name: tuple[str, str] = ("", "")
    said: PartInput | None = None
    children: list[ChildInput] = []
    lines: list[int]
    rows: int
    alone: list[PartInput] = []


class RowsOfStep(Exception):
    """The rows of a step that cannot be written, and why."""

    def __init__(self, errors: list[RowError]) -> None:
        super().__init__("rows are wrong")
        self.errors = errors


async def plan(tx: Transaction, scope: OperatorScope, content: bytes) -> tuple[int, list[PartStep], list[RowError]]:
    """How many rows say something, what a file asks for part by part, and what is wrong with its rows by themselves.

    Raises SheetUnreadable, SheetHeadings, SheetTooLong, and what `table_of` refuses.
    """
    rows = await aside(read_rows, content)
    known_plants = {plant.open_plant_id: plant.plant_id for plant in await plants.all_plants(tx, scope)}
    drafts, errors = understand(rows, known_plants)
    return sum(any(row.values()) for row in rows), _steps(drafts), errors


def _steps(drafts: Sequence[Draft]) -> list[PartStep]:
    tops = {(d.part.name, d.part.support_name or ""): d for d in reversed(drafts) if d.parent is None}
    anywhere = {(d.part.name, d.part.support_name or ""): d for d in reversed(drafts)}
    children: dict[tuple[str, str], list[Draft]] = {}
    for draft in drafts:
        if draft.parent is not None:
            children.setdefault(draft.parent, []).append(draft)
    steps = [
        PartStep(
            name=name,
            said=parent.part if (parent := tops.get(name) or anywhere.get(name)) else None,
            children=[draft.child() for draft in below],
            lines=[draft.row for draft in below],
            rows=len(below) + (name in tops),
        )
        for name, below in children.items()
    ]
    alone = [draft for name, draft in reversed(tops.items()) if name not in children]
    for first in range(0, len(alone), _AT_ONCE):
        some = alone[first : first + _AT_ONCE]
        lines = [draft.row for draft in some]
        steps.append(PartStep(alone=[draft.part for draft in some], lines=lines, rows=len(some)))
    return steps


async def take(tx: Transaction, scope: OperatorScope, step: PartStep) -> tuple[int, list[RowError]]:
    """Does one step: how many parts it wrote, and rows that could not be written though others were.

    Raises RowsOfStep, and what `write_structure` raises.
    """
    if step.alone:
        return await _take_alone(tx, scope, step)
    said = step.said or await _registered(tx, scope, step.name)
    if said is None:
        raise RowsOfStep(
            [
                RowError(row=line, column="parent_name", say=_NO_PARENT, values={"name": step.name[0]})
                for line in step.lines
            ]
        )
    children = step.children or await _present_children(tx, scope, said)
    await write_structure(tx, scope, said, children)
    return 1 + len(children), []


async def _take_alone(tx: Transaction, scope: OperatorScope, step: PartStep) -> tuple[int, list[RowError]]:
    lines = {identity(part): line for part, line in zip(step.alone, step.lines, strict=True)}
    try:
        async with tx.savepoint():
            _, others = await add_parts(tx, scope, step.alone)
    except Refusal:  # of them all: each by itself, so that every row is told what is wrong with it
        others = step.alone
    errors: list[RowError] = []
    for part in others:
        try:
            async with tx.savepoint():
                await write_structure(tx, scope, part, await _present_children(tx, scope, part))
        except Refusal as refusal:
            errors.append(
                RowError(row=lines[identity(part)], column=None, say=refusal.say, values=dict(refusal.values))
            )
    return len(step.alone) - len(errors), errors


async def _registered(tx: Transaction, scope: OperatorScope, name: tuple[str, str]) -> PartInput | None:
    found = await store.list_parts(tx, scope, limit=100, name=name[0])
    fitting = [part for part in found if (part.support_name or "") == name[1]]
    return msgspec.convert(fitting[0], PartInput, from_attributes=True) if len(fitting) == 1 else None


async def _present_children(tx: Transaction, scope: OperatorScope, part: PartInput) -> list[ChildInput]:
    found = (await store.parts_by_identity(tx, scope, [part])).get(identity(part))
    if found is None:
        return []
    return [
        ChildInput(
            **{name: getattr(component.part, name) for name in PartInput.__struct_fields__}, amount=component.amount
        )
        for component in await store.components_of(tx, scope, found.trace_id)
    ]


async def export_structures(tx: Transaction, scope: OperatorScope, *, after: UUID | None = None) -> list[Structure]:
    """All own parts that stand on their own, with their components, by name."""
    found: list[Structure] = []
    while True:
        rows = await store.list_parts(tx, scope, limit=1001, after=after, is_parent=True)
        links = await store.links_of(tx, scope, [part.trace_id for part in rows[:1000]])
        known = await store.parts(tx, scope, {child for children in links.values() for child, _ in children})
        found.extend(store.structures_of(rows[:1000], links, known))
        if len(rows) <= 1000:
            return found
        after = rows[1000].trace_id
