"""Recycling and the passport: waste, the end of a passport, recycled content with its provenance, whereabouts."""

import itertools
from collections.abc import AsyncIterator, Callable
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from tests.conftest import Fresh
from tests.passport.batteries import GTINS, complete

from meguri.health import service as health
from meguri.health.model import Result, Status
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.operators import plants
from meguri.operators import service as operators
from meguri.operators.model import NewOperator, PlantInput
from meguri.passport import service as passport
from meguri.passport.errors import PassportCeased
from meguri.passport.model import NewPassport
from meguri.recycling import errors, room
from meguri.recycling.records import LotInput, Receipt
from meguri.recycling.service import (
    claims,
    contents,
    genealogy,
    lots,
    outlook,
    passports,
    runs,
    shipments,
    units,
    whereabouts,
)
from meguri.recycling.service.contents import ConsumptionInput
from meguri.recycling.service.outlook import Money
from meguri.recycling.service.shipments import ShipmentInput
from meguri.recycling.service.units import UnitStep
from meguri.recycling.service.whereabouts import Sighting
from meguri.recycling.whereabouts import Place
from meguri.storage.database import Database
from meguri.storage.installation import installation
from meguri.telemetry import service as telemetry
from meguri.telemetry.model import BatteryInput, Chemistry, Level, NamePlate
from recycling.booked import kg, lot, run
from recycling.conftest import Recycler
from recycling.test_claims import EVIDENCE, POINT, certified, claim

pytestmark = pytest.mark.anyio
BASE = "https://id.example.jp"
_numbers = itertools.count(1)


@pytest.fixture(scope="module")
async def db(fresh: Fresh) -> AsyncIterator[Database]:
    made = fresh()
    house = installation(BASE, b"s" * 32)
    async with Database(made.login, pool_size=4, installation=house, reactions=room.reactions) as database:
        yield database
    fresh.drop(made)


@pytest.fixture
async def r(db: Database, scope: Callable[..., OperatorScope]) -> Recycler:
    mine, n = scope(), next(_numbers)
    said = NewOperator(name="循環金属", address="北九州市1", open_operator_id=f"RP-{n}")
    await db.run(mine, operators.register, said)
    place = PlantInput(name="工場", address="北九州市1", open_plant_id=f"RP{n:04d}000001")
    plant = await db.run(mine, plants.register, place, check_digits=False)
    return Recycler(db, mine, plant.plant_id)


async def battery(r: Recycler, **values: Any) -> str:
    new = NewPassport(
        gtin=GTINS["ev"],
        serial=f"R{next(_numbers):06d}",
        values={**complete("ev"), **values},
        publish=True,
        initial_declared=True,
    )
    issued = await r.run(passport.issue, new, base=BASE)
    return str(issued.dpp_id)


async def delivered(r: Recycler, *identifiers: str) -> Any:
    said = lot(f"P{next(_numbers)}", "waste_pack", 100, {"Ni": "5"}, passports=list(identifiers))
    return await r.run(lots.receive, Receipt(site_id=r.site_id, at=clock.now(), lot=msgspec.convert(said, LotInput)))


async def recycled(r: Recycler, pack: object) -> object:
    now = clock.now() + timedelta(milliseconds=5)
    outputs = [{"lot": lot(f"NI{next(_numbers)}", "salt", 22, {"Ni": "5"}), **POINT}]
    said = run(
        r.site_id, f"H{next(_numbers)}", "leaching", [pack.lot_id], outputs, losses=[{"closes": True}],
        start_at=now, end_at=now,
    )  # fmt: skip
    return await r.run(runs.post, said)


class TestEnd:
    async def test_a_recycled_battery_has_no_passport_and_its_owner_still_finds_it(self, r: Recycler) -> None:
        identifier = await battery(r)
        pack = await delivered(r, identifier)
        assert (await r.run(passports.seen, identifier)).life == "waste"
        done = await recycled(r, pack)
        with pytest.raises(PassportCeased):
            await r.run(passport.read_public, identifier)
        salt = next(line.lot_id for line in done.lines if line.direction == "out")
        trace = await r.run(genealogy.upstream, salt, "Ni")
        assert [one.passports for one in trace.relatives] == [[identifier]]

    async def test_a_passport_of_another_company_is_left_alone(
        self, r: Recycler, db: Database, scope: Callable[..., OperatorScope]
    ) -> None:
        identifier = await battery(r)
        stranger, n = scope(), next(_numbers)
        await db.run(stranger, operators.register, NewOperator(name="他社", address="x", open_operator_id=f"RX-{n}"))
        place = PlantInput(name="工場", address="x", open_plant_id=f"RX{n:04d}000001")
        plant = await db.run(stranger, plants.register, place, check_digits=False)
        await delivered(Recycler(db, stranger, plant.plant_id), identifier)
        assert (await r.run(passports.seen, identifier)).life == "original"

    async def test_recycled_content_is_in_the_passport_with_its_provenance(self, r: Recycler) -> None:
        identifier = await battery(r)
        await recycled(r, await delivered(r))
        await certified(r)
        said = ConsumptionInput(battery_model_id="M", manufacturing_plant_id="P", year=2031, by_units_kg={"Ni": kg(20)})
        await r.run(contents.state_consumption, said)
        reserved = await r.run(claims.reserve, claim(3, "p"))
        await r.run(claims.retire, reserved.claim_id, EVIDENCE)
        await r.run(passports.state_content, identifier, "M", "P", 2031)
        record = await r.run(lambda tx, scope: passport.known(tx, identifier))
        assert record.own["recycled_post_nickel"] == 15
        assert record.own["recycled_content_year"] == 2031
        assert record.meta["recycled_post_nickel"]["source"] == "recycling_module"


