"""Results travel through the trade tree: asked, linked, released, rolled up, taken back; and never more than results."""

from datetime import date
from decimal import Decimal as D
from itertools import pairwise

import msgspec
import pytest
from tests.chain import Company, company

from meguri.dataspaces.ouranos.bodies.dd import DdInput, DdItem
from meguri.dataspaces.ouranos.diligence import RoomOfDiligence
from meguri.dataspaces.ouranos.ports import DdRow
from meguri.diligence import service
from meguri.diligence.model import (
    DdResult,
    FacilityInput,
    FindingInput,
    MaterialResult,
    PartMaterialInput,
    PartyId,
    PartyInput,
    PartyName,
    ResultInput,
    SeverityInput,
    VerificationResult,
)
from meguri.diligence.service import Shown, assessing, casework, records
from meguri.diligence.taxonomy import Band
from meguri.kernel import clock
from meguri.operators import inbox
from meguri.operators.model import NotificationFilter
from meguri.storage.database import Database
from meguri.traceability import service as traceability
from meguri.traceability.errors import PartNotOwn
from meguri.traceability.model import RequestType, State, Trade

pytestmark = pytest.mark.anyio
DD = RequestType.DD
ROOM = RoomOfDiligence()


def said(band: Band = Band.MEDIUM, score: str | None = "42.5", **more: object) -> ResultInput:
    base = ResultInput(
        assessment_date=clock.today(),
        overall_band=band,
        max_score=D(score) if score else None,
        materials=[
            MaterialResult(
                material="cobalt", coverage_pct=D(90), origin_status="partly_identified", cahra_exposure="no"
            )
        ],
    )
    return msgspec.structs.replace(base, **more)


async def state(one: Company, name: str, result: ResultInput | None = None) -> DdResult:
    kept, _ = await one.run(service.state_result, await one.part_id(name), result or said())
    return kept


async def shown(one: Company, name: str) -> Shown:
    return await one.run(service.shown_one, await one.part_id(name))


async def rows(one: Company, name: str) -> list[DdRow]:
    return await one.run(ROOM.rows, [await one.part_id(name)])


async def told(one: Company, kind: str) -> int:
    found, _ = await one.run(inbox.page, NotificationFilter(types=[kind]))
    return len(found)


async def asked(customer: Company, supplier: Company, part: str, link: str) -> Trade:
    trade = await customer.ask(supplier, part, DD)
    return await supplier.link(trade, link)


async def two(db: Database) -> tuple[Company, Company]:
    a, b = await company(db, "甲電池"), await company(db, "乙材料")
    await a.part("pack", [("cell", 2)])
    await b.part("cell", ends=True)
    return a, b


async def test_a_request_is_completed_by_a_valid_result_and_shows_nothing_before_release(chain: Database) -> None:
    a, b = await two(chain)
    trade = await a.ask(b, "cell", DD)
    listed, _ = await a.run(traceability.list_requests, limit=10)
    assert listed == []
    listed, _ = await a.run(traceability.list_requests, limit=10, request_types=(DD,))
    assert len(listed) == 1
    await b.link(trade, "cell")
    await state(b, "cell")
    now = await a.trade(trade)
    assert (now.state, now.tree_terminated, now.completed_count, now.trades_count) == (State.COMPLETED, True, 1, 1)
    (row,) = await rows(a, "cell")
    assert (row.kind, row.result, row.score, row.assessed_at, row.standard, list(row.items)) == (
        "response",
        None,
        None,
        None,
        None,
        [],
    )
    assert await told(a, "DD_RESPONSED") == 1


async def test_after_release_the_customer_reads_the_result_and_its_items(chain: Database) -> None:
    a, b = await two(chain)
    await asked(a, b, "cell", "cell")
    await state(b, "cell")
    await b.disclose("cell", a, DDRESULT=True)
    (row,) = await rows(a, "cell")
    assert (row.result, row.score) == ("PARTIAL", D("57.5"))
    items = {item.code: (item.result, item.comment) for item in row.items}
    assert items["COV_CO"] == ("PARTIAL", "coverage=90.0")
    assert row.trace_id == await a.part_id("cell")
    await b.disclose("cell", a, DDRESULT=False)
    assert (await shown(a, "cell")).response is None


