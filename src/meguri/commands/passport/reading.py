"""Files that actions read."""

import sys
from pathlib import Path

from meguri.commands.words import MISUSED, stop
from meguri.kernel.text import Text

_UNREADABLE = Text(
    ja="{path} を読めません（{detail}）。ファイルを確認してください。",
    en="{path} cannot be read ({detail}). Please check the file.",
)
_MOST = 100 << 20


def content_of(path: str) -> bytes:
    """The bytes of a file; `-` is standard input. Ends the command when it cannot be read."""
    try:
        content = sys.stdin.buffer.read(_MOST + 1) if path == "-" else _read(Path(path))
    except OSError as error:
        stop(_UNREADABLE, MISUSED, path=path, detail=error.strerror or str(error))
    if len(content) > _MOST:
        stop(_UNREADABLE, MISUSED, path=path, detail="> 100 MB")
    return content


def _read(path: Path) -> bytes:
    with path.open("rb") as source:
        return source.read(_MOST + 1)
