"""A verifier reads what one declaration rests on, by an invitation, and sees nothing else; it concludes on what it read."""

from datetime import timedelta
from uuid import UUID

import msgspec
import pytest
from tests.chain import Company, company
from tests.footprint.worksheets.helpers import D, line, sheet, with_factors

from meguri.footprint import auditing, declarations
from meguri.footprint.auditing import ConclusionInput, EngagementInput, FindingInput, errors
from meguri.footprint.declarations.errors import DeclarationNotFound
from meguri.footprint.worksheets import service as worksheets
from meguri.footprint.worksheets.errors import ResultNotFound, WorksheetNotFound
from meguri.footprint.worksheets.model import WorksheetInput
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.operators import inbox
from meguri.operators import service as operators
from meguri.operators.subjects import hrefs_of
from meguri.storage.database import Database

pytestmark = pytest.mark.anyio


class Case(msgspec.Struct, frozen=True):
    """A maker with a declared pack whose cell a supplier answers for, and a verifier invited for 30 days."""

    maker: Company
    supplier: Company
    verifier: Company
    declaration_id: UUID
    engagement_id: UUID
    result_hash: str
    worksheet_id: UUID


async def number_of(one: Company) -> str:
    return (await one.run(operators.own)).open_operator_id


async def case(river: Database) -> Case:
    maker, supplier, verifier = [await company(river, name) for name in ("電池", "セル", "検証")]
    await with_factors(maker, steel=2)
    await maker.part("pack", [("cell", 3)])
    await supplier.part("cell-S", [("secret-ore", 7, True)])
    await supplier.declare("cell-S", main=5)
    await supplier.link(await maker.ask(supplier, "cell"), "cell-S")
    cell = await maker.part_id("cell")
    lines = [line("steel", 1, "steel", evidence=("invoice-12.pdf",)), line("cells", 3, None, child_id=str(cell))]
    made = await sheet(maker, "pack", *lines)
    kept = await maker.run(worksheets.compute, made.worksheet_id)
    given = declarations.DeclarationInput(result_id=kept.result.result_id, model="M-1")
    declared = await maker.run(declarations.draft, given)
    asked = EngagementInput(company=await number_of(verifier), until=clock.today() + timedelta(days=30))
    engaged = await maker.run(auditing.invite, declared.declaration_id, asked)
    return Case(
        maker,
        supplier,
        verifier,
        declared.declaration_id,
        engaged.engagement_id,
        kept.hash,
        made.worksheet_id,
    )


def opinion(result_hash: str, verdict: str = "verified", **more: object) -> ConclusionInput:
    told = {"standard": "ISO 14064-3", "level": "limited", "scope": "M-1", "certificate": "CERT-7"}
    return msgspec.convert({"result_hash": result_hash, "verdict": verdict, **told, **more}, ConclusionInput)


async def test_the_evidence_goes_down_to_each_suppliers_statement_and_no_further(river: Database) -> None:
    one = await case(river)
    seen = await one.verifier.run(auditing.evidence, one.engagement_id)
    assert (seen.result.hash, seen.hash_holds, seen.result.result.total) == (one.result_hash, True, D(17))
    assert seen.worksheet.lines[0].evidence == ["invoice-12.pdf"]
    (tier,) = seen.tiers
    assert (tier.name, tier.depth, tier.source, tier.supplier) == ("cell", 1, "answer", "セル")
    assert tier.stages == tier.used == {"main": D(5)}
    told = msgspec.json.encode(seen).decode()
    for secret in ("secret-ore", "cell-S", str(await one.supplier.part_id("cell-S"))):
        assert secret not in told
    (read,) = await one.maker.run(auditing.accesses, one.declaration_id)
    assert (read.engagement_id, read.actor) == (one.engagement_id, "person:test")


async def test_the_evidence_is_the_worksheet_as_it_was_when_the_result_was_computed(river: Database) -> None:
    one = await case(river)
    now = await one.maker.run(worksheets.worksheet, one.worksheet_id)
    told = WorksheetInput(**{name: getattr(now, name) for name in WorksheetInput.__struct_fields__})
    lines = [msgspec.structs.replace(told.lines[0], amount=D(99)), *told.lines[1:]]
    await one.maker.run(worksheets.change, one.worksheet_id, msgspec.structs.replace(told, lines=lines), 1)
    seen = await one.verifier.run(auditing.evidence, one.engagement_id)
    assert seen.worksheet.lines[0].amount == D(1)
    assert seen.result.stale is not None


