"""Native REST of records: policies, plans, parties, sites, supply edges, evidence, findings, actions, verifications, responses."""

from datetime import date
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post, put

from meguri.diligence import errors
from meguri.diligence.api import download
from meguri.diligence.model import (
    ActionBody,
    ActionInput,
    ActionStep,
    AttestationInput,
    EdgeInput,
    FacilityInput,
    FindingBody,
    FindingInput,
    FindingStep,
    Kept,
    PartyInput,
    PlanInput,
    PolicyInput,
    ResponseBody,
    ResponseInput,
    VerificationInput,
    Version,
)
from meguri.diligence.questionnaire import Scored, Template
from meguri.diligence.screening.errors import NameNotDistinctive
from meguri.diligence.service import casework, evidence, records, responses
from meguri.kernel.errors import Needed, Stale
from meguri.kernel.paging import BadCursor, Page
from meguri.kernel.scope import OperatorScope
from meguri.storage.files import FileTooLarge, WrongFileKind
from meguri.storage.transaction import Transaction
from meguri.web import Db, FromPath, FromQuery, Json, Paging, Unit, editor, page_of, refusals, signed_in, versioned
from meguri.web import Version as IfMatch

Content = TypeVar("Content", bound=msgspec.Struct)
WRONG = (errors.UnknownWord, errors.UnknownCountry, errors.BadPeriod, errors.NothingFound)
CHANGE = (Needed, Stale, *WRONG)


async def _add(unit: Unit, kind: str, data: Content) -> Response[Kept[Content]]:
    async def keep(tx: Transaction, scope: OperatorScope) -> Kept[Content]:
        return await records.add(tx, scope, kind, data)

    return await unit.answering(lambda kept: versioned(kept, kept.version, status_code=201))(keep)


async def _change(unit: Unit, kind: str, record_id: UUID, data: Content, version: int) -> Response[Kept[Content]]:
    async def keep(tx: Transaction, scope: OperatorScope) -> Kept[Content]:
        return await records.change(tx, scope, kind, record_id, data, version)

    return await unit.answering(lambda kept: versioned(kept, kept.version))(keep)


async def _list(unit: Unit, kind: str, body: type[Content], paging: Paging) -> Page[Kept[Content]]:
    before = records.id_of_cursor(paging.cursor)

    async def read(tx: Transaction, scope: OperatorScope) -> list[Kept[Content]]:
        return await records.listed(tx, scope, kind, body, before=before, limit=paging.limit + 1)

    return page_of(await unit(read), paging.limit, lambda kept: (str(kept.record_id),))


async def _one(unit: Unit, kind: str, body: type[Content], record_id: UUID) -> Response[Kept[Content]]:
    async def read(tx: Transaction, scope: OperatorScope) -> Kept[Content]:
        return await records.get(tx, scope, kind, body, record_id)

    kept = await unit(read)
    return versioned(kept, kept.version)


@get("/api/v1/dd/policies", guards=[signed_in], responses=refusals(BadCursor))
async def policies(unit: Unit, paging: Paging) -> Page[Kept[PolicyInput]]:
    """Policies, newest first."""
    return await _list(unit, "policy", PolicyInput, paging)


@post("/api/v1/dd/policies", guards=[editor], responses=refusals(*WRONG))
async def add_policy(unit: Unit, data: Json[PolicyInput]) -> Response[Kept[PolicyInput]]:
    """A due-diligence policy."""
    return await _add(unit, "policy", data)


@put("/api/v1/dd/policies/{record_id:uuid}", guards=[editor], responses=refusals(*CHANGE))
async def change_policy(
    unit: Unit, record_id: FromPath[UUID], data: Json[PolicyInput], version: IfMatch
) -> Response[Kept[PolicyInput]]:
    """The next version of a policy."""
    return await _change(unit, "policy", record_id, data, version)


@get("/api/v1/dd/plans", guards=[signed_in], responses=refusals(BadCursor))
async def plans(unit: Unit, paging: Paging) -> Page[Kept[PlanInput]]:
    """Plans of measures, newest first."""
    return await _list(unit, "plan", PlanInput, paging)


@post("/api/v1/dd/plans", guards=[editor], responses=refusals())
async def add_plan(unit: Unit, data: Json[PlanInput]) -> Response[Kept[PlanInput]]:
    """A plan of measures against risks."""
    return await _add(unit, "plan", data)


