"""The company's own pages, as a reader without JavaScript uses them."""

import pytest

from meguri.kernel.ids import new_id
from meguri.kernel.scope import Role
from meguri.operators import disclosure, plants, service, subjects
from meguri.operators.model import PlantInput

from .conftest import relation_of
from .site import Site, read
from .test_disclosure import Parts

PLANT = {"name": "第一工場", "address": "愛知県豊田市1", "open_plant_id": "1234567890123000001"}
CFP = {"TOTALCFP": True, "TOTALDQR": True}
PAGES = ["/company", "/company/edit", "/company/plants/new", "/company/disclosures", "/notifications"]


@pytest.fixture
def site(db) -> Site:
    return Site(db)


@pytest.fixture(autouse=True)
def parts(monkeypatch) -> Parts:
    known = Parts()
    monkeypatch.setattr(subjects, "_subjects", known)
    return known


@pytest.fixture(autouse=True)
def no_people(monkeypatch) -> None:
    """The room of people has no rows here; names come from it, and these tests are not about it."""

    async def list_people(db, scope, after, limit):
        return []

    monkeypatch.setattr("meguri.operators.pages.identity.list_people", list_people)


@pytest.mark.parametrize("language", ["ja", "en"])
async def test_every_page_stands_empty_and_full_in_both_languages(site, db, join, language: str) -> None:
    mine, other = await join("甲社", synthetic=True), await join("乙社")
    browser = site.browser(mine, language)

    async def see(path: str) -> None:
        answer = await browser.get(path)
        assert answer.status_code == 200, (path, answer.text[-500:])
        assert f'lang="{language}"' in answer.text

    for path in PAGES:
        await see(path)
    plant = await db.run(mine, plants.register, PlantInput(**PLANT))
    trace_id = new_id()
    await db.run(mine, service.set_groups, trace_id, other.operator_id, CFP)
    async with db.transaction(other) as tx:
        relation = relation_of(mine.operator_id, other.operator_id)
        await service.notify(tx, mine.operator_id, "CFP_RESPONSED", other.operator_id, relation)
    pair = f"/company/disclosures/{trace_id}/{other.operator_id}"
    for path in [*PAGES, f"/company/plants/{plant.plant_id}", pair, f"{pair}/review", f"{pair}?cursor="]:
        await see(path)


async def test_a_plant_is_registered_and_the_page_says_who_sees_it(site, join) -> None:
    browser = site.browser(await join())
    assert "事業所がまだありません" in (await browser.get("/company")).text
    answer = await browser.send("/company/plants/new", **PLANT)
    assert "事業所「第一工場」を登録しました。" in answer.text
    assert "部品を依頼した取引先" in answer.text
    assert "1234567890123000001" in answer.text


async def test_what_was_typed_is_kept_beside_each_mistake(site, join) -> None:
    browser = site.browser(await join())
    answer = await browser.send("/company/plants/new", name="工場<b>", address="", open_plant_id="12", gln="1")
    assert answer.status_code == 422
    page = read(answer)
    assert page.inputs["name"]["value"] == "工場<b>"
    assert page.inputs["address"]["aria-invalid"] == "true"
    assert page.inputs["gln"]["aria-invalid"] == "true"
    assert "aria-invalid" not in page.inputs["name"]
    assert "4 か所" not in answer.text
    assert "3 か所を直してください" in answer.text


async def test_a_taken_id_is_told_at_its_field(site, db, join) -> None:
    mine = await join()
    await db.run(mine, plants.register, PlantInput(**PLANT, global_plant_id="g"))
    browser = site.browser(mine)
    answer = await browser.send("/company/plants/new", **PLANT)
    assert read(answer).inputs["open_plant_id"]["aria-invalid"] == "true"
    answer = await browser.send("/company/plants/new", **{**PLANT, "open_plant_id": "000002", "global_plant_id": "g"})
    assert read(answer).inputs["global_plant_id"]["aria-invalid"] == "true"


