"""A server that is frozen, not dead, answers nothing and refuses nothing: then we cut the connection ourselves.

PostgreSQL's own time limits need a server that runs, and cancelling asks the same server. Cutting the socket ends the
wait at once; the transaction is undone when the server notices.
"""

import asyncio
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from psycopg import AsyncConnection, Error


@contextmanager
def cut_after(connection: AsyncConnection[Any], seconds: float) -> Iterator[None]:
    """Within: if it lasts longer than `seconds`, the connection is lost (psycopg.OperationalError)."""
    timer = asyncio.get_running_loop().call_later(seconds, _cut, connection)
    try:
        yield
    finally:
        timer.cancel()


def _cut(connection: AsyncConnection[Any]) -> None:
    with suppress(OSError, Error), socket.socket(fileno=os.dup(connection.fileno())) as twin:
        twin.shutdown(socket.SHUT_RDWR)  # of the connection itself: a duplicate is the same socket
