"""What is still missing in a declaration: the same gates as the templates' own checkers."""

from collections.abc import Iterator
from datetime import date

import msgspec

from meguri.diligence.rmi.maps import Map, maps, options, plain
from meguri.diligence.rmi.model import Mineral, MineralDeclaration, Warned

_STOPS = {
    "cmrt6": (("No",), ("No",)),
    "emrt1": (("No", "Unknown", "Not applicable for this declaration"), ("No", "Unknown")),
    "emrt2": (("No", "Unknown", "Not declaring"), ("No", "Unknown")),
    "amrt12": (("No", "Unknown", "Not declaring"), ()),
    "amrt13": (("No", "Unknown", "Not declaring"), ()),
}
_ALWAYS = ("company", "scope", "contact", "email", "phone", "authoriser", "authoriser_email", "date")
_FIRST_DAY, _LAST_DAY = "2006-12-31", "2026-03-31"
_LABELS_JA = {
    "company": "会社名", "scope": "適用範囲", "contact": "連絡先", "email": "電子メール", "phone": "電話", "authoriser": "承認者",
    "authoriser_email": "承認者の電子メール", "date": "実施日",
    "scope_text": "適用範囲の説明", "Smelter List": "製錬所一覧", "Product List": "製品一覧",
}  # fmt: skip


class Missing(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that the template would mark red. `key`: `q3: Cobalt`, `Smelter List: Cobalt`, `company`."""

    key: str
    ja: str
    en: str


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a check. `complete_pct`: answered of what is needed, whole percent."""

    missing: list[Missing]
    warnings: list[Warned]
    required: int
    complete_pct: int


def passes(layout: str, mineral: Mineral) -> bool:
    """Whether a mineral goes past the gates, so that the rest is asked about it. What is not answered shuts no gate."""
    first, second = _STOPS[layout]
    return _said(mineral, "q1") not in first and _said(mineral, "q2") not in second


def _said(mineral: Mineral, question: str) -> str | None:
    answer = mineral.answers.get(question)
    return answer.value if answer else None


def needed(layout: Map, declaration: MineralDeclaration) -> Iterator[tuple[str, bool]]:
    """Everything needed, and whether it is there."""
    yield from ((field, _field_there(declaration, field)) for field in _ALWAYS)
    scope = declaration.respondent.get("scope", "")
    scopes = options()["scopes"]
    if scope == scopes[2]:
        yield "scope_text", bool(declaration.respondent.get("scope_text"))
    if scope == scopes[1]:
        yield "Product List", any(product.number for product in declaration.products)
    for mineral in declaration.minerals:
        yield from _of_mineral(layout, declaration, mineral)
    if any(passes(layout.key, mineral) for mineral in declaration.minerals):
        yield from _of_company(layout, declaration)


def _field_there(declaration: MineralDeclaration, field: str) -> bool:
    value = declaration.respondent.get(field, "")
    return "@" in value if field.endswith("email") else bool(value)


def _of_mineral(layout: Map, declaration: MineralDeclaration, mineral: Mineral) -> Iterator[tuple[str, bool]]:
    first, second = _STOPS[layout.key]
    q1 = _said(mineral, "q1")
    yield f"q1: {mineral.name}", q1 is not None
    if q1 in first:
        return
    optional = {"q2"} if not second else set()
    if second:
        yield f"q2: {mineral.name}", _said(mineral, "q2") is not None
        if _said(mineral, "q2") in second:
            return
    for question in layout.questions:
        if question not in ("q1", "q2") and layout.asks(mineral.name, question) and question not in optional:
            yield f"{question}: {mineral.name}", _said(mineral, question) is not None
    if layout.company_c:
        yield f"c: {mineral.name}", _said(mineral, "c") is not None
    yield f"Smelter List: {mineral.name}", any(plain(row.metal) == plain(mineral.name) for row in declaration.smelters)


def _of_company(layout: Map, declaration: MineralDeclaration) -> Iterator[tuple[str, bool]]:
    for key in layout.company:
        answer = declaration.company.get(key)
        yield key, answer is not None and answer.value is not None
        if key == "b" and answer and answer.value == "Yes":
            yield "b: URL", len(answer.comment) > 1
        if key == "e" and answer and answer.value and "other format" in plain(answer.value):
            yield "e: format", bool(answer.comment)


def check(declaration: MineralDeclaration, layout: str) -> Checked:
    """What is missing, what is odd, and how complete the declaration is."""
    found = list(needed(maps()[layout], declaration))
    missing = [_missing(key) for key, there in found if not there]
    done = len(found) - len(missing)
    return Checked(
        missing=missing,
        warnings=list(_dates(declaration)),
        required=len(found),
        complete_pct=100 * done // len(found) if found else 100,
    )


def _missing(key: str) -> Missing:
    stem, _, rest = key.partition(": ")
    ja = _LABELS_JA.get(stem, f"設問{stem[1:]}" if stem.startswith("q") else f"会社設問{stem.upper()}")
    en = (
        f"Question {stem[1:]}"
        if stem[0] == "q" and stem[1:].isdigit()
        else stem
        if stem in _LABELS_JA
        else f"Company {stem.upper()}"
    )
    tail = f"（{rest}）" if rest else ""
    return Missing(key=key, ja=f"{ja}{tail} が未記入です", en=f"{en}{f' ({rest})' if rest else ''} is missing")


def _dates(declaration: MineralDeclaration) -> Iterator[Warned]:
    day = declaration.respondent.get("date", "")
    try:
        date.fromisoformat(day)
    except ValueError:
        return
    open_end = declaration.family == "CMRT" and declaration.version not in ("6.01", "6.1", "6.22")
    if day < _FIRST_DAY or (day > _LAST_DAY and not open_end):
        yield Warned(
            code="DATE_OUTSIDE_WINDOW",
            where="Declaration",
            ja=f"実施日 {day} はテンプレートの許す期間の外です",
            en=f"the effective date {day} is outside the template's window",
        )
