"""The mails to guests (pure)."""

from meguri.guests.model import GuestLink
from meguri.messages.model import Letter
from meguri.storage.database import Database
from meguri.traceability.model import RequestType, Trade
from meguri.ui.formats import day_text
from meguri.ui.words import say


def invitation_letter(link: GuestLink, customer: str, trade: Trade, db: Database, path: str) -> Letter:
    """The request itself, with the link."""
    part = trade.requested_part.name if trade.requested_part else ""
    wording = "letter_dd" if trade.request_type is RequestType.DD else "letter"
    return Letter(
        recipient=link.email,
        what=f"guest:{link.link_id}",
        subject=say(f"guests.{wording}.subject", link.language, customer=customer),
        body=say(
            f"guests.{wording}.body",
            link.language,
            contact=link.contact or link.company,
            customer=customer,
            part=part,
            due=day_text(link.language, trade.due_date)
            if trade.due_date
            else say("guests.letter.no_due", link.language),
            message=trade.message or "",
            link=db.installation.origin + path,
            until=day_text(link.language, link.ends_at.date()),
        ),
    )


def code_letter(link: GuestLink, code: str) -> Letter:
    """The number that proves the address."""
    return Letter(
        recipient=link.email,
        what=f"guest-code:{link.link_id}:{code}",
        subject=say("guests.code.subject", link.language, code=code),
        body=say("guests.code.body", link.language, code=code),
    )
