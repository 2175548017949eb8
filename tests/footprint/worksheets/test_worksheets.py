"""Worksheets through the database: totals through parts, packs, what-ifs, results that stay, and the exchange."""

import hashlib
import json
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
import pytest
from tests.chain import Company, company
from tests.footprint.worksheets.helpers import PIECE, D, battery_pack, factor, line, part_line, sheet, with_factors

from meguri.footprint.calculation.activity import Kind
from meguri.footprint.calculation.canonical import content_hash
from meguri.footprint.calculation.electricity import Instrument, InstrumentKind
from meguri.footprint.calculation.errors import FactorUnknown, InstrumentExceeded, ProfileParameterMissing
from meguri.footprint.calculation.lifetime import Battery
from meguri.footprint.calculation.worksheet import WorksheetInvalid
from meguri.footprint.engine import CycleInStructure, PartUnknown
from meguri.footprint.factors import add_factor, affected_results
from meguri.footprint.received import ReceivedInput, receive
from meguri.footprint.worksheets import service
from meguri.footprint.worksheets.errors import (
    BadPeriod,
    DuplicateLine,
    OuranosValueOutOfRange,
    PartNotBelow,
    WorksheetNotFound,
)
from meguri.footprint.worksheets.model import Line, Worksheet, WorksheetInput
from meguri.footprint.worksheets.renewing import renewed_by
from meguri.footprint.worksheets.scenario import FactorOverride, LineOverride, PartOverride, Scenario
from meguri.kernel.errors import Stale
from meguri.kernel.units import AmountUnit
from meguri.storage.database import Database
from meguri.web.encoding import to_json

pytestmark = pytest.mark.anyio


async def maker(river: Database) -> Company:
    return await company(river, "電池メーカー")


async def test_a_pack_rolls_up_through_its_parts_worksheets_exactly(river: Database) -> None:
    us = await maker(river)
    sheets = await battery_pack(us, "eu-draft-2024")
    battery = Battery(profile="ev", capacity_kwh=D(60), category="M1", warranty_years=D(8))
    given = msgspec.structs.replace(sheets["PACK"], battery=battery, mass_kg=D(400))
    told = WorksheetInput(**{name: getattr(given, name) for name in WorksheetInput.__struct_fields__})
    await us.run(service.change, given.worksheet_id, told, 1)
    found = await us.run(service.figures, given.worksheet_id)
    stages = {stage: Decimal(f"{value:.9f}").normalize() for stage, value in found.stages["loc"].items()}
    assert stages == {"raw": D("621.546"), "main": D("170.5"), "dist": 6, "eol_gross": 35, "eol_credit": -20}
    assert found.total == D("813.046")
    assert found.battery is not None
    assert f"{found.battery.per_kwh:.12f}" == "0.028230763889"
    assert found.battery.class_reason == "not_determinable_no_act"
    assert found.completeness_percent == 100
    assert abs(found.gap) < D("1e-9")
    shares = {each.name: each.value for each in found.lines}
    assert shares["modules"] == 4 * (D("134.849") + D("39.5"))
    assert sum(each.value for each in found.lines) == found.total


async def test_hotspots_and_paths_reach_into_the_parts(river: Database) -> None:
    us = await maker(river)
    sheets = await battery_pack(us, "eu-draft-2024")
    found = await us.run(service.analysis, sheets["PACK"].worksheet_id)
    assert found.complete
    assert abs(found.total - 813.046) < 1e-9
    assert abs(found.covered - found.total) < 1e-9
    first = found.hotspots[0]
    assert (first.name, round(first.value, 9), round(first.amount, 9)) == ("CAM", 489.6, 48)
    assert found.paths[0].names == ["PACK", "MOD", "CELL", "CAM"]
    spread = await us.run(service.uncertainty, sheets["PACK"].worksheet_id, draws=2000)
    again = await us.run(service.uncertainty, sheets["PACK"].worksheet_id, draws=2000)
    assert spread == again
    assert spread.p2_5 < spread.p50 < spread.p97_5
    assert abs(sum(spread.shares.values()) - 1) < 1e-9


