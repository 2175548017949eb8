"""The native API over the real application: one life through HTTP, and every way in which it says no."""

import itertools
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from tests.passport.batteries import GTINS, complete, own, shared
from tests.web.conftest import Site
from tests.web.conftest import cheap_hashes as cheap_hashes
from tests.web.conftest import site as site
from tests.web.test_pages import enter

from meguri.proof import jcs

pytestmark = pytest.mark.anyio

READING = {"attribute": "remaining_usable_energy", "value": 66000, "unit": "Wh", "measured_at": "2026-11-20T00:00:00Z"}


@dataclass
class Two:
    site: Site
    a: httpx.AsyncClient
    b: httpx.AsyncClient


@pytest.fixture
async def two(site: Site) -> AsyncIterator[Two]:
    await site.person("ann@a.example", site.a)
    await site.person("bob@b.example", site.b)
    async with await site.signed_in("ann@a.example") as a, await site.signed_in("bob@b.example") as b:
        yield Two(site, a, b)


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    body: dict[str, Any] = answer.json()
    assert body["code"] == code
    return body


async def issued(client: httpx.AsyncClient, serial: str, **more: Any) -> dict[str, Any]:
    said = {"gtin": GTINS["ev"], "serial": serial, "values": complete("ev"), "publish": True, **more}
    answer = await client.post("/api/v1/passports", json=said)
    assert answer.status_code == 201, answer.text
    assert answer.headers["etag"] == '"v1"'
    return dict(answer.json())


async def test_a_passport_is_made_found_changed_and_followed(two: Two) -> None:
    made = await issued(two.a, "API-1")
    by_uuid = f"/api/v1/passports/{made['passport_id']}"
    by_name = f"/api/v1/passports/{quote(made['dpp_id'], safe='')}"
    for path in (by_uuid, by_name):
        read = await two.a.get(path)
        assert (read.status_code, read.json()["dpp_id"]) == (200, made["dpp_id"])
        assert read.json()["audiences"] == ["owner", "public"]
    foreign = (await two.b.get(by_name)).json()
    assert (foreign["classes"], "battery_status" in foreign["values"]) == (["P1"], False)
    problem(await two.a.patch(by_uuid, json={"values": {"battery_mass": 431}}), 428, "if_match_needed")
    problem(
        await two.a.patch(by_uuid, json={"values": {"battery_mass": 431}}, headers={"if-match": '"v9"'}),
        412,
        "VERSION_CONFLICT",
    )
    changed = await two.a.patch(by_uuid, json={"values": {"battery_mass": 431}}, headers={"if-match": '"v1"'})
    assert (changed.status_code, changed.headers["etag"]) == (200, '"v2"')
    problem(
        await two.b.patch(by_uuid, json={"values": {"battery_mass": 1}}, headers={"if-match": '"v2"'}),
        403,
        "NOT_RESPONSIBLE_OPERATOR",
    )
    measured = await two.a.post(
        f"{by_name}/measurements",
        json={
            "batch_id": "1",
            "source": "bms",
            "readings": [
                {
                    "attribute": "remaining_usable_energy",
                    "value": 66000,
                    "unit": "Wh",
                    "measured_at": "2026-11-20T00:00:00Z",
                }
            ],
        },
    )
    assert (measured.status_code, measured.json()["accepted"]) == (202, 1)
    late = {"attribute": "remaining_usable_energy", "value": 66, "unit": "kWh", "measured_at": "2126-11-20T00:00:00Z"}
    pushed = await two.a.post(
        f"{by_name}/measurements",
        json={"batch_id": "2", "source": "bms", "readings": [late]},
        headers={"accept-language": "en"},
    )
    refused = pushed.json()["rejected"][0]
    assert (refused["code"], refused["text"]) == ("FUTURE_TIMESTAMP", refused["text_en"])
    event = await two.a.post(f"{by_uuid}/events", json={"type": "put_into_service", "month": "令和8年11月"})
    assert event.status_code == 200, event.text
    versions = (await two.a.get(f"{by_uuid}/versions")).json()["items"]
    assert [each["event"] for each in versions] == ["put_into_service", "measurement", "change", "issue"]
    first = (await two.a.get(f"{by_uuid}/versions/1")).json()
    assert first["values"]["battery_mass"] == 430
    log = (await two.a.get(f"{by_uuid}/audit")).json()["items"]
    assert (await two.a.get(f"{by_uuid}/access-log")).json()["items"] == log
    whole = (await two.a.get("/api/v1/audit?limit=100")).json()["items"]
    assert [each["seq"] for each in whole] == list(range(len(whole), 0, -1))
    for one, before in itertools.pairwise(whole):  # the chain, by the contract's formula
        bare = {name: each for name, each in one.items() if name != "hash"}
        assert (one["hash"], one["prev"]) == (jcs.sha256_hex(bare), before["hash"])
    assert (await two.b.get("/api/v1/audit")).json()["items"] == []
    assert {each["action"] for each in log} >= {
        "passport.issue",
        "passport.read",
        "passport.change",
        "passport.refused",
    } - {"passport.refused"}
    element = await two.b.get(f"{by_uuid}/elements/battery_status")
    problem(element, 403, "ACCESS_CLASS_DENIED")
    listed = (await two.a.get("/api/v1/passports", params={"q": "API-1", "filter": "battery_mass:431"})).json()
    assert [each["dpp_id"] for each in listed["items"]] == [made["dpp_id"]]
    stated = await two.a.post(f"{by_uuid}/events", json={"type": "none_recorded"})
    assert stated.status_code == 200, stated.text
    today = (datetime.now(UTC) + timedelta(hours=9)).date().isoformat()  # as a reader in Japan chooses it
    page = await two.a.get(f"/passports/{made['passport_id']}/history", params={"at": today})
    for words in ("異常なし（確認済み）", "431\u00a0kg", "電気自動車用"):
        assert words in page.text, words
    problem(
        await two.b.get(f"/api/v1/passports?operator_id={two.site.a}&battery_status=waste"), 403, "FORBIDDEN_FILTER"
    )


