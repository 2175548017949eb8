"""The only caller of `overseen.sql`: published passports of all companies, found by index.

A text that few have is looked up first, and only those are put in order; one that many have is met on a short walk along
the latest changes.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.passport.model import Brief
from meguri.storage import Transaction
from meguri.storage.queries import load_queries

queries = load_queries(__package__, "overseen.sql")

_LAST_SIGN = "\U0010ffff"
_RARE = 2_000
_MOST_NAMES = 1_000
_LATEST = (datetime(9999, 1, 1, tzinfo=UTC), UUID(int=2**128 - 1))


class Sought(msgspec.Struct, frozen=True, kw_only=True):
    """What an authority looks for; None = any.

    text        begins a serial number, or stands in a model's name
    beginnings  of keys of products: an identifier as it is, or a GTIN
    """

    text: str | None = None
    beginnings: tuple[str, ...] = ()
    category: str | None = None
    state: str | None = None
    company: UUID | None = None


async def overseen_across(
    tx: Transaction, sought: Sought, *, after: tuple[datetime, UUID] | None, count: int
) -> list[Brief]:
    """Published passports of single products of all companies, the latest change first; what they hold inside left out."""
    async with tx.across():
        names = await _names(tx, sought.text) if sought.text else []
        asked: dict[str, Any] = {"category": sought.category, "state": sought.state, "count": count}
        asked["after_at"], asked["after_id"] = after or _LATEST
        if sought.text and sought.company is None:
            rare = await _few(tx, sought, names)
            if rare is not None:
                return await tx.all(queries.among, Brief, ids=rare, company=None, **asked)
        asked |= {
            "text": bool(sought.text),
            "serials": f"{_escaped(sought.text or '')}%",
            "products": [f"{_escaped(start)}%" for start in sought.beginnings],
            "names": names,
        }
        if sought.company is not None:
            return await tx.all(queries.of_company, Brief, company=sought.company, **asked)
        return await tx.all(queries.latest, Brief, **asked)


async def _names(tx: Transaction, text: str) -> list[str]:
    found = await tx.all(queries.models, anywhere=f"%{_escaped(text)}%", most=_MOST_NAMES)
    return [name for (name,) in found]


async def _few(tx: Transaction, sought: Sought, names: Sequence[str]) -> list[UUID] | None:
    """The passports that have a text; None when they are too many to be put in order one by one."""
    found: set[UUID] = set()
    for query, start in [(queries.of_serial, sought.text), *((queries.of_product, one) for one in sought.beginnings)]:
        rows = await tx.all(query, start=start, beyond=f"{start}{_LAST_SIGN}", most=_RARE + 1)
        found |= {one for (one,) in rows}
        if len(found) > _RARE:
            return None
    if names:
        found |= {one for (one,) in await tx.all(queries.of_models, names=list(names), most=_RARE + 1)}
    return list(found) if len(found) <= _RARE else None


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def counts_across(tx: Transaction) -> list[dict[str, Any]]:
    """Published passports of single products by category and state, with how many companies they belong to."""
    async with tx.across():
        found = await tx.all(queries.counts)
    return [dict(zip(("category", "state", "passports", "companies"), row, strict=True)) for row in found]
