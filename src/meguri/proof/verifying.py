"""Verifying a credential: each check in its order, the first failure decides, and the answer shows them all.

Pure: what a check needs from outside (DID documents, status lists) is gathered before by whoever calls, from the
database, the net or a bundle on disk; `needs_of` says what that is.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from meguri.kernel.text import Text
from meguri.proof import bitstring, data_integrity, did, jcs, slices
from meguri.proof.bitstring import StatusUnavailable
from meguri.proof.multibase import NotDecodable
from meguri.proof.rules import proof_rules

Status = Literal[
    "valid", "expired", "revoked", "suspended", "superseded", "invalid_signature", "tampered", "unverifiable"
]
_CONTEXT = "https://www.w3.org/ns/credentials/v2"


class Check(msgspec.Struct, frozen=True, omit_defaults=True):
    """One check: its name, whether it held, the code of what is wrong, and a sentence."""

    name: str
    ok: bool
    detail: Text
    code: str | None = None


class Verdict(msgspec.Struct, frozen=True):
    """What became of a verification."""

    valid: bool
    status: Status
    checks: list[Check]
    revoked: bool
    superseded_by: str | None = None


class Needs(msgspec.Struct, frozen=True):
    """What must be fetched before a document can be verified."""

    dids: frozenset[str]
    lists: frozenset[str]


class Gathered(msgspec.Struct, frozen=True):
    """What was fetched: DID documents by DID, list credentials by address. What is missing could not be had.

    tokens          status lists of tokens (`statuslist+jwt`) by address
    superseded_by   the version or credential that took the place of this one, where that is known
    offline         lists that could not be had are passed over: revocation is then not known
    trusted         whether an issuer is trusted for a type of credential; None: every issuer is
    """

    dids: Mapping[str, Mapping[str, Any]] = {}
    lists: Mapping[str, Mapping[str, Any]] = {}
    tokens: Mapping[str, str] = {}
    superseded_by: str | None = None
    offline: bool = False
    trusted: Callable[[str, Sequence[str]], bool] | None = None


class CheckFailed(Exception):
    """A check that does not hold: code, sentence, and what it makes of the credential."""

    def __init__(self, code: str, detail: Text, status: Status = "unverifiable") -> None:
        super().__init__(code)
        self.code, self.detail, self.status = code, detail, status


def needs_of(document: Mapping[str, Any]) -> Needs:
    """The DIDs and status lists that verifying `document` asks for."""
    methods = [str(proof.get("verificationMethod", "")) for proof in data_integrity.proofs_of(document)]
    lists = [str(entry.get("statusListCredential", "")) for entry in _entries(document)]
    dids = {did.subject_of(method) for method in methods} | {issuer_of(document)}
    return Needs(frozenset(dids - {""}), frozenset(set(lists) - {""}))


def issuer_of(document: Mapping[str, Any]) -> str:
    """The issuer's id, empty when none is named."""
    issuer = document.get("issuer")
    return str(issuer.get("id", "")) if isinstance(issuer, Mapping) else str(issuer or "")


def types_of(document: Mapping[str, Any]) -> list[str]:
    """The types of the credential."""
    types = document.get("type")
    return [str(one) for one in types] if isinstance(types, list) else [str(types)] if types else []


def verify(document: Mapping[str, Any], gathered: Gathered, now: datetime) -> Verdict:
    """Verify a credential with Data Integrity proofs.

    The order is fixed: form, proof, issuer's DID, key's authority, signature, issuer = holder of the key, validity,
    status, trust, and for a passport's slice that its data still have the hashes that it names.
    """
    checks: list[Check] = []
    for name, check, good in _CHECKS:
        try:
            check(document, gathered, now)
        except CheckFailed as failed:
            return failed_verdict(failed, [*checks, Check(name, False, failed.detail, failed.code)], gathered)
        checks.append(Check(name, True, good))
    return Verdict(True, "valid", checks, False)


def failed_verdict(failed: CheckFailed, checks: list[Check], gathered: Gathered) -> Verdict:
    """The verdict when a check failed: what a newer version has taken the place of is superseded, not merely revoked."""
    replaced = failed.status == "revoked" and gathered.superseded_by is not None
    status: Status = "superseded" if replaced else failed.status
    return Verdict(False, status, checks, failed.status == "revoked", gathered.superseded_by)