async def test_a_later_result_reaches_the_customer_who_is_told_once(chain: Database) -> None:
    a, b = await two(chain)
    await asked(a, b, "cell", "cell")
    await state(b, "cell")
    await b.disclose("cell", a, DDRESULT=True)
    before = await told(a, "DD_UPDATED")
    await state(b, "cell", said(Band.CRITICAL, "90"))
    answer = (await shown(a, "cell")).response
    assert answer is not None
    assert (answer.overall_band, answer.max_score) == (Band.CRITICAL, D(90))
    assert await told(a, "DD_UPDATED") == before + 1


async def test_a_total_goes_through_five_tiers_and_names_nobody(chain: Database) -> None:
    tiers = [await company(chain, f"第{n}層の秘密会社") for n in range(5)]
    secret = VerificationResult(
        type="third_party", body_name="秘密の監査法人", reference="SECRET-1", valid_until=date(2099, 1, 1)
    )
    for upper, lower in pairwise(tiers):
        await upper.part("made", [("bought", 1)])
        await lower.part("made", [("bought", 1)])
    await tiers[-1].part("made", ends=True)
    for customer, supplier in pairwise(tiers):
        await customer.run(
            service.set_mass, await customer.part_id("bought"), PartMaterialInput(material="cobalt", mass_per_unit=D(1))
        )
        await asked(customer, supplier, "bought", "made")
    for tier in reversed(tiers):
        grave = said(Band.CRITICAL, "90") if tier is tiers[-1] else said(Band.LOW, "10")
        await state(
            tier,
            "made",
            msgspec.structs.replace(grave, verification=secret, policy_url=f"https://{tier.id.hex}.example/policy"),
        )
        if tier is not tiers[0]:
            await tier.disclose("made", tiers[tiers.index(tier) - 1], DDRESULT=True)
    top = await shown(tiers[0], "made")
    assert top.total is not None
    assert top.total.overall_band is Band.CRITICAL
    answer = (await shown(tiers[0], "bought")).response
    assert answer is not None
    everything = msgspec.json.encode(
        [top, answer, await rows(tiers[0], "made"), await rows(tiers[0], "bought")]
    ).decode()
    for hidden in tiers[2:]:
        assert str(hidden.id) not in everything
        assert hidden.id.hex not in everything
        assert str(await hidden.part_id("made")) not in everything
    assert "SECRET-1" not in msgspec.json.encode(answer).decode()


async def test_an_answer_that_is_passed_on_carries_nothing_of_who_gave_it(chain: Database) -> None:
    a, b, c = await company(chain, "買手"), await company(chain, "商社"), await company(chain, "秘密の鉱山")
    for one in (a, b):
        await one.part("ore")
    await a.part("pack", [("ore", 1)])
    await b.part("ore")
    await c.part("ore", ends=True)
    secret = VerificationResult(type="third_party", body_name="秘密の監査法人", reference="SECRET-1")
    await asked(b, c, "ore", "ore")
    await asked(a, b, "ore", "ore")
    await state(c, "ore", said(verification=secret, policy_url="https://secret.example/", comment="秘密"))
    await c.disclose("ore", b, DDRESULT=True)
    await b.disclose("ore", a, DDRESULT=True)
    direct, passed = (await shown(b, "ore")).response, (await shown(a, "ore")).response
    assert direct is not None
    assert passed is not None
    assert direct.verification.body_name == "秘密の監査法人"
    text = msgspec.json.encode(passed).decode()
    assert all(
        word not in text for word in ("秘密", "SECRET", "secret.example", str(c.id), str(await c.part_id("ore")))
    )
    assert passed.result_hash != direct.result_hash
    assert passed.max_score == direct.max_score


async def test_the_same_answer_to_two_customers_cannot_be_compared(chain: Database) -> None:
    a1, a2, b = await company(chain, "客一"), await company(chain, "客二"), await company(chain, "共通の供給者")
    await b.part("cell", ends=True)
    for one in (a1, a2):
        await one.part("pack", [("cell", 1)])
        await asked(one, b, "cell", "cell")
        await b.disclose("cell", one, DDRESULT=True)
    await state(b, "cell")
    first, second = [(await shown(one, "cell")).response for one in (a1, a2)]
    assert first is not None
    assert second is not None
    assert first.result_hash != second.result_hash


