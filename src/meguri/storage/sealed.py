"""A stream that is encrypted and authenticated piece by piece, with a key made from a passphrase.

Form: `MEGURI1\\n`, 16 bytes of salt, 7 bytes of nonce, then pieces of 1 MiB (the last one shorter, possibly empty),
each followed by its 16-byte tag. Piece n is AES-256-GCM with the nonce `7 bytes ‖ n as 4 bytes ‖ 1 if it is the last
one` and the head as associated data: no piece can be altered, moved, dropped or cut off unseen. The key is
scrypt(passphrase, salt, N = 2¹⁵, r = 8, p = 1). Source of the construction: STREAM (Hoang, Reyhanitabar, Rogaway,
Vizár 2015); scrypt: RFC 7914.
"""

import os
from types import TracebackType
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

_MAGIC = b"MEGURI1\n"
_SALT, _PREFIX, _TAG = 16, 7, 16
_PIECE = 1 << 20
_COST = 1 << 15


class Unsealable(Exception):
    """The passphrase is wrong, or the stream was altered or cut, or it is no such stream."""


class SealedWriter:
    """Encrypts what is written to it into `sink`. Only `close` completes the stream; an abandoned one is unreadable."""

    def __init__(self, sink: BinaryIO, passphrase: str) -> None:
        self._sink = sink
        salt, self._prefix = os.urandom(_SALT), os.urandom(_PREFIX)
        self._head = _MAGIC + salt + self._prefix
        self._cipher = _cipher(passphrase, salt)
        self._waiting = bytearray()
        self._number = 0
        sink.write(self._head)

    def write(self, data: bytes) -> int:
        """Take `data`."""
        self._waiting += data
        while len(self._waiting) > _PIECE:  # a full piece waits until it is known whether it is the last
            self._put(bytes(self._waiting[:_PIECE]), last=False)
            del self._waiting[:_PIECE]
        return len(data)

    def close(self) -> None:
        """Write the last piece."""
        self._put(bytes(self._waiting), last=True)

    def __enter__(self) -> "SealedWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()

    def _put(self, piece: bytes, *, last: bool) -> None:
        nonce = _nonce(self._prefix, self._number, last=last)
        self._sink.write(self._cipher.encrypt(nonce, piece, self._head))
        self._number += 1


class SealedReader:
    """Decrypts `source`. Raises Unsealable at the first piece that is not authentic, and at an end that came early."""

    def __init__(self, source: BinaryIO, passphrase: str) -> None:
        self._source = source
        self._head = source.read(len(_MAGIC) + _SALT + _PREFIX)
        if len(self._head) != len(_MAGIC) + _SALT + _PREFIX or not self._head.startswith(_MAGIC):
            raise Unsealable("this is not a back-up of Meguri")
        self._prefix = self._head[-_PREFIX:]
        self._cipher = _cipher(passphrase, self._head[len(_MAGIC) : -_PREFIX])
        self._number = 0
        self._next = source.read(_PIECE + _TAG)
        self._ready = bytearray()
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        """Up to `size` authentic bytes; fewer only at the end."""
        while not self._ended and (size < 0 or len(self._ready) < size):
            self._ready += self._take()
        cut = len(self._ready) if size < 0 else size
        given = bytes(self._ready[:cut])
        del self._ready[:cut]
        return given

    def finish(self) -> None:
        """Read to the end: only then is it certain that nothing was cut off."""
        while self.read(_PIECE):
            pass

    def _take(self) -> bytes:
        piece, self._next = self._next, self._source.read(_PIECE + _TAG)
        self._ended = not self._next
        nonce = _nonce(self._prefix, self._number, last=self._ended)
        self._number += 1
        try:
            return self._cipher.decrypt(nonce, piece, self._head)
        except InvalidTag:
            raise Unsealable("the passphrase is wrong, or the back-up was altered or cut") from None


def _cipher(passphrase: str, salt: bytes) -> AESGCM:
    return AESGCM(Scrypt(salt=salt, length=32, n=_COST, r=8, p=1).derive(passphrase.encode()))


def _nonce(prefix: bytes, number: int, *, last: bool) -> bytes:
    return prefix + number.to_bytes(4, "big") + bytes([last])
