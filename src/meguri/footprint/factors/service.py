"""Using, adding, importing and exporting emission factors."""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from uuid import UUID

import msgspec

from meguri.footprint.calculation.factors import Catalogue, EmissionFactor, checked, demo_factors, exported
from meguri.footprint.events import FactorsImported
from meguri.footprint.factors import store
from meguri.footprint.factors.importing import read_factors
from meguri.footprint.factors.model import Affected, FactorImport, FactorInput, ImportReport, RejectedRow
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.workbooks.running import aside


async def catalogue(tx: Transaction, scope: OperatorScope) -> Catalogue:
    """Every factor that the company may use."""
    tenant = str(scope.operator_id)
    return Catalogue([*demo_factors(), *await store.factors(tx, scope)], tenant)


async def find_factors(
    tx: Transaction, scope: OperatorScope, *, contains: str = "", unit: str | None = None
) -> list[EmissionFactor]:
    """Factors whose id, name or synonym holds a text, by id."""
    wanted = contains.casefold().strip()
    return sorted(
        (
            factor
            for factor in (await catalogue(tx, scope)).all()
            if unit in (None, factor.unit)
            and (not wanted or any(wanted in each.casefold() for each in (factor.id, factor.name, *factor.synonyms)))
        ),
        key=lambda factor: factor.id,
    )


async def add_factor(tx: Transaction, scope: OperatorScope, given: FactorInput) -> EmissionFactor:
    """A factor, or a new version of one; a version that is there stays as it is. Raises ProvenanceMissing, UnitUnknown …"""
    factor = _own(scope, given)
    if await store.add_factor(tx, scope, factor):
        await tx.record(FactorsImported(created=1, changed=0, file_name=""))
    return (await catalogue(tx, scope)).get(factor.id, factor.version)


async def import_factors(
    tx: Transaction, scope: OperatorScope, file_name: str, content: bytes, columns: Mapping[str, str] | None = None
) -> ImportReport:
    """Factors from a file: CSV, XLSX, EcoSpold 2, ILCD, or a zip of openLCA JSON-LD. One transaction, with a report.

    columns  for CSV and XLSX: our field name → the file's column. A changed factor is a new version that supersedes the
    one before. Raises ImportUnreadable.
    """
    found = await aside(read_factors, file_name, content, columns or {})
    import_id = new_id()
    created = changed = unchanged = 0
    rejected = list(found.rejected)
    for line, given in found.factors:
        try:
            outcome = await _take(tx, scope, given, import_id)
        except Refusal as refusal:
            rejected.append(RejectedRow(line=line, ja=refusal.sentence("ja"), en=refusal.sentence("en")))
            continue
        created += outcome == "created"
        changed += outcome == "changed"
        unchanged += outcome == "unchanged"
    report = ImportReport(
        import_id=import_id if created or changed else None,
        read=len(found.factors) + len(found.rejected),
        created=created,
        changed=changed,
        unchanged=unchanged,
        rejected=sorted(rejected, key=lambda row: row.line),
        groups=sorted({f"{given.system_model} {given.gwp_set or '–'}" for _, given in found.factors}),
    )
    if created or changed:
        await store.add_import(tx, scope, import_id, file_name, sha256(content).hexdigest(), report)
        await tx.record(FactorsImported(created=created, changed=changed, file_name=file_name))
    return report


async def imports(tx: Transaction, scope: OperatorScope) -> list[FactorImport]:
    """Imports, newest first."""
    return await store.imports(tx, scope)


async def export_factors(tx: Transaction, scope: OperatorScope, factor_ids: Sequence[str]) -> list[EmissionFactor]:
    """Factors with their values. Raises FactorUnknown; LicenceBlocksExport if one of them may not be passed on."""
    known = await catalogue(tx, scope)
    return exported(known.get(factor_id) for factor_id in factor_ids)


async def affected_results(tx: Transaction, scope: OperatorScope, factor_id: str) -> list[Affected]:
    """Present results that rest on another version of a factor than the newest. Raises FactorUnknown."""
    newest = (await catalogue(tx, scope)).get(factor_id).reference
    rows = await store.results_with(tx, scope, factor_id)
    return [
        msgspec.convert(
            {"result_id": row[0], "trace_id": row[1], "reference": row[2], "newest": newest, "created_at": row[3]},
            Affected,
        )
        for row in rows
        if row[2] != newest
    ]


async def _take(tx: Transaction, scope: OperatorScope, given: FactorInput, import_id: UUID) -> str:
    factor = _own(scope, given)
    known = await store.versions(tx, scope, factor.id)
    if not known:
        await store.add_factor(tx, scope, factor, import_id)
        return "created"
    version, content = known[-1]
    same = msgspec.structs.replace(factor, version=version, supersedes=known[-2][0] if len(known) > 1 else None)
    if same.hash == content or factor.hash in {each for _, each in known}:
        return "unchanged"
    names = {each for each, _ in known}
    named = factor.version if factor.version not in names else _next(factor.version, names)
    newer = msgspec.structs.replace(factor, version=named, supersedes=version)
    await store.add_factor(tx, scope, newer, import_id)
    return "changed"


def _next(version: str, taken: set[str]) -> str:
    number = 2
    while f"{version}-{number}" in taken:
        number += 1
    return f"{version}-{number}"


def _own(scope: OperatorScope, given: FactorInput) -> EmissionFactor:
    fields = {name: getattr(given, name) for name in FactorInput.__struct_fields__}
    return checked(EmissionFactor(**fields, owner=str(scope.operator_id)))
