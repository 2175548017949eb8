"""Deliveries in sets: the same books and the same errors as one by one, whatever the table says."""

import random
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from meguri.dataspaces.epcis import recycled
from meguri.kernel.errors import Refusal
from meguri.recycling import ledger, sheet, sheet_runs, store
from meguri.recycling.events import LotsReceived
from meguri.recycling.records import Lot
from meguri.recycling.service import assays, importing, lots, periods, receiving
from meguri.recycling.sheet_runs import AssayRow
from meguri.recycling.tables import Reader
from recycling.conftest import MakeRecycler, Recycler

pytestmark = pytest.mark.anyio
COLUMNS = ("lot_no", "kind", "site_id", "created_at", "mass_wet_kg", "moisture_pct", "waste_code", "country_collected")
STRANGE = "00000000-0000-7000-8000-000000000001"
WRONG: list[dict[str, str]] = [
    {"site_id": STRANGE},
    {"created_at": "2026-01-15"},  # a closed month
    {"waste_code": "99 99 99*"},
    {"kind": "black_mass", "moisture_pct": ""},
    {"mass_wet_kg": "0.000001", "moisture_pct": "99"},
    {"mass_wet_kg": "2000000000"},
    {"moisture_pct": "100"},
]


def table(dice: random.Random, name: str, site_id: UUID, faults: int) -> bytes:
    """Some deliveries, `faults` of which cannot be booked."""
    rows = [
        {
            "lot_no": f"{name}-{n}",
            "kind": dice.choice(["waste_pack", "waste_cell", "black_mass", "metal_fraction"]),
            "site_id": str(site_id),
            "created_at": dice.choice(["2026-02-03", "2026-03-01T08:30:00+09:00", "2026-03-31T23:59:59Z"]),
            "mass_wet_kg": str(Decimal(dice.randrange(1, 10**9)) / 10**4),
            "moisture_pct": str(dice.choice([0, 2.5, 12])),
            "waste_code": dice.choice(["", "16 06 07*", "19 14 02*", "16 06 05"]),
            "country_collected": dice.choice(["", "JP"]),
        }
        for n in range(dice.randint(4, 8))
    ]
    for place in dice.sample(range(len(rows)), faults):
        rows[place] |= dice.choice(WRONG)
    return "\n".join([",".join(COLUMNS), *(",".join(row[c] for c in COLUMNS) for row in rows)]).encode()


async def one_by_one(tx: Any, scope: Any, raw: bytes) -> list[tuple[int, str, str]]:
    """What the file does without sets: each row in a savepoint, all taken back when one is refused."""
    told = []
    for row, receipt in sheet.read(raw, await importing.zones(tx, scope)).receipts.items():
        try:
            async with tx.savepoint():
                await lots.receive(tx, scope, receipt)
        except Refusal as refusal:
            told.append((row, receipt.lot.lot_no, refusal.code))
    if told:
        raise Told(told)
    return told


class Told(Exception):
    """Takes a transaction back."""


async def told_one_by_one(r: Recycler, raw: bytes) -> list[tuple[int, str, str]]:
    try:
        found: list[tuple[int, str, str]] = await r.run(one_by_one, raw)
    except Told as told:
        found = told.args[0]
    return found


async def books(r: Recycler) -> dict[str, Any]:
    """Everything that is booked, without ids and moments of writing."""
    held: list[Lot] = await r.run(lots.page, limit=1000)
    entries = await r.run(store.entries, r.site_id, after=0, rows=10_000)
    assert ledger.broken_at(entries) is None
    names = {one.lot_id: one.lot_no for one in held}
    runs = {one.run_id: one for one in await r.run(store.runs_page, before=None, rows=1000)}
    return {
        "lots": {
            one.lot_no: (
                one.kind, one.created_at, one.mass_wet_kg, one.moisture_pct, one.mass_kg, one.left_kg, one.composition,
                one.sources, one.re_class, one.waste_code, one.is_waste, one.is_origin, one.country_collected,
                one.status, one.warnings, one.version, runs[one.run_id].run_no,
            )
            for one in held
        },
        "runs": sorted((one.run_no, one.kind, one.period, one.start_at, one.status, one.verdict) for one in runs.values()),
        "entries": [
            (e.seq, e.tx_type, e.period, e.book, e.element, e.attribute, e.state, e.qty_kg, names[e.lot_id],
             runs[e.tx_id].run_no, e.run_id and runs[e.run_id].run_no, e.actor.rpartition(":")[0])
            for e in entries
        ],
        "balances": [(b.element, b.state, b.qty_kg) for b in await r.run(store.balances, r.site_id, None, None)],
    }  # fmt: skip


