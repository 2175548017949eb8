from datetime import date
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.footprint.calculation.activity import ActivityLine, Journey, Kind, Period
from meguri.footprint.calculation.allocation import Product
from meguri.footprint.calculation.circular import Circular
from meguri.footprint.calculation.electricity import Instrument, InstrumentKind
from meguri.footprint.calculation.errors import CompanySpecificMissing
from meguri.footprint.calculation.factors import Catalogue, EmissionFactor, Licence, Source, demo_factors
from meguri.footprint.calculation.packs import Rules, pack_named, rules_of
from meguri.footprint.calculation.quality import Scores
from meguri.footprint.calculation.worksheet import (
    Worksheet,
    WorksheetInvalid,
    check_company_specific,
    evaluate,
    flags_of_packs,
)
from meguri.footprint.engine import published_totals

from .helpers import D, near, rounded

EU, JRC, PACT, CX = (rules_of(pack_named(name)) for name in ("eu-draft-2024", "eu-jrc-2023", "pact-3", "cx-rulebook-4"))
YEAR = Period(start=date(2025, 1, 1), end=date(2025, 12, 31), output=D(1000))
GOOD = Scores(ter=D(2), ger=D(1), tir=D(2))


def factor(name: str, unit: str, value: object, **more: Any) -> EmissionFactor:
    return EmissionFactor(
        id=name,
        version="1",
        name=name,
        unit=unit,
        value=D(value),
        gwp_set="AR6",
        source=Source(name="Test", version="2025"),
        licence=Licence(code="CC0-1.0", redistribute="yes"),
        **more,
    )


CATALOGUE = Catalogue(
    [
        factor("CAM", "kg", 17),
        factor("LIGHT", "kg", 50),
        factor("TRACE", "kg", 2),
        factor("HEAVY", "kg", 3),
        factor("DIRTY", "kg", 10),
        factor("GRID", "kWh", "0.434"),
        factor("RESIDUAL", "kWh", "0.503"),
        factor("DIESEL", "L", "2.58"),
        factor("RAIL", "tkm", "0.022"),
        factor("BURN", "kg", "0.9"),
        factor("BURY", "kg", "0.02"),
        factor("HAUL", "kg", "0.1"),
        factor("OWN", "kg", 1, primary=True),
        factor("OLD", "kg", 1, valid_to=date(2020, 12, 31)),
        msgspec.structs.replace(factor("AR5", "kg", 1), gwp_set="AR5"),
        *demo_factors(),
    ]
)


def line(name: str, amount: object, factor_id: str | None = None, **more: Any) -> ActivityLine:
    fields = {"id": name, "kind": Kind.MATERIAL, "stage": "raw", "factor_id": factor_id}
    return ActivityLine(amount=None if amount is None else D(amount), **(fields | more))


def sheet(*lines: ActivityLine, rules: Rules = EU, period: Period = YEAR) -> Worksheet:
    return evaluate(lines, CATALOGUE, rules, period)


def test_scrap_is_bought_too() -> None:
    result = sheet(line("cathode", "0.6", "CAM", scrap_rate=D("0.04")))
    assert result.emissions["loc"]["raw"] == D("10.625")
    assert result.lines[0].reckoning == "0.6 kg × 17 kg CO2e/kg ÷ (1 − 0.04) = 10.625 kg CO2e"


ELECTRICITY = ActivityLine(
    id="power",
    kind=Kind.ELECTRICITY,
    amount=D("12"),
    unit="MWh",
    per="period",
    factor_id="GRID",
    residual_factor_id="RESIDUAL",
    instruments=(
        Instrument(id="roof", kind=InstrumentKind.ON_SITE_DIRECT, kwh=D(2000), factor=D("0.05")),
        Instrument(id="wind", kind=InstrumentKind.PPA_PHYSICAL, kwh=D(6000), factor=D(0), cancelled=True),
    ),
)


def test_electricity_of_a_year_is_shared_to_the_units_made_and_kept_in_both_ways() -> None:
    result = sheet(ELECTRICITY)
    assert (result.emissions["loc"]["main"], result.emissions["con"]["main"]) == (D("4.44"), D("2.112"))
    assert result.total == D("4.44"), "the draft of the Union declares by location"
    assert sheet(ELECTRICITY, rules=PACT).total == D("2.112")
    assert sheet(ELECTRICITY, rules=JRC).total == D("2.112")


