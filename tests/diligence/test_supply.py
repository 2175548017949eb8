"""Suppliers entered one by one and as a table, and their names screened of themselves."""

import asyncio
from dataclasses import replace
from decimal import Decimal as D
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.chain import Company, company

from meguri.diligence import errors
from meguri.diligence.jobs import screen_party
from meguri.diligence.model import EdgeInput, FacilityInput, ListInput, PartyInput, PartyName
from meguri.diligence.screening.errors import NameNotDistinctive, StillPending
from meguri.diligence.service import chains, records, screening, supply
from meguri.diligence.supply import COLUMNS, entry, understand
from meguri.storage.database import Database
from meguri.traceability.sheet import reading
from meguri.workbooks.errors import SheetUnreadable

pytestmark = pytest.mark.anyio
HEAD = "company,country,identifier_scheme,identifier,site,stage,material,supplies_to,share_pct,valid_from,confidence"
CHAIN = [
    "Kokkola Cobalt Oy,FI,,,Kokkola refinery,refiner,コバルト,,60,2026-01-01,verified",
    "Mutoshi Mining SA,CD,,,Mutoshi mine,Industrial mine,cobalt,Kokkola refinery,75 %,2026/1/1,",
    "Mutoshi Mining SA,CD,,,Mutoshi mine,mine_industrial,nickel,Kokkola refinery,40,,",
]


def table(*rows: str, encoding: str = "utf-8") -> bytes:
    return "\n".join([HEAD, *rows]).encode(encoding)


def form(row: str) -> dict[str, str]:
    return dict(zip(HEAD.split(","), row.split(","), strict=True))


@pytest.fixture
async def me(chain: Database) -> Company:
    return await company(chain, "登録する会社")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp932"])
async def test_a_table_becomes_companies_sites_and_relations_whatever_the_order_of_its_rows(
    me: Company, encoding: str
) -> None:
    made = await me.run(supply.enter, table(*reversed(CHAIN), encoding=encoding))
    assert (made.rows, made.companies, made.sites, made.relations, made.errors) == (3, 2, 2, 3, [])
    found = await me.run(chains.chain_map, "cobalt")
    named = {node.name: node for node in found.nodes if not node.unknown}
    assert set(named) == {"Kokkola Cobalt Oy Kokkola refinery", "Mutoshi Mining SA Mutoshi mine"}
    assert {(link.share_pct, link.confidence) for link in found.links} == {
        (D(60), "verified"), (D(75), "reported"), (D(40), "unknown"), (D(25), "unknown"),
    }  # fmt: skip
    assert found.coverage["cobalt"].origin_pct == D(45)


async def test_only_to_look_says_what_would_be_and_leaves_nothing(me: Company) -> None:
    seen = await me.run(supply.enter, table(*CHAIN), only_look=True)
    assert (seen.companies, seen.sites, seen.relations) == (2, 2, 3)
    assert await me.run(records.listed, "party", PartyInput) == []
    assert await me.run(records.listed, "edge", EdgeInput) == []


WRONG = [
    ("Kokkola Cobalt Oy,FI,,,,refiner,cobalt,,0,,", "share_pct"),
    ("Kokkola Cobalt Oy,FI,,,,refiner,cobalt,,101,,", "share_pct"),
    ("Kokkola Cobalt Oy,FI,,,,refiner,cobalt,,NaN,,", "share_pct"),
    ("Kokkola Cobalt Oy,FI,,,,refiner,cobalt,,much,,", "share_pct"),
    ("Kokkola Cobalt Oy,FI,,,,moon,cobalt,,60,,", "stage"),
    ("Kokkola Cobalt Oy,FI,,,,refiner,unobtainium,,60,,", "material"),
    ("Kokkola Cobalt Oy,Atlantis,,,,refiner,cobalt,,60,,", "country"),
    ("Kokkola Cobalt Oy,FI,lei,,,refiner,cobalt,,60,,", "identifier"),
    ("Kokkola Cobalt Oy,FI,passport,123,,refiner,cobalt,,60,,", "identifier_scheme"),
    ("Kokkola Cobalt Oy,FI,,,,refiner,cobalt,,60,soon,", "valid_from"),
    ("Kokkola Cobalt Oy,FI,,,,refiner,cobalt,,60,,perhaps", "confidence"),
    (",FI,,,,refiner,cobalt,,60,,", "company"),
    ("K" * 201 + ",FI,,,,refiner,cobalt,,60,,", "company"),
]


@pytest.mark.parametrize(("row", "column"), WRONG)
async def test_a_wrong_cell_is_named_by_row_and_column_in_both_languages(row: str, column: str) -> None:
    rows, wrong = understand([form(row)])
    assert rows == []
    assert [(one.row, one.column) for one in wrong] == [(2, column)]
    said = wrong[0].field_error()
    assert said.of("ja") != said.of("en")
    assert "{" not in said.of("ja") + said.of("en")


async def test_one_wrong_row_stops_the_table_unless_the_good_rows_are_wanted(me: Company) -> None:
    rows = [*CHAIN, "Third Oy,FI,,,,refiner,cobalt,Nowhere plant,10,,", "Fourth Oy,FI,,,,refiner,cobalt,,41,,"]
    with pytest.raises(supply.SupplyRefused) as refused:
        await me.run(supply.enter, table(*rows))
    assert [one.field for one in refused.value.fields] == ["row 5", "row 6"]  # no such site; 60 + 41 is too much
    assert await me.run(records.listed, "facility", FacilityInput) == []
    made = await me.run(supply.enter, table(*rows), keep_good_rows=True)
    assert (made.relations, [one.row for one in made.errors]) == (3, [5, 6])


