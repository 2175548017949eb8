"""Participants, partners, offers, processes and agreements: what goes in and out of this room."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.dsp.states import Kind, Move, Role
from meguri.dataspaces.rules import trust


class Participant(msgspec.Struct, frozen=True, kw_only=True):
    """A company that takes part in the data space."""

    operator_id: UUID
    did: str
    tenant: str
    service_id: UUID
    counter_offer: str
    bpn: str | None = None


class Partner(msgspec.Struct, frozen=True, kw_only=True):
    """Another party, as one company keeps it. `identity_proof` is a key of rules/dataspaces/trust.toml; `quality_form`: tracex or
    shared."""

    did: str
    name: str
    partner_operator_id: UUID | None
    origins: list[str]
    base_url: str | None
    auth: str
    catena_x: bool
    bpn: str | None
    country: str | None
    credentials: list[str]
    identity_proof: str
    blocked: bool
    version: int
    created_at: datetime
    updated_at: datetime
    quality_form: str = "tracex"


class Caller(msgspec.Struct, frozen=True, kw_only=True):
    """Who has proved itself at one of our doors.

    origins   where it may be called back: of its DID document's services and of the partner's record
    anyone    the conformance profile's caller, of whom nothing is checked
    """

    did: str
    origins: frozenset[str] = frozenset()
    partner: Partner | None = None
    anyone: bool = False

    @property
    def me(self) -> str:
        """The audience that the caller belongs to besides everyone. A blocked partner belongs to none."""
        return "" if self.partner and self.partner.blocked else self.did

    @property
    def proof(self) -> int:
        """How strongly its identity was proved: a rank of rules/dataspaces/trust.toml."""
        return trust().rank(self.partner.identity_proof) if self.partner and not self.partner.blocked else 0


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is offered, with the offer that a requester sees."""

    dataset_id: str
    kind: str
    title: dict[str, str]
    type_iri: str
    conforms_to: str | None
    trace_id: str | None
    formats: list[str]
    content_hash: str | None
    api: str | None
    content_version: int
    agreed_at: datetime | None
    modified: datetime
    offer_id: str
    audience: str
    policy: dict[str, Any]
    policy_hash: str


class NewDataset(msgspec.Struct, frozen=True, kw_only=True):
    """Something to be offered. `content` for finite data; `api`: which interface answers, `reach`: as far as it does."""

    kind: str
    title: dict[str, str]
    type_iri: str
    formats: list[str]
    dataset_id: str | None = None
    conforms_to: str | None = None
    trace_id: str | None = None
    content: Any = None
    api: str | None = None
    reach: list[str] = []


class Form(msgspec.Struct, frozen=True):
    """How a dataset is had: its formats, and for an interface which one answers and how far."""

    kind: str
    formats: list[str]
    api: str | None
    reach: list[str]
    trace_id: str | None


class Process(msgspec.Struct, frozen=True, kw_only=True):
    """A negotiation or a transfer as we have it."""

    operator_id: UUID
    pid: str
    kind: Kind
    role: Role
    peer_pid: str | None
    peer_did: str
    peer_base: str
    state: str
    dataset_id: str | None
    offer_id: str | None
    agreement_id: str | None
    policy: dict[str, Any] | None
    policy_hash: str | None
    format: str | None
    data_address: dict[str, Any] | None
    purposes: list[str]
    suspended_by: Role | None
    script: str | None
    step: int
    pending_id: UUID | None
    pending_move: Move | None
    pending_state: str | None
    pending_path: str | None
    pending_body: bytes | None
    attempts: int
    first_try_at: datetime | None
    next_try_at: datetime | None
    lease_until: datetime | None
    unsure: bool
    held: str | None
    waits_for: str | None
    end_code: str | None
    type_iri: str | None
    created_at: datetime
    updated_at: datetime

    @property
    def provider_pid(self) -> str:
        """The provider's id of this process, "" while it is not known."""
        return self.pid if self.role is Role.PROVIDER else self.peer_pid or ""

    @property
    def consumer_pid(self) -> str:
        """The consumer's id of this process, "" while it is not known."""
        return self.pid if self.role is Role.CONSUMER else self.peer_pid or ""


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """What two parties agreed on. Usable for transfers from `finalized_at` until `ends_at` or `ended_at`."""

    agreement_id: str
    role: Role
    pid: str
    peer_did: str
    dataset_id: str
    content_version: int
    policy: dict[str, Any]
    policy_hash: str
    body: dict[str, Any]
    uses: int
    agreed_at: datetime
    finalized_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None
    end_reason: str | None


class Copy(msgspec.Struct, frozen=True, kw_only=True):
    """Data that we received under an agreement."""

    pid: str
    agreement_id: str
    dataset_id: str
    peer_did: str
    envelope: Any
    content_hash: str
    received_at: datetime
    delete_after: datetime | None
    deleted_at: datetime | None
