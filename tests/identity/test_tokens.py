"""Access tokens that somebody has tampered with, each refused for its own reason."""

import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from meguri.identity import keyring, service, tokens
from meguri.identity.errors import TokenExpired, TokenInvalid, TokenOperatorMalformed, TokenWithoutOperator
from meguri.identity.keyring import SigningKey
from meguri.identity.rules import identity_rules
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.storage.database import Database

from .conftest import House

KEY = keyring.new_private_key()
OTHER = keyring.new_private_key()
KEYS = {"now": KEY.public_key()}
NOW = 1_800_000_000
OPERATOR, PERSON = str(new_id()), str(new_id())


def payload(**changes: Any) -> dict[str, Any]:
    said = {
        "operator_id": OPERATOR,
        "sub": PERSON,
        "email": "ann@a.example",
        "iat": NOW - 10,
        "exp": NOW + 3590,
        "iss": "meguri",
        "aud": "meguri",
    }
    return {name: value for name, value in {**said, **changes}.items() if value is not None}


def signed(claims: dict[str, Any], key: Any = KEY, algorithm: str = "ES256", kid: str = "now") -> str:
    return jwt.encode(claims, key, algorithm, headers={"kid": kid})


def verified(token: str, now: float = NOW) -> str:
    said = tokens.verify(token, KEYS, now=now, issuer="meguri", audience="meguri", skew_s=60)
    return str(said.operator_id)


def part(content: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")


def test_an_untouched_token_holds() -> None:
    assert verified(signed(payload())) == OPERATOR


def test_a_token_without_signature_is_refused_whatever_its_head_says() -> None:
    for algorithm in ("none", "None", "NONE", "nOnE"):
        head = part({"alg": algorithm, "kid": "now", "typ": "JWT"})
        for signature in ("", "x", signed(payload()).rpartition(".")[2]):
            with pytest.raises(TokenInvalid):
                verified(f"{head}.{part(payload())}.{signature}")


def test_a_token_signed_with_the_published_key_as_a_shared_secret_is_refused() -> None:
    """The classic confusion: HS256 with the public key's text."""
    public = KEY.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    body = f"{part({'alg': 'HS256', 'kid': 'now'})}.{part(payload())}"
    mac = base64.urlsafe_b64encode(hmac.digest(public, body.encode(), hashlib.sha256)).decode().rstrip("=")
    with pytest.raises(TokenInvalid):
        verified(f"{body}.{mac}")


def test_another_key_another_curve_and_another_scheme_are_refused() -> None:
    with pytest.raises(TokenInvalid):
        verified(signed(payload(), OTHER))
    with pytest.raises(TokenInvalid):
        verified(signed(payload(), ec.generate_private_key(ec.SECP384R1()), "ES384"))
    with pytest.raises(TokenInvalid):
        verified(signed(payload(), rsa.generate_private_key(65537, 2048), "RS256"))


@pytest.mark.parametrize("kid", ["", "unknown", "../now", "now ", "' OR 1=1", "http://evil.example/key"])
def test_a_key_id_that_we_did_not_publish_is_refused(kid: str) -> None:
    with pytest.raises(TokenInvalid):
        verified(signed(payload(), kid=kid))


def test_keys_that_the_token_brings_itself_count_for_nothing() -> None:
    jwk = keyring.jwk_of(OTHER.public_key())
    token = jwt.encode(payload(), OTHER, "ES256", headers={"kid": "now", "jwk": jwk, "jku": "http://evil.example"})
    with pytest.raises(TokenInvalid):
        verified(token)


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "other"},
        {"iss": None},
        {"aud": "other"},
        {"aud": None},
        {"exp": None},
        {"exp": "2100-01-01"},
        {"exp": True},
        {"exp": 1e300},
        {"iat": None},
        {"iat": NOW + 61},
        {"sub": None},
        {"sub": "ann"},
    ],
    ids=str,
)
def test_a_token_of_another_maker_for_another_reader_or_another_time_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(TokenInvalid) as refused:
        verified(signed(payload(**changes)))
    assert not isinstance(refused.value, TokenExpired)


def test_a_token_ends_exactly_at_its_end() -> None:
    assert verified(signed(payload()), now=NOW + 3589.999)
    with pytest.raises(TokenExpired):
        verified(signed(payload()), now=NOW + 3590)


def test_a_clock_that_is_a_minute_ahead_is_forgiven() -> None:
    assert verified(signed(payload(iat=NOW + 60)))


def test_a_missing_operator_and_a_malformed_one_are_told_apart() -> None:
    for missing in (None, ""):
        with pytest.raises(TokenWithoutOperator):
            verified(signed(payload(operator_id=missing)))
    for malformed in ("A", 7, [OPERATOR], OPERATOR.replace("-", ""), OPERATOR + " ", "{" + OPERATOR + "}"):
        with pytest.raises(TokenOperatorMalformed):
            verified(signed(payload(operator_id=malformed)))


