"""States and counters of requests against the oracle: random chains, whatever was kept before."""

from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.laws.worlds import Chain, chains

from meguri.traceability.graph import Downstream
from meguri.traceability.model import State
from meguri.traceability.state import Node, TradeState, settle

stale = st.builds(
    lambda done, ends, answered, all_: (State.COMPLETED if done else State.NOT_COMPLETED, ends, answered, all_),
    st.booleans(),
    st.booleans(),
    st.integers(0, 9),
    st.integers(0, 9),
)


def nodes_of(chain: Chain) -> dict[UUID, Node]:
    on = {request.asked: key for key, request in chain.requests.items()}
    return {
        part: Node(part, at.terminated, tuple(child for child, _ in at.children), part in chain.declared, on.get(part))
        for part, at in chain.parts.items()
    }


@settings(max_examples=60, deadline=None)
@given(chain=chains(), kept=st.lists(stale, min_size=11, max_size=11))
def test_states_and_counters_are_what_the_definitions_give_whatever_was_kept_before(
    chain: Chain, kept: list[tuple[State, bool, int, int]]
) -> None:
    order = [edge.trade_id for edge in Downstream([], chain.edges()).links if edge.trade_id]
    open_ones = {key for key, request in chain.requests.items() if request.linked is None}
    trades = {
        key: TradeState(key, request.linked, *((State.NOT_COMPLETED, False, 0, 1) if key in open_ones else was))
        for (key, request), was in zip(chain.requests.items(), kept, strict=False)
    }
    world, nodes = chain.world(), nodes_of(chain)
    after = dict(trades)
    changed = settle(nodes, trades, order)
    after.update({one.trade_id: one for one in changed})
    for key, one in after.items():
        must = world.status(key)
        assert one.state is (State.COMPLETED if must.completed else State.NOT_COMPLETED)
        assert (one.tree_terminated, one.completed_count, one.trades_count) == (
            must.tree_terminated,
            must.completed_count,
            must.trades_count,
        )
    assert all(after[one.trade_id] != trades[one.trade_id] for one in changed)
    assert settle(nodes, after, order) == []
