"""Every door of the real application, tried by everyone who has no business there. Nothing opens, nothing changes."""

import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import httpx
import msgspec
import pytest
from tests.chain import Company, company
from tests.footprint.worksheets.helpers import line
from tests.footprint.worksheets.helpers import sheet as battery_sheet
from tests.identity.softkey import SoftKey
from tests.passport.batteries import complete

from meguri.dataspaces.catenax.notices import store as notices
from meguri.dataspaces.ouranos.client import joining as outside
from meguri.dataspaces.ouranos.client.model import Access
from meguri.footprint import auditing, declarations
from meguri.footprint.declarations.model import Provider
from meguri.footprint.worksheets import service as worksheets
from meguri.identity import service
from meguri.identity.model import AccessState
from meguri.identity.service import passkeys
from meguri.imports import service as imports
from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, PlatformRole, Role
from meguri.messages import service as messages
from meguri.messages.model import WebhookInput
from meguri.messages.store import add_delivery
from meguri.operators import service as operators
from meguri.passport import service as passport
from meguri.passport.model import NewPassport
from meguri.passport.service import attaching, bulk
from meguri.storage import Transaction
from meguri.storage.files import StoredFile
from meguri.telemetry import service as telemetry
from meguri.telemetry.model import BatteryInput, Chemistry, GatewayInput, Level, NamePlate
from meguri.web.auth import PUBLIC

from .conftest import PASSWORD, Site
from .diligence_things import diligent
from .health_things import diagnosed
from .passport_things import passported
from .recycling_things import recycled
from .reuse_things import circulated
from .walk import Door, doors_of, state_of

pytestmark = pytest.mark.anyio

