"""Scores of the sites of one's chain: indicators, stage and material, controls, gaps, open findings — every term shown."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import TypeVar
from uuid import UUID

import msgspec

from meguri.diligence.controls import Control, kappa
from meguri.diligence.coverage import Edge, trace
from meguri.diligence.errors import RiskDataRejected
from meguri.diligence.evidence import kind_of_standard, status_on
from meguri.diligence.measures import Measure
from meguri.diligence.model import (
    AttestationBody,
    CategoryResult,
    EdgeInput,
    FacilityInput,
    FindingBody,
    Kept,
    MaterialResult,
    OpenFindings,
    RiskDataInput,
)
from meguri.diligence.results import origin_status
from meguri.diligence.risk_data import (
    Area,
    Indicator,
    Loaded,
    cahra_exposure,
    country_input,
    read_areas,
    read_indicators,
    read_trade_measures,
)
from meguri.diligence.scoring import Floor, Score, chain_score, floor_of, material_input, score_node, stage_input
from meguri.diligence.service import casework, records
from meguri.diligence.taxonomy import Band, names, worst
from meguri.kernel import clock
from meguri.kernel.errors import FieldError
from meguri.kernel.numbers import ONE
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction

Row = TypeVar("Row")
_READ = {"indicators": read_indicators, "cahra": read_areas, "measures": read_trade_measures}
ME = "me"
UNSAID = "unknown"  # the material of a site that names none: it counts as the riskiest
ENDS = ("mine_industrial", "mine_artisanal", "brine", "recycler")


class RiskData(msgspec.Struct, frozen=True, kw_only=True):
    """Loaded data sets."""

    indicators: list[Indicator] = []
    areas: list[Area] = []
    measures: list[Measure] = []


class Assessment(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of one's chain today: worst score by category, materials, and every score behind them.

    max_score  the worst score, or the floor of an open finding that no site carries, if that is higher
    """

    scores: list[Score]
    worst: Score | None
    max_score: Decimal | None
    band: Band
    categories: list[CategoryResult]
    materials: list[MaterialResult]


async def load_risk_data(tx: Transaction, scope: OperatorScope, said: RiskDataInput) -> tuple[Kept[RiskData], Loaded]:
    """Loads indicators, CAHRA lists or trade measures; good rows are used unless too many are wrong. Raises RiskDataRejected."""
    loaded = _READ[said.kind](said.csv)
    if not loaded.activate:
        faults = tuple(FieldError(f"line {fault.line}", fault.say, {}) for fault in loaded.faults[:50])
        raise RiskDataRejected(fields=faults, rows=loaded.rows, rejected=len(loaded.faults))
    data = RiskData(indicators=list(loaded.indicators), areas=list(loaded.areas), measures=list(loaded.measures))
    return await records.add(tx, scope, "risk_data", data), loaded


async def risk_data(tx: Transaction, scope: OperatorScope) -> RiskData:
    """The data sets in use: of each indicator data set and each list the one that was loaded last, and every decision
    about a trade measure."""
    indicators: dict[str, list[Indicator]] = {}
    areas: dict[str, list[Area]] = {}
    measures: list[Measure] = []
    for kept in reversed(await records.listed(tx, scope, "risk_data", RiskData)):
        indicators |= _by(kept.content.indicators, lambda one: one.dataset)
        areas |= _by(kept.content.areas, lambda one: one.list_id)
        measures += kept.content.measures
    return RiskData(
        indicators=[one for rows in indicators.values() for one in rows],
        areas=[one for rows in areas.values() for one in rows],
        measures=measures,
    )


def _by(rows: Sequence[Row], key: Callable[[Row], str]) -> dict[str, list[Row]]:
    found: dict[str, list[Row]] = {}
    for one in rows:
        found.setdefault(key(one), []).append(one)
    return found


async def assess(tx: Transaction, scope: OperatorScope, categories: Sequence[str] = ()) -> Assessment:
    """Scores every site for its materials and the categories wanted (all by default)."""
    today = clock.today()
    data = await risk_data(tx, scope)
    sites = {kept.record_id: kept for kept in await records.listed(tx, scope, "facility", FacilityInput)}
    edges = [kept.content for kept in await records.listed(tx, scope, "edge", EdgeInput)]
    edges = [edge for edge in edges if edge.valid_from <= today <= (edge.valid_to or today)]
    evidence = await records.listed(tx, scope, "attestation", AttestationBody)
    found = await casework.open_findings(tx, scope)
    wanted = list(categories) or list(names("categories"))
    stages = {str(key): kept.content.stage for key, kept in sites.items()}
    indicators: dict[str | None, list[Indicator]] = defaultdict(list)
    for one in data.indicators:
        indicators[one.iso2].append(one)
    scores: list[Score] = []
    for key, kept in sites.items():
        site = kept.content
        places = {c: country_input(indicators[site.country], site.country, site.admin1, c, today) for c in wanted}
        proofs = [one for one in evidence if one.content.facility_id == key]
        about = [one for one in found if _is_about(one.content, kept)]
        for material in site.materials or [UNSAID]:
            known = _known(str(key), material, edges, stages)
            terms = [stage_input(site.stage), material_input(material)]
            alike: dict[object, Score] = {}  # most categories of a site differ in nothing but their name
            for category in wanted:
                controls = kappa(_controls(proofs, material, category), today)
                floors = _floors(about, material, category)
                what = (places[category], controls, tuple(floors))
                if what not in alike:
                    alike[what] = score_node(
                        site.name, material, category, [places[category], *terms], controls, known, floors
                    )
                scores.append(msgspec.structs.replace(alike[what], category=category))
    worst_score = chain_score(scores)
    unplaced = _unplaced(found, sites, wanted)
    by_category = [
        _category(category, scores, found, [one for one in unplaced if one.content.category == category])
        for category in wanted
        if scores or any(one.content.category == category for one in unplaced)
    ]
    reached = [floor_of("", one.content.band).value for one in unplaced]
    reached += [worst_score.score] if worst_score else []
    return Assessment(
        scores=scores,
        worst=worst_score,
        max_score=max(reached, default=None),
        band=worst([one.band for one in by_category]),
        categories=by_category,
        materials=_materials(sites, edges, stages, data.areas),
    )


