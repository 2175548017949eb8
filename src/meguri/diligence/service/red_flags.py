"""Red flags of one's chain (OECD guidance for minerals, steps 1 and 2): each with its day and where it is from.

What a person must judge is not guessed: those flags are named as not checked.
"""

from datetime import date
from decimal import Decimal
from uuid import UUID

import msgspec

from meguri.diligence.coverage import trace
from meguri.diligence.evidence import status_on
from meguri.diligence.model import (
    AttestationBody,
    ChainInput,
    EdgeInput,
    FacilityInput,
    Kept,
    ListBody,
    PartyInput,
    PolicyInput,
    RunBody,
)
from meguri.diligence.risk_data import cahra_lists
from meguri.diligence.rmi.maps import plain
from meguri.diligence.rmi.model import Read
from meguri.diligence.rmi.own import newest_of_each
from meguri.diligence.service import casework, records, scoring
from meguri.diligence.taxonomy import Band, names
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction

REFINING = ("smelter", "refiner", "chemical_plant", "spheroidisation")
NOT_CHECKED = ("implausible_reserves", "supplier_link_to_cahra_shareholding")
_HUNDRED = Decimal(100)


class RedFlag(msgspec.Struct, frozen=True, kw_only=True):
    """One flag that is up.

    where      the site, company or material;  source: the list, standard, file or record that says so
    since      from when it stands;  record_id: the record behind it
    """

    flag: str
    where: str
    source: str
    since: date | None = None
    record_id: UUID | None = None


class RedFlags(msgspec.Struct, frozen=True, kw_only=True):
    """All that is up, in the order of the taxonomy; `not_checked`: what only a person can say."""

    items: list[RedFlag]
    not_checked: list[str]


async def red_flags(tx: Transaction, scope: OperatorScope) -> RedFlags:
    """Which red flags the records raise today."""
    today = clock.today()
    sites = await records.listed(tx, scope, "facility", FacilityInput)
    proofs = await records.listed(tx, scope, "attestation", AttestationBody)
    found = [
        *await _places(tx, scope, sites, today),
        *await _undisclosed(tx, scope, sites, today),
        *await _recycled(tx, scope, sites, proofs, today),
        *await _unidentified(tx, scope),
        *_proofs(sites, proofs, today),
        *await _matches(tx, scope),
        *await _contracts(tx, scope),
        *await _findings(tx, scope),
    ]
    order = list(names("red_flags"))
    return RedFlags(
        items=sorted(found, key=lambda one: (order.index(one.flag), one.where, one.source)),
        not_checked=list(NOT_CHECKED),
    )


async def _places(
    tx: Transaction, scope: OperatorScope, sites: list[Kept[FacilityInput]], today: date
) -> list[RedFlag]:
    areas = (await scoring.risk_data(tx, scope)).areas
    found = []
    for kept in sites:
        site = kept.content
        for list_id in cahra_lists(areas, site.country, site.admin1, today):
            starts = [one.start for one in areas if one.list_id == list_id and one.iso2 == site.country and one.start]
            found.append(
                RedFlag(
                    flag="cahra_origin" if site.stage in scoring.ENDS and site.stage != "recycler" else "cahra_transit",
                    where=site.name,
                    source=list_id,
                    since=min(starts, default=None),
                    record_id=kept.record_id,
                )
            )
    return found


async def _undisclosed(
    tx: Transaction, scope: OperatorScope, sites: list[Kept[FacilityInput]], today: date
) -> list[RedFlag]:
    edges = [kept.content for kept in await records.listed(tx, scope, "edge", EdgeInput)]
    edges = [edge for edge in edges if edge.valid_from <= today <= (edge.valid_to or today)]
    stages = {str(kept.record_id): kept.content.stage for kept in sites}
    found = []
    for material in sorted({edge.material for edge in edges}):
        reached = trace(scoring.ME, scoring.edges_of(edges, material), stages).stage_pct
        share = max(reached.get(stage, Decimal(0)) for stage in REFINING) + reached.get("recycler", Decimal(0))
        if share < _HUNDRED:
            since = min(edge.valid_from for edge in edges if edge.material == material)
            missing = f"{_HUNDRED - share:.1f} %"
            found.append(RedFlag(flag="undisclosed_smelter", where=material, source=missing, since=since))
    return found


