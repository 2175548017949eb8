"""Pages of parts and structures."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.connection import Request
from litestar.datastructures import UploadFile

from meguri.imports.pages import hand_in, is_long
from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language, Text
from meguri.kernel.units import SYMBOLS, AmountUnit
from meguri.operators import plants
from meguri.operators import service as operators
from meguri.operators.cautions import Caution, Cautioned, asking_first
from meguri.operators.model import Plant
from meguri.storage.transaction import Transaction
from meguri.traceability import service
from meguri.traceability.errors import PartForeign, PartUnknown
from meguri.traceability.forms import ChildRow, PartForm, complaint, part_form, part_input
from meguri.traceability.model import Part, RequestType, Structure, Trade, Version
from meguri.traceability.sheet import COLUMNS, Column, to_csv, to_xlsx
from meguri.traceability.words import Standing, standing
from meguri.ui.answer import done, page
from meguri.ui.flash import Flash
from meguri.ui.parts import Choice
from meguri.ui.viewer import viewer_of
from meguri.ui.words import phrase
from meguri.web import FromPath, FromQuery, Unit, UnitOfWork, editor, signed_in, version_in

AnyRequest = Request[Any, Any, Any]
PER_PAGE = 50


class PartRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list."""

    part: Part
    unit: str
    plant: str


class PartsPage(msgspec.Struct, frozen=True, kw_only=True):
    """`parts.html`."""

    parts: list[PartRow]
    next_cursor: str | None
    words: str
    may_edit: bool


class ComponentRow(msgspec.Struct, frozen=True, kw_only=True):
    """One component with the request on it, if it is bought."""

    part: Part
    amount: str
    kind: str
    request_href: str | None
    standing: Standing | None
    partner: str


class PartPage(msgspec.Struct, frozen=True, kw_only=True):
    """`part.html`."""

    part: Part
    unit: str
    plant: str
    kind: str
    components: list[ComponentRow]
    used_in: list[Part]
    versions: list[Version]
    standing: Standing | None
    request_href: str | None
    may_edit: bool


class PartEditPage(msgspec.Struct, frozen=True, kw_only=True):
    """`part_edit.html`. `trace_id` None: a new part; `fixed`: the identity cannot change.

    `cautions`: what customers could work out from this change, which is not saved until that is confirmed.
    """

    given: PartForm
    rows: list[ChildRow]
    plants: list[Choice]
    units: list[Choice]
    errors: dict[str, str]
    trace_id: UUID | None
    version: int
    cautions: list[Text]


class PartDeletePage(msgspec.Struct, frozen=True, kw_only=True):
    """`part_delete.html`."""

    part: Part
    error: str | None


class ImportProblem(msgspec.Struct, frozen=True, kw_only=True):
    """One row that was not imported."""

    row: str
    problem: str


class ImportPage(msgspec.Struct, frozen=True, kw_only=True):
    """`part_import.html`."""

    columns: tuple[Column, ...]
    errors: dict[str, str]
    problems: list[ImportProblem]
    done: str | None
    keep: bool


def unit_choices(language: Language) -> list[Choice]:
    """The units that a part can be declared in."""
    return [Choice(unit.value, f"{SYMBOLS[unit].of(language)} ({unit.value})") for unit in AmountUnit]


def symbol(part: Part, language: Language) -> str:
    """The part's declared unit as it is written after a figure; empty without one."""
    return SYMBOLS[part.unit].of(language) if part.unit else ""


def _plant_choices(known: list[Plant]) -> list[Choice]:
    return [Choice(str(plant.plant_id), plant.name) for plant in known]


