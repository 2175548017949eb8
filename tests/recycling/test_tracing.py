"""Genealogies in arrays: numbers for ids, reagents as an origin, the nearest lots for a drawing."""

import struct
from decimal import Decimal
from uuid import UUID

import numpy as np
import pytest

from meguri.recycling import tracing
from meguri.recycling.service import genealogy, lots, runs
from meguri.recycling.tracing import REAGENTS, Walk, brought, nearest, numbered, origins_above, shares_below
from recycling.booked import delivery, lot, run
from recycling.conftest import MakeRecycler

pytestmark = pytest.mark.anyio
A, B, C, D = (UUID(int=n << 64 | 7 * n) for n in (4, 3, 2, 1))


def walk_of(start: UUID, *edges: tuple[UUID, UUID, float]) -> Walk:
    """As the database sends it: child, parent, kg."""
    columns = [b"".join(edge[place].bytes for edge in edges) for place in (0, 1)]
    return numbered(start, *columns, b"".join(struct.pack(">d", kg) for _, _, kg in edges))


def by_id(walk: Walk, shares: dict[int, float]) -> dict[UUID, float]:
    return {walk.uuid(place): share for place, share in shares.items()}


def test_the_start_is_number_nought_and_ids_come_back() -> None:
    walk = walk_of(D, (D, C, 1.0), (C, A, 1.0), (C, B, 3.0))
    assert walk.uuid(0) == D
    assert {walk.uuid(place) for place in range(walk.lots)} == {A, B, C, D}
    assert by_id(walk, origins_above(walk)) == {A: 0.25, B: 0.75}


def test_a_lot_without_parents_is_its_own_origin() -> None:
    walk = walk_of(A)
    assert by_id(walk, origins_above(walk)) == {A: 1.0}
    assert list(shares_below(walk)) == [1.0]


def test_ids_that_mix_alike_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "_MIX", np.uint64(0))
    same = [UUID(int=n << 64 | 9) for n in (1, 2, 3)]
    walk = walk_of(same[2], (same[2], same[0], 1.0), (same[2], same[1], 1.0))
    assert by_id(walk, origins_above(walk)) == {same[0]: 0.5, same[1]: 0.5}


def test_many_ways_and_a_parent_from_aside() -> None:
    walk = walk_of(A, (B, A, 2.0), (C, A, 1.0), (C, B, 1.0), (C, D, 2.0))
    held = by_id(walk, dict(enumerate(shares_below(walk) * brought(walk))))
    assert held == {A: 0.0, B: 2.0, C: 2.0, D: 0.0}


def test_the_nearest_edges_are_drawn_first() -> None:
    walk = walk_of(A, *((UUID(int=n), UUID(int=n - 1), 1.0) for n in range(60, 50, -1)), (A, UUID(int=60), 1.0))
    drawn = [walk.uuid(int(walk.child[edge])) for edge in nearest(walk, 3, up=True)]
    assert drawn == [A, UUID(int=60), UUID(int=59)]
    assert len(nearest(walk, 100, up=True)) == 11


async def test_what_came_with_reagents_is_no_batterys_metal(recycler: MakeRecycler) -> None:
    """10 kg Li out of a run that took 8 from a battery and 2 from soda: 8 kg are the battery's, also a step later."""
    r = await recycler()
    pack = await r.run(lots.receive, delivery(r.site_id, lot("P", "waste_pack", 100, {"Li": "8"})))
    soda = {"substance": "LiOH", "mass_kg": "10", "composition": [{"element": "Li", "mass_kg": "2"}]}
    out = [{"lot": lot("LI", "salt", 60, {"Li": "10"}), "counting": "recycling"}]
    first = run(r.site_id, "H", "leaching", [pack.lot_id], out, reagents=[soda], losses=[{"closes": True}])
    salt = (await r.run(runs.post, first)).lines[1].lot_id
    part = await r.run(runs.split, salt, Decimal(30), "LI-2", first.end_at)
    down = await r.run(genealogy.downstream, pack.lot_id, "Li")
    assert {one.lot_no: one.kg for one in down.relatives} == pytest.approx({"LI": 8.0, "LI-2": 4.0})
    up = await r.run(genealogy.upstream, part.lot_id, "Li")
    assert {one.kind: (one.kg, one.share) for one in up.relatives} == {
        "waste_pack": pytest.approx((4.0, 0.8)),
        "reagent": pytest.approx((1.0, 0.2)),
    }
    drawn = await r.run(genealogy.graph, part.lot_id, "Li")
    assert REAGENTS not in {node.lot_id for node in drawn.nodes}
