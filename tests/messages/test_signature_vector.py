"""The signature of a webhook is the one that the scheme's own libraries make."""

from datetime import UTC, datetime

from meguri.messages.signature import headers


def test_the_published_example_of_standard_webhooks_is_signed_alike() -> None:
    """Secret, message and signature as the scheme's reference libraries have them in their tests."""
    made = headers(
        "whsec_plJ3nmyCDGBKInavdOK15jsl",
        "msg_loFOjxBNrRLzqYUf",
        datetime.fromtimestamp(1731705121, UTC),
        b'{"event_type":"ping","data":{"success":true}}',
    )
    assert made["webhook-signature"] == "v1,rAvfW3dJ/X/qxhsaXPOyyCGmRKsaKWcsNccKXlIktD0="
    assert (made["webhook-id"], made["webhook-timestamp"]) == ("msg_loFOjxBNrRLzqYUf", "1731705121")
