"""An authority finds among all companies' passports by index: rare texts and common ones, in one order, page after page."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import psycopg
import pytest
from tests.conftest import Fresh, Ground
from tests.passport.batteries import GTINS
from tests.passport.conftest import BASE, House

from meguri.kernel.scope import OperatorScope
from meguri.passport import overseen_store
from meguri.passport.model import Brief
from meguri.passport.overseen_store import Sought, counts_across, overseen_across, queries
from meguri.passport.service import overseeing
from meguri.storage.database import Database
from meguri.storage.installation import installation

pytestmark = pytest.mark.anyio
MANY = 600
COPIES = """
INSERT INTO passport
SELECT (jsonb_populate_record(p, jsonb_build_object(
  'operator_id', CASE n % 3 WHEN 0 THEN p.operator_id ELSE '{other}' END,
  'passport_id', gen_random_uuid(), 'serial', 'C' || lpad(n::text, 6, '0'), 'product_key', p.product_key || 'C' || n,
  'dpp_key', p.dpp_key || 'C' || n, 'category', CASE WHEN n % 10 = 0 THEN 'lmt' ELSE 'ev' END,
  'model_name', 'Model ' || n % 7 || CASE WHEN n % 7 = 3 THEN ' 環' ELSE '' END,
  'state', CASE WHEN n % 20 = 0 THEN 'Archived' WHEN n % 50 = 1 THEN 'Draft' ELSE 'Active' END,
  'updated_at', p.updated_at - n * interval '1 second'))).*
  FROM passport p CROSS JOIN generate_series(1, {many}) AS n WHERE p.serial = 'SEED000001'
"""


class Crowd(msgspec.Struct):
    """Two companies with many passports; their database, as the app and as its owner reach it."""

    db: Database
    ground: Ground
    me: UUID
    other: UUID

    async def found(self, *, page: int = 1000, **sought: Any) -> list[Brief]:
        """All pages of a search."""
        asked, found = Sought(**sought), list[Brief]()
        scope = OperatorScope(self.me, "person:x")
        after: tuple[datetime, UUID] | None = None
        while True:
            some: list[Brief] = await self.db.run(scope, _page, asked, after, page)
            found += some
            if len(some) < page:
                return found
            after = (some[-1].updated_at, some[-1].passport_id)


async def _page(tx: Any, _: Any, sought: Sought, after: Any, count: int) -> list[Brief]:
    return await overseen_across(tx, sought, after=after, count=count)


@pytest.fixture(scope="module")
async def crowd(fresh: Fresh, scope: Callable[..., OperatorScope]) -> AsyncIterator[Crowd]:
    made = fresh()
    async with Database(made.login, pool_size=4, installation=installation(BASE, b"s" * 32)) as db:
        house = House(db, scope)
        me, other = await house.company(), await house.company("乙電池")
        await house.battery(me, serial="SEED000001")
        with psycopg.connect(made.owner) as owner:
            owner.execute(COPIES.format(other=other.operator_id, many=MANY).encode())
            owner.execute("ANALYZE passport")
        yield Crowd(db, made, me.operator_id, other.operator_id)
    fresh.drop(made)


def of(found: list[Brief]) -> list[str]:
    return [one.serial or "" for one in found]


ASKED: list[dict[str, Any]] = [
    {},
    {"text": "C0001"},
    {"text": "C"},
    {"text": "環"},
    {"text": "model 3"},
    {"text": "C%1"},
    {"text": "nowhere"},
    {"category": "lmt"},
    {"state": "Archived"},
    {"category": "ev", "state": "Archived"},
    {"text": "C", "category": "lmt"},
    {"beginnings": (f"/01/{GTINS['ev']}",), "text": GTINS["ev"]},
]


@pytest.mark.parametrize("rare", [2_000, 5])
async def test_every_search_finds_what_fits_once_and_in_order(
    crowd: Crowd, monkeypatch: pytest.MonkeyPatch, rare: int
) -> None:
    monkeypatch.setattr(overseen_store, "_RARE", rare)
    everything = await crowd.found()
    assert len(everything) == MANY - MANY // 50 + 1
    for asked in ASKED:
        for company in (None, crowd.me):
            found = await crowd.found(page=97, company=company, **asked)
            text = asked.get("text", "").lower()
            fitting = [
                one
                for one in everything
                if (company is None or one.operator_id == company)
                and (not asked.get("category") or one.category == asked["category"])
                and (not asked.get("state") or one.state == asked["state"])
                and (
                    not text
                    or (one.serial or "").lower().startswith(text)
                    or text in one.model_name.lower()
                    or f"/01/{text}" in one.product_id
                )
            ]
            assert of(found) == of(fitting), asked
    assert [one.updated_at for one in everything] == sorted((one.updated_at for one in everything), reverse=True)


async def test_counts_are_of_what_is_published(crowd: Crowd) -> None:
    async def counted(tx: Any, _: Any) -> list[dict[str, Any]]:
        return await counts_across(tx)

    told = await crowd.db.run(OperatorScope(crowd.me, "person:x"), counted)
    assert sum(one["passports"] for one in told) == len(await crowd.found())
    assert {(one["category"], one["state"]) for one in told} == {
        ("ev", "Active"),
        ("lmt", "Active"),
        ("lmt", "Archived"),
    }
    assert all(one["companies"] == 2 for one in told)


async def test_no_search_of_an_authority_reads_all_passports(crowd: Crowd) -> None:
    values = {
        "anywhere": "%x%", "most": 10, "start": "x", "beyond": "y", "names": ["x"], "ids": [crowd.me], "company": crowd.me,
        "category": None, "state": None, "after_at": datetime.fromisoformat("9999-01-01T00:00:00Z"), "after_id": crowd.me,
        "count": 50, "text": False, "serials": "", "products": [],
    }  # fmt: skip
    async with await psycopg.AsyncConnection.connect(crowd.ground.login) as connection:
        await connection.execute("SET LOCAL ROLE meguri_across")
        await connection.execute("SET LOCAL enable_seqscan = off")  # of so few rows a scan would be the quicker way
        for query in queries:
            told = await connection.execute(f"EXPLAIN {query.sql}".encode(), values)
            plan = "\n".join(line for (line,) in await told.fetchall())
            assert "Seq Scan on passport" not in plan, f"{query.name}\n{plan}"
            if query.name != "among":
                assert "passport_overseen" in plan or query.name == "of_company", f"{query.name}\n{plan}"


def test_a_text_may_be_an_identifier_or_a_gtin() -> None:
    assert overseeing._beginnings("") == ()
    assert overseeing._beginnings("4012345678901") == ("4012345678901", "/01/04012345678901")
    assert f"/01/{GTINS['ev']}/21/A" in overseeing._beginnings(f"https://id.gs1.org/01/{GTINS['ev']}/21/A")
