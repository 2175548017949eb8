"""The composition root: the only module that knows every room. It lists them and fits them together, and decides nothing.

What a room offers, each if it has it: `room.py` with `route_handlers`, `reactions` (event type → what to do in the same
transaction), `jobs`, `navigation`, `facade(app, house)` (an ASGI layer around the native application for a foreign format;
`house` is a `meguri.web.house.FacadeHouse`), `settle(settings)` (what it keeps of the settings in this process),
`started(db, settings)` (what it does when the application has started; again changes nothing).
"""

import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from importlib import import_module, metadata
from importlib.util import find_spec
from itertools import chain
from pathlib import Path
from types import ModuleType
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec
from litestar import Litestar, Router
from litestar.routes import HTTPRoute

from meguri import metrics
from meguri.dataspaces.ods.gateway.serving import Gateway
from meguri.dataspaces.ouranos.diligence import RoomOfDiligence
from meguri.dataspaces.ouranos.facade import OuranosFacade
from meguri.dataspaces.ouranos.house import House
from meguri.dataspaces.ouranos.identity_door import IdentityDoor
from meguri.dataspaces.ouranos.profile import Profile as OuranosProfile
from meguri.desk.switches import switches_of
from meguri.footprint.certificates import Certificates
from meguri.footprint.service.clearing import clear
from meguri.identity import seeds
from meguri.identity import service as identity
from meguri.identity.authenticator import IdentityAuthenticator
from meguri.identity.issuers import IssuerSettings
from meguri.identity.oidc import ProviderSettings
from meguri.identity.pages_account import NamesOf
from meguri.jobs import Jobs, Queue
from meguri.jobs.upkeep import upkeep_jobs
from meguri.kernel.errors import Conflict
from meguri.kernel.events import Event
from meguri.kernel.scope import OperatorScope, Role
from meguri.kernel.shipped import hold
from meguri.operators import service as operators
from meguri.operators.model import NewOperator
from meguri.settings import Profile, Settings
from meguri.storage import Database, Reaction
from meguri.storage.access import access_to
from meguri.storage.audit_export import NAME as ROOTS
from meguri.storage.depots import depot
from meguri.storage.installation import Installation, installation
from meguri.storage.secret import installation_secret
from meguri.ui import Place, Shell, Viewer, language_for
from meguri.ui import routes as ui_routes
from meguri.ui.assets import shelf
from meguri.ui.headers import cookie_name, with_security_headers
from meguri.web import openapi
from meguri.web.asgi import App
from meguri.web.auth import PUBLIC
from meguri.web.build import RoomRoutes, application
from meguri.web.heard import with_heard_refusals
from meguri.web.house import FacadeHouse
from meguri.web.marking import with_mark
from meguri.web.origin import with_own_origin
from meguri.web.principal import Connection, Principal, principal_of, with_principal
from meguri.web.shedding import with_shedding
from meguri.web.space import with_space
from meguri.web.tracking import with_tracking
from meguri.web.viewing import with_viewer

_READERS = 0.4  # of all connections: measured with 200 clients, where four read as much as ten and writers wait less

ROOMS = (
    "glossary",
    "identity",
    "operators",
    "imports",
    "traceability",
    "footprint",
    "answers",
    "messages",
    "guests",
    "diligence",
    "passport",
    "passport.credentials",
    "passport.public",
    "telemetry",
    "health",
    "reuse",
    "recycling",
    "desk",
    "search",
    "dataspaces.ouranos",
    "dataspaces.ouranos.client",
    "dataspaces.ods",
    "dataspaces.dpp",
    "dataspaces.resolver",
    "dataspaces.exchange",
    "dataspaces.registry",
    "dataspaces.untp",
    "dataspaces.aas",
    "dataspaces.pact",
    "dataspaces.catenax",
    "dataspaces.epcis",
    "dataspaces.dsp",
    "dataspaces.did",
    "dataspaces.federation",
    "dataspaces.conformance",
)
SESSION_COOKIE = "meguri"
_TYPE = re.compile(r"\{(\w+):\w+\}")  # of a place in a path


def rooms() -> list[ModuleType]:
    """What the rooms offer, from left to right on the river."""
    names = [f"meguri.{room}.room" for room in ROOMS]
    return [import_module(name) for name in names if _is_there(name)]


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:  # the room itself is missing
        return False


def native_doors() -> list[tuple[str, str]]:
    """(method, path) of every route that the rooms and the API's description answer, without building the application."""
    found: list[tuple[str, str]] = []
    for handler in chain(openapi.handlers, *(getattr(room, "route_handlers", ()) for room in rooms())):
        if isinstance(handler, Router):
            routes = [route for route in handler.routes if isinstance(route, HTTPRoute)]
            found += [(method, route.path_format) for route in routes for method in route.methods]
        else:
            found += [(method, _TYPE.sub(r"{\1}", path)) for path in handler.paths for method in handler.http_methods]
    return [(str(method), path) for method, path in found if method != "OPTIONS"]


