"""Tokens of forms: only this session's hold."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.ui import csrf

secrets = st.binary(min_size=1, max_size=64)


@given(secrets)
def test_a_token_holds_in_its_own_session(secret: bytes) -> None:
    assert csrf.check(secret, csrf.token(secret))


@given(secrets, secrets)
def test_a_token_of_another_session_does_not_hold(mine: bytes, other: bytes) -> None:
    assert csrf.check(mine, csrf.token(other)) == (mine == other)


@given(st.binary(min_size=32, max_size=32), st.integers(0, 95), st.sampled_from("0123456789abcdef"))
def test_a_token_with_one_sign_changed_does_not_hold(secret: bytes, place: int, sign: str) -> None:
    token = csrf.token(secret)
    changed = token[:place] + sign + token[place + 1 :]
    assert csrf.check(secret, changed) == (changed == token)


@given(st.one_of(st.none(), st.text(max_size=200)))
def test_any_other_text_does_not_hold(given_text: str | None) -> None:
    assert not csrf.check(b"secret", given_text)


def test_without_a_secret_nothing_holds() -> None:
    assert not csrf.check(b"", csrf.token(b"x"))
    with pytest.raises(ValueError, match="secret"):
        csrf.token(b"")


def test_two_tokens_of_one_session_differ() -> None:
    assert csrf.token(b"secret") != csrf.token(b"secret")


def test_new_secrets_are_long_and_differ() -> None:
    assert len(csrf.new_secret()) == 32
    assert csrf.new_secret() != csrf.new_secret()
