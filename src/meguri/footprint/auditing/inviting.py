"""The maker's side: who may read the evidence of a declaration, until when, what they found, and who read."""

from uuid import UUID

from meguri.footprint.auditing import store
from meguri.footprint.auditing.errors import (
    EngagementNotFound,
    FindingClosed,
    FindingNotFound,
    InvitationPast,
    VerifierIsSelf,
)
from meguri.footprint.auditing.model import Access, Engagement, EngagementInput, Finding
from meguri.footprint.auditing.notices import tell_verifier
from meguri.footprint.declarations.service import declaration
from meguri.footprint.events import FindingMoved, VerifierEnded, VerifierInvited
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.storage.transaction import Transaction


async def invite(tx: Transaction, scope: OperatorScope, declaration_id: UUID, given: EngagementInput) -> Engagement:
    """Lets a verifier's company read the evidence. Raises DeclarationNotFound, OperatorUnknown, VerifierIsSelf, InvitationPast."""
    await declaration(tx, scope, declaration_id)
    company = (await operators.look_up(tx, scope, given.company.strip())).operator_id
    if company == scope.operator_id:
        raise VerifierIsSelf
    if given.until < clock.today():
        raise InvitationPast
    engagement_id = new_id()
    await store.add_engagement(tx, scope, engagement_id, declaration_id, company, given.until)
    await tx.record(
        VerifierInvited(
            engagement_id=engagement_id, declaration_id=declaration_id, company_id=company, until=given.until
        )
    )
    invited = await _engagement(tx, scope, engagement_id)
    await tell_verifier(tx, scope, "VERIFIER_INVITED", invited)
    return invited


async def engagements(tx: Transaction, scope: OperatorScope, declaration_id: UUID) -> list[Engagement]:
    """Invitations to a declaration, newest first; ended ones stay listed. Raises DeclarationNotFound."""
    await declaration(tx, scope, declaration_id)
    return await store.engagements(tx, scope, declaration_id)


async def end(tx: Transaction, scope: OperatorScope, engagement_id: UUID) -> Engagement:
    """The verifier reads no more, from now on; ended twice is ended once. Raises EngagementNotFound."""
    found = await _engagement(tx, scope, engagement_id)
    if await store.end_engagement(tx, scope, engagement_id):
        await tx.record(
            VerifierEnded(engagement_id=engagement_id, declaration_id=found.declaration_id, company_id=found.company_id)
        )
        await tell_verifier(tx, scope, "VERIFIER_ENDED", found)
    return await _engagement(tx, scope, engagement_id)


async def findings(tx: Transaction, scope: OperatorScope, declaration_id: UUID) -> list[Finding]:
    """What verifiers found, oldest first. Raises DeclarationNotFound."""
    invited = await engagements(tx, scope, declaration_id)
    return await store.findings(tx, scope, [one.engagement_id for one in invited])


async def accesses(tx: Transaction, scope: OperatorScope, declaration_id: UUID) -> list[Access]:
    """Who read the evidence, newest first. Raises DeclarationNotFound."""
    invited = await engagements(tx, scope, declaration_id)
    return await store.accesses(tx, scope, [one.engagement_id for one in invited])


async def reply(tx: Transaction, scope: OperatorScope, finding_id: UUID, words: str) -> Finding:
    """The maker's answer to a finding; the verifier closes it. Raises FindingNotFound, FindingClosed."""
    before = await _finding(tx, scope, finding_id)
    if not await store.reply(tx, scope, finding_id, words):
        raise FindingClosed
    invited = await _engagement(tx, scope, before.engagement_id)
    await tx.record(
        FindingMoved(
            finding_id=finding_id,
            engagement_id=invited.engagement_id,
            state="answered",
            other_id=invited.company_id,
        )
    )
    await tell_verifier(tx, scope, "FINDING_ANSWERED", invited)
    return await _finding(tx, scope, finding_id)


async def _engagement(tx: Transaction, scope: OperatorScope, engagement_id: UUID) -> Engagement:
    found = await store.engagement(tx, scope, engagement_id)
    if found is None:
        raise EngagementNotFound
    return found


async def _finding(tx: Transaction, scope: OperatorScope, finding_id: UUID) -> Finding:
    found = await store.finding(tx, scope, finding_id)
    if found is None:
        raise FindingNotFound
    return found
