"""The desk lets companies in and out, counts what they use, and reads no value."""

import itertools
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import msgspec
import psycopg
import pytest
from tests.chain import Company, company
from tests.desk.conftest import DESK

from meguri.desk import service, store
from meguri.desk.errors import (
    ApplicationNotFound,
    AppliedAlready,
    BadAnnouncement,
    CompanyNotFound,
    EvidenceMissing,
    PastDay,
    TermsNotAccepted,
)
from meguri.desk.model import ApplicationInput, CompanyRow, Proof, Proved
from meguri.desk.rules import rate_of, terms
from meguri.desk.sheet import statement_csv
from meguri.desk.switches import switches_of
from meguri.identity import service as identity
from meguri.identity.model import AccessState
from meguri.kernel import clock
from meguri.kernel.clock import fixed_clock
from meguri.kernel.errors import Invalid, NotFound
from meguri.kernel.identifiers import is_corporate_number
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, PlatformRole, Role
from meguri.operators import service as operators
from meguri.storage.database import Database
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability

_bodies = itertools.count(810000000000)


def number() -> str:
    body = str(next(_bodies))
    return next(f"{digit}{body}" for digit in range(1, 10) if is_corporate_number(f"{digit}{body}"))


def application(**other: object) -> ApplicationInput:
    said = {
        "name": "町工場株式会社",
        "corporate_number": number(),
        "address": "大阪府東大阪市",
        "contact": "山田",
        "email": "yamada@machi.example",
        "small": True,
        "terms_version": terms().version,
    }
    return ApplicationInput(**(said | other))  # type: ignore[arg-type]


async def test_a_company_applies_is_admitted_and_its_first_administrator_comes_in(platform: Database) -> None:
    said = application()
    made = await service.apply(platform, said)
    (listed,) = [one for one in await service.applications(platform, DESK) if one.application_id == made]
    assert (listed.contact, listed.email) == (said.contact, said.email)
    async with platform.identity() as tx:
        kept = await tx.one("SELECT * FROM platform_application WHERE application_id = %(id)s", id=made)
    assert said.email not in str(kept)  # whom to write to is sealed
    assert said.contact not in str(kept)
    admitted = await service.admit(platform, DESK, made, Proof.NUMBER_AND_MAIL, "国税庁の公表サイトと一致")
    token = admitted.path.removeprefix("/join/")
    account = await identity.accept_link(platform, token, "a long and unusual sentence 42", "192.0.2.1")
    assert account.email == said.email
    (row,) = [one for one in await service.companies(platform, DESK) if one.operator_id == admitted.operator_id]
    assert row.admission
    assert (row.state, row.admission.proof, row.admission.small) == (AccessState.ACTIVE, Proof.NUMBER_AND_MAIL, True)
    assert row.admission.terms_version == terms().version
    with pytest.raises(ApplicationNotFound):
        await service.admit(platform, DESK, made, Proof.NUMBER_AND_MAIL, "again")


async def test_a_company_that_came_by_a_guests_link_is_proved_later_and_pays_by_its_size(platform: Database) -> None:
    one = await company(platform, "あとから確認")
    await identity.open_access(platform, one.id)

    async def row() -> CompanyRow:
        return next(each for each in await service.companies(platform, DESK) if each.operator_id == one.id)

    assert (await row()).admission is None
    seen = Proved(proof=Proof.REPRESENTATIVE, evidence="登記事項証明書", small=True)
    with pytest.raises(TermsNotAccepted):
        await service.prove(platform, DESK, one.id, seen)
    with pytest.raises(EvidenceMissing):
        await service.prove(platform, DESK, one.id, msgspec.structs.replace(seen, evidence=" ", terms=True))
    await service.prove(platform, DESK, one.id, msgspec.structs.replace(seen, terms=True))
    first = (await row()).admission
    assert first is not None
    assert (first.proof, first.small, first.terms_version) == (Proof.REPRESENTATIVE, True, terms().version)
    now = datetime.now(UTC)
    used = {each.operator_id: each for each in await service.usage(platform, DESK, now.year, now.month)}
    assert (used[one.id].rate, used[one.id].amount) == ("small", 0)
    await service.prove(platform, DESK, one.id, Proved(proof=Proof.QUALIFIED_SEAL, evidence="e-seal", small=False))
    again = (await row()).admission
    assert again is not None
    assert (again.proof, again.terms_at) == (Proof.QUALIFIED_SEAL, first.terms_at)
    with pytest.raises(CompanyNotFound):
        await service.prove(platform, DESK, new_id(), msgspec.structs.replace(seen, terms=True))


