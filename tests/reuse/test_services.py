"""Certificates, accidents, guarantees, contracts, pools, demand and second life against the real database."""

import json
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace
from tests.passport.batteries import GTINS, complete
from tests.reuse.conftest import Trade, diagnosis, later
from tests.reuse.samples import evidence_of

from meguri.cli import main
from meguri.kernel import clock
from meguri.kernel.errors import Stale
from meguri.kernel.ids import new_id
from meguri.operators.errors import OperatorUnknown
from meguri.passport import service as passports
from meguri.passport.model import NewPassport
from meguri.proof import keyring, status
from meguri.proof.verifying import Gathered, verify
from meguri.reuse import certificate, errors
from meguri.reuse.billing import Plan, Tariff
from meguri.reuse.certificate_pdf import certificate_pdf
from meguri.reuse.demand import Use
from meguri.reuse.gate import Verdict
from meguri.reuse.guarantee import GuaranteeTerms
from meguri.reuse.law import Accident
from meguri.reuse.model import Option
from meguri.reuse.pool import PackState
from meguri.reuse.prices import demo_prices
from meguri.reuse.records import AccidentInput, ContractState, GuaranteeState, NewEvidence
from meguri.reuse.service import (
    accidents,
    batteries,
    certificates,
    contracts,
    demands,
    guarantees,
    pools,
    secondlife,
)
from meguri.reuse.service.contracts import NewContract
from meguri.reuse.service.guarantees import Claim, GuaranteeRequest
from meguri.reuse.service.passports import SecondLife
from meguri.reuse.service.pools import NewPack, NewPool, Reading, SwapInput
from meguri.storage.audit_check import broken_chains

pytestmark = pytest.mark.anyio
TOKYO = ZoneInfo("Asia/Tokyo")


async def gathered(tx: Any, scope: Any, credential: dict[str, Any]) -> Gathered:
    """What a verifier fetches: the issuer's DID document and its status list."""
    document = await keyring.document(tx, scope.operator_id)
    entry = credential["credentialStatus"]
    number = int(entry["statusListCredential"].rsplit("/", 1)[1])
    listed = await status.list_credential(tx, scope, "revocation", number)
    return Gathered(
        dids={document["id"]: document},
        lists={entry["statusListCredential"]: listed},
        superseded_by=await certificates.successor_of(tx, credential),
    )


async def test_a_certificate_verifies_and_one_changed_digit_breaks_it(trade: Trade) -> None:
    firm = await trade.company("診断")
    battery = await trade.held(firm)
    issued = await trade.certified(firm, battery.battery_id)
    found = await trade.run(firm, gathered, issued.credential)
    assert verify(issued.credential, found, clock.now()).status == "valid"
    changed = json.loads(json.dumps(issued.credential).replace("78.9", "79.9"))
    assert verify(changed, found, clock.now()).status in ("tampered", "invalid_signature")
    assert verify(issued.credential, found, clock.now() + timedelta(days=91)).status == "expired"
    await trade.certified(firm, battery.battery_id)
    again = await trade.run(firm, gathered, issued.credential)
    assert verify(issued.credential, again, clock.now()).status == "superseded"


async def test_a_revoked_certificate_says_so(trade: Trade) -> None:
    firm = await trade.company("診断")
    issued = await trade.certified(firm, (await trade.held(firm)).battery_id)
    kept = await trade.run(firm, certificates.revoke, issued.certificate_id, "測定器の不具合")
    assert kept.standing(clock.now()) == "revoked"
    found = await trade.run(firm, gathered, issued.credential)
    assert verify(issued.credential, found, clock.now()).status == "revoked"
    with pytest.raises(errors.CertificateNotFound):
        await trade.run(await trade.company("他社"), certificates.own, issued.certificate_id)


def test_the_result_stands_in_one_line_with_interval_and_reference() -> None:
    capacity, _, spread = diagnosis().results
    line = certificate.line_of(capacity, "ja")
    assert line == "健全度(容量) 82.0 %(90 %区間 78.9–85.1)、基準 定格50 Ah、25 ℃、1C"
    why = "電圧の平坦域のため電圧差から判断できません: OCV_PLATEAU"
    assert certificate.line_of(spread, "ja") == f"静置時のセル電圧差 判定不能({why})"
    assert "90 % interval 78.9–85.1" in certificate.line_of(capacity, "en")


