"""A supplier without an account answers one request by a link, safely; keeps a copy; joins with everything kept."""

import asyncio
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest
from tests.chain import Company, company
from tests.guests.conftest import Deferred

from meguri.guests import jobs, service
from meguri.guests.errors import (
    AddressNotProved,
    GuestAnswered,
    GuestLinkInvalid,
    GuestLinkNotFound,
    GuestLinkUsed,
    GuestLocked,
    JoinedAlready,
    NothingAnswered,
    NumberTaken,
    RequestClosedForGuest,
)
from meguri.guests.model import GuestAnswer, Invite, LinkState, NewGuestLink
from meguri.guests.rules import guest_rules
from meguri.identity import service as identity
from meguri.kernel.clock import fixed_clock
from meguri.kernel.errors import Forbidden, Invalid, Refusal
from meguri.kernel.scope import OperatorScope, Role
from meguri.messages.store import letter
from meguri.operators import service as operators
from meguri.storage.database import Database
from meguri.traceability import service as traceability
from meguri.traceability.errors import AlreadyRequested
from meguri.traceability.model import Side, State

MAIL = "tanaka@mill.example"
FIGURES = GuestAnswer(pre_production=Decimal("1.5"), main_production=Decimal(10))


@dataclass
class Asked:
    customer: Company
    made: NewGuestLink

    @property
    def token(self) -> str:
        return self.made.path.removeprefix("/answer/")


async def ask(doors: Database, mail: str = MAIL) -> Asked:
    a = await company(doors, "A社")
    await a.part("P", [("bought", 2)])
    said = Invite(downstream_trace_id=await a.part_id("bought"), company="田中製作所", email=mail, contact="田中")
    return Asked(a, await service.invite(doors, a.scope, said))


async def state_of(doors: Database, asked: Asked) -> LinkState:
    (link, *_) = await service.links(doors, asked.customer.scope)
    return link.state(datetime.now(UTC))


async def test_a_guest_answers_and_the_customer_has_the_figures(doors: Database) -> None:
    asked = await ask(doors)
    assert await state_of(doors, asked) is LinkState.SENT
    held = await service.open_link(doors, asked.token, " Tanaka@Mill.example ", "")
    assert await state_of(doors, asked) is LinkState.OPENED
    seen = await service.view(doors, held)
    assert seen.customer == "A社"
    assert seen.trade.requested_part
    assert seen.trade.requested_part.name == "bought"
    assert seen.given is None
    done = await service.answer(doors, held, FIGURES)
    assert done.given
    assert (done.given.pre_production, done.given.main_production) == (Decimal("1.5"), Decimal(10))
    assert await state_of(doors, asked) is LinkState.ANSWERED
    answer = (await asked.customer.statement("bought")).answer
    assert answer
    assert (answer.pre, answer.main) == (Decimal("1.5"), Decimal(10))


async def test_nobody_but_the_customer_sees_the_guest(doors: Database) -> None:
    asked, stranger = await ask(doors), await company(doors, "他社")
    guest = (await service.links(doors, asked.customer.scope))[0].guest_id
    assert await stranger.run(operators.operator_exists, guest) is False
    assert await stranger.run(operators.names_of, {guest}) == {}
    found = await stranger.run(operators.search, "田中")
    assert guest not in {entry.operator_id for entry in found.items}
    assert await asked.customer.run(operators.names_of, {guest}) == {guest: "田中製作所"}
    assert await service.links(doors, stranger.scope) == []


@pytest.mark.parametrize("mail", ["other@mill.example", "", "tanaka@mill.example.evil.example"])
async def test_a_forwarded_link_opens_nothing(doors: Database, mail: str) -> None:
    asked = await ask(doors)
    with pytest.raises(AddressNotProved):
        await service.open_link(doors, asked.token, mail, "")
    assert await state_of(doors, asked) is LinkState.SENT


async def test_guessing_the_address_closes_the_link_for_a_while(doors: Database) -> None:
    asked, rules = await ask(doors), guest_rules()
    for _ in range(rules.most_failures):
        with pytest.raises(AddressNotProved):
            await service.open_link(doors, asked.token, "guess@mill.example", "")
    with pytest.raises(GuestLocked):
        await service.open_link(doors, asked.token, MAIL, "")
    with fixed_clock(lambda: datetime.now(UTC) + timedelta(seconds=rules.locked_s + 1)):
        assert await service.open_link(doors, asked.token, MAIL, "")


