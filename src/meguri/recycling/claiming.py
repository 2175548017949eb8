"""Credits, claims and documents as they are kept, and which evidence a claim needs to be retired."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from meguri.recycling.credits import credit_rules
from meguri.recycling.model import CustodyModel, SourceClass


class Credit(msgspec.Struct, frozen=True, kw_only=True):
    """Recycled material proven by a run (or given by another company) and not yet claimed in full."""

    credit_id: UUID
    site_id: UUID
    element: str
    source_class: SourceClass
    period: str
    issued_kg: Decimal
    open_kg: Decimal
    expires_on: date
    provisional: bool
    lot_id: UUID | None
    run_id: UUID | None
    from_operator_id: UUID | None
    from_credit_id: UUID | None
    created_at: datetime


class CreditUse(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a credit a claim took."""

    credit_id: UUID
    qty_kg: Decimal


class ClaimInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A claim of recycled content for a battery model, plant and year."""

    idempotency_key: Annotated[str, Meta(min_length=1, max_length=100)]
    element: str
    source_class: SourceClass
    qty_kg: Decimal
    battery_model_id: Annotated[str, Meta(min_length=1, max_length=100)]
    manufacturing_plant_id: Annotated[str, Meta(min_length=1, max_length=100)]
    year: Annotated[int, Meta(ge=2000, le=2200)]
    model: CustodyModel = CustodyModel.MASS_BALANCE_CREDIT
    beneficiary_operator_id: UUID | None = None
    site_id: UUID | None = None
    lot_id: UUID | None = None
    trace_id: UUID | None = None
    evidence: dict[str, str] = {}


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """A claim as it is kept: reserved, then retired or released; retired, perhaps reversed. `version` is its ETag."""

    claim_id: UUID
    idempotency_key: str
    element: str
    source_class: SourceClass
    qty_kg: Decimal
    battery_model_id: str
    plant_id: str
    year: int
    beneficiary_id: UUID
    model: CustodyModel
    mass_balanced: bool
    evidence: dict[str, str]
    credits: list[CreditUse]
    status: str
    flags: list[str]
    trace_id: UUID | None
    created_at: datetime
    settled_at: datetime | None
    version: int


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """A document with its number, validity and scope."""

    document_id: UUID
    kind: str
    number: str
    valid_from: date | None
    valid_to: date | None
    scope: str | None
    revoked: bool
    lot_id: UUID | None
    shipment_id: UUID | None
    facts: dict[str, Any]
    created_at: datetime


class DocumentInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A document as somebody registers it."""

    kind: Annotated[str, Meta(min_length=1, max_length=60)]
    number: Annotated[str, Meta(min_length=1, max_length=100)]
    valid_from: date | None = None
    valid_to: date | None = None
    scope: str | None = None
    lot_id: UUID | None = None
    shipment_id: UUID | None = None
    facts: dict[str, Any] = {}


STEPS: Mapping[str, frozenset[str]] = {
    "draft": frozenset({"reserved"}),
    "reserved": frozenset({"retired", "released"}),
    "retired": frozenset({"reversed"}),
}


def evidence_gaps(evidence: Mapping[str, str], documents: Iterable[Document], element: str, day: date) -> list[str]:
    """Why the evidence of a claim does not hold; empty when it does.

    evidence  kind → number; every kind of the policy is needed. A certificate must be known, cover the day, not be
    revoked, and its scope, if it has one, must name the element.
    """
    known = {(doc.kind, doc.number): doc for doc in documents}
    gaps = [f"{kind}: MISSING" for kind in credit_rules().needs_evidence if not evidence.get(kind)]
    number = evidence.get("certificate")
    if number:
        gaps += _certificate_gaps(known.get(("certificate", number)), element, day)
    return gaps


def _certificate_gaps(found: Document | None, element: str, day: date) -> list[str]:
    if found is None:
        return ["certificate: UNKNOWN"]
    gaps = []
    if found.revoked:
        gaps.append("certificate: REVOKED")
    if (found.valid_to is not None and found.valid_to < day) or (
        found.valid_from is not None and found.valid_from > day
    ):
        gaps.append("certificate: EXPIRED")
    if found.scope is not None and element not in found.scope.replace(",", " ").split():
        gaps.append("certificate: WRONG_SCOPE")
    return gaps
