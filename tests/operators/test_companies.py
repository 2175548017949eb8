"""Companies join, keep their record and find each other."""

import asyncio

import pytest
from msgspec.structs import replace

from meguri.kernel.errors import Invalid, Stale
from meguri.kernel.ids import new_id
from meguri.kernel.paging import BadCursor
from meguri.operators import companies, service, store
from meguri.operators.errors import (
    GlobalOperatorIdTaken,
    OpenOperatorIdImmutable,
    OpenOperatorIdTaken,
    OperatorIdTaken,
    OperatorUnknown,
)
from meguri.operators.model import NewOperator, OperatorChange, SettingsChange

SUMITSUKI = "7000012050002"


def change(**said):
    return OperatorChange(**{"name": "甲社", "address": "大阪府大阪市1", **said})


async def test_a_company_that_joins_has_a_record_of_version_one(db, join, scope) -> None:
    mine = await join("巡り精錬株式会社", open_operator_id=SUMITSUKI, synthetic=True)
    record = await db.run(mine, service.own)
    assert (record.version, record.open_operator_id, record.synthetic) == (1, SUMITSUKI, True)
    assert (await db.run(mine, companies.versions)).items[0].actor == mine.actor
    with pytest.raises(OperatorUnknown):
        await db.run(scope(), service.own)


async def test_nobody_joins_twice_or_with_an_id_of_another(db, join, scope) -> None:
    mine = await join(open_operator_id=SUMITSUKI, global_operator_id="")
    said = NewOperator(name="乙社", address="a", open_operator_id="Z-1")
    with pytest.raises(OperatorIdTaken):
        await db.run(mine, service.register, said)
    with pytest.raises(OpenOperatorIdTaken) as refused:
        await db.run(scope(), service.register, replace(said, open_operator_id=SUMITSUKI))
    assert SUMITSUKI in refused.value.sentence("ja")
    with pytest.raises(GlobalOperatorIdTaken):
        await db.run(scope(), service.register, replace(said, global_operator_id=""))
    await db.run(scope(), service.register, said)
    await db.run(scope(), service.register, replace(said, open_operator_id="Z-2"))  # no global id at all is no conflict


async def test_wrong_check_digits_are_refused_unless_the_border_checks_lengths_alone(db, scope) -> None:
    said = NewOperator(name="A社", address="東京都渋谷区xx", open_operator_id="1234567890123", lei="X", gln="1")
    with pytest.raises(Invalid) as refused:
        await db.run(scope(), service.register, said)
    assert [error.field for error in refused.value.fields] == ["open_operator_id", "lei", "gln"]
    assert all(error.of("ja") and error.of("en") for error in refused.value.fields)
    await db.run(scope(), service.register, said, check_digits=False)


async def test_an_update_keeps_what_was_and_what_it_does_not_name(db, join) -> None:
    mine = await join("甲社", open_operator_id="Y-1", lei="5493001KJTIIGC8Y1R12", global_operator_id="g")
    after = await db.run(mine, service.update, change(name="甲社（新）", open_operator_id="Y-1"), expected_version=1)
    assert (after.version, after.name, after.lei, after.global_operator_id) == (
        2,
        "甲社（新）",
        "5493001KJTIIGC8Y1R12",
        "g",
    )
    after = await db.run(mine, service.update, change(open_operator_id="Y-1", lei=None), expected_version=2)
    assert after.lei is None
    assert [old.name for old in (await db.run(mine, companies.versions)).items] == ["甲社", "甲社（新）", "甲社"]
    first = await db.run(mine, companies.versions, limit=2)
    rest = await db.run(mine, companies.versions, limit=2, cursor=first.next_cursor)
    assert [old.version for old in first.items + rest.items] == [3, 2, 1]
    assert rest.next_cursor is None


async def test_an_update_of_nothing_makes_no_version(db, join) -> None:
    mine = await join("甲社", open_operator_id="Y-1")
    record = await db.run(mine, service.own)
    same = change(address=record.address, open_operator_id="Y-1")
    assert await db.run(mine, service.update, same, expected_version=1) == record


async def test_the_public_number_never_changes(db, join) -> None:
    mine = await join(open_operator_id="Y-1")
    with pytest.raises(OpenOperatorIdImmutable):
        await db.run(mine, service.update, change(open_operator_id="Y-2"))


async def test_the_database_itself_refuses_a_new_public_number(db, join) -> None:
    mine = await join()
    with pytest.raises(Exception, match="stays for ever"):
        async with db.transaction(mine) as tx:
            await tx.run("UPDATE operator SET open_operator_id = 'other'")


async def test_of_two_writers_who_read_the_same_version_one_is_told(db, join) -> None:
    mine = await join(open_operator_id="Y-1")
    said = [change(name=f"名前{n}", open_operator_id="Y-1") for n in range(4)]
    done = await asyncio.gather(
        *(db.run(mine, service.update, one, expected_version=1) for one in said), return_exceptions=True
    )
    assert sum(isinstance(result, Stale) for result in done) == 3
    (winner,) = [result for result in done if not isinstance(result, Exception)]
    assert (await db.run(mine, service.own)).name == winner.name


async def test_without_if_match_the_last_writer_wins_and_every_version_is_kept(db, join) -> None:
    mine = await join(open_operator_id="Y-1")
    await asyncio.gather(
        *(db.run(mine, service.update, change(name=f"名前{n}", open_operator_id="Y-1")) for n in range(4))
    )
    kept = (await db.run(mine, companies.versions)).items
    assert [old.version for old in kept] == [5, 4, 3, 2, 1]
    assert {old.name for old in kept} == {"甲社", "名前0", "名前1", "名前2", "名前3"}


