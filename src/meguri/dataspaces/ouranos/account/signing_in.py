"""`/auth/*`."""

import msgspec

from meguri.dataspaces.ouranos.bodies.account import CHANGE, LOGIN, REFRESH, check_change, check_login, check_refresh
from meguri.dataspaces.ouranos.call import Answer, Call
from meguri.dataspaces.ouranos.house import House


class _Both(msgspec.Struct, frozen=True, rename="camel"):
    access_token: str
    refresh_token: str


class _Access(msgspec.Struct, frozen=True, rename="camel"):
    access_token: str


async def login(call: Call, house: House) -> Answer:
    """Account and password for tokens."""
    raw = await call.json(LOGIN)
    account, password = check_login(raw)
    tokens = await house.door.sign_in(account, password, call.client)
    return Answer(201, msgspec.json.encode(_Both(tokens.access_token, tokens.refresh_token or "")))


async def refresh(call: Call, house: House) -> Answer:
    """A refresh token, which goes on, for an access token."""
    raw = await call.json(REFRESH)
    tokens = await house.door.refresh(check_refresh(raw))
    return Answer(201, msgspec.json.encode(_Access(tokens.access_token)))


async def change(call: Call, house: House) -> Answer:
    """A new password."""
    raw = await call.json(CHANGE)
    await house.door.change_password(call.me, check_change(raw))
    return Answer(201, b"{}")
