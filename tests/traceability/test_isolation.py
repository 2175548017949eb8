"""Each company sees its own rows and nothing else; and these rooms know nothing of any trade."""

import re
from pathlib import Path

import pytest
from tests.chain import Company, company
from tests.flows import audited
from tests.river import ReadBooks

import meguri
from meguri.footprint import service as footprint
from meguri.storage.database import Database
from meguri.traceability import service as traceability

pytestmark = pytest.mark.anyio
TABLES = (
    "part",
    "part_link",
    "trade_half",
    "part_answer",
    "traceability_history",
    "footprint_record",
    "footprint_record_history",
    "footprint_sum",
    "footprint_answer",
    "footprint_certificate",
    "footprint_certificate_file",
)


async def three_tiers(river: Database) -> tuple[Company, Company, Company]:
    a, b, c = await company(river, "A社"), await company(river, "B社"), await company(river, "C社")
    await a.part("A", [("A1", 5)])
    await b.part("B", [("B1", 2)])
    await c.part("C", [("C1", 1, True)])
    await b.link(await a.ask(b, "A1"), "B")
    await c.link(await b.ask(c, "B1"), "C")
    for one, name in ((b, "B"), (a, "A"), (c, "C1"), (c, "C")):
        await one.declare(name, pre=1, main=1)
    return a, b, c


async def seen(one: Company, table: str) -> list[object]:
    async with one.db.transaction(one.scope) as tx:
        return await tx.all(f"SELECT operator_id FROM {table}")


@pytest.mark.parametrize("table", TABLES)
async def test_a_tenant_sees_rows_of_its_own_alone(river: Database, table: str) -> None:
    companies = await three_tiers(river)
    stranger = await company(river, "D社")
    for one in companies:
        assert {row[0] for row in await seen(one, table)} <= {one.id}  # type: ignore[index]
    assert await seen(stranger, table) == []
    if "certificate" not in table:
        assert any([await seen(one, table) for one in companies])


async def test_a_stranger_reads_nothing_by_any_id(river: Database) -> None:
    a, b, _ = await three_tiers(river)
    stranger = await company(river, "D社")
    everything = [await one.part_id(name) for one, name in ((a, "A"), (a, "A1"), (b, "B"), (b, "B1"))]
    assert await stranger.run(footprint.statements, everything) == []
    assert await stranger.run(traceability.parts_by_id, everything) == {}
    assert await stranger.run(traceability.structure_links, everything) == {}
    assert await stranger.run(traceability.history, everything[0]) == []
    assert await stranger.run(footprint.history, everything[0]) == []
    assert await stranger.run(traceability.list_requests, limit=10) == ([], None)


async def test_nobody_learns_of_companies_further_along_the_chain(river: Database, books: ReadBooks) -> None:
    """Neither a row nor an audit entry of A names C, nor one of C names A; of B, both are partners."""
    a, b, c = await three_tiers(river)
    await c.declare("C1", pre=2, main=3)  # moves A's totals
    further = {a.id: c, c.id: a}
    for one in (a, c):
        other = further[one.id]
        hidden = {str(other.id), *(str(row["trace_id"]) for row in books(other).rows("part"))}
        hidden |= {str(row["trade_id"]) for row in books(other).rows("trade_half")} - {
            str(row["trade_id"]) for row in books(one).rows("trade_half")
        }
        shown = str(books(one).everything()) + str(await audited(one))
        assert [name for name in hidden if name in shown] == []
    assert str(a.id) in str(await audited(b))


async def test_every_company_that_a_write_touches_finds_it_in_its_own_audit(river: Database) -> None:
    a, b, c = await three_tiers(river)
    before = [len(await audited(one)) for one in (a, b, c)]
    await c.declare("C1", pre=2, main=3)
    news = [(await audited(one))[count:] for one, count in zip((a, b, c), before, strict=True)]
    assert [[event for event, _ in new] for new in news] == [
        ["footprint:answers:change"],
        ["footprint:answers:change"],
        ["footprint:record:write", "footprint:answers:change"],
    ]
    moved = [new[-1][1]["totals"] for new in news]
    assert moved == [[{"operator_id": str(one.id), "parts": 1}] for one in (a, b, c)]
    assert [len(new[-1][1]["answers"]) for new in news] == [1, 2, 1]


SOURCE = Path(meguri.__file__).parent
FOREIGN = re.compile(
    r"batter(y|ies)|\bcells?\b|\bpacks?\b|cathode|anode|electrolyte|lithium|\bEV\b|\bSOH\b"
    "|電池|バッテリ|セル|パック|正極|負極|電解",
    re.IGNORECASE,
)


@pytest.mark.parametrize("room", ["operators", "traceability", "footprint/totals.py", "footprint/spreading.py"])
def test_parts_requests_and_totals_know_no_kind_of_product(room: str) -> None:
    here = SOURCE / room
    files = [here] if here.is_file() else [f for end in ("py", "sql") for f in here.rglob(f"*.{end}")]
    assert files
    found = [
        f"{file.relative_to(SOURCE)}: {match[0]}"
        for file in files
        for match in FOREIGN.finditer(file.read_text())
        if file.parent.name != "sheet" or match[0].lower() not in ("cell", "cells", "セル")  # those of a spreadsheet
    ]
    assert found == []
