"""Declarations, the document that is published, and verification statements.

Content: Regulation (EU) 2023/1542 Art. 7(1) (a) manufacturer, (b) model, (c) plant, (d) kg CO2e per kWh, (e) by life-cycle
stage, (f) EU declaration of conformity, (g) link to the public study.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

State = Literal["draft", "submitted", "returned", "reviewed", "published", "superseded", "withdrawn"]
Act = Literal["submit", "return", "review", "publish", "withdraw"]
Coverage = Literal["PCF calculation model", "PCF program", "product level"]


class DeclarationInput(msgspec.Struct, frozen=True, kw_only=True):
    """What a declaration says besides its result.

    design  industrial batteries: `custom_made` (with references to both specifications) or `off_the_shelf`
    """

    result_id: UUID
    model: str
    eu_declaration_number: str = ""
    study_link: str = ""
    design: Literal["custom_made", "off_the_shelf"] | None = None
    purchasing_specification: str = ""
    technical_specification: str = ""
    note: str = ""


class DocumentStage(msgspec.Struct, frozen=True, kw_only=True):
    """One life-cycle stage; every number is the text that is shown everywhere."""

    key: str
    kg: str
    per_kwh: str
    share: str | None


class DocumentFile(msgspec.Struct, frozen=True, kw_only=True):
    """A paper of the verification, such as the certificate: its name, and the SHA-256 by which anybody knows it again."""

    name: str
    sha256: str


class DocumentVerification(msgspec.Struct, frozen=True, kw_only=True):
    """Who verified the result, and how far."""

    provider: str
    accreditation: str | None
    coverage: str
    level: str
    standard: str
    scope: str
    completed_at: str
    valid_to: str | None
    files: Sequence[DocumentFile] = ()


class Change(msgspec.Struct, frozen=True, kw_only=True):
    """What an edition says otherwise than the one before: a field of the document, before and after."""

    field: str
    before: str
    after: str


class Document(msgspec.Struct, frozen=True, kw_only=True):
    """What is published; frozen. Numbers are plain decimal texts, identical in page, PDF, JSON and passport.

    per_kwh_shown  three significant digits, for reading
    end_of_life    gross burden, credit and their sum, kg
    class_reason   why there is no class (`not_determinable_no_act`)
    """

    declaration_id: UUID
    edition: int
    published_at: str
    manufacturer: str
    manufacturer_address: str
    manufacturer_number: str
    model: str
    plant: str
    plant_address: str
    plant_id: UUID
    mass_kg: str | None
    per_kwh: str
    per_kwh_shown: str
    total_kg: str
    stages: Sequence[DocumentStage]
    end_of_life: tuple[str, str, str]
    e_total_kwh: str
    e_total_factors: Sequence[tuple[str, str]]
    electricity_mode: str
    other_mode_per_kwh: str
    ter: str
    ger: str
    tir: str
    dqr: str
    dqr_level_ja: str
    dqr_level_en: str
    primary_percent: str
    exempted_percent: str
    completeness_percent: str
    pack_id: str
    pack_version: str
    pack_hash: str
    pack_status: str
    pack_name_ja: str
    pack_name_en: str
    banner_ja: str
    banner_en: str
    gwp_sets: Sequence[str]
    sources: Sequence[str]
    performance_class: str | None
    class_reason: str
    eu_declaration_number: str
    study_link: str
    design: str | None
    period: tuple[str, str]
    result_id: UUID
    result_hash: str
    verification: DocumentVerification | None
    preceding_id: UUID | None
    changes: Sequence[Change]
    synthetic: bool


class Declaration(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration as it is kept; `document` once it was published. `version` is its ETag."""

    declaration_id: UUID
    model: str
    plant_id: UUID
    trace_id: UUID
    edition: int
    state: str
    result_id: UUID
    body: DeclarationInput
    document: Document | None
    version: int
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One step of a declaration, and who took it."""

    version: int
    state: str
    note: str | None
    actor: str
    at: datetime


class Provider(msgspec.Struct, frozen=True, kw_only=True):
    """A verifier."""

    name: str
    id: str = ""
    accreditation: str | None = None


class VerificationInput(msgspec.Struct, frozen=True, kw_only=True):
    """A verification statement about one result, which its hash names."""

    result_id: UUID
    result_hash: str
    coverage: Coverage
    level: Literal["limited", "reasonable"]
    standard: str
    provider: Provider
    scope: str
    findings: Sequence[str] = ()
    completed_at: datetime | None = None
    valid_to: datetime | None = None
    signature: str | None = None
    attachments: Sequence[str] = ()


class StatementFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file beside a verification statement: the verifier's certificate or report. `size` in bytes; never changed."""

    file_id: UUID
    verification_id: UUID
    file_name: str
    sha256: str
    size: int
    actor: str
    added_at: datetime


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """A statement as it is kept. Draft → submitted → (returned → submitted) → verified or refused; then expired, withdrawn."""

    verification_id: UUID
    state: str
    body: VerificationInput
    version: int
    created_at: datetime
    updated_at: datetime
    files: Sequence[StatementFile] = ()
