"""`meguri certificate issue | verify`: battery diagnosis certificates, without server or database.

issue   signs a certificate (JSON, as `meguri.reuse.certificate.CertificateContents`) with an Ed25519 key of one's own (PEM);
verify  checks a certificate, or a PDF that carries one, against the issuer's DID document and status list, given as files.

Exit codes: 0 valid (or written), 1 not valid, 2 unusable input.
"""

import argparse
import json
import re
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from meguri.commands.words import DONE, MISUSED, language, stop
from meguri.kernel import clock
from meguri.kernel.text import Text

_UNREADABLE = Text(
    ja="{path} を読み取れません({detail})。JSON または PDF を指定してください。",
    en="{path} cannot be read ({detail}). Please give a JSON or PDF file.",
)
_STREAM = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)


def configure(parser: argparse.ArgumentParser) -> None:
    """Adds the actions and their options to `parser`."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="action")
    issue = actions.add_parser("issue", help="sign the contents of a certificate")
    issue.add_argument("input", type=Path, metavar="INPUT", help="contents, JSON")
    issue.add_argument("output", type=Path, metavar="OUTPUT", help="the signed certificate, JSON")
    issue.add_argument("--key", type=Path, required=True, help="Ed25519 private key, PEM")
    issue.add_argument("--did", required=True, help="the issuer: did:web:…")
    issue.add_argument("--kid", default="key-1", help="name of the key in the DID document")
    verify = actions.add_parser("verify", help="whether a certificate is what its issuer signed, and still valid")
    verify.add_argument("file", type=Path, metavar="FILE", help="JSON, or the PDF that carries it")
    verify.add_argument(
        "--did-document", type=Path, action="append", default=[], help="the issuer's DID document, JSON"
    )
    verify.add_argument(
        "--status-list", type=Path, action="append", default=[], help="its status list credential, JSON"
    )


def run(args: argparse.Namespace) -> int:
    """Does what `args` ask; returns the exit code."""
    return {"issue": _issue, "verify": _verify}[args.action](args)


def _issue(args: argparse.Namespace) -> int:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    from meguri.proof.data_integrity import signed
    from meguri.reuse.certificate import CertificateContents, credential_of

    try:
        contents = msgspec.json.decode(args.input.read_bytes(), type=CertificateContents)
        key = load_pem_private_key(args.key.read_bytes(), password=None)
    except (OSError, ValueError, msgspec.MsgspecError) as problem:
        stop(_UNREADABLE, MISUSED, path=args.input, detail=problem)
    if not isinstance(key, Ed25519PrivateKey):
        stop(_UNREADABLE, MISUSED, path=args.key, detail="Ed25519")
    credential = credential_of(msgspec.structs.replace(contents, issuer=args.did), {})
    del credential["credentialStatus"]
    made = signed(credential, key, f"{args.did}#{args.kid}", clock.now())
    args.output.write_text(json.dumps(made, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return DONE


def _verify(args: argparse.Namespace) -> int:
    from meguri.proof.verifying import Gathered, verify

    credential = _credential(args.file)
    documents = [_json(path) for path in args.did_document]
    lists = [_json(path) for path in args.status_list]
    gathered = Gathered(
        dids={str(one.get("id")): one for one in documents},
        lists={str(one.get("id")): one for one in lists},
    )
    verdict = verify(credential, gathered, clock.now())
    print(f"{verdict.status}")
    for check in verdict.checks:
        mark = "ok" if check.ok else check.code
        print(f"  {check.name}: {mark}  {check.detail.of(language())}")
    return DONE if verdict.valid else 1


def _credential(path: Path) -> dict[str, Any]:
    """The credential in a JSON file, or attached to a PDF."""
    try:
        content = path.read_bytes()
    except OSError as problem:
        stop(_UNREADABLE, MISUSED, path=path, detail=problem.strerror)
    if content.startswith(b"%PDF"):
        found = next(_attached(content), None)
        if found is None:
            stop(_UNREADABLE, MISUSED, path=path, detail="no certificate attached")
        return found
    return _json(path)


def _attached(content: bytes) -> Iterator[dict[str, Any]]:
    """Credentials among the streams of a PDF; our own files hold them deflated or as they are."""
    for match in _STREAM.finditer(content):
        for data in (match[1], _inflated(match[1])):
            try:
                found = json.loads(data)
            except ValueError:
                continue
            if isinstance(found, dict) and "credentialSubject" in found:
                yield found


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data, 10_000_000)
    except zlib.error:
        return b""


def _json(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        print(f"meguri: {_UNREADABLE.of(language(), path=path, detail=problem)}", file=sys.stderr)
        raise SystemExit(MISUSED) from problem
    if not isinstance(found, dict):
        stop(_UNREADABLE, MISUSED, path=path, detail="JSON")
    return found
