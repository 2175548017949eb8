"""When something can have been measured or have happened: not in the future, and not before the product was made. Pure."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from meguri.kernel.text import Text
from meguri.passport.findings import Finding, pointer
from meguri.passport.kinds import Kind

AHEAD: Final = timedelta(minutes=5)
"""By how much another machine's clock may be ahead of ours."""
_FURTHEST_AHEAD: Final = timedelta(hours=14)
"""The local time that is furthest ahead of UTC: there a month begins first."""
FUTURE: Final = Text(ja="測定日時が未来です。", en="The moment of measurement lies in the future.")
BEFORE_MADE: Final = Text(ja="測定日時が製造年月より前です。", en="The moment of measurement lies before manufacture.")
MONTH_AHEAD: Final = Text(ja="年月が未来です。", en="The month lies in the future.")


def latest_month(moment: datetime) -> str:
    """The month (`YYYY-MM`) that it may be somewhere at this moment: on 1 December, 8 h in Japan, UTC has November still."""
    return (moment + _FURTHEST_AHEAD).strftime("%Y-%m")


def untimely(kind: Kind, values: Mapping[str, Any], made: Any, now: datetime) -> Iterator[Finding]:
    """Measured values among those written whose moment cannot be right.

    made   the product's month of manufacture (`YYYY-MM`), as far as it is known
    """
    for key, value in values.items():
        attribute = kind.attributes.get(key)
        said = value.get("measured_at") if isinstance(value, dict) else None
        if attribute is None or not isinstance(said, str):
            continue
        try:
            moment = datetime.fromisoformat(said)
        except ValueError:
            continue  # its form is judged with the value
        if moment.tzinfo is None:
            continue
        at = pointer(key, "measured_at")
        if moment > now + AHEAD:
            yield Finding(code="FUTURE_TIMESTAMP", pointer=at, say=FUTURE, legal=attribute.legal)
        elif isinstance(made, str) and latest_month(moment) < made:
            yield Finding(code="BEFORE_MANUFACTURE", pointer=at, say=BEFORE_MADE, legal=attribute.legal)
