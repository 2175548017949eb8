"""Any sequence of deliveries, runs, splits, merges, assays, undoings and claims: the ledger and the lots say the same."""

from collections import defaultdict
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from meguri.kernel.errors import Refusal
from meguri.recycling import store
from meguri.recycling.ledger import State
from meguri.recycling.records import Lot, Share
from meguri.recycling.service import assays, claims, lots, runs
from recycling.booked import after, delivery, lot, run
from recycling.conftest import MakeRecycler, Recycler
from recycling.test_claims import POINT, claim

pytestmark = pytest.mark.anyio
ELEMENTS = ("Ni", "Co", "Li")
SIX = Decimal("0.000001")
WEIGHTS = {"receive": 4, "process": 6, "split": 3, "merge": 2, "assay": 4, "undo": 4, "leave": 1, "claim": 3}


class Plant:
    """A plant where something happens by chance; what was booked can be undone later."""

    def __init__(self, r: Recycler, seed: int) -> None:
        self.r, self.chance = r, Random(seed)
        self.step = 0
        self.booked: list[Any] = []
        self.refused = 0

    async def act(self) -> None:
        self.step += 1
        held = [one for one in await self.r.run(lots.page, limit=1000) if one.left_kg]
        name = self.chance.choices(list(WEIGHTS), WEIGHTS.values())[0]
        try:
            await getattr(self, name if held else "receive")(held)
        except Refusal:
            self.refused += 1

    def part(self, kg: Decimal, low: float, high: float) -> Decimal:
        return (kg * Decimal(str(self.chance.uniform(low, high)))).quantize(SIX)

    async def receive(self, _: list[Lot]) -> None:
        composition = {e: str(round(self.chance.uniform(0.1, 20), self.chance.randint(0, 6))) for e in ELEMENTS}
        kind = self.chance.choice(["waste_cell", "waste_module", "black_mass"])
        said = delivery(self.r.site_id, lot(f"L{self.step}", kind, 200, composition), after(self.step))
        self.booked.append((await self.r.run(lots.receive, said)).run_id)

    async def process(self, held: list[Lot]) -> None:
        taken, mass, sums = [], Decimal(0), defaultdict(Decimal)
        for one in self.chance.sample(held, min(len(held), 2)):
            kg = self.chance.choice([one.left_kg, self.part(one.left_kg, 0.1, 0.9)])
            taken.append({"lot_id": one.lot_id, "mass_kg": kg})
            mass += kg
            for element, all_of in one.held.items():
                sums[element] += all_of * kg / one.left_kg
        made = {element: str(self.part(kg, 0.6, 0.97)) for element, kg in sums.items()}
        last = self.chance.random() < 0.5
        output = lot(f"O{self.step}", "metal_fraction" if last else "black_mass", self.part(mass, 0.9, 0.9), made)
        said = run(
            self.r.site_id, f"R{self.step}", "leaching" if last else "shredding", taken,
            [{"lot": output, **(POINT if last else {})}], losses=[{"closes": True}],
            start_at=after(self.step), end_at=after(self.step),
        )  # fmt: skip
        self.booked.append((await self.r.run(runs.post, said)).run.run_id)

    async def split(self, held: list[Lot]) -> None:
        one = self.chance.choice(held)
        made = await self.r.run(
            runs.split, one.lot_id, self.part(one.left_kg, 0.05, 1), f"S{self.step}", after(self.step)
        )
        self.booked.append(made.run_id)

    async def merge(self, held: list[Lot]) -> None:
        kind = self.chance.choice(held).kind
        ids = [one.lot_id for one in held if one.kind is kind][:3]
        self.booked.append((await self.r.run(runs.merge, ids, f"M{self.step}", after(self.step))).run_id)

    async def assay(self, held: list[Lot]) -> None:
        one = self.chance.choice(held)
        found = [
            Share(element=e, mass_fraction=self.part(one.held.get(e, Decimal(1)) / one.left_kg, 0.97, 1.03))
            for e in self.chance.sample(ELEMENTS, 2)
        ]
        await self.r.run(assays.reconcile, one.lot_id, found, at=after(self.step))

    async def undo(self, _: list[Lot]) -> None:
        if self.booked:
            await self.r.run(runs.reverse, self.chance.choice(self.booked[-6:]), "wrong")

    async def leave(self, held: list[Lot]) -> None:
        one = self.chance.choice(held)
        to = self.chance.choice([State.EXT_CUSTOMER, State.DISPOSAL])
        gone = await self.r.run(
            runs.leave, one.lot_id, to=to, kind="ship", mass_kg=self.part(one.left_kg, 0.3, 0.3), at=after(self.step)
        )
        self.booked.append(gone.run_id)

    async def claim(self, _: list[Lot]) -> None:
        known = await self.r.run(claims.page, limit=20)
        if known and self.chance.random() < 0.4:
            await self.r.run(claims.release, self.chance.choice(known).claim_id)
        else:
            await self.r.run(claims.reserve, claim(round(self.chance.uniform(0.1, 9), 3), f"c{self.step}"))


async def check(r: Recycler) -> None:
    """Every transaction adds up to zero; stock is what lots hold; credit is what credits hold, and less than came in."""
    entries = await r.run(store.entries, r.site_id, rows=100_000)
    sums: dict[Any, Decimal] = defaultdict(Decimal)
    accounts: dict[tuple[str, str, str], Decimal] = defaultdict(Decimal)
    for entry in entries:
        sums[entry.tx_id, entry.book, entry.element] += entry.qty_kg
        accounts[entry.book, entry.state, entry.element] += entry.qty_kg
    assert not any(sums.values())
    held: dict[str, Decimal] = defaultdict(Decimal)
    for one in await r.run(lots.page, limit=10_000):
        for element, kg in {"mass": one.left_kg, **one.held}.items():
            assert kg >= 0
            held[element] += kg
    for element in (*ELEMENTS, "mass"):
        assert accounts["physical", "STOCK", element] == held[element]
        credit = sum(accounts["credit", f"CREDIT_{state}", element] for state in ("OPEN", "RESERVED", "RETIRED"))
        came = -accounts["physical", "EXT_SUPPLIER", element] - accounts["physical", "CORRECTION", element]
        assert 0 <= credit <= came + SIX
    known = await r.run(claims.credits, limit=10_000)
    assert sum(one.open_kg for one in known) == sum(accounts["credit", "CREDIT_OPEN", e] for e in ELEMENTS)


@pytest.mark.parametrize("seed", [2, 7])
async def test_the_ledger_and_the_lots_agree_after_every_step(recycler: MakeRecycler, seed: int) -> None:
    plant = Plant(await recycler(), seed)
    for _ in range(30):
        await plant.act()
        await check(plant.r)
    assert plant.booked
    assert plant.refused < 15
