"""The files that pages load: one style sheet joined from its blocks, small scripts, the mark.

All lie under one folder named after their content, so that browsers may keep them for ever.
"""

import gzip
import hashlib
import re
from functools import cache
from pathlib import Path

import msgspec

HERE = Path(__file__).parent / "static"

# In the order of the cascade: what comes later wins.
BLOCKS = (
    "tokens",
    "base",
    "layout",
    "nav",
    "button",
    "badge",
    "notice",
    "card",
    "figure",
    "table",
    "form",
    "empty",
    "dialog",
    "timeline",
    "tree",
    "exchange",
    "chart",
    "flow",
    "passport",
    "print",
)

MEDIA_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}


class Asset(msgspec.Struct, frozen=True):
    """One file as it is served: its bytes, plain and packed."""

    media_type: str
    body: bytes
    packed: bytes


class Shelf(msgspec.Struct, frozen=True):
    """Every asset by its path (`meguri.css`, `js/main.js`), and the name of their folder."""

    digest: str
    assets: dict[str, Asset]

    def href(self, path: str) -> str:
        """The address of the asset at `path`. Raises KeyError for an unknown one."""
        self.assets[path]
        return f"/static/{self.digest}/{path}"


def style_sheet() -> bytes:
    """All blocks joined, without comments and indentation: the words are for us, not for a phone on a slow line."""
    joined = b"\n".join((HERE / "css" / f"{block}.css").read_bytes() for block in BLOCKS)
    return re.sub(rb"\s*\n\s*", b"\n", re.sub(rb"/\*.*?\*/", b"", joined, flags=re.DOTALL))


def script(file: Path) -> bytes:
    """A script of ours without the comments that begin a line."""
    return re.sub(rb"^//.*\n", b"", file.read_bytes(), flags=re.MULTILINE)


@cache
def shelf() -> Shelf:
    """The assets of this release, read once."""
    bodies = {"meguri.css": style_sheet()}
    for file in sorted(HERE.rglob("*")):
        if file.suffix in (".js", ".svg"):
            path = file.relative_to(HERE).as_posix()
            bodies[path] = script(file) if path.startswith("js/") else file.read_bytes()
    digest = hashlib.sha256()
    for path, body in sorted(bodies.items()):
        digest.update(f"{path} {len(body)}\n".encode() + body)
    return Shelf(
        digest=digest.hexdigest()[:16],
        assets={
            path: Asset(MEDIA_TYPES[Path(path).suffix], body, gzip.compress(body, 9, mtime=0))
            for path, body in bodies.items()
        },
    )
