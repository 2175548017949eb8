"""Data Integrity proofs with cryptosuite `eddsa-jcs-2022` (W3C Data Integrity EdDSA Cryptosuites 1.0 §3.3)."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from meguri.kernel.clock import seconds_z
from meguri.proof import jcs
from meguri.proof.multibase import NotDecodable, from_multibase, multibase

SUITE = "eddsa-jcs-2022"
SIGNATURE = 64
_SAFE, _HUGE = 2**53 - 1, 10**21


def signed(
    document: Mapping[str, Any],
    key: Ed25519PrivateKey,
    method: str,
    created: datetime,
    *,
    purpose: str = "assertionMethod",
) -> dict[str, Any]:
    """`document` with a proof.

    method   the DID URL of the verification method: `did:web:id.example.jp#key-1`
    A `proof` that the document has already stays beside the new one (then `proof` is a list).
    """
    options: dict[str, Any] = {
        "type": "DataIntegrityProof",
        "cryptosuite": SUITE,
        "created": seconds_z(created),
        "verificationMethod": method,
        "proofPurpose": purpose,
    }
    if "@context" in document:
        options["@context"] = document["@context"]
    bare = without_proof(document)
    proof = {**options, "proofValue": multibase(key.sign(hash_data(bare, options)))}
    before = document.get("proof")
    if before is None:
        return {**bare, "proof": proof}
    return {**bare, "proof": [*(before if isinstance(before, list) else [before]), proof]}


def verifies(document: Mapping[str, Any], proof: Mapping[str, Any], key: Ed25519PublicKey) -> bool:
    """Whether `proof` is `key`'s signature over `document` (whose own `proof` is not looked at)."""
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    if options.get("type") != "DataIntegrityProof" or options.get("cryptosuite") != SUITE:
        return False
    if "@context" in options and not _begins_with(document.get("@context"), options["@context"]):
        return False
    bare = without_proof(document)
    if "@context" in options:
        bare["@context"] = options["@context"]
    try:
        signature = from_multibase(str(proof.get("proofValue", "")))
        key.verify(signature, hash_data(_as_doubles(bare), options))
    except (InvalidSignature, NotDecodable, jcs.NotCanonical):
        return False
    return True


def hash_data(document: Mapping[str, Any], options: Mapping[str, Any]) -> bytes:
    """What is signed: 64 bytes, SHA-256 of the proof options, then of the document without proof."""
    return hashlib.sha256(jcs.canonical(options)).digest() + hashlib.sha256(jcs.canonical(document)).digest()


def without_proof(document: Mapping[str, Any]) -> dict[str, Any]:
    """The document without its proof."""
    return {name: value for name, value in document.items() if name != "proof"}


def proofs_of(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The document's proofs, as a list."""
    held = document.get("proof")
    found = held if isinstance(held, list) else [held]
    return [one for one in found if isinstance(one, Mapping)]


def _as_doubles(value: Any) -> Any:
    """Integers that are the canonical spelling of a double, as doubles: so others write them. We sign none ourselves."""
    if isinstance(value, dict):
        return {name: _as_doubles(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_as_doubles(item) for item in value]
    large = isinstance(value, int) and not isinstance(value, bool) and _SAFE < abs(value) < _HUGE
    if large and jcs.canonical(float(value)) == str(value).encode():
        return float(value)
    return value


def _begins_with(contexts: Any, expected: Any) -> bool:
    """Step 4 of the verification: the document's contexts begin with those that were signed."""
    has = contexts if isinstance(contexts, list) else [contexts]
    wants = expected if isinstance(expected, list) else [expected]
    return has[: len(wants)] == wants
