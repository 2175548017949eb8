"""Trade measures and risk data as a company loads them: as they stand on a day, with the parts that they touch."""

from datetime import date
from decimal import Decimal as D

import pytest
from tests.chain import Company

from meguri.diligence import errors, service
from meguri.diligence.model import PartMaterialInput, RiskDataInput
from meguri.diligence.service import chains, scoring
from meguri.diligence.service.data_sets import data_sets

from .records_of_tests import edge, site

pytestmark = pytest.mark.anyio

HEAD = "measure,item,country,from,status,decided_on,source\n"
ANNOUNCED = "Export licence for cobalt salts,cobalt,CN,2025-11-08,announced,2025-10-09,https://example.com/a\n"
PUT_OFF = "Export licence for cobalt salts,cobalt,CN,2026-11-10,suspended,2025-11-07,https://example.com/b\n"
INDICATORS = (
    "dataset,version,as_of,iso2,admin1,indicator,category,value,scale_min,scale_max,direction,source_url,licence\n"
    "SYN,{version},2026-01-01,CN,,labour,all,{value},0,10,higher_is_worse,https://example.com,synthetic\n"
)


async def measures(me: Company, text: str) -> None:
    await me.run(scoring.load_risk_data, RiskDataInput(kind="measures", csv=HEAD + text))


async def test_a_loaded_measure_lists_the_parts_it_touches_and_stands_as_it_did_on_a_day(me: Company) -> None:
    await edge(me, await site(me, "Refiner A", "refiner", "CN"), None, "60")
    await edge(me, await site(me, "Spheroidiser", "refiner", "FI"), None, "100", "natural_graphite")
    await me.part("cell")
    cell = await me.part_id("cell")
    await me.run(service.set_mass, cell, PartMaterialInput(material="cobalt", mass_per_unit=D("0.2")))
    await measures(me, ANNOUNCED)
    await measures(
        me,
        PUT_OFF
        + "Ban on graphite,natural_graphite,CN,2020-01-01,in_force,2019-12-01,https://example.com/c\n"
        + "Ban on flakes,natural_graphite,FI,2020-01-01,in_force,2019-12-01,https://example.com/d\n",
    )

    async def shown(day: date | None = None) -> dict[str, tuple[str, list[object]]]:
        found = await me.run(chains.concentrations, day)
        return {one.measure.measure: (one.shown, list(one.parts)) for one in found.measures}

    graphite = {"Ban on flakes": ("in_force", [])}  # graphite comes from Finland alone
    assert await shown(date(2025, 10, 20)) == graphite | {"Export licence for cobalt salts": ("announced", [cell])}
    assert await shown(date(2026, 3, 5)) == graphite | {"Export licence for cobalt salts": ("suspended", [cell])}
    assert await shown(date(2026, 11, 10)) == graphite | {"Export licence for cobalt salts": ("to_check", [cell])}


@pytest.mark.parametrize(
    "row",
    [
        "Ban,unobtainium,CN,2026-01-01,in_force,,https://example.com\n",
        "Ban,cobalt,XX,2026-01-01,in_force,,https://example.com\n",
        "Ban,cobalt,CN,2026-01-01,maybe,,https://example.com\n",
        "Ban,cobalt,CN,soon,announced,,https://example.com\n",
        "Ban,cobalt,CN,2026-01-01,in_force,,\n",
        "Ban,cobalt\n",
    ],
)
async def test_a_measure_that_says_too_little_is_named_by_its_row_and_not_used(me: Company, row: str) -> None:
    with pytest.raises(errors.RiskDataRejected) as refused:
        await measures(me, row)
    assert [fault.field for fault in refused.value.fields] == ["line 2"]


async def test_a_later_load_of_a_data_set_takes_the_place_of_the_one_before(me: Company) -> None:
    for version, value in (("2025", "9"), ("2026", "2")):
        said = RiskDataInput(kind="indicators", csv=INDICATORS.format(version=version, value=value))
        await me.run(scoring.load_risk_data, said)
    (one,) = (await me.run(scoring.risk_data)).indicators
    assert (one.version, one.value) == ("2026", D(2))
    assert [(found.version, found.in_use) for found in await me.run(data_sets)] == [("2026", True), ("2025", False)]
