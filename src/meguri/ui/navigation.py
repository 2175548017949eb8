"""The one bar: at most seven places along the river, and what lies behind the company's name."""

from collections.abc import Iterable, Sequence

import msgspec

from meguri.kernel.scope import PlatformRole, Role
from meguri.ui.viewer import Viewer

RIVER = ("home", "parts", "exchange", "footprint", "passports", "health", "recycling")
BEHIND_THE_NAME = ("diligence", "company", "people", "keys", "audit", "authority", "platform")


class Place(msgspec.Struct, frozen=True):
    """One entry, offered by the room that owns it.

    key    one of `RIVER` (the bar) or of `BEHIND_THE_NAME` (the company's menu); it fixes the order, and the label
           is the word `ui.place.<key>`
    href   where it leads; the entry is current on every path below it
    needs  the least role that sees it; None = everyone who is signed in
    also   further paths that belong to it
    """

    key: str
    href: str
    needs: Role | PlatformRole | None = None
    also: tuple[str, ...] = ()

    def covers(self, path: str) -> bool:
        """Whether `path` lies at or below this place; the front page covers only itself."""
        return any(
            path == root or (root != "/" and path.startswith(root.rstrip("/") + "/"))
            for root in (self.href, *self.also)
        )


class Entry(msgspec.Struct, frozen=True):
    """A place as one viewer sees it on one page."""

    key: str
    href: str
    current: bool


def entries(places: Iterable[Place], order: Sequence[str], viewer: Viewer, path: str) -> list[Entry]:
    """What `viewer` sees of `places`, in the fixed `order`; the longest matching path is the current one."""
    seen = sorted(
        (place for place in places if place.key in order and viewer.has(place.needs)),
        key=lambda place: order.index(place.key),
    )
    covering = [place for place in seen if place.covers(path)]
    here = max(covering, key=lambda place: len(place.href), default=None)
    return [Entry(key=place.key, href=place.href, current=place is here) for place in seen]
