"""Passports on pages: the list, one passport with what it lacks, its sections, its history."""

from datetime import datetime
from typing import Any
from uuid import UUID

from litestar import Request, Response, get, post

from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope, Role
from meguri.kernel.text import Language
from meguri.operators import service as operators
from meguri.passport import errors, register, service, store, views, views_section
from meguri.passport.api.asking import cursor_of, place_of
from meguri.passport.bulk.cells import values_of
from meguri.passport.expressions import filled
from meguri.passport.kinds import Document, Kind, battery, kind_of, kinds
from meguri.passport.lifecycle import Happening
from meguri.passport.model import LifeEvent, NewPassport, Record
from meguri.passport.public.plan import plan_of
from meguri.passport.public.showing import show
from meguri.passport.store import Wanted
from meguri.storage.transaction import Transaction
from meguri.ui import Flash, done, page, viewer_of
from meguri.ui.navigation import Place
from meguri.ui.parts import Choice
from meguri.ui.words import say
from meguri.web import FromPath, FromQuery, Paging, Unit, editor, editor_freshly_proved, signed_in, version_in

AnyRequest = Request[Any, Any, Any]
places = [Place("passports", "/passports")]


def told(refusal: Refusal) -> None:
    """What is not the viewer's is not found; every other refusal is told on the page. Raises the former."""
    if isinstance(refusal, errors.DppNotFound | errors.DealingNotFound):
        raise refusal


async def sent(request: AnyRequest) -> dict[str, str]:
    """The form as it was sent; texts only."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


def categories(language: Language) -> list[Choice]:
    """Every category of every kind."""
    return [Choice(each.code, each.name.of(language)) for kind in kinds().values() for each in kind.head.categories]


async def loaded(tx: Transaction, scope: OperatorScope, passport_id: UUID) -> tuple[Kind, Record, Document]:
    """A passport that the viewer is responsible for, with its whole document."""
    record, _ = await service.owned(tx, scope, str(passport_id))
    return kind_of(record.kind), record, await service.document_of(tx, record)


@get("/passports", guards=[signed_in], include_in_schema=False)
async def passports_list(
    request: AnyRequest,
    unit: Unit,
    paging: Paging,
    q: FromQuery[str] = "",
    category: FromQuery[str] = "",
    status: FromQuery[str] = "",
) -> Response[str]:
    """The company's passports, the latest change first."""
    wanted = Wanted(q=q or None, category=category or None, state=status or None)

    async def read(tx: Transaction, scope: OperatorScope) -> tuple[service.Found, dict[str, int], bool]:
        found = await service.search(tx, scope, wanted, after=place_of(paging.cursor), limit=min(paging.limit, 50))
        return found, await store.tally(tx, scope.operator_id), await service.is_authority(tx, scope)

    found, tally, oversees = await unit(read)
    viewer = viewer_of(request)
    context = views.PassportsPage(
        rows=[views.row(each) for each in found.items],
        total=found.total,
        tally=tally,
        next_cursor=cursor_of(found.rest),
        words=q,
        category=category,
        state=status,
        categories=categories(viewer.language),
        may_edit=viewer.has(Role.EDITOR),
        oversees=oversees,
    )
    return page(request, "passports.html", context)


@get("/passports/{passport_id:uuid}", guards=[signed_in], include_in_schema=False)
async def passport_page(request: AnyRequest, unit: Unit, passport_id: FromPath[UUID]) -> Response[str]:
    """One passport: how it stands, what it lacks and who has it, what can be done."""
    viewer = viewer_of(request)

    async def read(tx: Transaction, scope: OperatorScope) -> views.PassportPage:
        kind, record, document = await loaded(tx, scope, passport_id)
        report, _, status = await service.completeness(tx, scope, str(passport_id))
        return views.PassportPage(
            record=record,
            name=views.name_of(kind, document, record, viewer.language),
            sign=views.BADGES.get(record.state, "info"),
            category=kind.category_name(record.category),
            report=report,
            gaps=views.gaps_of(kind, report),
            notes=views.notes_of(kind, document, viewer.language),
            sections=views.section_rows(kind, document),
            possible=await service.possible(tx, scope, str(passport_id)),
            scope_status=status,
            public_href=record.product_key if record.product_key.startswith("/") else record.product_id,
            may_edit=viewer.has(Role.EDITOR),
            reads=await _reads(tx, record),
            personal=[kind.attributes[key].name.of(viewer.language) for key in await service.personal_in(tx, record)],
            erase_word=views.word_to_erase(record),
        )

    return page(request, "passport.html", await unit(read))


