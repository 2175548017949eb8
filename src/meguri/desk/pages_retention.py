"""The desk's report of retention: each kind of record, how long it stays, what there is, what is past its time."""

from typing import Any

import msgspec
from litestar import Response, get
from litestar.connection import Request

from meguri.desk.retention import Age, Kind, report, retention
from meguri.kernel.scope import PlatformRole
from meguri.ui import page
from meguri.web import Asking, Db, platform

AnyRequest = Request[Any, Any, Any]


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A kind and what there is of it; `age` None: it is not counted here."""

    kind: Kind
    age: Age | None


class RetentionPage(msgspec.Struct, frozen=True, kw_only=True):
    """`retention.html`."""

    rows: list[Row]
    version: str


@get("/platform/retention", guards=[platform(PlatformRole.PLATFORM_OPERATOR)], include_in_schema=False)
async def retention_page(request: AnyRequest, db: Db, principal: Asking) -> Response[str]:
    """What is kept, how long, and whether anything is past its time."""
    ages = await report(db, principal.proved)
    rule = retention()
    context = RetentionPage(
        rows=[Row(kind=kind, age=ages.get(key)) for key, kind in rule.kinds.items()],
        version=rule.version,
    )
    return page(request, "retention.html", context)


handlers = [retention_page]
