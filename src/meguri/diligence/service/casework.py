"""Findings and corrective actions, from open to closed, with four eyes."""

import hashlib
from datetime import date
from uuid import UUID

import msgspec

from meguri.diligence import findings, store
from meguri.diligence.model import ActionBody, ActionInput, ActionStep, FindingBody, FindingInput, FindingStep, Kept
from meguri.diligence.priority import Likelihood, Severity, band_of_priority, priority
from meguri.diligence.service import records
from meguri.diligence.taxonomy import Band
from meguri.kernel import clock
from meguri.kernel.errors import Stale
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction


async def find(tx: Transaction, scope: OperatorScope, said: FindingInput) -> Kept[FindingBody]:
    """A new finding with its priority. Raises UnknownWord, BadPeriod."""
    rank = priority(Severity(**msgspec.structs.asdict(said.severity)), Likelihood(said.likelihood))
    band = band_of_priority(rank)
    content = msgspec.json.encode([said.category, said.material, said.detected_on, said.title])
    body = FindingBody(
        **{name: getattr(said, name) for name in FindingInput.__struct_fields__},
        priority=rank,
        band=band,
        finding_hash=hashlib.sha256(content).hexdigest(),
        to_management_by=findings.report_to_management_by(said.detected_on) if band is Band.CRITICAL else None,
    )
    return await records.add(tx, scope, "finding", body)


async def take_on(
    tx: Transaction, scope: OperatorScope, finding_id: UUID, said: FindingStep, if_version: int
) -> Kept[FindingBody]:
    """The next step of a finding. Raises NothingFound, Stale, IllegalStep, FourEyes, MitigationFirst, ConsultationMissing."""
    kept = await records.get(tx, scope, "finding", FindingBody, finding_id)
    if kept.version != if_version:
        raise Stale
    actions = [_action(one) for one in await actions_of(tx, scope, finding_id)]
    consulted = bool(said.consultation or kept.content.consultation)
    impact = said.impact_note or kept.content.impact_note
    state = findings.step(kept.state, said.to, actions, consulted=consulted, impact_note=impact, reason=said.reason)
    body = msgspec.structs.replace(
        kept.content,
        consultation=said.consultation or kept.content.consultation,
        impact_note=impact,
        reason=said.reason or kept.content.reason,
    )
    return await records.keep(
        tx, scope, "finding", finding_id, if_version + 1, body, state=state, subject_id=kept.subject_id
    )


async def report_to_management(
    tx: Transaction, scope: OperatorScope, finding_id: UUID, on: date, if_version: int
) -> Kept[FindingBody]:
    """A finding was taken to top management on this day. Raises NothingFound, Stale."""
    kept = await records.get(tx, scope, "finding", FindingBody, finding_id)
    return await records.change(
        tx, scope, "finding", finding_id, msgspec.structs.replace(kept.content, reported_on=on), if_version
    )


async def plan_action(tx: Transaction, scope: OperatorScope, finding_id: UUID, said: ActionInput) -> Kept[ActionBody]:
    """A corrective action for a finding. Raises NothingFound."""
    await records.row_of(tx, scope, "finding", finding_id)
    body = ActionBody(**{name: getattr(said, name) for name in ActionInput.__struct_fields__}, finding_id=finding_id)
    return await records.add(tx, scope, "action", body)


async def progress(
    tx: Transaction, scope: OperatorScope, action_id: UUID, said: ActionStep, if_version: int
) -> Kept[ActionBody]:
    """An action is done, or verified by somebody else. Raises NothingFound, Stale, FourEyes, IllegalStep."""
    kept = await records.get(tx, scope, "action", ActionBody, action_id)
    if kept.version != if_version:
        raise Stale
    if said.to == "done":
        state, body = "done", msgspec.structs.replace(kept.content, done_by=scope.actor, note=said.note)
    else:
        owner = {kept.content.done_by or "", kept.content.owner}
        by = kept.content.owner if scope.actor in owner else scope.actor
        checked = findings.verify(_action(kept), by, passed=said.to == "verified")
        state = checked.status
        body = msgspec.structs.replace(kept.content, verified_by=scope.actor, method=said.method, note=said.note)
    return await records.keep(
        tx, scope, "action", action_id, if_version + 1, body, state=state, subject_id=kept.subject_id
    )


async def actions_of(tx: Transaction, scope: OperatorScope, finding_id: UUID) -> list[Kept[ActionBody]]:
    """Corrective actions of a finding."""
    return await records.listed(tx, scope, "action", ActionBody, subject_id=finding_id)


def _action(kept: Kept[ActionBody]) -> findings.Action:
    return findings.Action(
        owner=kept.content.owner, status=kept.state, due=kept.content.due, verified_by=kept.content.verified_by
    )


async def open_findings(tx: Transaction, scope: OperatorScope) -> list[Kept[FindingBody]]:
    """Findings that are not closed, dismissed or ended by leaving; the gravest first."""
    found = [
        records.kept_of(row, FindingBody)
        for row in await store.records(tx, scope, "finding")
        if row.state in findings.OPEN
    ]
    return sorted(found, key=lambda one: (-one.content.priority, one.created_at))


def action_status(kept: Kept[ActionBody]) -> str:
    """The state of an action today: overdue where its day has passed."""
    return findings.status_of_action(_action(kept), clock.today())
