"""Native REST of recycling's ledger: words in, words out; nothing is decided here."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post, put

from meguri.kernel import clock
from meguri.kernel.errors import Needed, NotFound, Stale
from meguri.kernel.ids import parse_uuid
from meguri.kernel.numbers import whole
from meguri.kernel.paging import BadCursor, Page, decode_cursor
from meguri.recycling import errors, store
from meguri.recycling.claiming import Claim, ClaimInput, Credit, Document, DocumentInput
from meguri.recycling.ledger import Entry, require_month
from meguri.recycling.model import LotKind
from meguri.recycling.records import Lot, Receipt, Run, RunDetail, RunInput, Site, SiteInput
from meguri.recycling.service import carried, claims, genealogy, lots, periods, runs, sites
from meguri.recycling.service.carried import Carried
from meguri.recycling.service.genealogy import Graph, Trace
from meguri.recycling.written_masses import require_bare_masses
from meguri.web import (
    FromPath,
    FromQuery,
    Json,
    Paging,
    Unit,
    Version,
    editor,
    page_of,
    problems,
    refusals,
    signed_in,
    versioned,
)

AnyRequest = Request[Any, Any, Any]
_COMPOSITION = (errors.UnusableInput, errors.UnitMismatch, errors.CompositionOverUnity, errors.AssayOverStoichiometric)
_BOOKING = (errors.SiteNotFound, errors.LotNotFound, errors.PeriodClosed, errors.LotConflict, *_COMPOSITION)
_RUN = (
    *_BOOKING,
    errors.PermitExpired,
    errors.GenealogyCycle,
    errors.NegativeStock,
    errors.ConservationViolation,
    errors.BlackMassIntermediate,
)


class Reason(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class SplitInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a lot as a lot of its own."""

    mass_kg: Decimal
    lot_no: str
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class MergeInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Lots of one kind as one."""

    lot_ids: Annotated[list[UUID], msgspec.Meta(min_length=1, max_length=1000)]
    lot_no: str
    at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None


class AnalysisInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A certificate of analysis: analyte → value in the unit of its limit."""

    analysis: dict[str, Decimal]


class CloseInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A month is closed by a named person; a restatement also says why and what is booked otherwise."""

    signed_by: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    reason: str | None = None
    reverse: list[UUID] = []
    runs: list[RunInput] = []


class RetireInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Evidence of a claim: kind → number."""

    evidence: dict[str, str] = {}


def _lot(lot: Lot) -> Response[Lot]:
    return versioned(lot, lot.version)


def _claim(claim: Claim, status: int | None = None) -> Response[Claim]:
    return versioned(claim, claim.version, status_code=status)


def _act(path: str) -> tuple[str, str]:
    """`<name>:<act>` of a path. Raises NotFound for what is none."""
    name, colon, act = path.rpartition(":")
    if not colon or not name:
        raise NotFound
    return name, act


def _id(name: str, missing: type[NotFound]) -> UUID:
    found = parse_uuid(name)
    if found is None:
        raise missing
    return found


def _after(cursor: str | None) -> UUID | None:
    if not cursor:
        return None
    found = parse_uuid(decode_cursor(cursor, 1)[0])
    if found is None:
        raise BadCursor
    return found


# Sites and documents


@get("/api/v1/recycling/sites/{site_id:uuid}", guards=[signed_in], responses=refusals(errors.SiteNotFound))
async def get_site(unit: Unit, site_id: FromPath[UUID]) -> Response[Site]:
    """One of your plants as a place of recycling."""
    return await unit.answering(lambda site: versioned(site, site.version))(sites.settings, site_id)


@put(
    "/api/v1/recycling/sites/{site_id:uuid}",
    guards=[editor],
    responses=refusals(errors.SiteNotFound, errors.StateTransition, errors.UnusableInput, Stale, Needed),
)
async def put_site(unit: Unit, site_id: FromPath[UUID], data: Json[SiteInput], version: Version) -> Response[Site]:
    """Set a plant's permit, capacity, stock rule and declared conversion factors."""
    return await unit.answering(lambda site: versioned(site, site.version))(
        sites.change, site_id, data, expected_version=version
    )


@get("/api/v1/documents", guards=[signed_in], responses=refusals(BadCursor))
async def list_documents(unit: Unit, paging: Paging) -> Page[Document]:
    """Your documents, oldest first."""
    found = await unit(sites.documents, limit=paging.limit, after=_after(paging.cursor))
    return page_of(found, paging.limit, lambda doc: (str(doc.document_id),))


@post("/api/v1/documents", guards=[editor], responses=refusals(errors.LotNotFound))
async def add_document(unit: Unit, data: Json[DocumentInput]) -> Document:
    """Register a document."""
    return await unit(sites.add_document, data)


