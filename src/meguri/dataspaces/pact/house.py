"""What this room needs of the installation: tokens, a seal for partners' secrets, and which addresses may be reached."""

from dataclasses import dataclass

from meguri.dataspaces.pact.credentials import Tokens
from meguri.settings import Profile, Settings, load
from meguri.storage.sealing import Sealer
from meguri.storage.secret import installation_secret

PURPOSE = "pact.outgoing_secret"


@dataclass(frozen=True, slots=True)
class PactHouse:
    """One installation.

    public_url       where partners reach it, None: taken from the request
    https_only       plain HTTP is neither answered nor led elsewhere (everywhere but in the profiles for trying out)
    learns_address   a partner without address is answered where its event says that it comes from (conformance only)
    private_allowed  partners may have private addresses and plain HTTP (the same profiles)
    """

    tokens: Tokens
    sealer: Sealer
    public_url: str | None
    https_only: bool
    private_allowed: bool
    trusted_proxies: tuple[str, ...]
    learns_address: bool = False


_houses: list[PactHouse] = []


def settle(settings: Settings) -> PactHouse:
    """Called by the composition root, once the settings are known."""
    secret = installation_secret(settings.folder, settings.secret_key)
    production = settings.profile is Profile.PRODUCTION
    house = PactHouse(
        tokens=Tokens(secret),
        sealer=Sealer(secret),
        public_url=settings.public_url,
        https_only=production,
        private_allowed=not production,
        trusted_proxies=settings.trusted_proxies,
        learns_address=settings.conformance_hooks,
    )
    _houses[:] = [house]
    return house


def the_house() -> PactHouse:
    """The installation of this process."""
    return _houses[0] if _houses else settle(load())
