"""Two companies exchange footprints over TLS: asked, answered, paired, counted, replaced; and a supplier who changes."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.chain import Company, company
from tests.dataspaces.pact.conftest import Pact, event, signing_in
from tests.dataspaces.pact.footprints import footprint
from tests.dataspaces.pact.secure import certificate, free_port, serving

from meguri.dataspaces.pact import jobs, service
from meguri.dataspaces.pact.model import AskInput, MappingInput, NewPartner, PartnerInput, PublishInput
from meguri.dataspaces.pact.outgoing import Peer, Unreachable, request, resolve
from meguri.footprint.received import history
from meguri.kernel.units import AmountUnit
from meguri.traceability import service as traceability
from meguri.traceability.model import ChildInput

pytestmark = pytest.mark.anyio
URN = "urn:pact:cell.example:supplier-id:C-77"


@pytest.fixture
async def address(pact: Pact, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[str]:
    pair = certificate(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(pair[0]))
    async with serving(pact.app, free_port(), pair) as address:
        yield address


async def work(pact: Pact) -> None:
    """What a worker does with everything that was put off."""
    while pact.deferred:
        task, args, at = pact.deferred.pop(0)
        if at is None:
            await do(pact, task, args)


async def do(pact: Pact, task: str, args: dict[str, Any]) -> None:
    (job,) = [one for one in jobs.jobs if one.name == task]
    await job.do(pact.db, args)


async def friends(pact: Pact, address: str) -> tuple[Company, NewPartner, NewPartner]:
    """A buyer, the buyer as the maker's partner, and the maker as the buyer's."""
    buyer = await company(pact.db, "OEM")
    towards_buyer = await pact.maker.run(service.add_partner, PartnerInput(name="OEM"))
    towards_maker = await buyer.run(service.add_partner, PartnerInput(name="Cell Maker"))
    for owner, own, given in ((pact.maker, towards_buyer, towards_maker), (buyer, towards_maker, towards_buyer)):
        told = PartnerInput(
            name=own.partner.name,
            base_url=f"{address}/3/events",
            outgoing_client_id=given.partner.client_id,
            outgoing_secret=given.client_secret,
            private_network=True,
        )
        await owner.run(service.change_partner, own.partner.partner_id, told)
    return buyer, towards_buyer, towards_maker


async def test_a_request_becomes_a_leaf_of_the_buyers_tree_and_follows_the_supplier(pact: Pact, address: str) -> None:
    pact.deferred.clear()
    buyer, towards_buyer, towards_maker = await friends(pact, address)
    cell = ChildInput(plant_id=buyer.plant_id, name="C-77", unit=AmountUnit.UNIT, terminated=True, amount=Decimal(12))
    await buyer.run(traceability.write_structure, buyer.words("module", unit=AmountUnit.UNIT), [cell])
    part, module = await buyer.part_id("C-77"), await buyer.part_id("module")
    made = footprint({"primaryDataShare": "40"}, ("id",), productIds=[URN], productNameCompany="C-77")
    given = PublishInput(footprint=made, partners=[towards_buyer.partner.partner_id])
    first = await pact.maker.run(service.publish, given)
    pact.deferred.clear()  # the buyer is not told this time: it asks

    maker_id = towards_maker.partner.partner_id
    asked = await buyer.run(service.ask, maker_id, AskInput(product_ids=[URN], trace_id=part))
    await work(pact)
    (request_after,) = [one for one in await buyer.run(service.asked) if one.event_id == asked.event_id]
    assert request_after.state == "fulfilled"
    (suggested,) = [one for one in await buyer.run(service.mapped) if one.trace_id == part]
    assert (suggested.status, suggested.source) == ("suggested", "request")
    assert (await buyer.statement("module")).own is None

    await buyer.run(service.decide, suggested.mapping_id, confirmed=True)
    why = await buyer.run(lambda tx, scope: _why(tx, scope, module))
    assert [line.pre for line in why.lines] == [Decimal("172.22400")]  # 12 · 14.352

    better = footprint(
        {"pcfExcludingBiogenicUptake": "12.5", "pcfIncludingBiogenicUptake": "12.5", "fossilGhgEmissions": "12.5"},
        ("id",),
        productIds=[URN],
        precedingPfIds=[first.footprint["id"]],
        created="2026-03-01T00:00:00Z",
    )
    await pact.maker.run(service.publish, PublishInput(footprint=better))
    await work(pact)
    why = await buyer.run(lambda tx, scope: _why(tx, scope, module))
    assert [line.pre for line in why.lines] == [Decimal("150.00000")]
    statements = await buyer.run(history, part)
    assert [(one.version, str(one.raw), one.origin) for one in statements] == [
        (2, "12.5", "pact"),
        (1, "14.352", "pact"),
    ]
    async with await pact.client(towards_buyer) as client:
        former = (await client.get(f"/3/footprints/{first.footprint['id']}")).json()["data"]
    assert former["status"] == "Deprecated"


async def _why(tx: Any, scope: Any, part: Any) -> Any:
    from meguri.footprint import service as footprints

    return await footprints.why(tx, scope, part)


async def test_an_own_part_is_found_by_the_product_id_that_was_confirmed_for_it(pact: Pact) -> None:
    await pact.maker.part("our cell", ends=True, unit=AmountUnit.UNIT)
    part, partner = await pact.maker.part_id("our cell"), pact.partner.partner.partner_id
    made = footprint(without=("id",), productIds=["urn:gtin:04912345678904"])
    await pact.maker.run(service.publish, PublishInput(footprint=made, trace_id=part, partners=[partner]))
    synonym = "urn:pact:oem.example:buyer-id:4711"
    async with await pact.client() as client:
        assert (await client.get("/3/footprints", params={"productId": synonym})).json() == {"data": []}
        await pact.maker.run(
            service.confirm, MappingInput(partner_id=partner, trace_id=part, urn=synonym, kind="buyer-id")
        )
        (found,) = (await client.get("/3/footprints", params={"productId": synonym})).json()["data"]
    assert found["productIds"] == ["urn:gtin:04912345678904"]
    await pact.maker.run(service.deprecate, found["id"])


async def test_a_message_that_does_not_arrive_waits_and_one_that_is_refused_ends(pact: Pact, address: str) -> None:
    pact.deferred.clear()
    nowhere = PartnerInput(name="away", base_url=f"https://127.0.0.1:{free_port()}", private_network=True)
    away = await pact.maker.run(service.add_partner, nowhere)
    asked = await pact.maker.run(service.ask, away.partner.partner_id, AskInput(product_ids=[URN]))
    (task, args, _) = pact.deferred.pop()
    await do(pact, task, args)
    (message,) = [one for one in await pact.maker.run(service.outgoing) if one.message_id == asked.event_id]
    assert (message.state, message.tries) == ("waiting", 1)
    assert message.last_error
    (again, same, at) = pact.deferred.pop()
    assert (again, same, at is not None) == (task, args, True)

    shut = PartnerInput(
        name="shut", base_url=address, outgoing_client_id="a", outgoing_secret="b", private_network=True
    )
    out = await pact.maker.run(service.add_partner, shut)
    asked = await pact.maker.run(service.ask, out.partner.partner_id, AskInput(product_ids=[URN]))
    (task, args, _) = pact.deferred.pop()
    await do(pact, task, args)
    (message,) = [one for one in await pact.maker.run(service.outgoing) if one.message_id == asked.event_id]
    assert message.state == "waiting"  # signing in failed: another token may help
    assert "401" in (message.last_error or "")


async def test_another_content_under_one_id_is_flagged_and_the_first_stays(pact: Pact) -> None:
    partner = pact.partner.partner.partner_id
    one = footprint(id="11111111-1111-4111-8111-111111111111")
    kept = await pact.maker.run(service.keep_statement, partner, one)
    changed = footprint({"pcfExcludingBiogenicUptake": "1"}, id=one["id"])
    again = await pact.maker.run(service.keep_statement, partner, changed)
    assert again.body == kept.body
    assert "immutability_violation" in again.flags
    gone = await pact.maker.run(service.keep_statement, partner, footprint(id=one["id"], status="Deprecated"))
    assert (gone.status, "deprecated" in gone.flags) == ("Deprecated", True)


async def test_what_does_not_hold_any_more_is_kept_and_not_used(pact: Pact) -> None:
    await pact.maker.part("bought", ends=True, unit=AmountUnit.UNIT)
    part, partner = await pact.maker.part_id("bought"), pact.partner.partner.partner_id
    urn = "urn:pact:x:product-id:old"
    await pact.maker.run(service.confirm, MappingInput(partner_id=partner, trace_id=part, urn=urn))
    old = {"referencePeriodStart": "2019-01-01T00:00:00Z", "referencePeriodEnd": "2020-01-01T00:00:00Z"}
    kept = await pact.maker.run(
        service.keep_statement, partner, footprint(old, id="2" * 8 + "-2222-4222-8222-" + "2" * 12, productIds=[urn])
    )
    assert ("outside_validity" in kept.flags, kept.trace_id) == (True, None)
    assert (await pact.maker.statement("bought")).own is None


async def test_one_product_id_stands_for_one_part(pact: Pact) -> None:
    from meguri.dataspaces.pact.errors import MappingConflict

    for name in ("first", "second"):
        await pact.maker.part(name, ends=True)
    partner, urn = pact.partner.partner.partner_id, "urn:pact:x:product-id:one"
    first, second = await pact.maker.part_id("first"), await pact.maker.part_id("second")
    await pact.maker.run(service.confirm, MappingInput(partner_id=partner, trace_id=first, urn=urn))
    with pytest.raises(MappingConflict):
        await pact.maker.run(service.confirm, MappingInput(partner_id=partner, trace_id=second, urn=urn))
    text = await pact.maker.run(service.export_csv)
    assert text.splitlines()[0] == "partner_id,trace_id,urn,kind,status,source,score"
    assert await pact.maker.run(service.import_csv, text) == text.count("\r\n") - 1


async def test_the_wire_is_encrypted_and_plain_bytes_on_it_do_no_harm(pact: Pact, address: str, tmp_path: Path) -> None:
    port = int(address.rpartition(":")[2])
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as plain:
        with pytest.raises(httpx.TransportError):
            await plain.get("/3/footprints")
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"\x00garbage\r\n\r\n")
    await writer.drain()
    writer.close()
    trusted = ssl.create_default_context(cafile=str(tmp_path / "certificate.pem"))
    async with httpx.AsyncClient(base_url=address, verify=trusted) as client:
        told = (await client.get("/.well-known/openid-configuration")).json()
        assert told["token_endpoint"] == f"{address}/auth/token"
        credentials = signing_in(pact.partner.partner.client_id, pact.partner.client_secret)
        token = (await client.post(told["token_endpoint"], **credentials)).json()["access_token"]
        headers = {"authorization": f"Bearer {token}"}
        first = await client.get("/3/footprints", params={"limit": 1}, headers=headers)
        link = first.headers["link"].partition(">")[0].lstrip("<")
        assert link.startswith(f"{address}/3/footprints?")
        assert len((await client.get(link, headers=headers)).json()["data"]) == 1
        body = event("PublishedEvent", {"pfIds": ["3a6c14a7-4deb-498a-b5ea-16ce2535b576"]})
        cloud = headers | {"content-type": "application/cloudevents+json; charset=UTF-8"}
        assert (await client.post("/3/events", json=body, headers=cloud)).status_code == 200


async def test_our_client_walks_every_page_of_a_partner(pact: Pact, address: str) -> None:
    who = pact.partner
    peer = Peer(address, who.partner.client_id, who.client_secret, private=True)
    found = await asyncio.to_thread(lambda: peer.list_footprints(limit="1", status="Active"))
    assert [one["id"] for one in found if one["id"] in pact.ids] == pact.ids


def test_private_addresses_and_plain_http_are_not_asked() -> None:
    for url in (
        "http://example.com/",
        "https://127.0.0.1/",
        "https://10.0.0.1:8443/x",
        "https://[::1]/",
        "https:///x",
        "ftp://x/",
    ):
        with pytest.raises(Unreachable):
            request("GET", url, {}, None)
    with pytest.raises(Unreachable):
        resolve("localhost", 443)
