"""Back-up copies over the API of EN 18222: what changed here is created or brought up to date at another provider's."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

import msgspec

from meguri.kernel.scope import OperatorScope
from meguri.passport.document import HEADER, compressed
from meguri.passport.kinds import Kind, kind_of
from meguri.passport.service import copying
from meguri.passport.service.copying import Copy
from meguri.storage import Database

Send = Callable[[str, str, bytes], Awaitable[tuple[int, bytes]]]
"""Method, path below the provider's `/v1`, JSON body → status and body of the answer."""
_CREATED, _CONFLICT, _OK = 201, 409, 200
_SAID_ONCE: Final = (
    "digitalProductPassportId",
    "uniqueProductIdentifier",
    "granularity",
    "dppSchemaVersion",
    "dppStatus",
)


class Refused(msgspec.Struct, frozen=True, kw_only=True):
    """A copy that the provider did not take; it goes on waiting."""

    dpp_id: str
    status: int
    said: str


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """How many copies are there now, and which were refused."""

    copied: int
    refused: list[Refused]


MOST_REFUSED = 100
"""After so many refusals the provider is left alone until the next turn."""


async def push(db: Database, scope: OperatorScope, send: Send) -> Pushed:
    """Send every copy that waits, the oldest change first; each is settled by itself, so that a break loses nothing.

    One that is refused holds up none behind it; it goes on waiting and is sent again at the next turn.
    """
    count, refused = 0, list[Refused]()
    copies, last = await db.run(scope, copying.waiting_after, None)
    while last is not None and len(refused) < MOST_REFUSED:
        done = []
        for each in copies:
            status, body = await _sent(send, each)
            if status in (_OK, _CREATED):
                done.append(each)
            else:
                refused.append(Refused(dpp_id=each.dpp_id, status=status, said=body[:500].decode("utf-8", "replace")))
        await db.run(scope, copying.copied, done)
        count += len(done)
        copies, last = await db.run(scope, copying.waiting_after, last)
    return Pushed(copied=count, refused=refused)


async def _sent(send: Send, copy: Copy) -> tuple[int, bytes]:
    document = document_of(copy)
    status, body = await send("POST", "/dpps", msgspec.json.encode(document))
    if status != _CONFLICT:
        return status, body
    path = f"/dpps/{quote(copy.dpp_id, safe='')}"
    status, body = await send("GET", path, b"")
    if status != _OK:
        return status, body
    return await send(
        "PATCH", path, msgspec.json.encode(_patch(kind_of(copy.kind), document, msgspec.json.decode(body)))
    )


def document_of(copy: Copy) -> dict[str, Any]:
    """A copy as a compressed document: all classes, without what only the server that holds it may set."""
    kind = kind_of(copy.kind)
    values = {key: value for held in copy.slices.values() for key, value in held.items() if key != "_salt"}
    head = {name: values[key] for name, key in HEADER.items() if name in _SAID_ONCE and key in values}
    return {**head, **_sections(kind, compressed(kind, _writable(kind, values)))}


def _writable(kind: Kind, values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in values.items() if key not in kind.read_only}


def _sections(kind: Kind, document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: held for name, held in document.items() if name.startswith(kind.head.namespace)}


def _patch(kind: Kind, document: Mapping[str, Any], there: Mapping[str, Any]) -> dict[str, Any]:
    """A merge patch (RFC 7396): lists and values as they are now, null for what is no longer there."""
    patch: dict[str, Any] = {"dppStatus": document["dppStatus"]} if document.get("dppStatus") else {}
    for name, held in _sections(kind, there).items():
        gone = {key: None for key in held if key not in document.get(name, {}) and key not in kind.read_only}
        if gone:
            patch[name] = gone
    for name, held in _sections(kind, document).items():
        before = there.get(name, {})
        changed = {key: value for key, value in held.items() if before.get(key) != value}
        if changed:
            patch[name] = {**patch.get(name, {}), **changed}
    return patch
