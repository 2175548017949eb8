"""The only caller of this SQL."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from meguri.footprint.peers.guard import Figure, Said, joined
from meguri.footprint.peers.model import PeerFigure, Share
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)
Place = tuple[str, str, int]
"""Group, pack and year: what is compared with each other."""


async def lock(tx: Transaction, place: Place) -> None:
    """Figures of one group follow one another."""
    await tx.run(queries.lock, key="footprint.peers." + ".".join(map(str, place)))


async def keep(tx: Transaction, scope: OperatorScope, made: Share, worksheet_id: UUID) -> None:
    """Contributes a result, in the place of an earlier one of the same worksheet."""
    named = {"operator_id": scope.operator_id, "pack_id": made.pack_id, "year": made.year, "result_id": made.result_id}
    await tx.run(queries.drop_others, **named, worksheet_id=worksheet_id)
    await tx.run(queries.keep, **named, grp=made.grp, value=made.value, weight=made.weight, now=clock.now())


async def take_back(tx: Transaction, scope: OperatorScope, result_id: UUID) -> Place | None:
    """Takes a contribution back; where it stood."""
    row = await tx.one(queries.take_back, operator_id=scope.operator_id, result_id=result_id)
    return (row[0], row[1], row[2]) if row else None


async def shares(tx: Transaction, scope: OperatorScope) -> list[Share]:
    """What the company contributes, newest first."""
    return await tx.all(queries.shares, Share, operator_id=scope.operator_id)


async def figures(tx: Transaction, scope: OperatorScope) -> list[PeerFigure]:
    """The newest figure of each group that the company contributed to."""
    return await tx.all(queries.figures, PeerFigure, operator_id=scope.operator_id)


async def now_across(tx: Transaction, place: Place) -> dict[str, Said]:
    """across: what every company says of a group, as one each."""
    found: dict[str, list[Said]] = {}
    for operator_id, value, weight in await tx.all(queries.shares_across, **_named(place)):
        found.setdefault(str(operator_id), []).append(Said(Decimal(value), Decimal(weight)))
    return {operator_id: joined(lines) for operator_id, lines in found.items()}


async def told_across(tx: Transaction, place: Place) -> dict[str, Said] | None:
    """across: what stands behind the figure that was told last, None if none was."""
    rows = await tx.all(queries.told_across, **_named(place))
    return {str(row[0]): Said(Decimal(row[1]), Decimal(row[2])) for row in rows} or None


async def tell_across(tx: Transaction, place: Place, figure_id: UUID, figure: Figure, now: dict[str, Said]) -> None:
    """across: tells a figure to every company behind it, beside what that company said."""
    await tx.run(
        queries.tell_across,
        **_named(place),
        operators=[UUID(operator_id) for operator_id in now],
        figure_id=figure_id,
        mean=figure.mean,
        at_least=figure.at_least,
        own_values=[said.value for said in now.values()],
        own_weights=[said.weight for said in now.values()],
        now=clock.now(),
    )


def _named(place: Place) -> dict[str, Any]:
    return dict(zip(("grp", "pack_id", "year"), place, strict=True))
