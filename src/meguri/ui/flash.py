"""What an action did, told once on the page after it: what happened, who can see it now, how to undo it.

It travels in a cookie that is signed with the session's secret, so that nobody else can put words on our pages.
"""

import base64
import binascii
import hashlib
import hmac
from typing import Literal

import msgspec

COOKIE = "meguri_flash"
LIMIT = 3500  # browsers keep 4,096 bytes of name, value and attributes


class Undo(msgspec.Struct, frozen=True):
    """The way back: a form that posts to `action`, a path of ours; `label` is the word on its button."""

    action: str
    label: str


class Flash(msgspec.Struct, frozen=True, kw_only=True):
    """All sentences are already in the viewer's language.

    happened  what was done: 「回答を送りました。」
    seen_by   who can read it from now on, None where nothing changes
    undo      how to take it back, None where that is not possible (then `happened` says so)
    """

    happened: str
    seen_by: str | None = None
    undo: Undo | None = None
    kind: Literal["ok", "attention"] = "ok"


def _mac(secret: bytes, body: bytes) -> bytes:
    return hmac.digest(secret, b"meguri flash v1" + body, hashlib.sha256)


def seal(flash: Flash, session_secret: bytes) -> str:
    """The value of the cookie. A flash too long for one keeps what happened and loses the rest."""
    body = msgspec.json.encode(flash)
    if len(body) > LIMIT * 3 // 4 - 48:
        body = msgspec.json.encode(Flash(happened=flash.happened[:600], kind=flash.kind))
    return base64.urlsafe_b64encode(_mac(session_secret, body) + body).decode().rstrip("=")


def unseal(value: str | None, session_secret: bytes) -> Flash | None:
    """The flash in a cookie's `value`; None when there is none, or when this session did not seal it."""
    if not value or not session_secret or len(value) > LIMIT:
        return None
    try:
        raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        if not hmac.compare_digest(_mac(session_secret, raw[32:]), raw[:32]):
            return None
        return msgspec.json.decode(raw[32:], type=Flash)
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        return None
