"""The native API of reuse over HTTP, with the real application of this room."""

from typing import Any

import msgspec
import pytest
from tests.operators.site import Site
from tests.reuse.conftest import Trade, diagnosis
from tests.reuse.samples import PACK, TODAY, battery, good_evidence

from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.reuse import room

pytestmark = pytest.mark.anyio
GATE = {"case": PACK, "evidence": good_evidence(), "today": TODAY, "item_id": "p1"}


@pytest.fixture
def site(trade: Trade, monkeypatch: pytest.MonkeyPatch) -> Site:
    from tests.operators import site as module

    monkeypatch.setattr(module, "room", room)
    return Site(trade.db)


async def send(site: Site, scope: OperatorScope, method: str, path: str, body: Any = None, **headers: str) -> Any:
    async with site.api(scope) as client:
        content = None if body is None else msgspec.json.encode(body)
        kind = {"content-type": "application/json"} if content is not None else {}
        return await client.request(method, f"/api/v1{path}", content=content, headers=kind | headers)


async def test_gate_value_and_match_answer_as_the_command_line_does(trade: Trade, site: Site) -> None:
    firm = await trade.company("甲")
    gate = (await send(site, firm, "POST", "/reuse/gate", GATE)).json()
    assert (gate["verdict"], len(gate["gate"]["results"])) == ("pass", 21)
    given = {"batteries": [battery()], "gate": {"pack-1": GATE}, "today": TODAY, "draws": 500}
    valued = (await send(site, firm, "POST", "/reuse/valuations", given)).json()
    assert valued["decisions"][0]["valuation"] == valued["valuations"][0]
    amounts = [option["central"] for option in valued["valuations"][0]["options"]]
    assert all(isinstance(amount, int) for amount in amounts)
    assert (await send(site, firm, "POST", "/reuse/matches", {"batteries": [], "uses": []})).status_code == 200


@pytest.mark.parametrize(
    "change,code",
    [
        ({"soh_energy": {"value": 82, "lower": 83, "upper": 85}}, 400),
        ({"rated_energy_kwh": 0}, 400),
        ({"chemistry": "XYZ"}, 400),
    ],
)
async def test_a_battery_that_is_none_is_refused_with_the_field(
    trade: Trade, site: Site, change: dict[str, Any], code: int
) -> None:
    firm = await trade.company("甲")
    given = {"batteries": [msgspec.to_builtins(battery()) | change]}
    answer = await send(site, firm, "POST", "/reuse/valuations", given)
    assert answer.status_code in (400, 422)
    assert answer.json()["code"]


async def test_a_price_set_that_lacks_prices_names_them(trade: Trade, site: Site) -> None:
    firm = await trade.company("甲")
    empty = {"id": "mine", "date": "2026-01-10", "currency": "JPY", "items": []}
    answer = await send(site, firm, "POST", "/reuse/valuations", {"batteries": [battery()], "price_set": empty})
    assert (answer.status_code, answer.json()["code"]) == (422, "PRICE_MISSING")
    assert "metal.Ni" in answer.json()["detail"]


async def test_a_deal_over_http_from_certificate_to_receipt(trade: Trade, site: Site) -> None:
    seller, buyer = await trade.company("売手"), await trade.company("買手")
    held = await trade.held(seller)
    given = {"battery_id": held.battery_id, "diagnosis": diagnosis()}
    assert (await send(site, seller, "POST", "/certificates", given)).status_code == 201
    asked = {"battery_id": held.battery_id, "price": 300_000, "publish": True}
    listing = (await send(site, seller, "POST", "/reuse/listings", asked)).json()
    seen = (await send(site, buyer, "GET", f"/reuse/market/{listing['listing_id']}")).json()
    assert (seen["price"], seen["shown"]["soh"]["lower"]) == (300_000, 78.9)
    key = str(new_id())
    offer_body = {"listing_id": listing["listing_id"], "price": 290_000}
    offers = [
        (await send(site, buyer, "POST", "/reuse/offers", offer_body, **{"idempotency-key": key})).json()
        for _ in range(2)
    ]
    assert offers[0]["offer_id"] == offers[1]["offer_id"]
    accepted = (await send(site, seller, "POST", f"/reuse/offers/{offers[0]['offer_id']}/accept")).json()
    path = f"/reuse/custody-transfers/{accepted['custody_id']}"
    assert (await send(site, buyer, "POST", f"{path}/sign")).json()["state"] == "accepted"
    for kind in ("un_38_3_summary", "packing_class"):
        await send(site, seller, "POST", f"{path}/documents", {"kind": kind, "reference": "d"})
    assert (await send(site, seller, "POST", f"{path}/ship")).json()["state"] == "in_transit"
    assert (await send(site, buyer, "POST", f"{path}/receive")).json()["state"] == "received"
    listed = (await send(site, buyer, "GET", "/reuse/batteries")).json()["items"]
    assert [one["battery_id"] for one in listed] == [str(held.battery_id)]


