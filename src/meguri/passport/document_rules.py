"""A whole document against its kind: unknown attributes, read-only ones, each value, and facts that must agree."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from meguri.kernel.text import Text
from meguri.passport.catalogue import Flag
from meguri.passport.derived import category_of, differing, switches
from meguri.passport.expressions import filled, holds
from meguri.passport.findings import Finding, Level, pointer
from meguri.passport.identifiers.errors import InvalidOperatorId
from meguri.passport.identifiers.operators import has_wrong_check
from meguri.passport.kinds import Document, Kind
from meguri.passport.values import check, normalised

_UNKNOWN = Text(
    ja="「{key}」という項目はカタログにありません。項目名を確認してください。",
    en="The catalogue has no attribute “{key}”. Please check its name.",
)
_READ_ONLY = Text(
    ja="この項目はシステムが設定するため、入力できません。",
    en="This attribute is set by the server and cannot be written.",
)
_LEVEL = Text(
    ja="この項目は個体の項目です。個体のパスポートに入力してください。",
    en="This attribute belongs to the single item. Please write it in the item's passport.",
)
_OVERRIDE = Text(
    ja="モデルの項目です。個体で変えるには overrides に項目名と理由を指定してください。",
    en="This attribute belongs to the model. To change it for one item, name it in overrides with a reason.",
)
_DIFFERS = Text(
    ja="入力値 {supplied} は計算値 {derived} と {tolerance} ポイントを超えて異なります。",
    en="The value given, {supplied}, differs from the computed one, {derived}, by more than {tolerance} points.",
)
_NOT_ASKED = Text(
    ja="この区分では記載しない項目です。公開ページと書き出しには表示されません。",
    en="This attribute is not to be filled in this category; it is neither shown on the public page nor exported.",
)
_PENDING = Text(
    ja="2027年2月時点では記載不要の項目です。公開ページには表示されません。",
    en="This attribute is not required as of February 2027; it is not shown on the public page.",
)
_ORDER = ("model", "batch", "item")


def cleaned(kind: Kind, values: Mapping[str, Any]) -> Document:
    """The values in their canonical spelling; what is empty (null) is left out."""
    found = {}
    for key, value in values.items():
        attribute = kind.attributes.get(key)
        if value is not None:
            found[key] = normalised(attribute, value) if attribute else value
    return found


def value_findings(
    kind: Kind,
    values: Mapping[str, Any],
    level: str,
    *,
    overrides: Collection[str] = (),
    system: Collection[str] = (),
    inherited: Mapping[str, Any] | None = None,
) -> Iterator[Finding]:
    """What is wrong with written values, one by one.

    level      of the record that they are written into
    overrides  model attributes that this record may carry, with a reason given elsewhere
    system     read-only attributes that this writer may set after all
    inherited  what the record gets from its model and batch: another value for one of these needs a reason
    """
    for key, value in values.items():
        attribute = kind.attributes.get(key)
        if attribute is None:
            yield Finding(code="UNKNOWN_ATTRIBUTE", pointer=pointer(key), say=_UNKNOWN, values={"key": key})
        elif key in kind.read_only and key not in system:
            yield Finding(code="READ_ONLY_FIELD", pointer=pointer(key), say=_READ_ONLY, legal=attribute.legal)
        else:
            yield from check(attribute, value)
            if _ORDER.index(attribute.level) > _ORDER.index(level) and not attribute.dynamic:
                yield from _too_low(kind, key, level)
            elif _differs(attribute.level, level, key, value, inherited or {}) and key not in overrides:
                yield Finding(code="OVERRIDE_NOT_DECLARED", pointer=pointer(key), say=_OVERRIDE)


def _differs(of: str, level: str, key: str, value: Any, inherited: Mapping[str, Any]) -> bool:
    return _ORDER.index(of) < _ORDER.index(level) and key in inherited and inherited[key] != value


def _too_low(kind: Kind, key: str, level: str) -> Iterator[Finding]:
    """A model may carry an item's attribute as a default, but not what tells one item from another."""
    if key in ("serial_number", "manufacturing_date", "placed_on_market_date"):
        yield Finding(code="INVALID_VALUE", pointer=pointer(key), say=_LEVEL)


def document_findings(kind: Kind, values: Mapping[str, Any]) -> Iterator[Finding]:
    """What does not agree within a whole document, what need not be there, and what differs from its formula."""
    held = {**values, **switches(kind, values)}
    for each in kind.checks:
        given = all(filled(values.get(key)) for key in each.keys)
        if given and not holds(each.holds, held, kind.attributes):
            say = Text(ja=each.ja, en=each.en)
            legal = kind.attributes[each.keys[0]].legal if each.keys[0] in kind.attributes else ""
            level: Any = each.level
            yield Finding(level=level, code=each.code, pointer=pointer(each.keys[0]), say=say, legal=legal)
    for key, (supplied, derived) in differing(kind, values).items():
        said = {"supplied": f"{supplied:g}", "derived": f"{derived:.4g}", "tolerance": kind.head.derived_tolerance}
        yield Finding(level="warning", code="DERIVED_MISMATCH", pointer=pointer(key), say=_DIFFERS, values=said)
    yield from mistyped(kind, values, "warning")
    yield from _unasked(kind, values)


def mistyped(
    kind: Kind, values: Mapping[str, Any], level: Level = "error", *, admitted: Collection[Any] = ()
) -> Iterator[Finding]:
    """Identifiers of companies and sites that a check digit proves wrong: whoever writes one is refused.

    admitted   what stood there before, and the number under which the platform admitted the writer: the directory may hold
               numbers whose length alone was checked, and what it knows is warned of, not refused
    """
    for key in kind.head.parties:
        said = values.get(key)
        text, place = (said.get("id"), (key, "id")) if isinstance(said, dict) else (said, (key,))
        if isinstance(text, str) and has_wrong_check(text) and text not in admitted:
            yield Finding(
                level=level,
                code="INVALID_OPERATOR_ID",
                pointer=pointer(*place),
                say=InvalidOperatorId.say,
                values={"value": text},
                legal=kind.attributes[key].legal,
            )


def _unasked(kind: Kind, values: Mapping[str, Any]) -> Iterator[Finding]:
    """Points of the law that this category must not, or not yet, fill."""
    category = category_of(kind, values)
    for key in values:
        flag = kind.attributes[key].flag("ec", category) if key in kind.attributes else Flag.NONE
        if flag is Flag.NOT_TO_FILL:
            yield Finding(level="warning", code="NOT_TO_BE_FILLED", pointer=pointer(key), say=_NOT_ASKED)
        elif flag is Flag.PENDING:
            yield Finding(level="info", code="NOT_YET_REQUIRED", pointer=pointer(key), say=_PENDING)


def hidden_from_public(kind: Kind, values: Mapping[str, Any]) -> frozenset[str]:
    """Attributes that carry a value which this category must not, or not yet, show (not to fill, pending)."""
    category = category_of(kind, values)
    return frozenset(
        key
        for key in values
        if key in kind.attributes and kind.attributes[key].flag("ec", category) in (Flag.NOT_TO_FILL, Flag.PENDING)
    )