def test_a_factor_of_electricity_as_generated_is_raised_by_what_the_grid_loses() -> None:
    catalogue = Catalogue(
        [factor("GEN", "kWh", "0.40"), factor("OUT", "kWh", "0.42", includes_transmission_loss=True)], "us"
    )
    power = line("power", 1, "GEN", kind=Kind.ELECTRICITY, unit="kWh", stage="main", grid_loss=D("0.05"))
    found = evaluate([power], catalogue, EU, YEAR).total
    assert found == near("0.421052631578947")
    roof = Instrument(id="roof", kind=InstrumentKind.ON_SITE_DIRECT, kwh=D("0.5"), factor=D(0))
    own = msgspec.structs.replace(power, instruments=[roof])
    assert evaluate([own], catalogue, EU, YEAR).total == near(
        "0.210526315789473"
    )  # what is made on site crosses no grid
    for wrong in ({"factor_id": "OUT"}, {"grid_loss": D(1)}, {"grid_loss": D("-0.1")}):
        with pytest.raises(WorksheetInvalid):
            evaluate([msgspec.structs.replace(power, **wrong)], catalogue, EU, YEAR)


def test_trucks_trains_fuel_waste_and_gases_come_together_by_stage() -> None:
    way = Journey(tonnes=D(8), distance_km=D(350), fuel="diesel", load_percent=D(62), payload_kg=D(10000))
    result = sheet(
        line("truck", None, "DIESEL", kind=Kind.TRANSPORT, journey=way),
        line("train", 2800, "RAIL", kind=Kind.TRANSPORT, unit="tkm", stage="dist"),
        line("furnace", 10, "DIESEL", kind=Kind.FUEL, unit="L", stage="main"),
        line("burnt", "3.2", "BURN", kind=Kind.WASTE, stage="main"),
        line("buried", "1.5", "BURY", kind=Kind.WASTE, stage="main"),
        line("leak", 20, kind=Kind.DIRECT, gas="SF6", unit="mg", stage="main"),
    )
    assert rounded(result.emissions["loc"]["raw"], 6) == D("387.519652")
    assert result.emissions["loc"]["dist"] == D("61.6")
    assert result.emissions["loc"]["main"] == 10 * D("2.58") + D("2.91") + D("0.504")
    assert result.emissions["loc"] == result.emissions["con"]


def test_recycled_waste_follows_the_approach_of_the_pack() -> None:
    scrap = line(
        "scrap", 2, "BURN", kind=Kind.WASTE, stage="main", recycled=True, transport_factor_id="HAUL", per="unit"
    )
    assert sheet(scrap, rules=EU).total == D("0.2")
    assert sheet(scrap, rules=CX).total == D("2.0")


def test_light_materials_are_cut_and_what_that_hides_is_told() -> None:
    result = sheet(
        line("A", "1.5", "HEAVY"),
        line("B", "0.485", "DIRTY"),
        line("C", "0.010", "LIGHT"),
        line("D", 5, "TRACE", unit="g"),
    )
    assert result.total == D("9.5")
    assert (result.left_out.lines, result.left_out.mass_percent) == (("C", "D"), D("0.75"))
    assert result.left_out.emission == D("0.51")
    assert {each.line.id: each.flags for each in result.lines}["B"] == ("cut_off_receiver",)
    full = sheet(
        line("A", "1.5", "HEAVY"),
        line("B", "0.485", "DIRTY"),
        line("C", "0.010", "LIGHT"),
        line("D", 5, "TRACE", unit="g"),
        rules=PACT,
    )
    assert full.total == D("9.86")


def test_each_component_has_its_own_one_percent() -> None:
    """Five grams are little of a pack and much of a label."""
    result = sheet(line("frame", 2, "HEAVY", component="frame"), line("ink", 5, "TRACE", unit="g", component="label"))
    assert result.left_out.lines == ()


def test_leaving_out_more_than_a_pack_allows_is_flagged() -> None:
    kept, small, large = line("A", 97, "OWN"), line("B", 3, "OWN", excluded=True), line("B", 4, "OWN", excluded=True)
    fine = sheet(kept, small, rules=CX)
    assert (fine.total, fine.left_out.percent, fine.flags) == (97, 3, ())
    assert "cut_off_exceeded" in sheet(kept, large, rules=CX).flags
    assert "cut_off_exceeded" not in sheet(kept, large, rules=PACT).flags, "this pack only reports"


def test_processes_that_a_pack_excludes_do_not_count() -> None:
    machine = line("machine", 5, "OWN", process="capital_goods")
    assert sheet(line("A", 1, "OWN"), machine).total == 1
    assert sheet(machine, rules=rules_of(pack_named("ouranos-exchange"), CHOICES)).total == 5


