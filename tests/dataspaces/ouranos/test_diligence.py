"""`dataTarget=dd` and its release over the façade: nothing before release, results after, and never a name."""

from typing import Any

import pytest

from meguri.dataspaces.ouranos.diligence import RoomOfDiligence
from meguri.dataspaces.ouranos.rules import limits

from .conftest import SEEDS, MakeTown, Town

pytestmark = pytest.mark.anyio
A, B, C = (str(SEEDS[who].operator_id) for who in "ABC")


@pytest.fixture
async def town(found_town: MakeTown) -> Town:
    made: Town = await found_town(auto_disclose=False, diligence=RoomOfDiligence())
    return made


def result(part: str, **changes: object) -> dict[str, Any]:
    base: dict[str, Any] = {
        "ddId": None,
        "traceId": part,
        "ddType": "own",
        "ddResult": "PARTIAL",
        "ddScore": 57.5,
        "assessedAt": "2026-11-01",
        "validUntil": "2099-12-31",
        "standard": "MEGURI-DD-1 1",
        "comment": None,
        "items": [{"code": "COV_CO", "result": "PARTIAL", "comment": "coverage=90.0"}],
    }
    return base | changes


async def rows(town: Town, who: str, part: str) -> list[dict[str, Any]]:
    answer = await town.transport(who, "GET", f"dd&traceIds={part}")
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


async def release(town: Town, who: str, to: str, part: str, *, flag: bool) -> None:
    body = {
        "operatorId": SEEDS[who].operator_id,
        "releasedToOperatorId": to,
        "traceId": part,
        "acl": [{"aclItemGroup": "DDRESULT", "releasedFlag": flag}],
    }
    answer = await town.north(
        who, "POST", "/cfpAcl", {key: str(value) if key != "acl" else value for key, value in body.items()}
    )
    assert answer.status_code in (200, 201), answer.text


async def test_a_result_is_written_and_read_back_and_anothers_part_is_refused(town: Town) -> None:
    part = await town.part("B", "セル", terminatedFlag=True)
    written = await town.transport("B", "PUT", "dd", result(part))
    assert written.status_code == 201, written.text
    (row,) = await rows(town, "B", part)
    assert {key: row[key] for key in ("ddType", "ddResult", "ddScore", "standard", "items")} == {
        "ddType": "own", "ddResult": "PARTIAL", "ddScore": 57.5, "standard": "MEGURI-DD-1 1",
        "items": [{"code": "COV_CO", "result": "PARTIAL", "comment": "coverage=90.0"}],
    }  # fmt: skip
    foreign = await town.transport("A", "PUT", "dd", result(part))
    assert foreign.status_code == 400
    assert "MSGAECI0005" in foreign.text or "MSGAECI" in foreign.text
    assert await rows(town, "A", part) == []


async def test_every_result_is_written_and_read_back(town: Town) -> None:
    for number, word in enumerate(limits().words.dd_results):
        part = await town.part("B", f"品{number}", terminatedFlag=True)
        written = await town.transport("B", "PUT", "dd", result(part, ddResult=word))
        assert written.status_code == 201, written.text
        (row,) = await rows(town, "B", part)
        assert row["ddResult"] == word
    assert (await town.transport("B", "PUT", "dd", result(part, ddResult="GOOD"))).status_code == 400


async def test_a_customer_reads_nulls_before_release_the_result_after_it_and_no_name_of_those_behind(
    town: Town,
) -> None:
    _, (cell,) = await town.structure("A", "パック", {"セル": 2})
    _, (powder,) = await town.structure("B", "セル", {"秘密の粉": 1})
    made = (await town.transport("B", "GET", "parts")).json()
    parent = next(one["traceId"] for one in made if one["partsName"] == "セル")
    source = await town.part("C", "秘密の鉱石", terminatedFlag=True)
    inner, _ = await town.request("B", "C", powder, "DD")
    assert (await town.link("C", inner, source)).status_code == 201
    outer, _ = await town.request("A", "B", cell, "DD")
    assert (await town.link("B", outer, parent)).status_code == 201
    assert (
        await town.transport("C", "PUT", "dd", result(source, ddScore=20.5, ddResult="NON_CONFORMANT", comment="秘密"))
    ).status_code == 201
    assert (await town.transport("B", "PUT", "dd", result(parent))).status_code == 201
    (closed,) = await rows(town, "A", cell)
    assert closed["ddType"] == "response"
    assert all(
        closed[key] is None for key in ("ddResult", "ddScore", "assessedAt", "validUntil", "standard", "comment")
    )
    assert closed["items"] == []
    await release(town, "B", A, parent, flag=True)
    (partly,) = await rows(town, "A", cell)
    assert (partly["ddResult"], partly["ddScore"]) == ("NOT_ASSESSED", 57.5)
    await release(town, "C", B, source, flag=True)
    (whole,) = await rows(town, "A", cell)
    assert (whole["ddResult"], whole["ddScore"], whole["traceId"]) == ("NON_CONFORMANT", 20.5, cell)
    everything = str([whole, (await town.transport("A", "GET", "status&requestType=ALL")).json()])
    assert all(word not in everything for word in ("秘密", C, source, powder))
    await release(town, "B", A, parent, flag=False)
    (again,) = await rows(town, "A", cell)
    assert again["ddResult"] is None


async def test_only_own_results_are_written(town: Town) -> None:
    part = await town.part("B", "セル", terminatedFlag=True)
    refused = await town.transport("B", "PUT", "dd", result(part, ddType="total"))
    assert refused.status_code == 400
    assert "ddType: cannot be allowed 'total'" in refused.text