async def test_a_statement_that_changed_since_is_told_as_the_result_used_it_too(river: Database) -> None:
    one = await case(river)
    kept = (await one.verifier.run(auditing.evidence, one.engagement_id)).result
    (used,) = kept.result.statements or ()
    cell = await one.maker.part_id("cell")
    assert (used.trace_id, used.source, used.stages) == (cell, "answer", {"main": D(5)})
    await one.supplier.declare("cell-S", main=8)
    seen = await one.verifier.run(auditing.evidence, one.engagement_id)
    (tier,) = seen.tiers
    assert (tier.stages, tier.used) == ({"main": D(8)}, {"main": D(5)})
    assert (seen.hash_holds, seen.result.hash) == (True, kept.hash)


async def test_worksheets_of_components_are_those_that_the_result_was_computed_from(river: Database) -> None:
    maker, verifier = await company(river, "電池"), await company(river, "検証")
    await with_factors(maker, steel=2)
    await maker.part("pack", [("module", 3)])
    module = await maker.part_id("module")
    below = await sheet(maker, "module", line("steel", 4, "steel"))
    top = await sheet(maker, "pack", line("modules", 3, None, child_id=str(module)))
    kept = await maker.run(worksheets.compute, top.worksheet_id)
    assert kept.result.total == D(24)
    (component,) = kept.result.components or ()
    assert (component.trace_id, component.worksheet_id, component.version) == (module, below.worksheet_id, 1)
    given = declarations.DeclarationInput(result_id=kept.result.result_id, model="M-1")
    declared = await maker.run(declarations.draft, given)
    asked = EngagementInput(company=await number_of(verifier), until=clock.today() + timedelta(days=30))
    engaged = await maker.run(auditing.invite, declared.declaration_id, asked)
    told = WorksheetInput(**{name: getattr(below, name) for name in WorksheetInput.__struct_fields__})
    changed = msgspec.structs.replace(told, lines=[line("steel", 99, "steel")])
    await maker.run(worksheets.change, below.worksheet_id, changed, 1)
    await sheet(maker, "module", line("steel", 77, "steel"))  # a newer one for the same part
    (tier,) = (await verifier.run(auditing.evidence, engaged.engagement_id)).tiers
    assert (tier.part_id, tier.source) == (module, "worksheet")
    assert [one.amount for one in tier.lines] == [D(4)]
    assert (await maker.run(worksheets.figures, top.worksheet_id)).total == D(462)


async def test_an_invitation_opens_one_declaration_and_nothing_else(river: Database) -> None:
    one = await case(river)
    other = await sheet(one.maker, "pack", line("steel", 8, "steel"))
    kept = await one.maker.run(worksheets.compute, other.worksheet_id)
    given = declarations.DeclarationInput(result_id=kept.result.result_id, model="M-2")
    second = await one.maker.run(declarations.draft, given)
    for declaration_id in (one.declaration_id, second.declaration_id):
        for reading in (declarations.declaration, declarations.history, auditing.engagements, auditing.findings):
            with pytest.raises(DeclarationNotFound):
                await one.verifier.run(reading, declaration_id)
    with pytest.raises(ResultNotFound):
        await one.verifier.run(worksheets.result, kept.result.result_id)
    with pytest.raises(WorksheetNotFound):
        await one.verifier.run(worksheets.worksheet, one.worksheet_id)
    assert await one.verifier.run(declarations.declarations) == []
    assert str(second.declaration_id) not in str(await one.verifier.run(auditing.evidence, one.engagement_id))
    with pytest.raises(errors.EngagementNotFound):
        await one.verifier.run(auditing.end, one.engagement_id)
    for stranger in (one.supplier, one.maker):
        assert await stranger.run(auditing.invitations) == []
        for act, *words in (
            (auditing.evidence,),
            (auditing.raise_finding, FindingInput(words="x")),
            (auditing.conclude, opinion(one.result_hash)),
            (auditing.close_finding, new_id()),
        ):
            with pytest.raises(errors.EngagementNotFound):
                await stranger.run(act, one.engagement_id, *words)


