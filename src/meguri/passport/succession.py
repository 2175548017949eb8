"""Second life: which part of which predecessor goes into which successor. Regulation (EU) 2023/1542 Art. 77(7)."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any
from uuid import UUID

from meguri.passport.derived import category_of
from meguri.passport.expressions import plain
from meguri.passport.kinds import Document, Kind

TOLERANCE = 1e-6
WHOLE = 0.999
DEEPEST = 50


def used_up(already: float, now: Iterable[float]) -> bool:
    """Whether nothing of a predecessor is left."""
    return already + sum(now) >= WHOLE


def exceeded(already: float, now: Iterable[float]) -> bool:
    """Whether more of a predecessor is used than there is."""
    return already + sum(now) > 1 + TOLERANCE


def closes_a_circle(successor: UUID, predecessor: UUID, parents: Callable[[UUID], Iterable[UUID]]) -> bool:
    """Whether `successor` is among the ancestors of `predecessor`."""
    waiting, seen = [predecessor], set[UUID]()
    while waiting:
        one = waiting.pop()
        if one == successor:
            return True
        if one not in seen:
            seen.add(one)
            waiting.extend(parents(one))
    return False


def copied(kind: Kind, values: Mapping[str, Any]) -> Document:
    """What a successor begins with: materials and dismantling of the predecessor, no performance."""
    rule = kind.head.succession
    taken = {}
    for key, value in values.items():
        attribute = kind.attributes.get(key)
        if attribute is None or key in kind.head.derived or key in kind.head.managed.keys or attribute.dynamic:
            continue
        if key in rule.copied_keys or attribute.section in rule.copied_sections:
            taken[key] = value
    return taken


def carried_over(kind: Kind, values: Mapping[str, Any]) -> Document:
    """Totals of a predecessor's counters at the moment of the link; the successor's own begin again at 0."""
    found = {}
    for key in kind.head.succession.counters:
        value = plain(values.get(key))
        if value is not None:
            found[key] = value
    return found


def same_product(kind: Kind, first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Whether two predecessors are of one category, so that a successor may take what it begins with from the first."""
    return category_of(kind, first) == category_of(kind, second)
