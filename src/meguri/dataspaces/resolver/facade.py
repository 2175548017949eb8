"""The resolver as an ASGI application around another: it answers `GET /01/…`, `/25S/…`, `/8004/…`, `/414/…`, `/417/…`.

An answer that was given a moment ago is given again from memory; a little older, one look at the passport's version
tells whether it still stands. Of readers nothing is kept but the number of readings per passport and hour.
"""

import time
from collections import Counter
from datetime import UTC, datetime
from urllib.parse import parse_qs
from uuid import UUID

from meguri import logs
from meguri.dataspaces.dpp.limits import Buckets, OldHttp, is_old_http
from meguri.dataspaces.resolver import making, negotiation, places
from meguri.dataspaces.resolver.answers import Answer, Shelf, is_fresh
from meguri.dataspaces.resolver.replying import OPEN_TO_ALL, Asked, refused
from meguri.kernel.errors import Forbidden, Refusal, Unavailable
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.passport import service
from meguri.passport.register import count_reads
from meguri.storage import Database, Transaction
from meguri.web.asgi import App, Receive, Scope, Send
from meguri.web.client import client_address, is_loopback

PREFIXES = ("/01/", "/25S/", "/8004/", *places.PREFIXES)
_METHODS = ("GET", "HEAD", "OPTIONS")
_COUNTED_AFTER = 256
log = logs.get(__name__)


class RateLimited(Forbidden):
    """Too many requests of strangers from one network."""

    code = "RATE_LIMITED"
    say = Text(
        ja="要求が多すぎます。しばらくしてからお試しください。",
        en="Too many requests. Please try again shortly.",
        de="Zu viele Anfragen. Bitte versuchen Sie es gleich noch einmal.",
    )


class NotOffered(Refusal):
    """The passport is read here, and nothing else."""

    status, code = 405, "METHOD_NOT_ALLOWED"
    say = Text(ja="このメソッドは使えません。", en="This method is not offered here.")


class NotAcceptable(Refusal):
    """None of the forms that are offered is accepted."""

    status, code = 406, "NOT_ACCEPTABLE"
    say = Text(
        ja="対応していない形式です。application/json、text/html などを指定してください。",
        en="None of the forms offered here is accepted. Please accept application/json or text/html.",
    )


class Resolver:
    """Answers Digital Links; everything else goes to `inner`."""

    def __init__(
        self,
        inner: App,
        db: Database,
        *,
        trusted_proxies: tuple[str, ...] = (),
        http2_only: bool = False,
        production: bool = True,
    ) -> None:
        """`http2_only`: EN 18216 clause 4. Outside production this machine's own readers are not limited."""
        self._inner, self._db, self._production = inner, db, production
        self._trusted, self._http2_only = trusted_proxies, http2_only
        self._shelf, self._buckets = Shelf(), Buckets()
        self._reads: Counter[tuple[UUID, datetime]] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One connection, as ASGI has it."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIXES):
            await self._inner(scope, receive, send)
            return
        accept, language, encoding, tag = _wishes(scope)
        path = scope.get("raw_path") or scope["path"].encode()
        key = (path.partition(b"?")[0], scope["query_string"], accept, language)
        known = self._shelf.get(key)
        now = time.monotonic()
        if self._http2_only and is_old_http(scope):
            known = refused(_asked(key), OldHttp(), self._db.installation.origin, "unknown")
        elif known is None or not is_fresh(known, now) or scope["method"] not in ("GET", "HEAD"):
            known = await self._looked_up(scope, key, known)
        elif not self._allowed(scope):
            known = refused(_asked(key), RateLimited(), self._db.installation.origin, "unknown")
        if known.passport_id is not None:
            self._reads[(known.passport_id, _hour(now))] += 1
        await _send(send, scope, known, packed=encoding, tag=tag)

    async def _looked_up(self, scope: Scope, key: tuple[bytes, ...], known: Answer | None) -> Answer:
        asked, origin = _asked(key), self._db.installation.origin
        if scope["method"] == "OPTIONS":
            return Answer(204, list(OPEN_TO_ALL), b"")
        if scope["method"] not in _METHODS:
            return refused(asked, NotOffered(), origin, "unknown")
        if not self._allowed(scope):
            return refused(asked, RateLimited(), origin, "unknown")
        if asked.form is None and asked.said("linkType") is None:
            return refused(asked, NotAcceptable(), origin, "unknown")
        scope.setdefault("state", {})["route"] = "digital link"
        try:
            made = await self._db.run(service.ANONYMOUS, self._renewed, asked, known)
        except Unavailable as refusal:
            return refused(asked, refusal, origin, "unknown")
        self._shelf.put(key, made)
        return made

    async def _renewed(self, tx: Transaction, scope: OperatorScope, asked: Asked, known: Answer | None) -> Answer:
        await self._count(tx)
        if known is not None and known.passport_id is not None:
            record = await service.by_internal_id(tx, known.passport_id)
            if record is not None and known.state == (record.version_hash, record.state):
                known.made_at = time.monotonic()
                return known
        if asked.path.startswith(places.PREFIXES):
            return await places.answer(tx, asked)
        return await making.answer(tx, scope, asked)

    async def _count(self, tx: Transaction) -> None:
        """Write down how often passports were read, when enough has gathered."""
        if self._reads.total() < _COUNTED_AFTER:
            return
        reads, self._reads = self._reads, Counter()
        rows = []
        for (passport_id, hour), number in reads.items():
            record = await service.by_internal_id(tx, passport_id)
            if record is not None:
                rows.append((record.operator_id, passport_id, hour, number))
        async with tx.across():
            await count_reads(tx, rows)

    def _allowed(self, scope: Scope) -> bool:
        address = client_address(scope, self._trusted)
        return (not self._production and is_loopback(address)) or self._buckets.take(address)


_hours: dict[int, datetime] = {}


def _hour(_: float) -> datetime:
    number = int(time.time()) // 3600
    found = _hours.get(number)
    if found is None:
        _hours.clear()
        found = _hours[number] = datetime.fromtimestamp(number * 3600, UTC)
    return found


def _wishes(scope: Scope) -> tuple[bytes, bytes, bool, bytes]:
    accept = language = tag = b""
    packed = False
    for name, value in scope["headers"]:
        if name == b"accept":
            accept = value
        elif name == b"accept-language":
            language = value
        elif name == b"accept-encoding":
            packed = b"gzip" in value
        elif name == b"if-none-match":
            tag = value
    return accept, language, packed, tag


def _asked(key: tuple[bytes, ...]) -> Asked:
    path, query, accept, language = (part.decode("latin-1") for part in key)
    said = next(iter(parse_qs(query).get("lang", [])), None)
    return Asked(
        path=path,
        query=query,
        form=negotiation.form_of(accept),
        language=negotiation.language_of(said, language),
    )


async def _send(send: Send, scope: Scope, answer: Answer, *, packed: bool, tag: bytes) -> None:
    unchanged = bool(tag) and bool(answer.etag) and answer.etag in tag
    packs = packed and bool(answer.packed)
    status = 304 if unchanged else answer.status
    await send(
        {"type": "http.response.start", "status": status, "headers": answer.head(packed=packs, unchanged=unchanged)}
    )
    body = b"" if unchanged or scope["method"] == "HEAD" else answer.packed if packs else answer.body
    await send({"type": "http.response.body", "body": body})
