"""Reports by annex, manifests and certificates, from bookings to paper."""

from datetime import UTC, date, datetime
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from python_calamine import CalamineWorkbook

from meguri.dataspaces.dsp.contents import prepared
from meguri.dataspaces.dsp.errors import NotSoFar
from meguri.dataspaces.dsp.kinds import KINDS
from meguri.kernel import clock
from meguri.proof import data_integrity, keyring, multikey
from meguri.recycling import errors
from meguri.recycling.claiming import DocumentInput
from meguri.recycling.manifests import late_slips, manifest
from meguri.recycling.service import lots, periods, reporting, runs, sites
from meguri.storage.database import Database
from recycling.booked import delivery, lot, run
from recycling.conftest import MakeRecycler, Recycler
from recycling.site import Site
from recycling.test_claims import POINT
from recycling.test_pages import plant_year

pytestmark = pytest.mark.anyio
PASSPORT = "urn:uuid:00000000-0000-7000-8000-00000000cafe"


@pytest.fixture
def site(module_db: Database) -> Site:
    return Site(module_db)


async def documented(r: Recycler, kind: str, number: str, **facts: Any) -> None:
    said = DocumentInput(kind=kind, number=number, facts={"site_id": str(r.site_id), **facts})
    await r.run(sites.add_document, said)


