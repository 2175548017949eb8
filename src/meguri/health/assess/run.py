"""One assessment: all methods that the data allow, what they say together, and what the gate and Annex VII take from it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
import numpy as np

from meguri.health.annex_vii import AnnexVii, annex_vii
from meguri.health.assess import capacities, cells, currents
from meguri.health.assess.capacities import Found
from meguri.health.assess.steps import assess_steps, sheet_of
from meguri.health.assess.subject import Meta, Subject, suits
from meguri.health.assess.together import together
from meguri.health.assess.writing import Writer
from meguri.health.estimate import Estimate, NotAssessable
from meguri.health.incremental import FASTEST_C, incremental_capacity
from meguri.health.model import Conditions, Item, Reference, Result, Status
from meguri.health.resistance import soh_resistance
from meguri.health.rulebook import RuleSet
from meguri.health.throughput import equivalent_full_cycles
from meguri.health.worksteps import Step
from meguri.telemetry.model import Assessable, Level, Quality
from meguri.telemetry.records import AS_IT_IS, How, Record, read_record
from meguri.telemetry.rulebook import cleaning_rules
from meguri.telemetry.segments import Kind, Stretch, stretches_of
from meguri.telemetry.series import Series

SCHEMA = "meguri.health.assessment/1"
CAPACITY_METHODS = ("capacity_full", "capacity_ocv", "capacity_sessions")
_TRUSTED_POINTS = 10.0
_NO_METHOD = {99.0, 100.0}
Thing = TypeVar("Thing")


class BmsCheck(msgspec.Struct, frozen=True, kw_only=True):
    """The battery's own state of health: shown as unverified, used for nothing."""

    soh_bms: float | None
    trusted: bool
    reasons: tuple[str, ...]


class GateInput(msgspec.Struct, frozen=True, kw_only=True):
    """One finding for the safety gate: a truth, or a number with its interval where it has one."""

    quantity: str
    value: bool | float | None
    lower: float | None = None
    upper: float | None = None
    status: Status = Status.OK
    kind: str = "measurement"
    reasons: tuple[str, ...] = ()


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an item after looking at one record."""

    schema: str
    item: Item
    quality: Quality
    results: tuple[Result, ...]
    annex_vii: AnnexVii
    bms_check: BmsCheck
    gate_inputs: tuple[GateInput, ...]

    def result(self, quantity: str) -> Result | None:
        """The first result of that quantity: for state of health the one that all methods agree on."""
        return next((result for result in self.results if result.quantity == quantity), None)

    @property
    def any_assessed(self) -> bool:
        """Whether some quantity of health has a number; counting what flowed is none."""
        return any(result.value is not None for result in self.results if result.method != "count")


def assess_file(path: Path, meta: Meta, how: How = AS_IT_IS) -> Assessment:
    """The assessment of the record in `path`. Raises Unusable and its kinds, RecordTooLarge, ValueError for the OCV table."""
    subject = Subject(meta)
    sheet = sheet_of(path)
    if sheet is not None:
        return _of_sheet(path, sheet, subject)
    return assess(read_record(path, meta, how), subject)


def _of_sheet(path: Path, steps: list[Step], subject: Subject) -> Assessment:
    """The assessment of a cycler's work steps: capacity calibration and pulse tests."""
    found = assess_steps(path, steps, subject)
    soh = next(result for result in found.results if result.quantity == "soh_capacity")
    capacity = next(result for result in found.results if result.quantity == "capacity")
    ohm = next(result for result in found.results if result.quantity == "resistance")
    gate = (_as_gate("capacity", capacity), _as_gate("soh", soh), _as_gate("resistance", ohm))
    values: dict[str, float | str | None] = {
        "remaining_capacity": soh.value,
        "ohmic_resistance": ohm.value,
        "manufacture_date": subject.meta.manufactured,
        "in_service_date": subject.meta.in_service,
    }
    return Assessment(
        schema=SCHEMA,
        item=msgspec.convert(msgspec.to_builtins(subject.meta), Item),
        quality=found.quality,
        results=found.results,
        annex_vii=annex_vii(subject.meta.category or "", values),
        bms_check=BmsCheck(soh_bms=None, trusted=False, reasons=("NOT_READ",)),
        gate_inputs=tuple(one for one in gate if one is not None),
    )