async def test_a_stale_version_of_a_listing_is_told(trade: Trade, site: Site) -> None:
    seller = await trade.company("売手")
    listing = await trade.listed(seller)
    path = f"/reuse/listings/{listing.listing_id}/withdraw"
    stale = await send(site, seller, "POST", path, **{"if-match": '"v99"'})
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert (await send(site, seller, "POST", path)).json()["state"] == "withdrawn"


async def test_who_only_reads_changes_nothing(trade: Trade, site: Site, scope: Any) -> None:
    seller = await trade.company("売手")
    viewer = scope(seller.operator_id, Role.VIEWER)
    for path in ("/reuse/batteries", "/reuse/listings", "/reuse/offers", "/reuse/pools", "/certificates"):
        assert (await send(site, viewer, "POST", path, {})).status_code == 403


async def test_text_that_looks_like_a_formula_or_markup_stays_text(trade: Trade, site: Site) -> None:
    firm = await trade.company("甲")
    held = await trade.held(firm, model="=HYPERLINK(1)", maker="<b>x</b>")
    found = (await send(site, firm, "GET", f"/reuse/batteries/{held.battery_id}")).json()
    assert (found["facts"]["model"], found["facts"]["maker"]) == ("=HYPERLINK(1)", "<b>x</b>")


async def test_lists_are_paged_by_key(trade: Trade, site: Site) -> None:
    firm = await trade.company("甲")
    made = [await trade.held(firm) for _ in range(3)]
    first = (await send(site, firm, "GET", "/reuse/batteries?limit=2")).json()
    rest = (await send(site, firm, "GET", f"/reuse/batteries?limit=2&cursor={first['next_cursor']}")).json()
    ids = [one["battery_id"] for one in [*first["items"], *rest["items"]]]
    assert ids == [str(one.battery_id) for one in reversed(made)]
    bad = await send(site, firm, "GET", "/reuse/batteries?cursor=xyz")
    assert (bad.status_code, bad.json()["code"]) == (422, "kernel.paging.bad_cursor")


@pytest.mark.parametrize(
    "change",
    [{"seed": -1}, {"draws": 0}, {"draws": 10**9}, {"price_set": {"id": "x", "date": "2026-01-10", "currency": "JPY",
      "items": [{"code": "transport", "unit": "JPY/kg", "price": 1, "sigma": 900}]}}],
)  # fmt: skip
async def test_figures_beyond_reason_are_refused_and_never_break_the_server(
    trade: Trade, site: Site, change: dict[str, Any]
) -> None:
    firm = await trade.company("甲")
    answer = await send(site, firm, "POST", "/reuse/valuations", {"batteries": [battery()]} | change)
    assert answer.status_code in (400, 422)


