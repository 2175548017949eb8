"""What goes in and out of due diligence."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal
from uuid import UUID

import msgspec

from meguri.diligence.taxonomy import Band

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Words = Annotated[str, msgspec.Meta(max_length=4000)]
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Share = Annotated[Decimal, msgspec.Meta(ge=0, le=100)]
Link = Annotated[str, msgspec.Meta(max_length=500, pattern=r"^https://")]
Country = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$")]
Scheme = Literal[
    "lei", "jp_corporate_number", "duns", "gln", "vat", "nat-reg", "os_id", "rmi_cid", "openOperatorId", "other"
]


class OpenFindings(msgspec.Struct, frozen=True, kw_only=True):
    """How many findings are open, by band."""

    critical: int = 0
    high: int = 0
    medium: int = 0
    low: int = 0


class CategoryResult(msgspec.Struct, frozen=True, kw_only=True):
    """The band of one risk category, and open findings in it."""

    category: str
    band: Band
    open: OpenFindings = OpenFindings()


class MaterialResult(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one material's origin. `coverage_pct` None: unknown."""

    material: str
    coverage_pct: Decimal | None
    origin_status: Literal["identified", "partly_identified", "not_identified"]
    cahra_exposure: Literal["yes", "no", "unknown"]
    recycled_pct: Decimal | None = None


class VerificationResult(msgspec.Struct, frozen=True, kw_only=True):
    """Who has verified the assessment."""

    type: Literal["none", "self", "second_party", "third_party", "notified_body"] = "none"
    body_name: str | None = None
    reference: str | None = None
    valid_until: date | None = None


class DdResult(msgspec.Struct, frozen=True, kw_only=True):
    """What travels: results only. `dd_type`: own, total (with what purchased parts bring) or response (a supplier's)."""

    trace_id: UUID
    dd_type: Literal["own", "total", "response"]
    template_id: str
    template_version: str
    assessment_date: date | None
    valid_until: date | None
    overall_band: Band
    max_score: Decimal | None
    category_results: tuple[CategoryResult, ...] = ()
    materials: tuple[MaterialResult, ...] = ()
    verification: VerificationResult = VerificationResult()
    attestation_count: int = 0
    policy: bool = False
    grievance_mechanism: bool = False
    policy_url: str | None = None
    report_url: str | None = None
    score_model_version: str = "dd-score/1"
    may_double_count: bool = False
    source: Literal["own", "external"] = "own"
    items: tuple["Item", ...] = ()
    comment: str | None = None
    dd_id: UUID | None = None
    result_hash: str = ""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a result as the exchange carries it."""

    code: str
    result: str
    comment: str | None = None


class ResultInput(msgspec.Struct, frozen=True, kw_only=True):
    """A result as a company enters it for its own part."""

    template_id: Key = "MEGURI-DD-1"
    template_version: Key = "1"
    assessment_date: date
    valid_until: date | None = None
    overall_band: Band
    max_score: Annotated[Decimal, msgspec.Meta(ge=0, le=100)] | None = None
    category_results: list[CategoryResult] = []
    materials: list[MaterialResult] = []
    verification: VerificationResult = VerificationResult()
    policy: bool = False
    grievance_mechanism: bool = False
    policy_url: Link | None = None
    report_url: Link | None = None
    comment: Annotated[str, msgspec.Meta(max_length=1000)] | None = None


class PartyId(msgspec.Struct, frozen=True, kw_only=True):
    """An identifier of a company or site."""

    scheme: Scheme
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class PartyName(msgspec.Struct, frozen=True, kw_only=True):
    """One of the names that a company has or had."""

    value: Name
    lang: str = ""
    kind: Literal["legal", "trade", "former", "local"] = "legal"


class PartyInput(msgspec.Struct, frozen=True, kw_only=True):
    """A company of the chain. `operator_id`: its account here, if it has one and you trade with it."""

    names: Annotated[list[PartyName], msgspec.Meta(min_length=1, max_length=20)]
    ids: Annotated[list[PartyId], msgspec.Meta(max_length=20)] = []
    country: Country | None = None
    address: Annotated[str, msgspec.Meta(max_length=300)] = ""
    operator_id: UUID | None = None


class Party(PartyInput, frozen=True, kw_only=True):
    """A company of the chain, as kept."""

    party_id: UUID
    version: int


class FacilityInput(msgspec.Struct, frozen=True, kw_only=True):
    """A site of a company of the chain."""

    party_id: UUID
    name: Name
    stage: str
    materials: list[str] = []
    country: Country | None = None
    admin1: Annotated[str, msgspec.Meta(max_length=10)] | None = None
    ids: list[PartyId] = []
    status: Literal["operating", "closed", "unknown"] = "operating"


class Facility(FacilityInput, frozen=True, kw_only=True):
    """A site, as kept."""

    facility_id: UUID
    version: int


class EdgeInput(msgspec.Struct, frozen=True, kw_only=True):
    """One site supplies a material to another. `to` None: to the company itself."""

    source: UUID
    to: UUID | None = None
    material: str
    share_pct: Share
    form: Annotated[str, msgspec.Meta(max_length=100)] = ""
    quantity: Decimal | None = None
    unit: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    valid_from: date
    valid_to: date | None = None
    origin: Literal["questionnaire", "template", "trade", "contract", "other"] = "other"
    confidence: Literal["verified", "reported", "inferred", "estimated"] = "reported"
    trade_id: UUID | None = None


class SupplyEdge(EdgeInput, frozen=True, kw_only=True):
    """A supply relation, as kept."""

    edge_id: UUID
    version: int


class PartMaterialInput(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a material one declared unit of a part holds, kg (element for metals, mass for graphite)."""

    material: str
    mass_per_unit: Annotated[Decimal, msgspec.Meta(ge=0, le=100_000)]
    method: Literal["bom", "assay", "estimate"] = "bom"


