"""Published and worked vectors: what is computed here is what others compute."""

import json
from datetime import UTC, datetime
from typing import Any

from meguri.proof import bitstring, chain, data_integrity, jcs, sd_jwt, slices
from meguri.proof.multibase import base64url
from meguri.proof.multikey import ed25519_from_seed, from_multikey, to_multikey

ITEM = "https://id.example.jp/01/09521234567899/21/MG26A000001"
SEED = bytes(range(32))
PUBLIC = "z6MkehRgf7yJbgaGfYsdoAsKdBPE3dj2CYhowQdcjqSJgvVd"
CONTEXT = ["https://www.w3.org/ns/credentials/v2", "https://meguri.example/contexts/passport/v1"]
DOCUMENT: dict[str, Any] = {
    "@context": CONTEXT,
    "credentialSubject": {
        "data": {"battery_category": "ev", "battery_mass": 430, "rated_capacity": 200},
        "id": ITEM,
        "slice": "P1",
        "version": 1,
    },
    "id": "urn:uuid:0191d0a0-0000-7000-8000-000000000001",
    "issuer": "did:web:id.example.jp",
    "type": ["VerifiableCredential", "BatteryPassportSlice"],
    "validFrom": "2027-03-01T00:00:00Z",
}
W3C_DOCUMENT: dict[str, Any] = json.loads(
    """{"@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/examples/v2"],
    "id":"urn:uuid:58172aac-d8ba-11ed-83dd-0b3aef56cc33","type":["VerifiableCredential","AlumniCredential"],
    "name":"Alumni Credential","description":"A minimum viable example of an Alumni Credential.",
    "issuer":"https://vc.example/issuers/5678","validFrom":"2023-01-01T00:00:00Z",
    "credentialSubject":{"id":"did:example:abcdefgh","alumniOf":"The School of Examples"},
    "proof":{"type":"DataIntegrityProof","cryptosuite":"eddsa-jcs-2022","created":"2023-02-24T23:36:38Z",
    "verificationMethod":"https://vc.example/issuers/5678#z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2",
    "proofPurpose":"assertionMethod",
    "@context":["https://www.w3.org/ns/credentials/v2","https://www.w3.org/ns/credentials/examples/v2"],
    "proofValue":"z63t83Y53KfzJ5ZosfKTnqfMcKB2dmTrfjSaQjeNNjAD5srBowQfmWqeRb8rRjmeEuCBEsddF9LsVogtuTsijJKh4"}}"""
)


def test_the_public_key_of_the_worked_seed_is_the_worked_multikey() -> None:
    assert to_multikey(ed25519_from_seed(SEED).public_key()) == PUBLIC


def test_the_worked_document_has_its_canonical_length_and_hash() -> None:
    assert len(jcs.canonical(DOCUMENT)) == 457
    assert jcs.sha256_hex(DOCUMENT) == "92b4953edacdf8b96c4bf4d200f11f367c220b6e46fe3b9b7c90c29c62965474"


def test_the_worked_document_is_signed_exactly_as_worked() -> None:
    made = data_integrity.signed(
        DOCUMENT, ed25519_from_seed(SEED), "did:web:id.example.jp#key-1", datetime(2027, 3, 1, tzinfo=UTC)
    )
    options = {name: value for name, value in made["proof"].items() if name != "proofValue"}
    assert jcs.sha256_hex(options) == "e0ff832c5881600d6d6dedd322c74fce18b4a0ec66908e9cfb71d302bc4b0865"
    assert made["proof"]["proofValue"] == (
        "zmCFwrNfGEeaMmcoWznEG63arZnoN1cfFXjtdGDE9fae6aZs7fTrKWJu3CQaCYZRoCsy44DbnkkXK6isn5Ehdw3u"
    )
    assert data_integrity.verifies(made, made["proof"], ed25519_from_seed(SEED).public_key())


def test_the_published_w3c_vector_verifies_with_the_key_in_its_method() -> None:
    proof = W3C_DOCUMENT["proof"]
    key = from_multikey(proof["verificationMethod"].partition("#")[2])
    assert data_integrity.verifies(W3C_DOCUMENT, proof, key)  # type: ignore[arg-type]
    assert not data_integrity.verifies({**W3C_DOCUMENT, "name": "Alumni credential"}, proof, key)  # type: ignore[arg-type]


