"""Open Data Spaces over HTTP: decisions, notifier, metadata as each caller sees it, discovery."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest
from pyoxigraph import RdfFormat, Store
from tests.dataspaces.dsp.conftest import World, world
from tests.web.conftest import Site, site

from meguri.dataspaces.dsp import offering
from meguri.dataspaces.ods import forwarding, querying
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.proof import keyring
from meguri.storage import Transaction

pytestmark = pytest.mark.anyio
assert world
assert site


class Node:
    """A site with a person and a key in each of two companies."""

    def __init__(self, site: Site, key: str, tokens: dict[str, str]) -> None:
        self.site, self.key, self.tokens = site, key, tokens

    async def ask(self, who: str, method: str, path: str, body: Any = None, **headers: str | None) -> httpx.Response:
        sent: dict[str, Any] = {
            "authorization": f"Bearer {self.tokens[who]}", "x-notifier-api-key": self.key, "x-trackingid": str(uuid4()),
            "accept-language": "ja", "content-type": "application/json", "user-agent": "kit", **headers,
        }  # fmt: skip
        raw = b"" if body is None else json.dumps(body).encode()
        async with self.site.client() as client:
            client.headers.clear()
            return await client.request(
                method, path, content=raw, headers={n: v for n, v in sent.items() if v is not None}
            )


@pytest.fixture
async def node(site: Site) -> Node:
    await site.person("ann@a.example", site.a)
    await site.person("bob@b.example", site.b)
    tokens = {"a": await site.token("ann@a.example"), "b": await site.token("bob@b.example")}
    async with site.client(authorization=f"Bearer {tokens['a']}") as client:
        said = {"name": "notifier", "address_ranges": ["0.0.0.0/0"]}
        key = (await client.post("/api/v1/keys", json=said)).json()["secret"]
    return Node(site, key, tokens)


def notice(*targets: Any, **more: Any) -> dict[str, Any]:
    return {"type_code": "QUALITY_ALERT", "type_name": "品質通知", "title": "確認のお願い", "content": "ロットを確認してください",
            "target_ids": [str(one) for one in targets], **more}  # fmt: skip


NAMES = {400: ("bad_request", "Bad Request"), 401: ("unauthorized", "Unauthorized"), 403: ("forbidden", "Forbidden"),
         404: ("not_found", "Not Found"), 405: ("method_not_allowed", "Method Not Allowed"), 409: ("conflict", "Conflict"),
         422: ("validation_error", "Request Validation Error")}  # fmt: skip
NOTES, LISTS = "/api/v1/notifications", "/api/v1/notification-targets"


async def test_a_notification_reaches_those_named_when_it_was_made_and_confirmations_are_their_own(node: Node) -> None:
    a, b = node.site.a, node.site.b
    made = await node.ask("a", "POST", LISTS, {"name": "取引先", "owner_id": str(a), "target_ids": [str(b)]})
    assert made.status_code == 201, made.text
    listed = made.json()
    sent = await node.ask("a", "POST", NOTES, notice(target_list_ids=[listed["target_list_id"]]))
    assert sent.status_code == 201, sent.text
    note = sent.json()["notification_id"]
    changed = {**listed, "target_ids": [str(new_id())]}
    assert (await node.ask("a", "PUT", f"{LISTS}/{listed['target_list_id']}", changed)).status_code == 200
    mine = (await node.ask("b", "GET", NOTES)).json()["notifications"]
    assert [one["notification_id"] for one in mine] == [note]
    assert (await node.ask("b", "PUT", f"{NOTES}/{note}/receive")).status_code == 200
    whole = (await node.ask("a", "GET", f"{NOTES}/{note}")).json()
    assert [(one["target_id"], one["status"]) for one in whole["notification_confirmed_targets"]] == [
        (str(b), "received")
    ]
    assert whole["updated_at"].count(".") == 1
    assert not whole["updated_at"].endswith("Z")
    seen = await node.ask("b", "GET", f"{NOTES}/{note}")
    again = await node.ask("b", "GET", f"{NOTES}/{note}", **{"if-none-match": seen.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert seen.headers["etag"].startswith('W/"')
    for known in ("*", seen.headers["etag"].removeprefix("W/"), f'"x", {seen.headers["etag"]}'):
        assert (await node.ask("b", "GET", f"{NOTES}/{note}", **{"if-none-match": known})).status_code == 304, known
    assert (await node.ask("b", "GET", f"{NOTES}/{note}", **{"if-none-match": 'W/"x"'})).status_code == 200
    for wrong in ({"more": 1}, {"status": "x"}, {"title": ""}, {"updated_at": "x"}, {"status": None}):
        answer = await node.ask("a", "PUT", f"{NOTES}/{note}", {**whole, **wrong})
        assert answer.status_code == 422, wrong
    same = {**whole, "updated_at": f"{whole['updated_at']}+00:00"}
    whole = (await node.ask("a", "PUT", f"{NOTES}/{note}", same)).json()
    stale = await node.ask("a", "PUT", f"{NOTES}/{note}", {**whole, "updated_at": "2020-01-01T00:00:00.000000"})
    assert stale.status_code == 409
    assert stale.json()["detail"] == (
        f"Version mismatch for Notification({note}). Expected: 2020-01-01T00:00:00.000000, Actual: {whole['updated_at']}"
    )
    assert (await node.ask("a", "PUT", f"{NOTES}/{note}", {**whole, "title": "訂正"})).json()["title"] == "訂正"
    assert (await node.ask("b", "PUT", f"{NOTES}/{note}", whole)).status_code == 404
    assert (await node.ask("a", "DELETE", f"{NOTES}/{note}")).status_code == 204
    assert (await node.ask("b", "GET", f"{NOTES}/{note}")).status_code == 404
    assert (await node.ask("b", "GET", NOTES)).json() == {"notifications": []}
    assert (await node.ask("b", "GET", f"{NOTES}?status=enabled")).json() == {"notifications": []}


async def test_a_notification_is_found_by_its_state_and_a_deleted_one_stays_so(node: Node) -> None:
    b, data = node.site.b, str(uuid4())
    lists = await node.ask("a", "POST", LISTS, {"name": "二社", "owner_id": str(node.site.a), "target_ids": [str(b)]})
    at = f"{LISTS}/{lists.json()['target_list_id']}"
    assert (await node.ask("a", "GET", at)).json()["name"] == "二社"
    assert (await node.ask("b", "GET", at)).status_code == 404
    assert [one["name"] for one in (await node.ask("a", "GET", LISTS)).json()["notification_targets"]] == ["二社"]
    assert (await node.ask("a", "DELETE", at)).status_code == 204
    assert (await node.ask("a", "GET", at)).status_code == 404
    note = (await node.ask("a", "POST", NOTES, notice(b, data_id=data))).json()["notification_id"]
    assert (await node.ask("b", "PUT", f"{NOTES}/{note}/data/{data}/receive")).status_code == 200
    assert (await node.ask("b", "PUT", f"{NOTES}/{note}/data/{uuid4()}/receive")).status_code == 404
    whole = (await node.ask("a", "GET", f"{NOTES}/{note}")).json()
    assert [(one["target_id"], one["status"]) for one in whole["data_confirmed_targets"]] == [(str(b), "received")]

    async def found(state: str) -> list[str]:
        told = (await node.ask("b", "GET", f"{NOTES}?status={state}")).json()["notifications"]
        return [one["notification_id"] for one in told]

    assert (await found("enabled"), await found("disabled"), await found("deleted")) == ([note], [], [])
    many = await node.ask("a", "PUT", f"{NOTES}/bulk", {"notifications": [{**whole, "status": "disabled"}]})
    assert many.status_code == 200, many.text
    assert (await found("enabled"), await found("disabled")) == ([], [note])
    assert (await node.ask("a", "GET", f"{NOTES}?status=gone")).status_code == 422
    assert (await node.ask("a", "DELETE", f"{NOTES}/{note}")).status_code == 204
    assert (await found("enabled"), await found("disabled")) == ([], [])
    assert (await node.ask("a", "GET", f"{NOTES}/{note}")).json()["status"] == "deleted"


async def test_what_the_notifier_refuses_it_refuses_in_its_own_words(node: Node) -> None:
    b = node.site.b

    async def told(body: Any = None, path: str = NOTES, method: str = "POST", **headers: str | None) -> tuple[int, str]:
        answer = await node.ask("a", method, path, body if body is not None else notice(b), **headers)
        assert answer.headers["strict-transport-security"].startswith("max-age=63072000")
        said = answer.json()
        assert set(said) == {"type", "title", "detail", "status", "instance"}
        assert (said["type"], said["title"]) == NAMES[answer.status_code]
        if answer.status_code == 401:
            assert answer.headers["www-authenticate"] == "Bearer"
        return answer.status_code, said["detail"][0]["msg"] if answer.status_code == 422 else said["detail"]

    assert await told(**{"x-notifier-api-key": "wrong"}) == (403, "Invalid API key")
    assert await told(**{"x-trackingid": "1"}) == (400, "X-TrackingId must be a valid UUID format")
    assert await told(authorization="Bearer x") == (401, "Invalid access token")
    assert (await told(**{"accept-language": None}))[0] == 422
    assert await told(notice()) == (400, "Either target_ids or target_list_ids must be specified")
    empty = str(new_id())
    assert await told(notice(target_list_ids=[empty])) == (400, f"All target lists are empty: {empty}")
    assert await told(notice(b, title="  ")) == (422, "title: 空白のみの値は許可されていません")
    assert await told(notice("x")) == (422, "target_ids[0]: UUID形式で指定してください")
    assert (await told(notice(b, more=1)))[0] == 422
    assert (await told(path=f"{NOTES}/{empty}", method="GET")) == (404, f"Notification not found: {empty}")
    other = {"name": "x", "owner_id": str(b), "target_ids": [str(b)]}
    assert await told(other, LISTS) == (403, "Owner ID does not match operator ID")
    assert (await told({**other, "owner_id": str(node.site.a), "name": "123"}, LISTS))[0] == 422
    assert (await told({**other, "owner_id": str(node.site.a), "more": 1}, LISTS))[0] == 422
    assert (await told({"notifications": []}, f"{NOTES}/bulk"))[0] == 422
    assert (await told({"notifications": [notice(b)], "more": 1}, f"{NOTES}/bulk"))[0] == 422
    assert (await told({"notification_ids": [empty]}, f"{NOTES}/bulk-delete", "PUT"))[0] == 405
    assert (await told({"notification_ids": [empty, empty.upper()]}, f"{NOTES}/bulk-delete"))[0] == 422
    assert (await told({"notifications": [notice(b)] * 101}, f"{NOTES}/bulk"))[0] == 422
    assert (await node.ask("a", "POST", NOTES, notice(b))).status_code == 201
    assert (await told(notice(b, type_name="別の名前")))[0] == 400


async def test_of_many_with_one_bad_none_is_kept_and_the_bad_one_is_named(node: Node) -> None:
    b = node.site.b
    body = {"notifications": [notice(b), notice(b, title=" ")]}
    answer = await node.ask("a", "POST", f"{NOTES}/bulk", body)
    assert answer.status_code == 422
    assert answer.json()["detail"] == [
        {"type": "value_error", "loc": ["body", "notifications", 1, "title"],
         "msg": "notifications[1]: title: 空白のみの値は許可されていません"}
    ]  # fmt: skip
    assert (await node.ask("b", "GET", NOTES)).json()["notifications"] == []
    made = await node.ask(
        "a", "POST", f"{NOTES}/bulk", {"notifications": [notice(b, title="一"), notice(b, title="二")]}
    )
    assert [one["title"] for one in made.json()["notifications"]] == ["一", "二"]
    ids = [one["notification_id"] for one in made.json()["notifications"]]
    assert (
        await node.ask("a", "POST", f"{NOTES}/bulk-delete", {"notification_ids": [ids[0], ids[0]]})
    ).status_code == 422
    assert (await node.ask("a", "POST", f"{NOTES}/bulk-delete", {"notification_ids": ids})).status_code == 204


async def test_decisions_are_answers_and_what_is_no_question_is_an_error(node: Node) -> None:
    async def decided(path: str, **change: Any) -> httpx.Response:
        body = {"subject": {"type": "user", "id": str(node.site.b)}, "resource": {"type": "endpoint", "id": "meguri.cfp.read"},
                "action": {"name": "can_access"}} | change  # fmt: skip
        return await node.ask("a", "POST", path, body, **{"x-request-id": "r1"})

    fine = await decided("/access/v1/evaluation")
    assert (fine.status_code, fine.json(), fine.headers["x-request-id"]) == (200, {"decision": True}, "r1")
    assert (await decided("/access/v1/evaluation", subject={"type": "user", "id": str(new_id())})).json() == {
        "decision": False
    }
    assert (await decided("/access/v1/evaluation", resource={"type": "endpoint", "id": "other"})).json() == {
        "decision": False
    }
    assert (await decided("/access/v1/evaluation", subject="x")).status_code == 400
    assert (await decided("/access/v1/evaluation", subject={"type": "user", "id": 7})).status_code == 400
    wrong = await decided(f"/authz/stores/{new_id()}/access/v1/evaluation", subject="x")
    assert (wrong.status_code, wrong.headers["x-request-id"]) == (400, "r1")
    assert {**wrong.json(), "detail": ""} == {
        "type": "about:blank", "title": "Bad Request", "status": 400, "detail": "", "data": None,
    }  # fmt: skip
    wrapped = (await decided(f"/authz/stores/{new_id()}/access/v1/evaluation")).json()
    assert wrapped["data" if wrapped.get("data") else "decision"] in (True, {"decision": True})
    batch = {"evaluations": [{"resource": {"type": "endpoint", "id": one}} for one in ("meguri.cfp.read", "other")]}
    assert (await decided("/access/v1/evaluations", **batch)).json() == {
        "evaluations": [{"decision": True}, {"decision": False}]
    }
    for how, count in (("execute_all", 3), ("deny_on_first_deny", 2), ("permit_on_first_permit", 1)):
        several = {"evaluations": [batch["evaluations"][place] for place in (0, 1, 0)]}
        told = await decided("/access/v1/evaluations", **several, options={"evaluations_semantic": how})
        assert len(told.json()["evaluations"]) == count, how
    assert (await decided("/access/v1/evaluations", evaluations=[])).json() == {"decision": True}
    assert (await decided("/access/v1/evaluations", **batch, options={"evaluations_semantic": "x"})).status_code == 400
    async with node.site.client() as stranger:
        assert (await stranger.post("/access/v1/evaluation", json={})).status_code == 401
    key = await node.ask("a", "POST", "/auth/apikey/verify", {"verify_apikey": node.key})
    assert key.json()["data"] == {"verify_result": True}
    info = (await node.ask("a", "POST", "/auth/token/introspect", {"access_token": node.tokens["b"]})).json()["data"]
    assert (info["active"], info["token_info"]["operator_id"]) == (True, str(node.site.b))


async def test_what_is_registered_is_found_by_allowed_keys_until_its_time_is_over(node: Node) -> None:
    service = {"@type": "ods:Connector", "@id": "urn:c"}
    me, did = str(node.site.a), await node.site.db.run(OperatorScope(node.site.a, "system:x"), own_did)
    said = {"operatorDid": did, "domain": "battery", "keys": [{"name": "operatorId", "value": me}],
            "serviceInstance": service, "ttl": 3600}  # fmt: skip
    for wrong in ({"operatorDid": "did:web:x"}, {"keys": [{"name": "operatorId", "value": str(node.site.b)}]}):
        answer = await node.ask("a", "POST", "/discovery/v1/register", {**said, **wrong})
        assert (answer.status_code, answer.json()["code"]) == (403, "NOT_YOUR_OPERATOR"), wrong
    made = await node.ask("a", "POST", "/discovery/v1/register", said)
    assert made.status_code == 201, made.text
    found = (await node.ask("b", "GET", f"/discovery/v1/find?key=operatorId:{me}")).json()["@graph"]
    assert found == [service]
    assert (await node.ask("b", "GET", "/discovery/v1/find?key=operatorId:43")).json()["@graph"] == []
    assert (await node.ask("b", "GET", "/discovery/v1/finder?domain=battery")).json()["@graph"]
    hidden = {**said, "keys": [{"name": "serialNumber", "value": "1"}]}
    assert (await node.ask("a", "POST", "/discovery/v1/register", hidden)).json()["code"] == "KEY_NOT_ALLOWED"
    assert (await node.ask("a", "POST", "/discovery/v1/register", {**said, "ttl": 999_999})).status_code == 400
    mine = made.json()["registrationId"]
    assert (await node.ask("b", "DELETE", f"/discovery/v1/register/{mine}")).status_code == 404
    assert (await node.ask("a", "PUT", f"/discovery/v1/register/{mine}", {"ttl": 60})).status_code == 200
    assert (await node.ask("a", "DELETE", f"/discovery/v1/register/{mine}")).status_code == 204
    assert (await node.ask("b", "GET", f"/discovery/v1/find?key=operatorId:{me}")).json()["@graph"] == []


async def own_did(tx: Transaction, scope: OperatorScope) -> str:
    return keyring.did_of(tx.installation.origin, scope.operator_id)


async def asked(world: World, path: str, method: str = "GET", **headers: str) -> httpx.Response:
    url = f"{world.node.settings.public_url}{path}"
    proof = world.stranger.proof(world.a.did, method, url, b"")
    return await world.client.request(method, url, headers={**proof, **headers})


async def test_the_catalog_is_the_same_graph_in_both_forms_and_has_only_what_the_caller_sees(world: World) -> None:
    open_id = await world.a.offer("cell", "*")
    hidden_id = await world.a.offer("cell", world.b.did)
    path = f"/t/{world.a.company.id}/l4/catalog"
    graphs = []
    for accept, form in (("application/ld+json", RdfFormat.JSON_LD), ("text/turtle", RdfFormat.TURTLE)):
        answer = await asked(world, path, accept=accept)
        assert answer.status_code == 200
        assert open_id in answer.text
        assert hidden_id not in answer.text
        store = Store()
        store.load(input=answer.content, format=form)
        graphs.append({str(one) for one in store})
    assert graphs[0] == graphs[1]
    shape = """PREFIX dcat: <http://www.w3.org/ns/dcat#> PREFIX dct: <http://purl.org/dc/terms/> ASK {
      ?catalog a dcat:Catalog; dct:title ?name; dct:description ?said; dct:publisher ?who;
        dcat:dataset ?one; dcat:service ?service .
      ?one a dcat:Dataset; dct:title ?title; dct:description ?what; dct:publisher ?who; dcat:distribution ?way .
      ?way a dcat:Distribution; dct:format "HttpData-PULL"; dcat:accessService ?service; dcat:accessURL ?at .
      ?service a dcat:DataService; dct:title ?called; dcat:endpointURL ?at; dcat:servesDataset ?one .
      FILTER(lang(?what) = "ja") FILTER(str(?one) = "%s") }"""
    assert store.query(shape % open_id)
    assert (await asked(world, path, accept="text/html")).status_code == 406


async def test_a_client_gets_the_form_that_it_likes_best(world: World) -> None:
    """The headers that common RDF clients send."""
    turtle, json_ld = "text/turtle", "application/ld+json"
    for accept, form in (
        ("text/turtle, application/x-turtle, */*;q=0.1", turtle),
        ("text/turtle,application/n-triples;q=0.9,application/ld+json;q=0.8,*/*;q=0.3", turtle),
        ("application/ld+json, text/turtle;q=0.5", json_ld),
        ("text/*", turtle),
        ("text/html, */*;q=0.1", json_ld),
        ("application/ld+json;q=0, */*", turtle),
        ("*/*", json_ld),
    ):
        answer = await asked(world, f"/t/{world.a.company.id}/l4/catalog", accept=accept)
        assert (answer.status_code, answer.headers["content-type"]) == (200, form), accept
    for accept in ("text/html", "text/turtle;q=0", "application/rdf+xml"):
        path = f"/t/{world.a.company.id}/l4/catalog"
        assert (await asked(world, path, accept=accept)).status_code == 406, accept


async def test_changes_and_other_graphs_are_refused_in_each_form_of_the_protocol(world: World) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    update = {"content-type": "application/sparql-update"}
    every = "query=SELECT%20*%20%7B%3Fs%20%3Fp%20%3Fo%7D"
    path = f"/t/{world.a.company.id}/sparql"
    for body, headers in (
        ("update=INSERT%20DATA%20%7B%7D", form),
        ("INSERT DATA { <urn:a> <urn:b> <urn:c> }", update),
        (f"{every}&default-graph-uri=http%3A%2F%2Fx.example%2F", form),
        (f"{every}&named-graph-uri=http%3A%2F%2Fx.example%2F", form),
    ):
        answer = await world.client.post(path, content=body, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (400, "QUERY_NOT_ALLOWED"), body
    assert (await world.client.post(path, content=every, headers=form)).status_code == 200


async def test_a_query_goes_on_to_a_partner_and_to_nobody_else(world: World) -> None:
    target = f"{world.node.settings.public_url}/t/{world.a.company.id}/sparql"
    query = "ASK { ?c a <http://www.w3.org/ns/dcat#Catalog> }"

    async def refused(target: str) -> str:
        with pytest.raises(querying.Refused) as caught:
            await forwarding.forward(world.node.db, world.b.company.id, query, target)
        return caught.value.code

    await world.b.partner(world.a.did)
    found = await forwarding.forward(world.node.db, world.b.company.id, query, target)
    assert json.loads(found.body)["boolean"] is True
    for other in ("http://127.0.0.1:1/sparql", "https://example.com/sparql", target.replace("/sparql", "/dsp"), "x"):
        assert await refused(other) == "TARGET_NOT_ALLOWED"
    await world.b.run(offering.block_partner, world.a.did, True)
    try:
        assert await refused(target) == "TARGET_NOT_ALLOWED"
    finally:
        await world.b.run(offering.block_partner, world.a.did, False)
    said = {"query": query, "target": target}
    answer = await world.client.post(f"{world.node.settings.public_url}/v1/api/query", json=said)
    assert (answer.status_code, answer.json()["code"]) == (
        400,
        "TARGET_NOT_ALLOWED",
    )  # only our own people ask elsewhere


async def test_a_count_tells_each_caller_its_own_graph(world: World) -> None:
    await world.a.offer("cell", "*")
    for _ in range(3):
        await world.a.offer("cell", world.b.did)
    query = "SELECT (COUNT(*) AS ?n) WHERE { ?d a <http://www.w3.org/ns/dcat%23Dataset> }"
    path = f"/t/{world.a.company.id}/sparql?query={query.replace(' ', '+').replace('#', '%23')}"
    theirs = int((await asked(world, path)).json()["results"]["bindings"][0]["n"]["value"])
    nobody = await world.client.get(f"{world.node.settings.public_url}{path}")
    assert int(nobody.json()["results"]["bindings"][0]["n"]["value"]) == 0
    seen = await world.consumer.browse(world.b.scope, world.a.did)
    assert 0 < theirs < len(seen)
    wrong = await asked(world, f"/t/{world.a.company.id}/sparql?query=INSERT+DATA+%7B%7D")
    assert (wrong.status_code, wrong.json()["code"]) == (400, "QUERY_NOT_ALLOWED")
