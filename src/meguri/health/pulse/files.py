"""Pulse tests from file to file: what `meguri health predict` and `meguri health train` do."""

import os
import tempfile
from pathlib import Path

import numpy as np

from meguri.health.pulse.predict import Predictions, Predictor
from meguri.health.pulse.rawtable import Cell, read_table, write_table
from meguri.health.pulse.record import DEFAULT_MODEL, PulseModel, encode_model, load_model
from meguri.health.pulse.table import PulseTable, SocUnit, pulse_table
from meguri.health.pulse.train import labelled, train


def predict_file(
    source: Path, target: Path, confidence: float = 0.90, model: str = DEFAULT_MODEL, soc_unit: SocUnit | None = None
) -> bool:
    """State of health of each row of `source` into `target`; False when no row could be assessed.

    Raises Unusable (and its kinds) before anything is written, ModelUnknown, ModelUntrusted, IntervalInvalid, OSError.
    """
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


def _numbers(values: np.ndarray) -> list[Cell]:
    """Ten decimals: rows answered alone and together differ by the order of summation, about 1e-12."""
    return [round(float(value), 10) if np.isfinite(value) else None for value in values]


def _replace(target: Path, columns: dict[str, list[Cell]]) -> None:
    """Write beside `target` and move: a reader never meets half a file, a failure leaves nothing."""
    handle, name = tempfile.mkstemp(dir=target.parent, suffix="".join(target.suffixes))
    os.close(handle)
    beside = Path(name)
    try:
        write_table(beside, columns)
        beside.chmod(0o644)
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)