def reactions(_: Settings) -> dict[type[Event], list[Reaction]]:
    """What rooms do when an event is recorded, room after room in their order."""
    found: dict[type[Event], list[Reaction]] = {}
    for room in rooms():
        for event, does in getattr(room, "reactions", {}).items():
            found.setdefault(event, []).extend(does)
    return found


def job_lists(settings: Settings) -> list[Jobs]:
    """The rooms' jobs, and the house's own. A room that depends on the settings is told of them first.

    Web server and worker both ask for them as they start: from here on the package's data are those of this release.
    """
    hold()
    for room in rooms():
        if hasattr(room, "settle"):
            room.settle(settings)
    kept_for = timedelta(hours=settings.idempotency_hours)
    return [*(room.jobs for room in rooms() if hasattr(room, "jobs")), upkeep_jobs(kept_for, roots_file(settings))]


def roots_file(settings: Settings) -> Path:
    """Where the hourly roots of the audit are carried to."""
    return Path(settings.audit_roots) if settings.audit_roots else settings.folder / ROOTS


def identity_settings(settings: Settings) -> identity.IdentitySettings:
    """How this installation signs people in."""
    return identity.IdentitySettings(
        secret=installation_secret(settings.folder, settings.secret_key),
        issuer=settings.public_url or "meguri",
        access_ttl_s=settings.access_token_ttl_s,
        requests_per_s=settings.requests_per_second,
        seed_public_sample=settings.seed_public_sample,
        public_accounts=settings.profile in (Profile.DEMO, Profile.TUTORIAL, Profile.CONFORMANCE),
        provider=_provider(settings),
        outside=_outside(settings),
    )


def _provider(settings: Settings) -> ProviderSettings | None:
    if settings.oidc_issuer is None or settings.oidc_client_id is None:
        return None
    pairs = (pair.rpartition("=") for pair in settings.oidc_roles)
    return ProviderSettings(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        name=settings.oidc_name,
        scopes=settings.oidc_scopes,
        role_claim=settings.oidc_role_claim,
        roles={value: Role(role) for value, _, role in pairs},
        operator_id=settings.oidc_operator,
    )


def _outside(settings: Settings) -> IssuerSettings:
    return IssuerSettings(
        issuers=settings.l3_issuers,
        audience=settings.l3_audience,
        user_info=settings.l3_user_info,
        introspection=settings.l3_introspection,
        client_id=settings.l3_client_id,
        client_secret=settings.l3_client_secret,
    )


def installation_of(settings: Settings) -> Installation:
    """Where this installation stands, and what it seals with."""
    origin = settings.public_url or f"http://{settings.host}:{settings.port}"
    plain = installation(origin, installation_secret(settings.folder, settings.secret_key))
    return replace(
        plain,
        smtp_url=settings.smtp_url,
        mail_from=settings.mail_from,
        loopback_peers=settings.loopback_peers,
        anywhere=settings.profile is Profile.CONFORMANCE,
        name_matcher=settings.name_matcher,
    )


def build(settings: Settings, login: str | None = None) -> App:
    """The application. `login` is how it logs in to the database; by default the data folder's."""
    shelf()
    dsn = login or access_to(settings.folder, settings.database_url).login
    queue = Queue(dsn, job_lists(settings))
    db = Database(
        dsn,
        reactions=reactions(settings),
        defer=queue.defer,
        pool_size=settings.database_connections,
        readers=max(1, round(settings.database_connections * _READERS)),
        statement_timeout_s=settings.statement_timeout_s,
        installation=installation_of(settings),
    )
    gate = identity.open_gate(db, identity_settings(settings))

    @asynccontextmanager
    async def running(_: Litestar) -> AsyncIterator[None]:
        async with queue, db, gate.listening():
            if settings.seed_public_sample:
                await seed_tutorial(db)
            for room in rooms():
                if hasattr(room, "started"):
                    await room.started(db, settings)
            yield

    native = application(
        db,
        [*_handlers(), Router("/", route_handlers=ui_routes.handlers(settings.profile), opt=PUBLIC)],
        shell=_shell(settings, db),
        version=metadata.version("meguri"),
        body_mb=settings.request_body_mb,
        metrics_token=settings.metrics_token,
        replies_kept_for=timedelta(hours=settings.idempotency_hours),
        lifespan=[running],
    )
    native.state["public_url"] = settings.public_url
    native.state["metrics_folder"] = settings.folder / metrics.FOLDER
    native.state["company_names"] = _company_names(db)
    return _layers(native, db, gate.by_address.take, settings)


