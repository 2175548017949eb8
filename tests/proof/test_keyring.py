"""Companies' keys and status lists, in the real database."""

from datetime import timedelta

import pytest
from tests.conftest import MakeScope

from meguri.kernel import clock
from meguri.kernel.clock import fixed_clock
from meguri.proof import bitstring, did, jws, keyring, status, token_status
from meguri.proof.errors import KeyWaiting, UnknownKey
from meguri.proof.multikey import from_multikey, to_multikey
from meguri.proof.verifying import Gathered, verify
from meguri.storage.database import Database

DOCUMENT = {
    "@context": ["https://www.w3.org/ns/credentials/v2"],
    "id": "urn:uuid:0191d0a0-0000-7000-8000-000000000001",
    "type": ["VerifiableCredential"],
    "credentialSubject": {"id": "x"},
}


async def test_the_first_key_is_made_when_it_is_needed_and_then_kept(module_db: Database, scope: MakeScope) -> None:
    company = scope()
    first = await module_db.run(company, keyring.signer)
    again = await module_db.run(company, keyring.signer)
    assert first.method == again.method == f"did:web:id.example.jp:operators:{company.operator_id}#key-1"
    assert to_multikey(first.key.public_key()) == to_multikey(again.key.public_key())


async def test_a_signed_credential_verifies_by_the_company_s_did_document(
    module_db: Database, scope: MakeScope
) -> None:
    company = scope()
    async with module_db.transaction(company) as tx:
        signer = await keyring.signer(tx, company)
        entry = await status.entry(tx, company, DOCUMENT["id"])
        signed = signer.sign({**DOCUMENT, "issuer": signer.did, "credentialStatus": entry})
        document = await keyring.document(tx, company.operator_id)
        listed = await status.list_credential(tx, company, "revocation", 1)
    assert document is not None
    assert listed is not None
    known = Gathered(dids={signer.did: document}, lists={entry["statusListCredential"]: listed})
    assert verify(signed, known, clock.now()).valid
    async with module_db.transaction(company) as tx:
        assert await status.revoke(tx, company, [DOCUMENT["id"]]) == 1
        assert await status.revoke(tx, company, [DOCUMENT["id"]]) == 0
        listed = await status.list_credential(tx, company, "revocation", 1)
    known = Gathered(dids={signer.did: document}, lists={entry["statusListCredential"]: listed or {}})
    assert verify(signed, known, clock.now()).status == "revoked"


async def test_a_new_key_is_published_a_day_before_it_signs_and_the_old_one_is_still_believed(
    module_db: Database, scope: MakeScope
) -> None:
    company, now = scope(), clock.now()
    old = await module_db.run(company, keyring.signer)
    new = await module_db.run(company, keyring.rotate)
    assert new.signs_from - now >= timedelta(days=1)
    assert (await module_db.run(company, keyring.signer)).kid == old.kid
    with pytest.raises(KeyWaiting):
        await module_db.run(company, keyring.rotate)
    with fixed_clock(lambda: now + timedelta(days=2)):
        assert (await module_db.run(company, keyring.signer)).kid == new.kid
        async with module_db.transaction(company) as tx:
            document = await keyring.document(tx, company.operator_id)
    assert document is not None
    assert did.key_in(document, old.method) == old.key.public_key()
    assert did.key_in(document, old.method, "authentication") is None
    assert did.key_in(document, f"{old.did}#{new.kid}", "authentication") == from_multikey(new.multikey)


async def test_a_revoked_key_is_not_believed_and_the_next_signature_has_a_new_one(
    module_db: Database, scope: MakeScope
) -> None:
    company = scope()
    bad = await module_db.run(company, keyring.signer)
    await module_db.run(company, keyring.revoke, bad.kid, "stolen laptop")
    with pytest.raises(UnknownKey):
        await module_db.run(company, keyring.revoke, bad.kid, "again")
    assert (await module_db.run(company, keyring.signer)).kid == "key-2"
    async with module_db.transaction(company) as tx:
        document = await keyring.document(tx, company.operator_id)
    assert document is not None
    assert did.key_in(document, bad.method) is None


async def test_a_company_without_keys_has_no_document_and_another_s_keys_are_out_of_reach(
    module_db: Database, scope: MakeScope
) -> None:
    mine, yours = scope(), scope()
    await module_db.run(mine, keyring.signer)
    async with module_db.transaction(yours) as tx:
        assert await keyring.document(tx, yours.operator_id) is None
        assert await keyring.document(tx, mine.operator_id) is None


async def test_places_are_random_distinct_and_kept(module_db: Database, scope: MakeScope) -> None:
    company, subjects = scope(), [f"urn:{number}" for number in range(300)]
    async with module_db.transaction(company) as tx:
        taken = await status.take(tx, company, subjects)
        assert await status.take(tx, company, subjects) == taken
    places = [taken[subject].place for subject in subjects]
    assert len(set(places)) == 300
    assert places != sorted(places)


async def test_a_full_list_is_followed_by_the_next(
    module_db: Database, scope: MakeScope, monkeypatch: pytest.MonkeyPatch
) -> None:
    from meguri.proof import rules

    small = rules.StatusRule(places=16, most_taken=8, ttl_s=300)
    found = rules.ProofRules(rules.proof_rules().key, rules.proof_rules().credential, small)
    monkeypatch.setattr(status, "proof_rules", lambda: found)
    company = scope()
    async with module_db.transaction(company) as tx:
        taken = await status.take(tx, company, [str(number) for number in range(20)])
    numbers = [one.number for one in taken.values()]
    assert (numbers.count(1), numbers.count(2), numbers.count(3)) == (8, 8, 4)


async def test_suspension_can_be_taken_back(module_db: Database, scope: MakeScope) -> None:
    company = scope()
    async with module_db.transaction(company) as tx:
        entry = await status.entry(tx, company, "urn:a", "suspension")
        for suspended in (True, False):
            assert await status.suspend(tx, company, ["urn:a"], suspended=suspended) == 1
            listed = await status.list_credential(tx, company, "suspension", 1)
            assert bitstring.is_set(listed or {}, entry) is suspended


async def test_a_token_s_status_is_served_as_a_signed_list(module_db: Database, scope: MakeScope) -> None:
    company = scope()
    async with module_db.transaction(company) as tx:
        reference = await status.reference(tx, company, "urn:t")
        await status.revoke(tx, company, ["urn:t"])
        token = await status.list_token(tx, company, 1)
        signer = await keyring.signer(tx, company)
        assert await status.list_token(tx, company, 2) is None
    assert token is not None
    assert jws.header_of(token)["typ"] == "statuslist+jwt"
    claims = jws.verified(token, signer.key.public_key())
    assert claims["sub"] == reference["status_list"]["uri"]
    assert token_status.status_in(claims, reference["status_list"]["idx"]) == token_status.INVALID
