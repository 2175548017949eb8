"""The pages of the data space, as a reader without JavaScript uses them, in both languages."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from tests.web.conftest import PASSWORD, Site, site

from meguri.dataspaces.dsp import offering, store
from meguri.dataspaces.dsp.model import Dataset, NewDataset
from meguri.dataspaces.epcis import store as events
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope, Role
from meguri.storage import Transaction

pytestmark = pytest.mark.anyio
assert site
DID = "did:web:partner.example.jp"
KINDS = ("dd-result", "soh-valuation", "recycling-certificate", "epcis-query", "aas-registry", "notification-inbox")
PAGES = (
    "",
    "/offer",
    *(f"/offer?kind={one}" for one in KINDS),
    *("/notices", "/agreements", "/partners", f"/partners?did={DID}", "/nodes", "/events", "/systems", "/systems/new"),
)


async def own(tx: Transaction, scope: OperatorScope) -> list[Dataset]:
    return await store.own_datasets(tx, scope, datetime(9999, 1, 1, tzinfo=UTC), "", 10)


async def test_a_company_joins_enters_a_partner_offers_and_takes_back(site: Site) -> None:
    await site.person("ann@a.example", site.a)
    async with site.client() as browser:
        await browser.post("/sign-in", data={"account": "ann@a.example", "password": PASSWORD})

        async def send(path: str, form: dict[str, str], source: str | None = None) -> str:
            page = await browser.get(f"/keys/dataspace{source if source is not None else path}")
            name = re.search(r'<input type="hidden" name="([^"]+)" value="[^"]+">', page.text)
            assert name
            answer = await browser.post(f"/keys/dataspace{path}", data={name[1]: token_of(page.text, name[1]), **form})
            assert answer.status_code in (200, 303, 422), answer.text
            return (await browser.get(answer.headers["location"])).text if answer.status_code == 303 else answer.text

        for path in PAGES:
            assert (await browser.get(f"/keys/dataspace{path}")).status_code == 200, path
        assert "did:web:" in await send("/join", {}, "")
        assert DID in await send("/partners", {"name": "相手社", "did": DID, "trust": "number_and_mail"})
        assert "did:web:" in await send("/partners", {"name": "x", "did": "nonsense", "trust": "self_declared"})
        wrong = await send("/offer", {"subject": "", "kind": "cfp-result", "partner": DID, "until": "x", "calls": "0"})
        assert wrong.count("field-error") >= 3
        wide = {"kind": "epcis-query", "partner": DID, "subject": "https://id.gs1.org/*"}
        assert "すべてを開く指定はできません" in await send("/offer", wide, "/offer?kind=epcis-query")
        assert "提供できるものがまだありません" in await send(
            "/offer", {**wide, "kind": "soh-valuation", "subject": "x"}, "/offer"
        )
        registry = {"kind": "aas-registry", "partner": DID}
        over = (clock.now() - timedelta(days=2)).date().isoformat()
        assert "今日以降の日付" in await send("/offer", {**registry, "until": over}, "/offer")
        assert "デジタルツインの登録簿" in await send("/offer", {**registry, "until": "2099-03-31"}, "/offer")
        scope = OperatorScope(site.a, "person:x", Role.ADMIN)
        (offered,) = await site.db.run(scope, own)
        assert "2099-03-31T14:59:59Z" in str(offered.policy)  # the day ends in Japan
        assert "BPNL と英数字" in await send("/partners/own", {"own": "BPNL1"}, "/partners")
        assert "BPNL00000000AAAA" in await send("/partners/own", {"own": "BPNL00000000AAAA"}, "/partners")
        note = {"partner": DID, "action": "feedback", "information": "x", "items": ""}
        assert "事業者番号" in await send("/notices", note)
        assert "BPNL と英数字" in await send("/partners", {"name": "相手社", "did": DID, "bpn": "x"})
        numbered = {
            "name": "相手社",
            "did": DID,
            "trust": "number_and_mail",
            "bpn": "BPNL00000000BBBB",
            "catena_x": "yes",
        }
        assert DID in await send("/partners", numbered)
        assert "受け口がまだ開いていません" in await send("/notices", note)
        told = {
            "name": "shipments",
            "step": "shipping",
            "dest": "https://erp.example.jp/epcis",
            "when": "daily",
            "token": "x",
        }
        assert "公開のアドレス" in await send("/events", {**told, "dest": "http://10.0.0.1/"})
        assert "https://erp.example.jp/epcis" in await send("/events", told)
        assert "この名前は使われています" in await send("/events", told)
        scope = OperatorScope(site.a, "person:x", Role.ADMIN)
        (held,) = await site.db.run(scope, events.all_subscriptions)
        assert (held.query_name, held.viewer, held.schedule) == ("shipments", None, '{"hour":"21","minute":"0"}')
        assert "erp.example.jp" not in await send(f"/events/{held.subscription_id}/end", {}, "/events")
        new = NewDataset(
            kind="cfp-result",
            title={"ja": "セル", "en": "Cell"},
            type_iri="urn:t",
            formats=["HttpData-PULL"],
            content={},
        )
        dataset_id, _ = await site.db.run(scope, offering.offer, new, DID, {"permission": [{"action": "use"}]})
        listed = (await browser.get("/keys/dataspace")).text
        assert "セル" in listed
        assert "相手社" in listed
        await send("/withdraw", {"dataset": dataset_id}, "")
        assert "セル" not in (await browser.get("/keys/dataspace")).text
        shown = await browser.get("/keys/dataspace/partner", params={"did": DID})
        assert "取引先のシステムが応答しません" in shown.text
        assert "応答しません" in await send("/partner/ask", {"did": DID, "dataset": "urn:x"}, "/partners")
        assert (await browser.get("/keys/dataspace/partner", params={"did": "did:web:x.example"})).status_code == 404
        assert (await browser.get("/keys/dataspace/received", params={"pid": "urn:x"})).status_code == 404
        await send("/partners/block", {"did": DID, "blocked": "yes"}, "/partners")
        assert (await site.db.run(scope, store.partner, DID)).blocked
        await browser.get("/language/en?next=/keys/dataspace")
        for path in PAGES:
            answer = await browser.get(f"/keys/dataspace{path}", headers={"accept-language": "en"})
            assert answer.status_code == 200


def token_of(text: str, name: str) -> str:
    found = re.search(rf'name="{re.escape(name)}" value="([^"]+)"', text)
    assert found
    return found[1]
