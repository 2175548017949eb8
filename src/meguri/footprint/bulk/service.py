"""Use cases: the own parts and their figures as a table, and the figures of one row."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from meguri.footprint import store
from meguri.footprint.bulk.reading import RowFigures
from meguri.footprint.model import Footprint, FootprintInput
from meguri.footprint.service.recording import record_many
from meguri.kernel.errors import Invalid, Refusal
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.kernel.units import AmountUnit
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import Part

_AT_ONCE = 500


class PartNotFound(Invalid):
    """The name fits no own part, or several."""

    code = "footprint.bulk.part"
    say = Text(
        ja="自社の部品「{name}」が見つからないか、同じ名前が複数あります。補助名称も入力してください。",
        en="Your part “{name}” is not there, or there are several. Please give its support name as well.",
    )


class PartTwice(Invalid):
    """Two rows are about one part: once with its support name and once without."""

    code = "footprint.bulk.twice"
    say = Text(
        ja="{other}行目と同じ部品です。1行にまとめてください。", en="The same part as in row {other}. Keep one row."
    )


class NothingFilledIn(Invalid):
    """No row holds a figure."""

    code = "footprint.bulk.nothing"
    say = Text(ja="排出量が入力された行がありません。", en="No row holds a figure.")


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """An own part, and what is declared of it."""

    part: Part
    declared: Footprint | None


async def lines(tx: Transaction, scope: OperatorScope) -> list[Line]:
    """Every part that the company makes itself, by name."""
    found: list[Line] = []
    after: UUID | None = None
    while True:
        parts, rest = await traceability.parts_page(tx, scope, limit=_AT_ONCE, after=after, is_parent=True)
        declared = await store.records(tx, scope, [part.trace_id for part in parts])
        found += [Line(part=part, declared=declared.get(part.trace_id)) for part in parts]
        if rest is None:
            return sorted(found, key=lambda line: (line.part.name, line.part.support_name or ""))
        after = rest


async def declare(tx: Transaction, scope: OperatorScope, rows: Sequence[RowFigures]) -> dict[int, Refusal]:
    """Declares what rows say, in place of what was declared. What was refused, by row: PartNotFound, PartTwice, as `record`.

    No row is half done, and those that are good are declared whatever is wrong with others.
    """
    refused: dict[int, Refusal] = {}
    said: dict[UUID, FootprintInput] = {}
    of: dict[UUID, int] = {}
    for row in rows:
        parts, _ = await traceability.parts_page(tx, scope, limit=10, name=row.name)
        fitting = [part for part in parts if row.support_name is None or (part.support_name or "") == row.support_name]
        if len(fitting) != 1:
            refused[row.row] = PartNotFound(name=row.name)
        elif (part := fitting[0]).trace_id in of:
            refused[row.row] = PartTwice(other=of[part.trace_id])
        else:
            of[part.trace_id], said[part.trace_id] = row.row, _said(row, part)
    for trace_id, refusal in (await _recorded(tx, scope, said)).items():
        refused[of[trace_id]] = refusal
    return refused


async def _recorded(tx: Transaction, scope: OperatorScope, said: Mapping[UUID, FootprintInput]) -> dict[UUID, Refusal]:
    """What could not be declared. Where all are refused together, each is tried by itself: every row is told why."""
    if not said:
        return {}
    try:
        async with tx.savepoint():
            return await record_many(tx, scope, said)
    except Refusal as refusal:
        if len(said) == 1:
            return dict.fromkeys(said, refusal)
    refused: dict[UUID, Refusal] = {}
    for trace_id, one in said.items():
        refused |= await _recorded(tx, scope, {trace_id: one})
    return refused


def _said(row: RowFigures, part: Part) -> FootprintInput:
    return FootprintInput(
        declared_unit=AmountUnit(part.unit or AmountUnit.UNIT),
        pre_production=row.pre_production,
        main_production=row.main_production,
        pre_component=row.pre_component,
        main_component=row.main_component,
        pre_quality=row.pre_quality,
        main_quality=row.main_quality,
        comment=row.comment,
    )
