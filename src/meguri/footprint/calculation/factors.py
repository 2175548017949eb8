"""Emission factors with version, provenance and licence, and choosing the one that fits best."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

import msgspec

from meguri.footprint.calculation.canonical import content_hash
from meguri.footprint.calculation.data import number, rule_data
from meguri.footprint.calculation.errors import FactorUnknown, ProvenanceMissing
from meguri.footprint.calculation.figures import finite
from meguri.footprint.calculation.gases import co2e
from meguri.footprint.calculation.quality import Scores
from meguri.footprint.calculation.regions import WORLD, nearness
from meguri.footprint.calculation.units import unit_named
from meguri.kernel.errors import Forbidden
from meguri.kernel.numbers import whole
from meguri.kernel.text import Text

PUBLIC = "public"
SystemModel = Literal["cut_off", "apos", "consequential", "ef31", "n/a"]


class LicenceBlocksExport(Forbidden):
    """The licence of a factor does not allow its value to be passed on; results computed from it may be."""

    code = "footprint.licence_blocks_export"
    say = Text(
        ja="排出係数「{factor}」は再配布が許可されていないため、値を書き出せません。",
        en="The licence of emission factor “{factor}” does not allow its value to be exported.",
    )


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """Where a factor comes from."""

    name: str
    version: str
    publisher: str = ""
    citation: str = ""
    retrieved: date | None = None


class Licence(msgspec.Struct, frozen=True, kw_only=True):
    """Under which terms it may be used; `redistribute` `ask` counts as no until somebody has asked."""

    code: str
    redistribute: Literal["yes", "no", "ask"]
    attribution: str = ""


class EmissionFactor(msgspec.Struct, frozen=True, kw_only=True):
    """kg CO2e per `unit`, either as one value under a GWP set, or by gas in kg per unit. Never changed, only superseded.

    owner    tenant id, or `public`
    primary  measured at the process itself or stated by its supplier, not an average of others
    """

    id: str
    version: str
    name: str
    unit: str
    source: Source
    licence: Licence
    value: Decimal | None = None
    gwp_set: str | None = None
    by_gas: Mapping[str, Decimal] | None = None
    splits: Mapping[str, Decimal] = {}
    geography: str = WORLD
    valid_from: date | None = None
    valid_to: date | None = None
    technology: str = ""
    system_model: SystemModel = "n/a"
    includes_transmission_loss: bool | None = None
    boundary: str = ""
    owner: str = PUBLIC
    scores: Scores | None = None
    sigma: float | None = None
    synonyms: Sequence[str] = ()
    classification: str = ""
    supersedes: str | None = None
    primary: bool = False
    demo: bool = False

    @property
    def hash(self) -> str:
        """SHA-256 over everything but the spread, which is an estimate of its own."""
        return content_hash(msgspec.structs.replace(self, sigma=None))

    @property
    def reference(self) -> str:
        """What a result records: `id version`."""
        return f"{self.id} {self.version}"

    def per_unit(self, gwp_set: str) -> Decimal:
        """kg CO2e per unit; by gas under `gwp_set`, else the value as it was given."""
        return co2e(self.by_gas, gwp_set) if self.by_gas else self.value or Decimal(0)

    def expired(self, on: date) -> bool:
        """Whether `on` lies outside its validity."""
        return bool((self.valid_from and on < self.valid_from) or (self.valid_to and on > self.valid_to))


class Candidate(NamedTuple):
    """A factor that may fit, and how well: 0–100."""

    factor: EmissionFactor
    score: int


class Choice(NamedTuple):
    """What was chosen, None if nothing reached the least score, and what else there was; both belong in the log."""

    chosen: Candidate | None
    others: Sequence[Candidate]


class Catalogue:
    """The factors that one company may see, by id; of several versions the newest is used unless one is named."""

    def __init__(self, factors: Iterable[EmissionFactor], tenant: str = PUBLIC) -> None:
        """Raises ProvenanceMissing, UnitUnknown, ValueInvalid for a factor that cannot be used."""
        self._versions: dict[str, dict[str, EmissionFactor]] = {}
        for factor in factors:
            if factor.owner in (PUBLIC, tenant):
                self._versions.setdefault(factor.id, {})[factor.version] = checked(factor)

    def get(self, factor_id: str, version: str | None = None) -> EmissionFactor:
        """A factor. Raises FactorUnknown, also if another company owns it."""
        versions = self._versions.get(factor_id)
        if not versions or (version is not None and version not in versions):
            raise FactorUnknown(factor_id if not versions else f"{factor_id} {version}", self._names(factor_id))
        return versions[version] if version is not None else self._newest(versions)

    def all(self) -> list[EmissionFactor]:
        """The newest version of every factor."""
        return [self._newest(versions) for versions in self._versions.values()]

    def choose(
        self,
        wanted: str,
        *,
        geography: str,
        on: date,
        technology: str = "",
        at_least: int = 60,
        unit: str | None = None,
    ) -> Choice:
        """The best factor for `wanted` (id, name, synonym or classification) there and then, and the runners-up.

        Nothing below `at_least` is chosen without a person; an expired one can be, and is flagged where it is used.
        """
        found = [
            Candidate(factor, score)
            for factor in self.all()
            if (score := _score(factor, wanted, geography, on, technology)) and (unit in (None, factor.unit))
        ]
        ranked = sorted(found, key=lambda candidate: (-candidate.score, candidate.factor.id))
        best = ranked[0] if ranked and ranked[0].score >= at_least else None
        return Choice(best, ranked[1:] if best else ranked)

    def _newest(self, versions: Mapping[str, EmissionFactor]) -> EmissionFactor:
        replaced = {factor.supersedes for factor in versions.values()}
        current = [factor for factor in versions.values() if factor.version not in replaced]
        return max(current or list(versions.values()), key=lambda factor: _version_key(factor.version))

    def _names(self, factor_id: str) -> list[str]:
        versions = self._versions.get(factor_id)
        return [f"{factor_id} {version}" for version in versions] if versions else list(self._versions)


def checked(factor: EmissionFactor) -> EmissionFactor:
    """`factor` itself. Raises ProvenanceMissing, UnitUnknown, ValueInvalid, GasUnknown."""
    if not (factor.source.name and factor.source.version and factor.licence.code):
        raise ProvenanceMissing(factor=factor.id)
    unit_named(factor.unit)
    finite(f"{factor.id}.value", factor.per_unit(factor.gwp_set or "AR6"))
    return factor


def exported(factors: Iterable[EmissionFactor]) -> list[EmissionFactor]:
    """The factors with their values, for passing on. Raises LicenceBlocksExport."""
    rows = list(factors)
    for factor in rows:
        if factor.licence.redistribute != "yes":
            raise LicenceBlocksExport(factor=factor.reference)
    return rows


def sources_of(factors: Iterable[EmissionFactor]) -> list[tuple[str, str]]:
    """Distinct (name, version) of the sources of all factors that are not primary data, for exchange. No values."""
    return sorted({(factor.source.name, factor.source.version) for factor in factors if not factor.primary})


def demo_factors() -> list[EmissionFactor]:
    """Invented factors for trying things out; a result that uses one is flagged `demo_factor`."""
    data = rule_data("demo-factors")
    scores = Scores(ter=number(data["ter"]), ger=number(data["ger"]), tir=number(data["tir"]))
    return [
        EmissionFactor(
            id=row["id"],
            version=data["version"],
            name=row["name"]["ja"],
            unit=row["unit"],
            source=Source(name=data["id"], version=data["version"], publisher="Meguri", citation=data["source"]),
            licence=Licence(code=data["licence"], redistribute="yes"),
            value=number(row["value"]),
            gwp_set=data["gwp_set"],
            geography=row.get("geography", data["geography"]),
            valid_from=data["valid_from"],
            scores=scores,
            synonyms=(row["name"]["en"], *row["synonyms"]),
            demo=True,
        )
        for row in data["factors"]
    ]


def _score(factor: EmissionFactor, wanted: str, geography: str, on: date, technology: str) -> int:
    text = wanted.casefold().strip()
    if text == factor.id.casefold():
        match = 100
    elif text in (factor.name.casefold(), *(synonym.casefold() for synonym in factor.synonyms)):
        match = 50
    elif factor.classification and text == factor.classification.casefold():
        match = 35
    else:
        return 0
    place = 7 * nearness(geography, factor.geography)
    time = 0 if factor.expired(on) else 12
    same = 10 if technology and technology.casefold() == factor.technology.casefold() else 0
    return min(100, match + place + time + same)


def _version_key(version: str) -> list[tuple[int, str]]:
    return [
        (-1, part) if (number := whole(part)) is None else (number, "") for part in version.replace("-", ".").split(".")
    ]
