"""The switches of this façade, set by the profile in which the service runs."""

from collections.abc import Callable

import msgspec

from meguri.dataspaces.ouranos.rules import limits


def _off() -> bool:
    return False


class Profile(msgspec.Struct, frozen=True, kw_only=True):
    """How the façade behaves here; the defaults are those of production.

    link_base_url       scheme and host for `Link` and file addresses; None: those that the client asked for
    ip_restriction      whether a key works only from its address ranges
    behind_proxy        the client's address is the last but one in `X-Forwarded-For`; else the socket's peer
    north_key_check     whether `x-api-key` on the north-bound paths must be a known key; else any text will do
    allow_data_reset    whether `PUT /dataReset` exists
    cors_origins        web origins whose pages may call
    south_prefix        where the south-bound paths live
    timeout_s           seconds that a request may take
    maintenance         asked for each request: whether traceability is closed for maintenance
    """

    link_base_url: str | None = None
    ip_restriction: bool = True
    behind_proxy: bool = True
    north_key_check: bool = True
    allow_data_reset: bool = False
    cors_origins: tuple[str, ...] = ()
    south_prefix: str = "/tms"
    timeout_s: float = 30
    maintenance: Callable[[], bool] = _off

    @property
    def body_limit(self) -> int:
        """Bytes of a JSON body."""
        return limits().bodies.bytes


def tutorial() -> Profile:
    """The profile in which the public tutorials run."""
    return Profile(
        ip_restriction=False,
        behind_proxy=False,
        north_key_check=False,
        allow_data_reset=True,
        cors_origins=("http://localhost:3000",),
    )
