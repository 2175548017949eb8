"""Running a parser in a process of its own, and the few threads that wait for such processes."""

import asyncio
import json
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

from meguri import logs
from meguri.workbooks.errors import SheetTooDemanding, WorkbooksWaiting

P = ParamSpec("P")
Result = TypeVar("Result")

MOST_OUT = 512 << 20
WALL_S = 45.0  # under the time after which the database ends an idle transaction
AT_ONCE = 2
MOST_WAITING = 16
_PIECE = 1 << 20
log = logs.get(__name__)

_threads = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="workbooks")
_waiting = threading.BoundedSemaphore(AT_ONCE + MOST_WAITING)


async def aside(work: Callable[P, Result], *args: P.args, **kwargs: P.kwargs) -> Result:
    """Reads a file beside the event loop, in one of few threads: whoever sends slow files keeps nobody from signing in.

    Raises WorkbooksWaiting when many files wait already, and what `work` raises.
    """
    if not _waiting.acquire(blocking=False):
        raise WorkbooksWaiting
    done = _threads.submit(work, *args, **kwargs)
    done.add_done_callback(lambda _: _waiting.release())
    return await asyncio.wrap_future(done)


def run(module: str, asked: dict[str, Any], source: bytes | Path, *, wall_s: float = WALL_S) -> bytes:
    """What `python -m module ASKED` writes about a file. Blocks, for `wall_s` seconds at most.

    Raises SheetTooDemanding when the process was ended, by its own limits or by ours; OSError for a path that can't be
    opened.
    """
    command = [sys.executable, "-I", "-m", module, json.dumps(asked)]
    feed = source.open("rb") if isinstance(source, Path) else subprocess.PIPE
    try:
        process = subprocess.Popen(  # noqa: S603
            command, stdin=feed, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}
        )
    finally:
        if not isinstance(feed, int):
            feed.close()
    clock = threading.Timer(wall_s, process.kill)
    clock.daemon = True
    clock.start()
    try:
        with process:
            said = _told(process, source)
    finally:
        clock.cancel()
    if process.returncode:
        log.warning("a file was too demanding to read", parser=module, ended_by=process.returncode)
        raise SheetTooDemanding
    return said


def _told(process: subprocess.Popen[bytes], source: bytes | Path) -> bytes:
    """Everything that it writes: it reads all of its input before it writes anything."""
    if process.stdin is not None and isinstance(source, bytes):
        try:
            process.stdin.write(source)
            process.stdin.close()
        except BrokenPipeError:
            process.stdin = None  # it was ended; its return code says so
    pieces, size = [], 0
    while process.stdout is not None and (piece := process.stdout.read(_PIECE)):
        pieces.append(piece)
        size += len(piece)
        if size > MOST_OUT:
            process.kill()
            raise SheetTooDemanding
    return b"".join(pieces)
