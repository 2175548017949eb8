"""A supplier without an account answers one due-diligence request by a link, safely, and keeps what it wrote when it joins."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest
from tests.chain import Company, company

from meguri.diligence import service
from meguri.diligence.errors import BadPeriod, EndedAlready, NothingFound
from meguri.diligence.guest_form import blank, result_of
from meguri.diligence.model import DdResult, MaterialResult, ResultInput, VerificationResult
from meguri.diligence.service import guest_answers, requests
from meguri.diligence.service.requests import WantedInput
from meguri.diligence.taxonomy import Band
from meguri.guests import service as guests
from meguri.guests.errors import AddressNotProved, GuestAnswered, GuestLinkInvalid, RequestClosedForGuest
from meguri.guests.model import GuestAnswer, Invite, NewGuestLink
from meguri.guests.rules import guest_rules
from meguri.kernel.clock import fixed_clock
from meguri.kernel.scope import OperatorScope, Role
from meguri.storage.database import Database
from meguri.traceability import service as traceability
from meguri.traceability.model import RequestType, Side, State

MAIL = "tanaka@mill.example"
SAID = ResultInput(
    assessment_date=date(2026, 6, 1),
    overall_band=Band.MEDIUM,
    materials=[
        MaterialResult(
            material="cobalt", coverage_pct=Decimal(90), origin_status="partly_identified", cahra_exposure="no"
        )
    ],
    verification=VerificationResult(type="third_party", body_name="Assay House", reference="AH-7"),
    policy=True,
    policy_url="https://mill.example/policy",
    grievance_mechanism=True,
)
FIGURES = GuestAnswer(pre_production=Decimal("1.5"), main_production=Decimal(10))


async def ask(doors: Database, *, footprint_too: bool = False) -> tuple[Company, NewGuestLink, NewGuestLink | None]:
    a = await company(doors, "A社")
    await a.part("P", [("bought", 2)])
    said = Invite(downstream_trace_id=await a.part_id("bought"), company="田中製作所", email=MAIL, contact="田中")
    first = await guests.invite(doors, a.scope, said) if footprint_too else None
    return a, await guest_answers.invite(doors, a.scope, said), first


async def enter(doors: Database, made: NewGuestLink) -> str:
    return await guests.open_link(doors, made.path.removeprefix("/answer/"), MAIL, "")


async def answer_seen(a: Company) -> DdResult | None:
    return (await a.run(service.shown_one, await a.part_id("bought"))).response


async def test_a_guest_answers_and_the_customer_has_the_result(doors: Database) -> None:
    a, made, _ = await ask(doors)
    held = await enter(doors, made)
    seen = await guest_answers.view(doors, held)
    assert (seen.customer, seen.given) == ("A社", None)
    assert seen.trade.requested_part
    assert seen.trade.requested_part.name == "bought"
    done = await guest_answers.answer(doors, held, SAID)
    assert done.given
    assert done.given_at
    assert done.trade.state is State.COMPLETED
    answer = await answer_seen(a)
    assert answer
    assert (answer.overall_band, answer.materials, answer.verification) == (
        Band.MEDIUM,
        tuple(SAID.materials),
        SAID.verification,
    )
    assert (answer.policy, answer.policy_url, answer.grievance_mechanism) == (True, SAID.policy_url, True)
    trades, _ = await a.run(traceability.list_requests, limit=5, request_types=(RequestType.DD,))
    assert [one.state for one in trades] == [State.COMPLETED]


async def test_a_stranger_sees_neither_the_guest_nor_its_answer(doors: Database) -> None:
    a, made, _ = await ask(doors)
    stranger = await company(doors, "他社")
    await guest_answers.answer(doors, await enter(doors, made), SAID)
    (link, *_) = await guests.links(doors, a.scope)
    theirs, _ = await doors.run(
        guests.as_guest(link.guest_id, link), traceability.list_requests, limit=5, request_types=(RequestType.DD,)
    )
    assert theirs[0].upstream_trace_id
    for who in (stranger, a):  # the customer reads the answer under its own part, never the guest's records
        assert await who.run(service.shown, [theirs[0].upstream_trace_id]) == []
    assert await stranger.run(service.own_results) == []


async def test_a_link_serves_the_kind_of_answer_that_it_was_made_for_alone(doors: Database) -> None:
    a, made, first = await ask(doors, footprint_too=True)
    assert first
    to_dd, to_cfp = await enter(doors, made), await enter(doors, first)
    assert await guests.asked_for(doors, to_dd) is RequestType.DD
    assert await guests.asked_for(doors, to_cfp) is RequestType.CFP
    for wrong in (
        guests.view(doors, to_dd),
        guests.answer(doors, to_dd, FIGURES),
        guest_answers.view(doors, to_cfp),
        guest_answers.answer(doors, to_cfp, SAID),
    ):
        with pytest.raises(GuestLinkInvalid):
            await wrong
    assert await answer_seen(a) is None
    assert (await a.statement("bought")).answer is None


@pytest.mark.parametrize("diligence_first", [True, False])
async def test_both_answers_about_a_part_are_about_one_part_of_the_guest(
    doors: Database, diligence_first: bool
) -> None:
    a, made, first = await ask(doors, footprint_too=True)
    assert first
    steps = [
        guest_answers.answer(doors, await enter(doors, made), SAID),
        guests.answer(doors, await enter(doors, first), FIGURES),
    ]
    for step in steps if diligence_first else reversed(steps):
        await step
    assert await answer_seen(a)
    answer = (await a.statement("bought")).answer
    assert answer
    assert answer.main == Decimal(10)
    (link, *_) = await guests.links(doors, a.scope)
    parts, _ = await doors.run(guests.as_guest(link.guest_id, link), traceability.parts_page, limit=5)
    assert [part.name for part in parts] == ["bought"]


async def test_forwarded_guessed_ended_withdrawn_and_replayed_links_give_nothing_away(doors: Database) -> None:
    a, made, _ = await ask(doors)
    token = made.path.removeprefix("/answer/")
    with pytest.raises(AddressNotProved):
        await guests.open_link(doors, token, "other@mill.example", "")
    for guess in ("", "A" * 43, made.link_id.hex):
        with pytest.raises(GuestLinkInvalid):
            await guest_answers.view(doors, guess)
    held = await enter(doors, made)
    with fixed_clock(lambda: datetime.now(UTC) + timedelta(seconds=guest_rules().session_s + 1)):
        with pytest.raises(GuestLinkInvalid):
            await guest_answers.view(doors, held)
    again = await guests.renew(doors, a.scope, made.link_id)
    for use in (guest_answers.view(doors, held), guest_answers.answer(doors, held, SAID)):
        with pytest.raises(GuestLinkInvalid):
            await use
    held = await enter(doors, again)
    await guests.revoke(doors, a.scope, again.link_id)
    with pytest.raises(GuestLinkInvalid):
        await guest_answers.answer(doors, held, SAID)
    assert await answer_seen(a) is None


async def test_an_answer_is_given_once_even_by_two_browsers_at_once(doors: Database) -> None:
    a, made, _ = await ask(doors)
    one, two = await enter(doors, made), await enter(doors, made)
    other = msgspec.structs.replace(SAID, overall_band=Band.CRITICAL)
    ended = await asyncio.gather(
        guest_answers.answer(doors, one, SAID), guest_answers.answer(doors, two, other), return_exceptions=True
    )
    assert sorted(isinstance(each, GuestAnswered) for each in ended) == [False, True]
    with pytest.raises(GuestAnswered):
        await guest_answers.answer(doors, one, other)
    first = next(each for each in ended if not isinstance(each, BaseException))
    answer = await answer_seen(a)
    assert first.given
    assert answer
    assert answer.overall_band is first.given.overall_band


async def test_an_answer_that_is_over_or_to_come_or_no_longer_asked_for_leaves_nothing(doors: Database) -> None:
    a, made, _ = await ask(doors)
    held = await enter(doors, made)
    with pytest.raises(EndedAlready):
        await guest_answers.answer(doors, held, msgspec.structs.replace(SAID, valid_until=date(2020, 1, 1)))
    with pytest.raises(BadPeriod):
        await guest_answers.answer(doors, held, msgspec.structs.replace(SAID, assessment_date=date(2999, 1, 1)))
    assert (await guest_answers.view(doors, held)).trade.upstream_trace_id is None
    await a.run(traceability.cancel, made.request_id)
    with pytest.raises(RequestClosedForGuest):
        await guest_answers.answer(doors, held, SAID)


async def test_what_a_guest_answered_stays_when_it_joins(doors: Database) -> None:
    a, made, _ = await ask(doors)
    held = await enter(doors, made)
    await guest_answers.answer(doors, held, SAID)
    await guests.join(doors, held, "7123456789012")
    (link, *_) = await guests.links(doors, a.scope)
    member = OperatorScope(link.guest_id, "person:x", Role.ADMIN)
    (kept,) = await doors.run(member, service.own_results)
    assert (kept.overall_band, kept.policy_url) == (Band.MEDIUM, SAID.policy_url)
    assert await answer_seen(a)
    assert await guests.link_to_supplier(doors, a.scope, link.guest_id) is None


async def test_a_guest_that_is_asked_for_the_footprint_is_asked_again_by_a_link(doors: Database) -> None:
    a = await company(doors, "A社")
    await a.part("P", [("bought", 2)])
    part = await a.part_id("bought")
    with pytest.raises(NothingFound):
        await guest_answers.invitation_like_the_footprints(doors, a.scope, part)
    said = Invite(downstream_trace_id=part, company="田中製作所", email=MAIL, contact="田中", language="en")
    await guests.invite(doors, a.scope, said)
    assert await guest_answers.invitation_like_the_footprints(doors, a.scope, part) == said


def test_the_form_names_each_field_that_is_wrong() -> None:
    said, wrong = result_of(
        {
            **blank(),
            "assessed_on": "2999-01-01",
            "valid_until": "x",
            "verified": "third_party",
            "policy_url": "http://mill.example",
            "cahra_cobalt": "maybe",
            "cahra_nickel": "no",
            "share_nickel": "101",
            "share_lithium": "5",
        },
        "en",
    )
    assert said is None
    assert set(wrong) == {
        "assessed_on", "valid_until", "band", "body_name", "policy_url", "cahra_cobalt", "share_nickel", "cahra_lithium",
    }  # fmt: skip


def test_the_form_keeps_what_is_typed_in_either_width_and_leaves_out_what_is_not_in_the_part() -> None:
    said, wrong = result_of({**blank(), "band": "low", "cahra_nickel": "unknown", "share_nickel": "９０．０４"}, "ja")
    assert wrong == {}
    assert said
    assert [(one.material, one.coverage_pct, one.origin_status) for one in said.materials] == [
        ("nickel", Decimal("90.0"), "partly_identified")
    ]


async def test_a_supplier_that_joins_is_asked_in_the_same_words_what_another_customer_asked(doors: Database) -> None:
    mail = "ito@mill.example"
    made: list[tuple[Company, NewGuestLink]] = []
    for name in ("A社", "B社"):
        one = await company(doors, name)
        await one.part("P", [("bought", 2)])
        said = Invite(downstream_trace_id=await one.part_id("bought"), company="伊藤製作所", email=mail)
        made.append((one, await guest_answers.invite(doors, one.scope, said, WantedInput(materials=["cobalt"]))))
    (_, first), (other, _) = made
    held = await guests.open_link(doors, first.path.removeprefix("/answer/"), mail, "")
    doors._installation = replace(doors.installation, smtp_url="smtp://127.0.0.1:1")
    await guests.join(doors, held, "7010401000013")
    (sent,) = [one for one in await other.run(requests.listed, Side.DOWN) if one.trade.live]
    (mine,) = await guests.links(doors, made[0][0].scope)
    assert sent.trade.upstream_operator_id == mine.guest_id
    assert sent.wanted is not None
    assert sent.wanted.materials == ["cobalt"]
