"""One process, several products: shares of its burdens. Shares add up to exactly 1, burdens to what was given."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Literal, NamedTuple

from meguri.footprint.calculation.errors import OutOfRange, ValueInvalid
from meguri.footprint.calculation.figures import ONE, ZERO, above, at_least, precise

Rule = Literal["mass", "energy", "pieces", "economic"]
_PHYSICAL: tuple[Rule, ...] = ("mass", "energy", "pieces")
# So coarse that a caller's sum of shares or burdens, at Python's usual 28 digits, is still exact.
_SHARE_STEP = Decimal("1E-18")
_BURDEN_STEP = Decimal("1E-15")


class Product(NamedTuple):
    """One product of the process: kg, kWh and pieces made in the period, and the price of a kg."""

    name: str
    mass: Decimal | None = None
    energy: Decimal | None = None
    pieces: Decimal | None = None
    price: Decimal | None = None


class Allocation(NamedTuple):
    """The rule that was used, its shares and burdens in the order of the products, and what other rules would give."""

    rule: Rule
    shares: tuple[Decimal, ...]
    burdens: tuple[Decimal, ...]
    alternatives: dict[Rule, tuple[Decimal, ...]]


@precise
def allocate(
    burden: Decimal, products: Sequence[Product], rule: Rule | Literal["auto"], economic_ratio_threshold: Decimal
) -> Allocation:
    """The burden of a process shared to its products by `rule`.

    auto: economic if the greatest price is more than `economic_ratio_threshold` times the least, else by mass.
    Raises ValueInvalid if a product lacks the figure of the rule, OutOfRange if one is negative or all are 0.
    """
    if not products:
        raise OutOfRange(field="products", value=0, limits="≥ 1")
    chosen = _automatic(products, economic_ratio_threshold) if rule == "auto" else rule
    possible = [each for each in (*_PHYSICAL, "economic") if _figures(products, each)]
    alternatives = {each: shared(burden, shares_of(products, each)) for each in possible if each != chosen}
    shares = shares_of(products, chosen)
    return Allocation(chosen, shares, shared(burden, shares), alternatives)


@precise
def shares_of(products: Sequence[Product], rule: Rule) -> tuple[Decimal, ...]:
    """Each product's share; the last one takes what rounding leaves, so that they add up to exactly 1."""
    figures = _figures(products, rule)
    if figures is None:
        lacking = next(product.name for product in products if _figure(product, rule) is None)
        raise ValueInvalid(field=f"{lacking}.{'price' if rule == 'economic' else rule}", value="")
    whole = above(rule, sum((at_least(rule, figure) for figure in figures), ZERO))
    shares = [(figure / whole).quantize(_SHARE_STEP) for figure in figures[:-1]]
    return (*shares, ONE - sum(shares, ZERO))


@precise
def shared(burden: Decimal, shares: Sequence[Decimal]) -> tuple[Decimal, ...]:
    """The burden by shares; the last one takes what rounding leaves."""
    burdens = [(burden * share).quantize(_BURDEN_STEP) for share in shares[:-1]]
    return (*burdens, burden - sum(burdens, ZERO))


def _automatic(products: Sequence[Product], threshold: Decimal) -> Rule:
    prices = [product.price for product in products if product.price is not None]
    if len(prices) < len(products):
        return "mass"
    least, most = min(prices), max(prices)
    return "economic" if most > threshold * least else "mass"


def _figures(products: Sequence[Product], rule: Rule) -> list[Decimal] | None:
    figures = [_figure(product, rule) for product in products]
    known = [figure for figure in figures if figure is not None]
    return known if len(known) == len(figures) else None


def _figure(product: Product, rule: Rule) -> Decimal | None:
    match rule:
        case "mass":
            return product.mass
        case "energy":
            return product.energy
        case "pieces":
            return product.pieces
    if product.mass is None or product.price is None:
        return None
    return product.mass * product.price
