"""Access tokens: ES256 JWTs (RFC 7519, RFC 9068 in spirit) with the operator on whose behalf the person acts."""

from collections.abc import Mapping
from typing import Any, TypeGuard
from uuid import UUID

import jwt
from cryptography.hazmat.primitives.asymmetric import ec

from meguri.identity.errors import TokenExpired, TokenInvalid, TokenOperatorMalformed, TokenWithoutOperator
from meguri.identity.model import Claims
from meguri.kernel.ids import parse_uuid

ALGORITHM = "ES256"
_LONGEST = 4096  # characters; ours have about 450
_NO_CHECKS = {"verify_exp": False, "verify_iat": False, "verify_nbf": False}


def mint(
    key: ec.EllipticCurvePrivateKey, kid: str, claims: Claims, *, issued_at: int, issuer: str, audience: str
) -> str:
    """A signed token; times in whole Unix seconds."""
    payload = {
        "operator_id": str(claims.operator_id),
        "sub": str(claims.person_id),
        "email": claims.email,
        "iat": issued_at,
        "exp": claims.expires_at,
        "iss": issuer,
        "aud": audience,
        "auth_time": claims.proved_at,
        **({"sid": str(claims.sign_in_id)} if claims.sign_in_id else {}),
        **({"azp": str(claims.client_id)} if claims.client_id else {}),
    }
    return jwt.encode(payload, key, ALGORITHM, headers={"kid": kid})


def mint_identity(
    key: ec.EllipticCurvePrivateKey, kid: str, claims: Claims, name: str, *, issued_at: int, issuer: str
) -> str:
    """Who the person is, said to the program alone (OpenID Connect Core 1.0 §2); it opens nothing here."""
    payload = {
        "iss": issuer,
        "sub": str(claims.person_id),
        "aud": str(claims.client_id),
        "azp": str(claims.client_id),
        "iat": issued_at,
        "exp": claims.expires_at,
        "email": claims.email,
        "name": name,
        "operator_id": str(claims.operator_id),
    }
    return jwt.encode(payload, key, ALGORITHM, headers={"kid": kid})


def content(token: str) -> dict[str, Any]:
    """All claims of a token that was verified before."""
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False, **_NO_CHECKS, "verify_aud": False})  # type: ignore[arg-type]
    return found


def verify(
    token: str, keys: Mapping[str, ec.EllipticCurvePublicKey], *, now: float, issuer: str, audience: str, skew_s: int
) -> Claims:
    """What `token` says, once its signature, issuer, audience and time are right.

    keys    by key id; only ES256 is ever accepted, whatever the token's head asks for
    now     Unix seconds; no token is accepted from its `exp` on, nor more than `skew_s` before its `iat`

    Raises TokenInvalid, TokenExpired, TokenWithoutOperator, TokenOperatorMalformed.
    """
    payload = _signed_payload(token, keys, issuer, audience)
    issued, expires = payload.get("iat"), payload.get("exp")
    if not _is_time(issued) or not _is_time(expires) or issued > now + skew_s:
        raise TokenInvalid
    if now >= expires:
        raise TokenExpired
    return Claims(
        operator_id=_operator_of(payload),
        person_id=_person_of(payload),
        email=str(payload.get("email", "")),
        expires_at=int(expires),
        sign_in_id=parse_uuid(str(payload.get("sid", ""))),
        proved_at=int(proved) if _is_time(proved := payload.get("auth_time")) else 0,
        client_id=parse_uuid(str(payload.get("azp", ""))),
    )


def kid_of(token: str) -> str | None:
    """The id of the key that `token` claims to be signed with, unproved; None when it is no token."""
    try:
        return str(jwt.get_unverified_header(token).get("kid")) if len(token) <= _LONGEST else None
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        return None


def _signed_payload(
    token: str, keys: Mapping[str, ec.EllipticCurvePublicKey], issuer: str, audience: str
) -> dict[str, Any]:
    if len(token) > _LONGEST:
        raise TokenInvalid
    try:
        head = jwt.get_unverified_header(token)
        key = keys.get(str(head.get("kid")))
        if key is None or head.get("alg") != ALGORITHM:
            raise TokenInvalid
        payload: dict[str, Any] = jwt.decode(
            token,
            key,
            [ALGORITHM],
            issuer=issuer,
            audience=audience,
            options=_NO_CHECKS,  # type: ignore[arg-type]
        )
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError):
        raise TokenInvalid from None
    return payload


def _is_time(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 1e11


def _operator_of(payload: Mapping[str, Any]) -> UUID:
    named = payload.get("operator_id")
    if named is None or named == "":
        raise TokenWithoutOperator
    operator_id = parse_uuid(named) if isinstance(named, str) else None
    if operator_id is None:
        raise TokenOperatorMalformed
    return operator_id


def _person_of(payload: Mapping[str, Any]) -> UUID:
    person_id = parse_uuid(str(payload.get("sub", "")))
    if person_id is None:
        raise TokenInvalid
    return person_id
