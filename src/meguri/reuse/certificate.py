"""The battery diagnosis certificate (電池診断証明書): its contents, and the credential that carries them.

Every result stands with its interval and its reference in one line; what could not be assessed is printed with the reason.
The word 保証 is never used without a warranty contract.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from meguri.health.model import Result, Status
from meguri.health.rulebook import RuleSet
from meguri.kernel.clock import seconds_z
from meguri.kernel.text import Language, Text
from meguri.reuse.certificate_words import reason_words, reference_words
from meguri.reuse.gate import Verdict
from meguri.reuse.grade import Grade
from meguri.reuse.records import BatteryFacts

VALID_DAYS, VALID_KM = 90, 1000
TYPE = "BatteryDiagnosisCredential"
CONTEXTS = ["https://www.w3.org/ns/credentials/v2", "https://meguri.example/contexts/diagnosis/v1"]

QUANTITY_WORDS = {
    "soh_capacity": Text(ja="健全度(容量)", en="State of health (capacity)"),
    "soh_energy": Text(ja="健全度(電力量)", en="State of health (energy)"),
    "soh_resistance": Text(ja="健全度(抵抗)", en="State of health (resistance)"),
    "soce": Text(ja="SOCE(認証電力量に対する残存率)", en="SOCE (state of certified energy)"),
    "socr": Text(ja="SOCR(認証航続距離に対する残存率)", en="SOCR (state of certified range)"),
    "soh": Text(ja="健全度", en="State of health"),
    "soh_bms": Text(ja="健全度(BMS 表示・未検証)", en="State of health (as the BMS says, not verified)"),
    "capacity": Text(ja="残存容量", en="Remaining capacity"),
    "energy": Text(ja="残存電力量", en="Remaining energy"),
    "resistance": Text(ja="内部抵抗", en="Internal resistance"),
    "resistance_ratio": Text(ja="内部抵抗(新品比)", en="Internal resistance against new"),
    "rte": Text(ja="往復効率", en="Round-trip efficiency"),
    "self_discharge": Text(ja="自己放電", en="Self-discharge"),
    "rest_spread": Text(ja="静置時のセル電圧差", en="Cell voltage spread at rest"),
    "insulation_ohm_per_volt": Text(ja="絶縁抵抗", en="Insulation"),
}


class DiagnosisInput(msgspec.Struct, frozen=True, kw_only=True):
    """What a certificate is issued from: results of health, and how, where and by whom they were found."""

    results: tuple[Result, ...]
    tested_on: date
    method: str
    instrument: str
    place: str
    person: str
    accreditation: str = ""
    model_card: str = ""
    data_sha256: tuple[str, ...] = ()
    limits_of_use: tuple[str, ...] = ()


class CertificateContents(msgspec.Struct, frozen=True, kw_only=True):
    """The contents in the order in which they are shown."""

    certificate_id: str
    model: str
    maker: str
    serial: str
    dpp_id: str | None
    chemistry: str
    rated_energy_kwh: float
    rated_capacity_ah: float | None
    results: tuple[Result, ...]
    verdict: Verdict
    failed: tuple[str, ...]
    missing: tuple[str, ...]
    limits: tuple[str, ...]
    grade: Grade
    rule_sets: tuple[RuleSet, ...]
    method: str
    instrument: str
    model_card: str
    data_sha256: tuple[str, ...]
    tested_on: date
    place: str
    person: str
    accreditation: str
    issued_at: str
    valid_until: str
    valid_km: int
    limits_of_use: tuple[str, ...]
    issuer: str
    issuer_name: str
    verify_url: str


class StoredCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate as its issuer keeps it. `flag`: a later, worse result of the same item."""

    operator_id: UUID
    certificate_id: UUID
    battery_id: UUID
    state: str
    issued_at: datetime
    valid_until: datetime
    superseded_by: UUID | None
    flag: str | None
    contents: CertificateContents
    credential: dict[str, Any]

    def standing(self, now: datetime) -> str:
        """valid, expired, superseded or revoked."""
        return "expired" if self.state == "valid" and now > self.valid_until else self.state


