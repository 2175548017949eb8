"""What crosses between three nodes: requests, totals, due diligence, recalls, passports. Messages are lost, doubled and delayed."""

import dataclasses
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import msgspec
import psycopg
import pytest
from msgspec.structs import replace

from meguri.dataspaces.dsp.documents import Documents
from meguri.dataspaces.federation import deciding, handing, shadows, store
from meguri.dataspaces.federation.deciding import Tell
from meguri.dataspaces.federation.errors import MessageNotFound, NothingToTell
from meguri.diligence import service as diligence
from meguri.diligence.model import ResultInput
from meguri.diligence.taxonomy import Band
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.operators import disclosure
from meguri.passport import store as passports
from meguri.passport.errors import DealingClosed, DppNotFound, DuplicateProductId, NotResponsibleOperator
from meguri.passport.keys import key_of
from meguri.passport.model import NewPassport
from meguri.passport.readings import Reading
from meguri.passport.service import attaching, elsewhere, measuring, moving
from meguri.passport.service.issuing import issue
from meguri.passport.service.moving import NewTransfer
from meguri.passport.service.writing import Change, save
from meguri.traceability import service as traceability
from meguri.traceability.model import RequestType, Trade

from .nodes import Place, Weather, asks, chain, hurry, last_sent, link_of, received, seen_at, total, until

pytestmark = pytest.mark.anyio


async def test_the_chain_over_three_nodes_has_the_totals_of_one_node(nodes: tuple[Place, Place, Place]) -> None:
    _, maker, carmaker = nodes
    await chain(nodes, "a")

    async def summed() -> bool:
        return await total(carmaker, "car-a") == (Decimal(30), Decimal(175))

    await until(summed)
    assert await total(maker, "cell-a") == (Decimal(3), Decimal("7.5"))


async def test_on_a_bad_day_nothing_is_lost_or_doubled_and_a_change_upstream_arrives(
    nodes: tuple[Place, Place, Place],
) -> None:
    supplier, maker, carmaker = nodes
    Weather.bad = 0.45
    try:
        await chain(nodes, "b")
        await supplier.do(lambda: supplier.acts.declare("salt-b", pre="2.5", main="2.25"))

        async def summed() -> bool:
            for one in nodes:
                await one.do(lambda one=one: hurry(one))
            return await total(carmaker, "car-b") == (Decimal(50), Decimal(175))

        await until(summed, 60)
    finally:
        Weather.bad = 0.0
    for one in (supplier, maker):
        asked = [
            trade
            for trade in await received(one)
            if "-b" in (trade.requested_part.name if trade.requested_part else "")
        ]
        assert len(asked) == 1

    async def settled() -> bool:
        for one in nodes:
            await one.do(lambda one=one: hurry(one))
        return all(state in ("receipted", "rejected") for one in nodes for state in outgoing(one))

    await until(settled, 40)
    assert "rejected" not in [state for one in nodes for state in outgoing(one)]


def outgoing(place: Place) -> list[str]:
    with psycopg.connect(place.node.ground.owner, autocommit=True) as owner:
        return [row[0] for row in owner.execute(b"SELECT state FROM federation_out").fetchall()]


async def test_the_car_maker_never_receives_a_byte_about_the_supplier(nodes: tuple[Place, Place, Place]) -> None:
    supplier, _, carmaker = nodes
    with psycopg.connect(supplier.node.ground.owner, autocommit=True) as owner:
        rows = owner.execute(b"SELECT trace_id::text FROM part WHERE operator_id = %s", (supplier.acts.id,)).fetchall()
    secrets = ["素材社", str(supplier.acts.id), supplier.did, "salt", *(row[0] for row in rows)]
    with psycopg.connect(carmaker.node.ground.owner, autocommit=True) as owner:
        names = owner.execute(
            b"SELECT c.relname FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
        ).fetchall()
        for (name,) in names:
            if name.startswith("procrastinate"):
                continue
            text = "\n".join(str(row) for row in owner.execute(f"SELECT * FROM {name}".encode()).fetchall())
            assert not [secret for secret in secrets if secret in text], name


