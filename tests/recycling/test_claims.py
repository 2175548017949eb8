"""Claims of recycled content: never more than was proven recovered, and nothing twice, not even by two companies."""

import asyncio
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from meguri.kernel import clock
from meguri.kernel.errors import Unavailable
from meguri.kernel.ids import new_id
from meguri.kernel.numbers import plain
from meguri.recycling import errors, jobs, ledger, store
from meguri.recycling.claiming import Claim, ClaimInput, DocumentInput
from meguri.recycling.model import SourceClass
from meguri.recycling.records import SiteInput
from meguri.recycling.service import claims, contents, journey, lots, periods, runs, sites
from meguri.recycling.service.contents import ConsumptionInput
from meguri.storage.database import Database
from recycling.booked import after, delivery, kg, lot, run
from recycling.conftest import MakeRecycler, Recycler

pytestmark = pytest.mark.anyio
POST = SourceClass.POST_CONSUMER_BATTERY
POINT = {"counting": "recycling", "calculation_point": True, "substitutes_primary": True, "end_of_waste": True}
EVIDENCE = {"sustainability_declaration": "SD-1", "assay": "A-1", "weighing_slip": "W-1", "certificate": "C-1"}


async def recovered(r: Recycler, in_kg: str = "48000", factor: str = "0.94") -> Any:
    """A year's nickel: `in_kg` goes in, 47,040 kg come out, credits are capped by the conversion factor."""
    await r.run(sites.change, r.site_id, SiteInput(conversion={"Ni": kg(factor)}))
    pack = await r.run(lots.receive, delivery(r.site_id, lot("P", "waste_pack", 900000, {"Ni": in_kg})))
    outputs = [{"lot": lot("NI", "salt", 225000, {"Ni": "47040"}), **POINT}]
    said = run(r.site_id, "HYDRO", "leaching", [pack.lot_id], outputs, losses=[{"closes": True}])
    return await r.run(runs.post, said)


def claim(qty: object, key: str, **more: Any) -> ClaimInput:
    said = {
        "idempotency_key": key,
        "element": "Ni",
        "source_class": "post_consumer_battery",
        "qty_kg": str(qty),
        "battery_model_id": "M",
        "manufacturing_plant_id": "P",
        "year": 2031,
        **more,
    }
    return msgspec.convert(said, ClaimInput)


async def left(r: Recycler) -> Decimal:
    return sum((row.open_kg for row in await r.run(claims.open_sums)), Decimal(0))


async def certified(r: Recycler, **more: Any) -> None:
    await r.run(sites.add_document, DocumentInput(kind="certificate", number="C-1", **more))


