"""What has happened with the gateway's routes."""

from typing import ClassVar

from meguri.kernel.events import Event


class RouteKept(Event, frozen=True, kw_only=True):
    """A route was added or changed."""

    tag: ClassVar[str] = "ods:route:keep"
    route_id: str
    uri: str


class RouteDropped(Event, frozen=True, kw_only=True):
    """A route was taken away."""

    tag: ClassVar[str] = "ods:route:drop"
    route_id: str


class TuplesWritten(Event, frozen=True, kw_only=True):
    """Somebody's access to endpoints was given or taken: `user relation object`, as it was written."""

    tag: ClassVar[str] = "ods:tuples:write"
    given: list[str]
    taken: list[str]
