"""Pages of due diligence for those who are signed in."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import UploadFile

from meguri.diligence import drawing, service
from meguri.diligence.api import download
from meguri.diligence.api_rmi import Imported, imported
from meguri.diligence.errors import NothingFound
from meguri.diligence.findings import STEPS
from meguri.diligence.model import (
    ActionBody,
    ActionInput,
    ActionStep,
    CaseStep,
    DecisionInput,
    FindingBody,
    FindingInput,
    FindingStep,
    Grievance,
    Kept,
    ListBody,
    ListInput,
    ResponseInput,
    RunBody,
    SeverityInput,
)
from meguri.diligence.printing import report_pdf
from meguri.diligence.questionnaire import Scored, Template, built_in
from meguri.diligence.report import Report, StepLine
from meguri.diligence.service import (
    assessing,
    casework,
    chains,
    evidence,
    grievances,
    records,
    reports,
    responses,
    scoring,
    screening,
)
from meguri.diligence.service.results import Shown
from meguri.diligence.taxonomy import names
from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope, Role
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import Part
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.navigation import Place
from meguri.ui.parts import Choice
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import FromPath, FromQuery, Unit, admin, editor, signed_in

AnyRequest = Request[Any, Any, Any]
HTML = Response[str] | Response[None]


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


class MapPage(msgspec.Struct, frozen=True, kw_only=True):
    """`map.html`."""

    found: chains.Map
    drawing: drawing.Drawing
    nodes: dict[str, chains.Node]
    materials: list[Choice]
    concentration: chains.Concentrations
    material_names: dict[str, Any]
    stages: dict[str, Any]


class FindingsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`findings.html`."""

    findings: list[Kept[FindingBody]]
    categories: dict[str, Any]
    bands: dict[str, Any]


class FindingPage(msgspec.Struct, frozen=True, kw_only=True):
    """`finding.html`."""

    kept: Kept[FindingBody]
    actions: list[Kept[ActionBody]]
    next_steps: list[str]
    category: Any
    band: Any
    wrong: str = ""


class NewFindingPage(msgspec.Struct, frozen=True, kw_only=True):
    """`finding_new.html`."""

    categories: list[Choice]
    given: dict[str, str]
    errors: dict[str, str]


class ScreeningPage(msgspec.Struct, frozen=True, kw_only=True):
    """`screening.html`."""

    queue: list[Kept[RunBody]]
    lists: list[tuple[str, int, int]]
    wrong: str = ""


class AnswerPage(msgspec.Struct, frozen=True, kw_only=True):
    """`answer.html`: the result of a part, and what would be answered from the records now."""

    part: Part
    shown: Shown
    draft: Any
    may_edit: bool
    bands: dict[str, Any]
    categories: dict[str, Any]
    materials: dict[str, Any]


class QuestionsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`questions.html`."""

    template: Template
    given: dict[str, Any]
    scored: Scored | None
    lines: dict[str, Any]
    wrong: str = ""


class WorkbookPage(msgspec.Struct, frozen=True, kw_only=True):
    """`workbook.html`."""

    imported: Imported | None
    wrong: str = ""


class CasesPage(msgspec.Struct, frozen=True, kw_only=True):
    """`cases.html`."""

    cases: list[Grievance]
    public_href: str
    wrong: str = ""


class ReportPage(msgspec.Struct, frozen=True, kw_only=True):
    """`report.html`: a draft for its company."""

    report: Report
    published: list[Kept[reports.PublishedReport]]
    operator_id: UUID
    may_edit: bool


def _may_edit(request: AnyRequest) -> bool:
    return viewer_of(request).has(Role.EDITOR)


def _say(request: AnyRequest, key: str, **values: object) -> str:
    return say(f"diligence.{key}", viewer_of(request).language, **values)


async def _sent(request: AnyRequest) -> dict[str, str]:
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


def _version(form: dict[str, str]) -> int:
    text = form.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1


def _choices(request: AnyRequest, kind: str) -> list[Choice]:
    language = viewer_of(request).language
    return [Choice(key, text.of(language)) for key, text in names(kind).items()]


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
    )
    return page(request, "overview.html", context)


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
        materials=_choices(request, "materials"),
        concentration=await unit(chains.concentrations),
        material_names=dict(names("materials")),
        stages=dict(names("stages")),
    )
    return page(request, "map.html", context)


@get("/diligence/findings", guards=[signed_in], include_in_schema=False)
async def findings(request: AnyRequest, unit: Unit) -> Response[str]:
    """Findings, the gravest first."""

    async def read(tx: Transaction, scope: OperatorScope) -> list[Kept[FindingBody]]:
        return await records.listed(tx, scope, "finding", FindingBody)

    found = sorted(await unit(read), key=lambda one: (one.state in ("closed", "dismissed"), -one.content.priority))
    return page(
        request,
        "findings.html",
        FindingsPage(findings=found, categories=dict(names("categories")), bands=dict(names("bands"))),
    )


@get("/diligence/findings/new", guards=[editor], include_in_schema=False)
async def new_finding(request: AnyRequest) -> Response[str]:
    """The form for a finding."""
    return page(
        request, "finding_new.html", NewFindingPage(categories=_choices(request, "categories"), given={}, errors={})
    )


@post("/diligence/findings/new", guards=[editor], status_code=200, include_in_schema=False)
async def add_finding(request: AnyRequest, unit: Unit) -> HTML:
    """Keeps a finding, or shows the form again."""
    form = await _sent(request)
    try:
        said = FindingInput(
            title=form.get("title", "").strip(),
            description=form.get("description", ""),
            category=form.get("category", ""),
            severity=msgspec.convert(
                {key: form.get(key, "") for key in ("scale", "scope", "irremediability")}, SeverityInput, strict=False
            ),
            likelihood=msgspec.convert(form.get("likelihood", ""), int, strict=False),
            detected_on=date.fromisoformat(form.get("detected_on", "")),
        )
        msgspec.convert(msgspec.to_builtins(said), FindingInput, strict=False)
        kept = await unit(casework.find, said)
    except (msgspec.ValidationError, ValueError, Refusal) as error:
        wrong = (
            error.sentence(viewer_of(request).language)
            if isinstance(error, Refusal)
            else _say(request, "finding.wrong")
        )
        context = NewFindingPage(categories=_choices(request, "categories"), given=form, errors={"title": wrong})
        return page(request, "finding_new.html", context, status_code=422)
    return done(request, f"/diligence/findings/{kept.record_id}", Flash(happened=_say(request, "finding.added")))


async def _finding_page(request: AnyRequest, unit: Unit, finding_id: UUID, wrong: str = "") -> FindingPage:
    async def read(tx: Transaction, scope: OperatorScope) -> tuple[Kept[FindingBody], list[Kept[ActionBody]]]:
        kept = await records.get(tx, scope, "finding", FindingBody, finding_id)
        return kept, await casework.actions_of(tx, scope, finding_id)

    kept, actions = await unit(read)
    return FindingPage(
        kept=kept,
        actions=actions,
        next_steps=list(STEPS[kept.state]) if _may_edit(request) else [],
        category=names("categories")[kept.content.category],
        band=names("bands")[kept.content.band],
        wrong=wrong,
    )


@get("/diligence/findings/{finding_id:uuid}", guards=[signed_in], include_in_schema=False)
async def finding(request: AnyRequest, unit: Unit, finding_id: FromPath[UUID]) -> Response[str]:
    """One finding with its actions."""
    return page(request, "finding.html", await _finding_page(request, unit, finding_id))


@post("/diligence/findings/{finding_id:uuid}", guards=[editor], status_code=200, include_in_schema=False)
async def act_on_finding(request: AnyRequest, unit: Unit, finding_id: FromPath[UUID]) -> HTML:
    """A step of the finding, a new action, or a step of an action."""
    form = await _sent(request)
    try:
        if form.get("do") == "action":
            said = ActionInput(
                action=form.get("action", ""), owner=form.get("owner", ""), due=date.fromisoformat(form.get("due", ""))
            )
            await unit(
                casework.plan_action, finding_id, msgspec.convert(msgspec.to_builtins(said), ActionInput, strict=False)
            )
        elif form.get("do") in ("done", "verified", "failed"):
            step = msgspec.convert({"to": form["do"], "note": form.get("note", "")}, ActionStep)
            await unit(casework.progress, UUID(form.get("action_id", "")), step, _version(form))
        else:
            fields = {key: form.get(key, "") for key in ("to", "reason", "consultation", "impact_note")}
            await unit(casework.take_on, finding_id, msgspec.convert(fields, FindingStep), _version(form))
    except (Refusal, ValueError) as error:
        wrong = (
            error.sentence(viewer_of(request).language)
            if isinstance(error, Refusal)
            else _say(request, "finding.wrong")
        )
        return page(request, "finding.html", await _finding_page(request, unit, finding_id, wrong), status_code=422)
    return done(request, f"/diligence/findings/{finding_id}", Flash(happened=_say(request, "finding.moved")))


async def _screening_page(unit: Unit, wrong: str = "") -> ScreeningPage:
    async def read(tx: Transaction, scope: OperatorScope) -> ScreeningPage:
        lists = await records.listed(tx, scope, "list", ListBody)
        return ScreeningPage(
            queue=await screening.queue(tx, scope),
            lists=[(one.content.list_id, one.version, len(one.content.entries)) for one in lists],
            wrong=wrong,
        )

    return await unit(read)


@get("/diligence/screening", guards=[signed_in], include_in_schema=False)
async def screening_queue(request: AnyRequest, unit: Unit) -> Response[str]:
    """Candidates that wait for a person, and the lists that are loaded."""
    return page(request, "screening.html", await _screening_page(unit))


@post("/diligence/screening", guards=[editor], status_code=200, include_in_schema=False)
async def act_on_screening(request: AnyRequest, unit: Unit) -> HTML:
    """A list is loaded, or a candidate decided."""
    data = await request.form()
    form = {name: value for name, value in data.items() if isinstance(value, str)}
    try:
        if form.get("do") == "load":
            file = data.get("file")
            text = (await file.read()).decode("utf-8-sig") if isinstance(file, UploadFile) else ""
            said = ListInput(
                list_id=form.get("list_id", "") or "list", licence=form.get("licence", "") or "—",
                licence_confirmed=form.get("confirmed") == "yes", csv=text,
            )  # fmt: skip
            loaded = await unit(screening.load_list, said, confirmed=form.get("again") == "yes")
            happened = _say(request, "screening.loaded", n=loaded.entries, screened=loaded.screened)
        else:
            decision = msgspec.convert(
                {"decision": form.get("decision", ""), "reason": form.get("reason", "")}, DecisionInput
            )
            await unit(screening.decide, UUID(form.get("record_id", "")), decision, _version(form))
            happened = _say(request, "screening.decided")
    except (Refusal, ValueError) as error:
        wrong = (
            error.sentence(viewer_of(request).language)
            if isinstance(error, Refusal)
            else _say(request, "screening.wrong")
        )
        return page(request, "screening.html", await _screening_page(unit, wrong), status_code=422)
    return done(request, "/diligence/screening", Flash(happened=happened))


@get("/diligence/parts/{trace_id:uuid}", guards=[signed_in], include_in_schema=False)
async def answer(request: AnyRequest, unit: Unit, trace_id: FromPath[UUID]) -> Response[str]:
    """The due-diligence result of a part."""

    async def read(tx: Transaction, scope: OperatorScope) -> AnswerPage:
        return AnswerPage(
            part=await traceability.part(tx, scope, trace_id),
            shown=await service.shown_one(tx, scope, trace_id),
            draft=await assessing.draft_result(tx, scope, trace_id, None),
            may_edit=_may_edit(request),
            bands=dict(names("bands")),
            categories=dict(names("categories")),
            materials=dict(names("materials")),
        )

    return page(request, "answer.html", await unit(read))


@post("/diligence/parts/{trace_id:uuid}", guards=[editor], status_code=200, include_in_schema=False)
async def give_answer(request: AnyRequest, unit: Unit, trace_id: FromPath[UUID]) -> HTML:
    """States the result from today's records."""
    text = (await _sent(request)).get("valid_until", "")
    try:
        valid_until = date.fromisoformat(text) if text else None
    except ValueError:
        valid_until = None
    await unit(assessing.answer_from_records, trace_id, valid_until)
    told = Flash(happened=_say(request, "answer.stated"), seen_by=_say(request, "answer.seen_by"))
    return done(request, f"/diligence/parts/{trace_id}", told)


