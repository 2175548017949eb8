"""The policy decision point (AuthZEN 1.0, evaluation): may this operator call this endpoint?

Model: `endpoint` has `can_access: [user, group#member]`. An endpoint that somebody has been given is open to those alone; of the
others every active operator may call what the rules name as open. A denial is an answer like any other; what cannot be read is
an error.
"""

from typing import Any
from uuid import UUID

from meguri.dataspaces.ods.notifier import queries
from meguri.dataspaces.rules import ods
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.storage import Transaction

KINDS = ("endpoint", "api_endpoint")


class Malformed(Exception):
    """The question is not one."""


def question(body: Any) -> tuple[UUID | None, str]:
    """(operator, endpoint) of an evaluation request. Raises Malformed."""
    try:
        subject, resource, action = body["subject"], body["resource"], body["action"]
        said = (subject["type"], subject["id"], resource["type"], resource["id"], action["name"])
    except (KeyError, TypeError):
        raise Malformed from None
    if not all(isinstance(one, str) for one in said):
        raise Malformed
    kind, who, thing, what, verb = said
    return (parse_uuid(who) if (kind, verb) == ("user", "can_access") and thing in KINDS else None), what


async def decide(tx: Transaction, scope: OperatorScope, body: Any) -> bool:
    """Whether access is allowed. Raises Malformed."""
    who, what = question(body)
    if who is None or not await operators.operator_exists(tx, scope, who):
        return False
    async with tx.across():
        found = await tx.all(queries.permissions, operator_id=who, endpoint_id=what)
    ((own, by_group, anybody),) = found
    if own is not None:
        return bool(own)
    return bool(by_group) or (not anybody and what.startswith(ods().open_endpoints))


async def decide_many(tx: Transaction, scope: OperatorScope, body: Any) -> list[dict[str, bool]]:
    """Several at once; what stands beside `evaluations` holds for each that does not say it itself.

    `options.evaluations_semantic`: all, or none after the first denial or permission. Raises Malformed.
    """
    items = body.get("evaluations") if isinstance(body, dict) else None
    if not isinstance(items, list) or not 0 < len(items) <= 1000 or not all(isinstance(one, dict) for one in items):
        raise Malformed
    options = body.get("options", {})
    order = options.get("evaluations_semantic", "execute_all") if isinstance(options, dict) else None
    ends = {"execute_all": None, "deny_on_first_deny": False, "permit_on_first_permit": True}
    if not isinstance(order, str) or order not in ends:
        raise Malformed
    shared = {name: body[name] for name in ("subject", "resource", "action") if name in body}
    made: list[dict[str, bool]] = []
    for one in items:
        made.append({"decision": await decide(tx, scope, {**shared, **one})})
        if ends[order] is not None and made[-1]["decision"] is ends[order]:
            break
    return made
