"""May a footprint be declared so? Decisions only (pure)."""

from decimal import Decimal

from meguri.footprint.errors import BadFigure, RatingWithoutEmission
from meguri.footprint.model import MAX_FIGURE, FootprintInput
from meguri.kernel.errors import FieldError
from meguri.kernel.numbers import FIFTH

_EMISSIONS = ("pre_production", "main_production", "pre_component", "main_component")
_RATINGS = ("ter", "ger", "tir")


def check(declared: FootprintInput) -> None:
    """Raises BadFigure, naming each field, and RatingWithoutEmission."""
    bad = [name for name in _EMISSIONS if not _fits(getattr(declared, name))]
    bad += [
        f"{side}_quality.{name}"
        for side in ("pre", "main")
        for name in _RATINGS
        if not _fits(getattr(getattr(declared, f"{side}_quality"), name))
    ]
    if bad:
        raise BadFigure(fields=tuple(FieldError(name, BadFigure.say, {}) for name in bad))
    unfounded = [side for side in ("pre", "main") if _rated(declared, side) and not _emits(declared, side)]
    if unfounded:
        say = RatingWithoutEmission.say
        raise RatingWithoutEmission(fields=tuple(FieldError(f"{side}_production", say, {}) for side in unfounded))


def _fits(figure: Decimal | None) -> bool:
    return figure is None or (figure.is_finite() and 0 <= figure <= MAX_FIGURE and figure == figure.quantize(FIFTH))


def _rated(declared: FootprintInput, side: str) -> bool:
    quality = getattr(declared, f"{side}_quality")
    return any(getattr(quality, name) for name in _RATINGS)


def _emits(declared: FootprintInput, side: str) -> bool:
    return bool(getattr(declared, f"{side}_production") or getattr(declared, f"{side}_component"))
