"""The company's own pages: record, plants, automatic disclosure. Words in, words out; nothing is decided here."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post

from meguri.identity import service as identity
from meguri.kernel.errors import Invalid, NotFound, Refusal, Stale
from meguri.kernel.scope import Role
from meguri.operators import companies, plants, views
from meguri.operators.errors import GlobalOperatorIdTaken, GlobalPlantIdTaken, OpenPlantIdTaken
from meguri.operators.model import PROOFS, OperatorChange, OperatorRecord, Plant, PlantInput, SettingsChange
from meguri.ui import Flash, Place, done, page, viewer_of, words
from meguri.ui.parts import Choice
from meguri.web import Asking, FromPath, Paging, Unit, admin, editor, signed_in, version_in

AnyRequest = Request[Any, Any, Any]
HTML = Response[str] | Response[None]

_COMPANY_FIELDS = ("name", "address", "global_operator_id", "lei", "gln")
_PLANT_FIELDS = ("name", "address", "open_plant_id", "global_plant_id", "gln")
_FIELD_OF: dict[type[Refusal], str] = {
    GlobalOperatorIdTaken: "global_operator_id",
    OpenPlantIdTaken: "open_plant_id",
    GlobalPlantIdTaken: "global_plant_id",
}
_MOST_PEOPLE = 1000

places = (Place("company", "/company"),)


async def people_of(unit: Unit, principal: Asking) -> dict[str, str]:
    """The names of the company's people by actor, as far as the reader may know them: administrators know all."""
    scope = unit.scope
    names = {scope.actor: principal.name} if principal.name else {}
    if scope.may_administer:
        members = await identity.list_people(unit.db, scope, None, _MOST_PEOPLE)
        names |= {f"person:{member.person_id}": member.name for member in members}
    return names


async def sent(request: AnyRequest) -> dict[str, str]:
    """The form's fields; files and repetitions are left out."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


def errors_of(request: AnyRequest, refusal: Refusal) -> dict[str, str]:
    """Field → sentence, for a refusal that a form can show. Raises the refusal when it is about no field."""
    language = viewer_of(request).language
    if isinstance(refusal, Invalid) and refusal.fields:
        return {error.field: error.of(language) for error in refusal.fields}
    if type(refusal) in _FIELD_OF:
        return {_FIELD_OF[type(refusal)]: refusal.sentence(language)}
    raise refusal


def say(request: AnyRequest, key: str, **values: object) -> str:
    """A sentence of this room in the viewer's language."""
    return words.say(f"operators.{key}", viewer_of(request).language, **values)


# The company


@get("/company", guards=[signed_in], include_in_schema=False)
async def company(request: AnyRequest, unit: Unit, paging: Paging) -> Response[str]:
    """The record, the plants, automatic disclosure."""
    viewer = viewer_of(request)
    listed = await unit(plants.page, limit=paging.limit, cursor=paging.cursor)
    switches = await unit(companies.settings)
    context = views.CompanyPage(
        record=await unit(companies.own),
        plants=listed.items,
        next_cursor=listed.next_cursor,
        auto_disclose=switches.auto_disclose,
        least_proof=switches.least_proof,
        proofs=[Choice(one, say(request, f"identity.{one}")) for one in PROOFS],
        may_edit=viewer.has(Role.EDITOR),
        may_administer=viewer.has(Role.ADMIN),
    )
    return page(request, "company.html", context)


@get("/company/edit", guards=[admin], include_in_schema=False)
async def edit_company(request: AnyRequest, unit: Unit, principal: Asking) -> Response[str]:
    """The form of the record."""
    record = await unit(companies.own)
    given = _company_form(record)
    return page(request, "company_edit.html", await _edit_page(unit, principal, record, given))


@post("/company/edit", guards=[admin], status_code=200, include_in_schema=False)
async def save_company(request: AnyRequest, unit: Unit, principal: Asking) -> HTML:
    """Save the record, or show the form again with what was typed."""
    form = await sent(request)
    record = await unit(companies.own)
    given = msgspec.convert({name: form.get(name, "").strip() for name in _COMPANY_FIELDS}, views.CompanyForm)
    change = OperatorChange(
        name=given.name,
        address=given.address,
        open_operator_id=record.open_operator_id,
        global_operator_id=given.global_operator_id or None,
        lei=given.lei or None,
        gln=given.gln or None,
    )
    try:
        saved = await unit(companies.update, change, expected_version=version_in(form))
    except Stale:
        context = await _edit_page(unit, principal, record, given, stale=True)
        return page(request, "company_edit.html", context, status_code=412)
    except Refusal as refusal:
        context = await _edit_page(unit, principal, record, given, errors=errors_of(request, refusal))
        return page(request, "company_edit.html", context, status_code=422)
    told = "company.saved" if saved.version != record.version else "company.unchanged"
    return done(request, "/company", Flash(happened=say(request, told), seen_by=say(request, "company.who_sees")))


def _company_form(record: OperatorRecord) -> views.CompanyForm:
    return msgspec.convert({name: getattr(record, name) for name in _COMPANY_FIELDS}, views.CompanyForm)


async def _edit_page(
    unit: Unit,
    principal: Asking,
    record: OperatorRecord,
    given: views.CompanyForm,
    *,
    errors: dict[str, str] | None = None,
    stale: bool = False,
) -> views.CompanyEditPage:
    past = await unit(companies.versions, limit=20)
    return views.CompanyEditPage(
        given=given,
        open_operator_id=record.open_operator_id,
        version=record.version,
        versions=views.version_rows(past.items, _COMPANY_FIELDS, await people_of(unit, principal)),
        errors=errors or {},
        stale=stale,
        present={name: getattr(record, name) for name in _COMPANY_FIELDS},
    )


