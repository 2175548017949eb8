"""The yearly report, the dashboard of OECD's five steps, and what the passport and authorities get."""

from collections import Counter
from uuid import UUID

import msgspec

from meguri.diligence import grievance, store
from meguri.diligence.data import version_of
from meguri.diligence.errors import NothingFound
from meguri.diligence.findings import OPEN
from meguri.diligence.model import ActionBody, ChainInput, FindingBody, Kept, PlanInput, PolicyInput, VerificationInput
from meguri.diligence.report import SMALL, Line, Report, as_json, assemble, percent, said, withheld
from meguri.diligence.service import casework, chains, grievances, records, scoring
from meguri.diligence.service.five_steps import steps
from meguri.diligence.taxonomy import names
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.operators.model import OperatorRecord
from meguri.storage.transaction import Transaction

FIRST_YEAR = 2000
_MOST_MODELS, _MOST_KPIS = 20, 30


class PassportSection(msgspec.Struct, frozen=True, kw_only=True):
    """What a battery passport says of due diligence. `report_url` is set only once a report is published."""

    report_url: str | None
    assurance_url: str | None
    index: float | None
    verified_by: str | None
    year: int | None


class PublishedReport(msgspec.Struct, frozen=True, kw_only=True):
    """A report as kept."""

    report: dict[str, object]
    sha256: str
    year: int
    version: int


async def make_report(tx: Transaction, scope: OperatorScope, year: int) -> Report:
    """The report of a year from today's records; nothing is kept. Raises NothingFound for a year beyond all records."""
    if not FIRST_YEAR <= year <= clock.today().year + 1:
        raise NothingFound
    own = await operators.own(tx, scope)
    earlier = [one for one in await published(tx, scope) if one.content.year == year]
    version = max((one.content.version for one in earlier), default=0) + 1
    lines = {
        1: await _operator(tx, scope, own),
        2: await _management(tx, scope),
        3: await _steps(tx, scope),
        4: await _materials(tx, scope),
        5: await _impacts(tx, scope, year),
        6: await _actions(tx, scope, year),
        7: await _grievances(tx, scope, year),
        8: await _verifications(tx, scope),
        9: [
            said(
                "環境情報",
                "Environmental information",
                "公開の苦情窓口で受け付けています。",
                "Requests are taken through the public grievance channel.",
            )
        ],
        10: await _recycled(tx, scope),
        11: await _method(tx, scope),
    }
    return assemble(own.name, year, version, clock.today().isoformat(), lines)


async def publish(tx: Transaction, scope: OperatorScope, year: int) -> Kept[PublishedReport]:
    """Publishes the report of a year: a version that never changes, with its hash."""
    made = await make_report(tx, scope, year)
    body = PublishedReport(report=as_json(made), sha256=made.sha256, year=year, version=made.version)
    return await records.add(tx, scope, "report", body)


async def published(tx: Transaction, scope: OperatorScope) -> list[Kept[PublishedReport]]:
    """Reports that were published, the latest first."""
    return await records.listed(tx, scope, "report", PublishedReport)


async def passport_section(tx: Transaction, scope: OperatorScope, origin: str) -> PassportSection:
    """What the passport of a battery says today. `origin`: scheme and host of this installation."""
    reports = await published(tx, scope)
    approved = [
        one
        for one in await records.listed(tx, scope, "verification", VerificationInput)
        if one.content.outcome == "approval_decision"
    ]
    assessed = await scoring.assess(tx, scope)
    latest = reports[0] if reports else None
    url = report_address(origin, scope.operator_id, latest.record_id) if latest else None
    return PassportSection(
        report_url=url,
        assurance_url=f"{url}#section-8" if url and approved else None,
        index=float(100 - assessed.max_score) if assessed.max_score is not None else None,
        verified_by=approved[0].content.body_name if approved else None,
        year=latest.content.year if latest else None,
    )


async def _operator(tx: Transaction, scope: OperatorScope, own: OperatorRecord) -> list[Line]:
    chained = await records.listed(tx, scope, "chain", ChainInput)
    models = sorted({one.content.record.model_id for one in chained})
    shown = "、".join(models[:_MOST_MODELS]) + ("、…" if len(models) > _MOST_MODELS else "")
    return [
        said("事業者", "Operator", own.name),
        said("所在地", "Address", own.address),
        said("公開の事業者番号", "Public number", own.open_operator_id),
        said(
            "対象の電池モデル",
            "Battery models concerned",
            f"{shown}（{len(models)} 件）" if models else "49条2項の記録がある電池モデルはまだありません。",
            f"{shown.replace('、', ', ')} ({len(models)})"
            if models
            else "No battery model has a record of Art. 49(2) yet.",
        ),
        said("適用した規則データ", "Rule data applied", version_of("applicability")),
    ]


