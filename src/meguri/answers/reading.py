"""From the filled table to answers (pure): a row without figures is left for later, a wrong one is named."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.answers.columns import COLUMNS, FIGURES, RATINGS
from meguri.footprint.model import Quality
from meguri.kernel.ids import parse_uuid
from meguri.kernel.text import Text
from meguri.traceability.forms import decimal
from meguri.traceability.sheet.reading import RowError

_HEADING = {column.key: column.heading for column in COLUMNS}
_MOST = Decimal("99999.99999")
_LONGEST_COMMENT = 1000
_SAY = {
    "request": Text(
        ja="依頼の番号が正しくありません。表を取り直してください。",
        en="This is no request's number. Please take a new table.",
    ),
    "twice": Text(
        ja="{other}行目と同じ依頼です。1行にまとめてください。", en="The same request as in row {other}. Keep one row."
    ),
    "number": Text(
        ja="「{heading}」は0〜99999.99999の数値（小数点以下5桁まで）で入力してください。日付や単位は入れないでください。",
        en="“{heading}” is a number from 0 to 99999.99999 with at most five decimals, no date and no unit.",
    ),
    "long": Text(ja="「{heading}」が長すぎます。", en="“{heading}” is too long."),
    "rating_alone": Text(ja="排出量のない側に品質だけが入力されています。", en="There are ratings without a figure."),
}


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
            wrong.append(RowError(row=number, column="request_id", say=_SAY["twice"], values={"other": seen[key]}))
        seen.setdefault(key, number)
        if wrong:
            errors.extend(wrong)
        else:
            answers.append(_answer(number, row))
    return answers, errors


def _wrong(number: int, row: Mapping[str, str]) -> list[RowError]:
    found: list[RowError] = []

    def complain(key: str, what: str, **values: Any) -> None:
        heading = _HEADING[key]
        say = Text(ja=_SAY[what].ja.replace("{heading}", heading.ja), en=_SAY[what].en.replace("{heading}", heading.en))
        found.append(RowError(row=number, column=key, say=say, values=values))

    if parse_uuid(row.get("request_id", "")) is None:
        complain("request_id", "request")
    for key in (*FIGURES, *RATINGS):
        if row.get(key) and not _fits(decimal(row[key])):
            complain(key, "number")
    for key in ("own_part", "own_support_name"):
        if len(row.get(key) or "") > 50:
            complain(key, "long")
    if len(row.get("comment") or "") > _LONGEST_COMMENT:
        complain("comment", "long")
    for side in ("pre", "main"):
        if not row.get(f"{side}_production") and any(row.get(f"{side}_{name}") for name in ("ter", "ger", "tir")):
            complain(f"{side}_production", "rating_alone")
    return found


def _fits(value: Decimal | None) -> bool:
    return value is not None and 0 <= value <= _MOST and value == round(value, 5)


def _answer(number: int, row: Mapping[str, str]) -> RowAnswer:
    def figure(key: str) -> Decimal | None:
        return decimal(row[key]) if row.get(key) else None

    quality = {
        side: Quality(ter=figure(f"{side}_ter"), ger=figure(f"{side}_ger"), tir=figure(f"{side}_tir"))
        for side in ("pre", "main")
    }
    return RowAnswer(
        row=number,
        request_id=UUID(row["request_id"]),
        own_part=row.get("own_part") or None,
        own_support_name=row.get("own_support_name") or None,
        pre_production=figure("pre_production"),
        main_production=figure("main_production"),
        pre_quality=quality["pre"],
        main_quality=quality["main"],
        comment=row.get("comment") or None,
    )
