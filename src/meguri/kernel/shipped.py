"""The data files that ship with the package (rules, words, templates), read once and held.

An installed package may be replaced while its server runs. What is read from it later would be data of the new release
in code of the old: so everything is read in one go, at the latest when a server starts (`hold`), and never again.
Python modules and SQL are held by being loaded; fonts and migrations stay on disk.
"""

from collections.abc import Iterator
from functools import cache
from importlib.resources import files as on_disk
from importlib.resources.abc import Traversable
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import IO, Any

_ROOT = Path(__file__).parent.parent
_HELD = frozenset({".toml", ".csv", ".json", ".txt", ".html", ".typ"})


class Shipped(Traversable):
    """A file or folder of the package as it was when this process first looked."""

    def __init__(self, name: str, body: bytes | None = None) -> None:
        """A file with `body`; a folder, or what is not there, without."""
        self._name = name
        self._body = body
        self._within: dict[str, Shipped] = {}

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self._name

    def iterdir(self) -> Iterator["Shipped"]:
        """What a folder holds, by name."""
        return iter([self._within[name] for name in sorted(self._within)])

    def is_dir(self) -> bool:
        """Whether it is a folder that holds anything."""
        return bool(self._within)

    def is_file(self) -> bool:
        """Whether it is a file."""
        return self._body is not None

    def joinpath(self, *descendants: Any) -> "Shipped":
        """What lies at a path below; something that is neither file nor folder when nothing does."""
        found = self
        for part in (part for path in descendants for part in str(path).split("/") if part):
            found = found._within.get(part) or Shipped(part)
        return found

    def __truediv__(self, child: Any) -> "Shipped":
        """`joinpath` with one path."""
        return self.joinpath(child)

    def read_bytes(self) -> bytes:
        """What a file holds. Raises FileNotFoundError."""
        if self._body is None:
            raise FileNotFoundError(self._name)
        return self._body

    def read_text(self, encoding: str | None = None) -> str:
        """The same as text."""
        return self.read_bytes().decode(encoding or "utf-8").replace("\r\n", "\n")

    def open(self, mode: str = "r", *_: Any, encoding: str | None = None, **__: Any) -> IO[Any]:
        """A file to read."""
        body = BytesIO(self.read_bytes())
        return body if "b" in mode else TextIOWrapper(body, encoding or "utf-8")

    def _keep(self, parts: tuple[str, ...], body: bytes) -> None:
        first, *rest = parts
        if rest:
            self._within.setdefault(first, Shipped(first))._keep(tuple(rest), body)
        else:
            self._within[first] = Shipped(first, body)


@cache
def hold() -> Shipped:
    """Everything, read now if it was not before: the folder of the package."""
    held = Shipped(_ROOT.name)
    for file in _ROOT.rglob("*"):
        if file.suffix in _HELD and file.is_file():
            held._keep(file.relative_to(_ROOT).parts, file.read_bytes())
    return held


def files(package: str) -> Traversable:
    """The data of a package of ours, `meguri.rules` for one; used as `importlib.resources.files` is, which answers for
    packages of others."""
    first, *rest = package.split(".")
    return hold().joinpath(*rest) if first == _ROOT.name else on_disk(package)
