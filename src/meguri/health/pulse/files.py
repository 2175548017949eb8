"""Pulse tests from file to file: what `meguri health predict` and `meguri health train` do."""

from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import numpy as np

from meguri.health.arrays import Floats
from meguri.health.errors import OutputFormat
from meguri.health.pulse.parting import Parted
from meguri.health.pulse.predict import Predictions, Predictor, check_confidence
from meguri.health.pulse.rawtable import Cell, read_blocks, read_table
from meguri.health.pulse.record import DEFAULT_MODEL, PulseModel, encode_model, load_model
from meguri.health.pulse.table import ColumnsSeen, PulseTable, SocUnit, numbers_of
from meguri.health.pulse.train import labelled, train
from meguri.health.pulse.writing import Columns, replacing
from meguri.telemetry.plain import GZIP

_WRITTEN = frozenset({"", ".csv", ".gz", ".parquet", ".txt"})
_NUMBERS = ("soh_pct", "soh_lower", "soh_upper", "confidence")
_NAMES = ("cell_id", "soc", "soh_pct", "soh_lower", "soh_upper", "status", "reasons", "model_id", "confidence")


def predict_file(
    source: Path, target: Path, confidence: float = 0.90, model: str = DEFAULT_MODEL, soc_unit: SocUnit | None = None
) -> bool:
    """State of health of each row of `source` into `target`; False when no row could be assessed.

    A table of one block is answered in memory. Of a larger one the rows are laid aside on disk, those of one item
    together, answered part by part and put back in order: memory does not grow with the table.

    Raises OutputFormat and Unusable (and its kinds), RecordTooLarge, ModelUnknown, ModelUntrusted, IntervalInvalid before
    anything is written; OSError.
    """
    if target.suffix.lower() not in _WRITTEN:
        raise OutputFormat(suffix=target.suffix)
    check_confidence(confidence)
    predictor, seen = Predictor(load_model(model)), ColumnsSeen(soc_unit)

    def answers(table: PulseTable) -> tuple[Columns, bool]:
        found = predictor.predict(table, confidence)
        return columns_of(table, found, predictor.model.id, confidence), found.any_assessed

    tables = (seen.table(block) for block in read_blocks(source))
    first, second = next(tables), next(tables, None)
    if second is None:
        seen.judge()
        columns, assessed = answers(first)
        _write(target, [columns], _all_numbers(first))
        return assessed
    with Parted(_size_of_text(source)) as parted:
        numbers, assessed = True, False
        for table in chain([first, second], tables):
            numbers &= _all_numbers(table)
            parted.add(table)
        seen.judge()
        for number, places, table in parted.parts():
            columns, some = answers(table)
            assessed |= some
            parted.keep(number, places, columns)
        _write(target, parted.answers(), numbers)
    return assessed


def _size_of_text(source: Path) -> int:
    """About how large the table is as plain text [bytes]: compressed ones are some eight times as large."""
    with source.open("rb") as file:
        packed = file.read(4)[:2] in (GZIP, b"PA")
    return source.stat().st_size * (8 if packed else 1)


def columns_of(table: PulseTable, found: Predictions, model_id: str, confidence: float) -> Columns:
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


def _all_numbers(table: PulseTable) -> bool:
    """Whether every state of charge that was written is a number."""
    return not numbers_of(table.soc_echo)[1].any()


def _write(target: Path, blocks: Iterable[Columns], soc_numbers: bool) -> None:
    """The answers; a format that knows types keeps `soc` as numbers, unless a word stands among them."""
    numbers = ("soc", *_NUMBERS) if soc_numbers else _NUMBERS
    parquet = target.suffix.lower() == ".parquet"
    with replacing(target, _NAMES, numbers) as file:
        for columns in blocks:
            if parquet and soc_numbers:
                known = numbers_of(columns["soc"])[0]
                columns["soc"] = [None if np.isnan(value) else float(value) for value in known]
            file.write(columns)


def _numbers(values: Floats) -> list[Cell]:
    """Ten decimals: rows answered alone and together differ by the order of summation, about 1e-12."""
    return [round(float(value), 10) if np.isfinite(value) else None for value in values]
