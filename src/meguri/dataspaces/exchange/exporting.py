"""From a stored passport to a document in a format: for readers over the net, and for whoever runs the machine."""

from typing import Any

import msgspec

from meguri.dataspaces.aas.battery.environment import package
from meguri.dataspaces.exchange import formats
from meguri.dataspaces.exchange.model import Exported, Loss, Passport
from meguri.kernel.scope import OperatorScope, Role
from meguri.passport import service
from meguri.passport.access import Audience, classes_of, visible
from meguri.passport.document import compressed, with_addresses
from meguri.passport.errors import DppNotFound
from meguri.passport.kinds import kind_of
from meguri.passport.model import EXTRAS, View
from meguri.proof import keyring
from meguri.storage import Database, Transaction

OWN = ("en18223", "en-18223", "compressed")
AASX = "idta-aasx"
LONGLIST = "longlist-1.2"


class Losses(msgspec.Struct, frozen=True):
    """The report of losses of one export."""

    format: str
    items: list[Loss]
    missing: list[str]

    @property
    def count(self) -> int:
        """How many keys do not come back as they were."""
        return len(self.items)

    @property
    def encoded(self) -> bytes:
        """As JSON."""
        return msgspec.json.format(msgspec.json.encode(self), indent=2)


def passport_of(
    tx: Transaction, view: View, *, partial: bool = False, extras: dict[str, Any] | None = None
) -> Passport:
    """A view as the formats take it."""
    origin = tx.installation.origin
    return Passport(
        values=with_addresses(kind_of(view.record.kind), view.values, view.record.passport_id, origin),
        classes=frozenset(one.value for one in view.standing.classes),
        passport_id=view.record.passport_id,
        issuer=keyring.did_of(origin, view.record.operator_id),
        origin=origin,
        partial=partial,
        extras=extras or {},
    )


async def export(
    tx: Transaction,
    scope: OperatorScope,
    identifier: str,
    name: str,
    *,
    partial: bool = False,
    profile: str | None = None,
) -> Exported:
    """The passport in a format, as the caller may see it; the reading is entered in the owner's register.

    profile   `longlist-1.2` also carries what law asks not, or not yet, of the category; `ec-guidance-1.0` leaves it out to
              all but the owner. Left out, formats that were made after the longlist take the former, others the latter.

    Raises DppNotFound, PassportCeased, UnknownFormat, RepresentationNotAvailable, ExportIncomplete, MissingBpn.
    """
    own = name.lower() in OWN
    unasked = profile == LONGLIST if profile else not own and formats.format_named(name).longlist
    view = await service.read(tx, scope, identifier, what=f"export:{name}", unasked=unasked)
    if own:
        kind, origin = kind_of(view.record.kind), tx.installation.origin
        made = compressed(kind, with_addresses(kind, view.values, view.record.passport_id, origin))
        return Exported(format=OWN[0], document=made, media_type="application/json", losses=[])
    extras = view.record.meta.get(EXTRAS, {}) if view.standing.is_owner else {}
    return formats.export(name, passport_of(tx, view, partial=partial, extras=extras))


def encoded(made: Exported) -> bytes:
    """The document's bytes; a package where the format is one."""
    return (
        package(made.document)
        if made.format == AASX
        else msgspec.json.format(msgspec.json.encode(made.document), indent=2)
    )


async def export_as(
    db: Database, identifier: str, name: str, audience: str, *, partial: bool = False
) -> tuple[bytes, Losses]:
    """The same for whoever runs this machine, as an audience would get it.

    Raises what `export` raises.
    """

    async def use_case(tx: Transaction, _: OperatorScope) -> tuple[bytes, Losses]:
        record = await service.known(tx, identifier)
        if record is None:
            raise DppNotFound
        kind, document = kind_of(record.kind), await service.document_of(tx, record)
        classes = classes_of([Audience(audience)])
        seen, origin = visible(kind, document, classes), tx.installation.origin
        values = with_addresses(kind, seen, record.passport_id, origin)
        if name.lower() in OWN:
            return msgspec.json.format(msgspec.json.encode(compressed(kind, values)), indent=2), Losses(
                "en18223", [], []
            )
        passport = Passport(
            values=values,
            classes=frozenset(one.value for one in classes),
            passport_id=record.passport_id,
            issuer=keyring.did_of(origin, record.operator_id),
            origin=origin,
            partial=partial,
            extras=record.meta.get(EXTRAS, {}) if audience == Audience.OWNER else {},
        )
        made = formats.export(name, passport)
        return encoded(made), Losses(made.format, made.losses, made.missing)

    return await db.run(OperatorScope(service.ANONYMOUS.operator_id, "system:command", Role.VIEWER), use_case)