async def test_an_accident_starts_both_clocks_closes_the_gate_and_enters_the_passport(trade: Trade) -> None:
    firm = await trade.company("蓄電所")
    listing = await trade.listed(firm, passport=True, made="2025-10")
    told = AccidentInput(
        battery_id=listing.battery_id,
        site="千葉県野田市 第一蓄電所",
        what="モジュールから発煙",
        accident=Accident(known_at=datetime(2026, 3, 5, 9, tzinfo=TOKYO), kwh=40, fire=True),
    )
    found = await trade.run(firm, accidents.record, told)
    battery = await trade.run(firm, batteries.get, listing.battery_id)
    assert found.prompt_due == datetime(2026, 3, 6, 9, tzinfo=TOKYO)
    assert found.full_due == date(2026, 4, 4)
    assert battery.verdict is Verdict.VETO
    record = await trade.run(firm, _passport, battery.passport_id)
    assert [event["type"] for event in record.own["negative_events"]] == ["accident"]
    prompt, full = await trade.run(firm, accidents.drafts, found.accident_id)
    assert prompt.missing == ()
    assert "事故の原因" in full.missing
    amended = await trade.run(
        firm, accidents.amend, found.accident_id, cause="内部短絡", countermeasure="全数点検", if_version=1
    )
    with pytest.raises(Stale):
        await trade.run(firm, accidents.amend, found.accident_id, cause="", countermeasure="", if_version=1)
    sent = await trade.run(firm, accidents.sent, found.accident_id, "prompt")
    assert sent.version == amended.version + 1
    assert (await trade.run(firm, accidents.sent, found.accident_id, "prompt")).version == sent.version


async def _passport(tx: Any, _: Any, passport_id: Any) -> Any:
    return await passports.known(tx, str(passport_id))


async def test_a_guarantee_is_priced_offered_accepted_claimed_and_settled(trade: Trade) -> None:
    lessor, holder = await trade.company("リース"), await trade.company("運送")
    battery = await trade.held(lessor)
    asked = GuaranteeRequest(
        battery_id=battery.battery_id,
        terms=GuaranteeTerms(guaranteed=250_000, years=3.0, km_cap=60_000),
        holder_id=holder.operator_id,
    )
    priced = await trade.run(lessor, guarantees.quote, asked)
    assert 0 < priced.expected_payout < priced.shortfall_95
    assert priced.premium > priced.expected_payout
    made = await trade.run(lessor, guarantees.offer, asked)
    assert made.premium == priced.premium
    kept = [point.soh_pct for point in made.curve]
    assert made.curve == priced.curve
    assert kept == sorted(kept, reverse=True)
    assert 60 < kept[-1] < kept[0] < 82
    with pytest.raises(errors.NotYourTurn):
        await trade.run(lessor, guarantees.accept, made.guarantee_id)
    accepted = await trade.run(holder, guarantees.accept, made.guarantee_id)
    assert accepted.state is GuaranteeState.ACCEPTED
    old = await trade.certified(lessor, battery.battery_id)
    claim = Claim(realised=180_000, certificate_id=old.certificate_id, km=50_000)
    with pytest.raises(errors.OutsideTerms):  # not before its end
        await trade.run(holder, guarantees.claim, made.guarantee_id, claim)
    with later(days=1100):
        with pytest.raises(errors.EvidenceTooOld):
            await trade.run(holder, guarantees.claim, made.guarantee_id, claim)
        fresh = replace(claim, certificate_id=(await trade.certified(lessor, battery.battery_id)).certificate_id)
        for outside in (replace(fresh, km=70_000), replace(fresh, events=("flood",))):
            with pytest.raises(errors.OutsideTerms):
                await trade.run(holder, guarantees.claim, made.guarantee_id, outside)
        claimed = await trade.run(holder, guarantees.claim, made.guarantee_id, fresh)
        assert (claimed.state, claimed.paid) == (GuaranteeState.CLAIMED, 70_000)
        settled = await trade.run(lessor, guarantees.settle, made.guarantee_id)
    assert settled.state is GuaranteeState.SETTLED
    assert (await trade.run(holder, guarantees.get_one, made.guarantee_id)) == settled


