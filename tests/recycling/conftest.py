"""A recycler with a plant, on a database of the module's own."""

import itertools
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from meguri.kernel.scope import OperatorScope
from meguri.operators import plants
from meguri.operators import service as operators
from meguri.operators.model import NewOperator, PlantInput
from meguri.storage.database import Database

_numbers = itertools.count(1)


@dataclass
class Recycler:
    """A company with one plant; `run(use_case, …)` acts for it."""

    db: Database
    scope: OperatorScope
    site_id: UUID

    async def run(self, use_case: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        return await self.db.run(self.scope, use_case, *args, **kwargs)


MakeRecycler = Callable[..., Awaitable[Recycler]]


@pytest.fixture
def recycler(module_db: Database, scope: Callable[..., OperatorScope]) -> MakeRecycler:
    async def make(name: str = "再生社") -> Recycler:
        mine = scope()
        said = NewOperator(name=name, address="北九州市1", open_operator_id=f"R-{next(_numbers)}")
        await module_db.run(mine, operators.register, said)
        plant = await module_db.run(
            mine,
            plants.register,
            PlantInput(name="第一工場", address="北九州市1", open_plant_id=f"R{next(_numbers):05d}000001"),
            check_digits=False,
        )
        return Recycler(module_db, mine, plant.plant_id)

    return make
