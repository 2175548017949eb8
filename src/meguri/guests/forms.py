"""The form that asks a supplier without an account, for every room that asks one; and the page that shows its link."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response
from litestar.connection import Request

from meguri.guests.model import Invite, NewGuestLink
from meguri.kernel.errors import Refusal
from meguri.kernel.text import Language
from meguri.traceability.forms import text
from meguri.traceability.model import Part
from meguri.ui import page
from meguri.ui.parts import Choice
from meguri.ui.words import say

AnyRequest = Request[Any, Any, Any]
FIELDS = ("company", "email", "contact", "message", "due", "language")


class InvitePage(msgspec.Struct, frozen=True, kw_only=True):
    """`invite.html`. `wanted`: what is asked for, `footprint` or `diligence`; `action`: where the form goes.

    templates  questionnaires to choose from; materials to ask about: both of due diligence alone
    """

    part: Part
    action: str
    wanted: str
    given: Mapping[str, str]
    errors: dict[str, str]
    templates: list[Choice] = []
    materials: list[Choice] = []


class LinkPage(msgspec.Struct, frozen=True, kw_only=True):
    """`guest_link.html`: a link just made, shown this once."""

    made: NewGuestLink
    address: str
    email: str


def typed(form: Mapping[str, Any]) -> dict[str, str]:
    """What was typed."""
    return {name: text(form, name) for name in FIELDS}


def invite_of(given: Mapping[str, str], trace_id: UUID, language: Language) -> tuple[Invite | None, dict[str, str]]:
    """The invitation, or what is wrong beside each field."""
    due, wrong = None, _missing(given, language)
    try:
        due = date.fromisoformat(given["due"]) if given["due"] else None
    except ValueError:
        wrong["due"] = say("guests.invite.wrong_due", language)
    if wrong:
        return None, wrong
    return Invite(
        downstream_trace_id=trace_id,
        company=given["company"],
        email=given["email"],
        contact=given["contact"],
        message=given["message"] or None,
        due_date=due,
        language="en" if given["language"] == "en" else "ja",
    ), {}


def refused(refusal: Refusal, language: Language) -> dict[str, str]:
    """A refusal beside the fields that it names, or beside the address."""
    return {e.field: e.of(language) for e in refusal.fields} or {"email": refusal.sentence(language)}


def link_page(request: AnyRequest, made: NewGuestLink, email: str = "") -> Response[str]:
    """The link, this once."""
    base = request.app.state.get("public_url") or str(request.base_url).rstrip("/")
    return page(request, "guest_link.html", LinkPage(made=made, address=f"{base}{made.path}", email=email))


def _missing(given: Mapping[str, str], language: Language) -> dict[str, str]:
    return {
        name: say(f"guests.invite.wrong_{name}", language)
        for name, most in (("company", 256), ("email", 254))
        if not 1 <= len(given[name]) <= most
    }
