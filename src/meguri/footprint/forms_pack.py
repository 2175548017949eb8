"""The form of an own rule pack: as typed, as a pack begins it, and as rules with what is wrong beside the field."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from meguri.footprint.packs import NewPack, OwnPack, PackInput, PackRules
from meguri.footprint.packs.content import rules_within
from meguri.footprint.packs.model import PREFIX
from meguri.kernel.numbers import plain
from meguri.kernel.text import Language
from meguri.traceability.forms import decimal, text
from meguri.ui.words import say

TEXTS = ("pack_id", "version", "name_ja", "name_en", "source", "status", "effective_from")
CLASSES = "classes"
CHOSEN = (
    "gwp_set", "mode", "cutoff", "cutoff_percent", "reassign_to", "allocation", "economic_ratio", "waste", "end_of_life",
    "primary_rule",
)  # fmt: skip
LISTS = ("stages", "accepted", "required")
_NEEDED = ("pack_id", "version", "name_ja", "name_en", "source", "effective_from")


class PackForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form as typed: fields by name, and the ticks of its lists."""

    base: str
    values: dict[str, str]
    lists: dict[str, list[str]]


def begun(base: str, content: Mapping[str, Any], today: date) -> PackForm:
    """A form that begins with the rules of another pack."""
    own = base.startswith(PREFIX)
    values = {
        "pack_id": base if own else "",
        "version": _next(str(content["version"])) if own else "1.0.0",
        "name_ja": content["name"]["ja"] if own else "",
        "name_en": content["name"]["en"] if own else "",
        "source": content["source"] if own else "",
        "status": content["status"] if own else "voluntary",
        "effective_from": today.isoformat(),
    }
    return _with_rules(base, values, rules_within(content))


def shown(made: OwnPack) -> PackForm:
    """A draft as the form shows it."""
    body = made.body
    values = {
        "pack_id": made.pack_id,
        "version": made.version,
        "effective_from": body.effective_from.isoformat(),
        **{name: getattr(body, name) for name in ("name_ja", "name_en", "source", "status")},
    }
    return _with_rules(made.base, values, body.rules)


def typed(form: Mapping[str, Any]) -> PackForm:
    """What was typed. A short id gets the beginning that own packs have."""
    values = {name: text(form, name) for name in (*TEXTS, *CHOSEN, CLASSES)}
    if values["pack_id"] and not values["pack_id"].startswith(PREFIX):
        values["pack_id"] = PREFIX + values["pack_id"]
    every = getattr(form, "getall", None)
    lists = {name: [str(one) for one in every(name, [])] if every else [] for name in LISTS}
    return PackForm(base=text(form, "base"), values=values, lists=lists)


def pack_of(given: PackForm, language: Language) -> tuple[NewPack | None, dict[str, str]]:
    """The version, or what is wrong by field."""
    wrong = {name: say("footprint.own.needed", language) for name in _NEEDED if not given.values[name]}
    numbers = {name: decimal(given.values[name] or "0") for name in ("cutoff_percent", "economic_ratio")}
    wrong |= {name: say("footprint.wrong.number", language) for name, value in numbers.items() if value is None}
    if not given.lists["stages"]:
        wrong["stages"] = say("footprint.own.need_stage", language)
    bands = _bands(given.values[CLASSES])
    if bands is None:
        wrong[CLASSES] = say("footprint.own.wrong_classes", language)
    if wrong:
        return None, wrong
    rules = {name: given.values[name] for name in CHOSEN} | numbers | given.lists | {CLASSES: bands}
    told = {name: given.values[name] for name in TEXTS} | {"base": given.base, "rules": rules}
    try:
        return msgspec.convert(told, NewPack, strict=False), {}
    except msgspec.ValidationError as error:
        at = re.search(r"`\$\.(?:rules\.)?(\w+)", str(error))
        field = at[1] if at else "pack_id"
        key = field if field in ("pack_id", "version", "effective_from") else "choice"
        return None, {field: say(f"footprint.own.wrong_{key}", language)}


def input_of(made: NewPack) -> PackInput:
    """The content of a version without its name and number."""
    return PackInput(**{name: getattr(made, name) for name in PackInput.__struct_fields__})


def _with_rules(base: str, values: dict[str, str], rules: PackRules) -> PackForm:
    chosen = {name: getattr(rules, name) for name in CHOSEN}
    texts = {name: plain(value) if isinstance(value, Decimal) else str(value) for name, value in chosen.items()}
    texts[CLASSES] = "\n".join(
        band.name if band.upper is None else f"{band.name} {plain(band.upper)}" for band in rules.classes
    )
    return PackForm(base=base, values=values | texts, lists={name: list(getattr(rules, name)) for name in LISTS})


def _bands(written: str) -> list[dict[str, Any]] | None:
    """Classes as typed, one in a line: a name, and an upper limit if a number ends it; None where a limit is no number."""
    found: list[dict[str, Any]] = []
    for line in filter(None, (each.strip() for each in written.splitlines())):
        name, _, limit = line.rpartition(" ")
        upper = decimal(limit) if name else None
        if name and upper is None and any(sign.isdigit() for sign in limit):
            return None
        found.append({"name": line} if upper is None else {"name": name.strip(), "upper": upper})
    return found


def _next(version: str) -> str:
    major, minor, _ = (int(part) for part in version.split("."))
    return f"{major}.{minor + 1}.0"
