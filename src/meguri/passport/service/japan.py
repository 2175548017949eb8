"""Japan's view of a passport, and its profiles for grid storage and the auction."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.passport import errors
from meguri.passport.expressions import plain
from meguri.passport.japan.profiles import JapanReport, japan_report
from meguri.passport.japan.rules import rules
from meguri.passport.japan.view import japan_csv, japan_document, japan_rows, sees_individual
from meguri.passport.kinds import kind_of
from meguri.passport.model import Record, View
from meguri.passport.service.reading import document_of, owned, read
from meguri.storage import Transaction

MOST_OTHERS = 100


class Printed(msgspec.Struct, frozen=True, kw_only=True):
    """What the printable file of a profile says."""

    report: JapanReport
    name: str
    dpp_id: str
    responsible: str
    version: int
    hash: str
    date: str


async def profile_report(
    tx: Transaction, scope: OperatorScope, identifier: str, profile: str, also: Sequence[str] = ()
) -> Printed:
    """How a passport stands by a Japanese profile. Raises DppNotFound, NotResponsibleOperator, ProfileUnknown.

    also  the other batteries of the same project, by their identifiers: their cells count towards the limits too
    """
    if profile not in rules().profiles:
        raise errors.ProfileUnknown(profile=profile)
    record, _ = await owned(tx, scope, identifier)
    document = await document_of(tx, record)
    kind = kind_of(record.kind)
    return Printed(
        report=japan_report(profile, document, clock.today(), await others_of(tx, scope, record, also)),
        name=str(plain(document.get(kind.head.model_id)) or record.product_id),
        dpp_id=record.dpp_id,
        responsible=record.responsible,
        version=record.version,
        hash=record.version_hash,
        date=clock.today().isoformat(),
    )


async def others_of(
    tx: Transaction, scope: OperatorScope, record: Record, also: Sequence[str]
) -> list[Mapping[str, Any]]:
    """The documents of the other batteries of a project, each once. Raises DppNotFound, NotResponsibleOperator, TooManyOthers."""
    if len(also) > MOST_OTHERS:
        raise errors.TooManyOthers(most=MOST_OTHERS)
    seen = {record.passport_id}
    found: list[Mapping[str, Any]] = []
    for identifier in also:
        other, _ = await owned(tx, scope, identifier)
        if other.passport_id not in seen:
            seen.add(other.passport_id)
            found.append(await document_of(tx, other))
    return found


async def japan_view(tx: Transaction, scope: OperatorScope, identifier: str) -> tuple[View, dict[str, Any], bytes]:
    """The two groups as a document and as CSV, of what the caller sees; the second group only with class P4.

    Raises DppNotFound, PassportCeased.
    """
    view = await read(tx, scope, identifier, what="export:jp")
    kind = kind_of(view.record.kind)
    individual = sees_individual(view.standing.classes)
    shown = {k: v for k, v in view.values.items() if individual or kind.attributes[k].jp_class == "spec"}
    document = japan_document(kind, shown, individual=individual)
    return view, document, japan_csv(japan_rows(kind, shown, view.record.meta))
