"""A route: which requests it takes, where they go, and as which endpoint the decision about access knows it.

Form: a route definition of Spring Cloud Gateway as far as the public L2 module uses it (predicates `Path` and `Method`;
filters `RewritePath`, `AddRequestHeader`, `RemoveRequestHeader`).
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import msgspec

from meguri.jobs.outbound import origin_of

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
FILTERS = {"RewritePath": 2, "AddRequestHeader": 2, "RemoveRequestHeader": 1}
"""Filters that are known, and how many arguments each takes."""
OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "x-trackingid"})
"""Headers that no route may set or take away."""
_ID = re.compile(r"[A-Za-z0-9._-]{1,100}\Z")
_HEADER = re.compile(r"[A-Za-z0-9-]{1,100}\Z")
_VARIABLE = re.compile(r"\{\*?[A-Za-z][A-Za-z0-9_]*\}")
_GROUP = re.compile(r"\(\?<([A-Za-z][A-Za-z0-9]*)>")
_TAKEN = re.compile(r"\$\{([A-Za-z][A-Za-z0-9]*)\}|\$(\d)")
_MOST = 500


class Unfit(Exception):
    """This is no route; the message says what is wrong where."""


class Step(msgspec.Struct, frozen=True):
    """A predicate or a filter with its arguments in order."""

    name: str
    args: tuple[str, ...]


class Route(msgspec.Struct, frozen=True, kw_only=True):
    """One route. `endpoint_id`: None when the route names none, so that nobody can be let through."""

    route_id: str
    uri: str
    predicates: tuple[Step, ...]
    filters: tuple[Step, ...] = ()
    metadata: dict[str, Any] = {}
    order: int = 0

    @property
    def endpoint_id(self) -> str | None:
        """What the decision about access knows it as."""
        found = self.metadata.get("endpointId")
        return found if isinstance(found, str) and found else None

    def takes(self, method: str, path: str) -> bool:
        """Whether a request is this route's: every predicate has to hold, each by one of its arguments."""
        return all(
            any(pattern(one).fullmatch(path) for one in step.args)
            if step.name == "Path"
            else method in {one.strip().upper() for one in step.args}
            for step in self.predicates
        )

    def shown(self) -> dict[str, Any]:
        """As it was written."""
        return {
            "id": self.route_id,
            "uri": self.uri,
            "predicates": [_written(one) for one in self.predicates],
            "filters": [_written(one) for one in self.filters],
            "metadata": self.metadata,
            "order": self.order,
        }

    def path_there(self, raw_path: str) -> str:
        """The path behind the gateway: as asked, rewritten where a filter says so."""
        for step in self.filters:
            if step.name == "RewritePath":
                raw_path = rewriting(step.args[0]).sub(_template(step.args[1]), raw_path)
        return raw_path

    def headers_there(self, headers: Mapping[str, str]) -> dict[str, str]:
        """The headers as the filters, in their order, make them. Names in lower case."""
        found = dict(headers)
        for step in self.filters:
            if step.name == "AddRequestHeader":
                found[step.args[0].lower()] = step.args[1]
            elif step.name == "RemoveRequestHeader":
                found.pop(step.args[0].lower(), None)
        return found


def _written(step: Step) -> dict[str, Any]:
    return {"name": step.name, "args": {f"_genkey_{place}": one for place, one in enumerate(step.args)}}


@lru_cache(maxsize=1024)
def pattern(text: str) -> re.Pattern[str]:
    """A path pattern: `?` a character, `*` within a segment, `**` any number of them, `{name}` a segment, `{*name}` the rest."""
    made, place = "", 0
    while place < len(text):
        rest = text[place:]
        variable = _VARIABLE.match(rest)
        if rest in ("/**", "/**/") or (rest.startswith("/{*") and variable is None and rest.endswith("}")):
            made, place = made + "(?:/.*)?", len(text)
        elif rest.startswith("**"):
            made, place = made + ".*", place + 2
        elif variable is not None:
            made, place = made + (".*" if rest.startswith("{*") else "[^/]+"), place + variable.end()
        elif rest[0] in "*?":
            made, place = made + ("[^/]*" if rest[0] == "*" else "[^/]"), place + 1
        else:
            made, place = made + re.escape(rest[0]), place + 1
    return re.compile(made, re.DOTALL)


@lru_cache(maxsize=1024)
def rewriting(text: str) -> re.Pattern[str]:
    """The expression of `RewritePath`, with names of groups as this language writes them. Raises re.error."""
    return re.compile(_GROUP.sub(r"(?P<\1>", text))