class TestDangers:
    async def test_whoever_sorts_or_carries_a_sulfide_battery_reads_of_hydrogen_sulfide(self, r: Recycler) -> None:
        identifier, harmless = await battery(r, electrolyte_kind="sulfide"), await battery(r)
        facts: dict[str, dict[str, Any]] = {
            "returned": {"holder": "販売店", "place": "豊田市"},
            "triaged": {"defect_class": "damaged_critical"},
            "waste": {"waste_code": "16 06 07*"},
            "in_transport": {"un_number": "UN3480", "manifest_no": "M-1"},
        }
        for to, known in facts.items():
            seen = await r.run(units.step, UnitStep(passport=identifier, to=to, facts=known))
            other = await r.run(units.step, UnitStep(passport=harmless, to=to, facts=known))
            assert ["H₂S" in one["ja"] and "H₂S" in one["en"] for one in seen.facts["dangers"]] == [True], to
            assert "dangers" not in other.facts
        pack = await delivered(r, harmless, identifier)
        said = {"lot_id": str(pack.lot_id), "to_country": "JP", "consignee": "乙社", "packing": "P911"}
        note = (await r.run(shipments.ship, msgspec.convert(said, ShipmentInput))).note
        assert "硫化水素" in note["dangers"][0]["ja"]
        assert "hydrogen sulfide" in note["dangers"][0]["en"]


class TestWhereabouts:
    async def test_the_account_follows_a_battery_and_always_sums(self, r: Recycler) -> None:
        first, second = await battery(r), await battery(r)
        before = await r.run(whereabouts.of)
        assert (before.placed, before.by_place["first_use"]) == (2, 2)
        pack = await delivered(r, first)
        assert (await r.run(whereabouts.of)).by_place["returned"] == 1
        await recycled(r, pack)
        after = await r.run(whereabouts.of)
        assert (after.placed, after.by_place["recycled"], after.by_place["first_use"]) == (2, 1, 1)
        listed = await r.run(whereabouts.batteries_at, Place.FIRST_USE, None, None, limit=10, after="")
        assert [one.passport for one in listed] == [second]

    async def test_silence_makes_unknown_a_report_exported_and_a_sign_of_life_back(self, r: Recycler) -> None:
        long_ago = whereabouts.silent_since()
        for n in range(3):
            said = Sighting(passport=f"B{n}", model="M", year=2020, place=Place.FIRST_USE, day=long_ago)
            await r.run(whereabouts.report, said)
        assert (await r.run(whereabouts.of, "M", 2020)).by_place["unknown"] == 3
        exported = Sighting(passport="B0", model="M", year=2020, place=Place.EXPORTED, facts={"report_no": "X-1"})
        account = await r.run(whereabouts.report, exported)
        assert (account.by_place["unknown"], account.by_place["exported"], account.placed) == (2, 1, 3)
        assert await r.run(whereabouts.met_again, "B1")
        again = await r.run(whereabouts.of, "M", 2020)
        assert (again.by_place["unknown"], again.by_place["first_use"]) == (1, 1)

    def test_silent_since_is_two_years_ago(self) -> None:
        assert whereabouts.silent_since(date(2026, 11, 30)) == date(2024, 11, 30)
        assert whereabouts.silent_since(date(2028, 2, 29)) == date(2026, 2, 28)


