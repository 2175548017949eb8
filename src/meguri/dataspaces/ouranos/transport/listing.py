"""What all lists of requests share: which kinds are shown, and the way to the next page."""

from typing import NamedTuple
from uuid import UUID

import msgspec

from meguri.dataspaces.ouranos.call import Answer, Call
from meguri.dataspaces.ouranos.query import Query, next_link
from meguri.dataspaces.ouranos.rules import limits
from meguri.traceability.model import RequestType, Side, Trade

DEFAULT = "CFP"
KINDS: dict[str, tuple[RequestType, ...]] = {
    "CFP": (RequestType.CFP,),
    "DD": (RequestType.DD,),
    "ALL": (RequestType.CFP, RequestType.DD),
}


class Kinds(msgspec.Struct, frozen=True):
    """Which kinds of requests are shown. Public clients know only CFP, so that is what they get.

    word  the parameter as given, empty by default
    """

    word: str

    @property
    def types(self) -> tuple[RequestType, ...]:
        """The kinds."""
        return KINDS[self.word or DEFAULT]

    @property
    def by_part(self) -> bool:
        """Whether a customer's part names one request, so that it can be the cursor."""
        return (self.word or DEFAULT) == DEFAULT


def kinds(query: Query) -> Kinds:
    """The parameter `requestType`. Raises BadParameter."""
    return Kinds(query.word("requestType", limits().words.request_filters))


class Cursor(NamedTuple):
    """Where a list begins: at a request, or at the one on a customer's part."""

    request_id: UUID | None
    trace_id: UUID | None


def cursor(side: Side | None, shown: Kinds, after: UUID | None) -> Cursor:
    """A customer's own list goes by part, the others by request."""
    return Cursor(None, after) if side is Side.DOWN and shown.by_part else Cursor(after, None)


def page(call: Call, body: bytes, following: Trade | None, shown: Kinds, *, side: Side | None, limit: int) -> Answer:
    """A page with the way to the next one."""
    if following is None:
        return Answer(200, body)
    after = following.downstream_trace_id if side is Side.DOWN and shown.by_part else following.request_id
    in_effect = {"after": after, "limit": limit, "requestType": shown.word}
    if call.target == "status":
        in_effect["statusTarget"] = call.query.text("statusTarget")
    return Answer(200, body, (("link", next_link(call.origin, call.target, in_effect)),))