class TestAnnex:
    async def test_parts_a_to_c_stand_beside_their_targets_and_evidence(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        await plant_year(r)
        bare = await r.run(reporting.annex, r.site_id, 2026)
        assert {one.id: one.status for one in bare.part_a} == {
            "A1": "missing",
            "A2": "missing",
            "A3": "missing",
            "A4": "missing",
            "A5": "not_applicable",
            "A6": "not_applicable",
        }
        assert [(row.name, row.rule) for row in bare.part_b] == [
            ("lithium_based rRE", "BR Annex XII B1"),
            ("lithium_based rRE", "BR Annex XII B2"),
        ]
        cobalt = [row for row in bare.part_c if row.name.endswith("Co") and row.rule.endswith("C2")]
        assert [(f"{row.value:.2f}", row.least) for row in cobalt if row.value is not None] == [("94.90", 95)]
        await documented(r, "lithium_safety_plan", "LSP-1")
        with_plan = await r.run(reporting.annex, r.site_id, 2026)
        assert with_plan.part_a[3].evidence == ["lithium_safety_plan LSP-1"]
        assert with_plan.hash != bare.hash

    async def test_cadmium_is_shown_by_its_balance(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        nicd = {"re_class": "nickel_cadmium"}
        pack = await r.run(
            lots.receive, delivery(r.site_id, lot("P", "waste_pack", 100, {"Cd": "12", "Ni": "20"}, **nicd))
        )
        outputs = [
            {"lot": lot("CD", "metal", 9.4, {"Cd": "9.4"}, re_class=None), **POINT},
            {"lot": lot("SLUDGE", "residue", 3, {"Cd": "2.6"}, re_class=None), "counting": "disposal"},
        ]
        said = run(r.site_id, "R", "refining", [pack.lot_id], outputs, losses=[{"closes": True}])
        await r.run(runs.post, said)
        found = await r.run(reporting.annex, r.site_id, 2026)
        cadmium = found.part_a[5]
        assert (cadmium.id, cadmium.status, cadmium.evidence) == (
            "A6",
            "shown",
            ["Cd: 12.000000 = 9.400000 + 2.600000 kg"],
        )


class TestManifests:
    def test_slips_are_late_after_ninety_sixty_and_a_hundred_and_eighty_days(self) -> None:
        def slips(day: date, **facts: Any) -> list[tuple[str, int]]:
            said = {"issued_on": "2026-04-01", **facts}
            one = manifest("manifest", "12345678901", said, noted=day, mass_kg=None, waste="—")
            return [(late.slip, late.days_late) for late in late_slips(one, day)]

        assert slips(date(2026, 6, 30)) == []
        assert slips(date(2026, 7, 1)) == [("B2", 1), ("D", 1)]
        assert slips(date(2026, 6, 1), special=True) == [("B2", 1), ("D", 1)]
        assert slips(date(2026, 9, 29), transport_ended="2026-04-03", disposal_ended="2026-05-01") == [("E", 1)]

    async def test_a_fiscal_year_is_summed_by_kind_and_contractor(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        said = {"waste_kind": "廃プラスチック類", "carrier": "運搬社", "disposer": "処分社", "mass_kg": "1500.5"}
        ended = {"transport_ended": "2026-04-03", "disposal_ended": "2026-05-01", "final_ended": "2026-06-01"}
        await documented(r, "manifest", "11111111111", issued_on="2026-04-02", **said, **ended)
        await documented(r, "manifest", "11111111112", issued_on="2027-03-31", **said)
        await documented(r, "manifest", "11111111113", issued_on="2026-03-31", **said, **ended)
        await documented(r, "electronic_manifest", "22222222222", issued_on="2026-05-02", **said, **ended)
        await documented(r, "manifest", "short", issued_on="2026-05-02", waste_kind="汚泥")
        with clock.fixed_clock(lambda: datetime(2026, 11, 29, tzinfo=UTC)):
            found = await r.run(reporting.manifests, r.site_id, 2026)
        assert [(row.waste_kind, row.tonnes, row.number) for row in found.rows] == [
            ("廃プラスチック類", Decimal("3.001"), 2),
            ("汚泥", Decimal("0.000"), 1),
        ]
        assert (found.electronic, found.electronic_t, found.due) == (1, Decimal("1.501"), date(2027, 6, 30))
        assert {(late.number, late.slip) for late in found.late} == {("short", "B2"), ("short", "D"), ("short", "E")}
        assert "short: mass_kg" in found.gaps


async def one_pack(r: Recycler) -> None:
    """A pack goes through shredder and hydrometallurgy."""
    said = lot("P", "waste_pack", 100, {"Ni": "5", "Li": "1", "Al": "20"}, passports=[PASSPORT])
    pack = await r.run(lots.receive, delivery(r.site_id, said))
    black = {"lot": lot("BM", "black_mass", 30, {"Ni": "5", "Li": "1"})}
    metal = {"lot": lot("AL", "metal", 19, {"Al": "19"}), "counting": "recycling"}
    done = await r.run(
        runs.post, run(r.site_id, "S", "shredding", [pack.lot_id], [black, metal], losses=[{"closes": True}])
    )
    salts = [
        {"lot": lot("NI", "salt", 20, {"Ni": "4.8"}), **POINT},
        {"lot": lot("LI", "salt", 5, {"Li": "0.9"}), **POINT},
    ]
    later = {"start_at": done.run.end_at, "end_at": done.run.end_at, "losses": [{"closes": True}]}
    await r.run(runs.post, run(r.site_id, "H", "leaching", [done.lines[1].lot_id], salts, **later))


class TestCertificate:
    async def test_it_says_what_became_of_each_element_once(self, recycler: MakeRecycler) -> None:
        r = await recycler()
        await one_pack(r)
        found = await r.run(reporting.certificate, PASSPORT)
        assert {one.element: (one.held_kg, one.recovered_kg) for one in found.metals} == {
            "Al": (20, 19),
            "Li": (1, Decimal("0.9")),
            "Ni": (5, Decimal("4.8")),
        }
        assert (found.signed_by, [one.run_no for one in found.runs]) == ([], ["S", "H"])
        with pytest.raises(errors.StateTransition):
            await r.run(reporting.signed_certificate, PASSPORT)
        with pytest.raises(NotSoFar):
            await r.run(prepared, KINDS["recycling-certificate"], PASSPORT)
        again = await r.run(reporting.certificate, PASSPORT)
        assert (again.number, again.hash) == (found.number, found.hash)
        await r.run(periods.close, r.site_id, "2026-03", "再生 太郎")
        assert (await r.run(reporting.certificate, PASSPORT)).signed_by == ["再生 太郎"]
        signed = await r.run(reporting.signed_certificate, PASSPORT)
        (key,) = await r.run(lambda tx, scope: keyring.keys(tx, scope.operator_id))
        public = multikey.from_multikey(key.multikey)
        assert isinstance(public, Ed25519PublicKey)
        assert data_integrity.verifies(signed, signed["proof"], public)
        offered = await r.run(prepared, KINDS["recycling-certificate"], PASSPORT)
        handed = offered.content["credential"]
        assert (handed["id"], handed["proof"]["cryptosuite"]) == (signed["id"], "eddsa-jcs-2022")
        assert data_integrity.verifies(handed, handed["proof"], public)
        forged = {**signed, "credentialSubject": {**signed["credentialSubject"], "id": "urn:uuid:other"}}
        assert not data_integrity.verifies(forged, signed["proof"], public)

    async def test_a_battery_that_is_elsewhere_or_not_yet_recycled_has_none(self, recycler: MakeRecycler) -> None:
        r, other = await recycler(), await recycler("乙")
        await one_pack(other)
        with pytest.raises(errors.LotNotFound):
            await r.run(reporting.certificate, PASSPORT)
        await r.run(lots.receive, delivery(r.site_id, lot("P", "waste_pack", 10, passports=[PASSPORT])))
        with pytest.raises(errors.StateTransition):
            await r.run(reporting.certificate, PASSPORT)


async def test_reports_are_pages_papers_and_workbooks_and_equal_the_api(site: Site, recycler: MakeRecycler) -> None:
    r = await recycler()
    await one_pack(r)
    async with site.api(r.scope) as api:
        asked = {"site": str(r.site_id), "year": 2026}
        kinds = [one["kind"] for one in (await api.get("/api/v1/reports", params=asked)).json()["items"]]
        assert kinds == ["eu_recycler", "annex_xii", "japan_fund", "manifests"]
        hashes = {kind: (await api.get(f"/api/v1/reports/{kind}", params=asked)).json()["hash"] for kind in kinds}
        assert (await api.get("/api/v1/reports/none", params=asked)).status_code == 404
        said = (await api.get("/api/v1/recycling/certificate", params={"passport": PASSPORT})).json()
    for language in ("ja", "en"):
        browser = site.browser(r.scope, language)
        for kind in kinds[1:]:
            at = f"/recycling/reports/{kind}/{r.site_id}/2026"
            assert hashes[kind] in (await browser.get(at)).text
            assert (await browser.get(f"{at}.pdf")).content.startswith(b"%PDF")
            book = CalamineWorkbook.from_filelike(BytesIO((await browser.get(f"{at}.xlsx")).content))
            assert len(book.sheet_names) >= 2
        shown = await browser.get(f"/recycling/reports?passport={PASSPORT}")
        assert said["number"] in shown.text
        assert (await browser.get(f"/recycling/certificate/pdf?passport={PASSPORT}")).content.startswith(b"%PDF")
        unknown = await browser.get("/recycling/reports?passport=urn:uuid:none")
        assert unknown.status_code == 422
        assert "urn:uuid:none" in unknown.text
