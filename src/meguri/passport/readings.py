"""Measured values as they arrive: units, plausibility, counters, resets. Pure; the service reads and stores."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec

from meguri.kernel.text import Language, Text
from meguri.passport.catalogue import Attribute
from meguri.passport.kinds import Kind
from meguri.passport.moments import AHEAD, BEFORE_MADE, FUTURE, latest_month
from meguri.passport.values import check

SUSPICIOUS_RISE: Final = 2.0
RELATIVE_CHANGE: Final = 0.01
LONGEST_UNWRITTEN: Final = timedelta(hours=24)
STALE: Final = timedelta(days=90)
STALE_SOC: Final = timedelta(days=30)
COUNTERS: Final = frozenset(
    {
        "full_cycles",
        "energy_throughput",
        "capacity_throughput",
        "time_above_temp",
        "time_below_temp",
        "time_charging_above_temp",
        "time_charging_below_temp",
        "deep_discharge_events",
        "overcharge_events",
    }
)
HEALTH_LIKE: Final = frozenset({"soce", "remaining_capacity", "soh"})
NEVER_ALONE: Final = frozenset({"state_of_charge"})
_TO: Final[dict[tuple[str, str], tuple[float, float]]] = {
    ("mAh", "Ah"): (0.001, 0),
    ("Wh", "kWh"): (0.001, 0),
    ("kW", "W"): (1000, 0),
    ("mΩ", "ohm"): (0.001, 0),
    ("mOhm", "ohm"): (0.001, 0),
    ("Ω", "ohm"): (1, 0),
    ("°C", "degC"): (1, 0),
    ("K", "degC"): (1, -273.15),
    ("h", "min"): (60, 0),
    ("1", "%"): (100, 0),
}


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """One measured value. `unit` None is the catalogue's."""

    attribute: str
    value: Any
    measured_at: datetime
    unit: str | None = None
    component: str | None = None
    soc_pct: float | None = None
    temperature_c: float | None = None
    method: str | None = None
    uncertainty_pct: float | None = None


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """A reading that was taken before; `value` in the unit of the catalogue, counters without their offset."""

    value: Any
    measured_at: datetime
    recorded_at: datetime | None = None
    offset: float = 0.0
    flags: tuple[str, ...] = ()


class Rejection(msgspec.Struct, frozen=True, kw_only=True):
    """Why a reading was not taken; `text` is the sentence in the language of whoever sent it."""

    index: int
    code: str
    text_ja: str
    text_en: str
    text: str = ""

    def told(self, language: Language) -> "Rejection":
        """The same with its sentence in a language."""
        return msgspec.structs.replace(self, text=self.text_ja if language == "ja" else self.text_en)


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """A reading that is taken, in the unit of the catalogue. `offset` is added to a counter that began again."""

    index: int
    attribute: str
    component: str
    value: Any
    measured_at: datetime
    offset: float = 0.0
    flags: tuple[str, ...] = ()
    method: str | None = None
    uncertainty_pct: float | None = None
    conditions: dict[str, float] = {}


SENTENCES: Final = {
    "UNKNOWN_ATTRIBUTE": Text(ja="この項目はカタログにありません。", en="The catalogue has no such attribute."),
    "NOT_MEASURABLE": Text(
        ja="測定値を受け付ける項目ではありません。", en="This attribute does not take measurements."
    ),
    "FUTURE_TIMESTAMP": FUTURE,
    "BEFORE_MANUFACTURE": BEFORE_MADE,
    "UNIT_NOT_CONVERTIBLE": Text(ja="単位を {unit} に換算できません。", en="The unit cannot be converted into {unit}."),
    "VALUE_OUT_OF_RANGE": Text(ja="値が範囲外です。", en="The value is out of range."),
    "INVALID_VALUE": Text(ja="値の形が正しくありません。", en="The value does not have the right form."),
    "COUNTER_DECREASE": Text(
        ja="累積値が減っています。BMS を交換した場合は、先にその記録を登録してください。",
        en="A counter has decreased. If the BMS was replaced, please record that first.",
    ),
    "CONFLICTING_READING": Text(
        ja="同じ日時の測定値が別の値で登録されています。", en="Another value is recorded for this very moment."
    ),
}


def rejection(index: int, code: str, **values: object) -> Rejection:
    """A refusal of one reading in both languages."""
    say = SENTENCES[code]
    return Rejection(index=index, code=code, text_ja=say.of("ja", **values), text_en=say.of("en", **values))


def converted(value: Any, unit: str | None, wanted: str) -> Any:
    """The value in the catalogue's unit. Raises KeyError when there is no way."""
    if unit is None or unit == wanted or (unit == "Ω" and wanted == "ohm"):
        return value
    factor, shift = _TO[(unit, wanted)]
    if isinstance(value, list):
        return [{**point, "power_w": point["power_w"] * factor} for point in value]
    scaled = value * factor + shift
    return float(f"{scaled:.15g}")