def failure(name: str, code: str, detail: Text, status: Status = "unverifiable") -> Verdict:
    """The verdict on what could not even be read."""
    return Verdict(False, status, [Check(name, False, detail, code)], False)


def _form(document: Mapping[str, Any], _: Gathered, __: datetime) -> None:
    contexts = document.get("@context")
    first = contexts[0] if isinstance(contexts, list) and contexts else contexts
    fits = first == _CONTEXT and "VerifiableCredential" in types_of(document) and issuer_of(document)
    if not fits or not isinstance(document.get("credentialSubject"), Mapping | list):
        raise CheckFailed("SCHEMA_INVALID", NOT_A_CREDENTIAL)
    if len(msgspec.json.encode(document)) > proof_rules().credential.most_bytes:
        raise CheckFailed("SCHEMA_INVALID", NOT_A_CREDENTIAL)


def _suite(document: Mapping[str, Any], _: Gathered, __: datetime) -> None:
    proofs = data_integrity.proofs_of(document)
    if not proofs or any(proof.get("cryptosuite") != data_integrity.SUITE for proof in proofs):
        raise CheckFailed("PROOF_UNSUPPORTED", UNSUPPORTED)
    if any(proof.get("proofPurpose") != "assertionMethod" for proof in proofs):
        raise CheckFailed("PROOF_UNSUPPORTED", UNSUPPORTED)


def _resolved(document: Mapping[str, Any], gathered: Gathered, _: datetime) -> None:
    for proof in data_integrity.proofs_of(document):
        subject = did.subject_of(str(proof.get("verificationMethod", "")))
        found = gathered.dids.get(subject)
        if found is None or found.get("id") != subject:
            raise CheckFailed("ISSUER_UNRESOLVABLE", UNRESOLVABLE)


def _authorised(document: Mapping[str, Any], gathered: Gathered, _: datetime) -> None:
    for _ignored in _keys(document, gathered):
        pass


def _keys(document: Mapping[str, Any], gathered: Gathered) -> Iterator[tuple[Mapping[str, Any], Ed25519PublicKey]]:
    for proof in data_integrity.proofs_of(document):
        method = str(proof.get("verificationMethod", ""))
        try:
            key = did.key_in(gathered.dids[did.subject_of(method)], method)
        except NotDecodable:
            key = None
        if not isinstance(key, Ed25519PublicKey):
            raise CheckFailed("KEY_NOT_AUTHORISED", UNAUTHORISED)
        yield proof, key


def _signature(document: Mapping[str, Any], gathered: Gathered, _: datetime) -> None:
    for proof, key in _keys(document, gathered):
        if not data_integrity.verifies(document, proof, key):
            status: Status = "tampered" if _hash_broken(document) else "invalid_signature"
            raise CheckFailed("PROOF_INVALID", INVALID_SIGNATURE, status)


def _issuer(document: Mapping[str, Any], _: Gathered, __: datetime) -> None:
    signers = {did.subject_of(str(proof["verificationMethod"])) for proof in data_integrity.proofs_of(document)}
    if issuer_of(document) not in signers:
        raise CheckFailed("KEY_NOT_AUTHORISED", ANOTHER_ISSUER)


def _validity(document: Mapping[str, Any], _: Gathered, now: datetime) -> None:
    skew = timedelta(seconds=proof_rules().credential.clock_skew_s)
    for proof in data_integrity.proofs_of(document):
        over = _moment(proof.get("expires"))
        if over is not None and now - skew > over:
            raise CheckFailed("EXPIRED", OVER, "expired")
    starts, ends = (_moment(document.get(name)) for name in ("validFrom", "validUntil"))
    if starts is not None and now + skew < starts:
        raise CheckFailed("NOT_YET_VALID", NOT_YET)
    if ends is not None and now - skew > ends:
        raise CheckFailed("EXPIRED", OVER, "expired")


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise CheckFailed("SCHEMA_INVALID", NOT_A_CREDENTIAL) from None
    if moment.tzinfo is None:
        raise CheckFailed("SCHEMA_INVALID", NOT_A_CREDENTIAL)
    return moment


