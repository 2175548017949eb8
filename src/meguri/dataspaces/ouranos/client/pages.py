"""Pages of outside systems: join, see what travels, find companies, stop. Words in, words out."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post

from meguri.dataspaces.ouranos.client import joining, store
from meguri.dataspaces.ouranos.client.errors import SystemNotFound
from meguri.dataspaces.ouranos.client.model import (
    Gateway,
    PartnerView,
    System,
    SystemChange,
    SystemInput,
    SystemState,
    Task,
    TaskKind,
)
from meguri.dataspaces.ouranos.client.waits import HERE, why
from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.scope import OperatorScope, Role
from meguri.kernel.text import Language
from meguri.storage import Transaction
from meguri.traceability import service as traceability
from meguri.ui import Flash, done, page, viewer_of
from meguri.ui.words import say
from meguri.web import Db, FromPath, Unit, admin, editor, signed_in

AnyRequest = Request[Any, Any, Any]
_SIGNS = {"active": "ok", "away": "waiting", "held": "stop", "paused": "draft"}
_MOVES = ("pause", "resume", "again", "read")


class SystemRow(msgspec.Struct, frozen=True, kw_only=True):
    """One system in the list; `state` away: it does not answer."""

    href: str
    name: str
    address: str
    state: str
    sign: str
    open: int
    followed_at: datetime | None


class SystemsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`systems.html`."""

    systems: list[SystemRow]
    may_edit: bool