async def _management(tx: Transaction, scope: OperatorScope) -> list[Line]:
    found = await records.listed(tx, scope, "policy", PolicyInput)
    lines = [
        said(
            "方針",
            "Policy",
            f"{one.content.title}（{one.content.approved_on}、{one.content.approved_by}）",
            f"{one.content.title} ({one.content.approved_on}, {one.content.approved_by})",
        )
        for one in found[:5]
    ]
    plans = await records.listed(tx, scope, "plan", PlanInput)
    return [
        *(lines or [said("方針", "Policy", "まだ採択していません。", "None adopted yet.")]),
        *(said("計画", "Plan", f"{one.content.title} {one.content.period}") for one in plans[:5]),
    ]


async def _steps(tx: Transaction, scope: OperatorScope) -> list[Line]:
    words = {"done": ("実施", "done"), "partly": ("一部実施", "partly"), "missing": ("未実施", "missing")}
    return [
        said(
            f"手順{one.step} {one.title.ja}",
            f"Step {one.step}: {one.title.en}",
            words[one.status][0],
            words[one.status][1],
        )
        for one in await steps(tx, scope)
    ]


async def _materials(tx: Transaction, scope: OperatorScope) -> list[Line]:
    assessed = await scoring.assess(tx, scope, ["B2"])
    materials = names("materials")
    exposure = {"yes": ("あり", "yes"), "no": ("なし", "no"), "unknown": ("不明", "unknown")}
    lines = []
    for one in assessed.materials:
        ja, en = materials[one.material].ja, materials[one.material].en
        lines.append(said(f"{ja}: 把握率", f"{en}: coverage", percent(one.coverage_pct)))
        lines.append(
            said(
                f"{ja}: 紛争・高リスク地域", f"{en}: conflict-affected or high-risk area", *exposure[one.cahra_exposure]
            )
        )
        lines.append(withheld(f"{ja}: 供給者名", f"{en}: names of suppliers"))
    return lines


async def findings_of_year(tx: Transaction, scope: OperatorScope, year: int) -> list[Kept[FindingBody]]:
    """Findings that a year's report tells of: found in it, or before and still open; the gravest first."""
    found = [
        one
        for one in await records.listed(tx, scope, "finding", FindingBody)
        if one.content.detected_on.year == year or (one.content.detected_on.year < year and one.state in OPEN)
    ]
    return sorted(found, key=lambda kept: (-kept.content.priority, kept.created_at))


async def _impacts(tx: Transaction, scope: OperatorScope, year: int) -> list[Line]:
    categories, bands, materials = names("categories"), names("bands"), names("materials")
    lines = []
    for one in (await findings_of_year(tx, scope, year))[:50]:
        state, material = _STATES[one.state], materials.get(one.content.material or "")
        told = await casework.actions_of(tx, scope, one.record_id)
        done = sum(casework.action_status(each) == "verified" for each in told)
        ja = [state[0], *([material.ja] if material else []), f"是正措置 {done}/{len(told)} 件を確認済み"]
        en = [state[1], *([material.en] if material else []), f"{done} of {len(told)} corrective actions verified"]
        lines.append(
            said(
                f"{categories[one.content.category].ja}（{bands[one.content.band].ja}）",
                f"{categories[one.content.category].en} ({bands[one.content.band].en})",
                "、".join(ja),
                ", ".join(en),
            )
        )
    return lines


_STATES = {
    "open": ("確認待ち", "to be confirmed"),
    "confirmed": ("確認済み", "confirmed"),
    "mitigating": ("是正中", "being mitigated"),
    "closed": ("是正完了", "mitigated and closed"),
    "dismissed": ("該当なし", "dismissed"),
    "suspended_trade": ("取引停止中", "trade suspended"),
    "disengaged": ("取引終了", "trade ended"),
    "reopened": ("再開", "reopened"),
}


_ACTIONS = {
    "open": ("未着手", "open"),
    "overdue": ("期限超過", "overdue"),
    "done": ("実施済み", "done"),
    "verified": ("確認済み", "verified"),
    "failed": ("不調", "failed"),
}


