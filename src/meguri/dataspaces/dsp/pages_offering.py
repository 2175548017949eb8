"""The page on which data are offered: what, about which thing, to whom, under which conditions. Words in, words out."""

from datetime import UTC, date, datetime, time
from typing import Any

import msgspec
from litestar import Request, Response, get, post

from meguri.dataspaces.dsp import offering, store
from meguri.dataspaces.dsp.kinds import KINDS, About
from meguri.dataspaces.dsp.model import Partner
from meguri.dataspaces.dsp.offering import Terms
from meguri.dataspaces.dsp.pages import HOME, levels, sent
from meguri.dataspaces.dsp.policy import PURPOSES
from meguri.kernel import clock
from meguri.kernel.errors import Refusal
from meguri.kernel.scope import OperatorScope
from meguri.reuse.service import certificates
from meguri.storage import Transaction
from meguri.traceability import service as traceability
from meguri.ui import Flash, done, page, viewer_of
from meguri.ui.formats import JST
from meguri.ui.parts import Choice
from meguri.ui.words import say
from meguri.web import FromQuery, Unit, editor

AnyRequest = Request[Any, Any, Any]
_MOST = 100


class GivenOffer(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed into the form of an offer. `subject`: what it is about, as the kind demands."""

    kind: str = "cfp-result"
    subject: str = ""
    partner: str = ""
    purpose: str = ""
    until: str = ""
    calls: str = ""
    proof: str = "self_declared"


class OfferPage(msgspec.Struct, frozen=True, kw_only=True):
    """`offer.html`. `about`: which kind of thing is to be named; `subjects`: those to choose from."""

    about: str
    kinds: list[str]
    subjects: list[Choice]
    partners: list[Choice]
    purposes: list[str]
    levels: list[Choice]
    given: GivenOffer
    errors: dict[str, str]


async def _subjects(tx: Transaction, scope: OperatorScope, about: About) -> list[Choice]:
    if about is About.PART:
        parts, _ = await traceability.parts_page(tx, scope, limit=_MOST)
        return [Choice(str(one.trace_id), one.name) for one in parts]
    if about is About.DIAGNOSIS:
        found = (await certificates.page(tx, scope, limit=_MOST)).items
        valid = [one for one in found if one.state == "valid" and one.valid_until > clock.now()]
        return [
            Choice(str(one.certificate_id), f"{one.contents.model} {one.contents.serial} ({one.contents.grade.value})")
            for one in valid
        ]
    return []


async def _offer_page(request: AnyRequest, unit: Unit, given: GivenOffer, errors: dict[str, str]) -> Response[str]:
    kind = KINDS.get(given.kind, KINDS["cfp-result"])
    given = msgspec.structs.replace(given, kind=kind.key, purpose=given.purpose or kind.purpose)

    async def read(tx: Transaction, scope: OperatorScope) -> tuple[list[Choice], list[Partner]]:
        return await _subjects(tx, scope, kind.about), await store.partners(tx, scope)

    subjects, partners = await unit(read)
    context = OfferPage(
        about=str(kind.about),
        kinds=list(KINDS),
        subjects=subjects,
        partners=[Choice(one.did, f"{one.name} ({one.did})") for one in partners if not one.blocked],
        purposes=list(PURPOSES),
        levels=levels(viewer_of(request).language),
        given=given,
        errors=errors,
    )
    return page(request, "dataspaces/offer.html", context, status_code=422 if errors else 200)


@get(f"{HOME}/offer", guards=[editor], include_in_schema=False)
async def offer_form(request: AnyRequest, unit: Unit, kind: FromQuery[str] = "") -> Response[str]:
    """Choose what to offer."""
    return await _offer_page(request, unit, GivenOffer(kind=kind), {})


@post(f"{HOME}/offer", guards=[editor], status_code=200, include_in_schema=False)
async def offer(request: AnyRequest, unit: Unit) -> Response[Any]:
    """Offer it, or say what is wrong."""
    form = await sent(request)
    given = GivenOffer(**{name: form[name] for name in GivenOffer.__struct_fields__ if name in form})
    errors, terms = _terms(request, given)
    kind = KINDS.get(given.kind)
    if (kind is None or kind.about is not About.COMPANY) and not given.subject.strip():
        errors["subject"] = _say(request, "wrong")
    if not errors:
        try:
            await unit(offering.offer_known, given.kind, given.subject, given.partner, terms)
        except Refusal as refusal:
            if refusal.status >= 500:
                raise
            errors["subject"] = refusal.sentence(viewer_of(request).language)
    if errors:
        return await _offer_page(request, unit, given, errors)
    seen = _say(request, "saved_seen", name=given.partner)
    return done(request, HOME, Flash(happened=_say(request, "saved"), seen_by=seen))


def _say(request: AnyRequest, key: str, **values: object) -> str:
    return say(f"dataspaces.offer.{key}", viewer_of(request).language, **values)


def _terms(request: AnyRequest, given: GivenOffer) -> tuple[dict[str, str], Terms]:
    errors: dict[str, str] = {}
    until: datetime | None = None
    if given.until:
        try:
            until = datetime.combine(date.fromisoformat(given.until), time(23, 59, 59), JST).astimezone(UTC)
        except ValueError:
            errors["until"] = _say(request, "wrong")
        if until is not None and until < clock.now():
            errors["until"] = _say(request, "past")
    calls = given.calls.strip()
    fine = calls.isascii() and calls.isdigit() and len(calls) < 8 and int(calls) > 0
    if calls and not fine:
        errors["calls"] = _say(request, "wrong")
    kind = KINDS.get(given.kind)
    purpose = given.purpose if given.purpose in PURPOSES else kind.purpose if kind else PURPOSES[0]
    most = int(calls) if calls and fine else None
    return errors, Terms(purposes=(purpose,), until=until, most_calls=most, least_proof=given.proof)


handlers = [offer_form, offer]
