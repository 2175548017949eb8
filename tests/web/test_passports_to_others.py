"""Passports leave the house: exports, credentials, DID documents, verification — through the whole application."""

import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import quote, urlsplit
from uuid import UUID

import httpx
import pytest
from tests.passport.batteries import GTINS, complete

from meguri.kernel.scope import OperatorScope, Role
from meguri.passport import service
from meguri.passport.model import Issued, NewPassport
from meguri.proof.multibase import from_base64url

from .conftest import Site

pytestmark = pytest.mark.anyio
BASE = "http://127.0.0.1:8000"


async def battery(site: Site, serial: str, **values: Any) -> Issued:
    scope = OperatorScope(site.a, "system:tests", Role.ADMIN)
    new = NewPassport(
        gtin=GTINS["ev"], serial=serial, values={**complete("ev"), **values}, publish=True, initial_declared=True
    )
    return await site.db.run(scope, service.issue, new, base=BASE)


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@pytest.fixture
async def stranger(site: Site) -> AsyncIterator[httpx.AsyncClient]:
    async with site.client() as client:
        yield client


async def owner(site: Site) -> httpx.AsyncClient:
    await site.person("ann@a.example", site.a)
    return site.client(authorization=f"Bearer {await site.token('ann@a.example')}")


async def test_a_stranger_gets_the_public_formats_and_is_refused_the_others(
    site: Site, stranger: httpx.AsyncClient
) -> None:
    made = await battery(site, "EXP0000001")
    home = f"/api/v1/passports/{made.passport_id}/exports"
    footprint = await stranger.get(f"{home}/batterypass-cf")
    assert footprint.status_code == 200, footprint.text
    assert int(footprint.headers["x-meguri-losses"]) > 0
    for name in ("PD", "tractusx"):
        refused = await stranger.get(f"{home}/{name}")
        assert (refused.status_code, refused.json()["code"]) == (403, "REPRESENTATION_NOT_AVAILABLE")
    unknown = await stranger.get(f"{home}/excel")
    assert (unknown.status_code, unknown.json()["code"]) == (404, "UNKNOWN_FORMAT")


async def test_the_owner_gets_a_report_beside_the_document_and_reads_it_back(site: Site) -> None:
    made = await battery(site, "EXP0000002")
    async with await owner(site) as client:
        home = f"/api/v1/passports/{made.passport_id}/exports"
        found = (await client.get(f"{home}/untp-0.7.0?report=true")).json()
        assert {"format", "document", "losses", "missing"} <= set(found)
        back = await client.post("/api/v1/passports/imports/auto", content=json.dumps(found["document"]))
        assert back.status_code == 200, back.text
        assert back.json()["imported"]["unique_product_identifier"] == made.product_id
        package = await client.get(f"{home}/aasx?partial=true")
        assert package.content[:2] == b"PK"
        again = await client.post("/api/v1/passports/imports/aasx", content=package.content)
        assert again.json()["imported"]["battery_mass"] == 430
        draft = await client.post("/api/v1/passports/imports/cf?issue=true", content=b"{")
        assert (draft.status_code, draft.json()["code"]) == (400, "INVALID_JSON")


async def test_credentials_verify_by_what_the_house_serves(site: Site, stranger: httpx.AsyncClient) -> None:
    made = await battery(site, "VER0000001")
    public = await stranger.get(f"/api/v1/passports/{made.passport_id}/credentials/P1")
    assert public.status_code == 200
    denied = await stranger.get(f"/api/v1/passports/{made.passport_id}/credentials/P4")
    assert (denied.status_code, denied.json()["code"]) == (403, "ACCESS_CLASS_DENIED")
    told = (await stranger.post("/v1/verify", content=public.content)).json()
    assert (told["valid"], told["status"]) == (True, "valid")
    scope = OperatorScope(site.a, "system:tests", Role.ADMIN)
    await site.db.run(scope, service.change, str(made.passport_id), {"battery_mass": 429})
    old = (await stranger.post("/vc/v1/verify", content=public.content)).json()
    assert (old["valid"], old["status"], old["revoked"], old["superseded_by"]) == (False, "superseded", True, "2")
    tampered = public.content.replace(b'"battery_mass":430', b'"battery_mass":431')
    assert (await stranger.post("/v1/verify", content=tampered)).json()["status"] == "tampered"
    token = await stranger.get(f"/api/v1/passports/{made.passport_id}/credentials/sd-jwt")
    assert (await stranger.post("/v1/verify", content=token.content)).json()["valid"]
    lists = [one["statusListCredential"] for one in _several(public.json()["credentialStatus"])]
    claims = json.loads(from_base64url(token.text.split(".")[1]))
    lists.append(claims["status"]["status_list"]["uri"])
    for address in lists:
        served = await stranger.get(urlsplit(address).path)
        assert served.status_code == 200, address
        assert b"BitstringStatusListCredential" in served.content or served.text.count(".") == 2  # a signed token
    nonsense = await stranger.post("/v1/verify", content=b"{not json")
    assert (nonsense.status_code, nonsense.json()["messages"][0]["code"]) == (400, "INVALID_JSON")


