"""Rows that are answered together come to the same as each by itself, in far fewer statements."""

import msgspec
import pytest
from tests.chain import Company, company, d, quality
from tests.flows import audit_tags, released, told

from meguri.answers import service
from meguri.answers.reading import RowAnswer
from meguri.footprint import service as footprint
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.kernel.units import AmountUnit
from meguri.storage.database import Database, Transaction
from meguri.traceability import service as traceability
from meguri.traceability.errors import PlantUnknown
from meguri.traceability.model import Side, State, Trade


def row(number: int, trade: Trade, pre: object, part: str | None = None) -> RowAnswer:
    return RowAnswer(
        row=number,
        request_id=trade.request_id,
        own_part=part,
        own_support_name=None,
        pre_production=d(str(pre)),
        main_production=None,
        pre_quality=quality(1, 2, 3),
        main_quality=quality(None, None, None),
        comment=None,
    )


class World:
    """Two customers of one supplier, one of them with a customer of its own; and what they see."""

    def __init__(self, maker: Company, one: Company, two: Company, end: Company, trades: dict[str, Trade]) -> None:
        self.maker, self.one, self.two, self.end, self.trades = maker, one, two, end, trades

    @classmethod
    async def made(cls, db: Database, *, auto_disclose: bool) -> "World":
        maker = await company(db, "供給", auto_disclose=auto_disclose)
        one, two, end = [await company(db, name) for name in ("甲", "乙", "丙")]
        await one.part("P", [("c1", 2), ("c2", 3), ("c3", 1)])
        await one.declare("P", pre=1)
        await two.part("Q", [("c1", 5), ("q2", 4)])
        await end.part("Z", [("p", 7)])
        await one.link(await end.ask(one, "p"), "P")
        await maker.part("made", [("ore", 2, True)])
        await maker.part("ready", ends=True)
        await maker.declare("ready", pre=8)
        wanted = ((one, "c1"), (one, "c2"), (one, "c3"), (two, "c1"), (two, "q2"))
        trades = {f"{who.scope.operator_id == one.id}{name}": await who.ask(maker, name) for who, name in wanted}
        return cls(maker, one, two, end, dict(zip(("a1", "a2", "a3", "b1", "b2"), trades.values(), strict=True)))

    def rows(self) -> list[RowAnswer]:
        return [
            row(2, self.trades["a1"], 10),  # both customers buy a part of this name: one new part for both
            row(3, self.trades["a2"], 20, "made"),
            row(4, self.trades["a3"], 30, "ready"),
            row(5, self.trades["b1"], 10),
            row(6, self.trades["b2"], 40),
        ]

    async def seen(self) -> list[object]:
        """What everybody sees, without ids and moments."""
        found: list[object] = []
        for who, names in ((self.one, ("P", "c1", "c2", "c3")), (self.two, ("Q", "c1", "q2")), (self.end, ("Z", "p"))):
            for name in names:
                statement = await who.statement(name)
                found.append((name, statement.totals, statement.answer))
        for who in (self.maker, self.one, self.two, self.end):
            for side in (Side.DOWN, Side.UP):
                trades, _ = await who.run(traceability.list_requests, limit=20, side=side)
                found += sorted(
                    (one.state, one.completed_count, one.trades_count, one.tree_terminated, bool(one.upstream_trace_id))
                    for one in trades
                )
            found.append(sorted(set(await audit_tags(who, "")) - {"traceability:part:add"}))  # one for many new parts
            found.append(sorted(set(await told(who))))  # of several changes at once people are told once
        for name in ("c1", "made", "ready", "q2"):
            part = await self.maker.part_id(name)
            declared = await self.maker.run(footprint.footprint, part)
            found.append((name, declared.pre_production if declared else None))
            for customer in (self.one, self.two):
                found.append(sorted(await released(self.maker, name, customer)))
        return found


@pytest.mark.parametrize("auto_disclose", [True, False])
async def test_together_is_the_same_as_one_by_one(river: Database, auto_disclose: bool) -> None:
    one_by_one = await World.made(river, auto_disclose=auto_disclose)
    together = await World.made(river, auto_disclose=auto_disclose)
    for answer in one_by_one.rows():
        assert await one_by_one.maker.run(service.send_one, answer) is None
    assert await together.maker.run(service.send_many, together.rows()) == []
    assert await together.seen() == await one_by_one.seen()


async def test_rows_in_the_way_are_named_and_the_others_are_sent(river: Database) -> None:
    world = await World.made(river, auto_disclose=True)
    await world.maker.part("litres", ends=True, unit=AmountUnit.LITER)
    good = world.rows()
    bad = [
        msgspec.structs.replace(good[1], row=20, own_part="nobody's"),
        msgspec.structs.replace(good[2], row=30, own_part="litres"),
        row(40, msgspec.structs.replace(world.trades["b2"], request_id=new_id()), 1),
    ]
    wrong = await world.maker.run(service.send_many, [good[0], *bad, good[3]])
    assert sorted(one.row for one in wrong) == [20, 30, 40]
    open_, _ = await world.maker.run(traceability.list_requests, limit=20, side=Side.UP, states=[State.NOT_COMPLETED])
    assert {one.request_id for one in open_} == {world.trades[name].request_id for name in ("a2", "a3", "b2")}
    litres = await world.maker.run(footprint.footprint, await world.maker.part_id("litres"))
    assert litres is None  # nothing half done
    answered = (await world.one.statement("c1")).answer
    assert answered
    assert answered.pre == 10


async def test_one_part_with_two_figures_keeps_the_later(river: Database) -> None:
    world = await World.made(river, auto_disclose=True)
    rows = [row(2, world.trades["a1"], 1, "ready"), row(3, world.trades["b1"], 2, "ready")]
    assert await world.maker.run(service.send_many, rows) == []
    ready = await world.maker.run(footprint.footprint, await world.maker.part_id("ready"))
    assert ready is not None
    assert ready.pre_production == 2
    assert (await world.one.statement("c1")).answer == (await world.two.statement("c1")).answer


@pytest.mark.parametrize("auto_disclose", [False, True])
async def test_statements_and_locks_do_not_grow_with_the_rows(river: Database, auto_disclose: bool) -> None:
    """The server's table of locks holds some thousands, for everybody."""
    a, b = await company(river, "購入"), await company(river, "供給", auto_disclose=auto_disclose)
    await a.part("P", [(f"c{number}", 1) for number in range(40)])
    trades = [await a.ask(b, f"c{number}") for number in range(40)]

    async def counted(tx: Transaction, scope: OperatorScope, some: list[Trade]) -> tuple[int, int]:
        assert await service.send_many(tx, scope, [row(n, trade, 1) for n, trade in enumerate(some, start=2)]) == []
        statements = tx.statements
        return statements, await tx.value(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"
        )

    few, many = await b.run(counted, trades[:10]), await b.run(counted, trades[10:])
    assert (many[0] - few[0]) / 20 <= 0.5
    assert many[1] <= few[1]


async def test_a_refusal_of_all_is_told_row_by_row_and_no_row_is_lost(
    river: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = await World.made(river, auto_disclose=True)
    calls = 0

    async def refuses(*_: object) -> object:
        nonlocal calls
        calls += 1
        raise PlantUnknown

    monkeypatch.setattr(traceability, "add_parts", refuses)
    assert await world.maker.run(service.send_many, world.rows()) == []
    assert calls == 1
    left, _ = await world.maker.run(traceability.list_requests, limit=20, side=Side.UP, states=[State.NOT_COMPLETED])
    assert left == []