async def test_nobody_guarantees_a_battery_that_failed(trade: Trade) -> None:
    lessor = await trade.company("リース")
    battery = await trade.held(lessor)
    bad = replace(evidence_of("visual_ok", False), at=clock.today(), evidence_id="bad")
    await trade.run(lessor, batteries.add_evidence, battery.battery_id, NewEvidence(findings=(bad,)))
    asked = GuaranteeRequest(battery_id=battery.battery_id, terms=GuaranteeTerms(guaranteed=1, years=1))
    with pytest.raises(errors.GateVeto):
        await trade.run(lessor, guarantees.quote, asked)


async def pool_of(trade: Trade, scope: Any, *names: str) -> Any:
    pool = await trade.run(scope, pools.create, NewPool(name="渋谷プール"))
    for place, name in enumerate(names):
        pack = NewPack(
            pack_id=name, station="渋谷", soc=98.0, soh=90.0, usable_kwh=1.2, efc=100.0 * place, verdict=Verdict.PASS
        )
        await trade.run(scope, pools.add_pack, pool.pool_id, pack)
    return pool


def scanned(name: str, soc: float = 98.0, counter: float | None = 100.0, soh: float = 90.0) -> Reading:
    return Reading(pack_id=name, soc=soc, usable_kwh=1.2, soh=soh, counter_kwh=counter)


def swapped(**more: Any) -> SwapInput:
    return SwapInput(swap_id=new_id(), station="渋谷", user="rider-7", **more)


async def test_packs_go_out_and_come_back_and_the_bill_is_fair(trade: Trade) -> None:
    provider, user = await trade.company("交換"), await trade.company("配送")
    pool = await pool_of(trade, provider, "A1", "A2")
    tariff = Tariff(plan=Plan.ENERGY, per_kwh=Decimal(40), min_usable_kwh=Decimal("1.25"), short_credit=Decimal(30))
    asked = NewContract(user_id=user.operator_id, pool_id=pool.pool_id, tariff=tariff, starts=date(2026, 1, 1))
    contract = await trade.run(provider, contracts.offer, asked)
    loan = swapped(pack_out=scanned("A1"), contract_id=contract.contract_id)
    with pytest.raises(errors.StateTransition):
        await trade.run(provider, pools.swap, pool.pool_id, loan)
    accepted = await trade.run(user, contracts.step, contract.contract_id, "accept")
    assert accepted.state is ContractState.ACTIVE
    await trade.run(provider, pools.swap, pool.pool_id, loan)
    back = swapped(
        pack_out=scanned("A2"), pack_in=scanned("A1", soc=15.0, counter=101.05), contract_id=contract.contract_id
    )
    kept = await trade.run(provider, pools.swap, pool.pool_id, back)
    assert kept.used is not None
    assert kept.used.energy_kwh == Decimal("1.05")
    assert await trade.run(provider, pools.swap, pool.pool_id, back) == kept
    since, until = clock.today(), clock.today() + timedelta(days=1)
    bills = [await trade.run(who, contracts.bill_of, contract.contract_id, since, until) for who in (provider, user)]
    assert bills[0] == bills[1]
    assert (bills[0].total, [line.kind for line in bills[0].lines]) == (12, ["energy", "credit"])
    rows = {row.pack_id: row for row in await trade.run(provider, pools.packs, pool.pool_id)}
    assert (rows["A1"].state, rows["A2"].state) == ("charging", "issued")
    assert rows["A1"].body.efc == pytest.approx(1.05 / 1.314)


