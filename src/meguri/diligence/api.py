"""Native REST of results, chains, scores, coverage and reports."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from litestar import MediaType, Request, Response, get, post, put

from meguri.diligence import errors, service
from meguri.diligence.chain_record import Completeness
from meguri.diligence.model import (
    ChainInput,
    DdResult,
    Kept,
    PartMaterialInput,
    ResultInput,
    RiskDataInput,
    Version,
)
from meguri.diligence.report import Report, StepLine, as_json
from meguri.diligence.risk_data import RowFault
from meguri.diligence.scoring import Score, Sensitivity, sensitivity
from meguri.diligence.service import chains, evidence, five_steps, records, reports, scoring
from meguri.diligence.service.red_flags import RedFlags, red_flags
from meguri.diligence.service.results import Shown
from meguri.kernel.errors import Needed, Stale
from meguri.kernel.paging import Page
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.traceability.errors import PartNotOwn
from meguri.ui import language_for
from meguri.web import Db, FromPath, FromQuery, Json, Unit, editor, refusals, signed_in, versioned
from meguri.web import Version as IfMatch


class Scores(msgspec.Struct, frozen=True, kw_only=True):
    """Every score with its terms; with `explain` also how far each term moves the worst one.

    max_score  the worst score, or the floor of an open finding that no site carries, if that is higher
    """

    items: list[Score]
    worst: Score | None
    max_score: Decimal | None
    band: str
    sensitivity: list[Sensitivity] = []


class RiskDataLoaded(msgspec.Struct, frozen=True, kw_only=True):
    """What a load brought; rows that were left out, with line and reason."""

    record_id: UUID
    rows: int
    rejected: list[dict[str, object]]


@get("/api/v1/dd/results/{trace_id:uuid}", guards=[signed_in], responses=refusals(PartNotOwn))
async def get_result(unit: Unit, trace_id: FromPath[UUID]) -> Response[Shown]:
    """What may be shown of an own part: what was stated, its total, or its supplier's answer as far as it is released."""
    shown = await unit(service.shown_one, trace_id)
    return versioned(shown, shown.version)


@put(
    "/api/v1/dd/results/{trace_id:uuid}",
    guards=[editor],
    responses=refusals(Needed, Stale, PartNotOwn, errors.UnknownWord, errors.OutOfRange),
)
async def put_result(
    unit: Unit, trace_id: FromPath[UUID], data: Json[ResultInput], version: IfMatch
) -> Response[DdResult]:
    """States the result of an own part; If-Match "v0" where there is none yet. Everything downstream follows."""

    async def state(tx: Transaction, scope: OperatorScope) -> tuple[DdResult, int]:
        return await service.state_result(tx, scope, trace_id, data, if_version=version)

    return await unit.answering(lambda kept: versioned(kept[0], kept[1]))(state)


@get("/api/v1/dd/results/{trace_id:uuid}/history", guards=[signed_in], responses=refusals(PartNotOwn))
async def get_history(unit: Unit, trace_id: FromPath[UUID]) -> Page[Version]:
    """Every result that was stated of an own part, newest first."""

    async def read(tx: Transaction, scope: OperatorScope) -> list[tuple[Any, ...]]:
        await service.shown_one(tx, scope, trace_id)
        return await service.history(tx, scope, trace_id)

    rows = await unit(read)
    return Page([Version(version=row[0], at=row[1], actor=row[2], state="", content=row[3]) for row in rows], None)


@get(
    "/api/v1/dd/results/{trace_id:uuid}/evidence",
    guards=[signed_in],
    responses=refusals(PartNotOwn, errors.EvidenceNotReleased),
)
async def get_supplier_evidence(unit: Unit, trace_id: FromPath[UUID]) -> Page[evidence.Evidence]:
    """Evidence of the supplier of an own purchased part, if it is released to you."""
    return Page(await unit(evidence.of_supplier, trace_id), None)


@get(
    "/api/v1/dd/results/{trace_id:uuid}/evidence/{record_id:uuid}/file",
    guards=[signed_in],
    responses=refusals(PartNotOwn, errors.EvidenceNotReleased, errors.NothingFound),
)
async def get_supplier_file(unit: Unit, db: Db, trace_id: FromPath[UUID], record_id: FromPath[UUID]) -> Response[bytes]:
    """A file of the supplier's evidence, if it is released to you."""
    name, pieces = await evidence.supplier_file(db, unit.scope, trace_id, record_id)
    return download(b"".join([piece async for piece in pieces]), name)


@get("/api/v1/dd/results/{trace_id:uuid}/upstream", guards=[signed_in], responses=refusals(PartNotOwn))
async def get_upstream(unit: Unit, trace_id: FromPath[UUID]) -> Page[chains.Upstream]:
    """Suppliers behind an own part: by name where they have released it, else by an opaque reference."""
    return Page(await unit(chains.upstream, trace_id), None)


@put(
    "/api/v1/dd/results/{trace_id:uuid}/materials",
    guards=[editor],
    status_code=204,
    responses=refusals(PartNotOwn, errors.UnknownWord, errors.OutOfRange),
)
async def put_mass(unit: Unit, trace_id: FromPath[UUID], data: Json[PartMaterialInput]) -> None:
    """How much of a material one unit of an own part holds, kg."""
    await unit(service.set_mass, trace_id, data)


@get("/api/v1/dd/map", guards=[signed_in], responses=refusals())
async def get_map(unit: Unit, material: FromQuery[str | None] = None) -> chains.Map:
    """Sites and supply relations with gaps shown as gaps; of one material, if given."""
    return await unit(chains.chain_map, material)