@given(st.data())
def test_a_changed_character_anywhere_makes_a_token_worthless(data: st.DataObject) -> None:
    token = signed(payload())
    place = data.draw(st.integers(0, len(token) - 2))
    sign = data.draw(st.sampled_from("ABab01-_."))
    if token[place] == sign or (place + 1 == len(token) or token[place + 1] == "."):
        return  # the last character of a part holds bits that mean nothing
    with pytest.raises(TokenInvalid):
        verified(token[:place] + sign + token[place + 1 :])


@given(st.text(max_size=300))
def test_any_text_is_refused_and_nothing_else_happens(text: str) -> None:
    with pytest.raises(TokenInvalid):
        verified(text)
    assert tokens.kid_of(text) is None or isinstance(tokens.kid_of(text), str)


def test_a_bomb_of_brackets_is_refused() -> None:
    deep = base64.urlsafe_b64encode(b"[" * 2500).decode()
    for token in (f"{deep}.e30.x", f"{part({'alg': 'ES256', 'kid': 'now'})}.{deep}.x", "a" * 10_000_000):
        with pytest.raises(TokenInvalid):
            verified(token)


def key(start: datetime, days: float) -> SigningKey:
    until = start + timedelta(days=days)
    rule = identity_rules().token
    return SigningKey(
        kid=f"{start:%m%d%H}",
        private_sealed=b"",
        public_jwk={},
        signs_from=start,
        signs_until=until,
        published_until=keyring.published_until(until, rule),
    )


@given(st.lists(st.floats(0.001, 40), max_size=120))
def test_there_is_always_a_key_that_signs_and_it_was_published_before(pauses: list[float]) -> None:
    """A process that asks at random moments: each key is known a day before it signs, save after a long silence."""
    rule = identity_rules().token
    now, keys = datetime(2026, 1, 1, tzinfo=UTC), list[SigningKey]()
    made: dict[str, datetime] = {}
    for pause in pauses:
        now += timedelta(days=pause)
        start = keyring.next_start(keys, now, rule)
        silent = not keys or max(each.signs_until for each in keys) <= now
        if start is not None:
            new = key(start, rule.key_signs_s / 86400)
            made[new.kid] = now
            keys.append(new)
            assert silent or start >= now
        signing = keyring.signing_now(keys, now)
        assert signing is not None
        assert signing.published_until >= now + timedelta(seconds=rule.access_ttl_s)
        assert keyring.next_start(keys, now, rule) is None


@pytest.mark.anyio
async def test_tokens_of_the_old_key_hold_while_the_new_one_signs(house: House) -> None:
    await house.person("ann@a.example", house.a)
    await house.sign_in("ann@a.example")
    rule = identity_rules().token
    almost = clock.now() + timedelta(seconds=rule.key_signs_s - 120)
    with clock.fixed_clock(lambda: almost):
        old = (await house.sign_in("ann@a.example")).access_token
        published = {each["kid"] for each in (await house.gate.jwks(house.db))["keys"]}
        assert len(published) == 2
    after = almost + timedelta(seconds=240)
    with clock.fixed_clock(lambda: after):
        new = (await house.sign_in("ann@a.example")).access_token
        kids = [jwt.get_unverified_header(token)["kid"] for token in (old, new)]
        assert kids[0] != kids[1]
        assert set(kids) == published
        for token in (old, new):
            await service.scope_of_token(house.db, token)


@pytest.mark.anyio
async def test_the_private_keys_lie_sealed_in_the_database(house: House) -> None:
    await house.person("ann@a.example", house.a)
    await house.sign_in("ann@a.example")
    _, private = await house.gate.signing_key(house.db)
    async with house.db.identity() as tx:
        sealed = await tx.value("SELECT private_sealed FROM signing_key")
        jwk = await tx.value("SELECT public_jwk FROM signing_key")
    secret = private.private_numbers().private_value.to_bytes(32, "big")
    assert secret not in sealed
    assert "d" not in jwk


@pytest.mark.anyio
async def test_a_key_of_another_process_is_known_as_soon_as_its_token_comes(house: House) -> None:
    """Two processes, one of which has never seen the key."""
    await house.person("ann@a.example", house.a)
    token = (await house.sign_in("ann@a.example")).access_token
    async with Database(house.db.pool.conninfo, pool_size=1) as other:
        service.open_gate(other, service.IdentitySettings(secret=b"s" * 32))
        assert (await service.scope_of_token(other, token)).operator_id == house.a


@pytest.mark.anyio
async def test_a_system_learns_the_operator_of_a_token_and_nothing_of_a_bad_one(house: House) -> None:
    await house.person("ann@a.example", house.a)
    token = (await house.sign_in("ann@a.example")).access_token
    assert await service.verify_token_for_system(house.db, token) == house.a
    for bad in ("", "x", token[:-2], token + "x"):
        assert await service.verify_token_for_system(house.db, bad) is None
