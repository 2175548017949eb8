"""Who is calling: the public, a partner by its token, or the company's own people."""

from uuid import UUID

from meguri.dataspaces.aas.faults import Fault, missing
from meguri.dataspaces.aas.view import NOBODY, OWN, PUBLIC, Viewer, of_operator
from meguri.dataspaces.dsp import plane, store
from meguri.dataspaces.dsp.identity import Gatekeeper, NotProved
from meguri.dataspaces.dsp.model import Caller, Participant
from meguri.dataspaces.dsp.policy import is_counted
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

    async def viewer(self, call: Call, participant: Participant, most: int = 1 << 20) -> Viewer:
        """Who is looking; a partner's proof covers the body, of at most `most` bytes.

        Raises Fault (401) for a proof that does not hold, TooLarge.
        """
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
                    return await self._db.run(scope, _neighbour, person.operator_id)
                return Viewer(audiences=(PUBLIC, OWN), operator_id=person.operator_id)
        raw = await call.body(most) if call.method in ("POST", "PUT", "PATCH") else b""
        try:
            caller = await self._gatekeeper.caller(call, participant, raw)
        except NotProved:
            raise Fault(401, "The proof of identity does not hold", "Unauthorized") from None
        return await self._db.run(scope, _partner, caller)

    async def partner(self, scope: OperatorScope, holder: plane.Holder) -> Viewer:
        """The partner behind an agreement of ours."""
        return await self._db.run(scope, _of_agreement, holder)

    async def _person(self, token: str) -> OperatorScope | None:
        try:
            return await identity.scope_of_token(self._db, token)
        except Refusal:
            return None


async def _participant(tx: Transaction, _: OperatorScope, tenant: str) -> Participant | None:
    return await store.participant_of_tenant(tx, tenant)


async def _neighbour(tx: Transaction, scope: OperatorScope, operator_id: UUID) -> Viewer:
    """People of another company of this node."""
    records = [one for one in await store.partners(tx, scope, rows=1000) if one.partner_operator_id == operator_id]
    audiences = (PUBLIC, of_operator(operator_id))
    return Viewer(audiences=audiences, operator_id=operator_id, on_record=any(not one.blocked for one in records))


async def _by_data_token(tx: Transaction, scope: OperatorScope, token: str) -> Viewer:
    held = await plane.holder_of(tx, scope, None, token)
    if isinstance(held, Answer):
        raise Fault(401, "The token is not valid", "Unauthorized")
    decision = plane.decide(held.agreement, held.process, [])
    if not decision.allowed:
        raise Fault(403, f"Not satisfied: {decision.failed}", "Forbidden")
    if is_counted(held.agreement.policy):
        raise Fault(403, "Not satisfied: count; please call the address of the transfer", "Forbidden")
    return await _of_agreement(tx, scope, held)


async def _of_agreement(tx: Transaction, scope: OperatorScope, held: plane.Holder) -> Viewer:
    partner = await store.partner(tx, scope, held.process.peer_did)
    return await _partner(tx, scope, Caller(did=held.process.peer_did, partner=partner))


async def _partner(tx: Transaction, scope: OperatorScope, caller: Caller) -> Viewer:
    if not caller.me:
        return NOBODY
    operator_id = caller.partner.partner_operator_id if caller.partner else None
    audiences = (PUBLIC, caller.did, *((of_operator(operator_id),) if operator_id else ()))
    agreed = await plane.agreed_on(tx, scope, caller.did)
    on_record = caller.partner is not None
    return Viewer(audiences=audiences, did=caller.did, operator_id=operator_id, on_record=on_record, agreed=agreed)
