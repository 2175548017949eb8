"""From activity data to a published declaration, a reduction request, and footprints for the PACT network. All invented."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from meguri.commands.demo.play import Play
from meguri.dataspaces.pact import service as pact
from meguri.dataspaces.pact.model import PartnerInput, PublishInput
from meguri.footprint import declarations, factors, readings, reductions
from meguri.footprint.calculation.activity import Kind
from meguri.footprint.calculation.electricity import Instrument, InstrumentKind
from meguri.footprint.calculation.lifetime import Battery
from meguri.footprint.declarations.model import Act, Document, Provider
from meguri.footprint.worksheets import service as worksheets
from meguri.footprint.worksheets.model import KeptResult, Line, WorksheetInput
from meguri.kernel import clock
from meguri.kernel.text import Language, Text
from meguri.operators import plants
from meguri.traceability import service as traceability

PACK, CELL, CAR = "電池パック BP-75", "セル C-216", "電気自動車 M1"
MODEL = "BP-75"
FACTORS = """id,name,unit,value,gwp_set,source,source_version,licence,ter,ger,tir,primary
SYN-cathode,正極活物質（架空の自社値）,kg,15.8,AR6,架空LCI,2026,synthetic,2,1,1,yes
SYN-precursor,正極前駆体（架空の自社値）,kg,6.1,AR6,架空LCI,2026,synthetic,2,1,1,yes
SYN-anode,負極活物質（架空の自社値）,kg,4.6,AR6,架空LCI,2026,synthetic,2,2,1,yes
SYN-foil,電極箔（架空の自社値）,kg,4.2,AR6,架空LCI,2026,synthetic,2,2,2,yes
SYN-electrolyte,電解液（架空の自社値）,kg,5.4,AR6,架空LCI,2026,synthetic,2,2,1,yes
SYN-separator,セパレーター（架空の自社値）,m2,0.09,AR6,架空LCI,2026,synthetic,2,2,1,yes
SYN-aluminium,アルミ部材（架空の自社値）,kg,7.9,AR6,架空LCI,2026,synthetic,2,2,2,yes
SYN-grid,系統電力（架空の値）,kWh,0.431,AR6,架空LCI,2026,synthetic,1,1,1,yes
SYN-truck,トラック輸送（架空の値）,tkm,0.14,AR6,架空LCI,2026,synthetic,2,1,2,yes
SYN-recycling,リサイクル（架空の値）,kg,1.1,AR6,架空LCI,2026,synthetic,3,2,2,yes
SYN-credit,再生金属の控除（架空の値）,kg,2.4,AR6,架空LCI,2026,synthetic,3,2,2,yes
"""
_HEAD = Text(ja="■ フットプリントをつくる（すべて架空の数値）", en="■ Making footprints (all figures invented)")
_READ = Text(
    ja="{n} 件の計測値を取り込み: 10月の電力 {kwh} kWh",
    en="{n} readings taken: {kwh} kWh of electricity in October",
)
_DECLARED = Text(
    ja="{model} の宣言を公開: {value} kg CO2e/kWh（{banner}）、一次データ {primary} % – /published/declarations/{id}",
    en="{model} is declared: {value} kg CO2e/kWh ({banner}), {primary} % primary – /published/declarations/{id}",
)
_REDUCED = Text(
    ja="{part} に {baseline} → {target} kg CO2e の削減を依頼し、引き受けられた",
    en="{part}: asked to come from {baseline} to {target} kg CO2e, accepted",
)
_PACT = Text(
    ja="PACT: 製品フットプリント {n} 件を公開。接続先の client_id {client}、client_secret {secret}",
    en="PACT: {n} product footprints published; client_id {client}, client_secret {secret}",
)


async def play(play: Play, language: Language) -> list[str]:
    """Plays the chapter; the lines to print."""
    report = await play.run("pack", readings.take_readings, _october())
    await play.run("pack", factors.import_factors, "factors.csv", FACTORS.encode())
    document = await _declare(play)
    asked = await _reduce(play)
    client, secret, published = await _publish(play)
    banner = document.banner_ja if language == "ja" else document.banner_en
    return [
        _HEAD.of(language),
        _READ.of(language, n=report.added, kwh=37200),
        _DECLARED.of(
            language,
            model=MODEL,
            value=document.per_kwh_shown,
            banner=banner,
            primary=document.primary_percent[:4],
            id=document.declaration_id,
        ),
        _REDUCED.of(language, part=asked.part_name, baseline=asked.baseline, target=asked.target),
        _PACT.of(language, n=published, client=client, secret=secret),
    ]


async def _declare(play: Play) -> Document:
    trace_id = await _part(play, "pack", PACK)
    plant_id = (await play.run("pack", plants.all_plants))[0].plant_id
    given = WorksheetInput(
        plant_id=plant_id,
        period_start=date(2025, 10, 1),
        period_end=date(2025, 10, 31),
        output=Decimal(120),
        title="2025-10",
        pack_id="eu-draft-2024",
        lines=_lines(),
        battery=Battery(profile="ev", capacity_kwh=Decimal(75), category="M1", warranty_years=Decimal(8)),
        mass_kg=Decimal(430),
    )
    sheet = await play.run("pack", worksheets.create, trace_id, given)
    kept = await play.run("pack", worksheets.compute, sheet.worksheet_id)
    await _verify(play, kept)
    said = declarations.DeclarationInput(
        result_id=kept.result.result_id,
        model=MODEL,
        eu_declaration_number="DoC-2026-BP75 (synthetic)",
        study_link="https://pack.demo.example/studies/bp-75",
    )
    made = await play.run("pack", declarations.draft, said)
    acts: tuple[Act, ...] = ("submit", "review", "publish")
    for act in acts:
        made = await play.run("pack", declarations.step, made.declaration_id, act)
    if made.document is None:
        raise LookupError("the declaration was not published")
    return made.document


async def _verify(play: Play, kept: KeptResult) -> None:
    statement = declarations.VerificationInput(
        result_id=kept.result.result_id,
        result_hash=kept.hash,
        coverage="product level",
        level="limited",
        standard="ISO 14064-3",
        provider=Provider(name="架空検証機構"),
        scope=MODEL,
    )
    made = await play.run("pack", declarations.add_verification, statement)
    await play.run("pack", declarations.move_verification, made.verification_id, "submit")
    await play.run("pack", declarations.move_verification, made.verification_id, "verify")


async def _reduce(play: Play) -> reductions.Reduction:
    car = await _part(play, "vehicle", CAR)
    found = await play.run("vehicle", reductions.drivers, car)
    trade = next(one.trade_id for one in found if one.trade_id is not None)
    said = reductions.ReductionInput(
        trade_id=trade,
        due=clock.today() + timedelta(days=365),
        percent=Decimal(12),
        message="次期車種に向けて削減をお願いします。",
    )
    asked = await play.run("vehicle", reductions.ask, said)
    return await play.run(
        "pack", reductions.answer, asked.reduction_id, accept=True, reply="再エネ電力へ切り替えます。"
    )


async def _publish(play: Play) -> tuple[str, str, int]:
    made = await play.run("cell", pact.add_partner, PartnerInput(name="PACT 接続先（架空）"))
    cell = await _part(play, "cell", CELL)
    footprints = [
        _pact("C-216", "NMC cell 216 Ah", "52.4", "3.1"),
        _pact("C-216-R", "NMC cell, recycled nickel", "47.9", "3.1"),
    ]
    for number, footprint in enumerate(footprints):
        trace_id = cell if number == 0 else None
        await play.run("cell", pact.publish, PublishInput(footprint=footprint, trace_id=trace_id, everyone=True))
    return made.partner.client_id, made.client_secret, len(footprints)


def _pact(name: str, words: str, value: str, mass: str) -> dict[str, object]:
    return {
        "companyName": "暁セル株式会社（架空）",
        "companyIds": ["urn:pact:cell.demo.example:company-id:1"],
        "productIds": [f"urn:pact:cell.demo.example:supplier-id:{name}"],
        "productDescription": words,
        "productNameCompany": name,
        "productClassifications": ["urn:pact:productclassification:un-cpc:46410"],
        "pcf": {
            "declaredUnitOfMeasurement": "piece",
            "declaredUnitAmount": "1",
            "productMassPerDeclaredUnit": mass,
            "referencePeriodStart": "2025-01-01T00:00:00Z",
            "referencePeriodEnd": "2026-01-01T00:00:00Z",
            "geographyCountry": "JP",
            "pcfExcludingBiogenicUptake": value,
            "pcfIncludingBiogenicUptake": value,
            "fossilGhgEmissions": value,
            "fossilCarbonContent": "0",
            "packagingEmissionsIncluded": True,
            "ccsTechnologicalCO2CaptureIncluded": False,
            "ipccCharacterizationFactors": ["AR6"],
            "crossSectoralStandards": ["PACT-3.0"],
            "exemptedEmissionsPercent": "0",
            "primaryDataShare": "62",
            "dqi": {"technologicalDQR": "2", "geographicalDQR": "1", "temporalDQR": "1"},
        },
    }


def _lines() -> list[Line]:
    """One battery: materials by process, the plant's electricity by its meter, the way to the customer, the end of life."""
    materials = (
        ("cathode_active_material", "正極活物質", "119", "SYN-cathode", "kg", "raw"),
        ("cathode_precursor", "正極前駆体", "114", "SYN-precursor", "kg", "raw"),
        ("anode_active_material", "負極活物質", "75", "SYN-anode", "kg", "raw"),
        ("electrodes", "電極箔", "42", "SYN-foil", "kg", "raw"),
        ("electrolyte", "電解液", "44", "SYN-electrolyte", "kg", "raw"),
        ("separator", "セパレーター", "920", "SYN-separator", "m2", "raw"),
        ("cell_casing", "セル外装", "38", "SYN-aluminium", "kg", "raw"),
        ("casing", "筐体", "48.5", "SYN-aluminium", "kg", "raw"),
        ("thermal_system", "熱管理系", "12", "SYN-aluminium", "kg", "raw"),
        ("cell_assembly", "セル組立の電力", "1650", "SYN-grid", "kWh", "main"),
        ("module_assembly", "モジュール組立の電力", "85", "SYN-grid", "kWh", "main"),
    )
    found = [
        Line(
            id=process,
            name=name,
            kind=Kind.MATERIAL if unit != "kWh" else Kind.ELECTRICITY,
            amount=Decimal(amount),
            unit=unit,
            stage=stage,
            factor_id=factor,
            process=process,
            primary=True,
        )
        for process, name, amount, factor, unit, stage in materials
    ]
    roof = Instrument(id="roof", kind=InstrumentKind.ON_SITE_DIRECT, kwh=Decimal(9000), factor=Decimal("0.04"))
    metered = Line(
        id="pack_assembly",
        name="パック組立の電力（計測）",
        kind=Kind.ELECTRICITY,
        unit="kWh",
        stage="main",
        factor_id="SYN-grid",
        process="pack_assembly",
        primary=True,
        source="meter",
        meter="assembly",
        instruments=[roof],
    )
    rest = [
        ("delivery", "出荷輸送", "215", "tkm", "SYN-truck", "dist", Kind.TRANSPORT),
        ("recycling", "リサイクル工程", "430", "kg", "SYN-recycling", "eol_gross", Kind.DIRECT),
        ("recovered", "再生金属の控除", "-260", "kg", "SYN-credit", "eol_credit", Kind.CREDIT),
    ]
    return [
        *found,
        metered,
        *(
            Line(
                id=key,
                name=name,
                kind=kind,
                amount=Decimal(amount),
                unit=unit,
                stage=stage,
                factor_id=factor,
                primary=True,
            )
            for key, name, amount, unit, factor, stage, kind in rest
        ),
    ]


def _october() -> list[readings.Reading]:
    start = datetime(2025, 10, 1, tzinfo=UTC)
    return [
        readings.Reading(
            source="meter",
            meter="assembly",
            starts=start + timedelta(days=day),
            ends=start + timedelta(days=day + 1),
            amount=Decimal(1200),
            unit="kWh",
            evidence="synthetic",
        )
        for day in range(31)
    ]


async def _part(play: Play, company: str, name: str) -> UUID:
    found, _ = await play.run(company, traceability.parts_page, limit=1, name=name)
    return found[0].trace_id
