"""From one's own assessment to the result that is answered: nothing is entered twice."""

import hashlib
import hmac
import unicodedata
from datetime import date
from decimal import Decimal
from typing import Literal
from uuid import UUID

import msgspec

from meguri.diligence import store
from meguri.diligence.evidence import kind_of_standard
from meguri.diligence.model import (
    DdResult,
    FacilityInput,
    FindingBody,
    FindingKey,
    PartyInput,
    PolicyInput,
    ResponseBody,
    VerificationInput,
    VerificationResult,
)
from meguri.diligence.service import casework, evidence, records, scoring
from meguri.diligence.service.results import keep_result, own_results
from meguri.diligence.taxonomy import Band
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction

TEMPLATE = ("MEGURI-DD-1", "1")
_PURPOSE = b"diligence finding key"
_PUBLIC = ("rmi_cid", "gln", "os_id", "lei", "jp_corporate_number", "duns")


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
        max_score=assessed.max_score.quantize(Decimal("0.00001")) if assessed.max_score is not None else None,
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
    draft, keys = await draft_result(tx, scope, trace_id, valid_until), await finding_keys(tx, scope)
    return await keep_result(tx, scope, draft, keys=keys)


async def answer_anew(tx: Transaction, scope: OperatorScope) -> int:
    """Works out anew every result that rests on records; customers of those that changed are told. How many changed."""
    changed = 0
    keys = await finding_keys(tx, scope)
    for before in await own_results(tx, scope):
        if not before.from_records:
            continue
        after = await draft_result(tx, scope, before.trace_id, before.valid_until)
        known = (await store.result_keys(tx, [(scope.operator_id, before.trace_id)])).get(before.trace_id, ())
        if _substance(after) != _substance(before) or keys != known:
            await keep_result(tx, scope, after, keys=keys)
            changed += 1
    return changed


async def finding_keys(tx: Transaction, scope: OperatorScope) -> tuple[FindingKey, ...]:
    """By what one's own open findings are known again at a customer that hears of them over two suppliers.

    Two records are the same finding if they say the same (category, material, day, title) of the same place: one that
    carries an identifier of a public scheme, else of a place that only this company knows. Nobody can go back from a key.
    """
    sites = {kept.record_id: kept.content for kept in await records.listed(tx, scope, "facility", FacilityInput)}
    parties = {kept.record_id: kept.content for kept in await records.listed(tx, scope, "party", PartyInput)}
    secret = tx.installation.sealer.derived(_PURPOSE)
    found = []
    for kept in await casework.open_findings(tx, scope):
        one = kept.content
        site = sites.get(one.facility_id) if one.facility_id else None
        owner = site.party_id if site else one.party_id
        party = parties.get(owner) if owner else None
        place = _place(scope, site, party, one)
        title = " ".join(unicodedata.normalize("NFKC", one.title).casefold().split())
        said = msgspec.json.encode([place, one.category, one.material, one.detected_on, title])
        key = hmac.new(secret, said, hashlib.sha256).hexdigest()[:32]
        found.append(FindingKey(category=one.category, severity=_SEVERITY[one.band], key=key))
    return tuple(sorted(set(found), key=lambda one: (one.category, one.severity, one.key)))


_SEVERITY: dict[Band, Literal["critical", "high", "medium", "low"]] = {
    Band.CRITICAL: "critical",
    Band.HIGH: "high",
    Band.MEDIUM: "medium",
    Band.LOW: "low",
}


def _place(scope: OperatorScope, site: FacilityInput | None, party: PartyInput | None, said: FindingBody) -> list[str]:
    for holder in (site, party if site is None else None):
        ids = {one.scheme: one.value for one in holder.ids} if holder is not None else {}
        for scheme in _PUBLIC:
            if scheme in ids:
                return [scheme, ids[scheme]]
    return [str(scope.operator_id), str(said.facility_id), str(said.party_id)]


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
