"""Life on pages: measured values, events, transfers; access asked for and granted; files of passports."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.datastructures import UploadFile

from meguri.imports.model import pace
from meguri.imports.pages import duration_words
from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope, Role
from meguri.kernel.text import Language
from meguri.operators import service as operators
from meguri.passport import errors, service, views
from meguri.passport.api.life import NewEvent, happened
from meguri.passport.bulk.cells import Unreadable, number_of_cell
from meguri.passport.bulk.model import Mode
from meguri.passport.bulk.writing import faults_csv, results_xlsx, template
from meguri.passport.catalogue import Attribute
from meguri.passport.kinds import battery, kind_of
from meguri.passport.labels.packing import packages_of
from meguri.passport.pages import AnyRequest, categories, loaded, models_of, sent, told
from meguri.passport.public.showing import unit_of
from meguri.passport.readings import Reading
from meguri.passport.service import bulk
from meguri.storage.transaction import Transaction
from meguri.ui import Flash, done, fragment, page, viewer_of
from meguri.ui.parts import Choice
from meguri.ui.words import say
from meguri.web import FromPath, FromQuery, Unit, editor, editor_freshly_proved, signed_in

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@get("/passports/{passport_id:uuid}/measurements", guards=[signed_in], include_in_schema=False)
async def measure_page(request: AnyRequest, unit: Unit, passport_id: FromPath[UUID]) -> Response[str]:
    """What was measured, newest first; and a form for one value more."""
    return await _measure(request, unit, passport_id, {})


async def _measure(request: AnyRequest, unit: Unit, passport_id: UUID, wrong: dict[str, str]) -> Response[str]:
    viewer = viewer_of(request)

    async def read(tx: Transaction, scope: OperatorScope) -> views.MeasurePage:
        kind, record, document = await loaded(tx, scope, passport_id)
        measured = [each for each in kind.attributes.values() if each.type in ("dyn_decimal", "dyn_integer")]
        return views.MeasurePage(
            record=record,
            name=views.name_of(kind, document, record, viewer.language),
            rows=await service.readings(tx, scope, str(passport_id), limit=100),
            units={each.key: unit_of(each, viewer.language) for each in kind.attributes.values()},
            measurable=[Choice(each.key, _with_unit(each, viewer.language)) for each in measured],
            errors=wrong,
            may_edit=viewer.has(Role.EDITOR),
        )

    return page(request, "measurements.html", await unit(read), status_code=422 if wrong else 200)


def _with_unit(attribute: Attribute, language: Language) -> str:
    unit = unit_of(attribute, language)
    return f"{attribute.name.of(language)} ({unit})" if unit else attribute.name.of(language)


@post("/passports/{passport_id:uuid}/measurements", guards=[editor], include_in_schema=False, status_code=200)
async def measure(request: AnyRequest, unit: Unit, passport_id: FromPath[UUID]) -> Response[Any]:
    """Takes one measured value."""
    form, language = await sent(request), viewer_of(request).language
    try:
        value = number_of_cell(form.get("value", ""))
        at = datetime.fromisoformat(form.get("measured_at", "")).replace(tzinfo=UTC)
    except (Unreadable, ValueError):
        return await _measure(request, unit, passport_id, {"value": say("passport.measure.wrong", language)})
    reading = Reading(
        attribute=form.get("attribute", ""), value=value, measured_at=at, method=form.get("method") or None
    )
    batch = service.Batch(batch_id="page", source="manual", readings=[reading])
    recorded = await unit(service.record_readings, str(passport_id), batch)
    if recorded.rejected:
        first = recorded.rejected[0]
        sentence = first.text_ja if language == "ja" else first.text_en
        return await _measure(request, unit, passport_id, {"value": sentence})
    return done(
        request, f"/passports/{passport_id}/measurements", Flash(happened=say("passport.measure.taken", language))
    )


@post("/passports/{passport_id:uuid}/events", guards=[editor], include_in_schema=False, status_code=200)
async def record_event(request: AnyRequest, unit: Unit, passport_id: FromPath[UUID]) -> Response[Any]:
    """Records what happened: put into service, repaired, damaged, waste."""
    form, language = await sent(request), viewer_of(request).language
    words = form.get("description", "").strip()
    said = NewEvent(
        type=form.get("type", ""),
        month=form.get("month", "").strip() or None,
        description={language: words} if words else None,
        severity=form.get("severity") or None,
        not_determined=words or None,
        recycling_record_id=form.get("recycling_record_id", "").strip() or None,
    )

    async def happen(tx: Transaction, scope: OperatorScope) -> Any:
        return await happened(tx, scope, str(passport_id), said)

    try:
        await unit(happen)
    except Refusal as refusal:
        told(refusal)
        return done(request, f"/passports/{passport_id}", Flash(happened=refusal.sentence(language), kind="attention"))
    return done(request, f"/passports/{passport_id}", Flash(happened=say("passport.passport.event_recorded", language)))


@get("/passports/transfers", guards=[signed_in], include_in_schema=False)
async def transfers_page(request: AnyRequest, unit: Unit) -> Response[str]:
    """Responsibility that comes in and goes out."""
    viewer = viewer_of(request)

    async def read(tx: Transaction, scope: OperatorScope) -> views.TransfersPage:
        found = await service.transfers(tx, scope)
        names = await _names(tx, scope, ((each.outgoing_operator_id, each.incoming_operator_id) for each in found))
        rows = [views.transfer_row(each, names, scope.operator_id, viewer.language) for each in found]
        return views.TransfersPage(
            incoming=[each for each in rows if each.mine],
            outgoing=[each for each in rows if not each.mine],
            roles=views.roles_of(battery(), viewer.language),
            may_edit=viewer.has(Role.EDITOR),
        )

    return page(request, "transfers.html", await unit(read))


async def _names(tx: Transaction, scope: OperatorScope, pairs: Iterable[tuple[UUID, UUID]]) -> dict[UUID, str]:
    return await operators.names_of(tx, scope, {each for pair in pairs for each in pair})


@post(
    "/passports/transfers/{dealing_id:uuid}/{act:str}",
    guards=[editor_freshly_proved],
    include_in_schema=False,
    status_code=200,
)
async def settle_transfer(
    request: AnyRequest, unit: Unit, dealing_id: FromPath[UUID], act: FromPath[str]
) -> Response[Any]:
    """Accepts, rejects or withdraws. Whoever accepts says in which role (form field `role`)."""
    language = viewer_of(request).language
    role = str((await request.form()).get("role") or "") or None
    said = (service.Acceptance(operator_role=role),) if act == "accept" and role else ()
    does = {"accept": service.accept_transfer, "reject": service.reject_transfer, "withdraw": service.withdraw_transfer}
    if act not in does:
        raise errors.DealingNotFound
    try:
        settled = await unit(does[act], dealing_id, *said)
    except Refusal as refusal:
        told(refusal)
        return done(request, "/passports/transfers", Flash(happened=refusal.sentence(language), kind="attention"))
    words = say(f"passport.transfers.now_{settled.state}", language)
    return done(request, "/passports/transfers", Flash(happened=words))


@post(
    "/passports/{passport_id:uuid}/transfer", guards=[editor_freshly_proved], include_in_schema=False, status_code=200
)
async def propose(request: AnyRequest, unit: Unit, passport_id: FromPath[UUID]) -> Response[Any]:
    """Proposes that another company takes over, found by its public number."""
    form, language = await sent(request), viewer_of(request).language

    async def offer(tx: Transaction, scope: OperatorScope) -> Any:
        await service.owned(tx, scope, str(passport_id))
        found = await operators.look_up(tx, scope, form.get("partner", "").strip())
        new = service.NewTransfer(
            dpp_ids=(str(passport_id),), reason=form.get("reason", "sale"), incoming_operator_id=found.operator_id
        )
        return await service.propose_transfer(tx, scope, new)

    try:
        await unit(offer)
    except Refusal as refusal:
        told(refusal)
        return done(request, f"/passports/{passport_id}", Flash(happened=refusal.sentence(language), kind="attention"))
    return done(request, "/passports/transfers", Flash(happened=say("passport.transfers.now_proposed", language)))


@get("/passports/access", guards=[signed_in], include_in_schema=False)
async def access_page(request: AnyRequest, unit: Unit) -> Response[str]:
    """Who asked for what, and who may see what until when."""
    viewer = viewer_of(request)

    async def read(tx: Transaction, scope: OperatorScope) -> views.AccessPage:
        requests, grants = await service.requests(tx, scope), await service.grants(tx, scope)
        pairs = [(each.owner_operator_id, each.requester_operator_id) for each in requests]
        pairs += [(each.grantor_operator_id, each.grantee_operator_id) for each in grants]
        names = await _names(tx, scope, pairs)
        asked = [views.request_row(each, names, scope.operator_id, viewer.language) for each in requests]
        given = [views.grant_row(each, names, scope.operator_id, viewer.language) for each in grants]
        return views.AccessPage(
            asked_of_us=[each for each in asked if each.mine],
            asked_by_us=[each for each in asked if not each.mine],
            given=[each for each in given if each.mine],
            held=[each for each in given if not each.mine],
            denials=views.denial_choices(viewer.language),
            may_edit=viewer.has(Role.EDITOR),
        )

    return page(request, "access.html", await unit(read))


@post("/passports/access/{dealing_id:uuid}/{act:str}", guards=[editor], include_in_schema=False, status_code=200)
async def settle_access(
    request: AnyRequest, unit: Unit, dealing_id: FromPath[UUID], act: FromPath[str]
) -> Response[Any]:
    """Approves, denies, withdraws, revokes."""
    form, language = await sent(request), viewer_of(request).language

    async def decide(tx: Transaction, scope: OperatorScope) -> Any:
        if act == "approve":
            return await service.approve(tx, scope, dealing_id)
        if act == "deny":
            return await service.deny(tx, scope, dealing_id, form.get("reason", ""))
        if act == "withdraw":
            return await service.withdraw(tx, scope, dealing_id)
        if act == "revoke":
            return await service.revoke(tx, scope, dealing_id)
        raise errors.DealingNotFound

    try:
        settled = await unit(decide)
    except Refusal as refusal:
        told(refusal)
        return done(request, "/passports/access", Flash(happened=refusal.sentence(language), kind="attention"))
    return done(request, "/passports/access", Flash(happened=say(f"passport.access.now_{settled.state}", language)))


@get("/passports/bulk", guards=[signed_in], include_in_schema=False)
async def bulk_page(request: AnyRequest, unit: Unit) -> Response[str]:
    """Files of passports: send one, see what became of the others."""
    return await _bulk(request, unit, {})


async def _bulk(request: AnyRequest, unit: Unit, wrong: dict[str, str]) -> Response[str]:
    viewer = viewer_of(request)
    context = views.BulkPage(
        jobs=await unit(bulk.jobs, limit=20),
        models=await models_of(unit),
        categories=categories(viewer.language),
        errors=wrong,
        may_edit=viewer.has(Role.EDITOR),
    )
    return page(request, "bulk.html", context, status_code=422 if wrong else 200)


@post("/passports/bulk", guards=[editor], include_in_schema=False, status_code=200)
async def bulk_start(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Takes a file."""
    language = viewer_of(request).language
    form = await request.form()
    file = form.get("file")
    if not isinstance(file, UploadFile) or not file.filename:
        return await _bulk(request, unit, {"file": say("passport.bulk.no_file", language)})
    modes: dict[str, Mode] = {"dry_run": "dry_run", "skip_bad": "skip_bad", "all_or_nothing": "all_or_nothing"}
    mode = modes.get(str(form.get("mode", "")), "dry_run")
    new = bulk.NewJob(file_name=file.filename, mode=mode, model=str(form.get("model") or "") or None)
    try:
        job = await unit(bulk.start, new, await file.read())
    except Refusal as refusal:
        return await _bulk(request, unit, {"file": refusal.sentence(language)})
    return done(
        request, f"/passports/bulk/{job.job_id}", Flash(happened=say("passport.bulk.started", language, n=job.rows))
    )


