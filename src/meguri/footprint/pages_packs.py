"""Pages of rule packs: which there are, and a company's own."""

from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.connection import Request

from meguri.footprint import forms_pack, packs
from meguri.footprint.calculation.packs import RulePack
from meguri.footprint.forms_pack import PackForm
from meguri.footprint.packs import Offered, OwnPack, Rule
from meguri.footprint.packs.model import PREFIX
from meguri.kernel import clock
from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import FromPath, FromQuery, Unit, editor, signed_in

AnyRequest = Request[Any, Any, Any]
GWP = ("AR4", "AR5", "AR6", "AR6-corr", "param")
OPTIONS: dict[str, tuple[str, ...]] = {
    "status": ("draft", "voluntary", "contract"),
    "gwp_set": GWP,
    "mode": ("loc", "con", "param"),
    "cutoff": ("report_only", "component_mass", "collect_threshold", "total_share"),
    "reassign_to": ("none", "highest_ef_per_kg", "highest_contribution"),
    "allocation": ("auto", "mass", "energy", "pieces", "economic"),
    "waste": ("cut_off", "polluter_pays", "system_expansion", "param"),
    "end_of_life": ("cff", "cut_off", "avoided_burden", "param"),
    "primary_rule": ("both", "activity_only"),
}
STAGES = ("raw", "main", "dist", "eol_gross", "eol_credit")
ACCEPTED = ("on_site_direct", "ppa_physical", "ppa_virtual", "supplier_product", "eac", "residual", "param")


class PackListPage(msgspec.Struct, frozen=True, kw_only=True):
    """`own_packs.html`."""

    offered: list[Offered]
    own: list[OwnPack]
    may_edit: bool


class PackFormPage(msgspec.Struct, frozen=True, kw_only=True):
    """`own_pack_edit.html`. `row_version`: of the draft that is changed, None for a new version."""

    given: PackForm
    base: RulePack
    errors: dict[str, str]
    row_version: int | None
    fixed_id: bool
    options: dict[str, tuple[str, ...]]
    stages: tuple[str, ...]
    accepted: tuple[str, ...]
    processes: tuple[str, ...]


class PackPage(msgspec.Struct, frozen=True, kw_only=True):
    """`own_pack.html`."""

    made: OwnPack
    base: RulePack
    rules: list[Rule]
    may_edit: bool


@get("/packs", guards=[signed_in], include_in_schema=False)
async def pack_list(request: AnyRequest, unit: Unit) -> Response[str]:
    """Every pack that a worksheet may use, and the company's own versions."""

    async def read(tx: Transaction, scope: OperatorScope) -> PackListPage:
        return PackListPage(
            offered=await packs.packs(tx, scope), own=await packs.own_packs(tx, scope), may_edit=scope.may_edit
        )

    return page(request, "own_packs.html", await unit(read))


@get("/packs/new", guards=[editor], include_in_schema=False)
async def new_form(request: AnyRequest, unit: Unit, base: FromQuery[str] = "eu-draft-2024") -> Response[Any]:
    """A form that begins with the rules of another pack."""

    async def read(tx: Transaction, scope: OperatorScope) -> PackForm:
        found = await packs.pack(tx, scope, base)
        return forms_pack.begun(base, found.content, clock.today())

    try:
        return await _form(request, unit, await unit(read), {})
    except Refusal as refusal:
        return done(request, "/packs", _attention(refusal.sentence(viewer_of(request).language)))


