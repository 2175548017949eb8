"""Certificate files: announced, sent to a one-time address, attached to a part, fetched, removed."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

import msgspec

from meguri.dataspaces.ouranos import demands
from meguri.dataspaces.ouranos.bodies.base import Wire
from meguri.dataspaces.ouranos.call import Answer, Call
from meguri.dataspaces.ouranos.errors import coded
from meguri.dataspaces.ouranos.gojson import Body
from meguri.dataspaces.ouranos.house import Handlers, House
from meguri.dataspaces.ouranos.render.certification import FileInfo, files
from meguri.dataspaces.ouranos.rules import limits
from meguri.footprint.certificates import Announced, Certificates
from meguri.footprint.errors import UnknownFile
from meguri.kernel.scope import OperatorScope
from meguri.storage import Transaction

ADDRESS = "/cfpCertificationFiles/"
KMS_HEADER = "x-amz-server-side-encryption-aws-kms-key-id"


class AnnouncedFile(Wire):
    """A file that will be sent."""

    file_name: str | None = None
    extension: str | None = None


AnnouncedFiles = Annotated[list[AnnouncedFile | None], msgspec.Meta()]


class PostUpload(Wire):
    """Files that will be sent."""

    operator_id: str | None = None
    file_info: AnnouncedFiles | None = None


class SentFile(Wire):
    """A file that was sent."""

    file_id: str | None = None
    file_name: str | None = None


SentFiles = Annotated[list[SentFile | None], msgspec.Meta()]


class PostCertificate(Wire):
    """Files that belong to a part's certificate."""

    operator_id: str | None = None
    cfp_certification_id: str | None = None
    trace_id: str | None = None
    cfp_certification_description: str | None = None
    cfp_certification_file_info: SentFiles | None = None


UPLOAD, CERTIFICATE = Body(PostUpload), Body(PostCertificate)


class _Address(msgspec.Struct, frozen=True):
    file_id: UUID = msgspec.field(name="fileId")
    file_name: str = msgspec.field(name="fileName")
    url: str = msgspec.field(name="URL")


class _Certificate(msgspec.Struct, frozen=True, rename="camel"):
    cfp_certification_id: UUID
    trace_id: UUID
    cfp_certification_file_info: list[FileInfo]


class _Removed(msgspec.Struct, frozen=True, rename="camel", omit_defaults=True):
    trace_id: UUID
    file_id: UUID | None = None


def _certificates(house: House) -> Certificates:
    """The room that keeps certificates. Raises Coded where there is none."""
    if house.certificates is None:
        raise coded("MSGMGO0005")
    return house.certificates


def _address(call: Call, found: Announced) -> _Address:
    return _Address(found.file_id, found.file_name, f"{call.origin}{ADDRESS}{found.token}")


async def post_upload(call: Call, house: House) -> Answer:
    """Addresses to which files are sent."""
    certificates = _certificates(house)
    raw = await call.json(UPLOAD) or PostUpload()
    demands.items(("operatorId", raw.operator_id), ("fileInfo", raw.file_info))
    wanted = demands.several("fileInfo", raw.file_info, limits().files.per_request)
    demands.items(*(("fileName", one.file_name) for one in wanted), *(("extension", one.extension) for one in wanted))
    operator_id = demands.uuid("operatorId", raw.operator_id)
    names = [(_name(one.file_name), one.extension or "") for one in wanted]
    demands.mine(call, operator_id)

    async def work(tx: Transaction, scope: OperatorScope) -> Answer:
        announced = await certificates.announce(tx, scope, names)
        return Answer(200, msgspec.json.encode([_address(call, one) for one in announced]))

    return await house.write(call, work)


def _name(given: str | None) -> str:
    """A file name of the contract's length. Raises Coded."""
    return demands.words("fileName", given, limits().files.name_length) or ""


async def get_key_id(call: Call, house: House) -> Answer:
    """The name of the key that uploads may mention."""
    return Answer(200, _certificates(house).key_id.encode(), media_type="text/plain; charset=utf-8")


async def put_file(call: Call, house: House) -> Answer:
    """A file, sent to its one-time address: whoever knows the address may send it."""
    certificates = _certificates(house)
    if call.headers.get(KMS_HEADER, certificates.key_id) != certificates.key_id:
        raise coded("MSGMGF0003")
    media_type = call.headers.get("content-type")
    await certificates.receive(call.path.removeprefix(ADDRESS), call.chunks(), media_type)
    return Answer(200, b"")


