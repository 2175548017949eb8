"""Credentials, status lists and SD-JWTs against libraries of others: each reads what we made, and we read what it made."""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.conformance.kits.results import result
from tests.conformance.kits.served import done

from meguri.dataspaces.conformance.outside import Outside
from meguri.proof import bitstring, data_integrity, jws, sd_jwt, token_status
from meguri.proof.multikey import PublicKey, ed25519_from_seed, from_jwk, from_multikey, to_jwk, to_multikey

HERE = Path(__file__).parent
_DID = "did:web:cells.example.jp"
_KEY = ed25519_from_seed(bytes(range(32)))
_CONTEXT = ["https://www.w3.org/ns/credentials/v2"]
_ODD: list[Any] = [
    {"cfpPerDeclaredUnit": "61.25", "unit": "kgCO2e"},
    {"mass": 430, "share": 0.1, "large": 123456789012345680000.0, "tiny": 1e-7, "small": 0.000001, "huge": 1e21, "zero": -0.0},
    {"名前": "正極材", "emoji": "🔋",
     "é": "decomposed e\u0301", "\ufb33": 1, "€": 2, "\r": 3, "1": 4, "\u0080": 5, "ö": 6, "😂": 7},
    {"escapes": "\u0000\u001f\"\\/\b\f\n\r\t\u2028\u2029", "nothing": None, "list": [[], {}, [{"a": [True, False]}]]},
]  # fmt: skip


def run(work: Path) -> list[Outside]:
    """Data Integrity and status lists against Node.js libraries, JOSE and SD-JWT against Python ones."""
    folder = work / "credentials"
    folder.mkdir(parents=True)
    return [_data_integrity(folder), _jose(folder)]


def _document(subject: Any, number: int) -> dict[str, Any]:
    return {
        "@context": _CONTEXT,
        "id": f"https://cells.example.jp/credentials/{number}",
        "type": ["VerifiableCredential"],
        "issuer": _DID,
        "validFrom": "2026-11-22T03:04:05Z",
        "credentialSubject": {"id": f"urn:example:{number}", **subject},
    }


def _data_integrity(folder: Path) -> Outside:
    documents = [_document(subject, number) for number, subject in enumerate(_ODD)]
    at = datetime(2026, 11, 22, 3, 4, 5, tzinfo=UTC)
    method = f"{_DID}#key-2026-11"
    good = [data_integrity.signed(one, _KEY, method, at) for one in documents]
    bad = [{**one, "credentialSubject": {**one["credentialSubject"], "added": 1}} for one in good]
    indexes = [0, 7, 8, 94567, 131071]
    bits = bitstring.empty()
    for index in (0, 8, 94567):
        bits = bitstring.with_bit(bits, index)
    ours = {
        "method": {
            "id": method,
            "type": "Multikey",
            "controller": _DID,
            "publicKeyMultibase": to_multikey(_KEY.public_key()),
        },
        "credentials": [*good, *bad],
        "documents": documents,
        "lists": [{"encodedList": bitstring.encoded(bits), "indexes": indexes}],
    }
    for name in ("package.json", "peer.mjs"):
        (folder / name).write_bytes((HERE / "js" / name).read_bytes())
    (folder / "ours.json").write_text(json.dumps(ours), encoding="utf-8")
    done(["npm", "install", "--silent", "--no-audit", "--no-fund"], folder)
    done(["node", "peer.mjs", "ours.json", "theirs.json"], folder)
    theirs = json.loads((folder / "theirs.json").read_text(encoding="utf-8"))
    public = from_multikey(theirs["publicKeyMultibase"])
    assert not isinstance(public, str)
    checks = [
        *(one == expected for one, expected in zip(theirs["verified"], [True] * len(good) + [False] * len(bad), strict=True)),
        theirs["bits"] == [[True, False, True, True, False]],
        *(data_integrity.verifies(one, one["proof"], public) for one in theirs["signed"]),  # type: ignore[arg-type]
        *(not data_integrity.verifies({**one, "id": "urn:x"}, one["proof"], public) for one in theirs["signed"]),  # type: ignore[arg-type]
        bitstring.bit(bitstring.decoded(theirs["encodedList"]), 94567),
        sum(map(int.bit_count, bitstring.decoded(theirs["encodedList"]))) == 1,
    ]  # fmt: skip
    note = "eddsa-jcs-2022 and Bitstring Status List, both ways, odd numbers and signs among them, altered ones refused"
    name = "@digitalbazaar eddsa-jcs-2022-cryptosuite, vc-bitstring-status-list"
    return result("credentials.data_integrity", name, "1.0.0, 2.0.1", sum(checks), checks.count(False), 0, note)


