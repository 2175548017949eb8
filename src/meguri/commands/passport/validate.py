"""`meguri passport validate FILE`: every broken rule of a document, in our own form or in one of the exchange formats."""

import argparse
import json
import sys
from typing import Any

from meguri.commands.passport.reading import content_of
from meguri.commands.words import DONE, FAILED, MISUSED, language, say
from meguri.kernel.text import Text

ABOUT = Text(
    ja="文書を検証し、誤りをすべて示す（自社形式、EN 18223、BatteryPass、Tractus-X、IDTA、UNTP など）",
    en="check a document and name every mistake (own form, EN 18223, BatteryPass, Tractus-X, IDTA, UNTP …)",
)
_GOOD = Text(ja="{format}: 誤りはありません。", en="{format}: no mistakes.")
_BAD = Text(ja="{format}: {count} 件の誤り", en="{format}: {count} mistakes")
_FAULT = Text(ja="  {path}: {message}", en="  {path}: {message}")
_UNKNOWN = Text(
    ja="形式を判別できません。--format で指定してください。",
    en="The format could not be told. Please say it with --format.",
)
_FULL_FORM = Text(
    ja="「full」表現は検証の対象外です。representation=compressed の文書を指定してください。",
    en="The full representation is not checked here. Please give the document of representation=compressed.",
)
OWN = "catalogue"


def configure(parser: argparse.ArgumentParser) -> None:
    """Options of the action."""
    parser.add_argument("file", metavar="FILE", help="document (.json) or package (.aasx); `-` is standard input")
    parser.add_argument("--format", help="name of the format; told by the content when left out")
    parser.add_argument("--json", action="store_true", help="print the findings as JSON")


def run(args: argparse.Namespace) -> int:
    """Check and print."""
    from meguri.dataspaces.aas.battery.environment import unpacked
    from meguri.dataspaces.exchange import formats
    from meguri.kernel.errors import Refusal

    content = content_of(args.file)
    try:
        document = formats.decoded((unpacked(content) or content) if content[:2] == b"PK" else content)
        name, found = _checked(args.format, document)
    except Refusal as refusal:
        print(f"meguri: {refusal.code}: {refusal.sentence(language())}", file=sys.stderr)
        for fault in refusal.fields:
            print(f"  {fault.field}: {fault.of(language())}", file=sys.stderr)
        return MISUSED
    if name is None:
        print(f"meguri: {_UNKNOWN.of(language())}", file=sys.stderr)
        return MISUSED
    if args.json:
        print(json.dumps({"format": name, "valid": not found, "errors": found}, ensure_ascii=False, indent=2))
        return DONE if not found else FAILED
    say(_GOOD if not found else _BAD, format=name, count=len(found))
    for one in found:
        say(_FAULT, **one)
    return DONE if not found else FAILED


def _checked(asked: str | None, document: Any) -> tuple[str | None, list[dict[str, str]]]:
    from meguri.dataspaces.exchange import formats

    if asked in (OWN, "en18223") or (asked is None and _is_own(document)):
        return OWN, own_faults(document)
    form = formats.format_named(asked) if asked else formats.detect(document)
    if form is None:
        return None, []
    return form.name, [{"path": one.path, "message": one.message} for one in form.faults(document)]


def _is_own(document: Any) -> bool:
    from meguri.passport.kinds import battery

    if not isinstance(document, dict) or "@context" in document:
        return False
    return _is_enveloped(document) or (
        bool(document) and len(document.keys() & battery().attributes.keys()) * 2 > len(document)
    )


def _is_enveloped(document: Any) -> bool:
    """Whether it has the header and sections of EN 18223; else it is one flat object of catalogue keys."""
    if not isinstance(document, dict):
        return False
    return "digitalProductPassportId" in document or any(str(name).startswith("urn:") for name in document)


def own_faults(document: Any) -> list[dict[str, str]]:
    """Wrong values, broken rules between them, and what is missing: each with its legal reference."""
    from meguri.passport.completeness import report
    from meguri.passport.document import HEADER, read_written
    from meguri.passport.document_rules import document_findings, mistyped, value_findings
    from meguri.passport.kinds import battery
    from meguri.passport.values.check import check

    kind = battery()
    if _is_enveloped(document):
        if "elements" in document:
            return [{"path": "/elements", "message": _FULL_FORM.of(language())}]
        written = read_written(document)
        kind, values = written.kind, {**written.values}
        values |= {HEADER[name]: value for name, value in written.header.items() if name in HEADER}
    else:
        values = dict(document)
    strange = [key for key in values if key not in kind.attributes]
    found = [{"path": f"/{key}", "message": "UNKNOWN_ATTRIBUTE"} for key in strange]
    own = {key: value for key, value in values.items() if key not in strange and key not in kind.read_only}
    told = {key: value for key, value in values.items() if key in kind.read_only}  # by whoever made the document
    wrong = [
        *value_findings(kind, own, "item"),
        *(one for key, value in told.items() for one in check(kind.attributes[key], value)),
    ]
    broken = {one.key for one in wrong}
    sound = {key: value for key, value in values.items() if key not in broken}  # rules between values need values
    for one in [*wrong, *mistyped(kind, own), *document_findings(kind, sound)]:
        if one.level in ("error", "publish_error"):
            legal = f" ({one.legal})" if one.legal else ""
            found.append({"path": one.pointer, "message": f"{one.code}: {one.say.of(language(), **one.values)}{legal}"})
    found += [
        {"path": f"#{point.nr}", "message": _missing(point)}
        for point in report(kind, sound).missing
        if not broken & set(point.keys)
    ]
    return found


def _missing(point: Any) -> str:
    name = point.name_ja if language() == "ja" else point.name_en
    return f"MISSING: {name} [{', '.join(point.keys)}] {point.legal_ref}".rstrip()
