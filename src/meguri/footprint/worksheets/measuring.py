"""Amounts that meters give: a line that names a meter takes the sum of its readings over the production period."""

from datetime import UTC, datetime, time, timedelta

import msgspec

from meguri.footprint.readings import total_over
from meguri.footprint.worksheets.model import Line, Worksheet
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction


async def measured(tx: Transaction, scope: OperatorScope, sheet: Worksheet) -> Worksheet:
    """The worksheet with amounts from readings. A line that its readings do not wholly cover is not primary."""
    if not any(line.meter for line in sheet.lines):
        return sheet
    starts = datetime.combine(sheet.period_start, time.min, UTC)
    ends = datetime.combine(sheet.period_end + timedelta(days=1), time.min, UTC)
    lines: list[Line] = []
    for line in sheet.lines:
        if not line.meter:
            lines.append(line)
            continue
        total = await total_over(tx, scope, line.source or "", line.meter, starts, ends, line.unit)
        amount = total.amount if total.readings else line.amount
        primary = total.covered and line.primary
        lines.append(msgspec.structs.replace(line, amount=amount, primary=primary, per="period"))
    return msgspec.structs.replace(sheet, lines=lines)
