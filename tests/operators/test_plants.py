"""Plants: a company's own, unique by their ids, nothing lost."""

import asyncio

import pytest
from msgspec.structs import replace

from meguri.kernel.errors import Invalid, Stale
from meguri.kernel.ids import new_id
from meguri.operators import plants, service
from meguri.operators.errors import GlobalPlantIdTaken, OpenPlantIdTaken, PlantNotFound
from meguri.operators.model import PlantInput


def plant(n: int = 1, **said) -> PlantInput:
    return PlantInput(**{"name": f"第{n}工場", "address": "愛知県", "open_plant_id": f"{n:06d}", **said})


async def test_plants_are_listed_in_the_order_of_their_making(db, join) -> None:
    mine = await join()
    made = [await db.run(mine, plants.register, plant(n)) for n in (3, 1, 2)]
    assert await db.run(mine, service.all_plants) == made
    seen, cursor = [], None
    for _ in range(3):
        found = await db.run(mine, plants.page, limit=1, cursor=cursor)
        seen, cursor = seen + found.items, found.next_cursor
    assert (seen, cursor) == (made, None)


async def test_ids_are_unique_within_a_company_and_the_public_one_is_named_first(db, join) -> None:
    mine, other = await join(), await join()
    await db.run(mine, plants.register, plant(1, global_plant_id="g"))
    await db.run(other, plants.register, plant(1, global_plant_id="g"))
    with pytest.raises(OpenPlantIdTaken) as refused:
        await db.run(mine, plants.register, plant(1, global_plant_id="g"))
    assert "000001" in refused.value.sentence("en")
    with pytest.raises(GlobalPlantIdTaken):
        await db.run(mine, plants.register, plant(2, global_plant_id="g"))


async def test_an_empty_global_id_counts_and_a_missing_one_does_not(db, join) -> None:
    mine = await join()
    await db.run(mine, plants.register, plant(1, global_plant_id=""))
    await db.run(mine, plants.register, plant(2))
    await db.run(mine, plants.register, plant(3))
    with pytest.raises(GlobalPlantIdTaken):
        await db.run(mine, plants.register, plant(4, global_plant_id=""))


async def test_an_update_may_keep_its_own_ids_but_not_take_anothers(db, join) -> None:
    mine = await join()
    first = await db.run(mine, plants.register, plant(1, global_plant_id="g", gln="4912345000019"), check_digits=False)
    second = await db.run(mine, plants.register, plant(2))
    after = await db.run(mine, plants.update, first.plant_id, plant(1, name="新工場", global_plant_id="g"))
    assert (after.version, after.name, after.gln) == (2, "新工場", "4912345000019")
    with pytest.raises(OpenPlantIdTaken):
        await db.run(mine, plants.update, second.plant_id, plant(1, global_plant_id="g"))
    with pytest.raises(GlobalPlantIdTaken):
        await db.run(mine, plants.update, second.plant_id, plant(2, global_plant_id="g"))
    assert [old.name for old in (await db.run(mine, plants.versions, first.plant_id)).items] == ["新工場", "第1工場"]


async def test_an_update_of_nothing_makes_no_version(db, join) -> None:
    mine = await join()
    made = await db.run(mine, plants.register, plant())
    assert await db.run(mine, plants.update, made.plant_id, plant(), expected_version=1) == made


async def test_a_plant_of_another_is_as_unknown_as_one_that_does_not_exist(db, join) -> None:
    mine, other = await join(), await join()
    made = await db.run(mine, plants.register, plant())
    for plant_id in (made.plant_id, new_id()):
        for use_case, args in ((plants.get, ()), (plants.update, (plant(),)), (plants.versions, ())):
            with pytest.raises(PlantNotFound):
                await db.run(other, use_case, plant_id, *args)
        assert await db.run(other, service.plants_known, [plant_id]) == set()
    assert await db.run(mine, service.all_plants) == [made]


async def test_whether_all_plants_exist_is_one_answer(db, join) -> None:
    mine = await join()
    a, b = [(await db.run(mine, plants.register, plant(n))).plant_id for n in (1, 2)]
    assert await db.run(mine, service.plant_exists, [a, b, a])
    assert await db.run(mine, service.plant_exists, [])
    assert not await db.run(mine, service.plant_exists, [a, new_id()])
    assert await db.run(mine, service.plants_known, [a, new_id()]) == {a}


async def test_a_gln_must_be_right_where_people_type_it(db, join) -> None:
    mine = await join()
    with pytest.raises(Invalid) as refused:
        await db.run(mine, plants.register, plant(gln="4912345000018", name=""))
    assert [error.field for error in refused.value.fields] == ["name", "gln"]
    assert (await db.run(mine, plants.register, plant(gln="4912345000019"))).gln == "4912345000019"


async def test_of_two_writers_who_read_the_same_version_one_is_told(db, join) -> None:
    mine = await join()
    made = await db.run(mine, plants.register, plant())
    said = [plant(name=f"名前{n}") for n in range(4)]
    done = await asyncio.gather(
        *(db.run(mine, plants.update, made.plant_id, one, expected_version=1) for one in said),
        return_exceptions=True,
    )
    assert sum(isinstance(result, Stale) for result in done) == 3
    assert (await db.run(mine, plants.get, made.plant_id)).version == 2


async def test_an_id_wanted_by_many_at_once_goes_to_one(db, join) -> None:
    mine = await join()
    done = await asyncio.gather(
        *(db.run(mine, plants.register, plant(1, name=f"{n}")) for n in range(4)), return_exceptions=True
    )
    assert sum(isinstance(result, OpenPlantIdTaken) for result in done) == 3
    others = [await db.run(mine, plants.register, plant(n)) for n in (11, 12, 13)]
    done = await asyncio.gather(
        *(
            db.run(mine, plants.update, one.plant_id, plant(n, global_plant_id="g"))
            for n, one in zip((11, 12, 13), others, strict=True)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(result, GlobalPlantIdTaken) for result in done) == 2


async def test_two_plants_that_exchange_their_ids_at_once_do_not_both_win(db, join) -> None:
    mine = await join()
    a, b = [await db.run(mine, plants.register, plant(n)) for n in (1, 2)]
    done = await asyncio.gather(
        db.run(mine, plants.update, a.plant_id, plant(2)),
        db.run(mine, plants.update, b.plant_id, plant(1)),
        return_exceptions=True,
    )
    assert all(isinstance(result, OpenPlantIdTaken) for result in done)
    assert replace(a) == await db.run(mine, plants.get, a.plant_id)