@get("/parts", guards=[signed_in], include_in_schema=False)
async def parts_list(
    request: AnyRequest, unit: Unit, q: FromQuery[str] = "", cursor: FromQuery[str | None] = None
) -> Response[str]:
    """The company's parts by name."""
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> tuple[list[Part], UUID | None, dict[UUID, str]]:
        after = UUID(cursor) if cursor else None
        rows, rest = await service.parts_page(tx, scope, limit=PER_PAGE, after=after, contains=q or None)
        return rows, rest, {plant.plant_id: plant.name for plant in await plants.all_plants(tx, scope)}

    try:
        rows, rest, names = await unit(read)
    except ValueError:
        raise NotFound from None
    return page(
        request,
        "parts.html",
        PartsPage(
            parts=[
                PartRow(part=part, unit=symbol(part, language), plant=names.get(part.plant_id, "")) for part in rows
            ],
            next_cursor=str(rest) if rest else None,
            words=q,
            may_edit=unit.scope.may_edit,
        ),
    )


class _PartKnown(msgspec.Struct, frozen=True, kw_only=True):
    structure: Structure
    plant: str
    trades: dict[UUID, Trade]
    partners: dict[UUID, str]
    kinds: dict[UUID, str]
    used_in: list[Part]
    versions: list[Version]


async def _read_part(tx: Transaction, scope: OperatorScope, trace_id: UUID) -> _PartKnown:
    structure = await service.structure(tx, scope, trace_id)
    ids = [trace_id, *(component.part.trace_id for component in structure.children)]
    trades: dict[UUID, Trade] = {}
    for component, (trade_id, _) in (await service.trades_on_parts(tx, scope, ids)).items():
        trades[component] = await service.request_by_id(tx, scope, trade_id=trade_id)
    kinds = await service.kinds_of(tx, scope, ids, RequestType.CFP)
    return _PartKnown(
        structure=structure,
        plant=(await plants.get(tx, scope, structure.parent.plant_id)).name,
        trades=trades,
        partners=await operators.names_of(tx, scope, {trade.partner_id for trade in trades.values()}),
        kinds={
            part: "terminated" if kind.terminated else "bought" if kind.purchased and not kind.is_parent else "made"
            for part, kind in kinds.items()
        },
        used_in=await service.parents_of_part(tx, scope, trace_id),
        versions=await service.history(tx, scope, trace_id, limit=20),
    )


@get("/parts/{trace_id:uuid}", guards=[signed_in], include_in_schema=False)
async def part_page(request: AnyRequest, unit: Unit, trace_id: FromPath[UUID]) -> Response[str]:
    """One part: what it is made of, what is asked for it, where it is used."""
    known = await unit(_read_part, trace_id)

    def component(part: Part, amount: str) -> ComponentRow:
        trade = known.trades.get(part.trace_id)
        return ComponentRow(
            part=part,
            amount=amount,
            kind=known.kinds[part.trace_id],
            request_href=f"/requests/{trade.request_id}" if trade else None,
            standing=standing(trade) if trade else None,
            partner=known.partners.get(trade.partner_id, "") if trade else "",
        )

    own = known.trades.get(trace_id)
    return page(
        request,
        "part.html",
        PartPage(
            part=known.structure.parent,
            unit=symbol(known.structure.parent, viewer_of(request).language),
            plant=known.plant,
            kind=known.kinds[trace_id],
            components=[component(c.part, format(c.amount.normalize(), "f")) for c in known.structure.children],
            used_in=known.used_in,
            versions=known.versions,
            standing=standing(own) if own else None,
            request_href=f"/requests/{own.request_id}" if own else None,
            may_edit=unit.scope.may_edit,
        ),
    )


async def _editor(
    request: AnyRequest,
    unit: UnitOfWork,
    given: PartForm,
    errors: dict[str, str],
    *,
    trace_id: UUID | None = None,
    version: int = 0,
    blank_rows: int = 0,
    cautions: Sequence[Caution] = (),
) -> Response[str]:
    known = await unit(plants.all_plants)
    return page(
        request,
        "part_edit.html",
        PartEditPage(
            given=given,
            rows=[*given.children, *([ChildRow()] * blank_rows)],
            plants=_plant_choices(known),
            units=unit_choices(viewer_of(request).language),
            errors=errors,
            trace_id=trace_id,
            version=version,
            cautions=[one.message for one in cautions],
        ),
        status_code=422 if errors else 200,
    )


