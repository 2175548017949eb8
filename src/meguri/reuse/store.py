"""The tables of batteries, evidence, values, certificates and accidents; with `store_deals` the only caller of `queries.sql`.

Functions that take a scope touch that company's rows; those with `across` in their name act for several at once and are
called within `tx.across()`.
"""

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

import msgspec

from meguri.kernel import clock
from meguri.kernel.ids import new_id
from meguri.kernel.scope import OperatorScope
from meguri.reuse.certificate import StoredCertificate
from meguri.reuse.gate import GateEvidence, GateResult, Verdict
from meguri.reuse.grade import Grade
from meguri.reuse.prices import PriceSet
from meguri.reuse.records import (
    AccidentRecord,
    BatteryFacts,
    HeldBattery,
    KeptLicence,
    Licence,
    OthersLicence,
    StoredEvidence,
)
from meguri.storage import Transaction, load_queries

queries = load_queries(__package__)
LAST_ID = UUID(int=2**128 - 1)
FAR = datetime.fromisoformat("9999-12-31T00:00:00+00:00")


class Half(msgspec.Struct, frozen=True, kw_only=True):
    """A company that knows a battery."""

    operator_id: UUID
    held: bool
    owner_id: UUID


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A battery found by its passport."""

    operator_id: UUID
    battery_id: UUID
    held: bool


class PriceSetLine(msgspec.Struct, frozen=True, kw_only=True):
    """A price set in a list."""

    price_set_id: UUID
    name: str
    day: date
    created_at: datetime


async def lock(tx: Transaction, _scope: OperatorScope, *thing: object) -> None:
    """Wait until nobody else writes `thing`; held until the transaction ends."""
    await tx.run(queries.lock, thing=":".join(("reuse", *map(str, thing))))


async def add_battery(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, facts: BatteryFacts, *, held: bool = True
) -> bool:
    """Whether it was new to the company."""
    return await add_battery_across(tx, scope.operator_id, battery_id, facts, held=held, owner=scope.operator_id)


async def add_battery_across(
    tx: Transaction, operator_id: UUID, battery_id: UUID, facts: BatteryFacts, *, held: bool, owner: UUID
) -> bool:
    """The battery becomes known to a company. Whether it was new."""
    added = await tx.value(
        queries.add_battery,
        operator_id=operator_id,
        battery_id=battery_id,
        serial=facts.serial,
        dpp_id=facts.dpp_id,
        passport_id=facts.passport_id,
        facts=facts,
        held=held,
        owner_id=facts.owner_id or owner,
        waste=facts.waste,
        at=clock.now(),
    )
    return added is not None


async def battery(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, *, locked: bool = False
) -> HeldBattery | None:
    """A battery of the company."""
    return await battery_across(tx, scope.operator_id, battery_id, locked=locked)


async def battery_across(
    tx: Transaction, operator_id: UUID, battery_id: UUID, *, locked: bool = False
) -> HeldBattery | None:
    """A battery as that company knows it."""
    query = queries.battery_locked if locked else queries.battery
    return await tx.one(query, HeldBattery, operator_id=operator_id, battery_id=battery_id)


async def battery_by_name(tx: Transaction, scope: OperatorScope, name: str) -> HeldBattery | None:
    """A battery of the company by serial, passport identifier or passport id."""
    return await tx.one(queries.battery_by_name, HeldBattery, operator_id=scope.operator_id, name=name)


async def batteries(
    tx: Transaction, scope: OperatorScope, start: tuple[datetime, UUID] | None, rows: int
) -> list[HeldBattery]:
    """The company's batteries, newest first."""
    at, after = start or (FAR, LAST_ID)
    return await tx.all(queries.batteries, HeldBattery, operator_id=scope.operator_id, at=at, after=after, rows=rows)


async def serials(tx: Transaction, scope: OperatorScope, ids: Collection[UUID]) -> dict[UUID, str]:
    """Serial numbers of own batteries; unknown ones are left out."""
    rows: list[tuple[UUID, str]] = await tx.all(queries.serials, operator_id=scope.operator_id, ids=list(ids))
    return dict(rows)


async def halves_across(tx: Transaction, battery_id: UUID) -> list[Half]:
    """Every company that knows the battery."""
    return await tx.all(queries.halves_of_battery, Half, battery_id=battery_id)


async def by_passport_across(tx: Transaction, passport_id: UUID) -> list[Found]:
    """Batteries that a passport stands for, of all who know them."""
    return await tx.all(queries.batteries_of_passport, Found, passport_id=passport_id)


async def save_verdict_across(
    tx: Transaction, operator_id: UUID, battery_id: UUID, verdict: Verdict, grade: Grade, judgement: GateResult
) -> None:
    """The present verdict of a company's half."""
    await tx.run(
        queries.save_judgement_on_battery,
        operator_id=operator_id,
        battery_id=battery_id,
        verdict=verdict,
        grade=grade,
        judgement=judgement,
        at=clock.now(),
    )


