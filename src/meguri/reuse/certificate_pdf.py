"""The certificate on paper: A4, one page and an annex, with the signed JSON attached."""

from datetime import datetime
from io import BytesIO

import msgspec
import segno

from meguri.documents import pdf
from meguri.kernel.text import Language, Text
from meguri.reuse.certificate import CertificateContents, StoredCertificate, line_of
from meguri.reuse.certificate_words import limit_words, method_words
from meguri.reuse.gate import VERDICT_WORDS, gate_rules
from meguri.reuse.law import JAPAN
from meguri.ui.formats import day_text

_WORDS = {
    "serial": Text(ja="製造番号", en="Serial"),
    "chemistry": Text(ja="化学系", en="Chemistry"),
    "rated_energy": Text(ja="定格電力量", en="Rated energy"),
    "rated_capacity": Text(ja="定格容量", en="Rated capacity"),
    "passport": Text(ja="電池パスポート", en="Battery passport"),
    "verdict": Text(ja="安全判定", en="Safety verdict"),
    "grade": Text(ja="等級", en="Grade"),
    "failed": Text(ja="不適合: {title}", en="failed: {title}"),
    "missing": Text(ja="証拠なし: {title}", en="no evidence: {title}"),
    "method": Text(ja="方法", en="Method"),
    "instrument": Text(ja="測定器", en="Instrument"),
    "model_card": Text(ja="推定モデル", en="Model card"),
    "data": Text(ja="データ(SHA-256)", en="Data (SHA-256)"),
    "tested_on": Text(ja="診断日", en="Diagnosed on"),
    "place": Text(ja="場所", en="Place"),
    "person": Text(ja="診断者", en="Person"),
    "accreditation": Text(ja="試験所認定", en="Laboratory accreditation"),
    "until": Text(ja="有効期限", en="Valid until"),
    "km": Text(ja="または走行距離", en="or distance"),
    "limits": Text(ja="使用上の限度", en="Limits of use"),
    "issuer": Text(ja="発行者", en="Issuer"),
    "did": Text(ja="識別子(DID)", en="Identifier (DID)"),
    "issued": Text(ja="発行日時", en="Issued at"),
}


def titles_of(rule_ids: tuple[str, ...], language: Language) -> list[str]:
    """Rules of the gate by their titles."""
    by_id = {rule.rule_id: rule for rule in gate_rules().rules}
    found = [by_id[rule_id] for rule_id in rule_ids if rule_id in by_id]
    return [f"{rule.rule_id} {rule.title_ja if language == 'ja' else rule.title_en}" for rule in found]


def limits_of(stands: CertificateContents, language: Language) -> list[str]:
    """Limits of the gate and of whoever diagnosed, in words."""
    return [limit_words(name, language) for name in (*stands.limits, *stands.limits_of_use)]


def certificate_pdf(kept: StoredCertificate, language: Language) -> bytes:
    """The PDF. Its figures are those of the credential that is attached. Raises DocumentFailed."""
    stands = kept.contents

    def word(key: str, **values: object) -> str:
        return _WORDS[key].of(language, **values)

    data = {
        "maker": stands.maker,
        "model": stands.model,
        "serial": stands.serial,
        "verify_url": stands.verify_url,
        "item": [
            (word("serial"), stands.serial),
            (word("chemistry"), stands.chemistry),
            (word("rated_energy"), f"{stands.rated_energy_kwh:g} kWh"),
            (word("rated_capacity"), f"{stands.rated_capacity_ah:g} Ah" if stands.rated_capacity_ah else "—"),
            (word("passport"), stands.dpp_id or "—"),
        ],
        "lines": [line_of(result, language) for result in stands.results],
        "safety": [
            (word("verdict"), VERDICT_WORDS[stands.verdict].of(language)),
            (word("grade"), stands.grade.value),
        ],
        "failed": [word("failed", title=title) for title in titles_of(stands.failed, language)],
        "missing": [word("missing", title=title) for title in titles_of(stands.missing, language)],
        "how": [
            (word("method"), method_words(stands.method, language)),
            (word("instrument"), stands.instrument),
            (word("model_card"), stands.model_card or "—"),
            (word("data"), ", ".join(stands.data_sha256) or "—"),
            (word("tested_on"), day_text(language, stands.tested_on)),
            (word("place"), stands.place),
            (word("person"), stands.person),
            (word("accreditation"), stands.accreditation or "—"),
        ],
        "validity": [
            (word("until"), _day(kept.valid_until, language)),
            (word("km"), f"{stands.valid_km} km"),
            (word("limits"), ", ".join(limits_of(stands, language)) or "—"),
        ],
        "issuer": [
            (word("issuer"), stands.issuer_name),
            (word("did"), stands.issuer),
            (word("issued"), _day(kept.issued_at, language)),
        ],
        "rules": [(rule.id, f"{rule.version} ({rule.valid_from}) {rule.source}") for rule in stands.rule_sets],
    }
    return pdf(
        "meguri.reuse",
        "certificate.typ",
        data,
        language=language,
        pictures={
            "credential.json": msgspec.json.encode(kept.credential),
            "qr.svg": _code(stands.verify_url),
        },
    )


def _code(address: str) -> bytes:
    """The address as a QR code, SVG."""
    drawn = BytesIO()
    segno.make(address, error="m").save(drawn, kind="svg", scale=4, border=0)
    return drawn.getvalue()


def _day(moment: datetime, language: Language) -> str:
    """The day of a moment in Japan."""
    return day_text(language, moment.astimezone(JAPAN).date())
