"""Submodels of one part under an agreement on them: the agreement alone decides, whoever else may know of the part."""

from typing import Any

from meguri.dataspaces.aas import store
from meguri.dataspaces.aas.faults import missing
from meguri.dataspaces.aas.parameters import paging, part_of
from meguri.dataspaces.aas.serving import SubmodelReader
from meguri.dataspaces.aas.sources import BUNDLE, of_part
from meguri.dataspaces.aas.store import Shell
from meguri.dataspaces.aas.view import OWN, PUBLIC, Viewer
from meguri.dataspaces.dsp.interfaces import Admitted
from meguri.dataspaces.wire import Call
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction


async def contracted_submodels(tx: Transaction, scope: OperatorScope, call: Call, admitted: Admitted) -> Any:
    """What is asked for below the address of the transfer: `submodels` and everything within one. Raises Fault."""
    record, did = parse_uuid(admitted.form.trace_id or ""), admitted.holder.process.peer_did
    shell = await _shell(tx, scope, record) if record else None
    if record is None or shell is None:
        raise missing()
    viewer = Viewer(audiences=(PUBLIC, did), did=did, agreed=frozenset({(BUNDLE, str(record))}))
    match admitted.below:
        case () | ("submodels",):
            found = await of_part(tx, scope, shell, viewer)
            return part_of([(one["id"], one) for one in found], paging(call))
        case ("submodels", *more):
            return await SubmodelReader(tx, scope, call, viewer, shell).of_one(tuple(more))
    raise missing()


async def _shell(tx: Transaction, scope: OperatorScope, record: Any) -> Shell | None:
    shell_id = await store.shell_of_record(tx, scope, "part", record)
    return await store.shell(tx, scope, (OWN,), shell_id) if shell_id else None