async def _recycled(
    tx: Transaction,
    scope: OperatorScope,
    sites: list[Kept[FacilityInput]],
    proofs: list[Kept[AttestationBody]],
    today: date,
) -> list[RedFlag]:
    chains = await records.listed(tx, scope, "chain", ChainInput)
    claimed = {one.content.record.material for one in chains if one.content.record.recycled_claim}
    proved = {
        one.content.facility_id
        for one in proofs
        if one.content.outcome == "pass" and status_on(one.content.status, one.content.valid_to, today) == "active"
    }
    return [
        RedFlag(
            flag="origin_claimed_from_recycling_without_evidence",
            where=kept.content.name,
            source=kept.content.stage,
            since=kept.created_at.date(),
            record_id=kept.record_id,
        )
        for kept in sites
        if kept.content.stage == "recycler"
        and kept.record_id not in proved
        and not claimed.intersection(kept.content.materials)
    ]


async def _unidentified(tx: Transaction, scope: OperatorScope) -> list[RedFlag]:
    kept = await records.listed(tx, scope, "declaration", Read)
    found = []
    for one in newest_of_each([said.content.declaration for said in kept]):
        metals = sorted({row.metal for row in one.smelters if plain(row.look_up) == "smelter not yet identified"})
        day = one.respondent.get("date", "")
        found += [
            RedFlag(
                flag="smelter_not_yet_identified",
                where=metal,
                source=f"{one.family} {one.respondent.get('company', '')}".strip(),
                since=date.fromisoformat(day) if day else None,
            )
            for metal in metals
        ]
    return found


def _proofs(sites: list[Kept[FacilityInput]], proofs: list[Kept[AttestationBody]], today: date) -> list[RedFlag]:
    known = {kept.record_id: kept.content for kept in sites}
    found = []
    for kept in proofs:
        said = kept.content
        site = known.get(said.facility_id) if said.facility_id else None
        status = status_on(said.status, said.valid_to, today)
        refining = site is not None and site.stage in REFINING
        where = site.name if site else said.issuer
        if refining and (said.outcome == "fail" or status in ("suspended", "revoked")):
            found.append(_proof("smelter_not_conformant", where, kept, said.valid_from))
        elif status == "expired":
            found.append(_proof("evidence_expired", where, kept, said.valid_to))
    return found


def _proof(flag: str, where: str, kept: Kept[AttestationBody], since: date | None) -> RedFlag:
    return RedFlag(flag=flag, where=where, source=kept.content.standard, since=since, record_id=kept.record_id)


async def _matches(tx: Transaction, scope: OperatorScope) -> list[RedFlag]:
    runs = [one for one in await records.listed(tx, scope, "run", RunBody) if one.state == "true_match"]
    if not runs:
        return []
    kinds = {one.content.list_id: one.content.kind for one in await records.listed(tx, scope, "list", ListBody)}
    flags = {"sanctions": "sanctions_hit", "forced_labour": "forced_labour_list_hit"}
    return [
        RedFlag(
            flag=flags[kind],
            where=one.content.name,
            source=f"{one.content.list_id} {one.content.entry_id}",
            since=one.created_at.date(),
            record_id=one.record_id,
        )
        for one in runs
        if (kind := kinds.get(one.content.list_id, "sanctions")) in flags
    ]


async def _contracts(tx: Transaction, scope: OperatorScope) -> list[RedFlag]:
    policies = await records.listed(tx, scope, "policy", PolicyInput)
    if not policies:
        parties = await records.listed(tx, scope, "party", PartyInput, limit=1)
        return [RedFlag(flag="contract_without_policy", where="—", source="BR 49(1)(a)")] if parties else []
    latest = policies[0]
    if latest.content.checklist.get("br49_1_e") not in ("missing", "partly"):
        return []
    return [
        RedFlag(
            flag="contract_without_policy",
            where=latest.content.title,
            source="BR 49(1)(e)",
            since=latest.content.approved_on,
            record_id=latest.record_id,
        )
    ]


async def _findings(tx: Transaction, scope: OperatorScope) -> list[RedFlag]:
    found = []
    for kept in await casework.open_findings(tx, scope):
        said = kept.content
        critical = said.source == "grievance" and said.band is Band.CRITICAL
        flag = "adverse_media" if said.source == "media" else "grievance_open_critical" if critical else None
        if flag:
            found.append(
                RedFlag(
                    flag=flag, where=said.title, source=said.source, since=said.detected_on, record_id=kept.record_id
                )
            )
    return found
