"""What forbids that a product goes on to others for further use, as other rooms know it: an open safety veto."""

from collections.abc import Awaitable, Callable, Iterable
from uuid import UUID

from meguri.kernel.scope import OperatorScope
from meguri.passport import errors
from meguri.passport.service import standing
from meguri.storage import Transaction

Bar = Callable[[Transaction, UUID], Awaitable[str | None]]
_bars: list[Bar] = []
NO_FURTHER_USE = frozenset({"waste", "insolvency", "delegate_end"})
"""Reasons of a transfer by which nobody gets a product for use: to be recycled, or only somebody else answers for it."""


def learn(bar: Bar) -> None:
    """A room that knows dangers: asked about a passport, it says which rules forbid further use, or None.

    It may make others wait who record a danger meanwhile, until the end of the transaction.
    """
    if bar not in _bars:
        _bars.append(bar)


async def refuse_unsafe(tx: Transaction, passport_ids: Iterable[UUID]) -> None:
    """Raises SafetyVeto when one of these products must not be used any more. To be asked before passports are held."""
    for passport_id in sorted(set(passport_ids)):
        for bar in _bars:
            rules = await bar(tx, passport_id)
            if rules is not None:
                raise errors.SafetyVeto(rules=rules)


async def refuse_unsafe_named(tx: Transaction, scope: OperatorScope, identifiers: Iterable[str]) -> None:
    """The same for passports by identifier, of those that the caller is responsible for: others it is told nothing of."""
    own = []
    for identifier in sorted(set(identifiers)):
        record = await standing.find_exact_or_active(tx, identifier)
        if (await standing.standing(tx, scope, record)).is_owner:
            own.append(record.passport_id)
    await refuse_unsafe(tx, own)
