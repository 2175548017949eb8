"""A JSON scanner that refuses in the words of Go's encoding/json.

The public data-transport implementation is written in Go, and its clients see the decoder's own sentences. Rules and
texts follow `encoding/json` (scanner.go, decode.go): only the first value of the body is read, what follows is ignored;
strings repair broken UTF-8 and lone surrogates with U+FFFD; nesting ends at 10,000 levels.
"""

import codecs
import json
import re
from typing import Final

MAX_DEPTH: Final = 10_000

Pairs = list[tuple[str, "Value"]]


class Number(str):
    """A JSON number as it was written."""

    __slots__ = ()


class Members:
    """A JSON object: every member in document order, repeated keys included."""

    __slots__ = ("pairs",)

    def __init__(self) -> None:
        self.pairs: Pairs = []


Value = None | bool | str | Number | list["Value"] | Members


class JsonProblem(Exception):
    """The body is not the JSON that was asked for.

    text  the sentence that Go's decoder would give
    path  dotted keys of the value that has a wrong type, "" for the root; None: the syntax is wrong
    """

    def __init__(self, text: str, path: str | None = None) -> None:
        super().__init__(text)
        self.text = text
        self.path = path


_SPACE = re.compile(rb"[ \t\r\n]*")
_STRING = re.compile(rb'"[^"\\\x00-\x1f]*(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\\x00-\x1f]*)*')
_NUMBER = re.compile(rb"(-?(?:0|[1-9][0-9]*))(\.[0-9]+)?([eE][+-]?[0-9]+)?")
_LITERALS: dict[int, tuple[bytes, bool | None]] = {
    ord("t"): (b"true", True),
    ord("f"): (b"false", False),
    ord("n"): (b"null", None),
}
_ESCAPES = {7: "\\a", 8: "\\b", 9: "\\t", 10: "\\n", 11: "\\v", 12: "\\f", 13: "\\r", 39: "\\'", 92: "\\\\"}
_LONE = re.compile("[\ud800-\udfff]")


def _repair(error: UnicodeError) -> tuple[str, int]:
    """One U+FFFD for each broken byte, as Go's utf8.DecodeRune gives."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "\ufffd" * (error.end - error.start), error.end


codecs.register_error("meguri-go", _repair)


def quoted(byte: int) -> str:
    """The byte in single quotes as Go shows it: its Latin-1 character, or an escape if it cannot be printed."""
    if byte in _ESCAPES:
        return f"'{_ESCAPES[byte]}'"
    if byte < 0x20 or byte == 0x7F:
        return f"'\\x{byte:02x}'"
    if 0x80 <= byte <= 0xA0 or byte == 0xAD:
        return f"'\\u{byte:04x}'"
    return f"'{chr(byte)}'"


def _unexpected(body: bytes, at: int, context: str) -> JsonProblem:
    """The refusal of the byte at `at`, or of the end of the body."""
    if at >= len(body):
        return JsonProblem("unexpected EOF")
    return JsonProblem(f"invalid character {quoted(body[at])} {context}")


def read(body: bytes) -> Value:
    """The first JSON value in `body`. Raises JsonProblem with the decoder's sentence."""
    return _Reader(body).read()


