"""The five public tutorials, call by call, and what follows from them."""

import json
import re
from importlib.resources import files
from typing import Any

import pytest

from .conftest import SEEDS, Town

pytestmark = pytest.mark.anyio
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ\Z")
FIXED = {str(seed.operator_id) for seed in SEEDS.values()}
SCORES = {
    "preProcessingResponse": {"TeR": 1, "GeR": 2, "TiR": 3},
    "mainProcessingResponse": {"TeR": 2, "GeR": 3, "TiR": 4},
}


class Walk:
    """The tutorials with the ids that this server gave."""

    def __init__(self, town: Town) -> None:
        self.town, self.ids = town, dict[str, str]()

    def ours(self, text: str) -> str:
        return UUID.sub(lambda found: self.ids.get(found[0], found[0]), text)

    async def take(self, step: dict[str, Any]) -> Any:
        request, wanted = step["request"], step["response"]
        headers = {"apiKey": "Sample-APIKey1"}
        if "Authorization" in request["headers"]:
            headers["Authorization"] = f"Bearer {self.town.tokens[step['actor']]}"
        body = None if request["body"] is None else json.loads(self.ours(json.dumps(request["body"])))
        answer = await self.town.send(request["method"], self.ours(request["url"]), body, headers)
        assert answer.status_code == wanted["status"], answer.text
        self.compare(wanted["body"], answer.json(), f"step {step['step']}")
        if "accessToken" in answer.text:
            self.town.tokens[step["actor"]] = answer.json()["accessToken"]
        return answer

    def compare(self, recorded: Any, given: Any, place: str) -> None:
        if isinstance(recorded, dict):
            assert list(given) == list(recorded), place
            for key in recorded:
                if key == "dqrValue" and given.get("dqrType") in SCORES:
                    continue
                if key not in ("accessToken", "refreshToken"):
                    self.compare(recorded[key], given[key], f"{place}.{key}")
            if given.get("dqrType") in SCORES:
                assert given["dqrValue"] == SCORES[given["dqrType"]]
        elif isinstance(recorded, list):
            assert len(given) == len(recorded), place
            for place_, (one, other) in enumerate(zip(recorded, given, strict=True)):
                self.compare(one, other, f"{place}[{place_}]")
        elif isinstance(recorded, str) and UUID.fullmatch(recorded) and recorded not in FIXED:
            assert self.ids.setdefault(recorded, given) == given, place
        elif isinstance(recorded, str) and TIME.match(recorded):
            assert TIME.match(given), place
        else:
            assert given == recorded, place


@pytest.fixture
async def walked(town: Town) -> Walk:
    walk = Walk(town)
    tutorials = json.loads(files("meguri.commands.tutorial").joinpath("tutorials.json").read_text("utf-8"))
    for step in tutorials["steps"]:
        await walk.take(step)
    return walk


A_PARENT, A_CHILD = "8fc6aa29-5f4f-476e-85e3-2d1b54715891", "40b77952-2c89-49be-8ce9-7c64a15e0ae7"
TRADE, STATUS, B_PART = (
    "f475cb75-b3b8-4427-9e8d-376377f1c795",
    "92e42cc2-7768-4bc8-b956-356a40a7a506",
    "2fb97052-250b-44de-acbb-1ba63e28af71",
)


async def test_the_five_tutorials_run_and_the_answers_have_the_recorded_keys_in_order(walked: Walk) -> None:
    assert len(walked.ids) == 9


async def test_numbers_are_written_shortest(walked: Walk) -> None:
    answer = await walked.town.transport("A", "GET", f"cfp&traceIds={walked.ids[A_CHILD]}")
    assert '"ghgEmission":10,' in answer.text
    assert "10.0" not in answer.text


async def test_totals_of_the_parent_follow_the_answer(walked: Walk) -> None:
    town, parent = walked.town, walked.ids[A_PARENT]
    assert (await town.declare("A", parent, 3, 20)).status_code == 201
    rows = (await town.transport("A", "GET", f"cfp&traceIds={parent}")).json()
    assert [row["cfpType"] for row in rows] == [
        "preProduction", "mainProduction", "preComponent", "mainComponent",
        "preProductionTotal", "mainProductionTotal", "preComponentTotal", "mainComponentTotal",
    ]  # fmt: skip
    assert [row["ghgEmission"] for row in rows] == [3, 20, 0, 0, 3, 20, 7.5, 50]
    assert {row["dqrType"] for row in rows[4:]} == {"preProcessingTotal", "mainProcessingTotal"}
    assert [tuple(row["dqrValue"].values()) for row in rows[4:]] == [(1, 2, 3), (2, 3, 4)] * 2


async def test_a_cancelled_request_leaves_no_trace_and_frees_the_parts(walked: Walk) -> None:
    town, ids = walked.town, walked.ids
    answer = await town.end("A", ids[TRADE], ids[STATUS], "CANCEL")
    assert (answer.status_code, answer.text) == (201, "{}")
    for who, target in (("A", "tradeRequest"), ("B", "tradeResponse"), ("A", "status"), ("B", "status")):
        assert (await town.transport(who, "GET", target)).json() == []
    rows = (await town.transport("A", "GET", f"cfp&traceIds={ids[A_CHILD]}")).json()
    assert [row["ghgEmission"] for row in rows] == [3, 20, 0, 0]
    gone = await town.transport("B", "DELETE", f"parts&traceId={ids[B_PART]}")
    assert (gone.status_code, gone.content) == (204, b"")


async def test_public_clients_never_see_a_due_diligence_request(walked: Walk) -> None:
    town, ids = walked.town, walked.ids
    before = [
        (await town.transport(who, "GET", target)).json() for who in "AB" for target in ("tradeRequest", "status")
    ]
    _, status_id = await town.request("A", "B", ids[A_CHILD], "DD")
    after = [(await town.transport(who, "GET", target)).json() for who in "AB" for target in ("tradeRequest", "status")]
    assert after == before
    found = (await town.transport("A", "GET", "status&requestType=DD")).json()
    assert [one["statusId"] for one in found] == [status_id]
    assert len((await town.transport("A", "GET", "status&requestType=ALL")).json()) == 2
