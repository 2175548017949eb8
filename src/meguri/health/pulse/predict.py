"""Prediction: each row by the expert of its design, rows of one test combined, and an interval that says how sure."""

from collections import defaultdict
from dataclasses import dataclass
from functools import cache, cached_property
from math import fsum, inf, sqrt

import numpy as np

from meguri.health.arrays import Array, Flags, Floats
from meguri.health.errors import IntervalInvalid
from meguri.health.model import Chemistry, Status
from meguri.health.pulse.calibration import Calibration, Levels
from meguri.health.pulse.cloud import Cloud
from meguri.health.pulse.expert import Charge, Committee, Fit, PulseTests, WithoutSoc, WithSoc
from meguri.health.pulse.features import VOLTMETER, describe
from meguri.health.pulse.noise import LEARNT, Gauge, band_of, meter_of, with_noise
from meguri.health.pulse.record import Design, PulseModel, Way
from meguri.health.pulse.table import PulseTable
from meguri.health.pulse.transfer import Transfer

_SAME_CAPACITY = 0.005  # name plates round; designs of the market differ by more
_LEAST_SOH, _MOST_SOH = 0.0, 110.0
_BLOCK = 32
_KNOWN_CHEMISTRIES = frozenset(chemistry.value.upper() for chemistry in Chemistry if chemistry is not Chemistry.OTHER)


@dataclass(slots=True)
class Predictions:
    """One answer per row: state of health and its bounds [%] (NaN: none), status and reasons."""

    soh: Floats
    lower: Floats
    upper: Floats
    status: list[Status]
    reasons: list[tuple[str, ...]]

    @property
    def any_assessed(self) -> bool:
        """Whether at least one row has a number."""
        return bool(np.isfinite(self.soh).any())


