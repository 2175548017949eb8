"""Which of OECD's five steps stand on evidence that holds today, and which only have something of it."""

from collections.abc import Mapping
from datetime import date

import msgspec

from meguri.diligence import store
from meguri.diligence.data import rule_data
from meguri.diligence.evidence import kind_of_standard, status_on
from meguri.diligence.findings import OPEN
from meguri.diligence.model import AttestationBody, PolicyInput, VerificationInput
from meguri.diligence.report import StepLine, dashboard
from meguri.diligence.service import evidence, records
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction

_MADE_OF = {
    "management": ("policy",),
    "assessment": ("facility", "edge", "response", "run", "risk_data"),
    "strategy": ("plan", "action"),
    "audit": ("attestation", "verification"),
    "report": ("report",),
}
_INDEPENDENT = frozenset({"third_party_audit", "notified_body", "certified_system"})


class _Year(msgspec.Struct, frozen=True, kw_only=True):
    """What is needed of a published report."""

    year: int


async def steps(tx: Transaction, scope: OperatorScope) -> list[StepLine]:
    """OECD's five steps as they stand: done where what the step asks for is there and holds today, else partly or missing."""
    today = clock.today()
    kept = await store.count_records(tx, scope)
    counts: dict[str, int] = {}
    for (kind, _), number in kept.items():
        counts[kind] = counts.get(kind, 0) + number
    holding = {
        "management": await _management(tx, scope, today),
        "assessment": all(counts.get(kind) for kind in ("edge", "risk_data", "list")),
        "strategy": bool(counts.get("plan")) and not _open_findings(kept),
        "audit": await _audited(tx, scope, today),
        "report": any(one.content.year >= today.year - 1 for one in await records.listed(tx, scope, "report", _Year)),
    }
    by_row = {row: sum(counts.get(kind, 0) for kind in kinds) for row, kinds in _MADE_OF.items()}
    soon = await evidence.ending_soon(tx, scope)
    ends = soon[0].content.valid_to if soon else None
    expiry = {"audit": ends} if ends else {}
    return dashboard(by_row, {row for row, holds in holding.items() if not holds}, expiry)


def _open_findings(kept: Mapping[tuple[str, str], int]) -> bool:
    return any(kept.get(("finding", state)) for state in OPEN)


async def _management(tx: Transaction, scope: OperatorScope, today: date) -> bool:
    """The latest policy is public, and every point of Art. 49(1) on its check list is met or does not apply."""
    policies = await records.listed(tx, scope, "policy", PolicyInput, limit=1)
    if not policies:
        return False
    policy = policies[0].content
    points = [key for key in rule_data("policy")["checklist"] if key.startswith("br49")]
    answered = all(policy.checklist.get(key) in ("met", "n_a") for key in points)
    return policy.public_from is not None and policy.public_from <= today and answered


async def _audited(tx: Transaction, scope: OperatorScope, today: date) -> bool:
    """Somebody independent has looked, and what they said holds today."""
    for verified in await records.listed(tx, scope, "verification", VerificationInput):
        due = verified.content.next_audit_due
        if verified.content.outcome == "approval_decision" and (due is None or today <= due):
            return True
    for kept in await records.listed(tx, scope, "attestation", AttestationBody):
        one = kept.content
        valid = status_on(one.status, one.valid_to, today) == "active" and one.valid_from <= today
        if valid and one.outcome == "pass" and kind_of_standard(one.standard, one.assessor_level) in _INDEPENDENT:
            return True
    return False