async def test_one_pack_has_one_holder_and_the_pool_hands_out_the_least_worn(trade: Trade) -> None:
    provider = await trade.company("交換")
    pool = await pool_of(trade, provider, "B1", "B2")
    chosen = await trade.run(provider, pools.swap, pool.pool_id, swapped(requested_kwh=1.0))
    assert chosen.pack_out is not None
    assert chosen.pack_out.pack_id == "B1"
    with pytest.raises(errors.PackAlreadyIssued):
        await trade.run(provider, pools.swap, pool.pool_id, swapped(pack_out=scanned("B1")))
    with pytest.raises(errors.PackNotFound):
        await trade.run(provider, pools.swap, pool.pool_id, swapped(pack_out=scanned("ZZ")))
    with pytest.raises(errors.StateTransition):
        await trade.run(provider, pools.swap, pool.pool_id, swapped(pack_in=scanned("B2")))
    await trade.run(provider, pools.swap, pool.pool_id, swapped(pack_out=scanned("B2", counter=100.0)))
    with pytest.raises(errors.NegativeEnergy):
        await trade.run(provider, pools.swap, pool.pool_id, swapped(pack_in=scanned("B2", counter=99.0)))
    with pytest.raises(errors.NoPackReady):
        await trade.run(provider, pools.swap, pool.pool_id, swapped(requested_kwh=1.0))
    with pytest.raises(errors.SwapEmpty):
        await trade.run(provider, pools.swap, pool.pool_id, swapped())


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"usable_kwh": -1.0}, errors.NegativeEnergy),
        ({"counter_kwh": -0.5}, errors.NegativeEnergy),
        ({"soc": 120.0}, errors.FigureImplausible),
        ({"soh": -5.0}, errors.FigureImplausible),
    ],
)
async def test_a_reading_that_no_pack_gives_changes_nothing(
    trade: Trade, change: dict[str, float], refusal: type[errors.NegativeEnergy]
) -> None:
    provider = await trade.company("交換")
    pool = await pool_of(trade, provider, "N1", "N2")
    await trade.run(provider, pools.swap, pool.pool_id, swapped(pack_out=scanned("N1")))
    before = await trade.run(provider, pools.packs, pool.pool_id)
    wrong = replace(scanned("N1", soc=20.0), **change)
    with pytest.raises(refusal):
        await trade.run(provider, pools.swap, pool.pool_id, swapped(pack_in=wrong))
    with pytest.raises(refusal):
        await trade.run(provider, pools.swap, pool.pool_id, swapped(pack_out=replace(scanned("N2"), **change)))
    if "counter_kwh" not in change:
        joining = {"pack_id": "N3", "station": "渋谷", "soc": 95.0, "soh": 90.0, "usable_kwh": 1.2} | change
        with pytest.raises(refusal):
            await trade.run(provider, pools.add_pack, pool.pool_id, pools.NewPack(**joining))
    assert await trade.run(provider, pools.packs, pool.pool_id) == before


async def test_a_pack_whose_health_jumps_goes_to_diagnosis_and_a_failed_one_to_quarantine(trade: Trade) -> None:
    provider = await trade.company("交換")
    battery = await trade.held(provider)
    pool = await pool_of(trade, provider, "C1")
    joined = NewPack(pack_id="C2", station="渋谷", soc=98.0, soh=90.0, usable_kwh=1.2, battery_id=battery.battery_id)
    assert (await trade.run(provider, pools.add_pack, pool.pool_id, joined)).state == "charged"
    await trade.run(provider, pools.swap, pool.pool_id, swapped(pack_out=scanned("C1")))
    reset = await trade.run(provider, pools.swap, pool.pool_id, swapped(pack_in=scanned("C1", 20.0, 101.0, soh=99.0)))
    assert reset.flags == ("RESET",)
    before = await trade.run(provider, batteries.get, battery.battery_id)
    bad = replace(evidence_of("visual_ok", False), at=clock.today(), evidence_id="bad")
    await trade.run(provider, batteries.add_evidence, battery.battery_id, NewEvidence(findings=(bad,)))
    rows = {row.pack_id: row.state for row in await trade.run(provider, pools.packs, pool.pool_id)}
    assert rows == {"C1": "diagnosis", "C2": "quarantine"}
    with pytest.raises(errors.StateTransition):
        await trade.run(provider, pools.move, pool.pool_id, "C2", PackState.CHARGED, None)
    assert before.waste is False
    assert (await trade.run(provider, pools.health, pool.pool_id)).reset == ("C1",)


