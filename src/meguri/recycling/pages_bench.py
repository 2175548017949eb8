"""The page at the dismantling bench."""

from typing import Any
from urllib.parse import quote

import msgspec
from litestar import Response, get, post

from meguri.recycling.pages_shared import AnyRequest, say, sent, typed_number
from meguri.recycling.service import bench
from meguri.recycling.service.bench import Bench, BenchStep
from meguri.ui import Flash, done, page, viewer_of
from meguri.web import FromQuery, Unit, editor, signed_in


class BenchPage(msgspec.Struct, frozen=True, kw_only=True):
    """`bench.html`."""

    asked: str
    found: Bench | None
    may_edit: bool


@get("/recycling/bench", guards=[signed_in], include_in_schema=False)
async def bench_page(request: AnyRequest, unit: Unit, passport: FromQuery[str] = "") -> Response[str]:
    """How to take this battery apart, and what was done."""
    asked = passport.strip()[:200]
    found = await unit(bench.bench, asked, viewer_of(request).language) if asked else None
    return page(request, "bench.html", BenchPage(asked=asked, found=found, may_edit=unit.scope.may_edit))


@post("/recycling/bench", guards=[editor], include_in_schema=False, status_code=200)
async def record(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Records a step."""
    form, language = await sent(request), viewer_of(request).language
    asked = form.get("passport", "")[:200]
    minutes = typed_number(form.get("minutes", ""))
    said = {
        "what": form.get("what", ""),
        "tool": form.get("tool", ""),
        "minutes": float(minutes or 0),
        "hazard": form.get("hazard", ""),
    }
    back = f"/recycling/bench?passport={quote(asked, safe='')}"
    try:
        await unit(bench.record, asked or "—", msgspec.convert(said, BenchStep))
    except msgspec.ValidationError:
        return done(request, back, Flash(happened=say(language, "bench.wrong"), kind="attention"))
    return done(request, back, Flash(happened=say(language, "bench.done"), seen_by=say(language, "seen_by")))


handlers = [bench_page, record]