@post(
    "/api/v1/documents/{document_id:uuid}/revoke",
    guards=[editor],
    status_code=204,
    responses=refusals(errors.ClaimNotFound),
)
async def revoke_document(unit: Unit, document_id: FromPath[UUID]) -> None:
    """A document holds no longer."""
    await unit(sites.revoke_document, document_id)


# Lots


@get("/api/v1/lots", guards=[signed_in], responses=refusals(BadCursor))
async def list_lots(
    unit: Unit,
    paging: Paging,
    site_id: FromQuery[UUID | None] = None,
    kind: FromQuery[LotKind | None] = None,
    open_only: FromQuery[bool] = False,
    q: FromQuery[str | None] = None,
) -> Page[Lot]:
    """Your lots, newest first; `q` is a part of a number, or a passport."""
    found = await unit(
        lots.page, limit=paging.limit, cursor=paging.cursor, site_id=site_id, kind=kind, open_only=open_only, text=q
    )
    return page_of(found, paging.limit, lambda lot: (lot.created_at.isoformat(), str(lot.lot_id)))


async def masses_in_kg(request: AnyRequest) -> None:
    """A mass written with its unit inside (`"500 g"`) is told as that, before the body is read. Raises UnitMismatch."""
    require_bare_masses(await request.body())


@post(
    "/api/v1/lots",
    guards=[editor],
    before_request=masses_in_kg,
    responses=refusals(*_BOOKING, errors.ReceiptMismatch, errors.WasteCodeUnknown),
)
async def receive_lot(unit: Unit, data: Json[Receipt]) -> Response[Lot]:
    """Book a delivery into stock; the same delivery again changes nothing."""
    return await unit.answering(_lot)(lots.receive, data)


@get("/api/v1/lots/{lot_id:uuid}", guards=[signed_in], responses=refusals(errors.LotNotFound))
async def get_lot(unit: Unit, lot_id: FromPath[UUID]) -> Response[Lot]:
    """One of your lots."""
    return await unit.answering(_lot)(lots.get, lot_id)


@put(
    "/api/v1/lots/{lot_id:uuid}/analysis",
    guards=[editor],
    responses=refusals(errors.LotNotFound, Stale, Needed),
)
async def put_analysis(
    unit: Unit, lot_id: FromPath[UUID], data: Json[AnalysisInput], version: Version
) -> Response[Lot]:
    """A lot's certificate of analysis."""
    return await unit.answering(_lot)(lots.analysed, lot_id, data.analysis, version)


@get(
    "/api/v1/lots/{lot_id:uuid}/upstream",
    guards=[signed_in],
    responses=refusals(errors.LotNotFound, errors.UnusableInput),
)
async def lot_upstream(unit: Unit, lot_id: FromPath[UUID], element: FromQuery[str] = "mass") -> Trace:
    """Which origins brought how much of the element into this lot."""
    return await unit(genealogy.upstream, lot_id, element)


@get(
    "/api/v1/lots/{lot_id:uuid}/downstream",
    guards=[signed_in],
    responses=refusals(errors.LotNotFound, errors.UnusableInput),
)
async def lot_downstream(unit: Unit, lot_id: FromPath[UUID], element: FromQuery[str] = "mass") -> Trace:
    """Which lots hold this lot's element."""
    return await unit(genealogy.downstream, lot_id, element)


@get(
    "/api/v1/lots/{lot_id:uuid}/graph", guards=[signed_in], responses=refusals(errors.LotNotFound, errors.UnusableInput)
)
async def lot_graph(unit: Unit, lot_id: FromPath[UUID], element: FromQuery[str] = "mass") -> Graph:
    """The lots around this one, both ways."""
    return await unit(genealogy.graph, lot_id, element)


@post(
    "/api/v1/lots/{lot_id:uuid}/split",
    guards=[editor],
    before_request=masses_in_kg,
    responses=refusals(*_BOOKING, errors.NegativeStock, errors.GenealogyCycle),
)
async def split_lot(unit: Unit, lot_id: FromPath[UUID], data: Json[SplitInput]) -> Response[Lot]:
    """Take a part of a lot as a lot of its own."""
    return await unit.answering(_lot)(runs.split, lot_id, data.mass_kg, data.lot_no, data.at)


@post("/api/v1/lots/merge", guards=[editor], responses=refusals(*_BOOKING, errors.GenealogyCycle))
async def merge_lots(unit: Unit, data: Json[MergeInput]) -> Response[Lot]:
    """Put lots of one kind and site together."""
    return await unit.answering(_lot)(runs.merge, data.lot_ids, data.lot_no, data.at)


