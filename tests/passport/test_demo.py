"""The demo's passports: one of each category, with nothing missing, valid in every format that others read."""

from collections.abc import Mapping
from typing import Any

import pytest
from tests.passport.batteries import GTINS, complete
from tests.passport.conftest import House

from meguri.commands.demo.chapters import passport as chapter
from meguri.commands.demo.play import Play
from meguri.commands.demo.scenario import scenario
from meguri.commands.passport.validate import own_faults
from meguri.dataspaces.exchange import exporting, formats
from meguri.dataspaces.exchange.exporting import AASX
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.passport import errors, service
from meguri.passport.document import compressed
from meguri.passport.kinds import battery
from meguri.passport.model import NewPassport
from meguri.passport.service import Place, japan
from meguri.storage import Transaction

pytestmark = pytest.mark.anyio
CATEGORIES = {"ev": "09521234567899/21/MG26A000001", "lmt": "09521234000013/21/MG26L000001"} | {
    "industrial": "09521234000020/21/MG26F000001",
    "stationary": "09521234000037/21/MG26S000001",
}
NAMES = [name for name in formats.all_formats() if name != AASX and not name.endswith("1.2.0")]


@pytest.fixture(scope="module")
async def played(house: House) -> Mapping[str, OperatorScope]:
    """The chapter, played by the companies that it needs; who is responsible for each category's battery afterwards."""
    play = Play(house.db, scenario())
    for company in scenario().company:
        if company.key in (chapter.MAKER, chapter.VEHICLE, chapter.REUSE, chapter.RECYCLER):
            await play._register(company)
    await chapter.play(play, "en")
    maker, vehicle = play.scope(chapter.MAKER), play.scope(chapter.VEHICLE)
    owners = {category: vehicle if category == "ev" else maker for category in CATEGORIES}
    return {**owners, "second life": play.scope(chapter.REUSE)}


def named(house: House, category: str) -> str:
    return f"{house.db.installation.origin}/01/{CATEGORIES[category]}"


@pytest.mark.parametrize("category", CATEGORIES)
async def test_each_category_has_a_passport_in_which_nothing_is_missing(
    house: House, played: Mapping[str, OperatorScope], category: str
) -> None:
    report, findings, status = await house.run(played[category], service.completeness, named(house, category))
    assert (report.score, report.missing, report.partial, status) == (100.0, [], [], "mandatory")
    assert [one.nr for one in report.not_yet_required] == ["17", "18", "19", "44"]
    assert [one for one in findings if one.level in ("error", "publish_error")] == []
    longlist, _, _ = await house.run(
        played[category], service.completeness, named(house, category), profile="longlist-1.2"
    )
    assert [one.nr for one in longlist.missing] == ["13"]  # symbols for cadmium and lead, of which there is too little
    whole = (await house.run(played[category], service.read, named(house, category))).values
    assert own_faults(compressed(battery(), whole)) == []
    assert whole["putting_into_service_date"] == clock.now().strftime("%Y-%m")


async def test_packs_of_a_second_life_and_the_storage_battery_made_of_them_lack_nothing_either(
    house: House, played: Mapping[str, OperatorScope]
) -> None:
    origin, owner = house.db.installation.origin, played["second life"]
    for name in ("09521234567899/21/MG26A000002", "09521234567899/21/MG26A000003", "09521234000037/21/MG26R000001"):
        report, findings, _ = await house.run(owner, service.completeness, f"{origin}/01/{name}")
        assert (report.score, report.missing, report.partial) == (100.0, [], []), name
        assert {one.code for one in findings} <= {"NOT_YET_REQUIRED", "NOT_TO_BE_FILLED", "INVALID_OPERATOR_ID"}
        values = (await house.run(owner, service.read, f"{origin}/01/{name}")).values
        assert 80 <= values["soce"]["value"] < 100


@pytest.mark.parametrize("category", CATEGORIES)
async def test_it_is_valid_in_every_format_that_others_read(
    house: House, played: Mapping[str, OperatorScope], category: str
) -> None:
    for name in NAMES:
        made = await house.run(played[category], exporting.export, named(house, category), name)
        assert (made.missing, formats.faults(name, made.document)) == ([], []), name


