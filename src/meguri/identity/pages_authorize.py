"""The page on which a person agrees that a program acts for them (authorization endpoint, RFC 6749 §3.1). Words in, words out."""

from typing import cast

import msgspec
from litestar import Response, get, post

from meguri.identity import service
from meguri.identity.clients import is_challenge, origin_of, with_answer
from meguri.identity.errors import ClientUnknown
from meguri.identity.model import Client
from meguri.identity.pages import HTML, AnyRequest, sent
from meguri.kernel.errors import Forbidden
from meguri.ui import page
from meguri.ui.failures import failure
from meguri.ui.headers import CONTENT_SECURITY_POLICY
from meguri.web import Asking, Db, signed_in

_LONGEST_STATE = 500


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """What the program asked for, as it stands in the address; every sign of it is judged again when it is sent."""

    client_id: str = ""
    redirect_uri: str = ""
    code_challenge: str = ""
    code_challenge_method: str = "S256"
    response_type: str = "code"
    state: str = ""


class AuthorizePage(msgspec.Struct, frozen=True, kw_only=True):
    """Who asks, and for whom. `foreign`: the program is not one of the company for which the reader acts."""

    asked: Asked
    program: str
    email: str
    goes_to: str
    foreign: bool


def _asked(given: dict[str, str]) -> Asked:
    """Raises ClientUnknown for what no program that was told our address would send."""
    asked = Asked(**{name: given[name] for name in Asked.__struct_fields__ if name in given})
    fits = asked.response_type == "code" and asked.code_challenge_method == "S256"
    if not fits or not is_challenge(asked.code_challenge) or len(asked.state) > _LONGEST_STATE:
        raise ClientUnknown
    return asked


@get("/authorize", guards=[signed_in], include_in_schema=False)
async def authorize_page(request: AnyRequest, principal: Asking, db: Db) -> Response[str]:
    """What is asked for; a wrong client or address to return to is told here and nobody is sent there."""
    try:
        asked = _asked(dict(request.query_params))
        client = await service.may_sign_in(db, asked.client_id, asked.redirect_uri)
    except ClientUnknown as refusal:
        return failure(request, refusal)
    origin = origin_of(asked.redirect_uri)
    context = AuthorizePage(
        asked=asked,
        program=client.name,
        email=principal.email,
        goes_to=origin,
        foreign=principal.proved.operator_id not in client.operator_ids,
    )
    answer = page(request, "authorize.html", context)
    # Browsers judge by form-action also where the answer to a form leads them: to this program, and to nobody else.
    policy = CONTENT_SECURITY_POLICY.replace("form-action 'self'", f"form-action 'self' {origin}")
    answer.headers["content-security-policy"] = policy
    return answer


@post("/authorize", guards=[signed_in], status_code=200, include_in_schema=False)
async def authorize(request: AnyRequest, principal: Asking, db: Db) -> HTML:
    """Back to the program: with a code, or with the person's no (RFC 6749 §4.1.2)."""
    if principal.kind != "session":
        raise Forbidden  # a program must not agree in a person's name
    form = await sent(request)
    try:
        asked = _asked(form)
        client: Client = await service.may_sign_in(db, asked.client_id, asked.redirect_uri)
    except ClientUnknown as refusal:
        return failure(request, refusal)
    state = asked.state or None
    if form.get("agreed") != "yes":
        return _back(with_answer(asked.redirect_uri, error="access_denied", state=state))
    code = await service.agree_to_program(db, principal.proved, client, asked.redirect_uri, asked.code_challenge)
    return _back(with_answer(asked.redirect_uri, code=code, state=state))


def _back(to: str) -> Response[None]:
    headers = {"location": to, "cache-control": "no-store", "referrer-policy": "no-referrer"}
    return cast(Response[None], Response(None, status_code=303, headers=headers, media_type="text/plain"))


handlers = [authorize_page, authorize]
