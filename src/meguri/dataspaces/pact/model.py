"""What the PACT room keeps: partners, own and received footprints, events, requests, product ids."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.pact.urns import Kind


class PartnerInput(msgspec.Struct, frozen=True, kw_only=True):
    """A partner as the company describes it.

    base_url         where its own PACT service is; None: it only reads ours
    outgoing_…       the credentials that the partner gave us
    private_network  its address may be a private one (test profiles only)
    says_denied      tell 403 instead of 404 for what exists but is not shared with it
    by_hand          its requests wait for a person
    """

    name: str
    base_url: str | None = None
    outgoing_client_id: str | None = None
    outgoing_secret: str | None = None
    private_network: bool = False
    says_denied: bool = False
    by_hand: bool = False


class Partner(msgspec.Struct, frozen=True, kw_only=True):
    """A partner as it is kept. `client_id` is what it signs in with here."""

    partner_id: UUID
    name: str
    client_id: str
    base_url: str | None
    outgoing_client_id: str | None
    private_network: bool
    says_denied: bool
    by_hand: bool
    ended: bool
    created_at: datetime


class NewPartner(msgspec.Struct, frozen=True, kw_only=True):
    """A partner just made; its secret is shown this once."""

    partner: Partner
    client_secret: str


class PartnerRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row of `pact_partner`."""

    operator_id: UUID
    partner_id: UUID
    name: str
    secret_hash: bytes
    base_url: str | None
    outgoing_client_id: str | None
    outgoing_secret: bytes | None
    private_network: bool
    says_denied: bool
    by_hand: bool
    ended: bool
    created_at: datetime


class OwnFootprint(msgspec.Struct, frozen=True, kw_only=True):
    """A footprint that we published, as partners get it."""

    footprint_id: UUID
    created: datetime
    status: str
    body: dict[str, Any]
    trace_id: UUID | None
    everyone: bool


class PublishInput(msgspec.Struct, frozen=True, kw_only=True):
    """A footprint to publish.

    footprint  a ProductFootprint of PACT 3; `id`, `specVersion`, `created` and `status` are set where they are absent
    trace_id   the own part that it is about; earlier ones of this part are deprecated
    partners   who may read it; `everyone`: all partners
    """

    footprint: dict[str, Any]
    trace_id: UUID | None = None
    partners: list[UUID] = []
    everyone: bool = False


class ResultInput(msgspec.Struct, frozen=True, kw_only=True):
    """What a kept result does not know of the footprint that it becomes.

    product_ids, company_ids  URNs; without them ids of this installation
    pcf                       further fields of the footprint; they stand before what the result says
    """

    description: str
    product_ids: list[str] = []
    company_ids: list[str] = []
    pcf: dict[str, Any] = {}
    partners: list[UUID] = []
    everyone: bool = False


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """What came of publishing: `advice` are fields that the methodology wants reported besides."""

    footprint: dict[str, Any]
    advice: list[str]
    deprecated: list[UUID]


class IncomingEvent(msgspec.Struct, frozen=True, kw_only=True):
    """An event that a partner sent; a request that waits for a person is `received`."""

    key_id: UUID
    partner_id: UUID
    source: str
    event_id: str
    type: str
    data: dict[str, Any]
    state: str
    outcome: str | None
    received_at: datetime


class OutgoingMessage(msgspec.Struct, frozen=True, kw_only=True):
    """An event of ours on its way: `waiting`, `sent`, `refused` (will not get better) or `abandoned` (72 hours)."""

    message_id: UUID
    partner_id: UUID
    type: str
    body: dict[str, Any]
    state: str
    tries: int
    last_error: str | None
    first_at: datetime | None
    created_at: datetime


class AskInput(msgspec.Struct, frozen=True, kw_only=True):
    """A request to a partner for a footprint of its product. `trace_id`: the own part that is bought."""

    product_ids: list[str]
    trace_id: UUID | None = None
    comment: str | None = None


class AskedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A request that we sent, and what came of it."""

    event_id: UUID
    partner_id: UUID
    trace_id: UUID | None
    product_ids: list[str]
    state: str
    said: str | None
    asked_at: datetime
    answered_at: datetime | None


class MappingInput(msgspec.Struct, frozen=True, kw_only=True):
    """A partner's product id and the own part that it stands for."""

    partner_id: UUID
    trace_id: UUID
    urn: str
    kind: Kind = "product-id"


class Mapping(msgspec.Struct, frozen=True, kw_only=True):
    """A pair of product id and own part: `suggested`, `confirmed` or `rejected`. Only confirmed ones count."""

    mapping_id: UUID
    partner_id: UUID
    trace_id: UUID
    urn: str
    kind: str
    status: str
    source: str
    score: int


class ReceivedFootprint(msgspec.Struct, frozen=True, kw_only=True):
    """A footprint that a partner sent or published; `flags` are codes for readers."""

    partner_id: UUID
    footprint_id: UUID
    body: dict[str, Any]
    status: str
    flags: list[str]
    trace_id: UUID | None
    received_at: datetime
