"""What is found, room by room; each room's own use case says what the reader may see."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec

from meguri.glossary.entries import found as words_like
from meguri.kernel.errors import Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language
from meguri.operators import service as operators
from meguri.passport import service as passports
from meguri.passport.service import Wanted
from meguri.recycling.service import lots
from meguri.reuse.service import batteries
from meguri.search.codes import names_in
from meguri.storage.transaction import Transaction
from meguri.traceability import service as traceability

SHOWN = 10
LONGEST = 200


class Hit(msgspec.Struct, frozen=True, kw_only=True):
    """One thing found. `kind` names the group; `more`: what tells it from its like."""

    kind: str
    name: str
    href: str
    more: str = ""


Finder = Callable[[Transaction, OperatorScope, str, Language], Awaitable[list[Hit]]]


def asked(typed: str) -> str:
    """What to look for: what was typed, without signs that no name can hold, blanks folded."""
    return " ".join(typed.replace("\x00", "").split())[:LONGEST]


async def everything(tx: Transaction, scope: OperatorScope, words: str, language: Language) -> list[Hit]:
    """All hits, in the order of the river. One room that can't answer takes nothing from the others."""
    hits: list[Hit] = []
    for finder in _FINDERS:
        try:
            async with tx.savepoint():
                hits += await finder(tx, scope, words, language)
        except Refusal:
            continue
    return hits


async def _parts(tx: Transaction, scope: OperatorScope, words: str, _: Language) -> list[Hit]:
    by_id = parse_uuid(words)
    if by_id is not None:
        found = list((await traceability.parts_by_id(tx, scope, [by_id])).values())
    else:
        found, _rest = await traceability.parts_page(tx, scope, limit=SHOWN, contains=words)
    return [
        Hit(kind="part", name=part.name, href=f"/parts/{part.trace_id}", more=part.support_name or "") for part in found
    ]


async def _requests(tx: Transaction, scope: OperatorScope, words: str, _: Language) -> list[Hit]:
    by_id = parse_uuid(words)
    if by_id is None:
        return []
    trade = await _request(tx, scope, by_id)
    if trade is None:
        return []
    name = trade.requested_part.name if trade.requested_part else str(trade.request_id)
    return [Hit(kind="request", name=name, href=f"/requests/{trade.request_id}", more=str(trade.request_id))]


async def _request(tx: Transaction, scope: OperatorScope, by_id: Any) -> Any:
    for names in ({"request_id": by_id}, {"trade_id": by_id}):
        try:
            return await traceability.request_by_id(tx, scope, **names)
        except Refusal:
            continue
    return None


async def _partners(tx: Transaction, scope: OperatorScope, words: str, _: Language) -> list[Hit]:
    found = (await operators.search(tx, scope, words, limit=SHOWN)).items
    return [
        Hit(kind="partner", name=entry.name, href="/company/disclosures", more=entry.open_operator_id)
        for entry in found
        if entry.operator_id != scope.operator_id
    ]


async def _passports(tx: Transaction, scope: OperatorScope, words: str, _: Language) -> list[Hit]:
    for name in names_in(words):
        found = await passports.search(tx, scope, Wanted(q=name), limit=SHOWN)
        if found.items:
            return [
                Hit(kind="passport", name=brief.dpp_id, href=f"/passports/{brief.passport_id}", more=brief.kind)
                for brief in found.items
            ]
    return []


async def _batteries(tx: Transaction, scope: OperatorScope, words: str, _: Language) -> list[Hit]:
    for name in (words, *names_in(words)):
        held = await batteries.find(tx, scope, name)
        if held is not None:
            return [Hit(kind="battery", name=held.serial, href=f"/reuse/batteries/{held.battery_id}")]
    return []


async def _lots(tx: Transaction, scope: OperatorScope, words: str, _: Language) -> list[Hit]:
    for name in names_in(words):
        found = await lots.page(
            tx, scope, limit=SHOWN, cursor=None, site_id=None, kind=None, open_only=False, text=name
        )
        if found:
            return [Hit(kind="lot", name=lot.lot_no, href=f"/recycling/lots/{lot.lot_id}") for lot in found[:SHOWN]]
    return []


async def _words(_: Transaction, __: OperatorScope, words: str, language: Language) -> list[Hit]:
    return [
        Hit(
            kind="word",
            name=entry.name.of(language),
            href=f"/glossary/{entry.key}",
            more=entry.definition.of(language),
        )
        for entry in words_like(words)[:5]
    ]


_FINDERS: tuple[Finder, ...] = (_parts, _requests, _partners, _passports, _batteries, _lots, _words)
