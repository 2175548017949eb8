"""A company's own rules: begun with a pack, frozen once published, used by worksheets like any other."""

from datetime import date
from typing import Any

import msgspec
import pytest
from tests.chain import Company, company
from tests.footprint.worksheets.helpers import PIECE, D, factor, line, sheet, with_factors

from meguri.footprint import packs
from meguri.footprint.calculation.activity import Kind
from meguri.footprint.calculation.electricity import Instrument, InstrumentKind
from meguri.footprint.calculation.errors import PackUnknown
from meguri.footprint.calculation.lifetime import Battery
from meguri.footprint.calculation.packs import pack_named
from meguri.footprint.factors import add_factor
from meguri.footprint.packs import NewPack, PackInput, PackRules, errors
from meguri.footprint.packs.content import rules_within
from meguri.footprint.packs.model import Band
from meguri.footprint.worksheets import service as worksheets
from meguri.kernel.errors import Stale
from meguri.storage.database import Database

pytestmark = pytest.mark.anyio


def rules(base: str = "eu-draft-2024", **changes: Any) -> PackRules:
    return msgspec.structs.replace(rules_within(pack_named(base).content), **changes)


def version(number: str = "1.0.0", base: str = "eu-draft-2024", **changes: Any) -> NewPack:
    return NewPack(
        pack_id="own-customer-a", version=number, name_ja="顧客A", name_en="Customer A", base=base, source="Manual A-7",
        effective_from=date(2026, 1, 1), rules=rules(base if not base.startswith("own-") else "eu-draft-2024", **changes),
    )  # fmt: skip


def content(made: NewPack) -> PackInput:
    return PackInput(**{name: getattr(made, name) for name in PackInput.__struct_fields__})


async def published(us: Company, made: NewPack) -> None:
    await us.run(packs.make, made)
    await us.run(packs.publish, made.pack_id, made.version)


@pytest.mark.parametrize("name", ["eu-draft-2024", "meti-1.0", "ouranos-exchange", "pact-3", "cx-rulebook-4"])
async def test_a_pack_that_changes_nothing_calculates_like_its_base(river: Database, name: str) -> None:
    us = await company(river, name)
    base = pack_named(name)
    same = msgspec.structs.replace(version(base=name), rules=rules_within(base.content))
    await published(us, same)
    own = await us.run(packs.pack, "own-customer-a")
    rest = ("gwp_set", "stages", "waste", "primary_rule", "exclusions", "profiles", "unit_of_result", "eol", "dqr")
    assert {key: own.content[key] for key in rest} == {key: base.content[key] for key in rest}
    made = await us.run(packs.own_pack, "own-customer-a", "1.0.0")
    assert await us.run(packs.changed_rules, made) == []
    assert own.open_choices == base.open_choices
    assert (own.hash, own.banner.en) == (made.hash, "Value under a company's own rules")
    assert own.hash != base.hash


async def test_worksheets_follow_the_companys_own_rules(river: Database) -> None:
    us = await company(river, "Customer of A")
    await with_factors(us, steel=2)
    for name, value in (("grid", "0.434"), ("residual", "0.503")):
        await us.run(add_factor, factor(name, value, "kWh"))
    await us.part("motor", ends=True, unit=PIECE)
    ppa = Instrument(id="ppa", kind=InstrumentKind.PPA_PHYSICAL, kwh=D(6000), factor=D(0), cancelled=True)
    electricity = line(
        "power", 12000, "grid", kind=Kind.ELECTRICITY, unit="kWh", stage="main", per="period", instruments=[ppa],
        residual_factor_id="residual",
    )  # fmt: skip
    way = line("way", 1, "steel", stage="dist")
    await published(us, version(mode="con", accepted=["ppa_physical"], stages=["raw", "main"], cutoff="report_only"))
    made = await sheet(us, "motor", electricity, way, output=D(1000), pack_id="own-customer-a")
    found = await us.run(worksheets.figures, made.worksheet_id)
    assert (found.total, found.mode, found.pack.id) == (D("3.018"), "con", "own-customer-a")  # (12000 − 6000) · 0.503
    kept = await us.run(worksheets.compute, made.worksheet_id)
    assert (kept.result.pack.version, kept.result.pack.hash) == ("1.0.0", found.pack.hash)
    under = {pack.id: each for pack, each in await us.run(worksheets.under_all_packs, made.worksheet_id)}
    assert under["own-customer-a"].total == D("3.018")
    assert under["pact-3"].total == D("5.018")
    await published(us, version("1.1.0", mode="loc", stages=["raw", "main"], cutoff="report_only"))
    newer = await us.run(worksheets.compute, made.worksheet_id)
    assert (newer.result.pack.version, newer.result.total) == ("1.1.0", D("5.208"))
    compared = await us.run(worksheets.compare_results, kept.result.result_id, newer.result.result_id)
    assert "pack_mismatch" in compared.flags
    reread = await us.run(worksheets.result, kept.result.result_id)
    assert (reread.result.pack.version, reread.hash) == ("1.0.0", kept.hash)


