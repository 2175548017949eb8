"""The native API of this room, over HTTP."""

import pytest

from meguri.kernel.ids import new_id
from meguri.kernel.scope import Role
from meguri.operators import service, subjects
from meguri.operators.catalogue import disclosure_rules
from meguri.web.auth import doors

from .conftest import relation_of
from .site import Site
from .test_disclosure import Parts

PLANT = {"name": "第一工場", "address": "愛知県豊田市1", "open_plant_id": "1234567890123000001"}


@pytest.fixture
def site(db) -> Site:
    return Site(db)


@pytest.fixture
def parts(monkeypatch) -> Parts:
    known = Parts()
    monkeypatch.setattr(subjects, "_subjects", known)
    return known


async def test_a_stranger_finds_every_door_shut(site) -> None:
    async with site.stranger() as stranger:
        for method, path, handler in doors(site.litestar):
            if handler.opt.get("public"):
                continue
            answer = await stranger.request(method, path.replace("{chosen}", "on").replace("{undone}", "1"))
            assert answer.status_code in (303, 401, 404), (method, path)
            if path.startswith("/api/"):
                assert answer.json().keys() >= {"type", "title", "status", "detail", "code"}


async def test_a_viewer_changes_nothing(site, join, scope) -> None:
    mine = await join()
    viewer, editor = scope(mine.operator_id, Role.VIEWER), scope(mine.operator_id, Role.EDITOR)
    tag = {"if-match": '"v1"'}
    pair = f"/api/v1/disclosures/{new_id()}/{new_id()}"
    async with site.api(viewer) as client:
        for method, path, body in (
            ("PUT", "/api/v1/operators/me", {"name": "n", "address": "a", "open_operator_id": "o"}),
            ("PUT", "/api/v1/operators/me/settings", {"auto_disclose": True}),
            ("POST", "/api/v1/plants", PLANT),
            ("PUT", f"/api/v1/plants/{new_id()}", PLANT),
            ("PUT", pair, {"groups": {}}),
            ("POST", "/api/v1/inbox/read", {}),
        ):
            answer = await client.request(method, path, json=body, headers=tag)
            assert (answer.status_code, answer.json()["code"]) == (403, "forbidden"), path
    async with site.api(editor) as client:  # an editor keeps the plants, not the company's own record
        assert (await client.post("/api/v1/plants", json=PLANT)).status_code == 201
        answer = await client.put("/api/v1/operators/me/settings", json={"auto_disclose": True}, headers=tag)
        assert answer.status_code == 403


async def test_the_own_record_is_read_and_changed_under_its_etag(site, join) -> None:
    mine = await join("甲社", open_operator_id="Y-1")
    async with site.api(mine) as client:
        read = await client.get("/api/v1/operators/me")
        assert (read.status_code, read.headers["etag"], read.json()["name"]) == (200, '"v1"', "甲社")
        change = {"name": "甲新社", "address": "東京都", "open_operator_id": "Y-1"}
        bare = await client.put("/api/v1/operators/me", json=change)
        assert (bare.status_code, bare.json()["code"]) == (428, "if_match_needed")
        saved = await client.put("/api/v1/operators/me", json=change, headers={"if-match": read.headers["etag"]})
        assert (saved.status_code, saved.headers["etag"]) == (200, '"v2"')
        stale = await client.put("/api/v1/operators/me", json=change, headers={"if-match": read.headers["etag"]})
        assert (stale.status_code, stale.json()["code"]) == (412, "stale")
        kept = await client.get("/api/v1/operators/me/versions", params={"limit": 1})
        assert kept.json()["items"][0]["name"] == "甲新社"
        rest = await client.get("/api/v1/operators/me/versions", params={"cursor": kept.json()["next_cursor"]})
        assert [old["name"] for old in rest.json()["items"]] == ["甲社"]


@pytest.mark.parametrize(("language", "words"), [("ja", "LEIの形式"), ("en", "This is not a valid LEI")])
async def test_each_broken_rule_is_named_in_the_readers_language(site, join, language: str, words: str) -> None:
    mine = await join(open_operator_id="Y-1")
    body = {"name": "", "address": "a", "open_operator_id": "Y-1", "lei": "X", "gln": "4912345000018"}
    async with site.api(mine) as client:
        headers = {"if-match": '"v1"', "accept-language": language}
        answer = await client.put("/api/v1/operators/me", json=body, headers=headers)
    assert answer.status_code == 422
    assert answer.headers["content-type"].startswith("application/problem+json")
    errors = {error["field"]: error["detail"] for error in answer.json()["errors"]}
    assert set(errors) == {"name", "lei", "gln"}
    assert words in errors["lei"]


