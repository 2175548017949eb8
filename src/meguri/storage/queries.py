"""Named SQL: each room keeps its statements in `queries.sql`, each under a line `-- name: word`."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files

_HEAD = re.compile(r"^--\s*name:\s*(.*?)\s*$", re.MULTILINE)
_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")


class BadQueries(Exception):
    """A `queries.sql` does not keep the form, or a name is asked for that it does not have."""


@dataclass(frozen=True, slots=True)
class Query:
    """One statement. Places are written `%(name)s`; a per cent sign of SQL's own is written `%%`."""

    name: str
    sql: str


class Queries:
    """The statements of one file, as attributes: `queries.parts_below`."""

    def __init__(self, source: str, found: dict[str, Query]) -> None:
        self._source = source
        self._found = found

    def __getattr__(self, name: str) -> Query:
        try:
            return self._found[name]
        except KeyError:
            raise BadQueries(f"{self._source} has no query named {name}") from None

    def __iter__(self) -> Iterator[Query]:
        return iter(self._found.values())


def load_queries(package: str, name: str = "queries.sql") -> Queries:
    """The statements in file `name` of `package` (usually `__package__`). Raises BadQueries."""
    return parse_queries(files(package).joinpath(name).read_text(encoding="utf-8"), f"{package}/{name}")


def parse_queries(text: str, source: str) -> Queries:
    """The statements in `text`; `source` is named in errors. Raises BadQueries."""
    pieces = _HEAD.split(text)
    if _code(pieces[0]):
        raise BadQueries(f"{source}: SQL before the first `-- name:`")
    found: dict[str, Query] = {}
    for name, body in zip(pieces[1::2], pieces[2::2], strict=True):
        if not _NAME.match(name):
            raise BadQueries(f"{source}: “{name}” is not a name")
        if name in found:
            raise BadQueries(f"{source}: two queries are named {name}")
        if not _code(body):
            raise BadQueries(f"{source}: {name} is empty")
        found[name] = Query(name, f"/* {name} */ {_code(body)}")
    return Queries(source, found)


def _code(text: str) -> str:
    """`text` without lines that are only a comment, and without the closing semicolon."""
    lines = [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("--")]
    return "\n".join(lines).strip().rstrip(";").rstrip()
