"""Pages of batteries: scan, report, test, certificate, list. Words in, words out; nothing is decided here."""

from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post

from meguri.health.model import Chemistry, Conditions, Reference, Result, Status
from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope, Role
from meguri.operators import service as operators
from meguri.reuse import views
from meguri.reuse.certificate import DiagnosisInput, StoredCertificate
from meguri.reuse.circulation import kinds_open_to
from meguri.reuse.decide import Decision
from meguri.reuse.errors import BatteryKnown
from meguri.reuse.findings import soh_of
from meguri.reuse.forms import NOT_A_NUMBER, NOT_IN_ORDER, Fields, findings
from meguri.reuse.gate import GateResult
from meguri.reuse.grade import Grade
from meguri.reuse.model import Soh
from meguri.reuse.pages_market import waiting_deals
from meguri.reuse.records import (
    BatteryFacts,
    HeldBattery,
    Listing,
    ListingKind,
    ListingState,
    NewEvidence,
    NewListing,
)
from meguri.reuse.service import batteries, certificates, listings, passports
from meguri.reuse.service.judging import judged_now
from meguri.storage import Transaction
from meguri.ui import Flash, Place, done, page, viewer_of, words
from meguri.ui.parts import Choice
from meguri.web import FromPath, FromQuery, Paging, Unit, editor, signed_in

AnyRequest = Request[Any, Any, Any]
HTML = Response[str] | Response[None]
places = (Place("health", "/reuse", also=("/health", "/telemetry")),)


async def sent(request: AnyRequest) -> dict[str, str]:
    """The form's fields; files and repetitions are left out."""
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


def say(request: AnyRequest, key: str, **values: object) -> str:
    """A sentence of this room in the viewer's language."""
    return words.say(f"reuse.{key}", viewer_of(request).language, **values)


def chemistry_choices() -> list[Choice]:
    """Chemistries as choices."""
    return [Choice(one.value, one.value) for one in Chemistry]


class Reported(msgspec.Struct, frozen=True, kw_only=True):
    """What the report needs, read in one transaction."""

    battery: HeldBattery
    gate: GateResult
    grade: Grade
    soh: Soh | None
    decision: Decision | None
    listing: Listing | None
    certificate: StoredCertificate | None


