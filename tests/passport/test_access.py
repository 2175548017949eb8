"""Every attribute × every kind of reader × every way out: exactly the right ones are readable, and nobody learns of the rest."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from tests.passport.batteries import complete, document
from tests.passport.conftest import House, later

from meguri.dataspaces.exchange import exporting, formats
from meguri.dataspaces.exchange.errors import RepresentationNotAvailable
from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope, PlatformRole
from meguri.operators import inbox
from meguri.passport import errors, register, service
from meguri.passport.access import LATTICE, Audience
from meguri.passport.catalogue import AccessClass, Attribute
from meguri.passport.document import HEADER, compressed
from meguri.passport.kinds import battery
from meguri.passport.model import Issued
from meguri.passport.public.content import content_of
from meguri.passport.public.page import passport_page
from meguri.passport.public.plan import plan_of
from meguri.passport.readings_store import Attachment
from meguri.passport.service import attaching, reminding
from meguri.proof import chain
from meguri.storage.files import StoredFile
from meguri.storage.transaction import Transaction

pytestmark = pytest.mark.anyio
MOMENT = "2026-11-01T00:00:00Z"
READERS = (Audience.PUBLIC, Audience.LEGITIMATE_INTEREST, Audience.AUTHORITY, Audience.OWNER)


def sample(attribute: Attribute) -> Any:
    """Some value of the attribute's type."""
    number = attribute.maximum / 2 if attribute.maximum else 50
    if attribute.key == "expected_lifetime_years":
        number = 10
    if attribute.type == "dyn_power_points":
        return {"value": [{"soc_pct": 80, "power_w": 1000}], "measured_at": MOMENT, "source": "lab"}
    if attribute.type.startswith("dyn_"):
        return {"value": round(number), "measured_at": MOMENT, "source": "lab"}
    certificate = {"standard": attribute.key, "number": "第331号", "issued": "2026-01-01"}
    bins = {"unit": "min", "measured_at": MOMENT, "bins": [{"from": 0, "to": 10, "value": 1}]}
    return {
        "string": "x",
        "uri": "https://docs.example.jp/x",
        "boolean": True,
        "integer": 2026,
        "decimal": round(number),
        "text": {"ja": "x"},
        "code": attribute.enum[0] if attribute.enum else "",
        "codes": [attribute.enum[0]] if attribute.enum else [],
        "document": document("x", "other"),
        "documents": [document("x", "other")],
        "certificate": certificate,
        "histogram": bins,
        "events": [{"id": "1", "at": MOMENT, "type": "accident"}],
        "materials": [{"name": "x", "component_name": "x", "critical": False}],
        "indices": [{"scheme": "x", "name": "x", "value": 1, "year": 2026}],
        "heavy_metals": [{"metal": "Cd", "concentration_pct": 0.0001, "location": "x"}],
        "jc_star": {"level": 1, "registration_no": "x", "valid_until": "2030-01-01"},
        "country_shares": [{"country": "JP", "share_pct": 100}],
        "organisation": {
            "name": {"ja": "x"},
            "id": "x",
            "address": {"country": "JP", "postal_code": "1", "street": "x"},
        },
        "thermal_test": {"outcome": "no_runaway", "method": "x", "tested_on": "2026-01-01"},
        "soh": {
            "value": 90,
            "definition": "capacity",
            "method": "bms",
            "reference": "x",
            "measured_at": MOMENT,
            "source": "bms",
        },
    }.get(attribute.type)


def everything() -> dict[str, Any]:
    """A battery in which every attribute that can be written is."""
    kind = battery()
    values = complete("ev")
    for attribute in kind.attributes.values():
        if attribute.key not in values and attribute.key not in kind.read_only:
            found = sample(attribute)
            if found is not None:
                values[attribute.key] = found
    values |= {"symbols_cd_pb": ["Cd"], "manufacturer_email": "a@b.example", "cell_count": 100, "auction_award": False}
    values |= {"commodity_code": "85076000", "notified_body_number": "0123"}
    del values["none_declared"]
    return values


class World:
    """A battery filled to the last attribute, and one reader of each kind."""

    def __init__(self, house: House, made: Issued, scopes: dict[Audience, OperatorScope]) -> None:
        self.house, self.made, self.scopes = house, made, scopes

    async def run(self, reader: Audience, use_case: Any, *args: Any, **more: Any) -> Any:
        return await self.house.run(self.scopes[reader], use_case, *args, **more)