@pytest.mark.parametrize(
    ("category", "profile"), [("stationary", "jp-grid-storage"), ("stationary", "jp-auction-3"), ("ev", "jp-vehicle")]
)
async def test_japan_s_file_lacks_nothing(
    house: House, played: Mapping[str, OperatorScope], category: str, profile: str
) -> None:
    report = (await house.run(played[category], japan.profile_report, named(house, category), profile)).report
    assert {each.verdict for each in report.points} == {"fulfilled"}, report.points
    assert report.fulfilled == report.asked


async def test_the_buyer_stands_in_the_passport_with_its_own_address(
    house: House, played: Mapping[str, OperatorScope]
) -> None:
    said: dict[str, Any] = (await house.run(played["ev"], service.read, named(house, "ev"))).values
    assert said["operator_information"]["id"] == said["economic_operator_id"]
    assert said["operator_information"]["address"]["street"].startswith("愛知県")


async def test_a_company_and_its_plant_are_found_by_their_glns(
    house: House, played: Mapping[str, OperatorScope]
) -> None:
    async def found(tx: Transaction, _: OperatorScope) -> tuple[Place, Place]:
        return await service.party(tx, chapter.PARTY_GLN), await service.site(tx, chapter.SITE_GLN)

    party, site = await house.run(service.ANONYMOUS, found)
    assert party.values["operator_role"] == "repurposer"
    assert site.values["facility_id"] == chapter.SITE_GLN


async def test_everyone_gets_the_formats_of_public_values_with_what_law_does_not_ask_yet(
    house: House, played: Mapping[str, OperatorScope]
) -> None:
    for name in ("batterypass-cf", "batterypass-dd"):
        made = await house.run(service.ANONYMOUS, exporting.export, named(house, "ev"), name)
        assert formats.faults(name, made.document) == []
    by_law = await house.run(service.ANONYMOUS, exporting.export, named(house, "ev"), "jsonld")
    asked = await house.run(service.ANONYMOUS, exporting.export, named(house, "ev"), "jsonld", profile="longlist-1.2")
    report = "due-diligence-2026.pdf"
    assert (report in str(by_law.document), report in str(asked.document)) == (False, True)
    own = await house.run(service.ANONYMOUS, exporting.export, named(house, "ev"), "en18223")
    assert own.document["uniqueProductIdentifier"] == named(house, "ev")


async def test_members_without_an_attribute_come_back_to_their_owner_and_to_nobody_else(house: House) -> None:
    maker = await house.company("輸入者")
    new = NewPassport(
        gtin=GTINS["ev"],
        serial="EXTRA-1",
        values=complete("ev"),
        publish=True,
        source="import",
        extras={"jsonld": {"acme:colour": "green"}},
    )
    made = await house.run(maker, service.issue, new)
    changed = await house.run(maker, service.change, made.dpp_id, {"battery_mass": 431})
    assert changed.version == 2
    mine = await house.run(maker, exporting.export, made.dpp_id, "jsonld")
    theirs = await house.run(service.ANONYMOUS, exporting.export, made.dpp_id, "jsonld")
    assert (mine.document["acme:colour"], theirs.document.get("acme:colour")) == ("green", None)


async def test_whoever_takes_over_is_named_as_the_directory_has_it_or_as_it_says_itself(house: House) -> None:
    giver, taker = await house.company("譲渡"), await house.company("譲受")
    for said, named_as in (
        (service.NOTHING_SAID, {"street": "愛知県豊田市1-1"}),
        (service.Acceptance(operator_information=ITSELF), ITSELF["address"]),
    ):
        made = await house.battery(giver)
        new = service.NewTransfer(dpp_ids=(made.dpp_id,), reason="sale", incoming_operator_id=taker.operator_id)
        offer = await house.run(giver, service.propose_transfer, new)
        with pytest.raises(errors.PassportInvalid):
            wrong = service.Acceptance(operator_information={"name": "x"})
            await house.run(taker, service.accept_transfer, offer.transfer_id, wrong)
        await house.run(taker, service.accept_transfer, offer.transfer_id, said)
        values = (await house.run(taker, service.read, made.dpp_id)).values
        assert values["operator_information"]["address"] == named_as


ITSELF = {
    "name": {"ja": "譲受", "en": "Taker"},
    "id": "P-1",
    "address": {"country": "JP", "postal_code": "100-0001", "street": "千代田1-1"},
}
