"""What a declaration rests on, put together as its maker may see it: worksheets, meters, and each supplier's statement."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from meguri.footprint.auditing.model import MeterProof, Tier
from meguri.footprint.readings.service import readings_of_days
from meguri.footprint.worksheets.gathering import Gathered
from meguri.footprint.worksheets.leaves import leaf_of, stages_of
from meguri.footprint.worksheets.model import Statement, Worksheet
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability


async def tiers_of(
    tx: Transaction, scope: OperatorScope, gathered: Gathered, used: Sequence[Statement] | None = None
) -> list[Tier]:
    """Every part below the declared one, nearest first. A supplier's statement is an end: nothing behind it is known.

    used  what the result took for parts without a worksheet; None: it was kept before this was told
    """
    taken = None if used is None else {each.trace_id: each for each in used}
    depths = _depths(gathered)
    trades = await traceability.trades_on_parts(tx, scope, list(depths))
    names = await operators.names_of(tx, scope, {partner for _, partner in trades.values()})
    suppliers = {part: names.get(partner) for part, (_, partner) in trades.items()}
    return [
        _tier(gathered, part, depth, suppliers.get(part), None if taken is None else taken.get(part))
        for part, depth in depths.items()
    ]


async def meters_of(tx: Transaction, scope: OperatorScope, sheet: Worksheet) -> list[MeterProof]:
    """Readings behind the lines whose amount a meter gives, with the papers that show them."""
    found = []
    for line in sheet.lines:
        if line.meter:
            read = await readings_of_days(
                tx, scope, line.source or "", line.meter, sheet.period_start, sheet.period_end
            )
            found.append(MeterProof(line_id=line.id, readings=read))
    return found


def _depths(gathered: Gathered) -> Mapping[UUID, int]:
    depths: dict[UUID, int] = {}
    level, depth = _below(gathered, gathered.top.trace_id), 1
    while level := [part for part in dict.fromkeys(level) if part not in depths]:
        depths.update(dict.fromkeys(level, depth))
        level, depth = [child for part in level for child in _below(gathered, part)], depth + 1
    return depths


def _below(gathered: Gathered, part: UUID) -> list[UUID]:
    if (sheet := gathered.sheets.get(part)) is not None:
        ids = [parse_uuid(line.child_id) for line in sheet.lines if line.child_id]
        return [one for one in ids if one is not None]
    return [child for child, _ in gathered.links.get(part, ())]


def _tier(gathered: Gathered, part: UUID, depth: int, supplier: str | None, used: Statement | None) -> Tier:
    known = gathered.parts.get(part)
    name, unit = (known.name, str(known.unit) if known.unit else None) if known else (str(part), None)
    if (sheet := gathered.sheets.get(part)) is not None:
        return Tier(part_id=part, name=name, depth=depth, source="worksheet", unit=unit, lines=sheet.lines)
    leaf = leaf_of(gathered, str(part))
    stated = gathered.received.get(part) if leaf.source == "received" else None
    return Tier(
        part_id=part,
        name=name,
        depth=depth,
        source=leaf.source,
        supplier=stated.partner if stated else supplier,
        unit=unit,
        stages=stages_of(leaf),
        provenance=leaf.provenance,
        verified_by=stated.verified if stated else None,
        valid_to=stated.valid_to if stated else None,
        used=None if used is None else dict(used.stages),
    )