@pytest.fixture(scope="module")
async def world(house: House) -> World:
    owner, interested, office = [await house.company(name) for name in ("持主", "修理業者", "当局")]
    made = await house.battery(owner, values=everything(), initial_declared=False)
    await house.run(owner, service.put_into_service, made.dpp_id, "2026-11")
    asked = service.NewRequest(
        role="repairer", scope=service.ReachInput(dpp_ids=(made.dpp_id,)), classes=("P2", "P4"), purpose="repair"
    )
    request = await house.run(interested, service.request_access, asked)
    await house.run(owner, service.approve, request.request_id)
    authority = OperatorScope(office.operator_id, office.actor, office.role, PlatformRole.AUTHORITY, office.person_id)
    return World(
        house,
        made,
        {
            Audience.PUBLIC: service.ANONYMOUS,
            Audience.LEGITIMATE_INTEREST: interested,
            Audience.AUTHORITY: authority,
            Audience.OWNER: owner,
        },
    )


def allowed(reader: Audience, key: str) -> bool:
    """The law's own table, written down once more."""
    classes = {
        Audience.PUBLIC: {"P1"},
        Audience.LEGITIMATE_INTEREST: {"P1", "P2", "P4"},
        Audience.AUTHORITY: {"P1", "P2", "P3"},
        Audience.OWNER: {"P1", "P2", "P3", "P4", "OWN"},
    }[reader]
    return battery().attributes[key].access in classes


@pytest.fixture(scope="module")
async def whole(world: World) -> dict[str, Any]:
    """All that there is to hide."""
    found: dict[str, Any] = (await world.run(Audience.OWNER, service.read, world.made.dpp_id)).values
    assert len(found) > 190
    assert {battery().attributes[key].access for key in found} == set(AccessClass)
    return found


@pytest.mark.parametrize("reader", READERS)
async def test_a_document_holds_exactly_what_its_reader_may_see(
    world: World, whole: dict[str, Any], reader: Audience
) -> None:
    view = await world.run(reader, service.read, world.made.dpp_id)
    forbidden = {key for key in whole if battery().attributes[key].flag("ec", "ev") in ("N", "P")} - (
        set(whole) if reader is Audience.OWNER else set()
    )
    assert view.values.keys() == {key for key in whole if allowed(reader, key)} - forbidden
    text = str(compressed(battery(), view.values))
    hidden = [key for key in whole if not allowed(reader, key) and key not in HEADER.values()]
    assert [key for key in hidden if f"'{key}'" in text] == []
    assert view.standing.classes == LATTICE[reader]


@pytest.mark.parametrize("reader", READERS)
async def test_a_page_shows_exactly_what_its_reader_may_see(
    world: World, whole: dict[str, Any], reader: Audience
) -> None:
    view = await world.run(reader, service.read, world.made.dpp_id, what="page")
    plan, content = plan_of(battery()), content_of(battery(), view, "en")
    shown = {item.key for block in content.blocks for item in block.items if item.shown is not None}
    drawn = {key for one in plan.recycled for key in (one.total, one.before, one.after)} | set(plan.stages.keys)
    head = {one.key for one in battery().by_section["envelope"]} | set(plan.elsewhere)
    assert [key for key in shown if not allowed(reader, key)] == []
    assert view.values.keys() - drawn - head <= shown
    assert (content.health is not None) == allowed(reader, "soce")
    seen = {item.label for block in content.blocks for item in block.items}
    labels = {battery().attributes[key].name.en: key for key in whole if not allowed(reader, key)}
    labels = {label: key for label, key in labels.items() if label not in seen}
    rendered = passport_page(view, None, "en", "https://id.example.jp")
    assert [key for label, key in labels.items() if f"<dt>{label}</dt>" in rendered] == []
    if reader is Audience.PUBLIC:
        assert content_of(battery(), await world.run(reader, service.read_public, world.made.dpp_id), "en") == content


@pytest.mark.parametrize("reader", READERS)
async def test_an_export_carries_exactly_what_its_reader_may_see_or_is_refused(world: World, reader: Audience) -> None:
    view = await world.run(reader, service.read, world.made.dpp_id)
    classes = {one.value for one in view.standing.classes}
    for name, form in formats.all_formats().items():
        try:
            made = await world.run(reader, exporting.export, world.made.dpp_id, name, partial=True)
        except RepresentationNotAvailable:
            assert not form.needs <= classes, name
            continue
        assert form.needs <= classes, name
        if name != exporting.AASX:
            back = formats.read(name, made.document).values
            assert [key for key in back if not allowed(reader, key)] == [], name
    linked = await world.run(reader, exporting.export, world.made.dpp_id, "jsonld")
    assert formats.read("jsonld", linked.document).values.keys() == view.values.keys()
    own = await world.run(reader, exporting.export, world.made.dpp_id, "en18223")
    assert own.document == compressed(battery(), view.values)