async def seed_tutorial(db: Database) -> None:
    """The companies, accounts and keys of the public sample; again changes nothing. Raises SeedsRefused elsewhere."""
    for company in seeds.tutorial_seeds().company:
        scope = OperatorScope(company.operator_id, "system:seeds", Role.ADMIN)
        new = msgspec.convert(company, NewOperator, from_attributes=True)
        with contextlib.suppress(Conflict):  # it is there already
            await db.run(scope, operators.register, new, check_digits=False, auto_disclose=True)
    await seeds.seed_tutorial(db)


def _handlers() -> list[RoomRoutes]:
    return [RoomRoutes("/", route_handlers=room.route_handlers) for room in rooms() if hasattr(room, "route_handlers")]


def _shell(settings: Settings, db: Database) -> Shell:
    places: list[Place] = list(chain.from_iterable(getattr(room, "navigation", ()) for room in rooms()))
    return Shell(
        places=tuple(places),
        https=_https(settings),
        profile=settings.profile,
        account_href="/account",
        notifications_href="/notifications",
        glossary_href="/glossary",
        search_href="/search",
        scan_href="/scan",
        announced=switches_of(db).announced,
    )


def _https(settings: Settings) -> bool:
    return (settings.public_url or "").startswith("https://") or settings.tls_certificate is not None


def _layers(native: Litestar, db: Database, take: Callable[[object], int], settings: Settings) -> App:
    """Around the native application, outermost last: the foreign formats, then what holds for every request."""
    cookie = cookie_name(SESSION_COOKIE, https=_https(settings))
    app: App = with_viewer(native, _viewer_for(db))
    app = with_principal(app, IdentityAuthenticator(db), cookie=cookie, trusted_proxies=settings.trusted_proxies)
    app = with_own_origin(app, cookie=cookie)
    app = with_security_headers(app, https=_https(settings))
    app = OuranosFacade(app, _house(db, settings), _owned_by(native))  # what nobody else owns under /api/v1 and /auth
    house = FacadeHouse(db, settings, depot(settings))
    native.state["files"] = house.files
    for room in rooms():
        if hasattr(room, "facade"):
            app = room.facade(app, house)
    app = with_space(app, folders_of(settings), settings.disk_reserve_mb << 20)
    app = with_shedding(
        app,
        most_at_once=settings.concurrent_requests,
        seconds=settings.request_timeout_s,
        take=take,
        trusted_proxies=settings.trusted_proxies,
    )
    return with_mark(with_tracking(with_heard_refusals(app)), settings.profile)


def folders_of(settings: Settings) -> list[Path]:
    """Where data are kept on this machine."""
    cluster = access_to(settings.folder, settings.database_url).cluster
    return [settings.folder, *([cluster.home] if cluster else [])]


def _house(db: Database, settings: Settings) -> House:
    """What stands behind the Ouranos façade."""
    certificates = Certificates(db, depot(settings), key_id=str(uuid5(NAMESPACE_URL, settings.public_url or "meguri")))
    return House(
        db,
        IdentityDoor(db),
        _ouranos(settings, db),
        certificates=certificates,
        diligence=RoomOfDiligence(),
        reset=clear,
        gateway=Gateway(db, settings),
    )


def _owned_by(native: Litestar) -> Callable[[str], bool]:
    """Whether a path under `/api/v1/` belongs to the native API: by its first word there."""
    words = {path.split("/")[3] for route in native.routes if (path := route.path).startswith("/api/v1/")}

    def owned(path: str) -> bool:
        parts = path.split("/")
        return path.startswith("/api/v1/") and parts[3] in words

    return owned


def _ouranos(settings: Settings, db: Database) -> OuranosProfile:
    switches = switches_of(db)
    return OuranosProfile(
        link_base_url=settings.public_url,
        ip_restriction=settings.ip_restriction,
        behind_proxy=settings.ip_restriction,
        north_key_check=settings.north_key_check,
        allow_data_reset=settings.allow_data_reset,
        cors_origins=settings.cors_origins,
        timeout_s=settings.request_timeout_s,
        maintenance=lambda: settings.maintenance or switches.maintenance,
    )


def _company_names(db: Database) -> NamesOf:
    async def names(principal: Principal, operator_ids: Collection[UUID]) -> dict[UUID, str]:
        return await db.run(principal.proved, operators.names_of, operator_ids)

    return names


def _viewer_for(db: Database) -> Callable[[Connection], Awaitable[Viewer]]:
    async def viewer(connection: Connection) -> Viewer:
        principal: Principal = principal_of(connection)
        language = language_for(connection)
        if principal.kind != "session" or principal.scope is None:
            return Viewer(language=language)
        async with db.transaction(principal.scope) as tx:
            company = await operators.own(tx, principal.scope)
            unread = await operators.unread_count(tx, principal.scope)
        return Viewer(
            language=language,
            name=principal.name,
            company_name=company.name,
            corporate_number=company.open_operator_id,
            role=principal.scope.role,
            platform_role=principal.scope.platform_role,
            unread=unread,
            noticed=principal.noticed,
            csrf_secret=principal.csrf_secret,
        )

    return viewer