@get("/api/v1/dd/coverage", guards=[signed_in], responses=refusals())
async def get_coverage(unit: Unit) -> dict[str, Any]:
    """How much of each material is traced to mines and recyclers, and how much reaches each stage; percent."""
    return msgspec.to_builtins((await unit(chains.chain_map, None)).coverage)  # type: ignore[no-any-return]


@get("/api/v1/dd/concentration", guards=[signed_in], responses=refusals())
async def get_concentration(unit: Unit, on: FromQuery[date | None] = None) -> chains.Concentrations:
    """Shares by country, HHI as a range where a part is unknown, sole sources, and the trade measures that touch them as
    they stand on a day (today by default), with the own parts that hold the material."""
    return await unit(chains.concentrations, on)


@post("/api/v1/dd/chains", guards=[editor], responses=refusals(errors.UnknownWord))
async def add_chain(unit: Unit, data: Json[ChainInput]) -> Kept[ChainInput]:
    """The record of Art. 49(2) of a battery model and material."""

    async def keep(tx: Transaction, scope: OperatorScope) -> Kept[ChainInput]:
        return await records.add(tx, scope, "chain", data)

    return await unit(keep)


@get("/api/v1/dd/chains", guards=[signed_in], responses=refusals())
async def get_chains(
    unit: Unit, model: FromQuery[str | None] = None, material: FromQuery[str | None] = None
) -> Page[Kept[ChainInput]]:
    """Records of Art. 49(2), of one model and material if given."""

    async def read(tx: Transaction, scope: OperatorScope) -> list[Kept[ChainInput]]:
        return await records.listed(tx, scope, "chain", ChainInput)

    found = [
        kept
        for kept in await unit(read)
        if model in (None, kept.content.record.model_id) and material in (None, kept.content.record.material)
    ]
    return Page(found, None)


@post("/api/v1/dd/chains/completeness", guards=[signed_in], status_code=200, responses=refusals(errors.UnknownWord))
async def get_completeness(unit: Unit, data: Json[ChainInput]) -> Completeness:
    """Which points of Art. 49(2) a record has and lacks; nothing is kept."""
    return await unit(chains.chain_completeness, data)


@post("/api/v1/dd/risk-data", guards=[editor], responses=refusals(errors.RiskDataRejected))
async def add_risk_data(request: Request[Any, Any, Any], unit: Unit, data: Json[RiskDataInput]) -> RiskDataLoaded:
    """Loads country and region indicators, lists of conflict-affected areas, or trade measures."""
    kept, loaded = await unit(scoring.load_risk_data, data)
    language = language_for(request)

    def told(fault: RowFault) -> dict[str, object]:
        return {"line": fault.line, "reason": fault.say.of(language)}

    return RiskDataLoaded(record_id=kept.record_id, rows=loaded.rows, rejected=[told(fault) for fault in loaded.faults])


@get("/api/v1/dd/red-flags", guards=[signed_in], responses=refusals())
async def get_red_flags(unit: Unit) -> RedFlags:
    """Red flags that the records raise today, with day and source; `not_checked`: those that only a person can raise."""
    return await unit(red_flags)


@get("/api/v1/dd/scores", guards=[signed_in], responses=refusals())
async def get_scores(unit: Unit, explain: FromQuery[bool] = False) -> Scores:
    """Scores of every site, material and category today, each with its terms."""
    found = await unit(scoring.assess)
    moved = sensitivity(found.worst) if explain and found.worst else []
    return Scores(items=found.scores, worst=found.worst, max_score=found.max_score, band=found.band, sensitivity=moved)


@get("/api/v1/dd/steps", guards=[signed_in], responses=refusals())
async def get_steps(unit: Unit) -> list[StepLine]:
    """OECD's five steps: done, partly or missing, with the evidence behind each."""
    return await unit(five_steps.steps)


@get("/api/v1/dd/reports/{year:int}/draft", guards=[signed_in], responses=refusals())
async def get_draft(unit: Unit, year: FromPath[int]) -> Response[Any]:
    """The report of a year as it would be published now."""
    made: Report = await unit(reports.make_report, year)
    return Response(as_json(made))


@post("/api/v1/dd/reports/{year:int}", guards=[editor], responses=refusals())
async def publish_report(unit: Unit, year: FromPath[int]) -> Kept[reports.PublishedReport]:
    """Publishes the report of a year; a correction is another version."""
    return await unit(reports.publish, year)


@get("/api/v1/dd/reports", guards=[signed_in], responses=refusals())
async def get_reports(unit: Unit) -> Page[Kept[reports.PublishedReport]]:
    """Published reports, the latest first."""
    return Page(await unit(reports.published), None)


@get("/api/v1/dd/export", guards=[editor], responses=refusals())
async def get_export(unit: Unit) -> Response[Any]:
    """Everything that an authority may ask for, as JSON; grievances only as counts."""
    found = await unit(reports.authority_export)
    return download(msgspec.json.encode(found), "due-diligence.json", "application/json")


def download(content: bytes, name: str, media_type: str = "application/octet-stream") -> Response[bytes]:
    """A file to keep, never to be opened within the page."""
    plain = "".join(sign for sign in name if sign.isascii() and (sign.isalnum() or sign in "._-")) or "file"
    headers = {"content-disposition": f'attachment; filename="{plain}"', "x-content-type-options": "nosniff"}
    return Response(content, media_type=MediaType.TEXT if media_type == "text/plain" else media_type, headers=headers)


handlers = [
    get_result, put_result, get_history, get_supplier_evidence, get_supplier_file, get_upstream, put_mass, get_map, get_coverage,
    get_concentration, add_chain, get_chains, get_completeness, add_risk_data, get_scores, get_red_flags,
    get_steps, get_draft, publish_report,
    get_reports, get_export,
]  # fmt: skip
