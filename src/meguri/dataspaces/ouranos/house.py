"""What handlers work with: the database, the door, the rooms behind the ports, and the two ways to use a use case."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec, TypeVar

from meguri.dataspaces.ouranos import tracks
from meguri.dataspaces.ouranos.call import Answer, Call
from meguri.dataspaces.ouranos.ports import Diligence, Door, Gateway, Reset
from meguri.dataspaces.ouranos.profile import Profile
from meguri.footprint.certificates import Certificates
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction, idempotency
from meguri.storage.database import Database
from meguri.storage.idempotency import Reply

Result = TypeVar("Result")
P = ParamSpec("P")
Work = Callable[[Transaction, OperatorScope], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class House:
    """Everything behind the façade. What is None is not offered here."""

    database: Database
    door: Door
    profile: Profile
    certificates: Certificates | None = None
    diligence: Diligence | None = None
    reset: Reset | None = None
    gateway: Gateway | None = None

    async def read(
        self,
        call: Call,
        use_case: Callable[Concatenate[Transaction, OperatorScope, P], Awaitable[Result]],
        /,
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> Result:
        """`use_case` in a transaction of its own."""
        return await self.database.run(call.me, use_case, *args, **kwargs)

    async def write(self, call: Call, work: Work) -> Answer:
        """`work` in one transaction with the request's track and, if the client sent a key for repetition, its reply.

        Raises what `work` raises, KeyUsedOtherwise, BadKey.
        """
        key = call.headers.get("idempotency-key")
        route, body = f"{call.method} {call.path}", call.query.raw + b"\n" + call.raw

        async def whole(tx: Transaction, scope: OperatorScope) -> Answer:
            if key is not None:
                kept = await idempotency.begin(tx, scope, key, route, body)
                if kept is not None:
                    return Answer(kept.status, kept.body, tuple(kept.headers.items()))
            answer = await work(tx, scope)
            await tracks.keep(tx, scope, call.track)
            if key is not None:
                reply = Reply(answer.status, dict(answer.headers), answer.body)
                await idempotency.keep(tx, scope, key, route, body, reply)
            return answer

        async with self.database.turn(call.me):
            return await self.database.run(call.me, whole)


Handler = Callable[[Call, House], Awaitable[Answer]]
Handlers = dict[tuple[str, str], Handler]
