"""No body, however bent, breaks a handler: valid bodies are mutated, and nothing but a refusal of the family comes back."""

import json
import random
from typing import Any

import pytest

from .conftest import SEEDS, Town, cfp_rows

pytestmark = pytest.mark.anyio
A, B = (str(SEEDS[who].operator_id) for who in "AB")
ODD: list[Any] = [
    None,
    "",
    "x",
    0,
    -1,
    1e300,
    True,
    [],
    {},
    [None],
    "\x00",
    "\ud800",
    A,
    "2026-12-31",
    0.1234567,
    "あ" * 2000,
]


def bent(value: Any, dice: random.Random) -> Any:
    """`value` with some of its places replaced by something odd."""
    if dice.random() < 0.12:
        return dice.choice(ODD)
    if isinstance(value, dict):
        kept = {key: bent(one, dice) for key, one in value.items() if dice.random() > 0.05}
        return kept | ({"unknown": dice.choice(ODD)} if dice.random() < 0.1 else {})
    if isinstance(value, list):
        return [bent(one, dice) for one in value] * dice.choice([1, 1, 1, 2])
    return value


async def bodies(town: Town) -> list[tuple[str, str, str, Any]]:
    """(family, method, url, a valid body)."""
    part, mine = await town.part("A", "部品"), await town.part("B", "品")
    trade, status = await town.request("A", "B", part)
    transport = "/api/v1/datatransport?dataTarget="
    parent = await town.part_body("A", "親")
    child = await town.part_body("A", "子", amountRequired=1)
    plant = {
        "plantId": None,
        "operatorId": A,
        "plantName": "n",
        "plantAddress": "a",
        "openPlantId": "123456",
        "plantAttribute": {},
    }
    south = {"partsItem": "p", "plantId": await town.plant("A"), "operatorId": A, "endFlag": False, "amount": 1}
    request = {
        "downstreamTraceId": part,
        "upstreamOperatorId": B,
        "requestType": "CFP",
        "responseDueDate": "2026-01-01",
    }
    acl = {"operatorId": A, "releasedToOperatorId": B, "traceId": part}
    groups = [{"aclItemGroup": "TOTALCFP", "releasedFlag": True}]
    figures = {
        "traceId": mine,
        "preProcessingOwnOriginatedEmissions": 1,
        "emissionsUnitName": "kgCO2e/kilogram",
        "dqr": {},
    }
    status_body = {
        "statusId": status,
        "tradeId": trade,
        "requestStatus": {"cfpResponseStatus": "REJECT"},
        "replyMessage": "r",
    }
    certificate = {"operatorId": A, "traceId": part, "cfpCertificationFileInfo": [{"fileId": A, "fileName": "a"}]}
    returned = {"operatorId": A, "rejectRequests": [{"requestId": status, "replyMessage": "x"}]}
    return [
        ("ask", "PUT", f"{transport}parts", parent),
        ("ask", "PUT", f"{transport}partsStructure", {"parentPartsModel": parent, "childrenPartsModel": [child]}),
        ("ask", "PUT", f"{transport}tradeRequest", town.request_body("A", "B", part)),
        ("ask", "PUT", f"{transport}status", status_body),
        ("ask", "PUT", f"{transport}cfp", cfp_rows(part, 1, 2)),
        ("ask", "PUT", "/api/v1/authInfo?dataTarget=plant", plant),
        ("ask", "POST", "/auth/login", {"operatorAccountId": "a@example.com", "accountPassword": "x"}),
        ("north", "POST", "/cfpAcl", acl | {"acl": groups}),
        ("north", "POST", "/cfpCertificationAcl", acl | {"releasedFlag": True}),
        ("north", "POST", "/replyMessages", {"operatorId": A, "requestId": status, "replyMessage": "x"}),
        ("north", "POST", "/fileUploadUrl", {"operatorId": A, "fileInfo": [{"fileName": "a.pdf", "extension": "pdf"}]}),
        ("north", "POST", "/cfpCertificationInfo", certificate),
        ("south", "POST", "partsStructures", {"operatorId": A, "parent": south, "children": [south]}),
        ("south", "POST", "tradeRequests", {"operatorId": A, "tradeRequests": [request]}),
        ("south", "POST", "tradeRequests/reject", returned),
        ("south", "POST", "trades", {"operatorId": A, "tradeId": trade, "traceId": part}),
        ("south", "POST", "cfp", {"operatorId": A, "cfp": [figures]}),
    ]  # fmt: skip


async def test_no_body_breaks_a_handler(town: Town) -> None:
    dice = random.Random(20261122)
    for family, method, url, body in await bodies(town):
        for _ in range(25):
            raw = json.dumps(bent(body, dice)).encode()
            if dice.random() < 0.1:
                raw = raw[: dice.randrange(len(raw) + 1)]
            answer = await getattr(town, family)("A", method, url, raw)
            assert answer.status_code < 500, (url, raw, answer.text)
            if answer.status_code >= 400:
                said = answer.json()
                assert said.get("code") or said["errors"][0]["errorCode"]
