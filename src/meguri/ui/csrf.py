"""Proof that a form was served by us to this session: a token bound to the session's secret.

Synchroniser tokens, made anew for each page so that compression tells nothing of them (BREACH); nothing is stored.
Source: OWASP ASVS 5.0, 3.5 (browser origin separation).
"""

import hashlib
import hmac
import secrets

FIELD = "csrf_token"
HEADER = "x-csrf-token"

_NONCE = 16


def new_secret() -> bytes:
    """A secret for a new session."""
    return secrets.token_bytes(32)


def _mac(secret: bytes, nonce: bytes) -> bytes:
    return hmac.digest(secret, b"meguri csrf v1" + nonce, hashlib.sha256)


def token(session_secret: bytes) -> str:
    """A token for one form of the session with `session_secret`; every call gives another, all of them hold."""
    if not session_secret:
        raise ValueError("a session without a secret cannot have forms")
    nonce = secrets.token_bytes(_NONCE)
    return (nonce + _mac(session_secret, nonce)).hex()


def check(session_secret: bytes, given: str | None) -> bool:
    """Whether `given` is a token of this session. False without a secret, a token, or for any other text."""
    try:
        raw = bytes.fromhex(given or "")
    except ValueError:
        return False
    if not session_secret or len(raw) != _NONCE + hashlib.sha256().digest_size:
        return False
    return hmac.compare_digest(_mac(session_secret, raw[:_NONCE]), raw[_NONCE:])
