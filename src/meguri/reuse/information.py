"""Value of information: what a test is worth before it is made (EVPI, EVSI).

Interval tests: E[V | test result] by regression of each option's draws on a simulated result (Strong, Oakley, Brennan and
Breeze 2015, Med Decis Making 35:570). Pass/fail tests: Bayes.
"""

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np

from meguri.health.arrays import Floats
from meguri.reuse.draws import generator
from meguri.reuse.model import Option, TestOffer

_DEGREE = 3


class TestValue(msgspec.Struct, frozen=True, kw_only=True):
    """A test and its expected value of sample information, minor units; `net` is EVSI less its cost."""

    __test__ = False

    test: TestOffer
    evsi: int

    @property
    def net(self) -> int:
        """What it brings beyond its cost."""
        return self.evsi - self.test.cost


def perfect_information(payoffs: Floats, chance: Floats) -> tuple[float, float]:
    """(value of the best action now, EVPI).

    payoffs  (action, state); chance (state,) sums to 1
    """
    base = float((payoffs @ chance).max())
    return base, float(payoffs.max(axis=0) @ chance) - base


def pass_fail_information(
    p_good: float,
    payoffs: Floats,
    sensitivity: float,
    specificity: float,
    allowed_untested: Sequence[int] | None = None,
) -> tuple[float, float]:
    """(P(test passes), EVSI) of a pass/fail test.

    payoffs           (action, 2) when good, when bad
    sensitivity       P(pass | good); specificity P(fail | bad)
    allowed_untested  actions open without a pass; None = all. The others stay closed after a fail
    """
    chance = np.array([p_good, 1 - p_good])
    open_now = payoffs if allowed_untested is None else payoffs[list(allowed_untested)]
    base = float((open_now @ chance).max())
    passed = chance * np.array([sensitivity, 1 - specificity])
    failed = chance - passed
    with_test = float((payoffs @ passed).max()) + float((open_now @ failed).max())
    return float(passed.sum()), with_test - base


def perfect_information_of_draws(worth: Floats) -> float:
    """EVPI = E[max] − max E over (option, draw)."""
    return float(worth.max(axis=0).mean() - worth.mean(axis=1).max())


def interval_information(worth: Floats, soh: Floats, new_sd: float, seed: int = 0) -> float:
    """EVSI of a test that measures the state of health with standard deviation `new_sd` [points].

    worth  (option, draw) values; soh (draw,) the state of health behind them
    """
    spread = float(soh.std())
    if spread < 1e-9:
        return 0.0
    seen = soh + new_sd * generator(seed, "test").standard_normal(len(soh))
    x = (seen - seen.mean()) / seen.std()
    design = np.vander(x, _DEGREE + 1)
    weights, *_ = np.linalg.lstsq(design, worth.T, rcond=None)
    expected = design @ weights
    gain = float(expected.max(axis=1).mean() - worth.mean(axis=1).max())
    return max(gain, 0.0)


def worth_of_tests(
    tests: Sequence[TestOffer],
    worth: Mapping[Option, Floats],
    soh: Floats,
    missing: Sequence[str],
    p_good: float,
    loss_if_unsafe: float,
    minor: int = 1,
    seed: int = 0,
) -> tuple[TestValue, ...]:
    """Each test with its EVSI, the best net value first.

    worth    option → (draw,) in major units; without `missing` rules of the gate every option is open, with them only
             recycling is, until the tests for them have been passed
    p_good   prior probability that a battery passes the rules that are missing
    loss_if_unsafe  loss [major units] when an unsafe battery is sold for reuse
    """
    table = np.stack(list(worth.values()))
    recycle = float(worth[Option.RECYCLE].mean())
    reuse = max(
        (float(drawn.mean()) for option, drawn in worth.items() if option is not Option.RECYCLE), default=recycle
    )
    wanted = [test for test in tests if set(test.evidence_for) & set(missing)]
    covered = {rule for test in wanted for rule in test.evidence_for}
    found = []
    for test in tests:
        gain = 0.0
        if test.kind == "interval" and test.new_sd is not None and not missing:
            gain = interval_information(table, soh, test.new_sd, seed)
        if test in wanted and set(missing) <= covered:
            payoffs = np.array([[reuse, -loss_if_unsafe], [recycle, recycle]])
            sensitivity, specificity = test.sensitivity or 1.0, test.specificity or 0.5
            _, opened = pass_fail_information(p_good, payoffs, sensitivity, specificity, allowed_untested=(1,))
            gain += opened / len(wanted)  # the gate opens only when all of them have been passed
        found.append(TestValue(test=test, evsi=round(gain * minor)))
    return tuple(sorted(found, key=lambda one: (-one.net, one.test.test_id)))
