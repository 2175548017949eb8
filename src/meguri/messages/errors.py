"""How messages say no."""

from meguri.kernel.errors import Conflict, Invalid, NotFound
from meguri.kernel.text import Text


class WebhookNotFound(NotFound):
    """No such webhook of this company."""

    code = "messages.webhook_not_found"
    say = Text(ja="指定した Webhook は登録されていません。", en="There is no such webhook.")


class DeliveryNotFound(NotFound):
    """No such message of this company."""

    code = "messages.delivery_not_found"
    say = Text(ja="指定した配信は見つかりません。", en="There is no such delivery.")


class BadWebhookAddress(Invalid):
    """The address can't be called from here."""

    code = "messages.webhook_address"
    say = Text(
        ja="この URL には送信できません。インターネットから届く https の URL を指定してください。",
        en="Nothing can be sent to this URL. Please give an https address that is reachable from the internet.",
    )


class UnknownType(Invalid):
    """A notification type that does not exist."""

    code = "messages.unknown_type"
    say = Text(
        ja="通知の種類「{type}」はありません。使えるのは次の種類です: {known}",
        en="There is no notification type “{type}”. The types are: {known}",
    )


class TooManyWebhooks(Conflict):
    """The company has as many webhooks as it may."""

    code = "messages.too_many_webhooks"
    say = Text(
        ja="Webhook は {most} 件まで登録できます。使っていないものを削除してください。",
        en="A company may have {most} webhooks. Please remove one that is not used.",
    )


class DeliveryNotDead(Conflict):
    """Only what was put aside can be sent again by hand."""

    code = "messages.delivery_not_dead"
    say = Text(
        ja="この配信は送信済み、または再送待ちです。",
        en="This delivery was sent, or is still being tried.",
    )
