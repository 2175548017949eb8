"""Programs that get tokens for people (pure): where a code may be sent to, and who may turn it into tokens.

Source: RFC 6749 (OAuth 2.0), RFC 7636 (PKCE, S256 only), RFC 9700 (addresses compared sign by sign), RFC 8252 §7.3 (loopback).
"""

import re
from base64 import urlsafe_b64encode
from hashlib import sha256
from hmac import compare_digest
from urllib.parse import urlencode, urlsplit

from meguri.identity.errors import BadRedirectUri

MOST_URIS = 10
_LONGEST = 500
_PLAIN = re.compile(r"[\x21-\x7e]+")  # no blank, no control, nothing that is not ASCII
_HOST = re.compile(r"[A-Za-z0-9.-]+")  # no bracketed IPv6: a content security policy cannot name it
_LOOPBACK = ("localhost", "127.0.0.1")
_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def redirect_uris(given: list[str]) -> tuple[str, ...]:
    """The addresses, each once: https, or http to this very machine; without fragment and user. Raises BadRedirectUri."""
    for uri in given:
        if not _is_address(uri):
            raise BadRedirectUri(given=uri[:80])
    found = tuple(dict.fromkeys(given))
    if len(found) > MOST_URIS:
        raise BadRedirectUri(given=found[MOST_URIS][:80])
    return found


def _is_address(uri: str) -> bool:
    if len(uri) > _LONGEST or not _PLAIN.fullmatch(uri) or any(sign in uri for sign in "#\"'<>\\;,"):
        return False
    try:
        parts = urlsplit(uri)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        return False
    name = parts.netloc.rpartition(":")[0] if parts.port is not None else parts.netloc
    if not _HOST.fullmatch(name):  # also refuses a user before the host
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK)


def origin_of(uri: str) -> str:
    """Scheme and host of an address that `redirect_uris` let through, as a content security policy names it."""
    parts = urlsplit(uri)
    return f"{parts.scheme}://{parts.netloc}"


def with_answer(uri: str, **answer: str | None) -> str:
    """The address with what the program is told behind it; its own query stays."""
    said = urlencode({name: value for name, value in answer.items() if value is not None})
    return f"{uri}{'&' if '?' in uri else '?'}{said}"


def is_challenge(text: str) -> bool:
    """Whether it can be an S256 challenge: 32 bytes as base64url without padding."""
    return _CHALLENGE.fullmatch(text) is not None


def answers(verifier: str, challenge: str) -> bool:
    """Whether the verifier is the one of which the challenge was made (RFC 7636 §4.6)."""
    if not _VERIFIER.fullmatch(verifier):
        return False
    made = urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
    return compare_digest(made, challenge)
