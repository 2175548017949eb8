"""The shell interface's doors (IDTA 01002-3, read profiles): repositories, registry and discovery, for reading alone."""

from collections.abc import Awaitable
from typing import Any
from urllib.parse import unquote

import structlog

from meguri.dataspaces.aas import reading
from meguri.dataspaces.aas.contracted import contracted_submodels
from meguri.dataspaces.aas.contracts import contracts_of
from meguri.dataspaces.aas.faults import Fault, answer_of, bad, missing
from meguri.dataspaces.aas.looking import Lookout
from meguri.dataspaces.aas.parameters import (
    asset_id,
    asset_ids,
    cursor_after,
    decoded,
    flag,
    narrowing,
    page,
    paging,
    part_of,
)
from meguri.dataspaces.aas.serving import SubmodelReader
from meguri.dataspaces.aas.view import Viewer
from meguri.dataspaces.dsp.interfaces import Admitted
from meguri.dataspaces.dsp.model import Participant
from meguri.dataspaces.strict import NotStrict, loads
from meguri.dataspaces.wire import Answer, Call, TooLarge, to_json
from meguri.jobs.model import system_scope
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.storage import Database, Transaction

log = structlog.get_logger("meguri.aas")
PREFIX = ("api", "v3.0")
_ROOT = "https://admin-shell.io/aas/API/3/0/"
PROFILES = [
    *(
        f"{_ROOT}{name}ServiceSpecification/SSP-002"
        for name in (
            "AssetAdministrationShellRepository",
            "SubmodelRepository",
            "AssetAdministrationShell",
            "Submodel",
            "AssetAdministrationShellRegistry",
            "SubmodelRegistry",
        )
    ),
    "https://admin-shell.io/aas/API/3/1/DiscoveryServiceSpecification/SSP-002",
]


def owns(path: str) -> bool:
    """Whether a path is this façade's."""
    parts = tuple(path.split("/")[1:])
    return parts[:2] == PREFIX or (parts[:1] == ("t",) and parts[2:4] == PREFIX)


class Doors:
    """Serves the shells of every participant of this node."""

    def __init__(self, db: Database) -> None:
        """Knows nobody yet."""
        self._db = db
        self._lookout = Lookout(db)

    async def serve(self, call: Call) -> Answer:
        """The answer to one call, whatever happens."""
        return await _answered(call, self._routed(call))

    async def registry(self, call: Call, admitted: Admitted) -> Answer:
        """The same for a call under an agreement on the registry: twins that the partner may know of, and no content."""
        return await _answered(call, self._registry(call, admitted))

    async def submodels(self, call: Call, admitted: Admitted) -> Answer:
        """The same for a call under an agreement on one part's submodels: these and no others."""
        return await _answered(call, self._submodels(call, admitted))

    async def _routed(self, call: Call) -> Answer:
        tenant, rest = _split(call.segments)
        _check_reads(call, rest)
        participant = await self._lookout.participant(tenant)
        scope = system_scope("aas", participant.operator_id)
        viewer = await self._lookout.viewer(call, participant)
        found = await self._db.run(scope, self._answer, call, rest, viewer, participant, await _posted(call))
        return found if isinstance(found, Answer) else to_json(200, found)

    async def _registry(self, call: Call, admitted: Admitted) -> Answer:
        if admitted.below[:1] not in (("shell-descriptors",), ("submodel-descriptors",), ("lookup",), ("description",)):
            raise missing()
        _check_reads(call, admitted.below)
        participant, posted = admitted.participant, await _posted(call)
        scope = system_scope("aas", participant.operator_id)
        viewer = await self._lookout.partner(scope, admitted.holder)
        found = await self._db.run(scope, self._answer, call, admitted.below, viewer, participant, posted)
        return to_json(200, found)

    async def _submodels(self, call: Call, admitted: Admitted) -> Answer:
        _check_reads(call, admitted.below)
        scope = system_scope("aas", admitted.participant.operator_id)
        found = await self._db.run(scope, contracted_submodels, call, admitted)
        return found if isinstance(found, Answer) else to_json(200, found)

    async def _answer(
        self,
        tx: Transaction,
        scope: OperatorScope,
        call: Call,
        rest: tuple[str, ...],
        viewer: Viewer,
        participant: Participant,
        posted: Any,
    ) -> Any:
        tenant = participant.tenant if call.segments[0] == "t" else ""
        match rest:
            case ("description",):
                return {"profiles": PROFILES}
            case ("serialization",):
                return await _serialization(tx, scope, call, viewer)
            case ("shells", *more):
                return await _shells(tx, scope, call, viewer, tuple(more))
            case ("submodels", *more):
                return await SubmodelReader(tx, scope, call, viewer).of_repository(tuple(more))
            case ("shell-descriptors", *more):
                return await _descriptors(tx, scope, call, viewer, tuple(more), participant)
            case ("submodel-descriptors",):
                found, after = await reading.page_of_submodels(tx, scope, viewer, paging(call), None, None)
                base = reading.base_url(tenant)
                return page([reading.submodel_descriptor(one, base, None) for one in found], after)
            case ("submodel-descriptors", name):
                known = await reading.submodel_of(tx, scope, viewer, decoded(name))
                return reading.submodel_descriptor(known, reading.base_url(tenant), None)
            case ("lookup", *more):
                return await _lookup(tx, scope, call, viewer, tuple(more), posted)
        raise missing()


