"""What reports read beside the ledger: manifests, classes that were treated, the runs behind one battery."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel.scope import OperatorScope
from meguri.recycling.records import Run
from meguri.recycling.routes import RouteSums
from meguri.recycling.store import queries
from meguri.storage import Transaction
from meguri.storage.arrays import uuids


class ManifestRow(msgspec.Struct, frozen=True, kw_only=True):
    """A manifest as its document says it, with the lot that it went with."""

    kind: str
    number: str
    facts: dict[str, Any]
    created_at: datetime
    mass_kg: Decimal | None
    waste_code: str | None
    lot_kind: str | None


async def manifests(tx: Transaction, scope: OperatorScope, site_id: UUID, kinds: Collection[str]) -> list[ManifestRow]:
    """Manifests of a site by number, 20,000 at most."""
    return await tx.all(
        queries.manifests, ManifestRow, operator_id=scope.operator_id, site_id=str(site_id), kinds=list(kinds)
    )


async def classes_treated(tx: Transaction, scope: OperatorScope, site_id: UUID, first: str, last: str) -> list[str]:
    """Classes of batteries that entered recycling at a site."""
    rows = await tx.all(queries.classes_treated, operator_id=scope.operator_id, site_id=site_id, first=first, last=last)
    return sorted(row[0] for row in rows)


async def runs_of_lots(tx: Transaction, scope: OperatorScope, lot_ids: Collection[UUID]) -> list[Run]:
    """Processes that took from these lots, oldest first."""
    return await tx.all(queries.runs_of_lots, Run, operator_id=scope.operator_id, lot_ids=uuids(lot_ids))


async def recycled_lots(tx: Transaction, scope: OperatorScope, lot_ids: Collection[UUID]) -> set[UUID]:
    """Which of these lots are output fractions."""
    rows = await tx.all(queries.recycled_lots, operator_id=scope.operator_id, lot_ids=uuids(lot_ids))
    return {row[0] for row in rows}


async def route_sums(
    tx: Transaction, scope: OperatorScope, site_id: UUID | None, first: str, last: str
) -> list[RouteSums]:
    """What was booked along each route."""
    asked = {"operator_id": scope.operator_id, "site_id": site_id, "first": first, "last": last}
    return await tx.all(queries.route_sums, RouteSums, **asked)


async def route_chemistries(
    tx: Transaction, scope: OperatorScope, site_id: UUID | None, first: str, last: str
) -> list[tuple[str, str | None, Decimal]]:
    """Batteries that entered each route: (route, main chemistry, kg)."""
    asked = {"operator_id": scope.operator_id, "site_id": site_id, "first": first, "last": last}
    return [(row[0], row[1], row[2]) for row in await tx.all(queries.route_chemistries, **asked)]


async def input_mass(tx: Transaction, scope: OperatorScope, site_id: UUID | None, first: str, last: str) -> Decimal:
    """Batteries that entered recycling [kg]."""
    rows = await route_chemistries(tx, scope, site_id, first, last)
    return sum((kg for _, _, kg in rows), Decimal(0))
