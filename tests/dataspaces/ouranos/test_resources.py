"""Companies, parts, structures, requests and footprints over the wire: the contract's business rules and texts."""

import asyncio
from typing import Any

import pytest

from meguri.storage import Transaction

from .conftest import SEEDS, MakeTown, Town, cfp_rows
from .test_door import said

pytestmark = pytest.mark.anyio
A, B = str(SEEDS["A"].operator_id), str(SEEDS["B"].operator_id)
NOBODY = "00000000-0000-4000-8000-000000000000"
FOREIGN = (403, "[dataspace] AccessDenied", "You do not have the necessary privileges")


def coded(answer: Any, status: int = 400) -> str:
    """The code of a traceability refusal."""
    body = answer.json()
    assert answer.status_code == status, answer.text
    assert body["code"].startswith("[traceability] ")
    assert body["message"]
    return str(body["detail"])


# Companies


async def test_operators_are_found_by_number_and_ids(town: Town) -> None:
    path = "/api/v1/authInfo?dataTarget=operator"
    assert (await town.ask("A", "GET", f"{path}&openOperatorId=1234567890124")).json()["operatorId"] == B
    assert said(await town.ask("A", "GET", f"{path}&openOperatorId=nobody")) == (
        404,
        "[auth] NotFound",
        "record not found",
    )
    found = await town.ask("A", "GET", f"{path}&operatorIds={B},{NOBODY},{A},{B}")
    assert [one["operatorId"] for one in found.json()] == [B, A]


@pytest.mark.parametrize(
    "query, detail",
    [
        ("operatorIds=", "operatorIds: Unexpected query parameter"),
        (f"operatorIds={A},x", "operatorIds: Unexpected query parameter"),
        (f"operatorIds={','.join([A] * 101)}", "operatorIds: Unexpected query parameter"),
        (f"openOperatorId={'1' * 257}", "openOperatorId: Unexpected query parameter"),
        ("openOperatorId=&operatorIds=", "only one of operatorIds and openOperatorId can be set."),
    ],
)
async def test_wrong_searches_for_operators_are_told(town: Town, query: str, detail: str) -> None:
    answer = await town.ask("A", "GET", f"/api/v1/authInfo?dataTarget=operator&{query}")
    assert said(answer) == (400, "[auth] BadRequest", f"Invalid request parameters, {detail}")


async def test_an_operator_changes_its_own_record_and_only_that(town: Town) -> None:
    path = "/api/v1/authInfo?dataTarget=operator"
    body = (await town.ask("A", "GET", path)).json()
    changed = await town.ask("A", "PUT", path, body | {"operatorName": "A社改", "operatorAttribute": {}})
    assert changed.status_code == 201
    assert changed.json() == body | {"operatorName": "A社改", "operatorAttribute": {"globalOperatorId": None}}
    assert said(await town.ask("A", "PUT", path, body | {"openOperatorId": "1"})) == (
        400,
        "[auth] BadRequest",
        "openOperatorId: field is immutable.",
    )
    taken = await town.ask("A", "PUT", path, body | {"operatorAttribute": {"globalOperatorId": "1234ABCD5678EFGH0124"}})
    assert said(taken)[2] == "globalOperatorId: 1234ABCD5678EFGH0124 is already exists."
    assert said(await town.ask("A", "PUT", path, body | {"operatorId": B})) == (
        403,
        "[auth] AccessDenied",
        "You do not have the necessary privileges",
    )


async def test_plants_are_made_changed_and_unique(town: Town) -> None:
    path = "/api/v1/authInfo?dataTarget=plant"
    plant_id = await town.plant("A")
    (plant,) = (await town.ask("A", "GET", path)).json()
    assert plant["plantId"] == plant_id
    assert plant["plantAttribute"] == {"globalPlantId": None}
    changed = await town.ask("A", "PUT", path, plant | {"plantName": "新工場", "plantAttribute": {"globalPlantId": ""}})
    assert (changed.status_code, changed.json()["plantName"]) == (201, "新工場")
    second = plant | {"plantId": None, "plantAttribute": {"globalPlantId": ""}}
    assert (
        said(await town.ask("A", "PUT", path, second))[2] == f"openPlantId: {plant['openPlantId']} is already exists."
    )
    third = second | {"openPlantId": "X000001"}
    assert said(await town.ask("A", "PUT", path, third))[2] == "globalPlantId:  is already exists."
    foreign = plant | {"operatorId": B}
    assert said(await town.ask("B", "PUT", path, foreign)) == (404, "[auth] NotFound", "record not found")