async def test_what_if_less_or_other_material_is_compared_before_deciding(river: Database) -> None:
    us = await maker(river)
    sheets = await battery_pack(us)
    await us.run(add_factor, factor("AL-recycled", "1.9"))
    less = Scenario(name="less CAM", lines=[LineOverride(line_id="CAM", amount=D("0.55"))])
    first, second = await us.run(
        service.what_if,
        sheets["CELL"].worksheet_id,
        [less, Scenario(name="recycled", factors=[FactorOverride(factor_id="AL", replacement="AL-recycled")])],
    )
    assert first.difference == D("-0.85")
    (change,) = first.lines
    assert (change.name, change.amount, change.value, change.total) == ("CAM", D("-0.85"), 0, D("-0.85"))
    assert "scenario" in first.after.flags
    assert second.difference == D("0.05") * D("-7.3")


async def test_what_if_reaches_every_worksheet_below(river: Database) -> None:
    us = await maker(river)
    sheets = await battery_pack(us, "eu-draft-2024")
    await us.run(add_factor, factor("AL-recycled", "1.9"))
    await us.part("CASE-2", ends=True, unit=PIECE)
    await sheet(us, "CASE-2", line("AL", 8, "AL-recycled"), pack_id="eu-draft-2024")
    cell, case, other = [await us.part_id(name) for name in ("CELL", "CASE", "CASE-2")]
    scenarios = [
        Scenario(name="less CAM", lines=[LineOverride(line_id="CAM", part_id=cell, amount=D("0.55"))]),
        Scenario(name="case", lines=[LineOverride(line_id="AL", part_id=case, factor_id="AL-recycled")]),
        Scenario(name="everywhere", factors=[FactorOverride(factor_id="AL", replacement="AL-recycled")]),
        Scenario(name="other case", parts=[PartOverride(part_id=case, replacement=other, ratio=D(2))]),
    ]
    found = await us.run(service.what_if, sheets["PACK"].worksheet_id, scenarios)
    assert [each.difference for each in found] == [D("-40.8"), D("-58.4"), D("-75.92"), D("-45.6")]
    assert found[1].after.total == D("754.646")
    assert [(each.name, each.total) for each in found[0].lines] == [("modules", D("-40.8"))]
    assert (await us.run(service.figures, sheets["PACK"].worksheet_id)).total == D("813.046")
    for wrong, refusal in (
        (Scenario(name="-", factors=[FactorOverride(factor_id="AI", replacement="AL-recycled")]), FactorUnknown),
        (Scenario(name="-", lines=[LineOverride(line_id="CAN", part_id=cell, amount=D(1))]), FactorUnknown),
        (Scenario(name="-", lines=[LineOverride(line_id="AL", part_id=other, amount=D(1))]), PartNotBelow),
        (Scenario(name="-", parts=[PartOverride(part_id=other, replacement=case)]), PartNotBelow),
        (
            Scenario(name="-", parts=[PartOverride(part_id=case, replacement=await us.part_id("PACK"))]),
            CycleInStructure,
        ),
    ):
        with pytest.raises(refusal):
            await us.run(service.what_if, sheets["PACK"].worksheet_id, [wrong])


async def test_recalculating_under_another_pack_shows_the_difference_and_that_packs_differ(river: Database) -> None:
    us = await maker(river)
    await with_factors(us, GRIDF=1)
    for name, value in (("grid", "0.434"), ("residual", "0.503")):
        await us.run(add_factor, factor(name, value, "kWh"))
    await us.part("motor", ends=True, unit=PIECE)
    instruments = [
        Instrument(id="roof", kind=InstrumentKind.ON_SITE_DIRECT, kwh=D(2000), factor=D("0.05")),
        Instrument(id="ppa", kind=InstrumentKind.PPA_PHYSICAL, kwh=D(6000), factor=D(0), cancelled=True),
    ]
    electricity = line(
        "electricity", 12000, "grid", kind=Kind.ELECTRICITY, unit="kWh", stage="main", per="period",
        instruments=instruments, residual_factor_id="residual",
    )  # fmt: skip
    made = await sheet(us, "motor", electricity, output=D(1000), pack_id="eu-draft-2024")
    now = await us.run(service.figures, made.worksheet_id)
    assert (now.total, now.other_mode_total) == (D("4.44"), D("2.112"))
    assert now.mode == "loc"
    both = await us.run(service.compare_packs, made.worksheet_id, "pact-3")
    assert (both.before.total, both.after.total, both.difference) == (D("4.44"), D("2.112"), D("-2.328"))
    assert both.flags == ["pack_mismatch", "mode_mismatch"]
    everything = [each for _, each in await us.run(service.under_all_packs, made.worksheet_id)]
    totals = {each.pack.id: each.total for each in everything if not isinstance(each, Exception)}
    assert totals["eu-draft-2024"] == D("4.44")
    assert totals["pact-3"] == totals["cx-rulebook-4"] == D("2.112")
    assert {type(each).__name__ for each in everything if isinstance(each, Exception)} == {"ChoiceMissing"}