# Runs


@get("/api/v1/runs", guards=[signed_in], responses=refusals(BadCursor))
async def list_runs(
    unit: Unit, paging: Paging, site_id: FromQuery[UUID | None] = None, period: FromQuery[str | None] = None
) -> Page[Run]:
    """Your runs, newest first."""
    before = lots.place_of(paging.cursor) if paging.cursor else None
    found = await unit(store.runs_page, before=before, rows=paging.limit + 1, site_id=site_id, period=period)
    return page_of(found, paging.limit, lambda run: (run.start_at.isoformat(), str(run.run_id)))


@post(
    "/api/v1/runs",
    guards=[editor],
    before_request=masses_in_kg,
    responses=refusals(errors.SiteNotFound, errors.LotConflict, errors.UnusableInput, errors.UnitMismatch),
)
async def draft_run(unit: Unit, data: Json[RunInput]) -> Run:
    """Keep a run as a draft; `:post` puts it into the ledger."""
    return await unit(runs.draft, data)


@get("/api/v1/runs/{run_id:uuid}", guards=[signed_in], responses=refusals(errors.RunNotFound))
async def get_run(unit: Unit, run_id: FromPath[UUID]) -> RunDetail:
    """One of your runs with its lines."""
    return await unit(runs.detail, run_id)


@post(
    "/api/v1/runs/{step:str}",
    guards=[editor],
    status_code=200,
    responses=refusals(*_RUN, errors.RunNotFound, errors.StateTransition, errors.CreditsInUse),
)
async def act_on_run(unit: Unit, step: FromPath[str], request: AnyRequest) -> Any:
    """`{id}:post` puts a draft into the ledger, `{id}:discard` gives it up; `{id}:reverse` undoes a run; `{id}:reason`
    accepts its balance.
    """
    name, act = _act(step)
    run_id = _id(name, errors.RunNotFound)
    if act == "post":
        return await unit(runs.post_draft, run_id)
    if act == "discard":
        return await unit(runs.discard, run_id)
    said = await _body(request, Reason)
    if act == "reverse":
        return await unit(runs.reverse, run_id, said.reason)
    if act == "reason":
        return await unit(runs.give_reason, run_id, said.reason)
    raise NotFound


async def _body(request: AnyRequest, kind: type[Any]) -> Any:
    """The body as a Struct. Raises UnusableInput."""
    try:
        return msgspec.json.decode(await request.body() or b"{}", type=kind)
    except msgspec.MsgspecError as error:
        raise errors.UnusableInput(detail=str(error)) from None


# Ledger and periods


@get("/api/v1/ledger/entries", guards=[signed_in], responses=refusals(BadCursor, errors.SiteNotFound))
async def ledger_entries(
    unit: Unit,
    paging: Paging,
    site: FromQuery[UUID],
    period: FromQuery[str | None] = None,
    element: FromQuery[str | None] = None,
) -> Page[Entry]:
    """Entries of a site in the order of its chain."""
    await unit(sites.settings, site)
    after = decode_cursor(paging.cursor, 1)[0] if paging.cursor else "0"
    if (seen := whole(after)) is None:
        raise BadCursor
    found = await unit(store.entries, site, after=seen, rows=paging.limit + 1, period=period, element=element)
    return page_of(found, paging.limit, lambda entry: (str(entry.seq),))


@get("/api/v1/ledger/balances", guards=[signed_in], responses=refusals(errors.UnusableInput))
async def ledger_balances(
    unit: Unit,
    site: FromQuery[UUID | None] = None,
    element: FromQuery[str | None] = None,
    period: FromQuery[str | None] = None,
) -> Page[store.BalanceRow]:
    """What each account holds; with site and period as it stood at the end of that month."""
    if period is not None:
        require_month(period)
    return Page(items=await unit(store.balances, site, element, period))


@get("/api/v1/periods/{site_id:uuid}", guards=[signed_in], responses=refusals(errors.SiteNotFound))
async def list_periods(unit: Unit, site_id: FromPath[UUID]) -> Page[store.Period]:
    """The closed months of a site in their newest version."""
    return Page(items=[found for _, found in await unit(periods.months, site_id) if found is not None])


@post(
    "/api/v1/periods/{site_id:uuid}/{step:str}",
    guards=[editor],
    status_code=200,
    responses=refusals(*_RUN, errors.PeriodNotReady, errors.StateTransition, errors.RunNotFound),
)
async def act_on_period(
    unit: Unit, site_id: FromPath[UUID], step: FromPath[str], data: Json[CloseInput]
) -> store.Period:
    """`{yyyy-mm}:close` closes a month; `{yyyy-mm}:restate` corrects a closed one."""
    month, act = _act(step)
    if act == "close":
        return await unit(periods.close, site_id, month, data.signed_by)
    if act == "restate":
        return await unit(
            periods.restate,
            site_id,
            month,
            data.signed_by,
            data.reason or "",
            reverse=data.reverse,
            runs_instead=data.runs,
        )
    raise NotFound


