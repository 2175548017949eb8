"""What goes out and in: a passport as a reader sees it, an exported document, an imported one."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import msgspec

Values = Mapping[str, Any]


class Passport(msgspec.Struct, frozen=True, kw_only=True):
    """A passport as one reader sees it.

    values        visible values by catalogue key
    classes       the access classes that the reader sees
    passport_id   its internal id, for formats that need a UUID
    issuer        DID of the responsible operator
    origin        where this installation stands
    extras        members of a format that were imported and have no place in the catalogue, by format
    partial       whether a document that lacks required members is wanted all the same
    """

    values: Values
    classes: frozenset[str]
    passport_id: UUID
    issuer: str
    origin: str
    extras: dict[str, Any] = {}
    partial: bool = False


class Loss(msgspec.Struct, frozen=True, order=True):
    """A key that does not come back from the exported document as it went in, and why."""

    key: str
    reason: str


class Exported(msgspec.Struct, frozen=True, kw_only=True):
    """A document in a format.

    missing  keys that the format demands and that are not there (only when it was asked for in part)
    """

    format: str
    document: Any
    media_type: str
    losses: list[Loss]
    missing: list[str] = []


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What was read from a document.

    values    catalogue key → value
    ignored   members (as JSON pointers) without a place in the catalogue; they are kept in `extras`
    warnings  what was read with a doubt
    """

    format: str
    values: dict[str, Any]
    ignored: list[str] = []
    warnings: list[str] = []
    extras: dict[str, Any] = {}


class Fault(msgspec.Struct, frozen=True):
    """One broken rule of a format's schema: where (JSON pointer) and what."""

    path: str
    message: str


class Format(msgspec.Struct, frozen=True, kw_only=True):
    """A format and its ways.

    needs     access classes of its required members: who does not see them does not get it
    write     values → document; `missing` and notes on losses go into the `Outgoing` that it is given
    read      document → values
    faults    every broken rule of its schema
    detects   whether a document looks like this format
    longlist  made after the attribute longlist: it also carries what law asks not, or not yet, of a category
    """

    name: str
    title: str
    needs: frozenset[str]
    media_type: str
    write: Callable[["Outgoing", Passport], Any]
    read: Callable[[Any, "Incoming"], None]
    faults: Callable[[Any], list[Fault]]
    detects: Callable[[Any], bool]
    longlist: bool = False


class Outgoing:
    """Values on their way out: it notes what was asked for in vain, and what is lost."""

    def __init__(self, values: Values) -> None:
        self.values = values
        self.missing: dict[str, None] = {}
        self.notes: dict[str, str] = {}

    def take(self, key: str, required: bool = True) -> Any:
        """The value of `key`, None when there is none; then a required one counts as missing."""
        value = self.values.get(key)
        if value is None and required:
            self.missing[key] = None
        return value

    def lose(self, key: str, reason: str) -> None:
        """Note why `key` will not come back as it is."""
        self.notes.setdefault(key, reason)


class Incoming:
    """Values on their way in."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self.warnings: list[str] = []

    def put(self, key: str, value: Any) -> None:
        """Keep a value; None is none."""
        if value is not None:
            self.values[key] = value

    def warn(self, sentence: str) -> None:
        """Note a doubt."""
        self.warnings.append(sentence)
