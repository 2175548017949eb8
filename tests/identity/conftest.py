"""A house with people: company A with an admin and a viewer, company B with an admin. Passwords are hashed cheaply here."""

from dataclasses import dataclass, field
from uuid import UUID

import msgspec
import pytest

from meguri.identity import passwords, service
from meguri.identity.gate import Gate
from meguri.identity.model import Tokens
from meguri.identity.passwords import Hasher
from meguri.identity.rules import identity_rules
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.storage.database import Database

HOME = "198.51.100.7"
ELSEWHERE = "203.0.113.9"
PASSWORD = "correct-horse-巡り-staple"


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    rule = msgspec.structs.replace(identity_rules().password, time_cost=1, memory_kib=64)
    cheap = Hasher(rule)
    for module in ("proof", "signing_in", "links"):
        monkeypatch.setattr(f"meguri.identity.service.{module}.hasher", lambda: cheap)
    assert passwords.hasher is not None


@dataclass
class House:
    db: Database
    gate: Gate
    a: UUID = field(default_factory=new_id)
    b: UUID = field(default_factory=new_id)

    async def person(self, email: str, operator_id: UUID, role: Role = Role.ADMIN) -> OperatorScope:
        """A new person with PASSWORD, joined by a link."""
        link = await service.add_operator_admin(self.db, operator_id, email, email.split("@")[0])
        person = await service.accept_link(self.db, link.token, PASSWORD, HOME)
        scope = OperatorScope(operator_id, f"person:{person.person_id}", Role.ADMIN, person_id=person.person_id)
        if role is not Role.ADMIN:
            async with self.db.identity() as tx:
                sql = "UPDATE membership SET role = %(role)s WHERE person_id = %(person_id)s"
                await tx.run(sql, role=role, person_id=person.person_id)
            self.gate.memory.forget()
            scope = OperatorScope(operator_id, scope.actor, role, person_id=person.person_id)
        return scope

    async def events(self, operator_id: UUID, tag: str) -> int:
        """How often this event stands in the operator's audit."""
        async with self.db.transaction(OperatorScope(operator_id, "system:tests")) as tx:
            return int(await tx.value("SELECT count(*) FROM audit_entry WHERE event = %(tag)s", tag=tag))

    async def sign_in(self, email: str, **more: object) -> Tokens:
        return await service.sign_in(self.db, email, PASSWORD, HOME, **more)  # type: ignore[arg-type]


@pytest.fixture
async def house(db: Database) -> House:
    gate = service.open_gate(db, service.IdentitySettings(secret=b"s" * 32))
    house = House(db, gate)
    await service.open_access(db, house.a)
    await service.open_access(db, house.b)
    return house
