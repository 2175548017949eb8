"""The verifier's side. Every call proves the invitation first: it is this company's, has not ended, and has not run out."""

from uuid import UUID

from meguri.footprint.auditing import store
from meguri.footprint.auditing.chain import meters_of, tiers_of
from meguri.footprint.auditing.errors import (
    ConclusionMade,
    EngagementNotFound,
    FindingClosed,
    FindingNotFound,
    FindingsOpen,
    LineUnknown,
    NothingFound,
    ResultMoved,
)
from meguri.footprint.auditing.model import ConclusionInput, Engagement, Evidence, Finding, FindingInput
from meguri.footprint.auditing.notices import tell_maker
from meguri.footprint.declarations import store as kept_declarations
from meguri.footprint.declarations.model import Provider, Verification, VerificationInput
from meguri.footprint.declarations.service import declaration, history
from meguri.footprint.declarations.verifying import verifications_of
from meguri.footprint.events import EvidenceRead, FindingMoved, ResultConcluded
from meguri.footprint.worksheets import service as worksheets
from meguri.footprint.worksheets.gathering import gather
from meguri.footprint.worksheets.model import KeptResult
from meguri.kernel import clock
from meguri.kernel.errors import Stale
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.storage.transaction import Transaction


async def invitations(tx: Transaction, scope: OperatorScope) -> list[Engagement]:
    """Invitations in force today, newest first."""
    async with tx.across():
        return await store.open_across(tx, scope.operator_id)


async def evidence(tx: Transaction, scope: OperatorScope, engagement_id: UUID) -> Evidence:
    """All that the declaration rests on, read-only; the reading is kept with its maker. Raises EngagementNotFound."""
    async with tx.across():
        found, maker = await proved(tx, scope, engagement_id)
        declared = await declaration(tx, maker, found.declaration_id)
        kept = await worksheets.result(tx, maker, declared.result_id)
        result = kept.result
        sheet = await worksheets.worksheet_as_of(tx, maker, result.worksheet_id, result.worksheet_version)
        # A result kept before components were told is shown with the newest worksheets of its components.
        gathered = await gather(tx, maker, sheet, result.components or None)
        seen = Evidence(
            engagement=found,
            declaration=declared,
            result=kept,
            hash_holds=worksheets.hash_holds(kept),
            worksheet=gathered.top,
            tiers=await tiers_of(tx, maker, gathered, result.statements or None),
            meters=await meters_of(tx, maker, sheet),
            steps=await history(tx, maker, found.declaration_id),
            verifications=await verifications_of(tx, maker, declared.result_id),
            findings=await store.findings(tx, maker, [engagement_id]),
        )
        await store.add_access(tx, maker, engagement_id, declared.result_id, scope.actor)
    await tx.record(
        EvidenceRead(engagement_id=engagement_id, result_id=declared.result_id, maker_id=maker.operator_id)
    )  # fmt: skip
    return seen


async def raise_finding(tx: Transaction, scope: OperatorScope, engagement_id: UUID, given: FindingInput) -> Finding:
    """Something is wrong or unclear in the result. Raises EngagementNotFound, LineUnknown."""
    async with tx.across():
        found, maker = await proved(tx, scope, engagement_id)
        result = (await _present(tx, maker, found)).result
        if given.line_id is not None and given.line_id not in {line.line_id for line in result.lines}:
            raise LineUnknown(line=given.line_id)
        finding_id = await store.add_finding(tx, maker, engagement_id, result.result_id, given)
        made = await _finding(tx, maker, found, finding_id)
    await tx.record(_moved(made, maker))
    await tell_maker(tx, scope, "FINDING_RAISED", found)
    return made


async def close_finding(tx: Transaction, scope: OperatorScope, engagement_id: UUID, finding_id: UUID) -> Finding:
    """The finding is settled. Raises EngagementNotFound, FindingNotFound, FindingClosed."""
    async with tx.across():
        found, maker = await proved(tx, scope, engagement_id)
        await _finding(tx, maker, found, finding_id)
        if not await store.close_finding(tx, maker, finding_id):
            raise FindingClosed
        closed = await _finding(tx, maker, found, finding_id)
    await tx.record(_moved(closed, maker))
    await tell_maker(tx, scope, "FINDING_CLOSED", found)
    return closed


