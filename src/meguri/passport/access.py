"""Who may see what: a lattice, not ranks. The one function that every way out of a passport asks.

Regulation (EU) 2023/1542 Art. 77(2): the public sees Annex XIII point 1; persons with a legitimate interest points 2 and 4
besides; notified bodies, market surveillance and the Commission points 2 and 3; neither of the two sees all of the other's.
"""

from collections.abc import Collection, Mapping
from enum import StrEnum
from typing import Any

from meguri.passport.catalogue import AccessClass, Attribute
from meguri.passport.kinds import Document, Kind

P1, P2, P3, P4, OWN = AccessClass
Classes = frozenset[AccessClass]


class Audience(StrEnum):
    """As whom somebody reads."""

    PUBLIC = "public"
    LEGITIMATE_INTEREST = "legitimate_interest"
    AUTHORITY = "authority"
    OWNER = "owner"


LATTICE: Mapping[Audience, Classes] = {
    Audience.PUBLIC: frozenset({P1}),
    Audience.LEGITIMATE_INTEREST: frozenset({P1, P2, P4}),
    Audience.AUTHORITY: frozenset({P1, P2, P3}),
    Audience.OWNER: frozenset(AccessClass),
}
NOBODY_KNOWS: Classes = LATTICE[Audience.PUBLIC]
ALL: Classes = LATTICE[Audience.OWNER]


def may_see(audiences: Collection[Audience], access: AccessClass) -> bool:
    """Whether somebody who reads as these audiences sees a value of this class. Total: everyone is the public too."""
    return access is P1 or any(access in LATTICE[audience] for audience in audiences)


def classes_of(audiences: Collection[Audience]) -> Classes:
    """All classes that these audiences see together."""
    return frozenset(access for access in AccessClass if may_see(audiences, access))


def narrowed(audience: Audience, classes: Collection[AccessClass]) -> Classes:
    """What a grant of some classes opens to an audience: never more than the lattice."""
    return LATTICE[audience] & (frozenset(classes) | {P1})


def grantable(audience: Audience) -> Classes:
    """The classes beyond the public's that a grant to an audience may name."""
    return LATTICE[audience] - {P1}


def visible(kind: Kind, values: Mapping[str, Any], classes: Classes) -> Document:
    """The values that may be seen, in the catalogue's order."""
    return {
        key: values[key] for key, attribute in kind.attributes.items() if key in values and attribute.access in classes
    }


def sees(attribute: Attribute | None, classes: Classes) -> bool:
    """Whether an attribute may be named to a reader at all; an unknown one may not."""
    return attribute is not None and attribute.access in classes


def class_of_document(kind: Kind, values: Mapping[str, Any], file_id: str) -> frozenset[AccessClass]:
    """The classes under which a stored file hangs: one for each attribute that names it."""
    found = set()
    for key, value in values.items():
        attribute = kind.attributes.get(key)
        documents = value if isinstance(value, list) else [value]
        if attribute and any(isinstance(each, dict) and each.get("file_id") == file_id for each in documents):
            found.add(attribute.access)
    return frozenset(found)
