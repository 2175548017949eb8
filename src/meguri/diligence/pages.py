"""Pages of due diligence for those who are signed in: overview, chain, answers, questionnaire, workbooks, report."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile

from meguri.diligence import drawing, service
from meguri.diligence.api import download
from meguri.diligence.api_rmi import Imported, imported
from meguri.diligence.errors import NothingFound
from meguri.diligence.model import (
    FindingBody,
    Kept,
    ResponseInput,
)
from meguri.diligence.pages_common import HTML, AnyRequest, choices, may_edit, sent, told
from meguri.diligence.printing import report_pdf
from meguri.diligence.questionnaire import Scored, Template, built_in
from meguri.diligence.report import Report, StepLine
from meguri.diligence.scoring import Score, Sensitivity, sensitivity
from meguri.diligence.service import (
    assessing,
    casework,
    chains,
    evidence,
    records,
    reports,
    requests,
    responses,
    scoring,
    screening,
)
from meguri.diligence.service.requests import Asked
from meguri.diligence.service.results import Shown
from meguri.diligence.taxonomy import names
from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope, Role
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import Part, RequestType, Side
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.navigation import Place
from meguri.ui.parts import Choice
from meguri.ui.viewer import viewer_of
from meguri.web import FromPath, FromQuery, Unit, editor, signed_in


class OverviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """`overview.html`."""

    steps: list[StepLine]
    queue: int
    findings: list[Kept[FindingBody]]
    ending: list[evidence.Evidence]
    band: str
    score: Any
    sites: int
    grievance_href: str
    waiting: list[Asked]
    sent: list[Asked]
    may_edit: bool
    may_administer: bool


class MapPage(msgspec.Struct, frozen=True, kw_only=True):
    """`map.html`."""

    found: chains.Map
    drawing: drawing.Drawing
    nodes: dict[str, chains.Node]
    materials: list[Choice]
    concentration: chains.Concentrations
    material_names: dict[str, Any]
    stages: dict[str, Any]


class ScoresPage(msgspec.Struct, frozen=True, kw_only=True):
    """`scores.html`: the worst score term by term, and the highest hundred."""

    worst: Score | None
    scores: list[Score]
    moved: list[Sensitivity]
    categories: dict[str, Any]
    materials: dict[str, Any]
    bands: dict[str, Any]


class AnswerPage(msgspec.Struct, frozen=True, kw_only=True):
    """`answer.html`: the result of a part, and what would be answered from the records now."""

    part: Part
    shown: Shown
    draft: Any
    may_edit: bool
    askable: bool
    bands: dict[str, Any]
    categories: dict[str, Any]
    materials: dict[str, Any]


class QuestionsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`questions.html`."""

    template: Template
    given: dict[str, Any]
    scored: Scored | None
    lines: dict[str, Any]
    may_edit: bool = True
    wrong: str = ""


class WorkbookPage(msgspec.Struct, frozen=True, kw_only=True):
    """`workbook.html`."""

    imported: Imported | None
    wrong: str = ""


class ReportPage(msgspec.Struct, frozen=True, kw_only=True):
    """`report.html`: a draft for its company."""

    report: Report
    published: list[Kept[reports.PublishedReport]]
    operator_id: UUID
    may_edit: bool


@get("/diligence", guards=[signed_in], include_in_schema=False)
async def overview(request: AnyRequest, unit: Unit) -> Response[str]:
    """The five steps, what waits, and what ends soon."""
    assessed = await unit(scoring.assess, ["B2"])
    context = OverviewPage(
        steps=await unit(reports.steps),
        queue=len(await unit(screening.queue)),
        findings=await unit(casework.open_findings),
        ending=await unit(evidence.ending_soon),
        band=assessed.band,
        score=assessed.worst.score if assessed.worst else None,
        sites=len({one.node for one in assessed.scores}),
        grievance_href=f"/public/dd/{unit.scope.operator_id}/grievance",
        waiting=await unit(requests.waiting),
        sent=await unit(requests.listed, Side.DOWN),
        may_edit=may_edit(request),
        may_administer=viewer_of(request).has(Role.ADMIN),
    )
    return page(request, "overview.html", context)


@post("/diligence/requests/{request_id:uuid}", guards=[editor], status_code=200, include_in_schema=False)
async def answer_request(request: AnyRequest, unit: Unit, request_id: FromPath[UUID]) -> HTML:
    """Answers a request with the part that answers the same customer's footprint request."""
    trade = await unit(requests.answer_with_the_same_part, request_id)
    return done(
        request, f"/diligence/parts/{trade.upstream_trace_id}", Flash(happened=told(request, "overview.linked"))
    )


