"""Every value of the exchange's enumerations goes over the wire and comes back as it was written."""

import pytest
from tests.dataspaces.ouranos.conftest import Town

from meguri.dataspaces.ouranos.rules import limits
from meguri.kernel.units import AmountUnit

pytestmark = pytest.mark.anyio


async def test_every_unit_is_written_and_read_back(town: Town) -> None:
    for unit in AmountUnit:
        part = await town.part("A", f"部品 {unit}", amountRequiredUnit=unit.value)
        (found,) = (await town.transport("A", "GET", f"parts&traceId={part}")).json()
        assert found["amountRequiredUnit"] == unit.value
    body = await town.part_body("A", "部品", amountRequiredUnit="gram")
    assert (await town.transport("A", "PUT", "parts", body)).status_code == 400


async def test_a_request_goes_through_every_state(town: Town) -> None:
    mine = await town.part("B", "品", terminatedFlag=True)

    async def states(who: str, side: str, status_id: str) -> tuple[str, str]:
        found = (await town.transport(who, "GET", f"status&statusTarget={side}&limit=100")).json()
        (one,) = [row["requestStatus"] for row in found if row["statusId"] == status_id]
        return one["cfpResponseStatus"], one["tradeTreeStatus"]

    async def both(status_id: str) -> set[tuple[str, str]]:
        return {await states("A", "REQUEST", status_id), await states("B", "RESPONSE", status_id)}

    asked = [await town.request("A", "B", await town.part("A", f"部品{number}")) for number in range(3)]
    for _, status_id in asked:
        assert await both(status_id) == {("NOT_COMPLETED", "UNTERMINATED")}
    (answered, answered_id), (returned, returned_id), (cancelled, cancelled_id) = asked
    assert (await town.link("B", answered, mine)).status_code == 201
    await town.declare("B", mine, 1, 2)
    assert await both(answered_id) == {("COMPLETED", "TERMINATED")}
    assert (await town.end("B", returned, returned_id, "REJECT", "別の部品です")).status_code == 201
    assert await states("A", "REQUEST", returned_id) == ("REJECT", "UNTERMINATED")
    assert (await town.end("A", cancelled, cancelled_id, "CANCEL")).status_code == 201
    left = (await town.transport("A", "GET", "status&limit=100")).json()
    assert cancelled_id not in [
        row["statusId"] for row in left if row["requestStatus"]["cfpResponseStatus"] != "CANCEL"
    ]


async def test_every_kind_of_footprint_row_is_shown_with_its_kind_of_score(town: Town) -> None:
    pack, (cell,) = await town.structure("A", "パック", {"セル": 2})
    mine = await town.part("B", "セル", terminatedFlag=True)
    trade, _ = await town.request("A", "B", cell)
    await town.link("B", trade, mine)
    await town.declare("B", mine, 1, 2)
    await town.declare("A", pack, 3, 4)

    async def kinds(part: str) -> dict[str, str]:
        found = (await town.transport("A", "GET", f"cfp&traceIds={part}")).json()
        return {row["cfpType"]: row["dqrType"] for row in found}

    assert await kinds(pack) == {
        **limits().words.cfp_types,
        **{f"{stage}{part}Total": f"{stage}ProcessingTotal" for stage in ("pre", "main") for part in ("Production", "Component")},
    }  # fmt: skip
    assert await kinds(cell) == {
        f"{stage}ProductionResponse": f"{stage}ProcessingResponse" for stage in ("pre", "main")
    }
