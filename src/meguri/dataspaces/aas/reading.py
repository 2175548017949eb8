"""Shells, submodels and descriptors as one viewer sees them."""

from collections.abc import Callable, Sequence
from typing import Any

from msgspec import structs

from meguri.dataspaces.aas import store
from meguri.dataspaces.aas.contracts import Contracts
from meguri.dataspaces.aas.elements import Element, paths
from meguri.dataspaces.aas.faults import missing
from meguri.dataspaces.aas.parameters import AssetId, Narrowing, Paging, Reading, cursor_after, encoded
from meguri.dataspaces.aas.sources import SOURCES, contracted
from meguri.dataspaces.aas.store import Shell
from meguri.dataspaces.aas.view import Viewer
from meguri.dataspaces.node import node
from meguri.kernel.clock import millis_z
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction

Told = tuple[list[Any], str | None]
_SHOWN = "\x1f"
_MOST_SHELLS = 500
_STEP, _STEPS = 100, 50  # so many shells at a time, and so often, are looked through for those of a kind


async def shell_of(tx: Transaction, scope: OperatorScope, viewer: Viewer, shell_id: str) -> Shell:
    """A shell that the viewer sees. Raises Fault (404)."""
    found = await store.shell(tx, scope, viewer.audiences, shell_id) if "\0" not in shell_id else None
    if found is None:
        raise missing()
    return found


async def submodels_of(tx: Transaction, scope: OperatorScope, viewer: Viewer, shell: Shell) -> list[Element]:
    """The submodels of a shell, as far as the viewer sees them."""
    source = SOURCES.get(shell.record_kind)
    made = await source(tx, scope, shell, viewer) if source else []
    return [*made, *await store.documents(tx, scope, viewer.audiences, shell.shell_id)]


async def shell_element(tx: Transaction, scope: OperatorScope, viewer: Viewer, shell: Shell) -> Element:
    """The shell with what it refers to."""
    pairs = await store.asset_ids(tx, scope, viewer.audiences, shell.shell_id)
    inside = await submodels_of(tx, scope, viewer, shell)
    information: Element = {"assetKind": shell.asset_kind, "globalAssetId": shell.global_asset_id}
    if shell.asset_type:
        information["assetType"] = shell.asset_type
    if pairs:
        information["specificAssetIds"] = [{"name": one.name, "value": one.value} for one in pairs]
    made: Element = {
        "modelType": "AssetAdministrationShell",
        "id": shell.shell_id,
        "idShort": shell.id_short,
        "assetInformation": information,
    }
    return {**made, "submodels": [submodel_reference(one) for one in inside]} if inside else made


def submodel_reference(one: Element) -> Element:
    """The reference to a submodel."""
    return {"type": "ModelReference", "keys": [{"type": "Submodel", "value": one["id"]}]}


def shell_reference(shell_id: str) -> Element:
    """The reference to a shell."""
    return {"type": "ModelReference", "keys": [{"type": "AssetAdministrationShell", "value": shell_id}]}


async def page_of_shells(
    tx: Transaction,
    scope: OperatorScope,
    viewer: Viewer,
    paging: Paging,
    id_short: str | None,
    pairs: Sequence[AssetId],
) -> tuple[list[Shell], str | None]:
    """A page of the viewer's shells, by their asset ids or short name if so asked."""
    rows = paging.limit + 1
    if pairs:
        ids = await found_by(tx, scope, viewer, pairs, paging.after, rows)
        found = [await store.shell(tx, scope, viewer.audiences, one) for one in ids]
        shells = [one for one in found if one is not None]
        shells = [one for one in shells if id_short in (None, one.id_short)]
        after = cursor_after(ids[paging.limit - 1]) if len(ids) > paging.limit else None
        return [one for one in shells if len(ids) < rows or one.shell_id != ids[-1]], after
    if id_short is not None:
        shells = await store.shells_named(tx, scope, viewer.audiences, id_short, paging.after, rows)
    else:
        shells = await store.shells(tx, scope, viewer.audiences, paging.after, rows)
    after = cursor_after(shells[paging.limit - 1].shell_id) if len(shells) > paging.limit else None
    return shells[: paging.limit], after


