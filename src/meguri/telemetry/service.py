"""Use cases of telemetry. Bulk files, streams, months and gateways each have a module of their own; here is the register.

Every use case is `async def use_case(tx, scope, …)` in one transaction.
"""

from uuid import UUID

from meguri.kernel.errors import Stale
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.telemetry import store
from meguri.telemetry.errors import BatteryUnknown, LabelTaken
from meguri.telemetry.events import BatteryWritten
from meguri.telemetry.gateways import gateways, issue, of_token, revoke
from meguri.telemetry.ingest import keep_points, keep_series, of_series, points_of, pour
from meguri.telemetry.model import Battery, BatteryInput, Month
from meguri.telemetry.months import close, ripe, series_of
from meguri.telemetry.store import RecordRow, points, range_of

__all__ = [
    "add",
    "batteries",
    "battery",
    "change",
    "close",
    "gateways",
    "issue",
    "keep_points",
    "keep_series",
    "labelled",
    "months",
    "of_passport",
    "of_series",
    "of_token",
    "points",
    "points_of",
    "pour",
    "range_of",
    "records",
    "revoke",
    "ripe",
    "series_of",
]


async def add(tx: Transaction, scope: OperatorScope, new: BatteryInput) -> Battery:
    """Register a battery. Raises LabelTaken."""
    battery_id = new_id()
    if not await store.add_battery(tx, scope, battery_id, new):
        raise LabelTaken(label=new.label)
    await tx.record(BatteryWritten(battery_id=battery_id, label=new.label, version=1))
    return await battery(tx, scope, battery_id)


async def change(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, new: BatteryInput, version: int
) -> Battery:  # fmt: skip
    """Correct a battery's label or name plate. Raises BatteryUnknown, LabelTaken, Stale."""
    present = await battery(tx, scope, battery_id)
    other = await store.battery_labelled(tx, scope, new.label)
    if other is not None and other.battery_id != battery_id:
        raise LabelTaken(label=new.label)
    if present.version != version or not await store.change_battery(tx, scope, battery_id, new, version):
        raise Stale
    await tx.record(BatteryWritten(battery_id=battery_id, label=new.label, version=version + 1))
    return await battery(tx, scope, battery_id)


async def battery(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> Battery:
    """A battery of this company. Raises BatteryUnknown."""
    found = await store.battery(tx, scope, battery_id)
    if found is None:
        raise BatteryUnknown
    return found


async def labelled(tx: Transaction, scope: OperatorScope, label: str) -> Battery | None:
    """The battery that the company calls so."""
    return await store.battery_labelled(tx, scope, label)


async def batteries(
    tx: Transaction, scope: OperatorScope, limit: int = 50, after: UUID | None = None
) -> list[Battery]:  # fmt: skip
    """Batteries of this company, newest first."""
    return await store.batteries(tx, scope, limit, after)


async def of_passport(tx: Transaction, scope: OperatorScope, dpp_id: str) -> Battery | None:
    """The battery of this company whose name plate names this passport; the newest, should several do."""
    found = await store.batteries_of_passport(tx, scope, dpp_id)
    return found[0] if found else None


async def records(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, limit: int = 50, after: UUID | None = None
) -> list[RecordRow]:
    """Files that brought samples of a battery, newest first. Raises BatteryUnknown."""
    await battery(tx, scope, battery_id)
    return await store.records(tx, scope, battery_id, limit, after)


async def months(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> list[Month]:
    """Months of a battery with their number of samples. Raises BatteryUnknown."""
    await battery(tx, scope, battery_id)
    return await store.months(tx, scope, battery_id)
