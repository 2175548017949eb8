"""Pages of a company's API keys. Words in, words out."""

from uuid import UUID

import msgspec
from litestar import Response, get, post

from meguri.identity import service
from meguri.identity.errors import BadAddressRange, BadRedirectUri
from meguri.identity.model import KeyView
from meguri.identity.pages import HTML, AnyRequest, language_of, sent, wrong_fields
from meguri.kernel.errors import Invalid
from meguri.kernel.scope import Role
from meguri.ui import Flash, Place, done, page
from meguri.ui.words import say
from meguri.web import Asking, Db, FromPath, admin, freshly_proved

places = (Place("keys", "/keys", needs=Role.ADMIN),)
_MOST = 1000


class KeyForm(msgspec.Struct, frozen=True, kw_only=True):
    """What was typed; one address range a line, and one address to return to."""

    name: str = ""
    role: str = Role.EDITOR
    address_ranges: str = ""
    redirect_uris: str = ""


class KeysPage(msgspec.Struct, frozen=True, kw_only=True):
    """The keys, and the form for a new one. `address`: from where the reader comes now."""

    keys: list[KeyView]
    address: str
    given: KeyForm = KeyForm()
    errors: dict[str, str] = {}


class NewKeyPage(msgspec.Struct, frozen=True, kw_only=True):
    """A key just made; its secret is shown this once."""

    name: str
    secret: str
    key_id: UUID
    signs_in: bool


async def _keys(
    db: Db, principal: Asking, given: KeyForm | None = None, errors: dict[str, str] | None = None
) -> KeysPage:
    return KeysPage(
        keys=await service.list_api_keys(db, principal.proved, None, _MOST),
        address=principal.client_address,
        given=given or KeyForm(),
        errors=errors or {},
    )


@get("/keys", guards=[admin], include_in_schema=False)
async def keys(request: AnyRequest, principal: Asking, db: Db) -> Response[str]:
    """The list."""
    return page(request, "keys.html", await _keys(db, principal))


@post("/keys", guards=[freshly_proved], status_code=200, include_in_schema=False)
async def create(request: AnyRequest, principal: Asking, db: Db) -> Response[str]:
    """Make a key and show its secret, or the form again."""
    form = await sent(request)
    given = KeyForm(**{name: form.get(name, "") for name in KeyForm.__struct_fields__})
    ranges = given.address_ranges.replace(",", " ").split()
    try:
        returns = given.redirect_uris.split()
        made = await service.create_api_key(db, principal.proved, given.name, Role(given.role), ranges, returns)
    except ValueError:
        errors = {"role": say("identity.people.role_missing", language_of(request))}
    except BadRedirectUri as refusal:
        errors = wrong_fields(request, refusal, "redirect_uris")
    except (BadAddressRange, Invalid) as refusal:
        errors = wrong_fields(request, refusal, "address_ranges")
    else:
        shown = NewKeyPage(name=given.name, secret=made.secret, key_id=made.key_id, signs_in=bool(returns))
        return page(request, "new_key.html", shown)
    return page(request, "keys.html", await _keys(db, principal, given, errors), status_code=422)


@post("/keys/{key_id:uuid}/revoke", guards=[admin], status_code=200, include_in_schema=False)
async def revoke(request: AnyRequest, key_id: FromPath[UUID], principal: Asking, db: Db) -> HTML:
    """End a key."""
    await service.revoke_api_key(db, principal.proved, key_id)
    return done(request, "/keys", Flash(happened=say("identity.keys.revoked", language_of(request))))


handlers = [keys, create, revoke]