async def test_figures_that_no_battery_has_are_refused_by_name_wherever_they_come_in(trade: Trade, site: Site) -> None:
    firm = await trade.company("甲")
    huge = msgspec.to_builtins(battery()) | {"rated_energy_kwh": 1e299}
    facts = {"serial": "S-1", "model": "M", "maker": "K", "chemistry": "NMC", "rated_energy_kwh": 30.0, "mass_kg": -5}
    prices = {
        "id": "x",
        "date": "2026-01-10",
        "currency": "JPY",
        "items": [{"code": "transport", "unit": "kg", "price": 1e30}],
    }
    for path, body, code in (
        ("/reuse/valuations", {"batteries": [huge]}, "FIGURE_IMPLAUSIBLE"),
        ("/reuse/valuations", {"batteries": [battery()], "price_set": prices}, "FIGURE_IMPLAUSIBLE"),
        ("/reuse/batteries", facts, "FIGURE_IMPLAUSIBLE"),
        ("/reuse/price-sets", prices, "FIGURE_IMPLAUSIBLE"),
    ):
        answer = await send(site, firm, "POST", path, body)
        assert (answer.status_code, answer.json()["code"]) == (422, code), (path, answer.text)


@pytest.mark.parametrize("odd", ["NaN", "Infinity", "-inf"])
async def test_a_float_written_as_no_number_is_refused_and_every_list_stays_readable(
    trade: Trade, site: Site, odd: str
) -> None:
    """The framework reads numbers from text too; kept as nothing, such a figure would break every later reading."""
    firm, other = await trade.company("甲"), await trade.company("乙")
    pool = (await send(site, firm, "POST", "/reuse/pools", {"name": "p"})).json()["pool_id"]
    battery_id = str((await trade.held(firm)).battery_id)
    accident = {"known_at": "2026-01-01T00:00:00Z", "kwh": 30, "kw": odd}
    contract = {
        "user_id": str(other.operator_id),
        "pool_id": pool,
        "tariff": {"plan": "energy"},
        "starts": "2026-01-01",
    }
    pack = {"pack_id": "P", "station": "s", "soc": 98, "soh": odd, "usable_kwh": 1.2, "verdict": "pass"}
    finding = {"evidence_id": "e", "quantity": "soh", "value": odd, "at": "2026-01-01"}
    for path, body in (
        ("/reuse/pools", {"name": "n", "rules": {"efc_life": odd, "age_life": 8}}),
        (f"/reuse/pools/{pool}/packs", pack),
        ("/reuse/contracts", contract | {"soh_floor": odd}),
        ("/reuse/accidents", {"battery_id": battery_id, "site": "x", "what": "y", "accident": accident}),
        (f"/reuse/batteries/{battery_id}/evidence", {"findings": [finding]}),
        ("/reuse/site-checks", {"kwh": odd}),
    ):
        answer = await send(site, firm, "POST", path, body)
        assert answer.status_code in (400, 422), (path, answer.text)
    for path in (
        "/reuse/pools",
        f"/reuse/pools/{pool}/packs",
        "/reuse/agreements",
        "/reuse/accidents",
        "/reuse/batteries",
    ):
        assert (await send(site, firm, "GET", path)).status_code == 200


async def test_a_battery_without_resistance_or_with_an_endless_floor_is_refused_at_matching(
    trade: Trade, site: Site
) -> None:
    firm = await trade.company("甲")
    offered = {
        "item_id": "c", "model": "m", "verdict": "pass", "soh": 82, "soh_lower": 80, "soh_upper": 84, "capacity_ah": 100,
        "rated_energy_kwh": 40, "v_min": 250, "v_max": 400, "resistance_ohm": 0.05, "ocv": [[0, 250], [1, 400]],
    }  # fmt: skip
    wanted = {
        "use_id": "u", "p_max_kw": 5, "e_min_kwh": 10, "v_min": 200, "v_max": 450, "temperature_range": [0, 40],
        "cycles_per_day": 1, "dod": 0.8, "years": 8, "soh_min": 60, "soh_eol": 50, "value_per_kwh": 30,
    }  # fmt: skip
    for change, status in (({}, 200), ({"resistance_ohm": 0}, 400), ({"floor": "NaN"}, 400)):
        body = {"batteries": [offered | change], "uses": [wanted]}
        answer = await send(site, firm, "POST", "/reuse/matches", body)
        assert (answer.status_code == 200) is (status == 200), answer.text
        assert answer.status_code < 500