class AttestationInput(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate, audit or statement about a site or a company."""

    type: Literal["certification", "audit", "due_diligence_statement", "self_declaration", "other"] = "certification"
    standard: Key
    facility_id: UUID | None = None
    materials: list[str] = []
    categories: list[str] = []
    issuer: Name
    assessor_level: Literal["Self", "Commercial", "Buyer", "Membership", "Unspecified", "3rdParty"] = "3rdParty"
    assessment_level: Literal["GovtApproval", "GlobalMRA", "Accredited", "Verified", "Validated", "Unspecified"] = (
        "Unspecified"
    )
    outcome: Literal["pass", "conditional_pass", "fail", "pending", "not_applicable"] = "pass"
    status: Literal["active", "suspended", "revoked", "withdrawn"] = "active"
    valid_from: date
    valid_to: date | None = None
    reference: Annotated[str, msgspec.Meta(max_length=200)] = ""
    url: Link | None = None


class Attestation(AttestationInput, frozen=True, kw_only=True):
    """An attestation, as kept, with its status today and its file, if one was added."""

    attestation_id: UUID
    version: int
    status_today: str
    file_name: str | None = None
    file_sha256: str | None = None


class SeverityInput(msgspec.Struct, frozen=True, kw_only=True):
    """Scale, scope, irremediability; each 1 (small) to 4."""

    scale: Annotated[int, msgspec.Meta(ge=1, le=4)]
    scope: Annotated[int, msgspec.Meta(ge=1, le=4)]
    irremediability: Annotated[int, msgspec.Meta(ge=1, le=4)]


class FindingInput(msgspec.Struct, frozen=True, kw_only=True):
    """An adverse impact or a lack that was found."""

    title: Name
    description: Words = ""
    source: Literal["audit", "questionnaire", "grievance", "media", "screening", "site_visit"] = "audit"
    category: str
    annex_ii: str | None = None
    party_id: UUID | None = None
    facility_id: UUID | None = None
    material: str | None = None
    severity: SeverityInput
    likelihood: Annotated[int, msgspec.Meta(ge=1, le=4)]
    involvement: Literal["caused", "contributed", "directly_linked"] = "directly_linked"
    detected_on: date


class FindingStep(msgspec.Struct, frozen=True, kw_only=True):
    """Taking a finding on. `consultation`: whom was spoken with, about what."""

    to: Literal["confirmed", "dismissed", "mitigating", "closed", "suspended_trade", "disengaged", "reopened"]
    reason: Words = ""
    consultation: Words = ""
    impact_note: Words = ""


class ActionInput(msgspec.Struct, frozen=True, kw_only=True):
    """A corrective action. `owner`: whoever is to do it."""

    action: Name
    owner: Key
    due: date
    kpi: Annotated[str, msgspec.Meta(max_length=300)] = ""


class ActionStep(msgspec.Struct, frozen=True, kw_only=True):
    """Progress on an action: done (by its owner), or verified or failed (by somebody else)."""

    to: Literal["done", "verified", "failed"]
    note: Words = ""
    method: Literal["document", "remote", "onsite"] = "document"


class CorrectiveAction(ActionInput, frozen=True, kw_only=True):
    """A corrective action, as kept."""

    action_id: UUID
    finding_id: UUID
    status: str
    done_by: str | None
    verified_by: str | None
    note: str
    version: int


class Finding(FindingInput, frozen=True, kw_only=True):
    """A finding, as kept, with its priority."""

    finding_id: UUID
    state: str
    priority: int
    band: Band
    consultation: str
    impact_note: str
    reason: str
    to_management_by: date | None
    reported_on: date | None
    actions: list[CorrectiveAction]
    version: int
    created_at: datetime


class GrievanceInput(msgspec.Struct, frozen=True, kw_only=True):
    """What a person reports. Nothing but `what` must be said; no name is needed."""

    what: Annotated[str, msgspec.Meta(min_length=10, max_length=8000)]
    where: Annotated[str, msgspec.Meta(max_length=300)] = ""
    when: Annotated[str, msgspec.Meta(max_length=100)] = ""
    affected: Annotated[str, msgspec.Meta(max_length=500)] = ""
    site: Annotated[str, msgspec.Meta(max_length=200)] = ""
    contact: Annotated[str, msgspec.Meta(max_length=200)] = ""
    retaliation: bool = False
    language: Annotated[str, msgspec.Meta(max_length=10)] = "ja"


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """The case is kept. `code` is shown this once: with it the reporter reads and writes."""

    code: str
    acknowledge_by: date


class CaseMessage(msgspec.Struct, frozen=True, kw_only=True):
    """One message of the dialogue with a reporter."""

    at: datetime
    by: Literal["reporter", "handler"]
    text: str


class CaseStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What a reporter sees of their own case."""

    state: str
    received_on: date
    messages: list[CaseMessage]


class Grievance(GrievanceInput, frozen=True, kw_only=True):
    """A case as its handlers see it."""

    case_id: UUID
    state: str
    channel: str
    received_at: datetime
    admitted_on: date | None
    category: str | None
    facility_id: UUID | None
    reason: str
    overdue: list[str]
    messages: list[CaseMessage]
    version: int


class CaseStep(msgspec.Struct, frozen=True, kw_only=True):
    """Taking a case on, with what the reporter is told."""

    to: Literal[
        "acknowledged",
        "admissible",
        "inadmissible",
        "investigating",
        "remedy_agreed",
        "remedy_delivered",
        "closed",
        "reopened",
    ]
    reason: Words = ""
    message: Annotated[str, msgspec.Meta(max_length=4000)] = ""
    category: str | None = None
    facility_id: UUID | None = None


class VerificationInput(msgspec.Struct, frozen=True, kw_only=True):
    """A verification by a third party: (EU) 2023/1542 Art. 48(2), 51."""

    body_name: Name
    body_number: Annotated[str, msgspec.Meta(pattern=r"^\d{4}$")] | None = None
    kind: Literal["initial", "periodic_audit"] = "initial"
    scope_articles: tuple[Literal[49, 50, 52], ...] = (49, 50, 52)
    activities: list[str] = []
    stakeholders_heard: list[str] = []
    non_conformities: list[str] = []
    improvements: list[str] = []
    outcome: Literal["approval_decision", "no_approval", "pending"] = "pending"
    decision_date: date | None = None
    next_audit_due: date | None = None


class PolicyInput(msgspec.Struct, frozen=True, kw_only=True):
    """A due-diligence policy: (EU) 2023/1542 Art. 49(1)."""

    title: Name
    text: Annotated[str, msgspec.Meta(max_length=20_000)] = ""
    url: Link | None = None
    materials: list[str] = []
    instruments: list[str] = []
    approved_by: Name
    approved_on: date
    communicated_to: list[str] = []
    public_from: date | None = None
    checklist: dict[str, Literal["met", "partly", "missing", "n_a"]] = {}
    grievance_url: Link | None = None


class ResponseInput(msgspec.Struct, frozen=True, kw_only=True):
    """Answers to a questionnaire."""

    template_id: Key
    version: Key
    scope: Literal["A_company", "B_product", "C_user_defined"] = "A_company"
    scope_text: Annotated[str, msgspec.Meta(max_length=500)] = ""
    trace_id: UUID | None = None
    effective_date: date
    answers: dict[str, Any]
    evidence: dict[str, UUID] = {}
    signer_name: Annotated[str, msgspec.Meta(max_length=100)] = ""
    signer_role: Annotated[str, msgspec.Meta(max_length=100)] = ""