def _is_about(finding: FindingBody, site: Kept[FacilityInput]) -> bool:
    """Whether a finding keeps a site's scores up: it names the site, or its company and no site."""
    if finding.facility_id is not None:
        return finding.facility_id == site.record_id
    return finding.party_id is not None and finding.party_id == site.content.party_id


def _unplaced(
    found: Sequence[Kept[FindingBody]], sites: Mapping[UUID, Kept[FacilityInput]], wanted: Sequence[str]
) -> list[Kept[FindingBody]]:
    """Open findings that no site's score carries: of a company without a site, of a material that no site has, of nobody."""

    def carries(site: Kept[FacilityInput], finding: FindingBody) -> bool:
        held = site.content.materials or [UNSAID]
        return _is_about(finding, site) and (finding.material is None or finding.material in held)

    return [
        one
        for one in found
        if one.content.category in wanted and not any(carries(site, one.content) for site in sites.values())
    ]


def _known(site: str, material: str, edges: Sequence[EdgeInput], stages: dict[str, str]) -> Decimal:
    if stages[site] in ENDS:
        return ONE
    return trace(site, edges_of(edges, material), stages).origin_pct / 100


def edges_of(edges: Sequence[EdgeInput], material: str) -> list[Edge]:
    """The supply relations of one material; what comes to the company itself goes to `ME`."""
    return [
        Edge(source=str(edge.source), to=str(edge.to) if edge.to else ME, share_pct=edge.share_pct)
        for edge in edges
        if edge.material == material
    ]


def _controls(proofs: Sequence[Kept[AttestationBody]], material: str, category: str) -> list[Control]:
    """A site's attestations that cover a material and category; none named means all."""
    return [
        Control(
            attestation_id=str(kept.record_id),
            kind=kind_of_standard(kept.content.standard, kept.content.assessor_level),
            outcome=kept.content.outcome,
            status=status_on(kept.content.status, kept.content.valid_to, clock.today()),
            valid_from=kept.content.valid_from,
            valid_to=kept.content.valid_to,
        )
        for kept in proofs
        if (not kept.content.materials or material in kept.content.materials)
        and (not kept.content.categories or category in kept.content.categories)
    ]


def _floors(about: Sequence[Kept[FindingBody]], material: str, category: str) -> list[Floor]:
    return [
        floor_of(str(kept.record_id), kept.content.band)
        for kept in about
        if kept.content.category == category and kept.content.material in (None, material)
    ]


def _category(
    category: str,
    scores: Sequence[Score],
    found: Sequence[Kept[FindingBody]],
    unplaced: Sequence[Kept[FindingBody]],
) -> CategoryResult:
    here = chain_score(one for one in scores if one.category == category)
    counts = {
        band: sum(kept.content.category == category and kept.content.band == band for kept in found) for band in Band
    }
    bands = [here.band if here else Band.NOT_ASSESSED, *(one.content.band for one in unplaced)]
    return CategoryResult(
        category=category,
        band=worst(bands),
        open=OpenFindings(
            critical=counts[Band.CRITICAL], high=counts[Band.HIGH], medium=counts[Band.MEDIUM], low=counts[Band.LOW]
        ),
    )


def _materials(
    sites: dict[UUID, Kept[FacilityInput]], edges: Sequence[EdgeInput], stages: dict[str, str], areas: Sequence[Area]
) -> list[MaterialResult]:
    found = []
    for material in sorted(
        {edge.material for edge in edges} | {one for kept in sites.values() for one in kept.content.materials}
    ):
        traced = trace(ME, edges_of(edges, material), stages)
        origins = [
            kept.content for kept in sites.values() if kept.content.stage in ENDS and material in kept.content.materials
        ]
        places = [(site.country, site.admin1) for site in origins]
        recycled = traced.stage_pct.get("recycler")
        found.append(
            MaterialResult(
                material=material,
                coverage_pct=traced.origin_pct,
                origin_status=origin_status(traced.origin_pct),
                cahra_exposure=cahra_exposure(areas, places, clock.today()),
                recycled_pct=recycled,
            )
        )
    return found
