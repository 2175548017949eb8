"""On what ground an authority opens a passport: rule data (pure)."""

import tomllib
from datetime import date
from functools import cache

import msgspec

from meguri.kernel.shipped import files
from meguri.kernel.text import Text


class Basis(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One legal basis, as people read it."""

    ja: str
    en: str

    @property
    def name(self) -> Text:
        """In both languages."""
        return Text(ja=self.ja, en=self.en)


class AuthorityRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The legal bases in force. `export_rows`: how many passports one export lists at most."""

    id: str
    version: str
    status: str
    source: str
    valid_from: date
    export_rows: int
    bases: dict[str, Basis]


@cache
def authority_rules() -> AuthorityRules:
    """The rules in force."""
    text = files("meguri.rules").joinpath("passport", "authority.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), AuthorityRules)