async def test_a_certificate_is_not_given_away_more_often_than_it_holds(river: Database) -> None:
    us = await maker(river)
    await us.run(add_factor, factor("mix", "0.434", "kWh"))
    for name in ("inverter", "charger"):
        await us.part(name, ends=True, unit=PIECE)

    def powered(kwh: int, volume: int | None = None, **more: Any) -> Line:
        wind = Instrument(
            id="GO-1", kind=InstrumentKind.EAC, kwh=D(kwh), factor=D(0), cancelled=True, volume=volume and D(volume)
        )
        return line("power", 9000, "mix", kind=Kind.ELECTRICITY, unit="kWh", instruments=[wind], **more)

    first = await sheet(us, "inverter", powered(6000, 10_000, per="period"), output=D(10))
    with pytest.raises(InstrumentExceeded, match="11000 kWh are taken from “GO-1”, which holds 10000"):
        await sheet(us, "charger", powered(500), output=D(10))  # 500 kWh for each of ten
    second = await sheet(us, "charger", powered(400), output=D(10))
    body = WorksheetInput(**{name: getattr(second, name) for name in WorksheetInput.__struct_fields__})
    more = msgspec.structs.replace(body, lines=[powered(401)])
    with pytest.raises(InstrumentExceeded):
        await us.run(service.change, second.worksheet_id, more, second.version)
    assert (await us.run(service.change, second.worksheet_id, body, second.version)).version == second.version
    broken = msgspec.structs.replace(body, lines=[powered(400), powered(1, per="period", id="no number")])
    wind = msgspec.structs.replace(broken.lines[1].instruments[0], kwh=D("NaN"), volume=D("NaN"))
    lines = [broken.lines[0], msgspec.structs.replace(broken.lines[1], instruments=[wind])]
    kept = await us.run(service.change, second.worksheet_id, msgspec.structs.replace(body, lines=lines), second.version)
    with pytest.raises(WorksheetInvalid):  # it is told at its line
        await us.run(service.figures, kept.worksheet_id)
    others = await maker(river)
    await others.run(add_factor, factor("mix", "0.434", "kWh"))
    await others.part("charger", ends=True, unit=PIECE)
    await sheet(others, "charger", powered(900), output=D(10))  # another company's certificate of that name
    assert first.version == 1


async def test_a_result_is_kept_with_what_it_stands_on_and_follows_the_one_before(river: Database) -> None:
    us = await maker(river)
    await with_factors(us, steel="2.2")
    await us.part("bracket", ends=True, unit=PIECE)
    made = await sheet(us, "bracket", line("steel", "0.5", "steel"))
    first = await us.run(service.compute, made.worksheet_id)
    reread = await us.run(service.result, first.result.result_id)
    assert first.hash == service.hash_of(first.result) == service.hash_of(reread.result) == reread.hash
    assert (first.result.total, first.result.factors, first.result.preceding_id) == (D("1.1"), ["steel 1"], None)
    told = WorksheetInput(**{name: getattr(made, name) for name in WorksheetInput.__struct_fields__})
    more = msgspec.structs.replace(told, lines=[line("steel", "0.6", "steel")])
    changed = await us.run(service.change, made.worksheet_id, more, 1)
    assert changed.version == 2
    assert (await us.run(service.result, first.result.result_id)).stale == "activity"
    with pytest.raises(Stale):
        await us.run(service.change, made.worksheet_id, told, 1)
    second = await us.run(service.compute, made.worksheet_id, reason="activity")
    assert second.result.preceding_id == first.result.result_id
    assert second.stale is None
    compared = await us.run(service.compare_results, first.result.result_id, second.result.result_id)
    assert compared.difference == D("0.22")
    unchanged = await us.run(service.change, made.worksheet_id, more, 2)
    assert (unchanged.version, unchanged.updated_at) == (2, changed.updated_at)  # nothing new, no new version