@post("/diligence/parts/{trace_id:uuid}/ask", guards=[editor], status_code=200, include_in_schema=False)
async def ask_supplier(request: AnyRequest, unit: Unit, trace_id: FromPath[UUID]) -> HTML:
    """Asks whoever is asked for the part's footprint."""
    asked = await unit(requests.ask_the_same_supplier, trace_id, None)
    flash = Flash(happened=told(request, "answer.asked"), seen_by=asked.partner)
    return done(request, f"/diligence/parts/{trace_id}", flash)


@get("/diligence/map", guards=[signed_in], include_in_schema=False)
async def chain_map(request: AnyRequest, unit: Unit, material: FromQuery[str | None] = None) -> Response[str]:
    """The chain of a material as a drawing, with a table below."""
    wanted = material if material in names("materials") else None
    found = await unit(chains.chain_map, wanted)
    drawn = drawing.draw(
        [(node.id, node.unknown) for node in found.nodes], [(link.source, link.to) for link in found.links], chains.ME
    )
    context = MapPage(
        found=found,
        drawing=drawn,
        nodes={node.id: node for node in found.nodes},
        materials=choices(request, "materials"),
        concentration=await unit(chains.concentrations),
        material_names=dict(names("materials")),
        stages=dict(names("stages")),
    )
    return page(request, "map.html", context)


@get("/diligence/scores", guards=[signed_in], include_in_schema=False)
async def scores(request: AnyRequest, unit: Unit) -> Response[str]:
    """Where a risk comes from: terms, data, weights, and how far each would move it."""
    found = await unit(scoring.assess)
    context = ScoresPage(
        worst=found.worst,
        scores=sorted(found.scores, key=lambda one: -one.score)[:100],
        moved=sensitivity(found.worst) if found.worst else [],
        categories=dict(names("categories")),
        materials=dict(names("materials")),
        bands=dict(names("bands")),
    )
    return page(request, "scores.html", context)


@get("/diligence/parts/{trace_id:uuid}", guards=[signed_in], include_in_schema=False)
async def answer(request: AnyRequest, unit: Unit, trace_id: FromPath[UUID]) -> Response[str]:
    """The due-diligence result of a part."""

    async def read(tx: Transaction, scope: OperatorScope) -> AnswerPage:
        return AnswerPage(
            part=await traceability.part(tx, scope, trace_id),
            shown=await service.shown_one(tx, scope, trace_id),
            draft=await assessing.draft_result(tx, scope, trace_id, None),
            may_edit=may_edit(request),
            askable=await _askable(tx, scope, trace_id),
            bands=dict(names("bands")),
            categories=dict(names("categories")),
            materials=dict(names("materials")),
        )

    return page(request, "answer.html", await unit(read))


