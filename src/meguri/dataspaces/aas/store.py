"""Which shells there are and who sees them; the only caller of `queries.sql`."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.aas.parameters import AssetId
from meguri.kernel import clock
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction
from meguri.storage.queries import load_queries

queries = load_queries(__package__)
_OF_ONE = frozenset(("globalAssetId", "traceId", "partInstanceId", "serialNumber", "batteryPassportId"))
"""Names whose values belong to one asset, so that a search begins there."""


class Shell(msgspec.Struct, frozen=True, kw_only=True):
    """A shell, and the record behind it."""

    shell_id: str
    id_short: str
    global_asset_id: str
    asset_kind: str
    asset_type: str | None
    record_kind: str
    record_id: UUID
    created_at: datetime


async def save_shells(tx: Transaction, scope: OperatorScope, shells: Sequence[Shell]) -> None:
    """Enter shells; again changes their short names only."""
    await tx.run(
        queries.save_shells,
        operator_id=scope.operator_id,
        at=clock.now(),
        shell_ids=[one.shell_id for one in shells],
        id_shorts=[one.id_short for one in shells],
        global_asset_ids=[one.global_asset_id for one in shells],
        asset_kinds=[one.asset_kind for one in shells],
        asset_types=[one.asset_type for one in shells],
        record_kinds=[one.record_kind for one in shells],
        record_ids=[one.record_id for one in shells],
    )


async def show(tx: Transaction, scope: OperatorScope, audience: str, pairs: Mapping[str, Iterable[AssetId]]) -> None:
    """From now on this audience sees these shells, and finds each by its pairs."""
    lines = [(one.name, one.value, shell_id) for shell_id, known in pairs.items() for one in known]
    await tx.run(queries.save_audience, operator_id=scope.operator_id, audience=audience, shell_ids=list(pairs))
    await tx.run(
        queries.save_asset_ids,
        operator_id=scope.operator_id,
        audience=audience,
        names=[line[0] for line in lines],
        values=[line[1] for line in lines],
        shell_ids=[line[2] for line in lines],
    )


async def hide(tx: Transaction, scope: OperatorScope, shell_id: str, audience: str) -> None:
    """This audience sees the shell no more."""
    await tx.run(queries.drop_audience, operator_id=scope.operator_id, shell_id=shell_id, audience=audience)


async def drop_shell(tx: Transaction, scope: OperatorScope, shell_id: str) -> None:
    """The shell is gone, for everyone."""
    await tx.run(queries.drop_shell, operator_id=scope.operator_id, shell_id=shell_id)


async def shells(tx: Transaction, scope: OperatorScope, audiences: Sequence[str], after: str, rows: int) -> list[Shell]:
    """Shells of the caller's view after an identifier."""
    return await tx.all(
        queries.shells, Shell, operator_id=scope.operator_id, audiences=list(audiences), after=after, rows=rows
    )


async def shells_named(
    tx: Transaction, scope: OperatorScope, audiences: Sequence[str], id_short: str, after: str, rows: int
) -> list[Shell]:
    """Shells of this short name in the caller's view after an identifier."""
    return await tx.all(
        queries.shells_named,
        Shell,
        operator_id=scope.operator_id,
        audiences=list(audiences),
        id_short=id_short,
        after=after,
        rows=rows,
    )


async def shell(tx: Transaction, scope: OperatorScope, audiences: Sequence[str], shell_id: str) -> Shell | None:
    """A shell, if the caller sees it."""
    return await tx.one(
        queries.shell, Shell, operator_id=scope.operator_id, audiences=list(audiences), shell_id=shell_id
    )


async def asset_ids(tx: Transaction, scope: OperatorScope, audiences: Sequence[str], shell_id: str) -> list[AssetId]:
    """The pairs of a shell that the caller sees."""
    return await tx.all(
        queries.asset_ids, AssetId, operator_id=scope.operator_id, audiences=list(audiences), shell_id=shell_id
    )


async def found_by(
    tx: Transaction, scope: OperatorScope, audiences: Sequence[str], pairs: Sequence[AssetId], after: str, rows: int
) -> list[str]:
    """Shells that have all these pairs, as far as the caller sees the pairs."""
    known = sorted(dict.fromkeys(pairs), key=lambda one: one.name not in _OF_ONE)
    found = await tx.all(
        queries.found_by,
        operator_id=scope.operator_id,
        audiences=list(audiences),
        names=[one.name for one in known],
        values=[one.value for one in known],
        after=after,
        rows=rows,
    )
    return [row[0] for row in found]


async def shell_of_record(tx: Transaction, scope: OperatorScope, kind: str, record_id: UUID) -> str | None:
    """The shell of a record, or None."""
    found: str | None = await tx.value(
        queries.shell_of_record, operator_id=scope.operator_id, record_kind=kind, record_id=record_id
    )
    return found


async def save_document(
    tx: Transaction, scope: OperatorScope, shell_id: str, audience: str, body: dict[str, Any]
) -> None:
    """Keep a submodel that has no record behind it."""
    await tx.run(
        queries.save_document,
        operator_id=scope.operator_id,
        submodel_id=body["id"],
        shell_id=shell_id,
        audience=audience,
        body=msgspec.json.encode(body).decode(),
    )


async def documents(
    tx: Transaction, scope: OperatorScope, audiences: Sequence[str], shell_id: str
) -> list[dict[str, Any]]:
    """Kept submodels of a shell that the caller sees."""
    rows = await tx.all(queries.documents, operator_id=scope.operator_id, audiences=list(audiences), shell_id=shell_id)
    return [row[0] for row in rows]


async def owners_of(tx: Transaction, scope: OperatorScope, submodel_id: str, record_id: str) -> list[str]:
    """Ids of shells that may have this submodel."""
    rows = await tx.all(
        queries.owners_of, operator_id=scope.operator_id, submodel_id=submodel_id, record_id=parse_uuid(record_id)
    )
    return [row[0] for row in rows]
