"""Verifying an SD-JWT VC: the checks of `verifying`, in the same order, on a token (RFC 9901; IETF SD-JWT VC; Token Status List).

Pure, like its sister: DID documents and status lists are gathered before.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from meguri.proof import did, jws, sd_jwt, token_status
from meguri.proof.bitstring import StatusUnavailable
from meguri.proof.jws import NotVerified
from meguri.proof.multibase import NotDecodable
from meguri.proof.multikey import PublicKey
from meguri.proof.rules import proof_rules
from meguri.proof.sd_jwt import Presented
from meguri.proof.verifying import (
    ANOTHER_ISSUER,
    GOOD,
    INVALID_SIGNATURE,
    NOT_A_CREDENTIAL,
    NOT_YET,
    OVER,
    REVOKED,
    STATUS_UNKNOWN,
    SUSPENDED,
    UNAUTHORISED,
    UNRESOLVABLE,
    UNSUPPORTED,
    UNTRUSTED,
    Check,
    CheckFailed,
    Gathered,
    Needs,
    Verdict,
    failed_verdict,
    failure,
)

_SUSPENDED = 2
"""Status types of the Token Status List: 0 valid, 1 invalid, 2 suspended."""


class _Token(msgspec.Struct, frozen=True):
    """A token taken apart, nothing of it believed yet. `method`: the verification method that its header names."""

    text: str
    claims: dict[str, Any]
    method: str

    @property
    def issuer(self) -> str:
        return str(self.claims.get("iss", ""))


def _taken_apart(text: str) -> _Token:
    """Raises NotVerified."""
    bare = text.split("~", 1)[0]
    claims, kid = jws.claims_of(bare), str(jws.header_of(bare).get("kid", ""))
    return _Token(text, claims, f"{claims.get('iss', '')}{kid}" if kid.startswith("#") else kid)


def needs_of_token(text: str) -> Needs:
    """The DIDs and status lists that verifying `text` asks for; none for what is no token."""
    try:
        token = _taken_apart(text)
    except NotVerified:
        return Needs(frozenset(), frozenset())
    listed = _reference(token.claims)
    return Needs(frozenset({did.subject_of(token.method)} - {""}), frozenset({listed[0]} if listed else ()))


def version_of_token(text: str) -> tuple[str, int] | None:
    """What a passport's token is about: `sub` and `version`; None for any other. Nothing of it is verified."""
    try:
        claims = _taken_apart(text).claims
    except NotVerified:
        return None
    subject, version = claims.get("sub"), claims.get("version")
    if not isinstance(subject, str) or isinstance(version, bool) or not isinstance(version, int):
        return None
    return (subject, version) if 0 < version < 2**31 else None


def verify_token(text: str, gathered: Gathered, now: datetime) -> tuple[Verdict, Presented | None]:
    """Verify an SD-JWT VC; what it says comes along when it is valid."""
    try:
        token = _taken_apart(text)
    except NotVerified:
        return failure("form", "SCHEMA_INVALID", NOT_A_CREDENTIAL), None
    checks: list[Check] = []
    said: Presented | None = None
    name = "form"
    try:
        for name, check in _STEPS:
            found = check(token, gathered, now)
            said = found or said
            checks.append(Check(name, True, GOOD[name]))
    except CheckFailed as wrong:
        return failed_verdict(wrong, [*checks, Check(name, False, wrong.detail, wrong.code)], gathered), None
    return Verdict(True, "valid", checks, False), said


def _form(token: _Token, _: Gathered, __: datetime) -> None:
    if not token.issuer or not token.claims.get("vct") or len(token.text) > proof_rules().credential.most_bytes:
        raise CheckFailed("SCHEMA_INVALID", NOT_A_CREDENTIAL)


def _suite(token: _Token, _: Gathered, __: datetime) -> None:
    if "~" not in token.text:
        raise CheckFailed("PROOF_UNSUPPORTED", UNSUPPORTED)


def _resolved(token: _Token, gathered: Gathered, _: datetime) -> None:
    subject = did.subject_of(token.method)
    if gathered.dids.get(subject, {}).get("id") != subject or not subject:
        raise CheckFailed("ISSUER_UNRESOLVABLE", UNRESOLVABLE)


