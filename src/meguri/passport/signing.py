"""Signatures of operators under what they settle: Data Integrity proofs (eddsa-jcs-2022) with their own keys."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from meguri.kernel.scope import OperatorScope
from meguri.proof import data_integrity, did, keyring
from meguri.proof.multibase import NotDecodable
from meguri.storage import Transaction


async def sign(tx: Transaction, scope: OperatorScope, document: Mapping[str, Any]) -> dict[str, Any]:
    """The proof of the scope's company over a document."""
    signer = await keyring.signer(tx, scope)
    proof: dict[str, Any] = signer.sign(document)["proof"]
    return proof


async def holds(tx: Transaction, operator_id: UUID, document: Mapping[str, Any], proof: Mapping[str, Any]) -> bool:
    """Whether a proof is this company's over this document, by a key that is still believed."""
    async with tx.across():
        known = await keyring.document(tx, operator_id)
    if known is None:
        return False
    try:
        key = did.key_in(known, str(proof.get("verificationMethod", "")))
    except NotDecodable:
        return False
    return isinstance(key, Ed25519PublicKey) and data_integrity.verifies(document, proof, key)