async def test_unknown_and_unfit_fields_are_refused(site, join) -> None:
    mine = await join()
    async with site.api(mine) as client:
        for body in ({**PLANT, "plant_id": str(new_id())}, {**PLANT, "name": 1}, [], {}, {**PLANT, "name": "a\x00"}):
            answer = await client.post("/api/v1/plants", json=body)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), body
        broken = await client.post("/api/v1/plants", content=b"{", headers={"content-type": "application/json"})
        assert broken.status_code in (400, 422)


async def test_the_directory_is_searched_and_looked_up(site, join) -> None:
    mine = await join("甲社", open_operator_id="7000012050002")
    other = await join("乙 精工", open_operator_id="Z")
    async with site.api(mine) as client:
        found = (await client.get("/api/v1/operators", params={"q": "精工"})).json()
        assert [one["name"] for one in found["items"]] == ["乙 精工"]
        assert found["next_cursor"] is None
        directory = {
            "operator_id",
            "name",
            "address",
            "open_operator_id",
            "global_operator_id",
            "lei",
            "gln",
            "synthetic",
            "proof",
            "proved_at",
        }
        assert set(found["items"][0]) == directory
        one = await client.get("/api/v1/operators/by-open-id", params={"open_operator_id": "Z"})
        assert one.json()["operator_id"] == str(other.operator_id)
        none = await client.get("/api/v1/operators/by-open-id", params={"open_operator_id": "nobody"})
        assert (none.status_code, none.json()["code"]) == (404, "operators.operator_unknown")
        asked = [other.operator_id, new_id(), mine.operator_id]
        both = await client.get("/api/v1/operators/by-ids", params={"operator_ids": [str(one) for one in asked]})
        assert [one["name"] for one in both.json()["items"]] == ["乙 精工", "甲社"]
        for bad in ({"operator_ids": []}, {"operator_ids": ["x"]}, {"operator_ids": [str(new_id())] * 101}):
            assert (await client.get("/api/v1/operators/by-ids", params=bad)).status_code == 422, bad
        for bad in ({"limit": 0}, {"limit": -5}, {"limit": 101}, {"limit": "x"}, {"cursor": "x"}, {"q": "x" * 257}):
            assert (await client.get("/api/v1/operators", params=bad)).status_code == 422, bad


async def test_plants_are_registered_listed_and_changed(site, join) -> None:
    mine, other = await join(), await join()
    async with site.api(mine) as client, site.api(other) as stranger:
        made = await client.post("/api/v1/plants", json=PLANT)
        assert (made.status_code, made.headers["etag"]) == (201, '"v1"')
        again = await client.post("/api/v1/plants", json=PLANT)
        assert (again.status_code, again.json()["code"]) == (409, "operators.open_plant_id_taken")
        path = f"/api/v1/plants/{made.json()['plant_id']}"
        for method in ("GET", "PUT"):
            foreign = await stranger.request(method, path, json=PLANT, headers={"if-match": '"v1"'})
            missing = await stranger.request(
                method, f"/api/v1/plants/{new_id()}", json=PLANT, headers={"if-match": '"v1"'}
            )
            assert foreign.status_code == missing.status_code == 404
            assert foreign.json()["detail"] == missing.json()["detail"]
        changed = await client.put(path, json={**PLANT, "name": "新"}, headers={"if-match": '"v1"'})
        assert (changed.json()["name"], changed.headers["etag"]) == ("新", '"v2"')
        assert [old["version"] for old in (await client.get(f"{path}/versions")).json()["items"]] == [2, 1]
        assert [one["name"] for one in (await client.get("/api/v1/plants")).json()["items"]] == ["新"]
        assert (await stranger.get("/api/v1/plants")).json() == {"items": [], "next_cursor": None}


async def test_the_same_post_under_one_idempotency_key_makes_one_plant(site, join) -> None:
    mine = await join()
    async with site.api(mine) as client:
        key = {"idempotency-key": str(new_id())}
        first = await client.post("/api/v1/plants", json=PLANT, headers=key)
        second = await client.post("/api/v1/plants", json=PLANT, headers=key)
        assert first.status_code == second.status_code == 201
        assert first.json() == second.json()
        assert second.headers["etag"] == '"v1"'
        other = await client.post("/api/v1/plants", json={**PLANT, "name": "x"}, headers=key)
        assert other.status_code == 409


