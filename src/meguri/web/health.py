"""Is it alive, is it ready, how is it doing: for supervisors and for Prometheus."""

import asyncio
from hmac import compare_digest
from typing import Any

import msgspec
from litestar import Request, Response, get

from meguri import metrics
from meguri.kernel.errors import NotFound, Refusal
from meguri.web.asked import Db
from meguri.web.auth import PUBLIC
from meguri.web.client import is_loopback
from meguri.web.problems import RETRY_S

PATIENCE_S = 2.0


class Health(msgspec.Struct, frozen=True):
    """`ok`, or what is missing."""

    status: str


@get("/healthz", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def healthz() -> Health:
    """This process answers."""
    return Health("ok")


@get("/readyz", opt=PUBLIC, include_in_schema=False)
async def readyz(db: Db) -> Response[Health]:
    """The database answers too; 503 while it does not."""
    try:
        async with asyncio.timeout(PATIENCE_S), db.identity() as tx:
            await tx.value("SELECT 1")
    except (Refusal, TimeoutError):
        headers = {"retry-after": str(RETRY_S)}
        return Response(Health("database unreachable"), status_code=503, headers=headers)
    return Response(Health("ready"))


@get("/metrics", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def metrics_page(request: Request[Any, Any, Any], db: Db) -> Response[bytes]:
    """All figures, for whoever has the token (`MEGURI_METRICS_TOKEN`), or without one for this machine only."""
    token: str | None = request.app.state.get("metrics_token")
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    peer = request.client.host if request.client else ""
    allowed = compare_digest(given.encode(), token.encode()) if token else is_loopback(peer) and not _forwarded(request)
    if not allowed:
        raise NotFound
    stats = db.pool.get_stats()
    metrics.pool_size.set(stats.get("pool_size", 0))
    metrics.pool_waiting.set(stats.get("requests_waiting", 0))
    return Response(metrics.exposition(request.app.state.get("metrics_folder")), media_type=metrics.CONTENT_TYPE)


def _forwarded(request: Request[Any, Any, Any]) -> bool:
    """A proxy on this machine speaks for somebody elsewhere."""
    return "x-forwarded-for" in request.headers


handlers = [healthz, readyz, metrics_page]