@pytest.mark.parametrize("reader", READERS)
async def test_each_element_is_given_or_refused_by_its_class_filled_or_not(world: World, reader: Audience) -> None:
    for key in battery().attributes:
        try:
            await world.run(reader, service.element, world.made.dpp_id, key)
            answered: Any = True
        except (errors.AuthenticationRequired, errors.AccessClassDenied) as refusal:
            answered = type(refusal)
        refused = errors.AuthenticationRequired if reader is Audience.PUBLIC else errors.AccessClassDenied
        assert answered == (True if allowed(reader, key) else refused), key


@pytest.mark.parametrize("reader", READERS)
async def test_history_and_past_versions_follow_todays_classes(
    world: World, whole: dict[str, Any], reader: Audience
) -> None:
    if reader is Audience.PUBLIC:
        for use_case, args in ((service.history, ()), (service.read_at, (clock.now(),)), (service.read_version, (1,))):
            with pytest.raises(errors.AuthenticationRequired):
                await world.run(reader, use_case, world.made.dpp_id, *args)
        return
    versions, _ = await world.run(reader, service.history, world.made.dpp_id)
    named = {key for version in versions for key in version.changed_keys}
    assert named
    assert [key for key in named if not allowed(reader, key)] == []
    happenings = {version.event for version in versions}
    assert ("put_into_service" in happenings) == allowed(reader, "putting_into_service_date")
    past = await world.run(reader, service.read_version, world.made.dpp_id, 1)
    assert [key for key in past.values if not allowed(reader, key)] == []
    assert past.values["battery_mass"] == 430


@pytest.mark.parametrize("reader", READERS)
async def test_filters_and_lists_follow_the_classes(world: World, reader: Audience) -> None:
    owner = world.scopes[Audience.OWNER].operator_id
    if reader is Audience.PUBLIC:
        with pytest.raises(errors.AuthenticationRequired):
            await world.run(reader, service.search, service.Wanted(), of=owner)
        return
    found = await world.run(reader, service.search, service.Wanted(), of=owner)
    (brief,) = found.items
    assert (brief.life is not None) == allowed(reader, "battery_status")
    assert (brief.score is not None) == (reader is Audience.OWNER)
    for key in battery().attributes:
        wanted = service.Wanted(filters={key: "never"})
        if allowed(reader, key):
            assert (await world.run(reader, service.search, wanted, of=owner)).items == []
        else:
            with pytest.raises(errors.ForbiddenFilter):
                await world.run(reader, service.search, wanted, of=owner)
    mass = service.Wanted(filters={"battery_mass": 430})
    assert len((await world.run(reader, service.search, mass, of=owner)).items) == 1


@pytest.mark.parametrize("reader", READERS)
async def test_slices_are_those_of_the_readers_classes(world: World, reader: Audience) -> None:
    _, slices = await world.run(reader, service.slices, world.made.dpp_id)
    assert slices.keys() == {each.value for each in LATTICE[reader]}
    for access, held in slices.items():
        assert {battery().attributes[key].access for key in held if key != "_salt"} <= {access}


@pytest.mark.parametrize("reader", READERS)
async def test_a_file_is_read_by_whoever_sees_the_attribute_that_names_it(world: World, reader: Audience) -> None:
    owner = Audience.OWNER
    stored = StoredFile("a" * 64, 10)
    files: dict[str, Attachment] = {}
    changes: dict[str, Any] = {}
    named = [one for one in battery().attributes.values() if one.type in ("document", "documents")]
    assert {one.access for one in named} >= {"P1", "P2", "P3", "P4"}
    for attribute in named:
        key = attribute.key
        files[key] = made = await world.run(owner, attaching.attach, world.made.dpp_id, f"{key}.pdf", stored)
        value = {**document(key, "other"), "file_id": str(made.file_id)}
        del value["url"]
        if key == "dismantling_information":
            value["coverage"] = complete("ev")[key][0]["coverage"]
        changes[key] = [value] if attribute.type == "documents" else value
    await world.run(owner, service.change, world.made.dpp_id, changes)
    loose = await world.run(owner, attaching.attach, world.made.dpp_id, "loose.pdf", stored)
    listed = {each.file_id for each in await world.run(reader, attaching.attachments, world.made.dpp_id)}
    for key, made in files.items():
        assert (made.file_id in listed) == allowed(reader, key), key
        await _opens(world, reader, made.file_id, allowed(reader, key))
    await _opens(world, reader, loose.file_id, reader is owner)
    if reader is not owner:
        first, second = [await _refusal(world, reader, each) for each in (loose.file_id, uuid4())]
        assert first == second