CHOICES = {
    "gwp_set": "AR6",
    "waste": "cut_off",
    "eol.method": "cff",
    "electricity.accepted": ["on_site_direct"],
    "electricity.authoritative_mode": "loc",
}


def test_a_material_with_its_end_of_life_counts_where_the_pack_looks() -> None:
    inputs = Circular(a=D("0.2"), ev=D(10), r1=D("0.2"), erec=D(3), r2=D("0.6"), erec_eol=D(2), ev_star=D(10), ed=D(1))
    cell = line("al", 2, kind=Kind.CIRCULAR, circular=inputs)
    eu = sheet(cell)
    assert eu.emissions["loc"]["raw"] == 2 * D("9.72")
    assert eu.emissions["loc"]["eol_credit"] == 2 * D("-4.8")
    assert eu.emissions["loc"]["eol_gross"] == 2 * D("1.36")
    pact = sheet(cell, rules=PACT)
    assert pact.emissions["con"]["eol_credit"] == 0
    assert pact.total == 2 * D("8.6"), "cradle to gate, recycled material with its own burden"


def test_a_co_product_carries_its_share_of_what_the_process_used() -> None:
    made = Period(
        start=YEAR.start,
        end=YEAR.end,
        output=D(70),
        coproducts=(Product("metal", mass=D(70), price=D(5)), Product("salt", mass=D(30), price=D(40))),
    )
    result = sheet(line("ore", 1000, "OWN", per="period"), line("box", 1, "OWN"), period=made)
    assert result.allocation is not None
    assert result.allocation.rule == "economic"
    assert rounded(result.total, 9) == rounded(D("225.806451612903") / 70 + 1, 9)


def test_a_child_part_is_left_to_the_roll_up_with_its_scrap() -> None:
    child = line("cell", 12, child_id="CELL", unit="piece", scrap_rate=D("0.04"))
    result = sheet(child, line("foil", "0.1", "CAM"), line("spare", 1, child_id="CELL", unit="piece"))
    assert result.needs == {"CELL": D("13.5")}
    assert result.total == D("1.7")


def test_a_missing_amount_is_shown_and_never_taken_for_nothing() -> None:
    result = sheet(line("A", 1, "OWN"), line("B", None, "CAM"))
    assert (result.total, result.missing, result.flags) == (1, ("B",), ("incomplete",))
    assert result.lines[1].reckoning == "–"


def test_every_line_that_cannot_be_computed_is_named_with_what_to_do() -> None:
    lines = [
        line("fine", 1, "OWN"),
        line("unit", 1, "CAM", unit="kWh"),
        line("negative", -1, "CAM"),
        line("factor", 1, "CAMM"),
        line("two", 1, "CAM", child_id="X"),
        line("none", 1),
        line("stage", 1, "CAM", stage="use"),
        line("scrap", 1, "CAM", scrap_rate=D(1)),
        line("nan", "NaN", "CAM"),
        line("spelling", 1, "CAM", unit="kilos"),
        line("gas", 1, kind=Kind.DIRECT, gas="NOx"),
        line("gas of steel", 1, gas="CO2"),
    ]
    with pytest.raises(WorksheetInvalid) as refusal:
        sheet(*lines)
    told = {fault.field: fault.of("en") for fault in refusal.value.fields}
    assert list(told) == [f"lines[{place}]" for place in range(1, 12)]
    assert told["lines[1]"].startswith("“kWh” cannot become “kg”")
    assert told["lines[2]"] == "negative.amount is “-1”, which is out of range. Please enter a value ≥ 0."
    assert "CAM" in told["lines[3]"].removeprefix("The emission factor “CAMM”")
    assert "exactly one of" in told["lines[4]"]
    assert "kg" in told["lines[9]"]
    assert refusal.value.sentence("ja").startswith("計算できない行が 11 件")
    assert all(fault.of("ja") != fault.of("en") for fault in refusal.value.fields)


def test_a_credit_is_below_nothing_and_counts_as_one() -> None:
    result = sheet(line("back", -2, "CAM", kind=Kind.CREDIT, stage="eol_credit"))
    assert result.emissions["loc"]["eol_credit"] == -34
    with pytest.raises(WorksheetInvalid, match="1 lines"):
        sheet(line("back", 2, "CAM", kind=Kind.CREDIT, stage="eol_credit"))


