"""A battery's whole life: issued, used, waste, second life, recycled — with every duty that law puts on the way."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.passport.batteries import GTINS, complete
from tests.passport.conftest import BASE, House

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope, PlatformRole
from meguri.passport import errors, service
from meguri.passport.lifecycle import Happening
from meguri.passport.model import NewPassport
from meguri.passport.readings import Reading
from meguri.passport.service import attaching
from meguri.storage.files import StoredFile
from meguri.storage.transaction import Transaction

pytestmark = pytest.mark.anyio


async def test_a_battery_lives_from_its_making_through_a_second_life_to_its_recycling(house: House) -> None:
    a, b = await house.company("甲電池"), await house.company("乙リパーパス")
    packs = [await house.battery(a), await house.battery(a)]
    for pack in packs:
        assert (pack.state, pack.version) == ("Active", 1)
        served = await house.run(a, service.put_into_service, pack.dpp_id, "2026-11")
        assert served.version == 2
        batch = service.Batch(
            batch_id="b1",
            source="bms",
            readings=[Reading(attribute="remaining_usable_energy", value=62.3, measured_at=clock.now())],
        )
        taken = await house.run(a, service.record_readings, pack.dpp_id, batch)
        assert (taken.accepted, taken.rejected) == (1, [])
        view = await house.run(a, service.read, pack.dpp_id)
        assert view.values["remaining_usable_energy"]["value"] == 62.3
        await house.run(a, service.declare_waste, pack.dpp_id, not_determined="no measurement at collection")
    offers = [
        await house.run(
            a,
            service.propose_transfer,
            service.NewTransfer(dpp_ids=(pack.dpp_id,), reason="repurposing", incoming_operator_id=b.operator_id),
        )
        for pack in packs
    ]
    new = NewPassport(
        gtin=GTINS["stationary"],
        serial="STORAGE-1",
        values={**complete("stationary"), "manufacturing_date": "2026-11", "operator_role": "repurposer"},
        publish=True,
    )
    parts = [
        service.Part(dpp_id=pack.dpp_id, share=1.0, transfer_id=offer.transfer_id)
        for pack, offer in zip(packs, offers, strict=True)
    ]
    wanted = service.Succession(
        operation="repurpose",
        successors=[service.Successor(passport=new, predecessors=parts)],
        soh_evidence="diagnosis-1",
        end_of_waste_evidence="end-of-waste-1",
    )
    done = await house.run(b, service.succeed, wanted, base=BASE)
    assert sorted(done.inactive) == sorted(pack.dpp_id for pack in packs)
    (storage,) = done.successors
    view = await house.run(b, service.read, storage.dpp_id)
    assert (view.record.state, view.record.life, view.record.operator_id) == ("Active", "repurposed", b.operator_id)
    assert [each["share"] for each in view.values["predecessors"]] == [1.0, 1.0]
    for offer in offers:
        settled = await house.run(a, service.transfer, offer.transfer_id)
        assert settled.state == "accepted"
        assert {each.operator_id for each in settled.signatures} == {a.operator_id, b.operator_id}
    await house.run(b, service.declare_waste, storage.dpp_id)
    before = clock.now()
    await house.run(b, service.recycle, storage.dpp_id, recycling_record_id="lot-7")
    for reader in (service.ANONYMOUS, b):
        with pytest.raises(errors.PassportCeased) as told:
            await house.run(reader, service.read, storage.dpp_id)
        assert told.value.values["ceased_at"]
    assert (await house.run(b, service.read_at, storage.dpp_id, before)).record.state == "Active"
    authority = await house.company("当局")
    office = OperatorScope(
        authority.operator_id, authority.actor, authority.role, PlatformRole.AUTHORITY, authority.person_id
    )
    then = await house.run(office, service.read_at, storage.dpp_id, before)
    assert then.values["battery_category"] == "stationary"
    assert then.record.state == "Active"


async def test_a_pack_is_split_into_three_and_a_fourth_part_is_refused_with_nothing_stored(house: House) -> None:
    a = await house.company()
    pack = await house.battery(a)

    def modules(shares: list[float], first: int) -> Any:
        return service.Succession(
            operation="remanufacture",
            successors=[
                service.Successor(
                    passport=NewPassport(
                        gtin=GTINS["ev"],
                        serial=f"MODULE-{first + place}",
                        values={**complete("ev"), "operator_role": "remanufacturer"},
                        publish=True,
                    ),
                    predecessors=[service.Part(dpp_id=pack.dpp_id, share=share)],
                )
                for place, share in enumerate(shares)
            ],
        )

    done = await house.run(a, service.succeed, modules([0.5, 0.3, 0.2], 1), base=BASE)
    assert done.inactive == [pack.dpp_id]
    assert len(done.successors) == 3
    with pytest.raises(errors.PredecessorShareExceeded):
        await house.run(a, service.succeed, modules([0.1], 9), base=BASE)
    with pytest.raises(errors.DppNotFound):
        await house.run(a, service.read, f"{BASE}/01/{GTINS['ev']}/21/MODULE-9")


async def test_what_is_not_possible_is_refused_with_what_is(house: House) -> None:
    a = await house.company()
    pack = await house.battery(a)
    with pytest.raises(errors.IllegalTransition) as told:
        await house.run(a, service.recycle, pack.dpp_id, recycling_record_id="x")
    assert told.value.values["event"] == "recycle"
    assert "declare_waste" in str(told.value.values["allowed"])


async def test_nothing_is_written_into_a_passport_that_has_ceased_or_was_issued_in_error(house: House) -> None:
    a = await house.company()
    ceased, wrong = await house.battery(a), await house.battery(a)
    await house.run(a, service.declare_waste, ceased.dpp_id)
    await house.run(a, service.recycle, ceased.dpp_id, recycling_record_id="lot-8")
    await house.run(a, service.set_state, wrong.dpp_id, Happening.INVALIDATE, reason="issued twice")
    batch = service.Batch(
        batch_id="late",
        source="bms",
        readings=[Reading(attribute="remaining_usable_energy", value=60.0, measured_at=clock.now())],
    )
    for ended in (ceased, wrong):
        before = (await house.run(a, service.history, ended.dpp_id))[0]
        for use_case, args, more in (
            (service.change, ({"battery_mass": 431},), {}),
            (service.record_event, (), {"type": "accident"}),
            (service.record_readings, (batch,), {}),
            (attaching.attach, ("a.pdf", StoredFile("a" * 64, 10)), {}),
        ):
            with pytest.raises(errors.IllegalTransition):
                await house.run(a, use_case, ended.dpp_id, *args, **more)
        assert (await house.run(a, service.history, ended.dpp_id))[0] == before


async def test_a_passport_whose_battery_lives_on_under_another_never_comes_back(house: House) -> None:
    a = await house.company()
    whole, half = await house.battery(a), await house.battery(a)

    def second_life(pack: Any, share: float, serial: str) -> Any:
        new = NewPassport(gtin=GTINS["ev"], serial=serial, values=complete("ev"), publish=True)
        part = service.Part(dpp_id=pack.dpp_id, share=share)
        return service.Succession(
            operation="remanufacture", successors=[service.Successor(passport=new, predecessors=[part])]
        )

    await house.run(a, service.succeed, second_life(whole, 1.0, "ON-1"), base=BASE)
    assert "resume" not in await house.run(a, service.possible, whole.dpp_id)
    with pytest.raises(errors.IllegalTransition):
        await house.run(a, service.set_state, whole.dpp_id, Happening.RESUME, reason="by mistake")
    # Half of a pack is still the pack: its owner may suspend and resume it.
    await house.run(a, service.succeed, second_life(half, 0.5, "ON-2"), base=BASE)
    await house.run(a, service.set_state, half.dpp_id, Happening.SUSPEND, reason="under review")
    assert "resume" in await house.run(a, service.possible, half.dpp_id)
    resumed = await house.run(a, service.set_state, half.dpp_id, Happening.RESUME, reason="reviewed")
    assert resumed.state == "Active"


async def test_nothing_happens_in_the_future_or_before_manufacture_and_a_month_begins_in_japan_first(
    house: House,
) -> None:
    a = await house.company()
    morning = datetime(2026, 11, 30, 23, 30, tzinfo=UTC)  # 1 December, 8.30 h in Japan
    with clock.fixed_clock(lambda: morning):
        pack = await house.battery(a, values={"manufacturing_date": "2026-12"})
        reading = Reading(attribute="remaining_usable_energy", value=69.0, measured_at=morning)
        batch = service.Batch(batch_id="b", source="bms", readings=[reading])
        assert (await house.run(a, service.record_readings, pack.dpp_id, batch)).accepted == 1
        served = await house.run(a, service.put_into_service, pack.dpp_id, "2026-12")
        assert served.state == "Active"
        other = await house.battery(a)
        with pytest.raises(errors.ValueOutOfRange):
            await house.run(a, service.put_into_service, other.dpp_id, "2027-01")
        with pytest.raises(errors.ValueOutOfRange):
            await house.run(a, service.change, other.dpp_id, {"manufacturing_date": "2027-01"})
        with pytest.raises(errors.PublishIncomplete):
            await house.battery(a, values={"manufacturing_date": "2027-01"})
        with pytest.raises(errors.InvalidDate):
            await house.run(a, service.record_event, pack.dpp_id, type="accident", at=morning + timedelta(days=1))
        with pytest.raises(errors.EventOutOfOrder):
            await house.run(a, service.record_event, pack.dpp_id, type="accident", at=morning - timedelta(days=40))
        for moment in ("2026-12-02T00:00:00Z", "2026-09-29T00:00:00Z"):
            measured = {"measured_capacity": {"value": 190, "measured_at": moment, "source": "lab"}}
            with pytest.raises(errors.ValueOutOfRange):
                await house.run(a, service.change, other.dpp_id, measured)
            with pytest.raises(errors.ValueOutOfRange):
                await house.battery(a, values=measured)


async def test_a_new_passport_does_not_pass_over_another_status_in_silence(house: House) -> None:
    a = await house.company()
    with pytest.raises(errors.PassportInvalid) as told:
        await house.battery(a, values={"battery_status": "repurposed"})
    assert told.value.values["where"] == "/battery_status"
    assert (await house.battery(a, values={"battery_status": "original"})).state == "Active"


async def test_a_transfer_is_refused_when_replayed_late_or_altered(house: House) -> None:
    a, b = await house.company(), await house.company()
    pack = await house.battery(a)
    said = service.NewTransfer(dpp_ids=(pack.dpp_id,), reason="sale", incoming_operator_id=b.operator_id)
    offer = await house.run(a, service.propose_transfer, said)
    with pytest.raises(errors.NotResponsibleOperator):
        await house.run(b, service.change, pack.dpp_id, {"battery_mass": 431})
    await house.run(b, service.accept_transfer, offer.transfer_id)
    with pytest.raises(errors.DealingClosed):
        await house.run(b, service.accept_transfer, offer.transfer_id)
    with pytest.raises(errors.NotResponsibleOperator):
        await house.run(a, service.change, pack.dpp_id, {"battery_mass": 431})
    await house.run(b, service.change, pack.dpp_id, {"battery_mass": 431})
    view = await house.run(service.ANONYMOUS, service.read, pack.dpp_id)
    assert view.values["battery_mass"] == 431
    assert view.values["operator_role"] == "distributor"  # not the maker's, which nobody said
    back = service.NewTransfer(dpp_ids=(pack.dpp_id,), reason="sale", incoming_operator_id=a.operator_id)
    offer = await house.run(b, service.propose_transfer, back)
    moment = clock.now() + timedelta(days=31)
    with clock.fixed_clock(lambda: moment), pytest.raises(errors.TransferExpired):
        await house.run(a, service.accept_transfer, offer.transfer_id)

    async def forge(tx: Transaction, _: OperatorScope) -> None:
        async with tx.across():
            await tx.run(
                "UPDATE passport_dealing SET body = jsonb_set(body, '{reason}', '\"waste\"') WHERE dealing_id = %(id)s",
                id=offer.transfer_id,
            )

    await house.run(a, forge)
    with pytest.raises(errors.TransferSignature):
        await house.run(a, service.accept_transfer, offer.transfer_id)