async def test_a_share_of_the_total_has_its_ceiling(river: Database) -> None:
    us = await company(river, "Ceiling")
    await with_factors(us, steel=2)
    await us.part("bolt", ends=True, unit=PIECE)
    await published(us, version(base="cx-rulebook-4", cutoff="total_share", cutoff_percent=D("2.5")))
    left_out = (line("a", 97, "steel"), line("b", 3, "steel", excluded=True))
    made = await sheet(us, "bolt", *left_out, pack_id="own-customer-a")
    assert "cut_off_exceeded" in (await us.run(worksheets.figures, made.worksheet_id)).flags


async def test_only_drafts_change_and_versions_only_grow(river: Database) -> None:
    us, others = await company(river, "Versions"), await company(river, "Others")
    first = version()
    draft = await us.run(packs.make, first)
    with pytest.raises(PackUnknown, match="eu-draft-2024"):  # a draft is not used yet
        await us.run(packs.pack, first.pack_id)
    with pytest.raises(errors.PackTaken):
        await us.run(packs.make, first)
    with pytest.raises(errors.VersionNotNewer):
        await us.run(packs.make, version("0.9.0"))
    changed = await us.run(packs.amend, first.pack_id, "1.0.0", content(version(waste="polluter_pays")), 1)
    assert (changed.row_version, changed.hash == draft.hash) == (2, False)
    assert [(one.name, one.base, one.own) for one in await us.run(packs.changed_rules, changed)] == [
        ("waste", ["cut_off"], ["polluter_pays"])
    ]
    with pytest.raises(Stale):
        await us.run(packs.amend, first.pack_id, "1.0.0", content(first), 1)
    with pytest.raises(errors.PackWithdrawn):
        await us.run(packs.withdraw, first.pack_id, "1.0.0")
    done = await us.run(packs.publish, first.pack_id, "1.0.0")
    assert (done.state, done.hash) == ("published", changed.hash)
    with pytest.raises(errors.PackFrozen):
        await us.run(packs.publish, first.pack_id, "1.0.0")
    with pytest.raises(errors.PackFrozen):
        await us.run(packs.amend, first.pack_id, "1.0.0", content(first), done.row_version)
    assert [one.pack.id for one in await us.run(packs.packs) if one.own] == [first.pack_id]
    for reading in (packs.own_pack, packs.publish, packs.withdraw):
        with pytest.raises(errors.PackNotFound):
            await others.run(reading, first.pack_id, "1.0.0")
    with pytest.raises(PackUnknown):
        await others.run(packs.pack, first.pack_id)
    assert await others.run(packs.own_packs) == []
    second = await us.run(packs.make, version("1.10.0", base=first.pack_id, waste="cut_off"))
    assert second.content["derived_from"] == {"id": first.pack_id, "version": "1.0.0", "hash": done.hash}
    await us.run(packs.withdraw, first.pack_id, "1.0.0")
    assert [one.pack.id for one in await us.run(packs.packs) if one.own] == []
    assert (await us.run(packs.pack, first.pack_id)).version == "1.0.0"  # for the worksheets that have it
    with pytest.raises(errors.VersionNotNewer):
        await us.run(packs.make, version("1.9.0"))


