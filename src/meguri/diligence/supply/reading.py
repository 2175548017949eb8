"""From the filled table, or the form, to what is to be registered (pure): a wrong row is named, none is dropped."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Any, get_args

import msgspec

from meguri.diligence.model import Scheme
from meguri.diligence.screening.countries import country_code
from meguri.diligence.supply.columns import COLUMNS
from meguri.diligence.taxonomy import names
from meguri.kernel.numbers import typed
from meguri.kernel.text import Text
from meguri.traceability.sheet.reading import RowError

CONFIDENCE = ("verified", "reported", "inferred", "estimated")
_HEADING = {column.key: column.heading for column in COLUMNS}
_HUNDRED = Decimal(100)
_DAY = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?!\d)")
_SAY = {
    "required": Text(ja="「{heading}」を入力してください。", en="Please fill in “{heading}”."),
    "long": Text(ja="「{heading}」は200文字以内で入力してください。", en="“{heading}” has at most 200 characters."),
    "word": Text(
        ja="「{heading}」の「{value}」は使えません。使える値: {allowed}",
        en="“{value}” is not a value of “{heading}”. Allowed: {allowed}",
    ),
    "country": Text(
        ja="「{heading}」は国コード（例 JP）か国名で入力してください。",
        en="“{heading}” is a code such as JP, or a country's name.",
    ),
    "share": Text(
        ja="「{heading}」は0より大きく100以下の数値で入力してください。",
        en="“{heading}” is more than 0 and at most 100.",
    ),
    "day": Text(
        ja="「{heading}」は 2026-04-01 の形で入力してください。", en="“{heading}” is a day written as 2026-04-01."
    ),
    "pair": Text(
        ja="番号とその種別は両方とも入力してください。", en="Please give both the number and the kind of number."
    ),
    "twice": Text(
        ja="{other}行目と同じ供給です。1行にまとめてください。", en="The same supply as in row {other}. Keep one row."
    ),
}


class SupplyRow(msgspec.Struct, frozen=True, kw_only=True):
    """One site that supplies one material. `supplies_to` "": the company itself. `share_pct`: of what the receiver gets."""

    row: int
    company: str
    country: str | None
    scheme: str | None
    identifier: str | None
    site: str
    stage: str
    material: str
    supplies_to: str
    share_pct: Decimal
    valid_from: date | None
    confidence: str


def understand(rows: Sequence[Mapping[str, str]]) -> tuple[list[SupplyRow], list[RowError]]:
    """What the good rows say, and what is wrong with the others; empty rows are passed over."""
    found: list[SupplyRow] = []
    errors: list[RowError] = []
    seen: dict[tuple[str, ...], int] = {}
    for number, row in enumerate(rows, start=2):
        if not any(row.values()):
            continue
        wrong = wrong_entry(row, number)
        key = tuple(row.get(name, "").casefold() for name in ("company", "site", "material", "supplies_to"))
        if not wrong and key in seen:
            wrong.append(RowError(row=number, column=None, say=_SAY["twice"], values={"other": seen[key]}))
        seen.setdefault(key, number)
        if wrong:
            errors += wrong
        else:
            found.append(entry(row, number))
    return found, errors


def wrong_entry(row: Mapping[str, str], number: int = 0) -> list[RowError]:
    """What is wrong with one row or form."""
    found: list[RowError] = []

    def complain(key: str, what: str, **values: Any) -> None:
        heading = _HEADING[key]
        say = Text(ja=_SAY[what].ja.replace("{heading}", heading.ja), en=_SAY[what].en.replace("{heading}", heading.en))
        found.append(RowError(row=number, column=key, say=say, values=values))

    get = row.get
    for column in COLUMNS:
        if column.required and not get(column.key):
            complain(column.key, "required")
        elif len(get(column.key) or "") > 200:
            complain(column.key, "long")
    for key, kind in (("stage", "stages"), ("material", "materials")):
        if get(key) and code_of(kind, row[key]) is None:
            complain(key, "word", value=row[key], allowed=", ".join(names(kind)))
    country = get("country")
    if country and not country_code(country):
        complain("country", "country")
    if get("share_pct") and _share(row["share_pct"]) is None:
        complain("share_pct", "share")
    if get("valid_from") and _day(row["valid_from"]) is None:
        complain("valid_from", "day")
    if bool(get("identifier")) != bool(get("identifier_scheme")):
        complain("identifier", "pair")
    elif get("identifier_scheme") and row["identifier_scheme"] not in get_args(Scheme):
        complain("identifier_scheme", "word", value=row["identifier_scheme"], allowed=", ".join(get_args(Scheme)))
    if get("confidence") and row["confidence"] not in CONFIDENCE:
        complain("confidence", "word", value=row["confidence"], allowed=", ".join(CONFIDENCE))
    return found


def code_of(kind: str, word: str) -> str | None:
    """The code of a word of the taxonomy, given as its code or as its name in either language."""
    said = word.strip().casefold()
    for code, text in names(kind).items():
        if said in (code, text.ja.casefold(), text.en.casefold()):
            return code
    return None


def entry(row: Mapping[str, str], number: int = 0) -> SupplyRow:
    """A row in which nothing is wrong, understood."""
    get = row.get
    return SupplyRow(
        row=number,
        company=row["company"],
        country=country_code(get("country")) or None,
        scheme=get("identifier_scheme") or None,
        identifier=get("identifier") or None,
        site=get("site") or row["company"],
        stage=code_of("stages", row["stage"]) or "",
        material=code_of("materials", row["material"]) or "",
        supplies_to=get("supplies_to") or "",
        share_pct=_share(row["share_pct"]) or Decimal(0),
        valid_from=_day(get("valid_from") or ""),
        confidence=get("confidence") or "reported",
    )


def _share(text: str) -> Decimal | None:
    share = typed(text.replace("%", "").replace("％", ""))
    return share if share is not None and 0 < share <= _HUNDRED else None


def _day(text: str) -> date | None:
    written = _DAY.match(text.strip())
    try:
        return date(*(int(part) for part in written.groups())) if written else None
    except ValueError:
        return None
