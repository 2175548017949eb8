"""A record made whole: its header, what follows from its values, its hashes and its score. Pure."""

from collections.abc import Mapping
from typing import Any

import msgspec

from meguri.kernel import clock
from meguri.passport.completeness import Report, energy_kwh, report
from meguri.passport.derived import category_of, derive, merged
from meguri.passport.expressions import plain
from meguri.passport.integrity import Fragments, version_hash
from meguri.passport.kinds import Document, Kind
from meguri.passport.lifecycle import Life, State
from meguri.passport.model import SCHEMA_VERSION, Record


class Layers(msgspec.Struct, frozen=True, kw_only=True):
    """What a record stands on: values of its model and batch, and their passports' identifiers."""

    model: Document = {}
    batch: Document = {}
    model_dpp_id: str | None = None
    batch_dpp_id: str | None = None


NOTHING_BELOW = Layers()


def header(kind: Kind, record: Record, below: Layers) -> Document:
    """The values that the server knows by itself."""
    found: Document = {
        "dpp_id": record.dpp_id,
        "unique_product_identifier": record.product_id,
        "granularity": record.granularity,
        "dpp_schema_version": SCHEMA_VERSION,
        # The wire knows no drafts: to their owner, who alone sees them, they are not active.
        "dpp_status": State.INACTIVE.value if record.state == State.DRAFT else record.state,
        "last_updated": clock.seconds_z(record.updated_at),
        "economic_operator_id": record.responsible,
        "version_no": record.version,
        "issued_at": clock.seconds_z(record.issued_at),
        "model_passport_id": below.model_dpp_id,
        "batch_passport_id": below.batch_dpp_id,
        "ceased_at": clock.seconds_z(record.ceased_at) if record.ceased_at else None,
        kind.head.life_status: record.life,
    }
    return {key: value for key, value in found.items() if value is not None and key in kind.attributes}


def whole(kind: Kind, record: Record, below: Layers) -> Document:
    """All values of a passport: model ← batch ← item, what follows, and the header."""
    return {**merged(below.model, below.batch, record.own), **record.derived, **header(kind, record, below)}


def completed(kind: Kind, record: Record, below: Layers, fragments: Fragments | None = None) -> tuple[Record, Document]:
    """The record with derived values, hashes and score; and the whole document."""
    values = merged(below.model, below.batch, record.own)
    head = header(kind, record, below)
    moment = clock.seconds_z(record.updated_at)
    derived = {key: dated(value, moment) for key, value in derive(kind, {**values, **head}).items()}
    document = {**values, **derived, **head}
    hashes = (fragments or Fragments(kind, {})).hashes(document, record.salts)
    made = msgspec.structs.replace(
        record,
        derived=derived,
        category=category_of(kind, document),
        model_name=str(plain(document.get(kind.head.model_id)) or ""),
        slices=hashes,
        version_hash=version_hash(record.dpp_id, record.version, hashes),
        score=judged(kind, document, level=record.granularity).score,
    )
    return made, document


def dated(value: Any, at: str) -> Any:
    """A computed measured value whose inputs carry no moment has that of the record."""
    is_measured = isinstance(value, dict) and value.get("source") == "computed"
    return {**value, "measured_at": value.get("measured_at", at)} if is_measured else value


def judged(kind: Kind, document: Mapping[str, Any], profile: str | None = None, *, level: str = "item") -> Report:
    """Completeness of a document, with the duty that holds for it; of a model's or batch's by what such a record can have."""
    return report(kind, document, profile, voluntary=is_voluntary(kind, document), level=level)


def is_voluntary(kind: Kind, document: Mapping[str, Any]) -> bool:
    """Whether it is known that no duty holds: placed on the market before the day, or too small.

    What is not placed on the market yet will be; so a missing date does not free from anything.
    """
    scope = kind.head.scope
    if scope is None:
        return False
    placed = document.get(scope.placed)
    if isinstance(placed, str) and placed < scope.since.isoformat():
        return True
    above = scope.above_kwh
    energy = energy_kwh(kind, document)
    return (
        above is not None
        and category_of(kind, document) in above.categories
        and energy is not None
        and energy <= above.kwh
    )


def version_row(
    record: Record, *, actor: str, on_behalf_of: Any, event: str, reason: str | None, keys: list[str], rules: list[str]
) -> dict[str, Any]:
    """The row of the history for a record as it is now."""
    return {
        "operator_id": record.operator_id,
        "passport_id": record.passport_id,
        "version": record.version,
        "changed_at": record.updated_at,
        "actor": actor,
        "on_behalf_of": on_behalf_of,
        "event": event,
        "reason": reason,
        "changed_keys": keys,
        "model_operator_id": record.model_operator_id,
        "model_id": record.model_id,
        "model_version": record.model_version,
        "batch_operator_id": record.batch_operator_id,
        "batch_id": record.batch_id,
        "batch_version": record.batch_version,
        "state": record.state,
        "life": record.life,
        "responsible": record.responsible,
        "own": record.own,
        "derived": record.derived,
        "meta": record.meta,
        "salts": record.salts,
        "slices": record.slices,
        "version_hash": record.version_hash,
        "rule_sets": rules,
    }


def is_living(record: Record) -> bool:
    """Whether the product is in use or can be: published and not waste."""
    return record.state == State.ACTIVE and record.life != Life.WASTE
