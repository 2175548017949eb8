"""Double entry: every transaction moves kilograms between accounts and adds up to zero for each element.

An entry's hash = hex SHA-256 of its RFC 8785 JSON without `hash`, the previous hash inside; the first previous hash is 64
zeros. All values are text, so that the canonical form is plain sorted JSON.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.errors import FieldError
from meguri.kernel.ids import new_id
from meguri.kernel.numbers import plain
from meguri.kernel.text import Text
from meguri.recycling.errors import LedgerUnbalanced, UnusableInput

GENESIS = "0" * 64
_json = msgspec.json.Encoder().encode
PHYSICAL, CREDIT = "physical", "credit"
_MONTH = Text(
    ja="月を YYYY-MM で指定してください。受け取った値: {given}", en="must be a month, YYYY-MM. Given: {given}"
)


class State(StrEnum):
    """Where the kilograms of an account are."""

    STOCK = "STOCK"
    WIP = "WIP"
    IN_TRANSIT = "IN_TRANSIT"
    EXT_SUPPLIER = "EXT_SUPPLIER"
    EXT_CUSTOMER = "EXT_CUSTOMER"
    LOSS = "LOSS"
    DISPOSAL = "DISPOSAL"
    EMISSION = "EMISSION"
    CREDIT_OPEN = "CREDIT_OPEN"
    CREDIT_RESERVED = "CREDIT_RESERVED"
    CREDIT_RETIRED = "CREDIT_RETIRED"
    CREDIT_EXPIRED = "CREDIT_EXPIRED"
    CORRECTION = "CORRECTION"


class TxType(StrEnum):
    """What a transaction does."""

    RECEIVE = "RECEIVE"
    PROCESS = "PROCESS"
    SHIP = "SHIP"
    ADJUST = "ADJUST"
    CREDIT_ISSUE = "CREDIT_ISSUE"
    CREDIT_TRANSFER = "CREDIT_TRANSFER"
    CLAIM_RESERVE = "CLAIM_RESERVE"
    CLAIM_RETIRE = "CLAIM_RETIRE"
    CLAIM_RELEASE = "CLAIM_RELEASE"
    EXPIRE = "EXPIRE"
    REVERSE = "REVERSE"
    PERIOD_CLOSE = "PERIOD_CLOSE"


def require_month(text: str) -> str:
    """A month as `YYYY-MM`. Raises UnusableInput."""
    year, dash, month = text.partition("-")
    sound = dash and len(year) == 4 and len(month) == 2 and text.isascii() and (year + month).isdigit()
    if not sound or not 1 <= int(month) <= 12:
        raise UnusableInput(fields=(FieldError("period", _MONTH, {"given": text[:20]}),))
    return text


class Posting(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """kg to (positive) or from (negative) one account."""

    element: str
    state: State
    qty_kg: Decimal
    book: str = PHYSICAL
    attribute: str = ""
    lot_id: UUID | None = None
    run_id: UUID | None = None
    claim_id: UUID | None = None


class Entry(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A posting as it is kept."""

    seq: int
    entry_id: UUID
    tx_id: UUID
    tx_type: str
    at: datetime
    period: str
    site_id: UUID
    book: str
    element: str
    attribute: str
    state: str
    qty_kg: Decimal
    lot_id: UUID | None
    run_id: UUID | None
    claim_id: UUID | None
    actor: str
    prev_hash: str
    hash: str


def require_balanced(postings: Iterable[Posting]) -> None:
    """Σ qty = 0 for each book and element. Raises LedgerUnbalanced."""
    sums: dict[tuple[str, str], Decimal] = defaultdict(Decimal)
    for posting in postings:
        sums[posting.book, posting.element] += posting.qty_kg
    for (_, element), kg in sums.items():
        if kg:
            raise LedgerUnbalanced(element=element, sum_kg=plain(kg))


def entry_hash(entry: Entry) -> str:
    """The hash of an entry, from everything else in it."""
    return hashlib.sha256(written(entry).encode()).hexdigest()


def written(entry: Entry) -> str:
    """An entry without its hash in the one form of RFC 8785: keys in order, no space, all values text or null.

    Made by hand, for a year has millions of them; a test holds it against the general writer.
    """
    return (
        f'{{"actor":{_quoted(entry.actor)},"at":"{_moment(entry.at)}","attribute":{_quoted(entry.attribute)},'
        f'"book":{_quoted(entry.book)},"claimId":{_text(entry.claim_id)},"element":{_quoted(entry.element)},'
        f'"entryId":"{entry.entry_id}","lotId":{_text(entry.lot_id)},"period":{_quoted(entry.period)},'
        f'"prevHash":"{entry.prev_hash}","qtyKg":"{entry.qty_kg:.6f}","runId":{_text(entry.run_id)},"seq":"{entry.seq}",'
        f'"siteId":{_text(entry.site_id)},"state":{_quoted(entry.state)},"txId":{_text(entry.tx_id)},'
        f'"txType":{_quoted(entry.tx_type)}}}'
    )


@lru_cache(4096)
def _quoted(text: str) -> str:
    return _json(text).decode()


@lru_cache(256)
def _text(of: UUID | None) -> str:
    return "null" if of is None else f'"{of}"'


_moment = lru_cache(16)(clock.millis_z)


def chained(
    postings: Sequence[Posting],
    *,
    tx_type: TxType,
    site_id: UUID,
    period: str,
    at: datetime,
    actor: str,
    head: tuple[int, str],
    tx_id: UUID | None = None,
) -> list[Entry]:
    """The postings as entries that go on from `head` (sequence number, hash). Raises LedgerUnbalanced."""
    require_balanced(postings)
    seq, prev = head
    tx = tx_id or new_id()
    entries = []
    for posting in postings:
        seq += 1
        unsealed = Entry(
            seq=seq,
            entry_id=new_id(),
            tx_id=tx,
            tx_type=tx_type.value,
            at=at,
            period=period,
            site_id=site_id,
            book=posting.book,
            element=posting.element,
            attribute=posting.attribute,
            state=posting.state.value,
            qty_kg=posting.qty_kg,
            lot_id=posting.lot_id,
            run_id=posting.run_id,
            claim_id=posting.claim_id,
            actor=actor,
            prev_hash=prev,
            hash="",
        )
        prev = entry_hash(unsealed)
        entries.append(msgspec.structs.replace(unsealed, hash=prev))
    return entries


def broken_at(entries: Iterable[Entry], head: tuple[int, str] = (0, GENESIS)) -> int | None:
    """The sequence number of the first entry that is not what it was, or None: the chain is whole."""
    seq, prev = head
    for entry in entries:
        seq += 1
        if entry.seq != seq or entry.prev_hash != prev or entry_hash(entry) != entry.hash:
            return seq
        prev = entry.hash
    return None


def period_of(moment: datetime, zone: tzinfo) -> str:
    """The month that a moment belongs to at a place of that time zone, `YYYY-MM`."""
    there = moment.astimezone(zone)
    return f"{there.year:04d}-{there.month:02d}"
