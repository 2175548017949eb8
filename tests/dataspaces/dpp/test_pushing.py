"""Copies for the back-up provider go over its API of EN 18222: created once, then brought up to date."""

from datetime import datetime
from typing import Any

import msgspec
import pytest
from tests.dataspaces.dpp.conftest import Written, product, wire
from tests.passport.batteries import complete

from meguri.dataspaces.dpp import keeping
from meguri.dataspaces.dpp.pushing import document_of, push
from meguri.kernel.scope import OperatorScope, Role
from meguri.passport import service
from meguri.passport.service import copying

pytestmark = pytest.mark.anyio


class Provider:
    """A back-up provider: it keeps what it is sent, as EN 18222 has it."""

    def __init__(self) -> None:
        self.held: dict[str, dict[str, Any]] = {}
        self.calls: list[str] = []
        self.down = False

    async def __call__(self, method: str, path: str, body: bytes) -> tuple[int, bytes]:
        self.calls.append(method)
        if self.down:
            return 500, b"{}"
        if method == "POST":
            said = msgspec.json.decode(body)
            name = said["digitalProductPassportId"]
            if name in self.held:
                return 409, b"{}"
            self.held[name] = said
            return 201, b"{}"
        (name,) = self.held
        if method == "PATCH":
            for section, values in msgspec.json.decode(body).items():
                if isinstance(values, dict):
                    merged = {**self.held[name].get(section, {}), **values}
                    self.held[name][section] = {key: value for key, value in merged.items() if value is not None}
        return 200, msgspec.json.encode(self.held[name])


async def test_a_copy_is_created_brought_up_to_date_and_waits_when_the_provider_is_down(written: Written) -> None:
    db, provider = written.site.db, Provider()
    owner = OperatorScope(written.site.a, "system:test", Role.EDITOR)
    done = await push(db, owner, provider)
    assert (done.copied, done.refused, provider.calls) == (1, [], ["POST"])
    assert provider.held[written.dpp_id]["urn:meguri:dpp:battery:1:circularity"]["dismantling_information"]
    assert (await db.run(owner, copying.lag)).waiting == 0
    await db.run(owner, service.change, written.dpp_id, {"battery_mass": 433, "cf_study_url": None})
    provider.down = True
    failed = await push(db, owner, provider)
    assert (failed.copied, failed.refused[0].status) == (0, 500)
    assert (await db.run(owner, copying.lag)).waiting == 1
    provider.down = False
    assert (await push(db, owner, provider)).copied == 1
    assert provider.calls[-3:] == ["POST", "GET", "PATCH"]
    held = provider.held[written.dpp_id]
    assert held["urn:meguri:dpp:battery:1:identification"]["battery_mass"] == 433
    assert "cf_study_url" not in held["urn:meguri:dpp:battery:1:carbon_footprint"]


async def test_another_meguri_takes_the_copy_as_its_own_api_takes_any_document(written: Written) -> None:
    owner = OperatorScope(written.site.a, "system:test", Role.EDITOR)
    (copy,) = await written.site.db.run(owner, copying.waiting)
    elsewhere = document_of(copy)
    for name in ("digitalProductPassportId", "uniqueProductIdentifier"):
        elsewhere[name] = elsewhere[name].replace("MG26A000001", "COPY-1")
    elsewhere["urn:meguri:dpp:battery:1:identification"].pop("serial_number", None)
    made = await written.owner.post("/v1/dpps", json=elsewhere)
    assert made.status_code == 201, made.text
    assert made.json()["digitalProductPassportId"].endswith("/21/COPY-1")


PLACE = "/api/v1/passport-backup/provider"


async def test_the_clock_sends_copies_to_the_named_provider_and_tells_how_it_went(
    written: Written, monkeypatch: pytest.MonkeyPatch
) -> None:
    db, provider, keys = written.site.db, Provider(), list[str]()

    def sender(address: str, key: str) -> Provider:
        keys.append(f"{address} {key}")
        return provider

    monkeypatch.setattr(keeping, "_sender", sender)
    assert (await written.owner.get(PLACE)).json()["code"] == "BACKUP_PROVIDER_NOT_FOUND"
    inside = await written.owner.put(PLACE, json={"address": "https://127.0.0.1/v1"})
    assert (inside.status_code, inside.json()["code"]) == (400, "URL_NOT_ALLOWED")
    named = await written.owner.put(PLACE, json={"address": "https://backup.example/v1/", "api_key": "secret-of-ours"})
    assert named.status_code == 200, named.text
    assert (named.json()["has_key"], named.json()["lag"]["waiting"]) == (True, 1)
    provider.down = True
    await keeping.copy_due(db)
    failed = (await written.owner.get(PLACE)).json()
    assert (failed["failures"], failed["refused"], failed["succeeded_at"]) == (1, 1, None)
    assert failed["trouble"].startswith(f"{written.dpp_id}: 500")
    pause = datetime.fromisoformat(failed["next_at"]) - datetime.fromisoformat(failed["tried_at"])
    assert pause == 2 * keeping.EVERY
    provider.down = False
    await keeping.copy_due(db)
    assert provider.held == {}, "its turn has not come"
    again = await written.owner.put(PLACE, json={"address": "https://backup.example/v1"})
    assert again.json()["has_key"], "the key stays while the address does"
    await keeping.copy_due(db)
    went = (await written.owner.get(PLACE)).json()
    assert (went["failures"], went["copied"], went["trouble"], went["lag"]["waiting"]) == (0, 1, None, 0)
    assert set(keys) == {"https://backup.example/v1 secret-of-ours"}
    shown = await written.owner.get("/passports/backup", headers={"accept-language": "en"})
    assert "https://backup.example/v1" in shown.text
    assert "secret-of-ours" not in shown.text + named.text
    assert (await written.other.get(PLACE)).status_code == 404
    assert (await written.owner.delete(PLACE)).status_code == 204
    assert (await written.owner.post(f"{PLACE}/copies")).status_code == 404


async def test_a_copy_that_is_refused_holds_up_none_behind_it(written: Written) -> None:
    db, owner = written.site.db, OperatorScope(written.site.a, "system:test", Role.EDITOR)
    said = wire(complete("ev"), uniqueProductIdentifier=product(written.site, "ev", "MG26A000002"))
    assert (await written.owner.post("/v1/dpps", json=said)).status_code == 201
    taken: list[str] = []

    async def choosy(_: str, __: str, body: bytes) -> tuple[int, bytes]:
        name = msgspec.json.decode(body)["digitalProductPassportId"]
        if name == written.dpp_id:
            return 400, b"no"
        taken.append(name)
        return 201, b"{}"

    done = await push(db, owner, choosy)
    assert (done.copied, [each.status for each in done.refused], len(taken)) == (1, [400], 1)
    assert (await db.run(owner, copying.lag)).waiting == 1
