"""Energy that a battery will still give, from its life left as the health room tells it."""

from decimal import Decimal

import msgspec

from meguri.health import service as health
from meguri.health.estimate import NotAssessable
from meguri.health.views import LifeLeft
from meguri.kernel.scope import OperatorScope
from meguri.passport import service as passport
from meguri.passport.lifecycle import Life
from meguri.recycling.wholelife import energy_left
from meguri.storage import Transaction
from meguri.telemetry import service as telemetry


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """kWh still to come (low, central, high) with their source (`stated`, `health`), or None with the reason.

    flags  what the health room says of its outlook (`PRIOR_ONLY`, …)
    """

    kwh: tuple[Decimal, Decimal, Decimal] | None
    source: str | None = None
    reason: str | None = None
    flags: tuple[str, ...] = ()


async def of_battery(tx: Transaction, scope: OperatorScope, identifier: str) -> Expected:
    """The energy left in the battery with this passport, by its health history in this company.

    The 10, 50 and 90 % points of its life left, each along its own trajectory of capacity, under the use that the health
    room assumes.
    """
    record = await passport.known(tx, identifier)
    if record is None or record.life == Life.WASTE.value:
        return Expected(kwh=None, reason="LIFE_OVER" if record is not None else "NO_HEALTH")
    battery = await telemetry.of_passport(tx, scope, record.dpp_id)
    if battery is None:
        return Expected(kwh=None, reason="NO_HEALTH")
    rated = battery.plate.certified_energy_kwh or battery.plate.rated_energy_kwh
    if rated is None:
        return Expected(kwh=None, reason="RATED_ENERGY_UNKNOWN")
    try:
        life = await health.life_left(tx, scope, battery.battery_id)
    except NotAssessable:
        return Expected(kwh=None, reason="NO_HEALTH")
    return _expected(life, rated)


def _expected(life: LifeLeft, rated_kwh: float) -> Expected:
    ends = [end for end in life.remaining_days if end is not None]
    if len(ends) < len(life.remaining_days):
        return Expected(kwh=None, reason="LIFE_TOO_LONG", flags=life.flags)
    ways = zip((life.p10, life.p50, life.p90), ends, strict=True)
    low, central, high = sorted(energy_left(life.days, way, end, rated_kwh, life.cycles_per_day) for way, end in ways)
    return Expected(kwh=(low, central, high), source="health", flags=life.flags)
