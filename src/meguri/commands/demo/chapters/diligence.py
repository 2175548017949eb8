"""Due diligence through five tiers: asked, refused once, answered, a certificate expired, a refiner found and put right.

Everything is made up: companies, the list that is screened against, indicators, findings.
"""

import dataclasses
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from meguri.commands.demo.play import Play
from meguri.diligence import service as diligence
from meguri.diligence.data import rule_data
from meguri.diligence.model import (
    ActionInput,
    ActionStep,
    AttestationInput,
    DecisionInput,
    EdgeInput,
    FacilityInput,
    FindingBody,
    FindingStep,
    Kept,
    ListInput,
    PartMaterialInput,
    PartyInput,
    PartyName,
    PlanInput,
    PolicyInput,
    RiskDataInput,
    VerificationInput,
)
from meguri.diligence.service import assessing, casework, chains, evidence, records, reports, scoring, screening
from meguri.diligence.taxonomy import names
from meguri.kernel import clock
from meguri.kernel.numbers import plain
from meguri.kernel.scope import OperatorScope
from meguri.kernel.shipped import files
from meguri.kernel.text import Language, Text
from meguri.operators import disclosure
from meguri.operators import service as operators
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import RequestInput, RequestType, Trade

Result = TypeVar("Result")
DD = RequestType.DD
# (customer, its component, supplier, the supplier's part): five requests, one behind the other
ROAD = (
    ("vehicle", "駆動用電池パック", "pack", "電池パック BP-75"),
    ("pack", "セル C-216", "cell", "セル C-216"),
    ("cell", "正極材 N811", "cathode", "正極材 N811"),
    ("cathode", "水酸化リチウム", "refiner", "水酸化リチウム"),
    ("refiner", "リチウム精鉱", "mine", "リチウム精鉱"),
)
REFUSED = ("cell", "負極材 G1", "anode")
INDICATORS = (
    "dataset,version,as_of,iso2,admin1,indicator,category,value,scale_min,scale_max,direction,source_url,licence\n"
    "SYNTHETIC,2026,{day},JP,,labour,all,1,0,10,higher_is_worse,https://example.com,synthetic\n"
    "SYNTHETIC,2026,{day},FI,,labour,all,1,0,10,higher_is_worse,https://example.com,synthetic\n"
    "SYNTHETIC,2026,{day},AU,,labour,all,2,0,10,higher_is_worse,https://example.com,synthetic\n"
)
_W = {
    "title": Text(
        ja="人権・環境デュー・ディリジェンス: 5階層の依頼と是正（架空データ）",
        en="Due diligence through five tiers, and a refiner put right (synthetic)",
    ),
    "asked": Text(
        ja="1 依頼: {n} 階層にDD依頼、{refuser} は1件を差戻し「{why}」",
        en="1 Asked through {n} tiers; {refuser} returned one: “{why}”",
    ),
    "expired": Text(
        ja="2 証拠: {issuer} の認証は {day} に期限切れ（効果 κ {before} → {after}）",
        en="2 Evidence: the certificate of {issuer} ended on {day} (κ {before} → {after})",
    ),
    "hit": Text(
        ja="3 照合: 「{name}」が架空リスト {entry} と {score} で一致、二人で確認（リスク {risk}）",
        en="3 Screening: “{name}” resembles {entry} of the synthetic list ({score}); two people confirmed it (risk {risk})",
    ),
    "closed": Text(
        ja="4 是正: {action}、現地確認のうえ終了（リスク {before} → {after}）",
        en="4 Put right: {action}; verified on site and closed (risk {before} → {after})",
    ),
    "answer": Text(
        ja="5 回答: 完成車に届いた結果は {band}、リチウム把握率 {share}、依頼 {done}/{all}",
        en="5 Answered: what reached the vehicle maker is {band}, lithium traced {share}, requests {done}/{all}",
    ),
    "hidden": Text(
        ja="6 秘匿: 完成車から見える上流は {seen} 社のみ（2階層先の社名は0件）",
        en="6 Kept secret: the vehicle maker sees {seen} supplier; of those two tiers away, none",
    ),
    "report": Text(
        ja="7 年次報告 {year}: 11節、非開示 {withheld} 件、SHA-256 {hash}…",
        en="7 Yearly report {year}: eleven sections, {withheld} withheld, SHA-256 {hash}…",
    ),
    "why": Text(
        ja="負極材の版が古いため、新しい版でご依頼ください", en="the part's version is old; please ask for the new one"
    ),
    "action": Text(ja="就業時間の管理と未払い賃金の清算", en="working hours controlled, wages owed paid"),
}


