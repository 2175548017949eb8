"""Passing a request on to the service behind a route, and its answer back as it is."""

from collections.abc import Mapping

import msgspec

from meguri.dataspaces.ods.gateway.model import Route
from meguri.jobs.outbound import Outbound, Refused, Unreachable

_HOP = frozenset({
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade",
})  # fmt: skip
_NOT_THERE = _HOP | {"host", "content-length", "cookie", "forwarded", "x-real-ip", "x-trackingid", "expect"}
"""What stays here: the connection's own, our people's cookies, and what only we can say."""
_NOT_BACK = _HOP | {"content-length", "set-cookie", "date", "server", "x-trackingid", "x-track"}
_MOST_BYTES = 25 << 20
_AWAY = ("ConnectError", "ConnectTimeout", "gaierror", "OSError", "ConnectionRefusedError")
_LATE = ("TimeoutError", "ReadTimeout", "WriteTimeout", "PoolTimeout")


class NotPassed(Exception):
    """The service behind the route did not answer as it should."""


class Away(NotPassed):
    """Nobody is there."""


class Late(NotPassed):
    """It takes too long."""


class Broken(NotPassed):
    """What came back is no answer, or is too large to be one."""


class Back(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of the service behind the route. Header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A request as it came, path and query in their raw form. Header names in lower case."""

    method: str
    raw_path: str
    query: str
    headers: Mapping[str, str]
    body: bytes
    tracking: str


async def passed(outbound: Outbound, route: Route, asked: Asked, timeout_s: float) -> Back:
    """What the service behind the route answers, whatever its status. Raises Away, Late, Broken, outbound.Refused."""
    headers = {name: value for name, value in asked.headers.items() if _goes(name)}
    headers = {**route.headers_there(headers), "x-trackingid": asked.tracking}
    url = route.uri + route.path_there(asked.raw_path) + (f"?{asked.query}" if asked.query else "")
    try:
        reply = await outbound.send(
            asked.method, url, headers=headers, body=asked.body, timeout_s=timeout_s, most_bytes=_MOST_BYTES
        )
    except Refused:
        raise
    except Unreachable as error:
        kind = str(error)
        raise (Away if kind in _AWAY else Late if kind in _LATE else Broken)(kind) from None
    back = {name: value for name, value in reply.headers.items() if _comes(name)}
    return Back(status=reply.status, headers=back, body=reply.body)


def _goes(name: str) -> bool:
    return name not in _NOT_THERE and not name.startswith("x-forwarded-")


def _comes(name: str) -> bool:
    return name not in _NOT_BACK and not name.startswith("access-control-")