async def test_a_disclosure_is_opened_read_and_closed(site, join, parts) -> None:
    up, down, trace_id = await join("甲社"), await join("乙社"), new_id()
    path = f"/api/v1/disclosures/{trace_id}/{down.operator_id}"
    async with site.api(up) as client, site.api(down) as reader:
        never = await client.get(path)
        assert never.headers["etag"] == '"v0"'
        groups = {state["item_group"]: state["released"] for state in never.json()["groups"]}
        assert groups == dict.fromkeys(disclosure_rules().groups, False)
        body = {"groups": {"TOTALCFP": True}, "reason": "基本契約 第3条"}
        opened = await client.put(path, json=body, headers={"if-match": '"v0"'})
        assert (opened.status_code, opened.headers["etag"]) == (200, '"v1"')
        (line,) = (await client.get("/api/v1/disclosures")).json()["items"]
        assert (line["to_name"], line["disclosure"]["trace_id"]) == ("乙社", str(trace_id))
        assert (await client.put(path, json=body, headers={"if-match": '"v0"'})).status_code == 412
        wrong = await client.put(path, json={"groups": {"RECIPE": True}}, headers={"if-match": '"v1"'})
        assert (wrong.status_code, wrong.json()["code"]) == (422, "operators.unknown_item_group")
        sly = {"groups": {}, "reason": "system:auto_disclose"}
        assert (await client.put(path, json=sly, headers={"if-match": '"v1"'})).status_code == 422
        shut = await client.put(path, json={"groups": {"TOTALCFP": False}}, headers={"if-match": '"v1"'})
        assert shut.status_code == 200
        lived = (await client.get(f"{path}/versions")).json()["items"]
        assert [(one["version"], one["released"]) for one in lived] == [(2, False), (1, True)]
        assert lived[1]["reason"] == "基本契約 第3条"
        assert (await reader.get("/api/v1/disclosures", params={"open_only": "false"})).json()["items"] == []


async def test_nothing_is_opened_for_a_company_without_a_request(site, join, parts) -> None:
    up, down = await join(), await join()
    parts.is_related = False
    async with site.api(up) as client:
        answer = await client.put(
            f"/api/v1/disclosures/{new_id()}/{down.operator_id}",
            json={"groups": {"TOTALCFP": True}},
            headers={"if-match": '"v0"'},
        )
    assert (answer.status_code, answer.json()["code"]) == (409, "operators.no_relation")


async def test_the_inbox_is_listed_and_marked(site, db, join) -> None:
    up, down = await join(), await join()
    relation = relation_of(down.operator_id, up.operator_id)
    async with db.transaction(up) as tx:
        for type_ in ("CFP_RESPONSED", "DD_RESPONSED", "CFP_UPDATED"):
            await service.notify(tx, down.operator_id, type_, up.operator_id, relation)
    async with site.api(down) as client, site.api(up) as stranger:
        listed = (await client.get("/api/v1/inbox", params={"limit": 2})).json()
        assert [one["type"] for one in listed["items"]] == ["CFP_UPDATED", "DD_RESPONSED"]
        rest = (await client.get("/api/v1/inbox", params={"cursor": listed["next_cursor"]})).json()
        assert [one["type"] for one in rest["items"]] == ["CFP_RESPONSED"]
        only = await client.get("/api/v1/inbox", params={"families": ["CFP"], "types": ["CFP_UPDATED", "REQUEST_NEW"]})
        assert [one["type"] for one in only.json()["items"]] == ["CFP_UPDATED"]
        told = listed["items"][0]["notification_id"]
        assert (await stranger.get(f"/api/v1/inbox/{told}")).status_code == 404
        assert (await client.get(f"/api/v1/inbox/{told}")).json()["read_at"] is None
        marked = await client.post("/api/v1/inbox/read", json={"notification_ids": [told]})
        assert (marked.status_code, marked.json()) == (200, {"newly_read": 1, "unread": 2})
        newest = listed["items"][0]["notified_at"]
        assert (await client.post("/api/v1/inbox/read", json={"up_to": newest})).json()["unread"] == 0
        assert (await client.get("/api/v1/inbox/unread")).json() == {"unread": 0}
        for bad in ({"notified_from": "2026-10-01T00:00:00"}, {"notified_to": "x"}, {"cursor": "x"}):
            assert (await client.get("/api/v1/inbox", params=bad)).status_code == 422, bad


async def test_every_answer_that_a_route_can_give_is_described(site) -> None:
    schema = site.litestar.openapi_schema.to_schema()["paths"]
    put_own = schema["/api/v1/operators/me"]["put"]
    assert {"200", "401", "403", "409", "412", "422", "428", "503"} <= set(put_own["responses"])
    assert "operators.open_operator_id_immutable" in put_own["responses"]["422"]["description"]
    assert "If-Match" in {parameter["name"] for parameter in put_own["parameters"]}
    for path, item in schema.items():
        if path.startswith("/api/v1/"):
            for method, operation in item.items():
                assert {"401", "403", "422"} <= set(operation["responses"]), (method, path)