async def test_who_deals_with_a_company_is_told_how_it_was_proved_and_nobody_says_it_of_itself(
    platform: Database,
) -> None:
    one, partner = await company(platform, "証明される会社"), await company(platform, "取引先")
    await identity.open_access(platform, one.id)

    async def told() -> tuple[str | None, str]:
        (entry,) = await partner.run(operators.by_ids, [one.id])
        return entry.proof, entry.identity

    assert await told() == (None, "self_declared")
    seen = Proved(proof=Proof.NUMBER_AND_MAIL, evidence="公表サイト", small=True, terms=True)
    await service.prove(platform, DESK, one.id, seen)
    assert await told() == ("number_and_mail", "number_and_mail")
    number_ = (await one.run(operators.own)).open_operator_id
    assert (await partner.run(operators.look_up, number_)).proof == "number_and_mail"
    page = await partner.run(operators.search, "証明される会社")
    assert [each.identity for each in page.items] == ["number_and_mail"]
    for forged in (
        "UPDATE operator SET proof = 'qualified_seal' WHERE operator_id = %(me)s",
        "INSERT INTO operator (operator_id, name, search_name, address, open_operator_id, created_at, updated_at, proof) "
        "SELECT gen_random_uuid(), 'x', 'x', 'x', 'X1', now(), now(), 'qualified_seal'",
    ):

        async def forge(tx: Transaction, scope: OperatorScope, sql: str = forged) -> None:
            await tx.run(sql, me=scope.operator_id)

        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await partner.run(forge)
    assert (await partner.run(operators.own)).proof is None


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"corporate_number": "7123456789013"}, Invalid),
        ({"email": "nonsense"}, Invalid),
        ({"terms_version": ""}, TermsNotAccepted),
        ({"terms_version": "0"}, TermsNotAccepted),
    ],
)
async def test_an_application_that_cannot_be_is_refused(
    platform: Database, wrong: dict[str, object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        await service.apply(platform, application(**wrong))


async def test_a_company_applies_once_and_again_after_it_was_declined(platform: Database) -> None:
    said = application()
    first = await service.apply(platform, said)
    with pytest.raises(AppliedAlready):
        await service.apply(platform, said)
    await service.decline(platform, DESK, first, "番号が一致しない")
    again = await service.apply(platform, said)
    await service.admit(platform, DESK, again, Proof.REPRESENTATIVE, "登記事項証明書")
    with pytest.raises(AppliedAlready):
        await service.apply(platform, said)


async def test_an_admission_that_broke_off_is_done_again(platform: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    made = await service.apply(platform, application())

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("power cut")

    with monkeypatch.context() as patch:
        patch.setattr(store, "save_admission", broken)
        with pytest.raises(RuntimeError):
            await service.admit(platform, DESK, made, Proof.SELF_DECLARED, "x")
    admitted = await service.admit(platform, DESK, made, Proof.SELF_DECLARED, "x")
    assert admitted.operator_id in {one.operator_id for one in await service.companies(platform, DESK)}


async def test_a_suspension_takes_effect_on_its_day_and_partners_data_stay(platform: Database) -> None:
    a, b = await company(platform, "A社"), await company(platform, "B社")
    await identity.open_access(platform, b.id)
    await a.part("P", [("bought", 2)])
    await b.part("sold", ends=True)
    await b.declare("sold", pre=1)
    await b.link(await a.ask(b, "bought"), "sold")
    day = clock.today() + timedelta(days=2)
    await service.plan_access(platform, DESK, b.id, AccessState.SUSPENDED, day, "未払い")

    async def state() -> AccessState:
        return {one.operator_id: one.state for one in await identity.list_access(platform)}[b.id]

    assert await service.carry_out_plans(platform) == 0
    assert await state() is AccessState.ACTIVE
    with fixed_clock(lambda: datetime.now(UTC) + timedelta(days=2)):
        await service.carry_out_plans(platform)
        assert await service.carry_out_plans(platform) == 0
    assert await state() is AccessState.SUSPENDED
    answer = (await a.statement("bought")).answer
    assert answer
    assert answer.pre == Decimal(1)
    await service.plan_access(platform, DESK, b.id, AccessState.ACTIVE, clock.today(), "支払い確認")
    assert await state() is AccessState.ACTIVE


async def test_plans_for_the_past_for_nobody_and_taken_back_do_nothing(platform: Database) -> None:
    b = await company(platform, "B社")
    await identity.open_access(platform, b.id)
    with pytest.raises(PastDay):
        yesterday = clock.today() - timedelta(days=1)
        await service.plan_access(platform, DESK, b.id, AccessState.ENDED, yesterday, "x")
    with pytest.raises(CompanyNotFound):
        await service.plan_access(platform, DESK, new_id(), AccessState.ENDED, clock.today(), "x")
    plan = await service.plan_access(platform, DESK, b.id, AccessState.ENDED, clock.today() + timedelta(days=1), "廃業")
    await service.drop_plan(platform, DESK, plan)
    with fixed_clock(lambda: datetime.now(UTC) + timedelta(days=2)):
        assert await service.carry_out_plans(platform) == 0


def test_a_small_company_pays_nothing_and_another_a_base_and_a_yen_per_answer() -> None:
    assert rate_of(small=True).of(40) == 0
    assert rate_of(small=False).of(1200) == 11_200


async def answered(b: Company, a: Company, times: int, start: int = 0) -> list[UUID]:
    trades = []
    for n in range(start, start + times):
        await a.part(f"P{n}", [(f"c{n}", 1)])
        trade = await a.ask(b, f"c{n}")
        await b.link(trade, "sold")
        trades.append(trade.request_id)
    return trades


async def test_each_answer_counts_once_for_its_supplier_and_month(platform: Database) -> None:
    a, b = await company(platform, "A社"), await company(platform, "B社")
    await b.part("sold", ends=True)
    await b.declare("sold", pre=1)
    trades = await answered(b, a, 3)
    await b.declare("sold", pre=2)  # a changed answer is no new one
    await a.run(traceability.cancel, trades[0])  # answered all the same
    now = clock.now()
    rows = {row.operator_id: row for row in await service.usage(platform, DESK, now.year, now.month)}
    assert (rows[b.id].answers, rows[b.id].parts, rows[b.id].amount) == (3, 1, 10_003)
    assert (rows[a.id].answers, rows[a.id].amount) == (0, 10_000)
    past = await service.usage(platform, DESK, now.year - 1, now.month)
    assert {row.answers for row in past} == {0}
    with pytest.raises(Invalid):
        await service.usage(platform, DESK, now.year, 13)
    table = statement_csv([rows[b.id]]).decode("utf-8-sig").splitlines()
    assert table[1].split(",")[2:6] == ["standard", "2026-1", "3", "1"]


async def test_the_desk_has_no_way_to_a_value(platform: Database) -> None:
    a, b = await company(platform, "A社"), await company(platform, "B社")
    await b.part("極秘の部品", ends=True)
    await b.declare("極秘の部品", pre="12345.678")
    await a.part("P", [("bought", 1)])
    now = clock.now()
    seen = [
        await service.companies(platform, DESK),
        await service.usage(platform, DESK, now.year, now.month),
        await service.onboarding(platform, DESK),
        await service.applications(platform, DESK, None),
    ]
    assert "極秘" not in repr(seen)
    assert "12345" not in repr(seen)
    parts, _ = await platform.run(DESK, traceability.parts_page, limit=10)
    assert parts == []


@pytest.mark.parametrize("role", [None, PlatformRole.AUDITOR, PlatformRole.AUTHORITY])
async def test_everybody_else_finds_no_desk(platform: Database, role: PlatformRole | None) -> None:
    other = OperatorScope(new_id(), "person:x", Role.ADMIN, platform_role=role)
    now = clock.now()
    for use in (
        service.applications(platform, other),
        service.companies(platform, other),
        service.usage(platform, other, now.year, now.month),
        service.onboarding(platform, other),
        service.plans(platform, other),
        service.announcements(platform, other),
        service.switch_maintenance(platform, other, is_on=True),
        service.admit(platform, other, new_id(), Proof.SELF_DECLARED, "x"),
        service.plan_access(platform, other, new_id(), AccessState.ENDED, clock.today(), "x"),
    ):
        with pytest.raises(NotFound):
            await use


async def test_an_announcement_stands_for_its_time_in_both_languages(platform: Database) -> None:
    now = clock.now()
    made = await service.announce(
        platform, DESK, " 明日は休止します ", "Closed tomorrow", now - timedelta(hours=1), now + timedelta(hours=1)
    )
    switches = switches_of(platform)
    await switches.refresh(platform)
    assert switches.announced("ja") == ["明日は休止します"]
    assert switches.announced("en") == ["Closed tomorrow"]
    with fixed_clock(lambda: now + timedelta(hours=2)):
        assert switches.announced("ja") == []
    await service.withdraw_announcement(platform, DESK, made)
    await switches.refresh(platform)
    assert switches.announced("ja") == []
    for ja, en, hours in (("", "x", 1), ("x", "", 1), ("x" * 301, "x", 1), ("x", "x", 0)):
        with pytest.raises(BadAnnouncement):
            await service.announce(platform, DESK, ja, en, now, now + timedelta(hours=hours))


async def test_the_maintenance_switch_is_known_at_the_next_request(platform: Database) -> None:
    switches = switches_of(platform)
    await service.switch_maintenance(platform, DESK, is_on=True)
    await switches.refresh(platform)
    assert switches.maintenance
    assert await service.maintenance(platform, DESK)
    await service.switch_maintenance(platform, DESK, is_on=False)
    await switches.refresh(platform)
    assert not switches.maintenance


async def test_guests_are_counted_as_far_as_they_have_come(platform: Database) -> None:
    before = await service.onboarding(platform, DESK)
    from meguri.guests import service as guests
    from meguri.guests.model import Invite

    a = await company(platform, "A社")
    await a.part("P", [("one", 1), ("two", 1)])
    for name in ("one", "two"):
        said = Invite(downstream_trace_id=await a.part_id(name), company="町工場", email=f"{name}@machi.example")
        made = await guests.invite(platform, a.scope, said)
    await guests.open_link(platform, made.path.removeprefix("/answer/"), "two@machi.example", "")
    after = await service.onboarding(platform, DESK)
    assert (after.invited - before.invited, after.opened - before.opened, after.answered - before.answered) == (2, 1, 0)
    names = {one.name for one in await service.companies(platform, DESK)}
    assert "町工場" not in names
    assert await platform.run(DESK, operators.names_of, set()) == {}
