"""A recycler's licence holds once the platform's operator has seen its proof, as long as it says what was looked at."""

from datetime import UTC, date, datetime

import pytest
from tests.operators.site import Site
from tests.reuse.conftest import Trade

from meguri.kernel.clock import fixed_clock
from meguri.kernel.scope import OperatorScope
from meguri.operators import inbox
from meguri.reuse import room
from meguri.reuse.errors import LicenceNotFound, ProofNeeded
from meguri.reuse.records import Licence
from meguri.reuse.service import licences
from meguri.storage import Transaction
from meguri.storage.audit import PLATFORM

pytestmark = pytest.mark.anyio
DESK = OperatorScope(PLATFORM, "desk")
SAID = Licence(number="第1号", authority="千葉県", valid_until=date(2027, 3, 31))


async def holds(trade: Trade, firm: OperatorScope) -> bool:
    async def asked(tx: Transaction, scope: OperatorScope) -> bool:
        return await licences.licensed(tx, scope.operator_id)

    return bool(await trade.run(firm, asked))


async def test_a_licence_holds_when_it_was_checked_and_until_it_says_something_else(trade: Trade) -> None:
    firm = await trade.company("再資源化")
    assert await trade.run(firm, licences.own) is None
    assert (await trade.run(firm, licences.register, SAID)).state == "waiting"
    assert not await holds(trade, firm)
    for use_case in (licences.check, licences.refuse):
        with pytest.raises(ProofNeeded):
            await trade.run(DESK, use_case, firm.operator_id, "第1号", "  ")
        with pytest.raises(LicenceNotFound):  # it was changed while the desk looked at another number
            await trade.run(DESK, use_case, firm.operator_id, "第2号", "写し")
    await trade.run(DESK, licences.check, firm.operator_id, "第1号", "許可証の写し")
    found = await trade.run(firm, licences.own)
    assert (found.state, found.proof, await holds(trade, firm)) == ("checked", "許可証の写し", True)
    assert (await trade.run(firm, licences.register, SAID)).state == "checked"  # the same again changes nothing
    for change in ({"number": "第2号"}, {"authority": "東京都"}, {"valid_until": date(2030, 3, 31)}):
        fields = {"number": SAID.number, "authority": SAID.authority, "valid_until": SAID.valid_until} | change
        assert (await trade.run(firm, licences.register, Licence(**fields))).state == "waiting"  # type: ignore[arg-type]
        assert not await holds(trade, firm)
        await trade.run(firm, licences.register, SAID)
        await trade.run(DESK, licences.check, firm.operator_id, "第1号", "写し")
    await trade.run(DESK, licences.refuse, firm.operator_id, "第1号", "取り消された")
    found = await trade.run(firm, licences.own)
    assert (found.state, found.refused, await holds(trade, firm)) == ("refused", "取り消された", False)
    told = [note.type for note in (await trade.run(firm, inbox.listed, limit=20)).items]
    assert set(told) == {"REUSE_LICENCE"}


async def test_a_licence_ends_with_its_last_day_in_japan_and_is_nobody_elses(trade: Trade) -> None:
    firm, other = await trade.company("再資源化"), await trade.company("他社")
    await trade.run(firm, licences.register, SAID)
    await trade.run(DESK, licences.check, firm.operator_id, "第1号", "写し")
    for moment, held in (
        (datetime(2027, 3, 31, 14, 59, tzinfo=UTC), True),
        (datetime(2027, 3, 31, 15, tzinfo=UTC), False),
    ):
        with fixed_clock(lambda moment=moment: moment):
            assert await holds(trade, firm) is held
    assert await trade.run(other, licences.own) is None
    assert not await holds(trade, other)
    rows = {one.operator_id: one.state for one in await trade.run(DESK, licences.all_licences)}
    assert (rows[firm.operator_id], other.operator_id in rows) == ("checked", False)


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_it_is_registered_on_a_page_that_says_how_it_stands(
    trade: Trade, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    from tests.operators import site as module

    monkeypatch.setattr(module, "room", room)
    firm = await trade.company("再資源化")
    browser = Site(trade.db).browser(firm, language)
    assert "/reuse/licence" in (await browser.get("/reuse/market")).text
    typed = {"number": "第9号", "authority": "北海道"}
    wrong = await browser.send("/reuse/licence", **typed, valid_until="2027/3/31")
    assert wrong.status_code == 422
    assert "第9号" in wrong.text
    saved = await browser.send("/reuse/licence", **typed, valid_until="2027-03-31")
    assert saved.status_code == 200, saved.text
    assert ("確認待ち" if language == "ja" else "Waits for the check") in saved.text
    await trade.run(DESK, licences.check, firm.operator_id, "第9号", "<b>写し</b>")
    page = (await browser.get("/reuse/licence")).text
    assert "&lt;b&gt;写し" in page
    assert ("確認済み" if language == "ja" else "Checked") in page
