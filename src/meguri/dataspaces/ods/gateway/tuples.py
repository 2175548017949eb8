"""Who may call what, as relations (OpenFGA 1.1): `POST /authz/stores/{id}/write` and `…/read` for whoever holds the management key.

`user:<operator> can_access endpoint:<id>`, `user:<operator> member group:<id>`, `group:<id>#member can_access endpoint:<id>`.
"""

import re
from typing import Any
from uuid import UUID

import msgspec

from meguri.dataspaces.ods.gateway.events import TuplesWritten
from meguri.dataspaces.ods.notifier import queries
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.storage import Transaction
from meguri.storage.queries import Query

_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}\Z")
_MOST = 100


class Unfit(Exception):
    """These are no relations of the model; the message says what is wrong."""


class Tuple(msgspec.Struct, frozen=True):
    """One relation."""

    user: str
    relation: str
    object: str

    def __str__(self) -> str:
        """As one line."""
        return f"{self.user} {self.relation} {self.object}"

    @property
    def operator_id(self) -> UUID | None:
        """The operator who is given something; None when it is a group."""
        kind, _, name = self.user.partition(":")
        return parse_uuid(name) if kind == "user" else None

    @property
    def group(self) -> str:
        """The group that is given something, or joined."""
        return self.user.removeprefix("group:").removesuffix("#member") if self.operator_id is None else self.named

    @property
    def named(self) -> str:
        """The name of the object."""
        return self.object.partition(":")[2]


def read(body: Any) -> tuple[list[Tuple], list[Tuple]]:
    """What is given and what is taken. Raises Unfit."""
    if not isinstance(body, dict):
        raise Unfit("writes or deletes with tuple_keys are needed")
    given, taken = (_tuples(body.get(name)) for name in ("writes", "deletes"))
    if not given and not taken:
        raise Unfit("writes or deletes with tuple_keys are needed")
    return given, taken


def _tuples(said: Any) -> list[Tuple]:
    if said is None:
        return []
    keys = said.get("tuple_keys") if isinstance(said, dict) else None
    if not isinstance(keys, list) or len(keys) > _MOST:
        raise Unfit(f"tuple_keys: a list of at most {_MOST}")
    return [_tuple(one) for one in keys]


def _tuple(said: Any) -> Tuple:
    try:
        found = msgspec.convert(said, Tuple)
    except msgspec.ValidationError:
        raise Unfit("each has user, relation and object") from None
    fits = _NAME.match(found.named) is not None
    if found.relation == "can_access":
        by_group = found.user.startswith("group:") and found.user.endswith("#member") and _NAME.match(found.group)
        fits = fits and found.object.startswith("endpoint:") and bool(found.operator_id or by_group)
    else:
        fits = fits and found.relation == "member" and found.object.startswith("group:") and bool(found.operator_id)
    if not fits:
        raise Unfit("user:<operator> can_access endpoint:<id>, user:<operator> member group:<id>, "
                    "group:<id>#member can_access endpoint:<id>")  # fmt: skip
    return found


async def write(tx: Transaction, scope: OperatorScope, given: list[Tuple], taken: list[Tuple]) -> None:
    """Give and take, all or nothing. Raises Unfit for a company that is not here."""
    for one in given:
        if one.operator_id is not None and not await operators.operator_exists(tx, scope, one.operator_id):
            raise Unfit(f"{one.user}: there is no such company")
    async with tx.across():
        for one in given:
            await tx.run(_query(one, give=True), **_values(one, scope))
        for one in taken:
            await tx.run(_query(one, give=False), **_values(one, scope))
    await tx.record(TuplesWritten(given=[str(one) for one in given], taken=[str(one) for one in taken]))


def _query(one: Tuple, *, give: bool) -> Query:
    if one.relation == "member":
        return queries.join if give else queries.leave
    if one.operator_id is not None:
        return queries.give if give else queries.take
    return queries.give_group if give else queries.take_group


def _values(one: Tuple, scope: OperatorScope) -> dict[str, Any]:
    if one.relation == "member":
        return {"operator_id": one.operator_id, "group_id": one.named}
    if one.operator_id is not None:
        return {"operator_id": one.operator_id, "endpoint_id": one.named}
    return {"operator_id": scope.operator_id, "group_id": one.group, "endpoint_id": one.named}


async def listed(tx: Transaction, scope: OperatorScope) -> list[Tuple]:
    """All relations, in order."""
    async with tx.across():
        rows = await tx.all(queries.tuples)
    return [Tuple(row[0], row[1], row[2]) for row in rows]