async def _reads(tx: Transaction, record: Record) -> int:
    async with tx.across():
        return await register.reads_since(tx, record.operator_id, record.passport_id, record.issued_at)


@get("/passports/{passport_id:uuid}/sections/{section:str}", guards=[editor], include_in_schema=False)
async def section_page(
    request: AnyRequest, unit: Unit, passport_id: FromPath[UUID], section: FromPath[str]
) -> Response[str]:
    """A section to be filled in."""
    kind, record, document = await unit(loaded, passport_id)
    return _section(request, kind, record, document, section)


def _section(
    request: AnyRequest,
    kind: Kind,
    record: Record,
    document: Document,
    section: str,
    *,
    wrong: dict[str, str] | None = None,
    typed: dict[str, str] | None = None,
    stale: bool = False,
) -> Response[str]:
    if section not in kind.by_section:
        raise errors.DppNotFound
    language = viewer_of(request).language
    context = views.SectionPage(
        record=record,
        name=views.name_of(kind, document, record, language),
        section=section,
        section_name=kind.section_name(section),
        groups=views_section.groups_of(kind, section, record, document, language, typed),
        sections=views.section_rows(kind, document),
        errors=wrong or {},
        stale=stale,
    )
    return page(request, "section.html", context, status_code=422 if wrong or stale else 200)


@post("/passports/{passport_id:uuid}/sections/{section:str}", guards=[editor], include_in_schema=False, status_code=200)
async def save_section(
    request: AnyRequest, unit: Unit, passport_id: FromPath[UUID], section: FromPath[str]
) -> Response[Any]:
    """Writes what was typed into a section; what is wrong is shown beside its field."""
    form, language = await sent(request), viewer_of(request).language
    kind, record, document = await unit(loaded, passport_id)
    cells = views_section.cells_of(kind, section, form)
    typed = {name: text for name, text in cells.items() if text}
    kept = views_section.kept_beside(kind, section, document)
    values, faults = values_of(kind, typed, 1, record.granularity, kept)
    wrong = {each.column: each.text(language) for each in faults if each.code != "OVERRIDE_NOT_DECLARED"}
    if wrong or "add_row" in form:
        wrong = views_section.faults_in_rows(kind, cells, wrong, language) if "add_row" not in form else {}
        return _section(request, kind, record, document, section, wrong=wrong, typed=cells)
    changes = _changed(kind, section, record, document, cells, values)
    reason = form.get("reason", "").strip()
    overrides = dict.fromkeys(changes, reason) if reason and record.granularity == "item" else {}
    try:
        made = await unit(
            service.change,
            str(passport_id),
            changes,
            expected_version=version_in(form) or None,
            overrides=overrides,
            reason=reason or None,
        )
    except errors.VersionConflict:
        return _section(request, kind, record, document, section, typed=cells, stale=True)
    except Refusal as refusal:
        wrong = {each.field.strip("/").replace("/", "."): each.of(language) for each in refusal.fields}
        wrong = wrong or {section: refusal.sentence(language)}
        return _section(request, kind, record, document, section, wrong=wrong, typed=cells)
    seen = "passport.section.seen_public" if made.state == "Active" else "passport.section.seen_own"
    happened = say("passport.section.saved", language, section=kind.section_name(section).of(language))
    return done(request, f"/passports/{passport_id}", Flash(happened=happened, seen_by=say(seen, language)))


