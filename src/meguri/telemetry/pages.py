"""Pages of telemetry: measurements of a battery over time, and the devices that may send."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import numpy as np
from litestar import Request, Response, get, post

from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.telemetry import service
from meguri.telemetry.bodies import body_as_file
from meguri.telemetry.ground import files
from meguri.telemetry.model import Battery, Gateway, GatewayInput, Month
from meguri.telemetry.series import Series
from meguri.telemetry.store import RecordRow
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.parts import Choice
from meguri.ui.viewer import viewer_of
from meguri.ui.words import phrase
from meguri.web import FromPath, FromQuery, Unit, admin, editor, signed_in

AnyRequest = Request[Any, Any, Any]
BINS = 60
_PLOTS = (
    ("voltage", "voltage_volt", "V"),
    ("current", "current_ampere", "A"),
    ("temperature", "temperature_t1_celsius", "°C"),
    ("soc", "soc_bms_percent", "%"),
)


class Plot(msgspec.Struct, frozen=True, kw_only=True):
    """One quantity over time: moment, mean, least and most of each interval."""

    name: str
    unit: str
    rows: list[tuple[datetime, float, float, float]]


class SeriesPage(msgspec.Struct, frozen=True, kw_only=True):
    """`series.html`."""

    battery: Battery
    plots: list[Plot]
    samples: int
    bins: int
    first: datetime | None
    last: datetime | None
    since: str
    until: str
    months: list[Month]
    records: list[RecordRow]
    may_edit: bool
    errors: dict[str, str]


class GatewaysPage(msgspec.Struct, frozen=True, kw_only=True):
    """`gateways.html`."""

    rows: list[Gateway]
    choices: list[Choice]
    token: str | None
    given: Mapping[str, str]
    errors: dict[str, str]
    may_administer: bool


def plots_of(series: Series) -> list[Plot]:
    """What was measured, as means of at most sixty even intervals with their extremes."""
    if not len(series) or series.start_unix is None:
        return []
    edges = np.linspace(0, float(series.time_s[-1]) + 1e-6, min(BINS, len(series)) + 1)
    place = np.clip(np.searchsorted(edges, series.time_s, side="right") - 1, 0, len(edges) - 2)
    found = []
    for name, column, unit in _PLOTS:
        values = series.column(column)
        known = np.isfinite(values)
        if not known.any():
            continue
        rows = []
        for number in np.unique(place[known]):
            inside = values[known & (place == number)]
            at = datetime.fromtimestamp(series.start_unix + float(edges[number]), UTC)
            mean, least, most = (round(float(one), 4) for one in (inside.mean(), inside.min(), inside.max()))
            rows.append((at, mean, least, most))
        found.append(Plot(name=name, unit=unit, rows=rows))
    return found


def _day(text: str | None, *, end: bool = False) -> datetime | None:
    """A day of a form as a moment; the end of the day where that is meant."""
    try:
        moment = datetime.fromisoformat(text or "").replace(tzinfo=UTC)
    except ValueError:
        return None
    return moment + timedelta(days=1) if end else moment


async def _series_page(
    request: AnyRequest,
    unit: Unit,
    battery_id: UUID,
    since: str | None = None,
    until: str | None = None,
    errors: dict[str, str] | None = None,
) -> Response[str]:
    async def read(tx: Transaction, scope: OperatorScope) -> SeriesPage:
        battery = await service.battery(tx, scope, battery_id)
        begin, end = _day(since), _day(until, end=True)
        series = await service.series_of(tx, scope, files(), battery_id, begin, end)
        plots = plots_of(series)
        start = series.start_unix
        return SeriesPage(
            battery=battery,
            plots=plots,
            samples=len(series),
            bins=max((len(plot.rows) for plot in plots), default=0),
            first=datetime.fromtimestamp(start, UTC) if start is not None else None,
            last=datetime.fromtimestamp(start + float(series.time_s[-1]), UTC) if start is not None else None,
            since=since or "",
            until=until or "",
            months=await service.months(tx, scope, battery_id),
            records=await service.records(tx, scope, battery_id, 20),
            may_edit=scope.may_edit,
            errors=errors or {},
        )

    return page(request, "series.html", await unit(read), status_code=422 if errors else 200)


@get("/telemetry/batteries/{battery_id:uuid}", guards=[signed_in], include_in_schema=False)
async def series_page(
    request: AnyRequest,
    unit: Unit,
    battery_id: FromPath[UUID],
    since: FromQuery[str | None] = None,
    until: FromQuery[str | None] = None,
) -> Response[str]:
    """Measurements of a battery over time."""
    return await _series_page(request, unit, battery_id, since, until)


@post(
    "/telemetry/batteries/{battery_id:uuid}/records",
    guards=[editor],
    include_in_schema=False,
    status_code=200,
    request_max_body_size=None,
)
async def record_sent(request: AnyRequest, unit: Unit, battery_id: FromPath[UUID]) -> Response[Any]:
    """Brings in a file."""
    language = viewer_of(request).language
    await unit(service.battery, battery_id)
    try:
        async with body_as_file(request, "record.csv") as (path, name):
            brought = await unit.db.run(unit.scope, service.pour, battery_id, path, name[:200])
    except Refusal as refusal:
        return await _series_page(request, unit, battery_id, errors={"file": refusal.sentence(language)})
    happened = phrase("telemetry.series.brought").of(language, {"n": brought.stored}).format(n=brought.stored)
    return done(request, f"/telemetry/batteries/{battery_id}", Flash(happened=happened))


async def _gateways_page(
    request: AnyRequest,
    unit: Unit,
    given: Mapping[str, str],
    errors: dict[str, str],
    token: str | None = None,
) -> Response[str]:
    async def read(tx: Transaction, scope: OperatorScope) -> GatewaysPage:
        return GatewaysPage(
            rows=await service.gateways(tx, scope),
            choices=[Choice(str(one.battery_id), one.label) for one in await service.batteries(tx, scope, 100)],
            token=token,
            given=given,
            errors=errors,
            may_administer=scope.may_administer,
        )

    return page(request, "gateways.html", await unit(read), status_code=422 if errors else 200)


@get("/telemetry/gateways", guards=[signed_in], include_in_schema=False)
async def gateways_page(request: AnyRequest, unit: Unit) -> Response[str]:
    """Devices that may send."""
    return await _gateways_page(request, unit, {}, {})


@post("/telemetry/gateways", guards=[admin], include_in_schema=False, status_code=200)
async def gateway_sent(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Issues a token, which is shown on the page this once."""
    language = viewer_of(request).language
    given = {name: value.strip() for name, value in (await request.form()).items() if isinstance(value, str)}
    batteries = [given["battery_id"]] if given.get("battery_id") else None
    try:
        new = msgspec.convert({"label": given.get("label"), "batteries": batteries}, GatewayInput)
    except msgspec.ValidationError:
        errors = {"label": phrase("telemetry.gateways.wrong").of(language, {})}
        return await _gateways_page(request, unit, given, errors)
    made = await unit(service.issue, new)
    return await _gateways_page(request, unit, {}, {}, token=made.token)


@post("/telemetry/gateways/{gateway_id:uuid}/revoke", guards=[admin], include_in_schema=False, status_code=200)
async def gateway_revoked(request: AnyRequest, unit: Unit, gateway_id: FromPath[UUID]) -> Response[Any]:
    """Takes a token back."""
    await unit(service.revoke, gateway_id)
    happened = phrase("telemetry.gateways.gone").of(viewer_of(request).language, {})
    return done(request, "/telemetry/gateways", Flash(happened=happened))


handlers = [series_page, record_sent, gateways_page, gateway_sent, gateway_revoked]