async def test_a_swap_leaves_the_status_of_the_battery_alone(trade: Trade) -> None:
    provider = await trade.company("交換")
    battery = await trade.held(provider, passport=True)
    pool = await trade.run(provider, pools.create, NewPool(name="p"))
    pack = NewPack(pack_id="D1", station="渋谷", soc=98, soh=90, usable_kwh=1.2, battery_id=battery.battery_id)
    await trade.run(provider, pools.add_pack, pool.pool_id, pack)
    await trade.run(provider, pools.swap, pool.pool_id, swapped(pack_out=scanned("D1")))
    record = await trade.run(provider, _passport, battery.passport_id)
    assert (record.life, record.version) == ("original", 1)


async def test_repurposing_makes_a_new_passport_and_the_old_one_inactive(trade: Trade) -> None:
    firm = await trade.company("転用")
    battery = await trade.held(firm, passport=True)
    await trade.certified(firm, battery.battery_id)
    new = NewPassport(
        gtin=GTINS["stationary"], serial=f"R-{new_id()}"[:20], values=complete("stationary"), publish=True
    )
    wanted = SecondLife(passport=new, evidence="certificate")
    with pytest.raises(errors.StateTransition):
        await trade.run(firm, secondlife.begin, battery.battery_id, Option.RECYCLE, wanted)
    after, done = await trade.run(firm, secondlife.begin, battery.battery_id, Option.STATIONARY, wanted)
    assert after.dpp_id == done.dpp_id != battery.dpp_id
    made, old = [await trade.run(firm, _passport, one) for one in (done.passport_id, battery.passport_id)]
    assert (made.life, made.state, old.state) == ("repurposed", "Active", "Inactive")
    view = await trade.run(firm, passports.read, done.dpp_id)
    assert view.values["remaining_capacity"]["value"] == 41.0
    assert view.values["predecessors"][0]["dpp_id"] == battery.dpp_id
    async with trade.db.transaction(firm) as tx:
        assert [broken async for broken in broken_chains(tx)] == []


async def test_a_failed_battery_gets_no_second_life(trade: Trade) -> None:
    firm = await trade.company("転用")
    battery = await trade.held(firm, passport=True)
    bad = replace(evidence_of("visual_ok", False), at=clock.today(), evidence_id="bad")
    await trade.run(firm, batteries.add_evidence, battery.battery_id, NewEvidence(findings=(bad,)))
    wanted = SecondLife(passport=NewPassport(gtin=GTINS["stationary"], serial="X1"))
    with pytest.raises(errors.GateVeto):
        await trade.run(firm, secondlife.begin, battery.battery_id, Option.STATIONARY, wanted)


async def test_a_use_finds_the_batteries_that_fit(trade: Trade) -> None:
    firm = await trade.company("蓄電")
    battery = await trade.held(firm)
    unknown = await trade.held(firm, without=("soh",))
    volts = tuple(
        replace(evidence_of(name, value), at=clock.today(), evidence_id=name)
        for name, value in (("pack_v_min", 280.0), ("pack_v_max", 400.0))
    )
    await trade.run(firm, batteries.add_evidence, battery.battery_id, NewEvidence(findings=volts))
    use = Use(
        use_id="", p_max_kw=5, e_min_kwh=10, v_min=200, v_max=450, temperature_range=(0, 40), cycles_per_day=1, dod=0.8,
        years=8, soh_min=60, soh_eol=50, value_per_kwh=30,
    )  # fmt: skip
    demand = await trade.run(firm, demands.register, "工場の蓄電", use)
    found = await trade.run(firm, demands.match_own)
    assert [pair.item_id for pair in found.match.pairs] == [str(battery.battery_id)]
    assert "soh" in found.skipped[str(unknown.battery_id)]
    await trade.run(firm, demands.close, demand.demand_id)
    assert (await trade.run(firm, demands.match_own)).match.pairs == ()
    with pytest.raises(errors.DemandNotFound):
        await trade.run(firm, demands.close, demand.demand_id)


