"""What a process that parses a stranger's file may use (standard library only: it starts in milliseconds).

Called within that process once all of its modules are loaded and its input is open.
"""

import codecs
import resource

_LOADED = ("cp437", "utf-16-le")  # which archives and their readers use: once confined nothing more can be loaded


def confine(memory: int, seconds: int) -> None:
    """So much memory [bytes] and processor time [s]; from here on no file and no connection is opened, none is written.

    Past the time the kernel ends the process, past the memory the allocation fails; a limit of no further descriptors
    keeps it from the network, whatever it was made to run.
    """
    for encoding in _LOADED:
        codecs.lookup(encoding)
    for limit, most in (
        (resource.RLIMIT_AS, memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        held = resource.getrlimit(limit)[1]
        bound = most if held == resource.RLIM_INFINITY else min(most, held)
        resource.setrlimit(limit, (bound, bound))
