"""A door for diagnosis firms: an order, a signed document that answers it, and how the firm did when a full test followed.

The document is JSON `{type: "BatteryDiagnosis", order_id, measured_at, results: [{quantity, value, lower, upper, unit,
method}], proof}` with a Data Integrity proof `eddsa-jcs-2022` by the firm's registered key.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from meguri.health import store
from meguri.health.errors import (
    DocumentInvalid,
    FirmRevokedError,
    FirmUnknown,
    IntervalInvalid,
    KeyInvalid,
    OrderAnswered,
    OrderUnknown,
    SignatureInvalid,
)
from meguri.health.events import DiagnosisOrdered, FirmRegistered, FirmRevoked
from meguri.health.model import Evidence, Result, Status
from meguri.health.service.recording import record
from meguri.health.views import Firm, FirmInput, Order, OrderInput, Standing
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.proof import data_integrity, multikey
from meguri.proof.multibase import NotDecodable
from meguri.storage.transaction import Transaction
from meguri.telemetry import service as telemetry

_PERCENT = ("soh_capacity", "soh_energy", "soce")


class _Figure(msgspec.Struct, frozen=True, kw_only=True):
    quantity: str
    value: float
    lower: float
    upper: float
    unit: str
    method: str


class _Document(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    order_id: UUID
    measured_at: datetime
    results: tuple[_Figure, ...]


async def register_firm(tx: Transaction, scope: OperatorScope, new: FirmInput) -> Firm:
    """Register a firm with its key. Raises KeyInvalid."""
    _key(new.public_key)
    firm_id = new_id()
    await store.add_firm(tx, scope, firm_id, new)
    await tx.record(FirmRegistered(firm_id=firm_id, name=new.name, public_key=new.public_key))
    return await firm(tx, scope, firm_id)


async def firm(tx: Transaction, scope: OperatorScope, firm_id: UUID) -> Firm:
    """One firm. Raises FirmUnknown."""
    found = await store.firm(tx, scope, firm_id)
    if found is None:
        raise FirmUnknown
    return found


async def firms(tx: Transaction, scope: OperatorScope) -> list[Firm]:
    """Registered firms, newest first."""
    return await store.firms(tx, scope)


async def revoke_firm(tx: Transaction, scope: OperatorScope, firm_id: UUID) -> None:
    """The firm's key counts no longer; what it signed before stays as it is. Raises FirmUnknown."""
    if not await store.revoke_firm(tx, scope, firm_id):
        raise FirmUnknown
    await tx.record(FirmRevoked(firm_id=firm_id))


async def place_order(tx: Transaction, scope: OperatorScope, new: OrderInput) -> Order:
    """Order a diagnosis. Raises BatteryUnknown, FirmUnknown, FirmRevokedError."""
    await telemetry.battery(tx, scope, new.battery_id)
    if (await firm(tx, scope, new.firm_id)).revoked_at is not None:
        raise FirmRevokedError
    order_id = new_id()
    await store.add_order(tx, scope, order_id, new)
    await tx.record(DiagnosisOrdered(order_id=order_id, battery_id=new.battery_id, firm_id=new.firm_id))
    return await order(tx, scope, order_id)


async def order(tx: Transaction, scope: OperatorScope, order_id: UUID) -> Order:
    """One order. Raises OrderUnknown."""
    found = await store.order(tx, scope, order_id)
    if found is None:
        raise OrderUnknown
    return found


async def orders(
    tx: Transaction, scope: OperatorScope, battery_id: UUID | None = None, limit: int = 100
) -> list[Order]:
    """Orders, newest first."""
    return await store.orders(tx, scope, battery_id, limit)


async def deliver(tx: Transaction, scope: OperatorScope, order_id: UUID, document: Mapping[str, Any]) -> Standing:
    """Take in a firm's signed document; what the battery stands at afterwards.

    Raises OrderUnknown, OrderAnswered, FirmRevokedError, SignatureInvalid, DocumentInvalid, IntervalInvalid.
    """
    asked = await order(tx, scope, order_id)
    by = await firm(tx, scope, asked.firm_id)
    if by.revoked_at is not None:
        raise FirmRevokedError
    key, proofs = _key(by.public_key), data_integrity.proofs_of(document)
    if not any(data_integrity.verifies(document, proof, key) for proof in proofs):
        raise SignatureInvalid
    read = _read(document, order_id)
    if not await store.deliver_order(tx, scope, order_id, dict(document)):
        raise OrderAnswered
    results = [_result(figure, by, order_id, read.measured_at) for figure in read.results]
    return await record(tx, scope, asked.battery_id, order_id, "firm", results, read.measured_at)


def _key(text: str) -> Ed25519PublicKey:
    try:
        key = multikey.from_multikey(text)
    except (NotDecodable, ValueError):
        raise KeyInvalid from None
    if not isinstance(key, Ed25519PublicKey):
        raise KeyInvalid
    return key


def _read(document: Mapping[str, Any], order_id: UUID) -> _Document:
    try:
        read = msgspec.convert(data_integrity.without_proof(document), _Document)
    except msgspec.ValidationError as problem:
        raise DocumentInvalid(detail=str(problem)) from None
    if read.type != "BatteryDiagnosis" or read.order_id != order_id or not read.results:
        raise DocumentInvalid(detail="type, order_id, results")
    if read.measured_at.tzinfo is None or read.measured_at > clock.now():
        raise DocumentInvalid(detail="measured_at")
    for figure in read.results:
        within = figure.lower <= figure.value <= figure.upper
        if not within or (figure.quantity in _PERCENT and not 0 <= figure.value <= 110):
            raise IntervalInvalid
    return read


def _result(figure: _Figure, by: Firm, order_id: UUID, measured_at: datetime) -> Result:
    return Result(
        quantity=figure.quantity, value=figure.value, lower=figure.lower, upper=figure.upper, unit=figure.unit,
        method=figure.method, status=Status.OK, evidence=(Evidence(record_id=str(order_id)),), model_id=str(by.firm_id),
        measured_at=measured_at.isoformat(),
    )  # fmt: skip
