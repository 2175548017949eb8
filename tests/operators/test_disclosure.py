"""Disclosure: nothing by default, each group by itself, every change kept and told."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from meguri.kernel.errors import Stale
from meguri.kernel.ids import new_id
from meguri.operators import disclosure, service, store_sharing, subjects
from meguri.operators.errors import DisclosureNotFound, DisclosureToSelf, NoRelation, ProofTooLow, UnknownItemGroup
from meguri.operators.events import DisclosureChanged, DisclosuresChanged
from meguri.operators.model import SettingsChange
from meguri.storage.database import Database

CFP = {"TOTALCFP": True, "TOTALDQR": True}
NONE = frozenset()


class Heard:
    """What other rooms would react to."""

    def __init__(self) -> None:
        self.events: list[DisclosureChanged] = []
        self.operators = []

    async def __call__(self, tx, scope, event: DisclosureChanged) -> None:
        self.events.append(event)
        self.operators.append((await tx.value("SELECT current_user"), scope.operator_id))


class Parts:
    """Stands in for the room that knows parts."""

    def __init__(self, related: bool = True) -> None:
        self.is_related = related

    async def names(self, tx, scope, trace_ids):
        return {trace_id: f"部品{str(trace_id)[-4:]}" for trace_id in trace_ids}

    async def related(self, tx, scope, trace_id, to_operator_id) -> bool:
        return self.is_related

    def request_href(self, told, operator_id) -> str | None:
        return f"/requests/{told.request_id}"


@pytest.fixture
def heard() -> Heard:
    return Heard()


@pytest.fixture
def many() -> Heard:
    return Heard()


@pytest.fixture
async def db(fresh, heard, many) -> AsyncIterator[Database]:
    reactions = {DisclosureChanged: [heard], DisclosuresChanged: [many]}
    async with Database(fresh().login, reactions=reactions, pool_size=4) as database:
        yield database


@pytest.fixture
def parts(monkeypatch) -> Parts:
    known = Parts()
    monkeypatch.setattr(subjects, "_subjects", known)
    return known


async def open_of(db, owner, trace_id, to):
    async def use_case(tx, scope):
        return await service.released(tx, owner.operator_id, [(trace_id, to.operator_id)])

    return (await db.run(owner, use_case))[trace_id, to.operator_id]


async def read_by(db, reader, owner, trace_id):
    async def use_case(tx, scope):
        return await service.released_to(tx, scope.operator_id, [(owner.operator_id, trace_id)])

    return (await db.run(reader, use_case))[owner.operator_id, trace_id]


async def revoke(db, actor, owner, trace_id, to, **kw):
    async def use_case(tx, scope):
        await service.revoke_all(tx, owner.operator_id, trace_id, to.operator_id, **kw)

    await db.run(actor, use_case)


async def test_nothing_is_disclosed_until_it_is_said(db, join) -> None:
    up, down, trace_id = await join(), await join(), new_id()
    assert await open_of(db, up, trace_id, down) == NONE
    assert await db.run(up, service.grants_of, trace_id) == []


async def test_each_group_is_opened_and_closed_by_itself(db, join, heard) -> None:
    up, down, trace_id = await join(), await join(), new_id()
    await db.run(up, service.set_groups, trace_id, down.operator_id, CFP, "契約による")
    await db.run(up, service.set_groups, trace_id, down.operator_id, {"TOTALDQR": False})
    assert await open_of(db, up, trace_id, down) == {"TOTALCFP"}
    assert await read_by(db, down, up, trace_id) == {"TOTALCFP"}
    assert [(event.before, event.after) for event in heard.events] == [
        ((), ("TOTALCFP", "TOTALDQR")),
        (("TOTALCFP", "TOTALDQR"), ("TOTALCFP",)),
    ]
    assert heard.events[1].changed == {"TOTALDQR"}
    (shown,) = await db.run(up, service.grants_of, trace_id)
    states = {state.item_group: state for state in shown.groups}
    assert list(states) == ["TOTALCFP", "TOTALDQR", "CERTIFICATE", "DDRESULT", "DDCHAIN", "DDEVIDENCE", "RECYCLED"]
    assert (states["TOTALCFP"].reason, states["TOTALCFP"].actor) == ("契約による", up.actor)
    assert states["CERTIFICATE"].since is None


async def proved(db, who, proof) -> None:
    async with db.identity() as tx:  # the platform's operator alone records it
        await service.note_proof(tx, who.operator_id, proof)


async def test_a_company_below_the_least_proof_gets_nothing(db, join, many) -> None:
    up, known, stated, trace_id = await join(auto_disclose=True), await join(), await join(), new_id()
    await proved(db, known, "number_and_mail")
    for reader in (known, stated):
        await db.run(up, service.set_groups, trace_id, reader.operator_id, CFP)
    chosen = SettingsChange(auto_disclose=True, least_proof="number_and_mail")
    assert (await db.run(up, service.change_settings, chosen)).least_proof == "number_and_mail"
    assert await read_by(db, stated, up, trace_id) == NONE  # what was open is closed at once
    assert await read_by(db, known, up, trace_id) == set(CFP)
    (shown,) = [
        one for one in await db.run(up, service.grants_of, trace_id) if one.to_operator_id == stated.operator_id
    ]
    assert {one.reason for one in shown.groups if one.since is not None} == {"system:least_proof"}
    (closed,) = many.events[-1].many
    assert (closed.to_operator_id, closed.before, closed.after) == (stated.operator_id, tuple(CFP), ())
    with pytest.raises(ProofTooLow):
        await db.run(up, service.set_groups, trace_id, stated.operator_id, CFP)
    with pytest.raises(ProofTooLow):
        await db.run(up, service.set_groups, trace_id, stated.operator_id, {"TOTALCFP": True, "TOTALDQR": False})
    await db.run(
        up, service.set_groups, trace_id, stated.operator_id, {"TOTALCFP": False}
    )  # closing is always possible
    other = new_id()
    await db.run(up, service.open_by_default, other, stated.operator_id)
    await db.run(up, service.open_by_default, other, known.operator_id)
    assert await read_by(db, stated, up, other) == NONE
    assert await read_by(db, known, up, other) != NONE
    await db.run(up, service.change_settings, SettingsChange(auto_disclose=False))  # the least proof stays
    assert (await db.run(up, service.settings)).least_proof == "number_and_mail"
    await proved(db, stated, "representative")
    await db.run(up, service.set_groups, trace_id, stated.operator_id, CFP)
    assert await read_by(db, stated, up, trace_id) == set(CFP)


async def test_what_a_company_knows_of_a_partner_by_itself_counts_as_well(db, join, monkeypatch) -> None:
    up, partner, trace_id = await join(), await join(), new_id()
    told = {}

    async def own_record(tx, scope, operator_ids):
        return {
            one: proof for one, proof in told.items() if one in operator_ids and scope.operator_id == up.operator_id
        }

    monkeypatch.setattr(subjects, "_provers", [own_record])
    await db.run(up, service.change_settings, SettingsChange(auto_disclose=False, least_proof="number_and_mail"))
    with pytest.raises(ProofTooLow):
        await db.run(up, service.set_groups, trace_id, partner.operator_id, CFP)
    told[partner.operator_id] = "number_and_mail"
    await db.run(up, service.set_groups, trace_id, partner.operator_id, CFP)
    await db.run(up, service.hold_least_proof)
    assert await read_by(db, partner, up, trace_id) == set(CFP)
    told[partner.operator_id] = "self_declared"
    await db.run(up, service.hold_least_proof)
    assert await read_by(db, partner, up, trace_id) == NONE


async def test_other_parts_and_other_companies_see_nothing_of_it(db, join) -> None:
    up, down, third, trace_id = await join(), await join(), await join(), new_id()
    await db.run(up, service.set_groups, trace_id, down.operator_id, CFP)
    assert await read_by(db, third, up, trace_id) == NONE
    assert await read_by(db, down, up, new_id()) == NONE
    assert await read_by(db, down, third, trace_id) == NONE


async def test_a_reader_who_does_not_reach_across_is_told_that_nothing_is_open(db, join) -> None:
    up, down, trace_id = await join(), await join(), new_id()
    await db.run(up, service.set_groups, trace_id, down.operator_id, CFP)
    async with db.transaction(down) as tx:
        pair = (trace_id, down.operator_id)
        assert await service.released(tx, up.operator_id, [pair]) == {pair: NONE}


async def test_any_number_of_pairs_is_read_in_one_statement(db, join) -> None:
    up, down = await join(), await join()
    pairs = [(new_id(), down.operator_id) for _ in range(50)]
    for trace_id, to in pairs[::5]:
        await db.run(up, service.set_groups, trace_id, to, CFP)
    async with db.transaction(up) as tx:
        found = await service.released(tx, up.operator_id, pairs)
        assert tx.statements == 1
        assert await service.released(tx, up.operator_id, []) == {}
        assert tx.statements == 1
    assert [bool(found[pair]) for pair in pairs] == [n % 5 == 0 for n in range(50)]


async def test_saying_the_same_again_tells_nobody_and_keeps_the_version(db, join, heard) -> None:
    up, down, trace_id = await join(), await join(), new_id()
    first = await db.run(up, service.set_groups, trace_id, down.operator_id, CFP)
    assert await db.run(up, service.set_groups, trace_id, down.operator_id, CFP) == first
    assert len(heard.events) == 1


async def test_a_no_that_is_said_is_kept_but_changes_nothing_for_the_reader(db, join, heard) -> None:
    up, down, trace_id = await join(), await join(), new_id()
    said = await db.run(up, service.set_groups, trace_id, down.operator_id, {"TOTALCFP": False})
    assert (said.version, said.released, heard.events) == (1, (), [])


async def test_the_change_is_in_the_audit_of_both_companies(db, join) -> None:
    up, down, trace_id = await join(), await join(), new_id()
    await db.run(up, service.set_groups, trace_id, down.operator_id, CFP, "秘密の理由")
    for company in (up, down):
        async with db.transaction(company) as tx:
            bodies = await tx.all("SELECT body FROM audit_entry WHERE event = 'operators:disclosure:change'")
        assert len(bodies) == 1
        assert "TOTALCFP" in bodies[0][0]
        assert "秘密" not in bodies[0][0]


async def test_an_unknown_group_and_oneself_are_refused(db, join) -> None:
    up, down = await join(), await join()
    with pytest.raises(UnknownItemGroup) as refused:
        await db.run(up, service.set_groups, new_id(), down.operator_id, {"RECIPE": True})
    assert "TOTALCFP" in refused.value.sentence("ja")
    with pytest.raises(DisclosureToSelf):
        await db.run(up, service.set_groups, new_id(), up.operator_id, CFP)


async def test_a_linked_answer_opens_by_itself_only_where_the_company_wants_it(db, join, heard) -> None:
    shy, open_one, down, trace_id = await join(), await join(auto_disclose=True), await join(), new_id()
    for up in (shy, open_one):
        await db.run(up, service.open_by_default, trace_id, down.operator_id)
    assert await open_of(db, shy, trace_id, down) == NONE
    assert await open_of(db, open_one, trace_id, down) == {"TOTALCFP", "TOTALDQR", "CERTIFICATE"}
    await db.run(open_one, service.open_by_default, new_id(), down.operator_id, "DD")
    assert len(heard.events) == 1


async def test_what_the_company_decided_before_is_not_opened_by_itself(db, join) -> None:
    up, down, trace_id = await join(auto_disclose=True), await join(), new_id()
    await db.run(up, service.set_groups, trace_id, down.operator_id, {"TOTALCFP": False})
    await db.run(up, service.open_by_default, trace_id, down.operator_id)
    assert await open_of(db, up, trace_id, down) == NONE


async def test_the_other_side_ends_the_request_and_everything_is_taken_back(db, join, heard) -> None:
    up, down, trace_id = await join(auto_disclose=True), await join(), new_id()
    await db.run(up, service.open_by_default, trace_id, down.operator_id)
    await revoke(db, down, up, trace_id, down)
    assert await open_of(db, up, trace_id, down) == NONE
    assert await db.run(up, service.grants_of, trace_id) == []
    assert heard.events[-1].after == ()
    assert heard.operators[-1] == ("meguri_app", down.operator_id)
    async with db.transaction(up) as tx:
        assert await tx.value("SELECT count(*) FROM audit_entry WHERE event = 'operators:disclosure:change'") == 2
    lived = (await db.run(up, disclosure.versions, trace_id, down.operator_id)).items
    assert [(one.version, one.released) for one in lived] == [(2, None)] * 3 + [(1, True)] * 3
    assert {one.reason for one in lived[:3]} == {"system:request_cancelled"}
    await db.run(up, service.open_by_default, trace_id, down.operator_id)  # a new request opens anew
    assert "TOTALCFP" in await open_of(db, up, trace_id, down)


async def test_what_was_closed_on_purpose_stays_closed_when_a_new_request_comes(db, join) -> None:
    up, down, trace_id = await join(auto_disclose=True), await join(), new_id()
    await db.run(up, service.set_groups, trace_id, down.operator_id, {"TOTALCFP": True, "TOTALDQR": False})
    before = await db.run(up, disclosure.get, trace_id, down.operator_id)
    await revoke(db, down, up, trace_id, down)
    after = await db.run(up, disclosure.get, trace_id, down.operator_id)
    assert after.version > before.version
    await db.run(up, service.open_by_default, trace_id, down.operator_id)
    assert await open_of(db, up, trace_id, down) == NONE


async def test_taking_back_where_nothing_is_open_tells_nobody(db, join, heard) -> None:
    up, down = await join(), await join()
    await revoke(db, down, up, new_id(), down)
    assert heard.events == []


async def test_many_who_decide_at_once_lose_nothing(db, join, heard) -> None:
    up, down, trace_id = await join(), await join(), new_id()
    groups = ["TOTALCFP", "TOTALDQR", "CERTIFICATE", "RECYCLED", "DDRESULT", "DDCHAIN", "DDEVIDENCE"]
    await asyncio.gather(
        *(db.run(up, service.set_groups, trace_id, down.operator_id, {group: True}) for group in groups)
    )
    assert await open_of(db, up, trace_id, down) == set(groups)
    assert (await db.run(up, disclosure.get, trace_id, down.operator_id)).version == len(groups)
    heard.events.sort(key=lambda event: len(event.after))
    for earlier, later in zip(heard.events, heard.events[1:], strict=False):
        assert earlier.after == later.before


async def test_a_person_opens_only_where_a_request_links_the_two(db, join, parts) -> None:
    up, down, trace_id = await join(), await join(), new_id()
    parts.is_related = False
    with pytest.raises(NoRelation):
        await db.run(up, disclosure.release, trace_id, down.operator_id, CFP, expected_version=0)
    with pytest.raises(DisclosureNotFound):
        await db.run(up, disclosure.release, trace_id, down.operator_id, {"TOTALCFP": False}, expected_version=0)
    parts.is_related = True
    await db.run(up, disclosure.release, trace_id, down.operator_id, CFP, expected_version=0)
    parts.is_related = False  # closing is always possible
    shut = await db.run(up, disclosure.release, trace_id, down.operator_id, {"TOTALCFP": False}, expected_version=1)
    assert shut.released == ("TOTALDQR",)


async def test_without_a_room_that_knows_parts_a_person_can_open_nothing(db, join, monkeypatch) -> None:
    monkeypatch.setattr(subjects, "_subjects", subjects._Unlearnt())
    up, down = await join(), await join()
    with pytest.raises(NoRelation):
        await db.run(up, disclosure.release, new_id(), down.operator_id, CFP, expected_version=0)


async def test_of_two_people_who_read_the_same_state_one_is_told(db, join, parts) -> None:
    up, down, trace_id = await join(), await join(), new_id()
    done = await asyncio.gather(
        *(
            db.run(up, disclosure.release, trace_id, down.operator_id, {group: True}, expected_version=0)
            for group in CFP
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Stale) for result in done) == 1


async def test_the_last_change_can_be_undone_and_an_earlier_one_cannot(db, join, parts) -> None:
    up, down, trace_id = await join(), await join(), new_id()
    await db.run(up, service.set_groups, trace_id, down.operator_id, CFP)
    shut = await db.run(up, service.set_groups, trace_id, down.operator_id, dict.fromkeys(CFP, False))
    undone = await db.run(up, disclosure.undo, trace_id, down.operator_id, shut.version)
    assert undone.released == ("TOTALCFP", "TOTALDQR")
    with pytest.raises(Stale):
        await db.run(up, disclosure.undo, trace_id, down.operator_id, shut.version)
    parts.is_related = False  # what would open again needs the request still
    shut = await db.run(up, service.set_groups, trace_id, down.operator_id, {"TOTALCFP": False})
    with pytest.raises(NoRelation):
        await db.run(up, disclosure.undo, trace_id, down.operator_id, shut.version)


async def test_undoing_the_first_opening_leaves_nothing_open(db, join, parts) -> None:
    up, down, trace_id = await join(), await join(), new_id()
    opened = await db.run(up, service.set_groups, trace_id, down.operator_id, CFP)
    assert (await db.run(up, disclosure.undo, trace_id, down.operator_id, opened.version)).released == ()


async def test_who_sees_what_names_company_and_part_and_pages(db, join, parts) -> None:
    up = await join()
    readers = [await join(name) for name in ("乙社", "甲社", "甲社")]
    pairs = [(new_id(), reader) for reader in readers for _ in range(2)]
    for trace_id, reader in pairs:
        await db.run(up, service.set_groups, trace_id, reader.operator_id, CFP)
    closed = new_id()
    await db.run(up, service.set_groups, closed, readers[0].operator_id, {"TOTALCFP": False})
    seen, cursor = [], None
    while True:
        found = await db.run(up, service.who_sees_what, limit=4, cursor=cursor)
        seen += found.items
        if (cursor := found.next_cursor) is None:
            break
    assert [line.to_name for line in seen] == ["乙社"] * 2 + ["甲社"] * 4
    assert {(line.disclosure.trace_id) for line in seen} == {trace_id for trace_id, _ in pairs}
    assert all(line.trace_name.startswith("部品") for line in seen)
    both = await db.run(up, service.who_sees_what, to_operator_id=readers[0].operator_id, open_only=False)
    assert len(both.items) == 3
    assert (await db.run(readers[0], service.who_sees_what)).items == []


async def test_the_life_of_a_disclosure_pages_without_loss(db, join) -> None:
    up, down, trace_id = await join(), await join(), new_id()
    for flag in (True, False, True):
        await db.run(up, service.set_groups, trace_id, down.operator_id, dict.fromkeys(CFP, flag))
    seen, cursor = [], None
    while True:
        found = await db.run(up, disclosure.versions, trace_id, down.operator_id, limit=1, cursor=cursor)
        seen += [(one.version, one.item_group) for one in found.items]
        if (cursor := found.next_cursor) is None:
            break
    assert seen == [(n, group) for n in (3, 2, 1) for group in ("TOTALCFP", "TOTALDQR")]


@pytest.mark.parametrize("name", ["released", "grants_of_pairs"])
async def test_pairs_are_looked_up_by_their_part_before_the_table_is_analysed(db, join, name: str) -> None:
    """By the reader all that one customer has been opened would be read for each: an import of thousands is such a one."""
    scope = await join()
    ids = [scope.operator_id]
    said = {"owners": ids, "trace_ids": ids, "readers": ids, "operator_id": scope.operator_id}
    async with db.transaction(scope) as tx:
        rows = await tx.all(f"EXPLAIN {getattr(store_sharing.queries, name).sql}", **said)
    shown = "\n".join(row[0] for row in rows)
    assert "disclosure_grant_pkey" in shown
    assert "disclosure_grant_by_reader" not in shown
