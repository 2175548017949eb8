"""The description by which GS1 tools know a resolver, as a stranger fetches it."""

import pytest
from tests.web.conftest import Site
from tests.web.conftest import cheap_hashes as cheap_hashes
from tests.web.conftest import site as site

pytestmark = pytest.mark.anyio


async def test_the_resolver_describes_itself_at_the_address_that_gs1_reserves(site: Site) -> None:
    async with site.client() as anyone:
        found = await anyone.get("/.well-known/gs1resolver", headers={"accept": "application/json"})
    assert (found.status_code, found.headers["content-type"]) == (200, "application/json")
    assert found.headers["access-control-allow-origin"] == "*"
    said = found.json()
    assert said["resolverRoot"] == site.db.installation.origin
    assert said["supportedPrimaryKeys"] == ["01", "414", "417", "8004"]
    assert said["supportedLinkType"] == [{"namespace": "https://ref.gs1.org/voc/", "prefix": "gs1:"}]
    assert said["linkTypeDefaultCanBeLinkset"] is False
