"""What follows from other values: switches, derived and collected values, values of the first day."""

from collections.abc import Mapping
from typing import Any

from meguri.passport.expressions import Values, compute, filled, holds, names_in, plain
from meguri.passport.kinds import Document, Kind

INITIAL = "initial_declared"


def category_of(kind: Kind, values: Values) -> str | None:
    """The category, or None while it is not given."""
    found = values.get(kind.head.category)
    return found if isinstance(found, str) else None


def switches(kind: Kind, values: Values) -> dict[str, bool]:
    """What applies to this product: computed, else supplied, else the category's default, else not."""
    head, keys = kind.head, kind.attributes
    defaults = head.switches.defaults.get(category_of(kind, values) or "", {})
    found: dict[str, bool] = {}
    for name in head.switches.names:
        computed = head.switches.computed.get(name)
        supplied = values.get(name)
        if computed is not None:
            found[name] = holds(computed, values, keys)
        elif isinstance(supplied, bool):
            found[name] = supplied
        else:
            default = defaults.get(name, "false")
            found[name] = holds(default, {**values, **found}, {*keys, *found})
    return found


def with_switches(kind: Kind, values: Values) -> Document:
    """The values with every switch as it stands."""
    return {**values, **switches(kind, values)}


def derive(kind: Kind, values: Values) -> Document:
    """What follows from `values` and was not supplied, by key. A supplied value stays (see `differing`)."""
    found: Document = {}
    for key, formula in kind.head.derived.items():
        if key in kind.attributes and (not filled(values.get(key)) or is_initial(values[key])):
            result = compute(formula, {**values, **found}, kind.attributes)
            if result is not None:
                found[key] = _as_stored(kind, key, formula, result, values)
    for key, members in kind.head.collected.items():
        held = {member: values[member] for member in members if filled(values.get(member))}
        if held:
            found[key] = held
    return found


def _as_stored(kind: Kind, key: str, formula: str, result: Any, values: Values) -> Any:
    """A measured value carries the latest moment among its inputs."""
    if not kind.attributes[key].type.startswith("dyn_"):
        return result
    inputs = [values.get(name) for name in names_in(formula)]
    moments = [each["measured_at"] for each in inputs if isinstance(each, dict) and "measured_at" in each]
    # A value of the first day has no measurement behind it; its moment is then that of the record.
    return {"value": result, "source": "computed"} | ({"measured_at": max(moments)} if moments else {})


def is_initial(value: Any) -> bool:
    """Whether a value is only that of the first day: it gives way to what follows from measurements."""
    return isinstance(value, dict) and value.get("method") == INITIAL


def differing(kind: Kind, values: Values) -> dict[str, tuple[float, float]]:
    """Supplied values that differ from what follows by more than the tolerance: key → (supplied, derived)."""
    found = {}
    for key, formula in kind.head.derived.items():
        supplied = plain(values.get(key)) if not is_initial(values.get(key)) else None
        if isinstance(supplied, bool) or not isinstance(supplied, int | float):
            continue
        result = compute(formula, {name: each for name, each in values.items() if name != key}, kind.attributes)
        if isinstance(result, int | float) and abs(supplied - result) > kind.head.derived_tolerance:
            found[key] = (float(supplied), float(result))
    return found


def initial_values(kind: Kind, category: str | None, at: str) -> Document:
    """What holds on the first day of a new product whose operator declares so: fades and counters 0, SOCE 100."""
    initial = kind.head.initial
    found: Document = {}
    for value, keys in ((0, initial.zero), (100, initial.full)):
        for key in keys:
            only = initial.by_category.get(key)
            if key in kind.attributes and (only is None or category in only):
                found[key] = {"value": value, "measured_at": at, "source": "manual", "method": INITIAL}
    return found


def merged(*layers: Mapping[str, Any] | None) -> Document:
    """Values of model, batch and item: the later wins."""
    found: Document = {}
    for layer in layers:
        found.update(layer or {})
    return found


def effective(kind: Kind, *layers: Mapping[str, Any] | None) -> Document:
    """The whole document: model ← batch ← item, and what follows."""
    values = merged(*layers)
    return {**values, **derive(kind, values)}