# Parts and structures


async def test_one_tuple_is_one_part_and_a_deleted_tuple_gets_a_new_id(town: Town) -> None:
    first = await town.part("A", "部品", partsLabelName="古い")
    assert await town.part("A", "部品", partsLabelName="新しい", traceId=NOBODY, supportPartsName="") == first
    other = await town.part("A", "部品", supportPartsName="別")
    assert other != first
    assert (await town.transport("A", "DELETE", f"parts&traceId={first}")).status_code == 204
    assert await town.part("A", "部品") not in (first, other)


async def test_parts_are_listed_page_by_page_and_the_cursor_is_the_first_row_of_the_next(town: Town) -> None:
    children = {f"部品{place:02}": 1 for place in range(50)}
    for parent in ("親1", "親2", "親3"):
        await town.structure("A", parent, {f"{parent}-{name}": amount for name, amount in children.items()})
    first = await town.transport("A", "GET", "parts&parentFlag=false&limit=100")
    link = first.headers["link"]
    assert link.startswith("<http://meguri.test/api/v1/datatransport?dataTarget=parts&after=")
    assert link.endswith('&limit=100&parentFlag=false>; rel="next"')
    after = link.partition("after=")[2][:36]
    second = await town.transport("A", "GET", f"parts&parentFlag=false&after={after}")
    assert "link" not in second.headers
    rows = [*first.json(), *second.json()]
    assert (len(first.json()), len(rows)) == (100, 150)
    assert second.json()[0]["traceId"] == after
    assert len({row["traceId"] for row in rows}) == 150
    assert [row["partsName"] for row in rows] == sorted(row["partsName"] for row in rows)
    assert {row["amountRequired"] for row in rows} == {None}
    one = (await town.transport("A", "GET", f"parts&limit=1&after={after}")).json()
    assert [row["traceId"] for row in one] == [after]
    parents = (await town.transport("A", "GET", "parts&parentFlag=true")).json()
    assert [row["partsName"] for row in parents] == ["親1", "親2", "親3"]


async def test_an_unknown_or_foreign_cursor_gives_an_empty_page(town: Town) -> None:
    foreign = await town.part("B", "部品")
    await town.part("A", "部品")
    for after in (NOBODY, foreign):
        for target in ("parts", "tradeRequest", "tradeResponse", "status"):
            answer = await town.transport("A", "GET", f"{target}&after={after}")
            assert (answer.status_code, answer.text, "link" in answer.headers) == (200, "[]", False)


async def test_an_unknown_or_foreign_part_has_an_empty_structure(town: Town) -> None:
    foreign = await town.part("B", "部品")
    for part in (NOBODY, foreign):
        answer = await town.transport("A", "GET", f"partsStructure&traceId={part}")
        assert answer.text == '{"parentPartsModel":null,"childrenPartsModel":[]}'


async def test_a_structure_is_read_as_it_was_written(town: Town) -> None:
    parent, (one, two) = await town.structure("A", "親", {"子1": 0.00001, "子2": 99999.99999})
    answer = await town.transport("A", "GET", f"partsStructure&traceId={parent}")
    assert '"amountRequired":0.00001' in answer.text
    assert '"amountRequired":99999.99999' in answer.text
    assert [child["traceId"] for child in answer.json()["childrenPartsModel"]] == [one, two]


async def test_structures_keep_the_rules_and_all_or_nothing_is_written(town: Town) -> None:
    body = await town.part_body("A", "親")
    child = await town.part_body("A", "子", amountRequired=1)

    async def put(parent: object, *children: object) -> str:
        said = {"parentPartsModel": parent, "childrenPartsModel": list(children)}
        return coded(await town.transport("A", "PUT", "partsStructure", said))

    assert await put(body, child | {"plantId": NOBODY}) == "MSGMGP0004"
    assert await put(body | {"terminatedFlag": True}, child) == "MSGMGP0008"
    assert await put(body, child, child) == "MSGMGP0002"
    assert await put(body, body | {"amountRequired": 1}) == "MSGMGP0002"
    assert (await town.transport("A", "GET", "parts")).json() == []
    await town.structure("A", "親", {"子": 1})
    assert await put(await town.part_body("A", "子"), body | {"amountRequired": 1}) == "MSGMGP0001"


