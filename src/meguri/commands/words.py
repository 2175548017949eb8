"""How commands speak: in the language of the terminal, to people; and with exit codes, to scripts."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer
from typing import NoReturn

from meguri.kernel.text import Language, Text

DONE = 0
FAILED = 1
MISUSED = 2


def language() -> Language:
    """Japanese where the terminal is Japanese, else English; `MEGURI_LANGUAGE` decides before it."""
    chosen = os.environ.get("MEGURI_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LANG", "")
    return "ja" if chosen.startswith("ja") else "en"


def say(text: Text, **values: object) -> None:
    """A line on standard output."""
    print(text.of(language(), **values), flush=True)


def complain(text: Text, **values: object) -> None:
    """A line on standard error."""
    print(f"meguri: {text.of(language(), **values)}", file=sys.stderr, flush=True)


@contextmanager
def patience(text: Text, after_s: float = 3.0, **values: object) -> Iterator[None]:
    """Within: a line on standard error when it takes longer than some seconds, so that nobody looks at nothing."""
    clock = Timer(after_s, complain, (text,), values)
    clock.daemon = True
    clock.start()
    try:
        yield
    finally:
        clock.cancel()


class Stop(Exception):
    """The command cannot go on; the sentence says why and what to do."""

    def __init__(self, text: Text, code: int = FAILED, **values: object) -> None:
        super().__init__(text.of("en", **values))
        self.text = text
        self.code = code
        self.values = values


def stop(text: Text, code: int = FAILED, **values: object) -> NoReturn:
    """End the command with a sentence."""
    raise Stop(text, code, **values)