@get("/parts/new", guards=[editor], include_in_schema=False)
async def part_new(request: AnyRequest, unit: Unit) -> Response[str]:
    """The editor, empty."""
    known = await unit(plants.all_plants)
    only = str(known[0].plant_id) if len(known) == 1 else ""
    return await _editor(request, unit, PartForm(plant_id=only, unit="kilogram"), {}, blank_rows=1)


@get("/parts/{trace_id:uuid}/edit", guards=[editor], include_in_schema=False)
async def part_edit(request: AnyRequest, unit: Unit, trace_id: FromPath[UUID]) -> Response[str]:
    """The editor with a part in it."""
    structure = await unit(service.structure, trace_id)
    part = structure.parent
    given = PartForm(
        plant_id=str(part.plant_id),
        name=part.name,
        unit=part.unit or "",
        terminated=part.terminated,
        children=[
            ChildRow(
                name=child.part.name,
                support_name=child.part.support_name or "",
                unit=child.part.unit or "",
                amount=format(child.amount.normalize(), "f"),
                terminated=child.part.terminated,
            )
            for child in structure.children
        ],
        **{name: getattr(part, name) or "" for name in ("support_name", "label", "info1", "info2", "info3")},
    )
    return await _editor(
        request, unit, given, {}, trace_id=trace_id, version=part.version, blank_rows=0 if given.children else 1
    )


