"""Use cases: who supplies what to whom, entered one by one or as a table. Companies and sites that are known are met again."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

import msgspec

from meguri.diligence.model import (
    EdgeInput,
    FacilityInput,
    Kept,
    PartyId,
    PartyInput,
    PartyName,
)
from meguri.diligence.service import records
from meguri.diligence.supply import COLUMNS, SupplyRow, understand
from meguri.kernel import clock
from meguri.kernel.errors import Invalid, Refusal
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.storage.transaction import Transaction
from meguri.traceability.sheet.reading import RowError, read_rows
from meguri.workbooks.running import aside

MOST_ROWS = 2000


class SupplyRefused(Invalid):
    """Some rows are wrong, so nothing was registered."""

    code = "diligence.supply_refused"
    say = Text(
        ja="{count}件の誤りがあるため、何も登録していません。行ごとの説明を確認してください。",
        en="Nothing was registered, because there are {count} errors. Please see the report by row.",
    )


class SupplyTooLong(Invalid):
    """More rows than are checked at once."""

    code = "diligence.supply_too_long"
    say = Text(
        ja="1回に{most}行までです。分割してください。", en="At most {most} rows at once. Please split the table."
    )


class NoSite(Invalid):
    """The receiving site is not registered, or its name is not clear."""

    code = "diligence.no_site"
    say = Text(
        ja="納入先の拠点「{name}」が見つからないか、同じ名前が複数あります。拠点名を確認してください。",
        en="The receiving site “{name}” is not there, or there are several. Please check its name.",
    )


class OtherCountry(Invalid):
    """A site of that name is known in another country."""

    code = "diligence.other_country"
    say = Text(
        ja="拠点「{name}」は国 {country} で登録済みです。国か拠点名を見直してください。",
        en="The site “{name}” is already registered in {country}. Please check the country or the site's name.",
    )


class SupplyReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a table: companies, sites and supply relations that are new, and what is wrong, row by row."""

    rows: int
    companies: int
    sites: int
    relations: int
    errors: list[RowError]


class _Known:
    """The companies and sites registered so far, found by number or name."""

    def __init__(self, parties: Sequence[Kept[PartyInput]], sites: Sequence[Kept[FacilityInput]]) -> None:
        self.parties = list(parties)
        self.sites = list(sites)

    def party(self, row: SupplyRow) -> Kept[PartyInput] | None:
        """By its number if the row has one that is known, else by any of its names."""
        name = row.company.casefold()
        for one in self.parties:
            if row.identifier and (row.scheme, row.identifier) in {(i.scheme, i.value) for i in one.content.ids}:
                return one
        return next((p for p in self.parties if name in {n.value.casefold() for n in p.content.names}), None)

    def add(self, party: Kept[PartyInput], site: Kept[FacilityInput]) -> None:
        """A new site, and its company if it is new."""
        if all(one.record_id != party.record_id for one in self.parties):
            self.parties.append(party)
        self.sites.append(site)

    def site(self, party_id: UUID, name: str) -> Kept[FacilityInput] | None:
        """A company's site of this name."""
        wanted = name.casefold()
        return next(
            (s for s in self.sites if s.content.party_id == party_id and s.content.name.casefold() == wanted), None
        )

    def sites_named(self, name: str) -> list[Kept[FacilityInput]]:
        """Sites of this name, of whatever company; else the only site of the company of this name."""
        wanted = name.casefold()
        named = [site for site in self.sites if site.content.name.casefold() == wanted]
        if named:
            return named
        owners = {p.record_id for p in self.parties if wanted in {n.value.casefold() for n in p.content.names}}
        return [site for site in self.sites if site.content.party_id in owners]


async def enter(
    tx: Transaction,
    scope: OperatorScope,
    content: bytes,
    *,
    keep_good_rows: bool = False,
    only_look: bool = False,
) -> SupplyReport:
    """Registers the rows of a CSV or XLSX table: companies and sites first, then who supplies whom.

    only_look  does everything and takes it back: the report says what would become of each row
    Raises SupplyRefused with each row's errors unless `keep_good_rows`; SupplyTooLong, what `read_rows` raises.
    """
    rows, errors = understand(await aside(read_rows, content, COLUMNS))
    if len(rows) > MOST_ROWS:
        raise SupplyTooLong(most=MOST_ROWS)
    report = await enter_rows(tx, scope, rows, errors, take_back=only_look)
    if report.errors and not keep_good_rows and not only_look:
        fields = tuple(error.field_error() for error in report.errors[:1000])
        raise SupplyRefused(count=len(report.errors), fields=fields)
    return report


async def enter_one(tx: Transaction, scope: OperatorScope, row: SupplyRow) -> None:
    """Registers one supplier, or nothing. Raises NoSite, OtherCountry, and what the checks of its records raise."""
    known = await _known(tx, scope)
    await _supply(tx, scope, known, row, await _site_of(tx, scope, known, row))