async def test_a_newer_factor_names_the_results_that_rest_on_the_old_one(river: Database) -> None:
    us = await maker(river)
    await with_factors(us, copper="4.1")
    await us.part("wire", ends=True, unit=PIECE)
    made = await sheet(us, "wire", line("copper", "0.2", "copper"))
    kept = await us.run(service.compute, made.worksheet_id)
    assert await us.run(affected_results, "copper") == []
    newer = msgspec.structs.replace(factor("copper", "3.6"), version="2", supersedes="1")
    await us.run(add_factor, newer)
    (affected,) = await us.run(affected_results, "copper")
    assert (affected.result_id, affected.reference, affected.newest) == (kept.result.result_id, "copper 1", "copper 2")
    assert (await us.run(service.figures, made.worksheet_id)).total == D("0.72")


async def test_results_before_a_factors_update_are_told_with_their_totals_then_and_with_it(river: Database) -> None:
    us = await maker(river)
    await with_factors(us, copper="4.1", paint="2")
    for name in ("wire", "loom"):
        await us.part(name, ends=True, unit=PIECE)
    wire = await sheet(us, "wire", line("copper", "0.2", "copper"), line("paint", "0.1", "paint"))
    loom = await sheet(us, "loom", part_line("wires", 10, await us.part_id("wire")))
    kept = [await us.run(service.compute, one.worksheet_id) for one in (wire, loom)]
    for name, value in (("copper", "3.6"), ("paint", "9")):
        await us.run(add_factor, msgspec.structs.replace(factor(name, value), version="2", supersedes="1"))
    # What else changed since is not this update's doing: the worksheet, and the other factor.
    changed = {name: getattr(wire, name) for name in WorksheetInput.__struct_fields__}
    await us.run(service.change, wire.worksheet_id, WorksheetInput(**changed | {"lines": []}), if_version=wire.version)
    found = await us.run(renewed_by, "copper")
    assert [(one.result_id, one.total, one.total_with_newest, one.code) for one in found] == [
        (kept[1].result.result_id, D("10.2"), D("9.2"), None),
        (kept[0].result.result_id, D("1.02"), D("0.92"), None),
    ]
    assert {(one.reference, one.newest) for one in found} == {("copper 1", "copper 2")}


async def test_two_results_of_one_part_are_told_apart_by_amounts_and_values(river: Database) -> None:
    us = await maker(river)
    await with_factors(us, dear=17, cheap=16)
    await us.part("cell", ends=True, unit=PIECE)
    given = {"output": D(1000), "pack_id": "pact-3"}
    made = await sheet(us, "cell", line("CAM", 600, "dear", per="period"), line("gone", 1, "dear"), **given)
    before = await us.run(service.compute, made.worksheet_id)
    told = {name: getattr(made, name) for name in WorksheetInput.__struct_fields__}
    told |= {"lines": [line("CAM", 1100, "cheap", per="period")], "output": D(2000)}
    await us.run(service.change, made.worksheet_id, WorksheetInput(**told), if_version=made.version)
    after = await us.run(service.compute, made.worksheet_id)
    found = await us.run(service.compare_results, before.result.result_id, after.result.result_id)
    effects = {one.name: (one.amount, one.value, one.structure, one.total) for one in found.lines}
    assert effects == {
        "CAM": (D("-0.825"), D("-0.575"), 0, D("-1.4")),
        "gone": (0, 0, -17, -17),
    }
    assert found.difference == D("-18.4")


async def test_a_missing_amount_and_a_part_without_a_figure_are_shown_never_zero(river: Database) -> None:
    us = await maker(river)
    await with_factors(us, glue=3)
    await us.part("box", [("lid", 1)], unit=PIECE)
    box = await us.part_id("box")
    lines = await us.run(service.suggested_lines, box)
    assert [(each.name, each.amount, each.unit) for each in lines] == [("lid", 1, "kg")]
    made = await sheet(us, "box", *lines, line("glue", None, "glue"))
    found = await us.run(service.figures, made.worksheet_id)
    lid = await us.part_id("lid")
    assert found.missing == [str(lid), f"{box}#glue"]
    assert "incomplete" in found.flags
    assert found.completeness_percent == 50
    assert [each.source for each in found.lines] == ["missing", "missing"]


