"""Rotation of refresh tokens that survives a lost reply, and notices theft.

A family is all refresh tokens that descend from one sign-in. Using a token gives birth to a child. The used token stays
valid until one of its children is used: then the parent and the other children are dead. A dead token that comes back
was copied: the whole family is revoked. Source: RFC 9700 §4.14.2 (refresh token rotation), with the grace for lost
replies.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum


class Verdict(Enum):
    """What to do with a refresh token that is presented."""

    ACCEPT = "accept"
    UNKNOWN = "unknown"
    STOLEN = "stolen"


@dataclass(frozen=True, slots=True)
class Node:
    """One refresh token of a family: from which it was born, whether it was used, whether it is dead."""

    parent: bytes | None
    used: bool = False
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """The verdict on a token, and the tokens that die by its use."""

    verdict: Verdict
    dying: tuple[bytes, ...] = ()


def present(family: Mapping[bytes, Node], token: bytes) -> Decision:
    """Decide on `token` (its hash) of `family` (hash → node).

    The first use of a token ends its parent and its siblings; later uses (the reply was lost) change nothing.
    """
    node = family.get(token)
    if node is None:
        return Decision(Verdict.UNKNOWN)
    if node.dead:
        return Decision(Verdict.STOLEN)
    if node.used or node.parent is None:
        return Decision(Verdict.ACCEPT)
    dying = (
        hash_
        for hash_, other in family.items()
        if hash_ != token and not other.dead and (hash_ == node.parent or other.parent == node.parent)
    )
    return Decision(Verdict.ACCEPT, tuple(sorted(dying)))
