"""Use cases of certificates: issue (the diagnosis enters the evidence), read, revoke, verify."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.paging import Page
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.proof import keyring
from meguri.proof import status as statuses
from meguri.reuse import certificate, store
from meguri.reuse.certificate import CertificateContents, DiagnosisInput, StoredCertificate
from meguri.reuse.errors import CertificateNotFound, NotHeld
from meguri.reuse.events import CertificateIssued
from meguri.reuse.findings import findings_of
from meguri.reuse.records import NewEvidence
from meguri.reuse.service import passports
from meguri.reuse.service.batteries import cursor_of, get, start_of, take_evidence
from meguri.reuse.service.judging import hold, judged_now
from meguri.storage import Transaction

_WORSE = "LATER_RESULT_WORSE"


async def issue(tx: Transaction, scope: OperatorScope, battery_id: UUID, given: DiagnosisInput) -> StoredCertificate:
    """A signed certificate of a diagnosis. Its results become evidence first; the one before is superseded.

    Raises BatteryNotFound, NotHeld.
    """
    await hold(tx, scope, battery_id)
    battery = await get(tx, scope, battery_id)
    if not battery.held and battery.owner_id != scope.operator_id:
        raise NotHeld
    certificate_id = new_id()
    findings = findings_of(given.results, given.tested_on, f"certificate:{certificate_id}")
    await take_evidence(tx, scope, battery_id, NewEvidence(findings=findings, source=f"certificate:{certificate_id}"))
    battery, gate, grade = await judged_now(tx, scope.operator_id, battery_id)
    signer, company = await keyring.signer(tx, scope), await operators.own(tx, scope)
    issued_at = clock.now().replace(microsecond=0)
    contents = certificate.begin(
        certificate_id,
        battery.facts,
        given,
        issued_at,
        verdict=gate.verdict,
        failed=gate.failed,
        missing=gate.missing,
        limits=gate.limits,
        grade=grade,
        rule_sets=(gate.rule_set,),
        issuer=signer.did,
        issuer_name=company.name,
        verify_url=f"{tx.installation.origin}/reuse/certificates/{certificate_id}",
    )
    before = await store.certificates(tx, scope, battery_id, None, 1)
    status = await statuses.entry(tx, scope, f"urn:uuid:{certificate_id}")
    credential = signer.sign(certificate.credential_of(contents, status), issued_at)
    made = StoredCertificate(
        operator_id=scope.operator_id,
        certificate_id=certificate_id,
        battery_id=battery_id,
        state="valid",
        issued_at=issued_at,
        valid_until=certificate.valid_until(issued_at),
        superseded_by=None,
        flag=None,
        contents=contents,
        credential=credential,
    )
    await store.add_certificate(tx, scope, made)
    worse = _WORSE if before and _is_worse(before[0].contents, contents) else None
    ended = await store.close_certificates(tx, scope, battery_id, "superseded", certificate_id, worse)
    if ended:
        await statuses.revoke(tx, scope, [f"urn:uuid:{one}" for one in ended])
    await passports.write_back(tx, scope, battery.passport_id, given.results, f"certificate:{certificate_id}")
    await tx.record(
        CertificateIssued(certificate_id=certificate_id, battery_id=battery_id, state="valid", superseded=tuple(ended))
    )
    return made


def _is_worse(before: CertificateContents, now: CertificateContents) -> bool:
    """Whether a later result of the same quantity lies below the earlier one's interval."""
    earlier = {result.quantity: result for result in before.results}
    return any(
        result.value is not None
        and (old := earlier.get(result.quantity)) is not None
        and old.lower is not None
        and result.quantity.startswith(("soh", "soc"))
        and result.value < old.lower
        for result in now.results
    )


async def revoke(tx: Transaction, scope: OperatorScope, certificate_id: UUID, why: str) -> StoredCertificate:
    """The issuer takes a certificate back. Raises CertificateNotFound."""
    found = await own(tx, scope, certificate_id)
    if await store.revoke_certificate(tx, scope, certificate_id, why):
        await statuses.revoke(tx, scope, [f"urn:uuid:{certificate_id}"])
        await tx.record(CertificateIssued(certificate_id=certificate_id, battery_id=found.battery_id, state="revoked"))
    return await own(tx, scope, certificate_id)


async def own(tx: Transaction, scope: OperatorScope, certificate_id: UUID) -> StoredCertificate:
    """A certificate that the company issued. Raises CertificateNotFound."""
    found = await store.certificate(tx, scope, certificate_id)
    if found is None:
        raise CertificateNotFound
    return found


async def shown(tx: Transaction, scope: OperatorScope, certificate_id: UUID) -> StoredCertificate:
    """A certificate for whoever has its address: a certificate is made to be shown. Raises CertificateNotFound."""
    async with tx.across():
        found = await store.certificate_across(tx, certificate_id)
    if found is None:
        raise CertificateNotFound
    return found


async def page(
    tx: Transaction,
    scope: OperatorScope,
    *,
    battery_id: UUID | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[StoredCertificate]:
    """The company's certificates, newest first. Raises BadCursor."""
    found = await store.certificates(tx, scope, battery_id, start_of(cursor), limit + 1)
    following = found[limit] if len(found) > limit else None
    return Page(
        items=found[:limit],
        next_cursor=cursor_of(following.issued_at, following.certificate_id) if following else None,
    )


async def successor_of(tx: Transaction, credential: Mapping[str, Any]) -> str | None:
    """The certificate that took the place of this one, as `urn:uuid:…`; None when none did."""
    try:
        certificate_id = UUID(str(credential.get("id", "")).removeprefix("urn:uuid:"))
    except ValueError:
        return None
    async with tx.across():
        found = await store.certificate_across(tx, certificate_id)
    return f"urn:uuid:{found.superseded_by}" if found is not None and found.superseded_by else None


def contents(credential: Mapping[str, Any]) -> CertificateContents | None:
    """What a credential says, when it is a certificate of ours."""
    try:
        return certificate.contents_of(credential)
    except (KeyError, TypeError, msgspec.ValidationError):
        return None