# The doors that are open to everybody, under review: whoever adds one here says why.
OPEN = {
    "GET /healthz",  # supervisors
    "GET /readyz",  # supervisors
    "GET /metrics",  # has a token of its own, or answers this machine only
    "GET /.well-known/jwks.json",  # public keys
    "GET /api/v1/openapi.json",  # describes, holds nothing
    "GET /api/v1/docs",
    "POST /api/v1/session",  # signing in
    "POST /api/v1/session/refresh",
    "POST /api/v1/session/join",  # needs a one-time link
    "GET /sign-in",
    "POST /sign-in",
    "POST /sign-in/code",  # the second step: needs the ticket of the first
    "POST /sign-in/passkey",  # needs the answer of a passkey to a challenge of ours
    "GET /sign-in/provider",  # off to the provider elsewhere, where there is one
    "GET /sign-in/provider/back",  # needs the ticket that the browser keeps, and the provider's word
    "POST /sign-in/provider/link",  # needs a ticket, and the password of the account here
    "GET /join/{token}",
    "POST /join/{token}",
    "GET /glossary",  # the words of the trade
    "GET /glossary/{key}",
    "GET /apply",  # a company asks to be let in
    "POST /apply",
    "GET /answer/{token}",  # a guest's link: asks for the address it was sent to
    "POST /answer/{token}",
    "GET /answer",  # what a browser may see in which the address was proved
    "POST /answer",
    "GET /answer/copy",
    "POST /answer/join",
    "GET /answer/diligence",
    "POST /answer/diligence",
    "GET /answer/diligence/copy",
    "POST /answer/diligence/join",
    "GET /static/{digest}/{path}",  # files of the pages
    "GET /favicon.ico",
    "GET /language/{language}",  # keeps the choice of language in a cookie
    "POST /api/v1/telemetry/points",  # needs a gateway's token, or an editor of the company
    "GET /api/v1/footprint/published/{declaration_id}",  # what a company declared to the public
    "GET /api/v1/footprint/published/{declaration_id}/pdf",
    "GET /.well-known/did.json",  # who signs here: public keys
    "GET /.well-known/meguri-key-history.json",
    "GET /.well-known/gs1resolver",  # which identifiers are resolved here
    "GET /operators/{operator_id}/did.json",
    "GET /operators/{operator_id}/key-history.json",
    "GET /vc/v1/status/{operator_id}/bitstring/{purpose}/{number}",  # which credentials are revoked, by number alone
    "GET /vc/v1/status/{operator_id}/token/revocation/{number}",
    "GET /contexts/passport/v1",  # what words mean
    "GET /vct/battery-passport",
    "POST /v1/verify",  # anyone verifies anything, free
    "POST /vc/v1/verify",
    "POST /v1/registerDPP",  # refuses strangers in the standard's own words
    "POST /metadata/v1/registerDPP",
    "GET /passport-symbols/{name}",  # drawings
    "GET /verify",
    "GET /scan",  # reads a code on the device, and says whose it is
    "POST /verify",
    "GET /passport/{passport_id}/snapshot.html",  # the public part of a published passport
    "GET /passport/{passport_id}/passport.pdf",
    "GET /passport/{passport_id}/credential.json",
    "GET /passport/{passport_id}/document.json",
    "GET /passport/{passport_id}/document.jsonld",
    "GET /passport/{passport_id}/files/{file_id}",  # kept documents of the public part; more for whom proves who asks
    "GET /api/v1/passports/{identifier}/exports/{format_name}",  # the public part; more for whom proves who asks
    "GET /api/v1/passports/{identifier}/credentials",
    "GET /api/v1/passports/{identifier}/credentials/{slice_name}",
    "POST /api/v1/dd/grievances",  # anybody may tell, without a name; limited per network
    "GET /api/v1/dd/grievances/mine",  # needs the code that the reporter was given
    "POST /api/v1/dd/grievances/mine/messages",  # needs the code as well
    "GET /public/dd/{operator_id}/grievance",  # the form of the same
    "POST /public/dd/{operator_id}/grievance",
    "GET /public/dd/{operator_id}/grievance/follow",
    "POST /public/dd/{operator_id}/grievance/follow",
    "GET /public/dd/{operator_id}/reports/{report_id}",  # what a company published: (EU) 2023/1542 Art. 52(3)
    "GET /public/dd/{operator_id}/reports/{report_id}/pdf",
    "GET /public/dd/{operator_id}/reports/{report_id}/json",
    "GET /reuse/certificates/{certificate_id}",  # a certificate is made to be shown; its address is its key
    "GET /reuse/certificates/{certificate_id}/pdf",
    "GET /reuse/certificates/{certificate_id}/json",
    "GET /published/declarations/{declaration_id}",
    "GET /published/declarations/{declaration_id}/declaration.pdf",
    "GET /published/declarations/{declaration_id}/study.svg",
    "GET /ui",  # the components, in demonstration and tutorial only
}
ROLES = {"signed in": 1, "editor": 2, "admin": 3, "admin, freshly proved": 3, "person, freshly proved": 1}
ROLES["editor, freshly proved in pages"] = 2
RANK = {Role.VIEWER: 1, Role.EDITOR: 2, Role.ADMIN: 3}


def closed(site: Site) -> list[Door]:
    return [door for door in doors_of(site.native) if door.policy is not None]


async def knock(client: httpx.AsyncClient, door: Door, values: dict[str, object] | None = None) -> httpx.Response:
    body = {} if door.method in ("GET", "DELETE") else {"json": {}} if door.is_api else {"data": {"confirm": "x"}}
    headers = {"accept": "application/json" if door.is_api else "text/html"}
    nobodys = {place: new_id() if place.endswith("_id") else 1 for place in door.places}
    path = door.at(values or nobodys)
    return await client.request(door.method, path, headers=headers, **body)  # type: ignore[arg-type]


def is_shut(door: Door, answer: httpx.Response) -> bool:
    """401 in the API, the way to the sign-in page on pages; with a problem's shape."""
    if not door.is_api:
        return answer.status_code == 303 and answer.headers["location"].startswith("/sign-in")
    problem = answer.json()
    return (
        answer.status_code == 401
        and answer.headers["content-type"] == "application/problem+json"
        and problem.keys() >= {"type", "title", "status", "detail", "code", "tracking_id"}
    )


