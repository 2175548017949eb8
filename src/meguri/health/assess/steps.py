"""A cycler's sheet of work steps: its capacity calibration and its pulse tests, as two methods of one assessment."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from meguri.health.assess.subject import Subject
from meguri.health.assess.together import together
from meguri.health.assess.writing import Writer
from meguri.health.capacity import Instrument
from meguri.health.errors import ColumnMissing, Unusable
from meguri.health.estimate import COVERAGE_FACTOR, Estimate, NotAssessable, root_sum_square
from meguri.health.model import Conditions, Reference, Result, Status
from meguri.health.pulse.predict import Predictor
from meguri.health.pulse.record import load_model
from meguri.health.pulse.table import PulseTable
from meguri.health.worksteps import PulseLevel, Step, pulse_levels, read_worksteps
from meguri.telemetry.model import Assessable, Quality

_FIVE_SECOND_C = 0.5
_MOST_LEVELS = 10  # the model knows states of charge up to 50 %
_ROOM_CELSIUS = 25.0


@dataclass(frozen=True, slots=True)
class StepsFound:
    """Results of a sheet and the report on it."""

    results: tuple[Result, ...]
    quality: Quality


def sheet_of(path: Path) -> list[Step] | None:
    """The work steps in `path`; None when it is no such sheet."""
    try:
        with path.open("rb") as file:
            if file.read(4) != b"PK\x03\x04":
                return None
        return read_worksteps(path)
    except OSError as problem:
        raise Unusable(detail=problem.strerror or path.name) from None
    except ColumnMissing:
        return None


def assess_steps(path: Path, steps: list[Step], subject: Subject) -> StepsFound:
    """Capacity by the calibration, state of health by the pulses, resistance after 5 s. Raises Unusable."""
    rated = subject.rated_ah
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    sheet = pulse_levels(steps, rated or 1.0)
    model = load_model()
    write = Writer.of(subject, digest, len(steps))
    reference = Reference("rated", rated, "Ah") if rated else None
    charge = Estimate(sheet.capacity_ah, root_sum_square(*_instrument_u(sheet.capacity_ah, rated, subject.instrument)))
    conditions = Conditions(temperature_c=_ROOM_CELSIUS, soc_window=(0.0, 100.0))
    shares = [write.share("soh_capacity", "capacity_full", charge, reference, conditions)]
    assessable = {"capacity_full": Assessable("ok")}
    pulse = _by_pulses(sheet.levels[:_MOST_LEVELS], subject, Predictor(model), write, reference)
    assessable["pulse_response"] = Assessable(pulse.status.value, pulse.reasons)
    results = [*together(write, [*shares, pulse], reference, [])] if rated else shares
    results.append(write.number("capacity", "Ah", "capacity_full", charge, conditions=conditions))
    results.append(_resistance(sheet.levels, subject, write))
    quality = Quality(
        rows_in=len(steps), rows_used=len(steps), duration_s=0.0, median_dt_s=None, flags=(), gaps=(),
        columns_used=(), columns_ignored=(), profile="nebula_worksteps", sha256=digest, assessable=assessable,
    )  # fmt: skip
    return StepsFound(tuple(results), quality)


def _instrument_u(charge_ah: float, rated: float | None, instrument: Instrument) -> tuple[float, float]:
    """Gain, and the offset over the hour that a 1 C discharge takes."""
    hours = charge_ah / rated if rated else 1.0
    return charge_ah * instrument.gain, hours * instrument.offset_a


def _by_pulses(
    levels: tuple[PulseLevel, ...], subject: Subject, predictor: Predictor, write: Writer, reference: Reference | None
) -> Result:
    count = len(levels)
    table = PulseTable(
        numbers=list(range(1, count + 1)),
        cell=np.array(["item"] * count),
        test=np.array([""] * count),
        chemistry=np.array([subject.meta.chemistry.value.upper()] * count),
        rated=np.full(count, subject.rated_ah or np.nan),
        soc=np.array([level.soc_pct for level in levels]),
        soc_basis=np.array(["rated"] * count),
        soc_echo=[level.soc_pct for level in levels],
        temperature=np.full(count, _ROOM_CELSIUS),
        u=np.array([level.u for level in levels]),
        broken=[() if subject.rated_ah else ("NO_REFERENCE",)] * count,
    )
    found = predictor.predict(table)
    status, reasons = found.status[0], found.reasons[0]
    if status in (Status.NOT_ASSESSABLE, Status.ERROR) or not np.isfinite(found.soh[0]):
        return write.none("soh_capacity", "%", "pulse_response", *(NotAssessable(code) for code in reasons))
    sd = float(found.upper[0] - found.lower[0]) / (2 * COVERAGE_FACTOR)
    result = write.number("soh_capacity", "%", "pulse_response", Estimate(float(found.soh[0]), sd), reference=reference)
    return replace(
        result, lower=float(found.lower[0]), upper=float(found.upper[0]), status=status, reasons=reasons,
        model_id=predictor.model.id,
    )  # fmt: skip


def _resistance(levels: tuple[PulseLevel, ...], subject: Subject, write: Writer) -> Result:
    if subject.rated_ah is None:
        return write.none("resistance", "ohm", "pulse", NotAssessable("NO_REFERENCE"))
    step_a = _FIVE_SECOND_C * subject.rated_ah
    ohm = np.array([(level.u[2] - level.u[0]) / step_a for level in levels])
    centre = float(np.median(ohm))
    sd = root_sum_square(float(np.std(ohm)) / np.sqrt(len(ohm)), 0.002 / step_a)
    return write.number("resistance", "ohm", "pulse", Estimate(centre, sd), conditions=Conditions(_ROOM_CELSIUS))
