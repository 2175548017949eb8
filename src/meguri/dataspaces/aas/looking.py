"""Who is calling: the public, a partner by its token, or the company's own people."""

from meguri.dataspaces.aas.faults import Fault, missing
from meguri.dataspaces.aas.view import NOBODY, OWN, PUBLIC, Viewer, of_operator
from meguri.dataspaces.dsp import plane, store
from meguri.dataspaces.dsp.identity import Gatekeeper, NotProved
from meguri.dataspaces.dsp.model import Caller, Participant
from meguri.dataspaces.dsp.starting import PREFIX
from meguri.dataspaces.node import node
from meguri.dataspaces.wire import Answer, Call
from meguri.identity import service as identity
from meguri.jobs.model import system_scope
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.storage import Database, Transaction


class Lookout:
    """Tells whose interface is called, and by whom."""

    def __init__(self, db: Database) -> None:
        """Knows nobody yet."""
        self._db = db
        self._gatekeeper = Gatekeeper(db)

    async def participant(self, tenant: str) -> Participant:
        """The company of this word. Raises Fault (404)."""
        found = await self._db.run(system_scope("aas"), _participant, tenant)
        if found is None:
            raise missing()
        return found

    async def viewer(self, call: Call, participant: Participant) -> Viewer:
        """Who is looking. Raises Fault (401) for a proof that does not hold."""
        token = call.bearer
        if not token or node().conformance:
            return NOBODY
        scope = system_scope("aas", participant.operator_id)
        if token.startswith(PREFIX):
            return await self._db.run(scope, _by_data_token, token)
        if token.count(".") == 2:
            person = await self._person(token)
            if person is not None:
                if person.operator_id != participant.operator_id:
                    return Viewer(audiences=(PUBLIC, of_operator(person.operator_id)), operator_id=person.operator_id)
                return Viewer(audiences=(PUBLIC, OWN), operator_id=person.operator_id)
        try:
            caller = await self._gatekeeper.caller(call, participant, b"")
        except NotProved:
            raise Fault(401, "The proof of identity does not hold", "Unauthorized") from None
        return await self._db.run(scope, _partner, caller)

    async def _person(self, token: str) -> OperatorScope | None:
        try:
            return await identity.scope_of_token(self._db, token)
        except Refusal:
            return None


async def _participant(tx: Transaction, _: OperatorScope, tenant: str) -> Participant | None:
    return await store.participant_of_tenant(tx, tenant)


async def _by_data_token(tx: Transaction, scope: OperatorScope, token: str) -> Viewer:
    held = await plane.holder_of(tx, scope, None, token)
    if isinstance(held, Answer):
        raise Fault(401, "The token is not valid", "Unauthorized")
    decision = plane.decide(held.agreement, held.process, [])
    if not decision.allowed:
        raise Fault(403, f"Not satisfied: {decision.failed}", "Forbidden")
    partner = await store.partner(tx, scope, held.process.peer_did)
    return await _partner(tx, scope, Caller(did=held.process.peer_did, partner=partner))


async def _partner(tx: Transaction, scope: OperatorScope, caller: Caller) -> Viewer:
    if not caller.me:
        return NOBODY
    operator_id = caller.partner.partner_operator_id if caller.partner else None
    audiences = (PUBLIC, caller.did, *((of_operator(operator_id),) if operator_id else ()))
    agreed = await store.agreed_on(tx, scope, caller.did)
    return Viewer(audiences=audiences, did=caller.did, operator_id=operator_id, agreed=agreed)
