"""Rule data of the footprint: numbers that law or method may change, read from versioned files, exact as written."""

import tomllib
from decimal import Decimal
from functools import cache
from typing import Any

from meguri.kernel.shipped import files


@cache
def rule_data(name: str) -> dict[str, Any]:
    """The content of `rules/footprint/<name>.toml`; fractions are Decimals."""
    text = (files("meguri.rules") / "footprint" / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text, parse_float=Decimal)


def rule_names(folder: str) -> list[str]:
    """The names that `rule_data` accepts within a folder, in order."""
    found = (files("meguri.rules") / "footprint" / folder).iterdir()
    return sorted(entry.name.removesuffix(".toml") for entry in found if entry.name.endswith(".toml"))


def version_of(name: str) -> str:
    """`id version`, as results record which data they used."""
    data = rule_data(name)
    return f"{data['id']} {data['version']}"


def number(value: Any) -> Decimal:
    """A number of the rule data as a Decimal; `{ value = …, mark = … }` is taken at its value."""
    return Decimal(value["value"] if isinstance(value, dict) else value)