async def test_a_part_of_another_operator_is_refused_only_after_the_body_was_checked(town: Town) -> None:
    body = await town.part_body("A", "部品", operatorId=B)
    assert said(await town.transport("A", "PUT", "parts", body)) == FOREIGN
    answer = await town.transport("A", "PUT", "parts", body | {"partsName": ""})
    assert said(answer)[2] == "Validation failed, partsName: cannot be blank."
    child = {"parentPartsModel": body | {"operatorId": A}, "childrenPartsModel": [body | {"amountRequired": 1}]}
    assert said(await town.transport("A", "PUT", "partsStructure", child)) == FOREIGN
    request = town.request_body("B", "A", NOBODY)
    assert said(await town.transport("A", "PUT", "tradeRequest", request)) == FOREIGN


async def test_what_cannot_be_deleted_is_told_in_order(town: Town) -> None:
    parent, (child,) = await town.structure("A", "親", {"子": 1})
    foreign = await town.part("B", "部品", terminatedFlag=True)

    async def delete(who: str, part: str) -> str:
        return coded(await town.transport(who, "DELETE", f"parts&traceId={part}"))

    assert await delete("A", NOBODY) == "MSGAECP0013"
    assert await delete("A", foreign) == "MSGAECO0025"
    assert await delete("A", parent) == await delete("A", child) == "MSGAECP0014"
    alone = await town.part("A", "単独")
    trade, status = await town.request("A", "B", alone)
    assert await delete("A", alone) == "MSGAECP0015"
    await town.link("B", trade, foreign)
    assert await delete("B", foreign) == "MSGAECP0016"
    assert (await town.end("B", trade, status, "REJECT", "差戻し")).status_code == 201
    assert await delete("A", alone) == "MSGAECP0015"
    assert (await town.end("A", trade, status, "CANCEL")).status_code == 201
    assert (await town.transport("A", "DELETE", f"parts&traceId={alone}")).status_code == 204
    assert (await town.transport("B", "DELETE", f"parts&traceId={foreign}")).status_code == 204


async def test_control_characters_and_percent_signs_are_kept_verbatim(town: Town) -> None:
    name = '%s "quoted" \\ \u0001 <&>\u2028é'
    await town.part("A", name)
    (found,) = (await town.transport("A", "GET", "parts")).json()
    assert found["partsName"] == name
    assert (await town.transport("A", "GET", "parts&partsName=%00")).json() == []


# Requests


async def test_requests_keep_the_rules_in_order(town: Town) -> None:
    parent, (child,) = await town.structure("A", "親", {"子": 1})
    ended = await town.part("A", "終端", terminatedFlag=True)

    async def ask(part: str, upstream: str = B, status: int = 400) -> str:
        body = town.request_body("A", "B", part)
        body["tradeModel"]["upstreamOperatorId"] = upstream
        return coded(await town.transport("A", "PUT", "tradeRequest", body), status)

    assert await ask(NOBODY, NOBODY, 404) == "MSGAECP0004"
    assert await ask(NOBODY) == "MSGAECI0005"
    assert await ask(child, A) == "MSGMGT0003"
    assert await ask(ended) == "MSGMGT0002"
    assert await ask(parent) == "MSGMGT0001"
    await town.request("A", "B", child)
    assert await ask(child) == "MSGMGT0004"


async def test_an_open_request_is_amended_and_its_heart_never_changes(town: Town) -> None:
    part = await town.part("A", "部品")
    trade, status = await town.request("A", "B", part)
    body = town.request_body(
        "A", "B", part, message="急ぎです", responseDueDate="2020-01-01", statusId=status, tradeId=trade
    )
    body["tradeModel"]["tradeId"] = trade.upper()
    changed = await town.transport("A", "PUT", "tradeRequest", body)
    assert changed.status_code == 201
    assert changed.json()["statusModel"]["requestStatus"] == {
        "completedCount": None,
        "completedCountModifiedAt": None,
        "tradesCount": None,
        "tradesCountModifiedAt": None,
    }
    (row,) = (await town.transport("A", "GET", "status")).json()
    assert (row["message"], row["responseDueDate"]) == ("急ぎです", "2020-01-01")
    body["statusModel"]["requestType"] = "DD"
    assert coded(await town.transport("A", "PUT", "tradeRequest", body)) == "MSGMGT0005"
    body["statusModel"] |= {"requestType": "CFP", "statusId": NOBODY}
    assert coded(await town.transport("A", "PUT", "tradeRequest", body)) == "MSGAECO0020"