@post("/parts/new", guards=[editor], include_in_schema=False, status_code=200)
async def part_create(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Saves a new part."""
    return await _save(request, unit, None)


@post("/parts/{trace_id:uuid}/edit", guards=[editor], include_in_schema=False, status_code=200)
async def part_save(request: AnyRequest, unit: Unit, trace_id: FromPath[UUID]) -> Response[Any]:
    """Saves a change."""
    return await _save(request, unit, trace_id)


async def _save(request: AnyRequest, unit: UnitOfWork, trace_id: UUID | None) -> Response[Any]:
    form = await request.form()
    language = viewer_of(request).language
    given = part_form(form)
    version = version_in(form)
    if form.get("add_row"):
        return await _editor(request, unit, given, {}, trace_id=trace_id, version=version, blank_rows=1)
    said, children, errors = part_input(given, language)
    if said is None or errors:
        return await _editor(request, unit, given, errors, trace_id=trace_id, version=version)

    async def write(tx: Transaction, scope: OperatorScope) -> Structure:
        async def kept() -> Structure:
            if trace_id is None:
                return await service.write_structure(tx, scope, said, children)
            return await service.replace_structure(tx, scope, trace_id, said, children, if_version=version)

        return await asking_first(tx, scope, trace_id, kept, confirmed=bool(form.get("cautioned")))

    try:
        written = await unit(write)
    except Cautioned as warned:
        return await _editor(request, unit, given, {}, trace_id=trace_id, version=version, cautions=warned.found)
    except Refusal as refusal:
        return await _editor(request, unit, given, complaint(refusal, language), trace_id=trace_id, version=version)
    flash = Flash(
        happened=phrase("traceability.part.saved").of(language, {}).format(part=said.name),
        seen_by=phrase("traceability.part.seen").of(language, {}),
    )
    return done(request, f"/parts/{written.parent.trace_id}", flash)


@get("/parts/{trace_id:uuid}/delete", guards=[editor], include_in_schema=False)
async def part_delete_ask(request: AnyRequest, unit: Unit, trace_id: FromPath[UUID]) -> Response[str]:
    """What deleting would do."""
    part = await unit(service.part, trace_id)
    return page(request, "part_delete.html", PartDeletePage(part=part, error=None))


@post("/parts/{trace_id:uuid}/delete", guards=[editor], include_in_schema=False, status_code=200)
async def part_delete(request: AnyRequest, unit: Unit, trace_id: FromPath[UUID]) -> Response[Any]:
    """Deletes, if the part's name was typed."""
    language = viewer_of(request).language
    part = await unit(service.part, trace_id)
    error = None
    if (await request.form()).get("confirm", "").strip() != part.name:
        error = phrase("traceability.part.delete_wrong").of(language, {})
    else:
        try:
            await unit(service.delete_part, trace_id)
        except PartForeign:
            raise PartUnknown from None
        except Refusal as refusal:
            error = refusal.sentence(language)
    if error:
        return page(request, "part_delete.html", PartDeletePage(part=part, error=error), status_code=422)
    happened = phrase("traceability.part.deleted").of(language, {}).format(part=part.name)
    return done(request, "/parts", Flash(happened=happened))


def _import_page(
    request: AnyRequest,
    *,
    errors: dict[str, str] | None = None,
    problems: list[ImportProblem] | None = None,
    finished: str | None = None,
    keep: bool = False,
) -> Response[str]:
    context = ImportPage(columns=COLUMNS, errors=errors or {}, problems=problems or [], done=finished, keep=keep)
    return page(request, "part_import.html", context, status_code=422 if errors else 200)


@get("/parts/import", guards=[editor], include_in_schema=False)
async def import_form(request: AnyRequest) -> Response[str]:
    """Choose a file."""
    return _import_page(request)


@post("/parts/import", guards=[editor], include_in_schema=False, status_code=200)
async def import_file(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Imports the file and reports by row."""
    language = viewer_of(request).language
    form = await request.form()
    file, keep = form.get("file"), bool(form.get("keep"))
    if not isinstance(file, UploadFile) or not file.filename:
        return _import_page(request, errors={"file": phrase("traceability.wrong.file").of(language, {})}, keep=keep)
    content = await file.read()
    try:
        if is_long(content):
            return await hand_in(request, unit, "parts", file, content, keep=keep)
        report = await unit(service.import_parts, content, keep_good_rows=keep)
    except Refusal as refusal:
        problems = [ImportProblem(row=error.field, problem=error.of(language)) for error in refusal.fields]
        return _import_page(request, errors={"file": refusal.sentence(language)}, problems=problems, keep=keep)
    finished = phrase("traceability.sheet.done").of(language, {}).format(rows=report.rows, parts=report.parts_written)
    if not report.errors:
        return done(request, "/parts", Flash(happened=finished))
    rows = [error.field_error() for error in report.errors]
    return _import_page(
        request,
        problems=[ImportProblem(row=e.field, problem=e.of(language)) for e in rows],
        finished=finished,
        keep=keep,
    )


@get("/parts/template/{kind:str}", guards=[signed_in], include_in_schema=False)
async def import_template(request: AnyRequest, kind: FromPath[str]) -> Response[bytes]:
    """An empty table with the right headings."""
    return table_file([], {}, viewer_of(request).language, kind)


@get("/parts/export/{kind:str}", guards=[signed_in], include_in_schema=False)
async def export_file(request: AnyRequest, unit: Unit, kind: FromPath[str]) -> Response[bytes]:
    """All parts and structures as a table."""

    async def everything(tx: Transaction, scope: OperatorScope) -> tuple[list[Structure], dict[UUID, str]]:
        public = {plant.plant_id: plant.open_plant_id for plant in await plants.all_plants(tx, scope)}
        return await service.export_structures(tx, scope), public

    structures, public = await unit(everything)
    return table_file(structures, public, viewer_of(request).language, kind)


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def table_file(
    structures: list[Structure], plants_by_id: dict[UUID, str], language: Language, kind: str
) -> Response[bytes]:
    """The table as an attachment, `csv` or `xlsx`. Raises NotFound for any other kind."""
    if kind == "xlsx":
        content, media_type = to_xlsx(structures, plants_by_id, language), XLSX
    elif kind == "csv":
        content, media_type = to_csv(structures, plants_by_id, language), "text/csv; charset=utf-8"
    else:
        raise NotFound
    headers = {"content-disposition": f'attachment; filename="parts.{kind}"', "x-content-type-options": "nosniff"}
    return Response(content, media_type=media_type, headers=headers)


handlers = [
    parts_list,
    part_new,
    part_create,
    import_form,
    import_file,
    import_template,
    export_file,
    part_page,
    part_edit,
    part_save,
    part_delete_ask,
    part_delete,
]
