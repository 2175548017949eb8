"""Credentials for readers: the public one as it was signed, those of other classes signed for whoever may see them."""

from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.passport import service
from meguri.passport.credentials import store
from meguri.passport.credentials.errors import CredentialNotAvailable, SliceAltered
from meguri.passport.credentials.renewing import PUBLIC, sign, signing_scope
from meguri.passport.keys import key_or_none
from meguri.passport.kinds import kind_of
from meguri.passport.model import Record
from meguri.proof import keyring, sd_jwt, slices, status
from meguri.storage import Transaction

VCT_PATH = "/vct/battery-passport"
SPARE = 32
"""Digests are padded to a multiple of this, beyond the number of attributes of the kind."""


async def public_credential(tx: Transaction, record: Record) -> dict[str, Any] | None:
    """The signed credential of what everyone sees, None when there is none (a draft, or older than credentials)."""
    async with tx.across():
        found = await store.document_of(tx, record.operator_id, record.passport_id, record.version, PUBLIC)
    return None if found is None else msgspec.json.decode(found)


async def credential_for(tx: Transaction, scope: OperatorScope, identifier: str, name: str) -> dict[str, Any]:
    """The credential of slice `name` for a reader who may see it; signed on first demand.

    Raises DppNotFound, PassportCeased, CredentialNotAvailable, and SliceAltered when the stored values no longer have
    the hash that was signed with the version.
    """
    view, seen = await service.slices(tx, scope, identifier)
    record = view.record
    if name not in seen:
        raise CredentialNotAvailable(slice=name)
    if slices.slice_hash(seen[name]) != record.slices.get(name):
        raise SliceAltered
    async with tx.across():
        found = await store.document_of(tx, record.operator_id, record.passport_id, record.version, name)
        if found is None:
            found = await _signed(tx, record, name, seen[name])
    credential: dict[str, Any] = msgspec.json.decode(found)
    return credential


async def _signed(tx: Transaction, record: Record, name: str, data: dict[str, Any]) -> str:
    owner, credential_id = signing_scope(record.operator_id), new_id()
    signer = await keyring.signer(tx, owner)
    entry = await status.entry(tx, owner, f"urn:uuid:{credential_id}")
    made = sign(tx, record, name, data, signer, credential_id, entry)
    await store.add(tx, [made])
    return made.document


async def presentation_for(tx: Transaction, scope: OperatorScope, identifier: str) -> str:
    """An SD-JWT VC of all that the reader may see: one disclosure per attribute, digests padded to a fixed count.

    All tokens over one version share one place in the status list: the next version revokes them together, and however
    often somebody asks, the list does not grow.

    Raises DppNotFound, PassportCeased.
    """
    view, seen = await service.slices(tx, scope, identifier)
    record, kind = view.record, kind_of(view.record.kind)
    values = {key: value for held in seen.values() for key, value in held.items() if key != slices.SALT}
    disclosures = sd_jwt.disclosures_of(values)
    owner, token_id = signing_scope(record.operator_id), f"urn:uuid:{new_id()}"
    origin = tx.installation.origin
    async with tx.across():
        signer = await keyring.signer(tx, owner)
        shared = await store.token_of(tx, record, new_id(), clock.now())
        reference = await status.reference(tx, owner, f"urn:uuid:{shared}")
    claims = {
        "iss": signer.did,
        "iat": int(clock.now().timestamp()),
        "jti": token_id,
        "vct": f"{origin}{VCT_PATH}",
        "sub": record.dpp_id,
        "version": record.version,
        "version_hash": record.version_hash,
        "status": reference,
    }
    padded = (len(kind.attributes) // SPARE + 1) * SPARE
    shown = disclosures.values()
    return sd_jwt.issue(claims, shown, shown, signer.key, kid=signer.method, padded_to=max(padded, len(disclosures)))


async def superseded_by(tx: Transaction, _: OperatorScope, credential_id: UUID) -> int | None:
    """The present version of a credential's passport when it is a later one."""
    async with tx.across():
        return await store.successor_of(tx, credential_id)


async def later_version(tx: Transaction, _: OperatorScope, dpp_id: str, version: int) -> int | None:
    """The present version of a passport that anyone may know of, when it is later than `version`."""
    key = key_or_none(dpp_id)
    if key is None:
        return None
    async with tx.across():
        return await store.later_version(tx, key, version)