async def test_a_figure_that_is_not_disclosed_does_not_cross_and_a_closed_one_vanishes(
    nodes: tuple[Place, Place, Place],
) -> None:
    supplier, maker, _ = nodes
    part = await supplier.do(lambda: supplier.acts.part_id("salt-a"))
    await supplier.run(disclosure.set_groups, part, (await seen_at(supplier, maker)).id, {"TOTALCFP": False})

    async def gone() -> bool:
        found = await maker.do(lambda: maker.acts.statement("salt-a"))
        return found.answer is None or found.answer.pre is None

    await until(gone)
    await supplier.run(disclosure.set_groups, part, (await seen_at(supplier, maker)).id, {"TOTALCFP": True})

    async def back() -> bool:
        found = await maker.do(lambda: maker.acts.statement("salt-a"))
        return found.answer is not None and found.answer.pre == Decimal("1.5")

    await until(back)


async def test_a_request_that_is_withdrawn_is_withdrawn_on_both_nodes(nodes: tuple[Place, Place, Place]) -> None:
    supplier, maker, _ = nodes
    await maker.do(lambda: maker.acts.part("cell-c", [("salt-c", "1")]))
    trade, theirs = await asks(maker, supplier, "salt-c")
    await maker.run(traceability.cancel, trade.request_id)

    async def gone() -> bool:
        return theirs.trade_id not in [one.trade_id for one in await received(supplier)]

    await until(gone)


async def test_a_request_that_is_returned_says_why(nodes: tuple[Place, Place, Place]) -> None:
    supplier, maker, _ = nodes
    await maker.do(lambda: maker.acts.part("cell-d", [("salt-d", "1")]))
    trade, theirs = await asks(maker, supplier, "salt-d")
    await supplier.run(traceability.reject, theirs.request_id, reply_message="作っていません")

    async def told() -> bool:
        found = await maker.do(lambda: maker.acts.trade(trade))
        return (found.state, found.reply_message) == ("REJECT", "作っていません")

    await until(told)


async def test_a_due_diligence_answer_crosses_when_it_is_released_and_counts_in_the_customers_total(
    nodes: tuple[Place, Place, Place],
) -> None:
    supplier, maker, _ = nodes
    await maker.do(lambda: maker.acts.part("cell-e", [("salt-e", "1")]))
    before = {one.trade_id for one in await received(supplier, RequestType.DD)}
    there = await seen_at(maker, supplier)
    trade = await maker.do(lambda: maker.acts.ask(there, "salt-e", RequestType.DD))

    async def came() -> list[Trade]:
        return [one for one in await received(supplier, RequestType.DD) if one.trade_id not in before]

    theirs = (await until(came))[0]
    await supplier.do(lambda: supplier.acts.part("salt-e", ends=True))
    said = ResultInput(assessment_date=date(2026, 10, 1), overall_band=Band.LOW, comment="現地で確認")
    part = await supplier.do(lambda: supplier.acts.part_id("salt-e"))
    await supplier.run(diligence.state_result, part, said)
    await supplier.do(lambda: supplier.acts.link(theirs, "salt-e"))
    await supplier.run(disclosure.set_groups, part, (await seen_at(supplier, maker)).id, {"DDRESULT": True})
    asked = await maker.do(lambda: maker.acts.part_id("salt-e"))

    async def answered() -> bool:
        found = (await maker.run(diligence.shown, [asked]))[0]
        return found.response is not None and found.response.overall_band is Band.LOW

    await until(answered)
    assert (await maker.do(lambda: maker.acts.trade(trade))).state == "COMPLETED"
    await supplier.run(diligence.state_result, part, msgspec.structs.replace(said, overall_band=Band.HIGH))

    async def worse() -> bool:
        found = (await maker.run(diligence.shown, [asked]))[0]
        return found.response is not None and found.response.overall_band is Band.HIGH

    await until(worse)
    await supplier.run(disclosure.set_groups, part, (await seen_at(supplier, maker)).id, {"DDRESULT": False})

    async def closed() -> bool:
        return (await maker.run(diligence.shown, [asked]))[0].response is None

    await until(closed)


