"""Verification: each check in its order, each failure with its code and status."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from meguri.proof import bitstring, data_integrity, did, jws, sd_jwt, slices, token_status
from meguri.proof.multikey import ed25519_from_seed, to_multikey
from meguri.proof.verifying import Gathered, Verdict, needs_of, verify
from meguri.proof.verifying_token import needs_of_token, verify_token

NOW = datetime(2027, 3, 2, tzinfo=UTC)
ISSUER = "did:web:id.example.jp"
KEY, OTHER = ed25519_from_seed(b"a" * 32), ed25519_from_seed(b"b" * 32)
LIST = "https://id.example.jp/vc/v1/status/x/bitstring/revocation/1"
ITEM = "https://id.example.jp/01/09521234567899/21/MG26A000001"


def did_document(name: str = ISSUER, *, assertion: bool = True) -> dict[str, Any]:
    key = did.PublishedKey(
        kid="key-1", multikey=to_multikey(KEY.public_key()), authentication=True, assertion=assertion
    )
    return did.document(name, [key])


def status_list(*revoked: int, purpose: str = "revocation", issuer: str = ISSUER) -> dict[str, Any]:
    bits = bitstring.empty()
    for index in revoked:
        bits = bitstring.with_bit(bits, index)
    listed = bitstring.credential(LIST, issuer, bits, "2027-01-01T00:00:00Z", purpose)
    return data_integrity.signed(listed, KEY, f"{issuer}#key-1", NOW)


def credential(**changed: Any) -> dict[str, Any]:
    data = {"battery_category": "ev", "battery_mass": 430, slices.SALT: "AAAAAAAAAAAAAAAAAAAAAA"}
    hashes = {name: slices.slice_hash(data if name == "P1" else {slices.SALT: name}) for name in slices.CLASSES}
    subject = {
        "id": ITEM,
        "slice": "P1",
        "version": 1,
        "version_hash": slices.version_hash(ITEM, 1, hashes),
        "slices": hashes,
        "data": data,
    }
    document = {
        "@context": ["https://www.w3.org/ns/credentials/v2", "https://meguri.example/contexts/passport/v1"],
        "id": "urn:uuid:0191d0a0-0000-7000-8000-000000000001",
        "type": ["VerifiableCredential", "BatteryPassportSlice"],
        "issuer": ISSUER,
        "validFrom": "2027-03-01T00:00:00Z",
        "credentialSubject": subject,
        "credentialStatus": bitstring.entry(LIST, 5),
        **changed,
    }
    return data_integrity.signed(document, KEY, f"{ISSUER}#key-1", NOW)


def gathered(**changed: Any) -> Gathered:
    said: dict[str, Any] = {"dids": {ISSUER: did_document()}, "lists": {LIST: status_list(7)}, **changed}
    return Gathered(**said)


def fails(verdict: Verdict, code: str, status: str) -> None:
    assert (verdict.valid, verdict.status) == (False, status)
    assert [check.ok for check in verdict.checks[:-1]] == [True] * (len(verdict.checks) - 1)
    assert (verdict.checks[-1].ok, verdict.checks[-1].code) == (False, code)


def test_a_sound_credential_is_valid_and_every_check_is_shown() -> None:
    verdict = verify(credential(), gathered(), NOW)
    assert (verdict.valid, verdict.status, verdict.revoked) == (True, "valid", False)
    assert [check.name for check in verdict.checks] == [
        "form", "suite", "issuer", "key", "signature", "signer", "validity", "status", "trust", "content",
    ]  # fmt: skip


def test_what_must_be_fetched_is_the_issuer_and_its_list() -> None:
    needs = needs_of(credential())
    assert (needs.dids, needs.lists) == ({ISSUER}, {LIST})


@pytest.mark.parametrize("broken", [{"type": ["Thing"]}, {"@context": "x"}, {"issuer": ""}, {"credentialSubject": 1}])
def test_what_is_no_credential_is_refused_first(broken: dict[str, Any]) -> None:
    fails(verify(credential(**broken), gathered(), NOW), "SCHEMA_INVALID", "unverifiable")


def test_a_credential_beyond_the_size_is_refused() -> None:
    fails(verify(credential(name="x" * 300_000), gathered(), NOW), "SCHEMA_INVALID", "unverifiable")


def test_no_proof_and_an_unknown_suite_are_unsupported() -> None:
    whole = credential()
    for proof in (None, {**whole["proof"], "cryptosuite": "ecdsa-rdfc-2019"}, {**whole["proof"], "proofPurpose": "x"}):
        fails(verify({**whole, "proof": proof}, gathered(), NOW), "PROOF_UNSUPPORTED", "unverifiable")


def test_an_issuer_that_cannot_be_resolved_leaves_it_open() -> None:
    fails(verify(credential(), gathered(dids={}), NOW), "ISSUER_UNRESOLVABLE", "unverifiable")
    fails(
        verify(credential(), gathered(dids={ISSUER: did_document("did:web:evil.example")}), NOW),
        "ISSUER_UNRESOLVABLE",
        "unverifiable",
    )


def test_a_key_that_the_issuer_took_back_is_not_authorised() -> None:
    withdrawn = gathered(dids={ISSUER: did_document(assertion=False)})
    fails(verify(credential(), withdrawn, NOW), "KEY_NOT_AUTHORISED", "unverifiable")


def test_one_changed_byte_is_noticed_and_in_a_slice_it_is_called_tampering() -> None:
    whole = credential()
    whole["credentialSubject"]["data"]["battery_mass"] = 431
    fails(verify(whole, gathered(), NOW), "PROOF_INVALID", "tampered")
    fails(
        verify({**credential(), "validFrom": "2027-03-01T00:00:01Z"}, gathered(), NOW),
        "PROOF_INVALID",
        "invalid_signature",
    )


def test_a_signature_of_another_key_is_invalid() -> None:
    forged = data_integrity.signed(data_integrity.without_proof(credential()), OTHER, f"{ISSUER}#key-1", NOW)
    fails(verify(forged, gathered(), NOW), "PROOF_INVALID", "invalid_signature")


def test_a_slice_that_was_signed_with_wrong_hashes_is_tampered() -> None:
    subject = credential()["credentialSubject"]
    signed = credential(credentialSubject={**subject, "version": 2})
    fails(verify(signed, gathered(), NOW), "PROOF_INVALID", "tampered")


def test_another_company_cannot_sign_in_the_issuer_s_name() -> None:
    fails(verify(credential(issuer="did:web:other.example"), gathered(), NOW), "KEY_NOT_AUTHORISED", "unverifiable")


def test_validity_allows_a_minute_of_skew() -> None:
    start = datetime(2027, 3, 1, tzinfo=UTC)
    assert verify(credential(), gathered(), start - timedelta(seconds=60)).valid
    fails(verify(credential(), gathered(), start - timedelta(seconds=61)), "NOT_YET_VALID", "unverifiable")
    ending = credential(validUntil="2027-03-01T12:00:00Z")
    fails(verify(ending, gathered(), NOW), "EXPIRED", "expired")
    fails(verify(credential(validFrom="yesterday"), gathered(), NOW), "SCHEMA_INVALID", "unverifiable")


def test_index_five_set_means_revoked_and_a_successor_makes_it_superseded() -> None:
    verdict = verify(credential(), gathered(lists={LIST: status_list(5)}), NOW)
    fails(verdict, "REVOKED", "revoked")
    assert verdict.revoked
    newer = verify(credential(), gathered(lists={LIST: status_list(5)}, superseded_by="2"), NOW)
    fails(newer, "REVOKED", "superseded")
    assert newer.superseded_by == "2"


def test_a_set_bit_of_a_suspension_list_means_suspended() -> None:
    entry = bitstring.entry(LIST, 5, "suspension")
    lists = {LIST: status_list(5, purpose="suspension")}
    fails(verify(credential(credentialStatus=entry), gathered(lists=lists), NOW), "SUSPENDED", "suspended")


def test_a_list_that_is_missing_forged_foreign_or_of_another_purpose_is_no_answer() -> None:
    forged = {**status_list(), "validFrom": "2026-01-01T00:00:00Z"}
    foreign = status_list(issuer="did:web:other.example")
    dids = {ISSUER: did_document(), "did:web:other.example": did_document("did:web:other.example")}
    for lists in ({}, {LIST: forged}, {LIST: foreign}, {LIST: status_list(purpose="suspension")}):
        fails(verify(credential(), gathered(lists=lists, dids=dids), NOW), "STATUS_UNAVAILABLE", "unverifiable")


@pytest.mark.parametrize(
    "status",
    [{"type": "StatusList2021Entry", "statusPurpose": "revocation"}, "urn:status", [1],
     bitstring.entry(LIST, 3, "Revocation"), [bitstring.entry(LIST, 3), {"type": "Other"}]],
)  # fmt: skip
def test_a_status_that_is_not_understood_is_not_taken_for_a_good_one(status: Any) -> None:
    lists = {LIST: status_list(5)}
    fails(verify(credential(credentialStatus=status), gathered(lists=lists), NOW), "STATUS_UNAVAILABLE", "unverifiable")


def test_a_list_that_says_nothing_of_validity_does_not_matter() -> None:
    entries = [bitstring.entry(LIST, 3), bitstring.entry("https://elsewhere.example/1", 5, "message")]
    assert verify(credential(credentialStatus=entries), gathered(lists={LIST: status_list(5)}), NOW).valid


def test_a_proof_that_has_run_out_proves_nothing() -> None:
    made = credential()
    over = {**made, "proof": {**made["proof"], "expires": "2020-01-01T00:00:00Z"}}
    found = verify(over, gathered(lists={LIST: status_list()}), NOW)
    assert not found.valid
    with pytest.raises(bitstring.StatusUnavailable):
        short = bitstring.credential(LIST, ISSUER, bytes(100), "2026-01-01T00:00:00Z")
        bitstring.is_set(short, bitstring.entry(LIST, 3))


def test_an_issuer_outside_the_trust_list_is_untrusted() -> None:
    verdict = verify(credential(), gathered(trusted=lambda issuer, types: "BatteryPassportSlice" not in types), NOW)
    fails(verdict, "ISSUER_UNTRUSTED", "unverifiable")


TOKEN_LIST = "https://id.example.jp/vc/v1/status/x/token/revocation/1"
OTHERS = "did:web:other.example"


def token(issuer: str = ISSUER, kid: str = f"{ISSUER}#key-1", key: Any = KEY, **claims: Any) -> str:
    said = {"iss": issuer, "vct": "https://id.example.jp/vct/battery-passport", "sub": ITEM, "version": 1, **claims}
    said.setdefault("status", token_status.reference(TOKEN_LIST, 5))
    shown = list(sd_jwt.disclosures_of({"soce": 89.0}).values())
    return sd_jwt.issue(said, shown, shown, key, kid=kid, padded_to=8)


def token_list(*revoked: int, address: str = TOKEN_LIST, kid: str = f"{ISSUER}#key-1", **claims: Any) -> str:
    bits = bitstring.empty()
    for index in revoked:
        bits = token_status.with_status(bits, index)
    said = {**token_status.claims(address, bits, 1, 300), **claims}
    return jws.sign(said, KEY, typ=token_status.TYP, kid=kid)


def judged_token(text: str, **changed: Any) -> Verdict:
    said: dict[str, Any] = {"dids": {ISSUER: did_document()}, "tokens": {TOKEN_LIST: token_list(7)}, **changed}
    return verify_token(text, Gathered(**said), NOW)[0]


def test_a_token_of_which_all_holds_is_valid_and_says_what_it_discloses() -> None:
    known = Gathered(dids={ISSUER: did_document()}, tokens={TOKEN_LIST: token_list(7)})
    verdict, said = verify_token(token(), known, NOW)
    assert verdict.status == "valid"
    assert [one.name for one in verdict.checks][-3:] == ["validity", "status", "trust"]
    assert said is not None
    assert said.values == {"soce": 89.0}
    assert needs_of_token(token()).lists == {TOKEN_LIST}


def test_nobody_signs_a_token_in_another_company_s_name() -> None:
    """The key is sound and its owner stands by it; the name under `iss` is another's."""
    forged = token(issuer=ISSUER, kid=f"{OTHERS}#key-1")
    verdict = judged_token(forged, dids={ISSUER: did_document(), OTHERS: did_document(OTHERS)})
    assert (verdict.valid, verdict.checks[-1].name, verdict.checks[-1].code) == (False, "signer", "KEY_NOT_AUTHORISED")


