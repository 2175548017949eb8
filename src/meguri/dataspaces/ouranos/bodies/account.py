"""Bodies of `/auth/*` and `/api/v1/systemAuth/*`."""

from typing import ClassVar

from meguri.dataspaces.ouranos import atoms
from meguri.dataspaces.ouranos.atoms import Atom, Invalid
from meguri.dataspaces.ouranos.bodies.base import Password, Wire
from meguri.dataspaces.ouranos.gojson import Body


class Login(Wire):
    """Account and password."""

    go: ClassVar[str] = "input.LoginParam"
    operator_account_id: str | None = None
    account_password: str | None = None


class Refresh(Wire):
    """A refresh token."""

    go: ClassVar[str] = "input.RefreshParam"
    refresh_token: str | None = None


class Change(Wire):
    """A new password."""

    go: ClassVar[str] = "input.ChangePasswordParam"
    new_password: Password | None = None


class VerifyToken(Wire):
    """A token that another system wants to know about."""

    go: ClassVar[str] = "input.VerifyTokenParam"
    id_token: str | None = None


class VerifyApiKey(Wire):
    """A key and an address that another system wants to know about."""

    go: ClassVar[str] = "input.VerifyAPIKeyParam"
    ip_address: str | None = None
    api_key: str | None = None


LOGIN = Body(Login)
REFRESH = Body(Refresh)
CHANGE = Body(Change)
VERIFY_TOKEN = Body(VerifyToken)
VERIFY_API_KEY = Body(VerifyApiKey)


def _check(**rules: Atom) -> None:
    if broken := atoms.objerr(rules):
        raise Invalid(broken)


def check_login(raw: Login | None) -> tuple[str, str]:
    """Account and password. Raises Invalid."""
    given = raw or Login()
    account, password = given.operator_account_id or "", given.account_password or ""
    _check(operatorAccountId=atoms.email(account), accountPassword=atoms.required(password))
    return account, password


def check_refresh(raw: Refresh | None) -> str:
    """The refresh token. Raises Invalid."""
    token = (raw or Refresh()).refresh_token or ""
    _check(refreshToken=atoms.required(token))
    return token


def check_change(raw: Change | None) -> str:
    """The new password. Raises Invalid."""
    password = (raw or Change()).new_password or ""
    _check(newPassword=atoms.password(password))
    return password


def check_token(raw: VerifyToken | None) -> str:
    """The token to look at. Raises Invalid."""
    token = (raw or VerifyToken()).id_token or ""
    _check(idToken=atoms.required(token))
    return token


def check_api_key(raw: VerifyApiKey | None) -> tuple[str, str]:
    """Key and address to look at. Raises Invalid."""
    given = raw or VerifyApiKey()
    key, address = given.api_key or "", given.ip_address or ""
    _check(apiKey=atoms.required(key), ipAddress=atoms.required(address))
    return key, address