async def test_bad_bodies_are_refused_in_the_contracts_words(two: Two) -> None:
    post = two.a.post
    json_type = {"content-type": "application/json"}
    problem(await post("/api/v1/passports", content=b"{", headers=json_type), 400, "INVALID_JSON")
    problem(await post("/api/v1/passports", content=b'{"gtin":"1","gtin":"2"}', headers=json_type), 400, "INVALID_JSON")
    half = b'{"gtin":"09521234567899","serial":"H1","values":{"eu_doc_id":"\\ud800"}}'
    problem(await post("/api/v1/passports", content=half, headers=json_type), 400, "INVALID_JSON")
    paired = {"gtin": "09521234567899", "serial": "H2", "values": {"eu_doc_id": "\U0001f50b"}}
    assert (await post("/api/v1/passports", json=paired)).status_code == 201
    endless = {"gtin": "09521234567899", "serial": "H3", "values": {"battery_mass": 10**30, "cf_absolute": 1e300}}
    assert len(problem(await post("/api/v1/passports", json=endless), 400, "INVALID_VALUE")["errors"]) == 2
    problem(
        await post("/api/v1/passports", content=b"x", headers={"content-type": "text/plain"}),
        400,
        "UNSUPPORTED_MEDIA_TYPE",
    )
    broken = problem(await post("/api/v1/passports", json={"gtin": 5}), 400, "INVALID_VALUE")
    assert broken["errors"][0]["field"] == "/gtin"
    wrong = {
        "gtin": GTINS["ev"],
        "serial": "X-1",
        "values": {"battery_mass": -1, "battery_category": "EV", "nothing": 1},
    }
    several = problem(await post("/api/v1/passports", json=wrong), 400, "VALUE_OUT_OF_RANGE")
    assert {each["field"] for each in several["errors"]} == {"/battery_mass", "/battery_category", "/nothing"}
    problem(
        await post("/api/v1/passports", json={"gtin": GTINS["ev"], "kind": "teapot", "serial": "1"}),
        400,
        "UNKNOWN_KIND",
    )
    gap = problem(
        await post("/api/v1/passports", json={"gtin": GTINS["ev"], "serial": "X-2", "publish": True}),
        409,
        "PUBLISH_INCOMPLETE",
    )
    assert gap["errors"]
    problem(await two.a.get("/api/v1/passports?cursor=x"), 400, "INVALID_CURSOR")
    problem(await two.a.get("/api/v1/passports/nothing"), 404, "DPP_NOT_FOUND")


async def test_access_is_asked_for_granted_used_and_taken_back_over_http(two: Two) -> None:
    made = await issued(two.a, "API-2")
    path = f"/api/v1/passports/{made['passport_id']}"
    asked = {
        "role": "recycler",
        "scope": {"dpp_ids": [made["dpp_id"]]},
        "classes": ["P2", "P4"],
        "purpose": "recycling",
    }
    problem(await two.b.post("/api/v1/access-requests", json={**asked, "classes": ["P3"]}), 400, "CLASS_NOT_GRANTABLE")
    request = (await two.b.post("/api/v1/access-requests", json=asked)).json()
    waiting = (await two.a.get("/api/v1/access-requests?side=giver&state=submitted")).json()["items"]
    assert [each["request_id"] for each in waiting] == [request["request_id"]]
    decided = await two.a.post(f"/api/v1/access-requests/{request['request_id']}/approve")
    assert decided.json()["state"] == "approved"
    assert (await two.b.get(path)).json()["classes"] == ["P1", "P2", "P4"]
    revoked = await two.a.post(f"/api/v1/grants/{decided.json()['grant_id']}/revoke")
    assert revoked.json()["state"] == "revoked"
    problem(await two.b.get(f"{path}/elements/battery_status"), 403, "GRANT_REVOKED")
    assert (await two.b.get(path)).json()["classes"] == ["P1"]


