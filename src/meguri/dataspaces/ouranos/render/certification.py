"""CfpCertificationModel and what else is said of certificate files."""

from uuid import UUID

import msgspec

from meguri.footprint.certificates import Certificate


class FileInfo(msgspec.Struct, frozen=True, rename="camel"):
    """One file and whose it is."""

    operator_id: UUID
    file_id: UUID
    file_name: str


class CertificationModel(msgspec.Struct, frozen=True, rename="camel"):
    """A certificate. Without files, or where they are not disclosed, their list is null."""

    cfp_certification_id: UUID
    trace_id: UUID
    cfp_certification_description: str | None
    cfp_certification_file_info: list[FileInfo] | None


def files(found: Certificate) -> list[FileInfo] | None:
    """The files of a certificate, or None."""
    listed = [FileInfo(one.operator_id, one.file_id, one.file_name) for one in found.files or ()]
    return listed or None


def model(found: Certificate) -> CertificationModel:
    """The model of one certificate."""
    return CertificationModel(found.certificate_id, found.trace_id, found.description, files(found))


def certificates(found: Certificate | None) -> bytes:
    """CfpCertificationModel[], of one or none."""
    return msgspec.json.encode([model(found)] if found else [])
