"""Codes of an authenticator app, by the examples of RFC 6238, and recovery codes."""

import base64
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import msgspec
import pytest

from meguri.identity import totp
from meguri.identity.rules import identity_rules

RULE = identity_rules().second_step
SECRET = base64.b32encode(b"12345678901234567890").decode()


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


@pytest.mark.parametrize(
    "seconds, code",
    [(59, "94287082"), (1111111109, "07081804"), (1234567890, "89005924"), (20000000000, "65353130")],
)
def test_the_codes_are_those_of_rfc_6238_appendix_b(seconds: int, code: str) -> None:
    eight = msgspec.structs.replace(RULE, digits=8)
    assert totp.step_of(SECRET, code, at(seconds), eight) == seconds // 30
    assert totp.step_of(SECRET, code[2:], at(seconds), RULE) == seconds // 30


def test_a_code_is_good_one_step_before_and_after_and_no_longer() -> None:
    code = "287082"  # of the step from 30 s to 60 s
    assert [totp.step_of(SECRET, code, at(seconds), RULE) for seconds in (0, 59, 89)] == [1, 1, 1]
    assert totp.step_of(SECRET, code, at(90), RULE) is None


@pytest.mark.parametrize("typed", ["287 082", "287-082", "２８７０８２", " 287082\n"])
def test_a_code_may_be_typed_as_people_type(typed: str) -> None:
    assert totp.step_of(SECRET, typed, at(59), RULE) == 1


@pytest.mark.parametrize("typed", ["", "28708", "2870822", "28708x", "²87082x", "٢٨٧٠٨٢", "\x00\ud800"])
def test_what_is_no_code_is_none(typed: str) -> None:
    assert totp.step_of(SECRET, typed, at(59), RULE) is None


def test_the_qr_code_says_what_apps_read() -> None:
    said = urlsplit(totp.address(SECRET, "ann@a.example", RULE))
    assert (said.scheme, said.netloc, said.path) == ("otpauth", "totp", "/Meguri:ann%40a.example")
    assert parse_qs(said.query)["secret"] == [SECRET]
    assert parse_qs(said.query)["issuer"] == ["Meguri"]


def test_recovery_codes_differ_and_may_be_typed_in_any_case_without_their_hyphens() -> None:
    made = {totp.new_recovery_code() for _ in range(100)}
    assert len(made) == 100
    code = made.pop()
    assert totp.is_recovery_code(code)
    assert totp.recovery_hash(code) == totp.recovery_hash(code.upper().replace("-", " "))
    assert not totp.is_recovery_code("287082")