@pytest.mark.parametrize("how", ["ended", "run out"])
async def test_with_the_invitation_everything_ends(river: Database, how: str) -> None:
    one = await case(river)
    (listed,) = await one.verifier.run(auditing.invitations)
    assert listed.engagement_id == one.engagement_id
    await one.verifier.run(auditing.raise_finding, one.engagement_id, FindingInput(words="why?"))
    later = clock.now() + timedelta(days=31 if how == "run out" else 0)
    if how == "ended":
        ended = await one.maker.run(auditing.end, one.engagement_id)
        assert ended == await one.maker.run(auditing.end, one.engagement_id)
    with clock.fixed_clock(lambda: later):
        assert await one.verifier.run(auditing.invitations) == []
        for act, *words in (
            (auditing.evidence,),
            (auditing.raise_finding, FindingInput(words="x")),
            (auditing.conclude, opinion(one.result_hash)),
        ):
            with pytest.raises(errors.EngagementNotFound):
                await one.verifier.run(act, one.engagement_id, *words)
    assert len(await one.maker.run(auditing.findings, one.declaration_id)) == 1


async def test_a_finding_is_answered_and_closed_before_the_result_is_verified_in_the_verifiers_name(
    river: Database,
) -> None:
    one = await case(river)
    with pytest.raises(errors.LineUnknown):
        await one.verifier.run(auditing.raise_finding, one.engagement_id, FindingInput(words="?", line_id="tin"))
    asked = FindingInput(words="where is the bill?", line_id="steel")
    raised = await one.verifier.run(auditing.raise_finding, one.engagement_id, asked)
    with pytest.raises(errors.FindingsOpen):
        await one.verifier.run(auditing.conclude, one.engagement_id, opinion(one.result_hash))
    with pytest.raises(errors.FindingNotFound):
        await one.verifier.run(auditing.reply, raised.finding_id, "ours")
    answered = await one.maker.run(auditing.reply, raised.finding_id, "invoice-12.pdf")
    assert (answered.state, answered.reply) == ("answered", "invoice-12.pdf")
    await one.verifier.run(auditing.close_finding, one.engagement_id, raised.finding_id)
    with pytest.raises(errors.FindingClosed):
        await one.maker.run(auditing.reply, raised.finding_id, "again")
    with pytest.raises(errors.ResultMoved):
        await one.verifier.run(auditing.conclude, one.engagement_id, opinion("0" * 64))
    made = await one.verifier.run(auditing.conclude, one.engagement_id, opinion(one.result_hash))
    with pytest.raises(errors.ConclusionMade):
        await one.verifier.run(auditing.conclude, one.engagement_id, opinion(one.result_hash))
    (kept,) = await one.maker.run(declarations.verifications_of, made.body.result_id)
    assert (kept.state, kept.body.provider.name) == ("verified", "検証")
    assert kept.body.provider.id == await number_of(one.verifier)
    assert kept.body.attachments == ["CERT-7"]
    told = (await one.maker.run(inbox.page))[0][:3]
    engaged, _ = await one.verifier.run(inbox.page)
    assert [each.type for each in told] == ["RESULT_VERIFIED", "FINDING_CLOSED", "FINDING_RAISED"]
    assert [each.type for each in engaged] == ["FINDING_ANSWERED", "VERIFIER_INVITED"]
    pages = [*hrefs_of(told).values(), *hrefs_of(engaged).values()]
    ours, theirs = f"/declarations/{one.declaration_id}", f"/verifying/{one.engagement_id}"
    assert pages == [ours, f"{ours}/verifiers", f"{ours}/verifiers", theirs, theirs]


async def test_a_refusal_says_why_and_an_invitation_is_for_somebody_else_and_for_later(river: Database) -> None:
    one = await case(river)
    with pytest.raises(errors.NothingFound):
        await one.verifier.run(auditing.conclude, one.engagement_id, opinion(one.result_hash, "refused"))
    why = opinion(one.result_hash, "refused", findings=["no bill"])
    assert (await one.verifier.run(auditing.conclude, one.engagement_id, why)).state == "refused"
    today = clock.today()
    with pytest.raises(errors.VerifierIsSelf):
        await one.maker.run(
            auditing.invite, one.declaration_id, EngagementInput(company=await number_of(one.maker), until=today)
        )
    past = EngagementInput(company=await number_of(one.verifier), until=today - timedelta(days=1))
    with pytest.raises(errors.InvitationPast):
        await one.maker.run(auditing.invite, one.declaration_id, past)
    with pytest.raises(DeclarationNotFound):
        await one.supplier.run(auditing.invite, one.declaration_id, past)
