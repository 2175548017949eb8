"""Shipments of waste: what is missing is named, what is barred stays, and nothing moves before all is in order."""

from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest

from meguri.kernel.errors import Forbidden
from meguri.kernel.scope import OperatorScope, Role
from meguri.recycling import errors, waste_codes
from meguri.recycling.claiming import DocumentInput
from meguri.recycling.ledger import State
from meguri.recycling.model import LotKind
from meguri.recycling.records import SiteInput
from meguri.recycling.service import lots, runs, shipments, sites
from meguri.recycling.service.shipments import ShipmentInput
from recycling.booked import delivery, lot
from recycling.conftest import MakeRecycler, Recycler

pytestmark = pytest.mark.anyio
ALL = ("weighing_slip", "consignor_permit", "consignee_permit", "carrier_permit", "manifest", "safety_data", "assay")
AT = datetime(2026, 11, 20, tzinfo=UTC)


async def black_mass(r: Recycler, *, country: str = "DE", un: str | None = None) -> Any:
    await r.run(sites.change, r.site_id, SiteInput(country=country))
    hazard = {"hazard": {"un": un, "defect_class": "intact"}} if un else {}
    said = lot("BM", "black_mass", 100, {"Ni": "10"}, is_waste=True, waste_code="19 14 02*", **hazard)
    return await r.run(lots.receive, delivery(r.site_id, said, AT))


async def documented(r: Recycler, made: Any, *, without: str = "", valid_to: str = "2030-01-01") -> None:
    for kind in ALL:
        if kind != without:
            said = {"kind": kind, "number": f"{kind}-1", "valid_to": valid_to, "lot_id": str(made.lot_id)}
            await r.run(sites.add_document, msgspec.convert(said, DocumentInput))


def shipment(made: Any, **more: Any) -> ShipmentInput:
    said = {"lot_id": str(made.lot_id), "to_country": "FR", "consignee": "乙社", "at": AT.isoformat(), **more}
    return msgspec.convert(said, ShipmentInput)


async def test_a_complete_shipment_leaves_stock(recycler: MakeRecycler) -> None:
    r = await recycler()
    made = await black_mass(r)
    await documented(r, made)
    run = await r.run(shipments.ship, shipment(made))
    assert run.note["documents"] == "complete"
    assert (await r.run(lots.get, made.lot_id)).status.value == "shipped"


async def test_lots_whose_long_numbers_begin_alike_are_booked_each_by_itself(recycler: MakeRecycler) -> None:
    r = await recycler()
    for end in "12":
        said = lot("L" * 49 + end, "salt", 10, {"Li": "1"})
        made = await r.run(lots.receive, delivery(r.site_id, said, AT))
        await r.run(runs.leave, made.lot_id, to=State.DISPOSAL, kind="dispose", at=AT)
        assert (await r.run(lots.get, made.lot_id)).left_kg == 0


async def test_missing_documents_are_named_and_the_lot_stays(recycler: MakeRecycler) -> None:
    r = await recycler()
    made = await black_mass(r)
    with pytest.raises(errors.DocumentsMissing) as refused:
        await r.run(shipments.ship, shipment(made))
    assert str(refused.value.values["missing"]).split(", ") == list(ALL)
    await documented(r, made, without="assay")
    with pytest.raises(errors.DocumentsMissing):
        await r.run(shipments.ship, shipment(made))
    assert (await r.run(lots.get, made.lot_id)).left_kg == 100


async def test_a_permit_that_is_over_on_the_day_is_refused(recycler: MakeRecycler) -> None:
    r = await recycler()
    made = await black_mass(r)
    await documented(r, made, valid_to="2026-11-19")
    with pytest.raises(errors.PermitExpired):
        await r.run(shipments.ship, shipment(made))


async def test_black_mass_leaves_the_union_only_for_the_oecd_or_with_a_reason(recycler: MakeRecycler) -> None:
    r = await recycler()
    made = await black_mass(r)
    await documented(r, made)
    with pytest.raises(errors.ExportBan):
        await r.run(shipments.ship, shipment(made, to_country="CN"))
    editor = OperatorScope(r.scope.operator_id, r.scope.actor, Role.EDITOR)
    with pytest.raises(Forbidden):
        await r.db.run(editor, shipments.ship, shipment(made, to_country="CN", override="permit 7"))
    await r.run(shipments.ship, shipment(made, to_country="CN", override="permit 7"))


async def test_batteries_for_recycling_do_not_fly(recycler: MakeRecycler) -> None:
    r = await recycler()
    made = await black_mass(r, un="UN3480")
    await documented(r, made)
    with pytest.raises(errors.TransportForbidden):
        await r.run(shipments.ship, shipment(made, mode="air"))


class TestWasteCodes:
    def test_unknown_codes_are_refused_and_changed_ones_pointed_out(self) -> None:
        after, before = AT.date(), datetime(2026, 11, 8, tzinfo=UTC).date()
        assert waste_codes.check("16 06 07*", LotKind.WASTE_PACK, after) == []
        assert waste_codes.check("16 06 05", LotKind.WASTE_PACK, before) == []
        assert waste_codes.check("16 06 05", LotKind.WASTE_PACK, after) == ["WASTE_CODE_CHANGED: 16 06 05 → 16 06 07*"]
        assert waste_codes.check("16 06 07", LotKind.WASTE_PACK, after) == ["WASTE_CODE_ASTERISK_MISSING: 16 06 07*"]
        assert waste_codes.check("19 12 11*", LotKind.BLACK_MASS, after) == [
            "WASTE_CODE_SUSPECT: 19 12 11* → 19 14 02*"
        ]
        for wrong in ("99 99 99", "160607*", "battery"):
            with pytest.raises(errors.WasteCodeUnknown):
                waste_codes.check(wrong, LotKind.WASTE_PACK, after)


async def test_a_battery_leaves_the_unions_site_only_with_its_code_and_un_number(recycler: MakeRecycler) -> None:
    r = await recycler()
    await r.run(sites.change, r.site_id, SiteInput(country="DE"))
    made = await r.run(lots.receive, delivery(r.site_id, lot("P", "waste_pack", 100, is_waste=True), AT))
    await documented(r, made)
    with pytest.raises(errors.DocumentsMissing) as refused:
        await r.run(shipments.ship, shipment(made))
    assert refused.value.values["missing"] == "waste_code, un_number"
    assert (await r.run(lots.get, made.lot_id)).left_kg == 100
