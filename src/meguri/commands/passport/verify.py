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
    parser.add_argument(
        "file", metavar="FILE", help="credential (.json), SD-JWT or saved page (.html); `-` is standard input"
    )
    parser.add_argument("--did", action="append", default=[], metavar="FILE", help="DID document of the issuer")
    parser.add_argument(
        "--status", action="append", default=[], metavar="FILE", help="status list (credential or token)"
    )
    parser.add_argument("--online", action="store_true", help="fetch keys and status lists from the issuer")
    parser.add_argument("--json", action="store_true", help="print the answer as JSON")


def run(args: argparse.Namespace) -> int:
    """Verify and say what came of it."""
    from meguri.dataspaces.did.verification import answered, credential_in, keys_in, shown
    from meguri.dataspaces.exchange.errors import NotReadable
    from meguri.kernel import clock
    from meguri.kernel.errors import Refusal
    from meguri.proof import verifying
    from meguri.proof.jws import NotVerified
    from meguri.proof.verifying_token import needs_of_token, verify_token

    content = content_of(args.file)
    try:
        credential, inner = credential_in(content), keys_in(content)
        given = [_object(path) for path in args.did]
        lists = [_object_or_token(path) for path in args.status]
    except Refusal as refusal:
        print(f"meguri: {refusal.code}: {refusal.sentence(language())}", file=sys.stderr)
        return MISUSED
    except NotVerified:
        print(f"meguri: INVALID_JSON: {NotReadable().sentence(language())}", file=sys.stderr)
        return MISUSED
    gathered = verifying.Gathered(
        dids={str(one.get("id")): one for one in [*([inner] if inner else []), *given]},
        lists={str(one.get("id")): one for one in lists if isinstance(one, dict)},
        tokens=dict(one for one in lists if isinstance(one, tuple)),
        offline=not args.online,
    )
    if args.online:
        gathered = asyncio.run(_online(credential, gathered))
    subject: Any
    if isinstance(credential, str):
        needs = needs_of_token(credential)
        verdict, said = verify_token(credential, gathered, clock.now())
        subject = shown(said) if said else None
        issuer = str(said.claims.get("iss", "")) if said else ""
    else:
        needs = verifying.needs_of(credential)
        verdict, issuer = verifying.verify(credential, gathered, clock.now()), verifying.issuer_of(credential)
        subject = credential.get("credentialSubject") if verdict.valid else None
    own = inner is not None and not given and not args.online
    if args.json:
        told = _plain(answered(verdict, language(), "", subject)) | {"keys_from": "file" if own else "issuer"}
        print(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        unknown = not needs.lists <= {*gathered.lists, *gathered.tokens}
        _tell(verdict, issuer, offline=unknown, own_keys=own)
    return DONE if verdict.valid else FAILED


def _object(path: str) -> dict[str, Any]:
    from meguri.dataspaces.exchange.errors import NotReadable
    from meguri.dataspaces.exchange.formats import decoded

    found = decoded(content_of(path))
    if not isinstance(found, dict):
        raise NotReadable
    return found


def _object_or_token(path: str) -> dict[str, Any] | tuple[str, str]:
    """A status list: a credential, or a token with the address that it is the list of. Raises NotReadable, NotVerified."""
    from meguri.proof import jws

    text = content_of(path).strip()
    if not text.startswith(b"eyJ") or not text.isascii():
        return _object(path)
    token = text.decode("ascii")
    return str(jws.claims_of(token).get("sub", "")), token


async def _online(credential: dict[str, Any] | str, offline: Any) -> Any:
    from meguri.dataspaces.did.gathering import gather_over_the_net
    from meguri.jobs.outbound import Outbound
    from meguri.proof.verifying import Gathered

    outbound = Outbound()
    try:
        found = await gather_over_the_net(outbound, credential)
    finally:
        await outbound.close()
    return Gathered(
        dids={**found.dids}, lists={**offline.lists, **found.lists}, tokens={**offline.tokens, **found.tokens}
    )


def _plain(told: Any) -> Any:
    import msgspec

    return msgspec.to_builtins(told)


def _tell(verdict: Any, issuer: str, *, offline: bool, own_keys: bool) -> None:
    """Check by check. Nobody vouches for keys that came within the file itself: what stands on them is called no trust."""
    say(_RESULT, status=verdict.status)
    for check in verdict.checks:
        if check.name == "trust" and own_keys and check.ok:
            continue
        if check.name == "status" and offline and check.ok:
            say(_OFFLINE)
            continue
        detail = check.detail.of(language()) + (f" [{check.code}]" if check.code else "")
        say(_LINE, mark="✓" if check.ok else "✗", name=check.name, detail=detail)
    if own_keys:
        say(_KEYS_FROM_FILE, issuer=issuer)
