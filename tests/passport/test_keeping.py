"""What keeps a passport true: versions, corrections of models, notices, copies elsewhere, and two who write at once."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.passport.batteries import GTINS, complete, own, shared
from tests.passport.conftest import BASE, House

from meguri.footprint.events import DeclarationMoved
from meguri.footprint.service import Document
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.passport import errors, jobs, readcount, register, service
from meguri.passport.integrity import hashes_of, version_hash
from meguri.passport.kinds import battery
from meguri.passport.model import NewPassport
from meguri.passport.service import announcing, attaching, copying, filling
from meguri.storage.files import StoredFile
from meguri.storage.transaction import Transaction

pytestmark = pytest.mark.anyio


async def family(house: House, owner: OperatorScope, gtin: str, count: int = 2) -> tuple[Any, list[Any]]:
    """A model and some of its batteries."""
    new = NewPassport(product_id=f"(01){gtin}", granularity="model", values=shared("ev"), publish=True)
    model = await house.run(owner, service.issue, new, base=BASE)
    items = [
        await house.run(
            owner, service.issue, NewPassport(gtin=gtin, serial=f"{n}", values=own("ev"), publish=True), base=BASE
        )
        for n in range(count)
    ]
    return model, items


async def test_a_corrected_model_changes_no_issued_item_until_it_is_carried_there(house: House) -> None:
    owner = await house.company()
    model, items = await family(house, owner, GTINS["ev"])
    await house.run(owner, service.change, model.dpp_id, {"battery_mass": 433}, reason="weighed again")
    views = [await house.run(owner, service.read, item.dpp_id) for item in items]
    assert [view.values["battery_mass"] for view in views] == [430, 430]
    dry = await house.run(owner, service.propagate, model.dpp_id)
    assert (dry.items, dry.started) == (2, False)
    with pytest.raises(errors.EvidenceRequired):
        await house.run(owner, service.propagate, model.dpp_id, dry_run=False)
    first = items[0].passport_id
    some = await house.run(owner, service.propagate, model.dpp_id, dry_run=False, only=[first], reason="weighed again")
    assert (some.items, some.started) == (1, True)
    await house.run(owner, service.propagate, model.dpp_id, dry_run=False, reason="weighed again")
    name, given = house.jobs.pop()
    assert name == "passport.propagate"
    await jobs.propagate(
        house.db, UUID(given["operator_id"]), UUID(given["model_id"]), given["version"], given["reason"]
    )
    views = [await house.run(owner, service.read, item.dpp_id) for item in items]
    assert [(view.values["battery_mass"], view.version) for view in views] == [(433, 2), (433, 2)]
    versions, _ = await house.run(owner, service.history, items[0].dpp_id)
    assert (versions[0].event, versions[0].reason) == ("propagate", "weighed again")


async def test_an_item_differs_from_its_model_only_with_a_reason(house: House) -> None:
    owner = await house.company()
    _, (item, _) = await family(house, owner, GTINS["lmt"])
    with pytest.raises(errors.OverrideNotDeclared):
        await house.run(owner, service.change, item.dpp_id, {"battery_mass": 431})
    await house.run(owner, service.change, item.dpp_id, {"battery_mass": 431}, overrides={"battery_mass": "repaired"})
    assert (await house.run(owner, service.read, item.dpp_id)).values["battery_mass"] == 431


async def test_every_version_is_read_as_it_was_and_proves_itself(house: House) -> None:
    owner = await house.company()
    pack = await house.battery(owner)
    before = clock.now()
    await house.run(owner, service.change, pack.dpp_id, {"battery_mass": 433})
    then = await house.run(owner, service.read_at, pack.dpp_id, before)
    now = await house.run(owner, service.read, pack.dpp_id)
    assert (then.values["battery_mass"], now.values["battery_mass"]) == (430, 433)
    for view in (then, now):
        hashes = hashes_of(battery(), view.values, view.record.salts)
        assert hashes == view.slices
        assert version_hash(pack.dpp_id, view.version, hashes) == view.version_hash
    with pytest.raises(errors.NoVersionAtDate):
        await house.run(owner, service.read_at, pack.dpp_id, before - timedelta(days=1))
    with pytest.raises(errors.InvalidDate):
        await house.run(owner, service.read_at, pack.dpp_id, clock.now() + timedelta(days=1))


async def test_of_two_who_write_the_same_version_one_is_told_so(house: House) -> None:
    owner = await house.company()
    pack = await house.battery(owner)
    done = await asyncio.gather(
        *(
            house.run(owner, service.change, pack.dpp_id, {"battery_mass": mass}, expected_version=1)
            for mass in (431, 432, 433)
        ),
        return_exceptions=True,
    )
    refused = [each for each in done if isinstance(each, Exception)]
    assert len(refused) == 2
    assert {type(each) for each in refused} == {errors.VersionConflict}


async def test_of_two_who_take_the_same_identifier_or_transfer_one_wins(house: House) -> None:
    owner, buyer = await house.company(), await house.company()
    new = NewPassport(gtin=GTINS["ev"], serial="RACE-1", values={"battery_category": "ev"})
    made = await asyncio.gather(
        *(house.run(owner, service.issue, new, base=BASE) for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(each, errors.DuplicateProductId) for each in made) == 2
    pack = await house.battery(owner)
    said = service.NewTransfer(dpp_ids=(pack.dpp_id,), reason="sale", incoming_operator_id=buyer.operator_id)
    offer = await house.run(owner, service.propose_transfer, said)
    taken = await asyncio.gather(
        *(house.run(buyer, service.accept_transfer, offer.transfer_id) for _ in range(3)), return_exceptions=True
    )
    assert sum(isinstance(each, errors.DealingClosed) for each in taken) == 2


async def test_a_recall_of_a_model_stands_publicly_on_every_one_of_its_batteries(house: House) -> None:
    owner = await house.company()
    model, items = await family(house, owner, GTINS["industrial"])
    new = announcing.NewNotice(type="recall", description={"ja": "点検が必要です"}, severity="major")
    await house.run(owner, announcing.announce, model.dpp_id, new)
    name, given = house.jobs.pop()
    assert name == "passport.announce"
    for _ in range(2):  # a job may be done twice
        await jobs.announce(house.db, *(UUID(given[key]) for key in ("operator_id", "model_id", "notice_id")))
    for item in items:
        view = await house.run(service.ANONYMOUS, service.read, item.dpp_id)
        (notice,) = view.values["safety_notices"]
        assert (notice["type"], notice["severity"]) == ("recall", "major")


async def test_copies_elsewhere_prove_themselves_and_a_changed_byte_is_found(house: House) -> None:
    owner = await house.company()
    pack = await house.battery(owner)
    assert (await house.run(owner, copying.lag)).waiting == 1
    (copy,) = await house.run(owner, copying.waiting)
    assert copying.is_whole(copy)
    altered = msgspec.json.decode(
        msgspec.json.encode(copy).replace(b'"battery_mass":430', b'"battery_mass":431'), type=copying.Copy
    )
    assert not copying.is_whole(altered)
    await house.run(owner, copying.copied, [copy])
    assert (await house.run(owner, copying.lag)).waiting == 0
    await house.run(owner, service.change, pack.dpp_id, {"battery_mass": 433})
    tomorrow = clock.now() + timedelta(hours=25)
    with clock.fixed_clock(lambda: tomorrow):
        assert (await house.run(owner, copying.lag)).overdue


async def test_a_published_footprint_reaches_the_models_record_and_no_issued_item(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = await house.company()
    model, (item, _) = await family(house, owner, GTINS["stationary"])
    figures: dict[str, Any] = {
        "edition": 2,
        "per_kwh": "0.04",
        "total_kg": "3600",
        "e_total_kwh": "90000",
        "stages": [type("Stage", (), {"key": "raw", "per_kwh": "0.02"})()],
        "performance_class": None,
        "study_link": "https://docs.example.jp/study",
        "eu_declaration_number": "DoC-9",
    }
    said = type("Said", (), figures)()

    async def published(_: Transaction, __: OperatorScope, ___: UUID) -> tuple[Document, str]:
        return said, "standing"  # type: ignore[return-value]

    monkeypatch.setattr(filling.footprint, "published_document", published)
    event = DeclarationMoved(declaration_id=new_id(), state="published", model="TP-EV-70")
    await house.run(owner, filling.follow_footprint, event)
    view = await house.run(owner, service.read, model.dpp_id)
    assert (view.values["cf_total_per_fu"], view.values["cf_absolute"], view.values["cf_raw_material"]) == (
        0.04,
        3600,
        0.02,
    )
    assert view.record.meta["cf_absolute"]["source"] == "cfp_module"
    assert view.record.meta["cf_absolute"]["reference"].endswith("#2")
    assert (await house.run(owner, service.read, item.dpp_id)).values["cf_absolute"] == 4500


async def test_what_the_house_knows_fills_what_nobody_has_written(house: House) -> None:
    owner = await house.company("環パック株式会社")
    draft = await house.run(
        owner,
        service.issue,
        NewPassport(gtin=GTINS["ev"], serial="FILL-1", values={"battery_category": "ev"}),
        base=BASE,
    )
    await house.run(owner, filling.fill, draft.dpp_id)
    view = await house.run(owner, service.read, draft.dpp_id)
    assert view.values["manufacturer_name"] == {"ja": "環パック株式会社"}
    again = await house.run(owner, filling.fill, draft.dpp_id)
    assert again.version == 2


async def test_anonymous_readings_are_counted_by_the_hour_and_nothing_of_the_reader_is_kept(house: House) -> None:
    owner = await house.company()
    pack = await house.battery(owner)
    for _ in range(3):
        await house.run(service.ANONYMOUS, service.read, pack.dpp_id)

    async def written(tx: Transaction, _: OperatorScope) -> int:
        await readcount.write(tx)
        async with tx.across():
            return await register.reads_since(tx, owner.operator_id, pack.passport_id, clock.now() - timedelta(hours=1))

    assert await house.run(owner, written) == 3


async def test_a_document_names_only_files_of_its_passport_with_their_own_hash(house: House) -> None:
    owner = await house.company()
    pack = await house.battery(owner)
    made = await house.run(owner, attaching.attach, pack.dpp_id, "report.pdf", StoredFile("a" * 64, 10))
    report = {**complete("ev")["test_reports"][0], "file_id": str(made.file_id), "sha256": "a" * 64}
    del report["url"]
    for wrong in ({**report, "file_id": str(new_id())}, {**report, "sha256": "b" * 64}):
        with pytest.raises(errors.PassportInvalid):
            await house.run(owner, service.change, pack.dpp_id, {"test_reports": [wrong]})
    await house.run(owner, service.change, pack.dpp_id, {"test_reports": [report]})


async def test_a_battery_of_next_month_is_not_published_today(house: House) -> None:
    owner = await house.company()
    with pytest.raises(errors.PublishIncomplete):
        await house.battery(owner, values={"manufacturing_date": "2999-01"})