async def play(play: Play, language: Language) -> list[str]:
    """Performs the chapter; the lines to print."""
    say = {key: text.of(language) for key, text in _W.items()}
    trades = [await _ask(play, *step) for step in ROAD]
    refused = await _ask(play, *REFUSED, None)
    await play.run(REFUSED[2], traceability.reject, refused.request_id, reply_message=say["why"])
    sites = await _own_chain(play)
    before, after, day = await _certificate_expires(play, sites["refiner"])
    run, risk = await _screen(play)
    closed_from, closed_to = await _put_right(play, sites["refiner"], say["action"])
    await _answer_all(play, trades)
    vehicle = await _part(play, "vehicle", ROAD[0][1])
    shown = await play.run("vehicle", diligence.shown_one, vehicle)
    trade = await play.run("vehicle", traceability.request_by_id, trade_id=trades[0].trade_id)
    seen = await play.run("vehicle", chains.upstream, vehicle)
    report = await play.run("cathode", reports.publish, clock.today().year)
    answer = shown.response
    lithium = (
        next((one.coverage_pct for one in answer.materials if one.material == "lithium"), None) if answer else None
    )
    lines = [
        say["asked"].format(n=len(ROAD), refuser=await _name(play, REFUSED[2]), why=say["why"]),
        say["expired"].format(issuer="RMAP", day=day, before=plain(before), after=plain(after)),
        say["hit"].format(
            name=run.content.name, entry=run.content.entry_id, score=f"{run.content.score:.2f}", risk=plain(risk)
        ),
        say["closed"].format(action=say["action"], before=plain(closed_from), after=plain(closed_to)),
        say["answer"].format(
            band=names("bands")[answer.overall_band if answer else "not_assessed"].of(language),
            share="—" if lithium is None else f"{lithium} %",
            done=trade.completed_count,
            all=trade.trades_count,
        ),
        say["hidden"].format(seen=sum(one.name is not None for one in seen)),
        say["report"].format(
            year=report.content.year, withheld=report.content.report["withheld"], hash=report.content.sha256[:16]
        ),
    ]
    return [say["title"], *(f"  {line}" for line in lines)]


async def _part(play: Play, key: str, name: str) -> UUID:
    found, _ = await play.run(key, traceability.parts_page, limit=10, name=name)
    parents = [part for part in found if part.is_parent]
    return (parents or found)[0].trace_id


async def _name(play: Play, key: str) -> str:
    return (await play.run(key, operators.own)).name


async def _ask(play: Play, customer: str, component: str, supplier: str, part: str | None) -> Trade:
    """A request, and the supplier's part for it."""
    asked = RequestInput(
        upstream_operator_id=play.scope(supplier).operator_id,
        downstream_trace_id=await _part(play, customer, component),
        request_type=DD,
        due_date=clock.today() + timedelta(days=30),
    )
    trade = await play.run(customer, traceability.request, asked)
    if part is not None:
        await play.run(supplier, traceability.link, trade.trade_id, await _part(play, supplier, part))
    return trade


async def _own_chain(play: Play) -> dict[str, UUID]:
    """The cathode maker writes down what it knows of its cobalt and lithium."""
    key, today = "cathode", clock.today()
    await play.run(key, scoring.load_risk_data, RiskDataInput(kind="indicators", csv=INDICATORS.format(day=today)))
    made: dict[str, UUID] = {}
    for stage, name, country, material in (
        ("refiner", "Kaguro Refining", "FI", "cobalt"),
        ("mine_industrial", "Talvio Mine", "FI", "cobalt"),
        ("brine", "Salina Test", "AU", "lithium"),
    ):
        owner = await _add(play, key, "party", PartyInput(names=[PartyName(value=name)], country=country))
        said = FacilityInput(party_id=owner, name=name, stage=stage, materials=[material], country=country)
        made[stage] = await _add(play, key, "facility", said)
    for source, to, material, share in (
        (made["refiner"], None, "cobalt", 100),
        (made["mine_industrial"], made["refiner"], "cobalt", 90),
        (made["brine"], None, "lithium", 85),
    ):
        edge = EdgeInput(source=source, to=to, material=material, share_pct=Decimal(share), valid_from=date(2026, 1, 1))
        await _add(play, key, "edge", edge)
    policy = PolicyInput(
        title="人権・環境方針（架空）",
        approved_by="取締役会",
        approved_on=today,
        public_from=today,
        url="https://example.com/policy",
        checklist=dict.fromkeys(rule_data("policy")["checklist"], "met"),
    )
    await _add(play, key, "policy", policy)
    await _add(play, key, "plan", PlanInput(title="是正計画（架空）", period=str(today.year), owner="調達部"))
    body = VerificationInput(body_name="架空認証機関 / Synthetic Notified Body", body_number="0000", outcome="pending")
    await _add(play, key, "verification", body)
    return made


async def _add(play: Play, key: str, kind: str, said: msgspec.Struct) -> UUID:
    async def keep(tx: Transaction, scope: OperatorScope) -> UUID:
        return (await records.add(tx, scope, kind, said)).record_id

    return await play.run(key, keep)