async def test_rules_that_do_not_hold_are_all_named(river: Database) -> None:
    us = await company(river, "Wrong")
    wrong = version(
        cutoff="total_share", cutoff_percent=D(11), economic_ratio=D("0.5"), stages=["raw", "raw", "eol_credit"],
        required=["alchemy"],
    )  # fmt: skip
    with pytest.raises(errors.PackRulesInvalid) as refused:
        await us.run(packs.make, wrong)
    named = [one.field.removeprefix("rules.") for one in refused.value.fields]
    assert named == ["cutoff_percent", "economic_ratio", "stages", "stages", "required"]
    with pytest.raises(errors.PackRulesInvalid):
        await us.run(packs.make, version(cutoff_percent=D("NaN"), economic_ratio=D("Infinity")))
    with pytest.raises(PackUnknown):
        await us.run(packs.make, version(base="eu-draft-2025"))
    assert await us.run(packs.own_packs) == []


BANDS = [
    Band(name="A", upper=D("0.10")),
    Band(name="B", upper=D("0.15")),
    Band(name="C", upper=D("0.20")),
    Band(name="D"),
]


@pytest.mark.parametrize(
    ("kg", "battery", "reached"),
    [
        (4320, {"warranty_years": D(8)}, "B"),  # exactly 0.15
        (5280, {"warranty_years": D(8)}, "C"),  # 0.1833…
        (5280, {"warranty_years": D(8), "warranty_km": D(100000), "km_per_year": D(20000)}, "D"),  # 0.2933…
    ],
)
async def test_a_companys_own_classes_are_told_and_never_as_a_class_of_law(
    river: Database, kg: int, battery: dict[str, Any], reached: str
) -> None:
    us = await company(river, "セル")
    await us.run(add_factor, factor("kg", 1, "kg"))
    await us.part("pack", ends=True, unit=PIECE)
    await published(us, version(classes=BANDS))
    life = Battery(profile="ev", capacity_kwh=D(60), category="M1", **battery)
    made = await sheet(us, "pack", line("all", kg, "kg"), pack_id="own-customer-a", battery=life)
    kept = (await us.run(worksheets.compute, made.worksheet_id)).result.battery
    assert kept is not None
    assert (kept.own_class, kept.performance_class, kept.class_reason) == (reached, None, "not_determinable_no_act")
    under_law = await us.run(worksheets.figures, made.worksheet_id, pack_id="eu-draft-2024")
    assert under_law.battery is not None
    assert under_law.battery.own_class is msgspec.UNSET
    assert b"own_class" not in msgspec.json.encode(under_law.battery)  # results of before keep their hash
    shown = await us.run(packs.own_pack, "own-customer-a", "1.0.0")
    (changed,) = await us.run(packs.changed_rules, shown)
    assert (changed.name, list(changed.own)) == ("classes", ["A ≤ 0.1", "B ≤ 0.15", "C ≤ 0.2", "D"])


@pytest.mark.parametrize(
    "bands",
    [
        [Band(name="A", upper=D("0.1"))],
        [Band(name="A"), Band(name="B")],
        [Band(name="A", upper=D("0.2")), Band(name="B", upper=D("0.1")), Band(name="C")],
        [Band(name="A", upper=D("0.1")), Band(name="A")],
        [Band(name="A", upper=D(0)), Band(name="B")],
        [Band(name="A", upper=D("NaN")), Band(name="B")],
    ],
)
async def test_classes_rise_and_the_last_takes_the_rest(river: Database, bands: list[Band]) -> None:
    us = await company(river, "セル")
    with pytest.raises(errors.PackRulesInvalid) as refused:
        await us.run(packs.make, version(classes=bands))
    assert [each.field for each in refused.value.fields] == ["rules.classes"]
