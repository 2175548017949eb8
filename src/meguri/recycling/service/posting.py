"""What every booking shares: whose site it is, whether the month is open, and that lots change only once."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, tzinfo
from uuid import UUID
from zoneinfo import ZoneInfo

from meguri.kernel import clock
from meguri.kernel.errors import Stale
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.recycling import errors, store, waste_codes
from meguri.recycling.model import ReClass
from meguri.recycling.records import Lot, Site
from meguri.recycling.shipping import shipment_rules
from meguri.recycling.zones import country_zone
from meguri.storage import Transaction

HOME = "JP"
"""Where a site is that nobody has said anything of."""


async def site_of(tx: Transaction, scope: OperatorScope, site_id: UUID) -> Site:
    """The site's settings, the defaults when none were set. Raises SiteNotFound for what is not a plant of one's own."""
    if not await operators.plant_exists(tx, scope, [site_id]):
        raise errors.SiteNotFound
    return await settings_of(tx, scope, site_id)


async def settings_of(tx: Transaction, scope: OperatorScope, site_id: UUID) -> Site:
    """The settings of a site that is known to be one's own."""
    found = await store.site(tx, scope, site_id)
    return found or Site(
        site_id=site_id,
        country=HOME,
        stock_rule="fifo",
        permit_no=None,
        permit_valid_to=None,
        permitted_t_per_year=None,
        conversion={},
        version=0,
    )


async def zone_of_company(tx: Transaction, scope: OperatorScope) -> tzinfo:
    """Where days begin for what belongs to no site: the zone that the company's sites share, Japan's when none says; else UTC."""
    zones = {site.zone for site in await store.sites(tx, scope)}
    return UTC if len(zones) > 1 else next(iter(zones), ZoneInfo(country_zone(HOME)))


async def today(tx: Transaction, scope: OperatorScope) -> date:
    """The day that it is at the company's sites: credits, claims and their evidence hold by days."""
    return clock.now().astimezone(await zone_of_company(tx, scope)).date()


async def require_open(tx: Transaction, scope: OperatorScope, site_id: UUID, period: str) -> None:
    """Raises PeriodClosed when the month is closed."""
    await store.require_open(tx, scope, site_id, period)


async def open_month(tx: Transaction, scope: OperatorScope, site_id: UUID, now: datetime) -> str:
    """The month in which credits move today: the site's present one, or the first after it that is not closed."""
    there = (await settings_of(tx, scope, site_id)).day_of(now)
    year, month = there.year, there.month
    while True:
        name = f"{year:04d}-{month:02d}"
        found = await store.period(tx, scope, site_id, name)
        if found is None or found.state != "closed":
            return name
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)


class ReadOnce:
    """Sites and months of one company within one transaction, each read once: for files of many rows."""

    def __init__(self, tx: Transaction, scope: OperatorScope) -> None:
        self._tx, self._scope = tx, scope
        self._sites: dict[UUID, Site | None] = {}
        self._open: dict[tuple[UUID, str], bool] = {}

    async def site_of(self, site_id: UUID) -> Site:
        """As `site_of`. Raises SiteNotFound."""
        if site_id not in self._sites:
            try:
                self._sites[site_id] = await site_of(self._tx, self._scope, site_id)
            except errors.SiteNotFound:
                self._sites[site_id] = None
        found = self._sites[site_id]
        if found is None:
            raise errors.SiteNotFound
        return found

    async def require_open(self, site_id: UUID, period: str) -> None:
        """As `require_open`. Raises PeriodClosed."""
        if (site_id, period) not in self._open:
            found = await store.period(self._tx, self._scope, site_id, period)
            self._open[site_id, period] = found is None or found.state != "closed"
        if not self._open[site_id, period]:
            raise errors.PeriodClosed(period=period)


def require_permit(permit: str | None, valid_to: date | None, day: date) -> None:
    """Raises PermitExpired when a permit with an end is over on `day`."""
    if valid_to is not None and valid_to < day:
        raise errors.PermitExpired(permit=permit or "—", day=day.isoformat(), valid_to=valid_to.isoformat())


def code_warnings(lot: Lot, site: Site) -> list[str]:
    """What is to be said about a lot's waste code. Raises WasteCodeUnknown."""
    return waste_codes.check(
        lot.waste_code,
        lot.kind,
        site.day_of(lot.created_at),
        listed=lot.is_waste or site.country in shipment_rules().export.union,
        lithium=lot.re_class in (None, ReClass.LITHIUM_BASED),
    )


async def lots_to_change(tx: Transaction, scope: OperatorScope, lot_ids: Iterable[UUID]) -> dict[UUID, Lot]:
    """Own lots, held until the end. Raises LotNotFound when one is missing or another's."""
    wanted = set(lot_ids)
    found = await store.lots(tx, scope, wanted, for_update=True)
    if set(found) != wanted:
        raise errors.LotNotFound
    return found


async def save(tx: Transaction, scope: OperatorScope, lot: Lot, before: Lot) -> None:
    """A lot as it is now. Raises Stale when somebody else changed it in between."""
    if not await store.change_lot(tx, scope, lot, before.version):
        raise Stale
