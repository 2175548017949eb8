"""Elements, pseudo-substances and compositions: what a mass is made of.

`element` is an IUPAC symbol or a row of the recyclers' form (`Steel`, `Plastics`, `C_cell`, `Fe_cell`, `Other:<text>` …).
"""

from collections.abc import Iterable, Mapping
from decimal import Decimal

from meguri.kernel.numbers import ZERO, plain
from meguri.recycling.errors import AssayOverStoichiometric, CompositionOverUnity
from meguri.recycling.rulebook import stoichiometry

_PERIODIC_TABLE = (
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb "
    "Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au "
    "Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr Rf Db Sg Bh Hs Mt Ds Rg Cn Nh Fl Mc Lv Ts Og"
)
SYMBOLS = frozenset(_PERIODIC_TABLE.split())
PSEUDO = frozenset({"Steel", "Plastics", "H2SO4_dry", "KOH", "NaOH", "C_cell", "Fe_cell", "Other"})
_ALIASES = {"O2": "O"}
MOST = Decimal("1.000001")


def element_named(text: str) -> str | None:
    """The element's name as we keep it, or None for what is no element: `O2` is `O`, `Other:<text>` stays."""
    name = _ALIASES.get(text, text)
    if name in SYMBOLS or name in PSEUDO:
        return name
    return name if name.startswith("Other:") and len(name) > len("Other:") else None


def contained(substance: str) -> dict[str, Decimal] | None:
    """kg of each element in one kg of a pure substance, or None when the table does not know it.

    Source: rule data `stoich/1`. A full stop or an asterisk is read as the raised dot of a hydrate.
    """
    table = stoichiometry().substances
    for written in (substance, substance.replace("*", "·").replace("・", "·"), _dotted(substance)):
        if written in table:
            return dict(table[written])
    return None


def _dotted(substance: str) -> str:
    """`NiSO4.6H2O` → `NiSO4·6H2O`: only a point before the water is a raised dot."""
    head, point, tail = substance.rpartition(".")
    return f"{head}·{tail}" if point and tail.endswith("H2O") else substance


def require_unity(fractions: Iterable[Decimal]) -> Decimal:
    """The sum of mass fractions. Raises CompositionOverUnity above 1.000001."""
    total = sum(fractions, ZERO)
    if total > MOST:
        raise CompositionOverUnity(total=plain(total))
    return total


def require_possible(substance: str, fractions: Mapping[str, Decimal]) -> None:
    """No assay above what the pure substance holds × 1.005. Raises AssayOverStoichiometric."""
    pure = contained(substance)
    if pure is None:
        return
    margin = stoichiometry().assay_margin
    for element, fraction in fractions.items():
        if element in pure and fraction > pure[element] * margin:
            raise AssayOverStoichiometric(
                substance=substance,
                element=element,
                given=plain(fraction * 100),
                limit=plain(pure[element] * margin * 100),
            )


def dry_mass(wet_kg: Decimal, moisture_pct: Decimal) -> Decimal:
    """Water-free mass [kg], Delegated Regulation (EU) 2025/606 Annex §1(2)."""
    return wet_kg * (1 - moisture_pct / 100)
