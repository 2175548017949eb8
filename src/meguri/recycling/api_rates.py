"""Native REST of what is worked out from the books: recovery rates, recycled content, collection, targets, flows."""

from decimal import Decimal
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import QueryParameter

from meguri.kernel.paging import Page
from meguri.recycling import errors
from meguri.recycling.api import masses_in_kg
from meguri.recycling.collection import CollectionRate, collection_rate
from meguri.recycling.recovery_case import to_json
from meguri.recycling.rulebook import TargetRule, recovery_rule_sets, targets
from meguri.recycling.sankey import Sankey
from meguri.recycling.service import contents, genealogy, rates, sites
from meguri.recycling.service.contents import ConsumptionInput, ContentStudy, rounded_study
from meguri.recycling.service.rates import KeptCalculation
from meguri.web import (
    FromQuery,
    Json,
    Unit,
    editor,
    refusals,
    signed_in,
)

AnyRequest = Request[Any, Any, Any]
_RULES = (errors.RuleSetUnknown, errors.RuleSetNotValid)


class CollectionInput(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A year's collection [t] and the sales [t] of years before it."""

    year: int
    category: str
    collected_t: Decimal
    sold_t: dict[int, Decimal]


class RuleSetWord(msgspec.Struct, frozen=True, kw_only=True):
    """A rule set that a calculation can name."""

    id: str
    status: str
    valid_from: str
    valid_to: str | None
    source: str


@post(
    "/api/v1/re-calculations",
    guards=[editor],
    responses=refusals(
        *_RULES,
        errors.UnusableInput,
        errors.ConservationViolation,
        errors.BlackMassIntermediate,
        errors.HazardBalance,
    ),
)
async def calculate_recovery(unit: Unit, request: AnyRequest) -> KeptCalculation:
    """Recycling efficiency and recovery from inputs in the command line's form, with full working; it is kept."""
    return await unit(rates.keep, await request.body())


@get("/api/v1/re-calculations", guards=[signed_in], responses=refusals(*_RULES, errors.UnusableInput))
async def recovery_of_period(
    unit: Unit,
    first: Annotated[str, QueryParameter(pattern=r"^\d{4}-\d{2}$")],
    last: Annotated[str, QueryParameter(pattern=r"^\d{4}-\d{2}$")],
    site: FromQuery[UUID | None] = None,
    route: FromQuery[str | None] = None,
    rule_set: FromQuery[str | None] = None,
) -> Response[bytes]:
    """The rates of what was posted in the months `first` to `last`, with full working."""
    found = await unit(rates.of_period, site_id=site, first=first, last=last, route=route, rule_set=rule_set)
    return Response(to_json(found), media_type="application/json")


@post(
    "/api/v1/rc-calculations",
    guards=[editor],
    before_request=masses_in_kg,
    responses=refusals(errors.NotClaimable, errors.UnusableInput),
)
async def state_consumption(unit: Unit, data: Json[ConsumptionInput]) -> ContentStudy:
    """State what a battery model consumed; the answer is its recycled content."""
    return rounded_study(await unit(contents.state_consumption, data))


@get("/api/v1/rc-calculations", guards=[signed_in], responses=refusals(errors.OverClaim))
async def list_contents(unit: Unit, battery_model_id: FromQuery[str | None] = None) -> Page[ContentStudy]:
    """Recycled content by battery model, plant and year."""
    return Page(items=[rounded_study(found) for found in await unit(contents.studies, battery_model_id)])


@post("/api/v1/collection-rates", guards=[signed_in], status_code=200, responses=refusals(errors.UnusableInput))
async def compute_collection_rate(data: Json[CollectionInput]) -> CollectionRate:
    """A collection rate beside its targets; nothing is kept."""
    return collection_rate(data.year, data.collected_t, data.sold_t, data.category)


@get("/api/v1/targets", guards=[signed_in], responses=refusals())
async def list_targets(at: FromQuery[int | None] = None) -> Page[TargetRule]:
    """All targets; with `at` (a year) those that are tested in it."""
    rows = targets().targets
    return Page(items=[row for row in rows if at is None or row.first_year is None or row.first_year <= at])


@get("/api/v1/rule-sets", guards=[signed_in], responses=refusals())
async def list_rule_sets() -> Page[RuleSetWord]:
    """Rule sets that calculations can name."""
    return Page(
        items=[
            RuleSetWord(
                id=book.id,
                status=book.status,
                valid_from=book.valid_from.isoformat(),
                valid_to=book.valid_to.isoformat() if book.valid_to else None,
                source=book.source,
            )
            for book in recovery_rule_sets().values()
        ]
    )


@get("/api/v1/sankey", guards=[signed_in], responses=refusals(errors.SiteNotFound, errors.UnusableInput))
async def get_sankey(
    unit: Unit,
    site: FromQuery[UUID],
    element: FromQuery[str],
    first: Annotated[str, QueryParameter(pattern=r"^\d{4}-\d{2}$")],
    last: Annotated[str, QueryParameter(pattern=r"^\d{4}-\d{2}$")],
) -> Sankey:
    """The flows of one element through a site, with the balance."""
    await unit(sites.settings, site)
    return await unit(rates.flow_chart, site, genealogy.require_element(element), first, last)


handlers = [
    calculate_recovery,
    recovery_of_period,
    state_consumption,
    list_contents,
    compute_collection_rate,
    list_targets,
    list_rule_sets,
    get_sankey,
]