async def test_two_who_edit_one_plant_lose_no_words(site, db, join) -> None:
    mine = await join()
    plant = await db.run(mine, plants.register, PlantInput(**PLANT))
    path = f"/company/plants/{plant.plant_id}"
    first, second = site.browser(mine), site.browser(mine)
    version = read(await second.get(path)).inputs["version"]["value"]
    await first.send(path, **{**PLANT, "name": "先の名前"}, version="1")
    answer = await second.send(path, **{**PLANT, "name": "後の名前"}, version=version)
    assert answer.status_code == 412
    page = read(answer)
    assert page.inputs["name"]["value"] == "後の名前"
    assert "現在: 先の名前" in answer.text
    answer = await second.send(path, **{**PLANT, "name": "後の名前"}, version=page.inputs["version"]["value"])
    assert "事業所「後の名前」を保存しました。" in answer.text


async def test_the_company_record_is_changed_by_an_administrator_only(site, join, scope) -> None:
    mine = await join("甲社", open_operator_id="Y-1")
    browser = site.browser(mine)
    answer = await browser.send("/company/edit", name="甲新社", address="東京", lei="X", version="1")
    assert read(answer).inputs["lei"]["aria-invalid"] == "true"
    answer = await browser.send("/company/edit", name="甲新社", address="東京", version="1")
    assert "会社の記録を保存しました。" in answer.text
    editor = site.browser(scope(mine.operator_id, Role.EDITOR))
    assert (await editor.get("/company/edit")).status_code == 403
    assert "変更できるのは管理者です。" in (await editor.get("/company")).text


async def test_somebody_who_may_only_look_gets_no_form(site, db, join, scope) -> None:
    mine, other = await join(), await join()
    plant = await db.run(mine, plants.register, PlantInput(**PLANT))
    trace_id = new_id()
    await db.run(mine, service.set_groups, trace_id, other.operator_id, CFP)
    viewer = site.browser(scope(mine.operator_id, Role.VIEWER))
    pair = f"/company/disclosures/{trace_id}/{other.operator_id}"
    for path in ("/company", f"/company/plants/{plant.plant_id}", "/company/disclosures", pair, "/notifications"):
        posts = [action for action in read(await viewer.get(path)).actions if action not in ("/sign-out", None)]
        assert posts == [], path
    for path in ("/company/plants/new", pair, f"{pair}/undo/1", "/notifications/read-all", "/company/edit"):
        assert (await viewer.send(path)).status_code == 403, path


async def test_a_form_that_no_page_of_ours_made_is_refused(site, db, join) -> None:
    mine = await join()
    browser = site.browser(mine)
    for token in ("", "00", "f" * 96):
        assert (await browser.send("/company/plants/new", token=token, **PLANT)).status_code == 403
    assert await db.run(mine, service.all_plants) == []


async def test_automatic_disclosure_is_turned_on_and_off(site, db, join) -> None:
    mine = await join()
    browser = site.browser(mine)
    answer = await browser.send("/company/settings/auto-disclose/on")
    assert "自動開示を有効にしました。" in answer.text
    assert (await db.run(mine, service.settings)).auto_disclose
    assert "自動開示を無効にしました。" in (await browser.send("/company/settings/auto-disclose/off")).text
    assert (await browser.send("/company/settings/auto-disclose/maybe")).status_code == 404


async def test_closing_shows_its_effect_and_asks_for_the_name_first(site, db, join) -> None:
    mine, other = await join("甲社"), await join("乙社")
    trace_id = new_id()
    await db.run(mine, service.set_groups, trace_id, other.operator_id, CFP, "契約 12号")
    browser = site.browser(mine)
    listed = await browser.get("/company/disclosures")
    assert "乙社" in listed.text
    assert "合計CFP情報" in listed.text
    pair = f"/company/disclosures/{trace_id}/{other.operator_id}"
    assert "契約 12号" in (await browser.get(pair)).text
    review = await browser.get(f"{pair}/review", reason="契約の終了")
    assert "見られなくなります" in review.text
    form = {name: str(field.get("value") or "") for name, field in read(review).inputs.items()}
    form = {name: form[name] for name in ("version", "reason")}
    wrong = await browser.send(pair, **form, confirm="丙社")
    assert wrong.status_code == 422
    assert "「乙社」と入力してください" in wrong.text
    done = await browser.send(pair, **form, confirm="乙社")
    assert "何も見られません" in done.text
    assert "契約の終了" in done.text
    assert (await db.run(mine, disclosure.get, trace_id, other.operator_id)).released == ()
    undo = next(action for action in read(done).actions if action and "/undo/" in action)
    back = await browser.send(undo)
    assert "乙社が見られる項目: 合計CFP情報、合計DQR情報" in back.text


