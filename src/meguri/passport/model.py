"""Passports: what goes in and out of this room."""

from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

import msgspec

from meguri.passport.access import Audience, Classes
from meguri.passport.findings import FindingOut
from meguri.passport.kinds import Document

SCHEMA_VERSION = "EN 18223:2026"
Source = Literal[
    "manual",
    "import",
    "bms",
    "telematics",
    "workshop",
    "diagnostic",
    "lab",
    "supplier",
    "computed",
    "cfp_module",
    "dd_module",
    "recycling_module",
]


class Pin(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a model or batch record on which a passport stands."""

    operator_id: UUID
    passport_id: UUID
    version: int


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """A passport as it is stored: a row, its own values, and where each came from.

    operator_id   who is responsible for it
    live          false: responsibility went elsewhere, the row is history
    product_id    the canonical product identifier; `dpp_id` that of the passport
    own, derived  values of this record alone; the model's and batch's come by the pins
    meta          key → {source, actor, recorded_at, reference}; "*" holds for all others
    responsible   the economic operator's public identifier
    provider      a service provider that acts for it
    """

    operator_id: UUID
    passport_id: UUID
    live: bool
    kind: str
    granularity: str
    product_id: str
    product_key: str
    dpp_id: str
    dpp_key: str
    category: str | None
    model_name: str
    serial: str | None
    model_operator_id: UUID | None
    model_id: UUID | None
    model_version: int | None
    batch_operator_id: UUID | None
    batch_id: UUID | None
    batch_version: int | None
    state: str
    life: str | None
    responsible: str
    provider: str | None
    version: int
    own: Document
    derived: Document
    meta: dict[str, dict[str, Any]]
    overrides: dict[str, str]
    salts: dict[str, str]
    slices: dict[str, str]
    version_hash: str
    score: float
    issued_at: datetime
    published_at: datetime | None
    ceased_at: datetime | None
    last_event_at: datetime | None
    created_at: datetime
    updated_at: datetime
    bulk_job_id: UUID | None = None

    @property
    def model(self) -> Pin | None:
        """The model's version on which it stands."""
        if self.model_id is None or self.model_operator_id is None or self.model_version is None:
            return None
        return Pin(operator_id=self.model_operator_id, passport_id=self.model_id, version=self.model_version)

    @property
    def batch(self) -> Pin | None:
        """The batch's version on which it stands."""
        if self.batch_id is None or self.batch_operator_id is None or self.batch_version is None:
            return None
        return Pin(operator_id=self.batch_operator_id, passport_id=self.batch_id, version=self.batch_version)


EXTRAS: Final = "#extras"
"""Where a record's side metadata keep the members of imported documents that have no attribute."""


class NewPassport(msgspec.Struct, frozen=True, kw_only=True):
    """A passport to be made.

    product_id    any spelling of EN 18219; or `gtin` with `serial` (made by the server when both are missing for an item)
    granularity   what is named when the identifier does not tell
    model         identifier of the model record to stand on (its UUID or URI); for an item found by the GTIN when left out
    values        catalogue key → value
    overrides     model attribute → reason, for an item that differs from its model
    publish       active at once, when nothing is missing
    initial_declared  the operator declares that the product left the line new: fades and counters 0, SOCE 100
    keep_marking  a successor whose product keeps its physical marking
    extras        members of an imported document that the catalogue has no place for, by format: the owner's, for the way back
    """

    product_id: str | None = None
    gtin: str | None = None
    serial: str | None = None
    batch: str | None = None
    granularity: str | None = None
    kind: str = "battery"
    model: str | None = None
    values: dict[str, Any] = {}
    overrides: dict[str, str] = {}
    publish: bool = False
    initial_declared: bool = False
    keep_marking: bool = False
    source: Source = "manual"
    extras: dict[str, Any] = {}


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """A passport that was made or changed, as its owner sees it."""

    passport_id: UUID
    dpp_id: str
    product_id: str
    granularity: str
    state: str
    version: int
    version_hash: str
    score: float
    findings: list[FindingOut] = []


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """As whom somebody stands before a passport: audiences, the classes that they open, and for whom he acts.

    denied   why a grant that is there opens nothing: GRANT_EXPIRED, GRANT_REVOKED, GRANT_SCOPE
    """

    audiences: frozenset[Audience]
    classes: Classes
    on_behalf_of: UUID | None = None
    denied: str | None = None

    @property
    def is_owner(self) -> bool:
        """Whether he may change it."""
        return Audience.OWNER in self.audiences


class View(msgspec.Struct, frozen=True, kw_only=True):
    """A passport as one reader sees it, now or as of a moment.

    values    visible values by catalogue key, the document's own header among them
    hidden    which classes the reader does not see (that is public knowledge of the law, not of this passport)
    """

    record: Record
    standing: Standing
    values: Document
    version: int
    changed_at: datetime
    version_hash: str
    slices: dict[str, str]


class VersionOut(msgspec.Struct, frozen=True, kw_only=True):
    """One version in the history; `changed_keys` are those that the reader may see.

    redacted   access class → personal data that were lawfully taken out since: {keys, at, actor, hash}. The class's hash in
               `slices` is still the one of then; `hash` is that of what is left
    """

    version: int
    changed_at: datetime
    actor: str
    on_behalf_of: UUID | None
    event: str
    reason: str | None
    changed_keys: list[str]
    version_hash: str
    slices: dict[str, str]
    rule_sets: list[str]
    state: str
    redacted: dict[str, dict[str, Any]] | None = None


class LifeEvent(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to a product, ready for visibility events (EPCIS 2.0)."""

    event_id: UUID
    operator_id: UUID
    passport_id: UUID
    kind: str
    at: datetime
    recorded_at: datetime
    actor: str
    body: dict[str, Any]


class Brief(msgspec.Struct, frozen=True, kw_only=True):
    """A passport in a list."""

    passport_id: UUID
    operator_id: UUID
    dpp_id: str
    product_id: str
    kind: str
    granularity: str
    category: str | None
    model_name: str
    serial: str | None
    state: str
    life: str | None = None
    version: int
    score: float | None = None
    updated_at: datetime