async def narrowed(
    tx: Transaction, scope: OperatorScope, viewer: Viewer, paging: Paging, pairs: Sequence[AssetId], wanted: Narrowing
) -> tuple[list[Shell], str | None]:
    """A page of the viewer's shells of a kind, type or age: full while there are more, so that none looks like the end.

    After so many shells that do not fit, what was found is given with the cursor to go on from.
    """
    if wanted == Narrowing(None, None, None):
        return await page_of_shells(tx, scope, viewer, paging, None, pairs)
    kept: list[Shell] = []
    step, after = structs.replace(paging, limit=max(paging.limit, _STEP)), None
    for _ in range(_STEPS):
        shells, after = await page_of_shells(tx, scope, viewer, step, None, pairs)
        for one in shells:
            if wanted.fits(one.asset_kind, one.asset_type, one.created_at):
                if len(kept) == paging.limit:
                    return kept, cursor_after(kept[-1].shell_id)
                kept.append(one)
        if after is None or not shells:
            break
        step = structs.replace(step, after=shells[-1].shell_id)
    return kept, after


async def found_by(
    tx: Transaction, scope: OperatorScope, viewer: Viewer, pairs: Sequence[AssetId], after: str, rows: int
) -> list[str]:
    """Ids of shells that have every pair, among the pairs that the viewer sees."""
    return await store.found_by(tx, scope, viewer.audiences, pairs, after, rows)


async def submodel_of(
    tx: Transaction, scope: OperatorScope, viewer: Viewer, submodel_id: str, shell: Shell | None = None
) -> Element:
    """A submodel that the viewer sees, of this shell or of any. Raises Fault (404)."""
    candidates = [shell] if shell else await _owners(tx, scope, viewer, submodel_id)
    for one in candidates:
        for made in await submodels_of(tx, scope, viewer, one):
            if made["id"] == submodel_id:
                return made
    raise missing()


async def _owners(tx: Transaction, scope: OperatorScope, viewer: Viewer, submodel_id: str) -> list[Shell]:
    """The shells that may have this submodel: its id names the record."""
    ids = await store.owners_of(tx, scope, submodel_id, _record_in(submodel_id))
    found = [await store.shell(tx, scope, viewer.audiences, one) for one in ids]
    return [one for one in found if one is not None]


def _record_in(submodel_id: str) -> str:
    parts = submodel_id.replace(":", "/").split("/")
    return next((part for part in parts if len(part) == 36 and part.count("-") == 4), "")


async def page_of_submodels(
    tx: Transaction, scope: OperatorScope, viewer: Viewer, paging: Paging, id_short: str | None, semantic: str | None
) -> Told:
    """A page of submodels: the limit counts them, not the shells that they belong to."""

    def wanted(inside: list[Element]) -> list[Any]:
        return [
            one
            for one in inside
            if id_short in (None, one.get("idShort")) and (semantic is None or semantic in str(one.get("semanticId")))
        ]

    return await _within_shells(tx, scope, viewer, paging, wanted)


async def page_of_paths(
    tx: Transaction, scope: OperatorScope, viewer: Viewer, paging: Paging, how: Reading
) -> tuple[list[str], str | None]:
    """A page of the idShortPaths of all submodels: one entry each, so that a limit counts paths and not submodels."""

    def wanted(inside: list[Element]) -> list[Any]:
        return [one for made in inside for one in paths(made, how)]

    return await _within_shells(tx, scope, viewer, paging, wanted)


