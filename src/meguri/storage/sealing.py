"""Sealing of what is kept in the database but must not be read from a copy of it.

AES-256-GCM with a key derived from the installation's secret (HKDF-SHA-256); the purpose is bound in, so that one
column's content can't be put into another. The first byte is the scheme's number.
"""

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_SCHEME = b"\x01"
_NONCE = 12


class WrongSecret(Exception):
    """The content was sealed with another secret, or was changed since."""


class Sealer:
    """Seals and opens with one installation's secret (at least 32 random bytes)."""

    def __init__(self, secret: bytes) -> None:
        """Derives the key; raises ValueError for a secret that is too short."""
        if len(secret) < 32:
            raise ValueError("the installation's secret needs at least 32 bytes")
        self._cipher = AESGCM(HKDF(SHA256(), 32, salt=None, info=b"meguri sealing v1").derive(secret))
        self._secret = secret

    def derived(self, purpose: bytes) -> bytes:
        """A key of 32 bytes for one purpose, always the same in this installation and useless for any other purpose."""
        return HKDF(SHA256(), 32, salt=None, info=b"meguri key for " + purpose).derive(self._secret)

    def seal(self, content: bytes, purpose: str) -> bytes:
        """`content`, unreadable without the secret and tied to `purpose`."""
        nonce = os.urandom(_NONCE)
        return _SCHEME + nonce + self._cipher.encrypt(nonce, content, purpose.encode())

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """What was sealed for `purpose`. Raises WrongSecret."""
        try:
            if sealed[:1] != _SCHEME:
                raise WrongSecret
            return self._cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], purpose.encode())
        except (InvalidTag, ValueError):
            raise WrongSecret from None