class GivenSystem(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed; secrets are never shown again."""

    name: str = ""
    base_url: str = ""
    auth_url: str = ""
    north_url: str = ""
    gateway: str = Gateway.PLAIN.value
    account: str = ""
    share: bool = True


class SystemFormPage(msgspec.Struct, frozen=True, kw_only=True):
    """`system_form.html`. `href`: of the system that is changed, empty for a new one."""

    href: str
    given: GivenSystem
    errors: dict[str, str]


class TaskRow(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that has not arrived."""

    kind: str
    name: str
    href: str
    held: bool
    why: str
    since: datetime


class SystemPage(msgspec.Struct, frozen=True, kw_only=True):
    """`system.html`."""

    one: SystemRow
    gateway: str
    north: str | None
    company_id: UUID
    counts: dict[str, int]
    reason: str
    away_since: datetime | None
    tasks: list[TaskRow]
    refused: bool
    partners: list[PartnerView]
    number: str
    errors: dict[str, str]
    may_edit: bool
    may_find: bool


def _row(one: System, counts: dict[tuple[UUID, str], int]) -> SystemRow:
    state = "away" if one.state is SystemState.ACTIVE and one.away_since is not None else one.state.value
    return SystemRow(
        href=f"{HERE}/{one.system_id}",
        name=one.name,
        address=one.base_url,
        state=state,
        sign=_SIGNS[state],
        open=counts.get((one.system_id, "queued"), 0) + counts.get((one.system_id, "held"), 0),
        followed_at=one.followed_at,
    )


@get(HERE, guards=[signed_in], include_in_schema=False)
async def systems(request: AnyRequest, unit: Unit) -> Response[str]:
    """In which systems the company takes part."""

    async def read(tx: Transaction, scope: OperatorScope) -> list[SystemRow]:
        counts = await store.counts(tx, scope.operator_id)
        return [_row(one, counts) for one in await joining.systems(tx, scope)]

    context = SystemsPage(systems=await unit(read), may_edit=viewer_of(request).has(Role.ADMIN))
    return page(request, "dataspaces/systems.html", context)


def _form(request: AnyRequest, href: str, given: GivenSystem, errors: dict[str, str]) -> Response[str]:
    context = SystemFormPage(href=href, given=given, errors=errors)
    return page(request, "dataspaces/system_form.html", context, status_code=422 if errors else 200)


@get(HERE + "/new", guards=[admin], include_in_schema=False)
async def new_system(request: AnyRequest) -> Response[str]:
    """The form of a new system."""
    return _form(request, "", GivenSystem(), {})


async def _typed(request: AnyRequest) -> tuple[GivenSystem, dict[str, Any]]:
    """What was typed, and the same as fields of an input; empty ones are left out."""
    form = await request.form()
    words = {name: str(form.get(name) or "").strip() for name in SystemInput.__struct_fields__}
    share = bool(form.get("share_structures"))
    given = GivenSystem(
        name=words["name"],
        base_url=words["base_url"],
        auth_url=words["auth_url"],
        north_url=words["north_url"],
        gateway=words["gateway"] or Gateway.PLAIN.value,
        account=words["account"],
        share=share,
    )
    return given, {**{name: value for name, value in words.items() if value}, "share_structures": share}


def _complaints(error: Refusal, language: Language) -> dict[str, str]:
    return {one.field: one.of(language) for one in error.fields} or {"base_url": error.sentence(language)}


def _missing(kind: type[SystemInput] | type[SystemChange], said: dict[str, Any], language: Language) -> dict[str, str]:
    needed = [one.name for one in msgspec.structs.fields(kind) if one.required]
    long = [
        name for name, value in said.items() if isinstance(value, str) and len(value) > (100 if name == "name" else 300)
    ]
    return {
        name: say("dataspaces.system.needed", language) for name in (*needed, *long) if name not in said or name in long
    }


@post(HERE, guards=[admin], status_code=200, include_in_schema=False)
async def join(request: AnyRequest, unit: Unit, db: Db) -> Response[Any]:
    """Take part, or say why it cannot be."""
    language = viewer_of(request).language
    given, said = await _typed(request)
    errors = _missing(SystemInput, said, language)
    if errors:
        return _form(request, "", given, errors)
    try:
        kept = await joining.join(db, unit.scope, msgspec.convert(said, SystemInput))
    except msgspec.ValidationError:
        raise NotFound from None
    except Refusal as refusal:
        return _form(request, "", given, _complaints(refusal, language))
    seen = say("dataspaces.system.joined_seen", language)
    return done(
        request, f"{HERE}/{kept.system_id}", Flash(happened=say("dataspaces.system.joined", language), seen_by=seen)
    )


@get(HERE + "/{system_id:uuid}/edit", guards=[admin], include_in_schema=False)
async def edit(request: AnyRequest, unit: Unit, system_id: FromPath[UUID]) -> Response[str]:
    """The form of a system; what is secret is not shown."""
    one = await unit(joining.get, system_id)
    given = GivenSystem(
        name=one.name,
        base_url=one.base_url,
        auth_url=one.auth_url,
        north_url=one.north_url or "",
        gateway=one.gateway.value,
        share=one.share_structures,
    )
    return _form(request, f"{HERE}/{system_id}", given, {})


@post(HERE + "/{system_id:uuid}/edit", guards=[admin], status_code=200, include_in_schema=False)
async def change(request: AnyRequest, unit: Unit, db: Db, system_id: FromPath[UUID]) -> Response[Any]:
    """Another description, or why it cannot be."""
    language = viewer_of(request).language
    given, said = await _typed(request)
    errors = _missing(SystemChange, said, language)
    if errors:
        return _form(request, f"{HERE}/{system_id}", given, errors)
    try:
        await joining.change(db, unit.scope, system_id, msgspec.convert(said, SystemChange))
    except msgspec.ValidationError:
        raise NotFound from None
    except NotFound:
        raise
    except Refusal as refusal:
        return _form(request, f"{HERE}/{system_id}", given, _complaints(refusal, language))
    return done(request, f"{HERE}/{system_id}", Flash(happened=say("dataspaces.system.moved", language)))


async def _shown(
    request: AnyRequest, unit: Unit, system_id: UUID, number: str = "", errors: dict[str, str] | None = None
) -> Response[str]:
    viewer = viewer_of(request)

    async def read(tx: Transaction, scope: OperatorScope) -> SystemPage:
        found = await joining.detail(tx, scope, system_id)
        one, names = found.system, await _names(tx, scope, found.tasks)
        counts = await store.counts(tx, scope.operator_id)
        return SystemPage(
            one=_row(one, counts),
            gateway=one.gateway.value,
            north=one.north_url,
            company_id=one.foreign_operator_id,
            counts=found.counts,
            reason=why(one.reason, None, viewer.language),
            away_since=one.away_since,
            tasks=[_task(task, names, viewer.language) for task in found.tasks],
            refused=any(task.state == "held" for task in found.tasks),
            partners=found.partners,
            number=number,
            errors=errors or {},
            may_edit=viewer.has(Role.ADMIN),
            may_find=viewer.has(Role.EDITOR),
        )

    return page(request, "dataspaces/system.html", await unit(read), status_code=422 if errors else 200)


async def _names(tx: Transaction, scope: OperatorScope, tasks: list[Task]) -> dict[UUID, tuple[str, str]]:
    """(name, page) of what tasks are about."""
    parts = {one.ours for one in tasks if one.kind in (TaskKind.PART, TaskKind.FOOTPRINT)}
    names = {
        trace_id: (part.name, f"/parts/{trace_id}")
        for trace_id, part in (await traceability.parts_by_id(tx, scope, parts)).items()
    }
    for task in tasks:
        if task.kind in (TaskKind.REQUEST, TaskKind.ANSWER):
            try:
                trade = await traceability.request_by_id(tx, scope, trade_id=task.ours)
            except NotFound:
                continue
            own = await traceability.parts_by_id(tx, scope, [trade.downstream_trace_id])
            name = trade.requested_part.name if trade.requested_part else ""
            name = own[trade.downstream_trace_id].name if trade.downstream_trace_id in own else name
            names[task.ours] = (name, f"/requests/{trade.request_id}")
    return names


def _task(task: Task, names: dict[UUID, tuple[str, str]], language: Language) -> TaskRow:
    name, href = names.get(task.ours, ("", ""))
    held = task.state == "held"
    return TaskRow(
        kind=task.kind.value,
        name=name,
        href=href,
        held=held,
        why=why(task.code, task.detail if held else None, language),
        since=task.marked_at,
    )


@get(HERE + "/{system_id:uuid}", guards=[signed_in], include_in_schema=False)
async def system(request: AnyRequest, unit: Unit, system_id: FromPath[UUID]) -> Response[str]:
    """One system."""
    return await _shown(request, unit, system_id)


@post(HERE + "/{system_id:uuid}/partners", guards=[editor], status_code=200, include_in_schema=False)
async def find(request: AnyRequest, unit: Unit, db: Db, system_id: FromPath[UUID]) -> Response[Any]:
    """Find a company there, or say that there is none."""
    language = viewer_of(request).language
    number = str((await request.form()).get("number") or "").strip()
    try:
        found = await joining.find_partner(db, unit.scope, system_id, number)
    except SystemNotFound:
        raise
    except Refusal as refusal:
        return await _shown(request, unit, system_id, number, {"number": refusal.sentence(language)})
    happened = say("dataspaces.system.found", language, company=found.name)
    return done(
        request, f"{HERE}/{system_id}", Flash(happened=happened, seen_by=say("dataspaces.system.found_seen", language))
    )


@post(HERE + "/{system_id:uuid}/leave", guards=[admin], status_code=200, include_in_schema=False)
async def leave(request: AnyRequest, unit: Unit, system_id: FromPath[UUID]) -> Response[Any]:
    """Leave the system, confirmed by its name."""
    language = viewer_of(request).language
    one = await unit(joining.get, system_id)
    if str((await request.form()).get("confirm") or "").strip() != one.name:
        wrong = {"confirm": say("dataspaces.system.wrong_name", language)}
        return await _shown(request, unit, system_id, errors=wrong)
    await unit(joining.move, system_id, "leave")
    return done(request, HERE, Flash(happened=say("dataspaces.system.moved", language)))


@post(HERE + "/{system_id:uuid}/{word:str}", guards=[admin], status_code=200, include_in_schema=False)
async def move(request: AnyRequest, unit: Unit, system_id: FromPath[UUID], word: FromPath[str]) -> Response[None]:
    """Pause, resume, read now, send again."""
    if word not in _MOVES:
        raise NotFound
    await unit(joining.move, system_id, word)
    return done(
        request, f"{HERE}/{system_id}", Flash(happened=say("dataspaces.system.moved", viewer_of(request).language))
    )


handlers = [systems, new_system, join, edit, change, system, find, leave, move]