async def test_what_a_supplier_outside_states_counts_with_its_share_and_provenance(river: Database) -> None:
    us = await maker(river)
    await with_factors(us, own=1)
    await us.part("module", [("cell-A", 3, True), ("cell-B", "0.5", True)], unit=PIECE)
    for name, raw, share in (("cell-A", "1.5", 40), ("cell-B", 4, 0)):
        stated = ReceivedInput(
            origin="pact", reference=name, partner="Cells Ltd", unit=AmountUnit.KILOGRAM, raw=D(raw), primary_share=D(share),
            ter=D(2), ger=D(2), tir=D(1), gwp_sets=("AR6",),
        )  # fmt: skip
        await us.run(receive, await us.part_id(name), stated)
    lines = await us.run(service.suggested_lines, await us.part_id("module"))
    made = await sheet(us, "module", *lines, line("own", 2, "own"))
    found = await us.run(service.figures, made.worksheet_id)
    assert found.total == D("8.5")
    assert f"{found.primary_percent:.10f}" == "44.7058823529"
    assert [each.provenance for each in found.lines] == ["pact: Cells Ltd cell-A", "pact: Cells Ltd cell-B", None]
    assert (await us.statement("cell-A")).own.pre_component == D("1.5")  # type: ignore[union-attr]
    again = await us.run(receive, await us.part_id("cell-A"), stated)
    assert again.version == 2
    assert (await us.run(receive, await us.part_id("cell-A"), stated)).version == 2


async def test_a_part_may_not_stand_within_itself(river: Database) -> None:
    us = await maker(river)
    for name in ("hen", "egg"):
        await us.part(name, ends=True, unit=PIECE)
    hen, egg = await us.part_id("hen"), await us.part_id("egg")
    made = await sheet(us, "hen", part_line("egg", 1, egg))
    await sheet(us, "egg", part_line("hen", 1, hen))
    with pytest.raises(CycleInStructure):
        await us.run(service.figures, made.worksheet_id)


async def test_what_is_wrong_in_a_worksheet_is_named_line_by_line(river: Database) -> None:
    us = await maker(river)
    await with_factors(us, tin=5)
    await us.part("can", ends=True, unit=PIECE)
    made = await sheet(
        us,
        "can",
        line("a", 1, "tin", unit="kWh"),
        line("b", -1, "tin"),
        line("c", 1, "tinn"),
        line("d", 1, "tin", unit="kgs"),
    )
    with pytest.raises(WorksheetInvalid) as refused:
        await us.run(service.figures, made.worksheet_id)
    assert [one.field for one in refused.value.fields] == ["lines[0]", "lines[1]", "lines[2]", "lines[3]"]
    assert "kWh" in refused.value.fields[0].of("en")
    assert "tin" in refused.value.fields[2].of("ja")
    trace_id = await us.part_id("can")
    base = WorksheetInput(plant_id=us.plant_id, period_start=date(2026, 2, 1), period_end=date(2026, 1, 1), output=D(1))
    with pytest.raises(BadPeriod):
        await us.run(service.create, trace_id, base)
    twice = msgspec.structs.replace(base, period_end=date(2026, 3, 1), lines=[line("x", 1, "tin"), line("x", 2, "tin")])
    with pytest.raises(DuplicateLine):
        await us.run(service.create, trace_id, twice)


async def test_a_worksheet_feeds_the_four_values_of_the_exchange_rounded_up(river: Database) -> None:
    us = await maker(river)
    await with_factors(us, resin="2.000001", press="0.5")
    await us.part("seal", [("ring", 2, True)], unit=PIECE)
    await us.declare("ring", pre=1, main=1)
    lines = await us.run(service.suggested_lines, await us.part_id("seal"))
    made = await sheet(
        us, "seal", *lines, line("resin", 1, "resin"), line("pressing", 2, "press", kind=Kind.FUEL, stage="main")
    )
    await us.run(service.feed, made.worksheet_id)
    statement = await us.statement("seal")
    assert statement.own is not None
    assert statement.own.pre_component == D("2.00001")
    assert (statement.own.main_production, statement.own.main_component) == (1, 0)
    assert statement.totals is not None
    assert (statement.totals.pre_component, statement.totals.main_component) == (D("4.00001"), 2)
    assert statement.own.pre_quality.ter == 2
    over = msgspec.structs.replace(made, lines=[line("resin", 99999, "resin")])
    told = WorksheetInput(**{name: getattr(over, name) for name in WorksheetInput.__struct_fields__})
    await us.run(service.change, made.worksheet_id, told, 1)
    with pytest.raises(OuranosValueOutOfRange):
        await us.run(service.feed, made.worksheet_id)


async def test_another_companys_worksheet_does_not_exist(river: Database) -> None:
    us, them = await maker(river), await company(river, "よそ")
    await us.part("secret", ends=True, unit=PIECE)
    made = await sheet(us, "secret")
    for use_case in (service.worksheet, service.figures, service.compute, service.analysis, service.feed):
        with pytest.raises(WorksheetNotFound):
            await them.run(use_case, made.worksheet_id)
    assert await them.run(service.worksheets) == []
    with pytest.raises(WorksheetNotFound):
        await us.run(service.worksheet, UUID(int=0))


