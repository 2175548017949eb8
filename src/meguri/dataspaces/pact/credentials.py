"""Client credentials and access tokens of partners.

A client id names its company and partner, so that a token endpoint of many companies finds the one that is meant. Tokens
are JWTs (RFC 7519, HS256) with a key derived from the installation's secret for this purpose alone.
"""

import hmac
import re
from base64 import b64decode
from binascii import Error as NoBase64
from collections.abc import Mapping
from hashlib import sha256
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote_plus
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from meguri.dataspaces.pact.errors import InvalidToken, TokenExpired
from meguri.kernel import clock
from meguri.kernel.ids import parse_uuid

LIFETIME_S = 3600
INVALID = "Invalid token provided"
EXPIRED = "The access token has expired"
_AUDIENCE = "pact"
_LONGEST = 2048


class Client(NamedTuple):
    """Who asks: a partner of a company."""

    operator_id: UUID
    partner_id: UUID

    @property
    def client_id(self) -> str:
        """As it is written in credentials."""
        return f"{self.operator_id}.{self.partner_id}"


def client_of(client_id: str) -> Client | None:
    """The client that a client id names."""
    company, _, partner = client_id.partition(".")
    ids = parse_uuid(company), parse_uuid(partner)
    return Client(ids[0], ids[1]) if ids[0] and ids[1] else None


class Refused(Exception):
    """The token endpoint says no (RFC 6749 §5.2)."""

    def __init__(self, error: str, description: str) -> None:
        """`error` is one of the RFC's words."""
        super().__init__(error)
        self.error, self.description = error, description

    @property
    def status(self) -> int:
        """401 for wrong credentials, else 400."""
        return 401 if self.error == "invalid_client" else 400


def credentials_of(headers: Mapping[str, str], body: bytes) -> tuple[str, str]:
    """(client id, secret) of a token request by client_secret_basic or client_secret_post. Raises Refused."""
    try:
        form = dict(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=50))
    except (UnicodeDecodeError, ValueError):
        raise Refused("invalid_request", "The form cannot be read.") from None
    scheme, _, given = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        found = _basic(given.strip())
    elif "client_id" in form:
        found = form["client_id"], form.get("client_secret", "")
    else:
        raise Refused("invalid_client", "No client credentials were given.")
    grant = form.get("grant_type")
    if not grant:
        raise Refused("invalid_request", "grant_type is missing.")
    if grant != "client_credentials":
        raise Refused("unsupported_grant_type", "Only client_credentials is supported.")
    return found


def _basic(given: str) -> tuple[str, str]:
    try:
        name, colon, secret = b64decode(given, validate=True).decode("utf-8").partition(":")
    except (NoBase64, ValueError):
        raise Refused("invalid_client", "The credentials cannot be read.") from None
    if not colon:
        raise Refused("invalid_client", "The credentials cannot be read.")
    return (name, secret) if client_of(name) else (unquote_plus(name), unquote_plus(secret))


def same(first: bytes, second: bytes) -> bool:
    """Compared in a time that tells nothing."""
    return hmac.compare_digest(first, second)


def mark_of(secret_hash: bytes) -> str:
    """What tells one secret from another and tells nothing else of it."""
    return sha256(b"meguri pact token for " + secret_hash).hexdigest()[:16]


class Tokens:
    """Gives access tokens and reads them."""

    def __init__(self, secret: bytes) -> None:
        """`secret` is the installation's."""
        self._key = HKDF(SHA256(), 32, salt=None, info=b"meguri pact tokens v1").derive(secret)

    def give(self, client: Client, mark: str) -> str:
        """A token for `LIFETIME_S` seconds. `mark` is that of the secret: with another one the token opens nothing."""
        now = int(clock.now().timestamp())
        claims = {"sub": client.client_id, "aud": _AUDIENCE, "iat": now, "exp": now + LIFETIME_S, "mark": mark}
        return jwt.encode(claims, self._key, "HS256")

    def read(self, authorization: str) -> tuple[Client, str]:
        """Whose token it is, and the mark of the secret that it was given for. Raises InvalidToken, TokenExpired."""
        found = re.fullmatch(r"(?i:bearer) +([A-Za-z0-9._~+/=-]+)", authorization.strip())
        if found is None or len(found[1]) > _LONGEST:
            raise InvalidToken(INVALID)
        try:
            options = {"verify_exp": False, "verify_iat": False, "require": ["exp", "sub", "mark"]}
            claims = jwt.decode(found[1], self._key, ["HS256"], audience=_AUDIENCE, options=options)  # type: ignore[arg-type]
        except jwt.InvalidTokenError:
            raise InvalidToken(INVALID) from None
        client = client_of(str(claims["sub"]))
        if client is None:
            raise InvalidToken(INVALID)
        if clock.now().timestamp() >= claims["exp"]:
            raise TokenExpired(EXPIRED)
        return client, str(claims["mark"])
