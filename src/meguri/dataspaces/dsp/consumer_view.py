"""What our people see of the consumer's side: a partner's datasets, what was asked for, what came."""

from datetime import UTC, datetime
from typing import Any

import msgspec

from meguri.dataspaces.dsp import store
from meguri.dataspaces.dsp.consuming import Consumer
from meguri.dataspaces.dsp.errors import ProcessNotFound
from meguri.dataspaces.dsp.faults import Fault
from meguri.dataspaces.dsp.model import Agreement, Copy, Process
from meguri.dataspaces.dsp.policy import unknown_terms
from meguri.kernel.errors import Conflict, Invalid
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.storage import Database, Transaction

END = datetime(9999, 1, 1, tzinfo=UTC)
MOST = 200
KIND, ROLE = "negotiation", "consumer"


class NotAccepted(Invalid):
    """The offer has terms that this product cannot enforce; a person has to accept each of them."""

    code = "dsp.terms_not_accepted"
    say = Text(
        ja="この契約には自動では守れない条件があります（{terms}）。内容を確認し、受け入れる条件を選んでください。",
        en="This offer has terms that cannot be enforced automatically ({terms}). Please read them and accept those you can keep.",
    )


class NotAvailable(Conflict):
    """The partner's system does not let this be asked for now."""

    code = "dsp.not_available"
    say = Text(ja="現在は取得できません（{reason}）。", en="This cannot be asked for now ({reason}).")


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A dataset that a partner shows us. `unknown_terms`: what we could only record, never enforce."""

    dataset_id: str
    title: str
    type_iri: str
    modified: str
    formats: list[str]
    policy: dict[str, Any]
    unknown_terms: list[str]


def offered(dataset: dict[str, Any], language: str = "ja") -> Offered:
    """A dataset of a catalog in our words; what is missing there is empty here."""
    policy: dict[str, Any] = next(iter(dataset.get("hasPolicy") or ()), {})
    formats = [str(one.get("format", "")) for one in dataset.get("distribution") or () if isinstance(one, dict)]
    kind = dataset.get("dct:type")
    return Offered(
        dataset_id=str(dataset.get("@id", "")),
        title=_title(dataset.get("dct:title"), language) or str(dataset.get("@id", "")),
        type_iri=str(kind.get("@id", "")) if isinstance(kind, dict) else str(kind or ""),
        modified=str(dataset.get("dct:modified", "")),
        formats=formats,
        policy={name: policy[name] for name in ("permission", "prohibition", "obligation") if name in policy},
        unknown_terms=sorted(set(unknown_terms(policy))) if policy else [],
    )


def _title(said: Any, language: str) -> str:
    if isinstance(said, list):
        by_language = {one.get("@language"): one.get("@value") for one in said if isinstance(one, dict)}
        return str(by_language.get(language) or next(iter(by_language.values()), "") or "")
    if isinstance(said, dict):
        return str(said.get("@value") or said.get(language) or "")
    return str(said or "")


async def browse(db: Database, scope: OperatorScope, did: str, language: str = "ja") -> list[Offered]:
    """What a partner shows us. Raises PartnerNotFound, PartnerAway, NoCommonVersion."""
    return [offered(one, language) for one in await Consumer(db).browse(scope, did)]


async def ask(db: Database, scope: OperatorScope, did: str, dataset_id: str, accepted: tuple[str, ...]) -> Process:
    """Ask for a contract on the partner's own offer; `accepted`: terms that are only recorded.

    Raises PartnerNotFound, PartnerAway, NotAccepted, NotAvailable.
    """
    try:
        return await Consumer(db).ask(scope, did, dataset_id, accepted)
    except Fault as fault:
        if fault.code == "POLICY_UNSUPPORTED":
            raise NotAccepted(terms=fault.english) from None
        raise NotAvailable(reason=fault.code) from None


async def fetch(db: Database, scope: OperatorScope, agreement_id: str, format: str) -> Process:
    """Ask for the data of an agreement of ours. Raises ProcessNotFound, PartnerAway, NotAvailable."""
    known = await db.run(scope, store.agreement, agreement_id)
    if known is None or known.role != ROLE:
        raise ProcessNotFound
    try:
        return await Consumer(db).fetch(scope, agreement_id, format, purposes=purposes_of(known.policy))
    except Fault as fault:
        raise NotAvailable(reason=fault.code) from None


def purposes_of(policy: dict[str, Any]) -> tuple[str, ...]:
    """The purposes that an agreement allows: for these, and no others, its data are asked for."""
    found: list[str] = []

    def walk(constraints: Any) -> None:
        for one in constraints:
            for kind in ("and", "or", "xone", "andSequence"):
                walk(one.get(kind, ()))
            if str(one.get("leftOperand", "")).rpartition(":")[2] == "purpose":
                right = one.get("rightOperand")
                found.extend(right if isinstance(right, list) else [str(right)])

    for rule in policy.get("permission", ()):
        walk(rule.get("constraint", ()))
    return tuple(dict.fromkeys(found))


async def negotiations(tx: Transaction, scope: OperatorScope, did: str) -> list[Process]:
    """What we asked a partner for, newest first."""
    found = await store.processes(tx, scope, END, "", MOST)
    return [one for one in found if one.peer_did == did and one.kind == KIND and one.role == ROLE]


async def agreements(tx: Transaction, scope: OperatorScope) -> list[Agreement]:
    """What we agreed on as the consumer, newest first."""
    return [one for one in await store.agreements(tx, scope, END, "", MOST) if one.role == ROLE]


async def copies(tx: Transaction, scope: OperatorScope, agreement_id: str) -> list[Copy]:
    """What came under an agreement, newest first; of erased ones only that they were here."""
    return [one for one in await store.copies(tx, scope, None, 1000) if one.agreement_id == agreement_id]


async def copy(tx: Transaction, scope: OperatorScope, pid: str) -> Copy:
    """One thing that came. Raises ProcessNotFound."""
    found = await store.copies(tx, scope, pid, 1)
    if not found or found[0].deleted_at is not None:
        raise ProcessNotFound
    return found[0]
