"""A database read as a `World`, and everything derived in it compared with what the oracle says it must be."""

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import dict_row
from tests.laws.oracle import Answer, Own, Part, Request, World

_SIDES = ("pre", "main")
_RATINGS = ("ter", "ger", "tir")
_LIVE = ("NOT_COMPLETED", "COMPLETED")
_SHARED = (
    "request_id",
    "downstream_trace_id",
    "upstream_trace_id",
    "request_type",
    "state",
    "tree_terminated",
    "completed_count",
    "trades_count",
    "message",
    "reply_message",
    "due_date",
    "completed_at",
)
Rows = list[dict[str, Any]]


class Books:
    """All rows of these tables, as the database's owner sees them; `operators`: only rows of these companies."""

    def __init__(self, owner_dsn: str, operators: Collection[UUID] | None = None) -> None:
        self._tables: dict[str, Rows] = {}
        names = ("part", "part_link", "trade_half", "part_answer", "footprint_record", "footprint_sum")
        with psycopg.connect(owner_dsn, row_factory=dict_row) as connection:
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            for name in (*names, "footprint_answer", "disclosure_grant", "notification"):
                whose = "" if operators is None else "WHERE operator_id = ANY(%(operators)s)"
                wanted = {"operators": list(operators or ())}
                self._tables[name] = connection.execute(f"SELECT * FROM {name} {whose}", wanted).fetchall()

    def rows(self, table: str) -> Rows:
        return self._tables[table]

    def everything(self) -> dict[str, list[str]]:
        """All rows, comparable."""
        return {name: sorted(map(str, rows)) for name, rows in self._tables.items()}

    def world(self) -> World:
        parts = {row["trace_id"]: Part(row["operator_id"], row["terminated"]) for row in self.rows("part")}
        for row in self.rows("part_link"):
            parts[row["parent_id"]].children.append((row["child_id"], Fraction(row["amount"])))
        for row in self.rows("footprint_record"):
            parts[row["trace_id"]].own = _own(row)
        requests = {
            row["trade_id"]: Request(
                row["request_type"],
                row["operator_id"],
                row["downstream_trace_id"],
                row["partner_id"],
                row["upstream_trace_id"],
            )
            for row in self.rows("trade_half")
            if row["side"] == "down" and row["state"] in _LIVE
        }
        released: dict[tuple[UUID, UUID], set[str]] = defaultdict(set)
        for row in self.rows("disclosure_grant"):
            if row["released"]:
                released[row["trace_id"], row["to_operator_id"]].add(row["item_group"])
        answered = {(row["trace_id"], row["request_type"]) for row in self.rows("part_answer")}
        return World(parts, requests, released, answered)

    @property
    def waiting(self) -> set[UUID]:
        """Parts with a change that they have still to pass on."""
        return {row["trace_id"] for row in self.rows("footprint_sum") if row["sent"]}

    @property
    def late(self) -> set[UUID]:
        """Parts that say that their totals are not up to date."""
        return {row["trace_id"] for row in self.rows("footprint_sum") if row["updating_since"]}

    def check(self, *, all_arrived: bool = True) -> None:
        """Every derived figure, state and counter is what a recomputation of everything gives.

        Unless `all_arrived`, parts downstream of waiting ones may lag behind: exactly those say so.
        """
        world = self.world()
        declared = {part for part, at in world.parts.items() if at.own}
        assert declared == {part for part, kind in world.answered if kind == "CFP"}
        lag = _beyond(world, self.waiting)
        assert not (all_arrived and self.waiting), "nothing waits"
        assert self.late == lag, "what lags behind says so, and nothing else does"
        self._check_halves(world)
        self._check_sums(world, lag)
        self._check_answers(world, lag | self.waiting)

    def _check_halves(self, world: World) -> None:
        halves: dict[UUID, dict[str, dict[str, Any]]] = defaultdict(dict)
        for row in self.rows("trade_half"):
            halves[row["trade_id"]][row["side"]] = row
        for key, pair in halves.items():
            down, up = pair["down"], pair["up"]
            assert {name: down[name] for name in _SHARED} == {name: up[name] for name in _SHARED}
            assert (down["operator_id"], down["partner_id"]) == (up["partner_id"], up["operator_id"])
            kept = (down["state"], down["tree_terminated"], down["completed_count"], down["trades_count"])
            if key in world.requests:
                must = world.status(key)
                state = "COMPLETED" if must.completed else "NOT_COMPLETED"
                assert kept == (state, must.tree_terminated, must.completed_count, must.trades_count)
            else:
                assert kept[1:] == (False, 0, 0)
                assert down["upstream_trace_id"] is None

    def _check_sums(self, world: World, lag: set[UUID]) -> None:
        kept = {row["trace_id"]: _vector(row) for row in self.rows("footprint_sum")}
        assert kept.keys() <= world.parts.keys()
        for part in world.parts.keys() - lag:
            assert kept.get(part, (Fraction(0),) * 8) == world.sums(part)

    def _check_answers(self, world: World, lag: set[UUID]) -> None:
        late = {key for key, request in world.requests.items() if request.linked in lag}
        kept = {row["trade_id"]: row for row in self.rows("footprint_answer") if row["trade_id"] not in late}
        asked = {key: world.answer(key) for key, request in world.requests.items() if request.kind == "CFP"}
        must = {key: answer for key, answer in asked.items() if answer and key not in late}
        assert kept.keys() == must.keys()
        for key, answer in must.items():
            assert _answer(kept[key]) == answer
            assert kept[key]["downstream_trace_id"] == world.requests[key].asked
            assert kept[key]["operator_id"] == world.requests[key].customer


def _beyond(world: World, starts: set[UUID]) -> set[UUID]:
    """Everything downstream of these parts, over structures and footprint requests."""
    steps = [(child, parent) for parent, at in world.parts.items() for child, _ in at.children]
    steps += [(one.linked, one.asked) for one in world.requests.values() if one.linked and one.kind == "CFP"]
    reached: set[UUID] = set()
    while more := {to for start, to in steps if start in starts | reached} - reached:
        reached |= more
    return reached


def _own(row: dict[str, Any]) -> Own:
    emissions = [Fraction(row[f"{s}_production"] or 0) + Fraction(row[f"{s}_component"] or 0) for s in _SIDES]
    ratings = [tuple(Fraction(row[f"{side}_{name}"] or 0) for name in _RATINGS) for side in _SIDES]
    return Own(row["declared_unit"], *emissions, *ratings)  # type: ignore[arg-type]


def _vector(row: dict[str, Any]) -> tuple[Fraction, ...]:
    return tuple(Fraction(row[side + tail]) for side in _SIDES for tail in ("", *(f"_{name}" for name in _RATINGS)))


def _answer(row: dict[str, Any]) -> Answer:
    ratings: list[tuple[Decimal | None, ...]] = [tuple(row[f"{side}_{name}"] for name in _RATINGS) for side in _SIDES]
    return Answer(row["pre"], row["main"], ratings[0], ratings[1], row["declared_unit"])
