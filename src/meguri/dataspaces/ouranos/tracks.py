"""Tracks: which request numbers stand for writes that were done, so that a client can ask for them."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import msgspec

from meguri.dataspaces.ouranos.rules import limits
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction
from meguri.storage.queries import load_queries

queries = load_queries(__package__)
_AT_ONCE = 10_000


class Track(msgspec.Struct, frozen=True):
    """A write that was done, and when."""

    track_id: str
    at: datetime


async def keep(tx: Transaction, scope: OperatorScope, track_id: str) -> None:
    """Remember a write, in its own commit."""
    await tx.run(queries.keep_track, operator_id=scope.operator_id, track_id=track_id, at=clock.now())


async def found(tx: Transaction, scope: OperatorScope, track_ids: Sequence[str]) -> list[Track]:
    """The operator's own writes among these, by number."""
    return await tx.all(queries.tracks, Track, operator_id=scope.operator_id, track_ids=list(track_ids))


async def forget(tx: Transaction, scope: OperatorScope) -> int:
    """Forget some tracks that are past their time; how many. To be repeated until it is 0."""
    before = clock.now() - timedelta(days=limits().tracks.kept_days)
    async with tx.across():
        return await tx.run(queries.forget_tracks, before=before, count=_AT_ONCE)