async def _certificate_expires(play: Play, refiner: UUID) -> tuple[Decimal, Decimal, date]:
    """A certificate that has ended, beside what it would still count if it had not."""
    last = clock.today() - timedelta(days=1)
    said = AttestationInput(
        standard="RMAP", facility_id=refiner, issuer="架空監査", valid_from=date(2024, 1, 1), valid_to=last
    )
    kept = await play.run("cathode", evidence.attest, said)
    day_before = clock.now() - timedelta(days=1)
    with clock.fixed_clock(lambda: day_before):
        valid = await _kappa(play)
    await play.run("cathode", evidence.tell_of_expiry, kept.record_id)
    return valid, await _kappa(play), last


async def _kappa(play: Play) -> Decimal:
    found = await play.run("cathode", scoring.assess, ["B1"])
    return next(one.kappa.value for one in found.scores if one.node == "Kaguro Refining")


async def _risk(play: Play) -> Decimal:
    found = await play.run("cathode", scoring.assess, ["B3"])
    return next(one.score for one in found.scores if one.node == "Kaguro Refining")


async def _screen(play: Play) -> tuple[Kept[Any], Decimal]:
    """The synthetic list is loaded; the refiner resembles an entry; two people confirm."""
    text = (files(__package__) / "diligence_list.csv").read_text(encoding="utf-8")
    said = ListInput(
        list_id="SYNTHETIC-LIST", licence="synthetic", licence_confirmed=True, csv=text, kind="forced_labour"
    )
    await play.run("cathode", screening.load_list, said)
    (waiting,) = await play.run("cathode", screening.queue)
    yes = DecisionInput(decision="true_match", reason="登記で確認（架空）")
    first = await play.run("cathode", screening.decide, waiting.record_id, yes, waiting.version)
    await play.run("cathode", _second(screening.decide), waiting.record_id, yes, first.version)
    return waiting, Decimal(90)


def _second(use_case: Callable[..., Awaitable[Result]]) -> Callable[..., Awaitable[Result]]:
    """The same use case, done by a second person of the company."""

    async def done(tx: Transaction, scope: OperatorScope, *args: Any) -> Result:
        return await use_case(tx, dataclasses.replace(scope, actor="system:demo-second"), *args)

    return done


async def _put_right(play: Play, refiner: UUID, action: str) -> tuple[Decimal, Decimal]:
    """The finding about the refiner: confirmed, mitigated, verified by another person, closed, certified anew."""
    key = "cathode"
    (found,) = await play.run(key, casework.open_findings)

    async def at_the_site(tx: Transaction, scope: OperatorScope) -> Kept[FindingBody]:
        body = msgspec.structs.replace(found.content, facility_id=refiner)
        return await records.keep(
            tx, scope, "finding", found.record_id, found.version + 1, body, state=found.state, subject_id=refiner
        )

    found = await play.run(key, at_the_site)
    before = await _risk(play)
    for step in (
        FindingStep(to="confirmed"),
        FindingStep(to="mitigating", consultation="現地の労働組合と協議（架空）"),
    ):
        found = await play.run(key, casework.take_on, found.record_id, step, found.version)
    planned = await play.run(
        key, casework.plan_action, found.record_id, ActionInput(action=action, owner="調達部", due=clock.today())
    )
    done = await play.run(key, casework.progress, planned.record_id, ActionStep(to="done"), planned.version)
    await play.run(
        key, _second(casework.progress), done.record_id, ActionStep(to="verified", method="onsite"), done.version
    )
    await play.run(key, casework.take_on, found.record_id, FindingStep(to="closed"), found.version)
    renewed = AttestationInput(standard="RMAP", facility_id=refiner, issuer="架空監査", valid_from=clock.today())
    await play.run(key, evidence.attest, renewed)
    return before, await _risk(play)


async def _answer_all(play: Play, trades: list[Trade]) -> None:
    """From the mine to the pack: each states its result and releases it to its customer, and only to it."""
    until = clock.today() + timedelta(days=365)
    for (customer, component, supplier, part), _ in reversed(list(zip(ROAD, trades, strict=True))):
        trace_id = await _part(play, supplier, part)
        said = PartMaterialInput(material="lithium", mass_per_unit=Decimal("0.1"), method="estimate")
        await play.run(customer, diligence.set_mass, await _part(play, customer, component), said)
        if supplier != "cathode":
            await _simple_chain(play, supplier)
        await play.run(supplier, assessing.answer_from_records, trace_id, until)
        reader = play.scope(customer).operator_id
        await play.run(supplier, disclosure.set_groups, trace_id, reader, {"DDRESULT": True})


async def _simple_chain(play: Play, key: str) -> None:
    """One site of one's own, so that there is something to assess."""
    await play.run(
        key, scoring.load_risk_data, RiskDataInput(kind="indicators", csv=INDICATORS.format(day=clock.today()))
    )
    owner = await _add(play, key, "party", PartyInput(names=[PartyName(value=f"Salina {key} Test")], country="AU"))
    said = FacilityInput(party_id=owner, name="Salina Test", stage="brine", materials=["lithium"], country="AU")
    source = await _add(play, key, "facility", said)
    edge = EdgeInput(source=source, material="lithium", share_pct=Decimal(90), valid_from=date(2026, 1, 1))
    await _add(play, key, "edge", edge)
