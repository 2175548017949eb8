"""Files of the command line: what `meguri reuse gate | value | match` read and write. The same structs as the native API."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from meguri.health.model import Status
from meguri.kernel import clock
from meguri.reuse.decide import Decision, decide
from meguri.reuse.demand import Candidate, Use
from meguri.reuse.errors import BadEncoding, EmptyInput, UnusableInput
from meguri.reuse.gate import Case, GateEvidence, GateResult, Verdict, judge
from meguri.reuse.grade import Grade, grade_of, suggested_uses
from meguri.reuse.matching import Match, match
from meguri.reuse.model import Battery, Valuation
from meguri.reuse.prices import PriceSet, demo_prices, read_prices
from meguri.reuse.valuing import value

Read = TypeVar("Read")
Seed = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
Draws = Annotated[int, msgspec.Meta(ge=1, le=20_000)]


class GateInput(msgspec.Struct, frozen=True, kw_only=True):
    """`meguri reuse gate`: a case and its evidence; `today` for repeating an old judgement."""

    case: Case
    evidence: tuple[GateEvidence, ...] = ()
    item_id: str = ""
    today: date | None = None


ASSESSMENT = "meguri.health.assessment/1"


class _Witnessed(msgspec.Struct, frozen=True):
    quantity: str
    value: bool | float | None
    lower: float | None = None
    upper: float | None = None
    status: Status = Status.OK
    kind: str = "measurement"


class _Assessed(msgspec.Struct, frozen=True):
    schema: str
    gate_inputs: tuple[_Witnessed, ...]


class GateOutput(msgspec.Struct, frozen=True, kw_only=True):
    """The verdict of one item, with the grade when its figures are there."""

    item_id: str
    verdict: Verdict
    grade: Grade
    suggested_uses: tuple[str, ...]
    gate: GateResult
    schema: str = "meguri.reuse.gate/1"


class ValueInput(msgspec.Struct, frozen=True, kw_only=True):
    """`meguri reuse value`: batteries; with `gate` also the decision. `price_set` in the file wins over the option."""

    batteries: tuple[Battery, ...]
    gate: dict[str, GateInput] = {}
    price_set: PriceSet | None = None
    seed: Seed = 0
    draws: Draws | None = None
    today: date | None = None


class ValueOutput(msgspec.Struct, frozen=True, kw_only=True):
    """Values of each battery, and the decision where the gate was judged."""

    valuations: tuple[Valuation, ...]
    decisions: tuple[Decision, ...]
    schema: str = "meguri.reuse.value/1"


class MatchInput(msgspec.Struct, frozen=True, kw_only=True):
    """`meguri reuse match`: batteries on offer and uses that want them."""

    batteries: tuple[Candidate, ...]
    uses: tuple[Use, ...]


class MatchOutput(msgspec.Struct, frozen=True, kw_only=True):
    """The assignment."""

    match: Match
    schema: str = "meguri.reuse.match/1"


def read_input(path: Path, kind: type[Read]) -> Read:
    """A JSON file as `kind`. Raises UnusableInput naming the field; a refusal of a field's own meaning passes through."""
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise UnusableInput(detail=f"{path}: {problem.strerror}") from problem
    if not content.strip():
        raise EmptyInput(detail=str(path))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        raise BadEncoding(detail=f"{path}: {problem.reason}, {problem.start}") from problem
    try:
        return msgspec.json.decode(text, type=kind)
    except msgspec.MsgspecError as problem:
        raise UnusableInput(detail=f"{path}: {problem}") from problem


def judge_input(given: GateInput) -> GateOutput:
    """The verdict and grade of one case."""
    found = judge(given.case, given.evidence, given.today or clock.today())
    figures = newest_figures(given.evidence)
    soh = figures.get("soh") or figures.get("soh_energy") or figures.get("soh_capacity")
    ratio, spread = figures.get("resistance_ratio"), figures.get("capacity_spread_pct")
    grade = grade_of(
        found.verdict,
        soh.lower if soh else None,
        _number(ratio),
        _number(spread),
    )
    return GateOutput(
        item_id=given.item_id, verdict=found.verdict, grade=grade, suggested_uses=suggested_uses(grade), gate=found
    )


def newest_figures(evidence: tuple[GateEvidence, ...]) -> Mapping[str, GateEvidence]:
    """The newest usable finding of each quantity; what only the BMS says is left out."""
    usable = [item for item in evidence if item.kind != "soh_bms" and item.status.value == "ok"]
    return {item.quantity: item for item in sorted(usable, key=lambda item: item.at)}


def _number(found: GateEvidence | None) -> float | None:
    return None if found is None or found.value is None else float(found.value)


def value_input(given: ValueInput, prices: PriceSet | None) -> ValueOutput:
    """Values and decisions. Without any price set the demonstration set is used and marked."""
    used, today = given.price_set or prices or demo_prices(), given.today or clock.today()
    options: dict[str, Any] = {"seed": given.seed, "draws": given.draws}
    return ValueOutput(
        valuations=tuple(value(battery, used, today, **options) for battery in given.batteries),
        decisions=tuple(
            decide(battery, judge_input(given.gate[battery.item_id]).gate, used, today, **options)
            for battery in given.batteries
            if battery.item_id in given.gate
        ),
    )


def match_input(given: MatchInput) -> MatchOutput:
    """The best assignment."""
    return MatchOutput(match=match(given.batteries, given.uses))


def assessed_evidence(path: Path, at: date) -> tuple[GateEvidence, ...]:
    """The findings of an assessment that `meguri health assess` wrote. Raises UnusableInput."""
    found = read_input(path, _Assessed)
    if found.schema != ASSESSMENT:
        raise UnusableInput(detail=f"{path}: {found.schema}")
    return tuple(
        GateEvidence(
            evidence_id=f"{path.name}:{one.quantity}",
            quantity=one.quantity,
            value=one.value,
            at=at,
            kind=one.kind,
            status=one.status,
            lower=one.lower,
            upper=one.upper,
        )
        for one in found.gate_inputs
    )


def price_file(path: Path) -> PriceSet:
    """A price set from a file."""
    try:
        content = path.read_bytes()
    except OSError as problem:
        raise UnusableInput(detail=f"{path}: {problem.strerror}") from problem
    return read_prices(content, path.name, clock.today())