class _Reader:
    """One pass over the bytes with its own stack, so that depth costs no Python frames."""

    __slots__ = ("at", "body", "stack")

    def __init__(self, body: bytes) -> None:
        self.body = body
        self.at = 0
        self.stack: list[list[Value] | Members] = []

    def read(self) -> Value:
        """Values are opened, filled and closed until the first one is complete."""
        while True:
            value, opened = self._value()
            if opened:
                continue
            while True:
                if not self.stack:
                    return value
                holder = self.stack[-1]
                self._put(holder, value)
                if self._goes_on(holder):
                    break
                value = self.stack.pop()

    def _space(self) -> int:
        """Skip white space; the next byte, or −1 at the end."""
        match = _SPACE.match(self.body, self.at)
        self.at = match.end() if match else self.at
        return self.body[self.at] if self.at < len(self.body) else -1

    def _value(self) -> tuple[Value, bool]:
        """The value that begins here, and whether it is a container that was only opened."""
        byte = self._space()
        if byte == 0x22:
            return self._string(), False
        if byte in (0x5B, 0x7B):
            return self._open(byte)
        if byte in _LITERALS:
            return self._literal(*_LITERALS[byte]), False
        if byte == 0x2D or 0x30 <= byte <= 0x39:
            return self._number(), False
        raise _unexpected(self.body, self.at, "looking for beginning of value")

    def _open(self, byte: int) -> tuple[Value, bool]:
        """Enter an array or object; an empty one is complete at once."""
        if len(self.stack) >= MAX_DEPTH:
            raise _unexpected(self.body, self.at, "exceeded max depth")
        holder: list[Value] | Members = [] if byte == 0x5B else Members()
        self.at += 1
        if self._space() == byte + 2:  # "]" and "}" stand two places after "[" and "{"
            self.at += 1
            return holder, False
        self.stack.append(holder)
        if isinstance(holder, Members):
            self._key(holder)
        return None, True

    def _key(self, holder: Members) -> None:
        """A member's name and its colon; the value is put in later."""
        if self._space() != 0x22:
            raise _unexpected(self.body, self.at, "looking for beginning of object key string")
        holder.pairs.append((self._string(), None))
        if self._space() != 0x3A:
            raise _unexpected(self.body, self.at, "after object key")
        self.at += 1

    def _put(self, holder: list[Value] | Members, value: Value) -> None:
        if isinstance(holder, Members):
            holder.pairs[-1] = (holder.pairs[-1][0], value)
        else:
            holder.append(value)

    def _goes_on(self, holder: list[Value] | Members) -> bool:
        """After a value within `holder`: whether another follows, or the holder ends here."""
        byte = self._space()
        members = isinstance(holder, Members)
        if byte == 0x2C:
            self.at += 1
            if isinstance(holder, Members):
                self._key(holder)
            return True
        if byte == (0x7D if members else 0x5D):
            self.at += 1
            return False
        raise _unexpected(self.body, self.at, "after object key:value pair" if members else "after array element")

    def _string(self) -> str:
        match = _STRING.match(self.body, self.at)
        end = match.end() if match else self.at
        if end >= len(self.body) or self.body[end] != 0x22:
            raise _broken_string(self.body, end)
        raw = self.body[self.at + 1 : end]
        self.at = end + 1
        text = raw.decode("utf-8", "meguri-go")
        if b"\\" not in raw:
            return text
        return _LONE.sub("\ufffd", str(json.loads(f'"{text}"', strict=False)))

    def _number(self) -> Number:
        match = _NUMBER.match(self.body, self.at)
        end = match.end() if match else self.at + 1
        rest = self.body[end : end + 1]
        if match is None:
            raise _unexpected(self.body, end, "in numeric literal")
        if rest == b"." and match[2] is None and match[3] is None:
            raise _unexpected(self.body, end + 1, "after decimal point in numeric literal")
        if rest in (b"e", b"E") and match[3] is None:
            signed = self.body[end + 1 : end + 2] in (b"+", b"-")
            raise _unexpected(self.body, end + 1 + signed, "in exponent of numeric literal")
        self.at = end
        return Number(match[0].decode("ascii"))

    def _literal(self, word: bytes, value: bool | None) -> bool | None:
        for place, wanted in enumerate(word):
            if self.at + place >= len(self.body) or self.body[self.at + place] != wanted:
                raise _unexpected(
                    self.body, self.at + place, f"in literal {word.decode()} (expecting {quoted(wanted)})"
                )
        self.at += len(word)
        return value


def _broken_string(body: bytes, at: int) -> JsonProblem:
    """Why the string cannot go on at `at`: an end, a control character, or a bad escape."""
    if body[at : at + 1] != b"\\":
        return _unexpected(body, at, "in string literal")
    if body[at + 1 : at + 2] != b"u":
        return _unexpected(body, at + 1, "in string escape code")
    place = at + 2
    while place < at + 6 and place < len(body) and chr(body[place]) in "0123456789abcdefABCDEF":
        place += 1
    return _unexpected(body, place, "in \\u hexadecimal character escape")
