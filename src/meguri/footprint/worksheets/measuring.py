"""Amounts that meters give: a line that names a meter takes the sum of its readings over the production period."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

import msgspec

from meguri.footprint.calculation.figures import precise
from meguri.footprint.readings import Gap, Total, total_of_days
from meguri.footprint.worksheets.model import Line, Worksheet
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction


class Measured(msgspec.Struct, frozen=True, kw_only=True):
    """A worksheet with amounts from readings, and the lines that its readings do not wholly cover, with the gaps."""

    sheet: Worksheet
    gaps: Mapping[str, Sequence[Gap]] = {}


async def measured(tx: Transaction, scope: OperatorScope, sheet: Worksheet) -> Measured:
    """The worksheet with amounts from readings. Such a line is primary if they wholly cover the period, and only then."""
    gaps: dict[str, Sequence[Gap]] = {}
    lines: list[Line] = []
    for line in sheet.lines:
        if not line.meter:
            lines.append(line)
            continue
        first, last = sheet.period_start, sheet.period_end
        total = await total_of_days(tx, scope, line.source or "", line.meter, first, last, line.unit)
        if not total.covered:
            gaps[line.id] = total.gaps
        amount = estimate(total) if total.readings else line.amount
        lines.append(msgspec.structs.replace(line, amount=amount, primary=total.covered, per="period"))
    return Measured(sheet=msgspec.structs.replace(sheet, lines=lines) if lines else sheet, gaps=gaps)


@precise
def estimate(total: Total) -> Decimal:
    """The amount of the whole period: what was not read is taken to go on at the mean of what was; it is not zero."""
    missing = sum((Decimal(str((gap.ends - gap.starts).total_seconds())) for gap in total.gaps), Decimal(0))
    if not missing or missing == total.seconds:
        return total.amount
    return total.amount * total.seconds / (total.seconds - missing)
