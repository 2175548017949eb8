"""What every booking shares: whose site it is, whether the month is open, and that lots change only once."""

from collections.abc import Iterable
from datetime import date
from uuid import UUID

from meguri.kernel.errors import Stale
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.recycling import errors, store
from meguri.recycling.records import Lot, Site
from meguri.storage import Transaction


async def site_of(tx: Transaction, scope: OperatorScope, site_id: UUID) -> Site:
    """The site's settings, the defaults when none were set. Raises SiteNotFound for what is not a plant of one's own."""
    if not await operators.plant_exists(tx, scope, [site_id]):
        raise errors.SiteNotFound
    found = await store.site(tx, scope, site_id)
    return found or Site(
        site_id=site_id,
        country="JP",
        stock_rule="fifo",
        permit_no=None,
        permit_valid_to=None,
        permitted_t_per_year=None,
        conversion={},
        version=0,
    )


async def require_open(tx: Transaction, scope: OperatorScope, site_id: UUID, period: str) -> None:
    """Raises PeriodClosed when the month is closed."""
    found = await store.period(tx, scope, site_id, period)
    if found is not None and found.state == "closed":
        raise errors.PeriodClosed(period=period)


def require_permit(permit: str | None, valid_to: date | None, day: date) -> None:
    """Raises PermitExpired when a permit with an end is over on `day`."""
    if valid_to is not None and valid_to < day:
        raise errors.PermitExpired(permit=permit or "—", day=day.isoformat(), valid_to=valid_to.isoformat())


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
