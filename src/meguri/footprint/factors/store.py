"""The only caller of this SQL."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from meguri.footprint.calculation.factors import EmissionFactor
from meguri.footprint.factors.model import FactorImport, ImportReport
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)


async def factors(tx: Transaction, scope: OperatorScope) -> list[EmissionFactor]:
    """All versions of all own factors."""
    rows = await tx.all(queries.factors, operator_id=scope.operator_id)
    return [msgspec.convert(row[0], EmissionFactor) for row in rows]


async def add_factor(
    tx: Transaction, scope: OperatorScope, factor: EmissionFactor, import_id: UUID | None = None
) -> bool:
    """Keeps a version; False if it is there."""
    return bool(
        await tx.run(
            queries.add_factor,
            operator_id=scope.operator_id,
            factor_id=factor.id,
            version=factor.version,
            hash=factor.hash,
            body=factor,
            import_id=import_id,
            now=clock.now(),
        )
    )


async def versions(tx: Transaction, scope: OperatorScope, factor_id: str) -> list[tuple[str, str]]:
    """(version, hash) of a factor, oldest first."""
    rows = await tx.all(queries.versions, operator_id=scope.operator_id, factor_id=factor_id)
    return [(row[0], row[1]) for row in rows]


async def add_import(
    tx: Transaction, scope: OperatorScope, import_id: UUID, file_name: str, sha256: str, report: ImportReport
) -> None:
    """Notes an import with its report."""
    await tx.run(
        queries.add_import,
        operator_id=scope.operator_id,
        import_id=import_id,
        file_name=file_name,
        sha256=sha256,
        report=report,
        now=clock.now(),
        actor=scope.actor,
    )


async def imports(tx: Transaction, scope: OperatorScope, limit: int = 50) -> list[FactorImport]:
    """Imports, newest first."""
    return await tx.all(queries.imports, FactorImport, operator_id=scope.operator_id, limit=limit)


async def results_with(
    tx: Transaction, scope: OperatorScope, factor_id: str, limit: int = 1000
) -> Sequence[tuple[object, ...]]:
    """(result, part, `id version`, when) of results that rest on a factor."""
    escaped = factor_id.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return await tx.all(queries.results_with, operator_id=scope.operator_id, like=f"{escaped} %", limit=limit)
