"""Runs in sets: the rules of `runs.post`, checked in memory, and the same rows in a few statements per two hundred.

Lots are held and counted down in memory, also those that an earlier run of the same table made.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID

import msgspec

from meguri.kernel.errors import Refusal, Stale
from meguri.kernel.scope import OperatorScope
from meguri.recycling import booking, errors, sheet_runs, store, store_sets
from meguri.recycling.ledger import TxType
from meguri.recycling.records import Lot, Run, RunInput, Share, Site
from meguri.recycling.service import earning, posting, runs
from meguri.recycling.sheet_runs import RunRow
from meguri.recycling.store_sets import KnownRun, Moved
from meguri.storage import Transaction

AT_ONCE = 200


class LineUnknown(Exception):
    """A line names a lot that its site does not have."""

    def __init__(self, row: int, lot_no: str) -> None:
        super().__init__(lot_no)
        self.row, self.lot_no = row, lot_no


Wrong = Refusal | LineUnknown | msgspec.ValidationError


class _Booked(msgspec.Struct, frozen=True, kw_only=True):
    """A run that can be written."""

    said: RunInput
    site: Site
    run: Run
    booked: booking.Booked
    drafted: int | None = None  # version of the draft that it was


async def post_all(
    tx: Transaction, scope: OperatorScope, rows: Sequence[RunRow], shares: Mapping[str, list[Share]], *, dry_run: bool
) -> dict[int, Wrong]:
    """Book runs in their order; each refusal by its row. With any, the caller takes all back.

    A run that is booked already with the same content is left. After the first refusal the rest is only checked, by what
    the runs before it would have left. In a dry run nothing is written.
    """
    posting_ = _Posting(tx, scope, shares)
    wrong: dict[int, Wrong] = {}
    for start in range(0, len(rows), AT_ONCE):
        part = rows[start : start + AT_ONCE]
        await posting_.read(part)
        good: list[_Booked] = []
        for row in part:
            try:
                found = await posting_.one(row)
            except (Refusal, LineUnknown, msgspec.ValidationError) as refusal:
                wrong[row.row] = refusal
                continue
            if found is not None:
                good.append(found)
        if not wrong and not dry_run:
            await posting_.write(good)
    return wrong


class _Posting:
    """What the runs of a table need to know, read once for many: sites, months, numbers in use, lots as they are by then."""

    def __init__(self, tx: Transaction, scope: OperatorScope, shares: Mapping[str, list[Share]]) -> None:
        self._tx, self._scope, self._shares = tx, scope, shares
        self._known = posting.ReadOnce(tx, scope)
        self._lots: dict[UUID, Lot] = {}
        self._numbers: dict[tuple[UUID, str], UUID] = {}
        self._taken: set[tuple[UUID, str]] = set()
        self._runs: dict[tuple[UUID, str], KnownRun] = {}
        self._versions: dict[UUID, int] = {}

    async def read(self, rows: Sequence[RunRow]) -> None:
        """Lots and runs that these rows name, in a few statements; lots are held until the end."""
        named = {line.lot_no for row in rows for line in row.lines if line.direction in ("in", "out")}
        found = await store.lots_by_no(self._tx, self._scope, named)
        ids = set[UUID]()
        for number, held in found.items():
            for site_id, lot_id in held:
                self._taken.add((site_id, number))
                if (site_id, number) not in self._numbers:
                    self._numbers[site_id, number] = lot_id
                    ids.add(lot_id)
        for lot_id, lot in (await store.lots(self._tx, self._scope, ids, for_update=True)).items():
            self._lots.setdefault(lot_id, lot)
            self._versions.setdefault(lot_id, lot.version)
        by_site: dict[UUID, list[str]] = {}
        for row in rows:
            by_site.setdefault(_site_of(row), []).append(str(row.said["run_no"]))
        for site_id, numbers in by_site.items():
            for number, body in (await store_sets.known_runs(self._tx, self._scope, site_id, numbers)).items():
                self._runs[site_id, number] = body

    async def one(self, row: RunRow) -> _Booked | None:
        """One run by the rules of `runs.post`; None when it is booked already."""
        site_id = _site_of(row)
        ids = {}
        for line in row.lines:
            if line.direction != "in":
                continue
            lot_id = self._numbers.get((site_id, line.lot_no))
            if lot_id is None:
                raise LineUnknown(row=line.row, lot_no=line.lot_no)
            ids[line.lot_no] = lot_id
        said = msgspec.convert(sheet_runs.run_input(row, ids, self._shares), RunInput)
        site = await self._known.site_of(site_id)
        known = self._runs.get((site_id, said.run_no))
        if known is not None:
            if msgspec.json.decode(known.body, type=RunInput) != said:
                raise errors.LotConflict(lot_no=said.run_no)
            if known.status != "draft":
                return None
        lots = {taken.lot_id: self._lots[taken.lot_id] for taken in said.inputs}
        draft = known.run_id if known else None
        run, booked = await runs.prepared(said, site, lots, self._known.require_open, draft)
        for lot in booked.made:
            if (site_id, lot.lot_no) in self._taken:
                raise errors.LotConflict(lot_no=lot.lot_no)
        checked = [msgspec.structs.replace(lot, warnings=posting.code_warnings(lot, site)) for lot in booked.made]
        booked = msgspec.structs.replace(booked, made=checked)
        for drawn in booked.drawn:
            self._lots[drawn.after.lot_id] = drawn.after
        for lot in booked.made:
            self._lots[lot.lot_id] = lot
            self._numbers[site_id, lot.lot_no] = lot.lot_id
            self._taken.add((site_id, lot.lot_no))
        return _Booked(said=said, site=site, run=run, booked=booked, drafted=known.version if known else None)

    async def write(self, good: Sequence[_Booked]) -> None:
        """Lots as they are after the last run, then runs, lines, edges, entries, credits, and what is told of them.

        Raises Stale, LotConflict.
        """
        tx, scope = self._tx, self._scope
        made = {lot.lot_id for one in good for lot in one.booked.made}
        changed = {d.after.lot_id for one in good for d in one.booked.drawn} - made
        after = [(self._lots[lot_id], self._versions[lot_id]) for lot_id in sorted(changed)]
        if len(await store_sets.change_lots(tx, scope, after)) != len(after):
            raise Stale
        added = await store_sets.add_lots(tx, scope, {lot_id: (self._lots[lot_id], b"") for lot_id in sorted(made)})
        for lot_id in made - added:
            raise errors.LotConflict(lot_no=self._lots[lot_id].lot_no)
        for lot_id in changed | made:
            self._versions[lot_id] = self._lots[lot_id].version
        await store_sets.add_runs(tx, scope, [(one.run, one.said) for one in good if one.drafted is None])
        for one in good:
            if one.drafted is not None and not await store.change_run(tx, scope, one.run, one.drafted):
                raise Stale
        await store_sets.add_lines(tx, scope, [(one.run.run_id, one.booked.lines) for one in good])
        await store_sets.add_edges(tx, scope, [(one.run.run_id, one.booked.edges) for one in good])
        for site_id in dict.fromkeys(one.run.site_id for one in good):
            moved = [
                Moved(
                    tx_type=TxType.PROCESS,
                    tx_id=one.run.run_id,
                    period=one.run.period,
                    postings=list(one.booked.postings),
                )
                for one in good
                if one.run.site_id == site_id
            ]
            await store_sets.post_many(tx, scope, moved, site_id=site_id)
        for one in good:
            await earning.earn(tx, scope, one.site, one.run, one.booked)
            await tx.record(runs.posted(one.said, one.run, one.booked))


def _site_of(row: RunRow) -> UUID:
    return UUID(str(row.said["site_id"]))
