"""The labels of a file's batteries in one package: sheets to print, each code by itself, and a list of what is what."""

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Language
from meguri.passport import service
from meguri.passport.bulk.model import Job
from meguri.passport.carrier import symbol_for
from meguri.passport.identifiers import product_identifier
from meguri.passport.labels.making import label_pdf
from meguri.passport.model import View
from meguri.passport.service import bulk
from meguri.storage import Transaction

IN_A_PACKAGE: Final = 200
"""Labels in one package: some seconds of work."""
_UNSAFE = re.compile(r"[^0-9A-Za-z._-]+")


def packages_of(job: Job) -> int:
    """How many packages a job's passports fill."""
    return -(-(job.issued + job.present) // IN_A_PACKAGE)


async def views_of(tx: Transaction, scope: OperatorScope, job_id: UUID, package: int) -> list[View]:
    """The passports of a job's package (counted from 1), in the order of the file's rows; none beyond the last.

    Raises JobNotFound.
    """
    wanted, seen, after = range((package - 1) * IN_A_PACKAGE, package * IN_A_PACKAGE), 0, -1
    found: list[str] = []
    rest: int | None = after
    while rest is not None and seen < wanted.stop:
        results, rest = await bulk.results(tx, scope, job_id, after=rest)
        results.sort(key=lambda one: one.row)
        found += [one.dpp_id for place, one in enumerate(results, seen) if place in wanted]
        seen += len(results)
    return [await service.read(tx, scope, each, what="label") for each in found]


def package(views: Sequence[View], size: str, language: Language) -> bytes:
    """A ZIP of `sheets.pdf` (A4), `codes/NAME.svg` and `labels.csv`. Takes CPU: call it in a thread.

    Raises UnknownLabelSize, LabelOverflow.
    """
    packed, told = io.BytesIO(), io.StringIO()
    table = csv.writer(told)
    table.writerow(["file", "dpp_id", "uri", "hri"])
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sheets.pdf", label_pdf(views, size, language, sheet=True))
        for number, view in enumerate(views, 1):
            uri = view.record.product_id
            hri = product_identifier(uri, "https://id.example.jp").hri
            name = f"codes/{number:04d}-{_UNSAFE.sub('_', view.record.serial or hri)}.svg"
            archive.writestr(name, symbol_for(uri).svg())
            table.writerow([name, view.record.dpp_id, uri, hri])
        archive.writestr("labels.csv", "\ufeff" + told.getvalue())
    return packed.getvalue()