@asynccontextmanager
async def unchanged(site: Site) -> AsyncIterator[None]:
    before = state_of(site.ground.owner)
    yield
    after = state_of(site.ground.owner)
    assert {table for table in before if before[table] != after[table]} == set()


async def footprints_of(a: Company) -> dict[str, object]:
    """A worksheet with a result, a declaration and a verification statement."""
    sheet = await battery_sheet(a, "pack", line("steel", 1, "DEMO-steel"))
    kept = await a.run(worksheets.compute, sheet.worksheet_id)
    result_id = kept.result.result_id
    declared = await a.run(declarations.draft, declarations.DeclarationInput(result_id=result_id, model="M-1"))
    statement = declarations.VerificationInput(
        result_id=result_id,
        result_hash=kept.hash,
        coverage="product level",
        level="limited",
        standard="ISO 14064-3",
        provider=Provider(name="V"),
        scope="M-1",
    )
    verified = await a.run(declarations.add_verification, statement)
    auditor = await company(a.db, "検証")
    number = (await auditor.run(operators.own)).open_operator_id
    until = clock.today() + timedelta(days=30)
    asked = auditing.EngagementInput(company=number, until=until)
    engaged = await a.run(auditing.invite, declared.declaration_id, asked)
    found = await auditor.run(auditing.raise_finding, engaged.engagement_id, auditing.FindingInput(words="why?"))
    return {
        "engagement_id": engaged.engagement_id,
        "finding_id": found.finding_id,
        "worksheet_id": sheet.worksheet_id,
        "result_id": result_id,
        "other_id": result_id,
        "declaration_id": declared.declaration_id,
        "verification_id": verified.verification_id,
        **{name: new_id() for name in ("reduction_id", "partner_id", "footprint_id", "mapping_id", "message_id")},
    }


async def furnished(site: Site) -> dict[str, object]:
    """Company A with something behind every door, and the ids of it all by the names of the doors' places."""
    ann = await site.person("ann@a.example", site.a)
    await site.person("vic@a.example", site.a, Role.VIEWER)
    a, b = await company(site.db, "甲"), await company(site.db, "乙")
    c = await company(site.db, "丙")
    await service.open_access(site.db, a.id)
    eve = await site.person("eve@a.example", a.id)
    await a.part("pack", [("cell", 2)])
    await b.part("cell", ends=True)
    trade = await a.ask(b, "cell")
    await a.declare("pack", main=5)
    made = await footprints_of(a)
    async with site.client(authorization=f"Bearer {await site.token('eve@a.example')}") as client:
        key = (await client.post("/api/v1/keys", json={"name": "k", "address_ranges": ["10.0.0.0/8"]})).json()
        invited = {"email": "new@a.example", "name": "New", "role": "viewer"}
        link = (await client.post("/api/v1/people/invitations", json=invited)).json()
        sign_ins = (await client.get("/api/v1/sessions")).json()["items"]
        inbox = (await client.get("/api/v1/inbox")).json()["items"]
    personal = await own_proofs(site, a.id, eve)
    webhook = await a.run(messages.add_webhook, WebhookInput(url="https://example.com/"))
    delivery_id = await a.run(add_delivery, webhook.webhook_id, new_id(), "TEST", "{}")
    watched = await a.run(
        telemetry.add, BatteryInput(label="pack", plate=NamePlate(level=Level.PACK, chemistry=Chemistry.NMC))
    )
    gateway = await a.run(telemetry.issue, GatewayInput(label="box"))
    draft, offer, job, file_id = await passports(site, a.id, b.id)
    sheet = b"name,plant,terminated\n,,\nsteel,nowhere,yes\n"
    handed_in = await a.run(imports.start, imports.NewImport(kind="parts"), sheet)
    assert ann
    return {
        "import_id": handed_in.import_id,
        "identifier": draft,
        "dealing_id": offer,
        "job_id": job,
        "file_id": file_id,
        "key": "battery_mass",
        "number": 1,
        "webhook_id": webhook.webhook_id,
        "battery_id": watched.battery_id,
        "gateway_id": gateway.gateway.gateway_id,
        "delivery_id": delivery_id,
        "trace_id": await a.part_id("pack"),
        "plant_id": a.plant_id,
        "request_id": trade.trade_id,
        "trade_id": trade.trade_id,
        "to_operator_id": b.id,
        "person_id": eve,
        "key_id": key["key_id"],
        "link_id": link["link_id"],
        **personal,
        "sign_in_id": sign_ins[0]["sign_in_id"],
        "notification_id": inbox[0]["notification_id"] if inbox else new_id(),
        "application_id": new_id(),
        "plan_id": new_id(),
        "announcement_id": new_id(),
        "company_id": new_id(),
        "chosen": "on",
        **made,
        "undone": 1,
        "kind": "csv",
        **await diligent(a),
        **await recycled(a),
        **await diagnosed(a, watched.battery_id, b.id),
        **await passported(a),
        **await circulated(a, c, watched.battery_id),
        "system_id": await a.run(takes_part),
        "told_id": await a.run(told_by_a_partner),
        "message_id": new_id(),
        "subscription_id": new_id(),
    }


