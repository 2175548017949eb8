"""Use cases of the remote matcher: what it found is kept beside our own candidates; what it did not answer stays pending."""

import hashlib
from collections.abc import Sequence
from uuid import NAMESPACE_OID, UUID, uuid5

from meguri.diligence import store
from meguri.diligence.model import Kept, PartyInput, RunBody
from meguri.diligence.screening.decide import Subject
from meguri.diligence.screening.remote import Post, RemoteAnswer, RemoteCandidate, RemoteFailed
from meguri.diligence.service import records, screening
from meguri.jobs.outbound import Outbound, Reach, Refused, Unreachable, origin_of
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction

ALGORITHM = "remote/best"


def post_to(server: str) -> Post:
    """Sends bodies to the matcher that this installation's operator named; it may stand on a private network."""

    async def post(path: str, body: bytes) -> bytes:
        outbound = Outbound(Reach(origins=frozenset({origin_of(server)})))
        try:
            reply = await outbound.send(
                "POST", server + path, headers={"content-type": "application/json"}, body=body, most_bytes=8 << 20
            )
        except (Refused, Unreachable) as error:
            raise RemoteFailed from error
        finally:
            await outbound.close()
        if reply.status != 200:
            raise RemoteFailed
        return reply.body

    return post


async def subjects_of(tx: Transaction, scope: OperatorScope, party_id: UUID) -> list[Subject]:
    """The names of a company as the matcher is asked about them. Raises NothingFound."""
    party = await records.get(tx, scope, "party", PartyInput, party_id)
    return screening.subjects(party.content)


async def keep(
    tx: Transaction, scope: OperatorScope, party_id: UUID, dataset: str, answers: Sequence[RemoteAnswer]
) -> bool:
    """Keeps what the matcher said of a company's names; whether it owes an answer still. Raises NothingFound."""
    party = await records.get(tx, scope, "party", PartyInput, party_id)
    list_id = f"remote:{dataset}"
    pending = any(answer.state == "pending" for answer in answers)
    await _mark(tx, scope, party, list_id, pending=pending)
    past = await records.listed(tx, scope, "run", RunBody, subject_id=party_id)
    known = {screening.key(run.content) for run in past}
    best: dict[str, RemoteCandidate] = {}
    for answer in answers:
        for one in answer.candidates:
            if one.id not in best or one.score > best[one.id].score:
                best[one.id] = one
    for one in sorted(best.values(), key=lambda one: -one.score):
        run = _run(party, list_id, one)
        if screening.key(run) not in known:
            await records.add(tx, scope, "run", run, state=screening.state_of_score(one.score))
    return pending


def _run(party: Kept[PartyInput], list_id: str, one: RemoteCandidate) -> RunBody:
    caption = hashlib.sha256(one.caption.encode()).hexdigest()
    return RunBody(
        party_id=party.record_id,
        name=party.content.names[0].value,
        list_id=list_id,
        list_version=0,
        algorithm=ALGORITHM,
        entry_id=one.id[:200],
        entry_name=one.caption[:400],
        entry_hash=caption,
        score=round(one.score, 4),
        reason=", ".join(one.datasets)[:400],
    )


async def _mark(tx: Transaction, scope: OperatorScope, party: Kept[PartyInput], list_id: str, *, pending: bool) -> None:
    """One record a company and matcher says whether an answer is owed: nobody is clear by silence."""
    record_id = uuid5(NAMESPACE_OID, f"{scope.operator_id} {party.record_id} {list_id}")
    row = await store.record(tx, scope, "run", record_id)
    state = "pending" if pending else "answered"
    if row is None and not pending:
        return
    if row is not None and row.state == state:
        return
    body = _run(party, list_id, RemoteCandidate(id="", caption="", score=0.0))
    await records.keep(tx, scope, "run", record_id, row.version + 1 if row else 1, body, state=state)
