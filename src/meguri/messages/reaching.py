"""Ways out of this installation: where webhooks may go, and the mail server."""

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from urllib.parse import unquote, urlsplit

from meguri.jobs.outbound import Reach, origin_of
from meguri.kernel import clock
from meguri.messages.model import Letter
from meguri.storage.installation import Installation

_TIMEOUT_S = 20
_PORTS = {"smtp": 587, "smtps": 465}


class MailRefused(Exception):
    """The mail server will never take this letter: no such address, say."""


def reach_of(installation: Installation) -> Reach:
    """Where webhooks may go besides public https addresses."""
    return Reach(
        origins=frozenset(origin_of(peer) for peer in installation.loopback_peers), anywhere=installation.anywhere
    )


def send_letter(installation: Installation, letter: Letter) -> None:
    """Hands one letter to the mail server; blocks for seconds, so it is called in a thread.

    Raises MailRefused, and OSError or smtplib.SMTPException when it is worth trying again.
    """
    server = urlsplit(installation.smtp_url or "")
    port = server.port or _PORTS[server.scheme]
    host = server.hostname or ""
    secured = ssl.create_default_context()
    connect = (
        smtplib.SMTP_SSL(host, port, timeout=_TIMEOUT_S, context=secured)
        if server.scheme == "smtps"
        else smtplib.SMTP(host, port, timeout=_TIMEOUT_S)
    )
    with connect as smtp:
        if server.scheme == "smtp" and smtp.has_extn("starttls"):
            smtp.starttls(context=secured)
        if server.username:
            smtp.login(unquote(server.username), unquote(server.password or ""))
        try:
            smtp.send_message(message_of(installation, letter))
        except (smtplib.SMTPRecipientsRefused, smtplib.SMTPSenderRefused, smtplib.SMTPDataError) as error:
            if _for_good(error):
                raise MailRefused(str(error)) from error
            raise


def message_of(installation: Installation, letter: Letter) -> EmailMessage:
    """The letter in the form of RFC 5322. Line breaks within a subject are no way to add headers."""
    message = EmailMessage()
    message["From"] = installation.mail_from or f"meguri@{urlsplit(installation.origin).hostname}"
    message["To"] = letter.recipient
    message["Subject"] = " ".join(letter.subject.split())
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = make_msgid(domain=urlsplit(installation.origin).hostname or "meguri")
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.body)
    return message


def _for_good(error: smtplib.SMTPException) -> bool:
    """Whether the server said 5xx: trying again changes nothing (RFC 5321 §4.2.1)."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return all(code >= 500 for code, _ in error.recipients.values())
    code = getattr(error, "smtp_code", 0)
    return isinstance(code, int) and code >= 500
