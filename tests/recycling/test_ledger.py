"""The ledger against the real database: conservation at every posting, genealogy, reversal, periods."""

import re
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.proof import jcs
from meguri.recycling import errors, ledger, store
from meguri.recycling.service import genealogy, lots, periods, rates, receiving, runs
from recycling.booked import BLACK, M1, M2, after, delivery, kg, lot, run, shredding
from recycling.conftest import MakeRecycler, Recycler

pytestmark = pytest.mark.anyio


async def modules(r: Recycler) -> tuple[UUID, UUID]:
    one = await r.run(lots.receive, delivery(r.site_id, lot("M1", "waste_module", 210, M1, passports=["urn:p:1"])))
    two = await r.run(lots.receive, delivery(r.site_id, lot("M2", "waste_module", 140, M2, passports=["urn:p:2"])))
    return one.lot_id, two.lot_id


async def shredded(r: Recycler) -> dict[str, UUID]:
    m1, m2 = await modules(r)
    done = await r.run(runs.post, shredding(r.site_id, m1, m2))
    return {"M1": m1, "M2": m2, **{line.label: line.lot_id for line in done.lines if line.direction == "out"}}


async def stock(r: Recycler, element: str) -> Decimal:
    rows = await r.run(store.balances, r.site_id, element, None)
    return sum((row.qty_kg for row in rows if row.state == "STOCK"), Decimal(0))


async def nothing_changed(r: Recycler, before: int) -> bool:
    return len(await r.run(store.entries, r.site_id, rows=10_000)) == before


