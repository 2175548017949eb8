"""Query parameters: each is checked in the order in which a handler asks for it, and the first wrong one is named."""

import re
from collections.abc import Collection, Mapping
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from meguri.dataspaces.ouranos.rules import limits
from meguri.kernel.ids import parse_uuid

_INTEGER = re.compile(r"[+-]?[0-9]{1,18}")
_TRUE = frozenset(("1", "t", "T", "TRUE", "true", "True"))
_FALSE = frozenset(("0", "f", "F", "FALSE", "false", "False"))
MOST_FIELDS = 200


class BadParameter(Exception):
    """The parameter `name` is missing or not of its form."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class UnknownWord(BadParameter):
    """The parameter `name` is none of the words that it may be."""


class Query:
    """The parameters of one request; of a repeated one the first counts, an empty optional one is absent."""

    def __init__(self, raw: bytes) -> None:
        """`raw` is the part of the address after the question mark."""
        self.raw = raw
        self._values: dict[str, str] = {}
        pairs = raw.decode("latin-1").split("&", MOST_FIELDS)[:MOST_FIELDS]
        for name, value in parse_qsl("&".join(pairs), keep_blank_values=True):
            self._values.setdefault(name, value)

    def given(self, name: str) -> bool:
        """Whether the parameter is there at all, even if empty."""
        return name in self._values

    def text(self, name: str) -> str:
        """The parameter as it is, or an empty text."""
        return self._values.get(name, "")

    def limit(self) -> int:
        """How many rows: 1–100, default 100. Raises BadParameter.

        Of a sign that a client forgot to escape (`limit=+5`) the form's rule makes a blank; a number has none before it.
        """
        raw, most = self.text("limit"), limits().lists.limit
        if raw.startswith(" ") and b"limit=+" in self.raw:
            raw = f"+{raw[1:]}"
        if not raw:
            return most
        if not _INTEGER.fullmatch(raw) or not 1 <= int(raw) <= most:
            raise BadParameter("limit")
        return int(raw)

    def uuid(self, name: str) -> UUID | None:
        """An identifier, or None if absent. Raises BadParameter."""
        raw = self.text(name)
        found = parse_uuid(raw)
        if raw and found is None:
            raise BadParameter(name)
        return found

    def required_uuid(self, name: str) -> UUID:
        """An identifier that must be there. Raises BadParameter."""
        found = self.uuid(name)
        if found is None:
            raise BadParameter(name)
        return found

    def uuids(self, name: str, most: int, *, required: bool = False) -> list[UUID]:
        """Identifiers separated by commas, each once; duplicates count for `most`. Raises BadParameter."""
        raw = self.text(name)
        if not raw and not required:
            return []
        found = [parse_uuid(one) for one in raw.split(",", most + 1)]
        if len(found) > most or None in found:
            raise BadParameter(name)
        return list(dict.fromkeys(one for one in found if one is not None))

    def boolean(self, name: str) -> bool | None:
        """A boolean in Go's spellings, or None if absent. Raises BadParameter."""
        raw = self.text(name)
        if raw and raw not in _TRUE | _FALSE:
            raise BadParameter(name)
        return raw in _TRUE if raw else None

    def word(self, name: str, words: Collection[str]) -> str:
        """One of `words`, or an empty text if absent. Raises UnknownWord."""
        raw = self.text(name)
        if raw and raw not in words:
            raise UnknownWord(name)
        return raw


def next_link(origin: str, target: str, in_effect: Mapping[str, object]) -> str:
    """The `Link` header to the next page: `dataTarget` first, then the keys in effect in alphabetical order.

    origin     scheme and host without a slash at the end
    in_effect  None and empty texts are left out; `limit` and `after` are always in it
    """
    pairs = [(key, _written(value)) for key, value in sorted(in_effect.items()) if value not in (None, "")]
    return f'<{origin}/api/v1/datatransport?dataTarget={target}&{urlencode(pairs)}>; rel="next"'


def _written(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
