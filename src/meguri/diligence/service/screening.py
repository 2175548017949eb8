"""Screening the parties of one's chain: lists loaded by their importer, candidates kept, decisions remembered and re-opened.

A list's version never changes. A new version asks again only about parties that share a distinctive word with what was
added or changed; a false positive stays decided until its entry or the party's name changes.
"""

import asyncio
import hashlib
from collections.abc import Sequence
from uuid import NAMESPACE_OID, UUID, uuid5

import msgspec

from meguri.diligence import store
from meguri.diligence.errors import BadFile, FourEyes, HeldList, IllegalStep
from meguri.diligence.model import (
    DecisionInput,
    FindingInput,
    Kept,
    ListBody,
    ListInput,
    PartyInput,
    RunBody,
    SeverityInput,
)
from meguri.diligence.screening.decide import Entry, Subject
from meguri.diligence.screening.lists import entries_of
from meguri.diligence.screening.names import forms_of
from meguri.diligence.screening.rules import screening_rules
from meguri.diligence.screening.screen import Hit, Screener
from meguri.diligence.service import casework, records
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction

SHRUNK = 0.8
OPEN = ("potential", "escalated", "weak")
WAITING = ("potential", "escalated", "first_review")
GRAVE = SeverityInput(scale=4, scope=3, irremediability=3)


class Loaded(msgspec.Struct, frozen=True, kw_only=True):
    """What a load brought: the list's version, what changed in it, and how many parties were screened again."""

    list_id: str
    version: int
    entries: int
    added: int = 0
    changed: int = 0
    removed: int = 0
    screened: int = 0
    same: bool = False


async def load_list(tx: Transaction, scope: OperatorScope, said: ListInput, *, confirmed: bool = False) -> Loaded:
    """Loads a version of a list. Raises BadFile, HeldList (empty or over 20 % smaller; `confirmed` loads it all the same)."""
    if not said.licence_confirmed:
        raise BadFile(reason="利用条件の確認が必要です", reason_en="the licence must be confirmed")
    entries = await asyncio.to_thread(entries_of, said.csv)
    sha256 = hashlib.sha256(said.csv.encode()).hexdigest()
    before = await _list(tx, scope, said.list_id)
    if before is not None and before.content.sha256 == sha256:
        return Loaded(list_id=said.list_id, version=before.version, entries=len(entries), same=True)
    old = _entries(before.content) if before else []
    if (not entries or (old and len(entries) < SHRUNK * len(old))) and not confirmed:
        raise HeldList(before=len(old), after=len(entries))
    body = ListBody(
        list_id=said.list_id,
        licence=said.licence,
        kind=said.kind,
        sha256=sha256,
        entries=[_flat(one) for one in entries],
    )
    record_id, version = (before.record_id, before.version + 1) if before else (_list_id(said.list_id), 1)
    await records.keep(tx, scope, "list", record_id, version, body)
    return await _delta(tx, scope, body, version, old, entries)


def _list_id(list_id: str) -> UUID:
    return uuid5(NAMESPACE_OID, f"meguri screening list {list_id}")


async def _list(tx: Transaction, scope: OperatorScope, list_id: str) -> Kept[ListBody] | None:
    row = await store.record(tx, scope, "list", _list_id(list_id))
    return records.kept_of(row, ListBody) if row else None


def _flat(entry: Entry) -> list[str]:
    return [entry.id, entry.name, ";".join(entry.aliases), entry.country, entry.identifier, entry.programme]


def _entries(body: ListBody) -> list[Entry]:
    return [
        Entry(one[0], one[1], tuple(filter(None, one[2].split(";"))), one[3], one[4], one[5]) for one in body.entries
    ]


def entry_hash(entry: Entry) -> str:
    """What a decision on an entry is bound to."""
    return hashlib.sha256(msgspec.json.encode(_flat(entry))).hexdigest()


async def _delta(
    tx: Transaction, scope: OperatorScope, body: ListBody, version: int, old: Sequence[Entry], new: Sequence[Entry]
) -> Loaded:
    known = {one.id: one for one in old}
    fresh = [one for one in new if one.id not in known]
    altered = [one for one in new if one.id in known and known[one.id] != one]
    gone = known.keys() - {one.id for one in new}
    parties = await records.listed(tx, scope, "party", PartyInput)
    touched = await asyncio.to_thread(_touched, parties, [*fresh, *altered])
    await _screen(tx, scope, body, version, new, touched)
    return Loaded(
        list_id=body.list_id,
        version=version,
        entries=len(new),
        added=len(fresh),
        changed=len(altered),
        removed=len(gone),
        screened=len(touched),
    )


def _words_of(names: Sequence[str]) -> set[str]:
    return {
        read
        for name in names
        for form in forms_of(name)
        for word in form.words
        if word.kind == "distinctive"
        for read in word.read
    }


def _touched(parties: Sequence[Kept[PartyInput]], entries: Sequence[Entry]) -> list[Kept[PartyInput]]:
    """Parties that share an identifier or a distinctive word with one of the entries."""
    words = {word for entry in entries for word in _words_of([entry.name, *entry.aliases])}
    ids = {entry.identifier for entry in entries if entry.identifier}
    return [
        party
        for party in parties
        if words & _words_of([name.value for name in party.content.names])
        or ids & {one.value for one in party.content.ids}
    ]


async def screen_party(tx: Transaction, scope: OperatorScope, party_id: UUID) -> list[Kept[RunBody]]:
    """Screens one party against every list. Raises NothingFound."""
    party = await records.get(tx, scope, "party", PartyInput, party_id)
    found: list[Kept[RunBody]] = []
    for kept in await records.listed(tx, scope, "list", ListBody):
        found += await _screen(tx, scope, kept.content, kept.version, _entries(kept.content), [party])
    return found