async def test_a_saved_page_verifies_on_the_page_and_from_the_command_line(
    site: Site, stranger: httpx.AsyncClient, tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    from meguri.cli import main

    made = await battery(site, "SNAP000001")
    saved = await stranger.get(f"/passport/{made.passport_id}/snapshot.html?lang=en")
    assert saved.status_code == 200
    assert "<link" not in saved.text.partition("</head>")[0].replace('<link rel="alternate"', "")
    page = await stranger.post("/verify", files={"file": ("battery.html", saved.content, "text/html")})
    assert page.status_code == 200
    assert "tampered" not in page.text
    file = tmp_path / "battery.html"
    file.write_bytes(saved.content)
    assert main(["passport", "verify", str(file)]) == 0
    said = capsys.readouterr().out
    assert "valid" in said
    assert f"did:web:127.0.0.1%3A8000:operators:{site.a}" in said  # as it calls itself: the key came with the page
    assert "trust:" not in said
    assert main(["passport", "verify", str(file), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["keys_from"] == "file"
    signer = tmp_path / "did.json"
    signer.write_bytes((await stranger.get(f"/operators/{site.a}/did.json")).content)
    assert main(["passport", "verify", str(file), "--did", str(signer)]) == 0
    assert "trust:" in capsys.readouterr().out
    file.write_bytes(saved.content.replace(b'"battery_mass":430', b'"battery_mass":431'))
    assert main(["passport", "verify", str(file)]) == 1
    assert "tampered" in capsys.readouterr().out


async def test_the_files_of_the_page_are_served(site: Site, stranger: httpx.AsyncClient) -> None:
    made = await battery(site, "FILE000001")
    paper = await stranger.get(f"/passport/{made.passport_id}/passport.pdf?lang=ja")
    assert paper.content.startswith(b"%PDF")
    document = await stranger.get(f"/passport/{made.passport_id}/document.json")
    assert document.json()["uniqueProductIdentifier"] == made.product_id
    linked = await stranger.get(f"/passport/{made.passport_id}/document.jsonld")
    assert linked.headers["content-type"].startswith("application/ld+json")


async def test_each_company_s_did_document_names_its_keys_and_services(site: Site, stranger: httpx.AsyncClient) -> None:
    found = await stranger.get(f"/operators/{site.a}/did.json")
    assert found.json()["id"] == f"did:web:127.0.0.1%3A8000:operators:{site.a}"
    assert {"Multikey", "JsonWebKey"} == {one["type"] for one in found.json()["verificationMethod"]}
    assert "DPPService" in {one["type"] for one in found.json()["service"]}
    assert (await stranger.get("/.well-known/did.json")).json()["id"] == "did:web:127.0.0.1%3A8000"
    assert (await stranger.get(f"/operators/{UUID(int=7)}/did.json")).status_code == 404
    history = (await stranger.get(f"/operators/{site.a}/key-history.json")).json()
    assert history["keys"][0]["kid"] == "key-1"
    assert history["proof"]["cryptosuite"] == "eddsa-jcs-2022"
    kind = (await stranger.get("/vct/battery-passport")).json()
    assert kind["vct"].endswith("/vct/battery-passport")
    assert len(kind["claims"]) > 50
    context = (await stranger.get("/contexts/passport/v1")).json()
    assert "BatteryPassportSlice" in context["@context"]


async def test_keys_are_rotated_and_taken_back_by_an_admin_who_proved_himself(site: Site) -> None:
    async with await owner(site) as client:
        await client.get(f"/operators/{site.a}/did.json")
        made = await client.post("/api/v1/signing-keys")
        assert made.status_code == 201, made.text
        waiting = await client.post("/api/v1/signing-keys")
        assert (waiting.status_code, waiting.json()["code"]) == (409, "proof.key_waiting")
        gone = await client.post("/api/v1/signing-keys/key-1/revoke", json={"reason": "lost"})
        assert gone.status_code == 204
        keys = (await client.get("/api/v1/signing-keys")).json()["items"]
        assert [one["revoked_reason"] for one in keys] == ["lost", None]


async def test_the_local_registry_registers_once_and_strangers_not_at_all(
    site: Site, stranger: httpx.AsyncClient
) -> None:
    made = await battery(site, "REG0000001")
    body = {
        "uniqueProductIdentifier": made.product_id,
        "uniqueEconomicOperatorIdentifier": "LEIXG-529900MEGURIBATT0170",
        "granularity": "item",
    }
    refused = await stranger.post("/v1/registerDPP", json=body)
    assert (refused.status_code, refused.json()["statusCode"]) == (401, "ClientNotAuthorized")
    async with await owner(site) as client:
        first = await client.post("/v1/registerDPP", json=body)
        assert first.status_code == 201, first.text
        assert set(first.json()) == {"registrationId"}
        assert (await client.post("/v1/registerDPP", json=body)).status_code == 409
        wrong = await client.post(
            "/metadata/v1/registerDPP", json={"upi": "x", "reoId": "y", "granularityLevel": "ITEM"}
        )
        assert wrong.status_code == 400
        assert {one["code"] for one in wrong.json()["checks"]} >= {
            "OPERATOR_SCHEME",
            "PRODUCT_ID",
            "DEACTIVATED_MISSING",
        }
        other = await battery(site, "REG0000002")
        body = {"upi": other.product_id, "reoId": "LEIXG-529900MEGURIBATT0170", "granularityLevel": "ITEM"}
        unsaid = await client.post("/metadata/v1/registerDPP", json=body)
        assert (unsaid.status_code, unsaid.json()["checks"][0]["code"]) == (400, "DEACTIVATED_MISSING")
        whole = body | {"deactivated": False, "liveURL": other.product_id}
        taken = await client.post("/metadata/v1/registerDPP", json=whole)
        assert (taken.status_code, taken.json()["metadata"]) == (201, whole)
        broken = await client.post("/metadata/v1/registerDPP", content=b"{not json")
        assert (broken.status_code, broken.json()["statusCode"]) == (400, "ClientErrorBadRequest")


async def test_who_sees_more_reads_it_on_a_page_with_his_name_on_it(site: Site) -> None:
    made = await battery(site, "VIEW000001")
    async with await owner(site) as client:
        found = await client.get(f"/passport/{made.passport_id}/view")
        assert found.status_code in (200, 303)


async def test_a_passport_is_named_by_its_identifier_in_a_path(site: Site) -> None:
    made = await battery(site, "EXP0000021")
    named = f"/api/v1/passports/{quote(made.product_id, safe='')}"
    async with await owner(site) as client:
        for rest in ("exports/jsonld?partial=true", "credentials", "registration", "carrier.svg", "label.pdf"):
            answer = await client.get(f"{named}/{rest}")
            assert answer.status_code == 200, (rest, answer.text[:300])


async def test_labels_and_codes_come_as_files(site: Site) -> None:
    made = await battery(site, "EXP0000022")
    async with await owner(site) as client:
        home = f"/api/v1/passports/{made.passport_id}"
        assert f"{home}/label.pdf?size=60x40" in (await client.get(f"/passports/{made.passport_id}")).text
        assert (await client.get(f"{home}/carrier.png")).content.startswith(b"\x89PNG")
        refused = await client.get(f"{home}/label.pdf?size=60x40")
        assert (refused.status_code, refused.json()["code"]) == (400, "LABEL_OVERFLOW")
        sheet = await client.get(
            f"/api/v1/passport-labels.pdf?ids={made.passport_id}&ids={made.passport_id}&size=100x60"
        )
        assert sheet.content.startswith(b"%PDF")
