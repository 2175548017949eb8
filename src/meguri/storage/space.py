"""How much may still be written on this machine.

A database whose disk is really full stops altogether: it cannot write its log. So a reserve is kept: changes that people and
programs ask for are refused while it is touched (`web/space.py`), and the worker begins no job (`jobs/queue.py`).
"""

import os
from collections.abc import Iterable
from pathlib import Path

_FEWEST_NAMES = 1000


def free_bytes(folder: Path) -> int:
    """Bytes that we may still write in `folder`; 0 where it is read-only or has no names (inodes) left. Raises OSError."""
    found = os.statvfs(folder)
    names_left = found.f_files == 0 or found.f_favail > _FEWEST_NAMES  # some file systems do not count them
    writable = not found.f_flag & os.ST_RDONLY
    return found.f_bavail * found.f_frsize if writable and names_left else 0


def least_free(folders: Iterable[Path]) -> int | None:
    """The same of the fullest of `folders`; None while none of them is there: whoever makes it will see."""
    found = []
    for folder in folders:
        try:
            found.append(free_bytes(folder))
        except OSError:
            continue
    return min(found, default=None)
