"""The rule data of the desk: tariff and terms; what a month costs (pure)."""

import tomllib
from datetime import date
from functools import cache
from typing import Literal

import msgspec

from meguri.kernel.shipped import files
from meguri.kernel.text import Text

RateName = Literal["standard", "small"]


class Rate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rate, in whole units of the tariff's currency."""

    ja: str
    en: str
    base: int
    per_answer: int

    @property
    def name(self) -> Text:
        """What people read."""
        return Text(ja=self.ja, en=self.en)

    def of(self, answers: int) -> int:
        """What a month with so many answers costs."""
        return self.base + self.per_answer * answers


class Tariff(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Version and status of the tariff, and its rates."""

    id: str
    version: str
    status: str
    source: str
    valid_from: date
    currency: str
    rates: dict[RateName, Rate]


class Terms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The terms of use in force."""

    id: str
    version: str
    status: str
    source: str
    valid_from: date
    ja: str
    en: str


def _read(name: str) -> object:
    return tomllib.loads(files("meguri.rules").joinpath("desk", name).read_text("utf-8"))


@cache
def tariff() -> Tariff:
    """The tariff in force."""
    return msgspec.convert(_read("tariff.toml"), Tariff)


@cache
def terms() -> Terms:
    """The terms in force."""
    return msgspec.convert(_read("terms.toml"), Terms)


def rate_of(*, small: bool) -> Rate:
    """The rate of a company."""
    return tariff().rates["small" if small else "standard"]
