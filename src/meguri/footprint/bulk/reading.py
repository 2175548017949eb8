"""From the filled table to declarations (pure): a row without figures is left for later, a wrong one is named."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from meguri.footprint.bulk.columns import COLUMNS, FIGURES
from meguri.footprint.bulk.figures import LONG, RATINGS, figure, headed, quality, wrong_figures
from meguri.footprint.model import Quality
from meguri.kernel.text import Text
from meguri.traceability.sheet.reading import RowError

_HEADING = {column.key: column.heading for column in COLUMNS}
_NAMELESS = Text(ja="「{heading}」を入力してください。", en="Please fill in “{heading}”.")
_TWICE = Text(
    ja="{other}行目と同じ部品です。1行にまとめてください。", en="The same part as in row {other}. Keep one row."
)


class RowFigures(msgspec.Struct, frozen=True, kw_only=True):
    """One row understood. `support_name` None: the only part of this name is meant."""

    row: int
    name: str
    support_name: str | None
    pre_production: Decimal | None
    main_production: Decimal | None
    pre_component: Decimal | None
    main_component: Decimal | None
    pre_quality: Quality
    main_quality: Quality
    comment: str | None


def understand(rows: Sequence[Mapping[str, str]]) -> tuple[list[RowFigures], list[RowError]]:
    """The good rows that hold figures, and what is wrong with the others."""
    found: list[RowFigures] = []
    errors: list[RowError] = []
    seen: dict[tuple[str, str], int] = {}
    for number, row in enumerate(rows, start=2):
        if not any(row.get(key) for key in (*FIGURES, *RATINGS)):
            continue
        wrong = _wrong(number, row)
        key = (row.get("part", ""), row.get("support_name", ""))
        if key in seen:
            wrong.append(RowError(row=number, column="part", say=_TWICE, values={"other": seen[key]}))
        seen.setdefault(key, number)
        errors.extend(wrong)
        if not wrong:
            found.append(_figures(number, row))
    return found, errors


def _wrong(number: int, row: Mapping[str, str]) -> list[RowError]:
    said = list(wrong_figures(row, FIGURES))
    if not row.get("part"):
        said.insert(0, ("part", _NAMELESS))
    said += [(key, LONG) for key in ("part", "support_name") if len(row.get(key) or "") > 50]
    return [RowError(row=number, column=key, say=headed(say, _HEADING[key])) for key, say in said]


def _figures(number: int, row: Mapping[str, str]) -> RowFigures:
    return RowFigures(
        row=number,
        name=row["part"],
        support_name=row.get("support_name") or None,
        **{key: figure(row, key) for key in FIGURES},
        pre_quality=quality(row, "pre"),
        main_quality=quality(row, "main"),
        comment=row.get("comment") or None,
    )
