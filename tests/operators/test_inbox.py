"""The inbox: told once, newest first, read when it is read."""

from datetime import UTC, datetime, timedelta

import pytest

from meguri.kernel.clock import fixed_clock
from meguri.kernel.ids import new_id
from meguri.kernel.paging import BadCursor
from meguri.operators import inbox, service
from meguri.operators.catalogue import disclosure_rules, notification_rules
from meguri.operators.errors import NotificationNotFound
from meguri.operators.model import NewNotification, NotificationFilter

from .conftest import relation_of

START = datetime(2026, 10, 1, tzinfo=UTC)


async def tell(db, sender, receiver, *types, at=None, **kw):
    async def use_case(tx, scope):
        relation = relation_of(receiver.operator_id, sender.operator_id)
        told = [
            NewNotification(
                receiver=receiver.operator_id, type=type_, from_operator_id=sender.operator_id, relation=relation, **kw
            )
            for type_ in types
        ]
        return await service.notify_many(tx, told)

    if at is None:
        return await db.run(sender, use_case)
    with fixed_clock(lambda: at):
        return await db.run(sender, use_case)


async def test_the_newest_is_first_and_the_cursor_is_the_first_of_the_next_page(db, join) -> None:
    up, down = await join(), await join()
    ids = [(await tell(db, up, down, "CFP_UPDATED", at=START + timedelta(hours=n)))[0] for n in (2, 0, 1)]
    newest_first = [ids[0], ids[2], ids[1]]
    items, after = await db.run(down, inbox.page, limit=2)
    assert [one.notification_id for one in items] == newest_first[:2]
    assert after == newest_first[2]
    items, nothing = await db.run(down, inbox.page, after=after)
    assert ([one.notification_id for one in items], nothing) == (newest_first[2:], None)


async def test_many_told_in_one_moment_are_paged_without_loss(db, join) -> None:
    up, down = await join(), await join()
    ids = await tell(db, up, down, *["CFP_UPDATED"] * 7, at=START)
    seen, cursor = [], None
    while True:
        found = await db.run(down, inbox.listed, limit=3, cursor=cursor)
        seen += [one.notification_id for one in found.items]
        if (cursor := found.next_cursor) is None:
            break
    assert seen == sorted(ids, reverse=True)


async def test_any_number_is_told_in_one_statement(db, join) -> None:
    up, down = await join(), await join()
    relation = relation_of(down.operator_id, up.operator_id, new_id())
    told = [
        NewNotification(
            receiver=company.operator_id, type="CFP_UPDATED", from_operator_id=up.operator_id, relation=relation
        )
        for company in [up, down] * 20
    ]
    async with db.transaction(up) as tx:
        async with tx.across():
            await tx.value("SELECT 1")  # takes the role
            before = tx.statements
            await service.notify_many(tx, told)
            assert tx.statements == before + 1
        assert await service.notify_many(tx, []) == []
    (one, *_), _ = await db.run(down, inbox.page)
    assert (one.upstream_trace_id, one.trade_id) == (relation.upstream_trace_id, relation.trade_id)


async def test_one_alone_is_told_as_well(db, join) -> None:
    up, down = await join(), await join()
    async with db.transaction(up) as tx:
        relation = relation_of(down.operator_id, up.operator_id)
        told = await service.notify(tx, down.operator_id, "CFP_RESPONSED", up.operator_id, relation, family="CFP")
    assert (await db.run(down, inbox.get, told)).type == "CFP_RESPONSED"


async def test_both_ends_of_a_period_belong_to_it(db, join) -> None:
    up, down = await join(), await join()
    for n in range(4):
        await tell(db, up, down, "CFP_UPDATED", at=START + timedelta(days=n))
    wanted = NotificationFilter(notified_from=START + timedelta(days=1), notified_to=START + timedelta(days=2))
    items, _ = await db.run(down, inbox.page, wanted)
    assert [one.notified_at.day for one in items] == [3, 2]


