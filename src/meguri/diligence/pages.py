"""Pages of due diligence for those who are signed in: overview, chain, answers, questionnaire, workbooks, report."""

import asyncio
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post

from meguri.diligence import drawing, service
from meguri.diligence.api import download
from meguri.diligence.errors import NothingFound
from meguri.diligence.model import (
    FindingBody,
    Kept,
)
from meguri.diligence.pages_common import HTML, AnyRequest, choices, may_edit, sent, told
from meguri.diligence.pages_questions import rows_of
from meguri.diligence.printing import report_pdf
from meguri.diligence.report import Report, StepLine
from meguri.diligence.scoring import Score, Sensitivity, sensitivity
from meguri.diligence.screening.countries import country_name
from meguri.diligence.service import (
    answers_to,
    assessing,
    casework,
    chains,
    evidence,
    five_steps,
    red_flags,
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
from meguri.kernel.numbers import whole
from meguri.kernel.scope import OperatorScope, Role
from meguri.kernel.text import Language, Text
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import Part, RequestType, Side
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.navigation import Place
from meguri.ui.parts import Choice
from meguri.ui.viewer import viewer_of
from meguri.web import FromPath, FromQuery, Unit, editor, signed_in

PER_PAGE = 50
_MOST_PARTS = 5  # of those that a trade measure touches, as the page names


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
    next_cursor: str | None
    may_edit: bool
    may_administer: bool


class FlagsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`red_flags.html`."""

    found: red_flags.RedFlags
    names: dict[str, Any]
    materials: dict[str, Any]


class MapPage(msgspec.Struct, frozen=True, kw_only=True):
    """`map.html`."""

    found: chains.Map
    drawing: drawing.Drawing
    nodes: dict[str, chains.Node]
    materials: list[Choice]
    concentration: chains.Concentrations
    part_names: dict[UUID, str]
    may_edit: bool
    material_names: dict[str, Any]
    stages: dict[str, Any]
    countries: dict[str, str]


class ScoresPage(msgspec.Struct, frozen=True, kw_only=True):
    """`scores.html`: the worst score term by term, and the highest hundred."""

    worst: Score | None
    scores: list[Score]
    moved: list[Sensitivity]
    categories: dict[str, Any]
    materials: dict[str, Any]
    bands: dict[str, Any]


class AnswerPage(msgspec.Struct, frozen=True, kw_only=True):
    """`answer.html`: the result of a part, what would be answered from the records now, and whom one may still ask.

    said  our own questionnaire's questions, with what a supplier without an account answered
    """

    part: Part
    shown: Shown
    draft: Any
    said: list[tuple[str, str]]
    may_edit: bool
    askable: bool
    guest_askable: bool
    bands: dict[str, Any]
    categories: dict[str, Any]
    materials: dict[str, Any]


class ReportPage(msgspec.Struct, frozen=True, kw_only=True):
    """`report.html`: a draft for its company."""

    report: Report
    published: list[Kept[reports.PublishedReport]]
    operator_id: UUID
    may_edit: bool


@get("/diligence", guards=[signed_in], include_in_schema=False)
async def overview(request: AnyRequest, unit: Unit, cursor: FromQuery[UUID | None] = None) -> Response[str]:
    """The five steps, what waits, and what ends soon; `cursor`: the first request sent that is listed."""
    assessed = await unit(scoring.assess)
    asked, rest = await unit(requests.listed_page, Side.DOWN, after=cursor, limit=PER_PAGE)
    context = OverviewPage(
        steps=await unit(five_steps.steps),
        queue=len(await unit(screening.queue)),
        findings=await unit(casework.open_findings),
        ending=await unit(evidence.ending_soon),
        band=assessed.band,
        score=assessed.max_score,
        sites=len({one.node for one in assessed.scores}),
        grievance_href=f"/public/dd/{unit.scope.operator_id}/grievance",
        waiting=await unit(requests.waiting),
        sent=asked,
        next_cursor=str(rest) if rest else None,
        may_edit=may_edit(request),
        may_administer=viewer_of(request).has(Role.ADMIN),
    )
    return page(request, "overview.html", context)


@get("/diligence/red-flags", guards=[signed_in], include_in_schema=False)
async def flags(request: AnyRequest, unit: Unit) -> Response[str]:
    """Red flags with their days and sources, and those that only a person can raise."""
    context = FlagsPage(
        found=await unit(red_flags.red_flags), names=dict(names("red_flags")), materials=dict(names("materials"))
    )
    return page(request, "red_flags.html", context)


@get("/diligence/map", guards=[signed_in], include_in_schema=False)
async def chain_map(request: AnyRequest, unit: Unit, material: FromQuery[str | None] = None) -> Response[str]:
    """The chain of a material as a drawing, with a table below."""
    wanted = material if material in names("materials") else None
    found = await unit(chains.chain_map, wanted)
    drawn = drawing.draw(
        [(node.id, node.unknown) for node in found.nodes],
        [drawing.Flow(link.source, link.to, link.material, link.share_pct) for link in found.links],
        chains.ME,
    )
    language = viewer_of(request).language
    concentration = await unit(chains.concentrations)
    shown = {trace_id for one in concentration.measures for trace_id in one.parts[:_MOST_PARTS]}
    held = await unit(traceability.parts_by_id, shown)
    places = {one.country for one in found.nodes} | {one.measure.country for one in concentration.measures}
    places |= {country for one in concentration.items for country, _ in one.shares}
    context = MapPage(
        found=found,
        drawing=drawn,
        nodes={node.id: node for node in found.nodes},
        materials=choices(request, "materials"),
        concentration=concentration,
        part_names={trace_id: part.name for trace_id, part in held.items()},
        may_edit=may_edit(request),
        material_names=dict(names("materials")),
        stages=dict(names("stages")),
        countries={country: country_name(country, language) for country in places if country},
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
        materials={**names("materials"), scoring.UNSAID: Text(ja="原材料が未登録", en="material not said")},
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
            said=await _said(tx, scope, trace_id, viewer_of(request).language),
            may_edit=may_edit(request),
            askable=await _askable(tx, scope, trace_id),
            guest_askable=await _guest_askable(tx, scope, trace_id),
            bands=dict(names("bands")),
            categories=dict(names("categories")),
            materials=dict(names("materials")),
        )

    return page(request, "answer.html", await unit(read))


async def _said(tx: Transaction, scope: OperatorScope, trace_id: UUID, language: Language) -> list[tuple[str, str]]:
    asked = (await traceability.trades_on_parts(tx, scope, [trace_id], RequestType.DD)).get(trace_id)
    kept = await answers_to.received(tx, scope, asked[0]) if asked else None
    if kept is None:
        return []
    template = await responses.template(tx, scope, kept.content.template_id, kept.content.version)
    return rows_of(template, kept.content.answers, language)


async def _askable(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> bool:
    """Whether the part is bought from somebody whom one may ask, and was not yet asked."""
    known = await traceability.trades_on_parts(tx, scope, [trace_id], RequestType.CFP)
    return trace_id in known and not await traceability.trades_on_parts(tx, scope, [trace_id], RequestType.DD)


async def _guest_askable(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> bool:
    """Whether the part is bought, and nobody was asked for its due diligence."""
    kind = (await traceability.kinds_of(tx, scope, [trace_id], RequestType.DD))[trace_id]
    return kind.purchased and not kind.is_parent and kind.trade_id is None


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
    kept = await unit(reports.publish, (whole(year) if len(year) == 4 else None) or clock.today().year)
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
    flags,
    chain_map,
    scores,
    answer,
    give_answer,
    report,
    publish_report,
    draft_pdf,
]
places = [Place("diligence", "/diligence")]