async def test_links_keep_the_rules_in_order(town: Town) -> None:
    part = await town.part("A", "部品")
    mine, litres = await town.part("B", "品"), await town.part("B", "液", amountRequiredUnit="liter")
    trade, status = await town.request("A", "B", part)
    assert coded(await town.link("B", NOBODY, mine)) == "MSGAECO0020"
    assert coded(await town.link("C", trade, mine)) == "MSGAECO0020"
    assert coded(await town.link("A", trade, part), 403) == "MSGAECO0025"
    assert coded(await town.link("B", trade, part)) == "MSGAECI0005"
    assert coded(await town.link("B", trade, litres)) == "MSGMGT0008"
    back = await town.part("A", "戻り")
    _, (leaf,) = await town.structure("B", "組", {"葉": 1})
    loop, _ = await town.request("B", "A", leaf)
    assembly = (await town.transport("B", "GET", "parts&partsName=%E7%B5%84")).json()[0]["traceId"]
    assert (await town.link("B", trade, assembly)).status_code == 201
    assert coded(await town.link("A", loop, part)) == "MSGMGT0009"
    assert (await town.link("A", loop, back)).status_code == 201
    again = await town.link("B", trade, assembly)
    assert (again.status_code, again.json()["upstreamTraceId"]) == (201, assembly)
    assert (await town.end("B", trade, status, "REJECT", "x")).status_code == 201
    assert coded(await town.link("B", trade, mine)) == "MSGMGT0007"


async def test_a_returned_request_stays_visible_until_it_is_made_anew(town: Town) -> None:
    part = await town.part("A", "部品")
    trade, status = await town.request("A", "B", part)
    assert coded(await town.end("B", trade, status, "CANCEL"), 403) == "MSGAECO0025"
    assert coded(await town.end("A", trade, status, "REJECT"), 403) == "MSGAECO0025"
    assert coded(await town.end("C", trade, status, "REJECT")) == "MSGAECO0020"
    assert coded(await town.end("A", trade, NOBODY, "CANCEL")) == "MSGAECO0020"
    assert (await town.end("B", trade, status, "REJECT", "差戻し")).status_code == 201
    (row,) = (await town.transport("A", "GET", f"status&statusTarget=REQUEST&traceId={part}")).json()
    state = row["requestStatus"]
    assert (state["cfpResponseStatus"], state["tradeTreeStatus"], state["completedCount"], state["tradesCount"]) == (
        "REJECT",
        "UNTERMINATED",
        0,
        0,
    )
    assert row["replyMessage"] == "差戻し"
    assert (await town.transport("A", "GET", "tradeRequest")).json()[0]["upstreamTraceId"] is None
    assert coded(await town.end("B", trade, status, "REJECT")) == "MSGMGT0007"
    second, _ = await town.request("A", "B", part)
    assert [one["tradeId"] for one in (await town.transport("A", "GET", "tradeRequest")).json()] == [second]
    received = (await town.transport("B", "GET", "tradeResponse")).json()
    assert {one["tradeModel"]["tradeId"] for one in received} == {trade, second}


async def test_status_filters_count_only_for_their_side(town: Town) -> None:
    one, two = await town.part("A", "部品1"), await town.part("A", "部品2")
    _, first = await town.request("A", "B", one)
    _, second = await town.request("A", "B", two)

    async def ids(query: str, who: str = "A") -> list[str]:
        answer = await town.transport(who, "GET", f"status&{query}")
        assert answer.status_code == 200, answer.text
        return [row["statusId"] for row in answer.json()]

    assert await ids("") == await ids("statusTarget=REQUEST") == [second, first]
    assert await ids(f"statusTarget=REQUEST&traceId={one}") == [first]
    assert await ids(f"statusTarget=REQUEST&statusId={first}") == [second, first]
    assert await ids(f"statusId={first}&traceId={two}&after={NOBODY}") == [first]
    assert await ids(f"statusTarget=RESPONSE&traceId={one}", "B") == [second, first]
    assert await ids(f"statusTarget=RESPONSE&statusId={second}", "B") == [second]
    assert await ids("statusTarget=RESPONSE") == []
    page = await town.transport("A", "GET", "status&statusTarget=REQUEST&limit=1")
    assert page.headers["link"].endswith(f'dataTarget=status&after={one}&limit=1&statusTarget=REQUEST>; rel="next"')
    page = await town.transport("B", "GET", "tradeResponse&limit=1")
    assert page.headers["link"].endswith(f'dataTarget=tradeResponse&after={first}&limit=1>; rel="next"')
    exactly = await town.transport("B", "GET", f"tradeResponse&limit=1&after={first}")
    assert [row["statusModel"]["statusId"] for row in exactly.json()] == [first]
    both = await town.transport("A", "GET", f"tradeRequest&traceIds={two},{one}&limit=1&after={NOBODY}")
    assert len(both.json()) == 2
    assert "link" not in both.headers


