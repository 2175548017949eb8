"""A pool of swappable packs: which pack to hand out, and how healthy the pool is."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec
import numpy as np
from scipy.special import pdtrc

from meguri.kernel.numbers import Finite
from meguri.reuse.gate import Verdict

LEAST_SOC = 90.0
RETIREMENT_DAYS = 90
_RESET_POINTS = 2.0


class PackState(StrEnum):
    """Where a pack is in its round."""

    CHARGED = "charged"
    ISSUED = "issued"
    CHARGING = "charging"
    RESTING = "resting"
    DIAGNOSIS = "diagnosis"
    QUARANTINE = "quarantine"
    RETIRED = "retired"


STEPS: dict[PackState, tuple[PackState, ...]] = {
    PackState.CHARGED: (
        PackState.ISSUED,
        PackState.RESTING,
        PackState.DIAGNOSIS,
        PackState.QUARANTINE,
        PackState.RETIRED,
    ),
    PackState.ISSUED: (PackState.CHARGING, PackState.RESTING, PackState.DIAGNOSIS, PackState.QUARANTINE),
    PackState.CHARGING: (PackState.CHARGED, PackState.RESTING, PackState.DIAGNOSIS, PackState.QUARANTINE),
    PackState.RESTING: (
        PackState.CHARGING,
        PackState.CHARGED,
        PackState.DIAGNOSIS,
        PackState.QUARANTINE,
        PackState.RETIRED,
    ),
    PackState.DIAGNOSIS: (PackState.CHARGING, PackState.RESTING, PackState.QUARANTINE, PackState.RETIRED),
    PackState.QUARANTINE: (PackState.DIAGNOSIS, PackState.RETIRED),
    PackState.RETIRED: (),
}


class Pack(msgspec.Struct, frozen=True, kw_only=True):
    """A pack of a pool. kWh, %, equivalent full cycles, years."""

    pack_id: str
    state: PackState
    station: str
    verdict: Verdict
    soc: Finite
    usable_kwh: Finite
    soh: Finite
    efc: Finite
    age_years: Finite
    idle_since: datetime
    rated_kwh: Finite = 0.0
    efc_per_day: Finite = 0.0
    soh_before: Finite | None = None


class PoolRules(msgspec.Struct, frozen=True, kw_only=True):
    """What a pool's packs are made to last, and the least state of health [%] that they are issued with."""

    efc_life: Finite
    age_life: Finite
    soh_floor: Finite = 70.0


def wear_index(pack: Pack, rules: PoolRules) -> float:
    """EFC ÷ EFC_life + age ÷ age_life."""
    return pack.efc / rules.efc_life + pack.age_years / rules.age_life


def pack_to_issue(packs: Sequence[Pack], rules: PoolRules, requested_kwh: float) -> Pack | None:
    """The eligible pack with the least wear; ties go to the longest idle.

    Eligible: charged, gate passed, state of charge ≥ 90 %, usable energy ≥ requested.
    """
    open_to = [
        pack
        for pack in packs
        if pack.state is PackState.CHARGED
        and pack.verdict is Verdict.PASS
        and pack.soc >= LEAST_SOC
        and pack.usable_kwh >= requested_kwh
    ]
    return min(open_to, key=lambda pack: (round(wear_index(pack, rules), 9), pack.idle_since), default=None)


class StationHour(msgspec.Struct, frozen=True, kw_only=True):
    """One station in one hour of the day: expected requests, packs ready, probability of running short."""

    station: str
    hour: int
    expected: float
    ready: int
    p_shortage: float


class PoolHealth(msgspec.Struct, frozen=True, kw_only=True):
    """How a pool stands: quantiles of SoH [%], share below the floor, packs that retire within 90 days, counters reset."""

    packs: int
    soh_p10: float | None
    soh_p50: float | None
    soh_p90: float | None
    share_below_floor: float
    retiring: tuple[str, ...]
    reset: tuple[str, ...]
    stations: tuple[StationHour, ...]


def pool_health(
    packs: Sequence[Pack], rules: PoolRules, issued: Sequence[tuple[str, datetime]], now: datetime
) -> PoolHealth:
    """Health of the pool; `issued` are (station, moment) of past issues, whose hourly mean is the demand (Poisson)."""
    living = [pack for pack in packs if pack.state is not PackState.RETIRED]
    soh = np.array([pack.soh for pack in living])
    p10, p50, p90 = (float(q) for q in np.quantile(soh, (0.1, 0.5, 0.9))) if len(soh) else (None, None, None)
    return PoolHealth(
        packs=len(living),
        soh_p10=p10,
        soh_p50=p50,
        soh_p90=p90,
        share_below_floor=float((soh < rules.soh_floor).mean()) if len(soh) else 0.0,
        retiring=tuple(pack.pack_id for pack in living if _retires(pack, rules)),
        reset=tuple(
            pack.pack_id
            for pack in living
            if pack.soh_before is not None and pack.soh > pack.soh_before + _RESET_POINTS
        ),
        stations=_stations(living, issued, now),
    )


def _retires(pack: Pack, rules: PoolRules) -> bool:
    """Whether wear reaches its limit, or health its floor, within 90 days at the present pace."""
    worn = wear_index(pack, rules) >= 2 or pack.soh < rules.soh_floor
    efc = pack.efc + pack.efc_per_day * RETIREMENT_DAYS
    return worn or efc >= rules.efc_life or pack.age_years + RETIREMENT_DAYS / 365 >= rules.age_life


def _stations(packs: Sequence[Pack], issued: Sequence[tuple[str, datetime]], now: datetime) -> tuple[StationHour, ...]:
    recent = [(station, at) for station, at in issued if now - timedelta(days=28) <= at <= now]
    days = max(len({at.date() for _, at in recent}), 1)
    ready = {pack.station: 0 for pack in packs}
    for pack in packs:
        ready[pack.station] += pack.state is PackState.CHARGED
    asked: dict[tuple[str, int], int] = {}
    for station, at in recent:
        asked[station, at.hour] = asked.get((station, at.hour), 0) + 1
    return tuple(
        StationHour(
            station=station,
            hour=hour,
            expected=count / days,
            ready=ready.get(station, 0),
            p_shortage=float(pdtrc(ready.get(station, 0), count / days)),
        )
        for (station, hour), count in sorted(asked.items())
    )
