"""Pulse tests from file to file: what `meguri health predict` and `meguri health train` do."""

import os
import tempfile
from pathlib import Path

import numpy as np

from meguri.health.errors import OutputFormat
from meguri.health.pulse.predict import Predictions, Predictor
from meguri.health.pulse.rawtable import Cell, read_table, write_table
from meguri.health.pulse.record import DEFAULT_MODEL, PulseModel, encode_model, load_model
from meguri.health.pulse.table import PulseTable, SocUnit, numbers_of, pulse_table
from meguri.health.pulse.train import labelled, train

_WRITTEN = frozenset({"", ".csv", ".gz", ".parquet", ".txt"})
_NUMBERS = ("soh_pct", "soh_lower", "soh_upper", "confidence")


def predict_file(
    source: Path, target: Path, confidence: float = 0.90, model: str = DEFAULT_MODEL, soc_unit: SocUnit | None = None
) -> bool:
    """State of health of each row of `source` into `target`; False when no row could be assessed.

    Raises OutputFormat and Unusable (and its kinds), ModelUnknown, ModelUntrusted, IntervalInvalid before anything is
    written; OSError.
    """
    if target.suffix.lower() not in _WRITTEN:
        raise OutputFormat(suffix=target.suffix)
    predictor = Predictor(load_model(model))
    table = pulse_table(read_table(source), soc_unit)
    found = predictor.predict(table, confidence)
    _replace(target, columns_of(table, found, predictor.model.id, confidence))
    return found.any_assessed


def columns_of(table: PulseTable, found: Predictions, model_id: str, confidence: float) -> dict[str, list[Cell]]:
    """The output table: one row per input row, in the same order."""
    return {
        "cell_id": [str(cell) for cell in table.cell],
        "soc": list(table.soc_echo),
        "soh_pct": _numbers(found.soh),
        "soh_lower": _numbers(found.lower),
        "soh_upper": _numbers(found.upper),
        "status": [state.value for state in found.status],
        "reasons": [";".join(codes) for codes in found.reasons],
        "model_id": [model_id] * len(table),
        "confidence": [confidence] * len(table),
    }


def train_file(source: Path, target: Path, seed: int = 0) -> PulseModel:
    """Train on `source` and write the model file; same data and seed, same bytes."""
    model = train(labelled(read_table(source)), seed)
    target.write_bytes(encode_model(model))
    return model


def _typed(columns: dict[str, list[Cell]]) -> tuple[dict[str, list[Cell]], tuple[str, ...]]:
    """For formats that know types: `soc` as numbers, unless a word stands among them, and the names of all numbers."""
    soc, unreadable = numbers_of(columns["soc"])
    if unreadable.any():
        return columns, _NUMBERS
    known: list[Cell] = [None if np.isnan(value) else float(value) for value in soc]
    return columns | {"soc": known}, ("soc", *_NUMBERS)


def _numbers(values: np.ndarray) -> list[Cell]:
    """Ten decimals: rows answered alone and together differ by the order of summation, about 1e-12."""
    return [round(float(value), 10) if np.isfinite(value) else None for value in values]


def _replace(target: Path, columns: dict[str, list[Cell]]) -> None:
    """Write beside `target` and move: a reader never meets half a file, a failure leaves nothing."""
    handle, name = tempfile.mkstemp(dir=target.parent, suffix="".join(target.suffixes))
    os.close(handle)
    beside = Path(name)
    try:
        write_table(beside, *_typed(columns) if target.suffix.lower() == ".parquet" else (columns,))
        beside.chmod(0o644)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
