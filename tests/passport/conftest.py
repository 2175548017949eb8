"""Companies, batteries of each category and clocks for the tests of passports."""

import itertools
from collections.abc import AsyncIterator, Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from tests.conftest import Fresh
from tests.passport.batteries import GTINS, complete

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.operators import service as operators
from meguri.operators.model import NewOperator
from meguri.passport import service
from meguri.passport.model import Issued, NewPassport
from meguri.storage.database import Database
from meguri.storage.installation import installation

BASE = "https://id.example.jp"
_numbers = itertools.count(1)


class House:
    """One database with companies that issue passports."""

    def __init__(self, db: Database, make_scope: Callable[..., OperatorScope]) -> None:
        self.db, self._scope = db, make_scope
        self.jobs: list[tuple[str, dict[str, Any]]] = []

    async def company(self, name: str = "甲電池株式会社") -> OperatorScope:
        mine = self._scope()
        new = NewOperator(name=name, address="愛知県豊田市1-1", open_operator_id=f"P-{next(_numbers)}")
        await self.db.run(mine, operators.register, new)
        return mine

    def stranger(self) -> OperatorScope:
        """Who is not a company yet."""
        return self._scope()

    async def run(self, scope: OperatorScope, use_case: Any, *args: Any, **more: Any) -> Any:
        return await self.db.run(scope, use_case, *args, **more)

    async def battery(
        self,
        scope: OperatorScope,
        category: str = "ev",
        *,
        serial: str | None = None,
        publish: bool = True,
        values: Mapping[str, Any] | None = None,
        initial_declared: bool = True,
    ) -> Issued:
        """A complete battery of a category without a model record, published."""
        new = NewPassport(
            gtin=GTINS[category],
            serial=serial or f"S{next(_numbers):06d}",
            values={**complete(category), **(values or {})},
            publish=publish,
            initial_declared=initial_declared,
        )
        return await self.run(scope, service.issue, new, base=BASE)


@pytest.fixture(scope="module")
async def house(fresh: Fresh, scope: Callable[..., OperatorScope]) -> AsyncIterator[House]:
    made = fresh()
    jobs: list[tuple[str, dict[str, Any]]] = []

    async def defer(_: Any, name: str, given: dict[str, Any], _at: Any = None) -> None:
        jobs.append((name, given))

    asked = {"pool_size": 6, "installation": installation(BASE, b"s" * 32), "defer": defer}
    async with Database(made.login, **asked) as database:
        found = House(database, scope)
        found.jobs = jobs
        yield found
    fresh.drop(made)


def later(**by: float) -> Any:
    """A clock that runs ahead."""
    started = clock.now()
    return clock.fixed_clock(lambda: started + timedelta(**by))


def ids(*found: Issued) -> list[UUID]:
    return [each.passport_id for each in found]