async def takes_part(tx: Transaction, scope: OperatorScope) -> UUID:
    """A data exchange that the company takes part in from outside."""
    system = outside.draft(scope, name="exchange", base_url="https://exchange.invalid")
    await outside.keep(tx, scope, system, Access(api_key="k", north_key="k", account="a", password="p"), "joined")
    return system.system_id


async def told_by_a_partner(tx: Transaction, scope: OperatorScope) -> UUID | None:
    """A notification that came from a partner in a data space."""
    body = {"header": {}, "content": {"information": "x"}}
    return await notices.add(tx, scope, inbound=True, peer_did="did:web:p.example", message_id=new_id(), action="feedback",
                             pid="urn:x", body=body)  # fmt: skip


async def own_proofs(site: Site, operator_id: UUID, person_id: UUID) -> dict[str, object]:
    """A passkey of a person's, and news of their account."""
    scope = OperatorScope(operator_id, f"person:{person_id}", Role.ADMIN, person_id=person_id)
    asked = await passkeys.ask_new(site.db, scope, "https://meguri.test")
    made = SoftKey().make(asked.options, "https://meguri.test")
    kept = await passkeys.add(site.db, scope, "https://meguri.test", asked.step, made, "key")
    [notice] = await service.list_notices(site.db, scope, None)
    return {"passkey_id": kept.passkey_id, "notice_id": notice.notice_id}


async def passports(site: Site, owner: UUID, other: UUID) -> tuple[UUID, UUID, UUID, UUID]:
    """A draft, a transfer, a bulk job and a file of the owner's: what nobody else knows of."""
    scope = OperatorScope(owner, "system:tests", Role.ADMIN)
    new = NewPassport(gtin="09521234567899", serial="WALK-1", values={"battery_category": "ev"})
    draft = await site.db.run(scope, passport.issue, new)
    sold = msgspec.structs.replace(new, serial="WALK-2", values=complete("ev"), publish=True)
    active = await site.db.run(scope, passport.issue, sold)
    said = passport.NewTransfer(dpp_ids=(active.dpp_id,), reason="sale", incoming_operator_id=other)
    offer = await site.db.run(scope, passport.propose_transfer, said)
    content = b"serial_number\nWALK-3\n"
    job = await site.db.run(scope, bulk.prepare, bulk.NewJob(file_name="x.csv", gtin="09521234567899"), content)
    file = await site.db.run(scope, attaching.attach, str(draft.passport_id), "a.pdf", StoredFile("0" * 64, 1))
    return draft.passport_id, offer.transfer_id, job.job_id, file.file_id


