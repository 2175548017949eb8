"""What a walk along all doors needs: the doors of the real application, keys for them, and the state behind them."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import psycopg
from litestar import Litestar
from psycopg import sql

from meguri.web.auth import doors, policy_of

_PLACE = re.compile(r"\{(\w+)(?::\w+)?\}")
# Who was seen when is no change of the state that these tests guard; nor is a failed sign-in counted.
SEEN = {"page_session": "seen_at", "refresh_family": "seen_at", "api_key": "last_used_at"}


@dataclass(frozen=True)
class Door:
    """One method at one path."""

    method: str
    path: str
    policy: str | None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_api(self) -> bool:
        return self.path.startswith("/api/")

    @property
    def places(self) -> list[str]:
        return _PLACE.findall(self.path)

    def at(self, values: Mapping[str, Any]) -> str:
        """The path with its places filled."""
        return _PLACE.sub(lambda place: str(values.get(place[1], "x")), self.path)


def doors_of(app: Litestar) -> Iterator[Door]:
    """Every door but those that answer OPTIONS."""
    for method, path, handler in doors(app):
        policy = policy_of(handler)
        yield Door(method, path, policy.name if policy else None)


def state_of(owner_dsn: str) -> dict[str, tuple[int, str]]:
    """Of every table, the number of rows and a hash over them."""
    found = {}
    with psycopg.connect(owner_dsn, autocommit=True) as connection:
        tables = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        ).fetchall()
        for (table,) in tables:
            if table.startswith("procrastinate_"):
                continue
            row = sql.SQL("to_jsonb(t) - {}").format(SEEN.get(table, "-"))
            query = sql.SQL(
                "SELECT count(*), md5(coalesce(string_agg(({})::text, ',' ORDER BY t::text), '')) FROM {} t"
            )
            found[table] = connection.execute(query.format(row, sql.Identifier(table))).fetchone()
    return found  # type: ignore[return-value]