@dataclass(slots=True)
class _Work:
    """What is gathered on the way."""

    record: Record
    subject: Subject
    stretches: list[Stretch]
    write: Writer
    results: list[Result]
    assessable: dict[str, Assessable]

    @property
    def series(self) -> Series:
        return self.record.series

    def attempt(self, method: str, work: Callable[[], Thing]) -> Thing | None:
        """The outcome of a method, or None; either way it is written down whether the method could be used."""
        try:
            found = work()
        except NotAssessable as miss:
            self.assessable[method] = Assessable(Status.NOT_ASSESSABLE.value, (miss.reason,))
            return None
        self.assessable[method] = Assessable(Status.OK.value)
        return found


def assess(record: Record, subject: Subject) -> Assessment:
    """The assessment of a cleaned record."""
    rules = cleaning_rules()
    cleaning = RuleSet(rules.id, rules.version, rules.status, rules.valid_from, rules.source)
    stretches = stretches_of(record.series, _rated(subject, record.series))
    write = Writer.of(subject, record.quality.sha256, record.quality.rows_used, cleaning)
    work = _Work(record, subject, stretches, write, [], {})
    _capacity(work)
    ohm = _resistance(work)
    _cells(work)
    _lost(work)
    _peaks(work)
    lived = cells.life(work.series, subject)
    _throughput(work, lived)
    bms = _bms(work)
    item = msgspec.convert(msgspec.to_builtins(subject.meta), Item)
    return Assessment(
        schema=SCHEMA,
        item=item,
        quality=msgspec.structs.replace(record.quality, assessable=work.assessable),
        results=tuple(work.results),
        annex_vii=annex_vii(subject.meta.category or "", _annex_values(work, lived, ohm)),
        bms_check=bms,
        gate_inputs=tuple(_gate_inputs(work, lived, ohm)),
    )


def _rated(subject: Subject, series: Series) -> float:
    return subject.rated_ah or max(float(np.nanmax(np.abs(series.current), initial=0.0)), 1.0)


# Capacity and energy


def _capacity(work: _Work) -> None:
    series, stretches, subject = work.series, work.stretches, work.subject
    found: list[Found] = []
    for method, estimate in (
        ("capacity_full", lambda: capacities.full(series, stretches, subject)),
        ("capacity_ocv", lambda: capacities.between_rests(series, stretches, subject)),
        ("capacity_sessions", lambda: capacities.from_sessions(series, stretches, subject)),
    ):
        one = work.attempt(method, estimate)
        if one is not None:
            found.append(one)
    rated = Reference("rated", subject.rated_ah, "Ah") if subject.rated_ah else None
    shares = [(one, _share(work, one, rated)) for one in found]
    misses = [NotAssessable(reason) for method in CAPACITY_METHODS for reason in work.assessable[method].reasons]
    if any(miss.reason.startswith("NOT_IDENTIFIABLE") for miss in misses):
        misses.append(NotAssessable("HELPS", "full_charge"))
    work.results += together(work.write, [share for _, share in shares], rated, misses)
    for one, _ in shares:
        work.results.append(
            work.write.number("capacity", "Ah", one.method, one.charge, conditions=_conditions(one), rows=one.rows)
        )
        if one.energy is not None:
            _energy(work, one, one.energy)


def _share(work: _Work, one: Found, rated: Reference | None) -> Result:
    share = work.write.share("soh_capacity", one.method, one.charge, rated, _conditions(one), one.rows)
    if suits(one.method, work.subject.meta.chemistry) == "with_care" and share.status is Status.OK:
        return msgspec.structs.replace(share, reasons=(*share.reasons, "METHOD_WITH_CARE"))
    return share


def _conditions(one: Found) -> Conditions:
    return Conditions(temperature_c=one.temperature_c, c_rate=one.c_rate, soc_window=one.soc_window)


def _energy(work: _Work, one: Found, energy: Estimate) -> None:
    subject = work.subject
    kwh = Estimate(energy.value / 1000, energy.sd / 1000, energy.flags)
    work.results.append(
        work.write.number("usable_energy", "kWh", one.method, kwh, conditions=_conditions(one), rows=one.rows)
    )
    rated = Reference("rated", subject.rated_kwh, "kWh") if subject.rated_kwh else None
    work.results.append(work.write.share("soh_energy", one.method, kwh, rated, _conditions(one), one.rows))
    certified = subject.meta.certified_energy_kwh
    if certified:
        reference = Reference("certified", certified, "kWh")
        work.results.append(work.write.share("soce", one.method, kwh, reference, _conditions(one), one.rows))


