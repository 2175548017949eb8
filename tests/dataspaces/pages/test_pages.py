"""The pages of the data space, as a reader without JavaScript uses them, in both languages."""

import re

import pytest
from tests.web.conftest import PASSWORD, Site, site

from meguri.dataspaces.dsp import offering, store
from meguri.dataspaces.dsp.model import NewDataset
from meguri.kernel.scope import OperatorScope, Role

pytestmark = pytest.mark.anyio
assert site
PAGES = ("", "/offer", "/agreements", "/partners", "/nodes")
DID = "did:web:partner.example.jp"


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
        wrong = await send("/offer", {"part": "", "kind": "cfp-result", "partner": DID, "until": "x", "calls": "0"})
        assert wrong.count("field-error") >= 3
        scope = OperatorScope(site.a, "person:x", Role.ADMIN)
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
