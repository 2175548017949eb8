"""Proof of the audit: every chain recomputed from its entries, and compared with its head and with the hourly roots."""

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

import msgspec

from meguri.kernel.text import Text
from meguri.storage.audit import PLATFORM, chained, digest, start_of
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)
_STRETCH = 1000

ALTERED = Text(ja="内容が書き換えられています", en="its content was altered")
MISSING = Text(ja="記録が欠けています", en="an entry is missing")
UNLINKED = Text(ja="直前の記録とつながっていません", en="it does not follow from the entry before it")
CUT = Text(ja="末尾の記録が削除または追加されています", en="entries at the end were removed or added")
UNROOTED = Text(ja="保管済みのルートハッシュと一致しません", en="it differs from what an hourly root says")


class Head(msgspec.Struct, frozen=True):
    """The end of one operator's chain."""

    operator_id: UUID
    seq: int
    hash: bytes


class Line(msgspec.Struct, frozen=True):
    """One entry as it stands in the chain."""

    operator_id: UUID
    seq: int
    at: datetime
    actor: str
    event: str
    body: str
    prev_hash: bytes
    hash: bytes


class _Leaf(msgspec.Struct, frozen=True):
    at: datetime
    seq: int
    said: bytes
    found: bytes | None


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place of a chain that does not hold."""

    operator_id: UUID
    seq: int
    reason: Text


async def broken_chains(tx: Transaction, only: UUID | None = None) -> AsyncIterator[Broken]:
    """The first broken entry of each chain that is broken; of one operator's chain when `only` is given."""
    async with tx.across():
        for (operator,) in await tx.all(queries.audit_unheaded, only=only):
            yield Broken(operator, 0, CUT)
        for head in await tx.all(queries.audit_chains, Head, after=PLATFORM, only=only):
            broken = await _check_chain(tx, head) or await _check_leaves(tx, head.operator_id)
            if broken:
                yield broken


async def broken_roots(tx: Transaction) -> list[datetime]:
    """The moments whose Merkle root does not follow from its leaves."""
    async with tx.across():
        roots: list[tuple[datetime, bytes, int]] = await tx.all(queries.audit_roots)
        return [at for at, root, _ in roots if merkle_root(await tx.all(queries.audit_leaves_at, Head, at=at)) != root]


async def take_root(tx: Transaction, at: datetime) -> bytes | None:
    """Keep the Merkle root over all chains as they are now; None, and nothing kept, if none has grown.

    Roots stay in their order even if the clock was set back: `at` is never before the last one.
    """
    async with tx.across():
        last: datetime | None = await tx.value(queries.audit_last_root)
        at = at if last is None else max(at, last + timedelta(microseconds=1))
        grown = await tx.all(queries.audit_grown, Head)
        if not grown:
            return None
        before = await tx.all(queries.audit_leaves_at, Head, at=at)
        leaves = {head.operator_id: head for head in [*before, *grown]}
        root = merkle_root(leaves[operator] for operator in sorted(leaves))
        await tx.run(
            queries.audit_keep_root,
            at=at,
            root=root,
            chains=len(leaves),
            operators=[head.operator_id for head in grown],
            seqs=[head.seq for head in grown],
            hashes=[head.hash for head in grown],
        )
        return root


def merkle_root(heads: Iterable[Head]) -> bytes:
    """The root over `heads`, which come ordered by operator.

    Leaf: SHA-256(00 ‖ operator id ‖ seq as 8 bytes big-endian ‖ hash); node: SHA-256(01 ‖ left ‖ right); a node
    without a sibling rises unchanged; no leaf at all: SHA-256 of nothing. Source: the tree of RFC 9162 §2.1.1.
    """
    level = [
        sha256(b"\0" + head.operator_id.bytes + head.seq.to_bytes(8, "big") + head.hash).digest() for head in heads
    ]
    if not level:
        return sha256(b"").digest()
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        odd = level[-1:] if len(level) % 2 else []
        level = [sha256(b"\1" + left + right).digest() for left, right in pairs] + odd
    return level[0]


async def _check_chain(tx: Transaction, head: Head) -> Broken | None:
    seq, previous = 0, start_of(head.operator_id)
    while lines := await tx.all(
        queries.audit_entries, Line, operator_id=head.operator_id, after=seq, count=_STRETCH
    ):  # fmt: skip
        for line in lines:
            reason = _fault(line, seq + 1, previous)
            if reason:
                return Broken(head.operator_id, seq + 1, reason)
            seq, previous = line.seq, line.hash
    return None if (seq, previous) == (head.seq, head.hash) else Broken(head.operator_id, seq, CUT)


def _fault(line: Line, expected: int, previous: bytes) -> Text | None:
    if line.seq != expected:
        return MISSING
    if line.prev_hash != previous:
        return UNLINKED
    own = digest(line.operator_id, line.at, line.actor, line.event, line.body)
    return None if chained(previous, line.seq, own) == line.hash else ALTERED


async def _check_leaves(tx: Transaction, operator_id: UUID) -> Broken | None:
    """A chain made anew from some entry on is consistent in itself; only the roots kept before betray it."""
    for leaf in await tx.all(queries.audit_leaves_of, _Leaf, operator_id=operator_id):
        if leaf.said != leaf.found:
            return Broken(operator_id, leaf.seq, UNROOTED)
    return None


async def current_root(tx: Transaction) -> bytes:
    """The Merkle root over all chains as they are now, kept nowhere."""
    async with tx.across():
        return merkle_root(await tx.all(queries.audit_chains, Head, after=PLATFORM, only=None))