@get("/passports/bulk/template/{category:str}", guards=[signed_in], include_in_schema=False)
async def bulk_template(category: FromPath[str]) -> Response[bytes]:
    """An empty workbook for a category."""
    kind = next((k for k in (kind_of("battery"),) if any(c.code == category for c in k.head.categories)), None)
    if kind is None:
        raise errors.DppNotFound
    return _file(template(kind, category), f"battery-{category}.xlsx", XLSX)


@get("/passports/bulk/{job_id:uuid}", guards=[signed_in], include_in_schema=False)
async def bulk_job(request: AnyRequest, unit: Unit, job_id: FromPath[UUID], part: FromQuery[str] = "") -> Response[str]:
    """One file at work: how far, what is wrong, what was made."""
    viewer = viewer_of(request)
    job = await unit(bulk.job_of, job_id)
    context = views.BulkJobPage(
        job=job,
        faults=await unit(bulk.faults, job_id, most=200),
        working=job.state in ("queued", "running"),
        left=duration_words(pace(job.checked, job.rows, clock.now() - job.created_at), viewer.language),
        may_edit=viewer.has(Role.EDITOR),
        label_parts=packages_of(job),
    )
    return fragment(request, "bulk_progress.html", context) if part else page(request, "bulk_job.html", context)


@post("/passports/bulk/{job_id:uuid}/cancel", guards=[editor], include_in_schema=False, status_code=200)
async def bulk_cancel(request: AnyRequest, unit: Unit, job_id: FromPath[UUID]) -> Response[Any]:
    """Stops before the next part."""
    language = viewer_of(request).language
    try:
        await unit(bulk.cancel, job_id)
    except errors.DealingClosed as refusal:
        return done(request, f"/passports/bulk/{job_id}", Flash(happened=refusal.sentence(language), kind="attention"))
    return done(request, f"/passports/bulk/{job_id}", Flash(happened=say("passport.bulk.cancelled", language)))


@get("/passports/bulk/{job_id:uuid}/{kind:str}", guards=[signed_in], include_in_schema=False)
async def bulk_file(request: AnyRequest, unit: Unit, job_id: FromPath[UUID], kind: FromPath[str]) -> Response[bytes]:
    """What is wrong (`errors`) or what was made (`results`) as a file."""
    language = viewer_of(request).language
    if kind == "errors":
        found = await unit(bulk.faults, job_id, most=200_000)
        return _file(faults_csv(found, language), "errors.csv", "text/csv")
    results, rest = await unit(bulk.results, job_id)
    while rest is not None:
        more, rest = await unit(bulk.results, job_id, after=rest)
        results += more
    return _file(results_xlsx(results, language), "results.xlsx", XLSX)


def _file(content: bytes, name: str, media_type: str) -> Response[bytes]:
    headers = {"content-disposition": f'attachment; filename="{name}"', "x-content-type-options": "nosniff"}
    return Response(content, media_type=media_type, headers=headers)


handlers = [
    measure_page,
    measure,
    record_event,
    transfers_page,
    settle_transfer,
    propose,
    access_page,
    settle_access,
    bulk_page,
    bulk_start,
    bulk_template,
    bulk_job,
    bulk_cancel,
    bulk_file,
]
