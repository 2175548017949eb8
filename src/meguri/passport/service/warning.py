"""Dangers of products, for whoever sorts, carries or opens them: the same sentences that stand on their public pages."""

from collections.abc import Sequence
from typing import Final

from meguri.kernel.text import Text
from meguri.passport.access import NOBODY_KNOWS, sees
from meguri.passport.lifecycle import State
from meguri.passport.public.plan import plan_of
from meguri.passport.service.reading import document_of, known
from meguri.passport.service.writing import kind_named
from meguri.storage import Transaction

MOST: Final = 500
"""A delivery holds products of few models; beyond so many passports nothing new is learnt for the time it takes."""


async def dangers(tx: Transaction, identifiers: Sequence[str]) -> list[Text]:
    """What whoever comes near these products has to know, each sentence once; only what everyone may read of them.

    Products without a passport here, and drafts, say nothing. Sources: hydrogen sulfide of sulfide electrolytes (ordinance on
    specified chemical substances, Japan); `[[warnings]]` of each kind of product.
    """
    found: dict[str, Text] = {}
    for identifier in dict.fromkeys(identifiers[:MOST]):
        record = await known(tx, identifier)
        if record is None or record.state in (State.DRAFT, State.INVALID):
            continue
        kind = kind_named(record.kind)
        listed = [one for one in plan_of(kind).warnings if sees(kind.attributes.get(one.key), NOBODY_KNOWS)]
        values = await document_of(tx, record) if listed else {}
        found |= {one.text.en: one.text for one in listed if values.get(one.key) == one.value}
    return list(found.values())