def _changed(
    kind: Kind, section: str, record: Record, document: Document, cells: dict[str, str], values: Document
) -> Document:
    """What differs from the document; a field that was emptied empties its value."""
    shown = {name.partition(".")[0] for name in cells}
    changes = {key: value for key, value in values.items() if document.get(key) != value}
    emptied = {key for key in shown if key not in values and filled(record.own.get(key))}
    known = {each.key for each in kind.by_section[section]}
    return {**changes, **dict.fromkeys(emptied & known)}


@get("/passports/new", guards=[editor], include_in_schema=False)
async def issue_form(request: AnyRequest, unit: Unit) -> Response[str]:
    """One passport by hand."""
    return await _issue(request, unit, {}, {})


async def _issue(request: AnyRequest, unit: Unit, given: dict[str, str], wrong: dict[str, str]) -> Response[str]:
    context = views.IssuePage(
        models=await models_of(unit),
        categories=categories(viewer_of(request).language),
        given=given,
        errors=wrong,
    )
    return page(request, "issue.html", context, status_code=422 if wrong else 200)


async def models_of(unit: Unit) -> list[Choice]:
    """The company's model records, to choose from."""
    found = await unit(service.search, Wanted(granularity="model"), limit=100)
    return [Choice(str(each.passport_id), f"{each.model_name or each.product_id}") for each in found.items]


