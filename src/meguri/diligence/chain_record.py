"""The record of a battery model's chain for one material: Regulation (EU) 2023/1542 Art. 49(2), points (a)–(f)."""

from decimal import Decimal

import msgspec


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """Point a: what the material is."""

    description: str = ""
    trade_name: str = ""
    type: str = ""


class Supplier(msgspec.Struct, frozen=True, kw_only=True):
    """Point b: who supplied it to the placer of the battery."""

    name: str = ""
    address: str = ""


class Transaction(msgspec.Struct, frozen=True, kw_only=True):
    """One market transaction from extraction to the supplier."""

    sender: str
    receiver: str
    on: str = ""
    document: str = ""


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """Point c: country of origin, and the transactions since."""

    countries: tuple[str, ...] = ()
    transactions: tuple[Transaction, ...] = ()


class Quantity(msgspec.Struct, frozen=True, kw_only=True):
    """Point d: how much is in the battery; unit g, kg or pct."""

    value: Decimal | None = None
    unit: str = "kg"


class FromConflictArea(msgspec.Struct, frozen=True, kw_only=True):
    """Point f: what a chain from a conflict-affected or high-risk area must say when no report verifies it."""

    mine_of_origin: str = ""
    consolidation: tuple[str, ...] = ()
    trading: tuple[str, ...] = ()
    processing: tuple[str, ...] = ()
    taxes_fees_royalties: tuple[str, ...] = ()


class ChainRecord(msgspec.Struct, frozen=True, kw_only=True):
    """All points for one model and material. `e`: references of third-party verification reports.

    recycled_claim  id of the recycled-content claim, where the chain starts at a recycler (Art. 52(4))
    """

    model_id: str
    material: str
    a: Material = Material()
    b: Supplier = Supplier()
    c: Origin = Origin()
    d: Quantity = Quantity()
    e: tuple[str, ...] = ()
    f: FromConflictArea = FromConflictArea()
    recycled_claim: str | None = None


class Completeness(msgspec.Struct, frozen=True, kw_only=True):
    """Which points are required, and which of them are filled."""

    required: tuple[str, ...]
    filled: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """Points that are required and empty."""
        return tuple(point for point in self.required if point not in self.filled)


def completeness(record: ChainRecord, *, cahra_origin: bool) -> Completeness:
    """Point f is required only where no report verifies the chain and an origin is a CAHRA."""
    required = ("a", "b", "c", "d", "e") + (("f",) if not record.e and cahra_origin else ())
    return Completeness(required=required, filled=tuple(point for point in required if _filled(record, point)))


def _filled(record: ChainRecord, point: str) -> bool:
    if point == "a":
        return bool(record.a.description)
    if point == "b":
        return bool(record.b.name and record.b.address)
    if point == "c":
        return bool(record.c.countries or record.recycled_claim)
    if point == "d":
        return record.d.value is not None
    if point == "e":
        return bool(record.e)
    return bool(record.f.mine_of_origin and record.f.processing)
