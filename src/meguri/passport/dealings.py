"""What two operators settle: transfers, requests for access, grants, delegations. Shapes and pure rules."""

import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, Literal
from uuid import UUID

import msgspec

from meguri.kernel.shipped import files
from meguri.passport.access import Audience
from meguri.passport.catalogue import AccessClass
from meguri.passport.model import Record

Side = Literal["giver", "taker"]
Kind = Literal["transfer", "request", "grant", "delegation"]


class Reach(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which passports are meant: these, those of these models, or all of the operator.

    dpp_ids, model_ids  identifiers as they were given, and the internal ids that they stood for
    """

    dpp_ids: tuple[str, ...] = ()
    model_ids: tuple[str, ...] = ()
    operator_id: UUID | None = None
    passports: tuple[UUID, ...] = ()
    models: tuple[UUID, ...] = ()

    def covers(self, record: Record) -> bool:
        """Whether a passport is meant."""
        if record.passport_id in self.passports:
            return True
        if record.model_id in self.models or record.passport_id in self.models:
            return True
        return self.operator_id is not None and self.operator_id == record.operator_id


class RequestBody(msgspec.Struct, frozen=True, kw_only=True):
    """A request for access as both sides know it."""

    role: str
    scope: Reach
    classes: tuple[AccessClass, ...]
    purpose: str
    justification: str
    evidence_document_ids: tuple[str, ...] = ()
    requested_until: datetime | None = None
    decided_at: datetime | None = None
    decided_by: str | None = None
    denial_reason: str | None = None
    grant_id: UUID | None = None
    reminded: bool = False


class GrantBody(msgspec.Struct, frozen=True, kw_only=True):
    """What a grant opens."""

    audience: Audience
    classes: tuple[AccessClass, ...]
    scope: Reach
    granted_by: str
    request_id: UUID | None = None
    role: str | None = None
    purpose: str | None = None


class DelegationBody(msgspec.Struct, frozen=True, kw_only=True):
    """A service provider that acts for the responsible operator (Art. 77(4)): always in writing."""

    scope: Reach
    authorisation_document_id: str
    granted_by: str


class Signature(msgspec.Struct, frozen=True, kw_only=True):
    """A party's signature under a transfer: a Data Integrity proof (eddsa-jcs-2022) over the record.

    attested  by a key of another installation, checked against the party's identity document when it came
    """

    operator_id: UUID
    proof: dict[str, Any]
    attested: bool = False


class TransferBody(msgspec.Struct, frozen=True, kw_only=True):
    """A transfer of responsibility as both sides know it. What is signed is `terms`."""

    dpp_ids: tuple[str, ...]
    passports: tuple[UUID, ...]
    reason: str
    outgoing_operator: str
    incoming_operator: str
    proposed_at: datetime
    expires_at: datetime
    signatures: tuple[Signature, ...] = ()
    evidence_document_ids: tuple[str, ...] = ()
    settled_at: datetime | None = None


class Dealing(msgspec.Struct, frozen=True, kw_only=True):
    """One side's row. `partner_id` is the other side."""

    operator_id: UUID
    dealing_id: UUID
    side: Side
    kind: Kind
    partner_id: UUID
    state: str
    body: dict[str, Any]
    valid_from: datetime
    valid_until: datetime
    created_at: datetime
    updated_at: datetime

    @property
    def giver_id(self) -> UUID:
        """Who gives: responsibility, access or a mandate."""
        return self.operator_id if self.side == "giver" else self.partner_id

    @property
    def taker_id(self) -> UUID:
        """Who takes it."""
        return self.operator_id if self.side == "taker" else self.partner_id


class AutoGrant(msgspec.Struct, frozen=True, kw_only=True):
    """Requests that are approved by rule."""

    role: str
    category: str
    classes: tuple[AccessClass, ...]


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Who counts as having a legitimate interest, and for how long what holds. Rule data."""

    id: str
    version: str
    status: str
    source: str
    valid_from: date
    roles: dict[str, tuple[AccessClass, ...]]
    authorities: tuple[str, ...]
    purposes: tuple[str, ...]
    denials: tuple[str, ...]
    transfer_reasons: tuple[str, ...]
    request_days: int
    reminder_days: int
    grant_days: int
    grant_most_days: int
    transfer_days: int
    delegation_most_days: int
    archive_years: int
    backup_hours: int
    transfer_roles: dict[str, str] = {}
    auto_grant: tuple[AutoGrant, ...] = ()


@cache
def policy() -> Policy:
    """The policy in force."""
    text = files("meguri.rules").joinpath("passport", "access.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), Policy)


def terms(dealing_id: UUID, body: TransferBody) -> Mapping[str, Any]:
    """What both parties sign: the record without its signatures and its outcome."""
    shown = msgspec.to_builtins(body)
    for name in ("signatures", "settled_at", "evidence_document_ids", "passports"):
        shown.pop(name, None)
    return {"transfer_id": str(dealing_id), **shown}