async def test_a_transfer_and_a_second_life_over_http(two: Two) -> None:
    made = await issued(two.a, "API-3")
    path = f"/api/v1/passports/{made['passport_id']}"
    offer = await two.a.post(f"{path}/transfer", json={"incoming_operator_id": str(two.site.b), "reason": "sale"})
    assert offer.status_code == 201, offer.text
    name = offer.json()["transfer_id"]
    problem(await two.a.post(f"/api/v1/passport-transfers/{name}/accept"), 409, "TRANSFER_NOT_ACCEPTED")
    done = await two.b.post(f"/api/v1/passport-transfers/{name}/accept", json={"operator_role": "distributor"})
    assert (done.status_code, done.json()["state"], len(done.json()["signatures"])) == (200, "accepted", 2)
    problem(await two.b.post(f"/api/v1/passport-transfers/{name}/accept"), 409, "DEALING_CLOSED")
    successor = {
        "gtin": GTINS["ev"],
        "serial": "API-3-2",
        "publish": True,
        "values": {**complete("ev"), "operator_role": "remanufacturer"},
    }
    for shares, successors in (([1], []), ([0.5, 0.5], [successor])):
        wrong = {"operation": "remanufacture", "successors": successors, "shares": shares}
        assert problem(await two.b.post(f"{path}/succeed", json=wrong), 400, "INVALID_VALUE")["errors"][0]["field"]
    nothing = {"operation": "remanufacture", "successors": []}
    problem(await two.b.post(f"{path}/succeed", json=nothing), 409, "ILLEGAL_TRANSITION")
    second = await two.b.post(f"{path}/succeed", json={"operation": "remanufacture", "successors": [successor]})
    assert second.status_code == 201, second.text
    new = second.json()["successors"][0]
    tree = (await two.b.get(f"/api/v1/passports/{new['passport_id']}/ancestry")).json()["items"]
    assert [each["dpp_id"] for each in tree] == [made["dpp_id"]]
    problem(
        await two.b.post(f"{path}/succeed", json={"operation": "remanufacture", "successors": [successor]}),
        409,
        "PREDECESSOR_SHARE_EXCEEDED",
    )


async def test_a_file_hangs_on_its_attribute_and_is_refused_when_it_would_run(two: Two) -> None:
    made = await issued(two.a, "API-4")
    path = f"/api/v1/passports/{made['passport_id']}"
    for name, content in (
        ("a.pdf", b"%PDF-1.7 /JavaScript"),
        ("a.svg", b"<svg/>"),
        ("a.pdf", b"not a pdf"),
        ("a.html", b"<html>"),
    ):
        problem(await two.a.post(f"{path}/attachments?name={name}", content=content), 400, "FILE_REJECTED")
    stored = await two.a.post(f"{path}/attachments?name=report.pdf", content=b"%PDF-1.7 report")
    assert stored.status_code == 201, stored.text
    file_id = stored.json()["file_id"]
    report = {**complete("ev")["test_reports"][0], "file_id": file_id}
    del report["url"]
    changed = await two.a.patch(path, json={"values": {"test_reports": [report]}}, headers={"if-match": '"v1"'})
    assert changed.status_code == 200, changed.text
    read = await two.a.get(f"{path}/attachments/{file_id}")
    assert (read.content, read.headers["x-content-type-options"]) == (b"%PDF-1.7 report", "nosniff")
    problem(await two.b.get(f"{path}/attachments/{file_id}"), 403, "ACCESS_CLASS_DENIED")

    new = {"dpp_ids": [made["dpp_id"]], "reason": "sale", "incoming_operator_id": str(two.site.b)}
    offer = (await two.a.post("/api/v1/passport-transfers", json=new)).json()["transfer_id"]
    taken = await two.b.post(f"/api/v1/passport-transfers/{offer}/accept", json={"operator_role": "distributor"})
    assert taken.status_code == 200, taken.text
    moved = await two.b.get(f"{path}/attachments/{file_id}")  # it goes along with the passport
    assert (moved.status_code, moved.content) == (200, b"%PDF-1.7 report")
    (listed,) = (await two.b.get(f"{path}/attachments")).json()["items"]
    assert "kept_by" not in listed
    problem(await two.a.get(f"{path}/attachments/{file_id}"), 403, "ACCESS_CLASS_DENIED")