# Resistance


def _resistance(work: _Work) -> currents.Resistance | None:
    found = work.attempt("resistance", lambda: currents.resistance(work.series, work.stretches, work.subject))
    if found is None:
        reasons = work.assessable["resistance"].reasons
        work.results.append(work.write.none("resistance", "ohm", "current_step", NotAssessable(reasons[0])))
        return None
    conditions = Conditions(temperature_c=25.0)
    work.results.append(work.write.number("resistance", "ohm", "current_step", found.at_25, conditions=conditions))
    new = work.subject.meta.initial_resistance_ohm
    if new and new > 0:
        work.results.append(_soh_resistance(work, found.at_25, new))
    power = work.attempt("power", lambda: currents.powers(work.subject, found.at_25.value))
    for quantity, watt in (power or {}).items():
        sd = watt * found.at_25.sd / found.at_25.value
        work.results.append(work.write.number(quantity, "W", "current_step", Estimate(watt, sd)))
    return found


def _soh_resistance(work: _Work, at_25: Estimate, new: float) -> Result:
    percent = Estimate(soh_resistance(at_25.value, new), 100 * at_25.sd / new, at_25.flags)
    return work.write.number(
        "soh_resistance", "%", "current_step", percent, reference=Reference("initial resistance", new, "ohm")
    )


# Cells, rest, peaks


def _cells(work: _Work) -> None:
    found = work.attempt("imbalance", lambda: cells.spread(work.series, work.stretches, work.subject))
    if found is None:
        return
    work.results.append(work.write.plain("cell_spread", "V", "rest", found.spread_v))
    if cells.deficit_known(work.subject):
        work.results.append(work.write.plain("cell_deficit", "Ah", "rest", found.deficit_ah))


def _lost(work: _Work) -> None:
    found = work.attempt("self_discharge", lambda: cells.self_discharge(work.series, work.stretches, work.subject))
    if found is not None:
        work.results.append(work.write.plain("self_discharge", "%/month", "rest", found.pct_per_month))
    efficiency = work.attempt("round_trip", lambda: cells.round_trip(work.series, work.subject))
    if efficiency is not None:
        work.results.append(work.write.plain("round_trip_efficiency", "%", "cycle", efficiency))


def _peaks(work: _Work) -> None:
    def slow_run() -> int:
        rated = work.subject.rated_ah
        if rated is None:
            raise NotAssessable("NO_REFERENCE")
        for stretch in work.stretches:
            if stretch.kind is Kind.REST or not stretch.constant_current:
                continue
            rate = abs(float(np.nanmean(work.series.current[stretch.rows]))) / rated
            if rate > FASTEST_C:
                continue
            return len(_peaks_of(work, stretch, rate))
        raise NotAssessable("NO_SLOW_RUN")

    work.attempt("ica", slow_run)


def _peaks_of(work: _Work, stretch: Stretch, rate: float) -> tuple[object, ...]:
    series = work.series
    known = np.isfinite(series.voltage[stretch.rows]) & np.isfinite(series.current[stretch.rows])
    time, current = series.time_s[stretch.rows][known], np.abs(series.current[stretch.rows][known])
    charge = np.concatenate(([0.0], np.cumsum((current[1:] + current[:-1]) / 2 * np.diff(time)) / 3600))
    found = incremental_capacity(series.voltage[stretch.rows][known] / work.subject.cells, charge, rate)
    for number, peak in enumerate(found.peaks, 1):
        work.results.append(work.write.plain(f"ica_peak_{number}_voltage", "V", "ica", peak.voltage))
        work.results.append(work.write.plain(f"ica_peak_{number}_height", "Ah/V", "ica", peak.height))
        work.results.append(work.write.plain(f"ica_peak_{number}_area", "Ah", "ica", peak.area))
    return found.peaks


# Life


def _throughput(work: _Work, lived: cells.Life) -> None:
    write = work.write
    work.results.append(write.plain("capacity_throughput", "Ah", "count", lived.discharged_ah, "OF_THIS_RECORD"))
    work.results.append(write.plain("energy_throughput", "kWh", "count", lived.discharged_kwh, "OF_THIS_RECORD"))
    if work.subject.rated_ah:
        cycles = equivalent_full_cycles(lived.discharged_ah, work.subject.rated_ah)
        work.results.append(write.plain("full_equivalent_cycles", "1", "count", cycles, "OF_THIS_RECORD"))


