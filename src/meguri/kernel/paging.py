"""Paging by key: a page is some items and the cursor of the first item after them."""

import base64
import binascii
from typing import Generic, TypeVar

import msgspec

from meguri.kernel.errors import Invalid
from meguri.kernel.text import Text

Item = TypeVar("Item")


class Page(msgspec.Struct, Generic[Item], frozen=True):
    """`items` in order, and `next_cursor` for the rest, or None at the end."""

    items: list[Item]
    next_cursor: str | None = None


class BadCursor(Invalid):
    """A cursor that this list did not give out."""

    code = "kernel.paging.bad_cursor"
    say = Text(
        ja="cursor の値が正しくありません。前の応答の next_cursor をそのまま指定してください。",
        en="The cursor is not valid. Please send back next_cursor as it was given.",
    )


def encode_cursor(*key: str) -> str:
    """An opaque cursor made of the sort key."""
    return base64.urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode_cursor(cursor: str, length: int) -> list[str]:
    """The sort key within `cursor`. Raises BadCursor unless it has `length` texts."""
    try:
        key = msgspec.json.decode(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)), type=list[str])
    except (binascii.Error, ValueError, msgspec.MsgspecError):
        raise BadCursor from None
    if len(key) != length or any("\x00" in part for part in key):
        raise BadCursor
    return key
