"""DID documents of the companies of this installation, and of the platform itself."""

from typing import Any
from uuid import UUID

from meguri.dataspaces.did.services import services_of
from meguri.kernel import clock
from meguri.kernel.identifiers import is_corporate_number
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope, Role
from meguri.operators import service as operators
from meguri.operators.errors import OperatorUnknown
from meguri.proof import keyring
from meguri.proof.did import did_of
from meguri.storage import Transaction
from meguri.storage.audit import PLATFORM


def scope_of(operator_id: UUID) -> OperatorScope:
    """The scope in which a company's public documents are made."""
    return OperatorScope(operator_id, "system:did", Role.EDITOR)


async def document(tx: Transaction, scope: OperatorScope) -> dict[str, Any] | None:
    """The DID document of the scope's company (or the platform's), with a key made if it has none; None for no company."""
    origin, known_as = tx.installation.origin, []
    if scope.operator_id != PLATFORM:
        try:
            record = await operators.own(tx, scope)
        except OperatorUnknown:
            return None
        if is_corporate_number(record.open_operator_id):
            known_as.append(f"urn:jp:corporate-number:{record.open_operator_id}")
        if record.lei:
            known_as.append(f"urn:lei:{record.lei}")
    await keyring.signer(tx, scope)
    name = keyring.did_of(origin, scope.operator_id)
    return await keyring.document(tx, scope.operator_id, services_of(origin, name), known_as)


async def key_history(tx: Transaction, scope: OperatorScope) -> dict[str, Any]:
    """All keys of the scope's company with their times, signed: old acceptances stay checkable after a rotation."""
    signer = await keyring.signer(tx, scope)
    keys = [
        {
            name: value
            for name, value in {
                "kid": key.kid,
                "algorithm": key.algorithm,
                "publicKeyMultibase": key.multikey,
                "validFrom": clock.seconds_z(key.signs_from),
                "validUntil": clock.seconds_z(key.replaced_at) if key.replaced_at else None,
                "revokedAt": clock.seconds_z(key.revoked_at) if key.revoked_at else None,
                "reason": key.revoked_reason,
            }.items()
            if value is not None
        }
        for key in await keyring.keys(tx, scope.operator_id)
    ]
    return signer.sign({"controller": signer.did, "keys": keys, "issued": clock.seconds_z(clock.now())})


def operator_of(did: str, origin: str) -> UUID | None:
    """The company behind a DID of this installation; None for a DID of elsewhere."""
    root = did_of(origin)
    if did == root:
        return PLATFORM
    before = f"{root}:operators:"
    return parse_uuid(did.removeprefix(before)) if did.startswith(before) else None
