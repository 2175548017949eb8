"""Reading a recovery calculation written as JSON: every broken field is named, nothing is guessed.

    {year, reClass, ruleSet?, optionalElements[]?,
     inputs[{element, massKg, location?, uRel?}],
     outputs[{element | substance, massKg, reagentOriginKg?, location?, uRel?, counting, calculationPoint?,
              substitutesPrimary?, countryGenerated?, equivalentConditionsDoc?}]}

Masses are dry kg, as numbers or decimal strings; `unit` (g, kg, t, lb) beside a mass converts it. `kind` (a kind of lot)
lets black mass be refused and slag be told from metal.
"""

import json
import re
from collections.abc import Iterable
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

import msgspec

from meguri.kernel.errors import FieldError
from meguri.kernel.numbers import ZERO
from meguri.kernel.surrogates import refuse_halves
from meguri.kernel.text import Text
from meguri.kernel.units import AmountUnit, NotConvertible, convert
from meguri.recycling.elements import contained, element_named
from meguri.recycling.errors import UnusableInput
from meguri.recycling.model import Counting, Location, LotKind, ReClass
from meguri.recycling.recovery import Charge, Yielded

MOST_KG = Decimal(10) ** 9
MOST_BYTES = 64 << 20
Word = TypeVar("Word", bound=StrEnum)
_WITH_UNIT = re.compile(r"\s*[+-]?[0-9][0-9.,_ ]*\s*(?:[a-zA-Zµμ]{1,8}|ｋｇ|キロ|トン)\s*\Z")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]{1,3})?\Z")

_FIELDS = frozenset({"year", "reClass", "ruleSet", "optionalElements", "inputs", "outputs"})
_OF_INPUT = frozenset({"element", "massKg", "unit", "location", "uRel"})
_OF_OUTPUT = _OF_INPUT | {
    "substance",
    "reagentOriginKg",
    "counting",
    "calculationPoint",
    "substitutesPrimary",
    "countryGenerated",
    "equivalentConditionsDoc",
    "kind",
}

_SAY = {
    "missing": Text(ja="項目がありません。", en="is missing."),
    "object": Text(ja="JSON のオブジェクトが必要です。", en="must be a JSON object."),
    "list": Text(ja="配列([…])が必要です。", en="must be a list ([…])."),
    "number": Text(
        ja="数値が必要です(小数点は「.」、例 12.5)。受け取った値: {given}",
        en="must be a number with a decimal point, such as 12.5. Given: {given}",
    ),
    "negative": Text(ja="0 以上の値が必要です。受け取った値: {given}", en="must not be negative. Given: {given}"),
    "finite": Text(ja="有限の数値が必要です。", en="must be a finite number."),
    "large": Text(ja="10 億 kg を超えています。", en="is above 1,000,000,000 kg."),
    "year": Text(ja="西暦の整数が必要です(例 2026)。受け取った値: {given}", en="must be a whole year. Given: {given}"),
    "word": Text(ja="使える値: {choices}。受け取った値: {given}", en="must be one of {choices}. Given: {given}"),
    "element": Text(
        ja="元素記号または Steel・Plastics・C_cell・Fe_cell・Other などが必要です。受け取った値: {given}",
        en="must be an element's symbol, or Steel, Plastics, C_cell, Fe_cell, Other … Given: {given}",
    ),
    "substance": Text(
        ja="換算表 stoich/1 にない物質です: {given}", en="is no substance of the table stoich/1: {given}"
    ),
    "black_mass": Text(
        ja="ブラックマスは中間フラクションです。counting=intermediate として計上してください。",
        en="black mass is an intermediate fraction: count it as `intermediate`, never as recycled or a calculation point.",
    ),
    "one_of": Text(
        ja="element と substance のどちらか一方が必要です。", en="needs either `element` or `substance`, not both."
    ),
    "reagent": Text(
        ja="試薬由来の質量が全体の {total} kg を超えています。", en="is more than the whole mass of {total} kg."
    ),
    "reagent_many": Text(
        ja="複数の元素を含む物質には使えません。元素ごとに行を分けてください。",
        en="cannot be given for a substance of several elements: write one row for each element.",
    ),
    "fraction": Text(
        ja="0〜1 の割合が必要です(2 % は 0.02)。受け取った値: {given}",
        en="must be a fraction between 0 and 1 (2 % is 0.02). Given: {given}",
    ),
    "bool": Text(ja="true か false が必要です。", en="must be true or false."),
    "text": Text(ja="文字列が必要です。", en="must be a text."),
    "country": Text(ja="国コード 2 文字(例 DE)が必要です。", en="must be a two-letter country code such as DE."),
    "unit": Text(
        ja="UNIT_MISMATCH: kg に換算できません: {given}。数値だけを書き、unit に g・kg・t・lb のいずれかを指定してください。",
        en="UNIT_MISMATCH: cannot be read as kg: {given}. Please write the number alone and give `unit` (g, kg, t, lb).",
    ),
    "twice": Text(ja="同じ項目が 2 回あります。", en="is given twice."),
}