def valid_until(issued_at: datetime) -> datetime:
    """90 days after the issue (or 1 000 km, whichever comes first)."""
    return issued_at + timedelta(days=VALID_DAYS)


def credential_of(contents: CertificateContents, status: Mapping[str, Any]) -> dict[str, Any]:
    """The credential before it is signed."""
    subject = msgspec.to_builtins(contents)
    return {
        "@context": CONTEXTS,
        "id": f"urn:uuid:{contents.certificate_id}",
        "type": ["VerifiableCredential", TYPE],
        "issuer": contents.issuer,
        "validFrom": contents.issued_at,
        "validUntil": contents.valid_until,
        "credentialSubject": {"id": contents.dpp_id or f"urn:battery:{contents.serial}", "diagnosis": subject},
        "credentialStatus": dict(status),
    }


def contents_of(credential: Mapping[str, Any]) -> CertificateContents:
    """The contents of a credential. Raises msgspec.ValidationError when it is none of ours."""
    return msgspec.convert(credential["credentialSubject"]["diagnosis"], CertificateContents)


def line_of(result: Result, language: Language) -> str:
    """A result in one line, with interval and reference: 健全度(容量) 82.0 %(90 %区間 78.9–85.1)、基準 定格50 Ah、25 ℃、1C."""
    name = QUANTITY_WORDS.get(result.quantity, Text(ja=result.quantity, en=result.quantity)).of(language)
    if result.value is None:
        why = ", ".join(reason_words(code, language) for code in result.reasons)
        words = Text(ja="{name} 判定不能({why})", en="{name}: not assessable ({why})")
        return words.of(language, name=name, why=why or result.status.value)
    shown = f"{name} {_plain(result.value)} {result.unit}".rstrip()
    if result.lower is not None and result.upper is not None:
        words = Text(ja="({share:.0f} %区間 {low}–{high})", en=" ({share:.0f} % interval {low}–{high})")
        shown += words.of(language, share=result.confidence * 100, low=_plain(result.lower), high=_plain(result.upper))
    if result.status is Status.OUT_OF_DOMAIN:
        shown += Text(ja="[適用範囲外]", en=" [out of domain]").of(language)
    joined = [shown]
    if result.reference is not None:
        words = Text(ja="基準 {name}{value} {unit}", en="reference {name} {value} {unit}")
        reference = result.reference
        named = reference_words(reference.name, language)
        joined.append(words.of(language, name=named, value=f"{reference.value:g}", unit=reference.unit))
    conditions = result.conditions
    if conditions.temperature_c is not None:
        joined.append(f"{conditions.temperature_c:g} ℃" if language == "ja" else f"{conditions.temperature_c:g} °C")
    if conditions.c_rate is not None:
        joined.append(f"{conditions.c_rate:g}C")
    return ("、" if language == "ja" else ", ").join(joined)


def _plain(value: float) -> str:
    """A figure as people read it: one decimal above 1, three significant digits below."""
    return f"{value:.1f}" if abs(value) >= 1 else f"{value:.3g}"


def begin(
    certificate_id: UUID,
    facts: BatteryFacts,
    given: DiagnosisInput,
    issued_at: datetime,
    **found: Any,
) -> CertificateContents:
    """The contents from facts, diagnosis and `found` (verdict, failed, missing, limits, grade, rule_sets, issuer …)."""
    return CertificateContents(
        certificate_id=str(certificate_id),
        model=facts.model,
        maker=facts.maker,
        serial=facts.serial,
        dpp_id=facts.dpp_id,
        chemistry=facts.chemistry.value,
        rated_energy_kwh=facts.rated_energy_kwh,
        rated_capacity_ah=facts.rated_capacity_ah,
        results=given.results,
        method=given.method,
        instrument=given.instrument,
        model_card=given.model_card,
        data_sha256=given.data_sha256,
        tested_on=given.tested_on,
        place=given.place,
        person=given.person,
        accreditation=given.accreditation,
        issued_at=seconds_z(issued_at),
        valid_until=seconds_z(valid_until(issued_at)),
        valid_km=VALID_KM,
        limits_of_use=given.limits_of_use,
        **found,
    )
