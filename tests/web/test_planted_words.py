"""Unmistakable words in everything that a company keeps: nothing that others, the platform's operator, the logs or the figures
are given holds one of them.

The words are put into the rows themselves, column by column, so that a table or a field of tomorrow is hunted as well.
"""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import psycopg
import pytest
from psycopg import sql
from tests.chain import Company, company

from meguri import metrics
from meguri.diligence.model import GrievanceInput, PartyInput, PartyName
from meguri.diligence.service import grievances
from meguri.diligence.service import records as diligence
from meguri.guests import service as guests
from meguri.guests.model import Invite
from meguri.identity import service
from meguri.identity import service as identity
from meguri.imports import service as imports
from meguri.kernel.scope import PlatformRole
from meguri.operators import plants
from meguri.operators.model import PlantInput
from meguri.storage.access import Access
from meguri.storage.backup import write_backup
from meguri.telemetry import service as telemetry
from meguri.telemetry.model import BatteryInput, Chemistry, Level, NamePlate
from meguri.traceability import service as traceability
from meguri.traceability.model import RequestInput

from .conftest import Site
from .test_secrets_in_logs import log
from .test_stranger_walk import closed, furnished, knock, with_ids

__all__ = ["log"]
pytestmark = pytest.mark.anyio

MARK = "zq7planted"
WORD = re.compile(MARK + r"\d{5}")
# The directory of companies is everybody's; what is published of a product is everybody's as well.
PUBLIC = {"operator", "operator_name_part"}
_ORDER = re.compile(
    r"[a-z_0-9.:/-]{0,40}|[A-Z_]{1,40}|[0-9a-f-]{32,}|[-+0-9.:TZ ]+"
)  # words that programs give orders by
TEXTS = """
SELECT c.relname, a.attname, format_type(a.atttypid, NULL), bool_or(o.attname = 'operator_id'), bool_or(o.attname = 'person_id')
  FROM pg_class c
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_attribute o ON o.attrelid = c.oid AND o.attname IN ('operator_id', 'person_id')
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
   AND format_type(a.atttypid, NULL) IN ('text', 'jsonb') AND c.relname NOT LIKE 'procrastinate%'
 GROUP BY 1, 2, 3 ORDER BY 1, 2
"""


class Planter:
    """Puts words into the rows of one company, each with the place where it stands."""

    def __init__(self, owner: psycopg.Connection[Any], operator_id: UUID) -> None:
        self.owner, self.operator_id = owner, operator_id
        self.places: dict[str, str] = {}

    def word(self, place: str) -> str:
        """A word of its own."""
        made = f"{MARK}{len(self.places):05d}"
        self.places[made] = place
        return made

    def everywhere(self) -> None:
        """Every text and every document of the company and of its people; what a rule of the table forbids stays."""
        for table, column, kind, by_operator, _ in self.owner.execute(TEXTS).fetchall():
            if table in PUBLIC:
                continue
            whose = (
                "operator_id = %(of)s"
                if by_operator
                else "person_id IN (SELECT person_id FROM membership WHERE operator_id = %(of)s)"
            )
            for row in self._rows(table, column, whose):
                self._plant(table, column, kind, *row)

    def _rows(self, table: str, column: str, whose: str) -> list[tuple[Any, Any]]:
        asked = sql.SQL(
            "SELECT tableoid::regclass::text || ' ' || ctid::text, {} FROM {} WHERE {} AND {} IS NOT NULL LIMIT 20"
        )
        found = asked.format(sql.Identifier(column), sql.Identifier(table), sql.SQL(whose), sql.Identifier(column))
        return self.owner.execute(found, {"of": self.operator_id}).fetchall()

    def _plant(self, table: str, column: str, kind: str, place: str, value: Any) -> None:
        said = self._document(value, f"{table}.{column}") if kind == "jsonb" else self.word(f"{table}.{column}")
        part, at = place.split(" ", 1)
        change = sql.SQL("UPDATE {} SET {} = %(said)s WHERE ctid = %(at)s::tid")
        try:
            with self.owner.transaction():
                self.owner.execute(
                    change.format(sql.Identifier(part), sql.Identifier(column)),
                    {"said": json.dumps(said) if kind == "jsonb" else said, "at": at},
                )
        except psycopg.Error:  # a value that programs give orders by, or a key
            self.places = {word: where for word, where in self.places.items() if word not in json.dumps(said)}

    def _document(self, value: Any, place: str) -> Any:
        if isinstance(value, dict):
            return {name: self._document(one, f"{place}.{name}") for name, one in value.items()}
        if isinstance(value, list):
            return [self._document(one, place) for one in value]
        return self.word(place) if isinstance(value, str) and not _ORDER.fullmatch(value) else value


