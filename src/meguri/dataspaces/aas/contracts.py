"""Under which datasets of the Dataspace Protocol the submodels of shells are offered to a viewer.

Source: Catena-X digital twin registry: an endpoint of a descriptor names the dataset and the connector in `subprotocolBody`.
"""

from collections.abc import Mapping, Sequence

import msgspec

from meguri.dataspaces.aas.sources import CONTRACTED
from meguri.dataspaces.aas.store import Shell
from meguri.dataspaces.aas.view import Viewer
from meguri.dataspaces.dsp import store as offers
from meguri.dataspaces.dsp.model import Participant
from meguri.dataspaces.node import node
from meguri.dataspaces.rules import trust
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction


class Contracts(msgspec.Struct, frozen=True):
    """The connector, and by (record, submodel) the dataset that is offered."""

    root: str
    datasets: Mapping[tuple[str, str], str]

    def of(self, shell: Shell) -> dict[str, str]:
        """The datasets of a shell by the short name of their submodel."""
        record = str(shell.record_id)
        return {name: found for name in CONTRACTED.values() if (found := self.datasets.get((record, name)))}


async def contracts_of(
    tx: Transaction, scope: OperatorScope, viewer: Viewer, participant: Participant, shells: Sequence[Shell]
) -> Contracts | None:
    """What of these shells is offered to a partner; None for everyone else, for whom there is nothing to negotiate."""
    records = [str(one.record_id) for one in shells]
    if not viewer.did or not records:
        return None
    partner = await offers.partner(tx, scope, viewer.did)
    proof = trust().rank(partner.identity_proof) if partner else 0
    found = await offers.visible_of_traces(tx, scope, viewer.did, proof, records)
    named = {(str(one.trace_id), CONTRACTED[one.kind]): one.dataset_id for one in found if one.kind in CONTRACTED}
    return Contracts(f"{node().url}/t/{participant.tenant}/dsp", named)
