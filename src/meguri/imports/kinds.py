"""What can be imported: each room registers its kinds here, and the mechanism knows nothing more of them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import msgspec

from meguri.imports.model import Fault
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.storage.transaction import Transaction

Work = TypeVar("Work", bound=msgspec.Struct)


class RowsWrong(Exception):
    """A step cannot be done: what is wrong, by row."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__("rows are wrong")
        self.faults = list(faults)


@dataclass(frozen=True)
class Planned(Generic[Work]):
    """A file that was read.

    rows    rows that say something
    work    (first row, how many rows, what to do)
    faults  what is wrong already
    left    rows left for later on purpose
    """

    rows: int
    work: list[tuple[int, int, Work]]
    faults: list[Fault]
    left: int = 0


@dataclass(frozen=True)
class Taken:
    """A step of which some rows could not be done, and the others were: how much it wrote, and what is wrong, by row."""

    written: int
    faults: Sequence[Fault]


@dataclass(frozen=True)
class Kind(Generic[Work]):
    """One kind of import.

    name   as it stands in addresses
    title  what people read
    back   the page where one starts such an import
    shown  the page where what was written is looked at
    work   the Struct that says what one step does; kept as JSON until it is done
    plan   reads a file into steps; raises what makes the whole file useless
    take   does one step, and says how much it wrote, or also what of it could not be done; raises RowsWrong or a Refusal
    """

    name: str
    title: Text
    back: str
    shown: str
    work: type[Work]
    plan: Callable[[Transaction, OperatorScope, bytes], Awaitable[Planned[Work]]]
    take: Callable[[Transaction, OperatorScope, Work], Awaitable[int | Taken]]


_kinds: dict[str, Kind[Any]] = {}


def register(kind: Kind[Any]) -> None:
    """Add a kind. Called when a room is loaded."""
    _kinds[kind.name] = kind


def kind_named(name: str) -> Kind[Any] | None:
    """A kind by its name."""
    return _kinds.get(name)


def all_kinds() -> list[Kind[Any]]:
    """Every kind, by name."""
    return [_kinds[name] for name in sorted(_kinds)]
