"""A verifier's engagement for one declaration: the invitation, the evidence, findings and the conclusion."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import msgspec

from meguri.footprint.declarations.model import Coverage, Declaration, Step, Verification
from meguri.footprint.readings import Reading
from meguri.footprint.worksheets.model import KeptResult, Line, Worksheet

Words = Annotated[str, msgspec.Meta(min_length=1, max_length=4000)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=256)]
FindingState = Literal["open", "answered", "closed"]


class EngagementInput(msgspec.Struct, frozen=True, kw_only=True):
    """Who is invited (public number of the verifier's company), and the last day on which it may read."""

    company: Name
    until: date


class Engagement(msgspec.Struct, frozen=True, kw_only=True):
    """An invitation. Over when `ended_at` is set or `until` has passed. `verification_id`: what it concluded with."""

    engagement_id: UUID
    operator_id: UUID
    declaration_id: UUID
    company_id: UUID
    until: date
    created_at: datetime
    ended_at: datetime | None
    verification_id: UUID | None


class FindingInput(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong or unclear; `line_id`: the line of the result that it is about."""

    words: Words
    line_id: str | None = None


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """A finding about a result. open → answered (by the maker) → closed (by the verifier, at any time)."""

    finding_id: UUID
    engagement_id: UUID
    result_id: UUID
    line_id: str | None
    words: str
    state: FindingState
    reply: str | None
    raised_at: datetime
    replied_at: datetime | None
    closed_at: datetime | None


class Access(msgspec.Struct, frozen=True, kw_only=True):
    """A reading of the evidence. `actor`: a person or a key of the verifier's company."""

    access_id: UUID
    engagement_id: UUID
    result_id: UUID
    actor: str
    at: datetime


class ConclusionInput(msgspec.Struct, frozen=True, kw_only=True):
    """The verifier's opinion on the result with this hash.

    certificate  number or address of the certificate that the verifier issued
    """

    result_hash: str
    verdict: Literal["verified", "refused"]
    standard: Name
    level: Literal["limited", "reasonable"]
    scope: Words
    coverage: Coverage = "product level"
    accreditation: str | None = None
    certificate: str | None = None
    findings: list[Words] = []
    valid_to: datetime | None = None


class Tier(msgspec.Struct, frozen=True, kw_only=True):
    """A part below the declared one, down to what a direct supplier stated. What lies behind a statement is not told.

    depth      1: a component of the declared part, 2: a component of that, …
    source     `worksheet`, `declared`, `answer` (disclosed in the exchange), `received` (from outside), `missing`
    supplier   the direct supplier who stated it
    stages     kg CO2e per unit by stage, as stated; empty for a worksheet, whose lines say it
    lines      of its worksheet, as they stand now
    used       kg CO2e per unit by stage that the result took; None for a worksheet, and where results were kept before
    """

    part_id: UUID
    name: str
    depth: int
    source: str
    supplier: str | None = None
    unit: str | None = None
    stages: dict[str, Decimal] = {}
    provenance: str | None = None
    verified_by: str | None = None
    valid_to: date | None = None
    lines: Sequence[Line] = ()
    used: dict[str, Decimal] | None = None


class MeterProof(msgspec.Struct, frozen=True, kw_only=True):
    """Readings that give a line's amount."""

    line_id: str
    readings: Sequence[Reading]


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a declaration rests on, as its maker sees it, read-only.

    hash_holds  the result still has the content that its hash names
    worksheet   as it stood when the result was computed
    """

    engagement: Engagement
    declaration: Declaration
    result: KeptResult
    hash_holds: bool
    worksheet: Worksheet
    tiers: Sequence[Tier]
    meters: Sequence[MeterProof]
    steps: Sequence[Step]
    verifications: Sequence[Verification]
    findings: Sequence[Finding]
