"""The service as a PACT client meets it: discovery, tokens, lists, filters, pages, events, refusals."""

import re
from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.dataspaces.pact.conftest import CLOUD, Pact, event, signing_in
from tests.dataspaces.pact.footprints import footprint

from meguri.dataspaces.pact import service
from meguri.dataspaces.pact.facade import PactFacade
from meguri.dataspaces.pact.footprint import faults_of
from meguri.dataspaces.pact.house import settle
from meguri.dataspaces.pact.messages import message_of
from meguri.kernel import clock
from meguri.settings import load

pytestmark = pytest.mark.anyio
LIST = "/3/footprints"


async def listed(client: httpx.AsyncClient, **filters: Any) -> list[dict[str, Any]]:
    answer = await client.get(LIST, params=filters)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    found: list[dict[str, Any]] = answer.json()["data"]
    return found


async def test_discovery_leads_to_the_token_endpoint(pact: Pact) -> None:
    async with pact.open() as client:
        found = (await client.get("/.well-known/openid-configuration")).json()
    assert found["token_endpoint"] == "https://pact.test/auth/token"
    assert found["grant_types_supported"] == ["client_credentials"]
    assert found["token_endpoint_auth_methods_supported"] == ["client_secret_basic", "client_secret_post"]
    assert found["scopes_supported"] == ["footprint:list", "footprint:read"]


async def test_a_token_comes_by_basic_or_by_form_whatever_else_is_asked(pact: Pact) -> None:
    name, secret = pact.partner.partner.client_id, pact.partner.client_secret
    form = {"grant_type": "client_credentials", "client_id": name, "client_secret": secret}
    async with pact.open() as client:
        basic = await client.post("/auth/token", **signing_in(name, secret, scope="x", audience="y", resource="z"))
        posted = await client.post("/auth/token", data=form)
    for answer in (basic, posted):
        assert answer.status_code == 200
        assert answer.headers["cache-control"] == "no-store"
        assert answer.json()["token_type"] == "Bearer"
        assert answer.json()["expires_in"] == 3600


@pytest.mark.parametrize(
    ("sent", "status", "error"),
    [
        (signing_in("bad", "worse"), 401, "invalid_client"),
        (signing_in("{known}", "worse"), 401, "invalid_client"),
        ({"data": {"grant_type": "client_credentials"}}, 401, "invalid_client"),
        (
            {"data": {"grant_type": "client_credentials"}, "headers": {"authorization": "Basic ???"}},
            401,
            "invalid_client",
        ),
        ({**signing_in("a", "b"), "data": {"grant_type": "password"}}, 400, "unsupported_grant_type"),
        ({**signing_in("a", "b"), "data": {"scope": "x"}}, 400, "invalid_request"),
    ],
)
async def test_wrong_credentials_are_refused_as_oauth_has_it(
    pact: Pact, sent: dict[str, Any], status: int, error: str
) -> None:
    if sent.get("headers", {}).get("authorization") == signing_in("{known}", "worse")["headers"]["authorization"]:
        sent = signing_in(pact.partner.partner.client_id, "worse")
    async with pact.open() as client:
        answer = await client.post("/auth/token", **sent)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert answer.json()["error_description"]


async def test_a_token_asked_for_by_json_belongs_to_another_contract(pact: Pact) -> None:
    async with pact.open() as client:
        assert (await client.post("/auth/token", json={})).status_code == 418
        assert (await client.get("/api/v1/parts")).status_code == 418


@pytest.mark.parametrize("path", [LIST, f"{LIST}/00000000-0000-0000-0000-000000000000", f"{LIST}/nonsense"])
async def test_without_a_valid_token_nothing_is_read_and_the_token_is_looked_at_first(pact: Pact, path: str) -> None:
    for headers in ({}, {"authorization": "Bearer very-invalid"}, {"authorization": "Basic eDp5"}):
        async with pact.open(**headers) as client:
            answer = await client.get(path)
        assert answer.status_code == 401
        assert answer.json() == {"code": "BadRequest", "message": "Invalid token provided"}


