"""A company's own rule pack: another pack with some rules changed, as a version that is frozen once published."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec

from meguri.footprint.calculation.allocation import Rule as AllocationRule
from meguri.footprint.calculation.packs import RulePack

PREFIX = "own-"
PackId = Annotated[str, msgspec.Meta(pattern=r"^own-[a-z0-9](?:[a-z0-9-]{0,58}[a-z0-9])?$")]
SemVer = Annotated[str, msgspec.Meta(pattern=r"^(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})\.(0|[1-9]\d{0,5})$")]
Words = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Source = Annotated[str, msgspec.Meta(min_length=1, max_length=1000)]
Stage = Literal["raw", "main", "dist", "eol_gross", "eol_credit"]
GwpSet = Literal["AR4", "AR5", "AR6", "AR6-corr", "param"]
Mode = Literal["loc", "con", "param"]
Accepted = Literal["on_site_direct", "ppa_physical", "ppa_virtual", "supplier_product", "eac", "residual", "param"]
Waste = Literal["cut_off", "polluter_pays", "system_expansion", "param"]
EndOfLife = Literal["cff", "cut_off", "avoided_burden", "param"]
CutoffType = Literal["component_mass", "collect_threshold", "total_share", "report_only"]
Reassign = Literal["highest_ef_per_kg", "highest_contribution", "none"]


class Band(msgspec.Struct, frozen=True, kw_only=True):
    """A class of the company's own: reached at `upper` kg CO2e/kWh or less; the last one has no upper limit."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    upper: Decimal | None = None


class PackRules(msgspec.Struct, frozen=True, kw_only=True):
    """The rules that a company sets itself; `param`: left to each worksheet.

    cutoff_percent   of a component's mass, or of the total, by `cutoff`
    economic_ratio   price ratio above which `auto` allocates by price
    required         processes that must be computed from own data before anything is declared
    classes          bands of the company's own, the best first; they are told as its own, never as a class of law
    """

    gwp_set: GwpSet
    stages: Annotated[Sequence[Stage], msgspec.Meta(min_length=1, max_length=5)]
    mode: Mode
    accepted: Annotated[Sequence[Accepted], msgspec.Meta(max_length=7)]
    cutoff: CutoffType
    cutoff_percent: Decimal
    reassign_to: Reassign = "none"
    allocation: AllocationRule | Literal["auto"] = "auto"
    economic_ratio: Decimal = Decimal(5)
    waste: Waste = "cut_off"
    end_of_life: EndOfLife = "cut_off"
    primary_rule: Literal["both", "activity_only"] = "both"
    required: Annotated[Sequence[str], msgspec.Meta(max_length=50)] = ()
    classes: Annotated[Sequence[Band], msgspec.Meta(max_length=12)] = ()


class PackInput(msgspec.Struct, frozen=True, kw_only=True):
    """A version of an own pack.

    base    the pack from which the rest is taken (profiles, exclusions, unit of the result)
    source  which document or agreement these rules follow
    """

    name_ja: Words
    name_en: Words
    base: str
    source: Source
    status: Literal["draft", "voluntary", "contract"] = "voluntary"
    effective_from: date
    rules: PackRules


class NewPack(PackInput, frozen=True, kw_only=True):
    """The first content of a version; ids of own packs begin with `own-`."""

    pack_id: PackId
    version: SemVer


class OwnPack(msgspec.Struct, frozen=True, kw_only=True):
    """A version as it is kept. Editable until `published_at`; `withdrawn_at`: no longer offered for new results."""

    pack_id: str
    version: str
    base: str
    body: PackInput
    content: dict[str, Any]
    hash: str
    row_version: int
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    withdrawn_at: datetime | None

    @property
    def state(self) -> Literal["draft", "published", "withdrawn"]:
        """Where the version stands."""
        if self.published_at is None:
            return "draft"
        return "published" if self.withdrawn_at is None else "withdrawn"


class Rule(msgspec.Struct, frozen=True, kw_only=True):
    """One rule in which an own pack differs from its base: what each says, a list of choices or a single one."""

    name: str
    base: Sequence[str]
    own: Sequence[str]


class Offered(msgspec.Struct, frozen=True, kw_only=True):
    """A pack that a worksheet may use."""

    pack: RulePack
    own: bool
