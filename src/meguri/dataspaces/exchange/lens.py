"""A mapping between the catalogue and a format, said once for both ways.

A `Field` ties a catalogue key to a path in the document by a `Way` (out and back). What needs more than that is a
`Both`: a pair of functions. A mapping is a sequence of them.
"""

from collections.abc import Callable, Iterable, Mapping, MutableMapping
from dataclasses import dataclass
from typing import Any, Protocol

from meguri.dataspaces.exchange.model import Incoming, Outgoing

Json = MutableMapping[str, Any]


@dataclass(frozen=True, slots=True)
class Way:
    """A value out into a format, and back."""

    out: Callable[[Any], Any]
    back: Callable[[Any], Any]


class Member(Protocol):
    """A part of a mapping."""

    def write(self, document: Json, out: Outgoing) -> None:
        """Put what `out` has into the document."""

    def read(self, document: Mapping[str, Any], into: Incoming) -> None:
        """Take what the document has."""


def same(value: Any) -> Any:
    """The value itself."""
    return value


PLAIN = Way(same, same)


@dataclass(frozen=True, slots=True)
class Field:
    """One catalogue key at one path (`a.b.c`)."""

    key: str
    path: str
    way: Way = PLAIN
    required: bool = True

    def write(self, document: Json, out: Outgoing) -> None:
        """Put the value at its path."""
        value = out.take(self.key, self.required)
        made = None if value is None else self.way.out(value)
        if made is not None:
            put(document, self.path, made)
        elif value is not None and self.required:
            out.missing[self.key] = None

    def read(self, document: Mapping[str, Any], into: Incoming) -> None:
        """Take the value from its path."""
        found = at(document, self.path)
        if found is None:
            return
        try:
            into.put(self.key, self.way.back(found))
        except (TypeError, ValueError, KeyError, AttributeError):
            into.warn(f"{self.key}: {self.path}")


@dataclass(frozen=True, slots=True)
class Both:
    """A pair of functions, for what is more than one key at one path."""

    out: Callable[[Json, Outgoing], None]
    back: Callable[[Mapping[str, Any], Incoming], None]

    def write(self, document: Json, out: Outgoing) -> None:
        """Put what `out` has into the document."""
        self.out(document, out)

    def read(self, document: Mapping[str, Any], into: Incoming) -> None:
        """Take what the document has; what cannot be read is a warning."""
        try:
            self.back(document, into)
        except (TypeError, ValueError, KeyError, AttributeError) as wrong:
            into.warn(f"{self.back.__name__.strip('_')}: {type(wrong).__name__}")


def write(members: Iterable[Member], out: Outgoing, document: Json | None = None) -> dict[str, Any]:
    """The document that the members make of the values."""
    made: dict[str, Any] = {} if document is None else dict(document)
    for member in members:
        member.write(made, out)
    return made


def read(members: Iterable[Member], document: Any, into: Incoming) -> None:
    """Everything that the members find in the document."""
    if not isinstance(document, Mapping):
        into.warn("document: not an object")
        return
    for member in members:
        member.read(document, into)


def at(document: Any, path: str) -> Any:
    """What stands at `path`, None when nothing does."""
    for name in path.split("."):
        if not isinstance(document, Mapping):
            return None
        document = document.get(name)
    return document


def put(document: Json, path: str, value: Any) -> None:
    """Set what stands at `path`, making the objects on the way."""
    *before, last = path.split(".")
    for name in before:
        document = document.setdefault(name, {})
    document[last] = value


def difference(whole: Any, known: Any) -> Any:
    """What `whole` has and `known` has not, in the shape of `whole`; None when that is nothing."""
    if isinstance(whole, Mapping) and isinstance(known, Mapping):
        left = {
            name: value
            for name, held in whole.items()
            if (value := held if name not in known else difference(held, known[name])) is not None
        }
        return left or None
    if isinstance(whole, list) and isinstance(known, list) and len(whole) == len(known):
        return None if all(difference(a, b) is None for a, b in zip(whole, known, strict=True)) else whole
    return None if isinstance(known, Mapping | list) is isinstance(whole, Mapping | list) else whole


def merged(document: Any, more: Any) -> Any:
    """`document` with the members of `more` that it lacks."""
    if isinstance(document, Mapping) and isinstance(more, Mapping):
        added = {name: value for name, value in more.items() if name not in document}
        return {name: merged(value, more.get(name)) for name, value in document.items()} | added
    return document


def pointers(tree: Any, before: str = "") -> list[str]:
    """The leaves of `tree` as JSON pointers."""
    if isinstance(tree, Mapping) and tree:
        return [
            leaf
            for name, value in tree.items()
            for leaf in pointers(value, f"{before}/{str(name).replace('~', '~0').replace('/', '~1')}")
        ]
    return [before or "/"]
