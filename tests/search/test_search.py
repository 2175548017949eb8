"""One field finds everything of one's own by name or number, and nothing of anybody else's."""

from tests.chain import company

from meguri.kernel.ids import new_id
from meguri.search.finding import asked, everything
from meguri.storage.database import Database


async def kinds(one, words: str) -> set[str]:  # type: ignore[no-untyped-def]
    return {hit.kind for hit in await one.run(everything, words, "ja")}


async def test_parts_requests_companies_and_words_are_found(river: Database) -> None:
    a, b = await company(river, "検索するA社"), await company(river, "探されるB社")
    await a.part("陽極ホルダー", [("購入ボルト", 1)])
    trade = await a.ask(b, "購入ボルト")
    assert "part" in await kinds(a, "ホルダー")
    assert "part" in await kinds(a, str(await a.part_id("陽極ホルダー")))
    assert "request" in await kinds(a, str(trade.request_id))
    assert "request" in await kinds(b, str(trade.trade_id))
    assert "partner" in await kinds(a, "探される")
    assert "word" in await kinds(a, "レート特性")


async def test_nothing_of_another_company_is_found(river: Database) -> None:
    a, c = await company(river, "A社"), await company(river, "C社")
    await a.part("社外秘の部品", ends=True)
    for words in ("社外秘", str(await a.part_id("社外秘の部品")), str(new_id())):
        assert await kinds(c, words) <= {"word"}


async def test_odd_input_finds_nothing_and_breaks_nothing(river: Database) -> None:
    a = await company(river, "A社")
    for typed in ("%", "_", "\\", "'; DROP TABLE part; --", "\x00", "https://id.example.jp/01/x/21/y", "x" * 5000):
        assert await kinds(a, asked(typed)) <= {"word", "partner"}
