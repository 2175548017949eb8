"""Webhooks are signed after the Standard Webhooks scheme."""

from datetime import UTC, datetime

import pytest

from meguri.messages.rules import message_rules, next_try
from meguri.messages.signature import headers, new_secret, sign

# Published with the scheme's reference libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"
AT = datetime.fromtimestamp(1614265330, UTC)
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_published_vector_is_reproduced() -> None:
    assert sign(SECRET, MESSAGE, AT, BODY) == SIGNATURE
    sent = headers(SECRET, MESSAGE, AT, BODY)
    assert (sent["webhook-id"], sent["webhook-timestamp"], sent["webhook-signature"]) == (
        MESSAGE,
        "1614265330",
        SIGNATURE,
    )


@pytest.mark.parametrize(
    ("message", "at", "body"),
    [("msg_x", AT, BODY), (MESSAGE, datetime.fromtimestamp(1614265331, UTC), BODY), (MESSAGE, AT, BODY + b" ")],
)
def test_another_message_time_or_body_has_another_signature(message: str, at: datetime, body: bytes) -> None:
    assert sign(SECRET, message, at, body) != SIGNATURE


def test_every_secret_is_new_and_has_32_bytes() -> None:
    assert new_secret() != new_secret()
    assert len(new_secret()) == len("whsec_") + 44


def test_pauses_grow_and_come_to_an_end() -> None:
    tries = [next_try(AT, failures) for failures in range(1, len(message_rules().retry_after_s) + 2)]
    pauses = [(at - AT).total_seconds() for at in tries if at]
    assert pauses == sorted(pauses)
    assert tries[-1] is None
