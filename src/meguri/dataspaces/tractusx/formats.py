"""`battery_pass` 6.1.0 as a format."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from meguri.dataspaces.exchange import lens
from meguri.dataspaces.exchange.errors import CategoryOutOfScope, MissingBpn
from meguri.dataspaces.exchange.lens import Member
from meguri.dataspaces.exchange.model import Format, Incoming, Outgoing, Passport
from meguri.dataspaces.tractusx.identity import identity
from meguri.dataspaces.tractusx.performance import PERFORMANCE
from meguri.dataspaces.tractusx.schemas import VERSION, faults
from meguri.dataspaces.tractusx.substances import SUBSTANCES

NOWHERE = Passport(values={}, classes=frozenset(), passport_id=UUID(int=0), issuer="", origin="")
WITHOUT_PASSPORT = ("SLI", "portable", "incorporated")


def _members(passport: Passport) -> Sequence[Member]:
    return [*identity(passport), *SUBSTANCES, *PERFORMANCE]


def _write(out: Outgoing, passport: Passport) -> dict[str, Any]:
    document = lens.write(_members(passport), out, {"specVersion": VERSION})
    numbers = [key.removeprefix("bpn:") for key in out.missing if key.startswith("bpn:")]
    if numbers and not passport.partial:
        raise MissingBpn(keys=", ".join(numbers))
    return document


def _read(document: Any, into: Incoming) -> None:
    category = str(lens.at(document, "identification.category") or "").strip()
    if category in WITHOUT_PASSPORT:
        raise CategoryOutOfScope(category=category)
    lens.read(_members(NOWHERE), document, into)


def read_voluntary(document: Any, into: Incoming) -> None:
    """The same for a battery that needs no passport and gets one all the same; it has no category."""
    lens.read(_members(NOWHERE), document, into)


def _detects(document: Any) -> bool:
    return isinstance(document, Mapping) and (
        str(document.get("specVersion", "")).startswith("urn:io.catenax.battery.battery_pass:")
        or {"identification", "operation", "characteristics", "handling"} <= document.keys()
    )


FORMATS = (
    Format(
        name="tractusx",
        title="Tractus-X battery_pass 6.1.0",
        longlist=True,
        needs=frozenset({"P1", "P2", "P3", "P4"}),
        media_type="application/json",
        write=_write,
        read=_read,
        faults=faults,
        detects=_detects,
    ),
)