@get("/api/v1/dd/parties", guards=[signed_in], responses=refusals(BadCursor))
async def parties(unit: Unit, paging: Paging) -> Page[Kept[PartyInput]]:
    """Companies of the chain, newest first."""
    return await _list(unit, "party", PartyInput, paging)


@post(
    "/api/v1/dd/parties",
    guards=[editor],
    responses=refusals(errors.IdChecksum, errors.UnknownCountry, NameNotDistinctive),
)
async def add_party(unit: Unit, data: Json[PartyInput]) -> Response[Kept[PartyInput]]:
    """A company of the chain."""
    return await _add(unit, "party", data)


@get("/api/v1/dd/parties/{record_id:uuid}", guards=[signed_in], responses=refusals(errors.NothingFound))
async def party(unit: Unit, record_id: FromPath[UUID]) -> Response[Kept[PartyInput]]:
    """One company of the chain."""
    return await _one(unit, "party", PartyInput, record_id)


@put(
    "/api/v1/dd/parties/{record_id:uuid}",
    guards=[editor],
    responses=refusals(
        Needed, Stale, errors.NothingFound, errors.IdChecksum, errors.UnknownCountry, NameNotDistinctive
    ),
)
async def change_party(
    unit: Unit, record_id: FromPath[UUID], data: Json[PartyInput], version: IfMatch
) -> Response[Kept[PartyInput]]:
    """The next version of a company's record."""
    return await _change(unit, "party", record_id, data, version)


@get("/api/v1/dd/facilities", guards=[signed_in], responses=refusals(BadCursor))
async def facilities(unit: Unit, paging: Paging) -> Page[Kept[FacilityInput]]:
    """Sites of the chain, newest first."""
    return await _list(unit, "facility", FacilityInput, paging)


@post("/api/v1/dd/facilities", guards=[editor], responses=refusals(*WRONG, errors.IdChecksum))
async def add_facility(unit: Unit, data: Json[FacilityInput]) -> Response[Kept[FacilityInput]]:
    """A site of a company of the chain."""
    return await _add(unit, "facility", data)


@put("/api/v1/dd/facilities/{record_id:uuid}", guards=[editor], responses=refusals(*CHANGE, errors.IdChecksum))
async def change_facility(
    unit: Unit, record_id: FromPath[UUID], data: Json[FacilityInput], version: IfMatch
) -> Response[Kept[FacilityInput]]:
    """The next version of a site's record."""
    return await _change(unit, "facility", record_id, data, version)


@get("/api/v1/dd/edges", guards=[signed_in], responses=refusals(BadCursor))
async def edges(unit: Unit, paging: Paging) -> Page[Kept[EdgeInput]]:
    """Supply relations, newest first."""
    return await _list(unit, "edge", EdgeInput, paging)


@post(
    "/api/v1/dd/edges",
    guards=[editor],
    responses=refusals(*WRONG, errors.ShareOver100, errors.EdgeLoop, errors.OutOfRange),
)
async def add_edge(unit: Unit, data: Json[EdgeInput]) -> Response[Kept[EdgeInput]]:
    """One site supplies a material to another."""
    return await _add(unit, "edge", data)


@put(
    "/api/v1/dd/edges/{record_id:uuid}",
    guards=[editor],
    responses=refusals(*CHANGE, errors.ShareOver100, errors.EdgeLoop, errors.OutOfRange),
)
async def change_edge(
    unit: Unit, record_id: FromPath[UUID], data: Json[EdgeInput], version: IfMatch
) -> Response[Kept[EdgeInput]]:
    """The next version of a supply relation."""
    return await _change(unit, "edge", record_id, data, version)


@get("/api/v1/dd/attestations", guards=[signed_in], responses=refusals(BadCursor))
async def attestations(unit: Unit, paging: Paging) -> Page[evidence.Evidence]:
    """Certificates, audits and statements with their status today, newest first."""
    found = await unit(evidence.listed, before=records.id_of_cursor(paging.cursor), limit=paging.limit + 1)
    return page_of(found, paging.limit, lambda one: (str(one.record_id),))


@post("/api/v1/dd/attestations", guards=[editor], responses=refusals(*WRONG))
async def add_attestation(unit: Unit, data: Json[AttestationInput]) -> Response[evidence.Evidence]:
    """A certificate, audit or statement."""
    return await unit.answering(lambda one: versioned(one, one.version, status_code=201))(evidence.attest, data)


