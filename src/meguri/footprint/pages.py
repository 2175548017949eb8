"""Pages of footprints: declare, totals and why, the supply chain, and the list of what is declared."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.connection import Request

from meguri.footprint import forms, service
from meguri.footprint.model import Contribution, Effect, Footprint, Statement, Why
from meguri.footprint.tree import Tree, supply_chain
from meguri.footprint.views import total_of
from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.numbers import ZERO
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language, Text
from meguri.kernel.units import SYMBOLS, AmountUnit
from meguri.operators.cautions import Caution, Cautioned, asking_first
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability
from meguri.traceability.model import Part, Side, State
from meguri.ui.answer import done, fragment, page
from meguri.ui.flash import Flash
from meguri.ui.viewer import viewer_of
from meguri.ui.words import phrase
from meguri.web import FromPath, FromQuery, Unit, UnitOfWork, editor, signed_in

AnyRequest = Request[Any, Any, Any]
PER_PAGE = 50


class FootprintPage(msgspec.Struct, frozen=True, kw_only=True):
    """`footprint.html` and its panel within a part's page."""

    part: Part
    unit: str
    statement: Statement
    why: Why
    lines: list[Contribution]
    total: Any
    declared: Footprint | None
    may_edit: bool


class DeclarePage(msgspec.Struct, frozen=True, kw_only=True):
    """`declare.html`."""

    part: Part
    unit: str
    given: forms.FootprintForm
    version: int
    component_pre: Any
    component_main: Any
    customers: int
    errors: dict[str, str]
    cautions: list[Text]


class TreePage(msgspec.Struct, frozen=True, kw_only=True):
    """`chain.html`."""

    part: Part
    tree: Tree
    nodes: list[Any]


