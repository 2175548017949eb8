"""Used batteries: diagnosed, judged, valued, sold with the passport; one that fails is stopped; packs are swapped.

Everything is made up: batteries, findings, prices. Three things stay open for whoever signs in: a battery on the market, an
offer that waits for an answer, a guarantee that is offered.
"""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from meguri.commands.demo.chapters.passport import made_up, measure, worn
from meguri.commands.demo.play import Play
from meguri.health.model import Chemistry, Conditions, Reference, Result, Status
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.text import Language, Text
from meguri.passport import service as passport
from meguri.passport.model import NewPassport
from meguri.reuse.billing import Plan, Tariff
from meguri.reuse.certificate import DiagnosisInput, line_of
from meguri.reuse.decide import Decision
from meguri.reuse.forms import CHECKS
from meguri.reuse.gate import GateEvidence, Verdict
from meguri.reuse.guarantee import GuaranteeTerms
from meguri.reuse.pool import PackState
from meguri.reuse.records import (
    BatteryFacts,
    Counter,
    CustodyDocument,
    HeldBattery,
    Listing,
    NewEvidence,
    NewListing,
    NewOffer,
)
from meguri.reuse.service import batteries, certificates, contracts, custody, guarantees, listings, offers, pools
from meguri.reuse.service.contracts import NewContract
from meguri.reuse.service.guarantees import GuaranteeRequest
from meguri.reuse.service.pools import NewPack, NewPool, Reading, SwapInput
from meguri.reuse.termwords import OPTION_WORDS

SELLER, DEALER, BUYER = "pack", "reuse", "drive"
SERIALS = ("REUSE-0001", "REUSE-0002", "REUSE-0003", "REUSE-0004")
_W = {
    "title": Text(
        ja="中古電池の健康・価値・循環（架空データ）", en="Used batteries: health, value, circulation (synthetic)"
    ),
    "diagnosed": Text(ja="1 診断: {serial} {line}、等級 {grade}", en="1 Diagnosed: {serial}, {line}, grade {grade}"),
    "valued": Text(
        ja="2 価値: {low:,}–{high:,} 円（P10–P90）、次は「{next}」（確からしさ {share:.0%}、CO₂e {co2:+,.0f} kg）",
        en="2 Valued: {low:,}–{high:,} yen (P10–P90); next “{next}” ({share:.0%} sure, CO₂e {co2:+,.0f} kg)",
    ),
    "sold": Text(
        ja="3 取引: {asked:,} 円で出品 → 申込み {offered:,} 円 → 合意 {agreed:,} 円 → 引渡しとパスポートの移転を同時に完了",
        en="3 Sold: asked {asked:,} yen, offered {offered:,}, agreed {agreed:,}; custody and passport moved in one step",
    ),
    "stopped": Text(
        ja="4 監視: {serial} のセルが上限を 60 mV 超過 → 出品を自動で取下げ、申込み 1 件を停止（{rules}）",
        en="4 Watched: a cell of {serial} 60 mV above its limit: listing withdrawn, one offer stopped ({rules})",
    ),
    "swapped": Text(
        ja="5 交換: {n} 回の交換、{kwh} kWh、請求 {total:,} 円（計器の読みと計算式つき）",
        en="5 Swapped: {n} swaps, {kwh} kWh, billed {total:,} yen (readings and formula in every line)",
    ),
    "guaranteed": Text(
        ja="6 残価保証: {years:g} 年後に {value:,} 円を保証、保証料 {premium:,} 円（請求の確率 {p:.0%}）",
        en="6 Guaranteed: {value:,} yen after {years:g} years for {premium:,} yen (probability of a claim {p:.0%})",
    ),
}


async def play(play: Play, language: Language) -> list[str]:
    """Performs the chapter; the lines to print."""
    say = {key: text.of(language) for key, text in _W.items()}
    first = await _take_up(play, SELLER, SERIALS[0], with_passport=True)
    certificate = await _diagnose(play, SELLER, first, 84.0, 81.2, 86.8)
    decision = await play.run(SELLER, batteries.keep_assessment, first.battery_id)
    assert decision is not None  # noqa: S101  (it was just diagnosed)
    sold = await _sell(play, first.battery_id, decision)
    stopped = await _watch(play)
    await _leave_open(play, first)
    swaps, energy, total = await _swap(play)
    offered = await _guarantee(play, first.battery_id)
    lines = [
        say["diagnosed"].format(
            serial=first.serial,
            line=line_of(certificate.contents.results[0], language),
            grade=certificate.contents.grade.value,
        ),
        say["valued"].format(**_worth(decision, language)),
        say["sold"].format(**sold),
        say["stopped"].format(serial=SERIALS[1], rules=", ".join(stopped)),
        say["swapped"].format(n=swaps, kwh=energy, total=total),
        say["guaranteed"].format(
            years=offered.terms.years, value=offered.terms.guaranteed, premium=offered.premium, p=offered.p_claim
        ),
    ]
    return [say["title"], *(f"  {line}" for line in lines)]


