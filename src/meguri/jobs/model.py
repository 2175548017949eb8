"""Jobs: work that is done after the commit, at least once, by a worker.

A room lists its jobs in a `Jobs`; `tx.defer("room.name", …)` puts one into the queue with the commit of the change.
A job's arguments are ids, numbers and short words, for the queue has no tenants: what is confidential stays in tables.
A job may be done twice (a worker killed after its work and before it said so): its effects are keyed by the ids.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

import msgspec

from meguri.kernel.scope import OperatorScope, Role
from meguri.storage.audit import PLATFORM
from meguri.storage.database import Database

Work = Callable[..., Awaitable[None]]
AnyWork = TypeVar("AnyWork", bound=Work)

MOST_TRIES = 10


@dataclass(frozen=True, slots=True)
class Job:
    """One kind of job.

    name        `room.what`
    work        `async def work(db, **args)`; arguments are checked against its annotations
    arguments   a Struct made of those annotations
    every       cron line (UTC) when the job is periodic; then `work` takes only `db`
    lock        form with places for arguments (`{operator_id}`): jobs with the same text run one by one, in order
    once        form like `lock`: while such a job waits, another one is not added
    most_tries  after so many failures the job is put aside (see `Queue.dead_letters`)
    """

    name: str
    work: Work
    arguments: type[msgspec.Struct]
    every: str | None = None
    lock: str | None = None
    once: str | None = None
    most_tries: int = MOST_TRIES

    async def do(self, db: Database, given: dict[str, Any]) -> None:
        """Do the work. Raises msgspec.ValidationError when the arguments are not those of the job."""
        arguments = msgspec.convert(given, self.arguments)
        await self.work(db, **msgspec.structs.asdict(arguments))


class Jobs:
    """The jobs of one room."""

    def __init__(self, room: str) -> None:
        """`room` begins every name."""
        self._room = room
        self._jobs: dict[str, Job] = {}

    def __iter__(self) -> Iterator[Job]:
        return iter(self._jobs.values())

    def job(
        self,
        *,
        every: str | None = None,
        lock: str | None = None,
        once: str | None = None,
        most_tries: int = MOST_TRIES,
    ) -> Callable[[AnyWork], AnyWork]:
        """Decorator: the function is the job `room.<its name>`; see `Job` for the options."""

        def add(work: AnyWork) -> AnyWork:
            name = f"{self._room}.{work.__name__}"
            if name in self._jobs:
                raise ValueError(f"two jobs are named {name}")
            self._jobs[name] = Job(name, work, _arguments(name, work), every, lock, once, most_tries)
            return work

        return add


def system_scope(room: str, operator_id: UUID = PLATFORM) -> OperatorScope:
    """The scope in which a job of `room` acts for an operator; the audit shows `system:<room>` as the actor."""
    return OperatorScope(operator_id, f"system:{room}", Role.EDITOR)


def _arguments(name: str, work: Work) -> type[msgspec.Struct]:
    fields: list[Any] = []
    for place, parameter in enumerate(inspect.signature(work, eval_str=True).parameters.values()):
        if place == 0:  # the database
            continue
        if parameter.annotation is inspect.Parameter.empty:
            raise TypeError(f"job {name}: {parameter.name} has no annotation")
        default = () if parameter.default is inspect.Parameter.empty else (parameter.default,)
        fields.append((parameter.name, parameter.annotation, *default))
    return msgspec.defstruct(name.replace(".", "_"), fields, kw_only=True, forbid_unknown_fields=True)
