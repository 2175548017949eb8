"""A verifier and a maker meet on their pages: invited, read, found, answered, concluded, ended."""

from datetime import timedelta

import pytest
from tests.chain import Company
from tests.footprint.worksheets.helpers import line, sheet, with_factors

from meguri.footprint import declarations
from meguri.footprint.worksheets import service as worksheets
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope, Role
from meguri.operators import plants
from meguri.operators import service as operators
from meguri.operators.model import PlantInput

from .conftest import Site
from .test_pages import enter, token_in

pytestmark = pytest.mark.anyio


async def test_a_verifier_is_invited_reads_asks_and_concludes_on_pages_and_then_finds_the_door_shut(
    site: Site,
) -> None:
    scope = OperatorScope(site.a, "person:test", Role.ADMIN)
    plant = await site.db.run(
        scope, plants.register, PlantInput(name="工場", address="東京都", open_plant_id="A000001")
    )
    maker = Company(site.db, scope, plant.plant_id)
    await with_factors(maker, steel=2)
    await maker.part("pack", ends=True)
    made = await sheet(maker, "pack", line("steel", 1, "steel", evidence=("invoice-12.pdf",)))
    kept = await maker.run(worksheets.compute, made.worksheet_id)
    given = declarations.DeclarationInput(result_id=kept.result.result_id, model="M-1")
    declared = await maker.run(declarations.draft, given)
    number = (await site.db.run(OperatorScope(site.b, "person:test", Role.ADMIN), operators.own)).open_operator_id
    await site.person("ann@a.example", site.a)
    await site.person("vera@b.example", site.b)
    where = f"/declarations/{declared.declaration_id}/verifiers"
    async with enter(site, "ann@a.example") as ann, enter(site, "vera@b.example") as vera:
        token = token_in((await ann.get(where)).text)
        until = (clock.today() + timedelta(days=7)).isoformat()
        for company, day, what in ((number, "soon", "until"), ("nobody", until, "company")):
            wrong = await ann.post(where, data={"csrf_token": token, "company": company, "until": day})
            assert (wrong.status_code, f'href="#f-{what}"' in wrong.text) == (422, True)
        sent = await ann.post(where, data={"csrf_token": token, "company": number, "until": until})
        assert sent.status_code == 303, sent.text
        listed = (await vera.get("/verifying")).text
        here = "/verifying/" + listed.split('href="/verifying/')[1].split('"')[0]
        for language in ("en", "ja"):
            shown = await vera.get(here, headers={"accept-language": language})
            assert shown.status_code == 200, shown.text
            assert "invoice-12.pdf" in shown.text
            assert kept.hash in shown.text
        mine = token_in(shown.text)
        empty = await vera.post(f"{here}/findings", data={"csrf_token": mine, "words": ""})
        assert empty.status_code == 422
        await vera.post(f"{here}/findings", data={"csrf_token": mine, "words": "which bill?", "line_id": "steel"})
        asked = (await ann.get(where)).text
        assert "which bill?" in asked
        finding = asked.split('/reply"')[0].rsplit("/", 1)[1]
        answer = {"csrf_token": token, f"reply-{finding}": "invoice-12.pdf, page 2"}
        replied = await ann.post(f"/declarations/{declared.declaration_id}/findings/{finding}/reply", data=answer)
        assert replied.status_code == 303, replied.text
        told = {
            "csrf_token": mine, "result_hash": kept.hash, "verdict": "verified", "standard": "ISO 14064-3",
            "coverage": "product level", "level": "limited", "scope": "M-1", "certificate": "CERT-7",
        }  # fmt: skip
        early = await vera.post(f"{here}/conclusion", data=told)
        assert early.status_code == 422
        await vera.post(f"{here}/findings/{finding}/close", data={"csrf_token": mine})
        concluded = await vera.post(f"{here}/conclusion", data=told)
        assert concluded.status_code == 303, concluded.text
        assert "CERT-7" in (await vera.get(here)).text
        engagement = here.rsplit("/", 1)[1]
        await ann.post(f"/declarations/engagements/{engagement}/end", data={"csrf_token": token})
        assert (await vera.get(here)).status_code == 404
        assert (await vera.get(f"/declarations/{declared.declaration_id}")).status_code == 404
        assert here not in (await vera.get("/verifying")).text
