"""Drafting, reviewing and publishing declarations."""

from uuid import UUID

import msgspec

from meguri.footprint.declarations import store
from meguri.footprint.declarations.errors import (
    REASONS,
    DeclarationBlocked,
    DeclarationNotFound,
    Immutable,
    NotNamed,
    StepNotAllowed,
)
from meguri.footprint.declarations.model import Act, Declaration, DeclarationInput, Document, Step, Verification
from meguri.footprint.declarations.verifying import verifications_of
from meguri.footprint.declarations.wording import Maker, document_of
from meguri.footprint.events import DeclarationMoved
from meguri.footprint.worksheets import service as worksheets
from meguri.footprint.worksheets.model import KeptResult
from meguri.kernel import clock
from meguri.kernel.addresses import parts_of
from meguri.kernel.clock import seconds_z
from meguri.kernel.errors import FieldError, Stale
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.operators import plants
from meguri.operators import service as operators
from meguri.storage.transaction import Transaction

_BLOCKING = ("demo_factor", "scenario", "cut_off_exceeded")
_STEPS: dict[Act, tuple[tuple[str, ...], str]] = {
    "submit": (("draft", "returned"), "submitted"),
    "return": (("submitted", "reviewed"), "returned"),
    "review": (("submitted",), "reviewed"),
    "publish": (("reviewed",), "published"),
    "withdraw": (("published",), "withdrawn"),
}


async def draft(tx: Transaction, scope: OperatorScope, given: DeclarationInput) -> Declaration:
    """A new declaration; of a model at a plant that has one, the next edition. Raises ResultNotFound."""
    kept = await worksheets.result(tx, scope, given.result_id)
    plant_id = kept.result.plant_id
    editions = await store.editions(tx, scope, given.model, plant_id)
    now = clock.now()
    made = Declaration(
        declaration_id=new_id(),
        model=given.model,
        plant_id=plant_id,
        trace_id=kept.result.trace_id,
        edition=editions[0].edition + 1 if editions else 1,
        state="draft",
        result_id=given.result_id,
        body=given,
        document=None,
        version=1,
        created_at=now,
        updated_at=now,
        published_at=None,
    )
    await store.save(tx, scope, made, None)
    await tx.record(DeclarationMoved(declaration_id=made.declaration_id, state="draft", model=given.model))
    return made


async def amend(
    tx: Transaction, scope: OperatorScope, declaration_id: UUID, given: DeclarationInput, if_version: int
) -> Declaration:
    """Another content of a draft. Raises DeclarationNotFound, Stale, Immutable, ResultNotFound."""
    before = await declaration(tx, scope, declaration_id)
    if before.version != if_version:
        raise Stale
    if before.state not in ("draft", "returned"):
        raise Immutable
    kept = await worksheets.result(tx, scope, given.result_id)
    if (given.model, kept.result.plant_id) != (before.model, before.plant_id):
        editions = await store.editions(tx, scope, given.model, kept.result.plant_id)
        edition = editions[0].edition + 1 if editions else 1
    else:
        edition = before.edition
    after = msgspec.structs.replace(
        before,
        model=given.model,
        plant_id=kept.result.plant_id,
        trace_id=kept.result.trace_id,
        edition=edition,
        result_id=given.result_id,
        body=given,
        version=before.version + 1,
        updated_at=clock.now(),
    )
    return await _saved(tx, scope, after, None)


async def step(
    tx: Transaction,
    scope: OperatorScope,
    declaration_id: UUID,
    act: Act,
    *,
    note: str | None = None,
    if_version: int | None = None,
) -> Declaration:
    """The next step. Publishing freezes the document and takes the place of the edition before.

    Raises DeclarationNotFound, Stale, StepNotAllowed, DeclarationBlocked with every reason.
    """
    before = await declaration(tx, scope, declaration_id)
    if if_version is not None and before.version != if_version:
        raise Stale
    allowed, state = _STEPS[act]
    if before.state not in allowed:
        raise (
            Immutable
            if before.state in ("published", "superseded", "withdrawn")
            else StepNotAllowed(state=before.state, act=act)
        )
    now = clock.now()
    after = msgspec.structs.replace(before, state=state, version=before.version + 1, updated_at=now)
    if act == "publish":
        after = await _frozen(tx, scope, after)
    return await _saved(tx, scope, after, note)


async def publish(tx: Transaction, scope: OperatorScope, declaration_id: UUID, confirm: str) -> Declaration:
    """Publishes, confirmed by the model's name. Raises NotNamed, and as `step`."""
    found = await declaration(tx, scope, declaration_id)
    if confirm.strip() != found.model:
        raise NotNamed(model=found.model)
    return await step(tx, scope, declaration_id, "publish")