def test_what_readers_must_know_is_flagged() -> None:
    result = sheet(line("old", 1, "OLD"), line("other", 1, "AR5"), line("demo", 1, "DEMO-steel"))
    assert result.flags == ("factor_expired", "gwp_set_mixed", "demo_factor")
    assert result.gwp_sets == ("AR5", "AR6")
    assert sheet(ActivityLine(**{**fields(ELECTRICITY), "residual_factor_id": None})).flags == ("residual_missing",)


def fields(struct: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(struct, name) for name in struct.__struct_fields__}


def test_measured_amounts_with_own_factors_are_primary_and_own_gases_always() -> None:
    lines = [
        line("measured", 2, "OWN", primary=True),
        line("measured, but an average factor", "0.1", "CAM", primary=True),
        line("estimated", 3, "OWN"),
        line("leak", "0.3", kind=Kind.DIRECT, gas="CO2"),
    ]
    result = sheet(*lines, rules=PACT)
    assert result.total == 7
    assert result.primary_percent == near(100 * D("2.3") / 7, "1e-30")
    activity_only = msgspec.structs.replace(PACT, primary_rule="activity_only")
    assert sheet(*lines, rules=activity_only).primary_percent == near(100 * D(4) / 7, "1e-30")


def test_the_rating_weighs_lines_by_emission_and_leaves_unrated_ones_out() -> None:
    result = sheet(line("A", 3, "OWN", scores=GOOD), line("B", 1, "OWN"), rules=PACT)
    assert (result.rating.ter, result.rating.ger, result.rating.unrated_percent) == (2, 1, 25)


def test_what_the_result_stands_on_is_recorded() -> None:
    result = sheet(line("A", 1, "OWN"), line("B", 1, "CAM"), line("C", 2, "CAM"))
    assert result.factors == ("CAM 1", "OWN 1")
    assert result.sources == (("Test", "2025"),)
    assert result.rules.pack.hash == pack_named("eu-draft-2024").hash


def test_one_set_of_lines_under_several_packs() -> None:
    lines = (
        line("cathode", "0.6", "CAM"),
        ELECTRICITY,
        line("train", 100, "RAIL", kind=Kind.TRANSPORT, unit="tkm", stage="dist"),
    )
    ouranos, meti = (rules_of(pack_named(name), CHOICES) for name in ("ouranos-exchange", "meti-1.0"))
    totals = {rules.pack.id: sheet(*lines, rules=rules).total for rules in (EU, meti, ouranos, PACT, CX)}
    assert totals == {
        "eu-draft-2024": D("16.84"),
        "meti-1.0": D("16.84"),
        "ouranos-exchange": D("14.64"),
        "pact-3": D("14.512"),
        "cx-rulebook-4": D("14.512"),
    }
    assert flags_of_packs([EU.pack, CX.pack]) == ("pack_mismatch",)
    assert flags_of_packs([EU.pack, EU.pack]) == ()


def test_a_declaration_needs_the_company_s_own_data_for_every_required_process() -> None:
    required = EU.required_company_specific
    own = [line(process, 1, "OWN", process=process, primary=True) for process in required]
    check_company_specific([sheet(*own[:5]), sheet(*own[5:])])
    with pytest.raises(CompanySpecificMissing, match="separator"):
        check_company_specific([sheet(*(each for each in own if each.process != "separator"))])
    estimated = line("estimate", 1, "OWN", process="electrolyte")
    with pytest.raises(CompanySpecificMissing, match="electrolyte"):
        check_company_specific([sheet(*own, estimated)])
    check_company_specific([sheet(line("A", 1, "OWN"), rules=PACT)])


def test_an_output_of_nothing_is_refused() -> None:
    with pytest.raises(Exception, match="output"):
        sheet(line("A", 1, "OWN"), period=msgspec.structs.replace(YEAR, output=D(0)))


def test_the_columns_of_worksheets_roll_up_exactly_from_tier_to_tier() -> None:
    """A cell in a module: the module's worksheet and the cell's, through the engine, give emission, rating and share."""
    cell = sheet(line("cathode", "0.6", "OWN", scores=GOOD, primary=True), rules=PACT).columns()
    module = sheet(line("cell", 12, child_id="CELL", unit="piece"), line("case", 1, "CAM", scores=GOOD), rules=PACT)
    totals = published_totals(
        [("MOD", child, amount) for child, amount in module.needs.items()], {"MOD": module.columns(), "CELL": cell}
    )["MOD"]
    assert totals["con.raw"] == 12 * D("0.6") + 17
    assert totals["con.raw.ter"] / totals["con.raw.weight"] == 2
    assert totals["con.raw.primary"] == D("7.2")


