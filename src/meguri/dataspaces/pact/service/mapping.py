"""Which own part a partner's product id stands for: suggested by names and numbers, decided by a person."""

import csv
import io
from typing import Any
from uuid import UUID

from meguri.dataspaces.pact import store
from meguri.dataspaces.pact.checks import decimal_of
from meguri.dataspaces.pact.errors import MappingConflict, MappingNotFound, PartnerNotFound, ProductIdInvalid
from meguri.dataspaces.pact.events import MappingChanged
from meguri.dataspaces.pact.model import Mapping, MappingInput
from meguri.dataspaces.pact.service.counting import NOT_NOW, count
from meguri.dataspaces.pact.urns import OwnPart, Suggestion, is_urn, suggest
from meguri.kernel.errors import FieldError, Invalid, Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability

COLUMNS = ("partner_id", "trace_id", "urn", "kind", "status", "source", "score")
_MOST_PARTS = 2000
_MOST_SUGGESTED = 3
_SPECIAL = ("=", "+", "-", "@", "\t")
_BAD_ROW = Text(
    ja="partner_id・trace_id は UUID、urn は URN、status は confirmed か rejected にしてください。",
    en="partner_id and trace_id must be UUIDs, urn a URN, status confirmed or rejected.",
)
_NO_COLUMN = Text(ja="列「{column}」がありません。", en="The column “{column}” is missing.")


async def confirm(tx: Transaction, scope: OperatorScope, given: MappingInput, *, source: str = "person") -> Mapping:
    """From now on the product id stands for the part, and what its partner stated of it counts.

    Raises PartnerNotFound, PartNotOwn, ProductIdInvalid, MappingConflict.
    """
    if await store.partner(tx, scope, given.partner_id) is None:
        raise PartnerNotFound
    if not is_urn(given.urn):
        raise ProductIdInvalid(urn=given.urn)
    await traceability.part(tx, scope, given.trace_id)
    await _refuse_conflict(tx, scope, given.partner_id, given.urn, given.trace_id)
    mapping_id = await store.save_mapping(tx, scope, given, status="confirmed", source=source, score=100)
    await tx.record(MappingChanged(mapping_id=mapping_id, status="confirmed"))
    known = await store.received_for(tx, scope, given.partner_id, given.urn)
    if known is not None and not set(known.flags) & set(NOT_NOW):
        await count(tx, scope, known, given.trace_id)
    return await _found(tx, scope, mapping_id)


async def decide(tx: Transaction, scope: OperatorScope, mapping_id: UUID, *, confirmed: bool) -> Mapping:
    """Confirms or rejects a pair. Raises MappingNotFound, MappingConflict."""
    known = await _found(tx, scope, mapping_id)
    given = MappingInput(partner_id=known.partner_id, trace_id=known.trace_id, urn=known.urn, kind=known.kind)  # type: ignore[arg-type]
    if confirmed:
        return await confirm(tx, scope, given, source=known.source)
    await store.save_mapping(tx, scope, given, status="rejected", source=known.source, score=known.score)
    await tx.record(MappingChanged(mapping_id=mapping_id, status="rejected"))
    return await _found(tx, scope, mapping_id)


async def suggest_for(
    tx: Transaction, scope: OperatorScope, partner_id: UUID, body: dict[str, Any], *, meant_for: UUID | None = None
) -> list[Suggestion]:
    """Notes which own parts the product of a received footprint may be; the part that was asked about comes first."""
    parts, _ = await traceability.parts_page(tx, scope, limit=_MOST_PARTS)
    own = [
        OwnPart(part.trace_id, [each for each in (part.name, part.support_name, part.label) if each])
        for part in parts
        if not part.is_parent
    ]
    mass = decimal_of(body["pcf"].get("productMassPerDeclaredUnit") or "0")
    amount = decimal_of(body["pcf"]["declaredUnitAmount"])
    each = float(mass / amount) if mass and amount else None
    found = suggest(body["productIds"], body["productNameCompany"], own, each)[:_MOST_SUGGESTED]
    if meant_for is not None:
        found = [Suggestion(meant_for, "request", 100), *(one for one in found if one.trace_id != meant_for)]
    for urn in body["productIds"]:
        for one in found:
            await store.suggest_mapping(tx, scope, partner_id, urn, one)
    return found


async def export_csv(tx: Transaction, scope: OperatorScope) -> str:
    """All pairs as CSV; a cell that a spreadsheet would run as a formula is escaped."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for row in await store.mappings(tx, scope):
        writer.writerow([_safe(str(getattr(row, name))) for name in COLUMNS])
    return out.getvalue()


async def import_csv(tx: Transaction, scope: OperatorScope, text: str) -> int:
    """Takes pairs from CSV; all or none. Raises Invalid naming every row that does not fit."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    for column in ("partner_id", "trace_id", "urn"):
        if column not in (rows.fieldnames or ()):
            raise Invalid(fields=(FieldError("1", _NO_COLUMN, {"column": column}),))
    faults: list[FieldError] = []
    taken = 0
    for line, row in enumerate(rows, start=2):
        ids = parse_uuid(row["partner_id"] or ""), parse_uuid(row["trace_id"] or "")
        status = row.get("status") or "confirmed"
        if not ids[0] or not ids[1] or status not in ("confirmed", "rejected", "suggested"):
            faults.append(FieldError(str(line), _BAD_ROW, {}))
            continue
        given = MappingInput(partner_id=ids[0], trace_id=ids[1], urn=(row["urn"] or "").removeprefix("'"))
        try:
            async with tx.savepoint():
                if status == "confirmed":
                    await confirm(tx, scope, given, source="file")
                else:
                    await store.save_mapping(tx, scope, given, status=status, source="file", score=0)
            taken += 1
        except Refusal as refusal:
            faults.append(FieldError(str(line), refusal.say, refusal.values))
    if faults:
        raise Invalid(fields=tuple(faults))
    return taken


async def _refuse_conflict(tx: Transaction, scope: OperatorScope, partner_id: UUID, urn: str, part: UUID) -> None:
    standing = await store.confirmed(tx, scope, partner_id, [urn])
    if any(trace_id != part for trace_id in standing.values()):
        raise MappingConflict(urn=urn)


async def _found(tx: Transaction, scope: OperatorScope, mapping_id: UUID) -> Mapping:
    found = await store.mapping(tx, scope, mapping_id)
    if found is None:
        raise MappingNotFound
    return found


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_SPECIAL) else cell
