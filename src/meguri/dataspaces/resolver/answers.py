"""Answers of the resolver, ready to be sent, and how long they may be given again without asking the database."""

import gzip
import hashlib
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from uuid import UUID

FRESH_S = 1.0
"""A page is given again for so long without a look at the database; a change made in this process is seen at once."""
_MOST = 4096
_WORTH_PACKING = 1024

Headers = list[tuple[bytes, bytes]]


@dataclass(slots=True)
class Answer:
    """One answer: status, headers, body plain and packed."""

    status: int
    headers: Headers
    body: bytes
    passport_id: UUID | None = None
    state: tuple[str, str] | None = None
    made_at: float = field(default_factory=time.monotonic)
    etag: bytes = b""
    packed: bytes = b""
    heads: dict[tuple[bool, bool], Headers] = field(default_factory=dict)

    def ready(self) -> "Answer":
        """The answer with its tag and its packed form."""
        if self.status == 200:
            self.etag = b'"' + hashlib.sha256(self.body).hexdigest()[:32].encode() + b'"'
            self.headers.append((b"etag", self.etag))
        if len(self.body) >= _WORTH_PACKING:
            self.packed = gzip.compress(self.body, 6, mtime=0)
        return self

    def head(self, *, packed: bool, unchanged: bool) -> Headers:
        """The headers as they are sent, made once."""
        known = self.heads.get((packed, unchanged))
        if known is None:
            body = b"" if unchanged else self.packed if packed else self.body
            known = [*self.headers]
            if packed and not unchanged:
                known.append((b"content-encoding", b"gzip"))
            if not unchanged:
                known.append((b"content-length", str(len(body)).encode()))
            self.heads[(packed, unchanged)] = known
        return known


class Shelf:
    """Answers by what was asked. Passports that were changed here are looked up anew until their commit is surely done."""

    def __init__(self) -> None:
        self._held: OrderedDict[tuple[bytes, ...], Answer] = OrderedDict()

    def get(self, key: tuple[bytes, ...]) -> Answer | None:
        """What was answered before, however old."""
        return self._held.get(key)

    def put(self, key: tuple[bytes, ...], answer: Answer) -> None:
        """Keep an answer."""
        self._held[key] = answer
        self._held.move_to_end(key)
        while len(self._held) > _MOST:
            self._held.popitem(last=False)


_SETTLING_S = 3.0
_changed: dict[UUID, float] = {}


def note_change(passport_id: UUID) -> None:
    """A passport is being changed in this process."""
    now = time.monotonic()
    if len(_changed) > _MOST:
        for one in [one for one, at in _changed.items() if now - at > _SETTLING_S]:
            _changed.pop(one, None)
    _changed[passport_id] = now


def is_fresh(answer: Answer, now: float) -> bool:
    """Whether the answer may be given again unseen."""
    if now - answer.made_at > FRESH_S:
        return False
    if answer.passport_id is None:
        return False
    changed = _changed.get(answer.passport_id)
    return changed is None or now - changed > _SETTLING_S
