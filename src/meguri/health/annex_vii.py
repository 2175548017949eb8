"""The parameters of Annex VII of Regulation (EU) 2023/1542 for a battery of a given category.

Part A: state of health. Part B: expected lifetime. Art. 14 requires them in the battery management system since
2024-08-18. A required parameter without a value makes the set incomplete; nothing is filled in.
"""

from collections.abc import Mapping

import msgspec

from meguri.health.model import Status
from meguri.health.rulebook import rules


class _Entry(msgspec.Struct, frozen=True):
    key: str
    attribute: str
    part: str
    required: bool


class _Category(msgspec.Struct, frozen=True):
    category: str
    items: tuple[_Entry, ...]


class AnnexRules(msgspec.Struct, frozen=True):
    """`rules/health/annex_vii.toml`."""

    id: str
    version: str
    status: str
    valid_from: str
    source: str
    categories: tuple[_Category, ...]


class AnnexItem(msgspec.Struct, frozen=True):
    """One parameter: our key, the passport attribute, the value or None with its status, and whether it is required."""

    key: str
    attribute: str
    part: str
    value: float | str | None
    status: Status
    required: bool


class AnnexVii(msgspec.Struct, frozen=True):
    """The set of one battery; `applies` is False for categories outside Annex VII."""

    category: str
    applies: bool
    items: tuple[AnnexItem, ...]
    complete: bool


def annex_vii(category: str, values: Mapping[str, float | str | None]) -> AnnexVii:
    """The set for `category` (`ev`, `lmt`, `stationary`, else outside), filled from `values` by key."""
    known = {entry.category: entry.items for entry in rules("health", "annex_vii", AnnexRules).categories}
    if category not in known:
        return AnnexVii(category, False, (), True)
    items = tuple(_item(entry, values.get(entry.key)) for entry in known[category])
    complete = all(item.value is not None for item in items if item.required)
    return AnnexVii(category, True, items, complete)


def _item(entry: _Entry, value: float | str | None) -> AnnexItem:
    status = Status.NOT_ASSESSABLE if value is None else Status.OK
    return AnnexItem(entry.key, entry.attribute, entry.part, value, status, entry.required)