@post("/passports/new", guards=[editor], include_in_schema=False, status_code=200)
async def issue_one(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Makes a draft, and leads to what it lacks."""
    form, language = await sent(request), viewer_of(request).language
    level = form.get("granularity", "item")
    category = form.get("category", "")
    new = NewPassport(
        gtin=form.get("gtin", "").strip() or None,
        serial=(form.get("serial", "").strip() or None) if level == "item" else None,
        product_id=form.get("product_id", "").strip() or None,
        granularity=level,
        model=(form.get("model") or None) if level == "item" else None,
        values={_category_key(category): category} if category and (level == "model" or not form.get("model")) else {},
    )
    try:
        made = await unit(service.issue, new)
    except Refusal as refusal:
        return await _issue(request, unit, form, {"gtin": refusal.sentence(language)})
    happened = say("passport.issue.made", language, id=made.dpp_id)
    return done(
        request,
        f"/passports/{made.passport_id}",
        Flash(happened=happened, seen_by=say("passport.section.seen_own", language)),
    )


def _category_key(category: str) -> str:
    for kind in kinds().values():
        if any(each.code == category for each in kind.head.categories):
            return kind.head.category
    return battery().head.category


@post("/passports/{passport_id:uuid}/publish", guards=[editor_freshly_proved], include_in_schema=False, status_code=200)
async def publish(request: AnyRequest, unit: Unit, passport_id: FromPath[UUID]) -> Response[Any]:
    """Draft becomes active; what is missing is told."""
    language = viewer_of(request).language
    try:
        made = await unit(service.publish, str(passport_id))
    except Refusal as refusal:
        told(refusal)
        return done(request, f"/passports/{passport_id}", Flash(happened=refusal.sentence(language), kind="attention"))
    happened = say("passport.passport.published", language, id=made.dpp_id)
    return done(
        request,
        f"/passports/{passport_id}",
        Flash(happened=happened, seen_by=say("passport.section.seen_public", language)),
    )


@post("/passports/{passport_id:uuid}/state", guards=[editor], include_in_schema=False, status_code=200)
async def set_state(request: AnyRequest, unit: Unit, passport_id: FromPath[UUID]) -> Response[Any]:
    """Suspends, resumes, or declares issued in error."""
    form, language = await sent(request), viewer_of(request).language
    try:
        happening = Happening(form.get("happening", ""))
        made = await unit(service.set_state, str(passport_id), happening, reason=form.get("reason", ""))
    except ValueError:
        raise errors.DppNotFound from None
    except Refusal as refusal:
        told(refusal)
        return done(request, f"/passports/{passport_id}", Flash(happened=refusal.sentence(language), kind="attention"))
    return done(
        request,
        f"/passports/{passport_id}",
        Flash(happened=say("passport.passport.state_now", language, state=made.state)),
    )


@post("/passports/{passport_id:uuid}/erase", guards=[editor_freshly_proved], include_in_schema=False, status_code=200)
async def erase(request: AnyRequest, unit: Unit, passport_id: FromPath[UUID]) -> Response[Any]:
    """Personal data leave every version, once their passport was named."""
    form, language = await sent(request), viewer_of(request).language
    here = f"/passports/{passport_id}"
    record, _ = await unit(service.owned, str(passport_id))
    if form.get("confirm", "").strip() != views.word_to_erase(record):
        return done(request, here, Flash(happened=say("passport.passport.erase_other", language), kind="attention"))
    await unit(service.erase_personal, str(passport_id))
    return done(request, here, Flash(happened=say("passport.passport.erased", language)))


@get("/passports/{passport_id:uuid}/history", guards=[signed_in], include_in_schema=False)
async def history_page(
    request: AnyRequest, unit: Unit, passport_id: FromPath[UUID], at: FromQuery[str] = ""
) -> Response[str]:
    """Every version, what happened, who read it, and the passport as of any day."""
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> views.HistoryPage:
        kind, record, document = await loaded(tx, scope, passport_id)
        versions, _ = await service.history(tx, scope, str(passport_id), limit=50)
        async with tx.across():
            lines = await register.page(tx, record.operator_id, record.passport_id, count=30)
        companies = await _companies(tx, scope, [line.entry for line in lines])
        then, wrong = await _then(tx, scope, kind, record, at, language)
        events = await service.events(tx, scope, str(passport_id))
        return views.HistoryPage(
            record=record,
            name=views.name_of(kind, document, record, language),
            versions=versions,
            names={key: each.name for key, each in kind.attributes.items()},
            lines=[views.register_row(line.entry, companies) for line in lines],
            events=[
                views.Happened(at=each.at, kind=_sign_of(each), title=say(f"passport.event.{_word_of(each)}", language))
                for each in reversed(events)
            ],
            at=at,
            then=then,
            wrong=wrong,
        )

    return page(request, "history.html", await unit(read))


async def _companies(tx: Transaction, scope: OperatorScope, entries: list[dict[str, Any]]) -> dict[str, str]:
    """The names of the companies in a register, by their ids as they stand there."""
    said = {str(entry.get("detail", {}).get("operator", "")) for entry in entries}
    found = [operator_id for each in said if (operator_id := parse_uuid(each)) is not None]
    return {str(key): name for key, name in (await operators.names_of(tx, scope, found)).items()}


def _word_of(event: LifeEvent) -> str:
    """What the timeline calls an event: a negative one by what it was."""
    return str(event.body.get("type") or event.kind) if event.kind == "negative_event" else event.kind


def _sign_of(event: LifeEvent) -> str:
    """How the timeline marks it; the statement that nothing bad happened is good news."""
    return "ok" if _word_of(event) == "none_recorded" else _SIGNS.get(event.kind, "info")


_SIGNS = {
    "issue": "ok",
    "put_into_service": "ok",
    "negative_event": "attention",
    "declare_waste": "ended",
    "recycle": "ended",
}


async def _then(
    tx: Transaction, scope: OperatorScope, kind: Kind, record: Record, at: str, language: Language
) -> tuple[list[tuple[str, str]], str]:
    """The passport's values as of the end of a day."""
    if not at:
        return [], ""
    try:
        moment = min(datetime.fromisoformat(f"{at}T23:59:59.999999+09:00"), clock.now())  # today: as of now
        view = await service.read_at(tx, scope, str(record.passport_id), moment)
    except ValueError:
        return [], errors.InvalidDate().sentence(language)
    except Refusal as refusal:
        return [], refusal.sentence(language)
    plan = plan_of(kind)
    shown = [
        (
            kind.attributes[key].name.of(language),
            kind.category_name(value).of(language)
            if key == kind.head.category
            else " / ".join(line.text for line in show(kind.attributes[key], value, language, plan).lines),
        )
        for key, value in view.values.items()
        if not isinstance(value, list)
    ]
    return shown, ""


handlers = [
    passports_list,
    issue_form,
    issue_one,
    passport_page,
    section_page,
    save_section,
    publish,
    set_state,
    erase,
    history_page,
]
