"""UNTP passports as formats."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from uuid import UUID

from meguri.dataspaces.exchange import lens
from meguri.dataspaces.exchange.lens import Member
from meguri.dataspaces.exchange.model import Format, Passport
from meguri.dataspaces.untp import v06, v07
from meguri.dataspaces.untp.schemas import CONTEXT, faults

NOWHERE = Passport(values={}, classes=frozenset(), passport_id=UUID(int=0), issuer="", origin="")


def _format(version: str, members: Callable[[Passport], Sequence[Member]]) -> Format:
    return Format(
        name=f"untp-{version}",
        title=f"UNTP Digital Product Passport {version}",
        needs=frozenset({"P1"}),
        media_type="application/ld+json",
        write=lambda out, passport: lens.write(members(passport), out),
        read=lambda document, into: lens.read(members(NOWHERE), document, into),
        faults=faults[version],
        detects=lambda document: CONTEXT[version] in _contexts(document),
    )


def _contexts(document: Any) -> list[Any]:
    found = document.get("@context") if isinstance(document, Mapping) else None
    return found if isinstance(found, list) else [found]


FORMATS = (
    _format("0.7.0", v07.members),
    _format("0.6.1", partial(v06.members, "0.6.1")),
    _format("0.6.0", partial(v06.members, "0.6.0")),
)