async def blocked_by(tx: Transaction, scope: OperatorScope, declaration_id: UUID) -> list[FieldError]:
    """Everything that stands against publishing; empty if nothing does. Raises DeclarationNotFound."""
    found = await declaration(tx, scope, declaration_id)
    return _reasons(found.body, await worksheets.result(tx, scope, found.result_id))


async def declaration(tx: Transaction, scope: OperatorScope, declaration_id: UUID) -> Declaration:
    """One declaration of the company. Raises DeclarationNotFound."""
    found = await store.declaration(tx, scope, declaration_id)
    if found is None:
        raise DeclarationNotFound
    return found


async def declarations(
    tx: Transaction, scope: OperatorScope, *, limit: int = 100, after: UUID | None = None
) -> list[Declaration]:
    """Declarations of the company, newest first."""
    return await store.declarations(tx, scope, limit=limit, after=after)


async def history(tx: Transaction, scope: OperatorScope, declaration_id: UUID) -> list[Step]:
    """Its steps, newest first. Raises DeclarationNotFound."""
    await declaration(tx, scope, declaration_id)
    return await store.steps(tx, scope, declaration_id)


async def published_declaration(tx: Transaction, scope: OperatorScope, model: str, plant_id: UUID) -> Document | None:
    """The declaration that stands for one of the company's models at one of its plants: for the passport."""
    return await store.published(tx, scope, model, plant_id)


async def published_document(tx: Transaction, scope: OperatorScope, declaration_id: UUID) -> tuple[Document, str]:
    """A published document of any company, and whether it still stands: public. Raises DeclarationNotFound."""
    found = await store.published_by_id(tx, declaration_id)
    if found is None:
        raise DeclarationNotFound
    return found


async def _frozen(tx: Transaction, scope: OperatorScope, after: Declaration) -> Declaration:
    kept = await worksheets.result(tx, scope, after.result_id)
    reasons = _reasons(after.body, kept)
    battery = kept.result.battery
    if reasons or battery is None:
        raise DeclarationBlocked(fields=tuple(reasons), count=len(reasons))
    earlier = await store.editions(tx, scope, after.model, after.plant_id)
    standing = next((one for one in earlier if one.state == "published"), None)
    if standing is not None:
        replaced = msgspec.structs.replace(
            standing, state="superseded", version=standing.version + 1, updated_at=after.updated_at
        )
        await _saved(tx, scope, replaced, None)
    document = document_of(
        kept,
        battery,
        after.body,
        await _maker(tx, scope, after.plant_id),
        declaration_id=after.declaration_id,
        edition=after.edition,
        published_at=seconds_z(after.updated_at),
        verification=await _standing_verification(tx, scope, after.result_id),
        before=standing.document if standing else None,
    )
    return msgspec.structs.replace(after, document=document, published_at=after.updated_at)


async def _standing_verification(tx: Transaction, scope: OperatorScope, result_id: UUID) -> Verification | None:
    found = await verifications_of(tx, scope, result_id)
    return next((one for one in found if one.state == "verified"), None)


async def _maker(tx: Transaction, scope: OperatorScope, plant_id: UUID) -> Maker:
    company, plant = await operators.own(tx, scope), await plants.get(tx, scope, plant_id)
    return Maker(
        name=company.name,
        address=company.address,
        number=company.open_operator_id,
        plant=plant.name,
        plant_address=plant.address,
        synthetic=company.synthetic,
    )


def _reasons(given: DeclarationInput, kept: KeptResult) -> list[FieldError]:
    result = kept.result
    found = [(flag, "") for flag in _BLOCKING if flag in result.flags]
    if result.missing:
        found.append(("incomplete", ", ".join(result.missing[:10])))
    if kept.stale:
        found.append(("stale", ""))
    if result.lacking:
        found.append(("company_specific_missing", ", ".join(result.lacking)))
    if result.battery is None:
        found.append(("no_energy", ""))
    found += [(name, "") for name in ("model", "eu_declaration_number") if not getattr(given, name).strip()]
    if parts_of(given.study_link).scheme != "https":
        found.append(("study_link", ""))
    if _industrial(kept) and not _design_told(given):
        found.append(("design", ""))
    return [FieldError(reason, REASONS[reason], {"what": what}) for reason, what in found]


def _industrial(kept: KeptResult) -> bool:
    factors = kept.result.battery.factors if kept.result.battery else {}
    return "cycle_life" in factors or "life_years" in factors


def _design_told(given: DeclarationInput) -> bool:
    if given.design == "custom_made":
        return bool(given.purchasing_specification and given.technical_specification)
    return given.design is not None


async def _saved(tx: Transaction, scope: OperatorScope, after: Declaration, note: str | None) -> Declaration:
    if not await store.save(tx, scope, after, note):
        raise Stale
    event = DeclarationMoved(declaration_id=after.declaration_id, state=after.state, model=after.model)
    await tx.record(event)
    return after
