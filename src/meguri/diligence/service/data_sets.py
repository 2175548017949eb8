"""What is loaded of country, region and trade data: which sets, how old, under which licence, and which are in use."""

from datetime import date, datetime

import msgspec

from meguri.diligence.service import records
from meguri.diligence.service.scoring import RiskData
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction


class DataSet(msgspec.Struct, frozen=True, kw_only=True):
    """A set as it was loaded once. `kind` as in RiskDataInput; `in_use` False where a later load of the same set replaced it."""

    kind: str
    name: str
    version: str
    as_of: date | None
    rows: int
    licence: str
    loaded_at: datetime
    in_use: bool


async def data_sets(tx: Transaction, scope: OperatorScope) -> list[DataSet]:
    """Every set, the one loaded last first."""
    found: list[DataSet] = []
    seen: set[tuple[str, str]] = set()
    for kept in await records.listed(tx, scope, "risk_data", RiskData):
        of_load: dict[tuple[str, str], DataSet] = {}
        rows = [("indicators", one.dataset, one.version, one.as_of, one.licence) for one in kept.content.indicators]
        rows += [("cahra", one.list_id, one.version, one.as_of, "") for one in kept.content.areas]
        for kind, name, version, as_of, licence in rows:
            known = of_load.get((kind, name))
            of_load[kind, name] = DataSet(
                kind=kind, name=name, version=version, as_of=as_of, licence=licence, loaded_at=kept.created_at,
                rows=known.rows + 1 if known else 1, in_use=(kind, name) not in seen,
            )  # fmt: skip
        found += of_load.values()
        seen |= set(of_load)
        if measures := kept.content.measures:
            newest = max((one.decided_on for one in measures if one.decided_on), default=None)
            found.append(
                DataSet(
                    kind="measures", name="", version="", as_of=newest, licence="", loaded_at=kept.created_at,
                    rows=len(measures), in_use=True,
                )
            )  # fmt: skip
    return found