@post("/packs/new", guards=[editor], include_in_schema=False, status_code=200)
async def create(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Keeps a draft; what is wrong stands beside its field."""
    language = viewer_of(request).language
    given = forms_pack.typed(await request.form())
    told, errors = forms_pack.pack_of(given, language)
    if told is None:
        return await _form(request, unit, given, errors)
    try:
        made = await unit(packs.make, told)
    except Refusal as refusal:
        return await _form(request, unit, given, _wrong(refusal, request))
    return done(request, f"/packs/{made.pack_id}/{made.version}", _said(request, "kept"))


@get("/packs/{pack_id:str}/{number:str}", guards=[signed_in], include_in_schema=False)
async def show(request: AnyRequest, unit: Unit, pack_id: FromPath[str], number: FromPath[str]) -> Response[str]:
    """One version of an own pack, with the rules in which it differs from its base."""

    async def read(tx: Transaction, scope: OperatorScope) -> PackPage:
        made = await packs.own_pack(tx, scope, pack_id, number)
        return PackPage(
            made=made,
            base=await packs.pack(tx, scope, made.base),
            rules=await packs.changed_rules(tx, scope, made),
            may_edit=scope.may_edit,
        )

    return page(request, "own_pack.html", await unit(read))


@get("/packs/{pack_id:str}/{number:str}/edit", guards=[editor], include_in_schema=False)
async def edit_form(request: AnyRequest, unit: Unit, pack_id: FromPath[str], number: FromPath[str]) -> Response[Any]:
    """The form of a draft."""
    made = await unit(packs.own_pack, pack_id, number)
    if made.published_at is not None:
        return done(request, f"/packs/{pack_id}/{number}", _said(request, "frozen"))
    return await _form(request, unit, forms_pack.shown(made), {}, made.row_version)


@post("/packs/{pack_id:str}/{number:str}/edit", guards=[editor], include_in_schema=False, status_code=200)
async def change(request: AnyRequest, unit: Unit, pack_id: FromPath[str], number: FromPath[str]) -> Response[Any]:
    """Another content of a draft."""
    language, form = viewer_of(request).language, await request.form()
    given, written = forms_pack.typed(form), str(form.get("row_version") or "")
    row = int(written) if written.isdecimal() and len(written) < 9 else 0
    given = msgspec.structs.replace(given, values=given.values | {"pack_id": pack_id, "version": number})
    told, errors = forms_pack.pack_of(given, language)
    if told is None:
        return await _form(request, unit, given, errors, row)
    try:
        await unit(packs.amend, pack_id, number, forms_pack.input_of(told), row)
    except NotFound:
        raise
    except Refusal as refusal:
        return await _form(request, unit, given, _wrong(refusal, request), row)
    return done(request, f"/packs/{pack_id}/{number}", _said(request, "kept"))


@post("/packs/{pack_id:str}/{number:str}/publish", guards=[editor], include_in_schema=False, status_code=200)
async def publish(request: AnyRequest, unit: Unit, pack_id: FromPath[str], number: FromPath[str]) -> Response[Any]:
    """From now on worksheets may use it."""
    return await _step(request, unit, packs.publish, pack_id, number, "published")


@post("/packs/{pack_id:str}/{number:str}/withdraw", guards=[editor], include_in_schema=False, status_code=200)
async def withdraw(request: AnyRequest, unit: Unit, pack_id: FromPath[str], number: FromPath[str]) -> Response[Any]:
    """No longer offered."""
    return await _step(request, unit, packs.withdraw, pack_id, number, "withdrawn")


async def _step(request: AnyRequest, unit: Unit, act: Any, pack_id: str, number: str, said: str) -> Response[Any]:
    try:
        await unit(act, pack_id, number)
    except NotFound:
        raise
    except Refusal as refusal:
        flash = _attention(refusal.sentence(viewer_of(request).language))
        return done(request, f"/packs/{pack_id}/{number}", flash)
    return done(request, f"/packs/{pack_id}/{number}", _said(request, said))


async def _form(
    request: AnyRequest, unit: Unit, given: PackForm, errors: dict[str, str], row_version: int | None = None
) -> Response[str]:
    base = await unit(packs.pack, given.base or "eu-draft-2024")
    shown = PackFormPage(
        given=given,
        base=base,
        errors=errors,
        row_version=row_version,
        fixed_id=row_version is not None or given.base.startswith(PREFIX),
        options=OPTIONS,
        stages=STAGES,
        accepted=ACCEPTED,
        processes=packs.known_processes(),
    )
    return page(request, "own_pack_edit.html", shown, status_code=422 if errors else 200)


def _wrong(refusal: Refusal, request: AnyRequest) -> dict[str, str]:
    language = viewer_of(request).language
    if refusal.fields:
        return {fault.field.rpartition(".")[2]: fault.of(language) for fault in refusal.fields}
    return {"version": refusal.sentence(language)}


def _said(request: AnyRequest, what: str) -> Flash:
    return Flash(happened=say(f"footprint.own.{what}", viewer_of(request).language), kind="ok")


def _attention(words: str) -> Flash:
    return Flash(happened=words, kind="attention")


handlers = [pack_list, new_form, create, show, edit_form, change, publish, withdraw]
