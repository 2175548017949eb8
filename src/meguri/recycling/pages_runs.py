"""Pages of process runs: book one, read one with its balance, give its reason, undo it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post

from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.numbers import whole
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language
from meguri.recycling.conservation import MASS
from meguri.recycling.model import Counting, LotKind, StepType
from meguri.recycling.pages_shared import AnyRequest, Chosen, chosen, errors_of, say, sent, typed_number
from meguri.recycling.records import Loss, Lot, LotInput, Output, RunDetail, RunInput, Share, Taken
from meguri.recycling.service import lots, runs
from meguri.storage.transaction import Transaction
from meguri.ui import Flash, done, page, viewer_of
from meguri.ui.formats import JST
from meguri.ui.parts import Choice
from meguri.web import FromPath, FromQuery, Unit, UnitOfWork, editor, signed_in

MOST_LOTS = 100
OUTPUT_ROWS = 3


class BalanceLine(msgspec.Struct, frozen=True, kw_only=True):
    """One element of a run: kg in, out, lost, and what is left over."""

    element: str
    in_kg: Decimal
    out_kg: Decimal
    lost_kg: Decimal
    residual_kg: Decimal


class RunPage(msgspec.Struct, frozen=True, kw_only=True):
    """`run.html`."""

    detail: RunDetail
    balance: list[BalanceLine]
    may_edit: bool


class NewRunPage(msgspec.Struct, frozen=True, kw_only=True):
    """`run_new.html`."""

    chosen: Chosen
    lots: list[Lot]
    given: dict[str, str]
    outputs: list[int]
    steps: list[Choice]
    kinds: list[Choice]
    countings: list[Choice]
    errors: dict[str, str]


@get("/recycling/runs/{run_id:uuid}", guards=[signed_in], include_in_schema=False)
async def run_page(request: AnyRequest, unit: Unit, run_id: FromPath[UUID]) -> Response[str]:
    """One run with its lines and the balance of each element."""

    async def read(tx: Transaction, scope: OperatorScope) -> RunPage:
        detail = await runs.detail(tx, scope, run_id)
        return RunPage(detail=detail, balance=_balance(detail), may_edit=scope.may_edit)

    return page(request, "run.html", await unit(read))


def _balance(detail: RunDetail) -> list[BalanceLine]:
    elements = sorted({e for line in detail.lines for e in line.elements}, key=lambda e: (e != MASS, e))

    def total(element: str, *directions: str) -> Decimal:
        return sum(
            (line.elements.get(element, Decimal(0)) for line in detail.lines if line.direction in directions),
            Decimal(0),
        )

    return [
        BalanceLine(
            element=element,
            in_kg=total(element, "in", "reagent"),
            out_kg=total(element, "out"),
            lost_kg=total(element, "loss"),
            residual_kg=detail.run.residuals.get(element, Decimal(0)),
        )
        for element in elements
    ]


@post("/recycling/runs/{run_id:uuid}/reason", guards=[editor], include_in_schema=False, status_code=200)
async def reason(request: AnyRequest, unit: Unit, run_id: FromPath[UUID]) -> Response[Any]:
    """Why the balance of this run is accepted."""
    return await _acted(request, unit, run_id, "reason")


@post("/recycling/runs/{run_id:uuid}/reverse", guards=[editor], include_in_schema=False, status_code=200)
async def reverse(request: AnyRequest, unit: Unit, run_id: FromPath[UUID]) -> Response[Any]:
    """Undo the run by opposite entries."""
    return await _acted(request, unit, run_id, "reverse")


@post("/recycling/runs/{run_id:uuid}/draft", guards=[editor], include_in_schema=False, status_code=200)
async def settle_draft(request: AnyRequest, unit: Unit, run_id: FromPath[UUID]) -> Response[Any]:
    """Puts a draft into the ledger, or gives it up."""
    form, language = await sent(request), viewer_of(request).language
    posting = form.get("act") == "post"
    try:
        if posting:
            await unit(runs.post_draft, run_id)
        else:
            await unit(runs.discard, run_id)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        return done(request, f"/recycling/runs/{run_id}", Flash(happened=refusal.sentence(language), kind="attention"))
    word = "run.draft_posted" if posting else "run.draft_discarded"
    return done(
        request, f"/recycling/runs/{run_id}", Flash(happened=say(language, word), seen_by=say(language, "seen_by"))
    )


async def _acted(request: AnyRequest, unit: UnitOfWork, run_id: UUID, act: str) -> Response[Any]:
    form, language = await sent(request), viewer_of(request).language
    words = form.get("reason", "")[:500]
    await unit(runs.get_run, run_id)
    if not words:
        flash = Flash(happened=say(language, "run.reason_missing"), kind="attention")
        return done(request, f"/recycling/runs/{run_id}", flash)
    try:
        if act == "reason":
            await unit(runs.give_reason, run_id, words)
        else:
            await unit(runs.reverse, run_id, words)
    except Refusal as refusal:
        return done(request, f"/recycling/runs/{run_id}", Flash(happened=refusal.sentence(language), kind="attention"))
    flash = Flash(happened=say(language, f"run.{act}_done"), seen_by=say(language, "seen_by"))
    return done(request, f"/recycling/runs/{run_id}", flash)


# A new run


@get("/recycling/runs/new", guards=[editor], include_in_schema=False)
async def new_run(
    request: AnyRequest, unit: Unit, site: FromQuery[str] = "", lot: FromQuery[str] = ""
) -> Response[str]:
    """The form: which lots go in, what comes out."""
    given = {"site_id": site, "step_type": StepType.SHREDDING.value}
    if lot:
        given[f"in-{lot}"] = "all"
    return await _form(request, unit, given, {})


async def _form(request: AnyRequest, unit: UnitOfWork, given: dict[str, str], errors: dict[str, str]) -> Response[str]:
    language = viewer_of(request).language

    async def read(tx: Transaction, scope: OperatorScope) -> NewRunPage:
        found = await chosen(tx, scope, given.get("site_id"))
        site_id = found.site.plant_id if found.site else None
        held = await lots.page(tx, scope, limit=MOST_LOTS, site_id=site_id, open_only=True) if site_id else []
        return NewRunPage(
            chosen=found,
            lots=held[:MOST_LOTS],
            given=given,
            outputs=list(range(max(OUTPUT_ROWS, 1 + _last_output(given)))),
            steps=[Choice(s.value, say(language, f"step.{s.value}")) for s in StepType],
            kinds=[Choice(k.value, say(language, f"kind.{k.value}")) for k in LotKind],
            countings=[Choice(c.value, say(language, f"counting.{c.value}")) for c in Counting],
            errors=errors,
        )

    return page(request, "run_new.html", await unit(read), status_code=422 if errors else 200)


def _last_output(form: dict[str, str]) -> int:
    numbers = [n for name in form if (n := whole(name.partition("out-")[2].partition("-")[0])) is not None]
    return max((n for n in numbers if form.get(f"out-{n}-lot_no")), default=0) + ("add_row" in form)


@post("/recycling/runs/new", guards=[editor], include_in_schema=False, status_code=200)
async def book_run(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Books the run into the ledger."""
    form, language = await sent(request), viewer_of(request).language
    if "add_row" in form:
        return await _form(request, unit, form, {})
    said, errors = _said(form, language)
    if said is None:
        return await _form(request, unit, form, errors)
    try:
        made = await unit(runs.post, said)
    except Refusal as refusal:
        return await _form(request, unit, form, errors_of(request, refusal))
    flash = Flash(happened=say(language, "run.done", run=made.run.run_no), seen_by=say(language, "seen_by"))
    return done(request, f"/recycling/runs/{made.run.run_id}", flash)


