"""A verifier's certificate is kept as a file: by the company that entered the statement, or by the verifier who concluded."""

import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests.chain import Company
from tests.footprint.worksheets.helpers import declarable

from meguri.footprint import declarations
from meguri.footprint.api_statement_files import download
from meguri.footprint.auditing import EngagementInput, invite
from meguri.footprint.declarations.model import Provider, StatementFile
from meguri.footprint.declarations.paper import as_pdf
from meguri.footprint.worksheets import service as worksheets
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.operators import plants
from meguri.operators import service as operators
from meguri.operators.model import PlantInput

from .conftest import Site
from .test_pages import enter, token_in

pytestmark = pytest.mark.anyio

PDF = b"%PDF-1.7\n% certificate 7\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)
NAME = "証明書 No.7.pdf"


async def declared(site: Site) -> tuple[Company, declarations.Declaration, str]:
    """(maker, its declaration, hash of the result)."""
    scope = OperatorScope(site.a, "person:test", Role.ADMIN)
    plant = await site.db.run(
        scope, plants.register, PlantInput(name="工場", address="東京都", open_plant_id="A000001")
    )
    maker = Company(site.db, scope, plant.plant_id)
    made = await declarable(maker)
    kept = await maker.run(worksheets.compute, made.worksheet_id)
    given = declarations.DeclarationInput(
        result_id=kept.result.result_id,
        model="M-1",
        eu_declaration_number="EU-1",
        study_link="https://study.example/1",
    )
    return maker, await maker.run(declarations.draft, given), kept.hash


async def stated(maker: Company, result_id: UUID, result_hash: str) -> UUID:
    """A verified statement that the maker entered."""
    given = declarations.VerificationInput(
        result_id=result_id,
        result_hash=result_hash,
        coverage="product level",
        level="limited",
        standard="ISO 14064-3",
        provider=Provider(name="検証機関"),
        scope="M-1",
    )
    made = await maker.run(declarations.add_verification, given)
    for move in ("submit", "verify"):
        await maker.run(declarations.move_verification, made.verification_id, move)
    return made.verification_id


async def send(who: httpx.AsyncClient, page: str, where: str, name: str, content: bytes) -> str:
    """Sends a file by the form of `page`; what the page says afterwards."""
    token = token_in((await who.get(page)).text)
    files = {"file": (name, content, "application/octet-stream")}
    answer = await who.post(where, data={"csrf_token": token}, files=files)
    assert answer.status_code == 303, answer.text
    return (await who.get(page)).text


async def test_the_declaring_company_keeps_a_certificate_and_the_published_document_names_it(site: Site) -> None:
    maker, made, result_hash = await declared(site)
    statement = await stated(maker, made.result_id, result_hash)
    await site.person("ann@a.example", site.a)
    await site.person("bob@b.example", site.b)
    page = f"/declarations/{made.declaration_id}"
    where = f"{page}/verification/{statement}/files"
    async with enter(site, "ann@a.example") as ann, enter(site, "bob@b.example") as bob:
        ann.headers["accept-language"] = "en"
        wrong = await send(ann, page, where, "certificate.exe", PDF)
        assert "This kind of file is not taken here" in wrong
        assert "This kind of file is not taken here" in await send(ann, page, where, "a.pdf", PNG)
        shown = await send(ann, page, where, NAME, PDF)
        assert NAME in shown
        assert (await send(ann, page, where, "again.pdf", PDF)).count(f'href="{where}/') == 1  # the same content
        assert (await send(ann, page, where, "seal.png", PNG)).count(f'href="{where}/') == 2
        address = shown.split(f'href="{where}/')[1].split('"')[0]
        fetched = await ann.get(f"{where}/{address}")
        assert (fetched.content, fetched.headers["content-type"]) == (PDF, "application/pdf")
        assert fetched.headers["content-disposition"].startswith('attachment; filename="No.7.pdf"; filename*=')
        api = f"/api/v1/footprint/verifications/{statement}/files"
        assert (await ann.get(f"{api}/{address}")).content == PDF
        for path in (f"{where}/{address}", f"{api}/{address}"):
            assert (await bob.get(path)).status_code == 404
        assert (await ann.get(f"{api}/{made.declaration_id}")).json()["code"] == "footprint.statement_file_not_found"
    assert await published_files(maker, made) == [
        {"name": NAME, "sha256": hashlib.sha256(PDF).hexdigest()},
        {"name": "seal.png", "sha256": hashlib.sha256(PNG).hexdigest()},
    ]
    async with site.client() as anybody:
        public = await anybody.get(f"/published/declarations/{made.declaration_id}")
    assert hashlib.sha256(PDF).hexdigest() in public.text


