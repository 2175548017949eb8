"""Sites and companies by their Global Location Number (GS1 keys 414 and 417): what published passports say of them.

Nothing else is told. A company or plant that no published passport names is as unknown as one that is not there.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from meguri.operators import service as operators
from meguri.passport import store
from meguri.passport.access import NOBODY_KNOWS, Audience
from meguri.passport.assembling import whole
from meguri.passport.errors import PlaceNotFound
from meguri.passport.identifiers.gs1 import PARTY, SITE, Key
from meguri.passport.kinds import Kind
from meguri.passport.model import Record, Standing
from meguri.passport.service import reading, standing
from meguri.passport.service.writing import kind_named, layers
from meguri.storage import Transaction

SITE_KEYS = ("facility_id", "manufacturing_place", "manufacturer_name", "manufacturer_id")
PARTY_KEYS = ("economic_operator_id", "operator_information", "operator_role")


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A site or a company: its key, and the public values of a passport that names it, by catalogue key."""

    key: Key
    kind: Kind
    values: Mapping[str, Any]


async def site(tx: Transaction, gln: str) -> Place:
    """The site that published passports name as the plant. Raises PlaceNotFound."""
    record = await store.by_site_across(tx, gln)
    found = record and await _said(tx, record, Key(SITE, gln), SITE_KEYS)
    if not found or str(found.values.get("facility_id", ""))[-len(gln) :] != gln:
        raise PlaceNotFound
    return found


async def party(tx: Transaction, gln: str) -> Place:
    """The company with this number that answers for a published passport. Raises PlaceNotFound."""
    for operator_id in await operators.ids_with_gln(tx, gln):
        record = await store.latest_published_across(tx, operator_id)
        if record is not None:
            return await _said(tx, record, Key(PARTY, gln), PARTY_KEYS)
    raise PlaceNotFound


async def _said(tx: Transaction, record: Record, key: Key, wanted: tuple[str, ...]) -> Place:
    nobody = Standing(audiences=frozenset({Audience.PUBLIC}), classes=NOBODY_KNOWS)
    standing.hide(record, nobody)
    kind = kind_named(record.kind)
    seen = reading.view_of(kind, record, nobody, whole(kind, record, await layers(tx, record))).values
    return Place(key=key, kind=kind, values={name: seen[name] for name in wanted if name in seen})
