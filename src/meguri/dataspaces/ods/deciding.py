"""The policy decision point (AuthZEN 1.0, evaluation): may this operator call this endpoint?

Model: `user:<operator> can_access endpoint:<id>`. Every active operator may call what the rules name as open; a tuple of its own
allows more, or less. A denial is an answer like any other; what cannot be read is an error.
"""

from typing import Any
from uuid import UUID

from meguri.dataspaces.ods.notifier import queries
from meguri.dataspaces.rules import ods
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.storage import Transaction


class Malformed(Exception):
    """The question is not one."""


def question(body: Any) -> tuple[UUID | None, str]:
    """(operator, endpoint) of an evaluation request. Raises Malformed."""
    try:
        subject, resource, action = body["subject"], body["resource"], body["action"]
        kinds = (subject["type"], resource["type"])
        who, what, verb = str(subject["id"]), str(resource["id"]), action["name"]
    except (KeyError, TypeError):
        raise Malformed from None
    if kinds[0] != "user" or kinds[1] not in ("endpoint", "api_endpoint") or verb != "can_access":
        return None, what
    return parse_uuid(who), what


async def decide(tx: Transaction, scope: OperatorScope, body: Any) -> bool:
    """Whether access is allowed. Raises Malformed."""
    who, what = question(body)
    if who is None or not await operators.operator_exists(tx, scope, who):
        return False
    async with tx.across():
        own = await tx.value(queries.permission, operator_id=who, endpoint_id=what)
    if own is not None:
        return bool(own)
    return what.startswith(ods().open_endpoints)
