"""Pages of the supply chain's making: one supplier by form, many by table, and a relation that changes."""

import csv
import io
from datetime import date
from typing import Any, get_args
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile

from meguri.diligence import errors as refusals
from meguri.diligence.model import Scheme
from meguri.diligence.pages_common import HTML, AnyRequest, choices, may_edit, sent, told
from meguri.diligence.service import chains, supply
from meguri.diligence.supply import COLUMNS, entry, wrong_entry
from meguri.diligence.supply.reading import CONFIDENCE
from meguri.diligence.taxonomy import names
from meguri.kernel.errors import Refusal
from meguri.traceability.sheet.columns import Column
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.parts import Choice
from meguri.ui.viewer import viewer_of
from meguri.web import FromPath, Unit, editor, version_in

PLACE = "/diligence/supply"
_BELONGS: dict[type[Refusal], str] = {
    refusals.IdChecksum: "identifier",
    refusals.UnknownCountry: "country",
    refusals.ShareOver100: "share_pct",
    refusals.EdgeLoop: "supplies_to",
    supply.NoSite: "supplies_to",
    supply.OtherCountry: "country",
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """One thing wrong, by row and column."""

    place: str
    problem: str


class SupplyPage(msgspec.Struct, frozen=True, kw_only=True):
    """`supply.html`."""

    stages: list[Choice]
    materials: list[Choice]
    schemes: list[Choice]
    confidence: list[Choice]
    sites: list[Choice]
    given: dict[str, str]
    errors: dict[str, str]
    columns: tuple[Column, ...]
    looked: supply.SupplyReport | None = None
    problems: list[Problem] = []
    keep: bool = False


class RelationPage(msgspec.Struct, frozen=True, kw_only=True):
    """`supply_relation.html`."""

    relation: supply.Relation
    material: Any
    confidence: list[Choice]
    may_edit: bool
    errors: dict[str, str]


async def _page(
    request: AnyRequest,
    unit: Unit,
    *,
    given: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    looked: supply.SupplyReport | None = None,
    problems: list[Problem] | None = None,
    keep: bool = False,
) -> Response[str]:
    known = await unit(chains.chain_map, None)
    context = SupplyPage(
        stages=choices(request, "stages"),
        materials=choices(request, "materials"),
        schemes=[Choice(one, told(request, f"scheme.{one}")) for one in get_args(Scheme)],
        confidence=_confidence(request),
        sites=[Choice(node.name, node.name) for node in known.nodes if not node.unknown],
        given=given or {},
        errors=errors or {},
        columns=COLUMNS,
        looked=looked,
        problems=problems or [],
        keep=keep,
    )
    return page(request, "supply.html", context, status_code=422 if errors else 200)


def _confidence(request: AnyRequest) -> list[Choice]:
    return [Choice(one, told(request, f"confidence.{one}")) for one in CONFIDENCE]


@get(PLACE, guards=[editor], include_in_schema=False)
async def supply_form(request: AnyRequest, unit: Unit) -> Response[str]:
    """The form for one supplier, and the table for many."""
    return await _page(request, unit)


@post(PLACE, guards=[editor], status_code=200, include_in_schema=False)
async def add_supply(request: AnyRequest, unit: Unit) -> HTML:
    """One supplier."""
    form = {key: value.strip() for key, value in (await sent(request)).items()}
    language = viewer_of(request).language
    if wrong := wrong_entry(form):
        errors = {one.column or "company": one.field_error().of(language) for one in wrong}
        return await _page(request, unit, given=form, errors=errors)
    try:
        await unit(supply.enter_one, entry(form))
    except Refusal as refusal:
        where = next((field for kind, field in _BELONGS.items() if isinstance(refusal, kind)), "company")
        return await _page(request, unit, given=form, errors={where: refusal.sentence(language)})
    happened = told(request, "supply.added", company=form["company"])
    return done(request, "/diligence/map", Flash(happened=happened, seen_by=told(request, "supply.seen_by")))


@get(PLACE + "/table", guards=[editor], include_in_schema=False)
async def supply_template(request: AnyRequest) -> Response[bytes]:
    """The empty table."""
    language = viewer_of(request).language
    out = io.StringIO()
    csv.writer(out).writerow([column.heading.of(language) for column in COLUMNS])
    headers = {"content-disposition": 'attachment; filename="meguri-supply.csv"'}
    return Response(out.getvalue().encode("utf-8-sig"), media_type="text/csv; charset=utf-8", headers=headers)


@post(PLACE + "/table", guards=[editor], status_code=200, include_in_schema=False)
async def enter_table(request: AnyRequest, unit: Unit) -> HTML:
    """Looks at the table, or registers it."""
    form, language = await request.form(), viewer_of(request).language
    file, keep, look = form.get("file"), bool(form.get("keep")), form.get("act") != "send"
    if not isinstance(file, UploadFile) or not file.filename:
        return await _page(request, unit, errors={"file": told(request, "supply.no_file")}, keep=keep)
    content = await file.read()
    try:
        report = await unit(supply.enter, content, keep_good_rows=keep, only_look=look)
    except Refusal as refusal:
        problems = [Problem(place=error.field, problem=error.of(language)) for error in refusal.fields]
        return await _page(request, unit, errors={"file": refusal.sentence(language)}, problems=problems, keep=keep)
    fields = [error.field_error() for error in report.errors]
    problems = [Problem(place=one.field, problem=one.of(language)) for one in fields]
    if look or problems:
        return await _page(request, unit, looked=report, problems=problems, keep=keep)
    happened = told(request, "supply.entered", n=report.relations, sites=report.sites)
    return done(request, "/diligence/map", Flash(happened=happened, seen_by=told(request, "supply.seen_by")))


async def _relation_page(
    request: AnyRequest, unit: Unit, edge_id: UUID, errors: dict[str, str] | None = None
) -> Response[str]:
    found = await unit(supply.relation, edge_id)
    context = RelationPage(
        relation=found,
        material=names("materials")[found.kept.content.material],
        confidence=_confidence(request),
        may_edit=may_edit(request),
        errors=errors or {},
    )
    return page(request, "supply_relation.html", context, status_code=422 if errors else 200)


@get(PLACE + "/{edge_id:uuid}", guards=[editor], include_in_schema=False)
async def relation(request: AnyRequest, unit: Unit, edge_id: FromPath[UUID]) -> Response[str]:
    """One supply relation."""
    return await _relation_page(request, unit, edge_id)


@post(PLACE + "/{edge_id:uuid}", guards=[editor], status_code=200, include_in_schema=False)
async def change_relation(request: AnyRequest, unit: Unit, edge_id: FromPath[UUID]) -> HTML:
    """Another share, confidence or last day."""
    form = await sent(request)
    try:
        ends = date.fromisoformat(form["valid_to"]) if form.get("valid_to") else None
        share, confidence = form.get("share_pct", ""), form.get("confidence", "")
        await unit(supply.change_relation, edge_id, share, ends, confidence, version_in(form))
    except Refusal as refusal:
        return await _relation_page(
            request, unit, edge_id, {"share_pct": refusal.sentence(viewer_of(request).language)}
        )
    except (ValueError, msgspec.ValidationError):
        return await _relation_page(request, unit, edge_id, {"share_pct": told(request, "supply.wrong")})
    return done(request, "/diligence/map", Flash(happened=told(request, "supply.changed")))


handlers = [supply_form, add_supply, supply_template, enter_table, relation, change_relation]
