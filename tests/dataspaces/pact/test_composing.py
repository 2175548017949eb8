"""A worksheet's result as a footprint for partners."""

from typing import Any

import msgspec
import pytest
from tests.dataspaces.pact.conftest import Pact
from tests.footprint.worksheets.helpers import PIECE, D, line, sheet, with_factors

from meguri.dataspaces.pact import service
from meguri.dataspaces.pact.errors import FootprintInvalid, MassUnknown, NotTheMethod, ResultStale
from meguri.dataspaces.pact.model import ResultInput
from meguri.footprint.worksheets import service as worksheets
from meguri.footprint.worksheets.model import Worksheet, WorksheetInput


async def made(pact: Pact, name: str, **more: Any) -> Worksheet:
    await pact.maker.part(name, ends=True, unit=PIECE)
    lines = (line("a", 3, f"F-{name}"), line("b", 1, f"F-{name}", stage="dist"))
    return await sheet(pact.maker, name, *lines, **{"pack_id": "pact-3", "output": D(2), "mass_kg": D("0.5")} | more)


def told(pact: Pact, **pcf: Any) -> ResultInput:
    return ResultInput(
        description="cell", pcf={"fossilCarbonContent": "0"} | pcf, partners=[pact.partner.partner.partner_id]
    )


async def test_a_kept_result_is_published_and_read_by_the_partner(pact: Pact) -> None:
    us = pact.maker
    await with_factors(us, **{"F-one": 2})
    one = await made(pact, "one")
    kept = await us.run(worksheets.compute, one.worksheet_id)
    with pytest.raises(FootprintInvalid) as refused:  # what a worksheet does not know is asked, never assumed
        await us.run(service.publish_result, kept.result.result_id, ResultInput(description="cell"))
    assert [each.field for each in refused.value.fields] == ["/pcf/fossilCarbonContent"]
    found = await us.run(service.publish_result, kept.result.result_id, told(pact, geographyCountry="JP"))
    pcf = found.footprint["pcf"]
    assert {
        name: pcf[name] for name in ("pcfExcludingBiogenicUptake", "fossilGhgEmissions", "productMassPerDeclaredUnit")
    } == {
        "pcfExcludingBiogenicUptake": "6",
        "fossilGhgEmissions": "6",
        "productMassPerDeclaredUnit": "0.5",
    }
    assert (pcf["referencePeriodStart"], pcf["referencePeriodEnd"]) == ("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z")
    assert (pcf["primaryDataShare"], pcf["geographyCountry"]) == ("100", "JP")
    assert pcf["outboundLogisticsGhgEmissions"] == "2"  # the way to the customer is told apart
    assert pcf["dqi"] == {"technologicalDQR": "2", "geographicalDQR": "1", "temporalDQR": "2"}
    async with await pact.client() as reading:
        answer = await reading.get(f"/3/footprints/{found.footprint['id']}")
    assert answer.json()["data"] == found.footprint


async def test_the_primary_share_is_that_of_what_is_published(pact: Pact) -> None:
    await with_factors(pact.maker, **{"F-four": 2})
    await pact.maker.part("four", ends=True, unit=PIECE)
    lines = (line("a", 3, "F-four"), line("b", 30, "F-four", stage="dist", primary=False))
    one = await sheet(pact.maker, "four", *lines, pack_id="pact-3", mass_kg=D("0.5"))
    kept = await pact.maker.run(worksheets.compute, one.worksheet_id)
    assert kept.result.primary_percent < 10
    found = await pact.maker.run(service.publish_result, kept.result.result_id, told(pact))
    assert found.footprint["pcf"]["primaryDataShare"] == "100"


async def test_what_is_not_fit_to_publish_is_refused_with_what_helps(pact: Pact) -> None:
    us = pact.maker
    await with_factors(us, **{"F-two": 2, "F-three": 2})
    heavy = await us.run(worksheets.compute, (await made(pact, "two", mass_kg=None)).worksheet_id)
    with pytest.raises(MassUnknown):
        await us.run(service.publish_result, heavy.result.result_id, told(pact))
    three = await made(pact, "three", pack_id="eu-draft-2024")
    other = await us.run(worksheets.compute, three.worksheet_id)
    with pytest.raises(NotTheMethod):
        await us.run(service.publish_result, other.result.result_id, told(pact))
    body = WorksheetInput(**{name: getattr(three, name) for name in WorksheetInput.__struct_fields__})
    await us.run(worksheets.change, three.worksheet_id, msgspec.structs.replace(body, pack_id="pact-3"), three.version)
    with pytest.raises(ResultStale):
        await us.run(service.publish_result, other.result.result_id, told(pact))
