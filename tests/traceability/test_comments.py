"""Both sides of a request write to each other; nobody else reads it, and nothing is taken back."""

import pytest
from tests.chain import company

from meguri.operators import inbox
from meguri.storage.database import Database
from meguri.traceability import service as traceability
from meguri.traceability.errors import EmptyComment, UnknownRequest


async def test_both_sides_read_what_either_wrote_and_the_other_is_told(river: Database) -> None:
    a, b, c = [await company(river, name) for name in ("A社", "B社", "C社")]
    await a.part("P", [("bought", 1)])
    trade = await a.ask(b, "bought")
    await a.run(traceability.comment, trade.request_id, " 単位は kg でお願いします。 ", "佐藤")
    await b.run(traceability.comment, trade.request_id, "承知しました。", "鈴木")
    for side in (a, b):
        written = await side.run(traceability.comments, trade.request_id)
        assert [(one.author, one.body, one.by_operator_id) for one in written] == [
            ("佐藤", "単位は kg でお願いします。", a.id),
            ("鈴木", "承知しました。", b.id),
        ]
        told, _ = await side.run(inbox.page)
        assert "COMMENT" in {one.type for one in told}
    for use_case in (traceability.comments, traceability.comment):
        words = ("盗み見", "誰か") if use_case is traceability.comment else ()
        with pytest.raises(UnknownRequest):
            await c.run(use_case, trade.request_id, *words)


@pytest.mark.parametrize("words", ["", " \n ", "x" * 2001])
async def test_a_comment_needs_words_and_not_too_many(river: Database, words: str) -> None:
    a, b = await company(river, "A社"), await company(river, "B社")
    await a.part("P", [("bought", 1)])
    trade = await a.ask(b, "bought")
    with pytest.raises(EmptyComment):
        await a.run(traceability.comment, trade.request_id, words, "佐藤")
    assert await a.run(traceability.comments, trade.request_id) == []


async def test_nobody_writes_on_a_withdrawn_request(river: Database) -> None:
    a, b = await company(river, "A社"), await company(river, "B社")
    await a.part("P", [("bought", 1)])
    trade = await a.ask(b, "bought")
    await a.run(traceability.cancel, trade.request_id)
    with pytest.raises(UnknownRequest):
        await b.run(traceability.comment, trade.request_id, "まだ間に合いますか", "鈴木")