async def test_an_event_with_an_invalid_token_is_not_even_read(pact: Pact) -> None:
    async with pact.open(authorization="Bearer no") as client:
        answer = await client.post("/3/events", content=b"not json", headers={"content-type": CLOUD})
    assert (answer.status_code, answer.json()["code"]) == (401, "BadRequest")


async def test_an_expired_token_says_that_it_is_expired(pact: Pact) -> None:
    client = await pact.client()
    late = clock.now() + timedelta(hours=2)
    async with client:
        with clock.fixed_clock(lambda: late):
            answer = await client.get(LIST)
    assert (answer.status_code, answer.json()["code"]) == (401, "TokenExpired")


async def test_a_client_sees_what_is_shared_with_it_and_nothing_else(pact: Pact) -> None:
    async with await pact.client() as client:
        found = await listed(client)
        assert [one["id"] for one in found] == pact.ids
        assert [faults_of(one) for one in found] == [[], [], []]
        one = await client.get(f"{LIST}/{pact.ids[0]}")
        assert one.json()["data"] == found[0]
    async with await pact.client(pact.stranger) as other:
        assert await listed(other) == []
        hidden = await other.get(f"{LIST}/{pact.ids[0]}")
        unknown = await other.get(f"{LIST}/00000000-0000-0000-0000-000000000000")
        assert (hidden.status_code, hidden.json()["code"]) == (404, "NotFound")
        assert (hidden.content, dict(hidden.headers)) == (unknown.content, dict(unknown.headers))
        assert (await other.get(f"{LIST}/nonsense")).status_code == 404


async def test_an_ended_partner_is_shut_out_with_the_token_that_it_still_has(pact: Pact) -> None:
    from meguri.dataspaces.pact.model import PartnerInput

    gone = await pact.maker.run(service.add_partner, PartnerInput(name="gone"))
    async with await pact.client(gone) as client:
        await pact.maker.run(service.change_partner, gone.partner.partner_id, PartnerInput(name="gone"), ended=True)
        assert (await client.get(LIST)).status_code == 401


