"""State of health from pulse tests over HTTP: the same engine and numbers as the command line."""

from typing import Any

import msgspec

from meguri.health.errors import ColumnDuplicate, EmptyInput
from meguri.health.model import Status
from meguri.health.pulse.predict import Predictor
from meguri.health.pulse.rawtable import Cell, RawTable, plain_header
from meguri.health.pulse.table import SocUnit, pulse_table
from meguri.health.views import RowError
from meguri.kernel.text import Text

_SAY = {
    "BAD_VALUE": Text(ja="0.5〜5 V の数値を入力してください。", en="Please give a number between 0.5 and 5 V."),
    "RANGE": Text(ja="0〜100 % の範囲で入力してください。", en="Please give a value between 0 and 100 %."),
    "NO_REFERENCE": Text(ja="定格容量(Ah)を正の数で入力してください。", en="Please give the rated capacity in Ah."),
    "PULSE_PATTERN": Text(
        ja="電圧の動きがパルス試験になっていません。列の順序と符号を確認してください。",
        en="The voltages do not move as in a pulse test. Please check the order and sign of the columns.",
    ),
    "UNIT_SUSPECT": Text(ja="単位を確認してください。", en="Please check the unit."),
}
_COLUMN = {"NO_REFERENCE": "rated_capacity_ah", "PULSE_PATTERN": "u1"}


class PredictedRow(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to one row; soh [%] with bounds, empty when not assessable."""

    cell_id: str
    soc: float | str | None
    soh_pct: float | None
    soh_lower: float | None
    soh_upper: float | None
    status: Status
    reasons: list[str]


class Predicted(msgspec.Struct, frozen=True, kw_only=True):
    """Answers in the order of the rows, and what is wrong with those that have none."""

    model_id: str
    confidence: float
    rows: list[PredictedRow]
    row_errors: list[RowError]


def table_of(rows: list[dict[str, Any]]) -> RawTable:
    """Rows of JSON as a table. Raises EmptyInput, ColumnDuplicate."""
    if not rows:
        raise EmptyInput
    names: dict[str, None] = {}
    for row in rows:
        lower = [plain_header(name) for name in row]
        if len(set(lower)) < len(lower):
            raise ColumnDuplicate(columns=", ".join(sorted({name for name in lower if lower.count(name) > 1})))
        names |= dict.fromkeys(lower)
    read = [{plain_header(name): _cell(value) for name, value in row.items()} for row in rows]
    columns: dict[str, list[Cell]] = {name: [row.get(name) for row in read] for name in names}
    return RawTable(columns, list(range(1, len(rows) + 1)))


def _cell(value: object) -> Cell:
    if value is None or isinstance(value, (int, float)):
        return value
    return str(value).strip() or None


def predict(
    predictor: Predictor, raw: RawTable, confidence: float, soc_unit: SocUnit | None
) -> Predicted:  # fmt: skip
    """State of health of each row. Raises IntervalInvalid and what `pulse_table` raises."""
    table = pulse_table(raw, soc_unit)
    found = predictor.predict(table, confidence)
    rows = [
        PredictedRow(
            cell_id=str(table.cell[row]),
            soc=table.soc_echo[row],
            soh_pct=_number(found.soh[row]),
            soh_lower=_number(found.lower[row]),
            soh_upper=_number(found.upper[row]),
            status=found.status[row],
            reasons=list(found.reasons[row]),
        )
        for row in range(len(table))
    ]
    return Predicted(
        model_id=predictor.model.id, confidence=confidence, rows=rows, row_errors=_errors(raw, table.numbers, rows)
    )


def _number(value: float) -> float | None:
    return round(float(value), 10) if value == value else None


def _errors(raw: RawTable, numbers: list[int], rows: list[PredictedRow]) -> list[RowError]:
    errors = []
    for place, row in enumerate(rows):
        if row.status is not Status.NOT_ASSESSABLE:
            continue
        for reason in row.reasons:
            code, _, column = reason.partition(":")
            say = _SAY.get(code)
            if say is None:
                continue
            column = column or _COLUMN.get(code, "")
            value = raw.columns[column][place] if column in raw.columns else None
            shown = "" if value is None else str(value)[:80]
            errors.append(RowError(numbers[place], column, shown, code, say.ja, say.en))
    return errors
