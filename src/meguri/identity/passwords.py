"""Passwords: Argon2id in threads of its own, in a bounded queue, and the judgement whether one is easily guessed."""

import asyncio
import math
import threading
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache, partial
from typing import ParamSpec, TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from argon2.low_level import Type

from meguri.identity.errors import SignInBusy, WeakPassword
from meguri.identity.rules import PasswordRule, identity_rules

P = ParamSpec("P")
R = TypeVar("R")

_MOST_JUDGED = 72  # the estimator's time grows with the square of the length; longer is strong enough
_judging = threading.Lock()  # the estimator keeps its word list in a global


class Hasher:
    """Hashes and verifies passwords off the event loop, a few at a time; raises SignInBusy when too many wait.

    In threads that nothing else uses: whoever fills the others with slow files or drawings keeps nobody from signing in.
    """

    def __init__(self, rule: PasswordRule) -> None:
        """With the parameters of `rule`."""
        self._argon = PasswordHasher(
            time_cost=rule.time_cost,
            memory_cost=rule.memory_kib,
            parallelism=rule.parallelism,
            hash_len=rule.hash_bytes,
            type=Type.ID,
        )
        self._slots = asyncio.Semaphore(rule.concurrent_hashes)
        self._threads = ThreadPoolExecutor(rule.concurrent_hashes, thread_name_prefix="passwords")
        self._most_waiting = rule.waiting_hashes
        self._waiting = 0
        self._of_nobody = self._argon.hash("the password of nobody")

    async def hash(self, password: str) -> str:
        """The Argon2id hash of `password`, with a new salt, in the usual `$argon2id$…` form."""
        return await self._in_turn(self._argon.hash, _normal(password))

    async def matches(self, hashed: str | None, password: str) -> bool:
        """Whether `password` belongs to `hashed`; for an unknown account (None) takes as long and says no."""
        return await self._in_turn(self._verify, hashed, _normal(password))

    def is_outdated(self, hashed: str) -> bool:
        """Whether `hashed` was made with other parameters than today's."""
        return self._argon.check_needs_rehash(hashed)

    def _verify(self, hashed: str | None, password: str) -> bool:
        try:
            self._argon.verify(hashed or self._of_nobody, password)
        except (VerificationError, InvalidHashError):
            return False
        return hashed is not None

    async def _in_turn(self, work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs) -> R:
        if self._waiting >= self._most_waiting:
            raise SignInBusy(retry_after=2)
        self._waiting += 1
        try:
            async with self._slots:
                return await asyncio.get_running_loop().run_in_executor(self._threads, partial(work, *args, **kwargs))
        finally:
            self._waiting -= 1


def _normal(password: str) -> str:
    """The same password typed on different systems is the same text (NIST SP 800-63B-4 §3.1.1.2)."""
    return unicodedata.normalize("NFKC", password)


async def demand_strength(password: str, known_words: list[str]) -> None:
    """Raise WeakPassword if `password` is too short, too long, or easily guessed by one who knows `known_words`.

    Length in characters; strength as the logarithm of the guesses a list-based attacker needs. Source: OWASP ASVS 5
    6.2.
    """
    rule = identity_rules().password
    long_enough = rule.least_characters <= len(_normal(password)) <= rule.most_characters
    if long_enough and await asyncio.to_thread(_guesses_log10, password, known_words) >= rule.least_guesses_log10:
        return
    raise WeakPassword(least=rule.least_characters, most=rule.most_characters)


def _guesses_log10(password: str, known_words: list[str]) -> float:
    from zxcvbn import zxcvbn  # type: ignore[import-untyped] # its lists take 0.2 s and 12 MB: loaded when first needed

    with _judging:
        judged = zxcvbn(_normal(password)[:_MOST_JUDGED], user_inputs=known_words)
    return math.log10(float(judged["guesses"]))


@cache
def hasher() -> Hasher:
    """The hasher of this process."""
    return Hasher(identity_rules().password)