@pytest.mark.parametrize(
    "query, name",
    [
        ("parts&limit=0&after=x", "limit"),
        ("parts&after=x&traceId=x", "after"),
        ("parts&plantId=x&traceId=x", "traceId"),
        ("parts&parentFlag=x&plantId=x", "plantId"),
        ("parts&parentFlag=x", "parentFlag"),
        ("tradeRequest&after=x&traceIds=x", "traceIds"),
        (f"tradeRequest&after=x&traceIds={NOBODY}", "after"),
        ("tradeResponse&after=x&limit=x", "limit"),
        ("status&statusId=x&statusTarget=x", "statusTarget"),
        ("status&statusId=x&traceId=x", "statusId"),
        (f"status&statusId={NOBODY}&after=x", "after"),
        ("status&requestType=x", "requestType"),
        ("cfp", "traceIds"),
        ("cfp&traceIds=", "traceIds"),
        (f"cfp&traceIds={','.join([NOBODY] * 51)}", "traceIds"),
        ("partsStructure", "traceId"),
        ("cfpCertification&traceId=x", "traceId"),
        ("dd&traceIds=x", "dataTarget"),
    ],
)
async def test_parameters_are_checked_in_their_order(town: Town, query: str, name: str) -> None:
    answer = await town.transport("A", "GET", query)
    assert said(answer) == (
        400,
        "[dataspace] BadRequest",
        f"Invalid request parameters, {name}: Unexpected query parameter",
    )


async def test_put_and_delete_check_their_parameters(town: Town) -> None:
    for method, query, name in (
        ("PUT", "tradeResponse&traceId=x", "tradeId"),
        ("PUT", f"tradeResponse&tradeId={NOBODY}&traceId=", "traceId"),
        ("DELETE", "parts", "traceId"),
        ("DELETE", "cfp", "dataTarget"),
        ("PUT", "cfpCertification", "dataTarget"),
    ):
        answer = await town.transport("A", method, query)
        assert said(answer)[2] == f"Invalid request parameters, {name}: Unexpected query parameter"


# Footprints


async def test_footprints_keep_the_rules_in_order(town: Town) -> None:
    part, foreign = await town.part("A", "部品"), await town.part("B", "部品")
    assert coded(await town.declare("A", foreign, 1, 1)) == "MSGAECI0005"
    litres = [row | {"ghgDeclaredUnit": "kgCO2e/liter"} for row in cfp_rows(part, 1, 1)]
    assert coded(await town.transport("A", "PUT", "cfp", litres)) == "MSGMGC0002"
    assert coded(await town.declare("A", part, 1, 1, cfp_id=NOBODY)) == "MSGAECO0020"
    answer = await town.transport("A", "PUT", "cfp", list(reversed(cfp_rows(part, 1, 1))))
    assert answer.status_code == 201
    assert [row["cfpType"] for row in answer.json()] == [
        "mainComponent",
        "preComponent",
        "mainProduction",
        "preProduction",
    ]
    (cfp_id,) = {row["cfpId"] for row in answer.json()}
    assert coded(await town.declare("A", part, 2, 2)) == "MSGMGC0001"
    assert coded(await town.declare("A", part, 2, 2, cfp_id=NOBODY)) == "MSGAECO0020"
    assert (await town.declare("A", part, 2, 2, cfp_id=cfp_id)).status_code == 201
    rows = (await town.transport("A", "GET", f"cfp&traceIds={foreign},{part}")).json()
    assert [row["ghgEmission"] for row in rows] == [2, 2, 0, 0, 2, 2, 0, 0]
    assert (await town.transport("B", "GET", f"cfp&traceIds={part}")).json() == []


async def test_a_null_emission_stays_null(town: Town) -> None:
    part = await town.part("A", "部品")
    rows = cfp_rows(part, None, 5)
    for row in rows:
        if row["cfpType"].startswith("pre"):
            row |= {"ghgEmission": None, "dqrValue": {"TeR": None, "GeR": None, "TiR": None}}
    answer = await town.transport("A", "PUT", "cfp", rows)
    assert answer.status_code == 201
    assert '"ghgEmission":null' in answer.text
    assert '"dqrValue":{"TeR":null,"GeR":null,"TiR":null}' in answer.text