async def _askable(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> bool:
    """Whether the part is bought from somebody whom one may ask, and was not yet asked."""
    known = await traceability.trades_on_parts(tx, scope, [trace_id], RequestType.CFP)
    return trace_id in known and not await traceability.trades_on_parts(tx, scope, [trace_id], RequestType.DD)


@post("/diligence/parts/{trace_id:uuid}", guards=[editor], status_code=200, include_in_schema=False)
async def give_answer(request: AnyRequest, unit: Unit, trace_id: FromPath[UUID]) -> HTML:
    """States the result from today's records."""
    text = (await sent(request)).get("valid_until", "")
    try:
        valid_until = date.fromisoformat(text) if text else None
    except ValueError:
        valid_until = None
    await unit(assessing.answer_from_records, trace_id, valid_until)
    flash = Flash(happened=told(request, "answer.stated"), seen_by=told(request, "answer.seen_by"))
    return done(request, f"/diligence/parts/{trace_id}", flash)


@get("/diligence/questions", guards=[signed_in], include_in_schema=False)
async def questions(request: AnyRequest, unit: Unit) -> Response[str]:
    """The questionnaire with the last answers and their score."""
    latest = await unit(responses.latest)
    given = latest.content.answers if latest else {}
    return page(
        request,
        "questions.html",
        await _questions_page(unit, given, scored=latest is not None, may_edit=may_edit(request)),
    )


@post("/diligence/questions", guards=[editor], status_code=200, include_in_schema=False)
async def sign_questions(request: AnyRequest, unit: Unit) -> HTML:
    """Signs the answers."""
    data = await request.form()
    given = _answers(built_in(), {key: data.getall(key) for key in data})
    said = _response(given)
    try:
        await unit(responses.sign, said)
    except Refusal as refusal:
        context = await _questions_page(unit, given, scored=False, wrong=refusal.sentence(viewer_of(request).language))
        return page(request, "questions.html", context, status_code=422)
    return done(request, "/diligence/questions", Flash(happened=told(request, "questions.signed")))


def _response(given: dict[str, Any]) -> ResponseInput:
    template = built_in()
    return ResponseInput(template_id=template.id, version=template.version, effective_date=clock.today(), answers=given)


async def _questions_page(
    unit: Unit, given: dict[str, Any], *, scored: bool, may_edit: bool = True, wrong: str = ""
) -> QuestionsPage:
    made = await unit(responses.explain, _response(given)) if scored else None
    lines = {line.key: line for section in made.sections for line in section.lines} if made else {}
    return QuestionsPage(template=built_in(), given=given, scored=made, lines=lines, may_edit=may_edit, wrong=wrong)


def _answers(template: Template, form: dict[str, list[Any]]) -> dict[str, Any]:
    """What was typed and ticked, as answers; what is empty is left out."""
    found: dict[str, Any] = {}
    for key, question in template.questions.items():
        values = [value for value in form.get(key, []) if isinstance(value, str) and value]
        if not values:
            continue
        found[key] = (
            values if question.type == "multi" else values[0] == "yes" if question.type == "bool" else values[0]
        )
    return found


@get("/diligence/workbook", guards=[signed_in], include_in_schema=False)
async def workbook(request: AnyRequest) -> Response[str]:
    """The form for a CMRT, EMRT or AMRT."""
    return page(request, "workbook.html", WorkbookPage(imported=None))


@post("/diligence/workbook", guards=[editor], status_code=200, include_in_schema=False)
async def read_workbook(request: AnyRequest, unit: Unit) -> Response[str]:
    """Reads a workbook, keeps its declaration, and reports row by row."""
    file = (await request.form()).get("file")
    content = await file.read() if isinstance(file, UploadFile) else b""
    try:
        found = await imported(content)
    except Refusal as refusal:
        wrong = refusal.sentence(viewer_of(request).language)
        return page(request, "workbook.html", WorkbookPage(imported=None, wrong=wrong), status_code=422)

    async def keep(tx: Transaction, scope: OperatorScope) -> object:
        return await records.add(tx, scope, "declaration", found.read)

    await unit(keep)
    return page(request, "workbook.html", WorkbookPage(imported=found))


@get("/diligence/report", guards=[signed_in], include_in_schema=False)
async def report(request: AnyRequest, unit: Unit, year: FromQuery[int | None] = None) -> Response[str]:
    """The report of a year as it would be published now."""
    wanted = year if year and 2000 < year < 2200 else clock.today().year
    context = ReportPage(
        report=await unit(reports.make_report, wanted),
        published=await unit(reports.published),
        operator_id=unit.scope.operator_id,
        may_edit=may_edit(request),
    )
    return page(request, "report.html", context)


@post("/diligence/report", guards=[editor], status_code=200, include_in_schema=False)
async def publish_report(request: AnyRequest, unit: Unit) -> HTML:
    """Publishes the report of a year."""
    year = (await sent(request)).get("year", "")
    kept = await unit(reports.publish, int(year) if year.isdigit() and len(year) == 4 else clock.today().year)
    flash = Flash(happened=told(request, "report.published"), seen_by=told(request, "report.everybody"))
    return done(request, f"/public/dd/{unit.scope.operator_id}/reports/{kept.record_id}", flash)


@get("/diligence/report/{year:int}/pdf", guards=[signed_in], include_in_schema=False)
async def draft_pdf(request: AnyRequest, unit: Unit, year: FromPath[int]) -> Response[bytes]:
    """The draft as a PDF."""
    if not 2000 < year < 2200:
        raise NothingFound
    made = await unit(reports.make_report, year)
    content = await asyncio.to_thread(report_pdf, made, viewer_of(request).language)
    return download(content, f"due-diligence-{year}.pdf", "application/pdf")


handlers = [
    overview,
    answer_request,
    ask_supplier,
    chain_map,
    scores,
    answer,
    give_answer,
    questions,
    sign_questions,
    workbook,
    read_workbook,
    report,
    publish_report,
    draft_pdf,
]
places = [Place("diligence", "/diligence")]