@post("/company/settings/least-proof", guards=[admin], status_code=200, include_in_schema=False)
async def choose_least_proof(request: AnyRequest, unit: Unit) -> Response[None]:
    """How well another company has to be known before anything is disclosed to it. Raises NotFound for any other word."""
    said = (await sent(request)).get("least_proof")
    chosen = next((one for one in PROOFS if one == said), None)
    if chosen is None:
        raise NotFound
    present = await unit(companies.settings)
    await unit(companies.change_settings, SettingsChange(auto_disclose=present.auto_disclose, least_proof=chosen))
    told = Flash(happened=say(request, "settings.least_saved"), seen_by=say(request, "settings.least_seen"))
    return done(request, "/company", told)


@post("/company/settings/auto-disclose/{chosen:str}", guards=[admin], status_code=200, include_in_schema=False)
async def switch_auto_disclose(request: AnyRequest, unit: Unit, chosen: FromPath[str]) -> Response[None]:
    """Turn automatic disclosure on or off. Raises NotFound for any other word."""
    if chosen not in ("on", "off"):
        raise NotFound
    await unit(companies.change_settings, SettingsChange(auto_disclose=chosen == "on"))
    told = Flash(
        happened=say(request, f"settings.turned_{chosen}"),
        seen_by=say(request, "settings.from_now"),
        kind="attention" if chosen == "on" else "ok",
    )
    return done(request, "/company", told)


# Plants


@get("/company/plants/new", guards=[editor], include_in_schema=False, sync_to_thread=False)
def new_plant(request: AnyRequest) -> Response[str]:
    """The form of a new plant."""
    return page(request, "plant.html", views.PlantPage(plant_id=None, given=views.PlantForm(), may_edit=True))


@post("/company/plants/new", guards=[editor], status_code=200, include_in_schema=False)
async def add_plant(request: AnyRequest, unit: Unit) -> HTML:
    """Register a plant, or show the form again with what was typed."""
    given = _plant_form(await sent(request))
    try:
        added = await unit(plants.register, _plant_input(given))
    except Refusal as refusal:
        errors = errors_of(request, refusal)
        context = views.PlantPage(plant_id=None, given=given, may_edit=True, errors=errors)
        return page(request, "plant.html", context, status_code=422)
    return done(request, "/company", _saved(request, "plants.added", added))


@get("/company/plants/{plant_id:uuid}", guards=[signed_in], include_in_schema=False)
async def show_plant(request: AnyRequest, unit: Unit, principal: Asking, plant_id: FromPath[UUID]) -> Response[str]:
    """One plant: its form for those who may change it, and its history."""
    plant = await unit(plants.get, plant_id)
    given = msgspec.convert({name: getattr(plant, name) for name in _PLANT_FIELDS}, views.PlantForm)
    return page(request, "plant.html", await _plant_page(request, unit, principal, plant, given))


@post("/company/plants/{plant_id:uuid}", guards=[editor], status_code=200, include_in_schema=False)
async def save_plant(request: AnyRequest, unit: Unit, principal: Asking, plant_id: FromPath[UUID]) -> HTML:
    """Save a plant, or show the form again with what was typed."""
    form = await sent(request)
    given = _plant_form(form)
    plant = await unit(plants.get, plant_id)
    try:
        saved = await unit(plants.update, plant_id, _plant_input(given), expected_version=version_in(form))
    except Stale:
        context = await _plant_page(request, unit, principal, plant, given, stale=True)
        return page(request, "plant.html", context, status_code=412)
    except Refusal as refusal:
        context = await _plant_page(request, unit, principal, plant, given, errors=errors_of(request, refusal))
        return page(request, "plant.html", context, status_code=422)
    return done(request, "/company", _saved(request, "plants.saved", saved))


def _plant_form(form: dict[str, str]) -> views.PlantForm:
    return msgspec.convert({name: form.get(name, "").strip() for name in _PLANT_FIELDS}, views.PlantForm)


def _plant_input(given: views.PlantForm) -> PlantInput:
    return PlantInput(
        name=given.name,
        address=given.address,
        open_plant_id=given.open_plant_id,
        global_plant_id=given.global_plant_id or None,
        gln=given.gln or None,
    )


def _saved(request: AnyRequest, key: str, plant: Plant) -> Flash:
    return Flash(happened=say(request, key, name=plant.name), seen_by=say(request, "plants.seen_by"))


async def _plant_page(
    request: AnyRequest,
    unit: Unit,
    principal: Asking,
    plant: Plant,
    given: views.PlantForm,
    *,
    errors: dict[str, str] | None = None,
    stale: bool = False,
) -> views.PlantPage:
    past = await unit(plants.versions, plant.plant_id, limit=20)
    return views.PlantPage(
        plant_id=plant.plant_id,
        given=given,
        may_edit=viewer_of(request).has(Role.EDITOR),
        version=plant.version,
        versions=views.version_rows(past.items, _PLANT_FIELDS, await people_of(unit, principal)),
        errors=errors or {},
        stale=stale,
        present={name: getattr(plant, name) for name in _PLANT_FIELDS},
    )


handlers = [
    company,
    edit_company,
    save_company,
    switch_auto_disclose,
    choose_least_proof,
    new_plant,
    add_plant,
    show_plant,
    save_plant,
]
