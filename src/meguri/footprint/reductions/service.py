"""What drives a product, asking for less, answering, and comparing before deciding."""

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

from meguri.footprint.calculation.figures import HUNDRED, precise
from meguri.footprint.events import ReductionMoved
from meguri.footprint.model import Figures
from meguri.footprint.reductions import store
from meguri.footprint.reductions.errors import (
    BadDue,
    BadTarget,
    NothingToReduce,
    NotOpen,
    NotWithin,
    ReductionNotFound,
)
from meguri.footprint.reductions.model import (
    Alternative,
    AlternativeResult,
    Alternatives,
    Driver,
    Reduction,
    ReductionInput,
)
from meguri.footprint.service.reading import statements
from meguri.footprint.totals import rounded
from meguri.footprint.tree import Node, supply_chain
from meguri.footprint.views import total_of
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.numbers import ZERO
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.operators.model import Relation
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import Side, Trade


async def drivers(tx: Transaction, scope: OperatorScope, trace_id: UUID, *, most: int = 20) -> list[Driver]:
    """Parts at the ends of what the company sees below a product, by what they bring, greatest first. Raises PartNotOwn."""
    tree = await supply_chain(tx, scope, trace_id)
    found: dict[UUID, Driver] = {}
    for node in _ends(tree.top):
        known = found.get(node.part.trace_id)
        found[node.part.trace_id] = _driver(node) if known is None else _merged(known, node)
    ranked = sorted((one for one in found.values() if one.value), key=lambda one: (-one.value, one.name))
    return ranked[:most]


async def compare_alternatives(
    tx: Transaction, scope: OperatorScope, product_id: UUID, part_id: UUID, options: Sequence[Alternative]
) -> Alternatives:
    """What a product would come to with something else in place of a part. Raises PartNotOwn, NotWithin."""
    every = {one.trace_id: one for one in await drivers(tx, scope, product_id, most=10_000)}
    if part_id not in every:
        raise NotWithin
    part = every[part_id]
    total = (await supply_chain(tx, scope, product_id)).top.brings or ZERO
    results = [_result(total, part, option, await _per_unit(tx, scope, option)) for option in options]
    best_first = sorted(results, key=lambda one: (one.total is None, one.total or ZERO))
    return Alternatives(product_total=total, part=part, options=best_first)


async def ask(tx: Transaction, scope: OperatorScope, said: ReductionInput) -> Reduction:
    """Asks the supplier of a part for less by a date; both sides see it, and the supplier is told.

    Raises TradeNotFound and kin for a request that is not ours as customer, NothingToReduce, BadTarget, BadDue.
    """
    trade = await traceability.request_by_id(tx, scope, trade_id=said.trade_id)
    now = await _answer_of(tx, scope, trade) if trade.side is Side.DOWN else None
    if now is None or trade.upstream_trace_id is None:
        raise NothingToReduce
    if said.due <= clock.today():
        raise BadDue
    part = await traceability.part(tx, scope, trade.downstream_trace_id)
    moment = clock.now()
    ours = Reduction(
        reduction_id=new_id(),
        side="down",
        partner_id=trade.partner_id,
        trade_id=trade.trade_id,
        trace_id=trade.downstream_trace_id,
        part_name=part.name,
        baseline=now,
        target=_target(now, said),
        due=said.due,
        state="asked",
        message=said.message,
        reply=None,
        version=1,
        created_at=moment,
        updated_at=moment,
    )
    theirs = msgspec.structs.replace(ours, side="up", partner_id=scope.operator_id, trace_id=trade.upstream_trace_id)
    await store.add_across(tx, [(scope.operator_id, ours), (trade.partner_id, theirs)])
    await operators.notify(tx, trade.partner_id, "REDUCTION_ASKED", scope.operator_id, _relation(trade))
    await tx.record(ReductionMoved(reduction_id=ours.reduction_id, state="asked", partner_id=trade.partner_id))
    return await reduction(tx, scope, ours.reduction_id)


async def answer(
    tx: Transaction, scope: OperatorScope, reduction_id: UUID, *, accept: bool, reply: str | None = None
) -> Reduction:
    """The supplier says yes or no, with words. Raises ReductionNotFound, NotOpen."""
    found = await store.one(tx, scope, reduction_id)
    if found is None or found.side != "up":
        raise ReductionNotFound
    state = "accepted" if accept else "declined"
    both = [scope.operator_id, found.partner_id]
    if not await store.settle_across(tx, both, reduction_id, state, ["asked"], reply):
        raise NotOpen
    trade = await traceability.request_by_id(tx, scope, trade_id=found.trade_id)
    await operators.notify(tx, found.partner_id, "REDUCTION_ANSWERED", scope.operator_id, _relation(trade))
    await tx.record(ReductionMoved(reduction_id=reduction_id, state=state, partner_id=found.partner_id))
    return await reduction(tx, scope, reduction_id)


