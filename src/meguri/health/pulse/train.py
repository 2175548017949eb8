"""Training: choose the kernels, measure the errors on cells left out, write down what was learnt."""

import hashlib
from dataclasses import dataclass

import msgspec
import numpy as np

from meguri.health.arrays import Array, Floats, Ints, Texts
from meguri.health.errors import BadTrainingRow, TooFewCells
from meguri.health.pulse.cloud import Cloud, left_out_distances
from meguri.health.pulse.expert import (
    GRID_WITH_SOC,
    GRID_WITHOUT_SOC,
    Fit,
    PulseTests,
    WithoutSoc,
    WithSoc,
    committees,
    errors_with_soc,
    errors_without_soc,
    folds_of,
    out_of_fold,
)
from meguri.health.pulse.features import VOLTMETER, describe
from meguri.health.pulse.gaussian import Kernel
from meguri.health.pulse.noise import BAND_KERNELS, BANDS_MV, LEARNT, MET, meter_of, quiet_mv, with_noise
from meguri.health.pulse.rawtable import RawTable
from meguri.health.pulse.record import Band, Design, Mode, PulseModel
from meguri.health.pulse.table import PulseTable, numbers_of, pulse_table, texts_of
from meguri.health.pulse.transfer import left_out_designs
from meguri.health.rulebook import rules

CHOICE_FOLDS, ERROR_FOLDS = 5, 10
_LEAST_CELLS = 3
_LEAST_LOTS = 2
_ROOM_FOR_NEW_CELLS = 1.25  # rows of one test may differ by a quarter more than ever seen in training


class _Temperature(msgspec.Struct, frozen=True):
    least_celsius: float
    most_celsius: float


class _Data(msgspec.Struct, frozen=True):
    source: str
    licence: str


class ModelRules(msgspec.Struct, frozen=True):
    """What a model says about itself: `rules/health/pulse_model.toml`."""

    id: str
    version: str
    status: str
    valid_from: str
    source: str
    temperature: _Temperature
    data: _Data


@dataclass(frozen=True, slots=True)
class Labelled:
    """Training rows in a fixed order, with the measured state of health [%] and the supplier lot (empty: unknown)."""

    table: PulseTable
    soh: Floats
    lot: Texts
    order: Array

    @classmethod
    def of(cls, table: PulseTable, soh: Floats, lot: Texts) -> "Labelled":
        """The rows of `table` in an order that depends on their content only."""
        keys = (*table.u.T[::-1], table.soc, table.test, table.cell, table.rated, table.chemistry)
        return cls(table, soh, lot, np.lexsort(keys))

    def take(self, rows: Array) -> "Labelled":
        """These rows only."""
        return Labelled.of(self.table.take(rows), self.soh[rows], self.lot[rows])

    def designs(self) -> list[tuple[str, float]]:
        """Chemistry and rated capacity [Ah] of each design, in a fixed order."""
        pairs = zip(self.table.chemistry[self.order], self.table.rated[self.order], strict=True)
        return sorted({(str(chemistry), float(rated)) for chemistry, rated in pairs})

    def rows_of(self, chemistry: str, rated: float) -> Array:
        """Row numbers of one design, in the fixed order."""
        mine = (self.table.chemistry == chemistry) & (self.table.rated == rated)
        chosen: Array = self.order[mine[self.order]]
        return chosen


def labelled(raw: RawTable, lot: str = "lot") -> Labelled:
    """Training data from a raw table; row order is forgotten. Raises Unusable errors and BadTrainingRow.

    lot  the column that names the supplier lot of each cell; it may be missing
    """
    raw.require(("soh_pct",))
    table = pulse_table(raw)
    soh, _ = numbers_of(raw.columns["soh_pct"])
    for row, codes in enumerate(table.broken):
        if codes:
            raise BadTrainingRow(row=table.numbers[row], column=codes[0])
        if not 0 < soh[row] <= 110:
            raise BadTrainingRow(row=table.numbers[row], column="soh_pct")
        if np.isnan(table.soc[row]):
            raise BadTrainingRow(row=table.numbers[row], column="soc")
    return Labelled.of(table, soh, texts_of(raw.column(lot)))


def train(data: Labelled, seed: int = 0) -> PulseModel:
    """The model of `data`: the same rows in any order and the same seed give the same model.

    Raises TooFewCells for a design with less than three physical cells.
    """
    about = rules("health", "pulse_model", ModelRules)
    pairs = data.designs()
    tests = [_tests(data, data.rows_of(*pair)) for pair in pairs]
    for pair, mine in zip(pairs, tests, strict=True):
        if len(np.unique(mine.cell)) < _LEAST_CELLS:
            raise TooFewCells(design=f"{pair[0]} {pair[1]:g} Ah", cells=len(np.unique(mine.cell)))
    unknown = left_out_designs(tests)
    kin = [_kin(data, data.rows_of(*pair), mine) for pair, mine in zip(pairs, tests, strict=True)]
    folds = [folds_of(blocks, CHOICE_FOLDS, seed) for blocks, _ in kin]
    with_soc = committees(GRID_WITH_SOC, list(map(errors_with_soc, tests, folds)))
    without_soc = committees(GRID_WITHOUT_SOC, list(map(errors_without_soc, tests, folds)))
    return PulseModel(
        id=about.id,
        version=about.version,
        valid_from=about.valid_from,
        seed=seed,
        data_sha256=_fingerprint(data),
        data_source=about.data.source,
        data_licence=about.data.licence,
        designs=tuple(
            _design(data, pair, mine, blocks, error, kernels, seed, about)
            for pair, mine, blocks, error, kernels in zip(
                pairs, tests, kin, unknown, zip(with_soc, without_soc, strict=True), strict=True
            )
        ),
    )


