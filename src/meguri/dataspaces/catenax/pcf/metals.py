"""The metal text of the battery-component model: read tolerantly, for its writers differ in units and commas."""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from meguri.kernel.numbers import plain

_NAME = re.compile(r"material\s*:\s*([^,;]+)", re.IGNORECASE)
_CONTENT = re.compile(r"specific\s*content\s*:\s*(-?\d+(?:[.,]\d+)?)\s*%", re.IGNORECASE)
_VIRGIN = re.compile(r"ev_?mat\s*:\s*(-?\d+(?:\.\d+)?)", re.IGNORECASE)
_RECYCLED = re.compile(r"erecycled_?mat\s*:\s*(-?\d+(?:\.\d+)?)", re.IGNORECASE)


class Metal(NamedTuple):
    """A metal in a component: mass share in percent, and what virgin (Ev) and recycled (Erec) metal emit [kg CO2e/kg]."""

    name: str
    percent: Decimal | None
    virgin: Decimal | None
    recycled: Decimal | None


def written(metals: Iterable[Metal]) -> str:
    """Several metals as one text."""
    return "; ".join(
        f"Material: {metal.name}, Specific Content: {_shown(metal.percent)}%, "
        f"EV_Mat: {_shown(metal.virgin)} kg CO₂e/kg, Erecycled_Mat: {_shown(metal.recycled)} kg CO₂e/kg"
        for metal in metals
    )


def metals_of(texts: Iterable[str]) -> list[Metal]:
    """Every metal that can be recognised; what cannot be read of it is None."""
    found = []
    for piece in (piece for text in texts for piece in text.split(";")):
        name = _NAME.search(piece)
        if name:
            figures = [_figure(form, piece) for form in (_CONTENT, _VIRGIN, _RECYCLED)]
            found.append(Metal(name[1].strip(), *figures))
    return found


def _figure(form: re.Pattern[str], piece: str) -> Decimal | None:
    match = form.search(piece)
    return Decimal(match[1].replace(",", ".")) if match else None


def _shown(value: Decimal | None) -> str:
    return "–" if value is None else plain(value)
