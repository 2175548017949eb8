"""Keys, tokens, lists and DIDs in their forms, there and back; and what is no such form."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from meguri.proof import bitstring, data_integrity, did, jcs, jws, sd_jwt, token_status
from meguri.proof.bitstring import StatusUnavailable
from meguri.proof.jcs import NotCanonical
from meguri.proof.jws import NotVerified
from meguri.proof.multibase import NotDecodable, base58, base64url, from_base58, from_base64url, from_multibase
from meguri.proof.multikey import (
    PrivateKey,
    ed25519_from_seed,
    from_jwk,
    from_multikey,
    thumbprint,
    to_jwk,
    to_multikey,
)

KEYS: list[PrivateKey] = [ed25519_from_seed(bytes(range(32))), ec.derive_private_key(12345, ec.SECP256R1())]
NOW = datetime(2027, 3, 1, tzinfo=UTC)


@given(st.binary(max_size=80))
def test_base58_and_base64url_give_back_what_they_took(data: bytes) -> None:
    assert from_base58(base58(data)) == data
    assert from_base64url(base64url(data)) == data


@pytest.mark.parametrize("text", ["z0OIl", "m1234", "", "u===", "uA B", "uAB"])
def test_what_is_no_multibase_is_refused(text: str) -> None:
    with pytest.raises(NotDecodable):
        from_multibase(text)


@pytest.mark.parametrize("key", KEYS, ids=["Ed25519", "P-256"])
def test_a_public_key_survives_both_of_its_forms(key: PrivateKey) -> None:
    public = key.public_key()
    assert from_multikey(to_multikey(public)) == public
    assert from_jwk(to_jwk(public)) == public
    assert len(thumbprint(public)) == 43


def test_the_thumbprint_of_the_published_key_is_the_published_one() -> None:
    """RFC 8037 appendix A.3."""
    jwk = {"kty": "OKP", "crv": "Ed25519", "x": "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}
    assert thumbprint(from_jwk(jwk)) == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


@pytest.mark.parametrize("jwk", [{}, {"kty": "oct", "k": "AA"}, {"kty": "OKP", "crv": "Ed25519", "x": "AA"}])
def test_a_key_of_no_known_form_is_refused(jwk: dict[str, object]) -> None:
    with pytest.raises(NotDecodable):
        from_jwk(jwk)


@pytest.mark.parametrize("key", KEYS, ids=["EdDSA", "ES256"])
def test_a_token_verifies_with_its_key_and_with_no_other(key: PrivateKey) -> None:
    token = jws.sign({"a": 1}, key, typ="JWT", kid="k1")
    assert jws.verified(token, key.public_key()) == jws.claims_of(token) == {"a": 1}
    assert jws.header_of(token)["kid"] == "k1"
    for other in (Ed25519PrivateKey.generate(), ec.generate_private_key(ec.SECP256R1())):
        with pytest.raises(NotVerified):
            jws.verified(token, other.public_key())


def test_a_token_without_signature_is_refused() -> None:
    head = base64url(b'{"alg":"none"}')
    with pytest.raises(NotVerified):
        jws.verified(f"{head}.{base64url(b'{}')}.", KEYS[0].public_key())


def test_a_holder_gets_the_disclosed_values_and_nobody_sees_how_many_there_are() -> None:
    made = {name: sd_jwt.disclosures_of(values) for name, values in (("few", {"soce": 89.0}), ("all", _many()))}
    for name, disclosures in made.items():
        shown = list(disclosures.values())[:1]
        token = sd_jwt.issue({"iss": "x"}, disclosures.values(), shown, KEYS[0], kid="k", padded_to=32)
        said = sd_jwt.presented(token, KEYS[0].public_key())
        assert said.values == {"soce": 89.0}, name
        assert said.claims == {"iss": "x"}
        assert len(jws.claims_of(sd_jwt.split(token)[0])["_sd"]) == 32


def _many() -> dict[str, Any]:
    return {"soce": 89.0, **{f"k{number}": number for number in range(20)}}


def test_a_disclosure_that_was_not_signed_is_refused() -> None:
    disclosures = sd_jwt.disclosures_of({"soce": 89.0})
    token = sd_jwt.issue({}, disclosures.values(), [], KEYS[0], kid="k", padded_to=8)
    for forged in (sd_jwt.disclosure("salt", "soce", 99.0), "!!", disclosures["soce"] + "~" + disclosures["soce"]):
        with pytest.raises(NotVerified):
            sd_jwt.presented(f"{token}{forged}~", KEYS[0].public_key())


@given(st.sets(st.integers(0, 4095), max_size=40), st.integers(0, 4095))
def test_both_kinds_of_list_say_exactly_what_was_set(revoked: set[int], asked: int) -> None:
    bits = tokens = bytes(512)
    for index in revoked:
        bits = bitstring.with_bit(bits, index)
        tokens = token_status.with_status(tokens, index)
    assert bitstring.bit(bitstring.decoded(bitstring.encoded(bits)), asked) is (asked in revoked)
    claims = token_status.claims("https://x.example/1", tokens, 0, 300)
    assert token_status.status_in(claims, asked) == int(asked in revoked)


def test_the_published_token_status_list_reads_as_published() -> None:
    """IETF OAuth Status List, the example of one bit per token: B9 A3."""
    claims = {"status_list": {"bits": 1, "lst": "eNrbuRgAAhcBXQ"}}
    assert [token_status.status_in(claims, index) for index in range(16)] == [
        1, 0, 0, 1, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1, 0, 1,
    ]  # fmt: skip


def test_a_list_that_is_broken_too_short_or_too_large_is_no_answer() -> None:
    listed = bitstring.credential("https://x.example/1", "did:web:x.example", bytes(2), "2027-03-01T00:00:00Z")
    bomb = bitstring.encoded(bytes(20 << 20))
    for subject, index in (("uAAAA", "1"), (bitstring.encoded(bytes(2)), "16"), (bomb, "1"), ("u", "-1")):
        listed["credentialSubject"]["encodedList"] = subject
        with pytest.raises(StatusUnavailable):
            bitstring.is_set(listed, {"statusPurpose": "revocation", "statusListIndex": index})
    with pytest.raises(StatusUnavailable):
        bitstring.is_set(listed, {"statusPurpose": "suspension", "statusListIndex": "1"})


@pytest.mark.parametrize(
    ("origin", "path", "name", "address"),
    [
        ("https://id.example.jp", (), "did:web:id.example.jp", "https://id.example.jp/.well-known/did.json"),
        (
            "https://id.example.jp",
            ("operators", "abc"),
            "did:web:id.example.jp:operators:abc",
            "https://id.example.jp/operators/abc/did.json",
        ),
        ("http://127.0.0.1:8000", (), "did:web:127.0.0.1%3A8000", "https://127.0.0.1:8000/.well-known/did.json"),
    ],
)
def test_a_did_stands_at_its_address(origin: str, path: tuple[str, ...], name: str, address: str) -> None:
    assert did.did_of(origin, *path) == name
    assert did.address_of(name) == address


@pytest.mark.parametrize("text", ["did:key:z6Mk", "did:web:", "did:web:a/b", "did:web:a:..%2f/x", "web:a"])
def test_what_is_no_did_web_has_no_address(text: str) -> None:
    with pytest.raises(NotDecodable):
        did.address_of(text)


def test_a_document_gives_each_key_in_both_forms_and_only_for_its_purposes() -> None:
    name = "did:web:id.example.jp"
    keys = [
        did.PublishedKey(kid="key-1", multikey=to_multikey(KEYS[0].public_key()), authentication=False, assertion=True),
        did.PublishedKey(kid="key-2", multikey=to_multikey(KEYS[1].public_key()), authentication=True, assertion=False),
    ]
    services = [did.Service(name="dpp", type="DPPService", endpoint="https://id.example.jp/v1")]
    made = did.document(name, keys, services, ["urn:jp:corporate-number:7123456789012"])
    assert did.key_in(made, f"{name}#key-1") == KEYS[0].public_key()
    assert did.key_in(made, f"{name}#key-1-jwk") == KEYS[0].public_key()
    assert did.key_in(made, f"{name}#key-2") is None
    assert did.key_in(made, f"{name}#key-2", "authentication") == KEYS[1].public_key()
    assert made["service"][0]["serviceEndpoint"] == "https://id.example.jp/v1"


def test_two_proofs_stand_side_by_side_and_each_verifies() -> None:
    """Both parties of a transfer sign the same record."""
    record = {"transfer_id": "t1", "state": "accepted"}
    first, second = ed25519_from_seed(b"1" * 32), ed25519_from_seed(b"2" * 32)
    once = data_integrity.signed(record, first, "did:web:a.example#key-1", NOW)
    twice = data_integrity.signed(once, second, "did:web:b.example#key-1", NOW)
    one, other = data_integrity.proofs_of(twice)
    assert data_integrity.verifies(twice, one, first.public_key())
    assert data_integrity.verifies(twice, other, second.public_key())
    assert not data_integrity.verifies(twice, one, second.public_key())
    assert not data_integrity.verifies({**twice, "state": "proposed"}, one, first.public_key())


def test_exact_decimals_are_numbers_in_the_canonical_form() -> None:
    assert (
        jcs.canonical({"a": Decimal("0.10"), "b": Decimal("1E+2"), "c": [Decimal(3)]}) == b'{"a":0.1,"b":100,"c":[3]}'
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 2**53, Decimal("NaN"), "\ud800", object()])
def test_what_json_cannot_hold_has_no_canonical_form(value: object) -> None:
    with pytest.raises(NotCanonical):
        jcs.canonical({"value": value})


def test_a_double_that_another_wrote_as_an_integer_is_the_number_that_it_signed() -> None:
    signed = data_integrity.signed({"id": "urn:x", "large": 123456789012345680000.0}, KEYS[0], "did:web:x#k", NOW)  # type: ignore[arg-type]
    written = {**signed, "large": 123456789012345680000}
    key = KEYS[0].public_key()
    assert data_integrity.verifies(written, written["proof"], key)  # type: ignore[arg-type]
    for other in (123456789012345680001, 123456789012345683968, 10**21, 10**400):
        assert not data_integrity.verifies({**written, "large": other}, written["proof"], key)  # type: ignore[arg-type]


def _part(*parts: Any) -> str:
    return base64url(msgspec.json.encode(list(parts)))


def _of_another(claims: dict[str, Any], *shown: str) -> str:
    return "~".join([jws.sign(claims, KEYS[0], typ="dc+sd-jwt", kid="k"), *shown, ""])


def test_disclosures_within_values_and_of_elements_are_followed() -> None:
    city, element, decoy = _part("s1", "city", "東京"), _part("s2", "A"), sd_jwt.digest(_part("s9", "x", 1))
    maker = _part("s3", "maker", {"name": "X", "_sd": [sd_jwt.digest(city)]})
    claims = {
        "iss": "x",
        "_sd": [sd_jwt.digest(maker), decoy],
        "parts": [{"...": sd_jwt.digest(element)}, "B", {"...": sd_jwt.digest(_part("s8", "C"))}],
    }
    key = KEYS[0].public_key()
    whole = sd_jwt.presented(_of_another(claims, maker, city, element), key)
    assert whole.values == {"maker": {"name": "X", "city": "東京"}}
    assert whole.claims == {"iss": "x", "parts": ["A", "B"]}
    assert sd_jwt.presented(_of_another(claims, maker), key).values == {"maker": {"name": "X"}}


@pytest.mark.parametrize(
    "what", ["no place", "twice given", "two places", "wrong length", "a mark", "no list", "too deep"]
)
def test_disclosures_that_do_not_belong_are_refused(what: str) -> None:
    city, element, mark = _part("s1", "city", 1), _part("s2", "A"), _part("s3", "...", 1)
    held, named = sd_jwt.digest(city), sd_jwt.digest(element)
    deep: Any = 1
    for _ in range(70):
        deep = [deep]
    claims, shown = {
        "no place": ({"_sd": []}, [city]),
        "twice given": ({"_sd": [held]}, [city, city]),
        "two places": ({"_sd": [held], "more": {"_sd": [held]}}, [city]),
        "wrong length": ({"_sd": [named]}, [element]),
        "a mark": ({"in": {"_sd": [sd_jwt.digest(mark)]}}, [mark]),
        "no list": ({"_sd": "x"}, []),
        "too deep": ({"a": deep}, []),
    }[what]
    with pytest.raises(NotVerified):
        sd_jwt.presented(_of_another(claims, *shown), KEYS[0].public_key())