async def test_a_use_finds_its_set_on_the_market_and_offers_go_to_every_seller(trade: Trade) -> None:
    sellers = [await trade.company("甲"), await trade.company("乙")]
    sold = {(await trade.listed(seller)).listing_id for seller in sellers}
    maker = await trade.company("蓄電")
    use = Use(
        use_id="", p_max_kw=5, e_min_kwh=1, v_min=200, v_max=450, temperature_range=(0, 40), cycles_per_day=1, dod=0.8,
        years=8, soh_min=60, soh_eol=50, value_per_kwh=30, quantity=500,
    )  # fmt: skip
    demand = await trade.run(maker, demands.register, "工場の蓄電", use)
    found = await trade.run(maker, demands.on_market, demand.demand_id)
    assert sold <= {one.listing.listing_id for one in found.items}
    assert found.short == 500 - len(found.items)
    assert found.price == sum(one.listing.price for one in found.items)
    assert found.energy_kwh.lower < found.energy_kwh.value < found.energy_kwh.upper
    made = await trade.run(maker, demands.offer_for_set, demand.demand_id)
    assert sold <= {offer.listing_id for offer in made}
    assert await trade.run(maker, demands.offer_for_set, demand.demand_id) == []
    own = await trade.run(sellers[0], demands.register, "自社", use)
    listed = await trade.run(sellers[0], demands.on_market, own.demand_id)
    assert sellers[0].operator_id not in {one.listing.seller_id for one in listed.items}
    with pytest.raises(errors.DemandNotFound):
        await trade.run(sellers[0], demands.on_market, demand.demand_id)


async def test_own_prices_take_the_place_of_the_demonstration_set(trade: Trade) -> None:
    firm = await trade.company("販売店")
    battery = await trade.held(firm)
    first = await trade.run(firm, batteries.assess, battery.battery_id)
    assert "DEMO" in first.valuation.warnings
    own = replace(demo_prices(), id="own", status="own", date=clock.today())
    await trade.run(firm, batteries.keep_prices, own)
    decision = await trade.run(firm, batteries.keep_assessment, battery.battery_id)
    assert (decision.valuation.price_set, "DEMO" in decision.valuation.warnings) == ("own", False)
    assert await trade.run(firm, batteries.newest_assessment, battery.battery_id) == decision


async def test_an_unknown_owner_user_or_holder_is_refused(trade: Trade) -> None:
    firm = await trade.company("甲")
    with pytest.raises(OperatorUnknown):
        await trade.held(firm, owner_id=new_id())
    pool = await trade.run(firm, pools.create, NewPool(name="p"))
    asked = NewContract(
        user_id=new_id(), pool_id=pool.pool_id, tariff=Tariff(plan=Plan.ENERGY), starts=date(2026, 1, 1)
    )
    with pytest.raises(OperatorUnknown):
        await trade.run(firm, contracts.offer, asked)


async def test_the_command_line_verifies_a_certificate_and_the_pdf_that_carries_it(
    trade: Trade, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    firm = await trade.company("診断")
    issued = await trade.certified(firm, (await trade.held(firm)).battery_id)
    found = await trade.run(firm, gathered, issued.credential)
    document, listed = (next(iter(one.values())) for one in (found.dids, found.lists))
    written = {
        "certificate.json": json.dumps(issued.credential).encode(),
        "changed.json": json.dumps(issued.credential).replace("78.9", "79.9").encode(),
        "certificate.pdf": certificate_pdf(issued, "ja"),
        "did.json": json.dumps(document).encode(),
        "list.json": json.dumps(listed).encode(),
    }
    for name, content in written.items():
        (tmp_path / name).write_bytes(content)
    proofs = ["--did-document", str(tmp_path / "did.json"), "--status-list", str(tmp_path / "list.json")]
    for name, code, word in (
        ("certificate.json", 0, "valid"),
        ("certificate.pdf", 0, "valid"),
        ("changed.json", 1, "invalid_signature"),
    ):
        assert main(["certificate", "verify", str(tmp_path / name), *proofs]) == code, capsys.readouterr()
        assert capsys.readouterr().out.startswith(word)
    (tmp_path / "empty.pdf").write_bytes(b"%PDF-1.7")
    assert main(["certificate", "verify", str(tmp_path / "empty.pdf"), *proofs]) == 2
