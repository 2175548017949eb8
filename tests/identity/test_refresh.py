"""The laws of refresh tokens, over random histories: nobody who behaves is locked out, and a copy is always noticed."""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from meguri.identity.refresh import Node, Verdict, present


class Family:
    """The tokens of one sign-in, kept as the database keeps them."""

    def __init__(self) -> None:
        self.nodes: dict[bytes, Node] = {b"0": Node(None)}
        self.numbers = itertools.count(1)
        self.revoked = False

    def use(self, token: bytes) -> bytes | None:
        """Present a token; the new one, or None when it was refused."""
        if self.revoked:
            return None
        decision = present(self.nodes, token)
        if decision.verdict is not Verdict.ACCEPT:
            self.revoked = decision.verdict is Verdict.STOLEN
            return None
        for dead in decision.dying:
            node = self.nodes[dead]
            self.nodes[dead] = Node(node.parent, node.used, dead=True)
        node = self.nodes[token]
        self.nodes[token] = Node(node.parent, used=True, dead=node.dead)
        child = str(next(self.numbers)).encode()
        self.nodes[child] = Node(token)
        return child


@given(st.lists(st.booleans(), max_size=30))
def test_one_who_keeps_the_last_answer_that_arrived_is_never_refused(arrives: list[bool]) -> None:
    """Each reply may be lost; the client then repeats with the token that it has."""
    family, held = Family(), b"0"
    for arrived in arrives:
        given_back = family.use(held)
        assert given_back is not None
        held = given_back if arrived else held
    assert family.use(held) is not None


@given(st.lists(st.sampled_from(["owner", "thief"]), min_size=1, max_size=30), st.integers(0, 5))
def test_owner_and_thief_cannot_both_go_on(turns: list[str], before: int) -> None:
    """After a copy, the family ends at the latest when both have used a token that they got by themselves."""
    family, token = Family(), b"0"
    for _ in range(before):
        token = family.use(token) or token
    held = {"owner": token, "thief": token}
    used_own = {"owner": False, "thief": False}
    for who in turns:
        own = held[who] != token
        got = family.use(held[who])
        if family.revoked:
            return
        assert got is not None
        used_own[who] |= own
        held[who] = got
    assert not all(used_own.values())


class Histories(RuleBasedStateMachine):
    """Any tokens in any order: at any moment the tokens that hold are one generation and its parent."""

    tokens = Bundle("tokens")

    def __init__(self) -> None:
        super().__init__()
        self.family = Family()

    @rule(target=tokens)
    def first(self) -> bytes:
        return b"0"

    @rule(target=tokens, token=tokens)
    def use(self, token: bytes) -> bytes:
        return self.family.use(token) or token

    @rule(token=consumes(tokens))
    def lose(self, token: bytes) -> None:
        pass

    @invariant()
    def at_most_two_generations_hold(self) -> None:
        alive = {key: node for key, node in self.family.nodes.items() if not node.dead}
        parents = {node.parent for node in alive.values()}
        assert alive
        assert len(parents & set(self.family.nodes)) <= 2
        unused_with_dead_parent = [
            key
            for key, node in alive.items()
            if not node.used and node.parent is not None and self.family.nodes[node.parent].dead
        ]
        assert not unused_with_dead_parent or len(alive) == 1

    @invariant()
    def a_dead_token_stays_dead(self) -> None:
        for key, node in self.family.nodes.items():
            if node.dead:
                assert present(self.family.nodes, key).verdict is Verdict.STOLEN


TestHistories = Histories.TestCase
TestHistories.settings = settings(max_examples=60, stateful_step_count=30, deadline=None)


def test_a_token_of_no_family_is_unknown() -> None:
    assert present({}, b"x").verdict is Verdict.UNKNOWN
