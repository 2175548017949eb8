"""Companies contribute results and are told means; nobody is told what another one said."""

from decimal import Decimal

import pytest
from tests.chain import Company, company
from tests.footprint.worksheets.helpers import PIECE, D, line, sheet, with_factors

from meguri.footprint import peers
from meguri.footprint.peers import errors
from meguri.footprint.worksheets import service as worksheets
from meguri.kernel.ids import new_id
from meguri.storage.database import Database

pytestmark = pytest.mark.anyio


async def kept(
    us: Company, name: str, kg: object, *, output: int = 10, mass: object = 2, pack: str = "pact-3"
) -> object:
    await us.part(name, ends=True, unit=PIECE)
    made = await sheet(us, name, line("steel", kg, "steel"), output=D(output), pack_id=pack, mass_kg=D(mass))
    return (await us.run(worksheets.compute, made.worksheet_id)).result.result_id


async def maker(river: Database, name: str) -> Company:
    us = await company(river, name)
    await with_factors(us, steel=2)
    return us


async def test_a_mean_is_told_to_those_behind_it_when_the_fifth_contributes(river: Database) -> None:
    makers = [await maker(river, f"cells {n}") for n in range(6)]
    results = [await kept(one, "cell", n + 1) for n, one in enumerate(makers)]
    told = [(await one.run(peers.contribute, made, "cell")).told for one, made in zip(makers, results, strict=True)]
    assert told == [False, False, False, False, True, False]  # a sixth alone would be the difference
    for n, one in enumerate(makers[:5]):
        (figure,) = await one.run(peers.figures)
        assert (figure.mean, figure.at_least, figure.own_value) == (3, 5, Decimal(n + 1))  # kg of steel · 2 / 2 kg
        assert [share.result_id for share in await one.run(peers.shares)] == [results[n]]
    assert await makers[5].run(peers.figures) == []
    assert not (await makers[0].run(peers.take_back, results[0])).told
    with pytest.raises(errors.NotContributed):
        await makers[0].run(peers.take_back, results[1])  # another company's
    for one, made in zip(makers[1:4], results[1:4], strict=True):
        again = await worksheets_of(one, made)
        assert not (await one.run(peers.contribute, again, "cell")).told  # the same figures again change nothing
        assert len(await one.run(peers.shares)) == 1  # the newer result stands in the place of the one before
    (figure,) = await makers[0].run(peers.figures)
    assert figure.mean == 3


async def worksheets_of(us: Company, result_id: object) -> object:
    result = (await us.run(worksheets.result, result_id)).result
    return (await us.run(worksheets.compute, result.worksheet_id)).result.result_id


async def test_what_does_not_stand_beside_others_is_refused(river: Database) -> None:
    us = await maker(river, "odd")
    good = await kept(us, "module", 1)
    with pytest.raises(errors.GroupUnknown, match="module"):
        await us.run(peers.contribute, good, "spoons")
    await us.part("cell without mass", ends=True, unit=PIECE)
    bare = await sheet(us, "cell without mass", line("steel", 1, "steel"), pack_id="pact-3")
    unweighed = (await us.run(worksheets.compute, bare.worksheet_id)).result.result_id
    with pytest.raises(errors.NotComparable):
        await us.run(peers.contribute, unweighed, "module")
    demo = await sheet(us, "module", line("steel", 1, "DEMO-steel"), pack_id="pact-3", mass_kg=D(1))
    invented = (await us.run(worksheets.compute, demo.worksheet_id)).result.result_id
    with pytest.raises(errors.NotComparable, match="demo_factor"):
        await us.run(peers.contribute, invented, "module")
    with pytest.raises(errors.NotContributed):
        await us.run(peers.take_back, new_id())
    assert await us.run(peers.shares) == []
