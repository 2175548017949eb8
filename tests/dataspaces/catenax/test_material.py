"""Catena-X material accounting: the worked shredding run as a batch, shares that add up to a hundred."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from meguri.dataspaces.catenax.material.mapping import (
    NotARecyclingBatch,
    Parties,
    batch,
    checked,
    information,
)
from meguri.dataspaces.catenax.material.model import Actor, Container, Operator
from meguri.kernel.ids import new_id
from meguri.recycling.model import StepType
from meguri.recycling.records import Line, Run, RunDetail

D = Decimal
AT = datetime(2026, 3, 1, 9, tzinfo=UTC)
SITE = "BPNS0000000001AB"
PARTIES = Parties(
    sender=Actor(bpns_property=SITE, actor_number="1", actor_role="Shredding Facility"),
    receiver=Actor(bpns_property=SITE, actor_number="2", actor_role="Material Recycling Facilities"),
    operator=Operator(transfer_id="T-1", bpns_property=SITE),
    container=Container(
        container_weight=10, container_volume=1000, container_description="box", container_type_id="C1"
    ),
)


def line(direction: str, kg: int) -> Line:
    return Line(line_no=0, direction=direction, lot_id=None, label="", mass_kg=D(kg), elements={}, composition=[])


def shredding(**change: Any) -> RunDetail:
    run = Run(
        run_id=new_id(), run_no="SHRED-1", site_id=new_id(), kind="process", step_type=StepType.SHREDDING, route=None,
        period="2026-03", start_at=AT, end_at=AT, permit_no=None, treatment_code="R12", status="posted",
        verdict="balanced", residuals={}, reason=None, note={}, reverses=None, version=1,
    )  # fmt: skip
    lines = [line("in", 210), line("in", 140), line("out", 175), line("out", 70), line("out", 80), line("loss", 25)]
    return RunDetail(run=msgspec.structs.replace(run, **change), lines=lines)


def test_the_shredding_run_is_a_batch() -> None:
    made = msgspec.json.decode(msgspec.json.encode(checked(batch(shredding(), PARTIES))))
    step = made["childProcessSteps"][0]
    assert (step["inputNetMass"], step["outputNetMass"], step["processLoss"]) == (350, 325, 25)
    assert (made["processInformation"]["processType"], step["childProcessType"]) == ("Pre-recycling", "Shredding")
    assert made["processInformation"]["mechanicalRecycling"] is True
    assert made["globalAssetId"].startswith("urn:uuid:")


def test_every_step_has_a_process_type() -> None:
    for step in StepType:
        assert batch(shredding(step_type=step), PARTIES).process_information.process_type


def test_a_movement_is_no_batch_and_a_wrong_number_is_refused() -> None:
    with pytest.raises(NotARecyclingBatch):
        batch(shredding(kind="split", step_type=None), PARTIES)
    wrong = msgspec.structs.replace(PARTIES.operator, bpns_property="BPNL0000000001AB")
    with pytest.raises(msgspec.ValidationError):
        checked(batch(shredding(), msgspec.structs.replace(PARTIES, operator=wrong)))


@pytest.mark.parametrize(
    "sources",
    [
        {"post_consumer_battery": D(1)},
        {"primary": D("0.5"), "post_consumer_battery": D("0.25"), "battery_manufacturing_waste": D("0.25")},
        {
            "primary": D("0.333333333333"),
            "reutilisation": D("0.333333333333"),
            "other_post_consumer": D("0.333333333334"),
        },
    ],
)
def test_shares_add_up_to_a_hundred(sources: dict[str, Decimal]) -> None:
    found = information(sources, origin_in_eu=False)
    shares = found.material_source_shares
    assert shares.primary_material + shares.secondary_material == pytest.approx(100)
    parts = (found.pre_consumer_shares, found.post_consumer_shares)
    told = found.reutilization_material_share + sum(p.automotive + p.non_automotive for p in parts)
    assert told == pytest.approx(shares.secondary_material)
    assert found.origin == "Non-EU"
