"""Pages of Art. 14: the holder lets a company read, the company reads, the holder sees who did."""

import pytest
from tests.web.conftest import Site, cheap_hashes, site
from tests.web.test_pages import enter

from health.test_pages import posted, registered
from meguri.kernel.scope import Role

pytestmark = pytest.mark.anyio
__all__ = ["cheap_hashes", "site"]


async def test_a_company_is_let_read_and_its_reading_stands_on_the_holders_page(site: Site) -> None:
    await site.person("ed@a.example", site.a, Role.EDITOR)
    await site.person("eve@b.example", site.b, Role.VIEWER)
    async with site.db.identity() as tx:
        number = await tx.value("SELECT open_operator_id FROM operator WHERE operator_id = %(id)s", id=site.b)
    async with enter(site, "ed@a.example") as holder, enter(site, "eve@b.example") as reader:
        readers = f"{await registered(holder)}/readers"
        assert "No other company may read" in (await holder.get(readers)).text
        assert "No battery of others to read" in (await reader.get("/health/shared")).text
        given = {"company": number, "ground": "purchaser", "purpose": "residual_value", "until": "2020-01-01"}
        past = await posted(holder, readers, readers, given)
        assert past.status_code == 422
        assert "today or later" in past.text
        assert (await posted(holder, readers, readers, {**given, "until": "2999-12-31"})).status_code == 303
        listed = (await reader.get("/health/shared")).text
        assert "lawful buyer" in listed
        shared = await reader.get(readers.replace("/batteries/", "/shared/").removesuffix("/readers"))
        assert shared.status_code == 200
        assert "The holder sees that you have read this." in shared.text
        kept = (await holder.get(readers, headers={"accept-language": "ja"})).text
        assert "適法な購入者" in kept
        assert "まだ閲覧されていません" not in kept
        assert (await reader.get(readers)).status_code == 404
