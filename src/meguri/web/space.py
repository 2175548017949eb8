"""Changes are refused while the disk is nearly full, before work is lost; reading and signing in go on."""

from collections.abc import Sequence
from pathlib import Path

from meguri import logs
from meguri.metrics import disk_free
from meguri.storage.failures import StorageFull
from meguri.storage.space import least_free
from meguri.web.asgi import App, Receive, Scope, Send
from meguri.web.shedding import refuse

_log = logs.get(__name__)
_SAFE = ("GET", "HEAD", "OPTIONS")
_STILL_OPEN = ("/sign-in", "/sign-out", "/prove", "/api/v1/session", "/auth/")
_RETRY_S = 60


def with_space(app: App, folders: Sequence[Path], reserve: int) -> App:
    """`app`, whose changes are refused (503) while less than `reserve` bytes are left in one of `folders`."""

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        asks_for_change = scope["type"] == "http" and scope["method"] not in _SAFE
        if asks_for_change and not scope["path"].startswith(_STILL_OPEN) and is_full(folders, reserve):
            await refuse(scope, send, StorageFull(retry_after=_RETRY_S))
            return
        await app(scope, receive, send)

    return wrapped


def is_full(folders: Sequence[Path], reserve: int) -> bool:
    """Whether the reserve is touched; measured, and said in the log as an alarm."""
    left = least_free(folders)
    if left is None:
        return False
    disk_free.set(left)
    if left < reserve:
        _log.error("disk nearly full: changes are refused", free_mb=left >> 20, reserve_mb=reserve >> 20)
    return left < reserve
