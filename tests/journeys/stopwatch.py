"""How long a first-time user takes for a journey, by a stated model: what they press, type, choose and read is counted.

The browser counts: presses, characters typed, lists chosen from, files, pages and the characters on their first screens.
`pace.toml` says what each costs. What happens outside the browser (a table filled in, a code scanned) is said by the test.
"""

import json
import os
import tomllib
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from tests.journeys.browser import Reader

OUT = "MEGURI_JOURNEYS_OUT"
_COUNTS = """
(() => {
  const tell = (what, n) => window.meguriCounts && window.meguriCounts(what, n);
  const known = new WeakMap();
  addEventListener("click", (event) => event.detail > 0 && tell("clicks", 1), true);
  addEventListener("input", (event) => {
    const field = event.target;
    if (field.tagName === "SELECT") tell("choices", 1);
    else if (field.type === "file") tell("files", 1);
    else if (field.type !== "checkbox" && field.type !== "radio") {
      const now = (field.value ?? "").length;
      tell("keys", Math.max(1, now - (known.get(field) ?? (field.defaultValue ?? "").length)));
      known.set(field, now);
    }
  }, true);
  addEventListener("DOMContentLoaded", () => {
    let read = 0;
    const main = document.querySelector("main");
    const texts = main && document.createTreeWalker(main, NodeFilter.SHOW_TEXT);
    while (texts && texts.nextNode()) {
      const box = texts.currentNode.parentElement.getBoundingClientRect();
      if (box.height > 0 && box.top < innerHeight) read += texts.currentNode.data.trim().length;
    }
    tell("pages", 1);
    tell("read", read);
  });
})();
"""


class Row(msgspec.Struct, frozen=True):
    """A person of the product: what they want, and within how many minutes.

    read_most  characters read of a page, where the matter needs less than the usual
    routine    done so often that no decision is thought about
    """

    key: str
    ja: str
    en: str
    wants: str
    minutes: float
    read_most: int | None = None
    routine: bool = False


class Reading(msgspec.Struct, frozen=True):
    """Characters a second, and the share of a page's first screen that is read."""

    ja: float
    en: float
    share: float


class Pace(msgspec.Struct, frozen=True):
    """`pace.toml`: seconds for each act."""

    id: str
    version: str
    status: str
    source: str
    valid_from: Any
    click: float
    think: float
    choose: float
    file: float
    scan: float
    wait: float
    sign_in: float
    key: dict[str, float]
    read: Reading
    journey: list[Row]


@cache
def pace() -> Pace:
    """The model as it stands."""
    return msgspec.convert(tomllib.loads(Path(__file__).with_name("pace.toml").read_text("utf-8")), Pace)


@dataclass
class Counted:
    """What one person did."""

    clicks: int = 0
    keys: int = 0
    choices: int = 0
    files: int = 0
    pages: int = 0
    read: int = 0
    outside: float = 0.0

    def seconds(self, language: str, *, routine: bool = False) -> float:
        """The time that it takes by the model."""
        p = pace()
        think = 0.0 if routine else p.think
        acts = self.clicks * (p.click + think) + self.choices * (p.choose + think) + self.files * (p.file + think)
        reading = self.read / getattr(p.read, language)
        return acts + self.keys * p.key[language] + reading + self.pages * p.wait + self.outside


class Stopwatch:
    """Counts what a reader does while it runs, and holds the time against the row's."""

    def __init__(self, key: str) -> None:
        """`key`: of the row in `pace.toml`."""
        self.row = next(row for row in pace().journey if row.key == key)
        self.counted = Counted()
        self._language = "ja"

    def watch(self, reader: Reader, *, signs_in: bool = True) -> Reader:
        """Count this reader's acts from now on; `signs_in`: who comes with an account signs in first."""
        self._language = reader.look.language
        reader.context.expose_function("meguriCounts", self._heard)
        reader.context.add_init_script(_COUNTS)
        if signs_in:
            self.outside(pace().sign_in)
        return reader

    def outside(self, seconds: float) -> None:
        """Something that happens away from the page."""
        self.counted.outside += seconds

    def _heard(self, what: str, number: int) -> None:
        if what == "read":
            most = self.row.read_most
            number = min(number, most) if most else round(number * pace().read.share)
        setattr(self.counted, what, getattr(self.counted, what) + number)

    def stop(self) -> None:
        """The journey is over: it must have been walked, and within its time."""
        seconds, most = self.counted.seconds(self._language, routine=self.row.routine), self.row.minutes * 60
        assert self.counted.pages, "nothing was counted"
        if folder := os.environ.get(OUT):
            file = Path(folder) / f"{self.row.key}.json"
            before = json.loads(file.read_text())["seconds"] if file.exists() else 0
            if seconds > before:  # of all languages and devices the slowest
                kept = {"key": self.row.key, "seconds": round(seconds, 1), **asdict(self.counted)}
                file.write_text(json.dumps(kept))
        assert seconds <= most, f"{self.row.key}: {seconds:.0f} s, and {most:.0f} s are promised: {self.counted}"