async def test_types_and_families_are_told_apart(db, join) -> None:
    up, down = await join(), await join()
    await tell(db, up, down, "REQUEST_NEW", "DD_REQUEST_NEW", "REQUEST_DUE_REMINDER")
    await tell(db, up, down, "REPLY_MESSAGE_REGISTERED", family="DD")

    async def types(**wanted) -> set[str]:
        return {one.type for one in (await db.run(down, inbox.page, NotificationFilter(**wanted)))[0]}

    assert await types(families=("DD",)) == {"DD_REQUEST_NEW", "REPLY_MESSAGE_REGISTERED"}
    assert await types(families=("CFP",)) == {"REQUEST_NEW", "REQUEST_DUE_REMINDER"}
    assert await types(types=("REQUEST_NEW",), families=("CFP",)) == {"REQUEST_NEW"}
    assert await types(types=()) == set()


async def test_an_unknown_type_is_the_senders_mistake_and_tells_nobody(db, join) -> None:
    up, down = await join(), await join()
    with pytest.raises(KeyError):
        await tell(db, up, down, "CFP_UPDATED", "NO_SUCH_TYPE")
    assert await db.run(down, service.unread_count) == 0


async def test_reading_counts_once_and_keeps_its_moment(db, join) -> None:
    up, down = await join(), await join()
    first, second, third = await tell(db, up, down, *["CFP_UPDATED"] * 3, at=START)
    assert await db.run(down, service.unread_count) == 3
    with fixed_clock(lambda: START + timedelta(hours=1)):
        assert await db.run(down, inbox.mark_read, [first, first, new_id()]) == 1
    with fixed_clock(lambda: START + timedelta(hours=2)):
        assert await db.run(down, inbox.mark_read, [first, second]) == 1
    assert (await db.run(down, inbox.get, first)).read_at == START + timedelta(hours=1)
    items, _ = await db.run(down, inbox.page, NotificationFilter(unread_only=True))
    assert [one.notification_id for one in items] == [third]


async def test_reading_all_leaves_what_came_after_the_page_was_made(db, join) -> None:
    up, down = await join(), await join()
    await tell(db, up, down, "CFP_UPDATED", at=START)
    await tell(db, up, down, "CFP_UPDATED", at=START + timedelta(seconds=1))
    assert await db.run(down, inbox.mark_all_read, START) == 1
    assert await db.run(down, service.unread_count) == 1


async def test_what_another_was_told_can_be_neither_found_nor_read(db, join) -> None:
    up, down, third = await join(), await join(), await join()
    (told,) = await tell(db, up, down, "CFP_UPDATED")
    for stranger in (up, third):
        assert (await db.run(stranger, inbox.page))[0] == []
        assert await db.run(stranger, inbox.mark_read, [told]) == 0
        for notification_id in (told, new_id()):
            with pytest.raises(NotificationNotFound):
                await db.run(stranger, inbox.get, notification_id)
            with pytest.raises(NotificationNotFound):
                await db.run(stranger, inbox.page, after=notification_id)
    assert await db.run(down, service.unread_count) == 1


@pytest.mark.parametrize("cursor", ["x", "WyJ4Il0", "WyIwMTkzNWY3Yi0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDAiXQ"])
async def test_a_cursor_that_was_never_given_out_is_refused(db, join, cursor: str) -> None:
    with pytest.raises(BadCursor):
        await db.run(await join(), inbox.listed, cursor=cursor)


def test_every_type_and_group_has_a_name_in_both_languages() -> None:
    types, groups = notification_rules().types, disclosure_rules().groups
    assert {"REQUEST_NEW", "CFP_RESPONSED", "DD_UPDATED", "REQUEST_DUE_REMINDER"} <= set(types)
    assert not types["REQUEST_DUE_REMINDER"].wire
    for entry in [*types.values(), *groups.values()]:
        assert entry.name.of("ja").strip()
        assert entry.name.of("en").isascii()
        assert entry.family in ("CFP", "DD", "REUSE", "PASSPORT", "DATASPACE")