async def conclude(
    tx: Transaction, scope: OperatorScope, engagement_id: UUID, given: ConclusionInput
) -> Verification:  # fmt: skip
    """The opinion on the result as read, entered with the maker as a statement in the verifier's name.

    Raises EngagementNotFound, ResultMoved when the declaration rests on another result than the hash names,
    ConclusionMade, FindingsOpen, NothingFound.
    """
    verifier = await operators.own(tx, scope)
    provider = Provider(name=verifier.name, id=verifier.open_operator_id, accreditation=given.accreditation)
    async with tx.across():
        found, maker = await proved(tx, scope, engagement_id)
        kept = await _present(tx, maker, found)
        if kept.hash != given.result_hash:
            raise ResultMoved
        await _may_conclude(tx, maker, found, kept, given)
        made = _statement(kept, provider, given)
        await kept_declarations.add_verification(tx, maker, made)
        if not await store.conclude(tx, maker, found, made.verification_id):
            raise Stale
    await tx.record(
        ResultConcluded(
            engagement_id=engagement_id,
            verification_id=made.verification_id,
            state=made.state,
            maker_id=maker.operator_id,
        )
    )
    await tell_maker(tx, scope, "RESULT_VERIFIED" if made.state == "verified" else "RESULT_REFUSED", found)
    return made


async def proved(tx: Transaction, scope: OperatorScope, engagement_id: UUID) -> tuple[Engagement, OperatorScope]:
    """The invitation, and the maker's scope to read with. The only place where the latter is made."""
    found = await store.open_across(tx, scope.operator_id, engagement_id)
    if not found:
        raise EngagementNotFound
    return found[0], OperatorScope(found[0].operator_id, scope.actor)


async def _present(tx: Transaction, maker: OperatorScope, found: Engagement) -> KeptResult:
    declared = await declaration(tx, maker, found.declaration_id)
    return await worksheets.result(tx, maker, declared.result_id)


async def _finding(tx: Transaction, maker: OperatorScope, found: Engagement, finding_id: UUID) -> Finding:
    finding = await store.finding(tx, maker, finding_id)
    if finding is None or finding.engagement_id != found.engagement_id:
        raise FindingNotFound
    return finding


async def _may_conclude(
    tx: Transaction, maker: OperatorScope, found: Engagement, kept: KeptResult, given: ConclusionInput
) -> None:
    earlier = await verifications_of(tx, maker, kept.result.result_id)
    if any(one.verification_id == found.verification_id for one in earlier):
        raise ConclusionMade
    raised = await store.findings(tx, maker, [found.engagement_id])
    unsettled = [one for one in raised if one.state != "closed"]
    if given.verdict == "verified" and unsettled:
        raise FindingsOpen(count=len(unsettled))
    if given.verdict == "refused" and not (unsettled or given.findings):
        raise NothingFound


def _statement(kept: KeptResult, provider: Provider, given: ConclusionInput) -> Verification:
    now = clock.now()
    body = VerificationInput(
        result_id=kept.result.result_id,
        result_hash=kept.hash,
        coverage=given.coverage,
        level=given.level,
        standard=given.standard,
        provider=provider,
        scope=given.scope,
        findings=given.findings,
        completed_at=now,
        valid_to=given.valid_to,
        attachments=[given.certificate] if given.certificate else [],
    )
    return Verification(
        verification_id=new_id(), state=given.verdict, body=body, version=1, created_at=now, updated_at=now
    )


def _moved(finding: Finding, maker: OperatorScope) -> FindingMoved:
    return FindingMoved(
        finding_id=finding.finding_id,
        engagement_id=finding.engagement_id,
        state=finding.state,
        other_id=maker.operator_id,
    )