class TestPosting:
    async def test_a_run_balances_and_its_entries_add_up_to_zero(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        await shredded(r)
        entries = await r.run(store.entries, r.site_id, rows=1000)
        assert {sum(e.qty_kg for e in entries if e.element == el) for el in ("Ni", "mass")} == {Decimal(0)}
        assert await stock(r, "Ni") == kg("27.0")
        assert ledger.broken_at(entries) is None

    async def test_an_entrys_hash_is_of_its_canonical_json(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        await shredded(r)
        odd = lot('é,"1', "waste_module", 5, {'Other:k"\\n, {é}\n': "1"})
        await r.run(receiving.receive_all, {2: delivery(r.site_id, odd)}, dry_run=False)
        entries = await r.run(store.entries, r.site_id, rows=1000)
        assert entries[-1].element == 'Other:k"\\n, {é}\n'
        for entry in entries:
            body = {**msgspec.to_builtins(entry), "at": clock.millis_z(entry.at), "seq": str(entry.seq)}
            del body["hash"]
            camel = {re.sub("_(.)", lambda m: m[1].upper(), name): value for name, value in body.items()}
            assert ledger.written(entry).encode() == jcs.canonical({**camel, "qtyKg": f"{entry.qty_kg:.6f}"})
        forged = [*entries[:3], msgspec.structs.replace(entries[3], qty_kg=Decimal(1)), *entries[4:]]
        assert ledger.broken_at(forged) == 4

    async def test_the_same_delivery_and_run_again_change_nothing(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        made = await shredded(r)
        count = len(await r.run(store.entries, r.site_id, rows=1000))
        await r.run(lots.receive, delivery(r.site_id, lot("M1", "waste_module", 210, M1, passports=["urn:p:1"])))
        await r.run(runs.post, shredding(r.site_id, made["M1"], made["M2"]))
        assert await nothing_changed(r, count)
        with pytest.raises(errors.LotConflict):
            await r.run(lots.receive, delivery(r.site_id, lot("M1", "waste_module", 211, M1)))

    @pytest.mark.parametrize(
        ("change", "refusal"),
        [
            ({"outputs": [{"lot": lot("BM", "black_mass", 175, {"Ni": "40"})}]}, errors.ConservationViolation),
            ({"inputs_kg": "211"}, errors.NegativeStock),
            ({"start_at": after(3)}, errors.GenealogyCycle),
            ({"start_at": after(-9)}, errors.GenealogyCycle),
            ({"outputs": [{"lot": lot("M1", "black_mass", 175, BLACK)}]}, errors.GenealogyCycle),
            (
                {"outputs": [{"lot": lot("B", "black_mass", 1, {}), "counting": "recycling"}]},
                errors.BlackMassIntermediate,
            ),
            ({"permit_no": "P-1", "permit_valid_to": "2026-02-28"}, errors.PermitExpired),
            ({"outputs": [{"lot": lot("B", "black_mass", "NaN")}]}, errors.UnusableInput),
            ({"outputs": [{"lot": lot("B", "black_mass", 5, unit="stone")}]}, errors.UnitMismatch),
            ({"outputs": [{"lot": lot("B", "black_mass", 10, {"Ni": "9", "Co": "2"})}]}, errors.CompositionOverUnity),
            (
                {"outputs": [{"lot": lot("S", "salt", 10, {"Li": "2.5"}, substance="Li2CO3")}]},
                errors.AssayOverStoichiometric,
            ),
        ],
    )
    async def test_bad_bookings_are_refused_and_change_nothing(
        self, recycler: MakeRecycler, change: dict[str, object], refusal: type[Exception]
    ) -> None:
        r = await recycler()
        m1, m2 = await modules(r)
        count = len(await r.run(store.entries, r.site_id, rows=1000))
        taken = change.pop("inputs_kg", None)
        inputs = [{"lot_id": m1, "mass_kg": taken} if taken else m1, m2]
        outputs = change.pop("outputs", [{"lot": lot("BM", "black_mass", 350, {})}])
        with pytest.raises(refusal):
            await r.run(runs.post, run(r.site_id, "BAD", "shredding", inputs, outputs, **change))
        assert await nothing_changed(r, count)
        assert (await r.run(lots.get, m1)).left_kg == 210

    async def test_a_foreign_lot_is_not_found(self, recycler: MakeRecycler) -> None:
        mine, other = await recycler("甲"), await recycler("乙")
        m1, _ = await modules(other)
        for lot_id in (m1, new_id()):
            with pytest.raises(errors.LotNotFound):
                await mine.run(runs.post, run(mine.site_id, "X", "shredding", [lot_id], []))
            with pytest.raises(errors.LotNotFound):
                await mine.run(genealogy.upstream, lot_id, "Ni")
        with pytest.raises(errors.SiteNotFound):
            await mine.run(lots.receive, delivery(other.site_id, lot("L", "waste_pack", 1)))

    async def test_a_delivery_that_weighs_otherwise_than_shipped_is_held(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        with pytest.raises(errors.ReceiptMismatch):
            await r.run(lots.receive, delivery(r.site_id, lot("L", "waste_pack", 994), shipped_kg=1000))
        assert (
            await r.run(lots.receive, delivery(r.site_id, lot("L", "waste_pack", 995), shipped_kg=1000))
        ).left_kg == 995

    async def test_a_closing_loss_takes_what_is_left(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        m1, m2 = await modules(r)
        outputs = [{"lot": lot("BM-1", "black_mass", 175, BLACK)}]
        done = await r.run(runs.post, run(r.site_id, "C", "shredding", [m1, m2], outputs, losses=[{"closes": True}]))
        lost = done.lines[-1]
        assert (lost.mass_kg, lost.elements["Ni"]) == (175, kg("0.9"))
        assert done.run.verdict == "balanced"


class TestGenealogy:
    async def test_origins_and_descendants_of_the_worked_example(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        made = await shredded(r)
        x = await r.run(
            lots.receive, delivery(r.site_id, lot("X", "black_mass", 60, {"Ni": "12.0", "Co": "1.5", "Li": "2.4"}))
        )
        part = await r.run(runs.split, made["BM-1"], kg(100), "BM-1a", after(3))
        blend = await r.run(runs.merge, [part.lot_id, x.lot_id], "BLEND", after(4))
        trace = await r.run(genealogy.upstream, blend.lot_id, "Ni")
        assert trace.kg == pytest.approx(27.085714)
        shares = {one.lot_no: round(one.share, 6) for one in trace.relatives}
        assert shares == {"X": 0.443038, "M1": 0.385589, "M2": 0.171373}
        cobalt = await r.run(genealogy.upstream, blend.lot_id, "Co")
        assert {one.lot_no: round(one.share, 6) for one in cobalt.relatives} == {
            "M1": 0.362492, "M2": 0.483323, "X": 0.154185,
        }  # fmt: skip
        down = await r.run(genealogy.downstream, made["M1"], "Ni")
        assert {one.lot_no: round(one.kg, 3) for one in down.relatives}["BLEND"] == 10.444
        assert [p for one in trace.relatives for p in one.passports] == ["urn:p:1", "urn:p:2"]

    async def test_a_split_and_a_merge_keep_every_gram(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        made = await shredded(r)
        before = await stock(r, "Li")
        parts = [await r.run(runs.split, made["BM-1"], kg("33.333333"), f"P{n}", after(3)) for n in range(3)]
        rest = await r.run(lots.get, made["BM-1"])
        whole = await r.run(runs.merge, [p.lot_id for p in parts] + [rest.lot_id], "ALL", after(4))
        assert whole.mass_kg == 175
        assert whole.held["Li"] == kg("5.4")
        assert await stock(r, "Li") == before

    async def test_lots_of_different_kinds_are_not_merged(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        made = await shredded(r)
        with pytest.raises(errors.GenealogyCycle):
            await r.run(runs.merge, [made["BM-1"], made["FOIL-1"]], "MIX", after(4))


class TestReversal:
    async def test_a_run_undone_leaves_stock_as_it_was(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        made = await shredded(r)
        done = (await r.run(lots.get, made["BM-1"])).run_id
        await r.run(runs.reverse, done, "wrong scale")
        m1 = await r.run(lots.get, made["M1"])
        assert (m1.left_kg, m1.held["Ni"], m1.status.value) == (210, kg("18.9"), "open")
        assert await stock(r, "Ni") == kg("27.3")
        entries = await r.run(store.entries, r.site_id, rows=1000)
        assert ledger.broken_at(entries) is None
        assert (await r.run(genealogy.downstream, made["M1"], "Ni")).relatives == []

    async def test_what_was_used_since_cannot_be_undone(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        made = await shredded(r)
        await r.run(runs.split, made["BM-1"], kg(1), "P", after(3))
        with pytest.raises(errors.StateTransition):
            await r.run(runs.reverse, (await r.run(lots.get, made["BM-1"])).run_id, "late")


class TestPeriods:
    async def test_a_closed_month_takes_no_posting(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        made = await shredded(r)
        closed = await r.run(periods.close, r.site_id, "2026-03", "再生 太郎")
        assert closed.statement["elements"]["Ni"]["received"] == "27.3"
        assert closed.statement["elements"]["Ni"]["lost"] == "0.3"
        with pytest.raises(errors.PeriodClosed):
            await r.run(lots.receive, delivery(r.site_id, lot("LATE", "waste_pack", 1)))
        with pytest.raises(errors.PeriodClosed):
            await r.run(runs.split, made["BM-1"], kg(1), "P", after(3))
        with pytest.raises(errors.PeriodClosed):
            await r.run(periods.close, r.site_id, "2026-03", "再生 太郎")

    async def test_a_warning_needs_a_reason_before_closing(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        m1, m2 = await modules(r)
        short = {**BLACK, "Ni": "25.0"}
        outputs = [{"lot": lot("BM-1", "black_mass", 350, short)}]
        lost = [{"mass_kg": "0", "composition": []}]
        done = await r.run(runs.post, run(r.site_id, "W", "shredding", [m1, m2], outputs, losses=lost, reason=None))
        assert done.run.verdict == "warning"
        with pytest.raises(errors.PeriodNotReady):
            await r.run(periods.close, r.site_id, "2026-03", "再生 太郎")
        await r.run(runs.give_reason, done.run.run_id, "assay repeated")
        assert (await r.run(periods.close, r.site_id, "2026-03", "再生 太郎")).state == "closed"


class TestRates:
    async def test_rates_from_the_ledger_equal_the_worked_example(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        pack = await r.run(
            lots.receive, delivery(r.site_id, lot("P", "waste_pack", 1000, {"Li": "11", "Ni": "50", "Co": "19"}))
        )
        point = {"counting": "recycling", "calculation_point": True, "substitutes_primary": True, "end_of_waste": True}
        outputs = [
            {"lot": lot("NI", "salt", 215, substance="NiSO4·6H2O"), **point},
            {"lot": lot("CO", "salt", 86, substance="CoSO4·7H2O"), **point},
            {"lot": lot("LI", "salt", 50, substance="Li2CO3"), **point},
        ]
        await r.run(runs.post, run(r.site_id, "HYDRO", "leaching", [pack.lot_id], outputs, losses=[{"closes": True}]))
        found = await r.run(rates.of_period, site_id=r.site_id, first="2026-01", last="2026-12")
        shown = {metal: f"{found.r_rm[metal].value:.2f}" for metal in ("Ni", "Co", "Li")}
        assert shown == {"Ni": "96.02", "Co": "94.90", "Li": "85.39"}
        drawn = await r.run(rates.flow_chart, r.site_id, "Ni", "2026-01", "2026-12")
        assert drawn.balance.residual == 0
        assert drawn.balance.into == 50

    async def test_the_fund_counts_battery_grade_only_while_the_union_counts_all(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        pack = await r.run(lots.receive, delivery(r.site_id, lot("P", "waste_pack", 1000, {"Li": "11"})))
        point = {"counting": "recycling", "calculation_point": True, "substitutes_primary": True}
        outputs = [{"lot": lot("LI", "salt", 50, substance="Li2CO3"), **point}]
        said = run(
            r.site_id, "H", "leaching", [pack.lot_id], outputs, losses=[{"closes": True}], cost_jpy=18785,
        )  # fmt: skip
        done = await r.run(runs.post, said)
        good = {"Li2CO3": kg("99.6"), "Fe": kg(12), "Na": kg(100), "Ca": kg(20), "SO4": kg(300)}
        salt = done.lines[1].lot_id
        await r.run(lots.analysed, salt, good, 1)
        asked = {"site_id": r.site_id, "first": "2026-01", "last": "2026-12"}
        found = await r.run(rates.of_period, **asked)
        assert f"{found.r_rm['Li'].value:.2f}" == "85.39"
        sheet = await r.run(rates.graded, r.site_id, "2026-01", "2026-12", found)
        assert (sheet[0].value, sheet[0].jpy_per_kg) == (0, 2000)
        await r.run(lots.analysed, salt, {**good, "Fe": kg(5)}, 2)
        sheet = await r.run(rates.graded, r.site_id, "2026-01", "2026-12", found)
        assert f"{sheet[0].value:.2f}" == "85.39"

    async def test_a_sankey_of_the_shredder_balances(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        await shredded(r)
        drawn = await r.run(rates.flow_chart, r.site_id, "Ni", "2026-01", "2026-12")
        flows = {(link.source, link.target): link.value for link in drawn.links}
        assert flows["kind:waste_module", "step:shredding"] == kg("27.3")
        assert flows["step:shredding", "kind:black_mass"] == kg("26.4")
        assert flows["step:shredding", "loss"] == kg("0.3")
        assert drawn.balance.residual == 0