async def published_files(maker: Company, made: declarations.Declaration) -> list[dict[str, Any]]:
    for act in ("submit", "review"):
        await maker.run(declarations.step, made.declaration_id, act)
    done = await maker.run(declarations.publish, made.declaration_id, "M-1")
    assert done.document is not None
    assert done.document.verification is not None
    assert as_pdf(done.document, "ja").startswith(b"%PDF")
    assert as_pdf(done.document, "en") == as_pdf(done.document, "en")
    return [{"name": one.name, "sha256": one.sha256} for one in done.document.verification.files]


async def test_the_verifier_who_concluded_adds_the_certificate_and_both_read_it(site: Site) -> None:
    maker, made, result_hash = await declared(site)
    number = (await site.db.run(OperatorScope(site.b, "person:test", Role.ADMIN), operators.own)).open_operator_id
    asked = EngagementInput(company=number, until=clock.today() + timedelta(days=7))
    engaged = await maker.run(invite, made.declaration_id, asked)
    await site.person("ann@a.example", site.a)
    await site.person("vera@b.example", site.b)
    here = f"/verifying/{engaged.engagement_id}"
    api = f"/api/v1/footprint{here}/files"
    async with enter(site, "ann@a.example") as ann, enter(site, "vera@b.example") as vera:
        vera.headers["accept-language"] = "en"
        assert "after the conclusion was entered" in await send(vera, here, f"{here}/files", NAME, PDF)
        told = {
            "csrf_token": token_in((await vera.get(here)).text), "result_hash": result_hash, "verdict": "verified",
            "standard": "ISO 14064-3", "coverage": "product level", "level": "limited", "scope": "M-1",
        }  # fmt: skip
        assert (await vera.post(f"{here}/conclusion", data=told)).status_code == 303
        shown = await send(vera, here, f"{here}/files", NAME, PDF)
        address = shown.split(f'href="{here}/files/')[1].split('"')[0]
        for path in (f"{here}/files/{address}", f"{api}/{address}"):
            assert (await vera.get(path)).content == PDF
            assert (await ann.get(path)).status_code == 404
        page = (await ann.get(f"/declarations/{made.declaration_id}")).text
        assert NAME in page
        link = page.split("download>")[0].rsplit('href="', 1)[1].split('"')[0]
        assert (await ann.get(link)).content == PDF
        token = token_in(page)
        await ann.post(f"/declarations/engagements/{engaged.engagement_id}/end", data={"csrf_token": token})
        assert (await vera.get(f"{here}/files/{address}")).status_code == 404
        assert (await ann.get(link)).content == PDF


async def test_a_name_of_which_no_plain_sign_is_left_still_has_its_ending() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield PDF

    told: dict[str, Any] = {
        "file_id": new_id(),
        "verification_id": new_id(),
        "sha256": "0" * 64,
        "size": 1,
        "actor": "-",
    }
    for name, plain in (("証明書.pdf", "file.pdf"), ("印", "file"), ("No. 7.pdf", "No.7.pdf")):
        found = StatementFile(file_name=name, added_at=clock.now(), **told)
        answer = await download(found, pieces())
        assert answer.headers["content-disposition"].startswith(f'attachment; filename="{plain}"; filename*=')
