"""Input that cannot be right: refused before anything is computed, and never better than none."""

import warnings
from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import msgspec
import numpy as np
import pytest
from tests.reuse.samples import PACK, TODAY, evidence_of, good_evidence

from meguri.health.model import Chemistry
from meguri.kernel.errors import Refusal
from meguri.reuse.billing import Plan, Tariff, bill, check_tariff
from meguri.reuse.draws import generator, split_normal
from meguri.reuse.errors import FigureImplausible, IntervalInvalid, TariffInvalid
from meguri.reuse.findings import battery_of
from meguri.reuse.gate import GateEvidence, Outcome, Verdict, judge
from meguri.reuse.lot import lot_of
from meguri.reuse.model import Battery, Soh
from meguri.reuse.prices import check_prices, demo_prices
from meguri.reuse.records import BatteryFacts
from meguri.reuse.valuerules import value_rules
from meguri.reuse.valuing import value

SOH = Soh(value=82.0, lower=79.0, upper=85.0)


def pack(**more: Any) -> Battery:
    given: dict[str, Any] = {"rated_energy_kwh": 30.0, "soh_energy": SOH} | more
    return Battery(item_id="a", chemistry=Chemistry.NMC, **given)


@pytest.mark.parametrize(
    ("field", "figure"),
    [("rated_energy_kwh", 1e305), ("rated_energy_kwh", 1.1e6), ("rated_energy_kwh", float("inf")), ("mass_kg", -1.0),
     ("mass_kg", 1e9), ("mass_kg", float("nan")), ("age_years", -0.1), ("age_years", 1e6), ("fade_per_year", 1.5),
     ("fade_sigma", 700.0), ("composition", {"Ni": -3.0}), ("composition", {"Ni": 1e300}), ("recovered", {"Ni": 1.2}),
     ("module_soh", (80.0, 300.0)), ("footprint_kg_per_kwh", float("inf")), ("resistance_ratio", -2.0)],
)  # fmt: skip
def test_a_figure_that_no_battery_has_is_refused_by_name_before_anything_is_computed(field: str, figure: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(FigureImplausible) as refused:
            value(pack(**{field: figure}), demo_prices(), TODAY, draws=50)
    assert refused.value.fields[0].field.startswith(field)


def test_bounds_leave_room_for_every_battery_and_prices_out_of_reason_are_refused() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for size in (0.003, 30.0, 900_000.0):
            assert value(pack(rated_energy_kwh=size), demo_prices(), TODAY, draws=50).options
    for price in (1e10, -1e10, float("inf")):
        items = tuple(msgspec.structs.replace(one, price=price) for one in demo_prices().items[:1])
        odd = msgspec.structs.replace(demo_prices(), items=items)
        with pytest.raises(FigureImplausible, match=items[0].code):
            check_prices(odd)
    with pytest.raises((FigureImplausible, IntervalInvalid)):
        Soh(value=80.0, lower=-1e308, upper=90.0)
    for count in (10**400, -(10**400)):
        with pytest.raises(FigureImplausible):
            pack(rated_energy_kwh=30.0, mass_kg=count)


def test_what_is_kept_already_but_cannot_be_right_is_not_valued() -> None:
    facts = BatteryFacts(serial="s", model="m", maker="k", chemistry=Chemistry.NMC, rated_energy_kwh=30.0)
    soh = evidence_of("soh_capacity", 82.0, lower=79.0, upper=85.0)
    odd = [
        soh,
        evidence_of("resistance_ratio", 1e300),
        evidence_of("module_soh_1", 900.0),
        evidence_of("module_soh_2", 80.0),
    ]
    found = battery_of("a", facts, odd, TODAY)
    assert found is not None
    assert (found.resistance_ratio, found.module_soh) == (None, ())
    assert battery_of("a", msgspec.structs.replace(facts, rated_energy_kwh=1e305), [soh], TODAY) is None


def test_intervals_of_any_confidence_stand_for_the_same_spread() -> None:
    reach = 3.0 * 1.2816 / 1.645  # the same normal spread, told at 80 %
    narrow = Soh(value=82.0, lower=82.0 - reach, upper=82.0 + reach, confidence=0.80)
    both = lot_of([pack(), pack(soh_energy=narrow)], value_rules())
    z = generator(0, "z").standard_normal(100)
    drawn = split_normal(both.soh, both.lower, both.upper, np.stack([z, z]))
    np.testing.assert_allclose(drawn[0], drawn[1], rtol=1e-4)


def with_finding(finding: GateEvidence) -> tuple[Verdict, Outcome]:
    """The gate on good evidence with one finding in place of its like: the verdict, and the rule's outcome."""
    found = judge(PACK, [*good_evidence(without=(finding.quantity,)), finding], TODAY)
    mine = [one for one in found.results if one.evidence_id == finding.evidence_id]
    return found.verdict, mine[0].outcome


@pytest.mark.parametrize(
    ("finding", "verdict"),
    [(evidence_of("capacity", 41.0, lower=43.0, upper=39.0), Verdict.NOT_ASSESSABLE),
     (evidence_of("capacity", 50.0, lower=39.0, upper=43.0), Verdict.NOT_ASSESSABLE),
     (evidence_of("capacity", True, lower=39.0, upper=43.0), Verdict.NOT_ASSESSABLE),
     (evidence_of("insulation_ohm_per_volt", True), Verdict.NOT_ASSESSABLE),
     (evidence_of("min_cell_voltage_v", True), Verdict.PASS),  # not required: open, and without effect
     (evidence_of("no_accident", 0.0), Verdict.NOT_ASSESSABLE), (evidence_of("no_accident", 1.0), Verdict.NOT_ASSESSABLE),
     (evidence_of("visual_ok", True, TODAY + timedelta(days=2)), Verdict.NOT_ASSESSABLE),
     (evidence_of("capacity", 41.0, date(2027, 1, 1), lower=39.0, upper=43.0), Verdict.NOT_ASSESSABLE)],
)  # fmt: skip
def test_evidence_of_the_wrong_kind_with_a_wrong_interval_or_from_days_to_come_never_passes(
    finding: GateEvidence, verdict: Verdict
) -> None:
    assert with_finding(finding) == (verdict, Outcome.NOT_ASSESSABLE)


def test_tomorrow_of_another_time_zone_counts_and_a_failure_counts_whenever_it_is_dated() -> None:
    assert with_finding(evidence_of("visual_ok", True, TODAY + timedelta(days=1)))[0] is Verdict.PASS
    assert with_finding(evidence_of("visual_ok", False, TODAY + timedelta(days=90)))[0] is Verdict.VETO
    old = judge(PACK, [*good_evidence(), evidence_of("visual_ok", True, TODAY + timedelta(days=30))], TODAY)
    assert old.verdict is Verdict.PASS  # the earlier finding stands until the later day has come


@pytest.mark.parametrize(
    "odd",
    [{"plan": Plan.CAPACITY_FAIR, "guaranteed_share": D(0)}, {"plan": Plan.CAPACITY_FAIR, "guaranteed_share": D("1.1")},
     {"plan": Plan.WEAR, "efc_remaining": D(0)}, {"plan": Plan.WEAR, "efc_remaining": D(-1)}, {"per_kwh": D(-1)},
     {"period_fee": D("1E+40")}, {"short_credit": D(-5)}, {"per_kwh": D("NaN")}],
)  # fmt: skip
def test_a_tariff_by_which_nothing_can_be_billed_is_refused(odd: dict[str, Any]) -> None:
    with pytest.raises(TariffInvalid):
        check_tariff(msgspec.structs.replace(Tariff(plan=Plan.ENERGY), **odd))
    check_tariff(Tariff(plan=Plan.ENERGY, guaranteed_share=D(0), efc_remaining=D(0)))  # no part of this plan


def test_a_bill_is_rounded_to_the_minor_unit_of_its_currency() -> None:
    fee = D("1234.5678")
    for currency, total in (("JPY", 1235), ("KRW", 1235), ("EUR", 123457), ("KWD", 1234568)):
        assert bill(Tariff(plan=Plan.SUBSCRIPTION, currency=currency, period_fee=fee), []).total == total


def test_refusals_speak_both_languages() -> None:
    for kind in (FigureImplausible(detail="x"), TariffInvalid(detail="x")):
        assert isinstance(kind, Refusal)
        assert kind.sentence("ja") != kind.sentence("en")
