"""Pages of webhooks, their deliveries, and what a person wants by mail."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.connection import Request

from meguri.kernel.errors import NotFound, Refusal
from meguri.kernel.ids import parse_uuid
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language
from meguri.messages import service
from meguri.messages.model import Delivery, DeliveryState, MailWish, Webhook, WebhookInput
from meguri.operators.catalogue import notification_rules
from meguri.storage.transaction import Transaction
from meguri.ui import Flash, done, page
from meguri.ui.parts import Choice
from meguri.ui.viewer import viewer_of
from meguri.ui.words import say
from meguri.web import Asking, FromPath, FromQuery, Unit, UnitOfWork, admin, freshly_proved, signed_in

AnyRequest = Request[Any, Any, Any]
PER_PAGE = 50


class WebhooksPage(msgspec.Struct, frozen=True, kw_only=True):
    """`webhooks.html`. `secret`: of the one just registered, shown this once."""

    webhooks: list[Webhook]
    types: list[Choice]
    deliveries: list[Delivery]
    addresses: dict[UUID, str]
    only_dead: bool
    next_cursor: str | None
    secret: str | None = None
    given: WebhookInput | None = None
    errors: dict[str, str] = {}


class MailPage(msgspec.Struct, frozen=True, kw_only=True):
    """`mail.html`. `working`: whether this installation can send mail at all."""

    email: str
    wish: MailWish
    working: bool


def _types(language: Language) -> list[Choice]:
    return [Choice(code, kind.name.of(language)) for code, kind in notification_rules().types.items()]


async def _page(
    request: AnyRequest,
    unit: UnitOfWork,
    *,
    cursor: str | None = None,
    only_dead: bool = False,
    secret: str | None = None,
    given: WebhookInput | None = None,
    errors: dict[str, str] | None = None,
) -> Response[str]:
    after = parse_uuid(cursor) if cursor else None
    if cursor and after is None:
        raise NotFound

    async def read(tx: Transaction, scope: OperatorScope) -> tuple[list[Webhook], list[Delivery]]:
        state = DeliveryState.DEAD if only_dead else None
        return await service.webhooks(tx, scope), await service.deliveries(tx, scope, state, after, PER_PAGE + 1)

    webhooks, found = await unit(read)
    shown = found[:PER_PAGE]
    context = WebhooksPage(
        webhooks=[one for one in webhooks if one.ended_at is None or one.ended_why == "gone"],
        types=_types(viewer_of(request).language),
        deliveries=shown,
        addresses={one.webhook_id: one.url for one in webhooks},
        only_dead=only_dead,
        next_cursor=str(shown[-1].delivery_id) if len(found) > PER_PAGE else None,
        secret=secret,
        given=given,
        errors=errors or {},
    )
    return page(request, "webhooks.html", context, status_code=422 if errors else 200)


@get("/keys/webhooks", guards=[admin], include_in_schema=False)
async def webhooks(
    request: AnyRequest, unit: Unit, cursor: FromQuery[str | None] = None, dead: FromQuery[bool] = False
) -> Response[str]:
    """The addresses, and how messages to them fare."""
    return await _page(request, unit, cursor=cursor, only_dead=dead)


@post("/keys/webhooks", guards=[freshly_proved], status_code=200, include_in_schema=False)
async def add(request: AnyRequest, unit: Unit) -> Response[str]:
    """Registers one and shows its secret, or the form again."""
    form = await request.form()
    types = tuple(str(kind) for kind in form.getall("types", []))
    given = WebhookInput(
        url=str(form.get("url", "")).strip(), description=str(form.get("description", ""))[:200], types=types
    )
    try:
        made = await unit(service.add_webhook, given)
    except Refusal as refusal:
        language = viewer_of(request).language
        wrong = {e.field: e.of(language) for e in refusal.fields} or {"url": refusal.sentence(language)}
        return await _page(request, unit, given=given, errors=wrong)
    return await _page(request, unit, secret=made.secret)


@post("/keys/webhooks/{webhook_id:uuid}/remove", guards=[admin], status_code=200, include_in_schema=False)
async def remove(request: AnyRequest, unit: Unit, webhook_id: FromPath[UUID]) -> Response[Any]:
    """Ends one."""
    await unit(service.remove_webhook, webhook_id)
    return done(
        request, "/keys/webhooks", Flash(happened=say("messages.webhooks.removed", viewer_of(request).language))
    )


@post("/keys/webhooks/{webhook_id:uuid}/test", guards=[admin], status_code=200, include_in_schema=False)
async def test(request: AnyRequest, unit: Unit, webhook_id: FromPath[UUID]) -> Response[Any]:
    """Sends a test message."""
    await unit(service.send_test, webhook_id)
    return done(request, "/keys/webhooks", Flash(happened=say("messages.webhooks.tested", viewer_of(request).language)))


@post("/keys/webhooks/deliveries/{delivery_id:uuid}/again", guards=[admin], status_code=200, include_in_schema=False)
async def again(request: AnyRequest, unit: Unit, delivery_id: FromPath[UUID]) -> Response[Any]:
    """Tries a message again that was put aside."""
    await unit(service.send_again, delivery_id)
    return done(
        request, "/keys/webhooks", Flash(happened=say("messages.webhooks.revived", viewer_of(request).language))
    )


@get("/account/mail", guards=[signed_in], include_in_schema=False)
async def mail(request: AnyRequest, principal: Asking, unit: Unit) -> Response[str]:
    """What the reader wants by mail."""
    scope = principal.proved
    wish = await unit(service.mail_wish, scope.person_id) if scope.person_id else MailWish()
    working = unit.db.installation.smtp_url is not None
    return page(request, "mail.html", MailPage(email=principal.email or "", wish=wish, working=working))


@post("/account/mail", guards=[signed_in], status_code=200, include_in_schema=False)
async def save_mail(request: AnyRequest, principal: Asking, unit: Unit) -> Response[Any]:
    """Keeps it."""
    form = await request.form()
    try:
        said = msgspec.convert({"wish": form.get("wish"), "language": form.get("language")}, MailWish)
    except msgspec.ValidationError:
        raise NotFound from None
    person = principal.proved.person_id
    if person is None:
        raise NotFound
    await unit(service.wish_mail, person, said)
    return done(request, "/account/mail", Flash(happened=say("messages.mail.saved", viewer_of(request).language)))


handlers = [webhooks, add, remove, test, again, mail, save_mail]