def _worth(decision: Decision, language: Language) -> dict[str, Any]:
    best = decision.valuation.of(decision.best)
    choice = next(one for one in decision.choices if one.option is decision.best)
    assert best is not None  # noqa: S101  (the best option was valued)
    return {
        "low": best.range.p10,
        "high": best.range.p90,
        "next": OPTION_WORDS[decision.decision.value].of(language),
        "share": decision.confidence,
        "co2": choice.delta_co2_kg or 0.0,
    }


async def _take_up(play: Play, key: str, serial: str, *, with_passport: bool, left: float = 0.85) -> HeldBattery:
    """A battery that came back from the road, with what its BMS, a look at it and its passport tell.

    left  the share of capacity that the workshop found
    """
    issued = None
    if with_passport:
        said = made_up()["ev"]
        new = NewPassport(
            gtin=said["gtin"], serial=serial, values=said["item"], publish=True, initial_declared=True, source="import"
        )
        issued = await play.run(key, passport.issue, new)
        await measure(play, key, issued.dpp_id, worn(said["life"], left), source="workshop")
    facts = BatteryFacts(
        serial=serial,
        model="BP-75",
        maker="環パックシステム",
        chemistry=Chemistry.NMC,
        rated_energy_kwh=75.0,
        rated_capacity_ah=216.0,
        mass_kg=430.0,
        max_voltage_v=403.0,
        cell_voltage_max=4.2,
        manufactured=clock.today() - timedelta(days=6 * 365),
        dpp_id=issued.dpp_id if issued else None,
        passport_id=issued.passport_id if issued else None,
    )
    made = await play.run(key, batteries.register, facts)
    await play.run(key, batteries.add_evidence, made.battery_id, NewEvidence(findings=_found(serial), source="readout"))
    return made


def _found(serial: str) -> tuple[GateEvidence, ...]:
    today = clock.today()
    figures = {
        "insulation_ohm_per_volt": 900.0,
        "min_cell_voltage_v": 3.05,
        "max_cell_voltage_v": 4.19,
        "max_temperature_c": 47.0,
        "rest_spread_v": 0.011,
        "resistance_ratio": 1.22,
        "cell_resistance_ratio": 1.08,
        "capacity_spread_pct": 2.1,
    }
    truths = [
        GateEvidence(evidence_id=f"{serial}:{name}", quantity=name, value=True, at=today, kind="inspection")
        for name in CHECKS
    ]
    numbers = [
        GateEvidence(evidence_id=f"{serial}:{name}", quantity=name, value=value, at=today)
        for name, value in figures.items()
    ]
    resistance = GateEvidence(
        evidence_id=f"{serial}:resistance", quantity="resistance", value=0.061, lower=0.058, upper=0.064, at=today
    )
    return (*truths, *numbers, resistance)


async def _diagnose(play: Play, key: str, battery: HeldBattery, soh: float, low: float, high: float) -> Any:
    result = Result(
        quantity="soh_capacity",
        value=soh,
        lower=low,
        upper=high,
        unit="%",
        method="capacity_full",
        status=Status.OK,
        reference=Reference("定格", 216.0, "Ah"),
        conditions=Conditions(temperature_c=25.0, c_rate=0.5),
    )
    capacity = Result(
        quantity="capacity",
        value=round(216 * soh / 100, 2),
        lower=round(216 * low / 100, 2),
        upper=round(216 * high / 100, 2),
        unit="Ah",
        method="capacity_full",
        status=Status.OK,
    )
    given = DiagnosisInput(
        results=(result, capacity),
        tested_on=clock.today(),
        method="満充放電",
        instrument="充放電試験機（架空）",
        place="愛知県豊田市架空町",
        person="架空 太郎",
    )
    return await play.run(key, certificates.issue, battery.battery_id, given)


async def _sell(play: Play, battery_id: UUID, decision: Decision) -> dict[str, int]:
    """Listing, offer, counter-offer, agreement, hand-over: the passport goes along."""
    best = decision.valuation.of(decision.best)
    assert best is not None  # noqa: S101
    asked, offered = best.range.p50 * 105 // 100_000 * 1000, best.range.p50 * 92 // 100_000 * 1000
    agreed = (asked + offered) // 2
    listing = await play.run(SELLER, listings.create, NewListing(battery_id=battery_id, price=asked, publish=True))
    offer = await play.run(DEALER, offers.submit, NewOffer(listing_id=listing.listing_id, price=offered))
    await play.run(SELLER, offers.counter, offer.offer_id, Counter(price=agreed))
    accepted = await play.run(DEALER, offers.accept, offer.offer_id)
    assert accepted.custody_id is not None  # noqa: S101  (accepting begins the hand-over)
    await play.run(SELLER, custody.sign, accepted.custody_id)
    for kind in ("un_38_3_summary", "packing_class"):
        document = CustodyDocument(kind=kind, reference="DEMO-1")
        await play.run(SELLER, custody.add_document, accepted.custody_id, document)
    await play.run(SELLER, custody.ship, accepted.custody_id)
    await play.run(DEALER, custody.receive, accepted.custody_id)
    return {"asked": asked, "offered": offered, "agreed": agreed}


