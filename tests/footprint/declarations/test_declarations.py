"""From a result to a published declaration that is frozen, verified, the same in every form, and says what changed."""

import io
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from tests.chain import Company, company
from tests.footprint.worksheets.helpers import PIECE, D, declarable, line, sheet, with_factors

from meguri.footprint.declarations import (
    Declaration,
    DeclarationInput,
    VerificationInput,
    add_verification,
    amend,
    blocked_by,
    declarations,
    draft,
    history,
    move_verification,
    published_document,
    step,
    verifications_of,
)
from meguri.footprint.declarations.errors import (
    DeclarationBlocked,
    DeclarationNotFound,
    HashMismatch,
    Immutable,
    StepNotAllowed,
)
from meguri.footprint.declarations.model import Provider
from meguri.footprint.declarations.paper import as_pdf
from meguri.footprint.service import published_declaration
from meguri.footprint.worksheets import service as worksheets
from meguri.footprint.worksheets.model import KeptResult, WorksheetInput
from meguri.kernel import clock
from meguri.kernel.errors import Stale
from meguri.storage.database import Database

pytestmark = pytest.mark.anyio
ACTS: Sequence[Any] = ("submit", "review", "publish")


def said(kept: KeptResult, model: str = "M-1", **more: Any) -> DeclarationInput:
    told = {"eu_declaration_number": "DoC-2026-1", "study_link": "https://cell.example/study"}
    return DeclarationInput(result_id=kept.result.result_id, model=model, **told | more)


async def published(us: Company, given: DeclarationInput) -> Declaration:
    made = await us.run(draft, given)
    for act in ACTS:
        made = await us.run(step, made.declaration_id, act)
    return made


async def test_a_reference_battery_is_declared_with_its_exact_figures(river: Database) -> None:
    us = await company(river, "セル")
    sheet_ = await declarable(us)
    kept = await us.run(worksheets.compute, sheet_.worksheet_id)
    document = (await published(us, said(kept))).document
    assert document is not None
    assert (document.e_total_kwh, document.total_kg, document.per_kwh) == ("28800", "5280", "0.183333333333")
    assert document.per_kwh_shown == "0.183"
    assert [(stage.key, stage.kg, stage.per_kwh, stage.share) for stage in document.stages] == [
        ("raw", "3900", "0.135416666667", "73.863636363636"),
        ("main", "1500", "0.052083333333", "28.409090909091"),
        ("dist", "60", "0.002083333333", "1.136363636364"),
        ("eol", "-180", "-0.00625", "-3.409090909091"),
    ]
    assert document.end_of_life == ("120", "-300", "-180")
    assert (document.performance_class, document.class_reason) == (None, "not_determinable_no_act")
    assert document.banner_en == "Draft methodology – not adopted"
    assert document.result_hash == kept.hash
    assert await us.run(published_declaration, "M-1", us.plant_id) == document
    them = await company(river, "誰か")
    assert await them.run(published_document, document.declaration_id) == (document, "published")
    assert await them.run(published_declaration, "M-1", us.plant_id) is None


async def test_the_paper_shows_the_same_texts_and_the_same_bytes_again(river: Database) -> None:
    us = await company(river, "セル")
    kept = await us.run(worksheets.compute, (await declarable(us)).worksheet_id)
    document = (await published(us, said(kept))).document
    assert document is not None
    for language in ("ja", "en"):
        first = as_pdf(document, language)  # type: ignore[arg-type]
        assert first == as_pdf(document, language)  # type: ignore[arg-type]
        assert first.startswith(b"%PDF-")
        assert b"BIZUDPGothic" in first
        assert len(first) < 400_000
    assert io.BytesIO(as_pdf(document, "en", withdrawn=True)).read(4) == b"%PDF"


async def test_everything_that_stands_against_publishing_is_named_at_once(river: Database) -> None:
    us = await company(river, "部品")
    await with_factors(us, steel=2)
    await us.part("pack", ends=True, unit=PIECE)
    made = await sheet(us, "pack", line("steel", 1, "DEMO-steel"), line("glue", None, "steel"), pack_id="eu-draft-2024")
    kept = await us.run(worksheets.compute, made.worksheet_id)
    given = DeclarationInput(result_id=kept.result.result_id, model="M-9", study_link="http://[::1")
    drafted = await us.run(draft, given)
    reasons = await us.run(blocked_by, drafted.declaration_id)
    assert [one.field for one in reasons] == [
        "demo_factor",
        "incomplete",
        "company_specific_missing",
        "no_energy",
        "eu_declaration_number",
        "study_link",
    ]
    assert all(one.of("ja") and one.of("en") for one in reasons)
    for act in ("submit", "review"):
        await us.run(step, drafted.declaration_id, act)
    with pytest.raises(DeclarationBlocked) as refused:
        await us.run(step, drafted.declaration_id, "publish")
    assert len(refused.value.fields) == 6
    changed = WorksheetInput(**{name: getattr(made, name) for name in WorksheetInput.__struct_fields__})
    await us.run(worksheets.change, made.worksheet_id, msgspec.structs.replace(changed, title="x"), 1)
    assert "stale" in [one.field for one in await us.run(blocked_by, drafted.declaration_id)]


