"""Long arrays for PostgreSQL, written as text here: psycopg looks at each element for characters to quote.

A parameter made so is cast in the SQL: `%(trace_ids)s::uuid[]`.
"""

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID


def uuids(ids: Iterable[UUID]) -> str:
    """A uuid[]."""
    return "{" + ",".join([f"{one.int:032x}" for one in ids]) + "}"


def repeated_uuids(ids: Iterable[UUID]) -> str:
    """A uuid[] in which few ids stand many times, as operators do beside their parts: each is written once."""
    written: dict[int, str] = {}
    texts = [written.get(one.int) or written.setdefault(one.int, f"{one.int:032x}") for one in ids]
    return "{" + ",".join(texts) + "}"


def integers(numbers: Iterable[int]) -> str:
    """An int[]."""
    return "{" + ",".join(map(str, numbers)) + "}"


def numerics(numbers: Iterable[Decimal]) -> str:
    """A numeric[]; exact."""
    return "{" + ",".join(map(str, numbers)) + "}"


def texts(words: Iterable[str]) -> str:
    """A text[]: JSON mostly, of which psycopg would look up every quotation mark."""
    quoted = [word.replace("\\", "\\\\").replace('"', '\\"') for word in words]
    return '{"' + '","'.join(quoted) + '"}' if quoted else "{}"


def hashes(digests: Iterable[bytes]) -> str:
    """A bytea[]."""
    return texts(f"\\x{digest.hex()}" for digest in digests)
