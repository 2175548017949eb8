"""Identity's answer to the web layer's question who is asking."""

from datetime import UTC, datetime

from meguri.identity import service
from meguri.identity.errors import TokenMissing
from meguri.identity.service.keys import PREFIX
from meguri.kernel.errors import Refusal
from meguri.storage.database import Database
from meguri.web.principal import Principal


class IdentityAuthenticator:
    """Proves tokens, keys and sessions against one database (`web.principal.Authenticator`)."""

    def __init__(self, db: Database) -> None:
        """For a database whose gate is open."""
        self._db = db

    async def by_bearer(self, token: str, address: str) -> Principal:
        """An access token, or an operator's own API key."""
        if token.startswith(PREFIX):
            return await self.by_key(token, address)
        claims = await service.claims_of_token(self._db, token)
        return Principal(
            scope=await service.scope_of_claims(self._db, claims),
            kind="token",
            proved_at=datetime.fromtimestamp(claims.proved_at, UTC),
            session_id=claims.sign_in_id,
            email=claims.email,
            client_address=address,
        )

    async def by_key(self, key: str, address: str) -> Principal:
        """An operator's own API key."""
        scope = await service.scope_of_key(self._db, key, address)
        return Principal(scope=scope, kind="key", client_address=address)

    async def by_cookie(self, cookie: str, address: str) -> Principal:
        """A page session."""
        session = await service.session_scope(self._db, cookie)
        return Principal(
            scope=session.scope,
            kind="session",
            proved_at=session.proved_at,
            session_id=session.session_id,
            csrf_secret=session.csrf_secret,
            name=session.name,
            email=session.email,
            client_address=address,
            noticed=session.noticed,
        )

    def no_proof(self) -> Refusal:
        """What a stranger is told."""
        return TokenMissing()
