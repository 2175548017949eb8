"""One use case, one transaction: what a handler gets to do its work with."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from litestar import Request, Response

from meguri.kernel.scope import OperatorScope
from meguri.storage import idempotency
from meguri.storage.database import Database
from meguri.storage.idempotency import Reply
from meguri.storage.transaction import Transaction
from meguri.web.encoding import to_json
from meguri.web.finite import finite
from meguri.web.principal import principal_of

AnyRequest = Request[Any, Any, Any]
Result = TypeVar("Result")
Answer = TypeVar("Answer")
P = ParamSpec("P")
KEY = "idempotency-key"


class Replayed(Exception):
    """This request was done before under the same Idempotency-Key: answer with the reply kept then."""

    def __init__(self, reply: Reply) -> None:
        super().__init__("replayed")
        self.reply = reply


class UnitOfWork:
    """Runs use cases for whoever asks: `await unit(service.use_case, *args)`.

    With an Idempotency-Key (on anything but GET) the answer is kept in the same commit. A handler that answers something
    else than the use case's result says so: `return await unit.answering(lambda part: versioned(part, part.version))(…)`.
    """

    def __init__(self, db: Database, request: AnyRequest, replies_kept_for: timedelta = idempotency.KEPT_FOR) -> None:
        """Nothing happens yet."""
        self._db, self._request = db, request
        self.replies_kept_for = replies_kept_for

    @property
    def scope(self) -> OperatorScope:
        """On whose behalf. Raises Unauthenticated."""
        return principal_of(self._request).proved

    @property
    def db(self) -> Database:
        """The database, for the use cases of identity, which run before or beside a tenant."""
        return self._db

    async def __call__(
        self,
        use_case: Callable[Concatenate[Transaction, OperatorScope, P], Awaitable[Result]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Result:
        """`use_case(tx, scope, *args)` in a transaction of its own, repeated when it lost a race.

        Raises what the use case raises; Invalid for a number in the body that is none; Replayed when it was done before;
        KeyUsedOtherwise, BadKey.
        """
        result: Result = await self.answering(_itself)(use_case, *args, **kwargs)
        return result

    def answering(self, shown: Callable[[Any], Answer]) -> "_Answering[Answer]":
        """The same, giving `shown(result)`: a body, or a Response with its own status and headers."""
        return _Answering(self, self._request, shown)


def _itself(result: Any) -> Any:
    return result


class _Answering(Generic[Answer]):
    def __init__(self, unit: UnitOfWork, request: AnyRequest, shown: Callable[[Any], Answer]) -> None:
        self._unit, self._request, self._shown = unit, request, shown

    async def __call__(
        self,
        use_case: Callable[Concatenate[Transaction, OperatorScope, P], Awaitable[Result]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Answer:
        db, scope, key = self._unit.db, self._unit.scope, self._request.headers.get(KEY)
        if self._request.method in ("GET", "HEAD"):
            return self._shown(await db.run(scope, use_case, *args, **kwargs))
        sure = await finite(self._request, use_case, args, kwargs)
        if key is None:
            async with db.turn(scope):
                return self._shown(await db.run(scope, sure, *args, **kwargs))
        route = f"{self._request.method} {self._request.url.path}"
        body = await self._request.body()

        async def once(tx: Transaction, scope: OperatorScope) -> Answer:
            kept_for = self._unit.replies_kept_for
            kept = await idempotency.begin(tx, scope, key, route, body, kept_for=kept_for)
            if kept is not None:
                raise Replayed(kept)
            answer = self._shown(await sure(tx, scope, *args, **kwargs))
            await idempotency.keep(tx, scope, key, route, body, self._reply(answer))
            return answer

        async with db.turn(scope):
            return await db.run(scope, once)

    def _reply(self, answer: object) -> Reply:
        status, headers, content = getattr(self._request.route_handler, "status_code", 200), {}, answer
        if isinstance(answer, Response):
            status, headers, content = answer.status_code or status, dict(answer.headers), answer.content
        return Reply(status, headers, b"" if content is None else to_json(content))