# Credits and claims


@get("/api/v1/credits", guards=[signed_in], responses=refusals(BadCursor))
async def list_credits(unit: Unit, paging: Paging, element: FromQuery[str | None] = None) -> Page[Credit]:
    """Your credits, oldest first."""
    found = await unit(claims.credits, limit=paging.limit, element=element, after=_after(paging.cursor))
    return page_of(found, paging.limit, lambda credit: (str(credit.credit_id),))


@get("/api/v1/claims", guards=[signed_in], responses=refusals(BadCursor))
async def list_claims(unit: Unit, paging: Paging) -> Page[Claim]:
    """Your claims, newest first."""
    found = await unit(claims.page, limit=paging.limit, after=_after(paging.cursor))
    return page_of(found, paging.limit, lambda claim: (str(claim.claim_id),))


@get("/api/v1/recycling/parts/{trace_id:uuid}/claims", guards=[signed_in], responses=refusals(errors.PartNotFound))
async def claims_of_part(unit: Unit, trace_id: FromPath[UUID]) -> Carried:
    """Claims that travel with a part: your own, your suppliers' where they disclose them, and sums from further up."""
    return await unit(carried.of_part, trace_id)


@get("/api/v1/claims/{claim_id:uuid}", guards=[signed_in], responses=refusals(errors.ClaimNotFound))
async def get_claim(unit: Unit, claim_id: FromPath[UUID]) -> Response[Claim]:
    """One of your claims."""
    return await unit.answering(_claim)(claims.get, claim_id)


@post(
    "/api/v1/claims",
    guards=[editor],
    before_request=masses_in_kg,
    responses=refusals(
        errors.NotClaimable,
        errors.InsufficientCredit,
        errors.IdempotencyConflict,
        errors.ClaimNotFound,
        errors.PartNotFound,
        *_COMPOSITION,
    ),
)
async def reserve_claim(request: AnyRequest, unit: Unit, data: Json[ClaimInput]) -> Response[Any]:
    """Set credits aside for a claim: 201; the same again: 200 with the same claim."""
    started = clock.now()

    def shown(claim: Claim) -> Response[Claim]:
        return _claim(claim, 201 if claim.created_at >= started else 200)

    try:
        return await unit.answering(shown)(claims.reserve, data)
    except errors.InsufficientCredit as refusal:
        return _with_figures(request, refusal)


def _with_figures(request: AnyRequest, refusal: errors.InsufficientCredit) -> Response[Any]:
    """The problem with `available` and `requested` [kg] beside the words."""
    answer = problems.answer(request, refusal)
    figures = {name: float(str(kg)) for name, kg in refusal.values.items()}
    problem = {**msgspec.json.decode(answer.content), **figures}
    return Response(
        msgspec.json.encode(problem),
        status_code=answer.status_code,
        media_type=problems.MEDIA_TYPE,
        headers={"cache-control": "no-store"},
    )


@post(
    "/api/v1/claims/{step:str}",
    guards=[editor],
    status_code=200,
    responses=refusals(
        errors.ClaimNotFound, errors.CreditAlreadyRetired, errors.StateTransition, errors.EvidenceRefused
    ),
)
async def act_on_claim(unit: Unit, step: FromPath[str], request: AnyRequest) -> Response[Claim]:
    """`{id}:retire` on evidence, `{id}:release`, `{id}:reverse`."""
    name, act = _act(step)
    claim_id = _id(name, errors.ClaimNotFound)
    if act == "retire":
        said = await _body(request, RetireInput)
        return await unit.answering(_claim)(claims.retire, claim_id, said.evidence)
    if act == "release":
        return await unit.answering(_claim)(claims.release, claim_id)
    if act == "reverse":
        return await unit.answering(_claim)(claims.reverse, claim_id)
    raise NotFound


handlers = [
    get_site,
    put_site,
    list_documents,
    add_document,
    revoke_document,
    list_lots,
    receive_lot,
    get_lot,
    put_analysis,
    lot_upstream,
    lot_downstream,
    lot_graph,
    split_lot,
    merge_lots,
    list_runs,
    draft_run,
    get_run,
    act_on_run,
    ledger_entries,
    ledger_balances,
    list_periods,
    act_on_period,
    list_credits,
    list_claims,
    get_claim,
    claims_of_part,
    reserve_claim,
    act_on_claim,
]
