"""From one's own assessment to the result that is answered: nothing is entered twice."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from meguri.diligence.evidence import kind_of_standard
from meguri.diligence.model import DdResult, PolicyInput, ResponseBody, VerificationInput, VerificationResult
from meguri.diligence.service import evidence, records, scoring
from meguri.diligence.service.results import keep_result, own_results
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction

TEMPLATE = ("MEGURI-DD-1", "1")


async def draft_result(tx: Transaction, scope: OperatorScope, trace_id: UUID, valid_until: date | None) -> DdResult:
    """What would be answered for a part from today's records."""
    assessed = await scoring.assess(tx, scope)
    policies = await records.listed(tx, scope, "policy", PolicyInput)
    public = [one.content for one in policies if one.content.public_from and one.content.public_from <= clock.today()]
    responses = await records.listed(tx, scope, "response", ResponseBody, limit=1)
    template = (responses[0].content.template_id, responses[0].content.version) if responses else TEMPLATE
    proofs = [
        one
        for one in await evidence.listed(tx, scope)
        if one.status_today == "active" and one.content.outcome == "pass"
    ]
    return DdResult(
        trace_id=trace_id,
        dd_type="own",
        dd_id=new_id(),
        template_id=template[0],
        template_version=template[1],
        assessment_date=clock.today(),
        valid_until=valid_until,
        overall_band=assessed.band,
        max_score=assessed.worst.score.quantize(Decimal("0.00001")) if assessed.worst else None,
        category_results=tuple(assessed.categories),
        materials=tuple(assessed.materials),
        verification=await _verification(tx, scope, proofs),
        attestation_count=len(proofs),
        policy=bool(public),
        grievance_mechanism=True,
        policy_url=public[0].url if public else None,
        from_records=True,
    )


async def answer_from_records(
    tx: Transaction, scope: OperatorScope, trace_id: UUID, valid_until: date | None
) -> tuple[DdResult, int]:
    """States the result of an own part from today's records. Raises PartNotOwn."""
    return await keep_result(tx, scope, await draft_result(tx, scope, trace_id, valid_until))


async def answer_anew(tx: Transaction, scope: OperatorScope) -> int:
    """Works out anew every result that rests on records; customers of those that changed are told. How many changed."""
    changed = 0
    for before in await own_results(tx, scope):
        if not before.from_records:
            continue
        after = await draft_result(tx, scope, before.trace_id, before.valid_until)
        if _substance(after) != _substance(before):
            await keep_result(tx, scope, after)
            changed += 1
    return changed


def _substance(result: DdResult) -> DdResult:
    return msgspec.structs.replace(result, dd_id=None, result_hash="", assessment_date=None)


async def _verification(tx: Transaction, scope: OperatorScope, proofs: list[evidence.Evidence]) -> VerificationResult:
    """The strongest verification there is: a notified body's approval, a third party's audit, a statement of one's own."""
    for one in await records.listed(tx, scope, "verification", VerificationInput):
        if one.content.outcome == "approval_decision":
            body = one.content
            return VerificationResult(type="notified_body", body_name=body.body_name, valid_until=body.next_audit_due)
    for proof in proofs:
        if kind_of_standard(proof.content.standard, proof.content.assessor_level) == "third_party_audit":
            said = proof.content
            return VerificationResult(
                type="third_party", body_name=said.issuer, reference=said.reference or None, valid_until=said.valid_to
            )
    return VerificationResult(type="self" if proofs else "none")
