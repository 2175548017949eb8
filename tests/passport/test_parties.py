"""Identifiers of companies and sites: what a check digit proves wrong is not written into a passport."""

from typing import Any

import pytest
from tests.passport.batteries import ADDRESS, GTINS, complete
from tests.passport.conftest import BASE, House

from meguri.operators import service as operators
from meguri.operators.model import NewOperator
from meguri.passport import errors, service
from meguri.passport.model import NewPassport

pytestmark = pytest.mark.anyio
WRONG = "LEIXG-529900MEGURIBATT0171"


@pytest.mark.parametrize(
    ("key", "value", "place"),
    [
        ("manufacturer_id", WRONG, "/manufacturer_id"),
        ("facility_id", "https://id.example.jp/414/9521234000007", "/facility_id"),
        ("facility_id", "9521234000007", "/facility_id"),
        ("backup_operator_id", "NTRJP-8123456789012", "/backup_operator_id"),
        (
            "operator_information",
            {"name": {"ja": "環"}, "id": "NTRJP-8123456789012", "address": ADDRESS},
            "/operator_information/id",
        ),
    ],
)
async def test_an_identifier_that_its_check_digit_proves_wrong_is_refused(
    house: House, key: str, value: Any, place: str
) -> None:
    owner = await house.company()
    new = NewPassport(gtin=GTINS["ev"], serial="WRONG-1", values={**complete("ev"), key: value})
    with pytest.raises(errors.PassportInvalid) as refused:
        await house.run(owner, service.issue, new, base=BASE)
    assert refused.value.code == "INVALID_VALUE"
    assert [each.field for each in refused.value.fields] == [place]
    pack = await house.battery(owner)
    with pytest.raises(errors.PassportInvalid):
        await house.run(owner, service.change, pack.dpp_id, {key: value})
    assert (await house.run(owner, service.read, pack.dpp_id)).version == 1


async def test_the_number_under_which_a_company_was_admitted_is_warned_of_and_stays(house: House) -> None:
    owner = house.stranger()
    new = NewOperator(name="甲電池株式会社", address="愛知県豊田市1-1", open_operator_id="8123456789012")
    await house.run(owner, operators.register, new, check_digits=False)
    mine = {"name": {"ja": new.name}, "id": "NTRJP-8123456789012", "address": ADDRESS}
    pack = await house.battery(owner, values={"operator_information": mine, "manufacturer_id": mine["id"]})
    assert {each.pointer for each in pack.findings if each.code == "INVALID_OPERATOR_ID"} == {
        "/manufacturer_id",
        "/operator_information/id",
    }
    await house.run(owner, service.change, pack.dpp_id, {"operator_information": {**mine, "web": "https://x.example/"}})


async def test_whoever_takes_over_names_itself_rightly_too(house: House) -> None:
    giver, taker = await house.company(), await house.company()
    pack = await house.battery(giver)
    new = service.NewTransfer(dpp_ids=(pack.dpp_id,), reason="sale", incoming_operator_id=taker.operator_id)
    offer = await house.run(giver, service.propose_transfer, new)
    said = service.Acceptance(operator_information={"name": {"ja": "環"}, "id": WRONG, "address": ADDRESS})
    with pytest.raises(errors.PassportInvalid):
        await house.run(taker, service.accept_transfer, offer.transfer_id, said)
    assert (await house.run(giver, service.transfer, offer.transfer_id)).state == "proposed"