def _status(document: Mapping[str, Any], gathered: Gathered, now: datetime) -> None:
    """What a kind of status that we do not know would say is not known: such a credential is not called valid."""
    for entry in _said_of_status(document):
        if isinstance(entry, Mapping) and entry.get("statusPurpose") in _NO_MATTER:
            continue
        if not isinstance(entry, Mapping) or entry.get("type") != "BitstringStatusListEntry":
            if gathered.offline:
                continue
            raise CheckFailed("STATUS_UNAVAILABLE", STATUS_UNKNOWN)
        if entry.get("statusPurpose") not in ("revocation", "suspension"):
            raise CheckFailed("STATUS_UNAVAILABLE", STATUS_UNKNOWN)
        listed = gathered.lists.get(str(entry.get("statusListCredential", "")))
        if listed is None and gathered.offline:
            continue
        if listed is None or not _list_holds(listed, document, gathered, now):
            raise CheckFailed("STATUS_UNAVAILABLE", STATUS_UNKNOWN)
        try:
            is_set = bitstring.is_set(dict(listed), dict(entry))
        except StatusUnavailable:
            raise CheckFailed("STATUS_UNAVAILABLE", STATUS_UNKNOWN) from None
        if is_set and entry.get("statusPurpose") == "suspension":
            raise CheckFailed("SUSPENDED", SUSPENDED, "suspended")
        if is_set:
            raise CheckFailed("REVOKED", REVOKED, "revoked")


def _list_holds(listed: Mapping[str, Any], document: Mapping[str, Any], gathered: Gathered, now: datetime) -> bool:
    """Whether the list itself is a sound credential of the same issuer."""
    try:
        for check in (_form, _suite, _resolved, _signature, _issuer, _validity):
            check(listed, gathered, now)
    except CheckFailed:
        return False
    return issuer_of(listed) == issuer_of(document)


def _trust(document: Mapping[str, Any], gathered: Gathered, _: datetime) -> None:
    if gathered.trusted is not None and not gathered.trusted(issuer_of(document), types_of(document)):
        raise CheckFailed("ISSUER_UNTRUSTED", UNTRUSTED)


def _content(document: Mapping[str, Any], _: Gathered, __: datetime) -> None:
    if _hash_broken(document):
        raise CheckFailed("PROOF_INVALID", TAMPERED, "tampered")


def _hash_broken(document: Mapping[str, Any]) -> bool:
    """Whether a passport's slice names hashes that its own content does not have."""
    subject = document.get("credentialSubject")
    if not isinstance(subject, Mapping) or not isinstance(subject.get("slices"), Mapping):
        return False
    name, data, hashes = subject.get("slice"), subject.get("data"), subject["slices"]
    try:
        if isinstance(data, Mapping) and slices.SALT in data and hashes.get(name) != slices.slice_hash(data):
            return True
        told = slices.version_hash(str(subject.get("id")), subject["version"], hashes)
        return bool(told != subject.get("version_hash"))
    except (KeyError, jcs.NotCanonical):
        return True


def _said_of_status(document: Mapping[str, Any]) -> list[Any]:
    held = document.get("credentialStatus")
    return held if isinstance(held, list) else [] if held is None else [held]


