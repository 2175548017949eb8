"""The risk score of a node of the chain (model `dd-score/1`): every term is returned, nothing is hidden.

E  = 100 · (wg·g + ws·s + wm·μ) / (wg + ws + wm)     exposure of place, stage and material
R  = E · (1 − κ)                                     after controls (`controls.py`)
R' = R + (100 − R) · u · ½                           u: the part of the chain that nobody knows
score = max(R', floor)                               floor: by the worst open finding
A chain's score is the maximum over its nodes, never a mean. Figures: Decimal, 0–100.
Source: own rule data `dd-score`; severity before likelihood after UN Guiding Principle 14.
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from meguri.diligence.controls import Kappa
from meguri.diligence.data import rule_data, version_of
from meguri.diligence.taxonomy import Band
from meguri.kernel.numbers import ONE, ZERO, plain

HUNDRED = Decimal(100)


class Input(msgspec.Struct, frozen=True, kw_only=True):
    """One number that goes into a score, 0–1, and where it is from. Flags: `unknown`, `stale`."""

    name: str
    value: Decimal
    dataset: str
    version: str
    flags: tuple[str, ...] = ()


class Driver(msgspec.Struct, frozen=True, kw_only=True):
    """A term of the exposure and the points that it adds before controls."""

    name: str
    points: Decimal


class Floor(msgspec.Struct, frozen=True, kw_only=True):
    """An open finding that keeps a score up."""

    finding_id: str
    band: Band
    value: Decimal


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """A score with everything that led to it."""

    model_version: str
    node: str
    material: str
    category: str
    inputs: tuple[Input, ...]
    exposure: Decimal
    kappa: Kappa
    residual: Decimal
    unknown_share: Decimal
    with_unknown: Decimal
    floor: Floor | None
    score: Decimal
    band: Band
    drivers: tuple[Driver, ...]


def band_of(score: Decimal) -> Band:
    """The band that a score falls into."""
    bands: Mapping[str, str] = rule_data("scoring")["bands"]
    return next(Band(name) for name, least in bands.items() if score >= Decimal(least))


def floor_of(finding_id: str, band: Band) -> Floor:
    """What an open finding of this band keeps a score at."""
    return Floor(finding_id=finding_id, band=band, value=Decimal(rule_data("scoring")["floors"][band.value]))


def stage_input(stage: str) -> Input:
    """s of a stage; an unknown stage counts as the riskiest."""
    return _weight("s", "stages", stage)


def material_input(material: str) -> Input:
    """μ of a material; an unknown material counts as the riskiest."""
    return _weight("mu", "materials", material)


def _weight(name: str, table: str, key: str) -> Input:
    data = rule_data("scoring")
    value = data[table].get(key)
    flags = () if value is not None else ("unknown",)
    return Input(
        name=name,
        value=ONE if value is None else Decimal(value),
        dataset=str(data["id"]),
        version=str(data["version"]),
        flags=flags,
    )


def score_node(
    node: str,
    material: str,
    category: str,
    inputs: Iterable[Input],
    kappa: Kappa,
    coverage: Decimal,
    floors: Iterable[Floor] = (),
    *,
    weights: Mapping[str, Decimal] | None = None,
) -> Score:
    """The score of one node for one material and category.

    inputs    g, s and mu (see `Input`); what is missing counts as 1, flagged
    coverage  share of the mass whose chain is known, 0–1
    floors    of open findings
    weights   for a what-if: wg, ws, wm by the names of the inputs
    """
    given = {one.name: one for one in inputs}
    terms = tuple(given.get(name) or _missing(name) for name in ("g", "s", "mu"))
    used = weights or _weights()
    whole = sum((used[term.name] for term in terms), ZERO)
    points = {term.name: HUNDRED * used[term.name] * term.value / whole for term in terms}
    exposure = sum(points.values(), ZERO)
    residual = exposure * (ONE - kappa.value)
    unknown = min(max(ONE - coverage, ZERO), ONE)
    half = Decimal(rule_data("scoring")["coverage"]["unknown_weight"])
    with_unknown = residual + (HUNDRED - residual) * unknown * half
    floor = max(floors, key=lambda one: (one.value, one.finding_id), default=None)
    score = max(with_unknown, floor.value) if floor else with_unknown
    drivers = sorted(points.items(), key=lambda term: (-term[1], term[0]))
    return Score(
        model_version=version_of("scoring"),
        node=node,
        material=material,
        category=category,
        inputs=terms,
        exposure=_tidy(exposure),
        kappa=kappa,
        residual=_tidy(residual),
        unknown_share=_tidy(unknown),
        with_unknown=_tidy(with_unknown),
        floor=floor,
        score=_tidy(score),
        band=band_of(score),
        drivers=tuple(Driver(name=name, points=_tidy(value)) for name, value in drivers),
    )


def chain_score(scores: Iterable[Score]) -> Score | None:
    """The worst node's score; None where nothing was scored."""
    return max(scores, key=lambda one: (one.score, one.node), default=None)


class Sensitivity(msgspec.Struct, frozen=True, kw_only=True):
    """What a score would be if one weight were half or double, or one input at its least or most."""

    changed: str
    low: Decimal
    high: Decimal


def sensitivity(score: Score) -> list[Sensitivity]:
    """How much each term moves the score: inputs from 0 to 1, weights halved and doubled; the widest first."""
    found = []
    coverage = ONE - score.unknown_share
    floors = (score.floor,) if score.floor else ()

    def again(inputs: Iterable[Input], weights: Mapping[str, Decimal] | None = None) -> Decimal:
        return score_node(
            score.node, score.material, score.category, inputs, score.kappa, coverage, floors, weights=weights
        ).score

    for one in score.inputs:
        ends = [
            again(msgspec.structs.replace(each, value=end) if each.name == one.name else each for each in score.inputs)
            for end in (ZERO, ONE)
        ]
        found.append(Sensitivity(changed=f"input:{one.name}", low=ends[0], high=ends[1]))
    for name, weight in _weights().items():
        ends = sorted(
            again(score.inputs, {**_weights(), name: weight * factor}) for factor in (Decimal("0.5"), Decimal(2))
        )
        found.append(Sensitivity(changed=f"weight:{name}", low=ends[0], high=ends[1]))
    return sorted(found, key=lambda one: (one.low - one.high, one.changed))


def _weights() -> dict[str, Decimal]:
    given: dict[str, Any] = rule_data("scoring")["weights"]
    return {"g": Decimal(given["indicator"]), "s": Decimal(given["stage"]), "mu": Decimal(given["material"])}


def _missing(name: str) -> Input:
    return Input(name=name, value=ONE, dataset="", version="", flags=("unknown",))


def _tidy(value: Decimal) -> Decimal:
    """At most six decimals, without trailing zeros: the same inputs give the same bytes."""
    return Decimal(plain(value.quantize(Decimal("0.000001"))))
