"""The desk checks recyclers' licences: who waits stands first, and what was seen or why it does not hold is recorded."""

from datetime import date

import pytest

from meguri.identity import service as identity
from meguri.kernel.scope import OperatorScope, PlatformRole, Role
from meguri.reuse.records import Licence
from meguri.reuse.service import licences

from .conftest import Site
from .test_pages import enter, token_in

pytestmark = pytest.mark.anyio


async def test_the_desk_records_the_proof_of_a_licence_and_takes_it_back(site: Site) -> None:
    firm = OperatorScope(site.a, "system:tests", Role.ADMIN)
    said = Licence(number="第7号", authority="大阪府", valid_until=date(2030, 1, 31))
    await site.db.run(firm, licences.register, said)
    await site.person("desk@b.example", site.b)
    await site.person("ann@a.example", site.a)
    await identity.set_platform_role(site.db, "desk@b.example", PlatformRole.PLATFORM_OPERATOR)
    place, act = "/platform/licences", f"/platform/licences/{site.a}"
    async with enter(site, "ann@a.example") as ann:
        assert (await ann.get(place)).status_code in (403, 404)
        token = token_in((await ann.get("/reuse/licence")).text)
        mine = {"csrf_token": token, "act": "check", "number": "第7号", f"words-{site.a}": "自分で見た"}
        assert (await ann.post(act, data=mine)).status_code in (403, 404)
    assert (await site.db.run(firm, licences.own)).state == "waiting"  # type: ignore[union-attr]
    async with enter(site, "desk@b.example") as desk:
        page = (await desk.get(place)).text
        assert "第7号" in page
        form = {"csrf_token": token_in(page), "act": "check", "number": "第7号"}
        assert (await desk.post(act, data=form)).status_code == 422
        assert (await desk.post(act, data={**form, "number": "第8号", f"words-{site.a}": "写し"})).status_code == 422
        assert (await desk.post(act, data={**form, f"words-{site.a}": "許可証の写し"})).status_code == 303
        assert "許可証の写し" in (await desk.get(place)).text
        assert (await site.db.run(firm, licences.own)).state == "checked"  # type: ignore[union-attr]
        ended = await desk.post(act, data={**form, "act": "refuse", f"words-{site.a}": "失効"})
        assert ended.status_code == 303
    assert (await site.db.run(firm, licences.own)).state == "refused"  # type: ignore[union-attr]
