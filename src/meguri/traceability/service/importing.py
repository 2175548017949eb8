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
from meguri.traceability.service.parts import write_structure
from meguri.traceability.sheet import Draft, RowError, read_rows, understand
from meguri.traceability.writing import identity


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
    rows = read_rows(content)
    known_plants = {plant.open_plant_id: plant.plant_id for plant in await plants.all_plants(tx, scope)}
    drafts, errors = understand(rows, known_plants)
    written = 0
    for said, children, lines in await _groups(tx, scope, drafts, errors):
        try:
            async with tx.savepoint():
                await write_structure(tx, scope, said, children)
                written += 1 + len(children)
        except Refusal as refusal:
            errors.append(RowError(row=lines[0], column=None, say=refusal.say, values=dict(refusal.values)))
    if errors and not keep_good_rows:
        raise ImportRefused(count=len(errors), fields=tuple(error.field_error() for error in errors[:1000]))
    return ImportReport(rows=len(rows), parts_written=written, errors=sorted(errors, key=lambda error: error.row))


async def _groups(
    tx: Transaction, scope: OperatorScope, drafts: Sequence[Draft], errors: list[RowError]
) -> list[tuple[PartInput, list[ChildInput], list[int]]]:
    tops = {(d.part.name, d.part.support_name or ""): d for d in reversed(drafts) if d.parent is None}
    anywhere = {(d.part.name, d.part.support_name or ""): d for d in reversed(drafts)}
    children: dict[tuple[str, str], list[Draft]] = {}
    for draft in drafts:
        if draft.parent is not None:
            children.setdefault(draft.parent, []).append(draft)
    groups: list[tuple[PartInput, list[ChildInput], list[int]]] = []
    for name, below in children.items():
        parent = (tops.get(name) or anywhere.get(name)) if name in anywhere else None
        said = parent.part if parent else await _registered(tx, scope, name)
        lines = [draft.row for draft in below]
        if said is None:
            errors.extend(
                RowError(row=line, column="parent_name", say=_NO_PARENT, values={"name": name[0]}) for line in lines
            )
        else:
            groups.append((said, [draft.child() for draft in below], lines))
    for name, draft in reversed(tops.items()):
        if name not in children:
            groups.append((draft.part, await _present_children(tx, scope, draft.part), [draft.row]))
    return groups


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
