"""How good a model is on cells that it has never seen: everything, the choice of kernels too, is redone in each fold."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import msgspec
import numpy as np

from meguri.health.arrays import Array, Flags, Floats, Texts
from meguri.health.conformal import interval_score
from meguri.health.errors import ColumnMissing
from meguri.health.pulse.expert import folds_of
from meguri.health.pulse.predict import Predictor
from meguri.health.pulse.rawtable import RawTable
from meguri.health.pulse.table import PulseTable, texts_of
from meguri.health.pulse.train import Labelled, labelled, train

ONE_ROW, ONE_TEST, SOC_UNKNOWN, NOISE = "one row", "one test", "SoC unknown", "1 mV noise"
_NOISE_V = 0.001
ALL = "all"
_NO_LOTS = ("cell_id", "test_id", "design", "chemistry")


class Score(msgspec.Struct, frozen=True):
    """Errors of one way of asking on one set of rows; state of health in points.

    coverage, width and interval_score are those of the interval of `confidence`; `answered` of `rows` had a number.
    """

    way: str
    design: str
    cells: int
    rows: int
    answered: int
    out_of_domain: int
    mae: float
    rmse: float
    coverage: float
    width: float
    interval_score: float


@dataclass(frozen=True, slots=True)
class Held:
    """Predictions of held-out rows for one way of asking."""

    soh: Floats
    lower: Floats
    upper: Floats
    outside: Flags


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What cross-validation found: truth, names and the predictions of each way of asking."""

    truth: Floats
    cell: Texts
    chemistry: Texts
    design: Texts
    confidence: float
    held: dict[str, Held]

    def scores(self) -> list[Score]:
        """For each way of asking: each chemistry, each design, and all."""
        masks = [(str(name), self.chemistry == name) for name in np.unique(self.chemistry)]
        masks += [(str(name), self.design == name) for name in np.unique(self.design)]
        masks.append((ALL, np.ones(len(self.truth), dtype=np.bool_)))
        return [self._score(way, held, name, rows) for way, held in self.held.items() for name, rows in masks]

    def overall(self, way: str = ONE_ROW) -> Score:
        """The score over all rows."""
        return self._score(way, self.held[way], ALL, np.ones(len(self.truth), dtype=np.bool_))

    def _score(self, way: str, held: Held, name: str, rows: Flags) -> Score:
        known = rows & np.isfinite(held.soh)
        truth, lower, upper = self.truth[known], held.lower[known], held.upper[known]
        error = held.soh[known] - truth
        return Score(
            way=way,
            design=name,
            cells=len(np.unique(self.cell[rows])),
            rows=int(rows.sum()),
            answered=int(known.sum()),
            out_of_domain=int((known & held.outside).sum()),
            mae=_mean(np.abs(error)),
            rmse=_mean(error**2) ** 0.5,
            coverage=_mean(((lower <= truth) & (truth <= upper)).astype(np.float64)),
            width=_mean(upper - lower),
            interval_score=_mean(interval_score(truth, lower, upper, 1 - self.confidence)),
        )


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")


def evaluate(
    raw: RawTable,
    group: str = "cell_id",
    folds: int = 5,
    seed: int = 0,
    confidence: float = 0.90,
    progress: Callable[[int, int], None] | None = None,
) -> Evaluation:
    """Cross-validation by `group`: `cell_id`, `design`, or any text column such as a supplier batch.

    A group is never split, and neither is a physical cell: groups that share a cell are an error of the data, so rows
    are held out by the group and by every cell in it. With as many folds as groups, each is held out alone. Groups within
    a design are lots to the training: what is asked of unseen lots must be calibrated on lots left out.
    """
    data = labelled(raw) if group in _NO_LOTS else labelled(raw, group)
    names = design_names(data.table) if group == "design" else _column(raw, group)
    fold = folds_of(np.unique(names, return_inverse=True)[1].astype(np.int64), folds, seed)
    ways = {way: _empty(len(fold)) for way in (ONE_ROW, ONE_TEST, SOC_UNKNOWN, NOISE)}
    count = int(fold.max()) + 1
    for number in range(count):
        held = np.flatnonzero(fold == number)
        kept = np.flatnonzero(~np.isin(data.table.cell, data.table.cell[held]))
        _predict_fold(data, kept, held, seed, confidence, ways)
        if progress:
            progress(number + 1, count)
    return Evaluation(data.soh, data.table.cell, data.table.chemistry, design_names(data.table), confidence, ways)


def _predict_fold(
    data: Labelled, kept: Array, held: Array, seed: int, confidence: float, ways: dict[str, Held]
) -> None:
    predictor = Predictor(train(data.take(kept), seed))
    table = data.table.take(held)
    heard = np.random.default_rng(seed).normal(0, _NOISE_V, table.u.shape)
    asked = {
        ONE_ROW: predictor.predict(table, confidence, combine=False),
        ONE_TEST: predictor.predict(table, confidence),
        SOC_UNKNOWN: predictor.predict(table.without_soc(), confidence, combine=False),
        NOISE: predictor.predict(replace(table, u=table.u + heard), confidence, combine=False),
    }
    for way, found in asked.items():
        ways[way].soh[held] = found.soh
        ways[way].lower[held] = found.lower
        ways[way].upper[held] = found.upper
        ways[way].outside[held] = [state == "out_of_domain" for state in found.status]


def _empty(rows: int) -> Held:
    return Held(np.full(rows, np.nan), np.full(rows, np.nan), np.full(rows, np.nan), np.zeros(rows, dtype=np.bool_))


def _column(raw: RawTable, name: str) -> Texts:
    if name not in raw.columns:
        raise ColumnMissing(columns=name, nearest=", ".join(sorted(raw.columns)[:12]))
    return texts_of(raw.columns[name])


def design_names(table: PulseTable) -> Texts:
    """`LFP 35 Ah` for each row."""
    pairs = zip(table.chemistry, table.rated, strict=True)
    return np.array([f"{chemistry} {rated:g} Ah" for chemistry, rated in pairs], dtype=np.str_)


def report(found: Evaluation) -> list[str]:
    """Lines for a terminal: a table, then the summary of single rows."""
    lines = [
        f"{'asked by':<12}{'design':<14}{'cells':>6}{'rows':>6}{'MAE':>7}{'RMSE':>7}{'coverage':>10}{'width':>8}{'score':>8}"
    ]
    lines += [
        f"{score.way:<12}{score.design:<14}{score.cells:>6}{score.rows:>6}{score.mae:>7.2f}{score.rmse:>7.2f}"
        f"{score.coverage:>10.3f}{score.width:>8.2f}{score.interval_score:>8.2f}"
        for score in found.scores()
    ]
    overall = found.overall()
    return [*lines, f"soh cv: MAE {overall.mae:.1f} pts, coverage {overall.coverage:.2f}"]
