"""No certificate and no contract is given away more often than it holds, over all of a company's worksheets."""

from decimal import Decimal
from uuid import UUID

from meguri.footprint.calculation.electricity import check_volumes
from meguri.footprint.calculation.figures import ONE, ZERO, precise
from meguri.footprint.worksheets import store
from meguri.footprint.worksheets.model import Line, WorksheetInput
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction


async def check_contracts(
    tx: Transaction, scope: OperatorScope, given: WorksheetInput, worksheet_id: UUID | None
) -> None:
    """Raises InstrumentExceeded naming what would be exceeded: volumes count wherever they are stated.

    worksheet_id  the worksheet that `given` takes the place of
    """
    taken, volumes = _taken(given), _volumes(given)
    if not taken:
        return
    elsewhere = await store.taken_elsewhere(tx, scope, list(taken), worksheet_id)
    for key, (kwh, stated) in elsewhere.items():
        taken[key] += kwh
        if stated is not None:
            volumes[key] = _least(stated, volumes.get(key))
    # What is no number is refused where it is reckoned with, line by line.
    known = {key: kwh for key, kwh in taken.items() if kwh.is_finite()}
    check_volumes({key: volume for key, volume in volumes.items() if volume.is_finite()}, known)


@precise
def _taken(given: WorksheetInput) -> dict[str, Decimal]:
    """kWh of each instrument over the whole period."""
    found: dict[str, Decimal] = {}
    for line in given.lines:
        for each in line.instruments:
            found[each.id] = found.get(each.id, ZERO) + each.kwh * _times(line, given)
    return found


def _times(line: Line, given: WorksheetInput) -> Decimal:
    return ONE if line.per == "period" or line.meter else given.output


def _volumes(given: WorksheetInput) -> dict[str, Decimal]:
    found: dict[str, Decimal] = {}
    for line in given.lines:
        for each in line.instruments:
            if each.volume is not None:
                found[each.id] = _least(each.volume, found.get(each.id))
    return found


def _least(volume: Decimal, other: Decimal | None) -> Decimal:
    return volume if other is None or not other.is_finite() else volume.min(other)
