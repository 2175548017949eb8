"""A line on pages where something is changed: who else is changing it now."""

import msgspec
from litestar import Response, post

from meguri.operators import presence
from meguri.operators.pages import AnyRequest
from meguri.ui import fragment
from meguri.ui.viewer import viewer_of
from meguri.web import FromQuery, Unit, editor


class PresencePart(msgspec.Struct, frozen=True, kw_only=True):
    """`presence.html`: names of the others, and the place to ask about again."""

    names: list[str]
    place: str


@post("/presence", guards=[editor], status_code=200, include_in_schema=False)
async def here(request: AnyRequest, unit: Unit, place: FromQuery[str] = "") -> Response[str]:
    """I am here; who else is?"""
    names = await unit(presence.here, place, viewer_of(request).name or "")
    return fragment(request, "presence.html", PresencePart(names=names, place=place))


handlers = [here]
