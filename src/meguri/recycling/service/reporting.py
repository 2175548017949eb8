"""Reports of a site from what was posted: the yearly form, Annex XII, Japan's sheet and manifests, a battery's certificate."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.numbers import ZERO
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.operators.model import Plant
from meguri.proof import jcs, keyring
from meguri.recycling import errors, store, store_claims, store_reports
from meguri.recycling.annex import AnnexReport, annex_report
from meguri.recycling.certificate import Certificate, RunWord, credential_of, metals, sealed
from meguri.recycling.conservation import MASS
from meguri.recycling.grading import GradedRecovery
from meguri.recycling.manifests import ManifestSummary, manifest, manifest_rules, manifest_summary
from meguri.recycling.model import PREPARATION, ReClass
from meguri.recycling.rates import half_up, rounded
from meguri.recycling.records import Lot, Run
from meguri.recycling.recovery import WASTE, HazardBalance, Recovery, hazard_balance
from meguri.recycling.report import Report, report
from meguri.recycling.rulebook import recovery_rules
from meguri.recycling.service import genealogy, lots, passports, periods, posting, rates
from meguri.storage import Transaction

MOST_DOCUMENTS = 1000
CENT = Decimal("0.01")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """Whose report it is, and of which plant."""

    company: str
    plant: Plant


class FundSheet(msgspec.Struct, frozen=True, kw_only=True):
    """Japan's sheet: battery-grade recovery of a site's year beside the goals of the Green Innovation Fund."""

    company: str
    site: str
    year: int
    rule_set: str
    rows: list[GradedRecovery]
    hash: str = ""


async def place_of(tx: Transaction, scope: OperatorScope, site_id: UUID) -> Place:
    """The company and the plant. Raises SiteNotFound."""
    plants = {plant.plant_id: plant for plant in await operators.all_plants(tx, scope)}
    if site_id not in plants:
        raise errors.SiteNotFound
    return Place(company=(await operators.own(tx, scope)).name, plant=plants[site_id])


async def yearly(
    tx: Transaction, scope: OperatorScope, site_id: UUID, year: int, re_class: ReClass = ReClass.LITHIUM_BASED
) -> Report:
    """The report. Raises SiteNotFound, RuleSetNotValid."""
    place = await place_of(tx, scope, site_id)
    first, last = f"{year}-01", f"{year}-12"
    found = await rates.of_period(tx, scope, site_id=site_id, first=first, last=last, re_class=re_class)
    asked = {"site_id": site_id, "first": first, "last": last, "route": None, "re_class": re_class.value}
    months = [
        (month, closed.signed_by or "—")
        for month, closed in await periods.months(tx, scope, site_id)
        if closed is not None and closed.state == "closed" and month.startswith(str(year))
    ]
    return report(
        company=place.company,
        site=place.plant.name,
        address=place.plant.address,
        year=year,
        found=found,
        inputs=await store.rate_inputs(tx, scope, **asked),
        outputs=await store.rate_outputs(tx, scope, **asked),
        months=sorted(months),
    )


async def annex(tx: Transaction, scope: OperatorScope, site_id: UUID, year: int) -> AnnexReport:
    """A site's year against Annex XII parts A to C, for every class that was treated. Raises SiteNotFound, RuleSetNotValid."""
    place = await place_of(tx, scope, site_id)
    first, last = f"{year}-01", f"{year}-12"
    recovery_rules(None, year)
    found = [
        await rates.of_period(tx, scope, site_id=site_id, first=first, last=last, re_class=ReClass(name))
        for name in await store_reports.classes_treated(tx, scope, site_id, first, last)
    ]
    documents = await store_claims.documents_page(tx, scope, after=None, rows=MOST_DOCUMENTS)
    return annex_report(
        company=place.company,
        site=place.plant.name,
        address=place.plant.address,
        year=year,
        found=found,
        documents=[one for one in documents if one.facts.get("site_id") in (None, str(site_id))],
        hazards=await _hazards(tx, scope, site_id, year, found),
    )


async def _hazards(
    tx: Transaction, scope: OperatorScope, site_id: UUID, year: int, found: list[Recovery]
) -> dict[str, HazardBalance]:
    """Mercury and cadmium of a year: in, recycled, in waste [kg]; only what went in."""
    balances = {}
    for metal, re_class in (("Hg", None), ("Cd", "nickel_cadmium")):
        if not found:
            break
        asked = {"site_id": site_id, "first": f"{year}-01", "last": f"{year}-12", "route": None, "re_class": re_class}
        into = sum((r.kg for r in await store.rate_inputs(tx, scope, **asked) if r.element == metal), ZERO)
        made = [r for r in await store.rate_outputs(tx, scope, **asked) if r.element == metal]
        if into:
            out = sum((r.kg for r in made if r.counting == "recycling"), ZERO)
            waste = sum((r.kg for r in made if r.counting in WASTE), ZERO)
            balances[metal] = hazard_balance(metal, into, out, waste)
    return balances


async def fund(tx: Transaction, scope: OperatorScope, site_id: UUID, year: int) -> FundSheet:
    """Battery-grade recovery of a year, with yen per kilogram. Raises SiteNotFound, RuleSetNotValid."""
    place = await place_of(tx, scope, site_id)
    first, last = f"{year}-01", f"{year}-12"
    found = await rates.of_period(tx, scope, site_id=site_id, first=first, last=last)
    rows = await rates.graded(tx, scope, site_id, first, last, found)
    made = FundSheet(
        company=place.company,
        site=place.plant.name,
        year=year,
        rule_set=found.ruleSet,
        rows=[_rounded(r) for r in rows],
    )
    return msgspec.structs.replace(made, hash=jcs.sha256_hex(msgspec.json.decode(msgspec.json.encode(made))))


