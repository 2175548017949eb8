"""What is known of a battery: results kept with their source, fused, held against full tests, and open to signed diagnoses."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conftest import MakeScope
from meguri.health import service
from meguri.health.assess.run import GateInput
from meguri.health.errors import (
    ColumnMissing,
    DocumentInvalid,
    EmptyInput,
    FirmRevokedError,
    IntervalInvalid,
    KeyInvalid,
    OrderAnswered,
    OrderUnknown,
    SignatureInvalid,
)
from meguri.health.estimate import NotAssessable
from meguri.health.model import Result, Status
from meguri.health.views import Firm, FirmInput, Order, OrderInput, Standing
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.proof import data_integrity, multikey
from meguri.storage import Database
from meguri.telemetry import service as telemetry
from meguri.telemetry.errors import BatteryUnknown
from meguri.telemetry.model import BatteryInput, Chemistry, Level, NamePlate

pytestmark = pytest.mark.anyio
PLATE = NamePlate(level=Level.PACK, chemistry=Chemistry.LFP, rated_capacity_ah=100.0)


async def battery(db: Database, scope: OperatorScope, label: str = "P1") -> UUID:
    return (await db.run(scope, telemetry.add, BatteryInput(label=label, plate=PLATE))).battery_id


def soh(value: float, half: float, method: str = "capacity_ocv", **more: Any) -> Result:
    return Result(
        quantity="soh_capacity", value=value, lower=value - half, upper=value + half, unit="%", method=method,
        status=Status.OK, **more,
    )  # fmt: skip


async def keep(
    db: Database, scope: OperatorScope, battery_id: UUID, *results: Result, days_ago: float = 0.0
) -> Standing:
    at = clock.now() - timedelta(days=days_ago)
    return await db.run(scope, service.record, battery_id, new_id(), "assessment", results, at)


async def test_two_methods_that_agree_are_fused_and_both_stay_visible(module_db: Database, scope: MakeScope) -> None:
    me = scope()
    one = await battery(module_db, me)
    await keep(module_db, me, one, soh(84.0, 3.0, "pulse_response"))
    now = await keep(module_db, me, one, soh(82.0, 1.0))
    assert (now.soh.status, now.soh.method) == (Status.OK, "fusion")
    assert now.soh.value == pytest.approx((84 / 9 + 82 / 1) / (1 / 9 + 1))
    assert now.soh.reasons == ("FROM:capacity_ocv", "FROM:pulse_response")
    assert len(now.soh.evidence) == 2
    assert sorted(result.method for result in now.results) == ["capacity_ocv", "pulse_response"]


async def test_two_results_further_apart_than_both_intervals_disagree(module_db: Database, scope: MakeScope) -> None:
    me = scope()
    one = await battery(module_db, me)
    await keep(module_db, me, one, soh(90.0, 2.0, "pulse_response"))
    now = await keep(module_db, me, one, soh(80.0, 1.0))
    assert (now.soh.status, now.soh.value, now.soh.reasons[0]) == (Status.NOT_ASSESSABLE, None, "METHODS_DISAGREE")


async def test_what_is_older_than_90_days_is_history_and_no_second_opinion(
    module_db: Database, scope: MakeScope
) -> None:
    me = scope()
    one = await battery(module_db, me)
    await keep(module_db, me, one, soh(95.0, 1.0, "pulse_response"), days_ago=200)
    now = await keep(module_db, me, one, soh(80.0, 1.0))
    assert (now.soh.value, now.soh.method) == (80.0, "capacity_ocv")
    rows = await module_db.run(me, service.history, one)
    assert [row.value for row in rows] == [95.0, 80.0]


async def test_a_battery_never_measured_has_no_number(module_db: Database, scope: MakeScope) -> None:
    me = scope()
    one = await battery(module_db, me)
    now = await module_db.run(me, service.standing, one)
    assert (now.soh.status, now.soh.value, now.soh.reasons) == (Status.NOT_ASSESSABLE, None, ("NEVER_MEASURED",))
    with pytest.raises(NotAssessable):
        await module_db.run(me, service.life_left, one)
    with pytest.raises(BatteryUnknown):
        await module_db.run(scope(), service.standing, one)


async def test_findings_for_the_gate_keep_truths_numbers_and_reasons(module_db: Database, scope: MakeScope) -> None:
    me = scope()
    one = await battery(module_db, me)
    inputs = (
        GateInput(quantity="max_cell_voltage_v", value=3.71),
        GateInput(quantity="no_safety_dtc", value=True, kind="inspection"),
        GateInput(quantity="capacity", value=None, status=Status.NOT_ASSESSABLE, reasons=("GAP_IN_DATA",)),
    )
    await module_db.run(me, service.record, one, new_id(), "assessment", [], clock.now(), inputs)
    found = {finding.quantity: finding for finding in await module_db.run(me, service.evidence, one)}
    assert (found["max_cell_voltage_v"].value, found["max_cell_voltage_v"].truth) == (3.71, None)
    assert (found["no_safety_dtc"].truth, found["no_safety_dtc"].kind) == (True, "inspection")
    assert found["capacity"].reasons == ["GAP_IN_DATA"]


async def test_earlier_estimates_are_held_against_the_full_test_that_follows(
    module_db: Database, scope: MakeScope
) -> None:
    me = scope()
    for number in range(12):
        one = await battery(module_db, me, f"P{number}")
        estimate = soh(85.0, 2.0, "pulse_response", model_id="m-1")
        await keep(module_db, me, one, estimate, days_ago=10)
        await keep(module_db, me, one, soh(82.0 if number < 4 else 84.0, 0.2, "capacity_full"))
    record = await module_db.run(me, service.track_record, "m-1")
    assert (record.checks, record.flags) == (12, ("RECALIBRATE",))
    assert record.mae == pytest.approx((4 * 3 + 8 * 1) / 12)
    assert record.coverage == pytest.approx(8 / 12)
    assert (await module_db.run(me, service.track_record, "other")).checks == 0


async def test_life_left_follows_the_batterys_own_history(module_db: Database, scope: MakeScope) -> None:
    me = scope()
    one = await battery(module_db, me)
    for days_ago, value in ((1095, 100.0), (915, 94.5), (730, 91.3), (365, 85.9), (0, 81.1)):
        await keep(module_db, me, one, soh(value, 1.0), days_ago=days_ago)
    ahead = await module_db.run(me, service.life_left, one, end_of_life_pct=70.0, cycles_per_day=250 / 365)
    assert ahead.points == 5
    p10, p50, p90 = ahead.remaining_days
    assert p10 is not None
    assert p50 is not None
    assert p90 is not None
    assert 0 < p10 < p50 < p90
    assert ahead.p10[-1] < ahead.p50[-1] < ahead.p90[-1]
    assert "PRIOR_ONLY" not in ahead.flags


async def test_a_hotter_use_leaves_less_life_and_what_is_lost_stays_lost(module_db: Database, scope: MakeScope) -> None:
    me = scope()
    one = await battery(module_db, me)
    for days_ago, value in ((1095, 100.0), (915, 94.5), (730, 91.3), (365, 85.9), (0, 81.1)):
        await keep(module_db, me, one, soh(value, 1.0), days_ago=days_ago)
    found = {s.use.use_id: s.life for s in await module_db.run(me, service.scenarios, one)}
    cool, hot = found["stationary"], found["stationary_hot"]
    assert cool.remaining_days[1] is not None
    assert hot.remaining_days[1] is not None
    assert hot.remaining_days[1] < 0.8 * cool.remaining_days[1]
    for life in found.values():
        assert life.days[0] == 0.0
        assert life.p50[0] == pytest.approx(0.811, abs=0.015)


# Diagnosis firms


async def ordered(db: Database, scope: OperatorScope, key: Ed25519PrivateKey) -> tuple[UUID, Firm, Order]:
    one = await battery(db, scope, f"B{new_id()}")
    firm = await db.run(
        scope, service.register_firm, FirmInput(name="検査", public_key=multikey.to_multikey(key.public_key()))
    )  # fmt: skip
    order = await db.run(scope, service.place_order, OrderInput(battery_id=one, firm_id=firm.firm_id))
    return one, firm, order


def document(order: Order, key: Ed25519PrivateKey, **change: Any) -> dict[str, Any]:
    figure = {
        "quantity": "soh_capacity",
        "value": 81.0,
        "lower": 79.0,
        "upper": 83.0,
        "unit": "%",
        "method": "full_test",
    }
    body = {
        "type": "BatteryDiagnosis",
        "order_id": str(order.order_id),
        "measured_at": clock.now().isoformat(),
        "results": [figure | change.pop("figure", {})],
    } | change
    return data_integrity.signed(body, key, "did:web:firm.example#key-1", datetime(2026, 1, 1, tzinfo=UTC))


async def test_a_signed_diagnosis_enters_the_fusion_with_its_own_interval(
    module_db: Database, scope: MakeScope
) -> None:
    me, key = scope(), Ed25519PrivateKey.generate()
    one, firm, order = await ordered(module_db, me, key)
    await keep(module_db, me, one, soh(82.0, 2.0, "pulse_response"))
    now = await module_db.run(me, service.deliver, order.order_id, document(order, key))
    assert now.soh.value == pytest.approx(81.5)
    assert now.soh.method == "fusion"
    with pytest.raises(OrderAnswered):
        await module_db.run(me, service.deliver, order.order_id, document(order, key))
    await keep(module_db, me, one, soh(80.0, 0.1, "capacity_full"))
    record = await module_db.run(me, service.track_record, f"firm:{firm.firm_id}")
    assert (record.checks, record.mae, record.coverage) == (1, 1.0, 1.0)


async def test_a_diagnosis_that_contradicts_ours_raises_methods_disagree(module_db: Database, scope: MakeScope) -> None:
    me, key = scope(), Ed25519PrivateKey.generate()
    one, _, order = await ordered(module_db, me, key)
    await keep(module_db, me, one, soh(95.0, 1.0, "pulse_response"))
    now = await module_db.run(me, service.deliver, order.order_id, document(order, key))
    assert now.soh.reasons[0] == "METHODS_DISAGREE"


async def test_two_firms_that_contradict_each_other_by_the_same_method_raise_methods_disagree(
    module_db: Database, scope: MakeScope
) -> None:
    me, one_key, other_key = scope(), Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    one, _, order = await ordered(module_db, me, one_key)
    await module_db.run(me, service.deliver, order.order_id, document(order, one_key))
    other = await module_db.run(
        me, service.register_firm, FirmInput(name="別", public_key=multikey.to_multikey(other_key.public_key()))
    )
    second = await module_db.run(me, service.place_order, OrderInput(battery_id=one, firm_id=other.firm_id))
    apart = {"value": 87.0, "lower": 85.0, "upper": 89.0}
    now = await module_db.run(me, service.deliver, second.order_id, document(second, other_key, figure=apart))
    assert (now.soh.value, now.soh.reasons[0]) == (None, "METHODS_DISAGREE")
    assert len([result for result in now.results if result.quantity == "soh_capacity"]) == 2
    again = await module_db.run(me, service.place_order, OrderInput(battery_id=one, firm_id=other.firm_id))
    near = {"value": 82.0, "lower": 80.0, "upper": 84.0}
    now = await module_db.run(me, service.deliver, again.order_id, document(again, other_key, figure=near))
    assert now.soh.value == pytest.approx(81.5)


async def test_a_revoked_key_a_strange_key_and_a_changed_digit_are_refused(
    module_db: Database, scope: MakeScope
) -> None:
    me, key = scope(), Ed25519PrivateKey.generate()
    _, firm, order = await ordered(module_db, me, key)
    with pytest.raises(SignatureInvalid):
        await module_db.run(me, service.deliver, order.order_id, document(order, Ed25519PrivateKey.generate()))
    changed = document(order, key)
    changed["results"][0]["value"] = 82.0
    with pytest.raises(SignatureInvalid):
        await module_db.run(me, service.deliver, order.order_id, changed)
    await module_db.run(me, service.revoke_firm, firm.firm_id)
    with pytest.raises(FirmRevokedError):
        await module_db.run(me, service.deliver, order.order_id, document(order, key))
    with pytest.raises(FirmRevokedError):
        await module_db.run(
            me, service.place_order, OrderInput(battery_id=order.battery_id, firm_id=firm.firm_id)
        )  # fmt: skip


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"type": "Something"}, DocumentInvalid),
        ({"order_id": str(new_id())}, DocumentInvalid),
        ({"results": []}, DocumentInvalid),
        ({"measured_at": "2100-01-01T00:00:00Z"}, DocumentInvalid),
        ({"figure": {"lower": 82.0}}, IntervalInvalid),
        ({"figure": {"value": 140.0, "upper": 150.0}}, IntervalInvalid),
    ],
)
async def test_a_signed_document_that_makes_no_sense_is_refused(
    module_db: Database, scope: MakeScope, change: dict[str, Any], refusal: type[Exception]
) -> None:
    me, key = scope(), Ed25519PrivateKey.generate()
    _, _, order = await ordered(module_db, me, key)
    with pytest.raises(refusal):
        await module_db.run(me, service.deliver, order.order_id, document(order, key, **dict(change)))


async def test_a_firm_needs_a_real_key_and_an_order_is_its_holders_own(module_db: Database, scope: MakeScope) -> None:
    me, key = scope(), Ed25519PrivateKey.generate()
    with pytest.raises(KeyInvalid):
        await module_db.run(me, service.register_firm, FirmInput(name="x", public_key="z" * 48))
    _, _, order = await ordered(module_db, me, key)
    with pytest.raises(OrderUnknown):
        await module_db.run(scope(), service.deliver, order.order_id, document(order, key))


# Birth records


CSV = """serial,level,capacity_ah,resistance_ohm,ocv_volt,measured_on
A1,pack,101.5,0.012,3.31,2024-02-03
A2,cell,50.2,,,2024-02-03
"""


async def test_births_are_imported_with_their_row_and_known_serials_stay(module_db: Database, scope: MakeScope) -> None:
    me = scope()
    report = await module_db.run(me, service.import_births, CSV.encode())
    assert (report.rows, report.added, report.known, report.errors) == (2, 2, 0, [])
    again = await module_db.run(me, service.import_births, CSV.replace("101.5", "90").encode())
    assert (again.added, again.known) == (0, 2)
    born = await module_db.run(me, service.birth, "A1")
    assert born is not None
    assert (born.capacity_ah, born.resistance_ohm, born.row, born.sha256) == (101.5, 0.012, 1, report.sha256)
    assert await module_db.run(scope(), service.birth, "A1") is None


async def test_a_bad_row_keeps_everything_out_unless_the_good_ones_are_wanted(
    module_db: Database, scope: MakeScope
) -> None:
    me = scope()
    bad = CSV + "A3,boat,0,,,yesterday\nA1,pack,1,,,2024-01-01\n"
    report = await module_db.run(me, service.import_births, bad.encode())
    assert report.added == 0
    assert [(error.row, error.column, error.code) for error in report.errors] == [
        (3, "level", "BAD_LEVEL"), (3, "capacity_ah", "BAD_VALUE"), (3, "measured_on", "BAD_DATE"), (4, "serial", "TWICE"),
    ]  # fmt: skip
    kept = await module_db.run(me, service.import_births, bad.encode(), keep_good_rows=True)
    assert kept.added == 2
    for data, refusal in ((b"", ColumnMissing), (b"serial,level,capacity_ah,measured_on\n", EmptyInput)):
        with pytest.raises(refusal):
            await module_db.run(me, service.import_births, data)