def _in_blocks(features: Floats) -> Array:
    """Row numbers that fill whole blocks, the first ones once more at the end."""
    return np.arange(-(-len(features) // _BLOCK) * _BLOCK) % len(features)


class _KnownDesign:
    """The experts and the domain of one design, fitted when first needed."""

    def __init__(self, place: int, design: Design, seed: int) -> None:
        self.place = place
        self.design = design
        self._seed = seed
        self._asked = cache(self._fitted)

    @cached_property
    def tests(self) -> PulseTests:
        design = self.design
        return PulseTests(
            features=describe(np.array(design.voltages)),
            soc=np.array(design.soc),
            soh=np.array(design.soh),
            cell=np.array(design.cell),
            test=np.array(design.test),
        )

    def _fitted(self, way: Way) -> tuple[Committee, Cloud, Charge | None]:
        tests, meter = self.tests, VOLTMETER
        if way.band:
            band = self.design.noisy[way.band - 1]
            between, meter = (band.least_mv, band.most_mv), meter_of(band.most_mv)
            tests = with_noise(tests, np.array(self.design.voltages), between, (self._seed, way.band), LEARNT)
        fit: Fit = WithSoc.fit if way.with_soc else WithoutSoc.fit
        experts = Committee.fit(tests, self.design.mode(way).kernels, fit)
        return experts, Cloud.of(tests, way.with_soc, meter), None if way.with_soc else Charge.fit(tests)

    @cached_property
    def _gauge(self) -> Gauge:
        return Gauge.of(np.array(self.design.voltages))

    def noise_mv(self, u: Floats) -> Floats:
        """Noise of the voltages of each test [mV]."""
        return self._gauge.millivolts(u)

    def ask(self, features: Floats, soc: Floats, way: Way) -> tuple[Floats, Floats, Floats]:
        """State of health [%], the distance of each test to the known ones, and its state of charge [%].

        Rows are asked in full blocks, so that a row alone is summed in the same order as among others.
        """
        experts, cloud, charge = self._asked(way)
        rows = _in_blocks(features)
        soh, distance = experts.predict(features[rows], soc[rows]), cloud.distance(features[rows], soc[rows])
        level = charge.predict(features[rows]) if charge else soc[rows]
        return soh[: len(features)], distance[: len(features)], level[: len(features)]

    def distance(self, features: Floats, soc: Floats, way: Way) -> Floats:
        """The distance alone, as `ask` tells it."""
        rows = _in_blocks(features)
        return self._asked(way)[1].distance(features[rows], soc[rows])[: len(features)]

    def is_of(self, table: PulseTable) -> Flags:
        """Rows of this design."""
        rated = self.design.rated_capacity_ah
        with np.errstate(invalid="ignore"):
            near = np.abs(table.rated - rated) <= _SAME_CAPACITY * rated
        mine: Flags = near & (table.chemistry == self.design.chemistry)
        return mine


def check_confidence(confidence: float) -> None:
    """Raise IntervalInvalid unless it is between 0.5 and 0.999."""
    if not 0.5 < confidence < 0.999:
        raise IntervalInvalid


class Predictor:
    """A loaded model, ready to answer any number of tables."""

    def __init__(self, model: PulseModel) -> None:
        """Make `model` ready; experts are fitted when the first row of their design comes."""
        self.model = model
        self._designs = [_KnownDesign(place, design, model.seed) for place, design in enumerate(model.designs)]
        self._calibration = Calibration(model)

    @cached_property
    def _transfer(self) -> Transfer:
        return Transfer.fit([known.tests for known in self._designs])

    def predict(self, table: PulseTable, confidence: float = 0.90, combine: bool = True) -> Predictions:
        """State of health of each row of `table`.

        confidence  of the interval, between 0.5 and 0.999, else IntervalInvalid
        combine     answer all good rows of one test (`cell`, `test`) by their mean, whose error is smaller

        Row order and the text of `cell` have no influence.
        """
        check_confidence(confidence)
        answer = _Answer(table, 1 - confidence)
        features = describe(table.u)
        unknown = np.array([not codes for codes in table.broken], dtype=np.bool_)
        _flag_duplicates(table, np.flatnonzero(unknown), answer)
        for known in self._designs:
            mine = known.is_of(table) & unknown
            unknown &= ~mine
            self._ask(known, table, features, np.flatnonzero(mine), answer, combine)
        self._guess(table, features, np.flatnonzero(unknown), answer)
        return answer.finished()

    def _ask(
        self, known: _KnownDesign, table: PulseTable, features: Floats, rows: Array, answer: "_Answer", combine: bool
    ) -> None:
        basis = table.soc_basis[rows]
        stated = ~np.isnan(table.soc[rows])
        fits = (basis == known.design.soc_basis) | (basis == "") | (known.design.soc_basis == "")
        least, most = known.design.temperature_celsius
        warm = (table.temperature[rows] >= least) & (table.temperature[rows] <= most)
        for row, is_stated, does_fit, is_warm in zip(rows, stated, fits, warm, strict=True):
            if not is_stated:
                answer.warn(row, "SOC_ESTIMATED")
            elif not does_fit:
                answer.warn(row, "SOC_BASIS")
            if not is_warm:
                answer.warn(row, "TEMPERATURE")
        bands = self._bands(known, table, rows, combine)
        most = len(known.design.noisy)
        within: dict[Way, Array] = {}
        for way in (Way(with_soc, band) for with_soc in (True, False) for band in range(most + 1)):
            asked = ((stated & fits) == way.with_soc) & (np.minimum(bands, most) == way.band)
            if not asked.any():
                continue
            mine = rows[asked]
            answer.soh[mine], answer.strange[mine], answer.soc[mine] = known.ask(features[mine], table.soc[mine], way)
            if not way.with_soc:
                as_stated = Way(True, way.band)
                answer.strange_stated[mine] = known.distance(features[mine], answer.soc[mine], as_stated)
            near = (answer.strange[mine] <= known.design.mode(way).far) & (bands[asked] <= most)
            for row in mine[~near]:
                answer.warn(row, "FEATURES_OUTSIDE")
            for row in mine[near] if way.band else ():
                answer.warn(row, "VOLTAGE_NOISE")
            inside = near & warm[asked]
            self._widen(known, way, mine[~inside], answer)
            within[way] = mine[inside]
            self._bound(known, way, mine[inside].tolist(), answer)
        if combine:
            self._combine(known, table, within, answer)

    def _bands(self, known: _KnownDesign, table: PulseTable, rows: Array, combine: bool) -> Array:
        """The band of noise of each row; rows of one test were read by one meter."""
        read = known.noise_mv(table.u[rows])
        if combine:
            of: dict[tuple[str, str], list[int]] = defaultdict(list)
            for place, row in enumerate(rows):
                if table.cell[row]:
                    of[table.cell[row], table.test[row]].append(place)
            for places in of.values():
                read[places] = sqrt(fsum(read[places] ** 2) / len(places))
        return band_of(read, known.design.quiet_mv, tuple(band.most_mv for band in known.design.noisy))

    def _combine(self, known: _KnownDesign, table: PulseTable, within: dict[Way, Array], answer: "_Answer") -> None:
        """Replace the answers of rows of one test by the answer of all of them."""
        rows_of: dict[tuple[str, str], list[tuple[Way, int]]] = defaultdict(list)
        for way, rows in within.items():
            for row in rows:
                if table.cell[row]:
                    rows_of[table.cell[row], table.test[row]].append((way, int(row)))
        for item in rows_of.values():
            way = max(way for way, _ in item)
            used = _once([row for asked, row in item if asked == way], table)
            if any(answer.twice[row] for row in used):
                continue
            if np.ptp(answer.soh[used]) > known.design.mode(way).apart:
                for row in used:
                    answer.warn(row, "ROWS_DISAGREE")
                continue
            rows_together = [row for _, row in item]
            used.sort(key=lambda row: answer.soc[row])
            levels = tuple(np.round(answer.soc[used], 1).tolist()) if len(used) > 1 else ()
            weights = self._calibration.together(known.place, way, levels).weights if levels else np.ones(1)
            answer.soh[rows_together] = fsum(weights * answer.soh[used])
            for distance in (answer.strange, answer.strange_stated):
                distance[rows_together] = fsum(distance[used]) / len(used)
            self._bound(known, way, rows_together, answer, levels)

    def _bound(self, known: _KnownDesign, way: Way, rows: list[int], answer: "_Answer", levels: Levels = ()) -> None:
        if not rows:
            return
        half = self._calibration.half_width(known.place, way, levels, answer.alpha)
        answer.half[rows] = half.points * answer.strange[rows]
        if not way.with_soc:  # who does not say the state of charge never knows more
            stated = self._calibration.half_width(known.place, Way(True, way.band), levels, answer.alpha)
            answer.half[rows] = np.maximum(answer.half[rows], stated.points * answer.strange_stated[rows])
        if half.by_chemistry:
            for row in rows:
                answer.warn(row, "CALIBRATED_BY_CHEMISTRY")

    def _widen(self, known: _KnownDesign, way: Way, rows: Array, answer: "_Answer") -> None:
        """Far from all known tests a trend leads anywhere: the answer stays among what the design was seen to be."""
        answer.soh[rows] = np.clip(answer.soh[rows], known.tests.soh.min(), known.tests.soh.max())
        inside = self._calibration.half_width(known.place, way, (), answer.alpha).points
        answer.half[rows] = np.maximum(self._calibration.held_out_design(answer.alpha), inside * answer.strange[rows])
        answer.outside[rows] = True

    def _guess(self, table: PulseTable, features: Floats, rows: Array, answer: "_Answer") -> None:
        """Rows of a design that nobody has measured."""
        if not len(rows):
            return
        trained = {known.design.chemistry for known in self._designs}
        answer.outside[rows] = True
        for row in rows:
            answer.warn(row, "UNKNOWN_DESIGN" if table.chemistry[row] in trained else "UNKNOWN_CHEMISTRY")
        lithium = np.isin(table.chemistry[rows], list(_KNOWN_CHEMISTRIES))
        answer.soh[rows[lithium]] = self._transfer.predict(features[rows[lithium]])
        answer.half[rows] = self._calibration.unknown_design(answer.alpha)


def _once(rows: list[int], table: PulseTable) -> list[int]:
    """Rows without exact repetitions, in an order that does not depend on the file."""
    distinct = {(table.soc[row], *table.u[row]): row for row in rows}
    if any(np.isnan(table.soc[row]) for row in rows):
        distinct = {tuple(table.u[row]): row for row in rows}
    return [distinct[key] for key in sorted(distinct)]


def _flag_duplicates(table: PulseTable, rows: Array, answer: "_Answer") -> None:
    """Warn where one item at one state of charge has two different sets of voltages: then it is not in one state."""
    at: dict[tuple[str, str, float], list[int]] = defaultdict(list)
    for row in rows:
        if table.cell[row] and not np.isnan(table.soc[row]):
            at[table.cell[row], table.test[row], float(table.soc[row])].append(int(row))
    for same in at.values():
        if len({tuple(table.u[row]) for row in same}) > 1:
            answer.twice[same] = True
            for row in same:
                answer.warn(row, "DUPLICATE_KEY")


class _Answer:
    """Answers in the making."""

    def __init__(self, table: PulseTable, alpha: float) -> None:
        rows = len(table)
        self.alpha = round(alpha, 12)
        self.soh = np.full(rows, np.nan)
        self.half = np.full(rows, np.nan)
        self.strange = np.full(rows, np.nan)
        self.strange_stated = np.full(rows, np.nan)  # were the estimated state of charge a stated one
        self.soc = np.full(rows, np.nan)
        self.twice = np.zeros(rows, dtype=np.bool_)
        self.outside = np.zeros(rows, dtype=np.bool_)
        self._codes = [list(codes) for codes in table.broken]
        self._broken = [bool(codes) for codes in table.broken]

    def warn(self, row: int, code: str) -> None:
        """Note `code` for the row, once."""
        if code not in self._codes[row]:
            self._codes[row].append(code)

    def finished(self) -> Predictions:
        """Bounds kept within 0–110 %, a status for every row, no number where none is due."""
        lower = np.maximum(self.soh - self.half, _LEAST_SOH)
        upper = np.minimum(self.soh + self.half, _MOST_SOH)
        status = [self._status(row) for row in range(len(self.soh))]
        none = np.array([state in (Status.NOT_ASSESSABLE, Status.ERROR) for state in status], dtype=np.bool_)
        soh = np.where(none, np.nan, self.soh)
        lower[none], upper[none] = np.nan, np.nan
        return Predictions(soh, lower, upper, status, [tuple(codes) for codes in self._codes])

    def _status(self, row: int) -> Status:
        if self._broken[row]:
            return Status.NOT_ASSESSABLE
        if not self.outside[row] and self.half[row] == inf:
            self.warn(row, "CALIBRATION_TOO_SMALL")
            return Status.NOT_ASSESSABLE
        if np.isfinite(self.soh[row]) and not _LEAST_SOH <= self.soh[row] <= _MOST_SOH:
            self.warn(row, "IMPLAUSIBLE_RESULT")
            return Status.ERROR
        return Status.OUT_OF_DOMAIN if self.outside[row] else Status.OK
