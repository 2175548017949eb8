"""The table of conformance as a page, as JSON and on paper."""

from collections.abc import Iterator
from typing import Any

import msgspec
from litestar import Litestar, Request, Response, get

from meguri.dataspaces.conformance.model import HEADINGS
from meguri.dataspaces.conformance.table import as_data
from meguri.documents import pdf
from meguri.ui import page, viewer_of
from meguri.web import signed_in
from meguri.web.auth import doors

AnyRequest = Request[Any, Any, Any]
PAGE = "/keys/dataspace/conformance"


class ConformancePage(msgspec.Struct, frozen=True, kw_only=True):
    """`conformance.html`. `groups`: (heading, rows), as `table.as_data` has them."""

    guideline_version: str
    counts: dict[str, int]
    groups: list[tuple[str, list[dict[str, Any]]]]
    deviations: list[dict[str, Any]]


def _doors(app: Litestar) -> Iterator[tuple[str, str]]:
    return ((method, path) for method, path, _ in doors(app))


def _data(request: AnyRequest) -> dict[str, Any]:
    return as_data(viewer_of(request).language, _doors(request.app))


@get(PAGE, guards=[signed_in], include_in_schema=False)
async def conformance(request: AnyRequest) -> Response[str]:
    """What is implemented of each clause, route and protocol, and what shows it."""
    data = _data(request)
    context = ConformancePage(
        guideline_version=data["guideline_version"],
        counts=data["counts"],
        groups=[(heading, [row for row in data["rows"] if row["heading"] == heading]) for heading in HEADINGS],
        deviations=data["deviations"],
    )
    return page(request, "dataspaces/conformance.html", context)


@get(f"{PAGE}/conformance.json", guards=[signed_in], include_in_schema=False)
async def conformance_json(request: AnyRequest) -> Response[bytes]:
    """The same as data."""
    content = msgspec.json.format(msgspec.json.encode(_data(request)), indent=2)
    return _file(content, "application/json", "conformance.json")


@get(f"{PAGE}/conformance.pdf", guards=[signed_in], include_in_schema=False, sync_to_thread=True)
def conformance_pdf(request: AnyRequest) -> Response[bytes]:
    """The same on paper."""
    language = viewer_of(request).language
    content = pdf("meguri.dataspaces.conformance", "conformance.typ", _data(request), language=language)
    return _file(content, "application/pdf", "conformance.pdf")


def _file(content: bytes, media_type: str, name: str) -> Response[bytes]:
    return Response(content, media_type=media_type, headers={"content-disposition": f'attachment; filename="{name}"'})


handlers = [conformance, conformance_json, conformance_pdf]
