"""The traceability system towards another data-transport system."""

from typing import Any

import pytest

from .conftest import SEEDS, Town
from .test_north import linked, refused, sent

pytestmark = pytest.mark.anyio
A, B = (str(SEEDS[who].operator_id) for who in "AB")
NOBODY = "00000000-0000-4000-8000-000000000000"


async def structure_body(town: Town, *children: tuple[str, object]) -> dict[str, Any]:
    plant = await town.plant("A")
    part = {"plantId": plant, "operatorId": A, "supportPartsItem": "", "amountUnitName": "kilogram", "endFlag": False}
    return {
        "operatorId": A,
        "parent": part | {"partsItem": "親"},
        "children": [part | {"partsItem": name, "amount": amount} for name, amount in children],
    }


async def test_a_system_key_and_a_bare_token_open(town: Town) -> None:
    assert (await town.south("A", "GET", f"parts?operatorId={A}")).json() == {"parts": [], "next": ""}
    assert refused(await town.south(None, "GET", f"parts?operatorId={A}"), 401) == ["MSGMGA0001"]
    headers = {"x-api-key": "Sample-APIKey1", "Authorization": await town.token("A")}
    assert refused(await town.send("GET", f"/tms/parts?operatorId={A}", None, headers), 403) == ["MSGMGA0003"]
    assert refused(await town.south("A", "GET", "nonsense"), 404) == ["MSGMGO0005"]
    assert refused(await town.south("A", "GET", f"parts?operatorId={B}")) == ["MSGAECO0025"]


async def test_structures_are_posted_and_read(town: Town) -> None:
    posted = (await town.south("A", "POST", "partsStructures", await structure_body(town, ("子", 2.5)))).json()
    parent, child = posted["parent"]["traceId"], posted["children"][0]
    assert child["partsStructureId"] == f"{parent}_{child['traceId']}"
    assert posted["parent"]["supportPartsItem"] == ""
    read = (await town.south("A", "GET", f"partsStructures?operatorId={A}&parentTraceId={parent}")).json()
    assert read["parent"]["partsItem"] == "親"
    assert (read["children"][0]["amount"], read["children"][0]["endFlag"]) == (2.5, False)
    empty = await town.south("A", "GET", f"partsStructures?operatorId={A}&parentTraceId={NOBODY}")
    assert empty.json() == {"parent": None, "children": []}
    parts = (await town.south("A", "GET", f"parts?operatorId={A}&parentFlag=true")).json()
    assert [(one["partsItem"], one["parentFlag"]) for one in parts["parts"]] == [("親", True)]
    assert refused(await town.south("A", "GET", f"parts?operatorId={A}&after={NOBODY}")) == ["MSGAECO0020"]
    assert refused(await town.south("A", "DELETE", f"parts?operatorId={A}&traceId={parent}")) == ["MSGAECP0014"]
    alone = await town.part("A", "単独")
    gone = await town.south("A", "DELETE", f"parts?operatorId={A}&traceId={alone}")
    assert gone.json() == {"traceId": alone}


async def test_bad_structures_are_told_in_codes(town: Town) -> None:
    assert refused(await town.south("A", "POST", "partsStructures", {})) == ["MSGAECO0001"] * 2
    body = await structure_body(town, ("子", 0.000001))
    assert refused(await town.south("A", "POST", "partsStructures", body)) == ["MSGMGO0003"]
    body = await structure_body(town, ("親", 1))
    assert refused(await town.south("A", "POST", "partsStructures", body)) == ["MSGMGP0002"]
    body["parent"]["operatorId"] = B
    assert refused(await town.south("A", "POST", "partsStructures", body)) == ["MSGAECO0025"]
    body["parent"]["partsItem"] = "x" * 51
    assert refused(await town.south("A", "POST", "partsStructures", body)) == ["MSGMGO0002"]