async def test_a_recall_waits_for_the_responsible_company_and_is_published_once(
    nodes: tuple[Place, Place, Place],
) -> None:
    supplier, maker, _ = nodes
    new = NewPassport(gtin="09521234567899", serial="RECALL-1", values={"battery_category": "ev"})
    mine = await maker.run(issue, new)
    links = await supplier.run(lambda tx, scope: store.links(tx, scope.operator_id))
    live = next(one for one in links if one.peer_did == maker.did and one.state == "ACTIVE")
    said = Tell(
        type="recall.open", title="R-1", text="使用を止めてください。", ids=[str(mine.dpp_id), "did:web:somebody.else"]
    )
    await supplier.run(deciding.tell, live.link_id, said)

    async def came() -> list[Any]:
        found: list[Any] = await maker.run(deciding.waiting)
        return found

    (message,) = await until(came)
    assert (message.type, message.title, message.text) == ("recall.open", "R-1", "使用を止めてください。")
    assert await notices(maker, mine.passport_id) == []
    assert await maker.run(deciding.decide, message.message_id, accept=True) == 1
    assert [one["type"] for one in await notices(maker, mine.passport_id)] == ["recall"]
    with pytest.raises(MessageNotFound):
        await maker.run(deciding.decide, message.message_id, accept=True)
    assert len(await notices(maker, mine.passport_id)) == 1
    await supplier.run(deciding.tell, live.link_id, msgspec.structs.replace(said, type="recall.close"))
    (message,) = await until(came)
    await maker.run(deciding.decide, message.message_id, accept=False)
    assert await maker.run(deciding.waiting) == []
    assert len(await notices(maker, mine.passport_id)) == 1
    with pytest.raises(NothingToTell):
        await supplier.run(deciding.tell, live.link_id, msgspec.structs.replace(said, title=" "))


async def shadow_at(place: Place, other: Place) -> Any:
    """As whom the company of another node acts here."""
    return next(
        one.partner_operator_id
        for one in await place.run(lambda tx, scope: store.links(tx, scope.operator_id))
        if one.peer_did == other.did and one.state == "ACTIVE"
    )


async def handed(place: Place, other: Place, serial: str) -> tuple[Any, Any]:
    """A published passport of one node, proposed to the company of another: the passport and the transfer."""
    shadow = await shadow_at(place, other)
    made = await place.run(issue, NewPassport(gtin="09521234567899", serial=serial, values={"battery_category": "ev"}))
    await place.run(published, made.passport_id)
    new = NewTransfer(dpp_ids=(made.dpp_id,), reason="sale", incoming_operator_id=shadow)
    return made, await place.run(moving.propose_transfer, new)


async def published(tx: Any, scope: Any, passport_id: Any) -> None:
    """Active, whatever is missing: what is looked at here is who is responsible."""
    record = await passports.by_id_across(tx, passport_id)
    wanted = msgspec.structs.replace(record, state="Active", published_at=record.issued_at)
    await save(tx, scope, record, wanted, Change(event="publish", keys=()))


async def incoming(place: Place) -> list[Any]:
    found: list[Any] = await place.run(moving.transfers, side="taker", state="proposed")
    return found


async def responsible(place: Place, dpp_id: str) -> Any:
    """Who has a passport here, as everybody finds it; None: nobody finds it."""
    found = await place.run(lambda tx, scope: passports.by_dpp_across(tx, key_of(dpp_id)))
    return found.operator_id if found else None


async def test_a_passport_goes_to_another_node_when_both_have_accepted(nodes: tuple[Place, Place, Place]) -> None:
    supplier, maker, _ = nodes
    made, proposed = await handed(maker, supplier, "HAND-1")
    (offer,) = await until(lambda: incoming(supplier))
    assert (offer.transfer_id, offer.dpp_ids, offer.reason) == (proposed.transfer_id, (made.dpp_id,), "sale")
    assert await responsible(supplier, made.dpp_id) is None  # nobody finds it before it is accepted
    assert await responsible(maker, made.dpp_id) == maker.acts.id
    done = await supplier.run(moving.accept_transfer, offer.transfer_id)
    assert (done.state, len(done.signatures)) == ("accepted", 2)
    assert await responsible(supplier, made.dpp_id) == supplier.acts.id

    async def gone() -> bool:
        return bool(await responsible(maker, made.dpp_id) != maker.acts.id)

    await until(gone)
    theirs = await maker.run(moving.transfer, proposed.transfer_id)
    assert theirs.state == "accepted"
    proofs = [one.proof["verificationMethod"].partition("#")[0] for one in theirs.signatures]
    assert proofs == [maker.did, supplier.did]
    _, message = await last_sent(maker, supplier, "passport.transfer")
    assert (message.state, message.payload["newOperator"]) == ("receipted", supplier.did)
    path = made.product_id.partition("://")[2].partition("/")[2]
    async with maker.node.client() as reader:
        sent_on = await reader.get(f"/{path}?lang=ja", headers={"accept": "text/html"})
    assert (sent_on.status_code, sent_on.headers["location"]) == (307, f"{supplier.url}/{path}?lang=ja")
    async with supplier.node.client() as reader:
        there = await reader.get(f"/{path}")
    assert (there.status_code, there.json()["uniqueProductIdentifier"]) == (200, made.product_id)
    with pytest.raises(NotResponsibleOperator):  # it is not theirs any more
        await maker.run(moving.propose_transfer, NewTransfer(
            dpp_ids=(made.dpp_id,), reason="sale", incoming_operator_id=offer.incoming_operator_id))  # fmt: skip


