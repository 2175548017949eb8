"""The profile `conformance`: one made-up participant with the datasets and agreements that the public test kit asks for.

It starts only where no real company is registered, so that nobody's data ever stands behind doors that check nothing.
"""

from typing import Any
from uuid import NAMESPACE_URL, uuid5

import msgspec

from meguri.dataspaces.dsp import store
from meguri.dataspaces.dsp.model import NewDataset, Process
from meguri.dataspaces.dsp.plane import new_token_key
from meguri.dataspaces.dsp.policy import policy_hash
from meguri.dataspaces.dsp.states import Kind, Role
from meguri.dataspaces.dsp.terms import EVERYONE
from meguri.dataspaces.rules import conformance
from meguri.jobs.model import system_scope
from meguri.kernel import clock
from meguri.kernel.clock import seconds_z
from meguri.kernel.errors import Conflict
from meguri.kernel.scope import OperatorScope
from meguri.kernel.scope import Role as Rank
from meguri.operators import service as operators
from meguri.operators.model import NewOperator
from meguri.proof import jcs
from meguri.storage import Database, Transaction

OPERATOR_ID = uuid5(NAMESPACE_URL, "urn:meguri:conformance")
_POLICY: dict[str, Any] = {"permission": [{"action": "use"}]}


class RealCompanies(RuntimeError):
    """A company that is not made up is registered here: the profile `conformance` does not start."""


async def seed(db: Database) -> None:
    """Seed once; again changes nothing. Raises RealCompanies."""
    if await db.run(system_scope("dsp"), _any_real):
        raise RealCompanies("the profile conformance needs a data folder without real companies")
    scope = OperatorScope(OPERATOR_ID, "system:conformance", Rank.ADMIN)
    new = NewOperator(name="適合試験用（架空）", address="東京都", open_operator_id="CONFORMANCE", synthetic=True)
    try:
        await db.run(scope, operators.register, new, check_digits=False)
    except Conflict:
        return
    await db.run(scope, _seed)


async def _any_real(tx: Transaction, _: OperatorScope) -> bool:
    return await store.any_real_company(tx)


async def _seed(tx: Transaction, scope: OperatorScope) -> None:
    rules = conformance()
    await store.add_participant(tx, scope, rules.participant, "conformance", new_token_key())
    for name in (*rules.datasets, "ATP"):
        content = {"dataset": name, "synthetic": True}
        new = NewDataset(
            kind="conformance",
            title={"ja": name, "en": name},
            type_iri="urn:meguri:type:v1:Conformance",
            formats=list(rules.formats),
            content=content,
        )
        await store.save_dataset(tx, scope, new, name, jcs.sha256_hex(content))
        if name != "ATP":
            await store.save_offer(tx, scope, f"CD123:{name}:456", name, EVERYONE, _POLICY, policy_hash(_POLICY), 0)
    for names, role in ((rules.provided, Role.PROVIDER), (rules.consumed, Role.CONSUMER)):
        for name in names:
            await _agreement(tx, scope, name, role)


async def _agreement(tx: Transaction, scope: OperatorScope, name: str, role: Role) -> None:
    rules = conformance()
    sides = (
        (rules.participant, rules.counterparty) if role is Role.PROVIDER else (rules.counterparty, rules.participant)
    )
    body = {
        "@id": name,
        "@type": "Agreement",
        "target": "ATP",
        "assigner": sides[0],
        "assignee": sides[1],
        "timestamp": seconds_z(clock.now()),
        **_POLICY,
    }
    process = _stand_in(scope, name, role)
    await store.add_agreement(tx, scope, process, name, body, _POLICY, policy_hash(_POLICY), finalized_at=clock.now())


def _stand_in(scope: OperatorScope, name: str, role: Role) -> Process:
    """A process of which only what an agreement keeps is said."""
    now = clock.now()
    nothing = dict.fromkeys(field.name for field in msgspec.structs.fields(Process))
    said: dict[str, Any] = {
        "operator_id": scope.operator_id,
        "pid": f"urn:meguri:conformance:{name}",
        "kind": Kind.NEGOTIATION,
        "role": role,
        "peer_did": conformance().counterparty,
        "peer_base": "",
        "state": "FINALIZED",
        "dataset_id": "ATP",
        "purposes": [],
        "step": 0,
        "attempts": 0,
        "unsure": False,
        "created_at": now,
        "updated_at": now,
    }
    return Process(**{**nothing, **said})
