"""Pages of Art. 14: who else may read the health of a battery and who did; batteries of others that we may read."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post

from meguri.health import service
from meguri.health.model import Result
from meguri.health.pageviews import KIND, Line, interval_words, lines
from meguri.health.views import Reader, ReaderInput, Reading, ReadingRight, SharedHealth
from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language
from meguri.operators import service as operators
from meguri.storage.transaction import Transaction
from meguri.telemetry import service as telemetry
from meguri.telemetry.model import Battery
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.parts import Choice
from meguri.ui.viewer import viewer_of
from meguri.ui.words import phrase
from meguri.web import FromPath, Unit, editor, signed_in

AnyRequest = Request[Any, Any, Any]
GROUNDS = ("purchaser", "agent", "aggregator")
PURPOSES = ("residual_value", "lifetime", "further_use", "second_life")
_SHOWN = 50


class ReaderRow(msgspec.Struct, frozen=True, kw_only=True):
    """A right, the company's name, and whether it is in force today."""

    reader: Reader
    company: str
    in_force: bool


class ReadingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A reading and the company's name; `who`: a person, a key."""

    reading: Reading
    company: str


class ReadersPage(msgspec.Struct, frozen=True, kw_only=True):
    """`readers.html`."""

    battery: Battery
    rows: list[ReaderRow]
    readings: list[ReadingRow]
    grounds: list[Choice]
    purposes: list[Choice]
    given: Mapping[str, str]
    errors: Mapping[str, str]
    may_edit: bool


class SharedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A battery of another company that ours may read."""

    right: ReadingRight
    holder: str


class SharedListPage(msgspec.Struct, frozen=True, kw_only=True):
    """`shared.html`."""

    rows: list[SharedRow]


class SharedPage(msgspec.Struct, frozen=True, kw_only=True):
    """`shared_battery.html`."""

    shared: SharedHealth
    holder: str
    soh: Result
    note: str
    badge: str
    status: str
    lines: list[Line]


def _say(language: Language, key: str) -> str:
    return phrase(key).of(language, {})


def _choices(language: Language, kind: str, values: tuple[str, ...]) -> list[Choice]:
    return [Choice(value, _say(language, f"health.readers.{kind}_{value}")) for value in values]


async def _readers_page(
    request: AnyRequest, unit: Unit, battery_id: UUID, given: Mapping[str, str], errors: Mapping[str, str]
) -> Response[str]:
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> ReadersPage:
        rights = await service.readers(tx, scope, battery_id)
        read = await service.readings(tx, scope, battery_id, _SHOWN)
        names = await operators.names_of(
            tx, scope, {right.company_id for right in rights} | {one.company_id for one in read}
        )
        today = clock.today()
        return ReadersPage(
            battery=await telemetry.battery(tx, scope, battery_id),
            rows=[
                ReaderRow(
                    reader=r, company=_name(names, r.company_id), in_force=r.ended_at is None and r.until >= today
                )
                for r in rights
            ],
            readings=[ReadingRow(reading=one, company=_name(names, one.company_id)) for one in read],
            grounds=_choices(language, "ground", GROUNDS),
            purposes=_choices(language, "purpose", PURPOSES),
            given=given,
            errors=errors,
            may_edit=scope.may_edit,
        )

    return page(request, "readers.html", await unit(read), status_code=422 if errors else 200)


def _name(names: Mapping[UUID, str], company_id: UUID) -> str:
    return names.get(company_id, str(company_id)[:8])


@get("/health/batteries/{battery_id:uuid}/readers", guards=[signed_in], include_in_schema=False)
async def readers_page(request: AnyRequest, unit: Unit, battery_id: FromPath[UUID]) -> Response[str]:
    """Who may read, and who did."""
    return await _readers_page(request, unit, battery_id, {}, {})


@post("/health/batteries/{battery_id:uuid}/readers", guards=[editor], include_in_schema=False, status_code=200)
async def reader_sent(request: AnyRequest, unit: Unit, battery_id: FromPath[UUID]) -> Response[Any]:
    """Lets a company read."""
    language = viewer_of(request).language
    given = {name: value.strip() for name, value in (await request.form()).items() if isinstance(value, str)}
    try:
        new = msgspec.convert({name: given.get(name) for name in ReaderInput.__struct_fields__}, ReaderInput)
    except msgspec.ValidationError as problem:
        field = next((name for name in ReaderInput.__struct_fields__ if f"$.{name}" in str(problem)), "company")
        return await _readers_page(
            request, unit, battery_id, given, {field: _say(language, f"health.readers.wrong_{field}")}
        )
    try:
        await unit(service.add_reader, battery_id, new)
    except Refusal as refusal:
        field = "until" if refusal.code == "health.right_past" else "company"
        return await _readers_page(request, unit, battery_id, given, {field: refusal.sentence(language)})
    return done(
        request, f"/health/batteries/{battery_id}/readers", Flash(happened=_say(language, "health.readers.done"))
    )


@post(
    "/health/readers/{reader_id:uuid}/end", guards=[editor], include_in_schema=False, status_code=200
)  # fmt: skip
async def reader_ended(request: AnyRequest, unit: Unit, reader_id: FromPath[UUID]) -> Response[Any]:
    """Ends a right."""
    ended = await unit(service.end_reader, reader_id)
    happened = _say(viewer_of(request).language, "health.readers.gone")
    return done(request, f"/health/batteries/{ended.battery_id}/readers", Flash(happened=happened))


@get("/health/shared", guards=[signed_in], include_in_schema=False)
async def shared_page(request: AnyRequest, unit: Unit) -> Response[str]:
    """Batteries of others that the company may read."""

    async def read(tx: Transaction, scope: OperatorScope) -> SharedListPage:
        rights = await service.readable(tx, scope)
        names = await operators.names_of(tx, scope, {one.holder_id for one in rights})
        return SharedListPage(rows=[SharedRow(right=one, holder=_name(names, one.holder_id)) for one in rights])

    return page(request, "shared.html", await unit(read))


@get("/health/shared/{battery_id:uuid}", guards=[signed_in], include_in_schema=False)
async def shared_battery_page(request: AnyRequest, unit: Unit, battery_id: FromPath[UUID]) -> Response[str]:
    """Another's battery; the reading is kept with the holder."""
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> SharedPage:
        shared = await service.read_shared(tx, scope, battery_id)
        names = await operators.names_of(tx, scope, {shared.right.holder_id})
        soh = shared.standing.soh
        return SharedPage(
            shared=shared,
            holder=_name(names, shared.right.holder_id),
            soh=soh,
            note=interval_words(language, soh),
            badge=KIND[soh.status],
            status=_say(language, f"health.status.{soh.status}"),
            lines=lines(language, shared.standing.results),
        )

    return page(request, "shared_battery.html", await unit(read))


handlers = [readers_page, reader_sent, reader_ended, shared_page, shared_battery_page]