def _bms(work: _Work) -> BmsCheck:
    series = work.series
    soh = series.column("soh_bms_percent")
    known = soh[np.isfinite(soh)]
    if not len(known):
        return BmsCheck(soh_bms=None, trusted=False, reasons=("NOT_READ",))
    last, reasons = float(known[-1]), ["UNVERIFIED"]
    if last in _NO_METHOD:
        reasons.append("DEFAULT_VALUE")
    measured = next((r.value for r in work.results if r.quantity == "soh_capacity" and r.value is not None), None)
    if "BMS_RESET" in series.flags or (measured is not None and abs(measured - last) > _TRUSTED_POINTS):
        reasons.append("BMS_RESET")
    return BmsCheck(soh_bms=last, trusted=False, reasons=tuple(reasons))


def _annex_values(
    work: _Work, lived: cells.Life, ohm: currents.Resistance | None
) -> dict[str, float | str | None]:  # fmt: skip
    """Values of Annex VII by key. Counters of a single record are no lifetime counters and are left out."""
    meta = work.subject.meta
    by_quantity = {result.quantity: result.value for result in reversed(work.results)}
    share = by_quantity.get("soh_capacity")
    values: dict[str, float | str | None] = {
        "soce": by_quantity.get("soce"),
        "remaining_capacity": share,
        "power_capability": by_quantity.get("discharge_power_soc80"),
        "round_trip_efficiency": by_quantity.get("round_trip_efficiency"),
        "ohmic_resistance": ohm.at_25.value if ohm else None,
        "manufacture_date": meta.manufactured,
        "in_service_date": meta.in_service,
    }
    lost, new = by_quantity.get("self_discharge"), meta.initial_self_discharge
    if lost is not None and new:
        values["self_discharge_evolution"] = (lost / new - 1) * 100
    return values


# Safety gate


def _gate_inputs(work: _Work, lived: cells.Life, ohm: currents.Resistance | None) -> list[GateInput]:
    """What this record can witness for the safety gate; what it cannot is not there, and so never passes."""
    found = [
        _as_gate("capacity", _first(work, "capacity")),
        _as_gate("soh", _first(work, "soh_capacity")),
        _as_gate("resistance", _first(work, "resistance")),
    ]
    capacity, soh = found[0], found[1]
    if soh is not None and soh.value is None and capacity is not None and "METHODS_DISAGREE" in soh.reasons:
        found[0] = msgspec.structs.replace(
            capacity, value=None, lower=None, upper=None, status=Status.NOT_ASSESSABLE, reasons=soh.reasons
        )
    measured_cells = work.series.cells is not None or work.subject.meta.level is Level.CELL
    plain: list[tuple[str, float | bool | None]] = [
        ("min_cell_voltage_v", lived.min_cell_v if measured_cells else None),
        ("max_cell_voltage_v", lived.max_cell_v if measured_cells else None),
        ("max_temperature_c", lived.max_temperature_c),
        ("min_charge_temperature_c", lived.min_charge_temperature_c),
        ("rest_spread_v", _value(work, "cell_spread")),
        ("self_discharge_pct_month", _value(work, "self_discharge")),
    ]
    new = work.subject.meta.initial_resistance_ohm
    if ohm is not None and new:
        plain.append(("resistance_ratio", ohm.at_25.value / new))
    if ohm is not None and ohm.cell_ohm is not None:
        plain.append(("cell_resistance_ratio", float(ohm.cell_ohm.max() / np.median(ohm.cell_ohm))))
    found += [GateInput(quantity=quantity, value=value) for quantity, value in plain if value is not None]
    return [one for one in found if one is not None]


def _first(work: _Work, quantity: str) -> Result | None:
    return next((result for result in work.results if result.quantity == quantity), None)


def _value(work: _Work, quantity: str) -> float | None:
    result = _first(work, quantity)
    return result.value if result else None


def _as_gate(quantity: str, result: Result | None) -> GateInput | None:
    if result is None:
        return None
    return GateInput(
        quantity=quantity, value=result.value, lower=result.lower, upper=result.upper, status=result.status,
        reasons=result.reasons,
    )  # fmt: skip
