"""How a request stands, in words that each side understands."""

import msgspec

from meguri.traceability.model import Side, State, Trade


class Standing(msgspec.Struct, frozen=True):
    """`kind` is the badge's sign; `word` the key of its words."""

    kind: str
    word: str


def standing(trade: Trade) -> Standing:
    """What to call the state of a request on its reader's side."""
    if trade.state is State.REJECT:
        return Standing("returned", "traceability.state.rejected")
    if trade.side is Side.UP:
        if trade.state is State.COMPLETED:
            return Standing("ok", "traceability.state.sent")
        return Standing(
            "waiting",
            "traceability.state.to_link" if trade.upstream_trace_id is None else "traceability.state.to_answer",
        )
    if trade.state is State.COMPLETED:
        return Standing("ok", "traceability.state.received")
    word = "traceability.state.registering_cfp" if trade.tree_terminated else "traceability.state.registering_parts"
    return Standing("waiting", word)
