"""Which column of a file is which: by profile, by the names of the Battery Data Format, or by a mapping of the user's own.

Sources: Battery Data Alliance, battery-data-format (machine names such as `voltage_volt`, preferred labels such as
`Voltage / V`). A unit that the header names is converted, and a flag says so; nothing is converted by guess.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches

from meguri.telemetry.errors import ColumnDuplicate, ColumnMissing, ProfileUnknown
from meguri.telemetry.rulebook import Profile, profile_rules

TIME, STAMP, UNIX, STEP_TIME = "test_time_second", "date_time", "unix_time_second", "step_time"
VOLTAGE, CURRENT = "voltage_volt", "current_ampere"
TEXTS = frozenset({STAMP, "step_action", "dtc", "contactor", "balancing"})
_UNITS = {
    "second": "s", "volt": "V", "ampere": "A", "celsius": "degC", "ah": "Ah", "wh": "Wh", "watt": "W", "ohm": "ohm",
    "pa": "Pa", "percent": "%", "km": "km", "kwh": "kWh",
}  # fmt: skip
_CANONICAL = (
    "test_time_second", "voltage_volt", "current_ampere", "unix_time_second", "cycle_count", "step_count",
    "ambient_temperature_celsius", "step_index", "charging_capacity_ah", "discharging_capacity_ah", "step_capacity_ah",
    "net_capacity_ah", "cumulative_capacity_ah", "charging_energy_wh", "discharging_energy_wh", "step_energy_wh",
    "net_energy_wh", "cumulative_energy_wh", "power_watt", "internal_resistance_ohm", "ambient_pressure_pa",
    "applied_pressure_pa", *(f"temperature_t{number}_celsius" for number in range(1, 6)), "soc_bms_percent",
    "soh_bms_percent", "insulation_resistance_ohm", "odometer_km", "dtc", "contactor", "balancing", "date_time",
    "cell_min_volt", "cell_max_volt",
)  # fmt: skip
_ALIASES = {
    "surface_temperature_t": "temperature_t", "temperature_celsius": "temperature_t1_celsius", "temperature": "temperature_t1",
    "soc_bms": "soc_bms", "soc_percent": "soc_bms_percent", "timestamp": "date_time",
}  # fmt: skip
_FACTORS: dict[tuple[str, str], tuple[float, float]] = {
    ("mv", "V"): (1e-3, 0), ("kv", "V"): (1e3, 0), ("ma", "A"): (1e-3, 0), ("mah", "Ah"): (1e-3, 0),
    ("mwh", "Wh"): (1e-3, 0), ("kwh", "Wh"): (1e3, 0), ("kw", "W"): (1e3, 0), ("mohm", "ohm"): (1e-3, 0),
    ("k", "degC"): (1, -273.15), ("degf", "degC"): (5 / 9, -160 / 9), ("ms", "s"): (1e-3, 0), ("min", "s"): (60, 0),
    ("h", "s"): (3600, 0), ("kohm", "ohm"): (1e3, 0), ("mohm_mega", "ohm"): (1e6, 0),
}  # fmt: skip
_SPELLED = {
    "millivolt": "mv", "kilovolt": "kv", "milliampere": "ma", "milliamp": "ma", "milliampere_hour": "mah", "kelvin": "k",
    "fahrenheit": "degf", "°f": "degf", "f": "degf", "millisecond": "ms", "minute": "min", "hour": "h", "mω": "mohm",
    "milliohm": "mohm", "kilowatt": "kw",
}  # fmt: skip
_SAME = {
    "s": "s", "sec": "s", "second": "s", "v": "V", "volt": "V", "a": "A", "ampere": "A", "amp": "A", "°c": "degC", "℃": "degC",
    "c": "degC", "degc": "degC", "celsius": "degC", "ah": "Ah", "wh": "Wh", "w": "W", "watt": "W", "ohm": "ohm", "ω": "ohm",
    "pa": "Pa", "%": "%", "percent": "%", "km": "km", "1": "",
}  # fmt: skip
_CELL = re.compile(r"cell_(voltage|temperature)_(\d{1,4})(?:_(volt|celsius|millivolt|mv|v|c))?\Z")
_LABEL = re.compile(r"(.*?)\s*(?:/\s*|\(\s*|\[\s*)([^()\[\]/]*?)\s*[)\]]?\s*\Z")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file: its header, the canonical name, and value = raw · scale + offset."""

    header: str
    name: str
    scale: float = 1.0
    offset: float = 0.0
    sentinels: tuple[float, ...] = ()

    @property
    def converted(self) -> bool:
        """Whether the header named another unit than ours."""
        return (self.scale, self.offset) != (1.0, 0.0)


@dataclass(frozen=True, slots=True)
class Layout:
    """Which columns are used, cells in file order, and which are only kept."""

    profile: Profile
    columns: tuple[Column, ...]
    cells: tuple[Column, ...] = ()
    cell_temperatures: tuple[Column, ...] = ()
    ignored: tuple[str, ...] = field(default=())

    @property
    def used(self) -> tuple[Column, ...]:
        """All columns that are read."""
        return (*self.columns, *self.cells, *self.cell_temperatures)

    def has(self, name: str) -> bool:
        """Whether a canonical column is there."""
        return any(column.name == name for column in self.columns)


