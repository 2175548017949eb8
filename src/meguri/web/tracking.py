"""The outermost layer: every request gets a tracking id, one line in the log, and its place in the metrics.

Nothing that a request carries is written but method, route and status: paths may hold one-time tokens, so the log shows the
route's pattern, or for unknown paths their first word.
"""

import time
from typing import Any
from uuid import uuid4

from meguri import logs, metrics
from meguri.web.asgi import App, Message, Receive, Scope, Send

HEADER = b"x-track"
log = logs.get("meguri.access")
QUIET = ("/healthz", "/readyz", "/metrics", "/static/")


def with_tracking(app: App) -> App:
    """`app`, tracked. An incoming X-Track is only logged: the id is ours."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        track = uuid4().hex
        state: dict[str, Any] = scope.setdefault("state", {})
        state["tracking_id"] = track
        seen: dict[str, int] = {"status": 0, "bytes": 0}
        start = time.perf_counter()
        metrics.in_flight.inc()
        with logs.tracked(track):
            try:
                await app(scope, receive, _watching(send, seen, track))
            finally:
                metrics.in_flight.dec()
                _note(scope, seen, time.perf_counter() - start)

    return wrapped


def _watching(send: Send, seen: dict[str, int], track: str) -> Send:
    async def watching(message: Message) -> None:
        if message["type"] == "http.response.start":
            seen["status"] = message["status"]
            headers = list(message.get("headers", ()))
            if all(name.lower() != HEADER for name, _ in headers):
                message["headers"] = [*headers, (HEADER, track.encode())]
        elif message["type"] == "http.response.body":
            seen["bytes"] += len(message.get("body", b""))
        await send(message)

    return watching


def route_of(scope: Any) -> str:
    """The pattern of the route that answered, or the first word of a path that none did."""
    pattern = scope.get("path_template") or scope.get("state", {}).get("route")
    if pattern:
        return str(pattern)
    first = scope["path"].lstrip("/").partition("/")[0]
    return "/-" if not first.isalpha() or len(first) > 20 else f"/{first}/-"


def _note(scope: Any, seen: dict[str, int], seconds: float) -> None:
    route, status = route_of(scope), seen["status"]
    method = scope["method"] if scope["method"].isalpha() and len(scope["method"]) < 8 else "-"
    label = route if scope.get("path_template") or scope.get("state", {}).get("route") else "-"
    metrics.requests.labels(method, label, str(status)).inc()
    metrics.request_seconds.labels(label).observe(seconds)
    if scope["path"].startswith(QUIET) and status < 500:
        return
    log.info("web.request", method=method, route=route, status=status, bytes=seen["bytes"], ms=round(seconds * 1000, 1))