async def test_pages_follow_each_other_without_loss_while_more_is_published(pact: Pact) -> None:
    shared = pact.partner.partner.partner_id
    async with await pact.client() as client:
        first = await client.get(LIST, params={"limit": 1, "status": "active"})
        link = re.match(r'<([^>]+)>; rel="next"', first.headers["link"])
        assert link is not None
        assert link[1].startswith("https://pact.test/3/footprints?")
        later = footprint(without=("id",), created="2026-01-20T00:00:00Z", productIds=["urn:pact:x:supplier-id:late"])
        late = await pact.publish(later, shared)
        walked, url = [first.json()["data"][0]["id"]], link[1]
        again = (await client.get(url)).json()
        assert (await client.get(url)).json() == again  # as often as one likes
        while url:
            answer = await client.get(url)
            assert len(answer.json()["data"]) <= 1
            walked += [one["id"] for one in answer.json()["data"]]
            found = re.match(r'<([^>]+)>; rel="next"', answer.headers.get("link", ""))
            url = found[1] if found else ""
        assert walked == [*pact.ids, late]
        many = await client.get(LIST, params={"limit": "9" * 30})
        assert [one["id"] for one in many.json()["data"]] == walked
        none = await client.get(LIST, params={"limit": 0})
        assert (none.json(), "link" in none.headers) == ({"data": []}, False)
        await pact.maker.run(service.deprecate, late)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("filters", "hits"),
    [
        ({"productId": "urn:pact:cell.example:supplier-id:C-1"}, [1]),
        ({"productid": "URN:PACT:CELL.EXAMPLE:SUPPLIER-ID:c-1"}, [1]),
        ({"productId": ["urn:pact:cell.example:supplier-id:C-0", "urn:pact:cell.example:supplier-id:C-2"]}, [0, 2]),
        ({"companyId": "urn:pact:cell.example:company-id:1"}, [0, 1, 2]),
        ({"companyId": ["urn:bogus:1", "urn:bogus:2", "urn:pact:cell.example:company-id:1"]}, [0, 1, 2]),
        ({"geography": "DE"}, [0]),
        ({"geography": "de-bw"}, [1]),
        ({"geography": "DE", "x-meguri-geography-within": "true"}, [0, 1]),
        ({"classification": "urn:pact:productclassification:un-cpc:46410"}, [0, 1, 2]),
        ({"status": "Active", "productId": "urn:pact:cell.example:supplier-id:C-2"}, [2]),
        ({"validOn": "2026-01-01T00:00:00Z", "status": "Active"}, [0, 1, 2]),
        ({"validon": "2029-01-01", "status": "active"}, [0, 1, 2]),
        ({"validOn": "2026-06-01T00:00 09:00", "status": "Active"}, [0, 1, 2]),
        ({"validAfter": "2025-12-31T00:00:00Z", "status": "Active"}, [0, 1, 2]),
        ({"validAfter": "2026-01-01T00:00:00Z"}, []),
        ({"validBefore": "2029-01-02T00:00:00Z", "status": "Active"}, [0, 1, 2]),
        ({"validBefore": "2029-01-01T00:00:00Z"}, []),
        ({"productId": "", "status": "Active"}, [0, 1, 2]),
        ({"unknown": "ignored", "status": "Active"}, [0, 1, 2]),
        ({"productId": "urn:bogus"}, []),
        ({"companyId": "urn:bogus"}, []),
        ({"geography": "XX"}, []),
        ({"classification": "urn:bogus"}, []),
        ({"status": "Bogus"}, []),
        ({"validOn": "1900-01-01T00:00:00Z"}, []),
        ({"validAfter": "2099-12-31T23:59:59Z"}, []),
        ({"validBefore": "1900-01-01T00:00:00Z"}, []),
        ({"productId": "urn:bogus", "companyId": "urn:bogus"}, []),
        ({"productId": ["urn:bogus", "urn:bogus:2"]}, []),
    ],
)
async def test_every_filter_finds_all_that_matches(pact: Pact, filters: dict[str, Any], hits: list[int]) -> None:
    async with await pact.client() as client:
        found = [one["id"] for one in await listed(client, **filters) if one["id"] in pact.ids]
    assert found == [pact.ids[hit] for hit in hits]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("validOn=yesterday", 400, "BadRequest"),
        ("limit=-1", 400, "BadRequest"),
        ("limit=many", 400, "BadRequest"),
        ("cursor=nonsense", 400, "BadRequest"),
        ("&".join(f"productId=urn:x:{number}" for number in range(1001)), 400, "BadRequest"),
        ("x-other=1", 400, "BadRequest"),
        ("$filter=created%20ge%20x", 501, "NotImplemented"),
    ],
)
async def test_what_cannot_be_read_is_refused(pact: Pact, query: str, status: int, code: str) -> None:
    async with await pact.client() as client:
        answer = await client.get(f"{LIST}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_what_is_published_never_changes_but_may_be_replaced(pact: Pact) -> None:
    from meguri.dataspaces.pact.errors import FootprintInvalid, Immutable

    shared = pact.partner.partner.partner_id
    first = await pact.publish(
        footprint(without=("id",), productIds=["urn:x:y:1"], created="2026-02-01T00:00:00Z"), shared
    )
    with pytest.raises(Immutable):
        await pact.publish(footprint(id=first), shared)
    with pytest.raises(FootprintInvalid) as refused:
        await pact.publish(footprint({"fossilGhgEmissions": "-1", "declaredUnitAmount": 3}, ("id",)), shared)
    assert {one.field for one in refused.value.fields} == {"/pcf/fossilGhgEmissions", "/pcf/declaredUnitAmount"}
    second = await pact.publish(footprint(without=("id",), precedingPfIds=[first], created="2026-02-02T00:00:00Z"))
    async with await pact.client() as client:
        before = (await client.get(f"{LIST}/{first}")).json()["data"]
        after = (await client.get(f"{LIST}/{second}")).json()["data"]  # its readers stay
    assert (before["status"], after["status"]) == ("Deprecated", "Active")
    assert after["precedingPfIds"] == [first]
    await pact.maker.run(service.deprecate, after["id"])


async def sent(pact: Pact, body: object, media_type: str = CLOUD) -> httpx.Response:
    async with await pact.client() as client:
        return await client.post("/3/events", json=body, headers={"content-type": media_type})


async def answers(pact: Pact) -> list[dict[str, Any]]:
    return [message.body for message in await pact.maker.run(service.outgoing)]


async def test_a_request_is_fulfilled_by_one_event_with_what_was_asked_for(pact: Pact) -> None:
    wanted = "urn:pact:cell.example:supplier-id:C-1"
    asked = event("RequestCreatedEvent", {"productId": [wanted], "comment": "please"}, id="run/13")
    answer = await sent(pact, asked)
    assert (answer.status_code, answer.content) == (200, b"")
    (told,) = [one for one in await answers(pact) if one["data"].get("requestEventId") == "run/13"]
    assert told["type"] == "org.wbcsd.pact.ProductFootprint.RequestFulfilledEvent.3"
    assert [pf["productIds"] for pf in told["data"]["pfs"]] == [[wanted]]
    assert told["specversion"] == "1.0"
    assert (await sent(pact, asked)).status_code == 200
    assert len([one for one in await answers(pact) if one["data"].get("requestEventId") == "run/13"]) == 1
    assert any(task == "pact.deliver" for task, _, _ in pact.deferred)


async def test_a_request_finds_the_active_footprint_behind_any_number_of_former_ones(
    pact: Pact, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("meguri.dataspaces.pact.service.answering.MOST_ANSWERED", 2)
    urn, shared, former = "urn:x:often:1", pact.partner.partner.partner_id, []
    for month in range(1, 5):
        made = footprint(without=("id",), productIds=[urn], created=f"2026-0{month}-01T00:00:00Z")
        former = [await pact.publish(made | ({"precedingPfIds": former} if former else {}), shared)]
    await sent(pact, event("RequestCreatedEvent", {"productId": [urn]}, id="run/often"))
    (told,) = [one for one in await answers(pact) if one["data"].get("requestEventId") == "run/often"]
    assert [pf["id"] for pf in told["data"]["pfs"]] == former


async def test_a_request_for_what_is_not_there_or_not_shared_is_rejected(pact: Pact) -> None:
    answer = await sent(pact, event("RequestCreatedEvent", {"productId": ["urn:pact:null"]}, id="run/14"))
    assert answer.status_code == 200
    (told,) = [one for one in await answers(pact) if one["data"].get("requestEventId") == "run/14"]
    assert told["type"] == "org.wbcsd.pact.ProductFootprint.RequestRejectedEvent.3"
    assert told["data"]["error"]["code"] == "NotFound"
    assert told["data"]["error"]["message"]


async def test_what_a_partner_published_is_fetched_afterwards(pact: Pact) -> None:
    new = "3a6c14a7-4deb-498a-b5ea-16ce2535b576"
    assert (await sent(pact, event("PublishedEvent", {"pfIds": [new]}))).status_code == 200
    assert any(task == "pact.fetch" and args["footprint_id"] == new for task, args, _ in pact.deferred)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (event("PublishedEvent", {"pfIds": ["urn:gtin:4712345060507"]}), "/data/pfIds/0"),
        (event("PublishedEvent", {"pfIds": []}), "/data/pfIds"),
        (event("RequestCreatedEvent", {}), "/data"),
        (event("RequestCreatedEvent", {"comment": "x"}), "/data"),
        (event("RequestCreatedEvent", {"validOn": "soon"}), "validOn"),
        (event("Nonsense", {}), "/type"),
        (event("PublishedEvent", {"pfIds": []}, specversion="0.3"), "/specversion"),
        (event("PublishedEvent", {}, id=None), "/id"),
        (
            event(
                "PublishedEvent",
                [],
            ),
            "/data",
        ),
        (event("RequestRejectedEvent", {"requestEventId": "1", "error": {"code": "NotFound"}}), "/data/error/message"),
        (
            event("RequestFulfilledEvent", {"requestEventId": "1", "pfs": [footprint({"fossilGhgEmissions": "-1"})]}),
            "/data/pfs/0/pcf/fossilGhgEmissions",
        ),
        ([], "/"),
    ],
)
async def test_an_event_that_is_not_in_form_is_refused_by_pointer_and_not_kept(
    pact: Pact, body: Any, pointer: str
) -> None:
    before = len(await pact.maker.run(service.incoming))
    answer = await sent(pact, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "BadRequest")
    assert pointer in answer.json()["message"]
    assert len(await pact.maker.run(service.incoming)) == before


