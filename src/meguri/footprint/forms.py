"""From what was typed into the footprint form to a declaration, with what is wrong kept beside the field."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import msgspec

from meguri.footprint.model import Footprint, FootprintInput, Quality
from meguri.kernel.numbers import plain
from meguri.kernel.text import Language
from meguri.kernel.units import AmountUnit
from meguri.traceability.forms import decimal, text
from meguri.ui.words import phrase

EMISSIONS = ("pre_production", "main_production", "pre_component", "main_component")
RATINGS = tuple(f"{side}_{name}" for side in ("pre", "main") for name in ("ter", "ger", "tir"))


class FootprintForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form as typed: figures and ratings by field name."""

    values: dict[str, str]
    comment: str = ""


def typed(form: Mapping[str, Any]) -> FootprintForm:
    """What was typed."""
    return FootprintForm(
        values={name: text(form, name) for name in (*EMISSIONS, *RATINGS)}, comment=text(form, "comment")
    )


def shown(declared: Footprint | None) -> FootprintForm:
    """A declaration as the form shows it."""
    if declared is None:
        return FootprintForm(values=dict.fromkeys((*EMISSIONS, *RATINGS), ""))
    values = {name: _plain(getattr(declared, name)) for name in EMISSIONS}
    for side in ("pre", "main"):
        quality = getattr(declared, f"{side}_quality")
        values.update({f"{side}_{name}": _plain(getattr(quality, name)) for name in ("ter", "ger", "tir")})
    return FootprintForm(values=values, comment=declared.comment or "")


def _plain(value: Decimal | None) -> str:
    return "" if value is None else plain(value)


def declaration(
    given: FootprintForm, unit: AmountUnit, language: Language
) -> tuple[FootprintInput | None, dict[str, str]]:
    """The declaration, or what is wrong by field."""
    numbers: dict[str, Decimal | None] = {}
    wrong: dict[str, str] = {}
    for name, value in given.values.items():
        numbers[name] = decimal(value) if value else None
        if value and numbers[name] is None:
            wrong[name] = phrase("footprint.wrong.number").of(language, {})
    if not any(numbers[name] for name in EMISSIONS) and not wrong:
        wrong["pre_production"] = phrase("footprint.wrong.nothing").of(language, {})
    if wrong:
        return None, wrong
    quality = {
        side: Quality(ter=numbers[f"{side}_ter"], ger=numbers[f"{side}_ger"], tir=numbers[f"{side}_tir"])
        for side in ("pre", "main")
    }
    said = FootprintInput(
        declared_unit=unit,
        **{name: numbers[name] for name in EMISSIONS},
        pre_quality=quality["pre"],
        main_quality=quality["main"],
        comment=given.comment[:1000] or None,
    )
    return said, {}