async def get_file(call: Call, house: House) -> Answer:
    """A file, fetched from its one-time address."""
    found = await _certificates(house).fetch(call.path.removeprefix(ADDRESS))
    headers = (
        ("content-disposition", f"attachment; filename*=UTF-8''{quote(found.file_name, safe='')}"),
        ("content-length", str(found.size)),
        ("x-content-type-options", "nosniff"),
        ("cache-control", "private, no-store"),
    )
    return Answer(200, b"", headers, media_type=found.media_type, chunks=found.chunks)


async def post_certificate(call: Call, house: House) -> Answer:
    """Sent files become part of a part's certificate."""
    certificates = _certificates(house)
    raw = await call.json(CERTIFICATE) or PostCertificate()
    demands.items(
        ("operatorId", raw.operator_id),
        ("traceId", raw.trace_id),
        ("cfpCertificationFileInfo", raw.cfp_certification_file_info),
    )
    key = "cfpCertificationFileInfo"
    sent = demands.several(key, raw.cfp_certification_file_info, limits().files.per_request)
    demands.items(*(("fileId", one.file_id) for one in sent), *(("fileName", one.file_name) for one in sent))
    operator_id = demands.uuid("operatorId", raw.operator_id)
    certificate_id = demands.uuid_or_none("cfpCertificationId", raw.cfp_certification_id)
    trace_id = demands.uuid("traceId", raw.trace_id)
    most = limits().bodies.certificate_description_length
    description = demands.words("cfpCertificationDescription", raw.cfp_certification_description, most)
    named = [(demands.uuid("fileId", one.file_id), _name(one.file_name)) for one in sent]
    demands.mine(call, operator_id)

    async def work(tx: Transaction, scope: OperatorScope) -> Answer:
        if certificate_id is not None:
            present = await certificates.of_part(tx, scope, trace_id)
            if present is None or present.certificate_id != certificate_id:
                raise UnknownFile
        kept = await certificates.attach(tx, scope, trace_id, named, description=description)
        return Answer(200, msgspec.json.encode(_Certificate(kept.certificate_id, kept.trace_id, files(kept) or [])))

    return await house.write(call, work)


async def get_download(call: Call, house: House) -> Answer:
    """An address from which an own file is fetched, or a supplier's over an answered request."""
    certificates, query = _certificates(house), call.query
    kind = query.text("downloadType")
    other = () if kind == "OWN" else ("cfpCertificationId",)
    demands.items(
        *((key, query.text(key)) for key in ("operatorId", "fileOperatorId", "fileId", "downloadType", *other))
    )
    operator_id = demands.uuid("operatorId", query.text("operatorId"))
    owner, file_id = (demands.uuid(key, query.text(key)) for key in ("fileOperatorId", "fileId"))
    demands.word("downloadType", kind, ("OWN", "OTHER"))
    trade_id = demands.uuid("cfpCertificationId", query.text("cfpCertificationId")) if other else None
    demands.mine(call, operator_id)
    found = await house.read(call, certificates.offer, owner, file_id, trade_id)
    return Answer(200, msgspec.json.encode(_address(call, found)))


async def delete_certificates(call: Call, house: House) -> Answer:
    """One file of a part's certificate goes, or all."""
    certificates = _certificates(house)
    operator_id, trace_id = demands.asked(call, "traceId")
    file_id = demands.uuid_or_none("fileId", call.query.text("fileId"))
    demands.mine(call, operator_id)

    async def work(tx: Transaction, scope: OperatorScope) -> Answer:
        await certificates.remove(tx, scope, trace_id, file_id)
        return Answer(200, msgspec.json.encode(_Removed(trace_id, file_id)))

    return await house.write(call, work)


HANDLERS: Handlers = {
    ("POST", "fileUploadUrl"): post_upload,
    ("GET", "keyId"): get_key_id,
    ("POST", "cfpCertificationInfo"): post_certificate,
    ("GET", "fileDownloadUrl"): get_download,
    ("DELETE", "cfpCertifications"): delete_certificates,
}
FILE_HANDLERS: Handlers = {("PUT", ADDRESS): put_file, ("GET", ADDRESS): get_file}
