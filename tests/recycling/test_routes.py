"""Routes and dismantling methods side by side, and the floor that a plant's own year gives used batteries."""

from decimal import Decimal

import pytest

from meguri.recycling.errors import UnusableInput
from meguri.recycling.service import bench, comparing, lots, runs
from meguri.recycling.service.bench import BenchStep
from meguri.reuse import service as reuse
from recycling.booked import after, delivery, lot, run
from recycling.conftest import MakeRecycler
from recycling.test_claims import POINT

pytestmark = pytest.mark.anyio


async def test_routes_stand_side_by_side_and_what_nobody_stated_is_missing(recycler: MakeRecycler) -> None:
    r = await recycler()
    for name, route, more in (
        ("H", "hydro", {"cost_jpy": 60_000, "energy_kwh": "1000", "incidents": 0}),
        ("P", "pyro", {"incidents": 2}),
    ):
        said = lot(name, "waste_pack", 600, {"Ni": "30", "Li": "6"}, main_chemistry="NMC")
        pack = await r.run(lots.receive, delivery(r.site_id, said))
        out = [{"lot": lot(f"{name}-NI", "salt", 130, {"Ni": "28.5"}), **POINT}]
        times = {"start_at": after(1), "end_at": after(6)}
        await r.run(
            runs.post,
            run(
                r.site_id, name, "leaching", [pack.lot_id], out, route=route, losses=[{"closes": True}], **times, **more
            ),
        )
    hydro, pyro = await r.run(comparing.routes, r.site_id, 2026)
    assert (hydro.route, hydro.capacity_kwh, hydro.cost_per_kwh) == ("hydro", 100, 600)
    assert (hydro.minutes_per_kwh, hydro.energy_per_kwh, hydro.footprint_per_kwh) == (3, 10, Decimal("4.23"))
    assert (hydro.recovery["Ni"], hydro.recovery["Li"], hydro.incidents) == (95, 0, 0)
    assert (pyro.cost_per_kwh, pyro.footprint_per_kwh, pyro.incidents) == (None, None, 2)
    assert pyro.gaps == ["cost_jpy: 0/1", "energy_kwh: 0/1"]
    unsaid = await r.run(lots.receive, delivery(r.site_id, lot("U", "waste_pack", 600, {"Ni": "30"})))
    await r.run(
        runs.post, run(r.site_id, "U", "leaching", [unsaid.lot_id], [], route="hydro", losses=[{"closes": True}])
    )
    assert (await r.run(comparing.routes, r.site_id, 2026))[0].capacity_kwh is None


async def test_ways_of_taking_apart_are_compared_by_model(recycler: MakeRecycler) -> None:
    r = await recycler()
    for passport, tool, minutes, hazard in (
        ("p1", "wrench", 30, ""),
        ("p2", "wrench", 50, "arc"),
        ("p3", "robot", 10, ""),
    ):
        step = BenchStep(what="open", tool=tool, minutes=minutes, hazard=hazard)
        await r.run(bench.record, f"urn:{passport}", step)
    found = await r.run(comparing.methods)
    assert [(one.method, one.batteries, one.minutes, one.hazards) for one in found] == [
        ("robot", 1, 10.0, 0),
        ("wrench", 2, 40.0, 1),
    ]


async def test_a_plants_own_year_is_the_floor_of_used_batteries(recycler: MakeRecycler) -> None:
    r = await recycler()
    with pytest.raises(UnusableInput):
        await r.run(comparing.feed_floor, r.site_id, 2026)
    before = await r.run(reuse.prices_of)
    pack = await r.run(lots.receive, delivery(r.site_id, lot("P", "waste_pack", 1000, {"Ni": "50", "Li": "10"})))
    out = [{"lot": lot("NI", "salt", 220, {"Ni": "48"}), **POINT}, {"lot": lot("LI", "salt", 50, {"Li": "8"}), **POINT}]
    said = run(r.site_id, "H", "leaching", [pack.lot_id], out, losses=[{"closes": True}], cost_jpy=120_000)
    await r.run(runs.post, said)
    for _ in range(2):
        fed = await r.run(comparing.feed_floor, r.site_id, 2026)
    assert (fed.recovered["Ni"], fed.recovered["Li"], fed.process_per_kg) == (Decimal("0.96"), Decimal("0.8"), 120)
    prices = await r.run(reuse.prices_of)
    assert (prices.price("recovery.Ni"), prices.price("recycle.process")) == (0.96, 120)
    assert prices.price("metal.Ni") == before.price("metal.Ni")
    assert len(prices.items) == len(before.items) + 2