async def reported(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> Reported:
    """Everything about one battery. Raises BatteryNotFound."""
    await batteries.get(tx, scope, battery_id)
    battery, gate, grade = await judged_now(tx, scope.operator_id, battery_id)
    stored = await batteries.evidence(tx, scope, battery_id)
    mine = [one for one in (await listings.own_page(tx, scope, limit=100)).items if one.battery_id == battery_id]
    issued = await certificates.page(tx, scope, battery_id=battery_id, limit=1)
    return Reported(
        battery=battery,
        gate=gate,
        grade=grade,
        soh=soh_of([one.finding for one in stored]),
        decision=await batteries.assess(tx, scope, battery_id),
        listing=mine[0] if mine else None,
        certificate=issued.items[0] if issued.items else None,
    )


@get("/reuse", guards=[signed_in], include_in_schema=False)
async def home(request: AnyRequest, unit: Unit, paging: Paging, missing: FromQuery[str] = "") -> Response[str]:
    """The field to scan, what waits for us, and our batteries."""
    found = await unit(batteries.page, limit=paging.limit, cursor=paging.cursor)
    context = views.HomePage(
        batteries=found.items,
        next_cursor=found.next_cursor,
        waiting=await waiting_deals(request, unit),
        may_edit=viewer_of(request).has(Role.EDITOR),
        not_found=missing,
        verdict_kinds={one.value: kind for one, kind in views.VERDICT_KINDS.items()},
    )
    return page(request, "home.html", context)


@get("/reuse/scan", guards=[signed_in], include_in_schema=False)
async def scan(unit: Unit, code: FromQuery[str] = "") -> Response[None]:
    """From a scanned code to the battery: ours, one on the market, or one to be registered."""
    name = code.strip()
    own = await unit(batteries.find, name) if name else None
    if own is not None:
        return _to(f"/reuse/batteries/{own.battery_id}")
    offered = await unit(listings.by_passport, name) if name else None
    if offered is not None:
        return _to(f"/reuse/market/{offered.listing_id}")
    return _to(f"/reuse?{_query(missing=name)}")


def _to(address: str) -> Response[None]:
    return Response(None, status_code=303, headers={"location": address, "cache-control": "no-store"})


def _query(**values: str) -> str:
    return urlencode(values)


@get("/reuse/batteries/new", guards=[editor], include_in_schema=False)
async def new_battery(request: AnyRequest, code: FromQuery[str] = "") -> Response[str]:
    """The form of a battery that is here; a scanned code is filled in."""
    given = {"dpp_id": code} if code.startswith("http") else {"serial": code}
    return page(request, "register.html", _register(given, {}))


def _register(given: dict[str, str], errors: dict[str, str]) -> views.RegisterPage:
    return views.RegisterPage(given=views.Typed(given), errors=views.Typed(errors), chemistries=chemistry_choices())


@post("/reuse/batteries/new", guards=[editor], status_code=200, include_in_schema=False)
async def register(request: AnyRequest, unit: Unit) -> HTML:
    """Take up a battery, or show the form again with what was typed."""
    form = await sent(request)
    fields = Fields(form, viewer_of(request).language)
    facts = _facts(fields)
    if facts is None:
        return page(request, "register.html", _register(form, fields.errors), status_code=422)
    try:
        made = await unit(batteries.register, facts)
    except BatteryKnown as refusal:
        errors = {"serial": refusal.sentence(viewer_of(request).language)}
        return page(request, "register.html", _register(form, errors), status_code=422)
    flash = Flash(happened=say(request, "register.done"), seen_by=say(request, "only_us"))
    return done(request, f"/reuse/batteries/{made.battery_id}", flash)


def _facts(fields: Fields) -> BatteryFacts | None:
    serial, model, maker = (fields.text(name, needed=True) for name in ("serial", "model", "maker"))
    energy = fields.number("rated_energy_kwh", needed=True)
    chemistry = fields.one_of("chemistry", Chemistry)
    given: dict[str, Any] = {
        "rated_capacity_ah": fields.number("rated_capacity_ah"),
        "mass_kg": fields.number("mass_kg"),
        "max_voltage_v": fields.number("max_voltage_v"),
        "cell_voltage_max": fields.number("cell_voltage_max"),
        "manufactured": fields.day("manufactured"),
        "dpp_id": fields.text("dpp_id") or None,
    }
    if energy is not None and energy <= 0:
        fields.wrong("rated_energy_kwh", NOT_A_NUMBER)
    if fields.errors or energy is None or chemistry is None:
        return None
    return BatteryFacts(serial=serial, model=model, maker=maker, chemistry=chemistry, rated_energy_kwh=energy, **given)


@get("/reuse/batteries/{battery_id:uuid}", guards=[signed_in], include_in_schema=False)
async def report(request: AnyRequest, unit: Unit, battery_id: FromPath[UUID]) -> Response[str]:
    """The report: may it be used again, what is it worth, what next, and why."""
    found = await unit(reported, battery_id)
    language = viewer_of(request).language
    rules = views.rule_rows(found.gate, language)
    context = views.ReportPage(
        battery=found.battery,
        gate=found.gate,
        grade=found.grade,
        verdict_kind=views.VERDICT_KINDS[found.gate.verdict],
        soh=found.soh,
        account=views.account_of(found.decision, language) if found.decision else None,
        rules=rules,
        open_rules=tuple(row for row in rules if row.kind == "stop" or (row.kind == "waiting" and row.required)),
        listing=found.listing,
        certificate=found.certificate,
        certificate_standing=found.certificate.standing(clock.now()) if found.certificate else "",
        may_edit=viewer_of(request).has(Role.EDITOR) and found.battery.held,
        is_owner=found.battery.owner_id == found.battery.operator_id,
        dangers=[one.of(language) for one in await unit(passports.dangers, found.battery.facts.passport_id)],
    )
    return page(request, "report.html", context)


@get("/reuse/batteries/{battery_id:uuid}/test", guards=[editor], include_in_schema=False)
async def test_form(request: AnyRequest, unit: Unit, battery_id: FromPath[UUID]) -> Response[str]:
    """The form of findings."""
    return page(request, "test.html", await _test(unit, battery_id, {}, {}))


async def _test(unit: Unit, battery_id: UUID, given: dict[str, str], errors: dict[str, str]) -> views.TestPage:
    return views.TestPage(
        battery=await unit(batteries.get, battery_id), given=views.Typed(given), errors=views.Typed(errors)
    )


@post("/reuse/batteries/{battery_id:uuid}/test", guards=[editor], status_code=200, include_in_schema=False)
async def save_test(request: AnyRequest, unit: Unit, battery_id: FromPath[UUID]) -> HTML:
    """Findings come in; the gate is judged anew."""
    form = await sent(request)
    fields = Fields(form, viewer_of(request).language)
    found = findings(fields)
    if fields.errors or not found:
        errors = fields.errors or {"visual_ok": say(request, "test.nothing")}
        return page(request, "test.html", await _test(unit, battery_id, form, errors), status_code=422)
    after = await unit(batteries.add_evidence, battery_id, NewEvidence(findings=found, source="inspection"))
    told = say(request, "test.done", verdict=say(request, f"verdict.{after.verdict.value}"))
    return done(request, f"/reuse/batteries/{battery_id}", Flash(happened=told, seen_by=say(request, "owner_too")))


@get("/reuse/batteries/{battery_id:uuid}/certificate", guards=[editor], include_in_schema=False)
async def certify_form(request: AnyRequest, unit: Unit, battery_id: FromPath[UUID]) -> Response[str]:
    """The form of a certificate, with what is known filled in."""
    return page(request, "certify.html", await _certify(unit, battery_id, {}, {}))


async def _certify(unit: Unit, battery_id: UUID, given: dict[str, str], errors: dict[str, str]) -> views.CertifyPage:
    found = await unit(reported, battery_id)
    known = {
        "soh": f"{found.soh.value:.1f}" if found.soh else "",
        "soh_low": f"{found.soh.lower:.1f}" if found.soh else "",
        "soh_high": f"{found.soh.upper:.1f}" if found.soh else "",
        "tested_on": clock.today().isoformat(),
        "temperature_c": "25",
        "c_rate": "1",
    }
    return views.CertifyPage(
        battery=found.battery,
        given=views.Typed(given or known),
        errors=views.Typed(errors),
        today=clock.today().isoformat(),
    )


@post("/reuse/batteries/{battery_id:uuid}/certificate", guards=[editor], status_code=200, include_in_schema=False)
async def certify(request: AnyRequest, unit: Unit, battery_id: FromPath[UUID]) -> HTML:
    """Issue a signed certificate."""
    form = await sent(request)
    fields = Fields(form, viewer_of(request).language)
    battery = await unit(batteries.get, battery_id)
    diagnosis = _diagnosis(fields, battery)
    if diagnosis is None:
        return page(request, "certify.html", await _certify(unit, battery_id, form, fields.errors), status_code=422)
    issued = await unit(certificates.issue, battery_id, diagnosis)
    flash = Flash(happened=say(request, "certify.done"), seen_by=say(request, "certify.seen"))
    return done(request, f"/reuse/certificates/{issued.certificate_id}", flash)


def _diagnosis(fields: Fields, battery: HeldBattery) -> DiagnosisInput | None:
    soh, low, high = (fields.number(name, needed=True) for name in ("soh", "soh_low", "soh_high"))
    tested = fields.day("tested_on", needed=True)
    method, instrument, place, person = (
        fields.text(name, needed=True) for name in ("method", "instrument", "place", "person")
    )
    if soh is not None and low is not None and high is not None and not low <= soh <= high <= 110:
        fields.wrong("soh", NOT_IN_ORDER)
    if fields.errors or soh is None or tested is None:
        return None
    energy_based = fields.text("basis") == "energy"
    rated = battery.facts.rated_energy_kwh if energy_based else battery.facts.rated_capacity_ah
    result = Result(
        quantity="soh_energy" if energy_based else "soh_capacity",
        value=soh,
        lower=low,
        upper=high,
        unit="%",
        method=method,
        status=Status.OK,
        reference=Reference("定格", rated, "kWh" if energy_based else "Ah") if rated else None,
        conditions=Conditions(temperature_c=fields.number("temperature_c"), c_rate=fields.number("c_rate")),
    )
    return DiagnosisInput(
        results=(result,),
        tested_on=tested,
        method=method,
        instrument=instrument,
        place=place,
        person=person,
        accreditation=fields.text("accreditation"),
    )


@get("/reuse/batteries/{battery_id:uuid}/list", guards=[editor], include_in_schema=False)
async def list_form(request: AnyRequest, unit: Unit, battery_id: FromPath[UUID]) -> Response[str]:
    """The form of a listing: what the market will see, and the price."""
    return page(request, "list.html", await _list(request, unit, battery_id, {}, {}))


async def _list(
    request: AnyRequest, unit: Unit, battery_id: UUID, given: dict[str, str], errors: dict[str, str]
) -> views.ListPage:
    found = await unit(reported, battery_id)
    account = views.account_of(found.decision, viewer_of(request).language) if found.decision else None
    kinds = kinds_open_to(found.gate.verdict)
    known = {"price": str(account.middle) if account and account.middle > 0 else "", "kind": kinds[0].value}
    return views.ListPage(
        battery=found.battery,
        account=account,
        kinds=[Choice(kind.value, say(request, f"kind.{kind.value}")) for kind in kinds],
        given=views.Typed(given or known),
        errors=views.Typed(errors),
    )


@post("/reuse/batteries/{battery_id:uuid}/list", guards=[editor], status_code=200, include_in_schema=False)
async def list_battery(request: AnyRequest, unit: Unit, battery_id: FromPath[UUID]) -> HTML:
    """Publish a battery on the market, after its name was typed."""
    form = await sent(request)
    fields = Fields(form, viewer_of(request).language)
    battery = await unit(batteries.get, battery_id)
    price = fields.money("price")
    if fields.text("confirm") != battery.serial:
        fields.errors.setdefault("confirm", say(request, "list.confirm_wrong"))
    kind = fields.one_of("kind", ListingKind)
    if fields.errors or kind is None:
        context = await _list(request, unit, battery_id, form, fields.errors)
        return page(request, "list.html", context, status_code=422)
    asked = NewListing(battery_id=battery_id, price=price, kind=kind, note=fields.text("note"), publish=True)
    try:
        made = await unit(listings.create, asked)
    except Refusal as refusal:
        errors = {"price": refusal.sentence(viewer_of(request).language)}
        return page(request, "list.html", await _list(request, unit, battery_id, form, errors), status_code=422)
    flash = Flash(happened=say(request, "list.done"), seen_by=say(request, "list.seen"))
    return done(request, f"/reuse/listings/{made.listing_id}", flash)


@get("/reuse/listings/{listing_id:uuid}", guards=[signed_in], include_in_schema=False)
async def own_listing(request: AnyRequest, unit: Unit, listing_id: FromPath[UUID]) -> Response[str]:
    """A listing of ours."""
    found = await unit(listings.own, listing_id)
    context = views.OwnListingPage(
        listing=found,
        stopped_for=views.ended_words(found.why, viewer_of(request).language),
        kind=views.kind_of(found.state),
        may_edit=viewer_of(request).has(Role.EDITOR) and found.state in (ListingState.PUBLISHED, ListingState.DRAFT),
    )
    return page(request, "own_listing.html", context)


@post("/reuse/listings/{listing_id:uuid}/withdraw", guards=[editor], status_code=200, include_in_schema=False)
async def withdraw(request: AnyRequest, unit: Unit, listing_id: FromPath[UUID]) -> Response[None]:
    """Take a listing back."""
    await unit(listings.withdraw, listing_id)
    return done(request, f"/reuse/listings/{listing_id}", Flash(happened=say(request, "list.withdrawn")))


async def names_of(unit: Unit, ids: set[UUID]) -> dict[UUID, str]:
    """Names of companies."""
    return await unit(operators.names_of, ids)


def month_bounds(text: str) -> tuple[date, date]:
    """First day of a month `YYYY-MM` and of the next; this month for anything else."""
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        first = clock.today().replace(day=1)
    following = date(first.year + first.month // 12, first.month % 12 + 1, 1)
    return first, following


handlers = [
    home,
    scan,
    new_battery,
    register,
    report,
    test_form,
    save_test,
    certify_form,
    certify,
    list_form,
    list_battery,
    own_listing,
    withdraw,
]
