"""Lots, runs, genealogy and the ledger: the only caller of `queries.sql`, together with `store_claims` and `store_units`."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.recycling.booking import Edge
from meguri.recycling.errors import PeriodClosed
from meguri.recycling.ledger import GENESIS, Entry, Posting, TxType, chained
from meguri.recycling.records import Line, Lot, Run, Site, SiteInput
from meguri.recycling.tracing import Walk, numbered
from meguri.storage import Transaction, load_queries
from meguri.storage.arrays import numerics, uuids

queries = load_queries(__package__)
_json = msgspec.json.Encoder().encode


def text_of(content: object) -> str:
    """JSON for a jsonb parameter; decimals as text."""
    return _json(content).decode()


class BalanceRow(msgspec.Struct, frozen=True, kw_only=True):
    """What one account holds [kg]."""

    site_id: UUID
    book: str
    element: str
    attribute: str
    state: str
    qty_kg: Decimal


class Period(msgspec.Struct, frozen=True, kw_only=True):
    """One month of one site in one version, with its statement."""

    site_id: UUID
    period: str
    version: int
    state: str
    statement: dict[str, Any]
    hash: str
    signed_by: str | None
    reason: str | None
    at: datetime


class Turnover(msgspec.Struct, frozen=True, kw_only=True):
    """kg of an element by what moved it and where to."""

    element: str
    tx_type: str
    state: str
    qty_kg: Decimal
    entries: int


class RateInput(msgspec.Struct, frozen=True, kw_only=True):
    """kg of an element in the input fraction."""

    element: str
    location: str | None
    u_rel: Decimal | None
    re_class: str | None
    country: str | None
    kg: Decimal


class RateOutput(msgspec.Struct, frozen=True, kw_only=True):
    """kg of an element in outputs that are not intermediate; `primary_kg` of it came with reagents, `counted_kg` was an output
    before, `earned_kg` was recovered at a calculation point before.
    """

    element: str
    location: str | None
    u_rel: Decimal | None
    kind: str
    re_class: str | None
    counting: str
    country: str | None
    evidence: str | None
    substitutes_primary: bool
    calculation_point: bool
    kg: Decimal
    primary_kg: Decimal
    counted_kg: Decimal
    earned_kg: Decimal

    @property
    def fresh_kg(self) -> Decimal:
        """kg of battery origin that was no output before."""
        return self.kg - self.primary_kg - self.counted_kg


class GradedOutput(msgspec.Struct, frozen=True, kw_only=True):
    """kg of an element of battery origin in one recovered lot, with the lot's analysis."""

    element: str
    material: str | None
    analysis: dict[str, Decimal]
    kg: Decimal


class FlowRow(msgspec.Struct, frozen=True, kw_only=True):
    """kg of an element along lines of runs."""

    step_type: str | None
    run_kind: str
    direction: str
    label: str
    kind: str | None
    counting: str | None
    calculation_point: bool
    kg: Decimal
    lots: int


class LotWord(msgspec.Struct, frozen=True, kw_only=True):
    """What a graph shows of a lot."""

    lot_id: UUID
    lot_no: str
    kind: str
    mass_kg: Decimal
    left_kg: Decimal
    composition: list[dict[str, Any]]
    passports: list[str]
    created_at: datetime
    site_id: UUID


# Ledger


async def lock_site(tx: Transaction, scope: OperatorScope, site_id: UUID) -> tuple[int, str]:
    """Wait until nobody else writes this site's ledger; the head of its chain."""
    row = await tx.one(queries.lock_site, operator_id=scope.operator_id, site_id=site_id, genesis=GENESIS)
    assert row is not None  # noqa: S101 - an upsert returns its row
    return int(row[0]), str(row[1])


async def post(
    tx: Transaction,
    scope: OperatorScope,
    postings: Sequence[Posting],
    *,
    tx_type: TxType,
    site_id: UUID,
    period: str,
    tx_id: UUID | None = None,
) -> list[Entry]:
    """Enter postings that add up to zero, move the balances and the chain's head. Raises LedgerUnbalanced, PeriodClosed."""
    if not postings:
        return []
    head = await lock_site(tx, scope, site_id)
    await require_open(tx, scope, site_id, period)
    entries = chained(
        postings,
        tx_type=tx_type,
        site_id=site_id,
        period=period,
        at=millis(clock.now()),
        actor=scope.actor,
        head=head,
        tx_id=tx_id,
    )
    await tx.run(queries.add_entries, **_entry_columns(scope, entries))
    await move(tx, scope, site_id, postings)
    last = entries[-1]
    await tx.run(queries.move_head, operator_id=scope.operator_id, site_id=site_id, seq=last.seq, hash=last.hash)
    return entries