@get("/diligence/questions", guards=[signed_in], include_in_schema=False)
async def questions(request: AnyRequest, unit: Unit) -> Response[str]:
    """The questionnaire with the last answers and their score."""
    latest = await unit(responses.latest)
    given = latest.content.answers if latest else {}
    return page(request, "questions.html", await _questions_page(unit, given, scored=latest is not None))


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
    return done(request, "/diligence/questions", Flash(happened=_say(request, "questions.signed")))


def _response(given: dict[str, Any]) -> ResponseInput:
    template = built_in()
    return ResponseInput(template_id=template.id, version=template.version, effective_date=clock.today(), answers=given)


async def _questions_page(unit: Unit, given: dict[str, Any], *, scored: bool, wrong: str = "") -> QuestionsPage:
    made = await unit(responses.explain, _response(given)) if scored else None
    lines = {line.key: line for section in made.sections for line in section.lines} if made else {}
    return QuestionsPage(template=built_in(), given=given, scored=made, lines=lines, wrong=wrong)


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


async def _cases_page(unit: Unit, wrong: str = "") -> CasesPage:
    cases = await unit(grievances.listed)
    return CasesPage(cases=cases, public_href=f"/public/dd/{unit.scope.operator_id}/grievance", wrong=wrong)


@get("/diligence/cases", guards=[admin], include_in_schema=False)
async def cases(request: AnyRequest, unit: Unit) -> Response[str]:
    """Grievances, for their handlers."""
    return page(request, "cases.html", await _cases_page(unit))