async def _opens(world: World, reader: Audience, file_id: Any, expected: bool) -> None:
    assert (await _refusal(world, reader, file_id) is None) == expected


async def _refusal(world: World, reader: Audience, file_id: Any) -> str | None:
    try:
        await world.run(reader, attaching.attachment, world.made.dpp_id, file_id)
    except Refusal as refusal:
        return refusal.code
    return None


async def test_every_reading_is_in_the_owners_register_and_its_chain_holds(world: World) -> None:
    owner = world.scopes[Audience.OWNER]

    async def entries(tx: Transaction, scope: OperatorScope) -> Any:
        return [line.entry for line in await register.page(tx, scope.operator_id, None, count=100_000)]

    before = len(await world.house.run(owner, entries))
    await world.run(Audience.LEGITIMATE_INTEREST, service.read, world.made.dpp_id)
    await world.run(Audience.PUBLIC, service.read, world.made.dpp_id)
    found = await world.house.run(owner, entries)
    assert len(found) == before + 1
    newest = found[0]
    assert newest["action"] == "passport.read"
    assert newest["actor"] == world.scopes[Audience.LEGITIMATE_INTEREST].actor
    assert (newest["audience"], newest["classes"]) == ("legitimate_interest", ["P1", "P2", "P4"])
    assert chain.first_broken(reversed(found)) is None


async def test_a_grant_ends_by_time_by_being_taken_back_and_reaches_no_further_than_it_says(house: House) -> None:
    owner, reader = await house.company(), await house.company()
    first, second = await house.battery(owner), await house.battery(owner)
    reach = service.ReachInput(dpp_ids=(first.dpp_id,))
    given = await house.run(
        owner, service.grant, service.NewGrant(grantee_operator_id=reader.operator_id, scope=reach, classes=("P2",))
    )
    _, value = await house.run(reader, service.element, first.dpp_id, "dismantling_information")
    assert value
    with pytest.raises(errors.AccessClassDenied):
        await house.run(reader, service.element, first.dpp_id, "battery_status")
    with pytest.raises(errors.GrantScope):
        await house.run(reader, service.element, second.dpp_id, "dismantling_information")
    ninety = clock.now() + timedelta(days=90, seconds=5)
    with clock.fixed_clock(lambda: ninety), pytest.raises(errors.GrantExpired):
        await house.run(reader, service.element, first.dpp_id, "dismantling_information")
    await house.run(owner, service.suspend, given.grant_id)
    with pytest.raises(errors.GrantRevoked):
        await house.run(reader, service.element, first.dpp_id, "dismantling_information")
    await house.run(owner, service.suspend, given.grant_id, suspended=False)
    await house.run(reader, service.element, first.dpp_id, "dismantling_information")
    await house.run(owner, service.revoke, given.grant_id)
    with pytest.raises(errors.GrantRevoked):
        await house.run(reader, service.element, first.dpp_id, "dismantling_information")
    with pytest.raises(errors.DealingClosed):
        await house.run(owner, service.revoke, given.grant_id)


async def test_a_grant_never_opens_what_law_keeps_from_its_audience(house: House) -> None:
    owner, reader = await house.company(), await house.company()
    made = await house.battery(owner)
    reach = service.ReachInput(dpp_ids=(made.dpp_id,))
    asked = service.NewRequest(role="repairer", scope=reach, classes=("P3",), purpose="repair")
    with pytest.raises(errors.ClassNotGrantable):
        await house.run(reader, service.request_access, asked)
    for audience, classes in (
        ("legitimate_interest", ("P3",)),
        ("authority", ("P4",)),
        ("owner", ("P2",)),
        ("x", ("P2",)),
    ):
        given = service.NewGrant(
            grantee_operator_id=reader.operator_id, scope=reach, classes=classes, audience=audience
        )
        with pytest.raises(errors.ClassNotGrantable):
            await house.run(owner, service.grant, given)