def _kin(data: Labelled, rows: Array, tests: PulseTests) -> tuple[Ints, bool]:
    """What must be left out together, and whether these are lots: the lots where each cell has one and there are several."""
    lot = data.lot[rows]
    if len(np.unique(lot)) < _LEAST_LOTS or (lot == "").any():
        return tests.cell, False
    return _numbered(lot), True


def _tests(data: Labelled, rows: Array) -> PulseTests:
    table = data.table
    state = np.char.add(np.char.add(table.cell[rows], "\x1f"), table.test[rows])
    return PulseTests(
        features=describe(table.u[rows]),
        soc=table.soc[rows],
        soh=data.soh[rows],
        cell=_numbered(table.cell[rows]),
        test=_numbered(state),
    )


def _numbered(names: Array) -> Ints:
    return np.unique(names, return_inverse=True)[1].astype(np.int64)


def _design(
    data: Labelled,
    pair: tuple[str, float],
    tests: PulseTests,
    kin: tuple[Ints, bool],
    unknown: Floats,
    kernels: tuple[tuple[Kernel, ...], tuple[Kernel, ...]],
    seed: int,
    about: ModelRules,
) -> Design:
    blocks, by_lot = kin
    rows, errors = data.rows_of(*pair), folds_of(blocks, ERROR_FOLDS, seed + 1)
    return Design(
        chemistry=pair[0],
        rated_capacity_ah=pair[1],
        soc_basis=_basis(data, rows),
        temperature_celsius=(about.temperature.least_celsius, about.temperature.most_celsius),
        cell=tuple(tests.cell.tolist()),
        test=tuple(tests.test.tolist()),
        soc=tuple(tests.soc.tolist()),
        soh=tuple(tests.soh.tolist()),
        voltages=tuple(map(tuple, data.table.u[rows].tolist())),
        with_soc=_mode(tests, kernels[0], WithSoc.fit, errors, with_soc=True),
        without_soc=_mode(tests, kernels[1], WithoutSoc.fit, errors, with_soc=False),
        unknown_design_error=_rounded(unknown),
        quiet_mv=round(quiet_mv(data.table.u[rows], tests.cell, errors), 3),
        noisy=tuple(_band(tests, blocks, data.table.u[rows], band, seed) for band in range(1, len(BANDS_MV) + 1)),
        lot=tuple(blocks.tolist()) if by_lot else (),
    )


def _band(tests: PulseTests, blocks: Ints, u: Floats, band: int, seed: int) -> Band:
    """Experts that learn from one noisy reading of the tests, judged by another one."""
    between = BANDS_MV[band - 1]
    learnt, met = (with_noise(tests, u, between, (seed, band), copy) for copy in (LEARNT, MET))
    fold, meter = folds_of(blocks, CHOICE_FOLDS, seed + 1), meter_of(between[1])
    return Band(
        *between,
        with_soc=_mode(learnt, BAND_KERNELS, WithSoc.fit, fold, True, met, meter),
        without_soc=_mode(learnt, BAND_KERNELS, WithoutSoc.fit, fold, False, met, meter),
    )


def _mode(
    tests: PulseTests,
    kernels: tuple[Kernel, ...],
    fit: Fit,
    fold: Ints,
    with_soc: bool,
    met: PulseTests | None = None,
    meter: float = VOLTMETER,
) -> Mode:
    predicted = out_of_fold(tests, kernels, fit, fold, met)
    ranges = [float(np.ptp(predicted[tests.test == test])) for test in np.unique(tests.test)]
    far = Cloud.of(tests, with_soc, meter).limit(tests.cell)
    return Mode(
        kernels=kernels,
        error=_rounded(predicted - tests.soh),
        strange=_rounded(left_out_distances(tests, with_soc, fold, met, meter)),
        far=round(far, 3),
        apart=round(max(ranges) * _ROOM_FOR_NEW_CELLS, 3),
    )


def _rounded(errors: Floats) -> tuple[float, ...]:
    """A thousandth of a point: far below any meaning, far above the noise between two processors."""
    return tuple((np.round(errors, 3) + 0.0).tolist())


def _basis(data: Labelled, rows: Array) -> str:
    stated = sorted({str(basis) for basis in data.table.soc_basis[rows]})
    if len(stated) > 1:
        raise BadTrainingRow(row=data.table.numbers[int(rows[0])], column="soc_basis")
    return stated[0]


def _fingerprint(data: Labelled) -> str:
    """SHA-256 over what training looked at, in the fixed order."""
    table, digest = data.table, hashlib.sha256()
    for row in data.order:
        parts = [table.cell[row], table.test[row], table.chemistry[row], table.soc_basis[row]]
        parts += [data.lot[row]] if data.lot[row] else []
        digest.update("\x1f".join(parts).encode())
        digest.update(np.array([table.rated[row], table.soc[row], data.soh[row], *table.u[row]], dtype="<f8").tobytes())
    return digest.hexdigest()
