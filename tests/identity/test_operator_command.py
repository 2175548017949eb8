"""`meguri operator`: the first administrator comes in by the link that is printed."""

import argparse
import re
from pathlib import Path

import pytest
from tests.conftest import Ground

from meguri import app
from meguri.commands import operator
from meguri.identity import service
from meguri.identity.errors import AccessSuspended, BadEmail, KeyInvalid
from meguri.identity.model import KeyAttribute
from meguri.kernel.errors import Invalid, NotFound
from meguri.kernel.ids import new_id
from meguri.kernel.scope import PlatformRole
from meguri.settings import load
from meguri.storage.database import Database

from .conftest import HOME, PASSWORD

pytestmark = pytest.mark.anyio
NUMBER = "5000012010008"


@pytest.fixture(autouse=True)
def english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEGURI_LANGUAGE", "en")


async def meguri_operator(folder: Path, login: str, *words: str) -> None:
    parser = argparse.ArgumentParser()
    operator.configure(parser)
    args = parser.parse_args(words)
    settings = load({}, data_dir=str(folder), secret_key="s" * 40, public_url="https://meguri.example")
    await operator._with_database(operator._ACTS[args.act], args, settings, login)


async def gate(db: Database, folder: Path) -> None:
    settings = load({}, data_dir=str(folder), secret_key="s" * 40, public_url="https://meguri.example")
    service.open_gate(db, app.identity_settings(settings))


ADD = ("add", "甲社", "--corporate-number", NUMBER, "--address", "東京都", "--admin-mail", "ann@a.example")


async def test_a_company_is_added_and_its_first_administrator_comes_in_by_the_link(
    ground: Ground, db: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await meguri_operator(tmp_path, ground.login, *ADD)
    printed = capsys.readouterr().out
    link = re.search(r"https://meguri\.example/join/(\S+)", printed)
    assert link, printed
    await gate(db, tmp_path)
    await service.accept_link(db, link[1], PASSWORD, HOME)
    tokens = await service.sign_in(db, "ann@a.example", PASSWORD, HOME)
    assert (await service.scope_of_token(db, tokens.access_token)).may_administer

    await meguri_operator(tmp_path, ground.login, "list")
    assert capsys.readouterr().out.split() == [str(tokens.operator_id), "active", "甲社"]
    await meguri_operator(tmp_path, ground.login, "suspend", str(tokens.operator_id), "--reason", "unpaid")
    with pytest.raises(AccessSuspended):
        await service.scope_of_token(db, tokens.access_token)
    await meguri_operator(tmp_path, ground.login, "resume", str(tokens.operator_id))
    await meguri_operator(tmp_path, ground.login, "role", "ann@a.example", "auditor")
    scope = await service.scope_of_token(db, tokens.access_token)
    assert scope.platform_role is PlatformRole.AUDITOR


async def test_a_systems_key_opens_the_facade_for_the_named_company(
    ground: Ground, db: Database, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await meguri_operator(tmp_path, ground.login, *ADD)
    await meguri_operator(tmp_path, ground.login, "list")
    operator_id = capsys.readouterr().out.split()[-3]
    words = (
        "key",
        "ERP",
        "--attribute",
        "Application",
        "--address-range",
        "198.51.100.0/24",
        "--operator",
        operator_id,
    )
    await meguri_operator(tmp_path, ground.login, *words)
    secret = capsys.readouterr().out.split()[-1]
    await gate(db, tmp_path)
    found = await service.check_api_key(db, secret, HOME)
    assert (found.known, found.address_ok, found.attribute) == (True, True, KeyAttribute.APPLICATION)
    assert [str(each) for each in found.operator_ids] == [operator_id]
    with pytest.raises(KeyInvalid):
        await service.scope_of_key(db, secret, HOME)


async def test_what_is_wrong_is_refused_before_anything_is_kept(ground: Ground, db: Database, tmp_path: Path) -> None:
    wrong_number = [word if word != NUMBER else "1234567890123" for word in ADD]
    with pytest.raises(Invalid):
        await meguri_operator(tmp_path, ground.login, *wrong_number)
    with pytest.raises(BadEmail):
        await meguri_operator(tmp_path, ground.login, *[word.replace("@", "-") for word in ADD])
    with pytest.raises(NotFound):
        words = ("key", "ERP", "--attribute", "Application", "--address-range", "::/0", "--operator", str(new_id()))
        await meguri_operator(tmp_path, ground.login, *words)
    async with db.identity() as tx:
        assert await tx.value("SELECT count(*) FROM operator_access") == 0
        assert await tx.value("SELECT count(*) FROM operator") == 0