class RecoveryInput(msgspec.Struct, frozen=True, kw_only=True):
    """A calculation as asked for. `unread`: fields that mean nothing here, such as a misspelt one."""

    year: int
    re_class: ReClass
    rule_set: str | None
    optional: tuple[str, ...]
    charges: list[Charge]
    yields: list[Yielded]
    unread: tuple[str, ...] = ()


class _Twice(ValueError):
    """A key stands twice in one object."""


class Reader:
    """Collects what is wrong while reading."""

    def __init__(self) -> None:
        self.wrong: list[FieldError] = []

    def no(self, field: str, why: str, **values: object) -> None:
        """Note a broken field."""
        self.wrong.append(FieldError(field, _SAY[why], values))

    def number(self, row: dict[str, Any], key: str, at: str) -> Decimal | None:
        """A finite number ≥ 0, or None (noted) for anything else."""
        field, given = f"{at}.{key}", row[key]
        found = _decimal(given)
        if found is None and isinstance(given, str) and _WITH_UNIT.match(given):
            self.no(field, "unit", given=_shown(given))
        elif found is None:
            self.no(field, "number", given=_shown(given))
        elif not found.is_finite():
            self.no(field, "finite")
        elif found < 0:
            self.no(field, "negative", given=_shown(given))
        else:
            return found
        return None

    def mass(self, row: dict[str, Any], key: str, at: str) -> Decimal | None:
        """A mass in kg; `unit` converts it."""
        if key not in row or row[key] is None:
            self.no(f"{at}.{key}", "missing")
            return None
        found = self.number(row, key, at)
        if found is None:
            return None
        unit = row.get("unit", "kg")
        try:
            found = convert(found, str(unit), AmountUnit.KILOGRAM)
        except NotConvertible:
            self.no(f"{at}.unit", "unit", given=_shown(unit))
            return None
        if found > MOST_KG:
            self.no(f"{at}.{key}", "large")
            return None
        return found

    def fraction(self, row: dict[str, Any], key: str, at: str) -> Decimal | None:
        """An optional fraction between 0 and 1."""
        if row.get(key) is None:
            return None
        found = self.number(row, key, at)
        if found is not None and found > 1:
            self.no(f"{at}.{key}", "fraction", given=_shown(row[key]))
            return None
        return found

    def word(self, row: dict[str, Any], key: str, at: str, kind: type[Word]) -> Word | None:
        """One of the words of `kind`, if given."""
        given = row.get(key)
        if given is None:
            return None
        if isinstance(given, str) and given in {word.value for word in kind}:
            return kind(given)
        self.no(f"{at}.{key}", "word", choices=", ".join(word.value for word in kind), given=_shown(given))
        return None

    def flag(self, row: dict[str, Any], key: str, at: str) -> bool:
        """An optional true or false."""
        given = row.get(key)
        if given is None or isinstance(given, bool):
            return bool(given)
        self.no(f"{at}.{key}", "bool")
        return False

    def rows(self, body: dict[str, Any], key: str) -> list[tuple[str, dict[str, Any]]]:
        """The objects of a list that must be there, each with its place."""
        if key not in body:
            self.no(key, "missing")
            return []
        if not isinstance(body[key], list):
            self.no(key, "list")
            return []
        found = []
        for place, row in enumerate(body[key]):
            if isinstance(row, dict):
                found.append((f"{key}[{place}]", row))
            else:
                self.no(f"{key}[{place}]", "object")
        return found


def parse(raw: bytes) -> RecoveryInput:
    """The calculation written in `raw` (JSON, UTF-8 with or without a byte order mark). Raises UnusableInput."""
    if len(raw) > MOST_BYTES:
        raise UnusableInput(detail=f"> {MOST_BYTES >> 20} MB")
    try:
        text = raw.decode("utf-8-sig")
        body = json.loads(
            text,
            parse_float=_number,
            parse_int=_number,
            parse_constant=Decimal,
            object_pairs_hook=_once,
        )
        refuse_halves(text, body)
    except UnicodeDecodeError as error:
        raise UnusableInput(detail=f"not UTF-8 at byte {error.start}") from None
    except _Twice as error:
        raise UnusableInput(detail=str(error), fields=(FieldError(str(error), _SAY["twice"], {}),)) from None
    except RecursionError:
        raise UnusableInput(detail="nested too deeply") from None
    except ValueError as error:
        raise UnusableInput(detail=f"not JSON: {error}") from None
    if b"\\u" in raw:
        _require_text(body)
    return read(body)