def _authorised(token: _Token, gathered: Gathered, _: datetime) -> None:
    _key(token.method, gathered)


def _key(method: str, gathered: Gathered) -> PublicKey:
    try:
        key = did.key_in(gathered.dids.get(did.subject_of(method), {}), method)
    except NotDecodable:
        key = None
    if key is None:
        raise CheckFailed("KEY_NOT_AUTHORISED", UNAUTHORISED)
    return key


def _signature(token: _Token, gathered: Gathered, _: datetime) -> Presented:
    try:
        return sd_jwt.presented(token.text, _key(token.method, gathered))
    except NotVerified:
        raise CheckFailed("PROOF_INVALID", INVALID_SIGNATURE, "invalid_signature") from None


def _signer(token: _Token, _: Gathered, __: datetime) -> None:
    """Whoever has a key may write any name into `iss`: only the name whose key it is counts."""
    if token.issuer != did.subject_of(token.method):
        raise CheckFailed("KEY_NOT_AUTHORISED", ANOTHER_ISSUER)


def _validity(token: _Token, _: Gathered, now: datetime) -> None:
    skew = proof_rules().credential.clock_skew_s
    for name in ("iat", "nbf"):
        starts = _seconds(token.claims, name)
        if starts is not None and now.timestamp() + skew < starts:
            raise CheckFailed("NOT_YET_VALID", NOT_YET)
    ends = _seconds(token.claims, "exp")
    if ends is not None and now.timestamp() - skew > ends:
        raise CheckFailed("EXPIRED", OVER, "expired")


def _seconds(claims: Mapping[str, Any], name: str) -> float | None:
    value = claims.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CheckFailed("SCHEMA_INVALID", NOT_A_CREDENTIAL)
    return value


def _reference(claims: Mapping[str, Any]) -> tuple[str, int] | None:
    """Address and place of the token's status; None when it names none that we know."""
    status = claims.get("status")
    listed = status.get("status_list") if isinstance(status, Mapping) else None
    if not isinstance(listed, Mapping):
        return None
    place, address = listed.get("idx"), listed.get("uri")
    return (address, place) if isinstance(place, int) and isinstance(address, str) else ("", -1)


def _status(token: _Token, gathered: Gathered, now: datetime) -> None:
    listed = _reference(token.claims)
    if listed is None:
        return
    held = gathered.tokens.get(listed[0])
    if held is None and gathered.offline:
        return
    try:
        found = token_status.status_in(_list_claims(held or "", listed[0], token, gathered, now), listed[1])
    except (StatusUnavailable, NotVerified, CheckFailed):
        raise CheckFailed("STATUS_UNAVAILABLE", STATUS_UNKNOWN) from None
    if found == _SUSPENDED:
        raise CheckFailed("SUSPENDED", SUSPENDED, "suspended")
    if found != token_status.VALID:
        raise CheckFailed("REVOKED", REVOKED, "revoked")


def _list_claims(text: str, address: str, token: _Token, gathered: Gathered, now: datetime) -> dict[str, Any]:
    """The claims of the list at `address`, signed by the token's own issuer. Raises NotVerified, CheckFailed."""
    header = jws.header_of(text)
    method = str(header.get("kid", ""))
    if header.get("typ") != token_status.TYP or did.subject_of(method) != token.issuer:
        raise NotVerified("no status list of this issuer")
    claims = jws.verified(text, _key(method, gathered))
    ends = _seconds(claims, "exp")
    if claims.get("sub") != address or (ends is not None and now.timestamp() > ends):
        raise NotVerified("another list, or one past its time")
    return claims


def _trust(token: _Token, gathered: Gathered, _: datetime) -> None:
    if gathered.trusted is not None and not gathered.trusted(token.issuer, [str(token.claims.get("vct"))]):
        raise CheckFailed("ISSUER_UNTRUSTED", UNTRUSTED)


_STEPS = (
    ("form", _form),
    ("suite", _suite),
    ("issuer", _resolved),
    ("key", _authorised),
    ("signature", _signature),
    ("signer", _signer),
    ("validity", _validity),
    ("status", _status),
    ("trust", _trust),
)