async def _screen(
    tx: Transaction,
    scope: OperatorScope,
    body: ListBody,
    version: int,
    entries: Sequence[Entry],
    parties: Sequence[Kept[PartyInput]],
) -> list[Kept[RunBody]]:
    if not parties or not entries:
        return []
    found = await asyncio.to_thread(_hits, entries, parties)
    known = {key(run.content) for run in await records.listed(tx, scope, "run", RunBody)}
    fresh = [
        (party, hit)
        for party, best in zip(parties, found, strict=True)
        for hit in sorted(best, key=lambda one: -one.score)
        if not known & _keys(party, body.list_id, hit.entry)
    ]
    return [await _keep_run(tx, scope, party, body.list_id, version, hit) for party, hit in fresh]


def _hits(entries: Sequence[Entry], parties: Sequence[Kept[PartyInput]]) -> list[list[Hit]]:
    """For each party the entries that it may be, each once. Pure and long: for a thread."""
    screener = Screener(entries)
    found = []
    for party in parties:
        best: dict[str, Hit] = {}
        for hits in screener.hits(subjects(party.content)):
            for hit in hits:
                if hit.decision != "no" and (hit.entry.id not in best or hit.score > best[hit.entry.id].score):
                    best[hit.entry.id] = hit
        found.append(list(best.values()))
    return found


def subjects(party: PartyInput) -> list[Subject]:
    """The names of a company, each to be matched with its country and number."""
    identifier = next((one.value for one in party.ids), "")
    return [
        Subject(str(number), name.value, party.country or "", identifier) for number, name in enumerate(party.names)
    ]


Pair = tuple[UUID, str, str, str, str]


def key(run: RunBody) -> Pair:
    """A pair that is decided or waiting: as long as neither the entry nor the party's name changes, it is not asked again."""
    return run.party_id, run.list_id, run.entry_id, run.entry_hash, run.name


def _keys(party: Kept[PartyInput], list_id: str, entry: Entry) -> set[Pair]:
    sha256 = entry_hash(entry)
    return {(party.record_id, list_id, entry.id, sha256, name.value) for name in party.content.names}


async def _keep_run(
    tx: Transaction, scope: OperatorScope, party: Kept[PartyInput], list_id: str, version: int, hit: Hit
) -> Kept[RunBody]:
    identified = hit.reason.startswith("same identifier")
    run = RunBody(
        party_id=party.record_id,
        name=party.content.names[0].value,
        list_id=list_id,
        list_version=version,
        algorithm=screening_rules().name,
        entry_id=hit.entry.id,
        entry_name=hit.entry.name,
        entry_hash=entry_hash(hit.entry),
        score=round(hit.score, 4),
        reason=hit.reason,
        high_priority=identified and party.content.country == hit.entry.country,
    )
    state = "potential" if identified else state_of_score(hit.score)
    return await records.add(tx, scope, "run", run, state=state)


def state_of_score(score: float) -> str:
    """Whether a candidate waits for a person, or is only kept."""
    return "potential" if score >= screening_rules().decision.potential else "weak"


async def queue(tx: Transaction, scope: OperatorScope) -> list[Kept[RunBody]]:
    """Candidates that wait for a person, the first or the second, the most probable first."""
    found = [one for one in await records.listed(tx, scope, "run", RunBody) if one.state in WAITING]
    return sorted(found, key=lambda one: (not one.content.high_priority, -one.content.score, one.content.name))


async def owed(tx: Transaction, scope: OperatorScope) -> list[str]:
    """Companies of which the remote matcher has not said anything yet."""
    found = [one for one in await records.listed(tx, scope, "run", RunBody) if one.state == "pending"]
    return sorted(one.content.name for one in found)


async def decide(
    tx: Transaction, scope: OperatorScope, run_id: UUID, said: DecisionInput, if_version: int
) -> Kept[RunBody]:
    """A person's decision. A true match needs two people; it opens a finding. Raises NothingFound, Stale, IllegalStep, FourEyes."""
    kept = await records.get(tx, scope, "run", RunBody, run_id)
    if kept.state not in OPEN and kept.state != "first_review":
        raise IllegalStep(state=kept.state, allowed="potential, weak, escalated")
    state, body = _next(kept, said, scope.actor)
    after = await records.keep(tx, scope, "run", run_id, if_version + 1, body, state=state, subject_id=kept.subject_id)
    if state == "true_match":
        await _open_finding(tx, scope, after)
    return after


def _next(kept: Kept[RunBody], said: DecisionInput, actor: str) -> tuple[str, RunBody]:
    body = msgspec.structs.replace(kept.content, decision_reason=said.reason)
    if said.decision != "true_match":
        return said.decision, msgspec.structs.replace(body, reviewer=actor)
    if kept.content.reviewer is None or kept.state != "first_review":
        return "first_review", msgspec.structs.replace(body, reviewer=actor)
    if kept.content.reviewer == actor:
        raise FourEyes
    return "true_match", msgspec.structs.replace(body, second_reviewer=actor)


async def _open_finding(tx: Transaction, scope: OperatorScope, run: Kept[RunBody]) -> None:
    await casework.find(
        tx,
        scope,
        FindingInput(
            title=f"{run.content.name}: {run.content.list_id} {run.content.entry_id}"[:200],
            source="screening",
            category="B3",
            party_id=run.content.party_id,
            severity=GRAVE,
            likelihood=4,
            detected_on=clock.today(),
        ),
    )
