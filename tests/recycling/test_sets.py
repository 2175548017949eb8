"""Runs and claims in sets: the same books, credits and refusals as one by one, in a bounded number of statements."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest

from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.recycling import ledger, sheet_runs, store, store_claims
from meguri.recycling.events import RunPosted
from meguri.recycling.records import RunInput, Share
from meguri.recycling.service import claiming_sets, claims, importing, lots, periods, running_sets, runs
from meguri.recycling.tables import Reader
from meguri.storage import Transaction
from recycling.booked import after, delivery, lot
from recycling.conftest import MakeRecycler, Recycler
from recycling.test_claims import claim, recovered
from recycling.test_files import ASSAYS, LINES, RUNS

pytestmark = pytest.mark.anyio
HOURS = [f"2026-03-0{day}T{hour:02d}:00:00+09:00" for day in (3, 4, 5) for hour in range(24)]


def tables(site_id: UUID, packs: int, **wrong: str) -> tuple[bytes, bytes, bytes]:
    """Each pack is shredded in two runs, and the black mass of both leached in one that earns credits."""
    head, lines, assays = [RUNS], [LINES], [ASSAYS]
    for n in range(packs):
        for part in ("a", "b"):
            at = HOURS[n] if part == "a" else HOURS[packs + n]
            head.append(f"S{n}{part},shredding,{site_id},{at},{at},,\n")
            lines.append(f"S{n}{part},in,P{n},,,{wrong.get('mass', '500')},,,,\n")
            lines.append(f"S{n}{part},out,BM{n}{part},black_mass,,250,2,intermediate,,\n")
            lines.append(f"S{n}{part},out,FE{n}{part},metal_fraction,,240,,recycling,,\n")
            lines.append(f"S{n}{part},loss,,,,15,,,,\n")
            assays.append(f"BM{n}{part},Ni,,0.1,,,L,,dry\n")
        at = HOURS[2 * packs + n]
        head.append(f"H{n},leaching,{site_id},{at},{at},,\n")
        lines += [f"H{n},in,BM{n}a,,,245,,,,\n", f"H{n},in,BM{n}b,,,200,,,,\n"]
        lines.append(f"H{n},out,NI{n},salt,NiSO4·6H2O,190,0,recycling,true,true\n")
        lines.append(f"H{n},loss,,,,0,,,,\n")
    return "".join(head).encode(), "".join(lines).encode(), "".join(assays).encode()


async def stocked(r: Recycler, packs: int) -> None:
    for n in range(packs):
        await r.run(lots.receive, delivery(r.site_id, lot(f"P{n}", "waste_pack", 1000, {"Ni": "50"}), after(-48)))


async def one_by_one(r: Recycler, head: bytes, lines: bytes, assays: bytes) -> list[tuple[str, str]]:
    """What the tables do without sets, run by run; the number and code of the first refusal."""
    rows = sheet_runs.runs(head, lines, Reader("runs"), Reader("run_lines"))
    shares: dict[str, list[Share]] = {}
    for row in sheet_runs.assays(assays, Reader("assays")):
        shares.setdefault(row.lot_no, []).append(row.share)
    for row in rows:
        known = await r.run(store.lots_by_no, {line.lot_no for line in row.lines if line.direction == "in"})
        ids = {number: held[0][1] for number, held in known.items()}
        try:
            await r.run(runs.post, msgspec.convert(sheet_runs.run_input(row, ids, shares), RunInput))
        except Refusal as refusal:
            return [(str(row.said["run_no"]), refusal.code)]
    return []


async def books(r: Recycler) -> dict[str, Any]:
    """Everything that is booked, without ids, moments of writing and the order of entries."""
    held = await r.run(lots.page, limit=1000)
    entries = await r.run(store.entries, r.site_id, after=0, rows=10_000)
    assert ledger.broken_at(entries) is None
    names = {one.lot_id: one.lot_no for one in held}
    booked = {one.run_id: one for one in await r.run(store.runs_page, before=None, rows=1000)}
    edges = [edge for one in booked for edge in await edges_of(r, one)]
    lines = {one.run_no: await r.run(store.lines, one.run_id) for one in booked.values()}
    return {
        "lots": {
            one.lot_no: (one.left_kg, one.composition, one.sources, one.status, one.version, one.past, one.closed_at)
            for one in held
        },
        "runs": sorted((one.run_no, one.period, one.status, one.verdict, str(one.residuals)) for one in booked.values()),
        "lines": {
            number: [(line.line_no, line.mass_kg, line.elements, names.get(line.lot_id), line.past) for line in of]
            for number, of in lines.items()
        },
        "entries": sorted(
            (e.tx_type, e.period, e.book, e.element, e.attribute, e.state, str(e.qty_kg), names.get(e.lot_id, ""))
            for e in entries
        ),
        "balances": [(b.book, b.element, b.state, b.qty_kg) for b in await r.run(store.balances, r.site_id, None, None)],
        "credits": sorted((c.element, c.source_class, c.issued_kg, c.open_kg) for c in await r.run(claims.credits, limit=99)),
        "up": sorted((names[edge.child_id], names[edge.parent_id], str(edge.elements)) for edge in edges),
    }  # fmt: skip


async def edges_of(r: Recycler, run_id: UUID) -> list[Any]:
    async def read(tx: Transaction, scope: OperatorScope) -> list[Any]:
        return await tx.all(
            "SELECT child_id, parent_id, elements FROM recycling_edge WHERE operator_id = %(op)s AND run_id = %(run)s",
            _Edge,
            op=scope.operator_id,
            run=run_id,
        )

    return list(await r.run(read))


class _Edge(msgspec.Struct):
    child_id: UUID
    parent_id: UUID
    elements: Any


async def test_runs_of_a_table_in_sets_and_one_by_one_give_the_same_books(
    recycler: MakeRecycler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running_sets, "AT_ONCE", 4)
    many, single = await recycler(), await recycler()
    for r in (many, single):
        await stocked(r, 4)
    found = await many.run(importing.runs_from, *tables(many.site_id, 4), dry_run=True)
    assert (found.rows, found.booked, found.errors) == (12, 0, [])
    assert len((await books(many))["runs"]) == 4  # the deliveries alone
    for _ in range(2):  # the same again changes nothing
        found = await many.run(importing.runs_from, *tables(many.site_id, 4), dry_run=False)
        assert (found.booked, found.errors) == (12, [])
    assert await one_by_one(single, *tables(single.site_id, 4)) == []
    ours, theirs = await books(many), await books(single)
    for name in ours:
        assert ours[name] == theirs[name], name
    assert ours["credits"]
    undone = next(one for one in await many.run(store.runs_page, before=None, rows=99) if one.run_no == "H0")
    await many.run(runs.reverse, undone.run_id, "wrong")  # what sets have written can be undone like anything else


async def test_what_a_run_may_not_do_is_refused_alike_and_nothing_of_the_table_stays(
    recycler: MakeRecycler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running_sets, "AT_ONCE", 4)
    for change, code in (({"mass": "600"}, "CONSERVATION_VIOLATION"), ({"mass": "1500"}, "NEGATIVE_STOCK")):
        many, single = await recycler(), await recycler()
        for r in (many, single):
            await stocked(r, 2)
        found = await many.run(importing.runs_from, *tables(many.site_id, 2, **change), dry_run=False)
        assert found.errors[0].code == code
        assert await one_by_one(single, *tables(single.site_id, 2, **change)) == [(found.errors[0].value, code)]
        assert len((await books(many))["lots"]) == 2
    r = await recycler()
    await stocked(r, 1)
    head, lines, assays = tables(r.site_id, 1)
    await r.run(periods.close, r.site_id, "2026-03", "署名")
    found = await r.run(importing.runs_from, head, lines, assays, dry_run=False)
    assert {one.code for one in found.errors} == {"PERIOD_CLOSED"}
    r = await recycler()
    await stocked(r, 2)
    head, lines, assays = tables(r.site_id, 1)
    taken = lines.replace(b"FE0a", b"P1")  # a number that the site has already
    found = await r.run(importing.runs_from, head, taken, assays, dry_run=False)
    assert [one.code for one in found.errors][:1] == ["LOT_CONFLICT"]
    clash = lines.replace(b"FE0b", b"FE0a")  # two runs make a lot of the same number
    found = await r.run(importing.runs_from, head, clash, assays, dry_run=False)
    assert "LOT_CONFLICT" in [one.code for one in found.errors]


async def test_a_drafted_run_of_a_table_is_posted_and_each_run_is_told(recycler: MakeRecycler) -> None:
    r = await recycler()
    await stocked(r, 1)
    head, lines, assays = tables(r.site_id, 1)
    (first, *_) = sheet_runs.runs(head, lines, Reader(), Reader())
    ids = {number: held[0][1] for number, held in (await r.run(store.lots_by_no, {"P0"})).items()}
    shares = {"BM0a": [row.share for row in sheet_runs.assays(assays, Reader()) if row.lot_no == "BM0a"]}
    drafted = await r.run(runs.draft, msgspec.convert(sheet_runs.run_input(first, ids, shares), RunInput))
    told: list[str] = []

    async def count(tx: Transaction, scope: OperatorScope, event: RunPosted) -> None:
        assert await store.lines(tx, scope, event.run_id)  # whoever is told finds the run whole
        told.append(event.step_type)

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(r.db, "_reactions", {RunPosted: (count,)})
        assert (await r.run(importing.runs_from, head, lines, assays, dry_run=False)).errors == []
    assert told == ["shredding", "shredding", "leaching"]
    assert (await r.run(runs.get_run, drafted.run_id)).status == "posted"


async def test_claims_in_sets_and_one_by_one_take_the_same_credits(
    recycler: MakeRecycler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(claiming_sets, "AT_ONCE", 3)
    many, single = await recycler(), await recycler()
    for r in (many, single):
        await stocked(r, 3)
        await r.run(importing.runs_from, *tables(r.site_id, 3), dry_run=False)
    open_kg = sum((row.open_kg for row in await many.run(claims.open_sums)), Decimal(0))
    share = (open_kg / 8).quantize(Decimal("0.001"))
    asked = {row: claim(share, f"C-{row}") for row in range(2, 10)}
    assert await many.run(claiming_sets.reserve_all, asked, dry_run=True) == {}
    assert await many.run(claims.page, limit=9) == []
    for _ in range(2):
        assert await many.run(claiming_sets.reserve_all, asked, dry_run=False) == {}
    for said in asked.values():
        await single.run(claims.reserve, said)

    async def taken(r: Recycler) -> Any:
        order = {c.credit_id: n for n, c in enumerate(await r.run(claims.credits, limit=99))}
        made = await r.run(claims.page, limit=99)
        uses = {one.idempotency_key: await r.run(store_claims.claim_uses, one.claim_id) for one in made}
        found = {key: sorted((order[use.credit_id], use.qty_kg) for use in of) for key, of in uses.items()}
        kept = sorted((one.idempotency_key, one.qty_kg, one.status, one.mass_balanced, one.version) for one in made)
        return found, kept, await books(r)

    ours, theirs = await taken(many), await taken(single)
    assert ours[0] == theirs[0]
    assert ours[1] == theirs[1]
    assert ours[2]["balances"] == theirs[2]["balances"]
    assert ours[2]["entries"] == theirs[2]["entries"]


async def test_what_cannot_be_claimed_is_refused_by_row_and_the_rest_is_counted_on(recycler: MakeRecycler) -> None:
    r = await recycler()
    await recovered(r)
    asked = {
        2: claim(45000, "a"),
        3: claim(200, "b"),  # 120 are left
        4: claim(120, "c"),
        5: claim(1, "d"),
        6: claim(1, "e", element="Cu"),
        7: claim(1, "f", beneficiary_operator_id="00000000-0000-7000-8000-000000000001"),
        8: claim(0, "g"),
    }

    async def tried(tx: Transaction, scope: OperatorScope) -> dict[int, str]:
        found = await claiming_sets.reserve_all(tx, scope, asked, dry_run=False)
        return {row: refusal.code for row, refusal in found.items()}

    found = await r.run(tried)
    assert {row: code for row, code in found.items() if row != 8} == {
        3: "INSUFFICIENT_CREDIT", 5: "INSUFFICIENT_CREDIT", 6: "NOT_CLAIMABLE", 7: "recycling.claim_not_found"
    }  # fmt: skip
    assert 8 in found
    await r.run(claims.reserve, claim(10, "h"))
    other = await r.run(claiming_sets.reserve_all, {2: claim(11, "h")}, dry_run=False)
    assert other[2].code == "IDEMPOTENCY_CONFLICT"


async def test_a_table_of_many_runs_and_claims_needs_few_statements(recycler: MakeRecycler) -> None:
    r = await recycler()
    await stocked(r, 20)
    spent = []

    async def counted(tx: Transaction, scope: OperatorScope, use_case: Any, *args: Any) -> Any:
        found = await use_case(tx, scope, *args, dry_run=False)
        spent.append(tx.statements)
        return found

    assert (await r.run(counted, importing.runs_from, *tables(r.site_id, 20))).booked == 60
    asked = {row: claim("0.5", f"C-{row}") for row in range(2, 402)}
    assert await r.run(counted, claiming_sets.reserve_all, asked) == {}
    assert spent[0] / 60 < 12, spent  # what a run earns is still credited run by run
    assert spent[1] < 30, spent
