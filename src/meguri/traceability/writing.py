"""May a part and its structure be written so? Decisions only (pure)."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from meguri.kernel.errors import FieldError
from meguri.kernel.numbers import FIFTH
from meguri.traceability.errors import (
    BadAmount,
    ChildRequested,
    DuplicateChild,
    TerminatedWithChildren,
    TerminateRequested,
    TooManyChildren,
    UnitLocked,
)
from meguri.traceability.model import MAX_AMOUNT, MAX_CHILDREN, ChildInput, Part, PartInput, Side, Trade

Identity = tuple[UUID, str, str]


def identity(part: PartInput | Part) -> Identity:
    """What makes a part this part: plant, name and support name (none and empty are the same)."""
    return (part.plant_id, part.name, part.support_name or "")


def check_amounts(children: Sequence[ChildInput]) -> None:
    """Raises BadAmount, naming each row, and TooManyChildren."""
    if len(children) > MAX_CHILDREN:
        raise TooManyChildren(most=MAX_CHILDREN)
    bad = [place for place, child in enumerate(children) if not is_amount(child.amount)]
    if bad:
        raise BadAmount(fields=tuple(FieldError(f"children[{place}].amount", BadAmount.say, {}) for place in bad))


def is_amount(amount: Decimal) -> bool:
    """Whether the amount is within 0–99999.99999 with at most five decimals."""
    return amount.is_finite() and 0 <= amount <= MAX_AMOUNT and amount == amount.quantize(FIFTH)


def check_shape(parent: PartInput, children: Sequence[ChildInput]) -> None:
    """Raises TerminatedWithChildren and DuplicateChild."""
    if parent.terminated and children:
        raise TerminatedWithChildren
    seen = {identity(parent)}
    for child in children:
        if identity(child) in seen:
            raise DuplicateChild
        seen.add(identity(child))


def check_dropped(dropped: Iterable[UUID], trades: Sequence[Trade]) -> None:
    """Raises ChildRequested if a part that leaves the structure has a live request."""
    asked = {trade.downstream_trace_id for trade in trades if trade.side is Side.DOWN and trade.live}
    if not asked.isdisjoint(dropped):
        raise ChildRequested


def check_changes(
    written: Mapping[UUID, PartInput],
    before: Mapping[UUID, Part],
    trades: Sequence[Trade],
    answered: set[UUID],
    with_children: set[UUID],
) -> None:
    """Raises TerminateRequested, TerminatedWithChildren (a child that has a structure) and UnitLocked."""
    asked = {trade.downstream_trace_id for trade in trades if trade.side is Side.DOWN and trade.live}
    traded = asked | {t.upstream_trace_id for t in trades if t.side is Side.UP and t.live and t.upstream_trace_id}
    for trace_id, part in written.items():
        if part.terminated and not before[trace_id].terminated:
            if trace_id in asked:
                raise TerminateRequested
            if trace_id in with_children:
                raise TerminatedWithChildren
    for trace_id, part in written.items():
        if part.unit != before[trace_id].unit and (trace_id in answered or trace_id in traded):
            raise UnitLocked