def _template(text: str) -> str:
    plain = text.replace("$\\{", "${").replace("\\", "\\\\")
    return _TAKEN.sub(lambda one: rf"\g<{one[1] or one[2]}>", plain)


def read(body: Any, route_id: str, origins: frozenset[str]) -> Route:
    """The route that a body describes; `origins`: where routes may lead to. Raises Unfit."""
    if not isinstance(body, dict):
        raise Unfit("a route is an object")
    if not _ID.match(route_id):
        raise Unfit("id: 1 to 100 characters of A-Z, a-z, 0-9, ., _ and -")
    if body.get("id") not in (None, route_id):
        raise Unfit("id: not the one in the address")
    uri = body.get("uri")
    if not isinstance(uri, str) or not origin_of(uri) or len(uri) > _MOST:
        raise Unfit("uri: an absolute http or https address")
    if origin_of(uri) not in origins:
        raise Unfit("uri: its origin is not among MEGURI_GATEWAY_ORIGINS")
    predicates = tuple(_steps(body, "predicates", {"Path": None, "Method": None}))
    if not any(one.name == "Path" for one in predicates):
        raise Unfit("predicates: a Path is needed")
    for one in predicates:
        if one.name == "Method" and not all(arg.strip().upper() in METHODS for arg in one.args):
            raise Unfit(f"predicates: Method is one of {', '.join(METHODS)}")
        if one.name == "Path" and not all(arg.startswith("/") for arg in one.args):
            raise Unfit("predicates: Path begins with /")
    filters = tuple(_steps(body, "filters", FILTERS))
    _sound(filters)
    metadata, order = body.get("metadata", {}), body.get("order", 0)
    if not isinstance(metadata, dict) or len(msgspec.json.encode(metadata)) > 4096:
        raise Unfit("metadata: an object")
    if isinstance(order, bool) or not isinstance(order, int) or abs(order) > 2**31 - 1:
        raise Unfit("order: a whole number")
    return Route(
        route_id=route_id, uri=uri.rstrip("/"), predicates=predicates, filters=filters, metadata=metadata, order=order
    )


def _steps(body: Mapping[str, Any], name: str, known: Mapping[str, int | None]) -> list[Step]:
    said = body.get(name, [])
    if not isinstance(said, list) or len(said) > 20:
        raise Unfit(f"{name}: a list of at most 20")
    found = []
    for one in said:
        step = _step(one, name)
        wanted = known.get(step.name, -1)
        if wanted == -1:
            raise Unfit(f"{name}: {', '.join(known)} are known")
        if not step.args or (wanted is not None and len(step.args) != wanted):
            raise Unfit(f"{name}: {step.name} takes {wanted or 'at least one'} argument(s)")
        found.append(step)
    return found


def _step(said: Any, place: str) -> Step:
    """Also the short form, `Path=/a/**,/b/**`."""
    if isinstance(said, str) and "=" in said:
        name, _, rest = said.partition("=")
        said = {"name": name, "args": [one.strip() for one in rest.split(",")]}
    args = said.get("args", {}) if isinstance(said, dict) else None
    values = list(args.values()) if isinstance(args, dict) else args
    if not isinstance(said, dict) or not isinstance(said.get("name"), str) or not isinstance(values, list):
        raise Unfit(f"{place}: each has a name and args")
    flat = [inner for one in values for inner in (one if isinstance(one, list) else [one])]
    if not all(isinstance(one, str) and len(one) <= _MOST for one in flat):
        raise Unfit(f"{place}: arguments are texts of at most {_MOST} characters")
    if said["name"] in ("Path", "Method"):  # matchTrailingSlash and the like say nothing here
        flat = [inner.strip() for one in flat if one not in ("true", "false") for inner in one.split(",")]
    return Step(said["name"], tuple(flat))


def _sound(filters: tuple[Step, ...]) -> None:
    for one in filters:
        if one.name == "RewritePath":
            try:
                rewriting(one.args[0]).sub(_template(one.args[1]), "/")
                rewriting(one.args[0] + "|").sub(_template(one.args[1]), "/")
            except (re.error, IndexError):
                raise Unfit("filters: RewritePath needs an expression and what stands in its place") from None
        elif not _HEADER.match(one.args[0]) or one.args[0].lower() in OURS:
            raise Unfit(f"filters: {one.name} names a header that a route may change")
        elif any(ord(sign) < 32 or ord(sign) > 126 for sign in one.args[-1]):
            raise Unfit("filters: a header's value is printable ASCII")
