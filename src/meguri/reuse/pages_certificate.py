"""The certificate for whoever has its address: page, PDF and signed JSON. A certificate is made to be shown."""

import asyncio
from typing import Any
from uuid import UUID

from litestar import Request, Response, get

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.reuse import views
from meguri.reuse.certificate import StoredCertificate, line_of
from meguri.reuse.certificate_pdf import certificate_pdf, limits_of, titles_of
from meguri.reuse.certificate_words import method_words
from meguri.reuse.service import certificates
from meguri.storage.audit import PLATFORM
from meguri.ui import page, viewer_of
from meguri.web import PUBLIC, Db, FromPath
from meguri.web.encoding import to_json

AnyRequest = Request[Any, Any, Any]
_NOBODY = OperatorScope(PLATFORM, "anonymous")


async def _shown(db: Db, certificate_id: UUID) -> StoredCertificate:
    return await db.run(_NOBODY, certificates.shown, certificate_id)


@get("/reuse/certificates/{certificate_id:uuid}", opt=PUBLIC, include_in_schema=False)
async def certificate(request: AnyRequest, db: Db, certificate_id: FromPath[UUID]) -> Response[str]:
    """The certificate as a page."""
    found = await _shown(db, certificate_id)
    language = viewer_of(request).language
    standing = found.standing(clock.now())
    context = views.CertificatePage(
        certificate=found,
        lines=[line_of(result, language) for result in found.contents.results],
        standing=standing,
        kind={"valid": "ok", "expired": "attention", "superseded": "ended"}.get(standing, "stop"),
        verdict_kind=views.VERDICT_KINDS[found.contents.verdict],
        failed=titles_of(found.contents.failed, language),
        unproved=titles_of(found.contents.missing, language),
        method=method_words(found.contents.method, language),
        limits=limits_of(found.contents, language),
    )
    return page(request, "certificate.html", context)


@get("/reuse/certificates/{certificate_id:uuid}/pdf", opt=PUBLIC, include_in_schema=False)
async def as_pdf(request: AnyRequest, db: Db, certificate_id: FromPath[UUID]) -> Response[bytes]:
    """The certificate as a PDF, the signed JSON attached."""
    found = await _shown(db, certificate_id)
    made = await asyncio.to_thread(certificate_pdf, found, viewer_of(request).language)
    return Response(made, media_type="application/pdf", headers=_file(f"certificate-{certificate_id}.pdf"))


@get("/reuse/certificates/{certificate_id:uuid}/json", opt=PUBLIC, include_in_schema=False)
async def as_json(db: Db, certificate_id: FromPath[UUID]) -> Response[bytes]:
    """The signed credential."""
    found = await _shown(db, certificate_id)
    headers = _file(f"certificate-{certificate_id}.json")
    return Response(to_json(found.credential), media_type="application/vc+json", headers=headers)


def _file(name: str) -> dict[str, str]:
    return {"content-disposition": f'attachment; filename="{name}"', "x-content-type-options": "nosniff"}


handlers = [certificate, as_pdf, as_json]