async def test_a_global_id_goes_to_one_of_those_who_want_it_at_once(db, join) -> None:
    all_of_us = [await join(open_operator_id=f"Y-{n}") for n in range(4)]
    done = await asyncio.gather(
        *(
            db.run(us, service.update, change(open_operator_id=f"Y-{n}", global_operator_id=""))
            for n, us in enumerate(all_of_us)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(result, GlobalOperatorIdTaken) for result in done) == 3


async def test_two_who_join_with_one_number_at_once_get_one_record(db, scope) -> None:
    said = NewOperator(name="n", address="a", open_operator_id="same")
    done = await asyncio.gather(*(db.run(scope(), service.register, said) for _ in range(4)), return_exceptions=True)
    assert sum(isinstance(result, OpenOperatorIdTaken) for result in done) == 3


async def test_the_directory_finds_by_any_id_and_by_name_whatever_the_width(db, join) -> None:
    mine = await join("株式会社メグリ電材", open_operator_id=SUMITSUKI, lei="5493001KJTIIGC8Y1R12")
    await join("ABC精工", global_operator_id="global-7")
    await join("北ABC販売")

    async def names(text: str) -> list[str]:
        return [entry.name for entry in (await db.run(mine, service.search, text)).items]

    assert await names("メグリ") == ["株式会社メグリ電材"]
    assert await names("ﾒｸﾞﾘ") == ["株式会社メグリ電材"]
    assert await names("ａｂｃ") == ["ABC精工", "北ABC販売"]  # what begins with it comes first
    assert await names(SUMITSUKI) == await names("5493001KJTIIGC8Y1R12") == ["株式会社メグリ電材"]
    assert await names("global-7") == ["ABC精工"]
    assert await names("%") == await names("_") == await names("\\") == []
    assert len(await names("")) == len(await names("\x00")) == 3


async def test_the_directory_pages_without_loss_or_repetition(db, join) -> None:
    mine = await join("同名社")
    for n in range(6):
        await join("同名社" if n % 2 else f"い同名社{n}")
    seen, cursor = [], None
    while True:
        found = await db.run(mine, service.search, "同名", limit=2, cursor=cursor)
        seen += found.items
        assert len(found.items) <= 2
        if (cursor := found.next_cursor) is None:
            break
    assert len({entry.operator_id for entry in seen}) == len(seen) == 7
    assert [entry.name for entry in seen[:4]] == ["同名社"] * 4


async def test_rare_and_frequent_texts_are_found_in_the_same_order(db, join, scope, monkeypatch) -> None:
    mine = await join("第一電池", open_operator_id="D-1")
    for name in ("電池電池電池", "東電池", "あ電池工業", "東電池", "無関係"):
        await join(name)
    host = await join("客の主")
    guest = NewOperator(name="他社の客 電池", address="a", open_operator_id="G-1")
    await db.run(scope(), service.register, guest, guest_of=host.operator_id)

    async def names(text: str) -> list[str]:
        whole, cursor = [], None
        while True:
            found = await db.run(mine, service.search, text, limit=1, cursor=cursor)
            whole += [entry.name for entry in found.items]
            if (cursor := found.next_cursor) is None:
                return whole

    wanted = ["電池電池電池", "あ電池工業", "東電池", "東電池", "第一電池"]
    assert await names("電池") == wanted
    monkeypatch.setattr(store, "_RARE", 2)
    assert await names("電池") == wanted
    await db.run(mine, service.update, change(name="第一" + "長" * 60 + "端", open_operator_id="D-1"))
    assert await names("長" * 60 + "端") == ["第一" + "長" * 60 + "端"]
    assert await names("電池") == wanted[:-1]
    assert [entry.name for entry in (await db.run(host, service.search, "客 電")).items] == ["他社の客 電池"]


@pytest.mark.parametrize("cursor", ["", "x", "WyIwIl0", "WyJhIiwiIiwieCJd", "WyI5OTk5OTk5OTk5OSIsIiIsIngiXQ"])
async def test_a_cursor_that_was_never_given_out_is_refused(db, join, cursor: str) -> None:
    with pytest.raises(BadCursor):
        await db.run(await join(), service.search, cursor=cursor)


async def test_companies_are_told_by_id_in_the_order_asked(db, join, scope) -> None:
    a, b = await join("甲社"), await join("乙社")
    asked = [b.operator_id, new_id(), a.operator_id, b.operator_id]
    assert [entry.name for entry in await db.run(a, service.by_ids, asked)] == ["乙社", "甲社"]
    assert await db.run(a, service.names_of, asked) == {a.operator_id: "甲社", b.operator_id: "乙社"}
    assert await db.run(a, service.operator_exists, b.operator_id)
    assert not await db.run(a, service.operator_exists, new_id())


async def test_a_public_number_is_looked_up_exactly(db, join) -> None:
    mine = await join("甲社", open_operator_id="Abc")
    assert (await db.run(mine, service.look_up, "Abc")).operator_id == mine.operator_id
    for wrong in ("abc", "Ab", "", "\x00"):
        with pytest.raises(OperatorUnknown):
            await db.run(mine, service.look_up, wrong)


async def test_the_switches_are_the_companys_own_and_off_until_set(db, join, scope) -> None:
    mine, other = await join(auto_disclose=True), await join()
    assert (await db.run(mine, service.settings)).auto_disclose
    assert not (await db.run(other, service.settings)).auto_disclose
    assert not (await db.run(scope(), service.settings)).auto_disclose
    off = await db.run(mine, service.change_settings, SettingsChange(auto_disclose=False), expected_version=1)
    assert (off.auto_disclose, off.version) == (False, 2)
    with pytest.raises(Stale):
        await db.run(mine, service.change_settings, SettingsChange(auto_disclose=True), expected_version=1)
    assert await db.run(mine, service.settings) == off
