"""All formats by name: export with a report of losses, import, detection and validation."""

import json
import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any
from uuid import UUID

from meguri.dataspaces.exchange import lens
from meguri.dataspaces.exchange.errors import (
    DocumentMisshapen,
    ExportIncomplete,
    NotReadable,
    RepresentationNotAvailable,
    UnknownFormat,
)
from meguri.dataspaces.exchange.model import Exported, Fault, Format, Imported, Incoming, Loss, Outgoing, Passport
from meguri.kernel.errors import FieldError
from meguri.kernel.surrogates import refuse_halves
from meguri.kernel.text import Text

NO_PLACE = "the format has no place for it"
OTHER_FORM = "the format holds it in another form"
_SPELLINGS = re.compile(r"[\s_/:]+")


@cache
def all_formats() -> dict[str, Format]:
    """Every format by its name, those with the narrowest marks first (for detection)."""
    from meguri.dataspaces.aas.battery.formats import FORMATS as idta
    from meguri.dataspaces.batterypass.formats import FORMATS as batterypass
    from meguri.dataspaces.bpready.formats import FORMATS as bpready
    from meguri.dataspaces.exchange.jsonld import FORMATS as jsonld
    from meguri.dataspaces.tractusx.formats import FORMATS as tractusx
    from meguri.dataspaces.untp.formats import FORMATS as untp

    return {one.name: one for one in (*untp, *tractusx, *idta, *bpready, *jsonld, *batterypass)}


ALIASES = {
    "batterypass-1.2": "batterypass",
    "battery-pass": "batterypass",
    "generalproductinformation": "batterypass-gpi",
    "carbonfootprintforbatteries": "batterypass-cf",
    "supplychainduediligence": "batterypass-dd",
    "materialcomposition": "batterypass-mc",
    "circularity": "batterypass-ci",
    "labeling": "batterypass-lb",
    "performanceanddurability": "batterypass-pd",
    "batterypass-pd-1.2.1": "batterypass-pd",
    "tractus-x": "tractusx",
    "tractusx-6.1.0": "tractusx",
    "tractusx-battery-pass": "tractusx",
    "tractusx-battery-pass-6.1.0": "tractusx",
    "battery-pass-6.1.0": "tractusx",
    "catena-x": "tractusx",
    "catenax": "tractusx",
    "aas": "idta",
    "aas-json": "idta",
    "idta-02035": "idta",
    "aasx": "idta-aasx",
    "idta-02035-aasx": "idta-aasx",
    "untp": "untp-0.7.0",
    "untp-dpp": "untp-0.7.0",
    "batterypass-ready": "bpready",
    "batterypass-ready-1.0": "bpready",
    "bpready-1.0": "bpready",
    "json-ld": "jsonld",
    "ld+json": "jsonld",
    **{short: f"batterypass-{short}" for short in ("gpi", "cf", "dd", "mc", "ci", "lb", "pd")},
}


def format_named(name: str) -> Format:
    """The format of this name, in any of its spellings. Raises UnknownFormat."""
    plain = _SPELLINGS.sub("-", name.strip().lower())
    known = all_formats()
    found = known.get(ALIASES.get(plain, plain))
    if found is None:
        raise UnknownFormat(format=name, known=", ".join(sorted(known)))
    return found


def export(name: str, passport: Passport) -> Exported:
    """The passport in a format.

    What comes back otherwise than it went in is found by reading the document again: the report of losses is complete
    by construction. Raises UnknownFormat, RepresentationNotAvailable, ExportIncomplete.
    """
    form = format_named(name)
    hidden = sorted(form.needs - passport.classes)
    if hidden:
        raise RepresentationNotAvailable(format=form.name, classes=", ".join(hidden))
    out = Outgoing(passport.values)
    document = form.write(out, passport)
    if out.missing and not passport.partial:
        raise ExportIncomplete(format=form.name, keys=", ".join(out.missing))
    more = passport.extras.get(form.name)
    if more is not None:
        document = lens.merged(document, more)
    return Exported(
        format=form.name,
        document=document,
        media_type=form.media_type,
        losses=_losses(form, document, out),
        missing=list(out.missing),
    )


def _losses(form: Format, document: Any, out: Outgoing) -> list[Loss]:
    back = Incoming()
    form.read(document, back)
    found = []
    for key, value in out.values.items():
        if key not in back.values:
            found.append(Loss(key, out.notes.get(key, NO_PLACE)))
        elif back.values[key] != value:
            found.append(Loss(key, out.notes.get(key, OTHER_FORM)))
    return sorted(found)


def read(name: str, document: Any, with_reader: Callable[[Any, Incoming], None] | None = None) -> Imported:
    """The values within a document; members without a place are kept for the way back.

    with_reader  reads instead of the format's own reader
    Raises UnknownFormat, DocumentMisshapen, and what the reader refuses.
    """
    form = format_named(name)
    into = Incoming()
    try:
        (with_reader or form.read)(document, into)
        nowhere = Passport(
            values=into.values, classes=form.needs, passport_id=UUID(int=0), issuer="", origin="", partial=True
        )
        extras = lens.difference(document, form.write(Outgoing(into.values), nowhere))
    except _MISSHAPEN as broken:
        raise _misshapen(form, document) or broken from broken
    return Imported(
        format=form.name,
        values=into.values,
        ignored=lens.pointers(extras) if extras is not None else [],
        warnings=into.warnings,
        extras={form.name: extras} if extras is not None else {},
    )


_MISSHAPEN = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError)
"""What a reader stumbles with over a text, list or number where its format has something else."""
_MOST_NAMED = 20


def _misshapen(form: Format, document: Any) -> DocumentMisshapen | None:
    """The rules of its format that a document breaks; None where it keeps them all, so that the reader is at fault."""
    broken = form.faults(document)[:_MOST_NAMED]
    if not broken:
        return None
    fields = tuple(FieldError(one.path, Text(ja=one.message, en=one.message), {}) for one in broken)
    where = ", ".join(dict.fromkeys(one.path or "/" for one in broken))
    return DocumentMisshapen(fields=fields, format=form.name, where=where)


def detect_name(document: Any) -> str:
    """The name of the format that the document looks like. Raises NotReadable."""
    found = detect(document)
    if found is None:
        raise NotReadable
    return found.name


def detect(document: Any) -> Format | None:
    """The format that the document looks like."""
    return next((form for form in all_formats().values() if form.detects(document)), None)


def faults(name: str, document: Any) -> list[Fault]:
    """Every broken rule of the format's schema. Raises UnknownFormat."""
    return format_named(name).faults(document)


def decoded(content: bytes) -> Any:
    """The JSON within `content`: UTF-8 (with or without mark) or UTF-16 with its mark. Raises NotReadable.

    Duplicate keys, NaN and infinities are refused.
    """
    try:
        wide = content[:2] in (b"\xff\xfe", b"\xfe\xff")
        text = content.decode("utf-16" if wide else "utf-8-sig")
        found = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
        refuse_halves(text, found)
        return found
    except (UnicodeDecodeError, ValueError, RecursionError):
        raise NotReadable from None


def _once(pairs: list[tuple[str, Any]]) -> Mapping[str, Any]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise ValueError("a key stands twice")
    return made


def _no_constant(name: str) -> Any:
    raise ValueError(name)