async def move_across(tx: Transaction, operator_id: UUID, battery_id: UUID, *, held: bool, owner: UUID) -> None:
    """Custody and ownership as that company's half tells them."""
    await tx.run(
        queries.move_battery, operator_id=operator_id, battery_id=battery_id, held=held, owner_id=owner, at=clock.now()
    )


async def rename_passport(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, passport_id: UUID | None, dpp_id: str | None, waste: bool
) -> None:
    """Another passport stands for the battery now, or it became waste."""
    await tx.run(
        queries.rename_passport,
        operator_id=scope.operator_id,
        battery_id=battery_id,
        passport_id=passport_id,
        dpp_id=dpp_id,
        waste=waste,
        at=clock.now(),
    )


async def add_evidence_across(
    tx: Transaction, operator_id: UUID, battery_id: UUID, findings: Sequence[GateEvidence], source: str, actor: str
) -> int:
    """Findings, of which those that are there already stay as they are; how many were new."""
    return await tx.run(
        queries.add_evidence,
        operator_id=operator_id,
        battery_id=battery_id,
        ids=[finding.evidence_id for finding in findings],
        findings=[msgspec.json.encode(finding).decode() for finding in findings],
        source=source,
        actor=actor,
        at=clock.now(),
    )


async def evidence(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> list[StoredEvidence]:
    """All findings about a battery, as they came."""
    return await evidence_across(tx, scope.operator_id, battery_id)


async def evidence_across(tx: Transaction, operator_id: UUID, battery_id: UUID) -> list[StoredEvidence]:
    """All findings that a company has about a battery."""
    return await tx.all(queries.evidence, StoredEvidence, operator_id=operator_id, battery_id=battery_id)


async def copy_evidence_across(tx: Transaction, giver: UUID, taker: UUID, battery_id: UUID) -> None:
    """The next holder takes over what is known."""
    await tx.run(queries.copy_evidence, from_id=giver, to_id=taker, battery_id=battery_id)


async def add_judgement_across(
    tx: Transaction,
    operator_id: UUID,
    battery_id: UUID,
    verdict: Verdict,
    grade: Grade,
    cause: str,
    body: Any,
    actor: str,
) -> None:
    """A judgement for the history. `cause`: `evidence`, `watch:<event>`, `person:<reason>`."""
    await tx.run(
        queries.add_judgement,
        operator_id=operator_id,
        judgement_id=new_id(),
        battery_id=battery_id,
        verdict=verdict,
        grade=grade,
        cause=cause,
        body=body,
        actor=actor,
        at=clock.now(),
    )


async def lowered_across(tx: Transaction, operator_id: UUID, battery_id: UUID) -> tuple[Verdict, datetime] | None:
    """The last verdict that a person lowered, and when."""
    row = await tx.one(queries.lowest_lowered, operator_id=operator_id, battery_id=battery_id)
    return (Verdict(row[0]), row[1]) if row else None


async def add_price_set(tx: Transaction, scope: OperatorScope, prices: PriceSet) -> UUID:
    """Keep a price set; earlier ones stay."""
    price_set_id = new_id()
    await tx.run(
        queries.add_price_set,
        operator_id=scope.operator_id,
        price_set_id=price_set_id,
        name=prices.id,
        day=prices.date,
        body=prices,
        at=clock.now(),
    )
    return price_set_id


async def newest_prices(tx: Transaction, scope: OperatorScope) -> PriceSet | None:
    """The company's newest price set."""
    body = await tx.value(queries.newest_price_set, operator_id=scope.operator_id)
    return None if body is None else msgspec.convert(body, PriceSet)


async def price_sets(tx: Transaction, scope: OperatorScope) -> list[PriceSetLine]:
    """The company's price sets, newest first."""
    return await tx.all(queries.price_sets, PriceSetLine, operator_id=scope.operator_id)


async def add_valuation(tx: Transaction, scope: OperatorScope, battery_id: UUID, body: msgspec.Struct) -> UUID:
    """Keep a decision with its values."""
    valuation_id = new_id()
    await tx.run(
        queries.add_valuation,
        operator_id=scope.operator_id,
        valuation_id=valuation_id,
        battery_id=battery_id,
        body=body,
        actor=scope.actor,
        at=clock.now(),
    )
    return valuation_id


async def newest_valuation(tx: Transaction, scope: OperatorScope, battery_id: UUID) -> Any:
    """The newest decision, as JSON; None when there is none."""
    return await tx.value(queries.newest_valuation, operator_id=scope.operator_id, battery_id=battery_id)


async def add_certificate(tx: Transaction, scope: OperatorScope, issued: StoredCertificate) -> None:
    """A certificate that was issued."""
    await tx.run(
        queries.add_certificate,
        operator_id=scope.operator_id,
        certificate_id=issued.certificate_id,
        battery_id=issued.battery_id,
        issued_at=issued.issued_at,
        valid_until=issued.valid_until,
        contents=issued.contents,
        credential=issued.credential,
    )


async def certificate(tx: Transaction, scope: OperatorScope, certificate_id: UUID) -> StoredCertificate | None:
    """A certificate that the company issued."""
    return await tx.one(
        queries.certificate, StoredCertificate, operator_id=scope.operator_id, certificate_id=certificate_id
    )


async def certificate_across(tx: Transaction, certificate_id: UUID) -> StoredCertificate | None:
    """A certificate of any company."""
    return await tx.one(queries.certificate_of_anyone, StoredCertificate, certificate_id=certificate_id)


async def certificates(
    tx: Transaction, scope: OperatorScope, battery_id: UUID | None, start: tuple[datetime, UUID] | None, rows: int
) -> list[StoredCertificate]:
    """The company's certificates, newest first."""
    at, after = start or (FAR, LAST_ID)
    return await tx.all(
        queries.certificates,
        StoredCertificate,
        operator_id=scope.operator_id,
        battery_id=battery_id,
        at=at,
        after=after,
        rows=rows,
    )


async def close_certificates(
    tx: Transaction, scope: OperatorScope, battery_id: UUID, state: str, by: UUID | None, flag: str | None = None
) -> list[UUID]:
    """Valid certificates of a battery end; their ids."""
    found = await tx.all(
        queries.close_certificates,
        operator_id=scope.operator_id,
        battery_id=battery_id,
        state=state,
        by=by or UUID(int=0),
        flag=flag,
    )
    return [row[0] for row in found]


async def revoke_certificate(tx: Transaction, scope: OperatorScope, certificate_id: UUID, why: str) -> bool:
    """Whether it was valid until now."""
    return bool(
        await tx.run(queries.revoke_certificate, operator_id=scope.operator_id, certificate_id=certificate_id, flag=why)
    )


async def add_accident(tx: Transaction, scope: OperatorScope, record: AccidentRecord) -> None:
    """An accident with its clocks."""
    await tx.run(
        queries.add_accident,
        operator_id=scope.operator_id,
        accident_id=record.accident_id,
        battery_id=record.battery_id,
        known_at=record.known_at,
        prompt_due=record.prompt_due,
        full_due=record.full_due,
        body=record.body,
        at=record.created_at,
    )


async def accident(tx: Transaction, scope: OperatorScope, accident_id: UUID) -> AccidentRecord | None:
    """An accident of the company."""
    return await tx.one(queries.accident, AccidentRecord, operator_id=scope.operator_id, accident_id=accident_id)


async def accidents(
    tx: Transaction, scope: OperatorScope, start: tuple[datetime, UUID] | None, rows: int
) -> list[AccidentRecord]:
    """The company's accidents, newest first."""
    at, after = start or (FAR, LAST_ID)
    return await tx.all(queries.accidents, AccidentRecord, operator_id=scope.operator_id, at=at, after=after, rows=rows)


async def save_accident(tx: Transaction, scope: OperatorScope, record: AccidentRecord) -> bool:
    """The record as the version after `record.version`; False when somebody else was first."""
    return bool(
        await tx.run(
            queries.save_accident,
            operator_id=scope.operator_id,
            accident_id=record.accident_id,
            body=record.body,
            prompt_sent=record.prompt_sent,
            full_sent=record.full_sent,
            expected=record.version,
        )
    )


async def save_licence(tx: Transaction, scope: OperatorScope, licence: Licence) -> None:
    """The company's licence of that kind."""
    await tx.run(queries.save_licence, operator_id=scope.operator_id, at=clock.now(), **msgspec.structs.asdict(licence))


async def licence(tx: Transaction, operator_id: UUID, kind: str) -> KeptLicence | None:
    """A company's licence of that kind: one's own, or within `tx.across()` anybody's."""
    return await tx.one(queries.licence, KeptLicence, operator_id=operator_id, kind=kind)


async def licences_across(tx: Transaction) -> list[OthersLicence]:
    """Every company's licences, those that wait first."""
    return await tx.all(queries.licences, OthersLicence)


async def check_licence_across(
    tx: Transaction, operator_id: UUID, kind: str, number: str, proof: str, actor: str
) -> bool:
    """The proof of a licence was seen. Whether there is one of that number."""
    named = {"operator_id": operator_id, "kind": kind, "number": number}
    return await tx.run(queries.check_licence, **named, proof=proof, actor=actor, at=clock.now()) > 0


async def refuse_licence_across(tx: Transaction, operator_id: UUID, kind: str, number: str, why: str) -> bool:
    """The proof of a licence does not hold. Whether there is one of that number."""
    return await tx.run(queries.refuse_licence, operator_id=operator_id, kind=kind, number=number, why=why) > 0