async def _watch(play: Play) -> tuple[str, ...]:
    """A battery on the market, an offer for it, and a measurement that closes the gate."""
    second = await _take_up(play, SELLER, SERIALS[1], with_passport=True, left=0.82)
    await _diagnose(play, SELLER, second, 80.0, 77.0, 83.0)
    asked = NewListing(battery_id=second.battery_id, price=400_000, publish=True)
    listing = await play.run(SELLER, listings.create, asked)
    await play.run(DEALER, offers.submit, NewOffer(listing_id=listing.listing_id, price=380_000))
    high = GateEvidence(
        evidence_id="watch:1", quantity="max_cell_voltage_v", value=4.26, at=clock.today(), kind="telemetry"
    )
    after = await play.run(
        SELLER, batteries.add_evidence, second.battery_id, NewEvidence(findings=(high,), source="telemetry")
    )
    return after.judgement.failed if after.judgement else ()


async def _leave_open(play: Play, first: HeldBattery) -> None:
    """For whoever signs in: batteries on the market, one of them with its passport, and an offer that waits for an answer."""
    await _diagnose(play, DEALER, first, 83.5, 80.8, 86.2)
    again = NewListing(battery_id=first.battery_id, price=880_000, publish=True)
    await play.run(DEALER, listings.create, again)
    await _list(play, SERIALS[2], 83.0)
    last = await _list(play, SERIALS[3], 74.0)
    await play.run(BUYER, offers.submit, NewOffer(listing_id=last.listing_id, price=600_000, message="現地確認済み"))


async def _list(play: Play, serial: str, soh: float) -> Listing:
    """The dealer takes a battery up, diagnoses it and puts it on the market."""
    battery = await _take_up(play, DEALER, serial, with_passport=False)
    await _diagnose(play, DEALER, battery, soh, soh - 2.5, soh + 2.5)
    asked = NewListing(battery_id=battery.battery_id, price=int(soh * 10_000), publish=True)
    return await play.run(DEALER, listings.create, asked)


async def _swap(play: Play) -> tuple[int, str, int]:
    """A pool of swappable packs, a contract by energy, and the bill of today."""
    pool = await play.run(DEALER, pools.create, NewPool(name="京都交換ステーション（架空）"))
    for place, name in enumerate(("MPP-01", "MPP-02", "MPP-03")):
        pack = NewPack(
            pack_id=name, station="京都駅前", soc=99.0, soh=92.0 - place, usable_kwh=1.2 - place / 50,
            efc=120.0 * place, age_years=0.5 * place, verdict=Verdict.PASS,
        )  # fmt: skip
        await play.run(DEALER, pools.add_pack, pool.pool_id, pack)
    tariff = Tariff(plan=Plan.ENERGY, per_kwh=Decimal(65), min_usable_kwh=Decimal("1.0"), short_credit=Decimal(30))
    new = NewContract(
        user_id=play.scope(BUYER).operator_id, pool_id=pool.pool_id, tariff=tariff, starts=date(2026, 1, 1)
    )
    contract = await play.run(DEALER, contracts.offer, new)
    await play.run(BUYER, contracts.step, contract.contract_id, "accept")
    steps = ((None, "MPP-01", 0.0), ("MPP-01", "MPP-02", 1.05), ("MPP-02", "MPP-03", 0.96))
    for back, out, used in steps:
        swap = SwapInput(
            swap_id=new_id(),
            station="京都駅前",
            user="配送 7 号車",
            contract_id=contract.contract_id,
            pack_out=Reading(pack_id=out, soc=99.0, usable_kwh=1.2, soh=91.0, counter_kwh=100.0),
            pack_in=Reading(pack_id=back, soc=14.0, usable_kwh=1.2, soh=91.0, counter_kwh=100.0 + used)
            if back
            else None,
        )
        await play.run(DEALER, pools.swap, pool.pool_id, swap)
    for pack_id in ("MPP-01", "MPP-02"):
        await play.run(DEALER, pools.move, pool.pool_id, pack_id, PackState.CHARGED, 99.0)
    today = clock.today()
    bill = await play.run(DEALER, contracts.bill_of, contract.contract_id, today, today + timedelta(days=1))
    energy = sum((line.energy_kwh or Decimal(0) for line in bill.lines), Decimal(0))
    return len(steps), f"{energy:.2f}", bill.total


async def _guarantee(play: Play, battery_id: UUID) -> Any:
    """The dealer guarantees what the battery that it bought will be worth."""
    terms = GuaranteeTerms(guaranteed=300_000, years=3.0)
    asked = GuaranteeRequest(battery_id=battery_id, terms=terms, holder_id=play.scope(BUYER).operator_id)
    return await play.run(DEALER, guarantees.offer, asked)
