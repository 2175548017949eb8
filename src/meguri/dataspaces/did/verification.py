"""Verification of a credential that somebody brings: a W3C credential, an SD-JWT, or a snapshot page that holds one."""

import hashlib
import json
import re
from datetime import UTC, datetime
from typing import Any

import msgspec

from meguri.dataspaces.did.gathering import Gatherer
from meguri.dataspaces.exchange.errors import NotReadable
from meguri.dataspaces.exchange.formats import decoded
from meguri.kernel import clock
from meguri.kernel.text import Language, Text
from meguri.proof import did, jws, sd_jwt
from meguri.proof.jws import NotVerified
from meguri.proof.multibase import NotDecodable
from meguri.proof.rules import proof_rules
from meguri.proof.verifying import (
    INVALID_SIGNATURE,
    NOT_A_CREDENTIAL,
    UNAUTHORISED,
    UNRESOLVABLE,
    UNSUPPORTED,
    Check,
    Verdict,
    failure,
    verify,
)

_SNAPSHOT = re.compile(rb'<script type="application/vc\+json" id="credential">(.*?)</script>', re.DOTALL)
_KEYS = re.compile(rb'<script type="application/did\+json" id="did">(.*?)</script>', re.DOTALL)
_JWS = re.compile(rb"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*(~.*)?\Z", re.DOTALL)


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What a verification answers; `sha256` is the hash of what was brought."""

    valid: bool
    status: str
    checks: list[dict[str, Any]]
    revoked: bool
    superseded_by: str | None
    subject: dict[str, Any] | None
    sha256: str


def credential_in(content: bytes) -> dict[str, Any] | str:
    """The credential within a file: JSON, an SD-JWT, or a saved snapshot page. Raises NotReadable."""
    snapshot = _SNAPSHOT.search(content)
    text = (snapshot[1].replace(b"\\u003c", b"<") if snapshot else content).strip()
    if _JWS.match(text):
        return text.decode("ascii")
    found = decoded(text)
    if not isinstance(found, dict):
        raise NotReadable
    inner = found.get("credential")
    return inner if isinstance(inner, dict) and "proof" not in found else found


def keys_in(content: bytes) -> dict[str, Any] | None:
    """The signer's DID document within a saved snapshot page, None when there is none."""
    found = _KEYS.search(content)
    if found is None:
        return None
    document = decoded(found[1])
    return document if isinstance(document, dict) else None


async def verify_content(gatherer: Gatherer, content: bytes, language: Language) -> Answered:
    """Verify what was brought. Raises NotReadable for what is neither JSON nor a token."""
    digest = hashlib.sha256(content).hexdigest()
    if len(content) > 4 * proof_rules().credential.most_bytes:
        return answered(failure("form", "SCHEMA_INVALID", NOT_A_CREDENTIAL), language, digest, None)
    found = credential_in(content)
    if isinstance(found, str):
        verdict, subject = await _token(gatherer, found)
        return answered(verdict, language, digest, subject)
    verdict = verify(found, await gatherer.gather(found), clock.now())
    subject = found.get("credentialSubject")
    return answered(verdict, language, digest, subject if verdict.valid and isinstance(subject, dict) else None)


async def _token(gatherer: Gatherer, text: str) -> tuple[Verdict, dict[str, Any] | None]:
    try:
        method = str(jws.header_of(text.split("~", 1)[0]).get("kid", ""))
    except NotVerified:
        return failure("form", "SCHEMA_INVALID", NOT_A_CREDENTIAL), None
    issuer = did.subject_of(method)
    known = (await gatherer.gather({"issuer": issuer})).dids.get(issuer)
    if known is None:
        return failure("issuer", "ISSUER_UNRESOLVABLE", UNRESOLVABLE), None
    try:
        key = did.key_in(known, method)
    except NotDecodable:
        key = None
    if key is None:
        return failure("key", "KEY_NOT_AUTHORISED", UNAUTHORISED), None
    if "~" not in text:
        return failure("suite", "PROOF_UNSUPPORTED", UNSUPPORTED), None
    try:
        presented = sd_jwt.presented(text, key)
    except NotVerified:
        return failure("signature", "PROOF_INVALID", INVALID_SIGNATURE, "invalid_signature"), None
    expired = _expired(presented.claims)
    if expired is not None:
        return expired, None
    good = Check("signature", True, Text(ja="署名が内容と一致する。", en="The signature fits the content."))
    return Verdict(True, "valid", [good], False), {**presented.claims, "values": presented.values}


def _expired(claims: dict[str, Any]) -> Verdict | None:
    ends = claims.get("exp")
    if not isinstance(ends, int | float) or clock.now() <= datetime.fromtimestamp(ends, UTC):
        return None
    over = Text(ja="有効期間が終わっています。", en="It is no longer valid.")
    return failure("validity", "EXPIRED", over, "expired")


def answered(verdict: Verdict, language: Language, digest: str, subject: dict[str, Any] | None) -> Answered:
    """The verdict in the reader's language."""
    checks = [
        {"name": one.name, "ok": one.ok, "detail": one.detail.of(language)} | ({"code": one.code} if one.code else {})
        for one in verdict.checks
    ]
    return Answered(
        valid=verdict.valid,
        status=verdict.status,
        checks=checks,
        revoked=verdict.revoked,
        superseded_by=verdict.superseded_by,
        subject=subject,
        sha256=digest,
    )


def pretty(subject: dict[str, Any]) -> str:
    """A verified subject as readable JSON."""
    return json.dumps(subject, ensure_ascii=False, indent=2)