async def _known(tx: Transaction, scope: OperatorScope) -> _Known:
    return _Known(
        await records.listed(tx, scope, "party", PartyInput), await records.listed(tx, scope, "facility", FacilityInput)
    )


async def enter_rows(
    tx: Transaction,
    scope: OperatorScope,
    rows: Sequence[SupplyRow],
    errors: Sequence[RowError] = (),
    *,
    take_back: bool = False,
) -> SupplyReport:
    """The same for rows that are understood; a row that cannot be kept is reported and leaves nothing behind."""
    wrong = list(errors)
    known = await _known(tx, scope)
    before = len(known.parties), len(known.sites)
    relations = 0
    try:
        async with tx.savepoint():
            places: list[tuple[SupplyRow, UUID]] = []
            for row in rows:
                try:
                    async with tx.savepoint():
                        places.append((row, await _site_of(tx, scope, known, row)))
                except Refusal as refusal:
                    wrong.append(_told(row, refusal))
            for row, site_id in places:
                try:
                    async with tx.savepoint():
                        await _supply(tx, scope, known, row, site_id)
                    relations += 1
                except Refusal as refusal:
                    wrong.append(_told(row, refusal))
            if take_back:
                raise _TakenBack
    except _TakenBack:
        pass
    return SupplyReport(
        rows=len(rows) + len({error.row for error in errors}),
        companies=len(known.parties) - before[0],
        sites=len(known.sites) - before[1],
        relations=relations,
        errors=sorted(wrong, key=lambda error: error.row),
    )


class _TakenBack(Exception):
    """Only to look: everything is undone."""


def _told(row: SupplyRow, refusal: Refusal) -> RowError:
    return RowError(row=row.row, column=None, say=refusal.say, values=dict(refusal.values))


async def _site_of(tx: Transaction, scope: OperatorScope, known: _Known, row: SupplyRow) -> UUID:
    party = known.party(row)
    if party is None:
        ids = [PartyId(scheme=row.scheme, value=row.identifier)] if row.scheme and row.identifier else []  # type: ignore[arg-type]
        said = PartyInput(names=[PartyName(value=row.company)], ids=ids, country=row.country)
        party = await records.add(tx, scope, "party", said)
    site = known.site(party.record_id, row.site)
    if site is not None:
        if row.country and site.content.country and row.country != site.content.country:
            raise OtherCountry(name=row.site, country=site.content.country)
        return site.record_id
    new = FacilityInput(
        party_id=party.record_id, name=row.site, stage=row.stage, materials=[row.material], country=row.country
    )
    site = await records.add(tx, scope, "facility", new)
    known.add(party, site)  # only now: a row that fails leaves nothing behind
    return site.record_id


async def _supply(tx: Transaction, scope: OperatorScope, known: _Known, row: SupplyRow, site_id: UUID) -> None:
    to = None
    if row.supplies_to:
        found = known.sites_named(row.supplies_to)
        if len(found) != 1:
            raise NoSite(name=row.supplies_to)
        to = found[0].record_id
    edge = EdgeInput(
        source=site_id,
        to=to,
        material=row.material,
        share_pct=row.share_pct,
        valid_from=row.valid_from or clock.today(),
        confidence=row.confidence,  # type: ignore[arg-type]
    )
    await records.add(tx, scope, "edge", edge)


class Relation(msgspec.Struct, frozen=True, kw_only=True):
    """One supply relation as its page shows it."""

    kept: Kept[EdgeInput]
    source: str
    to: str | None


async def relation(tx: Transaction, scope: OperatorScope, edge_id: UUID) -> Relation:
    """A supply relation with the names of its ends; `to` None: the company itself. Raises NothingFound."""
    kept = await records.get(tx, scope, "edge", EdgeInput, edge_id)
    source = await records.get(tx, scope, "facility", FacilityInput, kept.content.source)
    to = await records.get(tx, scope, "facility", FacilityInput, kept.content.to) if kept.content.to else None
    return Relation(kept=kept, source=source.content.name, to=to.content.name if to else None)


async def change_relation(
    tx: Transaction, scope: OperatorScope, edge_id: UUID, share: str, ends: date | None, confidence: str, version: int
) -> Kept[EdgeInput]:
    """Another share, confidence or last day of a supply relation. Raises NothingFound, Stale and what an edge's check raises."""
    kept = await records.get(tx, scope, "edge", EdgeInput, edge_id)
    fields = msgspec.to_builtins(kept.content) | {"share_pct": share, "valid_to": ends, "confidence": confidence}
    return await records.change(tx, scope, "edge", edge_id, msgspec.convert(fields, EdgeInput, strict=False), version)
