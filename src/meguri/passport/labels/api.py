"""Carriers and labels over the native API."""

import asyncio
from collections.abc import Callable
from typing import Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler

from meguri.kernel.errors import NotFound
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language
from meguri.passport import service
from meguri.passport.api.asking import named
from meguri.passport.carrier import ErrorCorrection, ModuleSizeOutOfRange, symbol_for
from meguri.passport.carrier.errors import CarrierReadbackFailed
from meguri.passport.errors import DppNotFound, InvalidEnum, PassportCeased
from meguri.passport.labels import symbols
from meguri.passport.labels.errors import LabelOverflow, UnknownLabelSize
from meguri.passport.labels.making import label_pdf
from meguri.passport.labels.packing import package, packages_of, views_of
from meguri.passport.model import View
from meguri.passport.service import bulk
from meguri.storage import Transaction
from meguri.ui import viewer_of
from meguri.web import FromPath, FromQuery, Unit, refusals, signed_in
from meguri.web.auth import PUBLIC

AnyRequest = Request[Any, Any, Any]
MOST_LABELS = 500


async def _view(tx: Transaction, scope: OperatorScope, identifier: str) -> View:
    return await service.read(tx, scope, named(identifier), what="label")


def _level(said: str | None) -> ErrorCorrection | None:
    if said is None:
        return None
    try:
        return ErrorCorrection(said.upper())
    except ValueError:  # L among them: a code on a battery has to bear scratches
        raise InvalidEnum(where="error_correction: " + ", ".join(ErrorCorrection)) from None


@get(
    "/api/v1/passports/{identifier:str}/carrier.svg",
    guards=[signed_in],
    responses=refusals(DppNotFound, PassportCeased, InvalidEnum, ModuleSizeOutOfRange, CarrierReadbackFailed),
)
async def carrier_svg(
    unit: Unit,
    identifier: FromPath[str],
    error_correction: FromQuery[str | None] = None,
    module_mm: FromQuery[float | None] = None,
) -> Response[bytes]:
    """The data carrier as a drawing in its real size; it was read again before."""
    view = await unit(_view, identifier)
    made = symbol_for(view.record.product_id, _level(error_correction), module_mm)
    return Response(made.svg().encode(), media_type="image/svg+xml")


@get(
    "/api/v1/passports/{identifier:str}/carrier.png",
    guards=[signed_in],
    responses=refusals(DppNotFound, PassportCeased, InvalidEnum, ModuleSizeOutOfRange, CarrierReadbackFailed),
)
async def carrier_png(
    unit: Unit,
    identifier: FromPath[str],
    error_correction: FromQuery[str | None] = None,
    module_mm: FromQuery[float | None] = None,
) -> Response[bytes]:
    """The data carrier as a picture, 600 dots an inch."""
    view = await unit(_view, identifier)
    made = symbol_for(view.record.product_id, _level(error_correction), module_mm)
    return Response(made.png(), media_type="image/png")


@get(
    "/api/v1/passports/{identifier:str}/label.pdf",
    guards=[signed_in],
    responses=refusals(DppNotFound, PassportCeased, UnknownLabelSize, LabelOverflow),
)
async def label(
    request: AnyRequest, unit: Unit, identifier: FromPath[str], size: FromQuery[str] = "100x60"
) -> Response[bytes]:
    """One label on a page of its size."""
    view = await unit(_view, identifier)
    return await _pdf([view], size, viewer_of(request).language, sheet=False)


@get(
    "/api/v1/passport-labels.pdf",
    guards=[signed_in],
    responses=refusals(DppNotFound, PassportCeased, UnknownLabelSize, LabelOverflow),
)
async def labels(
    request: AnyRequest,
    unit: Unit,
    ids: FromQuery[list[str]],
    size: FromQuery[str] = "60x40",
    sheet: FromQuery[bool] = True,
) -> Response[bytes]:
    """Labels of several passports on A4 sheets, in the order given; at most 500."""
    views = [await unit(_view, one) for one in ids[:MOST_LABELS]]
    return await _pdf(views, size, viewer_of(request).language, sheet=sheet)


@get(
    "/api/v1/bulk-jobs/{job_id:uuid}/labels.zip",
    guards=[signed_in],
    responses=refusals(bulk.JobNotFound, UnknownLabelSize, LabelOverflow),
)
async def job_labels(
    request: AnyRequest,
    unit: Unit,
    job_id: FromPath[UUID],
    part: FromQuery[int] = 1,
    size: FromQuery[str] = "100x60",
) -> Response[bytes]:
    """Labels of what a file issued, 200 in a package: `sheets.pdf` for A4, each code as SVG, and `labels.csv`.

    `part` counts packages from 1; the header `Link` leads to the next.
    """
    job = await unit(bulk.job_of, job_id)
    parts = packages_of(job)
    if not 1 <= part <= parts:
        raise NotFound
    views = await unit(views_of, job_id, part)
    made = await asyncio.to_thread(package, views, size, viewer_of(request).language)
    headers = {
        "content-disposition": f'attachment; filename="labels-{part:03d}.zip"',
        "x-content-type-options": "nosniff",
    }
    if part < parts:
        headers["link"] = f'<{request.url.path}?part={part + 1}&size={size}>; rel="next"'
    return Response(made, media_type="application/zip", headers=headers)


async def _pdf(views: list[View], size: str, language: Language, *, sheet: bool) -> Response[bytes]:
    made = await asyncio.to_thread(label_pdf, views, size, language, sheet=sheet)
    headers = {"content-disposition": 'inline; filename="labels.pdf"'}
    return Response(made, media_type="application/pdf", headers=headers)


@get("/passport-symbols/{name:str}", opt=PUBLIC, include_in_schema=False)
async def symbol(name: FromPath[str]) -> Response[bytes]:
    """The symbols of a label, drawn by us: `collection.svg`, `cd.svg`, `pb.svg`, `ce.svg`."""
    known: dict[str, Callable[[], str]] = {
        "collection": symbols.collection,
        "ce": symbols.ce,
        "cd": lambda: symbols.metal("Cd"),
        "pb": lambda: symbols.metal("Pb"),
    }
    drawn = known.get(name.removesuffix(".svg"))
    if drawn is None:
        raise NotFound
    headers = {"cache-control": "public, max-age=86400", "access-control-allow-origin": "*"}
    return Response(drawn().encode(), media_type="image/svg+xml", headers=headers)


handlers: list[HTTPRouteHandler] = [carrier_svg, carrier_png, label, labels, job_labels, symbol]