def judged(kind: Kind, reading: Reading, index: int, *, now: datetime, made: str | None) -> Taken | Rejection:
    """A reading by itself: its attribute, moment, unit and range."""
    attribute = kind.attributes.get(reading.attribute)
    if attribute is None:
        return rejection(index, "UNKNOWN_ATTRIBUTE")
    if not attribute.type.startswith("dyn_") and attribute.type != "soh":
        return rejection(index, "NOT_MEASURABLE")
    if reading.measured_at > now + AHEAD:
        return rejection(index, "FUTURE_TIMESTAMP")
    if made and latest_month(reading.measured_at) < made:
        return rejection(index, "BEFORE_MANUFACTURE")
    try:
        value = converted(reading.value, reading.unit, attribute.unit)
    except (KeyError, TypeError):
        return rejection(index, "UNIT_NOT_CONVERTIBLE", unit=attribute.unit or "—")
    faults = [each.code for each in check(attribute, stored_value(attribute, value, reading.measured_at, "bms"))]
    if faults:
        return rejection(index, "VALUE_OUT_OF_RANGE" if "VALUE_OUT_OF_RANGE" in faults else "INVALID_VALUE")
    return Taken(
        index=index,
        attribute=reading.attribute,
        component=reading.component or "",
        value=value,
        measured_at=reading.measured_at,
        method=reading.method,
        uncertainty_pct=reading.uncertainty_pct,
        conditions={
            name: found
            for name, found in (("soc_pct", reading.soc_pct), ("temperature_c", reading.temperature_c))
            if found is not None
        },
    )


def stored_value(attribute: Attribute, value: Any, at: datetime, source: str, **more: Any) -> Any:
    """A measured value as a document has it."""
    if attribute.type == "soh":
        return value
    moment = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {"value": value, "measured_at": moment, "source": source, **{k: v for k, v in more.items() if v}}


def after(
    taken: Taken, earlier: Kept | None, later: Kept | None, resets: Sequence[datetime], rated: float | None
) -> Taken | Rejection:
    """A reading among its neighbours in time.

    earlier, later  the readings of the same attribute and component just before and just after, if any
    resets          moments at which counters were allowed to begin again, or the battery was repaired
    rated           rated capacity [Ah], by which a capacity becomes a state of health
    """
    if taken.attribute in COUNTERS:
        return _counted(taken, earlier, later, resets)
    flags = []
    if taken.attribute in HEALTH_LIKE and earlier is not None:
        risen = _percent(taken, taken.value, rated) - _percent(taken, earlier.value, rated)
        repaired = any(earlier.measured_at < moment <= taken.measured_at for moment in resets)
        if risen > SUSPICIOUS_RISE and not repaired:
            flags.append("SUSPECT_RESET")
    if taken.attribute in HEALTH_LIKE and taken.method is None and _percent(taken, taken.value, rated) in (99, 100):
        flags.append("unverified")
    return msgspec.structs.replace(taken, flags=tuple(flags)) if flags else taken


def _counted(taken: Taken, earlier: Kept | None, later: Kept | None, resets: Sequence[datetime]) -> Taken | Rejection:
    offset = earlier.offset if earlier else 0.0
    if earlier is not None and taken.value < earlier.value:
        if not any(earlier.measured_at < moment <= taken.measured_at for moment in resets):
            return rejection(taken.index, "COUNTER_DECREASE")
        offset += earlier.value
    falls = later is not None and taken.value > later.value
    if later and falls and not any(taken.measured_at < moment <= later.measured_at for moment in resets):
        return rejection(taken.index, "COUNTER_DECREASE")
    return msgspec.structs.replace(taken, offset=offset)


def _percent(taken: Taken, value: Any, rated: float | None) -> float:
    """A state of health in per cent; a capacity by the rated one, and unchanged where that is not known."""
    number = value["value"] if isinstance(value, dict) else value
    if taken.attribute == "remaining_capacity" and rated:
        return float(number) / rated * 100
    return float(number)


def writes_version(attribute: Attribute, before: Any, value: Any, since: timedelta) -> bool:
    """Whether a new current value makes a new version of the passport.

    At once for what belongs to a change of status; else when it moved by 1 % or a day has passed. State of charge never
    does so by itself.
    """
    if attribute.key in NEVER_ALONE:
        return False
    if attribute.trigger in ("status_change", "event") or before is None:
        return True
    if since >= LONGEST_UNWRITTEN:
        return True
    if isinstance(value, int | float) and isinstance(before, int | float):
        return abs(value - before) >= RELATIVE_CHANGE * abs(before) if before else value != before
    return bool(value != before)


def is_stale(attribute: Attribute, measured_at: datetime, now: datetime) -> bool:
    """Whether a value that has to be up to date is older than its time."""
    limit = STALE_SOC if attribute.key in NEVER_ALONE else STALE
    return attribute.trigger == "up_to_date" and now - measured_at > limit
