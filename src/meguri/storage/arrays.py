"""Long arrays for PostgreSQL, written as text here: psycopg looks at each element for characters to quote.

A parameter made so is cast in the SQL: `%(trace_ids)s::uuid[]`.
"""

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID


def uuids(ids: Iterable[UUID]) -> str:
    """A uuid[]."""
    return "{" + ",".join([f"{one.int:032x}" for one in ids]) + "}"


def numerics(numbers: Iterable[Decimal]) -> str:
    """A numeric[]; exact."""
    return "{" + ",".join(map(str, numbers)) + "}"
