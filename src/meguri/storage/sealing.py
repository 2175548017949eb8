"""Sealing of what is kept in the database but must not be read from a copy of it.

AES-256-GCM with a key derived from the installation's secret (HKDF-SHA-256); the purpose is bound in, so that one
column's content can't be put into another. The first byte is the scheme's number.
"""

import base64
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_SCHEME = b"\x01"
_NONCE = 12
_TEXT = "mgs1"


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
        self.key_id = hashlib.sha256(b"meguri key id" + self.derived(b"key id")).hexdigest()[:8]

    def derived(self, purpose: bytes) -> bytes:
        """A key of 32 bytes for one purpose, always the same in this installation and useless for any other purpose."""
        return HKDF(SHA256(), 32, salt=None, info=b"meguri key for " + purpose).derive(self._secret)

    def seal(self, content: bytes, purpose: str) -> bytes:
        """`content`, unreadable without the secret and tied to `purpose`."""
        nonce = os.urandom(_NONCE)
        return _SCHEME + nonce + self._cipher.encrypt(nonce, content, purpose.encode())

    def seal_text(self, text: str, purpose: str) -> str:
        """`text` sealed for a column of texts: `mgs1:<id of the key>:<base64>`. What is empty stays empty."""
        if not text:
            return text
        return f"{_TEXT}:{self.key_id}:{base64.b64encode(self.seal(text.encode(), purpose)).decode()}"

    def open_text(self, text: str, purpose: str) -> str:
        """What `seal_text` sealed; a text of before it was sealed stays as it is. Raises WrongSecret."""
        scheme, _, rest = text.partition(":")
        if scheme != _TEXT:
            return text
        return self.open(base64.b64decode(rest.partition(":")[2]), purpose).decode()

    def blind(self, text: str, purpose: str) -> str:
        """By what a sealed text is found again: the same for the same text, and telling nothing of it without the secret."""
        return hmac.new(self.derived(b"blind " + purpose.encode()), text.encode(), hashlib.sha256).hexdigest()

    def open(self, sealed: bytes, purpose: str) -> bytes:
        """What was sealed for `purpose`. Raises WrongSecret."""
        try:
            if sealed[:1] != _SCHEME:
                raise WrongSecret
            return self._cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], purpose.encode())
        except (InvalidTag, ValueError):
            raise WrongSecret from None