async def test_many_guesses_at_once_are_counted_one_by_one(doors: Database) -> None:
    asked = await ask(doors)
    tries = [service.open_link(doors, asked.token, "guess@mill.example", "") for _ in range(12)]
    ended = await asyncio.gather(*tries, return_exceptions=True)
    refused = [type(one) for one in ended]
    assert refused.count(AddressNotProved) == guest_rules().most_failures
    assert set(refused) == {AddressNotProved, GuestLocked}


async def test_a_guessed_a_withdrawn_an_ended_and_a_replaced_link_are_told_alike(doors: Database) -> None:
    asked = await ask(doors)
    said: set[str] = set()
    with pytest.raises(GuestLinkInvalid) as guessed:
        await service.look(doors, "A" * 43)
    said.add(str(guessed.value))
    with fixed_clock(lambda: datetime.now(UTC) + timedelta(seconds=guest_rules().link_s + 1)):
        with pytest.raises(GuestLinkInvalid) as ended:
            await service.open_link(doors, asked.token, MAIL, "")
    said.add(str(ended.value))
    again = await service.renew(doors, asked.customer.scope, asked.made.link_id)
    with pytest.raises(GuestLinkInvalid) as replaced:
        await service.look(doors, asked.token)
    said.add(str(replaced.value))
    fresh = again.path.removeprefix("/answer/")
    held = await service.open_link(doors, fresh, MAIL, "")
    await service.revoke(doors, asked.customer.scope, again.link_id)
    for use in (service.view(doors, held), service.look(doors, fresh), service.answer(doors, held, FIGURES)):
        with pytest.raises(GuestLinkInvalid) as withdrawn:
            await use
        said.add(str(withdrawn.value))
    assert len(said) == 1
    assert (await asked.customer.statement("bought")).answer is None


async def test_a_link_that_was_answered_by_opens_for_nobody_who_only_states_the_address(doors: Database) -> None:
    asked = await ask(doors)
    held = await service.open_link(doors, asked.token, MAIL, "")
    await service.answer(doors, held, FIGURES)
    with pytest.raises(GuestLinkUsed):
        await service.open_link(doors, asked.token, MAIL, "")
    with pytest.raises(AddressNotProved):
        await service.open_link(doors, asked.token, "other@mill.example", "")
    assert (await service.view(doors, held)).given  # whoever answered reads it for a while