async def test_too_large_too_deep_and_other_media_types_are_refused(pact: Pact) -> None:
    async with await pact.client() as client:
        large = await client.post("/3/events", content=b" " * (10 << 20) + b" ", headers={"content-type": CLOUD})
        deep = await client.post("/3/events", content=b"[" * 51 + b"]" * 51, headers={"content-type": CLOUD})
        other = await client.post("/3/events", content=b"{}", headers={"content-type": "application/json"})
        broken = await client.post("/3/events", content=b"{", headers={"content-type": CLOUD})
        zero = await client.post("/3/events", content=b'{"a":"\\u0000"}', headers={"content-type": CLOUD})
    statuses = [one.status_code for one in (large, deep, other, broken, zero)]
    assert statuses == [413, 400, 415, 400, 400]
    assert {one.json()["code"] for one in (large, deep, other, broken, zero)} == {"BadRequest"}


async def test_a_deep_text_within_a_string_is_not_deep() -> None:
    body = event("PublishedEvent", {"pfIds": ["3a6c14a7-4deb-498a-b5ea-16ce2535b576"]}, subject="[" * 99 + '"')
    assert message_of(httpx.Request("POST", "http://x", json=body).content).type.endswith("PublishedEvent.3")


async def test_other_methods_and_paths_are_told_in_the_same_form(pact: Pact) -> None:
    async with await pact.client() as client:
        refused = await client.delete(LIST)
        assert (refused.status_code, refused.headers["allow"]) == (405, "GET, HEAD")
        assert (await client.get("/3/events")).headers["allow"] == "POST"
        assert (await client.get("/3/nothing")).json()["code"] == "NotFound"


