"""One check for each kind of field of a footprint; what is wrong is told as (JSON pointer, sentence)."""

import re
from collections.abc import Callable, Collection, Mapping
from decimal import Decimal
from typing import Any, NamedTuple

from meguri.dataspaces.pact.validity import moment
from meguri.kernel.addresses import parts_of
from meguri.kernel.ids import parse_uuid

Sign = str  # "" any, "≥ 0", "≤ 0", "> 0"
_DECIMAL = re.compile(r"[+-]?\d{1,60}(\.\d{1,60})?([eE][+-]?\d{1,3})?\Z")
_URN = re.compile(r"[uU][rR][nN]:\S")


class Fault(NamedTuple):
    """One broken rule: where, as a JSON pointer, and what is wanted there."""

    pointer: str
    message: str


Check = Callable[[str, Any], list[Fault]]


def decimal_of(value: Any) -> Decimal | None:
    """A decimal string of PACT, plain or with exponent, as a number; None for anything else."""
    return Decimal(value) if isinstance(value, str) and _DECIMAL.match(value) else None


def text(least: int = 0) -> Check:
    """A text of at least so many characters."""

    def check(at: str, value: Any) -> list[Fault]:
        if not isinstance(value, str):
            return [Fault(at, "must be a string")]
        return [Fault(at, "must not be empty")] if len(value) < least else []

    return check


def pattern(regex: str, wanted: str) -> Check:
    """A text of this form."""
    form = re.compile(rf"(?:{regex})\Z")

    def check(at: str, value: Any) -> list[Fault]:
        return [] if isinstance(value, str) and form.match(value) else [Fault(at, f"must be {wanted}")]

    return check


def number(sign: Sign = "", least: int | None = None, most: int | None = None) -> Check:
    """A decimal string with this sign, within these limits."""

    def check(at: str, value: Any) -> list[Fault]:
        found = decimal_of(value)
        if found is None:
            return [Fault(at, 'must be a decimal number as a string, such as "1.25"')]
        fits = {"": True, "≥ 0": found >= 0, "≤ 0": found <= 0, "> 0": found > 0}[sign]
        if not fits:
            return [Fault(at, f"must be {sign}")]
        within = (least is None or found >= least) and (most is None or found <= most)
        return [] if within else [Fault(at, f"must be between {least} and {most}")]

    return check


def one_of(names: Collection[str]) -> Check:
    """One of these texts."""

    def check(at: str, value: Any) -> list[Fault]:
        return [] if isinstance(value, str) and value in names else [Fault(at, f"must be one of {', '.join(names)}")]

    return check


def list_of(item: Check, *, least: int = 1, unique: bool = True) -> Check:
    """A list of such items."""

    def check(at: str, value: Any) -> list[Fault]:
        if not isinstance(value, list):
            return [Fault(at, "must be a list")]
        faults = [fault for place, each in enumerate(value) for fault in item(f"{at}/{place}", each)]
        if len(value) < least:
            faults.append(Fault(at, f"must have at least {least} item"))
        if unique and len({repr(each) for each in value}) < len(value):
            faults.append(Fault(at, "must not have an item twice"))
        return faults

    return check


def record(fields: Mapping[str, Check], required: Collection[str]) -> Check:
    """An object with such fields. Fields that nobody knows are let through; null is as good as absent."""

    def check(at: str, value: Any) -> list[Fault]:
        if not isinstance(value, dict):
            return [Fault(at, "must be an object")]
        given = {name: each for name, each in value.items() if each is not None}
        faults = [Fault(f"{at}/{name}", "is missing") for name in required if name not in given]
        for name, each in given.items():
            if name in fields:
                faults += fields[name](f"{at}/{name}", each)
        return faults

    return check


def _moment(at: str, value: Any) -> list[Fault]:
    fits = isinstance(value, str) and "T" in value.upper() and moment(value) is not None
    return [] if fits else [Fault(at, "must be a date and time of RFC 3339")]


def _truth(at: str, value: Any) -> list[Fault]:
    return [] if isinstance(value, bool) else [Fault(at, "must be true or false")]


def _uuid(at: str, value: Any) -> list[Fault]:
    return [] if isinstance(value, str) and parse_uuid(value) else [Fault(at, "must be a UUID")]


def _urn(at: str, value: Any) -> list[Fault]:
    return [] if isinstance(value, str) and _URN.match(value) else [Fault(at, "must be a URN (urn:…)")]


def _uri(at: str, value: Any) -> list[Fault]:
    return [] if isinstance(value, str) and parts_of(value).scheme else [Fault(at, "must be a URI")]


MOMENT: Check = _moment
TRUTH: Check = _truth
UUID_TEXT: Check = _uuid
URN: Check = _urn
URI: Check = _uri