async def require_open(tx: Transaction, scope: OperatorScope, site_id: UUID, month: str) -> None:
    """Raises PeriodClosed when a month is closed; with the site's ledger locked, nobody closes it meanwhile."""
    found = await period(tx, scope, site_id, month)
    if found is not None and found.state == "closed":
        raise PeriodClosed(period=month)


def millis(moment: datetime) -> datetime:
    """What the hash says of a moment is what the row keeps of it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def _entry_columns(scope: OperatorScope, entries: Sequence[Entry]) -> dict[str, Any]:
    first = entries[0]
    return {
        "operator_id": scope.operator_id,
        "site_id": first.site_id,
        "tx_id": first.tx_id,
        "tx_type": first.tx_type,
        "at": first.at,
        "period": first.period,
        "actor": first.actor,
        "seqs": [e.seq for e in entries],
        "entry_ids": uuids(e.entry_id for e in entries),
        "books": [e.book for e in entries],
        "elements": [e.element for e in entries],
        "attributes": [e.attribute for e in entries],
        "states": [e.state for e in entries],
        "qtys": numerics(e.qty_kg for e in entries),
        "lots": [e.lot_id for e in entries],
        "runs": [e.run_id for e in entries],
        "claims": [e.claim_id for e in entries],
        "prevs": [e.prev_hash for e in entries],
        "hashes": [e.hash for e in entries],
    }


async def move(tx: Transaction, scope: OperatorScope, site_id: UUID, postings: Sequence[Posting]) -> None:
    """Add postings to the balances of their accounts; `post` does it of itself."""
    sums: dict[tuple[str, str, str, str], Decimal] = defaultdict(Decimal)
    for p in postings:
        sums[p.book, p.element, p.attribute, p.state.value] += p.qty_kg
    keys = sorted(key for key, kg in sums.items() if kg)
    columns = {
        "operator_id": scope.operator_id,
        "site_id": site_id,
        "books": [key[0] for key in keys],
        "elements": [key[1] for key in keys],
        "attributes": [key[2] for key in keys],
        "states": [key[3] for key in keys],
    }
    await tx.run(queries.open_accounts, **columns)
    await tx.run(queries.move_balances, **columns, qtys=numerics(sums[key] for key in keys))


async def entries(
    tx: Transaction,
    scope: OperatorScope,
    site_id: UUID,
    *,
    after: int = 0,
    rows: int = 100,
    period: str | None = None,
    element: str | None = None,
) -> list[Entry]:
    """Entries of a site in order, from after a sequence number on."""
    return await tx.all(
        queries.entries,
        Entry,
        operator_id=scope.operator_id,
        site_id=site_id,
        after=after,
        rows=rows,
        period=period,
        element=element,
    )


async def entries_of_tx(tx: Transaction, scope: OperatorScope, site_id: UUID, tx_id: UUID) -> list[Entry]:
    """The entries of one transaction (a run's transaction has the run's id)."""
    return await tx.all(queries.entries_of_run, Entry, operator_id=scope.operator_id, site_id=site_id, tx_id=tx_id)


async def balances(
    tx: Transaction, scope: OperatorScope, site_id: UUID | None, element: str | None, period: str | None
) -> list[BalanceRow]:
    """What every account holds now, or at the end of a period (then of one site)."""
    ids = {"operator_id": scope.operator_id, "site_id": site_id, "element": element}
    if period is not None and site_id is not None:
        return await tx.all(queries.balances_until, BalanceRow, **ids, period=period)
    return await tx.all(queries.balances, BalanceRow, **ids)


# Sites and periods


async def site(tx: Transaction, scope: OperatorScope, site_id: UUID) -> Site | None:
    """A site's settings, if they were ever set."""
    return await tx.one(queries.site, Site, operator_id=scope.operator_id, site_id=site_id)


async def sites(tx: Transaction, scope: OperatorScope) -> list[Site]:
    """Settings of all sites that have any."""
    return await tx.all(queries.sites, Site, operator_id=scope.operator_id)


