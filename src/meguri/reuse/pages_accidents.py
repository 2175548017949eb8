"""Pages of accidents: told, amended, and the two reports sent in time."""

from uuid import UUID

from litestar import Response, get, post

from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import parse_uuid
from meguri.reuse import views
from meguri.reuse.forms import NEEDED
from meguri.reuse.law import JAPAN, Accident
from meguri.reuse.pages import say, sent
from meguri.reuse.pages_common import HTML, AnyRequest, battery_choices, fields_of, may_edit
from meguri.reuse.records import AccidentInput
from meguri.reuse.service import accidents
from meguri.ui import Flash, done, page, viewer_of
from meguri.web import FromPath, FromQuery, Paging, Unit, editor, signed_in


@get("/reuse/accidents", guards=[signed_in], include_in_schema=False)
async def accident_list(request: AnyRequest, unit: Unit, paging: Paging, battery: FromQuery[str] = "") -> Response[str]:
    """Accidents, and the form of a new one."""
    given = {"battery_id": battery, "known_at": clock.now().astimezone(JAPAN).strftime("%Y-%m-%dT%H:%M")}
    return page(request, "accidents.html", await _accidents(request, unit, paging.limit, paging.cursor, given, {}))


async def _accidents(
    request: AnyRequest, unit: Unit, limit: int, cursor: str | None, given: dict[str, str], errors: dict[str, str]
) -> views.AccidentsPage:
    found = await unit(accidents.page, limit=limit, cursor=cursor)
    return views.AccidentsPage(
        accidents=found.items,
        next_cursor=found.next_cursor,
        batteries=await battery_choices(unit),
        given=views.Typed(given),
        errors=views.Typed(errors),
        may_edit=may_edit(request),
    )


@post("/reuse/accidents", guards=[editor], status_code=200, include_in_schema=False)
async def tell_accident(request: AnyRequest, unit: Unit) -> HTML:
    """An accident becomes known."""
    form = await sent(request)
    fields = fields_of(request, form)
    battery_id, known = parse_uuid(fields.text("battery_id")), fields.moment("known_at")
    site, what = fields.text("site", needed=True), fields.text("what", needed=True)
    kwh, kw = fields.number("kwh") or 0.0, fields.number("kw") or 0.0
    kind = fields.text("kind")
    if battery_id is None:
        fields.wrong("battery_id", NEEDED)
    if fields.errors or battery_id is None or known is None:
        context = await _accidents(request, unit, 50, None, form, fields.errors)
        return page(request, "accidents.html", context, status_code=422)
    accident = Accident(
        known_at=known if known.tzinfo else known.replace(tzinfo=JAPAN),
        kind="other" if kind == "other" else "beside_power_plant" if kind == "beside_power_plant" else "grid_storage",
        kwh=kwh,
        kw=kw,
        injured="injured" in form,
        fire="fire" in form,
        damage_to_others="damage_to_others" in form,
    )
    told = AccidentInput(battery_id=battery_id, site=site, what=what, accident=accident, cause=fields.text("cause"))
    try:
        made = await unit(accidents.record, told)
    except Refusal as refusal:
        errors = {"battery_id": refusal.sentence(viewer_of(request).language)}
        context = await _accidents(request, unit, 50, None, form, errors)
        return page(request, "accidents.html", context, status_code=422)
    flash = Flash(happened=say(request, "accident.recorded"), kind="attention")
    return done(request, f"/reuse/accidents/{made.accident_id}", flash)


@get("/reuse/accidents/{accident_id:uuid}", guards=[signed_in], include_in_schema=False)
async def accident(request: AnyRequest, unit: Unit, accident_id: FromPath[UUID]) -> Response[str]:
    """An accident: clocks and drafts."""
    prompt, full = await unit(accidents.drafts, accident_id)
    context = views.AccidentPage(
        accident=await unit(accidents.get_one, accident_id), prompt=prompt, full=full, may_edit=may_edit(request)
    )
    return page(request, "accident.html", context)


@post("/reuse/accidents/{accident_id:uuid}/amend", guards=[editor], status_code=200, include_in_schema=False)
async def amend_accident(request: AnyRequest, unit: Unit, accident_id: FromPath[UUID]) -> Response[None]:
    """Cause and countermeasure."""
    form = await sent(request)
    cause, countermeasure = form.get("cause", "").strip(), form.get("countermeasure", "").strip()
    await unit(accidents.amend, accident_id, cause=cause, countermeasure=countermeasure)
    return done(request, f"/reuse/accidents/{accident_id}", Flash(happened=say(request, "accident.amended")))


@post("/reuse/accidents/{accident_id:uuid}/prompt-sent", guards=[editor], status_code=200, include_in_schema=False)
async def prompt_sent(request: AnyRequest, unit: Unit, accident_id: FromPath[UUID]) -> Response[None]:
    """速報 was sent."""
    await unit(accidents.sent, accident_id, "prompt")
    return done(request, f"/reuse/accidents/{accident_id}", Flash(happened=say(request, "accident.prompt_done")))


@post("/reuse/accidents/{accident_id:uuid}/full-sent", guards=[editor], status_code=200, include_in_schema=False)
async def full_sent(request: AnyRequest, unit: Unit, accident_id: FromPath[UUID]) -> Response[None]:
    """詳報 was sent."""
    await unit(accidents.sent, accident_id, "full")
    return done(request, f"/reuse/accidents/{accident_id}", Flash(happened=say(request, "accident.full_done")))


handlers = [
    accident_list,
    tell_accident,
    accident,
    amend_accident,
    prompt_sent,
    full_sent,
]