async def _actions(tx: Transaction, scope: OperatorScope, year: int) -> list[Line]:
    told = {one.record_id for one in await findings_of_year(tx, scope, year)}
    found = [one for one in await records.listed(tx, scope, "action", ActionBody) if one.content.finding_id in told]
    states = Counter(casework.action_status(one) for one in found)
    counted = [
        said(_ACTIONS[state][0], _ACTIONS[state][1].capitalize(), f"{count} 件", str(count))
        for state, count in sorted(states.items())
    ]
    measured = [one for one in found if one.content.kpi][:_MOST_KPIS]
    return counted + [
        said(f"指標「{one.content.kpi}」", f"KPI “{one.content.kpi}”", *_ACTIONS[casework.action_status(one)])
        for one in measured
    ]


async def _grievances(tx: Transaction, scope: OperatorScope, year: int) -> list[Line]:
    found = await grievances.statistics(tx, scope, year)
    labels = {state: _CASES.get(state, (state, state)) for state in grievance.STEPS}
    return [
        withheld(*labels[state], SMALL) if count is None else said(*labels[state], f"{count} 件", str(count))
        for state, count in sorted(found.items())
    ]


_CASES = {
    "received": ("受付", "Received"),
    "acknowledged": ("受領確認", "Acknowledged"),
    "admissible": ("受理", "Admissible"),
    "inadmissible": ("不受理", "Inadmissible"),
    "investigating": ("調査中", "Being investigated"),
    "remedy_agreed": ("救済合意", "Remedy agreed"),
    "remedy_delivered": ("救済実施", "Remedy delivered"),
    "closed": ("終了", "Closed"),
    "reopened": ("再開", "Reopened"),
}


async def _verifications(tx: Transaction, scope: OperatorScope) -> list[Line]:
    found = await records.listed(tx, scope, "verification", VerificationInput)
    outcomes = {
        "approval_decision": ("承認", "approval decision"),
        "no_approval": ("不承認", "no approval"),
        "pending": ("審査中", "pending"),
    }
    return [
        said(
            "認証機関",
            "Notified body",
            f"{one.content.body_name}（{outcomes[one.content.outcome][0]}）",
            f"{one.content.body_name} ({outcomes[one.content.outcome][1]})",
        )
        for one in found[:5]
    ]


async def _recycled(tx: Transaction, scope: OperatorScope) -> list[Line]:
    assessed = await scoring.assess(tx, scope, ["B2"])
    materials = names("materials")
    return [
        said(
            f"{materials[one.material].ja}: 再生由来",
            f"{materials[one.material].en}: from recycling",
            percent(one.recycled_pct),
        )
        for one in assessed.materials
        if one.recycled_pct is not None
    ]


async def _method(tx: Transaction, scope: OperatorScope) -> list[Line]:
    data = await scoring.risk_data(tx, scope)
    sets = sorted(
        {f"{one.dataset} {one.version}" for one in data.indicators}
        | {f"{one.list_id} {one.version}" for one in data.areas}
    )
    listed = await chains.concentrations(tx, scope)
    materials, stages = names("materials"), names("stages")
    lines = [
        said("評価モデル", "Score model", version_of("scoring")),
        said("データ", "Data sets", "、".join(sets) or "—", ", ".join(sets) or "—"),
    ]
    return [
        *lines,
        *(
            said(
                f"集中度 {materials[one.material].ja}・{stages[one.stage].ja}",
                f"Concentration, {materials[one.material].en}, {stages[one.stage].en}",
                f"HHI {one.hhi_low}" + (f"–{one.hhi_high}" if one.hhi_high != one.hhi_low else ""),
            )
            for one in listed.items
        ),
    ]


async def authority_export(tx: Transaction, scope: OperatorScope) -> dict[str, object]:
    """Everything an authority may ask for under Art. 48 and 52(1), as plain data; grievances only as counts."""
    kinds = (
        "policy",
        "plan",
        "party",
        "facility",
        "edge",
        "chain",
        "attestation",
        "finding",
        "action",
        "verification",
        "response",
        "report",
    )
    found: dict[str, object] = {}
    for kind in kinds:
        rows = await store.records(tx, scope, kind)
        found[kind] = [
            {"id": str(row.record_id), "version": row.version, "state": row.state, "content": row.body} for row in rows
        ]
    found["results"] = [msgspec.to_builtins(one) for one in await store.own_results(tx, scope)]
    found["grievances"] = await grievances.statistics(tx, scope, clock.today().year)
    found["made_at"] = clock.now().isoformat()
    return found


def report_address(origin: str, operator_id: UUID, record_id: UUID) -> str:
    """The permanent public address of a report."""
    return f"{origin}/public/dd/{operator_id}/reports/{record_id}"
