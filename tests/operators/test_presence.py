"""Two people of a company who change the same thing see each other; nobody else sees them."""

from datetime import timedelta

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope, Role
from meguri.operators import presence
from meguri.storage.database import Database


def person(operator_id) -> OperatorScope:  # type: ignore[no-untyped-def]
    who = new_id()
    return OperatorScope(operator_id, f"person:{who}", Role.EDITOR, person_id=who)


async def test_two_people_at_one_place_see_each_other_and_nobody_else_does(db: Database) -> None:
    company, other = new_id(), new_id()
    ann, ben, eve = person(company), person(company), person(other)
    assert await db.run(ann, presence.here, "/parts/1/edit", "Ann") == []
    assert await db.run(ben, presence.here, "/parts/1/edit", "Ben") == ["Ann"]
    assert await db.run(ann, presence.here, "/parts/1/edit", "Ann") == ["Ben"]
    assert await db.run(ben, presence.here, "/parts/2/edit", "Ben") == []
    assert await db.run(eve, presence.here, "/parts/1/edit", "Eve") == []


async def test_who_has_left_is_not_shown_for_long(db: Database, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    company = new_id()
    ann, ben = person(company), person(company)
    await db.run(ann, presence.here, "/company/edit", "Ann")
    later = clock.now() + timedelta(minutes=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert await db.run(ben, presence.here, "/company/edit", "Ben") == []


async def test_a_key_of_a_system_is_nobody_who_edits(db: Database) -> None:
    system = OperatorScope(new_id(), "key:1", Role.EDITOR)
    assert await db.run(system, presence.here, "/company/edit", "ERP") == []