def words_in(answer: httpx.Response) -> Iterator[str]:
    """The planted words that an answer holds, within packages as well."""
    told = [answer.content, str(answer.headers).encode()]
    if answer.content.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
            told += [package.read(name) for name in package.namelist()]
    for one in told:
        yield from WORD.findall(one.decode("utf-8", "replace"))


async def test_no_door_the_logs_nor_the_figures_tell_a_word_of_another_company(site: Site, log: io.StringIO) -> None:
    values = await furnished(site)
    await site.person("pat@b.example", site.b)
    await service.set_platform_role(site.db, "pat@b.example", PlatformRole.PLATFORM_OPERATOR)
    token, own_token = await site.token("pat@b.example"), await site.token("eve@a.example")
    with psycopg.connect(site.ground.owner, autocommit=True) as owner:
        ((theirs,),) = owner.execute("SELECT operator_id FROM operator WHERE name = '甲'").fetchall()
        planter = Planter(owner, theirs)
        planter.everywhere()
    service.gate_of(site.db).memory.forget()
    columns = {place.split(".")[0] for place in planter.places.values()}
    assert (len(columns) > 70, len(planter.places) > 500) == (True, True), (len(columns), len(planter.places))

    leaks: list[str] = []
    async with site.client(authorization=f"Bearer {token}") as pat:

        async def hunted(door: Any, answer: httpx.Response) -> None:
            leaks.extend(f"{door}: {planter.places.get(word, word)}" for word in words_in(answer))
            if answer.status_code >= 500 and answer.status_code != 503:
                leaks.append(f"{door}: {answer.status_code}")  # it stumbled over a row that is not its own

        named = set(map(str, with_ids(site, values)))
        for door in closed(site):
            if str(door) in named:
                await hunted(door, await knock(pat, door, values))
            elif door.method == "GET":
                await hunted(door, await knock(pat, door))
        for path in ("/search", "/api/v1/search", "/company/directory", "/api/v1/operators", "/authority"):
            await hunted(path, await pat.get(path, params={"q": MARK}))
        figures = (await pat.get("/metrics")).text + metrics.exposition().decode()
    async with site.client(authorization=f"Bearer {own_token}") as eve:
        own = await eve.get("/api/v1/plants")  # the words are there, and are seen where they may be
    assert list(words_in(own)), own.text
    assert leaks == []
    assert WORD.findall(log.getvalue()) == []
    assert WORD.findall(figures) == []


