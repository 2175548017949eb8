"""The audit chain: what has happened, per operator, each entry holding the hash of the one before.

An entry's digest is SHA-256 over its canonical JSON `{"actor":…,"at":…,"body":…,"event":…,"operator_id":…}`:
keys sorted by code point, no white space, UTF-8, characters below U+0020 escaped, `at` as RFC 3339 UTC with six
decimals, numbers of `body` as the event wrote them (Decimal = text).
The chain is made in the database, under the lock of the chain's head:
`hash = SHA-256(prev_hash ‖ seq as 8 bytes big-endian ‖ digest)`; the first `prev_hash` is SHA-256 of the operator's id.
"""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel.events import Event
from meguri.storage.arrays import hashes, repeated_uuids, texts

PLATFORM = UUID(int=0)
"""The chain of the platform itself, for events that belong to no operator."""

APPEND = (
    "SELECT meguri_audit_append(%(operators)s::uuid[], %(ats)s::timestamptz[], %(actors)s::text[], "
    "%(events)s::text[], %(bodies)s::text[], %(digests)s::bytea[])"
)
ASIDE = """CREATE TEMPORARY TABLE meguri_audit_aside (
  place bigint GENERATED ALWAYS AS IDENTITY, operator_id uuid, at timestamptz, actor text, event text, body text, digest bytea,
  PRIMARY KEY (operator_id, place)
) ON COMMIT DROP"""
PUT_ASIDE = (
    "INSERT INTO pg_temp.meguri_audit_aside (operator_id, at, actor, event, body, digest) "
    "SELECT o, t, a, e, b, d FROM unnest(%(operators)s::uuid[], %(ats)s::timestamptz[], %(actors)s::text[], "
    "%(events)s::text[], %(bodies)s::text[], %(digests)s::bytea[]) WITH ORDINALITY AS told (o, t, a, e, b, d, n) ORDER BY n"
)
APPEND_ASIDE = (
    "SELECT (array_agg(operator_id))[count(*)], (array_agg(place))[count(*)], meguri_audit_append(array_agg(operator_id), "
    "array_agg(at), array_agg(actor), array_agg(event), array_agg(body), array_agg(digest)) FROM ("
    "SELECT * FROM pg_temp.meguri_audit_aside WHERE (operator_id, place) > (%(operator_id)s, %(place)s) "
    "ORDER BY operator_id, place LIMIT %(count)s) AS next HAVING count(*) > 0"
)
"""The next `count` entries after the one named, by operator and in their order; the last of them, no row when none is left."""
_canonical = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line for one operator's chain, before it has its place there."""

    operator_id: UUID
    at: datetime
    actor: str
    event: str
    body: str

    @property
    def digest(self) -> bytes:
        """SHA-256 over the canonical JSON of the entry."""
        return digest(self.operator_id, self.at, self.actor, self.event, self.body)


def entries_of(event: Event, operators: Iterable[UUID], actor: str, at: datetime) -> list[Entry]:
    """The entries that `event` makes: one for each of `operators`, without repetition, as each may see it."""
    return [
        Entry(operator, at, actor, event.tag, _canonical.encode(event.seen_by(operator)).decode())
        for operator in dict.fromkeys(operators)
    ]


def digest(operator_id: UUID, at: datetime, actor: str, event: str, body: str) -> bytes:
    """The digest of an entry as the module's head describes it; `body` is canonical JSON already."""
    document = {
        "actor": actor,
        "at": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "body": msgspec.Raw(body.encode()),
        "event": event,
        "operator_id": str(operator_id),
    }
    return hashlib.sha256(_canonical.encode(document)).digest()


def chained(previous: bytes, seq: int, own: bytes) -> bytes:
    """The hash of the entry number `seq` (from 1) with digest `own`, after the entry with hash `previous`."""
    return hashlib.sha256(previous + seq.to_bytes(8, "big") + own).digest()


def start_of(operator_id: UUID) -> bytes:
    """What the first entry of a chain holds as the hash before it."""
    return hashlib.sha256(operator_id.bytes).digest()


def in_order(entries: Sequence[Entry]) -> list[Entry]:
    """By operator, so that transactions never wait for each other in a circle; an operator's entries keep their order."""
    return sorted(entries, key=lambda entry: entry.operator_id)


def columns(entries: Sequence[Entry]) -> dict[str, Any]:
    """The parameters of `APPEND`, of entries that are in order."""
    return {
        "operators": repeated_uuids(entry.operator_id for entry in entries),
        "ats": [entry.at for entry in entries],
        "actors": texts(entry.actor for entry in entries),
        "events": texts(entry.event for entry in entries),
        "bodies": texts(entry.body for entry in entries),
        "digests": hashes(entry.digest for entry in entries),
    }
