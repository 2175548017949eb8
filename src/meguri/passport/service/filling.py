"""Sections that fill themselves from the rest of the house: company, plant, published footprint; each linked to its source.

A newly published footprint makes a new version of the model record. Items that were issued stay as they are until their
operator carries the model's version to them.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from meguri.diligence import service as diligence
from meguri.footprint import service as footprint
from meguri.footprint.events import DeclarationMoved
from meguri.footprint.service import Document
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.passport.assembling import whole
from meguri.passport.expressions import filled
from meguri.passport.kinds import Document as Values
from meguri.passport.kinds import Kind, kinds
from meguri.passport.model import Issued, Record
from meguri.passport.service import issuing, reading, standing
from meguri.passport.service.issuing import public_id
from meguri.passport.service.writing import issued, kind_named, layers
from meguri.passport.store import Wanted, listed
from meguri.passport.values.atoms import https
from meguri.storage import Transaction

STAGES: Final = {"raw": "cf_raw_material", "main": "cf_production", "dist": "cf_distribution", "eol": "cf_eol"}


def footprint_values(document: Document) -> Values:
    """What a published footprint declaration says of a model, by catalogue key."""
    found: Values = {
        "cf_total_per_fu": _number(document.per_kwh),
        "cf_absolute": _number(document.total_kg),
        "cf_lifetime_energy": _number(document.e_total_kwh),
        **{STAGES[stage.key]: _number(stage.per_kwh) for stage in document.stages if stage.key in STAGES},
    }
    if document.performance_class:
        found["cf_performance_class"] = document.performance_class
    if https(document.study_link) is None:
        found["cf_study_url"] = document.study_link
    if document.eu_declaration_number:
        found["eu_doc_id"] = document.eu_declaration_number
    return found


def _number(text: str) -> float | int:
    """A printed figure as JSON has it, of at most 15 significant digits."""
    value = Decimal(text)
    return int(value) if value == value.to_integral_value() else float(f"{value:.15g}")


async def fill(tx: Transaction, scope: OperatorScope, identifier: str) -> Issued:
    """Write into a passport what the house knows of it and nobody has written: names, identifiers, published footprint.

    What is there stays. Raises DppNotFound, NotResponsibleOperator, and what `change` raises.
    """
    record, _ = await reading.owned(tx, scope, identifier)
    kind = kind_named(record.kind)
    document = whole(kind, record, await layers(tx, record))
    known = {
        **await _company(tx, scope, record),
        **await _footprint(tx, scope, kind, document),
        **await _diligence(tx, scope),
    }
    lacking = {
        key: value
        for key, value in known.items()
        if key in kind.attributes and not filled(document.get(key)) and _belongs(kind, key, record)
    }
    if not lacking:
        return issued(kind, record, document)
    return await issuing.change(tx, scope, str(record.passport_id), lacking, source="computed", reason="filled")


def _belongs(kind: Kind, key: str, record: Record) -> bool:
    """A model's values go into the model, an item's into the item; without a model the item holds all."""
    level = kind.attributes[key].level
    return level == record.granularity or (record.granularity == "item" and record.model_id is None)


async def _company(tx: Transaction, scope: OperatorScope, record: Record) -> Values:
    company = await operators.own(tx, scope)
    plants = await operators.all_plants(tx, scope)
    found: Values = {
        "manufacturer_name": {"ja": company.name},
        "manufacturer_id": public_id(company),
        "ouranos_operator_id": str(company.operator_id),
    }
    if len(plants) == 1:
        found["ouranos_plant_id"] = str(plants[0].plant_id)
        if plants[0].gln:
            found["facility_id"] = plants[0].gln
    return found


async def _footprint(tx: Transaction, scope: OperatorScope, kind: Kind, document: Mapping[str, Any]) -> Values:
    model = document.get(kind.head.model_id)
    if not isinstance(model, str):
        return {}
    for plant in await operators.all_plants(tx, scope):
        found = await footprint.published_declaration(tx, scope, model, plant.plant_id)
        if found is not None:
            return footprint_values(found)
    return {}


async def _diligence(tx: Transaction, scope: OperatorScope) -> Values:
    """The published report on due diligence, and who assured it."""
    found = await diligence.passport_section(tx, scope, tx.installation.origin)
    if found.report_url is None or https(found.report_url) is not None:
        return {}
    report = {
        "id": f"dd-report-{found.year}",
        "title": {"ja": f"デュー・ディリジェンス報告書 {found.year}", "en": f"Due diligence report {found.year}"},
        "doc_type": "dd_report",
        "media_type": "text/html",
        "language": "ja",
        "url": found.report_url,
    }
    assurance = {**report, "id": f"dd-assurance-{found.year}", "doc_type": "certificate", "url": found.assurance_url}
    return {"dd_report": report, **({"dd_assurances": [assurance]} if found.assurance_url else {})}


async def follow_footprint(tx: Transaction, scope: OperatorScope, event: DeclarationMoved) -> None:
    """A footprint was published: the records of its model get a new version that says so. Issued items do not change."""
    if event.state != "published":
        return
    document, _ = await footprint.published_document(tx, scope, event.declaration_id)
    values = footprint_values(document)
    for passport_id in await _models(tx, scope, event.model):
        record, _ = await standing.responsible(tx, scope, str(passport_id))
        kind = kind_named(record.kind)
        fitting = {key: value for key, value in values.items() if key in kind.attributes}
        await issuing.change(
            tx,
            scope,
            str(passport_id),
            fitting,
            source="cfp_module",
            reference=f"{event.declaration_id}#{document.edition}",
            reason=f"footprint declaration, edition {document.edition}",
        )


async def _models(tx: Transaction, scope: OperatorScope, model: str) -> list[UUID]:
    found = await listed(tx, scope.operator_id, Wanted(granularity="model", q=model), after=None, count=100)
    known = {code for code, kind in kinds().items() if "cf_total_per_fu" in kind.attributes}
    return [each.passport_id for each in found if each.model_name == model and each.kind in known]
