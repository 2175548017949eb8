"""The page where tables come in: tried first, booked when every row is right, each error with its row and column.

What is long is booked by the worker.
"""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile

from meguri.imports import service as imports
from meguri.imports.pages import is_long
from meguri.imports.service import NewImport
from meguri.kernel.errors import Refusal
from meguri.recycling.api_files import parts_of
from meguri.recycling.kinds import KINDS as KINDS_OF_IMPORT
from meguri.recycling.kinds import plan_runs
from meguri.recycling.pages_shared import AnyRequest, say, tabs
from meguri.recycling.service import importing
from meguri.recycling.service.importing import Imported
from meguri.ui import Flash, done, page, viewer_of, words
from meguri.ui.parts import Choice
from meguri.web import Unit, UnitOfWork, editor

KINDS = ("lots", "assays", "runs", "claims")
FORMS = {
    "lots": "lot_no,kind,site_id,created_at,mass_wet_kg,moisture_pct,re_class,main_chemistry,waste_code,is_waste,"
    "passport_ids,country_collected",
    "assays": "lot_no,element,location,mass_fraction,u_rel,method,lab_ref,sampled_at,basis",
    "runs": "run_no,step_type,site_id,start_at,end_at,permit_no,treatment_code",
    "run_lines": "run_no,direction,lot_no,kind,substance,mass_kg,moisture_pct,counting,destination,country,"
    "calculation_point,substitutes_primary,weighing_slip",
    "claims": "claim_no,element,source_class,qty_kg,model_id,plant_id,year,coc_model,evidence_refs",
}
"""Heads of the tables, as the samples have them."""


class FilesPage(msgspec.Struct, frozen=True, kw_only=True):
    """`files.html`. `tried`: whether the last send was a trial."""

    tabs: list[Any]
    kinds: list[Choice]
    kind: str
    forms: dict[str, str]
    found: Imported | None
    tried: bool
    error: str | None


def _page(request: AnyRequest, kind: str, found: Imported | None, *, tried: bool, error: str | None) -> Response[str]:
    language = viewer_of(request).language
    shown = FilesPage(
        tabs=tabs(language, "lots"),
        kinds=[Choice(one, say(language, f"files.{one}")) for one in KINDS],
        kind=kind,
        forms=FORMS,
        found=found,
        tried=tried,
        error=error,
    )
    wrong = error is not None or (found is not None and bool(found.errors))
    return page(request, "files.html", shown, status_code=422 if wrong else 200)


@get("/recycling/files", guards=[editor], include_in_schema=False)
async def files_page(request: AnyRequest) -> Response[str]:
    """Where tables are sent."""
    return _page(request, "lots", None, tried=True, error=None)


@post("/recycling/files", guards=[editor], include_in_schema=False, status_code=200)
async def send_files(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Tries a table, or books it."""
    form = await request.form()
    typed = {name: value for name, value in form.items() if isinstance(value, str)}
    parts = await parts_of(request)
    kind = typed.get("kind", "lots") if typed.get("kind") in KINDS else "lots"
    tried = typed.get("act") != "book"
    if "file" not in parts:
        error = say(viewer_of(request).language, "files.none")
        return _page(request, kind, None, tried=tried, error=error)
    try:
        if not tried and any(is_long(content) for content in parts.values()):
            return await _handed_in(request, unit, kind, parts, _name(form.get("file")))
        found = await _sent(unit, kind, parts, tried=tried)
    except Refusal as refusal:
        return _page(request, kind, None, tried=tried, error=refusal.sentence(viewer_of(request).language))
    return _page(request, kind, found, tried=tried, error=None)


def _name(file: object) -> str:
    return file.filename if isinstance(file, UploadFile) else ""


async def _handed_in(
    request: AnyRequest, unit: UnitOfWork, kind: str, parts: dict[str, bytes], name: str
) -> Response[Any]:
    """A long table is left to the worker, and watched, stopped and told of like any other long import."""
    new = NewImport(kind=KINDS_OF_IMPORT[kind].name, file_name=name)
    if kind == "runs":
        tables = (parts["file"], parts.get("run_lines"), parts.get("assays"))
        planned = await unit(plan_runs, *tables)
        run = await unit(imports.start_planned, new, planned, *(table or b"" for table in tables))
    else:
        run = await unit(imports.start, new, parts["file"])
    happened = words.say("imports.page.started", viewer_of(request).language, n=run.rows)
    return done(request, f"/imports/{run.import_id}", Flash(happened=happened))


async def _sent(unit: UnitOfWork, kind: str, parts: dict[str, bytes], *, tried: bool) -> Imported:
    if kind == "runs":
        lines, analysed = parts.get("run_lines"), parts.get("assays")
        return await unit(importing.runs_from, parts["file"], lines, analysed, dry_run=tried)
    use_case = {"lots": importing.lots_from, "assays": importing.assays_from, "claims": importing.claims_from}[kind]
    return await unit(use_case, parts["file"], dry_run=tried)


handlers = [files_page, send_files]
__all__ = ["FORMS", "handlers"]