def _require_text(body: Any) -> None:
    """Refuse half a surrogate pair: JSON can write it, no text can hold it."""
    try:
        json.dumps(body, default=str, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise UnusableInput(detail="not Unicode: half a surrogate pair") from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        raise _Twice(next(name for name in names if names.count(name) > 1))
    return found


def _number(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation:  # an exponent beyond all bounds
        return Decimal("Infinity")


def read(body: Any) -> RecoveryInput:
    """The calculation in decoded JSON (numbers as Decimal). Raises UnusableInput, naming every broken field."""
    reader = Reader()
    if not isinstance(body, dict):
        reader.no("$", "object")
        raise _unusable(reader)
    year, re_class = _year(reader, body), _re_class(reader, body)
    rule_set = body.get("ruleSet")
    if rule_set is not None and not isinstance(rule_set, str):
        reader.no("ruleSet", "text")
    optional = _optional(reader, body)
    charges = [c for at, row in reader.rows(body, "inputs") if (c := _charge(reader, at, row)) is not None]
    yields = [y for at, row in reader.rows(body, "outputs") for y in _yields(reader, at, row)]
    if reader.wrong or year is None or re_class is None:
        raise _unusable(reader)
    return RecoveryInput(
        year=year,
        re_class=re_class,
        rule_set=rule_set,
        optional=optional,
        charges=charges,
        yields=yields,
        unread=_unread(reader, body),
    )


def _unread(reader: Reader, body: dict[str, Any]) -> tuple[str, ...]:
    """Fields that nothing here reads: said aloud, for a misspelt `calculationPoint` changes a rate."""
    found = [key for key in body if key not in _FIELDS]
    for name, known in (("inputs", _OF_INPUT), ("outputs", _OF_OUTPUT)):
        found += [f"{at}.{key}" for at, row in reader.rows(body, name) for key in row if key not in known]
    return tuple(found)


def _unusable(reader: Reader) -> UnusableInput:
    first = reader.wrong[0]
    return UnusableInput(detail=f"{first.field}: {first.of('en')}", fields=tuple(reader.wrong))


def _year(reader: Reader, body: dict[str, Any]) -> int | None:
    if "year" not in body:
        reader.no("year", "missing")
        return None
    given = body["year"]
    whole = isinstance(given, (int, Decimal)) and not isinstance(given, bool)
    if not whole or not Decimal(given).is_finite() or not 1900 <= given <= 2200 or int(given) != given:
        reader.no("year", "year", given=_shown(given))
        return None
    return int(given)


def _re_class(reader: Reader, body: dict[str, Any]) -> ReClass | None:
    if body.get("reClass") is None:
        reader.no("reClass", "missing")
        return None
    given = body["reClass"]
    if isinstance(given, str) and given in {word.value for word in ReClass}:
        return ReClass(given)
    reader.no("reClass", "word", choices=", ".join(word.value for word in ReClass), given=_shown(given))
    return None


def _optional(reader: Reader, body: dict[str, Any]) -> tuple[str, ...]:
    given = body.get("optionalElements")
    if given is None:
        return ()
    if not isinstance(given, list):
        reader.no("optionalElements", "list")
        return ()
    found = []
    for place, name in enumerate(given):
        element = element_named(name) if isinstance(name, str) else None
        if element is None:
            reader.no(f"optionalElements[{place}]", "element", given=_shown(name))
        else:
            found.append(element)
    return tuple(found)


def refuse_not_optional(said: RecoveryInput, may: Iterable[str]) -> None:
    """Only elements that the rule set leaves to choice may be chosen. Raises UnusableInput."""
    choices = sorted(may)
    reader = Reader()
    for place, element in enumerate(said.optional):
        if element not in choices:
            reader.no(f"optionalElements[{place}]", "word", choices=", ".join(choices), given=element)
    if reader.wrong:
        raise _unusable(reader)


def _element(reader: Reader, at: str, row: dict[str, Any]) -> str | None:
    given = row.get("element")
    if given is None:
        reader.no(f"{at}.element", "missing")
        return None
    element = element_named(given) if isinstance(given, str) else None
    if element is None:
        black = isinstance(given, str) and _black_mass(given)
        reader.no(f"{at}.element", "black_mass" if black else "element", given=_shown(given))
    return element


def _charge(reader: Reader, at: str, row: dict[str, Any]) -> Charge | None:
    element, mass = _element(reader, at, row), reader.mass(row, "massKg", at)
    location, u_rel = reader.word(row, "location", at, Location), reader.fraction(row, "uRel", at)
    if element is None or mass is None:
        return None
    return Charge(element=element, mass_kg=mass, location=location, u_rel=u_rel)


def _yields(reader: Reader, at: str, row: dict[str, Any]) -> list[Yielded]:
    """One output as the elements that it holds."""
    shares, mass = _shares(reader, at, row), reader.mass(row, "massKg", at)
    counting = reader.word(row, "counting", at, Counting)
    if row.get("counting") is None:
        reader.no(f"{at}.counting", "missing")
    point, replaces = reader.flag(row, "calculationPoint", at), reader.flag(row, "substitutesPrimary", at)
    kind = reader.word(row, "kind", at, LotKind)
    if kind is LotKind.BLACK_MASS and (point or counting is Counting.RECYCLING):
        reader.no(f"{at}.kind", "black_mass")
    location, u_rel = reader.word(row, "location", at, Location), reader.fraction(row, "uRel", at)
    country, evidence = _country(reader, at, row), _evidence(reader, at, row)
    if mass is None or counting is None or not shares:
        return []
    reagent = _reagent(reader, at, row, shares, mass)
    return [
        Yielded(
            place=at,
            element=element,
            mass_kg=mass * share,
            reagent_kg=reagent,
            counting=counting,
            location=location,
            u_rel=u_rel,
            calculation_point=point,
            substitutes_primary=replaces,
            country=country,
            evidence=evidence,
            kind=kind,
        )
        for element, share in shares.items()
    ]


def _shares(reader: Reader, at: str, row: dict[str, Any]) -> dict[str, Decimal]:
    """Elements in one kg of what the row names."""
    substance = row.get("substance")
    if (substance is None) == (row.get("element") is None):
        reader.no(f"{at}.element", "one_of")
        return {}
    if substance is None:
        element = _element(reader, at, row)
        return {element: Decimal(1)} if element else {}
    found = contained(substance) if isinstance(substance, str) else None
    if found is None:
        black = isinstance(substance, str) and _black_mass(substance)
        reader.no(f"{at}.substance", "black_mass" if black else "substance", given=_shown(substance))
    return found or {}


def _reagent(reader: Reader, at: str, row: dict[str, Any], shares: dict[str, Decimal], mass: Decimal) -> Decimal:
    """Element kg that came with reagents."""
    if row.get("reagentOriginKg") is None:
        return ZERO
    found = reader.mass(row, "reagentOriginKg", at)
    if found is None or not found:
        return ZERO
    if len(shares) > 1:
        reader.no(f"{at}.reagentOriginKg", "reagent_many")
        return ZERO
    total = mass * next(iter(shares.values()))
    if found > total:
        reader.no(f"{at}.reagentOriginKg", "reagent", total=total)
        return ZERO
    return found


def _country(reader: Reader, at: str, row: dict[str, Any]) -> str | None:
    given = row.get("countryGenerated")
    if given is None:
        return None
    if isinstance(given, str) and re.fullmatch(r"[A-Z]{2}", given):
        return given
    reader.no(f"{at}.countryGenerated", "country")
    return None


def _evidence(reader: Reader, at: str, row: dict[str, Any]) -> str | None:
    given = row.get("equivalentConditionsDoc")
    if given is None or given is False:
        return None
    if given is True:
        return "true"
    if isinstance(given, str):
        return given.strip() or None
    reader.no(f"{at}.equivalentConditionsDoc", "text")
    return None


def _decimal(given: Any) -> Decimal | None:
    if isinstance(given, bool):
        return None
    if isinstance(given, (int, Decimal)):
        return Decimal(given)
    if isinstance(given, str):
        text = given.strip()
        if text.lower().lstrip("+-") in ("nan", "inf", "infinity"):
            return Decimal("NaN")
        if _NUMBER.match(text):
            return Decimal(text)
    return None


def _black_mass(name: str) -> bool:
    return re.sub(r"[\s_-]", "", name.lower()).startswith(("blackmass", "ブラックマス"))


def _shown(given: Any) -> str:
    """What stood there, a text in its quotes: `"2026"` is no number."""
    text = f'"{given}"' if isinstance(given, str) else str(given)
    return text if len(text) <= 40 else text[:39] + "…"
