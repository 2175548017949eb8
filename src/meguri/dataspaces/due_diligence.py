"""Due-diligence results between nodes: what a customer may be shown, as it travels, and as it is kept. Pure."""

from typing import Any
from uuid import UUID

import msgspec

from meguri.diligence.model import DdResult

_HERE = ("trace_id", "dd_id", "dd_type", "source", "from_records")
_MOST_BYTES = 200_000


class NotAResult(Exception):
    """What came is no result that we know."""


def dd_payload(result: DdResult | None) -> dict[str, Any] | None:
    """A result as it travels: nothing of our own ids in it, decimals as texts; None while it is closed."""
    if result is None:
        return None
    plain: dict[str, Any] = msgspec.to_builtins(result)
    return {name: value for name, value in plain.items() if name not in _HERE and value not in (None, (), [])}


def dd_result(said: Any, trace_id: UUID) -> DdResult:
    """A result that came, as that of the partner's part here. Raises NotAResult."""
    if not isinstance(said, dict) or len(msgspec.json.encode(said)) > _MOST_BYTES:
        raise NotAResult
    known = {name: value for name, value in said.items() if name in DdResult.__struct_fields__ and name not in _HERE}
    optional = dict.fromkeys(("assessment_date", "valid_until", "max_score"))
    own = {"trace_id": str(trace_id), "dd_type": "own", "source": "external"}
    try:
        return msgspec.convert({**optional, **known, **own}, DdResult, strict=False)
    except msgspec.ValidationError:
        raise NotAResult from None
