"""The signing keys of each company: made when first needed, published before use, replaced, and revoked."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.proof import data_integrity, did, jws, store
from meguri.proof.errors import KeyWaiting, UnknownKey
from meguri.proof.events import SigningKeyMade, SigningKeyRevoked
from meguri.proof.multikey import PrivateKey, algorithm_of, to_multikey
from meguri.proof.rules import proof_rules
from meguri.proof.store import StoredKey
from meguri.storage.audit import PLATFORM
from meguri.storage.transaction import Transaction

Algorithm = Literal["EdDSA", "ES256"]


class Signer(msgspec.Struct, frozen=True):
    """A company's key at the moment of signing; `did` is the company."""

    did: str
    kid: str
    key: PrivateKey

    @property
    def method(self) -> str:
        """The verification method's DID URL."""
        return f"{self.did}#{self.kid}"

    def sign(self, document: Mapping[str, Any], created: datetime | None = None) -> dict[str, Any]:
        """`document` with an `eddsa-jcs-2022` proof. Raises TypeError for a key of another algorithm."""
        if not isinstance(self.key, Ed25519PrivateKey):
            raise TypeError("eddsa-jcs-2022 needs an Ed25519 key")
        return data_integrity.signed(document, self.key, self.method, created or clock.now())

    def token(self, claims: Mapping[str, Any], typ: str) -> str:
        """`claims` as a compact JWS."""
        return jws.sign(claims, self.key, typ=typ, kid=self.method)


def did_of(origin: str, operator_id: UUID) -> str:
    """The DID of a company at this installation; the platform itself stands at the root."""
    return did.did_of(origin) if operator_id == PLATFORM else did.did_of(origin, "operators", str(operator_id))


async def signer(tx: Transaction, scope: OperatorScope, algorithm: Algorithm = "EdDSA") -> Signer:
    """The key with which the scope's company signs now. The first one is made here, and signs at once."""
    key = signing_at(await store.keys(tx, scope.operator_id), algorithm, clock.now())
    if key is None:
        await store.lock(tx, scope)
        held = await store.keys(tx, scope.operator_id)  # another transaction may have made it meanwhile
        key = signing_at(held, algorithm, clock.now()) or await _make(tx, scope, algorithm, held, clock.now())
    return Signer(did_of(tx.installation.origin, scope.operator_id), key.kid, _opened(tx, key))


async def rotate(tx: Transaction, scope: OperatorScope, algorithm: Algorithm = "EdDSA") -> StoredKey:
    """A new key, published now; it signs when others have had time to fetch it. Raises KeyWaiting."""
    await store.lock(tx, scope)
    held, now = await store.keys(tx, scope.operator_id), clock.now()
    waiting = next((k for k in held if k.algorithm == algorithm and not k.revoked_at and k.signs_from > now), None)
    if waiting is not None:
        raise KeyWaiting(signs_from=clock.seconds_z(waiting.signs_from))
    first = signing_at(held, algorithm, now) is None
    starts = now if first else now + timedelta(seconds=proof_rules().key.published_before_s)
    return await _make(tx, scope, algorithm, held, starts)


async def revoke(tx: Transaction, scope: OperatorScope, kid: str, reason: str) -> None:
    """A compromised key: from now on nothing that it signed is believed. Raises UnknownKey."""
    if not await store.revoke(tx, scope, kid, reason):
        raise UnknownKey
    await tx.record(SigningKeyRevoked(kid=kid, reason=reason))


async def keys(tx: Transaction, operator_id: UUID) -> list[StoredKey]:
    """All keys of a company, oldest first; of another company within `tx.across()`."""
    return await store.keys(tx, operator_id)


async def document(
    tx: Transaction, operator_id: UUID, services: Sequence[did.Service] = (), also_known_as: Sequence[str] = ()
) -> dict[str, Any] | None:
    """The DID document of a company, None for one without keys; of another company within `tx.across()`."""
    held = await store.keys(tx, operator_id)
    if not held:
        return None
    now = clock.now()
    return did.document(
        did_of(tx.installation.origin, operator_id), [published(key, now) for key in held], services, also_known_as
    )


def signing_at(held: Sequence[StoredKey], algorithm: str, now: datetime) -> StoredKey | None:
    """Of the keys of `algorithm` that may sign at `now`, the youngest."""
    fit = [k for k in held if k.algorithm == algorithm and k.revoked_at is None and k.signs_from <= now]
    return max(fit, key=lambda key: key.signs_from, default=None)


def published(key: StoredKey, now: datetime) -> did.PublishedKey:
    """The key as the DID document shows it: replaced ones prove no requests, revoked ones nothing at all."""
    believed = key.revoked_at is None
    replaced = key.replaced_at is not None and key.replaced_at <= now
    return did.PublishedKey(
        kid=key.kid, multikey=key.multikey, authentication=believed and not replaced, assertion=believed
    )


async def _make(
    tx: Transaction, scope: OperatorScope, algorithm: Algorithm, held: Sequence[StoredKey], signs_from: datetime
) -> StoredKey:
    private: PrivateKey = (
        Ed25519PrivateKey.generate() if algorithm == "EdDSA" else ec.generate_private_key(ec.SECP256R1())
    )
    kid = f"key-{len(held) + 1}"
    key = StoredKey(
        operator_id=scope.operator_id,
        kid=kid,
        algorithm=algorithm_of(private),
        multikey=to_multikey(private.public_key()),
        private_sealed=tx.installation.sealer.seal(_der(private), _purpose(scope.operator_id, kid)),
        created_at=clock.now(),
        signs_from=signs_from,
    )
    await store.add_key(tx, scope, key)
    await tx.record(SigningKeyMade(kid=kid, multikey=key.multikey))
    return key


def _opened(tx: Transaction, key: StoredKey) -> PrivateKey:
    content = tx.installation.sealer.open(key.private_sealed, _purpose(key.operator_id, key.kid))
    private = load_der_private_key(content, password=None)
    if not isinstance(private, Ed25519PrivateKey | ec.EllipticCurvePrivateKey):
        raise TypeError("not a key that signs here")
    return private


def _der(private: PrivateKey) -> bytes:
    return private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())


def _purpose(operator_id: UUID, kid: str) -> str:
    return f"proof.key:{operator_id}:{kid}"