@pytest.mark.parametrize(
    ("lists", "status", "code"),
    [
        ({TOKEN_LIST: token_list(5)}, "revoked", "REVOKED"),
        ({}, "unverifiable", "STATUS_UNAVAILABLE"),
        ({TOKEN_LIST: token_list(7, address="https://id.example.jp/other")}, "unverifiable", "STATUS_UNAVAILABLE"),
        ({TOKEN_LIST: token_list(7, kid=f"{OTHERS}#key-1")}, "unverifiable", "STATUS_UNAVAILABLE"),
        ({TOKEN_LIST: token_list(7, exp=5)}, "unverifiable", "STATUS_UNAVAILABLE"),
        ({TOKEN_LIST: "eyJ.x"}, "unverifiable", "STATUS_UNAVAILABLE"),
    ],
)
def test_a_token_is_refused_by_its_status_list_or_without_one(lists: dict[str, str], status: str, code: str) -> None:
    known = {ISSUER: did_document(), OTHERS: did_document(OTHERS)}
    verdict = judged_token(token(), tokens=lists, dids=known)
    assert (verdict.valid, verdict.status, verdict.checks[-1].code) == (False, status, code)
    assert judged_token(token(), tokens={}, offline=True).valid


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"exp": 5}, "EXPIRED"),
        ({"nbf": 4_000_000_000}, "NOT_YET_VALID"),
        ({"exp": "soon"}, "SCHEMA_INVALID"),
        ({"vct": ""}, "SCHEMA_INVALID"),
        ({"status": token_status.reference(TOKEN_LIST, 10**9)}, "STATUS_UNAVAILABLE"),
    ],
)
def test_a_token_past_its_time_or_out_of_form_is_refused(claims: dict[str, Any], code: str) -> None:
    assert judged_token(token(**claims)).checks[-1].code == code


def test_a_token_by_another_key_or_without_disclosures_is_refused() -> None:
    assert judged_token(token(key=OTHER)).status == "invalid_signature"
    assert judged_token(token().split("~", 1)[0]).checks[-1].code == "PROOF_UNSUPPORTED"
    assert judged_token(token(), dids={}).checks[-1].code == "ISSUER_UNRESOLVABLE"
    assert judged_token(token(), superseded_by="2", tokens={TOKEN_LIST: token_list(5)}).status == "superseded"