class Words:
    """Words that are given to services, each by what it is."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}

    def __call__(self, what: str) -> str:
        made = f"{MARK}{len(self.of):05d}"
        self.of[made] = what
        return made


# Where a word of a company stands in a row that is not its own, and has to: the other half of what it sent there.
HANDED_OVER = {
    "request message": {"trade_half"},
    "part asked for": {"trade_half"},
    "guest's part": {"trade_half"},
    "guest's message": {"trade_half"},
    "guest's company": {"operator", "operator_history", "operator_name_part", "plant", "plant_history"},
    "key": {"api_key"},  # a table of signing in: keys are kept beside the companies that they act for
}


async def test_what_is_told_to_services_stays_in_the_rows_of_its_company(
    site: Site, log: io.StringIO, tmp_path: Path
) -> None:
    word = Words()
    a, supplier, customer = [await company(site.db, name) for name in ("植える会社", "仕入先", "顧客")]
    await identity.open_access(site.db, a.id)
    await site.person("ann@words.example", a.id)
    await customer.part("pack", [("cell", 2)])
    asked = await customer.ask(a, "cell")
    await a.part(word("part"), [(word("part asked for"), 2)])
    bought = await a.part_id(next(w for w, what in word.of.items() if what == "part asked for"))
    await a.run(
        traceability.request,
        RequestInput(upstream_operator_id=supplier.id, downstream_trace_id=bought, message=word("request message")),
    )
    await a.run(plants.register, PlantInput(name=word("plant"), address=word("address"), open_plant_id="P-000077"))
    await a.run(diligence.add, "party", PartyInput(names=[PartyName(value=f"{word('smelter')} Refining")]))
    await a.run(
        grievances.open_case,
        GrievanceInput(what=word("grievance")),
        [(f"{word('file name')}.txt", word("file").encode())],
    )
    await a.run(
        telemetry.add, BatteryInput(label=word("battery"), plate=NamePlate(level=Level.PACK, chemistry=Chemistry.NMC))
    )
    rows = f"name,plant,terminated\n{word('row')},{word('unknown plant')},no\n".encode()
    await a.run(imports.start, imports.NewImport(kind="parts", file_name=word("import's name")), rows)
    await guests.invite(
        site.db,
        a.scope,
        Invite(
            downstream_trace_id=await _another(a, word("guest's part")),
            company=word("guest's company"),
            email=f"{word('guest mail')}@guest.example",
            contact=word("guest's contact"),
            message=word("guest's message"),
        ),
    )
    async with site.client(authorization=f"Bearer {await site.token('ann@words.example')}") as ann:
        await ann.post("/api/v1/keys", json={"name": word("key"), "address_ranges": ["10.0.0.0/8"]})
        wrong = [
            await ann.post("/api/v1/parts", json={"name": word("wrong part"), "plant_id": word("wrong plant")}),
            await ann.post("/api/v1/imports/parts", content=f"{word('wrong heading')}\n1\n".encode()),
            await ann.get(f"/api/v1/parts/{word('wrong id')}"),
        ]
        assert {answer.status_code < 500 for answer in wrong} == {True}
    async with site.client(authorization=f"Bearer {await site.token('ann@words.example')}") as ann:
        told = (await ann.get("/api/v1/audit")).text + (await ann.get("/company/audit")).text
        figures = (await ann.get("/metrics")).text + metrics.exposition().decode()
    assert WORD.findall(log.getvalue()) == []
    assert WORD.findall(figures) == []
    assert {word.of[one] for one in WORD.findall(told)} == set()  # the audit tells ids, never what was said

    with psycopg.connect(site.ground.owner, autocommit=True) as owner:
        found = _rows_elsewhere(owner, a.id, word.of)
        anywhere = _rows_elsewhere(owner, UUID(int=0), word.of)
    for sealed in ("guest mail", "guest's contact", "grievance", "file name", "file"):
        assert anywhere.get(sealed, set()) == set(), sealed  # not even the company's own rows say it in clear
    assert anywhere["part"] >= {"part"}
    strange = {what: tables - HANDED_OVER.get(what, set()) for what, tables in found.items()}
    assert {what: tables for what, tables in strange.items() if tables} == {}
    assert asked.trade_id

    target = tmp_path / "all.backup"
    manifest = write_backup(Access(site.ground.owner, None, None), tmp_path, target, "a passphrase kept elsewhere")
    assert WORD.findall(str(manifest)) == []
    assert MARK.encode() not in target.read_bytes()


async def _another(a: Company, name: str) -> UUID:
    await a.part("frame", [(name, 1)])
    return await a.part_id(name)


def _rows_elsewhere(owner: psycopg.Connection[Any], operator_id: UUID, words: dict[str, str]) -> dict[str, set[str]]:
    """Tables with rows of others, of nobody or of the queue that hold a word; by what the word is."""
    found: dict[str, set[str]] = {}
    tables = owner.execute(
        "SELECT c.relname, EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'operator_id') "
        "FROM pg_class c WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition AND c.relnamespace = 'public'::regnamespace"
    ).fetchall()
    for table, keyed in tables:
        whose = sql.SQL(" AND t.operator_id <> {}" if keyed else "").format(operator_id)
        asked = sql.SQL("SELECT t::text FROM {} t WHERE t::text LIKE {}{}")
        for (row,) in owner.execute(asked.format(sql.Identifier(table), f"%{MARK}%", whose)).fetchall():
            for one in WORD.findall(row):
                found.setdefault(words.get(one, one), set()).add(table)
    return found