async def _within_shells(
    tx: Transaction, scope: OperatorScope, viewer: Viewer, paging: Paging, wanted: Callable[[list[Element]], list[Any]]
) -> tuple[list[Any], str | None]:
    """A page of what `wanted` finds in the submodels of shells.

    The cursor says after which shell to go on, and how much of the next one was shown. So that no call reads a whole
    repository for a rare find, one looks through at most `_MOST_SHELLS` shells; then the page is short, with a cursor.
    """
    start, _, shown = paging.after.partition(_SHOWN)
    skip = int(shown) if shown.isascii() and shown.isdigit() and len(shown) < 9 else 0
    found: list[Any] = []
    looked, more = 0, True
    while more and looked < _MOST_SHELLS:
        shells, following = await page_of_shells(tx, scope, viewer, Paging(start, min(paging.limit, 50)), None, ())
        more, looked = following is not None, looked + len(shells)
        for shell in shells:
            inside = wanted(await submodels_of(tx, scope, viewer, shell))[skip:]
            room = paging.limit - len(found)
            if len(inside) > room:
                return found + inside[:room], cursor_after(f"{start}{_SHOWN}{skip + room}")
            found, start, skip = found + inside, shell.shell_id, 0
        if len(found) == paging.limit:
            break
    return found, cursor_after(start) if more else None


async def descriptor(
    tx: Transaction, scope: OperatorScope, viewer: Viewer, shell: Shell, base: str, contracts: Contracts | None = None
) -> Element:
    """The shell's descriptor in the registry: who is known only as the public gets what is public, and no more.

    contracts  under which datasets its submodels are offered to the viewer, if they are
    """
    pairs = await store.asset_ids(tx, scope, viewer.audiences, shell.shell_id)
    shown: list[Element] = await submodels_of(tx, scope, viewer, shell)
    offered = contracts.of(shell) if contracts else {}
    known = {one["idShort"] for one in shown}
    shown += [contracted(shell, name) for name in offered if name not in known]
    root = contracts.root if contracts else ""
    inside = [
        submodel_descriptor(one, base, (offered[one["idShort"]], root) if one["idShort"] in offered else None)
        for one in shown
    ]
    made: Element = {"id": shell.shell_id}
    if viewer.known:
        made |= {
            "idShort": shell.id_short,
            "assetKind": shell.asset_kind,
            "globalAssetId": shell.global_asset_id,
            "createdAt": millis_z(shell.created_at),
        }
    if pairs:
        made["specificAssetIds"] = [_pair(one, viewer) for one in pairs]
    return {**made, "submodelDescriptors": inside} if inside else made


def _pair(pair: AssetId, viewer: Viewer) -> Element:
    """The pair, with the list of who sees it cut down to the caller's own entry."""
    seen_as = viewer.did or ("PUBLIC_READABLE" if not viewer.own else "")
    made: Element = {"name": pair.name, "value": pair.value}
    if seen_as:
        keys = [{"type": "GlobalReference", "value": seen_as}]
        made["externalSubjectId"] = {"type": "ExternalReference", "keys": keys}
    return made


def submodel_descriptor(one: Element, base: str, dsp: tuple[str, str] | None) -> Element:
    """Where a submodel is read, and under which contract."""
    address: Element = {
        "href": f"{base}/submodels/{encoded(one['id'])}",
        "endpointProtocol": "HTTP",
        "endpointProtocolVersion": ["1.1"],
        "securityAttributes": [{"type": "NONE", "key": "NONE", "value": "NONE"}],
    }
    if dsp is not None:
        address |= {
            "subprotocol": "DSP",
            "subprotocolBody": f"id={dsp[0]};dspEndpoint={dsp[1]}",
            "subprotocolBodyEncoding": "plain",
        }
    made: Element = {"id": one["id"], "idShort": one["idShort"]}
    if "semanticId" in one:
        made["semanticId"] = one["semanticId"]
    return {**made, "endpoints": [{"interface": "SUBMODEL-3.0", "protocolInformation": address}]}


def base_url(tenant: str) -> str:
    """The address of the interface for a company."""
    return f"{node().url}/t/{tenant}/api/v3.0" if tenant else f"{node().url}/api/v3.0"
