"""Ways to speak to a registry: the local stand-in, which behaves as the registry is described, and the Union's own."""

from datetime import timedelta
from typing import NoReturn
from uuid import uuid4

import msgspec

from meguri.dataspaces.registry import store
from meguri.dataspaces.registry.checks import problems_of
from meguri.dataspaces.registry.errors import (
    AlreadyRegistered,
    BindingUnavailable,
    EntryRejected,
    RegistrationUnknown,
)
from meguri.dataspaces.registry.model import Binding, Entry, Problem, Proof, Registered, as_json, registry_rules
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope, Role
from meguri.passport import service
from meguri.passport.errors import DppNotFound, PassportCeased
from meguri.storage import Database, Transaction
from meguri.storage.audit import PLATFORM

REGISTRAR = OperatorScope(PLATFORM, "system:registry", Role.EDITOR)


class StandIn:
    """The local registry: it keeps what it is told, after the checks, and looks whether the passport answers."""

    def __init__(self, db: Database) -> None:
        self._db = db

    async def register(self, entry: Entry) -> Registered:
        """Raises AlreadyRegistered, EntryRejected."""
        problems = [*problems_of(entry), *await self._db.run(REGISTRAR, _live, entry)]
        if any(not one.warning for one in problems):
            raise EntryRejected([one for one in problems if not one.warning])
        return await self._db.run(REGISTRAR, _add, entry, problems)

    async def status(self, registration_id: str) -> Registered:
        """Raises RegistrationUnknown."""
        return await self._db.run(REGISTRAR, _status, registration_id)

    async def update(self, registration_id: str, entry: Entry) -> Registered:
        """Raises RegistrationUnknown, EntryRejected."""
        problems = [one for one in problems_of(entry) if not one.warning]
        if problems:
            raise EntryRejected(problems)
        return await self._db.run(REGISTRAR, _set, registration_id, entry, active=True)

    async def transfer(self, registration_id: str, new_operator: str) -> Registered:
        """Raises RegistrationUnknown, EntryRejected."""
        entry = await self._db.run(REGISTRAR, _entry, registration_id)
        return await self.update(
            registration_id, msgspec.structs.replace(entry, unique_economic_operator_identifier=new_operator)
        )

    async def deactivate(self, registration_id: str, reason: str) -> Registered:
        """Raises RegistrationUnknown."""
        entry = await self._db.run(REGISTRAR, _entry, registration_id)
        off = msgspec.structs.replace(entry, deactivated=True if entry.granularity == "item" else None)
        return await self._db.run(REGISTRAR, _set, registration_id, off, active=False)

    async def proof(self, registration_id: str) -> Proof:
        """Raises RegistrationUnknown."""
        entry = await self._db.run(REGISTRAR, _entry, registration_id)
        now = clock.now()
        return Proof(
            registration_id=registration_id,
            unique_product_identifier=entry.unique_product_identifier,
            issued=now,
            valid_until=now + timedelta(days=registry_rules().proof.days),
        )


async def _live(tx: Transaction, _: OperatorScope, entry: Entry) -> list[Problem]:
    """Whether the address leads to a passport of this product; only addresses of this installation are looked up."""
    if not entry.live_url.startswith(tx.installation.origin):
        return []
    try:
        view = await service.read_public(tx, service.ANONYMOUS, entry.live_url, by_product=True)
    except (DppNotFound, PassportCeased):
        view = None
    if view is not None and view.record.product_id == entry.unique_product_identifier:
        return []
    said = ("URLから製品のパスポートを取得できません。", "The address does not lead to the product's passport.")
    return [Problem("liveUrl", "LIVE_URL", *said)]


async def _add(tx: Transaction, _: OperatorScope, entry: Entry, problems: list[Problem]) -> Registered:
    registration_id = str(uuid4())
    if not await store.stand_in_add(tx, registration_id, entry.unique_product_identifier, as_json(entry)):
        raise AlreadyRegistered
    return Registered(registration_id=registration_id, state="registered", problems=problems)


async def _told(tx: Transaction, registration_id: str) -> store.Told:
    found = await store.stand_in_get(tx, registration_id)
    if found is None:
        raise RegistrationUnknown
    return found


async def _status(tx: Transaction, _: OperatorScope, registration_id: str) -> Registered:
    found = await _told(tx, registration_id)
    return Registered(registration_id=registration_id, state="registered" if found.active else "deactivated")


async def _entry(tx: Transaction, _: OperatorScope, registration_id: str) -> Entry:
    return msgspec.json.decode((await _told(tx, registration_id)).entry, type=Entry)


async def _set(tx: Transaction, _: OperatorScope, registration_id: str, entry: Entry, *, active: bool) -> Registered:
    await _told(tx, registration_id)
    await store.stand_in_set(tx, registration_id, as_json(entry), active=active)
    return Registered(registration_id=registration_id, state="registered" if active else "deactivated")


class EuRegistry:
    """The registry of the Union: refused until its interface is published, for nothing of it may be guessed."""

    async def register(self, _: Entry) -> NoReturn:
        """Raises BindingUnavailable."""
        raise BindingUnavailable

    async def status(self, _: str) -> NoReturn:
        """Raises BindingUnavailable."""
        raise BindingUnavailable

    async def update(self, _: str, __: Entry) -> NoReturn:
        """Raises BindingUnavailable."""
        raise BindingUnavailable

    async def transfer(self, _: str, __: str) -> NoReturn:
        """Raises BindingUnavailable."""
        raise BindingUnavailable

    async def deactivate(self, _: str, __: str) -> NoReturn:
        """Raises BindingUnavailable."""
        raise BindingUnavailable

    async def proof(self, _: str) -> NoReturn:
        """Raises BindingUnavailable."""
        raise BindingUnavailable


def binding(name: str, db: Database) -> Binding:
    """The binding `mock` (the stand-in) or `eu`."""
    return EuRegistry() if name == "eu" else StandIn(db)
