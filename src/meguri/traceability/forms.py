"""From what was typed into a page's form to what a use case takes, with what is wrong kept beside the field."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel.errors import Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.numbers import typed
from meguri.kernel.text import Language
from meguri.kernel.units import AmountUnit
from meguri.traceability.model import ChildInput, PartInput
from meguri.traceability.writing import is_amount
from meguri.ui.words import phrase

Form = Mapping[str, Any]
decimal = typed  # forms and tables read numbers alike
_OPTIONAL = ("support_name", "label", "info1", "info2", "info3")


class ChildRow(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the structure editor, as typed."""

    name: str = ""
    support_name: str = ""
    unit: str = ""
    amount: str = ""
    terminated: bool = False

    @property
    def blank(self) -> bool:
        """Whether nothing was typed in this row."""
        return not (self.name or self.support_name or self.amount)


class PartForm(msgspec.Struct, frozen=True, kw_only=True):
    """The part editor, as typed."""

    plant_id: str = ""
    name: str = ""
    support_name: str = ""
    label: str = ""
    info1: str = ""
    info2: str = ""
    info3: str = ""
    unit: str = ""
    terminated: bool = False
    children: list[ChildRow] = []


def text(form: Form, name: str) -> str:
    """What was typed into a field, without blanks around it."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def part_form(form: Form) -> PartForm:
    """What was typed into the part editor; blank rows are left out."""
    numbers = sorted({int(n) for key in form if (n := _row_number(key)) is not None})
    rows = [
        ChildRow(
            name=text(form, f"children-{n}-name"),
            support_name=text(form, f"children-{n}-support_name"),
            unit=text(form, f"children-{n}-unit"),
            amount=text(form, f"children-{n}-amount"),
            terminated=bool(form.get(f"children-{n}-terminated")),
        )
        for n in numbers
    ]
    words = {name: text(form, name) for name in ("plant_id", "name", *_OPTIONAL, "unit")}
    return PartForm(**words, terminated=bool(form.get("terminated")), children=[row for row in rows if not row.blank])


def _row_number(key: str) -> str | None:
    parts = key.split("-")
    return parts[1] if len(parts) == 3 and parts[0] == "children" and parts[1].isdigit() else None


def part_input(typed: PartForm, language: Language) -> tuple[PartInput | None, list[ChildInput], dict[str, str]]:
    """The part and its components, or what is wrong by field."""
    wrong: dict[str, str] = {}

    def say(key: str, field: str, **values: object) -> None:
        wrong[field] = phrase(f"traceability.wrong.{key}").of(language, {}).format(**values)

    plant = parse_uuid(typed.plant_id)
    if plant is None:
        say("plant", "plant_id")
    if not 1 <= len(typed.name) <= 50:
        say("name", "name")
    for name in _OPTIONAL:
        if len(getattr(typed, name)) > 50:
            say("long", name)
    children = [_child(n, row, plant, say) for n, row in enumerate(typed.children)]
    if wrong or plant is None:
        return None, [], wrong
    parent = PartInput(
        plant_id=plant,
        name=typed.name,
        unit=AmountUnit(typed.unit) if typed.unit in list(AmountUnit) else None,
        terminated=typed.terminated,
        **{name: getattr(typed, name) or None for name in _OPTIONAL},
    )
    return parent, [child for child in children if child is not None], {}


def _child(n: int, row: ChildRow, plant: UUID | None, say: Any) -> ChildInput | None:
    amount = decimal(row.amount)
    if not 1 <= len(row.name) <= 50:
        say("name", f"children-{n}-name")
    if amount is None or not is_amount(amount):
        say("amount", f"children-{n}-amount")
    if plant is None or amount is None:
        return None
    return ChildInput(
        plant_id=plant,
        name=row.name,
        support_name=row.support_name or None,
        unit=AmountUnit(row.unit) if row.unit in list(AmountUnit) else None,
        terminated=row.terminated,
        amount=amount,
    )


def complaint(refusal: Refusal, language: Language) -> dict[str, str]:
    """A refusal as sentences beside fields, or at the head of the form where it names none."""
    if refusal.fields:
        return {_field(error.field): error.of(language) for error in refusal.fields}
    return {"form": refusal.sentence(language)}


def _field(path: str) -> str:
    return path.replace("[", "-").replace("].", "-")
