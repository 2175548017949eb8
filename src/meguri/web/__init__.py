"""What every HTTP route of ours stands on: who is asking, one transaction per use case, problems, conditions, pages of lists.

For rooms: the handles of `asked` (`unit: Unit` …), `refusals`, the policies of `auth`, `versioned`, `page_of`.
"""

from meguri.web.asked import Asking, Db, FromPath, FromQuery, Json, Paging, Unit, Version
from meguri.web.auth import (
    PUBLIC,
    Policy,
    admin,
    editor,
    editor_freshly_proved,
    freshly_proved,
    platform,
    platform_freshly_proved,
    self_freshly_proved,
    signed_in,
)
from meguri.web.etag import etag, expected_version, version_in, versioned
from meguri.web.paging import PageRequest, page_of
from meguri.web.principal import Principal, principal_of
from meguri.web.problems import refusals
from meguri.web.unit import UnitOfWork

__all__ = [
    "PUBLIC",
    "Asking",
    "Db",
    "FromPath",
    "FromQuery",
    "Json",
    "PageRequest",
    "Paging",
    "Policy",
    "Principal",
    "Unit",
    "UnitOfWork",
    "Version",
    "admin",
    "editor",
    "editor_freshly_proved",
    "etag",
    "expected_version",
    "freshly_proved",
    "page_of",
    "platform",
    "platform_freshly_proved",
    "principal_of",
    "refusals",
    "self_freshly_proved",
    "signed_in",
    "version_in",
    "versioned",
]
