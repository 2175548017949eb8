"""The atoms of validation texts: one broken rule each, in the words of the public implementation.

An atom is a function from a raw value to its sentence, or None if the rule holds. The first broken rule of a key is the
one that is told. Texts: go-ozzo/ozzo-validation v4 and the public data-transaction-system.
"""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date
from decimal import Decimal

from meguri.dataspaces.ouranos.gojson import shortest
from meguri.dataspaces.ouranos.rules import limits
from meguri.kernel.ids import parse_uuid

Atom = str | None
Rule = Callable[[str | None], Atom]

BLANK = "cannot be blank"
NOT_UUID = "invalid UUID"
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_SIX = re.compile(r"[0-9]{6}\Z")
_EMAIL = re.compile(
    r"[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]+)*"
    r"@(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?\.)+[a-zA-Z][a-zA-Z0-9-]*[a-zA-Z0-9]"
)


class Invalid(Exception):
    """The body breaks rules; `text` is the whole DETAILS, ready to follow `Validation failed, `."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


def first(*atoms: Atom) -> Atom:
    """The first broken rule."""
    return next((atom for atom in atoms if atom is not None), None)


def objerr(atoms: Mapping[str, Atom]) -> str | None:
    """The broken rules of one object, keys in byte order, with a final full stop; None if all hold."""
    broken = [f"{key}: {atom}" for key, atom in sorted(atoms.items()) if atom is not None]
    return "; ".join(broken) + "." if broken else None


def join(items: Iterable[str | None]) -> str | None:
    """Items joined by semicolons, each text once, with a final full stop; None if there is none."""
    kept = list(dict.fromkeys(item for item in items if item is not None))
    if not kept:
        return None
    text = "; ".join(kept)
    return text if text.endswith(".") else text + "."


def storable(value: str | None) -> Atom:
    """A text that a database can keep: the NUL character is the only one that cannot."""
    return "must be in a valid format" if value and "\x00" in value else None


def required(value: str | None) -> Atom:
    """Neither missing nor null nor empty."""
    return None if value else BLANK


def present(value: object) -> Atom:
    """A required boolean or object is there."""
    return BLANK if value is None else None


def not_null(value: object) -> Atom:
    """Not null; an empty text or zero will do."""
    return "is required" if value is None else None


def must_be_null(value: object) -> Atom:
    """Nothing may be given here, not even zero."""
    return None if value is None else "must be blank"


def uuid_or_null(value: str | None) -> Atom:
    """Null, or an identifier; the empty text is neither."""
    return None if value is None or parse_uuid(value) else NOT_UUID


def uuid(value: str | None) -> Atom:
    """A required identifier."""
    return required(value) or uuid_or_null(value)


def length(value: str | None, most: int) -> Atom:
    """At most `most` code points."""
    if value and len(value) > most:
        return f"the length must be no more than {most}"
    return storable(value)


def length_between(value: str | None, least: int, most: int) -> Atom:
    """Required text of `least` to `most` code points."""
    if not value:
        return BLANK
    if not least <= len(value) <= most:
        return f"the length must be between {least} and {most}"
    return storable(value)


def one_of(value: str | None, words: Collection[str], *, empty: bool = False) -> Atom:
    """Null, or a word of the list; the empty text too if `empty`."""
    if value is None or value in words or (empty and not value):
        return None
    return f"cannot be allowed '{value}'"


def word(value: str | None, words: Collection[str]) -> Atom:
    """A required word of the list."""
    return required(value) or one_of(value, words)


def number(value: float | None, most: Decimal | None = None) -> Atom:
    """Zero, null, or a decimal within 0..`most` with at most five places.

    `most` is None for the general maximum 99999.99999. The rule is applied to the shortest decimal of the double.
    """
    if not value:
        return None
    bodies = limits().bodies
    top = bodies.maximum if most is None else most
    exact = shortest(value)
    if exact < 0:
        return "must be no less than 0"
    if exact > top:
        return f"must be no greater than {top}"
    if exact != round(exact, bodies.decimals):
        return f"must be a value up to the {bodies.decimals}th decimal place"
    return None


def day(value: str | None) -> Atom:
    """Null, empty, or `YYYY-MM-DD` of a day that exists."""
    return None if not value or parse_day(value) else "must be a valid date"


def parse_day(value: str) -> date | None:
    """The day written as `YYYY-MM-DD`."""
    if not _DATE.fullmatch(value):
        return None
    try:
        return date.fromisoformat(value)
    except ValueError:
        return None


def email(value: str | None) -> Atom:
    """A required mail address (RFC 5322 dot-atom at a domain name)."""
    if not value:
        return BLANK
    return None if len(value) <= 320 and _EMAIL.fullmatch(value) else "must be a valid email address"


def six_digits(value: str | None) -> Atom:
    """The last six characters are digits."""
    return None if value and _SIX.search(value) else "the last 6 digits must always be numeric"


def password(value: str | None) -> Atom:
    """The rules of a new password, in the order in which they are told."""
    rules = limits().companies
    if not value:
        return BLANK
    if not rules.password_shortest <= len(value) <= rules.password_longest:
        return f"the length must be between {rules.password_shortest} and {rules.password_longest}"
    for pattern, what in (
        ("[A-Z]", "upper case letter"),
        ("[a-z]", "lower case letter"),
        ("[0-9]", "digit"),
        (f"[{re.escape(rules.password_signs)}]", "special character"),
    ):
        if not re.search(pattern, value):
            return f"must include at least one {what}"
    return None
