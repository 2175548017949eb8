"""Rows of the table that come from lists: public routes, and the values of enumerations."""

from collections.abc import Iterable, Iterator

import msgspec

from meguri.dataspaces.conformance.model import Row
from meguri.dataspaces.rules import RuleHead
from meguri.kernel.shipped import files

# What of the native application belongs to a contract; the rest are pages for people.
CONTRACTS = ("/api/", "/v1/", "/vc/", "/vct/", "/operators/", "/envelope/", "/.well-known/", "/3/", "/auth/")


class Walked(msgspec.Struct, frozen=True, kw_only=True):
    """Routes of one contract, and the test that walks them. Paths of one company begin with `/t/{company}` as well."""

    contract: str
    test: str
    routes: tuple[str, ...]


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """Values of an enumeration, and the test that shows them."""

    test: str
    values: tuple[str, ...]


class Enumeration(msgspec.Struct, frozen=True, kw_only=True):
    """An enumeration that goes over a contract's wire."""

    id: str
    ja: str
    en: str
    shown: tuple[Shown, ...]


class _Routes(RuleHead, frozen=True, kw_only=True):
    walked: tuple[Walked, ...]


class _Enumerations(RuleHead, frozen=True, kw_only=True):
    enumeration: tuple[Enumeration, ...]


def walked() -> tuple[Walked, ...]:
    """The routes that contracts' own façades answer."""
    raw = (files("meguri.rules") / "dataspaces" / "conformance_routes.toml").read_bytes()
    return msgspec.toml.decode(raw, type=_Routes).walked


def enumerations() -> tuple[Enumeration, ...]:
    """All enumerations."""
    raw = (files("meguri.rules") / "dataspaces" / "conformance_enumerations.toml").read_bytes()
    return msgspec.toml.decode(raw, type=_Enumerations).enumeration


def of_routes() -> Iterator[Row]:
    """One row for each route of a façade."""
    for one in walked():
        for route in one.routes:
            yield Row(
                heading="routes", id=route, ja=one.contract, en=one.contract, state="implemented", tests=(one.test,)
            )


def of_enumerations() -> Iterator[Row]:
    """One row for each value."""
    for one in enumerations():
        for shown in one.shown:
            for value in shown.values:
                yield Row(
                    heading="enumerations",
                    id=f"{one.id}={value}",
                    ja=f"{one.ja} {value}",
                    en=f"{one.en} {value}",
                    state="implemented",
                    tests=(shown.test,),
                )


def of_native(doors: Iterable[tuple[str, str]], contracts: Iterable[Row]) -> Iterator[Row]:
    """One row for each (method, path) of the application that belongs to a contract, with that contract's state and tests,
    unless it has a row of its own.

    Raises LookupError where no contract has the path: then a row of the interface is missing.
    """
    told = {route for one in walked() for route in one.routes}
    known = sorted(contracts, key=lambda row: len(row.id), reverse=True)
    for method, path in sorted(doors, key=lambda door: (door[1], door[0])):
        if not path.startswith(CONTRACTS) or f"{method} {path}" in told:
            continue
        of = next((row for row in known if below(path, row.id)), None)
        if of is None:
            raise LookupError(f"no row of the interface for {method} {path}")
        yield Row(heading="routes", id=f"{method} {path}", ja=of.ja, en=of.en, state=of.state, tests=of.tests,
                  note_ja=of.note_ja, note_en=of.note_en)  # fmt: skip


def below(path: str, root: str) -> bool:
    """Whether a path is at or below an address."""
    return path == root or path.startswith(root + "/")
