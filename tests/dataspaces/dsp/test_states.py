"""Every cell of the protocol's state tables."""

import itertools

import pytest

from meguri.dataspaces.dsp.states import Kind, Move, Role, after_inbound, after_own

NEGOTIATION = ["REQUESTED", "OFFERED", "ACCEPTED", "AGREED", "VERIFIED", "FINALIZED", "TERMINATED"]
TRANSFER = ["REQUESTED", "STARTED", "SUSPENDED", "COMPLETED", "TERMINATED"]
# rows: state; columns as named
PROVIDER = """
REQUESTED  -          -         -         TERMINATED
OFFERED    REQUESTED  ACCEPTED  -         TERMINATED
ACCEPTED   -          -         -         TERMINATED
AGREED     -          -         VERIFIED  TERMINATED
VERIFIED   -          -         -         TERMINATED
FINALIZED  -          -         -         -
TERMINATED -          -         -         -
"""
CONSUMER = """
REQUESTED  OFFERED    AGREED    -         TERMINATED
OFFERED    -          -         -         TERMINATED
ACCEPTED   -          AGREED    -         TERMINATED
AGREED     -          -         -         TERMINATED
VERIFIED   -          -         FINALIZED TERMINATED
FINALIZED  -          -         -         -
TERMINATED -          -         -         -
"""
SHARED = """
REQUESTED  -          -         TERMINATED
STARTED    COMPLETED  SUSPENDED TERMINATED
SUSPENDED  -          -         TERMINATED
COMPLETED  -          -         -
TERMINATED -          -         -
"""


def cells(table: str, moves: list[Move]) -> list[tuple[str, Move, str | None]]:
    found = []
    for line in table.strip().splitlines():
        state, *after = line.split()
        found += [(state, move, None if one == "-" else one) for move, one in zip(moves, after, strict=True)]
    return found


@pytest.mark.parametrize("state,move,after", cells(PROVIDER, [Move.REQUEST, Move.ACCEPT, Move.VERIFY, Move.TERMINATE]))
def test_what_a_provider_hears(state: str, move: Move, after: str | None) -> None:
    assert after_inbound(Kind.NEGOTIATION, Role.PROVIDER, state, move) == after


@pytest.mark.parametrize("state,move,after", cells(CONSUMER, [Move.OFFER, Move.AGREE, Move.FINALIZE, Move.TERMINATE]))
def test_what_a_consumer_hears(state: str, move: Move, after: str | None) -> None:
    assert after_inbound(Kind.NEGOTIATION, Role.CONSUMER, state, move) == after


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("state,move,after", cells(SHARED, [Move.COMPLETE, Move.SUSPEND, Move.TERMINATE]))
def test_what_either_side_of_a_transfer_hears(role: Role, state: str, move: Move, after: str | None) -> None:
    assert after_inbound(Kind.TRANSFER, role, state, move) == after


@pytest.mark.parametrize("state", TRANSFER)
def test_only_the_provider_starts_and_either_resumes(state: str) -> None:
    started = {"REQUESTED": "STARTED", "SUSPENDED": "STARTED"}.get(state)
    assert after_inbound(Kind.TRANSFER, Role.CONSUMER, state, Move.START) == started
    assert after_inbound(Kind.TRANSFER, Role.PROVIDER, state, Move.START) == (None if state == "REQUESTED" else started)


def test_what_one_side_may_send_is_what_the_other_may_hear() -> None:
    for kind, states in ((Kind.NEGOTIATION, NEGOTIATION), (Kind.TRANSFER, TRANSFER)):
        for state, move in itertools.product(states, Move):
            for mine, other in ((Role.PROVIDER, Role.CONSUMER), (Role.CONSUMER, Role.PROVIDER)):
                assert after_own(kind, mine, state, move) == after_inbound(kind, other, state, move), (
                    state,
                    move,
                    mine,
                )