amounts = st.decimals("0.01", 100, places=2)


@given(st.lists(st.tuples(amounts, st.sampled_from(["CAM", "OWN", "HEAVY"])), min_size=1, max_size=6), amounts)
def test_a_line_in_two_parts_and_lines_in_another_order_change_nothing(
    rows: list[tuple[Decimal, str]], more: Decimal
) -> None:
    whole = [line("x", more + 1, "CAM"), *(line(str(at), *row) for at, row in enumerate(rows))]
    parts = [
        *(line(str(at), *row) for at, row in reversed(list(enumerate(rows)))),
        line("x1", more, "CAM"),
        line("x2", 1, "CAM"),
    ]
    assert sheet(*whole, rules=PACT).columns() == sheet(*parts, rules=PACT).columns()


@given(amounts, st.decimals(1, 10**6, places=0))
def test_a_period_is_the_sum_of_its_units(per_unit: Decimal, output: Decimal) -> None:
    period = msgspec.structs.replace(YEAR, output=output)
    of_period = sheet(line("A", per_unit * output, "CAM", per="period"), rules=PACT, period=period)
    assert of_period.total == near(sheet(line("A", per_unit, "CAM"), rules=PACT).total, "1e-40")


def reckoning(rules: Rules, given: ActivityLine) -> str:
    (found,) = sheet(given, rules=rules).lines
    return found.reckoning


def test_the_reckoning_of_electricity_is_that_of_the_figure_which_counts() -> None:
    contracts = (
        Instrument(id="roof", kind=InstrumentKind.ON_SITE_DIRECT, kwh=D(2000), factor=D("0.05")),
        Instrument(id="ppa", kind=InstrumentKind.PPA_PHYSICAL, kwh=D(6000), factor=D(0), cancelled=True),
        Instrument(id="eac", kind=InstrumentKind.EAC, kwh=D(1000), factor=D(0)),
    )
    power = line(
        "power",
        12,
        "GRID",
        kind=Kind.ELECTRICITY,
        unit="MWh",
        stage="main",
        per="period",
        instruments=contracts,
        residual_factor_id="RESIDUAL",
    )
    local = "(2000 kWh × 0.05 (roof) + 10000 kWh × 0.434 kg CO2e/kWh) ÷ 1000 = 4.44 kg CO2e"
    bought = "(2000 kWh × 0.05 (roof) + 6000 kWh × 0 (ppa) + 4000 kWh × 0.503 kg CO2e/kWh) ÷ 1000 = 2.112 kg CO2e"
    assert reckoning(EU, power) == local
    assert reckoning(PACT, power) == bought
    bare = msgspec.structs.replace(power, instruments=(), residual_factor_id=None)
    for rules in (EU, PACT):
        assert reckoning(rules, bare) == "12 MWh (= 12000 kWh) × 0.434 kg CO2e/kWh ÷ 1000 = 5.208 kg CO2e"
    whole = msgspec.structs.replace(power, amount=D("2"), instruments=contracts[:1])
    assert reckoning(PACT, whole) == "(2000 kWh × 0.05 (roof)) ÷ 1000 = 0.1 kg CO2e"


def test_the_reckoning_of_waste_has_the_terms_that_count() -> None:
    told: dict[str, Any] = {"kind": Kind.WASTE, "recycled": True, "stage": "main"}
    scrap = line("scrap", 2, "BURN", transport_factor_id="HAUL", avoided_factor_id="OWN", **told)
    left_open = {"gwp_set": "AR6", "eol.method": "cff"} | {
        "electricity.accepted": [],
        "electricity.authoritative_mode": "loc",
    }
    expand = rules_of(pack_named("meti-1.0"), left_open | {"waste": "system_expansion"})
    assert reckoning(PACT, scrap) == "2 kg × 0.1 (cut_off) = 0.2 kg CO2e"
    assert reckoning(CX, scrap) == "2 kg × (0.9 + 0.1) (polluter_pays) = 2 kg CO2e"
    assert reckoning(expand, scrap) == "2 kg × (0.9 + 0.1 − 1) (system_expansion) = 0 kg CO2e"
    assert reckoning(PACT, line("scrap", 2, "BURN", **told)) == "2 kg × 0 (cut_off) = 0 kg CO2e"
    assert reckoning(CX, line("ash", 2, "BURY", unit="t", kind=Kind.WASTE)).startswith("2 t (= 2000 kg) × 0.02 (")
