"""Many bookings at once: the same rows that `store` writes one by one, a set in each statement.

Row-level security rules COPY out, so sets travel as JSON and arrays.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.recycling import store
from meguri.recycling.booking import Edge
from meguri.recycling.claiming import Claim
from meguri.recycling.credits import Use
from meguri.recycling.ledger import Entry, Posting, TxType, chained
from meguri.recycling.records import Line, Lot, Run
from meguri.storage import Transaction
from meguri.storage.arrays import numerics, uuids


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """One transaction of the ledger among many: its postings add up to zero."""

    tx_type: TxType
    tx_id: UUID
    period: str
    postings: list[Posting]


async def known_lots(
    tx: Transaction, scope: OperatorScope, site_id: UUID, numbers: Collection[str]
) -> dict[str, bytes]:
    """Content hashes of a site's lots by number."""
    rows = await tx.all(
        store.queries.lots_by_nos, operator_id=scope.operator_id, site_id=site_id, numbers=list(numbers)
    )
    return {number: bytes(digest) for number, digest in rows}


async def add_lots(tx: Transaction, scope: OperatorScope, lots: Mapping[UUID, tuple[Lot, bytes]]) -> set[UUID]:
    """New lots with their content hashes; the ids of those whose number was free."""
    rows = [{**msgspec.structs.asdict(lot), "content_hash": digest.hex()} for lot, digest in lots.values()]
    added = await tx.all(store.queries.add_lots, operator_id=scope.operator_id, lots=store.text_of(rows))
    return {row[0] for row in added}


async def assay_lots(tx: Transaction, scope: OperatorScope, lots: Sequence[Lot]) -> set[UUID]:
    """What lots are made of as assayed, each with the version it had; the ids of those that were not changed since."""
    rows = [
        {"lot_id": one.lot_id, "composition": one.composition, "sources": one.sources, "expected": one.version}
        for one in lots
    ]
    done = await tx.all(store.queries.assay_lots, operator_id=scope.operator_id, lots=store.text_of(rows))
    return {row[0] for row in done}


async def change_lots(tx: Transaction, scope: OperatorScope, lots: Sequence[tuple[Lot, int]]) -> set[UUID]:
    """Lots as they are after several bookings, each with the version it had before; the ids of those that had it."""
    rows = [
        {
            "lot_id": one.lot_id,
            "left_kg": one.left_kg,
            "composition": one.composition,
            "closed_at": one.closed_at,
            "status": one.status,
            "expected": before,
            "steps": one.version - before,
        }
        for one, before in lots
    ]
    done = await tx.all(store.queries.change_lots, operator_id=scope.operator_id, lots=store.text_of(rows))
    return {row[0] for row in done}


async def add_lines(tx: Transaction, scope: OperatorScope, lines: Sequence[tuple[UUID, Sequence[Line]]]) -> None:
    """The lines of many runs."""
    rows = [{**msgspec.structs.asdict(line), "run_id": run_id} for run_id, of_run in lines for line in of_run]
    await tx.run(store.queries.add_lines_of_many, operator_id=scope.operator_id, lines=store.text_of(rows))


async def add_edges(tx: Transaction, scope: OperatorScope, edges: Sequence[tuple[UUID, Sequence[Edge]]]) -> None:
    """Who descends from whom by many runs."""
    rows = [{**msgspec.structs.asdict(edge), "run_id": run_id} for run_id, of_run in edges for edge in of_run]
    if rows:
        await tx.run(store.queries.add_edges_of_many, operator_id=scope.operator_id, edges=store.text_of(rows))


class KnownRun(msgspec.Struct, frozen=True, kw_only=True):
    """A run that a site has already, and what was said of it."""

    run_id: UUID
    status: str
    version: int
    body: str


async def known_runs(
    tx: Transaction, scope: OperatorScope, site_id: UUID, numbers: Collection[str]
) -> dict[str, KnownRun]:
    """A site's runs by number."""
    rows = await tx.all(
        store.queries.runs_by_nos, operator_id=scope.operator_id, site_id=site_id, numbers=list(numbers)
    )
    return {
        number: KnownRun(run_id=run_id, status=status, version=version, body=body)
        for number, run_id, status, version, body in rows
    }


async def known_claims(tx: Transaction, scope: OperatorScope, keys: Collection[str]) -> dict[str, bytes]:
    """Content hashes of claims by their key."""
    rows = await tx.all(store.queries.claims_by_keys, operator_id=scope.operator_id, keys=list(keys))
    return {key: bytes(digest) for key, _, digest in rows}


