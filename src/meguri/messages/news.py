"""From a notification to a webhook's body and to the words of a letter (pure)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from meguri.identity.model import MailedNotice
from meguri.kernel import clock
from meguri.kernel.text import Language
from meguri.messages.model import Letter
from meguri.operators.catalogue import notification_rules
from meguri.operators.disclosure import hrefs_of
from meguri.operators.model import Notification
from meguri.ui.words import say


def body_of(told: Notification) -> str:
    """The webhook's body: ids only, for its way may be long; whoever may read more asks the API with them."""
    return msgspec.json.encode(
        {
            "type": told.type,
            "timestamp": clock.millis_z(told.notified_at),
            "data": {
                "notification_id": told.notification_id,
                "family": told.family,
                "from_operator_id": told.from_operator_id,
                "trade_id": told.trade_id,
                "request_id": told.request_id,
                "downstream_operator_id": told.downstream_operator_id,
                "upstream_operator_id": told.upstream_operator_id,
                "downstream_trace_id": told.downstream_trace_id,
                "upstream_trace_id": told.upstream_trace_id,
            },
        }
    ).decode()


def test_body(message_id: UUID) -> str:
    """The body of a message that only tests the way."""
    said = {"type": "TEST", "timestamp": clock.millis_z(clock.now()), "data": {"message_id": message_id}}
    return msgspec.json.encode(said).decode()


def letter_of(
    told: Notification, names: Mapping[UUID, str], recipient: str, person: str, language: Language, origin: str
) -> Letter:
    """One piece of news that matters at once, with the page of what it is about (the list of news where it has none)."""
    kind = notification_rules().types[told.type].name.of(language)
    company = names.get(told.from_operator_id, "")
    return Letter(
        recipient=recipient,
        what=f"news:{told.notification_id}",
        subject=say("messages.letter.subject", language, company=company, kind=kind),
        body=say(
            "messages.letter.body",
            language,
            person=person,
            company=company,
            kind=kind,
            link=f"{origin}{hrefs_of([told]).get(told.notification_id, '/notifications')}",
            settings=f"{origin}/account/mail",
        ),
    )


def digest_of(
    news: Sequence[Notification],
    names: Mapping[UUID, str],
    recipient: str,
    person: str,
    language: Language,
    origin: str,
    day: str,
) -> Letter:
    """The day's news in one letter: how often what came from whom."""
    types = notification_rules().types
    counts: dict[tuple[str, UUID], int] = {}
    for told in news:
        key = (told.type, told.from_operator_id)
        counts[key] = counts.get(key, 0) + 1
    lines = "\n".join(
        say(
            "messages.digest.line",
            language,
            kind=types[kind].name.of(language),
            company=names.get(company, ""),
            n=n,
        )
        for (kind, company), n in counts.items()
    )
    return Letter(
        recipient=recipient,
        what=f"digest:{day}",
        subject=say("messages.digest.subject", language, n=len(news)),
        body=say(
            "messages.digest.body",
            language,
            person=person,
            lines=lines,
            link=f"{origin}/",
            settings=f"{origin}/account/mail",
        ),
    )


def account_letter(notice: MailedNotice, language: Language, origin: str) -> Letter:
    """What has happened to somebody's own account. No link that acts: only where to look, after signing in."""
    what = say(f"identity.notice.{notice.kind}", language)
    return Letter(
        recipient=notice.email,
        what=f"account:{notice.notice_id}",
        subject=say("messages.account.subject", language, what=what),
        body=say(
            "messages.account.body",
            language,
            person=notice.name,
            what=what,
            at=f"{notice.at:%Y-%m-%d %H:%M} UTC",
            place=" ".join(filter(None, (notice.client_address, notice.device))) or "—",
            link=f"{origin}/account",
        ),
    )
