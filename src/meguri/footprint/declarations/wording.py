"""From a result to the document that is published, and what it says otherwise than the edition before (pure)."""

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal, localcontext
from uuid import UUID

import msgspec

from meguri.footprint.calculation.figures import HUNDRED, ZERO
from meguri.footprint.calculation.quality import level_of
from meguri.footprint.declarations.model import (
    Change,
    DeclarationInput,
    Document,
    DocumentFile,
    DocumentStage,
    DocumentVerification,
    Verification,
)
from meguri.footprint.worksheets.model import KeptResult, PerEnergy
from meguri.kernel.clock import seconds_z
from meguri.kernel.numbers import plain

COMPARED = (
    "per_kwh", "total_kg", "e_total_kwh", "electricity_mode", "dqr", "primary_percent", "exempted_percent", "pack_id",
    "pack_version", "gwp_sets", "performance_class", "manufacturer", "plant", "eu_declaration_number", "study_link", "period",
)  # fmt: skip


class Maker(msgspec.Struct, frozen=True, kw_only=True):
    """Who makes it and where."""

    name: str
    address: str
    number: str
    plant: str
    plant_address: str
    synthetic: bool


def twelve(value: Decimal) -> str:
    """With at most twelve decimals, half to even: the text that every form of a declaration shows."""
    with localcontext() as context:
        context.prec = 60
        return plain(value.quantize(Decimal("1E-12"), rounding=ROUND_HALF_EVEN))


def significant(value: Decimal, digits: int = 3) -> str:
    """For reading: `digits` significant ones."""
    return plain(Decimal(f"{value:.{digits}g}")) if value else "0"


def document_of(
    kept: KeptResult,
    battery: PerEnergy,
    given: DeclarationInput,
    maker: Maker,
    *,
    declaration_id: UUID,
    edition: int,
    published_at: str,
    verification: Verification | None,
    before: Document | None,
) -> Document:
    """The document; `before` is the edition that it takes the place of."""
    result = kept.result
    stages = result.stages[result.mode]
    level = level_of(result.rating.dqr)[1]
    made = Document(
        declaration_id=declaration_id,
        edition=edition,
        published_at=published_at,
        manufacturer=maker.name,
        manufacturer_address=maker.address,
        manufacturer_number=maker.number,
        model=given.model,
        plant=maker.plant,
        plant_address=maker.plant_address,
        plant_id=result.plant_id,
        mass_kg=twelve(result.mass_kg) if result.mass_kg is not None else None,
        per_kwh=twelve(battery.per_kwh),
        per_kwh_shown=significant(battery.per_kwh),
        total_kg=twelve(result.total),
        stages=_stages(stages, battery, result.declared_stages, result.total),
        end_of_life=_end_of_life(stages),
        e_total_kwh=twelve(battery.e_total_kwh),
        e_total_factors=[(name, twelve(value)) for name, value in battery.factors.items()],
        electricity_mode=result.mode,
        other_mode_per_kwh=twelve(result.other_mode_total / battery.e_total_kwh),
        ter=twelve(result.rating.ter),
        ger=twelve(result.rating.ger),
        tir=twelve(result.rating.tir),
        dqr=twelve(result.rating.dqr),
        dqr_level_ja=level.ja,
        dqr_level_en=level.en,
        primary_percent=twelve(result.primary_percent),
        exempted_percent=twelve(result.exempted_percent),
        completeness_percent=twelve(result.completeness_percent),
        pack_id=result.pack.id,
        pack_version=result.pack.version,
        pack_hash=result.pack.hash,
        pack_status=result.pack.status,
        pack_name_ja=result.pack.name_ja,
        pack_name_en=result.pack.name_en,
        banner_ja=result.pack.banner_ja,
        banner_en=result.pack.banner_en,
        gwp_sets=list(result.gwp_sets),
        sources=[f"{name} {version}" for name, version in result.sources],
        performance_class=battery.performance_class,
        class_reason=battery.class_reason,
        eu_declaration_number=given.eu_declaration_number,
        study_link=given.study_link,
        design=given.design,
        period=(result.period_start.isoformat(), result.period_end.isoformat()),
        result_id=result.result_id,
        result_hash=kept.hash,
        verification=_verified(verification),
        preceding_id=before.declaration_id if before else None,
        changes=[],
        synthetic=maker.synthetic,
    )
    return msgspec.structs.replace(made, changes=changes_between(before, made) if before else [])


def changes_between(before: Document, after: Document) -> list[Change]:
    """What the later document says otherwise, field by field, stages last."""
    found = [
        Change(field=name, before=_text(getattr(before, name)), after=_text(getattr(after, name)))
        for name in COMPARED
        if _text(getattr(before, name)) != _text(getattr(after, name))
    ]
    former = {stage.key: stage.per_kwh for stage in before.stages}
    return found + [
        Change(field=f"stage.{stage.key}", before=former.get(stage.key, "0"), after=stage.per_kwh)
        for stage in after.stages
        if former.get(stage.key, "0") != stage.per_kwh
    ]


def _stages(
    values: Mapping[str, Decimal], battery: PerEnergy, declared: Sequence[str], total: Decimal
) -> list[DocumentStage]:
    grouped = {"raw": ("raw",), "main": ("main",), "dist": ("dist",), "eol": ("eol_gross", "eol_credit")}
    found = []
    for key, parts in grouped.items():
        if not set(parts) & set(declared):
            continue
        kg = sum((values.get(part, ZERO) for part in parts), ZERO)
        with localcontext() as context:
            context.prec = 50
            share = twelve(kg / total * HUNDRED) if total else None
            found.append(DocumentStage(key=key, kg=twelve(kg), per_kwh=twelve(kg / battery.e_total_kwh), share=share))
    return found


def _end_of_life(values: Mapping[str, Decimal]) -> tuple[str, str, str]:
    gross, credit = values.get("eol_gross", ZERO), values.get("eol_credit", ZERO)
    return twelve(gross), twelve(credit), twelve(gross + credit)


def _verified(found: Verification | None) -> DocumentVerification | None:
    if found is None or found.body.completed_at is None:
        return None
    body = found.body
    return DocumentVerification(
        provider=body.provider.name,
        accreditation=body.provider.accreditation,
        coverage=body.coverage,
        level=body.level,
        standard=body.standard,
        scope=body.scope,
        completed_at=seconds_z(found.body.completed_at),
        valid_to=seconds_z(body.valid_to) if body.valid_to else None,
        files=[DocumentFile(name=one.file_name, sha256=one.sha256) for one in found.files],
    )


def _text(value: object) -> str:
    if isinstance(value, list | tuple):
        return " – ".join(str(each) for each in value)
    return "" if value is None else str(value)