async def test_the_doors_that_are_open_to_all_are_those_under_review(site: Site) -> None:
    assert {str(door) for door in doors_of(site.native) if door.policy is None} == OPEN
    assert PUBLIC == {"public": True}


async def test_a_stranger_finds_every_other_door_shut(site: Site) -> None:
    values = await furnished(site)
    async with site.client() as stranger, unchanged(site):
        for door in closed(site):
            assert is_shut(door, await knock(stranger, door)), door
            assert is_shut(door, await knock(stranger, door, values)), door


async def test_an_invalid_an_expired_and_an_ended_proof_open_nothing(site: Site) -> None:
    await furnished(site)
    yesterday = clock.now() - timedelta(days=1)
    with clock.fixed_clock(lambda: yesterday):
        expired = await site.token("ann@a.example")
    ended = await site.token("ann@a.example")
    async with site.client(authorization=f"Bearer {ended}") as leaving:
        assert (await leaving.delete("/api/v1/session")).status_code == 204
    proofs = [
        {"authorization": f"Bearer {expired}"},
        {"authorization": f"Bearer {ended}"},
        {"authorization": f"Bearer {ended}x"},
        {"authorization": "Bearer"},
        {"authorization": "Basic YW5uOngK"},
        {"x-api-key": "mgk_" + "A" * 43},
        {"x-api-key": "Sample-APIKey1"},
        {"cookie": "meguri=" + "A" * 43},
    ]
    async with unchanged(site):
        for proof in proofs:
            async with site.client(**proof) as client:
                for door in closed(site):
                    assert is_shut(door, await knock(client, door)), (door, proof)


async def test_a_suspended_companys_people_and_keys_find_every_door_shut(site: Site) -> None:
    await furnished(site)
    token = await site.token("ann@a.example")
    await service.change_access(site.db, site.a, AccessState.SUSPENDED, "unpaid")
    async with site.client(authorization=f"Bearer {token}") as ann, unchanged(site):
        for door in closed(site):
            assert is_shut(door, await knock(ann, door)), door


@pytest.mark.parametrize("role", [Role.VIEWER, Role.EDITOR])
async def test_a_role_that_is_too_small_is_told_so_and_changes_nothing(site: Site, role: Role) -> None:
    await furnished(site)
    await site.person(f"{role}@a.example", site.a, role)
    async with site.client(authorization=f"Bearer {await site.token(f'{role}@a.example')}") as client, unchanged(site):
        for door in closed(site):
            if ROLES.get(door.policy or "", 9) > RANK[role]:
                answer = await knock(client, door)
                hidden = (door.policy or "").startswith("platform")  # for others these do not exist
                assert answer.status_code == (404 if hidden else 403), (door, answer.status_code)


async def test_an_api_key_manages_neither_people_nor_keys(site: Site) -> None:
    await furnished(site)
    async with site.client(authorization=f"Bearer {await site.token('ann@a.example')}") as ann:
        data = {"name": "k", "address_ranges": ["0.0.0.0/0"], "role": "editor"}
        secret = (await ann.post("/api/v1/keys", json=data)).json()["secret"]
    async with site.client(**{"x-api-key": secret}) as key, unchanged(site):
        for door in closed(site):
            if door.policy in ("admin", "admin, freshly proved"):
                assert (await knock(key, door)).status_code == 403, door


async def test_a_browser_that_is_signed_in_changes_nothing_without_a_form_of_ours(site: Site) -> None:
    await furnished(site)
    async with site.client() as browser:
        await browser.post("/sign-in", data={"account": "ann@a.example", "password": PASSWORD})
        async with unchanged(site):
            for door in closed(site):
                if door.method != "GET":
                    answer = await knock(browser, door)
                    hidden = (door.policy or "").startswith("platform")
                    assert answer.status_code == (404 if hidden else 403), (door, answer.status_code)


