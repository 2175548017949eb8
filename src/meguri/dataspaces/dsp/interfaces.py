"""Interfaces that answer under datasets of their own. Rooms of further protocols name theirs here.

A call under such a dataset has passed the data plane's checks before the interface sees it, and is counted and entered after.
"""

from collections.abc import Awaitable, Callable, Mapping

import msgspec

from meguri.dataspaces.dsp.model import Form, Participant
from meguri.dataspaces.dsp.plane import Holder
from meguri.dataspaces.wire import Answer, Call
from meguri.storage import Database


class Admitted(msgspec.Struct, frozen=True):
    """A call that the data plane has let through: whose data, under which agreement, and what follows in the address."""

    participant: Participant
    holder: Holder
    form: Form
    below: tuple[str, ...]


Serves = Callable[[Call, Admitted], Awaitable[Answer]]
_makers: dict[str, Callable[[Database], Serves]] = {}


def name(interface: str, make: Callable[[Database], Serves]) -> None:
    """An interface of this name is served so; again replaces what was named before."""
    _makers[interface] = make


def all_of(db: Database) -> Mapping[str, Serves]:
    """Every interface, by its name."""
    return {interface: make(db) for interface, make in _makers.items()}