def _said(form: dict[str, str], language: Language) -> tuple[RunInput | None, dict[str, str]]:
    errors: dict[str, str] = {}
    site_id = parse_uuid(form.get("site_id", ""))
    taken = _taken(form, errors, language)
    outputs = [o for n in range(_last_output(form) + 1) if (o := _output(form, n, errors, language)) is not None]
    if not form.get("run_no"):
        errors["run_no"] = say(language, "run.run_no_wrong")
    if not taken:
        errors["inputs"] = say(language, "run.inputs_wrong")
    end = _moment(form.get("end_at", "")) or clock.now()
    start = _moment(form.get("start_at", "")) or end
    if site_id is None or errors:
        return None, errors or {"site_id": say(language, "run.site_wrong")}
    step = form.get("step_type", "")
    return RunInput(
        run_no=form["run_no"][:50],
        site_id=site_id,
        step_type=StepType(step) if step in {s.value for s in StepType} else StepType.SHREDDING,
        start_at=start,
        end_at=end,
        inputs=taken,
        outputs=outputs,
        losses=[Loss(closes=True)] if form.get("closes") else [],
        route=form.get("route") or None,
        reason=form.get("reason") or None,
    ), {}


def _taken(form: dict[str, str], errors: dict[str, str], language: Language) -> list[Taken]:
    found = []
    for name, value in form.items():
        lot_id = parse_uuid(name.removeprefix("in-")) if name.startswith("in-") else None
        if lot_id is None or not value:
            continue
        mass = None if value == "all" else typed_number(value)
        if value != "all" and mass is None:
            errors[name] = say(language, "run.mass_wrong")
        found.append(Taken(lot_id=lot_id, mass_kg=mass))
    return found


def _output(form: dict[str, str], n: int, errors: dict[str, str], language: Language) -> Output | None:
    lot_no, mass = form.get(f"out-{n}-lot_no", ""), typed_number(form.get(f"out-{n}-mass", ""))
    if not lot_no:
        return None
    if mass is None or mass <= 0:
        errors[f"out-{n}-mass"] = say(language, "run.mass_wrong")
        return None
    kind = form.get(f"out-{n}-kind", "")
    counting = form.get(f"out-{n}-counting", "")
    shares = _shares(form.get(f"out-{n}-composition", ""))
    if shares is None:
        errors[f"out-{n}-composition"] = say(language, "run.composition_wrong")
        return None
    point = bool(form.get(f"out-{n}-point"))
    return Output(
        lot=LotInput(
            lot_no=lot_no[:50],
            kind=LotKind(kind) if kind in {k.value for k in LotKind} else LotKind.BLACK_MASS,
            mass_wet_kg=mass,
            moisture_pct=typed_number(form.get(f"out-{n}-moisture", "")) or Decimal(0),
            composition=shares,
            is_waste=not point,
        ),
        counting=Counting(counting) if counting in {c.value for c in Counting} else Counting.INTERMEDIATE,
        calculation_point=point,
        substitutes_primary=point,
        end_of_waste=point,
    )


def _shares(text: str) -> list[Share] | None:
    """`Ni 15.1, Co 8.2` in per cent of the dry mass; None for what cannot be read."""
    shares = []
    for piece in text.replace("、", ",").replace(";", ",").split(","):
        words = piece.replace("%", " ").split()
        if not words:
            continue
        percent = typed_number(words[1]) if len(words) == 2 else None
        if percent is None:
            return None
        shares.append(Share(element=words[0], mass_fraction=percent / 100, method="assay_sampling"))
    return shares


def _moment(text: str) -> datetime | None:
    """A moment as a form sends it (`2026-03-01T09:00`), Japan's; the end of that minute."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=JST) + timedelta(seconds=59)
    except ValueError:
        return None


handlers = [settle_draft, run_page, reason, reverse, new_run, book_run]