async def withdraw(tx: Transaction, scope: OperatorScope, reduction_id: UUID) -> Reduction:
    """The customer takes the request back. Raises ReductionNotFound, NotOpen."""
    found = await store.one(tx, scope, reduction_id)
    if found is None or found.side != "down":
        raise ReductionNotFound
    both = [scope.operator_id, found.partner_id]
    if not await store.settle_across(tx, both, reduction_id, "withdrawn", ["asked", "accepted"]):
        raise NotOpen
    await tx.record(ReductionMoved(reduction_id=reduction_id, state="withdrawn", partner_id=found.partner_id))
    return await reduction(tx, scope, reduction_id)


async def reduction(tx: Transaction, scope: OperatorScope, reduction_id: UUID) -> Reduction:
    """One request with how far it has come. Raises ReductionNotFound."""
    found = await store.one(tx, scope, reduction_id)
    if found is None:
        raise ReductionNotFound
    return await _followed(tx, scope, found)


async def reductions(tx: Transaction, scope: OperatorScope) -> list[Reduction]:
    """Requests of both directions with how far they have come, newest first."""
    return [await _followed(tx, scope, one) for one in await store.all_of(tx, scope)]


def _target(now: Decimal, said: ReductionInput) -> Decimal:
    if (said.target is None) == (said.percent is None):
        raise BadTarget(now=now)
    if said.percent is not None:
        if not 0 < said.percent <= 100:
            raise BadTarget(now=now)
        return rounded(now * (HUNDRED - said.percent) / HUNDRED)
    if said.target is None or not 0 <= said.target < now:
        raise BadTarget(now=now)
    return said.target


async def _followed(tx: Transaction, scope: OperatorScope, found: Reduction) -> Reduction:
    now = await _present(tx, scope, found)
    reached = now is not None and now <= found.target and found.state in ("asked", "accepted")
    way = found.baseline - found.target
    progress = (found.baseline - now) / way * HUNDRED if now is not None and way else None
    return msgspec.structs.replace(
        found,
        now=now,
        progress=progress.quantize(Decimal("0.1")) if progress is not None else None,
        state="reached" if reached else found.state,
        late=not reached and found.state in ("asked", "accepted") and clock.today() > found.due,
    )


async def _present(tx: Transaction, scope: OperatorScope, found: Reduction) -> Decimal | None:
    """The figure as this side may see it: the disclosed answer, or the total of one's own part."""
    for statement in await statements(tx, scope, [found.trace_id]):
        if found.side == "down":
            return _sum(statement.answer)
        return total_of(statement)
    return None


async def _answer_of(tx: Transaction, scope: OperatorScope, trade: Trade) -> Decimal | None:
    found = await statements(tx, scope, [trade.downstream_trace_id])
    return _sum(found[0].answer) if found else None


def _sum(answer: Figures | None) -> Decimal | None:
    if answer is None or (answer.pre is None and answer.main is None):
        return None
    return (answer.pre or ZERO) + (answer.main or ZERO)


def _relation(trade: Trade) -> Relation:
    return Relation(
        trade_id=trade.trade_id,
        request_id=trade.request_id,
        downstream_operator_id=trade.downstream_operator_id,
        upstream_operator_id=trade.upstream_operator_id,
        downstream_trace_id=trade.downstream_trace_id,
        upstream_trace_id=trade.upstream_trace_id,
    )


def _ends(node: Node) -> list[Node]:
    """What brings something itself: the ends of the tree; a part that is made here ends in its components."""
    if not node.children:
        return [node]
    return [end for child in node.children for end in _ends(child)]


def _driver(node: Node) -> Driver:
    brings = node.brings or ZERO
    return Driver(
        trace_id=node.part.trace_id,
        name=node.part.name,
        amount=node.per_top,
        per_unit=brings / node.per_top if node.per_top else ZERO,
        value=brings,
        share=node.share,
        kind=node.kind,
        trade_id=node.trade.trade_id if node.trade else None,
        partner_id=node.trade.partner_id if node.trade else None,
        partner=node.partner,
    )


def _merged(known: Driver, node: Node) -> Driver:
    share = None if known.share is None or node.share is None else known.share + node.share
    return msgspec.structs.replace(
        known, amount=known.amount + node.per_top, value=known.value + (node.brings or ZERO), share=share
    )


@precise
def _result(total: Decimal, part: Driver, option: Alternative, per_unit: Decimal | None) -> AlternativeResult:
    if per_unit is None:
        return AlternativeResult(name=option.name, per_unit=None, total=None, difference=None, percent=None)
    difference = part.amount * option.ratio * per_unit - part.value
    return AlternativeResult(
        name=option.name,
        per_unit=per_unit,
        total=rounded(total + difference),
        difference=rounded(difference),
        percent=(difference / total * HUNDRED).quantize(Decimal("0.01")) if total else None,
    )


async def _per_unit(tx: Transaction, scope: OperatorScope, option: Alternative) -> Decimal | None:
    if option.per_unit is not None or option.trace_id is None:
        return option.per_unit
    return (await supply_chain(tx, scope, option.trace_id)).top.brings