async def test_a_cancelled_or_returned_request_takes_its_answer_with_it(chain: Database) -> None:
    a, b = await two(chain)
    trade = await asked(a, b, "cell", "cell")
    await state(b, "cell")
    await b.disclose("cell", a, DDRESULT=True)
    assert (await shown(a, "cell")).response is not None
    await a.run(traceability.cancel, trade.request_id)
    after = await shown(a, "cell")
    assert (after.purchased, after.response, after.own) == (False, None, None)


async def test_an_expired_result_does_not_complete_a_request_and_a_later_expiry_does_not_undo_it(
    chain: Database,
) -> None:
    a, b = await two(chain)
    trade = await asked(a, b, "cell", "cell")
    await state(b, "cell", said(valid_until=date(2020, 1, 1), assessment_date=date(2019, 1, 1)))
    assert (await a.trade(trade)).state is State.NOT_COMPLETED
    day = clock.today()
    await state(b, "cell", said(valid_until=day))
    await b.disclose("cell", a, DDRESULT=True)
    assert (await a.trade(trade)).state is State.COMPLETED
    before = await told(a, "DD_UPDATED")
    later = clock.now().replace(year=clock.now().year + 1)
    with clock.fixed_clock(lambda: later):
        await b.run(service.expire, await b.part_id("cell"))
        await b.run(service.expire, await b.part_id("cell"))
        assert await told(a, "DD_EXPIRED") == 1
    assert (await a.trade(trade)).state is State.COMPLETED
    assert await told(a, "DD_UPDATED") == before + 1
    assert (await shown(b, "cell")).version == 3


async def test_what_a_foreign_system_states_is_read_back_as_it_was_given(chain: Database) -> None:
    a, b = await two(chain)
    trace_id = await b.part_id("cell")
    given = DdInput(
        dd_id=None, trace_id=trace_id, result="NON_CONFORMANT", score=D("12.5"), assessed_at=date(2026, 1, 1), valid_until=None,
        standard="X-1", comment="as given",
        items=(DdItem(code="OWN-CODE", result="PARTIAL", comment="kept"), DdItem(code="B2", result="CONFORMANT", comment=None)),
    )  # fmt: skip
    await b.run(ROOM.declare, given)
    (row,) = await rows(b, "cell")
    assert (row.result, row.score, row.standard, row.comment) == ("NON_CONFORMANT", D("12.5"), "X-1", "as given")
    assert [(item.code, item.result, item.comment) for item in row.items] == [
        ("OWN-CODE", "PARTIAL", "kept"),
        ("B2", "CONFORMANT", None),
    ]
    kept = (await shown(b, "cell")).own
    assert kept is not None
    assert kept.overall_band is Band.HIGH
    with pytest.raises(PartNotOwn):
        await a.run(ROOM.declare, given)


async def test_a_missing_answer_leaves_a_total_not_assessed(chain: Database) -> None:
    a, _ = await two(chain)
    await state(a, "pack", said(Band.LOW, "5"))
    total = (await shown(a, "pack")).total
    assert total is not None
    assert (total.overall_band, total.verification.type) == (Band.NOT_ASSESSED, "none")


