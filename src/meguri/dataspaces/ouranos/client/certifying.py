"""Taking certificates: files that suppliers released to us in a foreign system are kept with their answer here."""

from collections.abc import AsyncIterator
from uuid import UUID

from meguri.dataspaces.ouranos.client import foreign, shadows, store, way
from meguri.dataspaces.ouranos.client.effects import live_trades
from meguri.dataspaces.ouranos.client.model import System
from meguri.dataspaces.ouranos.client.taking import Taker
from meguri.dataspaces.ouranos.client.wire import Said
from meguri.footprint.certificates import Certificates
from meguri.footprint.certificates import rules as certificate_rules
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.storage import Transaction
from meguri.traceability.model import Side, State


async def take_certificates(taker: Taker, *, everything: bool) -> None:
    """New files of the answers that moved in this turn, or of all. What cannot be fetched is tried with the next reading of all."""
    if not everything and not taker.answered:
        return
    for asked, ours, partner, part in await taker.run(_answered, taker.system):
        if not everything and asked not in taker.answered:
            continue
        for record in await taker.wire.certification(ours):
            for file in record.cfp_certification_file_info or []:
                if not await taker.run(_known, taker.system, file.file_id):
                    await _take(taker, partner, part, asked, file)


async def _take(taker: Taker, partner: UUID, part: UUID, asked: UUID, file: foreign.FileInfo) -> None:
    most = certificate_rules().most_bytes_per_part
    try:
        content = await taker.wire.download(file, asked, most)
    except Said:
        return  # not released any more
    desk, scope = way.certificates(taker.db), shadows.scope_of(partner)
    kind = file.file_name.rpartition(".")[2]
    try:
        announced = (await taker.db.run(scope, desk.announce, [(file.file_name[:100], kind)]))[0]
        await desk.receive(announced.token, _pieces(content), None)
        await taker.db.run(scope, _attach, taker.system, desk, part, announced.file_id, file)
    except Refusal as refusal:
        if refusal.status >= 500:
            raise


async def _attach(
    tx: Transaction,
    scope: OperatorScope,
    system: System,
    desk: Certificates,
    part: UUID,
    ours: UUID,
    file: foreign.FileInfo,
) -> None:
    """The file belongs to the partner's part and is shown to us, in one step with the knowledge that it is there."""
    await desk.attach(tx, scope, part, [(ours, file.file_name[:100])], description=None)
    await operators.set_groups(tx, scope, part, system.operator_id, {"CERTIFICATE": True}, "outside")
    await store.add_id(tx, system, "file", file.file_id, ours)


async def _pieces(content: bytes) -> AsyncIterator[bytes]:
    yield content


async def _known(tx: Transaction, scope: OperatorScope, system: System, theirs: UUID) -> bool:
    return bool(await store.by_theirs(tx, system, "file", [theirs]))


async def _answered(tx: Transaction, scope: OperatorScope, system: System) -> list[tuple[UUID, UUID, UUID, UUID]]:
    """(their id of the request, our part there, the partner, the part that answers) of answered requests of ours."""
    found: list[tuple[UUID, UUID, UUID, UUID]] = []
    known = {pair.ours: pair.theirs for pair in await store.pairs(tx, system, "trade")}
    trades = [one for one in await live_trades(tx, scope, Side.DOWN) if one.trade_id in known]
    parts = await store.by_ours(tx, system, "part", [one.downstream_trace_id for one in trades])
    for trade in trades:
        part = parts.get(trade.downstream_trace_id)
        if part is not None and trade.state is State.COMPLETED and trade.upstream_trace_id is not None:
            found.append((known[trade.trade_id], part.theirs, trade.partner_id, trade.upstream_trace_id))
    return found
