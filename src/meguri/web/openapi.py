"""The native API's description: OpenAPI 3.1 as JSON, and a plain list of it that needs no scripts from elsewhere."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, Router, get
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ControllerRouterHandler

from meguri.ui import page
from meguri.web.auth import PUBLIC, policy_of
from meguri.web.encoding import to_json

_PREFIXES = ("/api/v1/", "/.well-known/")


class _Nowhere(Router):
    """Takes the routes that the framework would serve the description at: its pages load scripts from elsewhere."""

    def register(self, value: ControllerRouterHandler) -> list[Any]:
        return []


def openapi_config(version: str) -> OpenAPIConfig:
    """What the description says of itself."""
    return OpenAPIConfig(
        title="Meguri",
        version=version,
        description="Battery traceability, carbon footprint, passports, reuse and recycling.",
        components=Components(
            security_schemes={
                "token": SecurityScheme(type="http", scheme="bearer", bearer_format="JWT"),
                "key": SecurityScheme(type="apiKey", name="X-API-Key", security_scheme_in="header"),
            }
        ),
        security=[{"token": []}, {"key": []}],
        openapi_router=_Nowhere("/openapi", route_handlers=[]),
        render_plugins=[JsonRenderPlugin()],
    )


@lru_cache(maxsize=4)
def document(app: Litestar) -> dict[str, Any]:
    """The description of the native API: pages and foreign formats left out, public routes marked as such."""
    schema = app.openapi_schema.to_schema()
    schema["paths"] = {path: item for path, item in schema["paths"].items() if path.startswith(_PREFIXES)}
    for route in app.routes:
        item = schema["paths"].get(route.path_format, {})
        for method, (handler, _) in getattr(route, "route_handler_map", {}).items():
            operation = item.get(method.lower())
            if operation is not None:
                _describe_body(schema, operation, handler.opt.get(TAKES))
                operation["security"] = [] if policy_of(handler) is None else schema.get("security", [])
    return schema


TAKES = "takes"
"""Key of a handler's `opt` under which `takes` stands."""


class Taken(msgspec.Struct, frozen=True):
    """The JSON body that a handler reads itself, because its contract has error codes of its own for bodies."""

    kind: Any
    required: bool


def takes(kind: Any, *, required: bool = True) -> dict[str, Any]:
    """For a handler's `opt`: the body that it reads, so that the description has its schema."""
    return {TAKES: Taken(kind, required)}


def _describe_body(schema: dict[str, Any], operation: dict[str, Any], taken: Taken | None) -> None:
    if taken is None or "requestBody" in operation:
        return
    (body,), parts = msgspec.json.schema_components([taken.kind], ref_template="#/components/schemas/body.{name}")
    named = {f"body.{name}": part for name, part in parts.items()}
    schema.setdefault("components", {}).setdefault("schemas", {}).update(named)
    operation["requestBody"] = {"required": taken.required, "content": {"application/json": {"schema": body}}}


@lru_cache(maxsize=4)
def _written(app: Litestar) -> bytes:
    return to_json(document(app))


@get("/api/v1/openapi.json", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def openapi_json(request: Request[Any, Any, Any]) -> Response[bytes]:
    """The description as JSON."""
    return Response(
        _written(request.app), media_type="application/vnd.oai.openapi+json", headers={"cache-control": "no-cache"}
    )


class Operation(msgspec.Struct, frozen=True):
    """One line of the list."""

    method: str
    path: str
    summary: str
    statuses: Sequence[str]


class ApiDocsContext(msgspec.Struct, frozen=True):
    """The page of the list: its groups by the first word of the path."""

    version: str
    groups: Sequence[tuple[str, Sequence[Operation]]]


@get("/api/v1/docs", opt=PUBLIC, include_in_schema=False, sync_to_thread=False)
def api_docs(request: Request[Any, Any, Any]) -> Response[str]:
    """The list for people."""
    schema = document(request.app)
    groups: dict[str, list[Operation]] = {}
    for path, item in sorted(schema["paths"].items()):
        for method, operation in item.items():
            group = path.removeprefix("/api/v1/").removeprefix("/").partition("/")[0]
            summary = str(operation.get("description") or operation.get("summary") or "").partition("\n")[0]
            line = Operation(method.upper(), path, summary, sorted(operation.get("responses", {})))
            groups.setdefault(group, []).append(line)
    return page(request, "web/api_docs.html", ApiDocsContext(schema["info"]["version"], list(groups.items())))


handlers = [openapi_json, api_docs]
