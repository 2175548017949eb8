"""The data space: the cell maker joins, enters its customer and offers it a footprint under conditions. Everything is made up."""

from datetime import timedelta
from uuid import UUID

from meguri.commands.demo.play import Play
from meguri.dataspaces.aas import store as shells
from meguri.dataspaces.aas.view import OWN
from meguri.dataspaces.dsp import offering, store
from meguri.dataspaces.dsp.model import Participant
from meguri.dataspaces.dsp.offering import PartnerInput, Terms
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language, Text
from meguri.storage import Transaction
from meguri.traceability import service as traceability

SELLER, BUYER, PART = "cell", "pack", "セル C-216"
_HEAD = Text(ja="── データスペース ──", en="── The data space ──")
_JOINED = Text(ja="セル会社とパック会社が参加: {did}", en="The cell maker and the pack maker take part: {did}")
_OFFERED = Text(
    ja="「{part}」のフットプリントを、パック会社だけに、90 日・10 回まで、サプライチェーンの CFP 算定を目的に提供",
    en="Footprint of “{part}” offered to the pack maker alone: 90 days, 10 fetches, for CFP along the supply chain",
)
_SEEN = Text(
    ja="カタログ: パック会社に見えるデータ {mine} 件、ほかの会社に見えるデータ {others} 件。シェル {shells} 件",
    en="Catalog: the pack maker sees {mine}, any other company {others}. Shells: {shells}",
)


async def play(play: Play, language: Language) -> list[str]:
    """Joins, offers, and says who sees what."""
    seller: Participant = await play.run(SELLER, offering.join)
    buyer: Participant = await play.run(BUYER, offering.join)
    for here, there, name in ((SELLER, buyer, "パック会社（架空）"), (BUYER, seller, "セル会社（架空）")):
        said = PartnerInput(did=there.did, name=name, partner_operator_id=there.operator_id)
        await play.run(here, offering.save_partner, said)
    terms = Terms(until=clock.now() + timedelta(days=90), most_calls=10)
    part = await play.run(SELLER, _part)
    await play.run(SELLER, offering.offer_known, "cfp-result", str(part), buyer.did, terms)
    mine, others, count = await play.run(SELLER, _seen, buyer.did)
    return [
        _HEAD.of(language),
        _JOINED.of(language, did=seller.did),
        _OFFERED.of(language, part=PART),
        _SEEN.of(language, mine=mine, others=others, shells=count),
    ]


async def _part(tx: Transaction, scope: OperatorScope) -> UUID:
    found, _ = await traceability.parts_page(tx, scope, limit=2, name=PART)
    return found[0].trace_id


async def _seen(tx: Transaction, scope: OperatorScope, buyer: str) -> tuple[int, int, int]:
    offered = await store.own_datasets(tx, scope, clock.now() + timedelta(days=1), "", 100)
    mine = sum(one.audience in (buyer, "*") for one in offered)
    others = sum(one.audience == "*" for one in offered)
    return mine, others, len(await shells.shells(tx, scope, (OWN,), "", 1000))
