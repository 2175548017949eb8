"""Children that do not outlive us: a killed server must not leave processes that go on serving."""

import ctypes
import os
import signal
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None)


def die_with_parent(way: signal.Signals) -> Callable[[], None]:
    """For `preexec_fn`: the child is sent `way` when the thread that started it ends, however it ends (Linux).

    Elsewhere it does nothing; there the supervisor's own end is the only one that is told to children.
    """
    parent = os.getpid()

    def ask() -> None:
        if hasattr(_libc, "prctl"):
            _libc.prctl(_PR_SET_PDEATHSIG, way)
        if os.getppid() != parent:  # it died between the fork and the request
            os._exit(1)

    return ask
