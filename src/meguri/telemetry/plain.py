"""What several readers of tables need: compressed content within bounds, and numbers as people write them."""

import gzip
import io
import zlib
from pathlib import Path

from meguri.kernel.errors import Refusal
from meguri.telemetry.errors import RecordTooLarge, Unusable

GZIP = b"\x1f\x8b"


class Unzipping(io.RawIOBase):
    """The content of a gzip file, piece by piece, as far as it goes.

    most       bytes of content that are handed out; more is `refusal` RecordTooLarge with `said`, the limit in words
    truncated  the file ends in the middle of its compression (known once it has been read)
    last       the last byte handed out
    refusal    why reading stopped, also for callers whose own reader hides the exception
    """

    def __init__(self, path: Path, most: int, said: str) -> None:
        """Open `path`; raises OSError."""
        super().__init__()
        self._source = gzip.open(path)  # noqa: SIM115  (closed by `close`)
        self._left, self._said = most, said
        self.truncated = False
        self.last = b""
        self.refusal: Refusal | None = None

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, buffer: object) -> int:
        """Fill `buffer`; raises RecordTooLarge, and Unusable where the content is damaged."""
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        try:
            piece = self._source.read1(len(view))
        except EOFError:
            self.truncated, piece = True, b""
        except (OSError, zlib.error) as problem:
            self.refusal = Unusable(detail=str(problem))
            raise self.refusal from None
        self._left -= len(piece)
        if self._left < 0:
            self.refusal = RecordTooLarge(most=self._said)
            raise self.refusal
        view[: len(piece)] = piece
        self.last = piece[-1:] or self.last
        return len(piece)

    def close(self) -> None:
        """Close the file."""
        self._source.close()
        super().close()


def number_of(text: str) -> float:
    """The number that a cell holds. Raises ValueError; an underscore between digits is Python's habit and no number."""
    if "_" in text:
        raise ValueError(text)
    return float(text)
