"""Lists by key: `?limit=…&cursor=…` in, `{items, next_cursor}` out."""

from collections.abc import Callable, Sequence
from typing import Annotated, TypeVar

import msgspec
from litestar.params import QueryParameter

from meguri.kernel.paging import Page, encode_cursor

Item = TypeVar("Item")
MOST = 100

Limit = Annotated[int, QueryParameter(ge=1, le=MOST, description="How many items at most.")]
Cursor = Annotated[str | None, QueryParameter(description="next_cursor of the page before.")]


class PageRequest(msgspec.Struct, frozen=True):
    """Which page of a list is asked for. `limit` is 1 to 100; `cursor` as the page before gave it."""

    limit: int = MOST
    cursor: str | None = None


def provide_paging(limit: Limit = MOST, cursor: Cursor = None) -> PageRequest:
    """The dependency `paging`."""
    return PageRequest(limit, cursor)


def page_of(found: Sequence[Item], limit: int, key: Callable[[Item], tuple[str, ...]]) -> Page[Item]:
    """A page of at most `limit` items; `found` holds one more when there are more, and `key` sorts.

    The cursor is the key of the last item shown: the next page begins after it.
    """
    shown = list(found[:limit])
    more = len(found) > limit and shown
    return Page(shown, encode_cursor(*key(shown[-1])) if more else None)
