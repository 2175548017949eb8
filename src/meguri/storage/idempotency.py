"""A repeated request is answered again, not done again: the reply is kept in the commit of the change itself."""

from datetime import timedelta
from hashlib import sha256

import msgspec

from meguri.kernel import clock
from meguri.kernel.errors import Conflict, Invalid
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)
KEPT_FOR = timedelta(hours=24)
LONGEST_KEY = 255
_PURGED_AT_ONCE = 1000


class KeyUsedOtherwise(Conflict):
    """The same Idempotency-Key came before with another request."""

    code = "storage.idempotency.key_used_otherwise"
    say = Text(
        ja="この Idempotency-Key は別の内容の要求ですでに使われています。新しいキーを指定してください。",
        en="This Idempotency-Key was used for another request. Please choose a new key.",
    )


class BadKey(Invalid):
    """An Idempotency-Key is 1 to 255 printable ASCII characters."""

    code = "storage.idempotency.bad_key"
    say = Text(
        ja="Idempotency-Key は 1〜255 文字の ASCII 文字で指定してください。",
        en="An Idempotency-Key is 1 to 255 printable ASCII characters.",
    )


class Reply(msgspec.Struct, frozen=True):
    """An answer as it went out."""

    status: int
    headers: dict[str, str]
    body: bytes


class _Kept(msgspec.Struct, frozen=True):
    route: str
    body_hash: bytes
    status: int
    headers: dict[str, str]
    body: bytes


async def begin(
    tx: Transaction, scope: OperatorScope, key: str, route: str, body: bytes, *, kept_for: timedelta = KEPT_FOR
) -> Reply | None:
    """The reply kept for `key`, or None when this is the first time; then the caller does the work and calls `keep`.

    A second request with the same key waits here until the first has committed. Raises KeyUsedOtherwise, BadKey.
    """
    if not (0 < len(key) <= LONGEST_KEY and key.isascii() and key.isprintable()):
        raise BadKey
    await tx.run(queries.idempotency_lock, operator_id=scope.operator_id, key=key)
    since = clock.now() - kept_for
    kept = await tx.one(queries.idempotency_reply, _Kept, operator_id=scope.operator_id, key=key, since=since)
    if kept is None:
        return None
    if (kept.route, kept.body_hash) != (route, sha256(body).digest()):
        raise KeyUsedOtherwise
    return Reply(kept.status, kept.headers, kept.body)


async def keep(tx: Transaction, scope: OperatorScope, key: str, route: str, body: bytes, reply: Reply) -> None:
    """Keep `reply` in this commit, until `purge` forgets it."""
    await tx.run(
        queries.idempotency_keep,
        operator_id=scope.operator_id,
        key=key,
        route=route,
        body_hash=sha256(body).digest(),
        status=reply.status,
        headers=reply.headers,
        body=reply.body,
        at=clock.now(),
    )


async def purge(tx: Transaction, *, kept_for: timedelta = KEPT_FOR) -> int:
    """Forget some replies that are past their time; how many. To be repeated until it is 0."""
    async with tx.across():
        return await tx.run(queries.idempotency_purge, before=clock.now() - kept_for, count=_PURGED_AT_ONCE)