def _entries(document: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The entries whose lists decide."""
    found = [one for one in _said_of_status(document) if isinstance(one, Mapping)]
    decide = [one for one in found if one.get("statusPurpose") not in _NO_MATTER]
    return [one for one in decide if one.get("type") == "BitstringStatusListEntry"]


_NO_MATTER = ("refresh", "message")
"""Purposes of status lists that say nothing about whether a credential holds (W3C Bitstring Status List 1.0)."""
NOT_A_CREDENTIAL = Text(
    ja="W3Cの検証可能な資格情報（2.0）として読み取れません。ファイルを確認してください。",
    en="This is no W3C Verifiable Credential (2.0). Please check the file.",
    de="Das ist kein W3C Verifiable Credential (2.0). Bitte prüfen Sie die Datei.",
)
UNSUPPORTED = Text(
    ja="署名がないか、対応していない方式です（対応: eddsa-jcs-2022）。",
    en="There is no proof, or one of an unknown kind (known: eddsa-jcs-2022).",
    de="Es gibt keine Signatur oder eine unbekannter Art (bekannt: eddsa-jcs-2022).",
)
UNRESOLVABLE = Text(
    ja="発行者のDID文書を取得できません。時間をおいてやり直すか、DID文書を添えてください。",
    en="The issuer's DID document could not be had. Try again later, or provide it.",
    de="Das DID-Dokument des Ausstellers war nicht zu bekommen. Versuchen Sie es später oder legen Sie es bei.",
)
UNAUTHORISED = Text(
    ja="署名鍵は発行者の有効な鍵ではありません（失効した鍵を含む）。",
    en="The signing key is not one that the issuer stands by (revoked keys included).",
    de="Der Schlüssel ist keiner, zu dem der Aussteller steht (auch keiner, der widerrufen ist).",
)
INVALID_SIGNATURE = Text(
    ja="署名が内容と一致しません。内容が変更されたか、別の鍵で署名されています。",
    en="The signature does not fit the content: it was changed, or signed with another key.",
    de="Die Signatur passt nicht zum Inhalt: Er wurde verändert oder mit einem anderen Schlüssel signiert.",
)
ANOTHER_ISSUER = Text(
    ja="署名者と発行者が異なります。", en="The signer is not the issuer.", de="Unterzeichnet hat nicht der Aussteller."
)
NOT_YET = Text(ja="有効期間がまだ始まっていません。", en="It is not valid yet.", de="Er gilt noch nicht.")
OVER = Text(ja="有効期間が終わっています。", en="It is no longer valid.", de="Er gilt nicht mehr.")
STATUS_UNKNOWN = Text(
    ja="失効リストを確認できません。時間をおいてやり直してください。",
    en="The status list could not be checked. Please try again later.",
    de="Die Widerrufsliste ließ sich nicht prüfen. Bitte versuchen Sie es später.",
)
SUSPENDED = Text(
    ja="発行者が一時停止しています。", en="The issuer has suspended it.", de="Der Aussteller hat ihn ausgesetzt."
)
REVOKED = Text(
    ja="失効しています（新しい版の発行などによる）。最新の版を確認してください。",
    en="It is revoked (for example by a newer version). Please look at the current one.",
    de="Er ist widerrufen (etwa durch eine neuere Fassung). Bitte sehen Sie sich die aktuelle an.",
)
UNTRUSTED = Text(
    ja="この種類の発行者として信頼されていません。",
    en="The issuer is not trusted for this kind.",
    de="Dem Aussteller wird für diese Art nicht vertraut.",
)
TAMPERED = Text(
    ja="内容のハッシュが、署名されたハッシュと一致しません。内容が変更されています。",
    en="The content does not have the hashes that were signed: it was changed.",
    de="Der Inhalt hat nicht die signierten Hashwerte: Er wurde verändert.",
)

_Step = tuple[str, Callable[[Mapping[str, Any], Gathered, datetime], None], Text]
_CHECKS: tuple[_Step, ...] = (
    ("form", _form, Text(ja="形式は正しい。", en="The form is right.", de="Die Form stimmt.")),
    (
        "suite",
        _suite,
        Text(ja="署名方式に対応している。", en="The kind of proof is known.", de="Die Art der Signatur ist bekannt."),
    ),
    (
        "issuer",
        _resolved,
        Text(
            ja="発行者のDID文書がある。",
            en="The issuer's DID document is at hand.",
            de="Das DID-Dokument des Ausstellers liegt vor.",
        ),
    ),
    (
        "key",
        _authorised,
        Text(
            ja="発行者が認める鍵である。",
            en="The issuer stands by the key.",
            de="Der Aussteller steht zu dem Schlüssel.",
        ),
    ),
    (
        "signature",
        _signature,
        Text(ja="署名が内容と一致する。", en="The signature fits the content.", de="Die Signatur passt zum Inhalt."),
    ),
    (
        "signer",
        _issuer,
        Text(ja="署名者は発行者である。", en="The signer is the issuer.", de="Unterzeichnet hat der Aussteller."),
    ),
    ("validity", _validity, Text(ja="有効期間内である。", en="It is within its time.", de="Er gilt zu dieser Zeit.")),
    (
        "status",
        _status,
        Text(
            ja="失効も停止もしていない。",
            en="It is neither revoked nor suspended.",
            de="Er ist weder widerrufen noch ausgesetzt.",
        ),
    ),
    ("trust", _trust, Text(ja="発行者を信頼できる。", en="The issuer is trusted.", de="Dem Aussteller wird vertraut.")),
    (
        "content",
        _content,
        Text(ja="内容のハッシュが一致する。", en="The content has its hashes.", de="Der Inhalt hat seine Hashwerte."),
    ),
)
GOOD = {name: good for name, _check, good in _CHECKS}
"""What is said of each check that holds."""
