"""From what was typed into a page's form to what a use case takes, with what is wrong kept beside the field."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.text import Language, Text
from meguri.reuse.gate import GateEvidence

Form = Mapping[str, str]
Word = TypeVar("Word", bound=StrEnum)

NEEDED = Text(ja="入力してください。", en="Please fill this in.")
NOT_A_NUMBER = Text(ja="数値で入力してください。", en="Please give a number.")
NOT_WHOLE = Text(ja="1 以上の整数で入力してください。", en="Please give a whole number of at least 1.")
NOT_A_DAY = Text(ja="日付を 2026-01-31 の形で入力してください。", en="Please give the day as 2026-01-31.")
NOT_IN_ORDER = Text(
    ja="下限 ≤ 値 ≤ 上限になるように入力してください。", en="Please make it lower bound ≤ value ≤ upper bound."
)

CHECKS = (
    "visual_ok",
    "no_accident",
    "no_open_recall",
    "no_safety_dtc",
    "bms_readable",
    "first_use_history",
    "no_overcharge",
    "no_overdischarge",
    "no_overcurrent",
    "no_overheating",
    "no_insulation_failure",
    "storage_within_limits",
)
"""Yes or no questions of the page; left open is no evidence."""
FIGURES = ("insulation_ohm_per_volt", "rest_spread_mv", "resistance_ratio", "capacity_spread_pct")
INTERVALS = ("soh", "capacity", "resistance")


class Fields:
    """Reads fields one by one and gathers what is wrong."""

    def __init__(self, form: Form, language: Language) -> None:
        """Nothing is wrong yet."""
        self.form, self.language = form, language
        self.errors: dict[str, str] = {}

    def text(self, name: str, *, needed: bool = False) -> str:
        """What was typed, without blanks around it."""
        found = self.form.get(name, "").strip()
        if needed and not found:
            self.wrong(name, NEEDED)
        return found

    def number(self, name: str, *, needed: bool = False) -> float | None:
        """A figure; commas and full-width digits are taken."""
        found = self.text(name, needed=needed)
        if not found:
            return None
        try:
            value = float(found.translate(_WIDTH).replace(",", ""))
        except ValueError:
            value = float("nan")
        if not abs(value) < 1e12:
            self.wrong(name, NOT_A_NUMBER)
            return None
        return value

    def exact(self, name: str) -> Decimal:
        """An exact figure; nothing typed is 0."""
        found = self.text(name)
        try:
            value = Decimal(found.translate(_WIDTH).replace(",", "") or "0")
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite() or abs(value) > 10**12:
            self.wrong(name, NOT_A_NUMBER)
            return Decimal(0)
        return value

    def money(self, name: str) -> int:
        """A whole amount of at least 1."""
        value = self.number(name, needed=True)
        if value is None:
            return 0
        if value < 1 or value != int(value):
            self.wrong(name, NOT_WHOLE)
            return 0
        return int(value)

    def day(self, name: str, *, needed: bool = False) -> date | None:
        """A day."""
        found = self.text(name, needed=needed)
        if not found:
            return None
        try:
            return date.fromisoformat(found)
        except ValueError:
            self.wrong(name, NOT_A_DAY)
            return None

    def moment(self, name: str) -> datetime | None:
        """Day and time as a browser sends them."""
        found = self.text(name, needed=True)
        try:
            return datetime.fromisoformat(found) if found else None
        except ValueError:
            self.wrong(name, NOT_A_DAY)
            return None

    def one_of(self, name: str, kind: type[Word]) -> Word | None:
        """One of an enum's words; anything else is asked for again."""
        found = next((word for word in kind if word.value == self.text(name)), None)
        if found is None:
            self.wrong(name, NEEDED)
        return found

    def wrong(self, name: str, said: Text) -> None:
        """Something is wrong with a field."""
        self.errors.setdefault(name, said.of(self.language))


_WIDTH = str.maketrans("０１２３４５６７８９．，", "0123456789.,")


def findings(fields: Fields) -> tuple[GateEvidence, ...]:
    """The findings that were typed on the page of tests; what was left open is no finding."""
    today, mark = clock.today(), new_id()
    found = [
        _finding(mark, name, answer == "yes", today)
        for name in CHECKS
        if (answer := fields.text(name)) in ("yes", "no")
    ]
    for name in FIGURES:
        value = fields.number(name)
        if value is not None:
            quantity, scale = ("rest_spread_v", 1e-3) if name == "rest_spread_mv" else (name, 1.0)
            found.append(_finding(mark, quantity, value * scale, today))
    for name in INTERVALS:
        found += _interval(fields, name, mark, today)
    return tuple(found)


def _interval(fields: Fields, name: str, mark: object, today: date) -> list[GateEvidence]:
    value, low, high = (fields.number(f"{name}{end}") for end in ("", "_low", "_high"))
    if value is None:
        return []
    scale = 1e-3 if name == "resistance" else 1.0
    if low is None or high is None or not low <= value <= high:
        fields.wrong(name, NOT_IN_ORDER)
        return []
    return [
        GateEvidence(
            evidence_id=f"page:{mark}:{name}",
            quantity=name,
            value=value * scale,
            lower=low * scale,
            upper=high * scale,
            at=today,
        )
    ]


def _finding(mark: object, name: str, value: bool | float, today: date) -> GateEvidence:
    return GateEvidence(evidence_id=f"page:{mark}:{name}", quantity=name, value=value, at=today, kind="inspection")
