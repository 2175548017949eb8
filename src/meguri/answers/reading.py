"""From the filled table to answers (pure): a row without figures is left for later, a wrong one is named."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

from meguri.answers.columns import COLUMNS, FIGURES
from meguri.footprint.bulk.figures import LONG, RATINGS, figure, headed, quality, wrong_figures
from meguri.footprint.model import Quality
from meguri.kernel.ids import parse_uuid
from meguri.kernel.text import Text
from meguri.traceability.sheet.reading import RowError

_HEADING = {column.key: column.heading for column in COLUMNS}
_REQUEST = Text(
    ja="依頼の番号が正しくありません。表を取り直してください。",
    en="This is no request's number. Please take a new table.",
)
_TWICE = Text(
    ja="{other}行目と同じ依頼です。1行にまとめてください。", en="The same request as in row {other}. Keep one row."
)


class RowAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One row understood. `own_part`: None means a new part under the name asked for."""

    row: int
    request_id: UUID
    own_part: str | None
    own_support_name: str | None
    pre_production: Decimal | None
    main_production: Decimal | None
    pre_quality: Quality
    main_quality: Quality
    comment: str | None


def understand(rows: Sequence[Mapping[str, str]]) -> tuple[list[RowAnswer], list[RowError]]:
    """Answers of the good rows that hold figures, and what is wrong with the others."""
    answers: list[RowAnswer] = []
    errors: list[RowError] = []
    seen: dict[str, int] = {}
    for number, row in enumerate(rows, start=2):
        if not any(row.get(key) for key in (*FIGURES, *RATINGS)):
            continue
        wrong = _wrong(number, row)
        key = row.get("request_id", "").lower()
        if key in seen:
            wrong.append(RowError(row=number, column="request_id", say=_TWICE, values={"other": seen[key]}))
        seen.setdefault(key, number)
        if wrong:
            errors.extend(wrong)
        else:
            answers.append(_answer(number, row))
    return answers, errors


def _wrong(number: int, row: Mapping[str, str]) -> list[RowError]:
    said = list(wrong_figures(row, FIGURES))
    if parse_uuid(row.get("request_id", "")) is None:
        said.insert(0, ("request_id", _REQUEST))
    said += [(key, LONG) for key in ("own_part", "own_support_name") if len(row.get(key) or "") > 50]
    return [RowError(row=number, column=key, say=headed(say, _HEADING[key])) for key, say in said]


def _answer(number: int, row: Mapping[str, str]) -> RowAnswer:
    return RowAnswer(
        row=number,
        request_id=UUID(row["request_id"]),
        own_part=row.get("own_part") or None,
        own_support_name=row.get("own_support_name") or None,
        pre_production=figure(row, "pre_production"),
        main_production=figure(row, "main_production"),
        pre_quality=quality(row, "pre"),
        main_quality=quality(row, "main"),
        comment=row.get("comment") or None,
    )
