"""Request tokens: the published vector, and everything that makes one worthless."""

import pytest

from meguri.dataspaces.dsp.token import TYPE, TokenRefused, body_hash, issue, verify
from meguri.proof import jws
from meguri.proof.multikey import ed25519_from_seed, thumbprint

KEY = ed25519_from_seed(bytes(range(32)))
OTHER = ed25519_from_seed(bytes(range(32, 64)))
KID = "did:web:pack.example.jp#key-2026-11"
BODY = b'{"@context":["https://w3id.org/dspace/2025/1/context.jsonld"],"@type":"CatalogRequestMessage","filter":[]}'
URL = "https://cells.example.jp/dsp/2025-1/catalog/request"
PAYLOAD = {
    "iss": "did:web:pack.example.jp", "sub": "did:web:pack.example.jp", "aud": "did:web:cells.example.jp",
    "iat": 1795316645, "nbf": 1795316645, "exp": 1795316945, "jti": "0197c5e0-8f3a-7c11-9d52-6b7a8c9d0e1f",
    "htm": "POST", "htu": URL, "bh": "dGhc_yXntp2l8OnBBaEmstwNWxk_cyeDWJW1_juRPH8",
}  # fmt: skip


def checked(token: str, **other: object) -> object:
    said = {
        "audience": "did:web:cells.example.jp",
        "method": "POST",
        "url": URL,
        "raw": BODY,
        "now": 1795316700.0,
    } | other
    return verify(token, lambda kid: KEY.public_key() if kid == KID else None, **said)  # type: ignore[arg-type]


def test_the_hash_of_a_body_is_that_of_the_vector() -> None:
    assert len(BODY) == 106
    assert body_hash(BODY) == "dGhc_yXntp2l8OnBBaEmstwNWxk_cyeDWJW1_juRPH8"
    assert body_hash(b"") == "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU"


def test_a_token_is_signed_as_in_the_vector() -> None:
    token = jws.sign(PAYLOAD, KEY, typ=TYPE, kid=KID)
    assert token.rpartition(".")[2] == (
        "zda-JXoKHLQTNpEmDF0IkGy10H4djj0b89i-GwOUrFlUIJbrAh1X4Qm7_GrrV7UvjMjV8_KXkyTkR2QOO40WCA"
    )
    assert checked(token)
    assert thumbprint(OTHER.public_key()) == "AkXIZFzonb59ZmGwyKgi3H3BwMi6amevqdKQiLZhdtc"


def test_what_we_issue_we_accept() -> None:
    token = issue(
        KEY, KID, "did:web:pack.example.jp", "did:web:cells.example.jp", "POST", URL + "?a=1", BODY, 1795316650
    )
    assert checked(token)


@pytest.mark.parametrize(
    "change",
    [{"aud": "did:web:other.example"}, {"htu": URL + "/x"}, {"htm": "GET"}, {"bh": body_hash(b"{}")},
     {"exp": 1795316645 + 301}, {"exp": 1795316645}, {"sub": "did:web:x"}, {"iss": "did:web:x", "sub": "did:web:x"},
     {"jti": ""}, {"jti": None}, {"iat": "1795316645"}, {"nbf": 1795316900}],
)  # fmt: skip
def test_a_token_for_something_else_proves_nothing(change: dict[str, object]) -> None:
    with pytest.raises(TokenRefused):
        checked(jws.sign(PAYLOAD | change, KEY, typ=TYPE, kid=KID))


def test_a_token_of_another_key_type_or_time_proves_nothing() -> None:
    good = jws.sign(PAYLOAD, KEY, typ=TYPE, kid=KID)
    for bad in (jws.sign(PAYLOAD, OTHER, typ=TYPE, kid=KID), jws.sign(PAYLOAD, KEY, typ="JWT", kid=KID),
                jws.sign(PAYLOAD, KEY, typ=TYPE, kid="did:web:pack.example.jp#other"), good[:-4] + "AAAA", "a.b", "",
                "a.b.c", good + "x" * 9000):  # fmt: skip
        with pytest.raises(TokenRefused):
            checked(bad)
    with pytest.raises(TokenRefused):
        checked(good, now=1795316945 + 61.0)
    with pytest.raises(TokenRefused):
        checked(good, now=1795316645 - 61.0)
    assert checked(good, now=1795316945 + 59.0)
