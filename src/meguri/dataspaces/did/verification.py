"""Verification of a credential that somebody brings: a W3C credential, an SD-JWT, or a snapshot page that holds one."""

import hashlib
import json
import re
from typing import Any

import msgspec

from meguri.dataspaces.did.gathering import Gatherer
from meguri.dataspaces.exchange.errors import NotReadable
from meguri.dataspaces.exchange.formats import decoded
from meguri.kernel import clock
from meguri.kernel.text import Language
from meguri.proof.rules import proof_rules
from meguri.proof.sd_jwt import Presented
from meguri.proof.verifying import NOT_A_CREDENTIAL, Verdict, failure, verify
from meguri.proof.verifying_token import verify_token

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
    if isinstance(found, str) and _JWS.match(found.encode()):  # a token as a JSON text
        return found
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
    verdict, said = verify_token(text, await gatherer.gather_token(text), clock.now())
    return verdict, shown(said) if said else None


def shown(said: Presented) -> dict[str, Any]:
    """What a verified token says, as one object."""
    return {**said.claims, "values": said.values}


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