async def test_measured_values_and_files_go_along(nodes: tuple[Place, Place, Place]) -> None:
    supplier, maker, _ = nodes
    made = await maker.run(
        issue, NewPassport(gtin="09521234567899", serial="HAND-F", values={"battery_category": "ev"})
    )
    await maker.run(published, made.passport_id)
    at = made_at = clock.now().replace(microsecond=0)
    readings = [
        Reading(attribute="state_of_charge", value=50 + n, measured_at=at - timedelta(hours=n)) for n in range(3)
    ]
    taken = await maker.run(
        measuring.record_readings, made.dpp_id, measuring.Batch(batch_id="b", source="bms", readings=readings)
    )
    assert taken.accepted == 3
    stored = await attaching.store_file(maker.stage.files, maker.acts.scope, "how.pdf", b"%PDF-1.7 how to dismantle")
    file = await maker.run(attaching.attach, made.dpp_id, "how.pdf", stored)
    new = NewTransfer(dpp_ids=(made.dpp_id,), reason="sale", incoming_operator_id=await shadow_at(maker, supplier))
    await maker.run(moving.propose_transfer, new)
    (offer,) = await until(lambda: incoming(supplier))
    with pytest.raises(DppNotFound):  # nothing is anybody's here before it is accepted
        await supplier.run(measuring.readings, made.dpp_id)
    await supplier.run(moving.accept_transfer, offer.transfer_id)
    rows = await supplier.run(measuring.readings, made.dpp_id)
    assert [(row.value, row.measured_at) for row in rows] == [(50 + n, made_at - timedelta(hours=n)) for n in range(3)]
    (listed,) = await supplier.run(attaching.attachments, made.dpp_id)
    assert (listed.file_id, listed.name, listed.sha256) == (file.file_id, "how.pdf", stored.sha256)
    found = await supplier.run(attaching.attachment, made.dpp_id, file.file_id)
    kept = dataclasses.replace(supplier.acts.scope, operator_id=found.kept_by)
    pieces = await supplier.stage.files.get(kept, found.sha256)
    assert b"".join([piece async for piece in pieces]) == b"%PDF-1.7 how to dismantle"


async def test_a_passport_comes_back_to_the_node_that_it_left(nodes: tuple[Place, Place, Place]) -> None:
    supplier, maker, _ = nodes
    made, _ = await handed(maker, supplier, "HAND-B")
    (offer,) = await until(lambda: incoming(supplier))
    await supplier.run(moving.accept_transfer, offer.transfer_id)

    async def at(place: Place, who: Any) -> bool:
        return bool(await responsible(place, made.dpp_id) == who)

    async def left() -> bool:
        return not await at(maker, maker.acts.id)

    await until(left)
    there = (await link_of(supplier, maker)).partner_operator_id
    new = NewTransfer(dpp_ids=(made.dpp_id,), reason="sale", incoming_operator_id=there)
    await supplier.run(moving.propose_transfer, new)
    (offer,) = await until(lambda: incoming(maker))
    assert offer.dpp_ids == (made.dpp_id,)
    assert not await at(maker, maker.acts.id)  # not before it is accepted
    await maker.run(moving.accept_transfer, offer.transfer_id)
    assert await at(maker, maker.acts.id)

    async def gone() -> bool:
        return not await at(supplier, supplier.acts.id)

    await until(gone)
    back = await maker.run(lambda tx, scope: passports.by_dpp_across(tx, key_of(made.dpp_id)))
    assert (back.passport_id, len(back.own["responsibility_transfers"])) == (made.passport_id, 2)


