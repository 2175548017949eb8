"""Countries and regions, for choosing the nearest emission factor and for exchange."""

from functools import cache

from meguri.footprint.calculation.data import rule_data

WORLD = "GLO"


@cache
def _by_country() -> dict[str, str]:
    regions: dict[str, str] = rule_data("regions")["regions"]
    return {country: region for region, countries in regions.items() for country in countries.split()}


def region_of(country: str) -> str | None:
    """The UN region of a country (ISO 3166-1 alpha-2), or None: then it is exchanged as `Global`."""
    return _by_country().get(country)


def nearness(wanted: str, offered: str) -> int:
    """How well a factor for `offered` stands for `wanted`.

    4 the same place; 3 its country; 2 its region; 1 the continent or the world; 0 elsewhere.
    """
    if wanted == offered:
        return 4
    country = wanted.partition("-")[0]
    if country == offered:
        return 3
    region = region_of(country)
    if region is not None and offered == region:
        return 2
    continents: dict[str, list[str]] = rule_data("regions")["continents"]
    return 1 if offered == WORLD or (region is not None and region in continents.get(offered, [])) else 0