async def test_a_link_is_marked_as_used_also_by_a_worker(
    doors: Database, deferred: Deferred, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = await ask(doors)
    held = await service.open_link(doors, asked.token, MAIL, "")

    async def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(service, "note_answered", killed)
    with pytest.raises(KeyboardInterrupt):
        await service.answer(doors, held, FIGURES)
    assert await state_of(doors, asked) is LinkState.OPENED
    said = [args for task, args, _ in deferred if task == "guests.note_answered"]
    await jobs.note_answered(doors, UUID(said[-1]["link_id"]))
    assert await state_of(doors, asked) is LinkState.ANSWERED


async def test_an_answer_is_given_once_even_by_two_browsers_at_once(doors: Database) -> None:
    asked = await ask(doors)
    one = await service.open_link(doors, asked.token, MAIL, "")
    two = await service.open_link(doors, asked.token, MAIL, "")
    other = replace_figures(Decimal(99))
    ended = await asyncio.gather(
        service.answer(doors, one, FIGURES), service.answer(doors, two, other), return_exceptions=True
    )
    assert sorted(isinstance(each, GuestAnswered) for each in ended) == [False, True]
    with pytest.raises(GuestAnswered):
        await service.answer(doors, one, other)
    kept = (await asked.customer.statement("bought")).answer
    assert kept
    assert kept.main in (Decimal(10), Decimal(99))


def replace_figures(main: Decimal) -> GuestAnswer:
    return GuestAnswer(pre_production=Decimal(1), main_production=main)


async def test_an_answer_needs_a_figure_and_an_open_request(doors: Database) -> None:
    asked = await ask(doors)
    held = await service.open_link(doors, asked.token, MAIL, "")
    with pytest.raises(NothingAnswered):
        await service.answer(doors, held, GuestAnswer(pre_production=None, main_production=None))
    with pytest.raises(Refusal):
        await service.answer(doors, held, GuestAnswer(pre_production=Decimal(-1), main_production=None))
    assert (await service.view(doors, held)).given is None
    await asked.customer.run(traceability.cancel, asked.made.request_id)
    with pytest.raises(RequestClosedForGuest):
        await service.answer(doors, held, FIGURES)


async def test_with_mail_a_number_proves_the_address(doors: Database, deferred: Deferred) -> None:
    doors._installation = replace(doors.installation, smtp_url="smtp://127.0.0.1:1")
    asked = await ask(doors)
    assert asked.made.mailed
    with pytest.raises(AddressNotProved):
        await service.open_link(doors, asked.token, MAIL, "000000")
    assert await service.mail_code(doors, asked.token)
    (link, *_) = await service.links(doors, asked.customer.scope)
    guest = OperatorScope(link.guest_id, "test", Role.ADMIN)

    async def numbers(tx, scope):  # type: ignore[no-untyped-def]
        rows = await tx.all("SELECT mail_id, body FROM mail WHERE what LIKE 'guest-code:%%' ORDER BY mail_id DESC")
        assert not [body for _, body in rows if "確認番号" in body]  # kept sealed
        letters = [await letter(tx, scope, mail_id) for mail_id, _ in rows]
        return [one.body.split("確認番号: ")[1][:6] for one in letters]

    (number,) = await doors.run(guest, numbers)
    wrong = f"{(int(number) + 1) % 10**6:06d}"
    with pytest.raises(AddressNotProved):
        await service.open_link(doors, asked.token, MAIL, wrong)
    with pytest.raises(AddressNotProved):
        await service.open_link(doors, asked.token, "other@mill.example", number)
    with fixed_clock(lambda: datetime.now(UTC) + timedelta(seconds=guest_rules().code_s + 1)):
        with pytest.raises(AddressNotProved):
            await service.open_link(doors, asked.token, MAIL, number)
    assert await service.open_link(doors, asked.token, MAIL, number)
    with pytest.raises(AddressNotProved):
        await service.open_link(doors, asked.token, MAIL, number)  # a number opens once
    assert "messages.post" in {task for task, _, _ in deferred}


async def test_a_guest_that_joins_keeps_everything_and_is_seen_by_all(doors: Database) -> None:
    asked, stranger = await ask(doors), await company(doors, "他社")
    held = await service.open_link(doors, asked.token, MAIL, "")
    await service.answer(doors, held, FIGURES)
    with pytest.raises(Invalid):
        await service.join(doors, held, "7123456789013")
    token = await service.join(doors, held, "7123456789012")
    assert await state_of(doors, asked) is LinkState.JOINED
    (link, *_) = await service.links(doors, asked.customer.scope)
    joined = await identity.accept_link(doors, token, "a long and unusual sentence 42", "192.0.2.1")
    assert joined.email == MAIL
    member = OperatorScope(link.guest_id, "person:x", Role.ADMIN)
    trades, _ = await doors.run(member, traceability.list_requests, limit=10)
    assert [(one.request_id, one.state) for one in trades] == [(asked.made.request_id, State.COMPLETED)]
    assert await stranger.run(operators.operator_exists, link.guest_id) is True
    assert (await doors.run(member, operators.own)).open_operator_id == "7123456789012"


async def test_a_number_that_is_taken_is_refused_and_a_members_number_stays(doors: Database) -> None:
    asked, other = await ask(doors, "b@other.example"), await ask(doors, "c@other.example")
    held = await service.open_link(doors, asked.token, "b@other.example", "")
    also = await service.open_link(doors, other.token, "c@other.example", "")
    await service.join(doors, held, "3000012010001")
    with pytest.raises(NumberTaken):
        await service.join(doors, also, "3000012010001")

    async def forge(tx, scope):  # type: ignore[no-untyped-def]
        await tx.run("UPDATE operator SET open_operator_id = 'x' WHERE operator_id = %(o)s", o=scope.operator_id)

    with pytest.raises(Exception, match="stays for ever"):
        await asked.customer.run(forge)


async def test_the_same_supplier_asked_again_is_the_same_guest_and_a_part_is_asked_once(doors: Database) -> None:
    asked = await ask(doors)
    a = asked.customer
    with pytest.raises(AlreadyRequested):
        said = Invite(downstream_trace_id=await a.part_id("bought"), company="田中製作所", email=MAIL)
        await service.invite(doors, a.scope, said)
    await a.part("Q", [("also bought", 1)])
    said = Invite(downstream_trace_id=await a.part_id("also bought"), company="田中製作所", email=MAIL.upper())
    await service.invite(doors, a.scope, said)
    links = await service.links(doors, a.scope)
    assert len({link.guest_id for link in links}) == 1
    assert len(links) == 2


async def test_a_viewer_and_another_company_manage_no_links(doors: Database) -> None:
    asked, stranger = await ask(doors), await company(doors, "他社")
    viewer = OperatorScope(asked.customer.id, "person:v", Role.VIEWER)
    for use_case in (service.revoke, service.renew):
        with pytest.raises(Forbidden):
            await use_case(doors, viewer, asked.made.link_id)
        with pytest.raises(GuestLinkNotFound):
            await use_case(doors, stranger.scope, asked.made.link_id)
    assert await state_of(doors, asked) is LinkState.SENT


async def test_whom_a_link_was_sent_to_is_sealed_and_links_of_before_are_read_as_they_are(doors: Database) -> None:
    asked = await ask(doors)
    (link, *_) = await service.links(doors, asked.customer.scope)
    assert (link.email, link.contact != "") == (MAIL, True)
    async with doors.identity() as tx:
        row = await tx.one("SELECT email, contact FROM guest_link WHERE link_id = %(id)s", id=link.link_id)
        assert row is not None
        assert not [text for text in row if MAIL in text or link.contact in text]
        plain = "UPDATE guest_link SET email = %(email)s, contact = '田中' WHERE link_id = %(id)s"
        await tx.run(plain, email=MAIL, id=link.link_id)
    assert await service.open_link(doors, asked.token, MAIL, "")
    (again, *_) = await service.links(doors, asked.customer.scope)
    assert (again.email, again.contact) == (MAIL, "田中")


async def test_what_others_asked_of_the_same_address_comes_along_when_a_supplier_joins(doors: Database) -> None:
    mail = "sato@mill.example"
    one, two, three = [await ask(doors, mail) for _ in range(3)]
    strange = await ask(doors, "other@mill.example")
    doors._installation = replace(doors.installation, smtp_url="smtp://127.0.0.1:1")

    async def opened(asked: Asked, address: str = mail) -> str:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(service.secrets, "randbelow", lambda _: 123456)
            assert await service.mail_code(doors, asked.token)
        return await service.open_link(doors, asked.token, address, "123456")

    await service.answer(doors, await opened(three), FIGURES)  # answered before: it stays where it is
    token = await service.join(doors, await opened(one), "5010401000015")
    await identity.accept_link(doors, token, "a long and unusual sentence 42", "192.0.2.1")
    (link, *_) = await service.links(doors, one.customer.scope)
    member = OperatorScope(link.guest_id, "person:test", Role.ADMIN)

    async def received() -> set[tuple[str, str | None]]:
        found, _ = await doors.run(member, traceability.list_requests, limit=20, side=Side.UP)
        return {(str(trade.downstream_operator_id), trade.message) for trade in found if trade.live}

    assert {who for who, _ in await received()} == {str(one.customer.id), str(two.customer.id)}
    sent, _ = await two.customer.run(traceability.list_requests, limit=5, side=Side.DOWN)
    assert [(t.upstream_operator_id, t.state) for t in sent if t.live] == [(link.guest_id, State.NOT_COMPLETED)]
    with pytest.raises(GuestLinkInvalid):
        await service.look(doors, two.token)
    assert (await three.customer.statement("bought")).answer is not None
    assert await service.look(doors, strange.token) is None

    late = await ask(doors, mail)  # a fourth customer did not know that it had joined
    with pytest.raises(JoinedAlready):
        await service.join(doors, await opened(late), "5010401000015")
    assert str(late.customer.id) in {who for who, _ in await received()}
    held = await opened(strange, "other@mill.example")
    with pytest.raises(NumberTaken):  # an address that nobody of the company has gets nothing
        await service.join(doors, held, "5010401000015")
    assert str(strange.customer.id) not in {who for who, _ in await received()}


async def test_an_address_that_is_stated_and_not_proved_moves_nothing(doors: Database) -> None:
    mail = "suzuki@mill.example"
    one, two = await ask(doors, mail), await ask(doors, mail)
    await service.join(doors, await service.open_link(doors, one.token, mail, ""), "6010401000014")
    assert await service.look(doors, two.token) is None
    sent, _ = await two.customer.run(traceability.list_requests, limit=5, side=Side.DOWN)
    (link, *_) = await service.links(doors, two.customer.scope)
    assert [t.upstream_operator_id for t in sent if t.live] == [link.guest_id]