def layout_of(headers: Sequence[str], profile: str | None = None, own: Sequence[Column] = ()) -> Layout:
    """How a file with these headers is read.

    profile  forces one; else the profile with the most known headers
    own      a mapping of the user's own (profile `obd`)

    Raises ColumnDuplicate, ColumnMissing (with the nearest header seen), ProfileUnknown.
    """
    twice = [name for name, count in Counter(headers).items() if count > 1 and name]
    if twice:
        raise ColumnDuplicate(columns=", ".join(twice))
    if own:
        layout = _sorted_out(
            Profile("obd", "mapping of the user's own", "elapsed"), headers, {c.header: c for c in own}
        )
    else:
        layout = _by_profile(_chosen(headers, profile), headers)
    _refuse_doubles(layout)
    _require(layout, headers)
    return layout


def _chosen(headers: Sequence[str], forced: str | None) -> Profile:
    profiles = {profile.id: profile for profile in profile_rules().profiles}
    if forced:
        if forced not in profiles:
            raise ProfileUnknown(profile=forced, choices=", ".join(profiles))
        return profiles[forced]
    return max(profiles.values(), key=lambda profile: (_score(profile, headers), profile.id == "bdf"))


def _score(profile: Profile, headers: Sequence[str]) -> int:
    return len(_by_profile(profile, headers).columns)


def _by_profile(profile: Profile, headers: Sequence[str]) -> Layout:
    found: dict[str, Column] = {}
    for header in headers:
        name = profile.headers.get(header) or _matched(profile, header)
        column = Column(header, name) if name else _generic(header) if profile.id == "bdf" else None
        if column:
            found[header] = column
    if profile.cells:
        for header in headers:
            if re.match(profile.cells, header):
                found[header] = Column(header, "cell_voltage")
    return _sorted_out(profile, headers, found)


def _matched(profile: Profile, header: str) -> str | None:
    return next((name for pattern, name in profile.patterns.items() if re.match(pattern, header)), None)


def _sorted_out(profile: Profile, headers: Sequence[str], found: dict[str, Column]) -> Layout:
    used = [found[header] for header in headers if header in found]
    return Layout(
        profile=profile,
        columns=tuple(c for c in used if not c.name.startswith(("cell_voltage", "cell_temperature"))),
        cells=tuple(c for c in used if c.name.startswith("cell_voltage")),
        cell_temperatures=tuple(c for c in used if c.name.startswith("cell_temperature")),
        ignored=tuple(header for header in headers if header not in found),
    )


def _generic(header: str) -> Column | None:
    """By the names of the Battery Data Format: machine name, or label and unit."""
    plain = _snake(header)
    if cell := _CELL.match(plain):
        unit = cell[3] or ""
        scale = 1e-3 if unit in ("mv", "millivolt") else 1.0
        return Column(header, f"cell_{cell[1]}", scale)
    for stem, unit in _readings(header, plain):
        name = _named(stem)
        if name is None:
            continue
        own = _own_unit(name)
        if unit == "" or _SAME.get(unit) == own or (own == "" and unit == "1"):
            return Column(header, name)
        factor = _FACTORS.get((_SPELLED.get(unit, unit), own))
        if factor:
            return Column(header, name, *factor)
    return None


def _readings(header: str, plain: str) -> list[tuple[str, str]]:
    """Ways to read a header as (stem, unit in lower case)."""
    ways = [(plain, "")]
    if label := _LABEL.match(header.strip()):
        ways.append((_snake(label[1]), label[2].strip().lower()))
    head, _, tail = plain.rpartition("_")
    if head:
        ways.append((head, tail))
    return ways


def _named(stem: str) -> str | None:
    for old, new in _ALIASES.items():
        if stem == old or (old.endswith("_t") and stem.startswith(old)):
            stem = new + stem[len(old) :] if old.endswith("_t") else new
            break
    for name in _CANONICAL:
        if stem in (name, _stem(name)):
            return name
    return None


def _stem(name: str) -> str:
    head, _, tail = name.rpartition("_")
    return head if tail in _UNITS else name


def _own_unit(name: str) -> str:
    return _UNITS.get(name.rpartition("_")[2], "")


def _snake(text: str) -> str:
    return re.sub(r"[\s\-.]+", "_", text.strip().lower())


def _refuse_doubles(layout: Layout) -> None:
    names = Counter(column.name for column in layout.columns)
    twice = [column.header for column in layout.columns if names[column.name] > 1]
    if twice:
        raise ColumnDuplicate(columns=", ".join(twice))


def _require(layout: Layout, headers: Sequence[str]) -> None:
    missing = [] if layout.has(TIME) or layout.has(UNIX) or layout.has(STAMP) else [TIME]
    if not layout.profile.charger_side:
        missing += [name for name in (VOLTAGE, CURRENT) if not layout.has(name)]
    if not missing:
        return
    lower = {header.lower(): header for header in headers}
    near = {lower[hit] for name in missing for hit in get_close_matches(name, lower, 1, 0.4)}
    raise ColumnMissing(columns=", ".join(missing), nearest=", ".join(sorted(near)) or ", ".join(headers[:12]) or "–")