_PEER = """
import json, sys
from jwcrypto import jwk, jws
from sd_jwt.common import SDObj
from sd_jwt.holder import SDJWTHolder
from sd_jwt.issuer import SDJWTIssuer
from sd_jwt.verifier import SDJWTVerifier
ours = json.load(open("ours-jose.json"))
key = jwk.JWK(**ours["jwk"])
told = {}
made = jws.JWS(); made.deserialize(ours["jws"], key); told["jws"] = json.loads(made.payload)
told["seen"] = [SDJWTVerifier(one, lambda *_: key, None, None).get_verified_payload() for one in ours["presented"]]
theirs = jwk.JWK.generate(kty="OKP", crv="Ed25519")
claims = {"iss": "did:web:peer.example", "vct": "urn:example:vct", SDObj("mass"): 430,
          SDObj("maker"): {"name": "X", SDObj("city"): "東京"}, "parts": [SDObj("A"), "B", SDObj("C")]}
header = {"typ": "dc+sd-jwt"}
issued = SDJWTIssuer(user_claims=claims, issuer_key=theirs, sign_alg="EdDSA", extra_header_parameters=header, add_decoy_claims=True)
told["whole"] = issued.sd_jwt_issuance
holder = SDJWTHolder(issued.sd_jwt_issuance)
holder.create_presentation({"maker": {"city": True}, "parts": [False, False, True]})
told["part"] = holder.sd_jwt_presentation
told["key"] = json.loads(theirs.export_public())
listed = {"sub": "https://peer.example/list", "iat": 1795316645, "status_list": {"bits": 1, "lst": ours["lst"]}}
list_token = jws.JWS(json.dumps(listed))
list_token.add_signature(theirs, None, json.dumps({"alg": "EdDSA", "typ": "statuslist+jwt", "kid": "k"}))
told["list"] = list_token.serialize(compact=True)
json.dump(told, open("theirs-jose.json", "w"))
"""


def _jose(folder: Path) -> Outside:
    python = folder / "venv" / "bin" / "python"
    done([sys.executable, "-m", "venv", folder / "venv"], folder)
    done([python, "-m", "pip", "install", "--quiet", "sd-jwt==0.10.4", "jwcrypto==1.6.1"], folder)
    values = {"battery_mass": 430, "maker": {"name": "例社", "codes": ["A", 1.5]}, "soce": None, "名": "電池"}
    disclosures = sd_jwt.disclosures_of(values)
    claims = {"iss": _DID, "iat": 1795316645, "vct": "https://id.example.jp/vct/battery-passport", "sub": "urn:x"}
    some = [disclosures[name] for name in ("battery_mass", "名")]
    every = list(disclosures.values())
    presented = [sd_jwt.issue(claims, every, shown, _KEY, kid=f"{_DID}#k", padded_to=20) for shown in (every, some, [])]
    lst = token_status.claims("https://peer.example/list", token_status.with_status(bytes(16), 11), 0, 300)
    ours = {"jwk": to_jwk(_KEY.public_key()), "presented": presented, "lst": lst["status_list"]["lst"],
            "jws": jws.sign({"a": "é", "n": 1.5}, _KEY, typ="vc+jwt", kid=f"{_DID}#k")}  # fmt: skip
    (folder / "ours-jose.json").write_text(json.dumps(ours), encoding="utf-8")
    done([python, "-c", _PEER], folder)
    told = json.loads((folder / "theirs-jose.json").read_text(encoding="utf-8"))
    return _judged(told, claims, values)


def _refused(text: str, key: PublicKey) -> bool:
    try:
        sd_jwt.presented(text, key)
    except jws.NotVerified:
        return True
    return False


def _judged(told: dict[str, Any], claims: dict[str, Any], values: dict[str, Any]) -> Outside:
    key = from_jwk(told["key"])
    whole, part = sd_jwt.presented(told["whole"], key), sd_jwt.presented(told["part"], key)
    listed = jws.verified(told["list"], key)
    seen = [{name: value for name, value in one.items() if name not in claims} for one in told["seen"]]
    checks = [
        told["jws"] == {"a": "é", "n": 1.5},
        seen == [values, {"battery_mass": 430, "名": "電池"}, {}],
        _refused(told["part"] + sd_jwt.disclosure("c2FsdA", "battery_mass", 500) + "~", key),
        {**whole.claims, **whole.values}
        == {"iss": "did:web:peer.example", "vct": "urn:example:vct", "mass": 430, "maker": {"name": "X", "city": "東京"},
            "parts": ["A", "B", "C"]},
        {**part.claims, **part.values}
        == {"iss": "did:web:peer.example", "vct": "urn:example:vct", "maker": {"name": "X", "city": "東京"}, "parts": ["B", "C"]},
        [token_status.status_in(listed, index) for index in (10, 11, 12)] == [0, 1, 0],
    ]  # fmt: skip
    note = "JWS, token status list and SD-JWT both ways; nested and array disclosures; a forged disclosure refused"
    return result("credentials.jose", "jwcrypto and sd-jwt", "1.6.1, 0.10.4", sum(checks), checks.count(False), 0, note)