async def save_site(tx: Transaction, scope: OperatorScope, site_id: UUID, said: SiteInput) -> Site:
    """A site's settings as said."""
    values = {**msgspec.structs.asdict(said), "conversion": text_of(said.conversion)}
    found = await tx.one(queries.save_site, Site, operator_id=scope.operator_id, site_id=site_id, **values)
    assert found is not None  # noqa: S101 - an upsert returns its row
    return found


async def period(tx: Transaction, scope: OperatorScope, site_id: UUID, month: str) -> Period | None:
    """The newest version of a month."""
    return await tx.one(queries.period, Period, operator_id=scope.operator_id, site_id=site_id, period=month)


async def period_versions(tx: Transaction, scope: OperatorScope, site_id: UUID, month: str) -> list[Period]:
    """All versions of a month, oldest first."""
    return await tx.all(queries.period_versions, Period, operator_id=scope.operator_id, site_id=site_id, period=month)


async def periods(tx: Transaction, scope: OperatorScope, site_id: UUID) -> list[Period]:
    """The closed months of a site, newest first, each in its newest version."""
    return await tx.all(queries.periods, Period, operator_id=scope.operator_id, site_id=site_id)


async def months_with_runs(tx: Transaction, scope: OperatorScope, site_id: UUID) -> list[str]:
    """Months in which something was booked, newest first."""
    rows = await tx.all(queries.periods_with_entries, operator_id=scope.operator_id, site_id=site_id)
    return [str(row[0]) for row in rows]


async def add_period(tx: Transaction, scope: OperatorScope, made: Period) -> None:
    """A version of a month."""
    values = {**msgspec.structs.asdict(made), "statement": text_of(made.statement)}
    await tx.run(queries.add_period, operator_id=scope.operator_id, **values)


async def turnover(tx: Transaction, scope: OperatorScope, site_id: UUID, month: str) -> list[Turnover]:
    """kg by element, transaction type and state within a month."""
    return await tx.all(queries.turnover, Turnover, operator_id=scope.operator_id, site_id=site_id, period=month)


async def objections(tx: Transaction, scope: OperatorScope, site_id: UUID, month: str) -> dict[str, list[str]]:
    """What stands against closing a month, by kind; empty lists when nothing does."""
    ids: dict[str, Any] = {"operator_id": scope.operator_id, "site_id": site_id}
    of_month = {**ids, "period": month}
    return {
        "unreasoned_runs": [str(row[0]) for row in await tx.all(queries.unreasoned_runs, **of_month)],
        "undocumented_lots": [str(row[0]) for row in await tx.all(queries.undocumented, **of_month)],
        "negative_accounts": ["/".join(map(str, row)) for row in await tx.all(queries.negative_accounts, **ids)],
        "unbalanced": [str(row[0]) for row in await tx.all(queries.unbalanced, **of_month)],
        "chain_breaks": [str(row[0]) for row in await tx.all(queries.chain_breaks, **ids)],
    }


# Lots


async def add_lot(tx: Transaction, scope: OperatorScope, lot: Lot, content_hash: bytes) -> bool:
    """A new lot; False when the site has one of this number."""
    values = msgspec.structs.asdict(lot)
    for name in ("composition", "sources", "passports", "hazard", "analysis", "warnings", "past"):
        values[name] = text_of(values[name])
    added = await tx.run(queries.add_lot, operator_id=scope.operator_id, content_hash=content_hash, **values)
    return bool(added)


async def lots_between(tx: Transaction, scope: OperatorScope, first: UUID, last: UUID) -> list[Lot]:
    """Deliveries by the order of their ids, from `first` to `last`."""
    return await tx.all(queries.lots_between, Lot, operator_id=scope.operator_id, first=first, last=last)


async def lot_by_no(tx: Transaction, scope: OperatorScope, site_id: UUID, lot_no: str) -> tuple[UUID, bytes] | None:
    """Id and content hash of the lot with this number."""
    row = await tx.one(queries.lot_by_no, operator_id=scope.operator_id, site_id=site_id, lot_no=lot_no)
    return (row[0], bytes(row[1])) if row else None


