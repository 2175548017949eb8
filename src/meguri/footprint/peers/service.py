"""Contributing results to statistics among peers, and reading what may be told."""

from decimal import Decimal
from uuid import UUID

from meguri.footprint.calculation.errors import UnitIncompatible
from meguri.footprint.calculation.figures import precise
from meguri.footprint.calculation.units import Across, convert
from meguri.footprint.events import PeersMoved
from meguri.footprint.packs.model import PREFIX
from meguri.footprint.peers import store
from meguri.footprint.peers.errors import GroupUnknown, NotComparable, NotContributed, ResultStale
from meguri.footprint.peers.guard import figure_of, may_follow
from meguri.footprint.peers.model import Contributed, Group, PeerFigure, Share, groups, limits
from meguri.footprint.worksheets import service as worksheets
from meguri.footprint.worksheets.model import Result
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction

_UNFIT = ("demo_factor", "incomplete", "scenario", "estimated_reading")


async def contribute(tx: Transaction, scope: OperatorScope, result_id: UUID, group: str) -> Contributed:
    """A kept result counts among peers from now on, in the place of an earlier one of its worksheet.

    Raises GroupUnknown, ResultNotFound, ResultStale, NotComparable.
    """
    if group not in groups():
        raise GroupUnknown(group=group, groups=", ".join(groups()))
    kept = await worksheets.result(tx, scope, result_id)
    if kept.stale is not None:
        raise ResultStale
    made = _share(kept.result, groups()[group])
    await store.keep(tx, scope, made, kept.result.worksheet_id)
    await tx.record(PeersMoved(result_id=result_id, group=group, contributed=True))
    return await _told(tx, (made.grp, made.pack_id, made.year))


async def take_back(tx: Transaction, scope: OperatorScope, result_id: UUID) -> Contributed:
    """The result counts no longer; figures that were told stay as they were. Raises NotContributed."""
    place = await store.take_back(tx, scope, result_id)
    if place is None:
        raise NotContributed
    await tx.record(PeersMoved(result_id=result_id, group=place[0], contributed=False))
    return await _told(tx, place)


async def shares(tx: Transaction, scope: OperatorScope) -> list[Share]:
    """What the company contributes, newest first."""
    return await store.shares(tx, scope)


async def figures(tx: Transaction, scope: OperatorScope) -> list[PeerFigure]:
    """What the company was told of the groups that it contributed to."""
    return await store.figures(tx, scope)


async def _told(tx: Transaction, place: store.Place) -> Contributed:
    """Tells a newer figure if that is allowed."""
    async with tx.across():
        await store.lock(tx, place)
        now = await store.now_across(tx, place)
        waits = may_follow(now, await store.told_across(tx, place), limits())
        if waits is None:
            await store.tell_across(tx, place, new_id(), figure_of(now, limits()), now)
    return Contributed(told=waits is None)


@precise
def _share(result: Result, group: Group) -> Share:
    """The result per unit of the group. Raises NotComparable."""
    if result.pack.id.startswith(PREFIX):
        raise NotComparable(why=result.pack.id)
    unfit = [flag for flag in result.flags if flag in _UNFIT]
    if unfit:
        raise NotComparable(why=", ".join(unfit))
    units = _units(result, group)
    return Share(
        result_id=result.result_id,
        grp=group.key,
        pack_id=result.pack.id,
        year=result.period_end.year,
        value=result.total / units,
        weight=result.output * units,
        at=clock.now(),
    )


def _units(result: Result, group: Group) -> Decimal:
    """Units of the group in one unit of the part."""
    mass = result.mass_kg
    unit = {"unit": "piece", None: "piece", "kilogram": "kg", "liter": "L", "square-meter": "m2"}.get(result.unit)
    if unit is None:
        raise NotComparable(why=str(result.unit))
    try:
        return convert(Decimal(1), unit, group.unit, Across(mass_per_piece=mass))
    except UnitIncompatible as refusal:
        raise NotComparable(why=refusal.sentence("en")) from None