async def _answered(call: Call, found: Awaitable[Answer]) -> Answer:
    """What is found, or the refusal in this interface's form."""
    try:
        return await found
    except Fault as fault:
        return answer_of(fault)
    except TooLarge:
        return answer_of(Fault(413, "The body is too large", "TooLarge"))
    except Refusal as refusal:
        log.warning("aas.refused", code=refusal.code, track=call.tracking)
        return answer_of(missing() if refusal.status < 500 else Fault(503, "Please try again", "Unavailable"))
    except Exception as error:
        log.error("aas.unexpected", track=call.tracking, exc_info=error)
        return answer_of(Fault(500, "Unexpected error", "InternalServerError"))


def _check_reads(call: Call, rest: tuple[str, ...]) -> None:
    """Nothing is written here. Raises Fault (405, 501)."""
    if call.method in ("GET", "HEAD") or (call.method == "POST" and rest == ("lookup", "shellsByAssetLink")):
        return
    raise Fault(501 if rest[-1:] == ("invoke",) else 405, "This interface is read only", "MethodNotAllowed")


def _split(segments: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    return (segments[1], segments[4:]) if segments[:1] == ("t",) else ("", segments[2:])


async def _posted(call: Call) -> Any:
    if call.method != "POST":
        return None
    try:
        return loads(await call.body(65_536))
    except NotStrict:
        raise bad("The body is not JSON") from None


async def _shells(tx: Transaction, scope: OperatorScope, call: Call, viewer: Viewer, rest: tuple[str, ...]) -> Any:
    if rest in ((), ("$reference",)):
        pairs, name = asset_ids(call), call.value("idShort")
        shells, after = await reading.page_of_shells(tx, scope, viewer, paging(call), name, pairs)
        if rest:
            return page([reading.shell_reference(one.shell_id) for one in shells], after)
        return page([await reading.shell_element(tx, scope, viewer, one) for one in shells], after)
    shell = await reading.shell_of(tx, scope, viewer, decoded(rest[0]))
    match rest[1:]:
        case ():
            return await reading.shell_element(tx, scope, viewer, shell)
        case ("$reference",):
            return reading.shell_reference(shell.shell_id)
        case ("asset-information",):
            return (await reading.shell_element(tx, scope, viewer, shell))["assetInformation"]
        case ("submodel-refs",):
            asked = paging(call)
            inside = await reading.submodels_of(tx, scope, viewer, shell)
            return part_of([(one["id"], reading.submodel_reference(one)) for one in inside], asked)
        case ("submodels", *more) if more:
            return await SubmodelReader(tx, scope, call, viewer, shell).of_one(tuple(more))
    raise missing()


async def _serialization(tx: Transaction, scope: OperatorScope, call: Call, viewer: Viewer) -> Any:
    """An environment of the shells and submodels named, or of the viewer's first page; nothing empty in it."""
    flag(call, "includeConceptDescriptions")
    shells = [await reading.shell_of(tx, scope, viewer, decoded(one)) for one in _several(call, "aasIds")]
    wanted = [await reading.submodel_of(tx, scope, viewer, decoded(one)) for one in _several(call, "submodelIds")]
    if not shells and not wanted:
        shells, _ = await reading.page_of_shells(tx, scope, viewer, paging(call), None, ())
    made = [await reading.shell_element(tx, scope, viewer, one) for one in shells]
    if not wanted:
        for shell in shells:
            wanted += await reading.submodels_of(tx, scope, viewer, shell)
    found = {"assetAdministrationShells": made, "submodels": wanted}
    return {name: value for name, value in found.items() if value}


def _several(call: Call, name: str) -> list[str]:
    return [one for value in call.values(name) for one in value.split(",") if one]


async def _descriptors(
    tx: Transaction, scope: OperatorScope, call: Call, viewer: Viewer, rest: tuple[str, ...], participant: Participant
) -> Any:
    base = reading.base_url(participant.tenant if call.segments[0] == "t" else "")
    if not rest:
        kept, after = await reading.narrowed(tx, scope, viewer, paging(call), asset_ids(call), narrowing(call))
        offered = await contracts_of(tx, scope, viewer, participant, kept)
        return page([await reading.descriptor(tx, scope, viewer, one, base, offered) for one in kept], after)
    shell = await reading.shell_of(tx, scope, viewer, decoded(rest[0]))
    offered = await contracts_of(tx, scope, viewer, participant, [shell])
    made = await reading.descriptor(tx, scope, viewer, shell, base, offered)
    inside = made.get("submodelDescriptors", [])
    match rest[1:]:
        case ():
            return made
        case ("submodel-descriptors",):
            return part_of([(one["id"], one) for one in inside], paging(call))
        case ("submodel-descriptors", name):
            wanted_id = decoded(name)
            for one in inside:
                if one["id"] == wanted_id:
                    return one
    raise missing()


async def _lookup(
    tx: Transaction, scope: OperatorScope, call: Call, viewer: Viewer, rest: tuple[str, ...], posted: Any
) -> Any:
    if rest == ("shellsByAssetLink",):
        if not isinstance(posted, list) or len(posted) > 100:
            raise bad("The body is a list of asset links")
        pairs = [asset_id(one) for one in posted]
    elif rest == ("shells",):
        pairs = asset_ids(call)
    elif len(rest) == 2 and rest[0] == "shells":
        shell = await reading.shell_of(tx, scope, viewer, decoded(unquote(rest[1])))
        known = (await reading.shell_element(tx, scope, viewer, shell))["assetInformation"]
        return known.get("specificAssetIds", [])
    else:
        raise missing()
    asked = paging(call)
    if not pairs:
        shells, after = await reading.page_of_shells(tx, scope, viewer, asked, None, ())
        return page([one.shell_id for one in shells], after)
    ids = await reading.found_by(tx, scope, viewer, pairs, asked.after, asked.limit + 1)
    after = cursor_after(ids[asked.limit - 1]) if len(ids) > asked.limit else None
    return page(ids[: asked.limit], after)