class TestCredits:
    async def test_credits_are_capped_by_input_times_conversion_factor(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        await recovered(r)
        assert await left(r) == 45120

    async def test_claims_take_credit_until_it_is_gone(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        await recovered(r)
        await certified(r)
        for key, qty in (("a", 20000), ("b", 25000)):
            reserved = await r.run(claims.reserve, claim(qty, key))
            assert (await r.run(claims.retire, reserved.claim_id, EVIDENCE)).status == "retired"
        assert await left(r) == 120
        with pytest.raises(errors.InsufficientCredit) as refused:
            await r.run(claims.reserve, claim(200, "c"))
        assert refused.value.values == {"available": "120", "requested": "200"}
        both = await asyncio.gather(
            *(r.run(claims.reserve, claim(100, key)) for key in ("d", "e")), return_exceptions=True
        )
        assert sorted(type(one).__name__ for one in both) == ["Claim", "InsufficientCredit"]
        assert await left(r) == 20
        winner = next(one for one in both if not isinstance(one, Exception))
        again = await r.run(claims.reserve, claim(100, winner.idempotency_key))
        assert again.claim_id == winner.claim_id
        assert await left(r) == 20
        with pytest.raises(errors.IdempotencyConflict):
            await r.run(claims.reserve, claim(10, winner.idempotency_key))

    async def test_a_hundred_writers_never_claim_more_than_was_recovered(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        await recovered(r)

        async def insisting(n: int) -> Claim:
            while True:
                try:
                    return await r.run(claims.reserve, claim(1000, f"w{n}"))
                except Unavailable:  # on a busy machine a writer is told to come again, and nothing was done
                    await asyncio.sleep(0.1)

        done = await asyncio.gather(*(insisting(n) for n in range(100)), return_exceptions=True)
        won = [one for one in done if not isinstance(one, BaseException)]
        assert {type(one) for one in done if isinstance(one, BaseException)} == {errors.InsufficientCredit}
        assert len(won) == 45
        assert await left(r) == 120
        entries = await r.run(store.entries, r.site_id, rows=100_000)
        reserved = sum(e.qty_kg for e in entries if e.state == "CREDIT_RESERVED")
        assert reserved == 45000
        assert ledger.broken_at(entries) is None

    async def test_a_released_claim_gives_back_and_a_reversed_one_too(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        await recovered(r)
        await certified(r)
        first = await r.run(claims.reserve, claim(45120, "a"))
        await r.run(claims.release, first.claim_id)
        second = await r.run(claims.reserve, claim(45120, "b"))
        await r.run(claims.retire, second.claim_id, EVIDENCE)
        with pytest.raises(errors.CreditAlreadyRetired):
            await r.run(claims.release, second.claim_id)
        await r.run(claims.reverse, second.claim_id)
        assert await left(r) == 45120
        with pytest.raises(errors.StateTransition):
            await r.run(claims.retire, first.claim_id, EVIDENCE)

    @pytest.mark.parametrize(
        "more",
        [
            {"element": "Cu"},
            {"source_class": "reutilisation"},
            {"source_class": "primary"},
            {"model": "book_and_claim"},
        ],
    )
    async def test_what_can_never_be_claimed_is_refused(self, recycler: MakeRecycler, more: dict[str, str]) -> None:
        r = await recycler()
        with pytest.raises(errors.NotClaimable):
            await r.run(claims.reserve, claim(1, "x", **more))

    @pytest.mark.parametrize("qty", ["0", "-5", "NaN", "Infinity", "1e12"])
    async def test_a_quantity_that_is_none_is_refused(self, recycler: MakeRecycler, qty: str) -> None:
        r = await recycler()
        with pytest.raises(errors.UnusableInput):
            await r.run(claims.reserve, claim(qty, "x"))

    async def test_anothers_claims_and_credits_do_not_exist(self, recycler: MakeRecycler) -> None:
        r, other = await recycler("甲"), await recycler("乙")
        await recovered(r)
        mine = await r.run(claims.reserve, claim(1, "a"))
        for claim_id in (mine.claim_id, new_id()):
            with pytest.raises(errors.ClaimNotFound):
                await other.run(claims.release, claim_id)
        with pytest.raises(errors.InsufficientCredit):
            await other.run(claims.reserve, claim(1, "a"))


class TestExpiry:
    async def test_credit_past_its_carry_over_leaves_by_itself_and_what_was_claimed_stays(
        self, module_db: Database, recycler: MakeRecycler
    ) -> None:
        r = await recycler()
        await recovered(r)
        kept = await r.run(claims.reserve, claim(45000, "a"))
        await jobs.expire_credits(module_db)
        assert await left(r) == 120
        with clock.fixed_clock(lambda: datetime(2028, 1, 1, tzinfo=UTC)):
            await jobs.expire_credits(module_db)
            await jobs.expire_credits(module_db)
            balances = {
                (b.state): b.qty_kg for b in await r.run(store.balances, r.site_id, "Ni", None) if b.book == "credit"
            }
            assert balances["CREDIT_EXPIRED"] == 120
            assert balances["CREDIT_OPEN"] == 0
            with pytest.raises(errors.InsufficientCredit):
                await r.run(claims.reserve, claim(1, "b"))
            await r.run(claims.release, kept.claim_id)
            await jobs.expire_credits(module_db)
            assert await left(r) == 0
            assert ledger.broken_at(await r.run(store.entries, r.site_id, after=0, rows=500)) is None


class TestEvidence:
    @pytest.mark.parametrize(
        ("document", "reason"),
        [
            ({"valid_to": "2020-01-01"}, "EXPIRED"),
            ({"scope": "Li, Co"}, "WRONG_SCOPE"),
            ({"number": "C-2"}, "UNKNOWN"),
        ],
    )
    async def test_a_certificate_that_does_not_hold_leaves_the_claim_reserved(
        self, recycler: MakeRecycler, document: dict[str, str], reason: str
    ) -> None:
        r = await recycler()
        await recovered(r)
        await r.run(
            sites.add_document, msgspec.convert({"kind": "certificate", "number": "C-1", **document}, DocumentInput)
        )
        reserved = await r.run(claims.reserve, claim(1, "a"))
        with pytest.raises(errors.EvidenceRefused) as refused:
            await r.run(claims.retire, reserved.claim_id, EVIDENCE)
        assert reason in str(refused.value.values["reasons"])
        assert (await r.run(claims.get, reserved.claim_id)).status == "reserved"

    async def test_missing_evidence_is_named(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        await recovered(r)
        reserved = await r.run(claims.reserve, claim(1, "a"))
        with pytest.raises(errors.EvidenceRefused) as refused:
            await r.run(claims.retire, reserved.claim_id)
        assert "assay: MISSING" in str(refused.value.values["reasons"])

    async def test_a_revoked_certificate_holds_no_longer(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        await recovered(r)
        made = await r.run(sites.add_document, DocumentInput(kind="certificate", number="C-1"))
        await r.run(sites.revoke_document, made.document_id)
        reserved = await r.run(claims.reserve, claim(1, "a"))
        with pytest.raises(errors.EvidenceRefused):
            await r.run(claims.retire, reserved.claim_id, EVIDENCE)


class TestHandOver:
    async def test_credit_goes_to_one_company_and_is_nowhere_twice(self, recycler: MakeRecycler) -> None:
        r, buyer, third = await recycler("再生"), await recycler("セル"), await recycler("別")
        await recovered(r)
        arguments = (buyer.scope.operator_id, "Ni", POST, kg(45000))
        await r.run(claims.hand_over, *arguments, to_site_id=buyer.site_id)
        assert (await left(r), await left(buyer)) == (120, 45000)
        with pytest.raises(errors.InsufficientCredit):
            await r.run(claims.hand_over, third.scope.operator_id, "Ni", POST, kg(45000), to_site_id=third.site_id)
        await buyer.run(claims.reserve, claim(45000, "mine"))
        with pytest.raises(errors.InsufficientCredit):
            await buyer.run(claims.reserve, claim(1, "more"))
        for one in (r, buyer):
            entries = await one.run(store.entries, one.site_id, rows=1000)
            assert ledger.broken_at(entries) is None

    async def test_nobody_unknown_receives(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        await recovered(r)
        with pytest.raises(errors.ClaimNotFound):
            await r.run(claims.hand_over, new_id(), "Ni", POST, kg(1), to_site_id=new_id())


class TestRestatement:
    async def test_every_claim_fed_by_a_restated_month_says_so(self, recycler: MakeRecycler) -> None:
        r, buyer = await recycler("再生"), await recycler("セル")
        done = await recovered(r)
        await r.run(claims.hand_over, buyer.scope.operator_id, "Ni", POST, kg(1000), to_site_id=buyer.site_id)
        mine = await r.run(claims.reserve, claim(100, "mine"))
        theirs = await buyer.run(claims.reserve, claim(100, "theirs"))
        first = await r.run(periods.close, r.site_id, "2026-03", "再生 太郎")
        old = await r.run(store.entries, r.site_id, rows=1000)
        pack_id = next(line.lot_id for line in done.lines if line.direction == "in")
        outputs = [{"lot": lot("NI-2", "salt", 225000, {"Ni": "43040"}), **POINT}]
        instead = run(r.site_id, "HYDRO-2", "leaching", [pack_id], outputs, losses=[{"closes": True}])
        second = await r.run(
            periods.restate,
            r.site_id,
            "2026-03",
            "再生 太郎",
            "assay wrong",
            reverse=[done.run.run_id],
            runs_instead=[instead],
        )
        assert (first.version, second.version) == (1, 2)
        assert second.statement["delta"]["Ni"]["recovered"] == "-4000"
        assert second.statement["restates"] == first.hash
        assert second.statement["claims_flagged"] == 2
        for one, held in ((r, mine), (buyer, theirs)):
            assert (await one.run(claims.get, held.claim_id)).flags == ["UPSTREAM_RESTATED"]
        new = await r.run(store.entries, r.site_id, rows=1000)
        assert new[: len(old)] == old
        assert ledger.broken_at(new) is None


class TestContent:
    async def test_content_is_what_was_retired_over_what_was_consumed(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        await recovered(r)
        await certified(r)
        said = ConsumptionInput(
            battery_model_id="M", manufacturing_plant_id="P", year=2031, by_units_kg={"Ni": kg(100000)}
        )
        await r.run(contents.state_consumption, said)
        assert (await r.run(contents.study, "M", "P", 2031)).elements[0].value is None
        reserved = await r.run(claims.reserve, claim(6000, "a"))
        assert (await r.run(contents.study, "M", "P", 2031)).elements[0].value is None
        await r.run(claims.retire, reserved.claim_id, EVIDENCE)
        found = (await r.run(contents.study, "M", "P", 2031)).elements[0]
        assert found.value is not None
        assert plain(found.value) == "6"
        assert found.targets[0].status.value == "met"

    async def test_denominators_that_disagree_are_pointed_out(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        said = ConsumptionInput(
            battery_model_id="M",
            manufacturing_plant_id="P",
            year=2031,
            by_units_kg={"Ni": kg(100)},
            by_consumption_kg={"Ni": kg(90)},
        )
        assert (await r.run(contents.state_consumption, said)).warnings == ["DENOMINATOR_MISMATCH: Ni"]


async def test_black_mass_and_what_reagents_bring_earn_no_credit(recycler: MakeRecycler) -> None:
    r = await recycler()
    cells = await r.run(lots.receive, delivery(r.site_id, lot("C", "waste_cell", 100, {"Li": "5"})))
    black = [{"lot": lot("BM", "black_mass", 100, {"Li": "5"})}]
    made = await r.run(runs.post, run(r.site_id, "S", "shredding", [cells.lot_id], black))
    assert await left(r) == 0
    bm = next(line.lot_id for line in made.lines if line.direction == "out")
    outputs = [{"lot": lot("LI", "salt", 53, {"Li": "10"}), **POINT}]
    reagents = [{"substance": "LiOH", "mass_kg": "20", "composition": [{"element": "Li", "mass_kg": "5"}]}]
    said = run(
        r.site_id, "H", "leaching", [bm], outputs, reagents=reagents, losses=[{"closes": True}],
        start_at=after(3), end_at=after(4),
    )  # fmt: skip
    await r.run(runs.post, said)
    assert await left(r) == 5


async def test_a_batterys_journey_tells_its_own_part_of_what_was_handed_over(recycler: MakeRecycler) -> None:
    """Two packs in one lot, 5 kg Ni; 4.8 kg are recovered and handed over: each battery's part is 2.4 kg."""
    r, other = await recycler("再生"), await recycler("正極材")
    packs = ["urn:uuid:00000000-0000-7000-8000-0000000000a1", "urn:uuid:00000000-0000-7000-8000-0000000000a2"]
    pack = await r.run(lots.receive, delivery(r.site_id, lot("PP", "waste_pack", 100, {"Ni": "5"}, passports=packs)))
    out = [{"lot": lot("NI", "salt", 20, {"Ni": "4.8"}), **POINT}]
    done = await r.run(runs.post, run(r.site_id, "H", "leaching", [pack.lot_id], out, losses=[{"closes": True}]))
    salt = done.lines[1].lot_id
    await r.run(claims.hand_over, other.scope.operator_id, "Ni", POST, kg("4.8"), to_site_id=other.site_id, lot_id=salt)
    found = await r.run(journey.of, packs[0])
    given = [(one.what, one.figures) for one in found.stages if one.kind == "handed_over"]
    assert given == [("正極材", {"Ni": pytest.approx(2.4)})]