async def test_a_request_is_decided_by_the_responsible_operator_alone_and_once(house: House) -> None:
    owner, reader, third = [await house.company() for _ in range(3)]
    made = await house.battery(owner)
    reach = service.ReachInput(dpp_ids=(made.dpp_id,))
    asked = service.NewRequest(role="insurer", scope=reach, classes=("P4",), purpose="valuation")
    request = await house.run(reader, service.request_access, asked)
    for stranger in (reader, third):
        with pytest.raises(errors.DealingNotFound):
            await house.run(stranger, service.approve, request.request_id)
    with pytest.raises(errors.DenialReason):
        await house.run(owner, service.deny, request.request_id, "because")
    denied = await house.run(owner, service.deny, request.request_id, "no_evidence")
    assert (denied.state, denied.denial_reason) == ("denied", "no_evidence")
    with pytest.raises(errors.DealingClosed):
        await house.run(owner, service.approve, request.request_id)
    again = await house.run(reader, service.request_access, asked)
    late = clock.now() + timedelta(days=31)
    with clock.fixed_clock(lambda: late):
        with pytest.raises(errors.DealingClosed):
            await house.run(owner, service.approve, again.request_id)
        assert (await house.run(owner, service.request, again.request_id)).state == "expired"
    eleven = clock.now() + timedelta(days=11)
    with clock.fixed_clock(lambda: eleven):
        assert (await house.run(owner, service.request, again.request_id)).overdue


async def test_a_delegate_acts_as_the_owner_and_both_are_named(house: House) -> None:
    owner, provider, further = [await house.company() for _ in range(3)]
    made = await house.battery(owner)
    with pytest.raises(errors.NotResponsibleOperator):
        await house.run(provider, service.change, made.dpp_id, {"battery_mass": 431})
    mandate = await house.run(
        owner,
        service.delegate,
        delegate_operator_id=provider.operator_id,
        reach=service.ReachInput(),
        authorisation_document_id="contract-1",
    )
    await house.run(provider, service.change, made.dpp_id, {"battery_mass": 431})
    (version, *_), _ = await house.run(owner, service.history, made.dpp_id)
    assert (version.actor, version.on_behalf_of) == (provider.actor, owner.operator_id)
    await house.run(
        provider,
        service.delegate,
        delegate_operator_id=further.operator_id,
        reach=service.ReachInput(operator_id=owner.operator_id),
        authorisation_document_id="contract-2",
    )
    await house.run(further, service.change, made.dpp_id, {"battery_mass": 432})
    await house.run(owner, service.end_delegation, mandate.delegation_id)
    for scope in (provider, further):
        with pytest.raises(errors.NotResponsibleOperator):
            await house.run(scope, service.change, made.dpp_id, {"battery_mass": 433})


async def test_a_request_left_undecided_for_ten_days_is_brought_to_mind_once_and_the_platform_learns_only_whose(
    house: House,
) -> None:
    owner, asker, platform = [await house.company(name) for name in ("持主", "申請者", "運営")]
    made = await house.battery(owner)
    asked = service.NewRequest(
        role="repairer", scope=service.ReachInput(dpp_ids=(made.dpp_id,)), classes=("P2",), purpose="repair"
    )
    request = await house.run(asker, service.request_access, asked)

    async def told(scope: OperatorScope) -> list[str]:
        return [one.type for one in (await house.run(scope, inbox.listed)).items]

    assert await told(owner) == ["PASSPORT_ACCESS_ASKED"]
    assert await house.run(owner, reminding.remind, [platform.operator_id]) == 0
    with later(days=10, minutes=1):
        assert await house.run(owner, reminding.remind, [platform.operator_id]) >= 1
        assert await house.run(owner, reminding.remind, [platform.operator_id]) == 0
        assert (await house.run(owner, service.requests, side="giver"))[0].overdue
    assert await told(owner) == ["PASSPORT_ACCESS_OVERDUE", "PASSPORT_ACCESS_ASKED"]
    (seen,) = [
        one for one in (await house.run(platform, inbox.listed)).items if one.from_operator_id == owner.operator_id
    ]
    assert (seen.type, str(asker.operator_id) in str(seen)) == ("PASSPORT_ACCESS_UNANSWERED", False)
    await house.run(owner, service.deny, request.request_id, "no_evidence")
    assert await told(asker) == ["PASSPORT_ACCESS_DECIDED"]
