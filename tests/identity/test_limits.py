"""Token buckets: how many at once, how many in the long run, and what happens with too many callers."""

from hypothesis import given
from hypothesis import strategies as st

from meguri.identity.limits import FAILED_OPEN, Buckets


class Watch:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_a_burst_passes_and_then_the_caller_is_told_when_to_come_back() -> None:
    watch = Watch()
    buckets = Buckets("test", 0.5, 3, clock=watch)
    assert [buckets.take("a") for _ in range(4)] == [0, 0, 0, 2]
    assert buckets.take("b") == 0
    watch.now = 2
    assert buckets.take("a") == 0
    assert buckets.take("a") == 2


@given(st.lists(st.floats(0, 5), max_size=200))
def test_nobody_ever_gets_more_than_burst_and_rate_together(pauses: list[float]) -> None:
    watch = Watch()
    buckets = Buckets("test", 2, 10, clock=watch)
    passed = 0
    for pause in pauses:
        watch.now += pause
        passed += buckets.take("a") == 0
        assert passed <= 10 + 2 * watch.now + 1e-6


def test_with_too_many_callers_the_oldest_is_forgotten_and_a_metric_counts_it() -> None:
    before = FAILED_OPEN._value.get()
    buckets = Buckets("test", 1, 1, most_callers=2, clock=Watch())
    for caller in "abc":
        assert buckets.take(caller) == 0
    assert FAILED_OPEN._value.get() == before + 1
    assert buckets.take("a") == 0
    assert buckets.take("c") > 0