async def test_the_same_supply_twice_an_empty_and_a_foreign_table_are_named(me: Company) -> None:
    with pytest.raises(supply.SupplyRefused) as twice:
        await me.run(supply.enter, table(CHAIN[0], CHAIN[0]))
    assert "2" in twice.value.fields[0].of("ja")
    with pytest.raises(reading.SheetEmpty):
        await me.run(supply.enter, table())
    with pytest.raises(reading.SheetHeadings):
        await me.run(supply.enter, b"a,b\n1,2\n")
    with pytest.raises(SheetUnreadable):
        await me.run(supply.enter, b"\x00\x01\x02")


async def test_one_supplier_is_entered_whole_or_not_at_all_and_met_again_by_its_number(me: Company) -> None:
    first = form("Umicore Finland Oy,FI,other,0123,,refiner,cobalt,,60,,")
    await me.run(supply.enter_one, entry(first))
    again = first | {"company": "Umicore Kokkola", "material": "nickel"}
    await me.run(supply.enter_one, entry(again))
    assert len(await me.run(records.listed, "party", PartyInput)) == 1
    with pytest.raises(errors.ShareOver100):
        await me.run(supply.enter_one, entry(form("Late Oy,FI,,,,refiner,cobalt,,41,,")))
    with pytest.raises(errors.IdChecksum):
        await me.run(supply.enter_one, entry(form("Late Oy,FI,lei,123,,refiner,lithium,,41,,")))
    with pytest.raises(NameNotDistinctive):
        await me.run(supply.enter_one, entry(form("株式会社,JP,,,,refiner,lithium,,41,,")))
    with pytest.raises(supply.OtherCountry):
        await me.run(
            supply.enter_one, entry(first | {"country": "SE", "site": "Umicore Finland Oy", "material": "mica"})
        )
    assert len(await me.run(records.listed, "party", PartyInput)) == 1


async def test_a_relation_changes_its_share_and_ends_with_its_history_kept(me: Company) -> None:
    await me.run(supply.enter, table(CHAIN[0]))
    (kept,) = await me.run(records.listed, "edge", EdgeInput)
    after = await me.run(supply.change_relation, kept.record_id, "55.5", None, "reported", kept.version)
    assert (after.content.share_pct, after.version) == (D("55.5"), 2)
    with pytest.raises(errors.OutOfRange):
        await me.run(supply.change_relation, kept.record_id, "155", None, "reported", 2)
    assert len(await me.run(records.versions, "edge", kept.record_id)) == 2


LIST = "id,name,aliases,country,identifier,programme\nE1,Kokkola Cobalt Oy,,FI,,T\n"


async def screened(me: Company, deferred: list[tuple[str, dict[str, Any]]], db: Database) -> None:
    waiting = [args for task, args in deferred if task == "diligence.screen_party"]
    deferred.clear()
    for args in waiting:
        await screen_party(db, UUID(args["operator_id"]), UUID(args["party_id"]))


async def test_a_new_company_and_a_new_name_are_screened_without_being_asked(
    me: Company, chain: Database, deferred: list[tuple[str, dict[str, Any]]]
) -> None:
    deferred.clear()
    loaded = ListInput(list_id="test", licence="own", licence_confirmed=True, csv=LIST)
    await me.run(screening.load_list, loaded)
    await me.run(supply.enter, table(CHAIN[0]))
    await screened(me, deferred, chain)
    (waiting,) = await me.run(screening.queue)
    assert (waiting.content.entry_id, waiting.content.name) == ("E1", "Kokkola Cobalt Oy")
    (party,) = await me.run(records.listed, "party", PartyInput)
    renamed = msgspec.structs.replace(party.content, names=[PartyName(value="KOKKOLA COBALT OYJ")])
    await me.run(records.change, "party", party.record_id, renamed, party.version)
    await screened(me, deferred, chain)
    assert len(await me.run(screening.queue)) == 2  # the decision is asked again for the new name


async def test_a_matcher_that_is_down_leaves_a_company_pending_and_is_asked_again(
    me: Company, chain: Database, deferred: list[tuple[str, dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    deferred.clear()
    answers: list[bytes | None] = [None]

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        asked = msgspec.json.decode(await reader.readexactly(int(head.split(b"content-length:")[1].split()[0])))
        assert asked["queries"]["q0"]["properties"]["name"] == ["Kokkola Cobalt Oy"]
        status, body = (b"503 Down", b"") if answers[0] is None else (b"200 OK", answers[0])
        writer.write(b"HTTP/1.1 %b\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b" % (status, len(body), body))
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        matcher = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/match/sanctions"
        monkeypatch.setattr(chain, "_installation", replace(chain.installation, name_matcher=matcher))
        await me.run(supply.enter, table(CHAIN[0]))
        waiting = [args for task, args in deferred if task == "diligence.screen_party"]
        ids = [UUID(waiting[0][key]) for key in ("operator_id", "party_id")]
        with pytest.raises(StillPending):
            await screen_party(chain, *ids)
        assert await me.run(screening.owed) == ["Kokkola Cobalt Oy"]
        assert await me.run(screening.queue) == []
        found = {"id": "Q1", "caption": "Kokkola Cobalt Oy", "score": 0.93, "datasets": ["x"]}
        answers[0] = msgspec.json.encode({"responses": {"q0": {"status": 200, "results": [found]}}})
        await screen_party(chain, *ids)
        await screen_party(chain, *ids)  # told twice, kept once
    assert await me.run(screening.owed) == []
    (candidate,) = await me.run(screening.queue)
    assert (candidate.content.list_id, candidate.content.entry_id) == ("remote:sanctions", "Q1")


async def test_every_column_says_what_to_write_in_both_languages() -> None:
    assert HEAD.split(",") == [column.key for column in COLUMNS]
    assert all(column.help.ja and column.help.en and column.heading.ja != column.heading.en for column in COLUMNS)
