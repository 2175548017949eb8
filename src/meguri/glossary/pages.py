"""Pages of the glossary: open to everybody, and of use without scripts."""

from typing import Any

import msgspec
from litestar import Response, get
from litestar.connection import Request

from meguri.glossary.entries import FIELDS, Entry, Field, entries, found
from meguri.glossary.rate import RateCurve, curve
from meguri.kernel.errors import NotFound
from meguri.ui import page
from meguri.ui.parts import Choice
from meguri.ui.viewer import viewer_of
from meguri.web import PUBLIC, FromPath, FromQuery

AnyRequest = Request[Any, Any, Any]
_LONGEST = 100


class GlossaryPage(msgspec.Struct, frozen=True, kw_only=True):
    """`glossary.html`."""

    words: str
    field: str
    fields: list[Choice]
    rows: list[Entry]
    total: int


class EntryPage(msgspec.Struct, frozen=True, kw_only=True):
    """`entry.html`. `given`: what stands in the form of the rate characteristic; `curve` what follows from it."""

    entry: Entry
    field: str
    related: list[Entry]
    given: dict[str, str] | None
    curve: RateCurve | None


@get("/glossary", opt=PUBLIC, include_in_schema=False)
async def glossary(request: AnyRequest, q: FromQuery[str] = "", field: FromQuery[str] = "") -> Response[str]:
    """The words, found by any of theirs."""
    language, words = viewer_of(request).language, q[:_LONGEST]
    chosen = Field(field) if field in set(Field) else None
    context = GlossaryPage(
        words=words,
        field=chosen.value if chosen else "",
        fields=[Choice(one.value, name.of(language)) for one, name in FIELDS.items()],
        rows=found(words, chosen),
        total=len(entries()),
    )
    return page(request, "glossary.html", context)


@get("/glossary/{key:str}", opt=PUBLIC, include_in_schema=False)
async def entry_page(
    request: AnyRequest,
    key: FromPath[str],
    e0: FromQuery[str] = "4.1",
    r: FromQuery[str] = "0.05",
    i: FromQuery[str] = "10",
) -> Response[str]:
    """One word in full."""
    known = entries()
    entry = known.get(key)
    if entry is None:
        raise NotFound
    moved = key == "rate_capability"
    context = EntryPage(
        entry=entry,
        field=FIELDS[entry.field].of(viewer_of(request).language),
        related=[known[one] for one in entry.related],
        given={"e0": e0[:20], "r": r[:20], "i": i[:20]} if moved else None,
        curve=curve(e0[:20], r[:20], i[:20]) if moved else None,
    )
    return page(request, "entry.html", context)


handlers = [glossary, entry_page]