async def test_the_platform_operator_reads_no_more_of_a_company_than_any_stranger(site: Site) -> None:
    values = await furnished(site)
    missing = {name: new_id() if len(str(value)) == 36 else value for name, value in values.items()}
    await site.person("pat@b.example", site.b)
    await service.set_platform_role(site.db, "pat@b.example", PlatformRole.PLATFORM_OPERATOR)
    async with site.client(authorization=f"Bearer {await site.token('pat@b.example')}") as pat, unchanged(site):
        for door in with_ids(site, values):
            theirs, nobodys = await knock(pat, door, values), await knock(pat, door, missing)
            assert told(theirs, values) == told(nobodys, missing), door


def with_ids(site: Site, values: dict[str, object]) -> list[Door]:
    """Doors that name something of a company."""
    ids = {name for name, value in values.items() if isinstance(value, UUID) or len(str(value)) == 36}
    return [door for door in closed(site) if ids & set(door.places)]


def told(answer: httpx.Response, values: dict[str, object]) -> tuple[object, ...]:
    """All that an answer tells, save the number of the request and the ids that were asked for."""
    body = answer.text.replace(answer.headers["x-track"], "track")
    for value in values.values():
        body = body.replace(str(value), "id") if len(str(value)) == 36 else body
    headers = {name: value for name, value in answer.headers.items() if name not in ("x-track", "content-length")}
    location = headers.get("location", "")
    for value in sorted(map(str, values.values()), key=len, reverse=True):  # a short one may stand within an id
        location = location.replace(value, "id")
    headers["location"] = location
    return answer.status_code, headers, body


async def test_what_belongs_to_others_and_what_does_not_exist_are_told_in_the_same_words(site: Site) -> None:
    """The twin test: an existing foreign id and one that nobody has."""
    values = await furnished(site)
    missing = {name: new_id() if len(str(value)) == 36 else value for name, value in values.items()}
    await site.person("bob@b.example", site.b)
    async with site.client(authorization=f"Bearer {await site.token('bob@b.example')}") as bob, unchanged(site):
        for door in with_ids(site, values):
            foreign, nobodys = await knock(bob, door, values), await knock(bob, door, missing)
            assert told(foreign, values) == told(nobodys, missing), door


async def test_a_foreign_id_takes_no_longer_than_one_that_nobody_has(site: Site) -> None:
    values = await furnished(site)
    missing = {name: new_id() if len(str(value)) == 36 else value for name, value in values.items()}
    await site.person("bob@b.example", site.b)
    async with site.client(authorization=f"Bearer {await site.token('bob@b.example')}") as bob:
        for door in with_ids(site, values):
            if door.is_api and door.method == "GET":
                foreign: list[float] = []
                nobodys: list[float] = []
                for rounds in (15, 45):  # a real difference stays when it is asked again, a busy moment does not
                    for _ in range(rounds):
                        for kind, spent in ((values, foreign), (missing, nobodys)):
                            start = time.perf_counter()
                            await knock(bob, door, kind)
                            spent.append(time.perf_counter() - start)
                    apart = abs(statistics.median(a - b for a, b in zip(foreign, nobodys, strict=True)))
                    bound = max(0.005, 0.5 * statistics.median(nobodys))
                    if apart < bound:
                        break
                assert apart < bound, door


async def test_nothing_of_a_company_is_in_any_list_of_another(site: Site) -> None:
    values = await furnished(site)
    await site.person("bob@b.example", site.b)
    # The directory of companies is for all who are signed in.
    secrets = [str(value) for name, value in values.items() if len(str(value)) == 36 and name != "to_operator_id"]
    async with site.client(authorization=f"Bearer {await site.token('bob@b.example')}") as bob:
        for door in closed(site):
            if door.method == "GET" and not door.places:
                text = (await knock(bob, door)).text
                assert not [secret for secret in secrets if secret in text], door
                shared = (
                    door.path == "/api/v1/footprint/peers"
                )  # its kinds of product are everybody's, packs among them
                assert "pack" not in text or not door.is_api or shared, door
