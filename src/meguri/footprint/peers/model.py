"""What a company contributes to statistics among peers, and what it is told."""

from datetime import datetime
from decimal import Decimal
from functools import cache
from uuid import UUID

import msgspec

from meguri.footprint.calculation.data import number, rule_data
from meguri.footprint.peers.guard import Limits
from meguri.kernel.text import Text


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of product that is compared, per `unit`."""

    key: str
    unit: str
    name: Text


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """A result that the company contributes: kg CO2e per unit of the group, and units made in the period."""

    result_id: UUID
    grp: str
    pack_id: str
    year: int
    value: Decimal
    weight: Decimal
    at: datetime


class PeerFigure(msgspec.Struct, frozen=True, kw_only=True):
    """A figure as it was told: the mean among peers, of at least so many companies, beside what one had said oneself."""

    figure_id: UUID
    grp: str
    pack_id: str
    year: int
    mean: Decimal
    at_least: int
    own_value: Decimal
    own_weight: Decimal
    at: datetime


class Contributed(msgspec.Struct, frozen=True, kw_only=True):
    """What came of contributing or taking back: whether a newer figure is told now. Why not is not said, for whoever
    tries with other amounts would learn how much the others make.
    """

    told: bool


@cache
def limits() -> Limits:
    """When a figure may be told."""
    data = rule_data("peers")
    return Limits(
        min_group=data["min_group"], max_share=number(data["max_share"]), significant_digits=data["significant_digits"]
    )


@cache
def groups() -> dict[str, Group]:
    """The kinds of product, by key."""
    return {
        row["key"]: Group(key=row["key"], unit=row["unit"], name=Text(**row["name"]))
        for row in rule_data("peers")["groups"]
    }