async def test_a_finding_that_comes_over_two_suppliers_counts_once_where_the_chain_is_released(chain: Database) -> None:
    a, b, c, d, e = [await company(chain, name) for name in ("甲自動車", "乙電池", "丙正極", "丁負極", "戊製錬")]
    await a.part("pack", [("cell", 1)])
    await b.part("cell-b", [("cathode", 1), ("anode", 1)])
    for one, made in ((c, "cathode-c"), (d, "anode-d")):
        await one.part(made, [("metal", 1)])
        await asked(one, e, "metal", await metal(e, made))
    await asked(b, c, "cathode", "cathode-c")
    await asked(b, d, "anode", "anode-d")
    await asked(a, b, "cell", "cell-b")
    party = await e.run(records.add, "party", PartyInput(names=[PartyName(value="Zarvani Refining")]))
    place = FacilityInput(party_id=party.record_id, name="Zarvani", stage="refiner", materials=["cobalt"])
    site = await e.run(records.add, "facility", place)
    found = FindingInput(
        title="Dust at the mill",
        category="B2",
        facility_id=site.record_id,
        severity=SeverityInput(scale=3, scope=3, irremediability=3),
        likelihood=2,
        detected_on=clock.today(),
    )
    await e.run(casework.find, found)

    async def counted(one: Company, part: str) -> tuple[int, bool]:
        total = (await shown(one, part)).total
        assert total is not None
        of = {line.category: line.open for line in total.category_results}["B2"]
        return of.high, total.may_double_count

    for one, part in ((e, "metal-cathode-c"), (e, "metal-anode-d")):
        await one.run(assessing.answer_from_records, await one.part_id(part), None)
    for one, part in ((c, "cathode-c"), (d, "anode-d"), (b, "cell-b"), (a, "pack")):
        await state(one, part, said(Band.LOW, "10"))
    for one, part, reader in (
        (e, "metal-cathode-c", c),
        (e, "metal-anode-d", d),
        (c, "cathode-c", b),
        (d, "anode-d", b),
        (b, "cell-b", a),
    ):
        await one.disclose(part, reader, DDRESULT=True)
    assert await counted(c, "cathode-c") == (1, False)
    assert await counted(b, "cell-b") == (2, True)
    assert await counted(a, "pack") == (2, True)  # the doubt goes along
    # Whoever may know the suppliers behind may know that their findings are the same; one of the two is not enough.
    before = await told(a, "DD_UPDATED")
    for one, part, reader in ((e, "metal-cathode-c", c), (e, "metal-anode-d", d), (c, "cathode-c", b)):
        await one.disclose(part, reader, DDCHAIN=True)
    assert await counted(b, "cell-b") == (2, True)
    assert await told(a, "DD_UPDATED") == before
    await d.disclose("anode-d", b, DDCHAIN=True)
    assert await counted(b, "cell-b") == (1, False)
    assert await counted(a, "pack") == (1, False)
    assert await told(a, "DD_UPDATED") == before + 1
    answer = (await shown(a, "cell")).response
    assert answer is not None
    assert "key" not in msgspec.json.encode(answer).decode()
    # Another finding of the same category counts by itself; closing the chain again brings the doubt back.
    other = msgspec.structs.replace(found, title="Dust at the store")
    await e.run(casework.find, other)
    assert await e.run(assessing.answer_anew) == 2
    assert await counted(b, "cell-b") == (2, False)
    await d.disclose("anode-d", b, DDCHAIN=False)
    assert await counted(b, "cell-b") == (4, True)


async def metal(supplier: Company, product: str) -> str:
    await supplier.part(f"metal-{product}", ends=True)
    return f"metal-{product}"


async def test_two_companies_know_a_finding_again_by_the_public_number_of_its_place(chain: Database) -> None:
    keys = []
    for ids in (
        [("rmi_cid", "CID003225")],
        [("rmi_cid", "CID003225"), ("other", "X")],
        [("rmi_cid", "CID003226")],
        [],
        [],
    ):
        one = await company(chain, "会社")
        party = await one.run(records.add, "party", PartyInput(names=[PartyName(value="Zarvani Refining")]))
        numbers = [PartyId(scheme=scheme, value=value) for scheme, value in ids]
        place = FacilityInput(party_id=party.record_id, name="Zarvani", stage="refiner", ids=numbers)
        site = await one.run(records.add, "facility", place)
        found = FindingInput(
            title="Dust  at the MILL" if ids else "Dust at the mill",
            category="B2",
            facility_id=site.record_id,
            severity=SeverityInput(scale=3, scope=3, irremediability=3),
            likelihood=2,
            detected_on=clock.today(),
        )
        await one.run(casework.find, found)
        keys.append(await one.run(assessing.finding_keys))
    assert keys[0] == keys[1]
    assert len({*keys[1:]}) == 4  # another place, and places that only one company knows
