"""A synthetic company with footprints and one partner, for test kits and for trying out. Never in production."""

from contextlib import suppress
from typing import Any

import msgspec

from meguri.dataspaces.pact.credentials import Client
from meguri.dataspaces.pact.errors import Immutable
from meguri.dataspaces.pact.model import PartnerInput, PublishInput
from meguri.dataspaces.pact.service.partners import add_partner, client_mark
from meguri.dataspaces.pact.service.publishing import publish
from meguri.kernel.errors import Conflict
from meguri.kernel.scope import OperatorScope, Role
from meguri.kernel.shipped import files
from meguri.operators import service as operators
from meguri.operators.model import NewOperator
from meguri.storage.database import Database


class Seeds(msgspec.Struct, frozen=True, kw_only=True):
    """The content of `rules/pact/seeds.json`."""

    client: Client
    client_secret: str
    company: dict[str, str]
    footprints: list[dict[str, Any]]


def the_seeds() -> Seeds:
    """What is seeded; the credentials in it are public and open nothing else."""
    content = (files("meguri.rules") / "pact" / "seeds.json").read_bytes()
    return msgspec.json.decode(content, type=Seeds)


async def seed(db: Database) -> Seeds:
    """The company, its partner and its footprints; again changes nothing."""
    seeds = the_seeds()
    scope = OperatorScope(seeds.client.operator_id, "system:seeds", Role.ADMIN)
    new = NewOperator(**seeds.company, synthetic=True)
    with suppress(Conflict):  # it is there already
        await db.run(scope, operators.register, new, check_digits=False)
    if await db.run(scope, client_mark, seeds.client, None) is None:
        partner = PartnerInput(
            name="PACT conformance test", outgoing_client_id="meguri", outgoing_secret=seeds.client_secret
        )
        await db.run(scope, add_partner, partner, partner_id=seeds.client.partner_id, secret=seeds.client_secret)
    for footprint in seeds.footprints:
        with suppress(Immutable):
            await db.run(scope, publish, PublishInput(footprint=footprint, everyone=True))
    return seeds