async def test_requests_go_their_way(town: Town) -> None:
    part, mine = await town.part("A", "部品"), await town.part("B", "品", terminatedFlag=True)
    one = {
        "downstreamTraceId": part,
        "upstreamOperatorId": B,
        "requestType": "CFP",
        "requestMessage": "お願いします",
        "responseDueDate": "2026-12-31",
    }
    (made,) = (await town.south("A", "POST", "tradeRequests", {"operatorId": A, "tradeRequests": [one]})).json()
    assert list(made) == ["tradeId", "requestId", "downstreamTraceId"]
    mine_now = (await town.south("A", "GET", f"tradeRequests?operatorId={A}")).json()
    assert mine_now["tradeRequests"][0]["response"] is None
    assert mine_now["next"] == ""
    received = (await town.south("B", "GET", f"tradeRequestsReceived?operatorId={B}")).json()
    row = received["tradeRequests"][0]
    assert row["request"]["requestedFromOperatorId"] == A
    assert row["trade"]["downstream"]["downstreamPartsItem"] == "部品"
    day = row["request"]["requestedAt"][:10]
    for window, count in ((f"requestedDateFrom={day}&requestedDateTo={day}", 1), ("requestedDateTo=2000-01-01", 0)):
        found = (await town.south("B", "GET", f"tradeRequestsReceived?operatorId={B}&{window}")).json()
        assert len(found["tradeRequests"]) == count
    link = {"operatorId": B, "tradeId": made["tradeId"], "traceId": mine}
    assert (await town.south("B", "POST", "trades", link)).json() == {"tradeId": made["tradeId"]}
    emissions = {
        "cfpId": None,
        "traceId": mine,
        "preProcessingOwnOriginatedEmissions": 1.5,
        "mainProductionOwnOriginatedEmissions": 10,
        "preProcessingSupplierOriginatedEmissions": 0,
        "mainProductionSupplierOriginatedEmissions": 0,
        "emissionsUnitName": "kgCO2e/kilogram",
        "cfpComment": None,
        "dqr": {
            "preProcessingTeR": 1, "preProcessingGeR": 2, "preProcessingTiR": 3,
            "mainProductionTeR": 2, "mainProductionGeR": 3, "mainProductionTiR": 4,
        },
    }  # fmt: skip
    (kept,) = (await town.south("B", "POST", "cfp", {"operatorId": B, "cfp": [emissions]})).json()
    assert kept["traceId"] == mine
    (answered,) = (await town.south("A", "GET", f"tradeRequests?operatorId={A}&traceId={part}")).json()["tradeRequests"]
    assert answered["request"]["requestStatus"] == "COMPLETED"
    assert answered["trade"]["treeStatus"] == "TERMINATED"
    response = answered["response"]
    assert (response["responsePreProcessingEmissions"], response["responseMainProductionEmissions"]) == (1.5, 10)
    assert response["emissionsUnitName"] == "kgCO2e/kilogram"
    assert response["responseDqr"] == emissions["dqr"]
    (own,) = (await town.south("B", "GET", f"cfp?operatorId={B}&traceId={mine}")).json()
    assert own["cfp"]["preProcessingOwnOriginatedEmissions"] == 1.5
    assert own["cfp"]["cfpComment"] == ""
    assert own["totalCfp"]["totalMainProductionOwnOriginatedEmissions"] == 10
    assert (await town.south("A", "GET", f"cfp?operatorId={A}&traceId={part}")).json() == []
    cancel = {"operatorId": A, "cancelRequests": [{"requestId": made["requestId"]}]}
    assert (await town.south("A", "POST", "tradeRequests/cancel", cancel)).json() == [
        {"requestId": made["requestId"], "tradeId": made["tradeId"]}
    ]
    assert refused(await town.south("A", "POST", "tradeRequests/cancel", cancel)) == ["MSGAECO0020"]


async def test_of_several_requests_all_are_made_or_none(town: Town) -> None:
    part = await town.part("A", "部品")
    one = {"downstreamTraceId": part, "upstreamOperatorId": B, "requestType": "CFP"}
    answer = await town.south("A", "POST", "tradeRequests", {"operatorId": A, "tradeRequests": [one, one]})
    assert refused(answer) == ["MSGMGT0004"]
    assert (await town.south("A", "GET", f"tradeRequests?operatorId={A}")).json()["tradeRequests"] == []
    unknown = one | {"upstreamOperatorId": NOBODY}
    answer = await town.south("A", "POST", "tradeRequests", {"operatorId": A, "tradeRequests": [unknown]})
    assert refused(answer, 404) == ["MSGAECP0004"]


async def test_a_request_is_returned_with_a_message(town: Town) -> None:
    part = await town.part("A", "部品")
    trade, status = await town.request("A", "B", part)
    said = {"operatorId": B, "rejectRequests": [{"requestId": status, "replyMessage": "差戻し"}]}
    assert (await town.south("B", "POST", "tradeRequests/reject", said)).json() == [
        {"requestId": status, "tradeId": trade}
    ]
    assert refused(await town.south("B", "POST", "tradeRequests/reject", said)) == ["MSGMGT0007"]


async def test_certificates_are_listed(town: Town) -> None:
    trade, _, part, mine = await linked(town)
    _, file_id = await sent(town, mine)
    (own,) = (await town.south("B", "GET", f"cfpCertifications?operatorId={B}&traceId={mine}")).json()
    assert own["cfpCertificationFileInfo"][0]["fileId"] == file_id
    assert own["createdAt"].endswith("Z")
    (row,) = (await town.south("A", "GET", f"tradeRequests?operatorId={A}&traceId={part}")).json()["tradeRequests"]
    assert row["response"]["responseId"] == trade
    assert row["response"]["cfpCertificationFileInfo"] == [{"fileId": file_id, "fileName": "証明書 1.pdf"}]