def test_slices_and_version_have_their_worked_hashes() -> None:
    values: dict[str, dict[str, Any]] = {
        "OWN": {},
        "P1": {"battery_category": "ev", "battery_mass": 430},
        "P2": {},
        "P3": {},
        "P4": {"battery_status": "original"},
    }
    hashes = {
        name: slices.slice_hash(slices.with_salt(values[name], base64url(bytes([number]) * 16)))
        for number, name in enumerate(slices.CLASSES)
    }
    assert hashes["P1"] == "sha256:5d67e90adf6a1a8d2b8a5bb2bbfb890788537b2fe59c218147f94f5216365add"
    assert hashes["P4"] == "sha256:61e16e8e4e9a913cda78854d9c15ab8557f3bad9735a5ef373df7c4d22dcf5d4"
    assert slices.version_hash(ITEM, 1, hashes) == (
        "sha256:5b290de0cef178254d78aaf9297b7b59695f25af83ff433afafe7f9a2a227ef8"
    )


def test_a_new_salt_has_128_bits_in_22_characters() -> None:
    made = {slices.new_salt() for _ in range(50)}
    assert len(made) == 50
    assert {len(one) for one in made} == {22}


def test_the_audit_chain_has_its_worked_hashes() -> None:
    actor = "LEIXG-529900MEGURIBATT0170"
    entries = chain.chained(
        [
            {
                "action": "passport.create",
                "actor": actor,
                "at": "2027-03-01T00:00:00Z",
                "detail": {},
                "object": ITEM,
                "on_behalf_of": None,
            },
            {
                "action": "passport.publish",
                "actor": actor,
                "at": "2027-03-01T00:00:05Z",
                "detail": {"version": 1},
                "object": ITEM,
            },
        ]
    )
    assert [entry["hash"] for entry in entries] == [
        "3472159ca8ffc36855a240910a05012b1eb2c06f3c51024ff7415b85b45fcd70",
        "42e90895f66199244d24afb37340e71a5b51dc4db314c96a722b7c7f7189e853",
    ]
    assert chain.first_broken(entries) is None
    assert chain.first_broken([entries[0], {**entries[1], "detail": {"version": 2}}]) == 2
    assert chain.first_broken(entries[1:]) == 2


def test_a_disclosure_and_its_digest_are_as_worked() -> None:
    salt = base64url(b"0123456789abcdef")
    made = sd_jwt.disclosure(salt, "soce", 89.0)
    assert made == "WyJNREV5TXpRMU5qYzRPV0ZpWTJSbFpnIiwic29jZSIsODkuMF0"
    assert sd_jwt.digest(made) == "3gMimfvtuvOQ6q4t2i5_0EryJ0XKCgx-manueHrj1gY"


def test_index_five_of_a_bitstring_is_the_third_lowest_bit_of_its_first_byte() -> None:
    bits = bitstring.with_bit(bitstring.empty(), 5)
    assert (bits[0], len(bits) * 8) == (0x04, 131_072)
    listed = bitstring.credential("https://id.example.jp/vc/status/1", "did:web:id.example.jp", bits, "2027-03-01")
    assert bitstring.is_set(listed, bitstring.entry("https://id.example.jp/vc/status/1", 5))
    assert not bitstring.is_set(listed, bitstring.entry("https://id.example.jp/vc/status/1", 4))


def test_canonical_numbers_are_those_of_rfc_8785() -> None:
    numbers = [333333333.33333329, 1e30, 4.50, 2e-3, 0.000000000000000000000000001]
    assert jcs.canonical({"numbers": numbers}) == b'{"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27]}'
    keys = {"€": 1, "\r": 2, "\ufb33": 3, "1": 4, "😀": 5, "\x80": 6, "ö": 7}
    assert jcs.canonical(keys) == '{"\\r":2,"1":4,"\x80":6,"ö":7,"€":1,"😀":5,"\ufb33":3}'.encode()
