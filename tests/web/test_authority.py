"""An authority finds what all companies have published, opens it on a legal ground that stays with the owner, and exports."""

import csv
import io

import msgspec
import pytest
from tests.passport.batteries import GTINS, complete

from meguri.identity import service as identity
from meguri.kernel.scope import OperatorScope, PlatformRole, Role
from meguri.operators import service as operators
from meguri.passport import register, service
from meguri.passport.errors import DppNotFound
from meguri.passport.lifecycle import State
from meguri.passport.model import NewPassport
from meguri.passport.service import overseeing

from .conftest import Site
from .test_pages import enter, token_in
from .test_passports_to_others import battery

pytestmark = pytest.mark.anyio


async def test_an_authority_searches_opens_on_a_ground_and_exports(site: Site) -> None:
    made = await battery(site, "AUTH000001")
    await site.person("desk@b.example", site.b)
    await site.person("ann@a.example", site.a)
    await identity.set_platform_role(site.db, "desk@b.example", PlatformRole.PLATFORM_OPERATOR)
    office = f"/authority/passports/{made.passport_id}"
    async with enter(site, "desk@b.example") as desk:
        for path in ("/authority", "/authority/passports.csv", office):
            assert (await desk.get(path)).status_code == 404  # who runs the platform is no authority by that
        page = await desk.get("/platform/authorities")
        given = {"csrf_token": token_in(page.text), "company": "", "role": "market_surveillance"}
        assert (await desk.post("/platform/authorities", data=given)).status_code == 422
        listed = await desk.post(
            "/platform/authorities", data={**given, "company": await _number(site), "evidence": "告示 12"}
        )
        assert listed.status_code == 303, listed.text
        assert "告示 12" in (await desk.get("/platform/authorities")).text

        found = await desk.get("/authority", params={"q": "AUTH0000"})
        assert "AUTH000001" in found.text
        assert "AUTH000001" not in (await desk.get("/authority", params={"company": "0000000000000"})).text
        assert "AUTH000001" not in (await desk.get("/authority", params={"q": "AUTH%1"})).text
        assert "AUTH000001" in (await desk.get("/authority/passports.csv", params={"status": "Active"})).text
        await battery(site, "AUTH000002")
        short = msgspec.structs.replace(overseeing.authority_rules(), export_rows=1)
        with pytest.MonkeyPatch.context() as patched:  # a list longer than one table may be goes on in another one
            patched.setattr(overseeing, "authority_rules", lambda: short)
            where, serials = "/authority/passports.csv?q=AUTH0000", []
            while where:
                _, one, *further = csv.reader(io.StringIO((await desk.get(where)).text.removeprefix("\ufeff")))
                serials.append(one[2])
                where = further[0][1] if further else ""
        assert sorted(serials) == ["AUTH000001", "AUTH000002"]
        led = await desk.get(f"/passport/{made.passport_id}/view")
        assert (led.status_code, led.headers["location"]) == (303, office)
        asked = {"csrf_token": token_in((await desk.get(office)).text), "basis": "surveillance", "reference": ""}
        assert (await desk.post(office, data=asked)).status_code == 422
        assert (await desk.post(office, data={**asked, "basis": "curiosity", "reference": "x"})).status_code == 422
        opened = await desk.post(office, data={**asked, "reference": "MS-2027-114"})
        assert opened.status_code == 200, opened.text
        assert "passport-watermark" in opened.text

    owner = OperatorScope(site.a, "system:tests", Role.ADMIN)
    lines = await site.db.run(owner, lambda tx, scope: register.page(tx, scope.operator_id, made.passport_id))
    grounds = [line.entry["detail"] for line in lines if line.entry["detail"].get("basis")]
    assert [(one["basis"], one["reference"], one["operator"]) for one in grounds] == [
        ("surveillance", "MS-2027-114", str(site.b))
    ]
    async with enter(site, "ann@a.example") as ann:
        assert (await ann.get("/authority")).status_code == 404
        assert "MS-2027-114" in (await ann.get(f"/passports/{made.passport_id}/history")).text

    async with enter(site, "desk@b.example") as desk:
        token = token_in((await desk.get("/platform/authorities")).text)
        ended = await desk.post(f"/platform/authorities/{site.b}/market_surveillance/end", data={"csrf_token": token})
        assert ended.status_code == 303
        assert (await desk.get("/authority")).status_code == 404


async def _number(site: Site) -> str:
    scope = OperatorScope(site.b, "system:tests", Role.ADMIN)
    return (await site.db.run(scope, operators.own)).open_operator_id


async def test_drafts_are_nobody_elses_business(site: Site) -> None:
    owner = OperatorScope(site.a, "system:tests", Role.ADMIN)
    new = NewPassport(gtin=GTINS["ev"], serial="DRAFT00001", values=complete("ev"), initial_declared=True)
    made = await site.db.run(owner, service.issue, new, base="http://meguri.test")
    assert made.state == State.DRAFT
    office = OperatorScope(site.b, "person:x", Role.VIEWER, PlatformRole.AUTHORITY)
    found, _ = await site.db.run(office, service.oversee, service.Overseen(q="DRAFT"))
    assert found == []
    with pytest.raises(DppNotFound):
        await site.db.run(office, service.overseen, made.passport_id)
