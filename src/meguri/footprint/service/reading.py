"""What can be read of footprints."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.footprint import store
from meguri.footprint.model import Contribution, Effect, Figures, Footprint, Statement, Totals, Why
from meguri.footprint.service.propagating import brings_of
from meguri.footprint.store import Kept
from meguri.footprint.totals import rounded, times, totals_of
from meguri.kernel.memory import Memory
from meguri.kernel.numbers import ZERO
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.errors import PartNotOwn
from meguri.traceability.model import Part, PartKind, RequestType, State

FORMULA = "total = own + Σ amount × emission per unit;  DQR = Σ(emission × rating) / Σ emission"
RULE = "ouranos-3.0.0"


async def footprint(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> Footprint | None:
    """The declared footprint of an own part, or None. Raises PartNotOwn."""
    await traceability.part(tx, scope, trace_id)
    return await store.record(tx, scope, trace_id)


async def history(tx: Transaction, scope: OperatorScope, trace_id: UUID, *, limit: int = 100) -> list[tuple[Any, ...]]:
    """(version, at, actor, declaration) of an own part, newest first."""
    return await store.record_history(tx, scope, trace_id, limit)


async def statements(tx: Transaction, scope: OperatorScope, trace_ids: Sequence[UUID]) -> list[Statement]:
    """What may be shown of each own part, in the order asked; parts of others are left out.

    At most three SQL statements, however many parts are asked for. What has not changed since it was last shown is
    remembered, and comes back as the same object.
    """
    kinds = await traceability.kinds_of(tx, scope, trace_ids, RequestType.CFP)
    own = [(scope.operator_id, trace_id) for trace_id in trace_ids if trace_id in kinds]
    stamps = await store.stamps(tx, own)
    now = {where: (kinds[where[1]], stamps[where[1]]) for where in own}
    known = {where: _shown.recall(where, stamp) for where, stamp in now.items()}
    kept = await store.kept(tx, [where for where, statement in known.items() if statement is None])
    return [
        known[where] or _shown.keep(where, now[where], statement_of(now[where][0], kept[where[1]])) for where in own
    ]


async def effect(tx: Transaction, scope: OperatorScope, product: UUID, component: UUID) -> Effect | None:
    """What the last change of a component's answer did to a product; None if there was none, or it is not in it."""
    moved = await store.changed(tx, scope, component)
    if moved is None:
        return None
    made = await traceability.structure(tx, scope, product)
    amount = sum((child.amount for child in made.children if child.part.trace_id == component), ZERO)
    before, after = moved
    return Effect(before=before, after=after, of_product=amount * (after - before)) if amount else None


_shown: Memory[store.Where, Statement] = Memory(10_000)


def statement_of(kind: PartKind, kept: Kept) -> Statement:
    """A purchased part under a live request shows its answer or nothing; any other part its own figures."""
    if kind.purchased and kind.trade_id is not None:
        answered = kind.state is State.COMPLETED and kept.answer is not None
        return Statement(
            trace_id=kind.trace_id,
            answer=kept.answer if answered else None,
            answer_unit=kept.answer_unit if answered else None,
            updating_since=kept.updating_since,
        )
    totals: Totals | None = totals_of(kept.own, kept.sums) if kept.own and kind.is_parent else None
    return Statement(trace_id=kind.trace_id, own=kept.own, totals=totals, updating_since=kept.updating_since)


async def why(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> Why:
    """How the totals of an own part come about: its own figures, its components, and direct suppliers' answers.

    Raises PartNotOwn.
    """
    kinds = await traceability.kinds_of(tx, scope, [trace_id], RequestType.CFP)
    if trace_id not in kinds:
        raise PartNotOwn
    links = (await traceability.structure_links(tx, scope, [trace_id])).get(trace_id, [])
    ids = [trace_id, *(child for child, _ in links)]
    kinds = await traceability.kinds_of(tx, scope, ids, RequestType.CFP)
    kept = await store.kept(tx, [(scope.operator_id, one) for one in ids])
    names = await traceability.parts_by_id(tx, scope, ids)
    me = kept[trace_id]
    lines = [line for line in [_own_line(me, names[trace_id])] if line]
    trades = await traceability.trades_on_parts(tx, scope, [child for child, _ in links])
    for child, amount in links:
        lines.append(_line(kinds[child], kept[child], names[child], amount, trades.get(child)))
    whole = sum((line.pre + line.main for line in lines), ZERO)
    return Why(
        trace_id=trace_id,
        formula=FORMULA,
        rule=RULE,
        totals=totals_of(me.own, me.sums) if me.own else None,
        lines=[_with_share(line, whole) for line in lines],
        updating_since=me.updating_since,
    )


def _own_line(kept: Kept, part: Part) -> Contribution | None:
    if kept.own is None:
        return None
    pre = (kept.own.pre_production or ZERO) + (kept.own.pre_component or ZERO)
    main = (kept.own.main_production or ZERO) + (kept.own.main_component or ZERO)
    return Contribution(
        trace_id=part.trace_id,
        name=part.name,
        source="own",
        amount=Decimal(1),
        unit=part.unit,
        pre_per_unit=pre,
        main_per_unit=main,
        pre=pre,
        main=main,
    )


def _line(kind: PartKind, kept: Kept, part: Part, amount: Decimal, trade: tuple[UUID, UUID] | None) -> Contribution:
    brings = brings_of(kind, kept)
    total = times(amount, brings)
    source = "component"
    if kind.purchased:
        source = _source_of(kept.answer if kind.trade_id else None)
    known = source in ("component", "answer")
    return Contribution(
        trace_id=part.trace_id,
        name=part.name,
        source=source,
        amount=amount,
        unit=part.unit,
        pre_per_unit=rounded(brings[0]) if known else None,
        main_per_unit=rounded(brings[4]) if known else None,
        pre=rounded(total[0]),
        main=rounded(total[4]),
        trade_id=trade[0] if trade else None,
        partner_id=trade[1] if trade else None,
    )


def _source_of(answer: Figures | None) -> str:
    if answer is None:
        return "missing"
    return "undisclosed" if answer.pre is None and answer.main is None else "answer"


def _with_share(line: Contribution, whole: Decimal) -> Contribution:
    share = (line.pre + line.main) / whole if whole else None
    return msgspec.structs.replace(line, share=share.quantize(Decimal("0.0001")) if share is not None else None)
