"""What stands between a draft and everyone: mandatory points, facts that must agree, and what other rooms ask for."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

from meguri.kernel import clock
from meguri.kernel.errors import FieldError
from meguri.kernel.scope import OperatorScope
from meguri.kernel.text import Text
from meguri.passport.assembling import judged
from meguri.passport.completeness import Point, Report
from meguri.passport.derived import with_switches
from meguri.passport.document_rules import document_findings
from meguri.passport.errors import MandatoryValue, PublishIncomplete
from meguri.passport.expressions import filled
from meguri.passport.findings import Finding
from meguri.passport.kinds import Document, Kind
from meguri.passport.model import Record
from meguri.passport.moments import MONTH_AHEAD, latest_month
from meguri.storage import Transaction

Ask = Callable[[Transaction, OperatorScope, Record], Awaitable[Text | None]]
_asked: list[Ask] = []
_MISSING = Text(
    ja="{name}（{legal}）が未入力です。担当: {held_by}",
    en="{name} is missing ({legal}). Who has it: {held_by}",
)
_PARTIAL = Text(
    ja="{name}（{legal}）が一部不足しています。担当: {held_by}",
    en="{name} is not complete ({legal}). Who has it: {held_by}",
)


def learn(ask: Ask) -> None:
    """A further condition of publishing (a signing key, a carrier that reads back); it says what is wrong, or None."""
    if ask not in _asked:
        _asked.append(ask)


def gaps(kind: Kind, record: Record, document: Document) -> list[Point]:
    """The points without which an item cannot be published; records of models and batches have none.

    A dynamic point may wait for the first measurement until the product is in service.
    """
    if record.granularity != "item":
        return []
    report: Report = judged(kind, document)
    in_service = with_switches(kind, document).get("in_service", False)
    return [each for each in (*report.missing, *report.partial) if not each.dynamic or in_service]


async def refuse_incomplete(
    tx: Transaction, scope: OperatorScope, kind: Kind, record: Record, document: Document
) -> None:
    """Raises PublishIncomplete naming every gap, its legal reference and who has it."""
    fields = [_gap(point) for point in gaps(kind, record, document)]
    if not filled(document.get(kind.head.category)):
        attribute = kind.attributes[kind.head.category]
        fields.insert(0, FieldError(f"/{attribute.key}", _MISSING, _of(attribute.name, attribute.legal, None)))
    fields += [_said(each) for each in document_findings(kind, document) if each.level == "publish_error"]
    made = document.get(kind.head.made)
    if isinstance(made, str) and made > latest_month(clock.now()):
        fields.append(FieldError(f"/{kind.head.made}", MONTH_AHEAD, {}))
    for ask in _asked:
        wrong = await ask(tx, scope, record)
        if wrong is not None:
            fields.append(FieldError("", wrong, {}))
    if fields:
        raise PublishIncomplete(fields=tuple(fields), where=", ".join(each.field or "—" for each in fields))


def _gap(point: Point) -> FieldError:
    name = Text(ja=f"{point.name_ja}", en=f"{point.name_en}")
    held = Text(ja=point.held_by_ja or "—", en=point.held_by_en or "—")
    say = _PARTIAL if point.nr and any(point.keys) and not point.keys else _MISSING
    return FieldError(f"/{point.keys[0] if point.keys else point.nr}", _both(say, name, point.legal_ref, held), {})


def _both(say: Text, name: Text, legal: str, held: Text) -> Text:
    return Text(
        ja=say.of("ja", name=name.ja, legal=legal, held_by=held.ja),
        en=say.of("en", name=name.en, legal=legal, held_by=held.en),
    )


def _of(name: Text, legal: str, _: Any) -> dict[str, Any]:
    return {"name": name.en, "legal": legal, "held_by": "—"}


def _said(finding: Finding) -> FieldError:
    return FieldError(finding.pointer, finding.with_law, finding.values)


def refuse_emptied(kind: Kind, document: Document, keys: Iterable[str]) -> None:
    """Raises MandatoryValue when emptying these keys leaves a mandatory point of a published passport without a value."""
    report = judged(kind, document)
    lost = sorted({key for point in report.missing if not point.dynamic for key in point.keys} & set(keys))
    if lost:
        raise MandatoryValue(where=", ".join(lost))