class TestOutlook:
    async def test_a_battery_without_known_energy_says_so(self, r: Recycler) -> None:
        found = await r.run(outlook.of_battery, await battery(r), Money(price=kg(900000)))
        assert found.lives[0].kg_co2e == 4500
        assert (found.account.so_far.value, found.account.so_far.reason) == (None, "NO_ENERGY_DELIVERED")

    async def test_energy_still_to_come_is_taken_from_the_health_history_with_its_interval(self, r: Recycler) -> None:
        identifier = await battery(r)
        before = await r.run(outlook.of_battery, identifier, Money())
        assert (before.expected.kwh, before.expected.reason) == (None, "NO_HEALTH")
        assert before.account.expected.value is None
        plate = NamePlate(level=Level.PACK, chemistry=Chemistry.LFP, rated_energy_kwh=60.0, dpp_id=identifier)
        watched = await r.run(telemetry.add, BatteryInput(label=identifier[-20:], plate=plate))
        for days_ago, value in ((1095, 100.0), (915, 94.5), (730, 91.3), (365, 85.9), (0, 81.1)):
            at = clock.now() - timedelta(days=days_ago)
            found = Result(
                quantity="soh_capacity", value=value, lower=value - 1, upper=value + 1, unit="%", method="capacity_ocv",
                status=Status.OK,
            )  # fmt: skip
            await r.run(health.record, watched.battery_id, new_id(), "assessment", [found], at)
        after = await r.run(outlook.of_battery, identifier, Money(transport_kg=kg(120)))
        assert (after.expected.source, after.account.transport_kg_co2e) == ("health", 120)
        low, central, high = after.expected.kwh
        life = await r.run(health.life_left, watched.battery_id)
        most = life.remaining_days[1] * 60 * life.cycles_per_day  # at full capacity to the last day
        assert low < central < high
        assert 0.6 * most < float(central) < 0.85 * most
        assert after.account.expected_low.value < after.account.expected.value < after.account.expected_high.value
        stated = await r.run(outlook.of_battery, identifier, Money(expected_kwh=(kg(1), kg(2), kg(3))))
        assert (stated.expected.source, stated.expected.kwh) == ("stated", (1, 2, 3))
        model = (await r.run(whereabouts.models))[0][0]
        await battery(r)
        whole = await r.run(outlook.of_model, model, None, Money())
        assert (whole.account.batteries, whole.account.expected_of, whole.more) == (2, 1, False)

    async def test_batteries_in_use_come_back_within_their_life(self, r: Recycler) -> None:
        await battery(r)
        found = await r.run(outlook.supply, site_id=r.site_id, mass_kg=430.0, shape=3.0, scale_years=1.0, months=36)
        assert found.batteries == 1
        assert found.forecast.total_t == pytest.approx(0.43, rel=0.01)
        assert found.forecast.utilisation_pct is None

    def test_a_remaining_life_is_shorter_the_older_a_battery_is(self) -> None:
        assert outlook.remaining(0, 3, 12, 0.5) > outlook.remaining(8, 3, 12, 0.5) > 0


class TestUnits:
    async def test_a_battery_goes_its_way_step_by_step(self, r: Recycler) -> None:
        steps: list[tuple[str, dict[str, object]]] = [
            ("returned", {"holder": "甲", "place": "東京"}),
            ("triaged", {"defect_class": "intact"}),
            ("waste", {"waste_code": "16 06 07*"}),
            ("in_transport", {"un_number": "UN3480", "manifest_no": "12345678901"}),
            ("received", {"weighing_slip": "W-1"}),
            ("discharged", {"residual_voltage_v": 30}),
            ("dismantled", {"run_id": "R-1"}),
            ("recycled", {"run_id": "R-2"}),
        ]
        for to, facts in steps:
            made = await r.run(units.step, UnitStep(passport="urn:u:1", to=to, facts=facts))
        assert made.state == "recycled"
        assert [entry["to"] for entry in made.history] == [to for to, _ in steps]

    async def test_a_step_that_is_not_there_or_lacks_its_facts_is_refused(self, r: Recycler) -> None:
        with pytest.raises(errors.StateTransition):
            await r.run(units.step, UnitStep(passport="urn:u:2", to="recycled", facts={"run_id": "R"}))
        with pytest.raises(errors.DocumentsMissing):
            await r.run(units.step, UnitStep(passport="urn:u:2", to="returned"))
        lost = await r.run(units.step, UnitStep(passport="urn:u:2", to="lost", facts={"loss_report": "L-1"}))
        with pytest.raises(errors.StateTransition):
            await r.run(units.step, UnitStep(passport="urn:u:2", to="returned", facts={"holder": "x", "place": "y"}))
        assert lost.state == "lost"

    async def test_a_step_is_taken_back_only_by_an_event_that_names_it(self, r: Recycler) -> None:
        made = await r.run(units.step, UnitStep(passport="urn:u:3", to="returned", facts={"holder": "x", "place": "y"}))
        back = await r.run(units.correct, made.unit_id, "wrong battery")
        assert back.state == "in_use"
        assert back.history[-1]["corrects"] == made.history[-1]["at"]
