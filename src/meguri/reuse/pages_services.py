"""Pages around circulation: uses, pools and swaps, contracts and bills, guarantees."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post

from meguri.kernel import clock
from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.ids import new_id, parse_uuid
from meguri.operators import service as operators
from meguri.reuse import views
from meguri.reuse.billing import Plan, Tariff
from meguri.reuse.demand import Use
from meguri.reuse.errors import TariffInvalid
from meguri.reuse.forms import NEEDED, Fields
from meguri.reuse.guarantee import GuaranteeTerms, event_words, events_listed
from meguri.reuse.pages import month_bounds, say, sent
from meguri.reuse.pages_common import HTML, AnyRequest, battery_choices, fields_of, held, may_edit
from meguri.reuse.pool import PackState, PoolRules
from meguri.reuse.records import Contract, ContractState, Demand
from meguri.reuse.service import batteries, contracts, demands, guarantees, pools
from meguri.reuse.service.contracts import NewContract
from meguri.reuse.service.guarantees import Claim, GuaranteeRequest, Quote
from meguri.reuse.service.pools import NewPack, NewPool, Reading, Swap, SwapInput
from meguri.ui import Flash, done, page, viewer_of
from meguri.ui.parts import Choice
from meguri.web import FromPath, FromQuery, Paging, Unit, editor, signed_in

MOST_SETS = 10
_EVENT = "event-"  # a box of the claim's form for each event that is not covered


# Uses that want batteries


@get("/reuse/demands", guards=[signed_in], include_in_schema=False)
async def demand_list(request: AnyRequest, unit: Unit) -> Response[str]:
    """Our uses, and which of our batteries fit them."""
    return page(request, "demands.html", await _demands(request, unit, {}, {}))


async def _demands(request: AnyRequest, unit: Unit, given: dict[str, str], errors: dict[str, str]) -> views.DemandPage:
    listed: list[Demand] = await unit(demands.all_demands)
    matched = await unit(demands.match_own)
    serials = {str(one.battery_id): one.serial for one in await unit(held)}
    wanted = [one for one in listed if one.open][:MOST_SETS]
    return views.DemandPage(
        sets=[await unit(demands.on_market, one.demand_id) for one in wanted],
        demands=listed,
        match=matched.match,
        skipped=matched.skipped,
        serials=serials,
        names={str(one.demand_id): one.name for one in listed},
        given=views.Typed(given),
        errors=views.Typed(errors),
        may_edit=may_edit(request),
    )


@post("/reuse/demands", guards=[editor], status_code=200, include_in_schema=False)
async def add_demand(request: AnyRequest, unit: Unit) -> HTML:
    """Register a use."""
    form = await sent(request)
    fields = fields_of(request, form)
    name = fields.text("name", needed=True)
    figures = {
        key: fields.number(key, needed=True)
        for key in ("p_max_kw", "e_min_kwh", "v_min", "v_max", "cycles_per_day", "soh_min", "value_per_kwh")
    }
    years, quantity = fields.money("years"), fields.money("quantity")
    if fields.errors or years > 60:
        return page(request, "demands.html", await _demands(request, unit, form, fields.errors), status_code=422)
    given: dict[str, Any] = {key: value for key, value in figures.items() if value is not None}
    use = Use(
        use_id="", temperature_range=(0.0, 40.0), dod=0.8, years=years, soh_eol=max(given["soh_min"] - 10, 0),
        quantity=min(quantity, 10_000), **given,
    )  # fmt: skip
    await unit(demands.register, name, use)
    return done(request, "/reuse/demands", Flash(happened=say(request, "demands.saved")))


@post("/reuse/demands/{demand_id:uuid}/offers", guards=[editor], status_code=200, include_in_schema=False)
async def offer_set(request: AnyRequest, unit: Unit, demand_id: FromPath[UUID]) -> Response[None]:
    """Offer each seller of the set the price asked."""
    await unit(demands.offer_for_set, demand_id)
    return done(request, "/reuse/deals", Flash(happened=say(request, "demands.offered")))


@post("/reuse/demands/{demand_id:uuid}/close", guards=[editor], status_code=200, include_in_schema=False)
async def close_demand(request: AnyRequest, unit: Unit, demand_id: FromPath[UUID]) -> Response[None]:
    """The use wants no more."""
    await unit(demands.close, demand_id)
    return done(request, "/reuse/demands", Flash(happened=say(request, "demands.closed")))


# Pools and contracts


@get("/reuse/pools", guards=[signed_in], include_in_schema=False)
async def pool_list(request: AnyRequest, unit: Unit) -> Response[str]:
    """Our pools, and contracts on both sides."""
    return page(request, "pools.html", await _pools(request, unit, {}))


async def _pools(request: AnyRequest, unit: Unit, errors: dict[str, str]) -> views.PoolsPage:
    listed = (await unit(contracts.page, limit=100)).items
    me = unit.scope.operator_id
    names = await unit(operators.names_of, {_partner(one, me) for one in listed})
    return views.PoolsPage(
        pools=await unit(pools.all_pools),
        contracts=[(one, views.name_of(names, _partner(one, me))) for one in listed],
        may_edit=may_edit(request),
        errors=views.Typed(errors),
        state_kinds=views.STATE_KINDS,
    )


def _partner(one: Contract, me: UUID) -> UUID:
    return one.user_id if one.provider_id == me else one.provider_id


@post("/reuse/pools", guards=[editor], status_code=200, include_in_schema=False)
async def add_pool(request: AnyRequest, unit: Unit) -> HTML:
    """Make a pool."""
    form = await sent(request)
    fields = fields_of(request, form)
    name = fields.text("name", needed=True)
    rated, cycles, years = (fields.number(key, needed=True) for key in ("rated_kwh", "efc_life", "age_life"))
    if fields.errors or rated is None or cycles is None or years is None or min(rated, cycles, years) <= 0:
        errors = fields.errors or {"rated_kwh": say(request, "choose")}
        return page(request, "pools.html", await _pools(request, unit, errors), status_code=422)
    rules = PoolRules(efc_life=cycles, age_life=years)
    made = await unit(pools.create, NewPool(name=name, rated_kwh=rated, rules=rules))
    return done(request, f"/reuse/pools/{made.pool_id}", Flash(happened=say(request, "pools.made")))


@get("/reuse/pools/{pool_id:uuid}", guards=[signed_in], include_in_schema=False)
async def pool(request: AnyRequest, unit: Unit, pool_id: FromPath[UUID]) -> Response[str]:
    """A pool: swap first, then its packs and its health."""
    return page(request, "pool.html", await _pool(request, unit, pool_id, {}, None))


async def _pool(
    request: AnyRequest, unit: Unit, pool_id: UUID, given: dict[str, str], error: str | None
) -> views.PoolPage:
    record = await unit(pools.get, pool_id)
    listed = (await unit(contracts.page, limit=100)).items
    running = [one for one in listed if one.pool_id == pool_id and one.state is ContractState.ACTIVE]
    names = await unit(operators.names_of, {one.user_id for one in running})
    steps = [state for state in PackState if state is not PackState.ISSUED]
    return views.PoolPage(
        pool=record,
        packs=await unit(pools.packs, pool_id),
        health=await unit(pools.health, pool_id),
        swaps=await unit(pools.recent, pool_id, 10),
        contracts=[Choice(str(one.contract_id), views.name_of(names, one.user_id)) for one in running],
        states=[Choice(state.value, say(request, f"state.{state.value}")) for state in steps],
        state_kinds=views.STATE_KINDS,
        swap_id=str(parse_uuid(given.get("swap_id", "")) or new_id()),
        given=views.Typed(given),
        error=error,
        may_edit=may_edit(request),
    )


@post("/reuse/pools/{pool_id:uuid}/swap", guards=[editor], status_code=200, include_in_schema=False)
async def swap(request: AnyRequest, unit: Unit, pool_id: FromPath[UUID]) -> HTML:
    """A pack goes out, another comes in; `swap_id` in the form makes a second sending harmless."""
    form = await sent(request)
    fields = fields_of(request, form)
    station, user = fields.text("station", needed=True), fields.text("user", needed=True)
    outgoing, incoming = _reading(fields, "out"), _reading(fields, "in")
    requested = fields.number("requested_kwh") if outgoing is None else None
    if fields.errors:
        error = next(iter(fields.errors.values()))
        return page(request, "pool.html", await _pool(request, unit, pool_id, form, error), status_code=422)
    asked = SwapInput(
        swap_id=parse_uuid(fields.text("swap_id")) or new_id(),
        station=station,
        user=user,
        pack_out=outgoing,
        pack_in=incoming,
        requested_kwh=requested,
        contract_id=parse_uuid(fields.text("contract_id")),
    )
    try:
        made = await unit(pools.swap, pool_id, asked)
        if not _is_of(made, asked):  # the form of a swap that was made already, gone back to and filled in for another
            made = await unit(pools.swap, pool_id, msgspec.structs.replace(asked, swap_id=new_id()))
    except Refusal as refusal:
        error = refusal.sentence(viewer_of(request).language)
        return page(request, "pool.html", await _pool(request, unit, pool_id, form, error), status_code=409)
    told = say(
        request,
        "pools.swapped",
        out=made.pack_out.pack_id if made.pack_out else "—",
        back=made.pack_in.pack_id if made.pack_in else "—",
    )
    return done(request, f"/reuse/pools/{pool_id}", Flash(happened=told))


def _is_of(made: Swap, asked: SwapInput) -> bool:
    same = (made.station, made.user, made.pack_in, made.contract_id)
    out = asked.pack_out is None or made.pack_out == asked.pack_out
    return out and same == (asked.station, asked.user, asked.pack_in, asked.contract_id)


def _reading(fields: Fields, way: str) -> Reading | None:
    name = fields.text(f"pack_{way}")
    if not name:
        return None
    soc, usable, soh = (fields.number(f"{key}_{way}", needed=True) for key in ("soc", "usable", "soh"))
    return Reading(
        pack_id=name,
        soc=soc or 0.0,
        usable_kwh=usable or 0.0,
        soh=soh or 0.0,
        counter_kwh=fields.number(f"counter_{way}"),
    )


@post("/reuse/pools/{pool_id:uuid}/packs", guards=[editor], status_code=200, include_in_schema=False)
async def add_pack(request: AnyRequest, unit: Unit, pool_id: FromPath[UUID]) -> HTML:
    """A pack joins; its verdict is that of its registered battery."""
    form = await sent(request)
    fields = fields_of(request, form)
    name, station = fields.text("pack_id", needed=True), fields.text("pack_station", needed=True)
    soc, soh, usable = (fields.number(key, needed=True) for key in ("pack_soc", "pack_soh", "pack_usable"))
    battery_id = None
    serial = fields.text("pack_serial")
    if serial:
        battery = await unit(batteries.find, serial)
        battery_id = battery.battery_id if battery else None
        if battery is None:
            fields.wrong("pack_serial", NEEDED)
    if fields.errors or soc is None or soh is None or usable is None:
        error = next(iter(fields.errors.values()), say(request, "choose"))
        return page(request, "pool.html", await _pool(request, unit, pool_id, form, error), status_code=422)
    pack = NewPack(pack_id=name, station=station, soc=soc, soh=soh, usable_kwh=usable, battery_id=battery_id)
    try:
        await unit(pools.add_pack, pool_id, pack)
    except Refusal as refusal:
        error = refusal.sentence(viewer_of(request).language)
        return page(request, "pool.html", await _pool(request, unit, pool_id, form, error), status_code=409)
    return done(request, f"/reuse/pools/{pool_id}", Flash(happened=say(request, "pools.joined", pack=name)))


@post("/reuse/pools/{pool_id:uuid}/move", guards=[editor], status_code=200, include_in_schema=False)
async def move_pack(request: AnyRequest, unit: Unit, pool_id: FromPath[UUID]) -> HTML:
    """Charging, resting, diagnosis, quarantine, retirement."""
    form = await sent(request)
    fields = fields_of(request, form)
    name, soc = fields.text("move_pack", needed=True), fields.number("move_soc")
    state = fields.one_of("move_state", PackState)
    if fields.errors or state is None:
        error = next(iter(fields.errors.values()), say(request, "choose"))
        return page(request, "pool.html", await _pool(request, unit, pool_id, form, error), status_code=422)
    try:
        await unit(pools.move, pool_id, name, state, soc)
    except Refusal as refusal:
        error = refusal.sentence(viewer_of(request).language)
        return page(request, "pool.html", await _pool(request, unit, pool_id, form, error), status_code=409)
    return done(request, f"/reuse/pools/{pool_id}", Flash(happened=say(request, "pools.moved", pack=name)))


@get("/reuse/contracts/new", guards=[editor], include_in_schema=False)
async def new_contract(request: AnyRequest, unit: Unit) -> Response[str]:
    """The form of a contract."""
    return page(request, "contract_new.html", await _new_contract(request, unit, {}, {}))


async def _new_contract(
    request: AnyRequest, unit: Unit, given: dict[str, str], errors: dict[str, str]
) -> views.NewContractPage:
    return views.NewContractPage(
        pools=[Choice(str(one.pool_id), one.name) for one in await unit(pools.all_pools)],
        plans=[Choice(plan.value, say(request, f"plan.{plan.value}")) for plan in Plan],
        given=views.Typed(
            given or {"starts": clock.today().isoformat(), "guaranteed_share": "0.9", "efc_remaining": "1000"}
        ),
        errors=views.Typed(errors),
    )


@post("/reuse/contracts/new", guards=[editor], status_code=200, include_in_schema=False)
async def offer_contract(request: AnyRequest, unit: Unit) -> HTML:
    """Offer a contract."""
    form = await sent(request)
    fields = fields_of(request, form)
    number, pool_id = fields.text("partner", needed=True), parse_uuid(fields.text("pool_id"))
    plan, starts = fields.one_of("plan", Plan), fields.day("starts", needed=True)
    money: dict[str, Any] = {
        key: fields.exact(key)
        for key in ("per_kwh", "period_fee", "guaranteed_share", "value_now", "value_floor", "efc_remaining",
                    "min_usable_kwh", "short_credit")
    }  # fmt: skip
    if fields.errors or pool_id is None or plan is None or starts is None:
        errors = fields.errors or {"pool_id": say(request, "choose")}
        return page(request, "contract_new.html", await _new_contract(request, unit, form, errors), status_code=422)
    try:
        user = await unit(operators.look_up, number)
        tariff = Tariff(plan=plan, **money)
        made = await unit(
            contracts.offer, NewContract(user_id=user.operator_id, pool_id=pool_id, tariff=tariff, starts=starts)
        )
    except Refusal as refusal:
        field = "plan" if isinstance(refusal, TariffInvalid) else "partner"
        errors = {field: refusal.sentence(viewer_of(request).language)}
        return page(request, "contract_new.html", await _new_contract(request, unit, form, errors), status_code=422)
    flash = Flash(happened=say(request, "contract.sent"), seen_by=say(request, "both_see"))
    return done(request, f"/reuse/contracts/{made.contract_id}", flash)


@get("/reuse/contracts/{contract_id:uuid}", guards=[signed_in], include_in_schema=False)
async def contract(
    request: AnyRequest, unit: Unit, contract_id: FromPath[UUID], month: FromQuery[str] = ""
) -> Response[str]:
    """A contract with the bill of a month."""
    found = await unit(contracts.get, contract_id)
    since, until = month_bounds(month)
    me = unit.scope.operator_id
    names = await unit(operators.names_of, {_partner(found, me)})
    context = views.ContractPage(
        contract=found,
        partner=views.name_of(names, _partner(found, me)),
        is_user=found.user_id == me,
        bill=await unit(contracts.bill_of, contract_id, since, until),
        since=since.isoformat()[:7],
        until=until.isoformat(),
        kind=views.kind_of(found.state),
        may_edit=may_edit(request),
    )
    return page(request, "contract.html", context)


@post("/reuse/contracts/{contract_id:uuid}/accept", guards=[editor], status_code=200, include_in_schema=False)
async def accept_contract(request: AnyRequest, unit: Unit, contract_id: FromPath[UUID]) -> Response[None]:
    """The user accepts."""
    return await _contract_step(request, unit, contract_id, "accept")


@post("/reuse/contracts/{contract_id:uuid}/decline", guards=[editor], status_code=200, include_in_schema=False)
async def decline_contract(request: AnyRequest, unit: Unit, contract_id: FromPath[UUID]) -> Response[None]:
    """The user declines."""
    return await _contract_step(request, unit, contract_id, "decline")


@post("/reuse/contracts/{contract_id:uuid}/end", guards=[editor], status_code=200, include_in_schema=False)
async def end_contract(request: AnyRequest, unit: Unit, contract_id: FromPath[UUID]) -> Response[None]:
    """Either side ends it."""
    return await _contract_step(request, unit, contract_id, "end")


async def _contract_step(request: AnyRequest, unit: Unit, contract_id: UUID, step: str) -> Response[None]:
    kept = await unit(contracts.step, contract_id, step)
    told = say(request, "contract.now", state=say(request, f"state.{kept.state.value}"))
    return done(request, f"/reuse/contracts/{contract_id}", Flash(happened=told, seen_by=say(request, "both_see")))


# Guarantees


@get("/reuse/guarantees", guards=[signed_in], include_in_schema=False)
async def guarantee_list(request: AnyRequest, unit: Unit, paging: Paging) -> Response[str]:
    """Guarantees given and held."""
    found = await unit(guarantees.page, limit=paging.limit, cursor=paging.cursor)
    me = unit.scope.operator_id
    others = {one.holder_id if one.guarantor_id == me else one.guarantor_id for one in found.items}
    names = await unit(operators.names_of, others)
    rows = [
        (one, views.name_of(names, one.holder_id if one.guarantor_id == me else one.guarantor_id))
        for one in found.items
    ]
    context = views.GuaranteesPage(
        rows=rows, next_cursor=found.next_cursor, state_kinds=views.STATE_KINDS, may_edit=may_edit(request)
    )
    return page(request, "guarantees.html", context)


@get("/reuse/guarantees/new", guards=[editor], include_in_schema=False)
async def new_guarantee(request: AnyRequest, unit: Unit, battery: FromQuery[str] = "") -> Response[str]:
    """The form: price first."""
    given = {"battery_id": battery, "years": "3"}
    return page(request, "guarantee_new.html", await _guarantee_form(unit, given, {}, None))


async def _guarantee_form(
    unit: Unit, given: dict[str, str], errors: dict[str, str], quote: Quote | None
) -> views.NewGuaranteePage:
    return views.NewGuaranteePage(
        batteries=await battery_choices(unit), given=views.Typed(given), errors=views.Typed(errors), quote=quote
    )


@post("/reuse/guarantees/new", guards=[editor], status_code=200, include_in_schema=False)
async def price_guarantee(request: AnyRequest, unit: Unit) -> HTML:
    """Price a guarantee; with `offer` it goes out to the partner."""
    form = await sent(request)
    fields = fields_of(request, form)
    battery_id, guaranteed = parse_uuid(fields.text("battery_id")), fields.money("guaranteed")
    years, cap = fields.number("years", needed=True), fields.number("km_cap")
    if fields.errors or battery_id is None or years is None:
        errors = fields.errors or {"battery_id": say(request, "choose")}
        return page(request, "guarantee_new.html", await _guarantee_form(unit, form, errors, None), status_code=422)
    terms = GuaranteeTerms(guaranteed=guaranteed, years=years, km_cap=cap)
    asked = GuaranteeRequest(battery_id=battery_id, terms=terms)
    try:
        if "offer" not in form:
            quote = await unit(guarantees.quote, asked)
            return page(request, "guarantee_new.html", await _guarantee_form(unit, form, {}, quote))
        holder = await unit(operators.look_up, fields.text("partner"))
        made = await unit(
            guarantees.offer, GuaranteeRequest(battery_id=battery_id, terms=terms, holder_id=holder.operator_id)
        )
    except Refusal as refusal:
        name = "partner" if "offer" in form else "guaranteed"
        errors = {name: refusal.sentence(viewer_of(request).language)}
        return page(request, "guarantee_new.html", await _guarantee_form(unit, form, errors, None), status_code=422)
    flash = Flash(happened=say(request, "guarantee.sent"), seen_by=say(request, "both_see"))
    return done(request, f"/reuse/guarantees/{made.guarantee_id}", flash)


@get("/reuse/guarantees/{guarantee_id:uuid}", guards=[signed_in], include_in_schema=False)
async def guarantee(request: AnyRequest, unit: Unit, guarantee_id: FromPath[UUID]) -> Response[str]:
    """A guarantee."""
    return page(request, "guarantee.html", await _guarantee(request, unit, guarantee_id, {}, None))


async def _guarantee(
    request: AnyRequest, unit: Unit, guarantee_id: UUID, given: dict[str, str], error: str | None
) -> views.GuaranteePage:
    found = await unit(guarantees.get_one, guarantee_id)
    me = unit.scope.operator_id
    other = found.holder_id if found.guarantor_id == me else found.guarantor_id
    names, language = await unit(operators.names_of, {other}), viewer_of(request).language
    return views.GuaranteePage(
        guarantee=found,
        partner=views.name_of(names, other),
        is_holder=found.holder_id == me,
        kind=views.kind_of(found.state),
        excluded=events_listed(found.terms.excluded_events).of(language),
        events=[(code, event_words(code).of(language)) for code in found.terms.excluded_events],
        given=views.Typed(given),
        error=error,
        may_edit=may_edit(request),
    )


@post("/reuse/guarantees/{guarantee_id:uuid}/{step:str}", guards=[editor], status_code=200, include_in_schema=False)
async def guarantee_step(request: AnyRequest, unit: Unit, guarantee_id: FromPath[UUID], step: FromPath[str]) -> HTML:
    """accept, decline, claim, settle."""
    form = await sent(request)
    fields = fields_of(request, form)
    try:
        if step == "claim":
            claim = _claim(fields, form)
            if claim is None:
                error = next(iter(fields.errors.values()), say(request, "choose"))
                context = await _guarantee(request, unit, guarantee_id, form, error)
                return page(request, "guarantee.html", context, status_code=422)
            await unit(guarantees.claim, guarantee_id, claim)
        else:
            steps = {"accept": guarantees.accept, "decline": guarantees.decline, "settle": guarantees.settle}
            if step not in steps:
                raise NotFound
            await unit(steps[step], guarantee_id)
    except Refusal as refusal:
        if refusal.status == 404:
            raise
        error = refusal.sentence(viewer_of(request).language)
        context = await _guarantee(request, unit, guarantee_id, form, error)
        return page(request, "guarantee.html", context, status_code=409)
    flash = Flash(happened=say(request, "guarantee.step_done"), seen_by=say(request, "both_see"))
    return done(request, f"/reuse/guarantees/{guarantee_id}", flash)


def _claim(fields: Fields, form: dict[str, str]) -> Claim | None:
    realised, km = fields.money("realised"), fields.number("km")
    certificate_id = parse_uuid(fields.text("certificate_id", needed=True).rsplit("/", 1)[-1])
    if fields.errors or certificate_id is None:
        return None
    events = tuple(name.removeprefix(_EVENT) for name in form if name.startswith(_EVENT))
    return Claim(realised=realised, certificate_id=certificate_id, km=km, events=events)


handlers = [
    demand_list,
    add_demand,
    offer_set,
    close_demand,
    pool_list,
    add_pool,
    pool,
    swap,
    add_pack,
    move_pack,
    new_contract,
    offer_contract,
    contract,
    accept_contract,
    decline_contract,
    end_contract,
    guarantee_list,
    new_guarantee,
    price_guarantee,
    guarantee,
    guarantee_step,
]
