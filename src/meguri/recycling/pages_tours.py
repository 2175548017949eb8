"""The page of pick-up tours: stops as a small table of text, vehicles, the plan with a map."""

import csv
import io
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post

from meguri.kernel.errors import Refusal
from meguri.kernel.numbers import whole
from meguri.kernel.text import Language
from meguri.recycling.drawing import Box, Picture, Ribbon
from meguri.recycling.pages_shared import AnyRequest, errors_of, say, sent, tabs
from meguri.recycling.service import touring
from meguri.recycling.service.touring import TourInput
from meguri.recycling.tours import Plan, Stop, Vehicle
from meguri.ui import Flash, done, page, viewer_of
from meguri.web import FromPath, Unit, editor, signed_in

COLUMNS = ("name", "latitude", "longitude", "mass_kg", "defect_class", "opens", "closes")
SAMPLE = """小倉南整備,33.842,130.887,250,intact,09:00,17:00
門司解体,33.945,130.962,420,intact,08:00,16:00
八幡モータース,33.865,130.790,60,damaged_noncritical,10:00,18:00
行橋ディーラー,33.729,130.983,120,intact,09:00,17:00"""


class ToursPage(msgspec.Struct, frozen=True, kw_only=True):
    """`tours.html`."""

    tabs: list[Any]
    given: dict[str, str]
    errors: dict[str, str]
    plan: Plan | None
    picture: Picture | None
    may_edit: bool


@get("/recycling/tours", guards=[signed_in], include_in_schema=False)
async def tours_page(request: AnyRequest, unit: Unit) -> Response[str]:
    """Plan tomorrow's pick-ups."""
    given = {
        "stops": SAMPLE,
        "depot": "33.883, 130.875",
        "vehicles": "4t,2,3500\n2t,1,1500,damaged",
    }
    return _shown(request, unit, given, {}, None)


def _shown(
    request: AnyRequest, unit: Unit, given: dict[str, str], errors: dict[str, str], plan: Plan | None
) -> Response[str]:
    language = viewer_of(request).language
    context = ToursPage(
        tabs=tabs(language, "tours"),
        given=given,
        errors=errors,
        plan=plan,
        picture=_map(plan) if plan else None,
        may_edit=unit.scope.may_edit,
    )
    return page(request, "tours.html", context, status_code=422 if errors else 200)


@post("/recycling/tours", guards=[editor], include_in_schema=False, status_code=200)
async def plan_tours(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Plans, and shows the plan."""
    form, language = await sent(request), viewer_of(request).language
    said, errors = _read(form, language)
    if said is None:
        return _shown(request, unit, form, errors, None)
    try:
        found = await touring.compute(said)
    except Refusal as refusal:
        return _shown(request, unit, form, errors_of(request, refusal), None)
    kept = await unit(touring.keep, said, found)
    return done(
        request, f"/recycling/tours/{kept.plan_id}", Flash(happened=say(language, "tours.done", n=len(found.tours)))
    )


@get("/recycling/tours/{plan_id:uuid}", guards=[signed_in], include_in_schema=False)
async def plan_page(request: AnyRequest, unit: Unit, plan_id: FromPath[UUID]) -> Response[str]:
    """A plan that was kept."""
    found: Plan = await unit(touring.kept, plan_id)
    return _shown(request, unit, {}, {}, found)


def _read(form: dict[str, str], language: Language) -> tuple[TourInput | None, dict[str, str]]:
    errors: dict[str, str] = {}
    stops = [_stop(row) for row in csv.reader(io.StringIO(form.get("stops", ""))) if row]
    for place, stop in enumerate(stops):
        if stop is None:
            errors["stops"] = say(language, "tours.stop_wrong", n=place + 1)
    vehicles = [_vehicle(row) for row in csv.reader(io.StringIO(form.get("vehicles", ""))) if row]
    if not vehicles or any(vehicle is None for vehicle in vehicles):
        errors["vehicles"] = say(language, "tours.vehicle_wrong")
    depot = _numbers(form.get("depot", "").split(","))
    if depot is None or len(depot) != 2:
        errors["depot"] = say(language, "tours.depot_wrong")
    if not stops:
        errors["stops"] = say(language, "tours.stops_missing")
    if errors or depot is None:
        return None, errors
    try:
        return msgspec.convert(
            {
                "depot_latitude": depot[0],
                "depot_longitude": depot[1],
                "stops": [stop for stop in stops if stop],
                "vehicles": [vehicle for vehicle in vehicles if vehicle],
            },
            TourInput,
        ), {}
    except msgspec.ValidationError as error:
        return None, {"depot": str(error)}


def _stop(row: list[str]) -> Stop | None:
    figures = _numbers(row[1:4])
    if len(row) < 4 or figures is None:
        return None
    opens, closes = _minutes(row[5] if len(row) > 5 else "08:00"), _minutes(row[6] if len(row) > 6 else "18:00")
    if opens is None or closes is None:
        return None
    return Stop(
        name=row[0].strip()[:80],
        latitude=figures[0],
        longitude=figures[1],
        mass_kg=figures[2],
        defect_class=(row[4].strip() or "intact") if len(row) > 4 else "intact",
        opens=opens,
        closes=closes,
    )


def _vehicle(row: list[str]) -> Vehicle | None:
    figures = _numbers(row[1:3])
    if len(row) < 3 or figures is None or figures[0] < 1:
        return None
    equipped = len(row) > 3 and row[3].strip() == "damaged"
    return Vehicle(name=row[0].strip()[:40], number=int(figures[0]), capacity_kg=figures[1], damaged_ok=equipped)


def _numbers(words: list[str]) -> list[float] | None:
    try:
        return [float(word) for word in words]
    except ValueError:
        return None


def _minutes(text: str) -> int | None:
    said_hours, _, said_minutes = text.strip().partition(":")
    hours, minutes = whole(said_hours), whole(said_minutes)
    return None if hours is None or minutes is None else hours * 60 + minutes


def clock_words(minutes: float) -> str:
    """`09:35` for minutes from midnight."""
    whole = round(minutes)
    return f"{whole // 60:02d}:{whole % 60:02d}"


def _map(plan: Plan) -> Picture | None:
    """Stops in the order of each tour, as a line a tour."""
    boxes, ribbons = [], []
    for row, tour in enumerate(plan.tours):
        x, y = 8.0, 8.0 + row * 46
        before = None
        for call in tour.calls:
            boxes.append(
                Box(
                    id=f"{row}-{call.stop}",
                    label=call.name[:9],
                    stage="lot",
                    x=x,
                    y=y,
                    height=34,
                    width=110,
                    href="#tours",
                )
            )
            if before is not None:
                path = f"M{before + 110:.0f},{y + 17:.0f} L{x:.0f},{y + 17:.0f}"
                ribbons.append(Ribbon(path=path, label=f"{tour.vehicle}", stage="edge", width=2))
            before, x = x, x + 130
    if not boxes:
        return None
    width = max(box.x + box.width for box in boxes) + 8
    return Picture(width=width, height=16 + 46 * len(plan.tours), boxes=boxes, ribbons=ribbons)


handlers = [tours_page, plan_tours, plan_page]