async def change_lot(tx: Transaction, scope: OperatorScope, lot: Lot, expected: int) -> bool:
    """What is left of a lot, its state and analysis; False when `expected` is not its version."""
    changed = await tx.run(
        queries.change_lot,
        operator_id=scope.operator_id,
        lot_id=lot.lot_id,
        left_kg=lot.left_kg,
        composition=text_of(lot.composition),
        closed_at=lot.closed_at,
        status=lot.status.value,
        analysis=text_of(lot.analysis),
        warnings=text_of(lot.warnings),
        expected=expected,
    )
    return bool(changed)


async def lots(
    tx: Transaction, scope: OperatorScope, lot_ids: Collection[UUID], *, for_update: bool = False
) -> dict[UUID, Lot]:
    """Lots by id; with `for_update` nobody else changes them until the end."""
    query = queries.lots_for_update if for_update else queries.lots
    found = await tx.all(query, Lot, operator_id=scope.operator_id, lot_ids=uuids(lot_ids))
    return {lot.lot_id: lot for lot in found}


async def lots_page(
    tx: Transaction,
    scope: OperatorScope,
    *,
    before: tuple[datetime, UUID] | None,
    rows: int,
    site_id: UUID | None = None,
    kind: str | None = None,
    open_only: bool = False,
    text: str | None = None,
) -> list[Lot]:
    """Lots, newest first."""
    before_at, before_id = before or (None, None)
    return await tx.all(
        queries.lots_page,
        Lot,
        operator_id=scope.operator_id,
        before_at=before_at,
        before_id=before_id,
        rows=rows,
        site_id=site_id,
        kind=kind,
        open_only=open_only,
        text=text,
    )


async def lot_words(tx: Transaction, scope: OperatorScope, lot_ids: Collection[UUID]) -> dict[UUID, LotWord]:
    """What a graph shows of lots."""
    found = await tx.all(queries.lot_words, LotWord, operator_id=scope.operator_id, lot_ids=uuids(lot_ids))
    return {word.lot_id: word for word in found}


async def lots_of_passport(tx: Transaction, scope: OperatorScope, passport: str) -> list[UUID]:
    """Lots that a battery with this passport went into as a unit."""
    rows = await tx.all(queries.lots_of_passport, operator_id=scope.operator_id, passport=passport)
    return [row[0] for row in rows]


async def assay_lot(tx: Transaction, scope: OperatorScope, lot: Lot, expected: int) -> bool:
    """What a lot is made of as assayed; False when `expected` is not its version."""
    return bool(
        await tx.run(
            queries.assay_lot,
            operator_id=scope.operator_id,
            lot_id=lot.lot_id,
            composition=text_of(lot.composition),
            sources=text_of(lot.sources),
            expected=expected,
        )
    )


async def lots_by_no(
    tx: Transaction, scope: OperatorScope, numbers: Collection[str]
) -> dict[str, list[tuple[UUID, UUID]]]:
    """Lots by their number: (site, lot); several sites may use one number."""
    found: dict[str, list[tuple[UUID, UUID]]] = {}
    for number, site_id, lot_id in await tx.all(
        queries.lots_by_no, operator_id=scope.operator_id, numbers=list(numbers)
    ):
        found.setdefault(number, []).append((site_id, lot_id))
    return found


# Runs and genealogy


async def add_run(tx: Transaction, scope: OperatorScope, run: Run, body: object) -> bool:
    """A new run; False when the site has one of this number."""
    values = msgspec.structs.asdict(run)
    del values["version"]
    for name in ("residuals", "note"):
        values[name] = text_of(values[name])
    return bool(await tx.run(queries.add_run, operator_id=scope.operator_id, body=text_of(body), **values))


async def run_by_no(tx: Transaction, scope: OperatorScope, site_id: UUID, run_no: str) -> tuple[UUID, Any] | None:
    """Id and body of the run with this number."""
    row = await tx.one(queries.run_by_no, operator_id=scope.operator_id, site_id=site_id, run_no=run_no)
    return (row[0], msgspec.json.decode(row[1])) if row else None


async def run(tx: Transaction, scope: OperatorScope, run_id: UUID) -> Run | None:
    """One run."""
    return await tx.one(queries.run, Run, operator_id=scope.operator_id, run_id=run_id)


async def assays_of(tx: Transaction, scope: OperatorScope, lot: Lot) -> list[Run]:
    """The assays that were booked for a lot and hold."""
    numbers = [f"ASSAY-{lot.lot_no}-{version}" for version in range(1, lot.version + 1)]
    return await tx.all(
        queries.assays_of,
        Run,
        operator_id=scope.operator_id,
        site_id=lot.site_id,
        lot_id=str(lot.lot_id),
        numbers=[*numbers, *(number[:50] for number in numbers if len(number) > 50)],
    )