async def test_who_accepts_before_hearing_of_a_withdrawal_has_it_and_a_forged_signature_is_not_kept(
    nodes: tuple[Place, Place, Place],
) -> None:
    supplier, maker, _ = nodes
    made, proposed = await handed(maker, supplier, "HAND-0")
    await until(lambda: incoming(supplier))
    link, message = await last_sent(maker, supplier, "passport.transfer")
    document = await maker.do(lambda: Documents(maker.node.db).of(supplier.did, ""))
    (own,) = proposed.signatures
    forged = {**own.proof, "verificationMethod": document.body["assertionMethod"][0]}
    said = {"outcome": "applied", "signature": forged}
    await maker.run(moving.withdraw_transfer, proposed.transfer_id)
    shadow = shadows.scope_of(link.partner_operator_id)
    # the message that tells of the withdrawal is on its way; the answer to the first one comes in before it
    await maker.do(lambda: maker.node.db.run(shadow, handing.receipted, link, message.message_id, said, document))
    theirs = await maker.run(moving.transfer, proposed.transfer_id)
    assert (theirs.state, len(theirs.signatures)) == ("accepted", 1)
    assert await responsible(maker, made.dpp_id) != maker.acts.id


async def test_a_passport_that_is_declined_or_taken_back_stays_where_it_is(nodes: tuple[Place, Place, Place]) -> None:
    supplier, maker, _ = nodes
    made, proposed = await handed(maker, supplier, "HAND-2")
    (offer,) = await until(lambda: incoming(supplier))
    await supplier.run(moving.reject_transfer, offer.transfer_id)

    async def closed() -> bool:
        return bool((await maker.run(moving.transfer, proposed.transfer_id)).state == "rejected")

    await until(closed)
    assert await responsible(maker, made.dpp_id) == maker.acts.id
    assert await responsible(supplier, made.dpp_id) is None
    made, proposed = await handed(maker, supplier, "HAND-3")
    (offer,) = await until(lambda: incoming(supplier))
    await maker.run(moving.withdraw_transfer, proposed.transfer_id)

    async def nothing() -> bool:
        return not await incoming(supplier)

    await until(nothing)
    with pytest.raises(DealingClosed):
        await supplier.run(moving.accept_transfer, offer.transfer_id)
    assert await responsible(maker, made.dpp_id) == maker.acts.id


async def test_a_passport_that_is_handed_over_never_takes_the_name_of_anothers(
    nodes: tuple[Place, Place, Place],
) -> None:
    """Whoever finds the other's passport by its name goes on finding that one."""
    supplier, maker, carmaker = nodes
    _, proposed = await handed(maker, supplier, "HAND-9")
    bundle = await maker.run(elsewhere.bundle, proposed.transfer_id)
    named = NewPassport(gtin="09521234567899", serial="VICTIM-1", values={"battery_category": "ev"})
    victim = await carmaker.run(issue, named)
    shadow = shadows.scope_of((await link_of(carmaker, maker)).partner_operator_id)

    async def proposes(**change: Any) -> Any:
        (one,) = bundle.passports
        made = replace(bundle, transfer_id=new_id(), passports=(replace(one, **change),))
        return await carmaker.do(lambda: carmaker.node.db.run(shadow, elsewhere.propose_from, made, carmaker.acts.id))

    for change in ({"dpp_id": victim.dpp_id}, {"product_id": victim.product_id}):
        with pytest.raises(DuplicateProductId):
            await proposes(**change)
    later = await proposes(dpp_id="https://later.example/1")
    with psycopg.connect(carmaker.node.ground.owner, autocommit=True) as owner:  # it is issued here meanwhile
        owner.execute("UPDATE passport SET dpp_key = %s WHERE passport_id = %s",
                      (key_of("https://later.example/1"), victim.passport_id))  # fmt: skip
    with pytest.raises(DuplicateProductId):
        await carmaker.run(moving.accept_transfer, later.transfer_id)
    assert (await carmaker.run(moving.transfer, later.transfer_id)).state == "proposed"
    await maker.run(moving.withdraw_transfer, proposed.transfer_id)


async def notices(place: Place, passport_id: Any) -> list[Any]:
    record = await place.run(lambda tx, scope: passports.by_id_across(tx, passport_id))
    return list(record.own.get("safety_notices", []))
