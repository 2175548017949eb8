"""What a part's footprint is to a foreign system: the own figures, and as a lump what the system cannot see coming.

The system adds what it knows of components itself. What it does not know, because the components' suppliers answer elsewhere,
is declared as the components' lump: so the total there is the total here, and nobody is named.
"""

from decimal import Decimal
from uuid import UUID

from meguri.dataspaces.ouranos.client import store
from meguri.dataspaces.ouranos.client.model import System
from meguri.dataspaces.ouranos.client.shaping import Figures
from meguri.footprint import service as footprint
from meguri.footprint.model import Contribution, Footprint, Quality
from meguri.kernel.numbers import ZERO, round_up
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction
from meguri.traceability import service as traceability


async def figures_of(tx: Transaction, scope: OperatorScope, system: System, trace_id: UUID) -> Figures | None:
    """The figures of an own part as the system is to hold them; None: it has none of its own."""
    own = await footprint.footprint(tx, scope, trace_id)
    if own is None:
        return None
    why = await footprint.why(tx, scope, trace_id)
    lines = [line for line in why.lines if line.trace_id != trace_id and (line.pre or line.main)]
    seen = await _seen(tx, scope, system, lines)
    hidden = [line for line in lines if line.trace_id not in seen]
    if not hidden:
        return _figures(own, ZERO, ZERO, own.pre_quality, own.main_quality)
    totals = why.totals
    pre, main = sum((line.pre for line in hidden), ZERO), sum((line.main for line in hidden), ZERO)
    return _figures(
        own,
        pre,
        main,
        totals.pre_quality if totals and pre else own.pre_quality,
        totals.main_quality if totals and main else own.main_quality,
    )


def _figures(own: Footprint, pre: Decimal, main: Decimal, pre_quality: Quality, main_quality: Quality) -> Figures:
    pre_component, main_component = _plus(own.pre_component, pre), _plus(own.main_component, main)
    return Figures(
        unit=own.declared_unit,
        pre_production=own.pre_production,
        main_production=own.main_production,
        pre_component=pre_component,
        main_component=main_component,
        pre_quality=pre_quality if own.pre_production or pre_component else Quality(),
        main_quality=main_quality if own.main_production or main_component else Quality(),
    )


def _plus(declared: Decimal | None, hidden: Decimal) -> Decimal | None:
    return round_up((declared or ZERO) + hidden) if hidden else declared


async def _seen(tx: Transaction, scope: OperatorScope, system: System, lines: list[Contribution]) -> set[UUID]:
    """The components whose contribution the system knows: answered there, or an end of the chain with figures of its own there."""
    if not lines:
        return set()
    parts = await traceability.parts_by_id(tx, scope, [line.trace_id for line in lines])
    there = await store.by_ours(tx, system, "part", list(parts))
    trades = await store.by_ours(tx, system, "trade", [line.trade_id for line in lines if line.trade_id])
    seen = {line.trace_id for line in lines if line.trade_id in trades}
    if system.share_structures:
        seen |= {trace_id for trace_id in there if parts[trace_id].terminated}
    return seen
