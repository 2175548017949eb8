"""What a company was told reaches its webhooks: signed, once, tried again, and put aside when nobody answers."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.chain import Company, company
from tests.messages.conftest import Receiver

from meguri.kernel.clock import fixed_clock
from meguri.kernel.errors import Forbidden
from meguri.kernel.scope import OperatorScope, Role
from meguri.messages import jobs, service
from meguri.messages.errors import (
    BadWebhookAddress,
    DeliveryNotDead,
    DeliveryNotFound,
    TooManyWebhooks,
    UnknownType,
    WebhookNotFound,
)
from meguri.messages.model import DeliveryState, WebhookInput
from meguri.messages.rules import message_rules
from meguri.storage.database import Database

Deferred = list[tuple[str, dict[str, Any], datetime | None]]


async def asked(post: Database) -> tuple[Company, Company]:
    a, b = await company(post, "A社"), await company(post, "B社")
    await a.part("P", [("bought", 1)])
    await a.ask(b, "bought")
    return a, b


async def deliver(post: Database, deferred: Deferred) -> None:
    """What a worker does with the messages that wait, once."""
    waiting, deferred[:] = [one for one in deferred if one[0] == "messages.deliver"], []
    for _, args, _ in waiting:
        await jobs.deliver(post, **args)


def checked(secret: str, headers: dict[str, str], body: bytes) -> Any:
    """What a receiver does, written apart from the sender."""
    key = base64.b64decode(secret.split("_", 1)[1])
    content = b".".join([headers["webhook-id"].encode(), headers["webhook-timestamp"].encode(), body])
    expected = base64.b64encode(hmac.new(key, content, "sha256").digest()).decode()
    assert hmac.compare_digest(headers["webhook-signature"], "v1," + expected)
    return json.loads(body)


async def test_a_new_request_arrives_signed_and_once(post: Database, receiver: Receiver, deferred: Deferred) -> None:
    b = await company(post, "B社")
    url = f"http://127.0.0.1:{receiver.port}/in"
    made = await b.run(service.add_webhook, WebhookInput(url=url))
    a = await company(post, "A社")
    await a.part("P", [("bought", 1)])
    trade = await a.ask(b, "bought")
    await jobs.hand_over(post)
    await jobs.hand_over(post)
    await deliver(post, deferred)
    ((headers, body),) = receiver.got
    said = checked(made.secret, headers, body)
    assert said["type"] == "REQUEST_NEW"
    assert said["data"]["request_id"] == str(trade.request_id)
    assert "P" not in said["data"].values()
    (one,) = await b.run(service.deliveries)
    assert (one.state, one.attempts, one.last_status) == (DeliveryState.SENT, 1, 200)
    assert await a.run(service.deliveries) == []


async def test_only_the_types_wanted_are_sent(post: Database, receiver: Receiver, deferred: Deferred) -> None:
    b = await company(post, "B社")
    url = f"http://127.0.0.1:{receiver.port}/"
    await b.run(service.add_webhook, WebhookInput(url=url, types=("REQUEST_CANCELED",)))
    a = await company(post, "A社")
    await a.part("P", [("bought", 1)])
    trade = await a.ask(b, "bought")
    from meguri.traceability import service as traceability

    await a.run(traceability.cancel, trade.request_id)
    await jobs.hand_over(post)
    await deliver(post, deferred)
    assert [json.loads(body)["type"] for _, body in receiver.got] == ["REQUEST_CANCELED"]


async def test_a_failure_is_tried_again_with_the_same_id_and_in_the_end_put_aside(
    post: Database, receiver: Receiver, deferred: Deferred
) -> None:
    b = await company(post, "B社")
    receiver.statuses = [503]
    made = await b.run(service.add_webhook, WebhookInput(url=f"http://127.0.0.1:{receiver.port}/"))
    await b.run(service.send_test, made.webhook_id)
    pauses = message_rules().retry_after_s
    for pause in pauses:
        before = datetime.now(UTC)
        await deliver(post, deferred)
        ((task, _, run_at),) = deferred
        assert task == "messages.deliver"
        assert run_at
        assert timedelta(seconds=pause) <= run_at - before < timedelta(seconds=pause + 5)
    await deliver(post, deferred)
    assert deferred == []
    (one,) = await b.run(service.deliveries)
    assert (one.state, one.attempts, one.last_status) == (DeliveryState.DEAD, len(pauses) + 1, 503)
    assert len({headers["webhook-id"] for headers, _ in receiver.got}) == 1
    receiver.statuses = [204]
    await b.run(service.send_again, one.delivery_id)
    await deliver(post, deferred)
    (one,) = await b.run(service.deliveries)
    assert one.state is DeliveryState.SENT
    with pytest.raises(DeliveryNotDead):
        await b.run(service.send_again, one.delivery_id)


async def test_a_receiver_that_is_gone_is_not_called_again(
    post: Database, receiver: Receiver, deferred: Deferred
) -> None:
    b = await company(post, "B社")
    receiver.statuses = [410]
    made = await b.run(service.add_webhook, WebhookInput(url=f"http://127.0.0.1:{receiver.port}/"))
    await b.run(service.send_test, made.webhook_id)
    await deliver(post, deferred)
    (webhook,) = await b.run(service.webhooks)
    assert webhook.ended_why == "gone"
    with pytest.raises(WebhookNotFound):
        await b.run(service.send_test, made.webhook_id)
    assert deferred == []


async def test_a_redirect_is_a_failure_and_is_not_followed(
    post: Database, receiver: Receiver, deferred: Deferred
) -> None:
    b = await company(post, "B社")
    receiver.statuses = [302]
    made = await b.run(service.add_webhook, WebhookInput(url=f"http://127.0.0.1:{receiver.port}/"))
    await b.run(service.send_test, made.webhook_id)
    await deliver(post, deferred)
    assert len(receiver.got) == 1
    assert (await b.run(service.deliveries))[0].state is DeliveryState.PENDING


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.1.2.3/x",
        "https://169.254.169.254/latest",
        "ftp://example.com/",
        "https://user:word@example.com/",
        "javascript:alert(1)",
        "nonsense",
    ],
)
async def test_addresses_that_reach_inside_are_refused(post: Database, url: str) -> None:
    b = await company(post, "B社")
    with pytest.raises(BadWebhookAddress):
        await b.run(service.add_webhook, WebhookInput(url=url))
    assert await b.run(service.webhooks) == []


async def test_unknown_types_and_too_many_webhooks_are_refused(post: Database) -> None:
    b = await company(post, "B社")
    with pytest.raises(UnknownType):
        await b.run(service.add_webhook, WebhookInput(url="https://example.com/", types=("NO_SUCH",)))
    for _ in range(message_rules().webhooks_per_company):
        await b.run(service.add_webhook, WebhookInput(url="https://example.com/"))
    with pytest.raises(TooManyWebhooks):
        await b.run(service.add_webhook, WebhookInput(url="https://example.com/"))


async def test_another_company_and_an_editor_see_and_do_nothing(post: Database, receiver: Receiver) -> None:
    b, c = await company(post, "B社"), await company(post, "C社")
    made = await b.run(service.add_webhook, WebhookInput(url=f"http://127.0.0.1:{receiver.port}/"))
    await b.run(service.send_test, made.webhook_id)
    (one,) = await b.run(service.deliveries)
    assert await c.run(service.webhooks) == []
    with pytest.raises(WebhookNotFound):
        await c.run(service.remove_webhook, made.webhook_id)
    with pytest.raises(DeliveryNotFound):
        await c.run(service.send_again, one.delivery_id)
    editor = OperatorScope(b.id, "person:x", Role.EDITOR)
    for use_case, *args in ((service.webhooks,), (service.deliveries,), (service.remove_webhook, made.webhook_id)):
        with pytest.raises(Forbidden):
            await post.run(editor, use_case, *args)  # type: ignore[arg-type]


async def test_old_deliveries_are_forgotten_and_waiting_ones_stay(
    post: Database, receiver: Receiver, deferred: Deferred
) -> None:
    b = await company(post, "B社")
    made = await b.run(service.add_webhook, WebhookInput(url=f"http://127.0.0.1:{receiver.port}/"))
    await b.run(service.send_test, made.webhook_id)
    await deliver(post, deferred)
    await b.run(service.send_test, made.webhook_id)
    with fixed_clock(lambda: datetime.now(UTC) + timedelta(days=message_rules().body_kept_days + 1)):
        await jobs.forget(post)
    assert [one.state for one in await b.run(service.deliveries)] == [DeliveryState.PENDING]
