"""What goes in and out of due diligence."""

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Generic, Literal, TypeVar
from uuid import UUID

import msgspec

from meguri.diligence.chain_record import ChainRecord
from meguri.diligence.taxonomy import Band

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Words = Annotated[str, msgspec.Meta(max_length=4000)]
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
Link = Annotated[str, msgspec.Meta(max_length=500, pattern=r"^https://")]
Country = Annotated[str, msgspec.Meta(pattern=r"^[A-Z]{2}$")]
Scheme = Literal[
    "lei", "jp_corporate_number", "duns", "gln", "vat", "nat-reg", "os_id", "rmi_cid", "openOperatorId", "other"
]


Content = TypeVar("Content")


class Kept(msgspec.Struct, Generic[Content], frozen=True, kw_only=True):
    """A record as kept: its content with id, version and state. `ends`: the last day on which it holds."""

    record_id: UUID
    version: int
    state: str
    created_at: datetime
    content: Content
    subject_id: UUID | None = None
    ends: date | None = None


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """What a record or result looked like at one version, and who made it so."""

    version: int
    at: datetime
    actor: str
    state: str
    content: Any


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


class FindingKey(msgspec.Struct, frozen=True, kw_only=True):
    """By what an open finding is known again when it comes to a customer twice. Kept beside a result, shown to nobody."""

    category: str
    severity: Literal["critical", "high", "medium", "low"]
    key: str


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
    """What travels: results only. `dd_type`: own, total (with what purchased parts bring) or response (a supplier's).

    from_records  worked out from the company's records, so that it is worked out anew when they change by themselves
    """

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
    from_records: bool = False
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
    max_score: Decimal | None = None
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


class EdgeInput(msgspec.Struct, frozen=True, kw_only=True):
    """One site supplies a material to another. `to` None: to the company itself."""

    source: UUID
    to: UUID | None = None
    material: str
    share_pct: Decimal
    form: Annotated[str, msgspec.Meta(max_length=100)] = ""
    quantity: Decimal | None = None
    unit: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    valid_from: date
    valid_to: date | None = None
    origin: Literal["questionnaire", "template", "trade", "contract", "other"] = "other"
    confidence: Literal["verified", "reported", "inferred", "estimated"] = "reported"
    trade_id: UUID | None = None


class PartMaterialInput(msgspec.Struct, frozen=True, kw_only=True):
    """How much of a material one declared unit of a part holds, kg (element for metals, mass for graphite)."""

    material: str
    mass_per_unit: Decimal
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


class AttestationBody(AttestationInput, frozen=True, kw_only=True):
    """An attestation with its file, and the days on which its owner was told that it ends."""

    file_name: str | None = None
    file_sha256: str | None = None
    told: list[date] = []


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


class FindingBody(FindingInput, frozen=True, kw_only=True):
    """A finding with what has been done about it."""

    finding_hash: str = ""
    priority: int = 0
    band: Band = Band.LOW
    consultation: str = ""
    impact_note: str = ""
    reason: str = ""
    to_management_by: date | None = None
    reported_on: date | None = None


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


class ActionBody(ActionInput, frozen=True, kw_only=True):
    """A corrective action with its progress."""

    finding_id: UUID
    done_by: str | None = None
    verified_by: str | None = None
    method: str = ""
    note: str = ""


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


class CaseFile(msgspec.Struct, frozen=True, kw_only=True):
    """A file that a reporter sent; `size` in bytes."""

    file_id: UUID
    name: str
    size: int


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
    files: list[CaseFile]
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


class PlanInput(msgspec.Struct, frozen=True, kw_only=True):
    """A plan of measures against risks: (EU) 2023/1542 Art. 50(1)(b)."""

    title: Name
    period: Annotated[str, msgspec.Meta(max_length=50)]
    owner: Key
    measures: list[Annotated[str, msgspec.Meta(max_length=500)]] = []
    consultations: list[Annotated[str, msgspec.Meta(max_length=500)]] = []
    reported_to_top_management_on: date | None = None


class ResponseInput(msgspec.Struct, frozen=True, kw_only=True):
    """Answers to a questionnaire."""

    template_id: Key
    version: Key
    scope: Literal["A_company", "B_product", "C_user_defined"] = "A_company"
    scope_text: Annotated[str, msgspec.Meta(max_length=500)] = ""
    trace_id: UUID | None = None
    effective_date: date
    due_date: date | None = None
    answers: dict[str, Any]
    evidence: dict[str, UUID] = {}
    signer_name: Annotated[str, msgspec.Meta(max_length=100)] = ""
    signer_role: Annotated[str, msgspec.Meta(max_length=100)] = ""


class ResponseBody(ResponseInput, frozen=True, kw_only=True):
    """Answers with their score, explained, and the hash of what was signed."""

    score: Decimal | None = None
    complete_pct: Decimal = Decimal(0)
    missing: list[str] = []
    response_hash: str = ""


class ListInput(msgspec.Struct, frozen=True, kw_only=True):
    """A list to screen against, as its importer brings it. `csv`: the canonical columns, or those of `meguri diligence screen`."""

    list_id: Key
    licence: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    licence_confirmed: bool
    csv: Annotated[str, msgspec.Meta(max_length=20_000_000)]
    kind: Literal["sanctions", "forced_labour", "other"] = "sanctions"


class ListBody(msgspec.Struct, frozen=True, kw_only=True):
    """A version of a list: where it is from, and its entries."""

    list_id: str
    licence: str
    kind: str
    sha256: str
    entries: list[list[str]]


class RunBody(msgspec.Struct, frozen=True, kw_only=True):
    """What screening a party brought: its candidates, and what people decided."""

    party_id: UUID
    name: str
    list_id: str
    list_version: int
    algorithm: str
    entry_id: str
    entry_name: str
    entry_hash: str
    score: float
    reason: str
    high_priority: bool = False
    reviewer: str | None = None
    second_reviewer: str | None = None
    decision_reason: str = ""


class DecisionInput(msgspec.Struct, frozen=True, kw_only=True):
    """A person's decision on a candidate, with the reason."""

    decision: Literal["true_match", "false_positive", "escalated"]
    reason: Annotated[str, msgspec.Meta(min_length=3, max_length=1000)]


class RiskDataInput(msgspec.Struct, frozen=True, kw_only=True):
    """Country and region data to load. `kind`: indicators, cahra (areas) or measures (of trade)."""

    kind: Literal["indicators", "cahra", "measures"]
    csv: Annotated[str, msgspec.Meta(max_length=20_000_000)]


class ChainInput(msgspec.Struct, frozen=True, kw_only=True):
    """The record of Art. 49(2) for one battery model and material."""

    record: ChainRecord
