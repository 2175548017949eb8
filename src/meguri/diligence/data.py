"""Rule data of due diligence: numbers and words that law or method may change, exact as written."""

import tomllib
from decimal import Decimal
from functools import cache
from typing import Any

from meguri.kernel.shipped import files
from meguri.kernel.text import Text


@cache
def rule_data(name: str) -> dict[str, Any]:
    """The content of `rules/diligence/<name>.toml`; fractions are Decimals."""
    text = (files("meguri.rules") / "diligence" / f"{name}.toml").read_text(encoding="utf-8")
    return tomllib.loads(text, parse_float=Decimal)


def rule_text(name: str) -> str:
    """The text of `rules/diligence/<name>`."""
    return (files("meguri.rules") / "diligence" / name).read_text(encoding="utf-8")


def version_of(name: str) -> str:
    """`id/version`, as results record which data they used."""
    data = rule_data(name)
    return f"{data['id']}/{data['version']}"


def words(name: str, table: str) -> dict[str, Text]:
    """The names of a table's entries in both languages."""
    return {key: Text(ja=entry["ja"], en=entry["en"]) for key, entry in rule_data(name)[table].items()}
