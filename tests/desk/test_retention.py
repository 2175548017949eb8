"""One rule says how long everything is kept; what is past it is counted, and goes at night, and nothing else does."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from tests.chain import company
from tests.desk.conftest import DESK

from meguri.desk import retention
from meguri.identity.rules import identity_rules
from meguri.identity.service.upkeep import KEPT_AFTER_END
from meguri.kernel.errors import NotFound
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.messages.rules import message_rules
from meguri.operators import inbox
from meguri.operators.model import Relation
from meguri.storage.database import Database
from meguri.storage.idempotency import KEPT_FOR
from meguri.storage.transaction import Transaction

pytestmark = pytest.mark.anyio


def test_the_one_table_says_what_each_room_does() -> None:
    kinds = retention.retention().kinds
    for key in ("page_session", "one_time_link", "sign_in_failure"):
        assert kinds[key].days == KEPT_AFTER_END.days
    assert kinds["known_place"].days == timedelta(seconds=identity_rules().place.known_s).days
    assert kinds["mail"].days == kinds["webhook_delivery"].days == message_rules().body_kept_days
    assert kinds["repeated_request"].days == KEPT_FOR.days
    assert {key for key, kind in kinds.items() if kind.forgets} == retention._FORGETTING.keys()
    assert all(kind.days or (kind.until_ja and kind.until_en) for kind in kinds.values())


async def test_what_is_past_its_time_goes_at_night_and_nothing_else(platform: Database) -> None:
    one = await company(platform, "残す会社")
    now = datetime.now(UTC)
    async with platform.identity() as tx:
        for days in (800, 10):
            ends = now - timedelta(days=days)
            await tx.run(
                "INSERT INTO guest_link (token_hash, link_id, operator_id, guest_id, trade_id, request_id, email, company, "
                "contact, language, made_at, made_by, ends_at) VALUES (%(hash)s, %(id)s, %(id)s, %(id)s, %(id)s, %(id)s, "
                "'x@y.example', 'Y', 'Z', 'ja', %(ends)s, 'person:x', %(ends)s)",
                hash=f"retention {days}".encode(),
                id=new_id(),
                ends=ends,
            )
    for days in (900, 3, None):
        await one.run(_note, one.id, now - timedelta(days=days) if days else None)
    before = await retention.report(platform, DESK)
    assert (before["guest_link"].past, before["notification"].rows, before["notification"].past) == (1, 2, 1)
    assert await retention.forget(platform) == {"guest_link": 1, "notification": 1}
    after = await retention.report(platform, DESK)
    assert (after["guest_link"].past, after["guest_link"].rows) == (0, before["guest_link"].rows - 1)
    assert (after["notification"].past, after["notification"].rows) == (0, 1)
    assert len((await one.run(inbox.listed, limit=20)).items) == 2  # the unread one stays, however old
    assert await retention.forget(platform) == {}
    with pytest.raises(NotFound):
        await retention.report(platform, OperatorScope(one.id, "person:x", Role.ADMIN))


async def _note(tx: Transaction, scope: OperatorScope, to: UUID, read_at: datetime | None) -> None:
    relation = Relation(
        trade_id=new_id(),
        request_id=new_id(),
        downstream_operator_id=to,
        upstream_operator_id=to,
        downstream_trace_id=new_id(),
    )
    await inbox.notify(tx, to, "IMPORT_DONE", to, relation)
    if read_at is not None:
        await tx.run(
            "UPDATE notification SET read_at = %(at)s WHERE operator_id = %(to)s AND trade_id = %(trade)s",
            at=read_at,
            to=to,
            trade=relation.trade_id,
        )
