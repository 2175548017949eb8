"""Many items of one model at once: what they have in common is derived, judged and hashed only once.

The result of each is what issuing it alone would give; only the way there is shorter.
"""

from typing import Any

import msgspec

from meguri.kernel import clock
from meguri.passport.assembling import Layers, dated, header, judged
from meguri.passport.completeness import Point
from meguri.passport.derived import category_of, derive, merged
from meguri.passport.document_rules import document_findings
from meguri.passport.expressions import filled, names_in, plain
from meguri.passport.findings import Finding
from meguri.passport.integrity import Fragments, version_hash
from meguri.passport.kinds import Document, Kind
from meguri.passport.model import Record
from meguri.passport.service.gate import gaps


class Maker:
    """Makes items that stand on the same layers."""

    def __init__(self, kind: Kind, below: Layers) -> None:
        """`below`: the model's and the batch's values."""
        self._kind, self._below = kind, below
        self._shared = merged(below.model, below.batch)
        self._fragments = Fragments(kind, self._shared)
        self._derived: dict[Any, Document] = {}
        self._judged: dict[Any, tuple[float, list[Point], list[Finding]]] = {}
        self._inputs = _inputs(kind)
        self._judging = _judging(kind)

    def made(self, record: Record) -> tuple[Record, Document, list[Finding], list[Point]]:
        """The record with derived values, hashes and score, its document, what is wrong with it, and its gaps."""
        kind = self._kind
        head = header(kind, record, self._below)
        values = {**self._shared, **record.own}
        moment = clock.seconds_z(record.updated_at)
        derived = {key: dated(value, moment) for key, value in self._derive(values, head, record).items()}
        document = {**values, **derived, **head}
        score, open_points, findings = self._judge(record, document)
        hashes = self._fragments.hashes(document, record.salts)
        whole = msgspec.structs.replace(
            record,
            derived=derived,
            category=category_of(kind, document),
            model_name=str(plain(document.get(kind.head.model_id)) or ""),
            slices=hashes,
            version_hash=version_hash(record.dpp_id, record.version, hashes),
            score=score,
        )
        return whole, document, findings, open_points

    def _derive(self, values: Document, head: Document, record: Record) -> Document:
        """What follows depends on the item only where one of the inputs is its own."""
        own = tuple(sorted((key, repr(value)) for key, value in record.own.items() if key in self._inputs))
        key = (own, record.life)
        found = self._derived.get(key)
        if found is None:
            found = self._derived[key] = derive(self._kind, {**values, **head})
        return found

    def _judge(self, record: Record, document: Document) -> tuple[float, list[Point], list[Finding]]:
        own = tuple(sorted((key, repr(value)) for key, value in record.own.items() if key in self._judging))
        key = (own, frozenset(key for key, value in record.own.items() if filled(value)), record.life)
        found = self._judged.get(key)
        if found is None:
            findings = list(document_findings(self._kind, document))
            found = judged(self._kind, document).score, gaps(self._kind, record, document), findings
            if len(self._judged) > 4096:
                self._judged.clear()
            self._judged[key] = found
        return found


def _inputs(kind: Kind) -> frozenset[str]:
    """Attributes from which others follow."""
    names = {name for formula in kind.head.derived.values() for name in names_in(formula)}
    return frozenset(names | {name for members in kind.head.collected.values() for name in members})


def _judging(kind: Kind) -> frozenset[str]:
    """Attributes on whose value, not only on whose presence, checks and points depend."""
    names = {name for each in kind.checks for name in (*each.keys, *names_in(each.holds))}
    names |= {name for formula in kind.head.switches.computed.values() for name in names_in(formula)}
    names |= set(kind.head.switches.names) | {"dismantling_information", "none_declared", kind.head.category}
    names |= {name for formula in kind.head.derived.values() for name in names_in(formula)} | set(kind.head.derived)
    if kind.head.scope:
        names |= {kind.head.scope.placed, *(name for each in kind.head.scope.energy for name in names_in(each))}
    return frozenset(names)
