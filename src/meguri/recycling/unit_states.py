"""The way of one waste battery, step by step; each step needs its fact or document. Backward only by a correcting event.

Sources: Regulation (EU) 2023/1542 Art. 73(1), 77(7), 77(8); Delegated Regulation (EU) 2025/606 Annex §1(2).
"""

from collections.abc import Mapping
from typing import Any

from meguri.recycling.errors import DocumentsMissing, StateTransition

START = "in_use"
# (from, to) → what has to be known for the step.
STEPS: dict[tuple[str, str], tuple[str, ...]] = {
    ("in_use", "returned"): ("holder", "place"),
    ("returned", "triaged"): ("defect_class",),
    ("triaged", "reuse"): ("decision",),
    ("triaged", "waste"): ("waste_code",),
    ("waste", "reuse"): ("soh_record", "further_use", "transport_protection"),
    ("waste", "in_transport"): ("un_number", "manifest_no"),
    ("in_transport", "received"): ("weighing_slip",),
    ("waste", "received"): ("weighing_slip",),
    ("received", "discharged"): ("residual_voltage_v",),
    ("received", "dismantled"): ("run_id",),
    ("discharged", "dismantled"): ("run_id",),
    ("received", "recycled"): ("run_id",),
    ("discharged", "recycled"): ("run_id",),
    ("dismantled", "recycled"): ("run_id",),
}
ENDS = frozenset({"reuse", "recycled", "lost"})


def allowed(state: str) -> list[str]:
    """Where a battery can go from here; `lost` is possible everywhere but at an end."""
    return sorted({to for (source, to) in STEPS if source == state} | (set() if state in ENDS else {"lost"}))


def require_step(state: str, wanted: str, facts: Mapping[str, Any]) -> None:
    """The step is possible and its facts are there. Raises StateTransition, DocumentsMissing."""
    if wanted not in allowed(state):
        raise StateTransition(state=state, wanted=wanted, allowed=", ".join(allowed(state)) or "—")
    needed = ("loss_report",) if wanted == "lost" else STEPS[state, wanted]
    missing = [name for name in needed if facts.get(name) in (None, "", [])]
    if missing:
        raise DocumentsMissing(missing=", ".join(missing))
