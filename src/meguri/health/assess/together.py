"""What several methods say together about one state of health."""

import msgspec

from meguri.health.assess.writing import Writer
from meguri.health.estimate import NotAssessable
from meguri.health.fusion import Reading, fuse
from meguri.health.model import Conditions, Reference, Result, Status


def together(
    write: Writer, shares: list[Result], reference: Reference | None, misses: list[NotAssessable]
) -> list[Result]:
    """The common result first, then each method's own; with a single method that one alone.

    Methods that contradict each other give no number (`METHODS_DISAGREE`); without any method the reasons are listed.
    """
    if not shares:
        return [write.none("soh_capacity", "%", "fusion", *misses)]
    readings = [
        Reading(s.method, s.value, s.lower, s.upper)
        for s in shares
        if s.status is Status.OK and s.value is not None and s.lower is not None and s.upper is not None
    ]
    fused = fuse(readings)
    if fused is None or len(readings) == 1:
        return sorted(shares, key=lambda share: share.status is not Status.OK)
    if fused.value is None:
        return [write.none("soh_capacity", "%", "fusion", NotAssessable("METHODS_DISAGREE")), *shares]
    common = msgspec.structs.replace(
        shares[0],
        value=fused.value,
        lower=fused.lower,
        upper=fused.upper,
        method="fusion",
        status=Status.OK,
        reference=reference,
        conditions=Conditions(),
        reasons=tuple(f"FROM:{method}" for method in fused.methods),
    )
    return [common, *shares]
