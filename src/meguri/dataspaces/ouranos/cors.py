"""Which web origins may call, and what their scripts may send and read. Never an asterisk: credentials are allowed."""

from collections.abc import Mapping

from meguri.dataspaces.ouranos.profile import Profile

METHODS = "GET,PUT,POST,DELETE,OPTIONS"
ALLOWED = (
    "Content-Type, Authorization, apiKey, x-api-key, X-Requested-With, X-Track, Accept-Language, "
    "x-amz-server-side-encryption, x-amz-server-side-encryption-aws-kms-key-id"
)
EXPOSED = "Link, X-Track"
PREFLIGHT_S = 600


def headers_for(request: Mapping[str, str], profile: Profile, *, preflight: bool = False) -> list[tuple[str, str]]:
    """The headers that an answer to this request carries for its web origin."""
    if not profile.cors_origins:
        return []
    origin = request.get("origin", "")
    if origin not in profile.cors_origins:
        return [("vary", "Origin")]
    allowed = [
        ("vary", "Origin"),
        ("access-control-allow-origin", origin),
        ("access-control-allow-credentials", "true"),
    ]
    if not preflight:
        return [*allowed, ("access-control-expose-headers", EXPOSED)]
    return [
        *allowed,
        ("access-control-allow-methods", METHODS),
        ("access-control-allow-headers", ALLOWED),
        ("access-control-max-age", str(PREFLIGHT_S)),
    ]
