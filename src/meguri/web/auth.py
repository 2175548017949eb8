"""Who may use a route. Each route declares one policy, or that it is public; one that declares nothing does not start.

A policy refuses strangers with 401 and those without the role with 403 — except for a platform role, whose routes nobody else
needs to know of: 404. For page sessions it also checks that a change was asked for by a page of ours (CSRF).
"""

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Literal

from litestar import Litestar, Request
from litestar.enums import RequestEncodingType
from litestar.handlers import BaseRouteHandler
from litestar.routes import HTTPRoute

from meguri.kernel import clock
from meguri.kernel.errors import Forbidden, NotFound
from meguri.kernel.scope import OperatorScope, PlatformRole
from meguri.kernel.text import Text
from meguri.ui import csrf
from meguri.web.principal import Connection, Principal, principal_of

PUBLIC: dict[str, Any] = {"public": True}
"""As `opt=PUBLIC` of a handler or router: open to everyone on purpose. The list of these is kept under review in a test."""

PROOF_LASTS = timedelta(minutes=15)
_SAFE = ("GET", "HEAD", "OPTIONS")
_FORMS = (RequestEncodingType.URL_ENCODED, RequestEncodingType.MULTI_PART)


class ForeignForm(Forbidden):
    """A change in a page session that no page of ours asked for."""

    code = "web.foreign_form"
    say = Text(
        ja="画面の有効期限が切れました。ページを読み込み直してから、もう一度操作してください。",
        en="This page is out of date. Please load it again and repeat your step.",
    )


class ProofNeeded(Forbidden):
    """This step needs a fresh proof of who is asking: the last one is too long ago, or no person is asking."""

    code = "web.proof_needed"
    say = Text(
        ja="この操作の前に、もう一度本人であることを確認してください（パスワード、パスキーなど）。",
        en="Please prove again that it is you before this step (by password or passkey, say).",
    )


class Policy:
    """A guard with a name. `allows` judges a proved scope; `hidden` tells others that there is nothing here."""

    def __init__(
        self,
        name: str,
        allows: Callable[[OperatorScope], bool],
        *,
        hidden: bool = False,
        fresh: Literal["no", "in pages", "always"] = "no",
    ) -> None:
        """`fresh` asks for a proof within the last quarter of an hour: of everybody, or of whoever comes by a page's session
        (what is stolen there is a cookie; a program's key is bound to its addresses, and cannot prove anything anew)."""
        self.name, self._allows, self._hidden, self._fresh = name, allows, hidden, fresh

    async def __call__(self, connection: Connection, _: BaseRouteHandler) -> None:
        """Let the request through, or raise Unauthenticated, Forbidden, NotFound, ProofNeeded, ForeignForm."""
        principal = principal_of(connection)
        scope = principal.proved
        if not self._allows(scope):
            raise NotFound if self._hidden else Forbidden
        await demand_own_form(connection, principal)
        asked = self._fresh == "always" or (self._fresh == "in pages" and principal.kind == "session")
        if asked and not _is_fresh(principal):
            raise ProofNeeded

    def __repr__(self) -> str:
        return f"Policy({self.name})"


def _is_fresh(principal: Principal) -> bool:
    return principal.proved_at is not None and clock.now() - principal.proved_at < PROOF_LASTS


signed_in = Policy("signed in", lambda scope: True)
editor = Policy("editor", lambda scope: scope.may_edit)
admin = Policy("admin", lambda scope: scope.may_administer)
freshly_proved = Policy("admin, freshly proved", lambda scope: scope.may_administer, fresh="always")
editor_freshly_proved = Policy("editor, freshly proved in pages", lambda scope: scope.may_edit, fresh="in pages")
self_freshly_proved = Policy("person, freshly proved", lambda scope: scope.person_id is not None, fresh="always")


def platform(*roles: PlatformRole) -> Policy:
    """People who hold one of these platform roles; for everybody else the route does not exist."""
    return Policy("platform: " + ", ".join(roles), lambda scope: scope.platform_role in roles, hidden=True)


def platform_freshly_proved(*roles: PlatformRole) -> Policy:
    """The same, with a proof within the last quarter of an hour."""
    name = "platform, freshly proved: " + ", ".join(roles)
    return Policy(name, lambda scope: scope.platform_role in roles, hidden=True, fresh="always")


async def demand_own_form(connection: Connection, principal: Principal) -> None:
    """Raise ForeignForm for a change in a page session whose token does not come from one of its own pages."""
    if principal.kind != "session" or not isinstance(connection, Request) or connection.method in _SAFE:
        return
    token = connection.headers.get(csrf.HEADER)
    if token is None and connection.content_type[0] in _FORMS:
        token = (await connection.form()).get(csrf.FIELD)
    if not csrf.check(principal.csrf_secret, token if isinstance(token, str) else None):
        raise ForeignForm


def policy_of(handler: BaseRouteHandler) -> Policy | None:
    """The policy that a handler declares, itself or through its routers; the innermost counts for the list."""
    declared = [guard for guard in handler.resolve_guards() if isinstance(guard, Policy)]
    return declared[-1] if declared else None


def doors(app: Litestar) -> Iterable[tuple[str, str, BaseRouteHandler]]:
    """Every (method, path, handler) that the application answers, but the OPTIONS that answer themselves."""
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            for method, (handler, _) in route.route_handler_map.items():
                if method != "OPTIONS":
                    yield method, route.path_format, handler
        else:
            for handler in getattr(route, "route_handlers", [route.route_handler]):
                yield type(route).__name__, route.path_format, handler


def demand_policies(app: Litestar) -> None:
    """Raise LookupError naming every route that declares neither a policy nor that it is public."""
    open_doors = [
        f"{method} {path}"
        for method, path, handler in doors(app)
        if policy_of(handler) is None and handler.opt.get("public") is not True
    ]
    if open_doors:
        raise LookupError("routes without a declared policy: " + ", ".join(open_doors))