async def test_a_model_a_file_of_items_and_the_way_back(two: Two) -> None:
    model = {"product_id": f"(01){GTINS['lmt']}", "values": shared("lmt"), "publish": True}
    made = await two.a.post("/api/v1/models", json=model)
    assert (made.status_code, made.json()["granularity"]) == (201, "model")
    said = own("lmt")
    content = f"serial_number,manufacturing_date,operator_role\nB-1,{said['manufacturing_date']},manufacturer\n"
    job = await two.a.post("/api/v1/bulk-jobs?mode=dry_run&file_name=x.csv", content=content.encode())
    assert job.status_code == 202, job.text
    assert job.json()["counts"]["rows"] == 1
    shown = (await two.a.get(f"/api/v1/bulk-jobs/{job.json()['job_id']}")).json()
    assert shown["state"] in ("queued", "running", "done")
    assert (await two.a.get("/api/v1/bulk-jobs/template?category=lmt")).content[:2] == b"PK"
    problem(await two.a.post("/api/v1/bulk-jobs", content=b"nothing"), 400, "BULK_FILE_REFUSED")
    dry = await two.a.post(f"/api/v1/models/{made.json()['passport_id']}/propagate", json={})
    assert dry.json()["items"] == 0


async def test_the_code_and_the_saved_page_are_had_by_the_api(two: Two) -> None:
    made = await issued(two.a, "API-9")
    path = f"/api/v1/passports/{made['passport_id']}"
    assert (await two.a.get(f"{path}/carrier.svg?error_correction=h")).text.startswith("<svg")
    problem(await two.a.get(f"{path}/carrier.svg?error_correction=L"), 400, "INVALID_ENUM")
    problem(await two.a.get(f"{path}/carrier.png?module_mm=0.2"), 400, "CARRIER_MODULE_SIZE")
    for name in (made["passport_id"], quote(made["dpp_id"], safe="")):
        saved = await two.b.get(f"/api/v1/passports/{name}/snapshot.html?lang=en")
        assert (saved.status_code, saved.headers["content-type"]) == (200, "text/html; charset=utf-8")
        assert 'id="credential"' in saved.text
        assert made["version_hash"] in saved.text
        assert "http-equiv" not in saved.text
    verified = await two.b.post("/v1/verify", content=saved.content)
    assert verified.json()["valid"], verified.text
    token = (await two.a.get(f"{path}/credentials/sd-jwt")).text
    assert (await two.b.post("/v1/verify", json=token)).json()["valid"]  # a token is a JSON text, too


async def test_a_public_document_that_is_kept_here_is_had_by_everyone_and_no_other(two: Two) -> None:
    made = await issued(two.a, "API-10")
    path = f"/api/v1/passports/{made['passport_id']}"
    values: dict[str, Any] = {}
    for key in ("separate_collection_info", "test_reports"):  # P1, P3
        stored = await two.a.post(f"{path}/attachments?name={key}.pdf", content=b"%PDF-1.7 " + key.encode())
        first = complete("ev")[key]
        said = {**(first[0] if isinstance(first, list) else first), "file_id": stored.json()["file_id"]}
        del said["url"]
        values[key] = [said] if isinstance(first, list) else said
    changed = await two.a.patch(path, json={"values": values}, headers={"if-match": '"v1"'})
    assert changed.status_code == 200, changed.text
    files = f"/passport/{made['passport_id']}/files"
    public, other = values["separate_collection_info"]["file_id"], values["test_reports"][0]["file_id"]
    async with two.site.client() as nobody:
        page = await nobody.get("/" + made["product_id"].split("/", 3)[3], headers={"accept": "text/html"})
        assert f'{files}/{public}"' in page.text
        assert other not in page.text
        had = await nobody.get(f"{files}/{public}")
        assert (had.status_code, had.content) == (200, b"%PDF-1.7 separate_collection_info")
        assert had.headers["content-disposition"].startswith("attachment")
        name = quote(made["dpp_id"], safe="")
        full = (await nobody.get(f"/v1/dpps/{name}?representation=full")).text
        exported = (await nobody.get(f"{path}/exports/en18223")).text
        for said in (full, exported):  # elsewhere our number of a file says nothing: its address does
            assert f"{files}/{public}" in said
            assert "urn:uuid" not in said
            assert other not in said
        assert f'"file_id":"{public}"' in (await nobody.get(f"/v1/dpps/{name}")).text
        for hidden in (other, "01a22e5b-9f1e-7000-b67f-4a61f75f9bf8"):  # no difference to what is not there
            asked = await nobody.get(f"{files}/{hidden}")
            assert (asked.status_code, asked.headers["location"][:14]) == (303, "/sign-in?next=")
    async with enter(two.site, "ann@a.example") as ann:
        assert (await ann.get(f"{files}/{other}")).content == b"%PDF-1.7 test_reports"