async def test_an_answer_that_is_not_released_is_null_with_its_unit(found_town: MakeTown) -> None:
    town = await found_town(auto_disclose=False)
    part, mine = await town.part("A", "部品"), await town.part("B", "品", terminatedFlag=True)
    trade, _ = await town.request("A", "B", part)
    await town.link("B", trade, mine)
    await town.declare("B", mine, 1.5, 10)
    rows = (await town.transport("A", "GET", f"cfp&traceIds={part}")).json()
    assert [row["ghgEmission"] for row in rows] == [None, None]
    assert {row["ghgDeclaredUnit"] for row in rows} == {"kgCO2e/kilogram"}
    assert [set(row["dqrValue"].values()) for row in rows] == [{None}, {None}]
    acl = {"operatorId": B, "releasedToOperatorId": A, "traceId": mine}
    one = acl | {"acl": [{"aclItemGroup": "TOTALCFP", "releasedFlag": True}]}
    assert (await town.north("B", "POST", "/cfpAcl", one)).json() == {"traceId": mine}
    rows = (await town.transport("A", "GET", f"cfp&traceIds={part}")).json()
    assert [row["ghgEmission"] for row in rows] == [1.5, 10]
    assert [set(row["dqrValue"].values()) for row in rows] == [{None}, {None}]
    told = (await town.north("A", "GET", f"/notifications?operatorId={A}")).json()["notifications"]
    assert [one["notificationType"] for one in told] == ["CFP_UPDATED", "CFP_RESPONSED"]


# Extras that clients may use


async def test_a_repeated_write_with_one_key_is_answered_again_and_not_done_again(town: Town) -> None:
    part = await town.part("A", "部品")
    key = {"Idempotency-Key": "k-1"}
    body = town.request_body("A", "B", part)
    first = await town.transport("A", "PUT", "tradeRequest", body, **key)
    again = await town.transport("A", "PUT", "tradeRequest", body, **key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.text == again.text
    assert len((await town.transport("A", "GET", "tradeRequest")).json()) == 1
    body["statusModel"]["message"] = "別"
    other = await town.transport("A", "PUT", "tradeRequest", body, **key)
    assert said(other)[:2] == (409, "[dataspace] Conflict")


async def test_a_change_over_a_newer_one_is_refused_when_the_client_asks_for_it(town: Town) -> None:
    parent, _ = await town.structure("A", "親", {"子": 1})
    read = await town.transport("A", "GET", f"partsStructure&traceId={parent}")
    tag = read.headers["etag"]
    body = read.json()
    body["childrenPartsModel"][0]["amountRequired"] = 2
    assert (await town.transport("A", "PUT", "partsStructure", body, **{"If-Match": tag})).status_code == 201
    body["childrenPartsModel"][0]["amountRequired"] = 3
    stale = await town.transport("A", "PUT", "partsStructure", body, **{"If-Match": tag})
    assert said(stale)[:2] == (412, "[dataspace] PreconditionFailed")
    assert (await town.transport("A", "PUT", "partsStructure", body)).status_code == 201


async def test_of_two_parallel_links_and_cancels_one_wins_and_none_breaks(town: Town) -> None:
    part, mine = await town.part("A", "部品"), await town.part("B", "品")
    trade, status = await town.request("A", "B", part)
    answers = await asyncio.gather(
        *(town.link("B", trade, mine) for _ in range(3)), *(town.end("A", trade, status, "CANCEL") for _ in range(3))
    )
    assert {answer.status_code for answer in answers} <= {201, 400}
    assert [answer.status_code for answer in answers[3:]].count(201) == 1
    assert {coded(answer) for answer in answers if answer.status_code == 400} <= {"MSGAECO0020"}


async def test_footprints_of_fifty_parts_cost_as_many_statements_as_of_one(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = []
    for place in range(50):
        part, _ = await town.structure("A", f"親{place}", {f"子{place}": 2})
        await town.declare("A", part, 1, 2)
        parts.append(part)
    counted: list[str] = []
    execute = Transaction._execute

    async def counting(self: Transaction, query: Any, params: Any) -> Any:
        counted.append(str(query))
        return await execute(self, query, params)

    monkeypatch.setattr(Transaction, "_execute", counting)
    numbers = []
    for asked in (parts[:1], parts):
        counted.clear()
        answer = await town.transport("A", "GET", f"cfp&traceIds={','.join(asked)}")
        assert len(answer.json()) == 8 * len(asked)
        numbers.append(len(counted))
    assert numbers[0] == numbers[1]