def _rounded(row: GradedRecovery) -> GradedRecovery:
    yen = None if row.jpy_per_kg is None else half_up(row.jpy_per_kg, CENT)
    value = None if row.value is None else half_up(row.value)
    return msgspec.structs.replace(row, value=value, jpy_per_kg=yen, targets=[rounded(t) for t in row.targets])


async def manifests(tx: Transaction, scope: OperatorScope, site_id: UUID, year: int) -> ManifestSummary:
    """The manifest summary of the fiscal year that begins in `year`. Raises SiteNotFound."""
    place = await place_of(tx, scope, site_id)
    rows = await store_reports.manifests(tx, scope, site_id, manifest_rules().kinds)
    found = [
        manifest(
            row.kind,
            row.number,
            row.facts,
            noted=row.created_at.date(),
            mass_kg=row.mass_kg,
            waste=row.waste_code or row.lot_kind or "—",
        )
        for row in rows
    ]
    return manifest_summary(
        found,
        company=place.company,
        site=place.plant.name,
        address=place.plant.address,
        year=year,
        today=clock.today(),
    )


async def certificate(tx: Transaction, scope: OperatorScope, identifier: str) -> Certificate:
    """The certificate of recycling of the battery with this passport.

    Raises LotNotFound when it never arrived here, StateTransition while a piece of it is not yet recycled.
    """
    held = [await lots.get(tx, scope, one) for one in await store.lots_of_passport(tx, scope, identifier)]
    if not held:
        raise errors.LotNotFound
    found = await store_reports.runs_of_lots(tx, scope, [lot.lot_id for lot in held])
    recycled = [run for run in found if run.step_type is not None and run.step_type not in PREPARATION]
    if not recycled or any(lot.left_kg for lot in held):
        raise errors.StateTransition(state=held[0].status.value, wanted="certified", allowed="—")
    below = {one for lot in held for one in await genealogy.held_below(tx, scope, lot.lot_id, MASS)}
    found = await store_reports.runs_of_lots(tx, scope, [*(lot.lot_id for lot in held), *below])
    place = await place_of(tx, scope, held[0].site_id)
    site = await posting.site_of(tx, scope, held[0].site_id)
    seen = await passports.seen(tx, scope, identifier)
    had, back = await _metals(tx, scope, held)
    made = Certificate(
        company=place.company,
        site=place.plant.name,
        address=place.plant.address,
        permit_no=site.permit_no,
        passport=identifier,
        model=seen.model_name if seen else None,
        mass_kg=half_up(sum((lot.mass_wet_kg / max(len(lot.passports), 1) for lot in held), ZERO)),
        received_at=min(lot.created_at for lot in held),
        recycled_at=max(run.end_at for run in recycled),
        lots=[lot.lot_no for lot in held],
        runs=[_word(run) for run in found],
        metals=metals(had, back),
        **await _rates(tx, scope, held[0].site_id, recycled[-1]),
        signed_by=await _signers(tx, scope, held[0].site_id, {run.period for run in found}),
    )
    return sealed(made)


async def signed_certificate(tx: Transaction, scope: OperatorScope, identifier: str) -> dict[str, Any]:
    """The certificate as a verifiable credential, signed by this company (`eddsa-jcs-2022`).

    Raises LotNotFound, StateTransition also while a month of its runs is open: a signed figure is not corrected any more.
    """
    made = await certificate(tx, scope, identifier)
    if not made.signed_by:
        raise errors.StateTransition(state="open", wanted="signed", allowed="close the months of its runs")
    signer = await keyring.signer(tx, scope)
    return signer.sign(credential_of(made, signer.did), clock.now().replace(microsecond=0))


def _word(run: Run) -> RunWord:
    step = run.step_type.value if run.step_type else run.kind
    return RunWord(run_no=run.run_no, step_type=step, end_at=run.end_at, period=run.period)


async def _metals(tx: Transaction, scope: OperatorScope, held: list[Lot]) -> tuple[dict[str, float], dict[str, float]]:
    """kg of each element in the battery, and of it in output fractions."""
    had: dict[str, float] = {}
    back: dict[str, float] = {}
    for lot in held:
        share = 1 / max(len(lot.passports), 1)
        for element in sorted({part.element for part in lot.composition}):
            had[element] = had.get(element, 0.0) + share * sum(
                float(p.kg) for p in lot.composition if p.element == element
            )
            below = await genealogy.held_below(tx, scope, lot.lot_id, element)
            outputs = await store_reports.recycled_lots(tx, scope, list(below))
            kg = sum(amount for one, amount in below.items() if one in outputs)
            back[element] = back.get(element, 0.0) + share * kg
    return had, back


async def _rates(tx: Transaction, scope: OperatorScope, site_id: UUID, run: Run) -> dict[str, Any]:
    """Efficiency and recovery of the site's year in which the battery was recycled."""
    year = run.end_at.year
    found = await rates.of_period(tx, scope, site_id=site_id, first=f"{year}-01", last=f"{year}-12")
    shown = {"rRE": found.r_re.value, **{f"rRM {metal}": rate.value for metal, rate in found.r_rm.items()}}
    return {
        "rule_set": found.ruleSet,
        "rates": {name: None if value is None else str(half_up(value, CENT)) for name, value in shown.items()},
    }


async def _signers(tx: Transaction, scope: OperatorScope, site_id: UUID, months: set[str]) -> list[str]:
    """Who closed each month, if all are closed."""
    closed = {month: period for month, period in await periods.months(tx, scope, site_id) if period is not None}
    if any(month not in closed or closed[month].state != "closed" for month in months):
        return []
    return sorted({closed[month].signed_by or "—" for month in months})
