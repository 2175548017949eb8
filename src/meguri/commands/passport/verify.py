"""`meguri passport verify FILE`: verify a credential or a saved page, without server or database.

The signer's keys come from `--did`, from the saved page itself, or with `--online` from the signer's address; revocation
from `--status` or `--online`, else it is not known and the answer says so.
"""

import argparse
import asyncio
import json
import sys
from typing import Any

from meguri.commands.passport.reading import content_of
from meguri.commands.words import DONE, FAILED, MISUSED, language, say
from meguri.kernel.text import Text

ABOUT = Text(
    ja="証明書または保存したページを、サーバーなしで検証する",
    en="verify a credential or a saved page, without a server",
)
_RESULT = Text(ja="結果: {status}", en="Result: {status}")
_LINE = Text(ja="  {mark} {name}: {detail}", en="  {mark} {name}: {detail}")
_OFFLINE = Text(
    ja="  ・失効は確認していません（--online または --status を指定すると確認します）",
    en="  · revocation was not checked (say --online, or give --status)",
)
_KEYS_FROM_FILE = Text(
    ja="  ・鍵はファイル内のDID文書によります。発行者は {issuer} と名乗っています（--online で本人か確認します）",
    en="  · the key is that of the DID document in the file; the issuer calls itself {issuer} (--online checks that)",
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of the action."""
    parser.add_argument("file", metavar="FILE", help="credential (.json) or saved page (.html); `-` is standard input")
    parser.add_argument("--did", action="append", default=[], metavar="FILE", help="DID document of the issuer")
    parser.add_argument("--status", action="append", default=[], metavar="FILE", help="status list credential")
    parser.add_argument("--online", action="store_true", help="fetch keys and status lists from the issuer")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")


def run(args: argparse.Namespace) -> int:
    """Verify and say what came of it."""
    from meguri.dataspaces.did.verification import answered, credential_in, keys_in
    from meguri.kernel import clock
    from meguri.kernel.errors import Refusal
    from meguri.proof import verifying

    content = content_of(args.file)
    try:
        credential, inner = credential_in(content), keys_in(content)
        given = [_object(path) for path in args.did]
        lists = [_object(path) for path in args.status]
    except Refusal as refusal:
        print(f"meguri: {refusal.code}: {refusal.sentence(language())}", file=sys.stderr)
        return MISUSED
    if isinstance(credential, str):
        return _token(credential, [*given, *([inner] if inner else [])])
    known = {str(one.get("id")): one for one in [*([inner] if inner else []), *given]}
    gathered = verifying.Gathered(dids=known, lists={str(one.get("id")): one for one in lists}, offline=not args.online)
    if args.online:
        gathered = asyncio.run(_online(credential, gathered))
    verdict = verifying.verify(credential, gathered, clock.now())
    if args.json:
        told = answered(verdict, language(), "", credential.get("credentialSubject") if verdict.valid else None)
        print(json.dumps(_plain(told), ensure_ascii=False, indent=2))
    else:
        own = inner is not None and not given
        _tell(verdict, verifying.issuer_of(credential), offline=not (args.online or lists), own_keys=own)
    return DONE if verdict.valid else FAILED


def _object(path: str) -> dict[str, Any]:
    from meguri.dataspaces.exchange.errors import NotReadable
    from meguri.dataspaces.exchange.formats import decoded

    found = decoded(content_of(path))
    if not isinstance(found, dict):
        raise NotReadable
    return found


async def _online(credential: dict[str, Any], offline: Any) -> Any:
    from meguri.dataspaces.did.gathering import gather_over_the_net
    from meguri.jobs.outbound import Outbound
    from meguri.proof.verifying import Gathered

    outbound = Outbound()
    try:
        found = await gather_over_the_net(outbound, credential)
    finally:
        await outbound.close()
    return Gathered(dids={**found.dids}, lists={**offline.lists, **found.lists})


def _token(text: str, documents: list[dict[str, Any]]) -> int:
    """An SD-JWT with the given DID documents."""
    from meguri.proof import did, jws, sd_jwt
    from meguri.proof.jws import NotVerified
    from meguri.proof.multibase import NotDecodable
    from meguri.proof.verifying import INVALID_SIGNATURE, UNRESOLVABLE

    try:
        method = str(jws.header_of(text.split("~", 1)[0]).get("kid", ""))
        known = next((one for one in documents if one.get("id") == did.subject_of(method)), None)
        key = did.key_in(known, method) if known else None
        if key is None:
            print(f"meguri: ISSUER_UNRESOLVABLE: {UNRESOLVABLE.of(language())}", file=sys.stderr)
            return FAILED
        presented = sd_jwt.presented(text, key)
    except (NotVerified, NotDecodable):
        print(f"meguri: PROOF_INVALID: {INVALID_SIGNATURE.of(language())}", file=sys.stderr)
        return FAILED
    say(_RESULT, status="valid")
    say(_OFFLINE)
    print(json.dumps(presented.values, ensure_ascii=False, indent=2))
    return DONE


def _plain(told: Any) -> Any:
    import msgspec

    return msgspec.to_builtins(told)


def _tell(verdict: Any, issuer: str, *, offline: bool, own_keys: bool) -> None:
    say(_RESULT, status=verdict.status)
    for check in verdict.checks:
        if check.name == "status" and offline and check.ok:
            say(_OFFLINE)
            continue
        detail = check.detail.of(language()) + (f" [{check.code}]" if check.code else "")
        say(_LINE, mark="✓" if check.ok else "✗", name=check.name, detail=detail)
    if own_keys:
        say(_KEYS_FROM_FILE, issuer=issuer)