async def run_body(tx: Transaction, scope: OperatorScope, run_id: UUID) -> Any:
    """A run as it was asked for."""
    return await tx.value(queries.run_body, operator_id=scope.operator_id, run_id=run_id)


async def runs_page(
    tx: Transaction,
    scope: OperatorScope,
    *,
    before: tuple[datetime, UUID] | None,
    rows: int,
    site_id: UUID | None = None,
    period: str | None = None,
) -> list[Run]:
    """Runs, newest first."""
    before_at, before_id = before or (None, None)
    return await tx.all(
        queries.runs_page,
        Run,
        operator_id=scope.operator_id,
        before_at=before_at,
        before_id=before_id,
        rows=rows,
        site_id=site_id,
        period=period,
    )


async def change_run(tx: Transaction, scope: OperatorScope, run: Run, expected: int) -> bool:
    """A run's state, verdict and reason; False when `expected` is not its version."""
    changed = await tx.run(
        queries.change_run,
        operator_id=scope.operator_id,
        run_id=run.run_id,
        status=run.status,
        verdict=run.verdict,
        residuals=text_of(run.residuals),
        reason=run.reason,
        expected=expected,
    )
    return bool(changed)


async def add_lines(tx: Transaction, scope: OperatorScope, run_id: UUID, lines: Sequence[Line]) -> None:
    """The lines of a run."""
    await tx.run(queries.add_lines, operator_id=scope.operator_id, run_id=run_id, lines=text_of(lines))


async def lines(tx: Transaction, scope: OperatorScope, run_id: UUID) -> list[Line]:
    """The lines of a run in their order."""
    return await tx.all(queries.lines, Line, operator_id=scope.operator_id, run_id=run_id)


async def add_edges(tx: Transaction, scope: OperatorScope, run_id: UUID, edges: Sequence[Edge]) -> None:
    """Who descends from whom by this run."""
    if edges:
        await tx.run(queries.add_edges, operator_id=scope.operator_id, run_id=run_id, edges=text_of(edges))


async def drop_edges(tx: Transaction, scope: OperatorScope, run_id: UUID) -> None:
    """Undo `add_edges`."""
    await tx.run(queries.drop_edges, operator_id=scope.operator_id, run_id=run_id)


async def edges_around(tx: Transaction, scope: OperatorScope, lot_id: UUID, element: str, *, up: bool) -> Walk:
    """All edges above (or into everything below) a lot, with kg of the element."""
    query = queries.edges_up if up else queries.edges_down
    row = await tx.one(query, operator_id=scope.operator_id, lot_id=lot_id, element=element)
    return numbered(lot_id, *(bytes(column or b"") for column in row or (b"", b"", b"")))


# Figures


async def rate_inputs(tx: Transaction, scope: OperatorScope, **asked: Any) -> list[RateInput]:
    """The input fraction of sites and periods."""
    return await tx.all(queries.rate_inputs, RateInput, operator_id=scope.operator_id, **asked)


async def rate_outputs(tx: Transaction, scope: OperatorScope, **asked: Any) -> list[RateOutput]:
    """Outputs that are not intermediate, of sites and periods."""
    return await tx.all(queries.rate_outputs, RateOutput, operator_id=scope.operator_id, **asked)


async def flows(
    tx: Transaction, scope: OperatorScope, site_id: UUID, element: str, first: str, last: str
) -> list[FlowRow]:
    """kg of an element along every kind of line."""
    return await tx.all(
        queries.flows,
        FlowRow,
        operator_id=scope.operator_id,
        site_id=site_id,
        element=element,
        first=first,
        last=last,
    )


async def graded_outputs(
    tx: Transaction, scope: OperatorScope, site_id: UUID, first: str, last: str
) -> tuple[list[GradedOutput], Decimal | None]:
    """Recovered lots with their analysis, and what the runs cost in all [JPY] (None: nobody said)."""
    asked: dict[str, Any] = {"operator_id": scope.operator_id, "site_id": site_id, "first": first, "last": last}
    rows = await tx.all(queries.graded_outputs, GradedOutput, **asked)
    return rows, await tx.value(queries.cost_of_runs, **asked)