async def test_opening_shows_its_effect_first_and_a_stale_form_changes_nothing(site, db, join) -> None:
    mine, other = await join("甲社"), await join("乙社")
    trace_id = new_id()
    await db.run(mine, service.set_groups, trace_id, other.operator_id, {"TOTALCFP": False})
    browser = site.browser(mine, "en")
    pair = f"/company/disclosures/{trace_id}/{other.operator_id}"
    assert "Nothing is disclosed" in (await browser.get("/company/disclosures")).text
    assert str(trace_id) in (await browser.get("/company/disclosures", view="all")).text
    review = await browser.get(f"{pair}/review", TOTALCFP="yes")
    assert "will newly be able to read" in review.text
    assert "This changes nothing." in (await browser.get(f"{pair}/review")).text
    await db.run(mine, service.set_groups, trace_id, other.operator_id, {"TOTALDQR": False})
    stale = await browser.send(pair, TOTALCFP="yes", version="1", confirm="乙社")
    assert stale.status_code == 412
    assert (await db.run(mine, disclosure.get, trace_id, other.operator_id)).released == ()
    done = await browser.send(pair, TOTALCFP="yes", version="2", confirm="乙社")
    assert "can now read: Total CFP" in done.text


async def test_a_disclosure_of_another_company_is_not_found(site, db, join) -> None:
    mine, other = await join("甲社"), await join("乙社")
    trace_id = new_id()
    await db.run(mine, service.set_groups, trace_id, other.operator_id, CFP)
    stranger = site.browser(other)
    for known in (trace_id, new_id()):
        pair = f"/company/disclosures/{known}/{other.operator_id}"
        for path in (pair, f"{pair}/review"):
            assert (await stranger.get(path)).status_code == 404
        assert (await stranger.send(pair, confirm="乙社")).status_code == 404


async def test_notifications_are_read_one_by_one_and_all_at_once(site, db, join) -> None:
    up, down = await join("甲社"), await join("乙社")
    relation = relation_of(down.operator_id, up.operator_id)
    async with db.transaction(up) as tx:
        told = [
            await service.notify(tx, down.operator_id, type_, up.operator_id, relation)
            for type_ in ("CFP_RESPONSED", "DD_UPDATED", "REPLY_MESSAGE_REGISTERED")
        ]
    browser = site.browser(down)
    listed = await browser.get("/notifications")
    assert "CFP/DQR回答" in listed.text
    assert "甲社" in listed.text
    assert f"/requests/{relation.request_id}" in listed.text
    one = await browser.send(f"/notifications/{told[0]}/read")
    assert "1 件を既読にしました" in one.text
    assert "CFP/DQR回答" not in (await browser.get("/notifications", view="unread")).text
    up_to = read(listed).inputs["up_to"]["value"]
    rest = await browser.send("/notifications/read-all", up_to=str(up_to))
    assert "2 件を既読にしました" in rest.text
    assert "未読の通知はありません" in (await browser.get("/notifications", view="unread")).text
    for bad in ("", "x", "2026-10-01T00:00:00"):
        assert (await browser.send("/notifications/read-all", up_to=bad)).status_code == 404


async def test_a_stranger_is_led_to_sign_in_and_back(site) -> None:
    async with site.stranger() as stranger:
        for path in PAGES:
            answer = await stranger.get(path, headers={"accept": "text/html"})
            assert answer.status_code == 303
            assert answer.headers["location"].startswith("/sign-in?next=%2F")
