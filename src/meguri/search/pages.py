"""The page of what was found."""

from itertools import groupby
from typing import Any

import msgspec
from litestar import Response, get
from litestar.connection import Request

from meguri.search.finding import Hit, asked, everything
from meguri.ui import page
from meguri.ui.viewer import viewer_of
from meguri.web import FromQuery, Unit, signed_in

AnyRequest = Request[Any, Any, Any]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """Hits of one kind."""

    kind: str
    hits: list[Hit]


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """`search.html`."""

    words: str
    groups: list[Group]


@get("/search", guards=[signed_in], include_in_schema=False)
async def search(request: AnyRequest, unit: Unit, q: FromQuery[str] = "") -> Response[str]:
    """Everything of one's own that fits what was typed or scanned."""
    words = asked(q)
    hits = await unit(everything, words, viewer_of(request).language) if words else []
    groups = [Group(kind=kind, hits=list(alike)) for kind, alike in groupby(hits, key=lambda hit: hit.kind)]
    return page(request, "search.html", SearchPage(words=words, groups=groups))


handlers = [search]
