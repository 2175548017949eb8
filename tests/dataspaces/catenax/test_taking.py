"""Footprints in Catena-X form: out of what was published, and in as a supplier's answer."""

import json
from decimal import Decimal
from uuid import UUID

import msgspec
import pytest
from tests.dataspaces.catenax.test_pcf import CELL
from tests.dataspaces.pact.conftest import Pact, pact
from tests.footprint.worksheets.helpers import battery_pack

from meguri.dataspaces.catenax.pcf import shape_faults, to_component
from meguri.dataspaces.catenax.pcf.errors import AspectInvalid, NotAnAspect
from meguri.dataspaces.catenax.pcf.giving import ComponentInput, result_as_component
from meguri.dataspaces.catenax.pcf.taking import aspect_of, own_as_aspect, take
from meguri.footprint.calculation.errors import UnitIncompatible
from meguri.footprint.worksheets.service import compute
from meguri.kernel.units import AmountUnit

__all__ = ["pact"]
exact = msgspec.json.Encoder(decimal_format="number")


async def test_a_published_footprint_comes_back_as_a_suppliers_answer(pact: Pact) -> None:
    maker = pact.maker
    mapped = await maker.run(own_as_aspect, UUID(pact.ids[0]))
    assert shape_faults(mapped.body) == []
    await maker.part("正極", unit=AmountUnit.UNIT)
    trace_id = await maker.part_id("正極")
    taken = await maker.run(take, trace_id, aspect_of(exact.encode(mapped.body)))
    assert (taken.origin, taken.partner, taken.raw, taken.unit) == (
        "catenax", "Cell Maker", Decimal("14.352"), AmountUnit.UNIT,
    )  # fmt: skip
    again = await maker.run(take, trace_id, aspect_of(exact.encode(mapped.body)))
    assert again.version == taken.version


async def test_a_component_keeps_its_stages(pact: Pact) -> None:
    await pact.maker.part("負極", unit=AmountUnit.UNIT)
    trace_id = await pact.maker.part_id("負極")
    body = exact.encode(to_component(msgspec.structs.replace(CELL, unit="piece")))
    taken = await pact.maker.run(take, trace_id, aspect_of(body))
    stages = (taken.raw, taken.main, taken.dist, taken.eol)
    assert stages == (CELL.raw, CELL.main, CELL.dist, CELL.eol_gross + CELL.eol_credit)
    assert (taken.origin, taken.partner, taken.reference) == ("catenax", CELL.company, CELL.maker_part)
    with pytest.raises(UnitIncompatible):  # kilograms do not become pieces by themselves
        await pact.maker.run(take, trace_id, to_component(msgspec.structs.replace(CELL, unit="kilogram")))


@pytest.mark.parametrize("raw", [b"", b"[]", b'{"a": 1, "a": 2}', b'{"a": NaN}', b"\xff"])
def test_what_is_no_object_is_refused(raw: bytes) -> None:
    with pytest.raises(NotAnAspect):
        aspect_of(raw)


async def test_an_aspect_that_does_not_fit_changes_nothing(pact: Pact) -> None:
    trace_id = await pact.maker.part_id("正極")
    with pytest.raises(AspectInvalid):
        await pact.maker.run(take, trace_id, json.loads('{"pcfValues": {}}'))
    with pytest.raises(AspectInvalid):
        await pact.maker.run(take, trace_id, {})


async def test_a_kept_result_is_told_to_the_battery_maker_stage_by_stage(pact: Pact) -> None:
    maker = pact.maker
    made = await battery_pack(maker, "eu-draft-2024")
    kept = await maker.run(compute, made["PACK"].worksheet_id)
    given = ComponentInput(
        customer_part_id="PRT-1", manufacturer_part_id="C-60", site=CELL.site, company=CELL.company,
        metals=["Material: Nickel, Specific Content: 50.5%, EV_Mat: 4.9 kg CO₂e/kg, Erecycled_Mat: 2.3 kg CO₂e/kg"],
    )  # fmt: skip
    body = await maker.run(result_as_component, kept.result.result_id, given)
    shares = body["pcfValues"]["sharesPerStage"]
    assert [share["stageValue"] for name, share in shares.items() if name != "declaredUnit"] == [
        Decimal("621.546"), Decimal("170.5"), Decimal(6), Decimal(15), Decimal("813.046"),
    ]  # fmt: skip
    assert shares["declaredUnit"] == "CO2KG/piece"
    assert "Nickel" in body["contentC02Metals"][0]
    gross = msgspec.structs.replace(given, end_of_life="gross")
    whole = await maker.run(result_as_component, kept.result.result_id, gross)
    assert whole["pcfValues"]["sharesPerStage"]["absPcfValue"] == {"stageValue": Decimal("833.046")}
    with pytest.raises(AspectInvalid) as refused:
        await maker.run(result_as_component, kept.result.result_id, msgspec.structs.replace(given, site="BPNS1"))
    assert [one.field for one in refused.value.fields] == ["siteIdentifier"]
