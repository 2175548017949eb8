"""What callers write into addresses: identifiers in base64url, pages, levels and extents. Everything else is 400."""

import binascii
import json
from base64 import urlsafe_b64decode
from datetime import datetime
from typing import Any

import msgspec

from meguri.dataspaces.aas.faults import bad
from meguri.dataspaces.wire import Call
from meguri.proof.multibase import base64url

LIMIT, MOST = 100, 500


class AssetId(msgspec.Struct, frozen=True):
    """A pair by which an asset is found."""

    name: str
    value: str


class Reading(msgspec.Struct, frozen=True):
    """How much of an element is wanted."""

    deep: bool = True
    blobs: bool = False


class Paging(msgspec.Struct, frozen=True):
    """Where a page begins, and how long it is."""

    after: str
    limit: int


def decoded(text: str) -> str:
    """The identifier behind base64url of UTF-8, with or without right padding. Raises Fault (400)."""
    bare = text.rstrip("=")
    padded = bare + "=" * (-len(bare) % 4)
    if not bare or text not in (bare, padded) or any(sign in text for sign in "+/"):
        raise bad("The identifier is not base64url")
    try:
        found = urlsafe_b64decode(padded.encode("ascii"))
        if base64url(found) != bare:
            raise bad("The identifier is not base64url")
        return found.decode("utf-8")
    except (binascii.Error, UnicodeError):
        raise bad("The identifier is not base64url of UTF-8") from None


def encoded(identifier: str) -> str:
    """An identifier as it stands in addresses."""
    return base64url(identifier.encode())


def asset_ids(call: Call) -> list[AssetId]:
    """The pairs of `assetIds`, each base64url of a JSON object; also several joined by commas. Raises Fault (400)."""
    found = []
    for text in (one for value in call.values("assetIds") for one in value.split(",")):
        try:
            pair: Any = json.loads(decoded(text))
        except ValueError:
            raise bad("assetIds is not JSON") from None
        found.append(asset_id(pair))
    return found


def asset_id(pair: Any) -> AssetId:
    """A pair with exactly text for name and value. Raises Fault (400)."""
    if not isinstance(pair, dict) or not isinstance(pair.get("name"), str) or not isinstance(pair.get("value"), str):
        raise bad("An asset id has a name and a value")
    return AssetId(pair["name"], pair["value"])


def paging(call: Call) -> Paging:
    """`limit` and `cursor`. Raises Fault (400)."""
    text = call.value("limit")
    limit = LIMIT
    if text is not None:
        if not (text.isascii() and text.isdigit() and len(text) < 9) or int(text) < 1:
            raise bad("limit is a positive integer")
        limit = min(int(text), MOST)
    cursor = call.value("cursor")
    if cursor is None:
        return Paging("", limit)
    after = decoded(cursor) if cursor else ""
    if not after.startswith(">"):
        raise bad("cursor is not one of ours")
    return Paging(after[1:], limit)


def cursor_after(identifier: str) -> str:
    """The opaque text that goes on after this identifier."""
    return encoded(f">{identifier}")


def reading(call: Call) -> Reading:
    """`level` and `extent`. Raises Fault (400)."""
    level, extent = call.value("level"), call.value("extent")
    if level not in (None, "deep", "core"):
        raise bad("level is deep or core")
    if extent not in (None, "withoutBlobValue", "withBlobValue"):
        raise bad("extent is withoutBlobValue or withBlobValue")
    return Reading(deep=level != "core", blobs=extent == "withBlobValue")


def flag(call: Call, name: str) -> bool:
    """A boolean parameter in any case (clients write `True`), true when absent. Raises Fault (400)."""
    given = call.value(name)
    text = "true" if given is None else given.lower()
    if text not in ("true", "false"):
        raise bad(f"{name} is true or false")
    return text != "false"


def page(items: list[Any], after: str | None) -> dict[str, Any]:
    """A page: the last one has no cursor."""
    return {"paging_metadata": {"cursor": after} if after else {}, "result": items}


def part_of(items: list[tuple[str, Any]], asked: Paging) -> dict[str, Any]:
    """A page of a list that is known whole, each item with the identifier that its cursor names. Raises Fault (400)."""
    names = [name for name, _ in items]
    if asked.after and asked.after not in names:
        raise bad("cursor is not one of ours")
    start = names.index(asked.after) + 1 if asked.after in names else 0
    shown = items[start : start + asked.limit]
    return page([one for _, one in shown], cursor_after(shown[-1][0]) if start + asked.limit < len(items) else None)


class Narrowing(msgspec.Struct, frozen=True):
    """Which descriptors are wanted: of this kind and type of asset, made after a moment."""

    kind: str | None
    type: str | None
    since: datetime | None

    def fits(self, kind: str, type: str | None, made: datetime) -> bool:
        """Whether a shell of this kind and type, made then, is wanted."""
        return self.kind in (None, kind) and self.type in (None, type) and (self.since is None or made > self.since)


def narrowing(call: Call) -> Narrowing:
    """`assetKind`, `assetType` (base64url) and `createdAfter`. Raises Fault (400)."""
    kind, type, text = call.value("assetKind"), call.value("assetType"), call.value("createdAfter")
    if kind not in (None, "Instance", "Type", "Role", "NotApplicable"):
        raise bad("assetKind is Instance, Type, Role or NotApplicable")
    try:
        since = datetime.fromisoformat(text.replace(" ", "+")) if text is not None else None
    except ValueError:
        since = None
    if text is not None and (since is None or since.tzinfo is None):
        raise bad("createdAfter is a time with zone")
    return Narrowing(kind, decoded(type) if type is not None else None, since)