@put("/api/v1/dd/attestations/{record_id:uuid}", guards=[editor], responses=refusals(*CHANGE))
async def change_attestation(
    unit: Unit, record_id: FromPath[UUID], data: Json[AttestationInput], version: IfMatch
) -> Response[evidence.Evidence]:
    """The next version of an attestation; its file stays."""
    return await unit.answering(lambda one: versioned(one, one.version))(evidence.change, record_id, data, version)


@put(
    "/api/v1/dd/attestations/{record_id:uuid}/file",
    guards=[editor],
    responses=refusals(Needed, Stale, errors.NothingFound, FileTooLarge, WrongFileKind, errors.BadFile),
)
async def put_file(
    unit: Unit,
    db: Db,
    request: Request[Any, Any, Any],
    record_id: FromPath[UUID],
    version: IfMatch,
    name: FromQuery[str],
) -> Response[evidence.Evidence]:
    """The file behind an attestation: the request's body; PDF, pictures, CSV, text, XLSX or DOCX without macros, 50 MB."""
    one = await evidence.add_file(db, unit.scope, record_id, name, request.stream(), version)
    return versioned(one, one.version)


@get("/api/v1/dd/attestations/{record_id:uuid}/file", guards=[signed_in], responses=refusals(errors.NothingFound))
async def get_file(unit: Unit, db: Db, record_id: FromPath[UUID]) -> Response[bytes]:
    """The file behind an own attestation; the reading is in the audit."""
    name, pieces = await evidence.read_file(db, unit.scope, record_id)
    return download(b"".join([piece async for piece in pieces]), name)


@get("/api/v1/dd/findings", guards=[signed_in], responses=refusals(BadCursor))
async def findings(unit: Unit, paging: Paging) -> Page[Kept[FindingBody]]:
    """Findings, newest first."""
    return await _list(unit, "finding", FindingBody, paging)


@post("/api/v1/dd/findings", guards=[editor], responses=refusals(*WRONG))
async def add_finding(unit: Unit, data: Json[FindingInput]) -> Response[Kept[FindingBody]]:
    """An adverse impact that was found; its priority is worked out."""
    return await unit.answering(lambda kept: versioned(kept, kept.version, status_code=201))(casework.find, data)


@post(
    "/api/v1/dd/findings/{record_id:uuid}/step",
    guards=[editor],
    status_code=200,
    responses=refusals(
        Needed,
        Stale,
        errors.NothingFound,
        errors.IllegalStep,
        errors.FourEyes,
        errors.MitigationFirst,
        errors.ConsultationMissing,
    ),
)
async def step_finding(
    unit: Unit, record_id: FromPath[UUID], data: Json[FindingStep], version: IfMatch
) -> Response[Kept[FindingBody]]:
    """Takes a finding on: confirm, mitigate, close, suspend or end trade, dismiss, reopen."""
    return await unit.answering(lambda kept: versioned(kept, kept.version))(casework.take_on, record_id, data, version)


@post(
    "/api/v1/dd/findings/{record_id:uuid}/reported",
    guards=[editor],
    status_code=200,
    responses=refusals(Needed, Stale, errors.NothingFound),
)
async def report_finding(
    unit: Unit, record_id: FromPath[UUID], version: IfMatch, on: FromQuery[date]
) -> Response[Kept[FindingBody]]:
    """The day on which a finding was taken to top management."""
    shown = unit.answering(lambda kept: versioned(kept, kept.version))
    return await shown(casework.report_to_management, record_id, on, version)


@get("/api/v1/dd/actions", guards=[signed_in], responses=refusals(BadCursor))
async def all_actions(unit: Unit, paging: Paging) -> Page[Kept[ActionBody]]:
    """Corrective actions of every finding, newest first."""
    return await _list(unit, "action", ActionBody, paging)


@get("/api/v1/dd/findings/{record_id:uuid}/actions", guards=[signed_in], responses=refusals(errors.NothingFound))
async def actions(unit: Unit, record_id: FromPath[UUID]) -> Page[Kept[ActionBody]]:
    """Corrective actions of a finding."""

    async def read(tx: Transaction, scope: OperatorScope) -> list[Kept[ActionBody]]:
        await records.get(tx, scope, "finding", FindingBody, record_id)
        return await casework.actions_of(tx, scope, record_id)

    return Page(await unit(read), None)


@post("/api/v1/dd/findings/{record_id:uuid}/actions", guards=[editor], responses=refusals(errors.NothingFound))
async def add_action(unit: Unit, record_id: FromPath[UUID], data: Json[ActionInput]) -> Response[Kept[ActionBody]]:
    """A corrective action with owner and day."""
    shown = unit.answering(lambda kept: versioned(kept, kept.version, status_code=201))
    return await shown(casework.plan_action, record_id, data)


