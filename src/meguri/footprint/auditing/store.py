"""The only caller of this SQL. Functions with `across` in their name are called within `tx.across()`."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from meguri.footprint.auditing.model import Access, Engagement, Finding, FindingInput
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)


async def add_engagement(
    tx: Transaction, scope: OperatorScope, engagement_id: UUID, declaration_id: UUID, company_id: UUID, until: date
) -> None:
    """Keeps an invitation."""
    await tx.run(
        queries.add_engagement, operator_id=scope.operator_id, engagement_id=engagement_id,
        declaration_id=declaration_id, company_id=company_id, until=until, now=clock.now(),
    )  # fmt: skip


async def engagement(tx: Transaction, scope: OperatorScope, engagement_id: UUID) -> Engagement | None:
    """One invitation that the company made."""
    return await tx.one(queries.engagement, Engagement, operator_id=scope.operator_id, engagement_id=engagement_id)


async def engagements(tx: Transaction, scope: OperatorScope, declaration_id: UUID) -> list[Engagement]:
    """Invitations to a declaration, newest first; ended ones stay listed."""
    return await tx.all(queries.engagements, Engagement, operator_id=scope.operator_id, declaration_id=declaration_id)


async def end_engagement(tx: Transaction, scope: OperatorScope, engagement_id: UUID) -> bool:
    """Ends an invitation; False when it had ended before."""
    return bool(
        await tx.run(
            queries.end_engagement, operator_id=scope.operator_id, engagement_id=engagement_id, now=clock.now()
        )
    )


async def conclude(tx: Transaction, scope: OperatorScope, found: Engagement, verification_id: UUID) -> bool:
    """Notes what an engagement concluded with; False if somebody else was first."""
    return bool(
        await tx.run(
            queries.conclude_engagement, operator_id=scope.operator_id, engagement_id=found.engagement_id,
            verification_id=verification_id, before=found.verification_id,
        )
    )  # fmt: skip


async def open_across(tx: Transaction, company_id: UUID, engagement_id: UUID | None = None) -> list[Engagement]:
    """Invitations of a company in force today, newest first."""
    return await tx.all(
        queries.open_to, Engagement, company_id=company_id, engagement_id=engagement_id, today=clock.today()
    )


async def add_finding(
    tx: Transaction, scope: OperatorScope, engagement_id: UUID, result_id: UUID, given: FindingInput
) -> UUID:
    """Keeps a finding; its id."""
    finding_id = new_id()
    await tx.run(
        queries.add_finding, operator_id=scope.operator_id, finding_id=finding_id, engagement_id=engagement_id,
        result_id=result_id, line_id=given.line_id, words=given.words, now=clock.now(),
    )  # fmt: skip
    return finding_id


async def finding(tx: Transaction, scope: OperatorScope, finding_id: UUID) -> Finding | None:
    """One finding about a result of the company's."""
    return await tx.one(queries.finding, Finding, operator_id=scope.operator_id, finding_id=finding_id)


async def findings(tx: Transaction, scope: OperatorScope, engagement_ids: Sequence[UUID]) -> list[Finding]:
    """Findings of engagements, oldest first."""
    return await tx.all(
        queries.findings, Finding, operator_id=scope.operator_id, engagement_ids=list(engagement_ids)
    )  # fmt: skip


async def reply(tx: Transaction, scope: OperatorScope, finding_id: UUID, words: str) -> bool:
    """Answers a finding; False when it is closed."""
    return bool(
        await tx.run(
            queries.reply, operator_id=scope.operator_id, finding_id=finding_id, reply=words, now=clock.now()
        )
    )  # fmt: skip


async def close_finding(tx: Transaction, scope: OperatorScope, finding_id: UUID) -> bool:
    """Closes a finding; False when it was closed before."""
    return bool(
        await tx.run(queries.close_finding, operator_id=scope.operator_id, finding_id=finding_id, now=clock.now())
    )


async def add_access(
    tx: Transaction, scope: OperatorScope, engagement_id: UUID, result_id: UUID, actor: str
) -> None:  # fmt: skip
    """Notes that somebody read the evidence."""
    await tx.run(
        queries.add_access, operator_id=scope.operator_id, access_id=new_id(), engagement_id=engagement_id,
        result_id=result_id, actor=actor, now=clock.now(),
    )  # fmt: skip


async def accesses(
    tx: Transaction, scope: OperatorScope, engagement_ids: Sequence[UUID], limit: int = 100
) -> list[Access]:
    """Who read, newest first."""
    return await tx.all(
        queries.accesses, Access, operator_id=scope.operator_id, engagement_ids=list(engagement_ids), limit=limit
    )
