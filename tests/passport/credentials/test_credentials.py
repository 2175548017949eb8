"""Credentials of passports: signed with each version, revoked by the next, checked against what is stored."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import psycopg
import pytest
from tests.conftest import Fresh
from tests.passport.conftest import BASE, House

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.passport import service
from meguri.passport.credentials import (
    credential_for,
    later_version,
    presentation_for,
    public_credential,
    reactions,
)
from meguri.passport.credentials.errors import CredentialNotAvailable, SliceAltered
from meguri.passport.lifecycle import Happening
from meguri.proof import did, keyring, sd_jwt, status
from meguri.proof.verifying import Gathered, Verdict, verify
from meguri.proof.verifying_token import needs_of_token, verify_token, version_of_token
from meguri.storage.database import Database
from meguri.storage.installation import installation


@pytest.fixture(scope="module")
async def house(fresh: Fresh, scope: Callable[..., OperatorScope]) -> AsyncIterator[House]:
    made = fresh()
    here = installation(BASE, b"s" * 32)
    async with Database(made.login, pool_size=6, installation=here, reactions=reactions) as database:
        yield House(database, scope)
    fresh.drop(made)


async def public(house: House, company: OperatorScope, identifier: object) -> dict[str, Any] | None:
    async with house.db.transaction(company) as tx:
        record = await service.known(tx, str(identifier))
        assert record is not None
        return await public_credential(tx, record)


async def judged(house: House, company: OperatorScope, credential: dict[str, Any]) -> Verdict:
    entry = credential["credentialStatus"]
    async with house.db.transaction(company) as tx:
        document = await keyring.document(tx, company.operator_id)
        listed = await status.list_credential(tx, company, "revocation", 1)
    known = Gathered(dids={credential["issuer"]: document or {}}, lists={entry["statusListCredential"]: listed or {}})
    return verify(credential, known, clock.now())


async def test_publishing_signs_the_public_slice_and_it_verifies(house: House) -> None:
    company = await house.company()
    battery = await house.battery(company)
    credential = await public(house, company, battery.passport_id)
    assert credential is not None
    assert credential["credentialSubject"]["version_hash"] == battery.version_hash
    assert "battery_status" not in credential["credentialSubject"]["data"]
    assert (await judged(house, company, credential)).valid


async def test_a_draft_has_no_credential(house: House) -> None:
    company = await house.company()
    draft = await house.battery(company, publish=False)
    assert await public(house, company, draft.passport_id) is None


async def test_a_new_version_revokes_the_credential_of_the_one_before(house: House) -> None:
    company = await house.company()
    battery = await house.battery(company)
    old = await public(house, company, battery.passport_id)
    await house.run(company, service.change, str(battery.passport_id), {"battery_mass": 431.5})
    new = await public(house, company, battery.passport_id)
    assert old is not None
    assert new is not None
    assert new["credentialSubject"]["version"] == battery.version + 1
    assert (await judged(house, company, old)).status == "revoked"
    assert (await judged(house, company, new)).valid


async def test_a_suspended_passport_has_no_valid_credential_until_it_is_resumed(house: House) -> None:
    company = await house.company()
    battery = await house.battery(company)
    before = await public(house, company, battery.passport_id)
    await house.run(company, service.set_state, str(battery.passport_id), Happening.SUSPEND, reason="check")
    assert await public(house, company, battery.passport_id) is None
    assert before is not None
    assert (await judged(house, company, before)).status == "revoked"
    await house.run(company, service.set_state, str(battery.passport_id), Happening.RESUME, reason="checked")
    assert await public(house, company, battery.passport_id) is not None


async def test_each_reader_gets_credentials_of_his_own_classes_only(house: House) -> None:
    company, other = await house.company(), await house.company()
    battery = await house.battery(company)
    own = await house.run(company, credential_for, str(battery.passport_id), "P4")
    assert own["credentialSubject"]["data"]["battery_status"] == "original"
    assert (await judged(house, company, own)).valid
    assert await house.run(company, credential_for, str(battery.passport_id), "P4") == own
    with pytest.raises(CredentialNotAvailable):
        await house.run(other, credential_for, str(battery.passport_id), "P4")
    assert (await house.run(other, credential_for, str(battery.passport_id), "P1"))["type"][1] == "BatteryPassportSlice"


async def test_a_holder_s_sd_jwt_discloses_what_he_may_see_among_a_fixed_number_of_digests(house: House) -> None:
    company, other = await house.company(), await house.company()
    battery = await house.battery(company)
    mine = await house.run(company, presentation_for, str(battery.passport_id))
    theirs = await house.run(other, presentation_for, str(battery.passport_id))
    async with house.db.transaction(company) as tx:
        document = await keyring.document(tx, company.operator_id)
    assert document is not None
    key = did.key_in(document, sd_jwt.jws.header_of(sd_jwt.split(mine)[0])["kid"])
    assert key is not None
    own, public = sd_jwt.presented(mine, key), sd_jwt.presented(theirs, key)
    assert own.values["battery_status"] == "original"
    assert "battery_status" not in public.values
    assert public.values["battery_mass"] == own.values["battery_mass"]
    counts = {len(sd_jwt.jws.claims_of(sd_jwt.split(one)[0])["_sd"]) for one in (mine, theirs)}
    assert len(counts) == 1


async def test_values_altered_behind_our_back_are_not_signed(house: House, cluster: Any) -> None:
    company = await house.company()
    battery = await house.battery(company)
    name = psycopg.conninfo.conninfo_to_dict(house.db.pool.conninfo)["dbname"]
    with psycopg.connect(cluster.dsn(str(name))) as owner:
        owner.execute(
            "UPDATE passport SET own = jsonb_set(own, '{battery_mass}', '1') WHERE passport_id = %s",
            [battery.passport_id],
        )
    with pytest.raises(SliceAltered):
        await house.run(company, credential_for, str(battery.passport_id), "P1")


async def test_a_new_version_revokes_the_tokens_over_the_one_before(house: House) -> None:
    company, other = await house.company(), await house.company()
    battery = await house.battery(company)
    tokens = [await house.run(one, presentation_for, str(battery.passport_id)) for one in (company, other, other)]
    places = {sd_jwt.jws.claims_of(one.split("~")[0])["status"]["status_list"]["idx"] for one in tokens}
    assert len(places) == 1, "asking again takes no further place in the list"
    await house.run(company, service.change, str(battery.passport_id), {"battery_mass": 431.5})
    new = await house.run(other, presentation_for, str(battery.passport_id))
    assert [await judged_token(house, company, one) for one in (*tokens, new)] == ["superseded"] * 3 + ["valid"]


async def judged_token(house: House, company: OperatorScope, token: str) -> str:
    async with house.db.transaction(company) as tx:
        document = await keyring.document(tx, company.operator_id)
        listed = await status.list_token(tx, company, 1)
        later = await later_version(tx, company, *(version_of_token(token) or ("", 0)))
    assert document is not None
    assert listed is not None
    known = Gathered(
        dids={document["id"]: document},
        tokens=dict.fromkeys(needs_of_token(token).lists, listed),
        superseded_by=str(later) if later else None,
    )
    return verify_token(token, known, clock.now())[0].status