async def add_claims(
    tx: Transaction, scope: OperatorScope, claims: Sequence[tuple[Claim, bytes, Sequence[Use]]]
) -> None:
    """New reserved claims with their content hashes and the credits that they take."""
    rows = [{**msgspec.structs.asdict(claim), "body_hash": digest.hex()} for claim, digest, _ in claims]
    await tx.run(store.queries.add_claims, operator_id=scope.operator_id, claims=store.text_of(rows))
    uses = [(claim.claim_id, use) for claim, _, of_claim in claims for use in of_claim]
    await tx.run(
        store.queries.add_claims_uses,
        operator_id=scope.operator_id,
        claim_ids=uuids(claim_id for claim_id, _ in uses),
        credit_ids=uuids(use.credit_id for _, use in uses),
        qtys=numerics(use.qty_kg for _, use in uses),
    )
    taken: dict[UUID, Decimal] = {}
    for _, use in uses:
        taken[use.credit_id] = taken.get(use.credit_id, Decimal(0)) + use.qty_kg
    await tx.run(
        store.queries.use_credits,
        operator_id=scope.operator_id,
        credit_ids=uuids(taken),
        qtys=numerics(taken.values()),
    )


async def add_runs(tx: Transaction, scope: OperatorScope, runs: Sequence[tuple[Run, object]]) -> None:
    """New runs with their bodies; a number that a site has already is left out."""
    rows = [{**msgspec.structs.asdict(run), "body": body} for run, body in runs]
    await tx.run(store.queries.add_runs, operator_id=scope.operator_id, runs=store.text_of(rows))


async def post_many(tx: Transaction, scope: OperatorScope, moved: Sequence[Moved], *, site_id: UUID) -> None:
    """Enter transactions of one site in their order, as `store.post` does one. Raises LedgerUnbalanced, PeriodClosed."""
    moved = [one for one in moved if one.postings]
    if not moved:
        return
    head = await store.lock_site(tx, scope, site_id)
    for month in {one.period for one in moved}:
        await store.require_open(tx, scope, site_id, month)
    at = store.millis(clock.now())
    entries: list[Entry] = []
    for one in moved:
        entries += chained(
            one.postings,
            tx_type=one.tx_type,
            site_id=site_id,
            period=one.period,
            at=at,
            actor=scope.actor,
            head=head,
            tx_id=one.tx_id,
        )
        head = entries[-1].seq, entries[-1].hash
    await tx.run(store.queries.add_entries_of_many, **_columns(scope, entries))
    await store.move(tx, scope, site_id, [posting for one in moved for posting in one.postings])
    await tx.run(store.queries.move_head, operator_id=scope.operator_id, site_id=site_id, seq=head[0], hash=head[1])


def _columns(scope: OperatorScope, entries: Sequence[Entry]) -> dict[str, Any]:
    first = entries[0]
    return {
        "operator_id": scope.operator_id,
        "site_id": first.site_id,
        "at": first.at,
        "actor": first.actor,
        "seqs": "{" + ",".join([str(e.seq) for e in entries]) + "}",
        "entry_ids": uuids(e.entry_id for e in entries),
        "tx_ids": uuids(e.tx_id for e in entries),
        "tx_types": _words(e.tx_type for e in entries),
        "periods": _words(e.period for e in entries),
        "books": _words(e.book for e in entries),
        "elements": _texts(e.element for e in entries),
        "attributes": _texts(e.attribute for e in entries),
        "states": _words(e.state for e in entries),
        "qtys": numerics(e.qty_kg for e in entries),
        "lots": _ids_or_none(e.lot_id for e in entries),
        "runs": _ids_or_none(e.run_id for e in entries),
        "claims": _ids_or_none(e.claim_id for e in entries),
        "prevs": _words(e.prev_hash for e in entries),
        "hashes": _words(e.hash for e in entries),
    }


def _texts(texts: Iterable[str]) -> str:
    """A text[] of whatever people name: `Other:<text>` may hold quotes and commas."""
    return "{" + ",".join([_quoted(text) for text in texts]) + "}"


@lru_cache(1024)
def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _words(words: Any) -> str:
    """A text[] of words without a character to quote: months, states, hashes."""
    return "{" + ",".join(words) + "}"


def _ids_or_none(ids: Any) -> str:
    """A uuid[] that may hold nothing."""
    return "{" + ",".join(["NULL" if one is None else f"{one.int:032x}" for one in ids]) + "}"