async def test_over_plain_http_there_is_nothing_and_nothing_leads_elsewhere(pact: Pact) -> None:
    house = settle(load({}, data_dir="/nonexistent", secret_key="s" * 40))
    shut = httpx.ASGITransport(PactFacade(pact.app._inner, pact.db, house), client=("198.51.100.7", 1))
    async with httpx.AsyncClient(transport=shut, base_url="http://pact.test") as client:
        for method, path in (
            ("POST", "/auth/token"),
            ("GET", LIST),
            ("GET", f"{LIST}/{pact.ids[0]}"),
            ("POST", "/3/events"),
        ):
            form = {"content-type": "application/x-www-form-urlencoded"} if path == "/auth/token" else {}
            answer = await client.request(method, path, headers=form)
            assert (answer.status_code, answer.content, "location" in answer.headers) == (404, b"", False)
    async with httpx.AsyncClient(transport=shut, base_url="https://pact.test") as client:
        assert (await client.get(LIST)).status_code == 401
    settle(load({}, data_dir="/nonexistent", secret_key="s" * 40, profile="demo"))


async def test_a_token_ends_with_the_secret_that_it_was_given_for(pact: Pact) -> None:
    from meguri.dataspaces.pact.model import PartnerInput

    renewed = await pact.maker.run(service.add_partner, PartnerInput(name="Renewed"))
    async with await pact.client(renewed) as client:
        assert (await client.get(LIST)).status_code == 200
        again = await pact.maker.run(service.new_secret, renewed.partner.partner_id)
        refused = await client.get(LIST)
        assert (refused.status_code, refused.json()["message"]) == (401, "Invalid token provided")
    async with await pact.client(again) as client:
        assert (await client.get(LIST)).status_code == 200
