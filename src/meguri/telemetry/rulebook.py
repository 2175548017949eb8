"""Rule data of telemetry: profiles of sources and limits of cleaning."""

import tomllib
from datetime import datetime
from functools import cache

import msgspec

from meguri.kernel.shipped import files


class Profile(msgspec.Struct, frozen=True):
    """How one kind of source is read.

    time          `elapsed` seconds of the test, or a `stamp` of the clock
    sign          −1 where the source counts discharge as positive
    headers       header → canonical column, exactly; patterns: by regular expression
    cells         regular expression of the columns that hold one cell's voltage each, in file order
    charger_side  metered before the charger's losses
    """

    id: str
    about: str
    time: str
    sign: int = 1
    headers: dict[str, str] = {}
    patterns: dict[str, str] = {}
    cells: str | None = None
    sheets: str | None = None
    charger_side: bool = False


class ProfileRules(msgspec.Struct, frozen=True):
    """`rules/telemetry/profiles.toml`."""

    id: str
    version: str
    status: str
    valid_from: str
    source: str
    profiles: tuple[Profile, ...]


class _Range(msgspec.Struct, frozen=True):
    cell_volt: tuple[float, float]
    celsius: tuple[float, float]
    soc_percent: tuple[float, float]
    most_c_rate: float


class _Sentinel(msgspec.Struct, frozen=True):
    values: tuple[float, ...]
    constant_celsius: tuple[float, ...]


class _Spike(msgspec.Struct, frozen=True):
    window: int
    mads: float
    quiet_c_rate: float
    least_volt: float
    least_kelvin: float


class _Stuck(msgspec.Struct, frozen=True):
    seconds: float
    c_rate: float


class _Sign(msgspec.Struct, frozen=True):
    least_steps: int
    step_c_rate: float
    trend_seconds: float
    trend_volt: float
    trend_current: float
    against_volt: float
    stretch_steps: int
    stretch_share: float


class _Offset(msgspec.Struct, frozen=True):
    c_rate: float


class _PackSum(msgspec.Struct, frozen=True):
    relative: float


class _SocJump(msgspec.Struct, frozen=True):
    up_points: float
    down_points: float


class _BmsReset(msgspec.Struct, frozen=True):
    rise_points: float


class _Unit(msgspec.Struct, frozen=True):
    cell_millivolt: float
    fahrenheit: float
    kelvin: float
    swapped_share: float
    trickle_c_rate: float
    most_full_charges: float


class _Swapped(msgspec.Struct, frozen=True):
    within_seconds: float
    leap_kelvin: float
    leap_kelvin_per_s: float
    least_leaps: int
    creep_ampere: float
    celsius: tuple[float, float]
    least_volt: float
    share: float


class _Clock(msgspec.Struct, frozen=True):
    jump_seconds: float
    same_current: float
    apart_seconds: float
    earliest: datetime
    ahead_seconds: float
    most_unix_seconds: float


class _Segment(msgspec.Struct, frozen=True):
    rest_c_rate: float
    rest_seconds: float
    constant_current: float
    constant_volt: float
    pulse_seconds: float


class _Gap(msgspec.Struct, frozen=True):
    seconds: float
    medians: float
    bridge_seconds: float
    bridge_current: float
    bridge_uncertainty: float


class CleaningRules(msgspec.Struct, frozen=True):
    """`rules/telemetry/cleaning.toml`; shares are of 1, rates in C."""

    id: str
    version: str
    status: str
    valid_from: str
    source: str
    range: _Range
    sentinel: _Sentinel
    spike: _Spike
    stuck: _Stuck
    sign: _Sign
    offset: _Offset
    pack_sum: _PackSum
    soc_jump: _SocJump
    bms_reset: _BmsReset
    unit: _Unit
    swapped: _Swapped
    clock: _Clock
    segment: _Segment
    gap: _Gap


def _text(name: str) -> str:
    return files("meguri.rules").joinpath("telemetry", f"{name}.toml").read_text(encoding="utf-8")


@cache
def profile_rules() -> ProfileRules:
    """The profiles in force."""
    return msgspec.convert(tomllib.loads(_text("profiles")), ProfileRules)


@cache
def cleaning_rules() -> CleaningRules:
    """The limits in force."""
    return msgspec.convert(tomllib.loads(_text("cleaning")), CleaningRules)
