"""Why two results of one part differ: amounts, values, or the structure itself. The effects add up exactly."""

from collections.abc import Hashable, Mapping
from decimal import Decimal, localcontext
from typing import NamedTuple, TypeVar

Key = TypeVar("Key", bound=Hashable)


class Term(NamedTuple):
    """One addend of a total: `amount` · `value` (units of a part · kg CO2e per unit)."""

    amount: Decimal
    value: Decimal


class TermEffect(NamedTuple):
    """What one term did to the difference: through its amount, its value, or by coming or going (`structure`)."""

    amount: Decimal
    value: Decimal
    structure: Decimal

    @property
    def total(self) -> Decimal:
        """All three together."""
        return self.amount + self.value + self.structure


def difference(before: Mapping[Key, Term], after: Mapping[Key, Term]) -> dict[Key, TermEffect]:
    """The effect of each term on after − before.

    A term in both: Δamount · mean value and Δvalue · mean amount, which is exact and favours neither order of change.
    A term in one of them only: its whole addend, as a change of structure.
    """
    keys = dict.fromkeys([*before, *after])
    with localcontext() as context:
        context.prec = 60
        return {key: _effect(before.get(key), after.get(key)) for key in keys}


def _effect(old: Term | None, new: Term | None) -> TermEffect:
    zero = Decimal(0)
    if old is None or new is None:
        gained = new.amount * new.value if new else zero
        lost = old.amount * old.value if old else zero
        return TermEffect(zero, zero, gained - lost)
    amount = (new.amount - old.amount) * (old.value + new.value) / 2
    value = (new.value - old.value) * (old.amount + new.amount) / 2
    return TermEffect(amount, value, zero)