async def test_sets_and_single_deliveries_give_the_same_books_and_errors(
    recycler: MakeRecycler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(receiving, "AT_ONCE", 3)
    many, single = await recycler(), await recycler()
    for r in (many, single):
        await r.run(periods.close, r.site_id, "2026-01", "署名")
    dice = random.Random(20260301)
    seen: set[str] = set()
    for turn in range(16):
        seed, faults = dice.random(), dice.choice([0, 0, 0, 1, 2])
        raw = {r.site_id: table(random.Random(seed), f"T{turn}", r.site_id, faults) for r in (many, single)}
        if turn % 5 == 4:  # a number that is known, with other content
            for r in (many, single):
                other = raw[r.site_id].splitlines()[1].replace(b"JP", b"").split(b",")
                other[4] = b"7"
                first = b"\n".join([",".join(COLUMNS).encode(), b",".join(other)])
                await told_one_by_one(r, first)
        for _ in range(2):  # the second time nothing new comes in
            dry = await many.run(importing.lots_from, raw[many.site_id], dry_run=True)
            found = await many.run(importing.lots_from, raw[many.site_id], dry_run=False)
            told = await told_one_by_one(single, raw[single.site_id])
            assert [(e.row, e.value, e.code) for e in found.errors] == told
            assert (dry.errors, dry.booked) == (found.errors, 0)
            assert found.booked == (0 if told else found.rows)
            seen |= {code for _, _, code in told}
    assert {
        "recycling.site_not_found",
        "PERIOD_CLOSED",
        "WASTE_CODE_UNKNOWN",
        "RECYCLING_INPUT",
        "LOT_CONFLICT",
    } <= seen
    assert await books(many) == await books(single)


async def assayed_one_by_one(tx: Any, scope: Any, by_lot: dict[UUID, list[AssayRow]]) -> list[tuple[str, str]]:
    told = []
    for lot_id, rows in by_lot.items():
        try:
            async with tx.savepoint():
                at = datetime.fromisoformat(str(rows[0].sampled_at))
                shares = [one.share for one in rows]
                await assays.reconcile(tx, scope, lot_id, shares, wet=rows[0].wet, lab_ref=rows[0].lab_ref, at=at)
        except Refusal as refusal:
            told.append((rows[0].lot_no, refusal.code))
    if told:
        raise Told(told)
    return told


async def test_assays_in_sets_and_one_by_one_give_the_same_books_and_errors(
    recycler: MakeRecycler, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assays, "AT_ONCE", 2)
    many, single = await recycler(), await recycler()
    for r in (many, single):
        await r.run(periods.close, r.site_id, "2026-01", "署名")
        await r.run(importing.lots_from, table(random.Random(5), "A", r.site_id, 0), dry_run=False)
    numbers = sorted((await books(many))["lots"])
    dice = random.Random(7)
    seen: set[str] = set()
    nickel = dict.fromkeys(numbers, Decimal("0.05"))
    for turn in range(16):
        rows = ["lot_no,element,mass_fraction,u_rel,sampled_at,basis,lab_ref"]
        for number in dice.sample(numbers, dice.randint(1, len(numbers))):
            jump = dice.choice(["0.9995", "1", "1.0005", "1.6" if turn % 4 == 1 else "1"])
            share = nickel[number] * Decimal(jump)
            day = "2026-01-20" if turn % 5 == 2 else "2026-05-01"
            rows.append(f"{number},Ni,{share},0.01,{day},{dice.choice(['dry', 'wet'])},L{turn}")
            rows += [f"{number},Li,{dice.choice(['0.01', '0.0101', '0.97'])},0.02,{day},dry,"] * dice.randint(0, 1)
        raw = "\n".join(rows).encode()
        found = await many.run(importing.assays_from, raw, dry_run=False)
        held = {one.lot_no: one.lot_id for one in await single.run(lots.page, limit=99)}
        by_lot: dict[UUID, list[AssayRow]] = {}
        for row in sheet_runs.assays(raw, Reader(zone_of=await single.run(importing.zones))):
            by_lot.setdefault(held[row.lot_no], []).append(row)
        try:
            told = await single.run(assayed_one_by_one, by_lot)
        except Told as refused:
            told = refused.args[0]
        assert [(e.value, e.code) for e in found.errors] == told
        seen |= {code for _, code in told} | ({"booked"} if not told else set())
    assert {"booked", "PERIOD_CLOSED", "COMPOSITION_OVER_UNITY", "ASSAY_OUTSIDE_TOLERANCE"} <= seen
    assert await books(many) == await books(single)


async def test_deliveries_of_a_file_are_told_as_events_by_a_worker(recycler: MakeRecycler) -> None:
    r = await recycler()
    raw = table(random.Random(1), "E", r.site_id, 0)
    done = await r.run(importing.lots_from, raw, dry_run=False)
    held = await r.run(lots.page, limit=99)
    ids = tuple(one.lot_id for one in held)
    event = LotsReceived(lot_ids=ids, site_id=r.site_id, mass_kg=Decimal(1))
    for _ in range(2):  # a worker may be killed after its work and do it again
        await r.run(recycled.tell_received, min(event.lot_ids), max(event.lot_ids))
    kept = await r.run(_events)
    assert kept == done.rows == len(held)


async def _events(tx: Any, scope: Any) -> int:
    return int(await tx.value("SELECT count(*) FROM epcis_event WHERE operator_id = %(me)s", me=scope.operator_id))
