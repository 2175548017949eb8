"""What is waited for in foreign systems, for the front page and the pages of requests. Words in, words out."""

from uuid import UUID

from meguri.dataspaces.ouranos.client import store
from meguri.dataspaces.ouranos.client.model import System, SystemState
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language
from meguri.storage import Transaction
from meguri.traceability.beyond import Wait
from meguri.ui.words import say

HERE = "/keys/dataspace/systems"
_WORDS = {
    "NO_ANSWER": "dataspaces.outside.NO_ANSWER",
    "BAD_ANSWER": "dataspaces.outside.BAD_ANSWER",
    "REDIRECT": "dataspaces.outside.REDIRECT",
    "ENDLESS_PAGES": "dataspaces.outside.ENDLESS_PAGES",
    "ADDRESS": "dataspaces.outside.ADDRESS",
    "SECRET": "dataspaces.outside.SECRET",
    "TRACK_ERROR": "dataspaces.outside.TRACK_ERROR",
}


def why(code: str | None, detail: str | None, language: Language) -> str:
    """A reason in the reader's words; what the system itself said is quoted."""
    if detail:
        return say("dataspaces.outside.said", language, said=detail)
    if not code:
        return ""
    if code in _WORDS:
        return say(_WORDS[code], language)
    if code.startswith("HTTP_"):
        return say("dataspaces.outside.HTTP", language, code=code.removeprefix("HTTP_"))
    return say("dataspaces.outside.said", language, said=code)


class OutsideSystems:
    """What a company waits for there, and what waits for it; see `traceability.beyond`."""

    async def of_company(self, tx: Transaction, scope: OperatorScope, language: Language) -> list[Wait]:
        """A line for each system that is away, refuses us, or refused something."""
        systems = await store.systems(tx, scope.operator_id)
        counts = await store.counts(tx, scope.operator_id) if systems else {}
        return [wait for one in systems for wait in _of_system(one, counts, language)]

    async def of_request(self, tx: Transaction, scope: OperatorScope, trade_id: UUID, language: Language) -> str | None:
        """Why a request, or an answer to one, has not reached its system yet."""
        task = await store.task_of(tx, scope.operator_id, trade_id)
        system = await store.system(tx, scope.operator_id, task.system_id) if task else None
        if task is None or system is None or system.state is SystemState.LEFT:
            return None
        reason = why(task.code, task.detail if task.state == "held" else None, language)
        reason = reason or why(system.reason, None, language) or say("dataspaces.system.on_its_way", language)
        return say("dataspaces.outside.request_waits", language, system=system.name, why=reason)


def _of_system(one: System, counts: dict[tuple[UUID, str], int], language: Language) -> list[Wait]:
    queued, refused = (counts.get((one.system_id, state), 0) for state in ("queued", "held"))
    href, found = f"{HERE}/{one.system_id}", []
    if one.state is SystemState.HELD:
        found.append(
            Wait(
                mine=True,
                kind="stop",
                status=say("dataspaces.systems.held", language),
                title=say("dataspaces.outside.held_title", language, system=one.name),
                line=why(one.reason, None, language),
                href=href,
            )
        )
    if one.state is SystemState.ACTIVE and one.away_since is not None:
        found.append(
            Wait(
                mine=False,
                kind="waiting",
                status=say("dataspaces.systems.away", language),
                title=say("dataspaces.outside.wait_title", language, system=one.name, n=queued),
                line=why(one.reason, None, language),
                href=href,
            )
        )
    if refused:
        found.append(
            Wait(
                mine=True,
                kind="attention",
                status=say("dataspaces.system.refused", language),
                title=say("dataspaces.outside.refused_title", language, system=one.name, n=refused),
                line=say("dataspaces.outside.refused_line", language),
                href=href,
            )
        )
    return found
