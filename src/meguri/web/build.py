"""The Litestar application around the rooms' routes, with the habits of the house."""

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import timedelta
from typing import Any

from litestar import Litestar, Request, Response, Router
from litestar.datastructures import State
from litestar.di import Provide
from litestar.types import ControllerRouterHandler

from meguri.storage import idempotency
from meguri.storage.database import Database
from meguri.ui import Shell
from meguri.web import health, openapi
from meguri.web.auth import demand_policies
from meguri.web.encoding import JsonResponse
from meguri.web.etag import provide_version
from meguri.web.paging import provide_paging
from meguri.web.principal import Principal, principal_of
from meguri.web.problems import EXCEPTION_HANDLERS
from meguri.web.unit import UnitOfWork

MEGABYTE = 1_000_000
Lifespan = Callable[[Litestar], AbstractAsyncContextManager[None]]


class RoomRoutes(Router):
    """The routes of one room, for one application.

    What registering one more route costs grows with those beside it, so rooms are registered one by one. Litestar copies a
    router through and through whenever it is registered, since others may own it too; nobody else owns this one.
    """

    def __deepcopy__(self, memo: dict[int, object]) -> "RoomRoutes":
        return self


def application(
    db: Database,
    route_handlers: Sequence[ControllerRouterHandler],
    *,
    shell: Shell,
    version: str,
    body_mb: int = 25,
    metrics_token: str | None = None,
    replies_kept_for: timedelta = idempotency.KEPT_FOR,
    lifespan: Sequence[Lifespan] = (),
) -> Litestar:
    """The application of these routes, and those of health and of the API's description.

    Handlers may ask for `unit`, `paging`, `version`, `principal` and `db` by these names (`web.asked`). Raises
    LookupError for a route that declares neither a policy nor that it is public.
    """

    app = Litestar(
        route_handlers=[*route_handlers, *health.handlers, *openapi.handlers],
        dependencies={
            "db": Provide(provide_db, sync_to_thread=False),
            "unit": Provide(provide_unit, sync_to_thread=False),
            "principal": Provide(provide_principal, sync_to_thread=False),
            "paging": Provide(provide_paging, sync_to_thread=False),
            "version": Provide(provide_version, sync_to_thread=False),
        },
        exception_handlers=EXCEPTION_HANDLERS,
        after_request=kept_by_nobody,
        openapi_config=openapi.openapi_config(version),
        response_class=JsonResponse,
        request_max_body_size=body_mb * MEGABYTE,
        state=State({"db": db, "replies_kept_for": replies_kept_for, "shell": shell, "metrics_token": metrics_token}),
        lifespan=list(lifespan),
        logging_config=None,
        debug=False,
    )
    demand_policies(app)
    return app


def kept_by_nobody(response: Response[Any]) -> Response[Any]:
    """No browser and no proxy keeps an answer, unless its handler says that they may."""
    response.headers.setdefault("cache-control", "no-store")
    return response


def provide_db(request: Request[Any, Any, Any]) -> Database:
    """The dependency `db`."""
    db: Database = request.app.state["db"]
    return db


def provide_unit(request: Request[Any, Any, Any]) -> UnitOfWork:
    """The dependency `unit`."""
    state = request.app.state
    return UnitOfWork(state["db"], request, state["replies_kept_for"])


def provide_principal(request: Request[Any, Any, Any]) -> Principal:
    """The dependency `principal`."""
    return principal_of(request)
