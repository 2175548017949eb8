"""The services that a DID document names. Rooms of further protocols offer theirs here."""

from collections.abc import Callable

from meguri.proof.did import Service

Offer = Callable[[str, str], list[Service]]
"""(origin, DID) → services."""

_offers: dict[str, Offer] = {}


def offer(room: str, services: Offer) -> None:
    """Name services in every company's document; again replaces what the room named before."""
    _offers[room] = services


def services_of(origin: str, did: str) -> list[Service]:
    """All services, those of the house first."""
    own = [
        Service(name="dpp", type="DPPService", endpoint=f"{origin}/v1"),
        Service(name="federation", type="MeguriFederation", endpoint=f"{origin}/federation/v1"),
        Service(name="domain", type="LinkedDomains", endpoint=origin),
    ]
    return [*own, *(service for room in sorted(_offers) for service in _offers[room](origin, did))]
