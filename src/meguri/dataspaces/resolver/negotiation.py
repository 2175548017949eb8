"""What a reader of a Digital Link wants: which form, in which language (RFC 9110 §12)."""

from collections.abc import Iterator
from typing import Final

from meguri.kernel.text import PUBLIC, Language
from meguri.kernel.text import language_of as negotiated

JSON, HTML, LD, VC, LINKSET = (
    "application/json",
    "text/html",
    "application/ld+json",
    "application/vc",
    "application/linkset+json",
)
_OFFERED: Final = {
    JSON: JSON,
    HTML: HTML,
    "application/xhtml+xml": HTML,
    LD: LD,
    VC: VC,
    "application/vc+ld+json": VC,
    LINKSET: LINKSET,
}
_ORDER: Final = (JSON, HTML, LD, VC, LINKSET)


def form_of(accept: str) -> str | None:
    """The form that the header prefers; JSON where nothing or everything is accepted; None when nothing fits."""
    if not accept.strip():
        return JSON
    best: tuple[float, float, int, str] | None = None
    for place, (name, weight) in enumerate(_weighed(accept)):
        for offered, width in _matching(name):
            rank = (weight, width, -place, offered)
            if weight > 0 and (best is None or rank[:3] > best[:3]):
                best = rank
    return best[3] if best else None


def _weighed(header: str) -> Iterator[tuple[str, float]]:
    for part in header.split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        weight = 1.0
        for parameter in parameters:
            if parameter.lower().startswith("q="):
                try:
                    weight = float(parameter[2:])
                except ValueError:
                    weight = 0.0
        yield name.lower(), weight


def _matching(name: str) -> list[tuple[str, float]]:
    """The offers that a media range names, and how narrowly it does."""
    if name in _OFFERED:
        return [(_OFFERED[name], 2.0)]
    if name == "*/*":
        return [(JSON, 0.0)]
    if name.endswith("/*"):
        return [(offer, 1.0) for offer in _ORDER if offer.startswith(name[:-1])][:1]
    return []


def language_of(said: str | None, accept_language: str) -> Language:
    """`?lang=`, else the best of our public languages in the header, else English."""
    asked = next((each for each in PUBLIC if each == said), None)
    return asked or negotiated(accept_language, PUBLIC, "en")
