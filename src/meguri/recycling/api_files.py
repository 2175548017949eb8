"""Native REST of tables: assays, runs and claims as CSV or XLSX; a dry run unless told otherwise, all of a file or nothing."""

from typing import Any

from litestar import Request, post
from litestar.datastructures import UploadFile

from meguri.recycling import errors
from meguri.recycling.service import importing
from meguri.recycling.service.importing import Imported
from meguri.web import FromQuery, Unit, editor, refusals
from meguri.workbooks.errors import SheetTooDemanding, WorkbooksWaiting

AnyRequest = Request[Any, Any, Any]


async def parts_of(request: AnyRequest) -> dict[str, bytes]:
    """The files of a form by name; a body that is no form is the only file, named `file`."""
    if not request.headers.get("content-type", "").startswith("multipart/"):
        return {"file": await request.body()}
    form = await request.form()
    return {name: await part.read() for name, part in form.items() if isinstance(part, UploadFile) and part.filename}


@post(
    "/api/v1/recycling/assays.csv",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.UnusableInput, SheetTooDemanding, WorkbooksWaiting),
)
async def import_assays(unit: Unit, request: AnyRequest, dry_run: FromQuery[bool] = True) -> Imported:
    """Assays of lots: lot_no, element, location, mass_fraction, u_rel, method, lab_ref, sampled_at, basis."""
    return await unit(importing.assays_from, await request.body(), dry_run=dry_run)


@post(
    "/api/v1/recycling/claims.csv",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.UnusableInput, SheetTooDemanding, WorkbooksWaiting),
)
async def import_claims(unit: Unit, request: AnyRequest, dry_run: FromQuery[bool] = True) -> Imported:
    """Claims to be reserved: claim_no, element, source_class, qty_kg, model_id, plant_id, year, coc_model, evidence_refs."""
    return await unit(importing.claims_from, await request.body(), dry_run=dry_run)


@post(
    "/api/v1/recycling/runs.csv",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.UnusableInput, SheetTooDemanding, WorkbooksWaiting),
)
async def import_runs(unit: Unit, request: AnyRequest, dry_run: FromQuery[bool] = True) -> Imported:
    """Runs with their lines: a form with the files `runs`, `run_lines` and perhaps `assays`, or one workbook of these sheets."""
    parts = await parts_of(request)
    whole = parts.get("runs") or parts.get("file") or b""
    return await unit(importing.runs_from, whole, parts.get("run_lines"), parts.get("assays"), dry_run=dry_run)


handlers = [import_assays, import_claims, import_runs]
