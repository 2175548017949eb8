"""The yearly report of a site, from what was posted."""

from uuid import UUID

from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.recycling import errors, store
from meguri.recycling.model import ReClass
from meguri.recycling.report import Report, report
from meguri.recycling.service import periods, rates
from meguri.storage import Transaction


async def yearly(
    tx: Transaction, scope: OperatorScope, site_id: UUID, year: int, re_class: ReClass = ReClass.LITHIUM_BASED
) -> Report:
    """The report. Raises SiteNotFound, RuleSetNotValid."""
    plants = {plant.plant_id: plant for plant in await operators.all_plants(tx, scope)}
    plant = plants.get(site_id)
    if plant is None:
        raise errors.SiteNotFound
    company = await operators.own(tx, scope)
    first, last = f"{year}-01", f"{year}-12"
    found = await rates.of_period(tx, scope, site_id=site_id, first=first, last=last, re_class=re_class)
    asked = {"site_id": site_id, "first": first, "last": last, "route": None, "re_class": re_class.value}
    months = [
        (month, closed.signed_by or "—")
        for month, closed in await periods.months(tx, scope, site_id)
        if closed is not None and closed.state == "closed" and month.startswith(str(year))
    ]
    return report(
        company=company.name,
        site=plant.name,
        address=plant.address,
        year=year,
        found=found,
        inputs=await store.rate_inputs(tx, scope, **asked),
        outputs=await store.rate_outputs(tx, scope, **asked),
        months=sorted(months),
    )