class ListRow(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the list."""

    part: Part
    unit: str
    total: Any


class TotalPart(msgspec.Struct, frozen=True, kw_only=True):
    """`total.html`."""

    unit: str
    total: Any
    effect: Effect | None


class ListPage(msgspec.Struct, frozen=True, kw_only=True):
    """`footprints.html`."""

    rows: list[ListRow]
    next_cursor: str | None
    may_edit: bool


def _unit(language: Language, unit: str | None) -> str:
    return SYMBOLS[AmountUnit(unit)].of(language) if unit else phrase("footprint.one").of(language, {})


async def _read(tx: Transaction, scope: OperatorScope, trace_id: UUID, language: Language) -> FootprintPage:
    part = await traceability.part(tx, scope, trace_id)
    statement = (await service.statements(tx, scope, [trace_id]))[0]
    why = await service.why(tx, scope, trace_id)
    return FootprintPage(
        part=part,
        unit=_unit(language, part.unit),
        statement=statement,
        why=why,
        lines=sorted(why.lines, key=lambda line: line.pre + line.main, reverse=True),
        total=total_of(statement),
        declared=await service.footprint(tx, scope, trace_id),
        may_edit=scope.may_edit,
    )


@get("/parts/{trace_id:uuid}/footprint", guards=[signed_in], include_in_schema=False)
async def footprint_page(request: AnyRequest, unit: Unit, trace_id: FromPath[UUID]) -> Response[str]:
    """Totals of one part and why they are what they are."""
    return page(request, "footprint.html", await unit(_read, trace_id, viewer_of(request).language))


@get("/parts/{trace_id:uuid}/footprint/panel", guards=[signed_in], include_in_schema=False)
async def footprint_panel(request: AnyRequest, unit: Unit, trace_id: FromPath[UUID]) -> Response[str]:
    """The same in short, within the part's page."""
    return fragment(request, "footprint/panel.html", await unit(_read, trace_id, viewer_of(request).language))


@get("/parts/{trace_id:uuid}/footprint/total", guards=[signed_in], include_in_schema=False)
async def footprint_total(
    request: AnyRequest, unit: Unit, trace_id: FromPath[UUID], by: FromQuery[UUID | None] = None
) -> Response[str]:
    """The total alone, where another page speaks of the part; and what the last change of component `by` did to it."""
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> TotalPart:
        part = await traceability.part(tx, scope, trace_id)
        total = total_of((await service.statements(tx, scope, [trace_id]))[0])
        effect = await service.effect(tx, scope, trace_id, by) if by else None
        return TotalPart(unit=_unit(language, part.unit), total=total, effect=effect)

    return fragment(request, "footprint/total.html", await unit(read))


async def _declare_page(
    request: AnyRequest,
    unit: UnitOfWork,
    trace_id: UUID,
    given: forms.FootprintForm | None = None,
    errors: dict[str, str] | None = None,
    cautions: Sequence[Caution] = (),
    version: int | None = None,
) -> Response[str]:
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> DeclarePage:
        part = await traceability.part(tx, scope, trace_id)
        declared = await service.footprint(tx, scope, trace_id)
        why = await service.why(tx, scope, trace_id)
        below = [line for line in why.lines if line.source != "own"]
        received, _ = await traceability.list_requests(tx, scope, limit=100, side=Side.UP)
        return DeclarePage(
            part=part,
            unit=_unit(language, part.unit),
            given=given or forms.shown(declared),
            version=version if version is not None else declared.version if declared else 0,
            component_pre=sum((line.pre for line in below), ZERO),
            component_main=sum((line.main for line in below), ZERO),
            customers=sum(t.upstream_trace_id == trace_id and t.state is not State.REJECT for t in received),
            errors=errors or {},
            cautions=[one.message for one in cautions],
        )

    return page(request, "declare.html", await unit(read), status_code=422 if errors else 200)


@get("/parts/{trace_id:uuid}/footprint/edit", guards=[editor], include_in_schema=False)
async def declare_form(request: AnyRequest, unit: Unit, trace_id: FromPath[UUID]) -> Response[str]:
    """The form."""
    return await _declare_page(request, unit, trace_id)


@post("/parts/{trace_id:uuid}/footprint/edit", guards=[editor], include_in_schema=False, status_code=200)
async def declare(request: AnyRequest, unit: Unit, trace_id: FromPath[UUID]) -> Response[Any]:
    """Declares; everything downstream follows. Where that gives a supplier's figure away, asks first."""
    language = viewer_of(request).language
    form = await request.form()
    given = forms.typed(form)
    part = await unit(traceability.part, trace_id)
    said, errors = forms.declaration(given, part.unit or AmountUnit.UNIT, language)
    if said is None:
        return await _declare_page(request, unit, trace_id, given, errors)
    version = int(str(form.get("version") or 0))

    async def keep(tx: Transaction, scope: OperatorScope) -> Footprint:
        present = await service.footprint(tx, scope, trace_id)
        replaces = present.footprint_id if present else None

        async def kept() -> Footprint:
            return await service.record(tx, scope, trace_id, said, footprint_id=replaces, if_version=version)

        return await asking_first(tx, scope, trace_id, kept, confirmed=bool(form.get("cautioned")))

    try:
        await unit(keep)
    except Cautioned as warned:
        return await _declare_page(request, unit, trace_id, given, cautions=warned.found, version=version)
    except Refusal as refusal:
        wrong = {_field(e.field): e.of(language) for e in refusal.fields} or {"form": refusal.sentence(language)}
        return await _declare_page(request, unit, trace_id, given, wrong)
    flash = Flash(
        happened=phrase("footprint.declare.done").of(language, {}).format(part=part.name),
        seen_by=phrase("footprint.declare.seen").of(language, {}),
    )
    return done(request, f"/parts/{trace_id}/footprint", flash)


def _field(path: str) -> str:
    return path.replace("_quality.", "_")


@get("/parts/{trace_id:uuid}/tree", guards=[signed_in], include_in_schema=False)
async def tree_page(request: AnyRequest, unit: Unit, trace_id: FromPath[UUID]) -> Response[str]:
    """The supply chain behind a part."""
    tree = await unit(supply_chain, trace_id)
    return page(request, "chain.html", TreePage(part=tree.top.part, tree=tree, nodes=[tree.top]))


@get("/footprints", guards=[signed_in], include_in_schema=False)
async def footprint_list(request: AnyRequest, unit: Unit, cursor: FromQuery[str | None] = None) -> Response[str]:
    """What is declared of the parts that the company makes."""
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> ListPage:
        after = UUID(cursor) if cursor else None
        parts, rest = await traceability.parts_page(tx, scope, limit=PER_PAGE, after=after, is_parent=True)
        statements = {s.trace_id: s for s in await service.statements(tx, scope, [part.trace_id for part in parts])}
        return ListPage(
            rows=[
                ListRow(part=part, unit=_unit(language, part.unit), total=total_of(statements[part.trace_id]))
                for part in parts
            ],
            next_cursor=str(rest) if rest else None,
            may_edit=scope.may_edit,
        )

    try:
        return page(request, "footprints.html", await unit(read))
    except ValueError:
        raise NotFound from None


handlers = [footprint_page, footprint_panel, footprint_total, declare_form, declare, tree_page, footprint_list]