@post(
    "/api/v1/dd/actions/{record_id:uuid}/step",
    guards=[editor],
    status_code=200,
    responses=refusals(Needed, Stale, errors.NothingFound, errors.IllegalStep, errors.FourEyes),
)
async def step_action(
    unit: Unit, record_id: FromPath[UUID], data: Json[ActionStep], version: IfMatch
) -> Response[Kept[ActionBody]]:
    """An action is done, or verified by somebody else than who did it."""
    return await unit.answering(lambda kept: versioned(kept, kept.version))(casework.progress, record_id, data, version)


@get("/api/v1/dd/verifications", guards=[signed_in], responses=refusals(BadCursor))
async def verifications(unit: Unit, paging: Paging) -> Page[Kept[VerificationInput]]:
    """Verifications by third parties, newest first."""
    return await _list(unit, "verification", VerificationInput, paging)


@post("/api/v1/dd/verifications", guards=[editor], responses=refusals())
async def add_verification(unit: Unit, data: Json[VerificationInput]) -> Response[Kept[VerificationInput]]:
    """A verification by a third party."""
    return await _add(unit, "verification", data)


@get("/api/v1/dd/templates", guards=[signed_in], responses=refusals())
async def templates(unit: Unit) -> Page[Template]:
    """Questionnaires: our own, and those of the company."""
    return Page(await unit(responses.templates), None)


@post("/api/v1/dd/templates", guards=[editor], responses=refusals(errors.BadTemplate, errors.TemplatePublished))
async def add_template(unit: Unit, data: Json[dict[str, Any]]) -> Response[Kept[Template]]:
    """Publishes a version of a questionnaire; it never changes."""
    return await unit.answering(lambda kept: versioned(kept, kept.version, status_code=201))(
        responses.add_template, data
    )


@post(
    "/api/v1/dd/templates/{record_id:uuid}/retire",
    guards=[editor],
    status_code=200,
    responses=refusals(Needed, Stale, errors.NothingFound),
)
async def retire_template(unit: Unit, record_id: FromPath[UUID], version: IfMatch) -> Response[Kept[Template]]:
    """Ends a version: answers are taken only until the due date they name."""
    shown = unit.answering(lambda kept: versioned(kept, kept.version))
    return await shown(responses.retire_template, record_id, version)


@get("/api/v1/dd/responses", guards=[signed_in], responses=refusals(BadCursor))
async def signed_responses(unit: Unit, paging: Paging) -> Page[Kept[ResponseBody]]:
    """Signed answers, newest first."""
    return await _list(unit, "response", ResponseBody, paging)


@post(
    "/api/v1/dd/responses",
    guards=[editor],
    responses=refusals(errors.NoTemplate, errors.BadAnswer, errors.BadPeriod, errors.TemplateRetired),
)
async def sign_response(unit: Unit, data: Json[ResponseInput]) -> Response[Kept[ResponseBody]]:
    """Signs answers to a questionnaire; they are scored."""
    return await unit.answering(lambda kept: versioned(kept, kept.version, status_code=201))(responses.sign, data)


@post("/api/v1/dd/responses/explain", guards=[signed_in], status_code=200, responses=refusals(errors.NoTemplate))
async def explain_response(unit: Unit, data: Json[ResponseInput]) -> Scored:
    """The score of answers with every line; nothing is kept."""
    return await unit(responses.explain, data)


@get(
    "/api/v1/dd/records/{kind:str}/{record_id:uuid}/versions",
    guards=[signed_in],
    responses=refusals(errors.NothingFound),
)
async def record_versions(unit: Unit, kind: FromPath[str], record_id: FromPath[UUID]) -> Page[Version]:
    """What a record looked like at each version, newest first."""
    return Page(await unit(records.versions, kind, record_id), None)


handlers = [
    policies, add_policy, change_policy, plans, add_plan, parties, add_party, party, change_party, facilities, add_facility,
    change_facility, edges, add_edge, change_edge, attestations, add_attestation, change_attestation, put_file, get_file, findings,
    add_finding, step_finding, report_finding, all_actions, actions, add_action, step_action,
    verifications, add_verification, templates,
    add_template, retire_template, signed_responses, sign_response, explain_response, record_versions,
]  # fmt: skip