async def test_a_battery_whose_service_life_cannot_be_told_has_no_result(river: Database) -> None:
    us = await company(river, "電池")
    sheets = await battery_pack(us, "eu-draft-2024")
    life = Battery(profile="ev", capacity_kwh=D(60), category="M1", warranty_years=D(8), warranty_km=D(100_000))
    for lacks, battery in (
        ("km_per_year", life),
        ("capacity_kwh", msgspec.structs.replace(life, capacity_kwh=D(0), warranty_km=None)),
    ):
        given = msgspec.structs.replace(sheets["PACK"], battery=battery)
        kept = await us.run(service.change, given.worksheet_id, _input(given), if_version=given.version)
        assert "profile_incomplete" in (await us.run(service.figures, kept.worksheet_id)).flags
        with pytest.raises(ProfileParameterMissing, match=lacks):
            await us.run(service.compute, kept.worksheet_id)
        sheets["PACK"] = kept
    assert await us.run(service.results, sheets["PACK"].worksheet_id) == []


async def test_a_component_without_a_line_is_no_silent_zero(river: Database) -> None:
    us = await company(river, "組立")
    await with_factors(us, CU="4.1")
    await us.part("MOD", [("CELL", 12, True)], unit=PIECE)
    made = await sheet(us, "MOD", line("own", 1, "CU", stage="raw"))
    assert "components_uncounted" in (await us.run(service.figures, made.worksheet_id)).flags
    cell = part_line("cells", 12, await us.part_id("CELL"))
    given = msgspec.structs.replace(made, lines=[*made.lines, cell])
    kept = await us.run(service.change, made.worksheet_id, _input(given), if_version=made.version)
    assert "components_uncounted" not in (await us.run(service.figures, kept.worksheet_id)).flags


async def test_whoever_reads_a_result_finds_its_hash(river: Database) -> None:
    us = await company(river, "検算")
    sheets = await battery_pack(us, "eu-draft-2024")
    kept = await us.run(service.compute, sheets["PACK"].worksheet_id)
    again = await us.run(service.result, kept.result.result_id)
    for one in (kept, again):
        # RFC 8785 of what the API answers: keys in order, no spaces; every key of it is ASCII.
        told = json.loads(to_json(one.result))
        spelled = json.dumps(told, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        assert hashlib.sha256(spelled.encode()).hexdigest() == one.hash
        assert service.hash_holds(one)
    computed = content_hash(msgspec.json.decode(msgspec.json.encode(again.result)))
    assert computed != again.hash  # numbers as they were computed are spelled otherwise
    assert service.hash_holds(msgspec.structs.replace(again, hash=computed))
    assert not service.hash_holds(msgspec.structs.replace(again, hash="0" * 64))


def _input(sheet: Worksheet) -> WorksheetInput:
    return WorksheetInput(**{name: getattr(sheet, name) for name in WorksheetInput.__struct_fields__})


async def test_a_line_names_a_part_of_the_company_or_is_refused(river: Database) -> None:
    us, they = await maker(river), await company(river, "セル社")
    await they.part("cell", ends=True, unit=PIECE)
    await us.part("pack", ends=True, unit=PIECE)
    await us.part("lid", ends=True, unit=PIECE)
    theirs, lid = await they.part_id("cell"), await us.part_id("lid")
    bad = [line("cell", 1, None, child_id=one, unit="piece") for one in (str(theirs), "abc")]
    bad[1] = msgspec.structs.replace(bad[1], id="other")
    with pytest.raises(PartUnknown) as refused:
        await sheet(us, "pack", part_line("lid", 1, lid), *bad)
    assert [each.field for each in refused.value.fields] == ["lines[1]", "lines[2]"]
    made = await sheet(us, "pack", part_line("lid", 2, lid))
    found = await us.run(service.figures, made.worksheet_id)
    assert [(each.reckoning, each.source) for each in found.lines] == [("2 piece × –", "missing")]  # never × 0
    for scenario in (
        Scenario(name="-", lines=[LineOverride(line_id="lid", child_id="abc")]),
        Scenario(name="-", parts=[PartOverride(part_id=lid, replacement=theirs)]),
    ):
        with pytest.raises(PartUnknown):
            await us.run(service.what_if, made.worksheet_id, [scenario])