async def test_steps_come_in_their_order_and_what_is_published_never_changes(river: Database) -> None:
    us = await company(river, "セル")
    kept = await us.run(worksheets.compute, (await declarable(us)).worksheet_id)
    made = await us.run(draft, said(kept))
    for act in ("review", "publish", "withdraw"):
        with pytest.raises(StepNotAllowed):
            await us.run(step, made.declaration_id, act)
    made = await us.run(step, made.declaration_id, "submit")
    with pytest.raises(Immutable):
        await us.run(amend, made.declaration_id, said(kept), made.version)
    made = await us.run(step, made.declaration_id, "return", note="please check the mass")
    with pytest.raises(Stale):
        await us.run(amend, made.declaration_id, said(kept), 1)
    made = await us.run(amend, made.declaration_id, said(kept, note="checked"), made.version)
    for act in ACTS:
        made = await us.run(step, made.declaration_id, act)
    for act in ("publish", "submit", "return"):
        with pytest.raises(Immutable):
            await us.run(step, made.declaration_id, act)
    steps = await us.run(history, made.declaration_id)
    assert [one.state for one in steps] == [
        "published",
        "reviewed",
        "submitted",
        "returned",
        "returned",
        "submitted",
        "draft",
    ]
    assert steps[4].note == "please check the mass"
    gone = await us.run(step, made.declaration_id, "withdraw", note="wrong plant")
    assert (gone.state, gone.document == made.document) == ("withdrawn", True)
    assert await us.run(published_declaration, "M-1", us.plant_id) is None


async def test_a_later_edition_says_what_changed_and_takes_the_place_of_the_one_before(river: Database) -> None:
    us = await company(river, "セル")
    sheet_ = await declarable(us)
    first = await published(us, said(await us.run(worksheets.compute, sheet_.worksheet_id)))
    told = WorksheetInput(**{name: getattr(sheet_, name) for name in WorksheetInput.__struct_fields__})
    lines = [msgspec.structs.replace(one, amount=D(1200)) if one.id == "assembly" else one for one in told.lines]
    await us.run(worksheets.change, sheet_.worksheet_id, msgspec.structs.replace(told, lines=lines), 1)
    kept = await us.run(worksheets.compute, sheet_.worksheet_id)
    second = await published(us, said(kept))
    assert second.document is not None
    assert (second.edition, second.document.preceding_id) == (2, first.declaration_id)
    changes = {one.field: (one.before, one.after) for one in second.document.changes}
    assert changes["total_kg"] == ("5280", "4980")
    assert changes["stage.main"] == ("0.052083333333", "0.041666666667")
    states = {one.edition: one.state for one in await us.run(declarations)}
    assert states == {1: "superseded", 2: "published"}
    document, state = await us.run(published_document, first.declaration_id)
    assert (document, state) == (first.document, "superseded")
    assert as_pdf(second.document, "ja") != as_pdf(second.document, "en")


async def test_a_statement_is_about_one_result_by_its_hash_and_stands_in_the_declaration(river: Database) -> None:
    us = await company(river, "セル")
    kept = await us.run(worksheets.compute, (await declarable(us)).worksheet_id)
    given = VerificationInput(
        result_id=kept.result.result_id,
        result_hash=kept.hash,
        coverage="product level",
        level="limited",
        standard="ISO 14064-3",
        provider=Provider(name="検証機関", accreditation="JAB-1"),
        scope="M-1",
        valid_to=datetime(2028, 1, 1, tzinfo=UTC),
    )
    with pytest.raises(HashMismatch):
        await us.run(add_verification, msgspec.structs.replace(given, result_hash="0" * 64))
    made = await us.run(add_verification, given)
    with pytest.raises(StepNotAllowed):
        await us.run(move_verification, made.verification_id, "verify")
    for move in ("submit", "return", "submit", "verify"):
        made = await us.run(
            move_verification, made.verification_id, move, findings=["ok"] if move == "return" else None
        )
    assert (made.state, made.body.findings) == ("verified", ["ok"])
    document = (await published(us, said(kept))).document
    assert document is not None
    assert document.verification is not None
    assert (document.verification.provider, document.verification.level) == ("検証機関", "limited")
    with clock.fixed_clock(lambda: datetime(2029, 1, 1, tzinfo=UTC) + timedelta(days=1)):
        assert [one.state for one in await us.run(verifications_of, kept.result.result_id)] == ["expired"]


async def test_an_unpublished_declaration_is_nobody_elses_business(river: Database) -> None:
    us, them = await company(river, "セル"), await company(river, "他社")
    kept = await us.run(worksheets.compute, (await declarable(us)).worksheet_id)
    made = await us.run(draft, said(kept))
    for use_case in (published_document, blocked_by, history):
        with pytest.raises(DeclarationNotFound):
            await them.run(use_case, made.declaration_id)
    assert await them.run(declarations) == []
