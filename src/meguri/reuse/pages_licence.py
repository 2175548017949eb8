"""The page of a recycler's licence: registered here, checked by the platform's operator, and how that stands."""

from typing import Any

import msgspec
from litestar import Request, Response, get, post

from meguri.reuse import views
from meguri.reuse.pages_common import HTML, fields_of, may_edit
from meguri.reuse.records import KeptLicence, Licence
from meguri.reuse.service import licences
from meguri.ui import Flash, done, page, viewer_of
from meguri.ui.words import say
from meguri.web import Unit, editor, signed_in

AnyRequest = Request[Any, Any, Any]
_PLACE = "/reuse/licence"
BADGES = {"checked": "ok", "waiting": "waiting", "refused": "stop"}
"""Which badge a licence wears."""


class LicencePage(msgspec.Struct, frozen=True, kw_only=True):
    """`licence.html`."""

    licence: KeptLicence | None
    kind: str
    may_edit: bool
    given: views.Typed
    errors: views.Typed


async def _page(request: AnyRequest, unit: Unit, given: dict[str, str], errors: dict[str, str]) -> Response[str]:
    found = await unit(licences.own)
    stands = (
        {"number": found.number, "authority": found.authority, "valid_until": f"{found.valid_until}"} if found else {}
    )
    context = LicencePage(
        licence=found,
        kind=BADGES[found.state] if found else "",
        may_edit=may_edit(request),
        given=views.Typed(stands | given),
        errors=views.Typed(errors),
    )
    return page(request, "licence.html", context, status_code=422 if errors else 200)


@get(_PLACE, guards=[signed_in], include_in_schema=False)
async def licence(request: AnyRequest, unit: Unit) -> Response[str]:
    """The company's licence."""
    return await _page(request, unit, {}, {})


@post(_PLACE, guards=[editor], status_code=200, include_in_schema=False)
async def register(request: AnyRequest, unit: Unit) -> HTML:
    """Registers it; what changed is checked anew."""
    form = {name: value for name, value in (await request.form()).items() if isinstance(value, str)}
    fields = fields_of(request, form)
    number, authority = fields.text("number", needed=True)[:100], fields.text("authority", needed=True)[:200]
    until = fields.day("valid_until", needed=True)
    if fields.errors or until is None:
        return await _page(request, unit, form, fields.errors)
    await unit(licences.register, Licence(number=number, authority=authority, valid_until=until))
    return done(request, _PLACE, Flash(happened=say("reuse.licence.registered", viewer_of(request).language)))


handlers = [licence, register]
