"""What is wrong with a battery's values is told with the law that asks for them: by the command, the API and in bulk."""

import pytest
from tests.passport.batteries import GTINS, complete
from tests.passport.conftest import House
from tests.passport.test_bulk import done, items, model_of, sheet

from meguri.commands.passport.validate import own_faults
from meguri.passport import errors, service
from meguri.passport.model import NewPassport
from meguri.passport.service import bulk

pytestmark = pytest.mark.anyio


async def test_what_is_wrong_or_missing_is_told_with_its_law_whatever_was_put_in_its_place() -> None:
    whole = complete("lmt")
    for key, nonsense in (
        ("rated_capacity", "many"),
        ("nominal_voltage", []),
        ("cf_total_per_fu", {}),
        ("battery_mass", -3),
    ):
        told = own_faults({**whole, key: nonsense})
        assert [one["path"] for one in told if one["path"].startswith(f"/{key}")], key
        assert all("2023/1542" in one["message"] for one in told if one["path"].startswith(f"/{key}")), told
        assert not [one for one in told if one["message"].startswith("MISSING") and key in one["message"]], told
    lacking = own_faults({key: value for key, value in whole.items() if key != "battery_mass"})
    assert next(one["message"] for one in lacking if "battery_mass" in one["message"]).endswith(
        "2023/1542 Annex VI A(5)"
    )


async def test_a_refusal_names_the_law_behind_each_wrong_value(house: House) -> None:
    owner = await house.company()
    new = NewPassport(
        gtin=GTINS["lmt"], serial="LAW-1", values={**complete("lmt"), "battery_mass": -3, "ce_marking": "yes"}
    )
    with pytest.raises(errors.PassportInvalid) as refused:
        await house.run(owner, service.issue, new)
    said = {each.field: each.of("ja") for each in refused.value.fields}
    assert said["/battery_mass"].endswith("（2023/1542 Annex VI A(5)）")
    assert said["/ce_marking"].endswith("（2023/1542 Art.19, Art.20）")


async def test_a_file_s_report_names_the_law_behind_each_wrong_or_missing_value(house: House) -> None:
    maker = await house.company("法令")
    model = await model_of(house, maker)
    rows = items(1, "LAWB")
    rows[0]["extinguishing_agents"] = ""
    job = await done(house, maker, sheet(rows), model, "dry_run")
    told = {each.column: each.text_en for each in await house.run(maker, bulk.faults, job.job_id)}
    assert "extinguishing_agents (2023/1542 Annex VI A(9)" in told["extinguishing_agents"], told