@post("/diligence/cases/{case_id:uuid}", guards=[admin], status_code=200, include_in_schema=False)
async def act_on_case(request: AnyRequest, unit: Unit, case_id: FromPath[UUID]) -> HTML:
    """Takes a case on."""
    form = await _sent(request)
    try:
        fields = {key: form.get(key, "") for key in ("to", "reason", "message")}
        await unit(grievances.take_on, case_id, msgspec.convert(fields, CaseStep), _version(form))
    except (Refusal, ValueError) as error:
        wrong = (
            error.sentence(viewer_of(request).language) if isinstance(error, Refusal) else _say(request, "cases.wrong")
        )
        return page(request, "cases.html", await _cases_page(unit, wrong), status_code=422)
    return done(request, "/diligence/cases", Flash(happened=_say(request, "cases.moved")))


@get("/diligence/report", guards=[signed_in], include_in_schema=False)
async def report(request: AnyRequest, unit: Unit, year: FromQuery[int | None] = None) -> Response[str]:
    """The report of a year as it would be published now."""
    wanted = year if year and 2000 < year < 2200 else clock.today().year
    context = ReportPage(
        report=await unit(reports.make_report, wanted),
        published=await unit(reports.published),
        operator_id=unit.scope.operator_id,
        may_edit=_may_edit(request),
    )
    return page(request, "report.html", context)


@post("/diligence/report", guards=[editor], status_code=200, include_in_schema=False)
async def publish_report(request: AnyRequest, unit: Unit) -> HTML:
    """Publishes the report of a year."""
    year = (await _sent(request)).get("year", "")
    kept = await unit(reports.publish, int(year) if year.isdigit() and len(year) == 4 else clock.today().year)
    told = Flash(happened=_say(request, "report.published"), seen_by=_say(request, "report.everybody"))
    return done(request, f"/public/dd/{unit.scope.operator_id}/reports/{kept.record_id}", told)


@get("/diligence/report/{year:int}/pdf", guards=[signed_in], include_in_schema=False)
async def draft_pdf(request: AnyRequest, unit: Unit, year: FromPath[int]) -> Response[bytes]:
    """The draft as a PDF."""
    if not 2000 < year < 2200:
        raise NothingFound
    made = await unit(reports.make_report, year)
    content = await asyncio.to_thread(report_pdf, made, viewer_of(request).language)
    return download(content, f"due-diligence-{year}.pdf", "application/pdf")


handlers = [
    overview, chain_map, findings, new_finding, add_finding, finding, act_on_finding, screening_queue, act_on_screening, answer,
    give_answer, questions, sign_questions, workbook, read_workbook, cases, act_on_case, report, publish_report, draft_pdf,
]  # fmt: skip
places = [Place("diligence", "/diligence")]
