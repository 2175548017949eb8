"""What this room must know of parts and requests, which another room tells. Until it does, nothing can be opened."""

from collections.abc import Awaitable, Callable, Collection, Iterable
from typing import Protocol
from uuid import UUID

from meguri.kernel.scope import OperatorScope
from meguri.operators.catalogue import notification_rules
from meguri.operators.model import Notification
from meguri.storage import Transaction


class Subjects(Protocol):
    """What this room must know of parts and requests, and another room tells: `app` registers it with `learn`."""

    async def names(self, tx: Transaction, scope: OperatorScope, trace_ids: Collection[UUID]) -> dict[UUID, str]:
        """The names of the operator's own parts; unknown ones are left out."""

    async def related(self, tx: Transaction, scope: OperatorScope, trace_id: UUID, to_operator_id: UUID) -> bool:
        """Whether a live request of that company is linked to this own part."""

    def request_href(self, told: Notification, operator_id: UUID) -> str | None:
        """The page of the request that a notification to this operator is about, or None where there is none."""


class _Unlearnt:
    """Until a room tells: no part has a name, and no company is related to any (nothing can be opened)."""

    async def names(self, tx: Transaction, scope: OperatorScope, trace_ids: Collection[UUID]) -> dict[UUID, str]:
        return {}

    async def related(self, tx: Transaction, scope: OperatorScope, trace_id: UUID, to_operator_id: UUID) -> bool:
        return False

    def request_href(self, told: Notification, operator_id: UUID) -> str | None:
        return None


Names = Callable[[Transaction, OperatorScope, Collection[UUID]], Awaitable[dict[UUID, str]]]

_subjects: Subjects = _Unlearnt()
Proofs = Callable[[Transaction, OperatorScope, Collection[UUID]], Awaitable[dict[UUID, str]]]
_tellers: list[Names] = []
_provers: list[Proofs] = []


def learn(subjects: Subjects) -> None:
    """Register who tells about parts and requests. Called once, by the composition root."""
    global _subjects
    _subjects = subjects


def tell_also(names: Names) -> None:
    """Register who else names what notifications are about (an imported file, say). Called when a room is loaded."""
    if names not in _tellers:
        _tellers.append(names)


def prove_also(proofs: Proofs) -> None:
    """Register who else knows how a company's identity was proved (the own record of a partner, say)."""
    if proofs not in _provers:
        _provers.append(proofs)


async def proofs_of(tx: Transaction, scope: OperatorScope, operator_ids: Collection[UUID]) -> dict[UUID, list[str]]:
    """What others than the directory know of the identity of these companies."""
    found: dict[UUID, list[str]] = {}
    for prover in _provers:
        for operator_id, proof in (await prover(tx, scope, operator_ids)).items():
            found.setdefault(operator_id, []).append(proof)
    return found


async def related(tx: Transaction, scope: OperatorScope, trace_id: UUID, to_operator_id: UUID) -> bool:
    """Whether a live request of that company is linked to this own part."""
    return await _subjects.related(tx, scope, trace_id, to_operator_id)


async def part_names(tx: Transaction, scope: OperatorScope, trace_ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of the operator's own parts, as their room tells them; unknown ones are left out."""
    return await _subjects.names(tx, scope, trace_ids) if trace_ids else {}


async def names_of_things(tx: Transaction, scope: OperatorScope, ids: Collection[UUID]) -> dict[UUID, str]:
    """The names of whatever notifications are about: parts, and what other rooms tell; unknown ones are left out."""
    found = await part_names(tx, scope, ids)
    for names in _tellers:
        if rest := set(ids) - found.keys():
            found |= await names(tx, scope, rest)
    return found


def hrefs_of(told: Iterable[Notification]) -> dict[UUID, str]:
    """Where the requests that these notifications are about can be opened, by notification."""
    found = {one.notification_id: _href(one) for one in told}
    return {notification_id: href for notification_id, href in found.items() if href is not None}


def _href(told: Notification) -> str | None:
    """The page of what a notification is about: as its type says, else the request's."""
    kind = notification_rules().types.get(told.type)
    if kind is not None and kind.href is not None:
        return kind.href.format(about=told.request_id, thing=told.downstream_trace_id)
    return _subjects.request_href(told, told.operator_id)
