"""A part without a worksheet of its own: what the company knows of it, in the columns of the roll-up."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

import msgspec

from meguri.footprint.calculation.activity import MODES
from meguri.footprint.calculation.figures import ZERO
from meguri.footprint.calculation.quality import Scores, weights_of
from meguri.footprint.model import Quality
from meguri.footprint.received import Received
from meguri.footprint.received.service import scores_of
from meguri.footprint.totals import own_vector
from meguri.footprint.worksheets.gathering import Gathered
from meguri.footprint.worksheets.model import Statement
from meguri.kernel import clock
from meguri.traceability.model import PartKind, State


class Leaf(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a part.

    source      `received` (a supplier outside), `answer` (a supplier's disclosed total), `declared` (own figures)
                or `missing`
    known       there is a figure;  opens  its components count besides
    """

    columns: Mapping[str, Decimal]
    source: str
    known: bool
    opens: bool = False
    flags: Sequence[str] = ()
    gwp_sets: Sequence[str] = ()
    provenance: str | None = None


def leaf_of(gathered: Gathered, part: str) -> Leaf:
    """The first of these that there is: an answer in the exchange, a statement from outside, own figures."""
    trace_id = UUID(part)
    kind, kept = gathered.kinds.get(trace_id), gathered.kept.get(trace_id)
    if kind is None or kept is None:
        return Leaf(columns={}, source="missing", known=False)
    if _answered(kind) and kept.answer is not None:
        answer = kept.answer
        known = answer.pre is not None or answer.main is not None
        columns = _both(answer.pre, answer.pre_quality, answer.main, answer.main_quality)
        return Leaf(columns=columns, source="answer" if known else "missing", known=known)
    if (stated := gathered.received.get(trace_id)) is not None and not kind.has_children:
        return _received(stated)
    if kept.own is not None and (not kind.purchased or kind.trade_id is None):
        vector, own = own_vector(kept.own), kept.own
        columns = _both(vector[0], own.pre_quality, vector[4], own.main_quality)
        return Leaf(columns=columns, source="declared", known=True, opens=kind.has_children)
    return Leaf(columns={}, source="declared" if kind.has_children else "missing", known=False, opens=kind.has_children)


def statements_of(gathered: Gathered) -> list[Statement]:
    """What the figures take for each part below that has no worksheet and is known, in the order of their ids."""
    found = []
    for part in sorted(gathered.parts.keys() - gathered.sheets.keys()):
        leaf = leaf_of(gathered, str(part))
        if leaf.known:
            stages = stages_of(leaf)
            found.append(Statement(trace_id=part, source=leaf.source, stages=stages, provenance=leaf.provenance))
    return found


def stages_of(leaf: Leaf) -> dict[str, Decimal]:
    """By stage; a statement counts alike in both ways of counting electricity, so one of them tells it all."""
    parts = ((key.split("."), value) for key, value in leaf.columns.items())
    return {key[1]: value for key, value in parts if len(key) == 2 and key[0] == MODES[0] and value}


def columns_of(stages: Mapping[str, Decimal], scores: Scores | None, primary_percent: Decimal) -> dict[str, Decimal]:
    """Additive columns of emissions by stage, alike in both ways of counting electricity."""
    columns: dict[str, Decimal] = {}
    for stage, emission in stages.items():
        weights = weights_of(emission, scores, primary_percent)
        for mode in MODES:
            columns[f"{mode}.{stage}"] = emission
            for field in ("weight", "unrated", "ter", "ger", "tir", "primary"):
                columns[f"{mode}.{stage}.{field}"] = getattr(weights, field)
    return columns


def _received(stated: Received) -> Leaf:
    stages = {
        "raw": stated.raw,
        "main": stated.main,
        "dist": stated.dist,
        "eol_gross": max(stated.eol, ZERO),
        "eol_credit": min(stated.eol, ZERO),
    }
    late = stated.valid_to is not None and clock.today() > stated.valid_to
    return Leaf(
        columns=columns_of(stages, scores_of(stated), stated.primary_share or ZERO),
        source="received",
        known=True,
        flags=[*stated.flags, *(["statement_expired"] if late else [])],
        gwp_sets=stated.gwp_sets,
        provenance=f"{stated.origin}: {stated.partner} {stated.reference}",
    )


def _both(pre: Decimal | None, pre_quality: Quality, main: Decimal | None, main_quality: Quality) -> dict[str, Decimal]:
    """The exchange's two sides: pre-processing is raw material, main production is main."""
    raw = columns_of({"raw": pre or ZERO}, _scores(pre_quality), ZERO)
    return raw | columns_of({"main": main or ZERO}, _scores(main_quality), ZERO)


def _scores(quality: Quality) -> Scores | None:
    scores = (quality.ter, quality.ger, quality.tir)
    if any(score is None or not 1 <= score <= 5 for score in scores):
        return None
    return Scores(ter=quality.ter or ZERO, ger=quality.ger or ZERO, tir=quality.tir or ZERO)


def _answered(kind: PartKind) -> bool:
    return kind.purchased and kind.trade_id is not None and kind.state is State.COMPLETED
