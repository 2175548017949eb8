"""No gram is counted twice: not by sorting or merging, not as an output of an output, not as credit at a second step."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from meguri.kernel.numbers import ZERO
from meguri.recycling import errors, store, store_claims
from meguri.recycling.ledger import State
from meguri.recycling.records import Share
from meguri.recycling.service import assays, claims, lots, periods, rates, runs
from recycling.booked import M1, after, delivery, kg, lot, run
from recycling.conftest import MakeRecycler, Recycler
from recycling.test_claims import POINT, claim, left, recovered

pytestmark = pytest.mark.anyio
CLOSING = [{"closes": True}]


async def booked(
    r: Recycler, no: str, step: str, taken: list[Any], made: dict[str, Any], hour: float, **how: Any
) -> UUID:
    """One run with one output; the lot that it makes."""
    outputs = [{"lot": made, **how}]
    said = run(r.site_id, no, step, taken, outputs, losses=CLOSING, start_at=after(hour), end_at=after(hour))
    done = await r.run(runs.post, said)
    return next(line.lot_id for line in done.lines if line.direction == "out" and line.lot_id)


async def module(r: Recycler, no: str, ni: str = "18.9") -> UUID:
    return (await r.run(lots.receive, delivery(r.site_id, lot(no, "waste_module", 210, {**M1, "Ni": ni})))).lot_id


async def march(r: Recycler) -> Any:
    return await r.run(rates.of_period, site_id=r.site_id, first="2026-03", last="2026-03")


async def stock(r: Recycler) -> dict[str, Decimal]:
    rows = await r.run(store.balances, r.site_id, None, None)
    return {row.element: row.qty_kg for row in rows if row.state == "STOCK" and row.qty_kg}


class TestInput:
    async def test_batteries_that_were_sorted_first_are_counted_when_their_recycling_begins(
        self, recycler: MakeRecycler
    ) -> None:
        r = await recycler()
        sorted_out = await booked(r, "S", "sorting", [await module(r, "M")], lot("MS", "waste_module", 210, M1), 1)
        assert (await march(r)).r_re.value is None
        drained = await booked(r, "D", "discharge", [sorted_out], lot("MD", "waste_module", 210, M1), 2)
        cells = await booked(r, "T", "dismantling", [drained], lot("C", "waste_cell", 200, M1), 3)
        await booked(r, "X", "shredding", [cells], lot("BM", "black_mass", 150, M1), 4)
        assert (await march(r)).r_rm["Ni"].input_kg == kg("18.9")

    async def test_of_a_mixture_only_what_was_not_counted_before_counts(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        taken_apart = await booked(
            r, "T", "dismantling", [await module(r, "M")], lot("A", "waste_module", 200, {"Ni": "18.9"}), 1
        )
        both = await r.run(runs.merge, [taken_apart, await module(r, "N", "6.3")], "AB", after(2))
        await booked(r, "X", "shredding", [both.lot_id], lot("BM", "black_mass", 400, {"Ni": "25.2"}), 3)
        assert (await march(r)).r_rm["Ni"].input_kg == kg("25.2")

    async def test_batteries_of_two_classes_are_not_merged_and_the_worst_hazard_stays(
        self, recycler: MakeRecycler
    ) -> None:
        r = await recycler()
        lead = lot("PB", "waste_module", 10, re_class="lead_acid")
        burnt = lot("H", "waste_module", 10, hazard={"un": "UN3480", "defect_class": "damaged_critical"})
        ids = [(await r.run(lots.receive, delivery(r.site_id, one))).lot_id for one in (lead, burnt)]
        first = await module(r, "M")
        with pytest.raises(errors.GenealogyCycle):
            await r.run(runs.merge, [first, ids[0]], "X", after(1))
        together = await r.run(runs.merge, [first, ids[1]], "Y", after(1))
        assert together.hazard.defect_class == "damaged_critical"


class TestOutput:
    async def test_an_output_of_an_output_counts_once(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        foil = await booked(
            r, "X", "shredding", [await module(r, "M")], lot("F", "electrode_foil", 100, {"Ni": "18.0"}), 1,
            counting="recycling",
        )  # fmt: skip
        metal = await booked(r, "Y", "refining", [foil], lot("N", "metal", 20, {"Ni": "17.0"}), 2, **POINT)
        await booked(r, "Z", "precursor_synthesis", [metal], lot("P", "precursor", 20, {"Ni": "16.5"}), 3, **POINT)
        found = await march(r)
        assert found.r_rm["Ni"].output_kg == kg("17.0")
        assert found.r_re.output_kg == kg("18.0")
        assert {e.reason for e in found.excluded} >= {"COUNTED_BEFORE"}
        assert sum((c.issued_kg for c in await r.run(claims.credits, limit=50) if c.element == "Ni"), ZERO) == 17

    async def test_a_run_undone_and_booked_again_earns_what_it_earned(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        done = await recovered(r)
        await r.run(runs.reverse, done.run.run_id, "wrong scale")
        assert await left(r) == 0
        basis = await r.run(store_claims.add_basis, r.site_id, "Ni", "post_consumer_battery")
        assert (basis.in_kg, basis.proven_kg, basis.issued_kg) == (0, 0, 0)
        outputs = [{"lot": lot("NI-2", "salt", 225000, {"Ni": "47040"}), **POINT}]
        pack = next(line.lot_id for line in done.lines if line.direction == "in")
        await r.run(runs.post, run(r.site_id, "HYDRO-2", "leaching", [pack], outputs, losses=CLOSING))
        assert await left(r) == 45120

    async def test_what_claims_rest_on_is_not_undone(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        done = await recovered(r)
        made = await r.run(claims.reserve, claim(100, "k"))
        with pytest.raises(errors.CreditsInUse):
            await r.run(runs.reverse, done.run.run_id, "wrong scale")
        assert await left(r) == 45020
        await r.run(claims.release, made.claim_id)
        await r.run(runs.reverse, done.run.run_id, "wrong scale")
        assert await left(r) == 0


class TestUndoing:
    async def test_a_delivery_undone_takes_its_assays_with_it(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        kept = await module(r, "K")
        before = await stock(r)
        lot_id = await module(r, "M")
        for share in ("0.0905", "0.0895"):
            found = [Share(element="Ni", mass_fraction=kg(share)), Share(element="Mn", mass_fraction=kg("0.02"))]
            await r.run(assays.reconcile, lot_id, found, at=after(1))
        await r.run(runs.reverse, (await r.run(lots.get, lot_id)).run_id, "not ours")
        assert await stock(r) == before
        assert (await r.run(lots.get, kept)).left_kg == 210

    async def test_what_was_taken_goes_back_to_its_element_also_after_an_assay(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        lot_id = await module(r, "M")
        part = await r.run(runs.split, lot_id, kg(100), "P", after(1))
        await r.run(assays.reconcile, lot_id, [Share(element="Co", mass_fraction=kg("0.0301"))], at=after(2))
        await r.run(runs.reverse, part.run_id, "kept whole")
        whole = await r.run(lots.get, lot_id)
        assert (whole.left_kg, whole.held["Ni"], whole.held["Li"]) == (210, kg("18.9"), kg("3.5"))
        assert {**whole.held, "mass": whole.left_kg} == await stock(r)

    async def test_nothing_leaves_before_it_came(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        lot_id = await module(r, "M")
        with pytest.raises(errors.GenealogyCycle):
            await r.run(runs.leave, lot_id, to=State.DISPOSAL, kind="dispose", at=after(-1))

    async def test_credits_move_in_the_first_month_that_is_open(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        await recovered(r)
        made = await r.run(claims.reserve, claim(1, "k"))
        rows = await r.run(store.entries, r.site_id, rows=1000)
        month = rows[-1].period
        await r.run(periods.close, r.site_id, month, "再生 太郎")
        await r.run(claims.release, made.claim_id)
        rows = await r.run(store.entries, r.site_id, rows=1000)
        assert rows[-1].period > month
