"""The door kept by our own identity."""

from meguri.identity import service as identity
from meguri.identity.model import ApiKey, RefreshKind, Tokens
from meguri.kernel.scope import OperatorScope
from meguri.storage.database import Database


class IdentityDoor:
    """Keys, tokens and sign-in of this installation; see `ports.Door`."""

    def __init__(self, db: Database) -> None:
        """`db` is the one for which identity's gate was opened."""
        self._db = db

    async def key(self, presented: str, client_address: str) -> ApiKey:
        """What is known of an API key. Raises TooMany past the key's limit."""
        return await identity.check_api_key(self._db, presented, client_address)

    async def scope_of(self, token: str) -> OperatorScope:
        """The right that an access token gives. Raises TokenInvalid and its kin, AccessSuspended."""
        return await identity.scope_of_token(self._db, token)

    async def sign_in(self, account: str, password: str, client_address: str) -> Tokens:
        """Access token and a refresh token that does not rotate. Raises SignInRefused, SignInBusy, TooMany."""
        return await identity.sign_in(self._db, account, password, client_address, kind=RefreshKind.PLAIN)

    async def refresh(self, refresh_token: str) -> Tokens:
        """A new access token; the refresh token goes on. Raises RefreshRefused."""
        return await identity.refresh_plain(self._db, refresh_token)

    async def change_password(self, scope: OperatorScope, new_password: str) -> None:
        """A new password; the contract's own rule was checked before."""
        await identity.change_password(self._db, scope, new_password, judge_strength=False)
