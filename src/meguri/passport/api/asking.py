"""What the handlers share: the identifier in a path, the body as the contract of passports reads it, cursors."""

import base64
import binascii
from datetime import datetime
from typing import Any, TypeVar
from urllib.parse import quote, unquote
from uuid import UUID

import msgspec
from litestar import Request

from meguri.kernel.errors import FieldError
from meguri.kernel.ids import parse_uuid
from meguri.kernel.paging import BadCursor, decode_cursor, encode_cursor
from meguri.passport.errors import InvalidCursor, InvalidDate, PassportInvalid, UnsupportedMediaType
from meguri.passport.strict_json import MOST_BYTES, decoded
from meguri.web.asgi import App, Receive, Scope, Send
from meguri.web.validation import broken_rule

AnyRequest = Request[Any, Any, Any]
Body = TypeVar("Body")
_PREFIXES = tuple(f"/api/v1/{room}/" for room in ("passports", "models"))
_MARK = "~"


def with_identifiers(app: App) -> App:
    """`app`, whose paths may name a passport by its percent-encoded identifier beside its UUID.

    The path reaches the router decoded, where an identifier's own slashes would be taken for the path's.
    """

    async def wrapped(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith(_PREFIXES):
            scope = _folded(scope)
        await app(scope, receive, send)

    return wrapped


def _folded(scope: Scope) -> Scope:
    raw = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1").partition("?")[0]
    parts = raw.split("/")
    name = unquote(parts[4]) if len(parts) > 4 else ""
    if not name.startswith(("http", "did:", "urn:")):
        return scope
    parts[4] = _MARK + base64.urlsafe_b64encode(name.encode()).decode().rstrip("=")
    path = "/".join(parts)
    return {**scope, "path": unquote(path), "raw_path": path.encode()}


def named(identifier: str) -> str:
    """The identifier that a path's segment stands for."""
    if not identifier.startswith(_MARK):
        return identifier
    text = identifier.removeprefix(_MARK)
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)).decode()
    except (binascii.Error, ValueError):
        return identifier


async def body_of(request: AnyRequest, kind: type[Body], *, most: int = MOST_BYTES) -> Body:
    """The body as a `kind`. Raises UnsupportedMediaType, InvalidJson, PayloadTooLarge, PassportInvalid."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in ("application/json", "application/merge-patch+json"):
        raise UnsupportedMediaType
    content = decoded(await request.body(), most)
    try:
        return msgspec.convert(content, kind)
    except msgspec.ValidationError as error:
        said, _, place = str(error).partition(" - at `")
        broken = broken_rule(place.rstrip("`").removeprefix("$").lstrip("."), said)
        where = "/" + broken.field.replace(".", "/").replace("[", "/").replace("]", "")
        raise PassportInvalid(fields=(FieldError(where, broken.say, broken.values),), where=where) from None


def moment_of(text: str | None) -> datetime | None:
    """A moment with an offset. Raises InvalidDate."""
    if not text:
        return None
    try:
        found = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        raise InvalidDate from None
    if found.tzinfo is None:
        raise InvalidDate
    return found


def place_of(cursor: str | None) -> tuple[datetime, UUID] | None:
    """The (moment, id) within a cursor. Raises InvalidCursor."""
    if not cursor:
        return None
    try:
        moment, name = decode_cursor(cursor, 2)
        found, at = parse_uuid(name), datetime.fromisoformat(moment)
    except (BadCursor, ValueError):
        raise InvalidCursor from None
    if found is None or at.tzinfo is None:
        raise InvalidCursor
    return at, found


def cursor_of(place: tuple[datetime, UUID] | None) -> str | None:
    """The cursor of a (moment, id)."""
    return encode_cursor(place[0].isoformat(), str(place[1])) if place else None


def number_of(cursor: str | None, first: int) -> int:
    """The number within a cursor. Raises InvalidCursor."""
    if not cursor:
        return first
    try:
        text = decode_cursor(cursor, 1)[0]
    except BadCursor:
        raise InvalidCursor from None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise InvalidCursor
    return int(text)
