"""Files of passports: sent, watched, corrected, collected."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.datastructures import UploadFile

from meguri.kernel.scope import OperatorScope
from meguri.passport import errors
from meguri.passport.api.asking import AnyRequest, cursor_of, place_of
from meguri.passport.api.reading import Items
from meguri.passport.bulk.model import CellFault, Job, Mode, Result
from meguri.passport.bulk.writing import faults_csv, results_xlsx, template
from meguri.passport.labels.packing import packages_of
from meguri.passport.service import bulk
from meguri.passport.service.writing import kind_named
from meguri.storage.transaction import Transaction
from meguri.ui import language_for
from meguri.web import FromPath, FromQuery, Paging, Unit, editor, refusals, signed_in
from meguri.workbooks.errors import SheetTooDemanding, WorkbooksWaiting

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class JobOut(msgspec.Struct, frozen=True, kw_only=True):
    """A job with its progress, and where to find what it says."""

    job_id: UUID
    mode: Mode
    state: str
    file_name: str
    counts: dict[str, int]
    progress_pct: int
    reason: str | None
    error_file: str | None
    result_file: str | None
    label_files: list[str]


def shown(job: Job) -> JobOut:
    """A job as programs read it."""
    at = f"/api/v1/bulk-jobs/{job.job_id}"
    return JobOut(
        job_id=job.job_id,
        mode=job.mode,
        state=job.state,
        file_name=job.file_name,
        counts={"rows": job.rows, "checked": job.checked, "issued": job.issued, "present": job.present, "bad": job.bad},
        progress_pct=100 if job.state == "done" else round(100 * job.checked / job.rows) if job.rows else 0,
        reason=job.reason,
        error_file=f"{at}/errors.csv" if job.bad else None,
        result_file=f"{at}/results.xlsx" if job.issued or job.present else None,
        label_files=[f"{at}/labels.zip?part={part}" for part in range(1, packages_of(job) + 1)],
    )


@post(
    "/api/v1/bulk-jobs",
    guards=[editor],
    status_code=202,
    responses=refusals(errors.BulkRefused, errors.DppNotFound, SheetTooDemanding, WorkbooksWaiting),
)
async def start_job(
    unit: Unit,
    request: AnyRequest,
    mode: FromQuery[str] = "skip_bad",
    model: FromQuery[str | None] = None,
    gtin: FromQuery[str | None] = None,
    kind: FromQuery[str] = "battery",
    publish: FromQuery[bool] = True,
    file_name: FromQuery[str] = "passports.csv",
) -> JobOut:
    """Takes a CSV or XLSX file (the body, or the form's field `file`): at most 100,000 items and 50 MB.

    `mode`: dry_run only checks, skip_bad issues the good rows, all_or_nothing issues all or none.
    """
    if mode not in ("dry_run", "skip_bad", "all_or_nothing"):
        raise errors.BulkRefused(why="mode")
    content, name = await _content(request, file_name)
    new = bulk.NewJob(
        file_name=name, mode=msgspec.convert(mode, Mode), kind=kind, model=model, gtin=gtin, publish=publish
    )
    return shown(await unit(bulk.start, new, content))


async def _content(request: AnyRequest, name: str) -> tuple[bytes, str]:
    if request.headers.get("content-type", "").startswith("multipart/"):
        file = (await request.form()).get("file")
        if not isinstance(file, UploadFile):
            raise errors.BulkRefused(why="file")
        return await file.read(), file.filename or name
    return await request.body(), name


@get("/api/v1/bulk-jobs", guards=[signed_in], responses=refusals(errors.InvalidCursor))
async def list_jobs(unit: Unit, paging: Paging) -> Items:
    """Own jobs, newest first."""
    found = await unit(bulk.jobs, after=place_of(paging.cursor), limit=paging.limit + 1)
    more = found[paging.limit - 1] if len(found) > paging.limit else None
    rest = cursor_of((more.created_at, more.job_id)) if more else None
    return Items(items=[shown(each) for each in found[: paging.limit]], next_cursor=rest)


@get("/api/v1/bulk-jobs/template", guards=[signed_in], responses=refusals(errors.KindUnknown))
async def get_template(category: FromQuery[str] = "ev", kind: FromQuery[str] = "battery") -> Response[bytes]:
    """An empty workbook for a category."""
    known = kind_named(kind)
    if category not in {one.code for one in known.head.categories}:
        raise errors.KindUnknown(kind=f"{kind}/{category}")
    return _file(template(known, category), f"{kind}-{category}.xlsx", XLSX)


@get("/api/v1/bulk-jobs/{job_id:uuid}", guards=[signed_in], responses=refusals(bulk.JobNotFound))
async def get_job(unit: Unit, job_id: FromPath[UUID]) -> JobOut:
    """One job with its progress."""
    return shown(await unit(bulk.job_of, job_id))


@post(
    "/api/v1/bulk-jobs/{job_id:uuid}/cancel",
    guards=[editor],
    status_code=200,
    responses=refusals(bulk.JobNotFound, errors.DealingClosed),
)
async def cancel_job(unit: Unit, job_id: FromPath[UUID]) -> JobOut:
    """Stops before the next part; what is issued stays."""
    return shown(await unit(bulk.cancel, job_id))


@get("/api/v1/bulk-jobs/{job_id:uuid}/errors", guards=[signed_in], responses=refusals(bulk.JobNotFound))
async def list_faults(unit: Unit, job_id: FromPath[UUID]) -> Items:
    """Every bad cell: row, column, value, code, and what is wrong in both languages (the first thousand)."""
    return Items(items=await unit(bulk.faults, job_id))


@get("/api/v1/bulk-jobs/{job_id:uuid}/errors.csv", guards=[signed_in], responses=refusals(bulk.JobNotFound))
async def get_faults(unit: Unit, request: AnyRequest, job_id: FromPath[UUID]) -> Response[bytes]:
    """Every bad cell as a table, in the reader's language."""
    found: list[CellFault] = await unit(bulk.faults, job_id, most=200_000)
    return _file(faults_csv(found, language_for(request)), "errors.csv", "text/csv")


@get("/api/v1/bulk-jobs/{job_id:uuid}/results.xlsx", guards=[signed_in], responses=refusals(bulk.JobNotFound))
async def get_results(unit: Unit, request: AnyRequest, job_id: FromPath[UUID]) -> Response[bytes]:
    """What was made, row by row: passport, carrier URI, hash."""

    async def everything(tx: Transaction, scope: OperatorScope) -> list[Result]:
        found: list[Result] = []
        after: int | None = -1
        while after is not None:
            some, after = await bulk.results(tx, scope, job_id, after=after)
            found += some
        return found

    return _file(results_xlsx(await unit(everything), language_for(request)), "results.xlsx", XLSX)


def _file(content: bytes, name: str, media_type: str) -> Response[bytes]:
    headers = {"content-disposition": f'attachment; filename="{name}"', "x-content-type-options": "nosniff"}
    return Response(content, media_type=media_type, headers=headers)


handlers: list[Any] = [start_job, list_jobs, get_template, get_job, cancel_job, list_faults, get_faults, get_results]
