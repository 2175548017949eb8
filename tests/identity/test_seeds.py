"""Accounts and keys that everybody knows: as the contract names them in the tutorial, and worthless elsewhere."""

import httpx
import pytest
from tests.building import built
from tests.conftest import Ground
from tests.web.conftest import client_of, living

from meguri import app as composition
from meguri.identity import seeds, service
from meguri.identity.errors import SeedsRefused, SignInRefused
from meguri.identity.model import KeyAttribute, PublicAccount
from meguri.settings import load
from meguri.storage.database import Database

from .conftest import HOME, House

pytestmark = pytest.mark.anyio
TUTORIAL = service.IdentitySettings(secret=b"s" * 32, seed_public_sample=True, public_accounts=True)


async def test_the_tutorials_accounts_and_keys_are_those_of_the_contract(db: Database) -> None:
    service.open_gate(db, TUTORIAL)
    await composition.seed_tutorial(db)
    await composition.seed_tutorial(db)
    for account, password, operator_id in (
        ("oem_a@example.com", "oemA&user_01", "b39e6248-c888-56ca-d9d0-89de1b1adc8e"),
        ("supplier_b@example.com", "supplierB&user_01", "15572d1c-ec13-0d78-7f92-dd4278871373"),
    ):
        tokens = await service.sign_in(db, account, password, HOME)
        assert str(tokens.operator_id) == operator_id
        scope = await service.scope_of_token(db, tokens.access_token)
        assert scope.may_administer
    first = await service.check_api_key(db, "Sample-APIKey1", HOME)
    assert (first.known, first.address_ok, first.attribute, len(first.operator_ids)) == (
        True,
        True,
        KeyAttribute.APPLICATION,
        2,
    )
    second = await service.check_api_key(db, "Sample-APIKey2", HOME)
    assert (second.known, second.address_ok, second.attribute) == (True, True, KeyAttribute.DATA_SPACE)


async def test_nothing_is_seeded_outside_the_tutorial(house: House) -> None:
    with pytest.raises(SeedsRefused):
        await seeds.seed_tutorial(house.db)
    account = PublicAccount(email="x@a.example", name="X", password="public", operator_id=house.a)
    with pytest.raises(SeedsRefused):
        await seeds.seed_account(house.db, account)
    assert await seeds.public_accounts(house.db) == []


async def test_a_tutorials_database_opens_to_none_of_it_in_production(db: Database) -> None:
    service.open_gate(db, TUTORIAL)
    await composition.seed_tutorial(db)
    service.open_gate(db, service.IdentitySettings(secret=b"s" * 32))
    with pytest.raises(SignInRefused):
        await service.sign_in(db, "oem_a@example.com", "oemA&user_01", HOME)
    assert not (await service.check_api_key(db, "Sample-APIKey1", HOME)).known


async def test_a_password_that_somebody_chose_is_public_no_more(db: Database) -> None:
    service.open_gate(db, TUTORIAL)
    await composition.seed_tutorial(db)
    token = (await service.sign_in(db, "oem_a@example.com", "oemA&user_01", HOME)).access_token
    scope = await service.scope_of_token(db, token)
    await service.change_password(db, scope, "ein-eigenes-kennwort-5")
    assert [each.email for each in await seeds.public_accounts(db)] == ["supplier_b@example.com"]


async def test_the_facade_lets_the_tutorials_accounts_in(ground: Ground, tmp_path: object) -> None:
    settings = load({}, data_dir=str(tmp_path), secret_key="s" * 40, profile="tutorial")
    app = built(settings, ground.login).app
    async with living(app), client_of(app, apiKey="Sample-APIKey1") as client:
        answer = await _login(client)
        assert answer.status_code == 201, answer.text
        tokens = answer.json()
        assert tokens.keys() == {"accessToken", "refreshToken"}
        client.headers["authorization"] = f"Bearer {tokens['accessToken']}"
        own = await client.get("/api/v1/authInfo?dataTarget=operator")
        assert own.json()["operatorName"] == "A社"
        for _ in range(2):
            renewed = await client.post("/auth/refresh", json={"refreshToken": tokens["refreshToken"]})
            assert renewed.status_code == 201
            assert renewed.json().keys() == {"accessToken"}
        shown = await client.get("/sign-in", headers={"accept": "text/html"})
        assert "oemA&amp;user_01" in shown.text


async def _login(client: httpx.AsyncClient) -> httpx.Response:
    body = {"operatorAccountId": "oem_a@example.com", "accountPassword": "oemA&user_01"}
    return await client.post("/auth/login", json=body)
