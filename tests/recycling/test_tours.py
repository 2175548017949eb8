"""Pick-up tours keep load, hours, shift and the rules of transport, and are never longer than the plain way."""

import math
import random
from typing import Any

import pytest

from meguri.recycling.errors import CannotRoute, TransportForbidden
from meguri.recycling.routing import plan
from meguri.recycling.tours import Plan, Stop, Vehicle, driven, ground, nearest_neighbour
from meguri.recycling.transport import require_transportable

DEPOT = (33.88, 130.88)


def stops_around(count: int, seed: int = 1) -> list[Stop]:
    dice = random.Random(seed)
    return [
        Stop(
            name=f"S{n}",
            latitude=DEPOT[0] + dice.uniform(-0.3, 0.3),
            longitude=DEPOT[1] + dice.uniform(-0.3, 0.3),
            mass_kg=dice.choice([30, 80, 250]),
            defect_class="damaged_noncritical" if n % 10 == 0 else "intact",
            opens=dice.choice([8, 10, 13]) * 60,
            closes=17 * 60,
        )
        for n in range(count)
    ]


FLEET = [
    Vehicle(name="4t", number=6, capacity_kg=2000),
    Vehicle(name="危険物 2t", number=2, capacity_kg=1000, damaged_ok=True),
]


def sound(found: Plan, stops: list[Stop], vehicles: list[Vehicle]) -> None:
    """Whatever planned it: every stop once, everything drivable."""
    way = ground(DEPOT, stops)
    kinds = {v.name: v for v in vehicles}
    calls = [call.stop for tour in found.tours for call in tour.calls]
    assert sorted(calls) == sorted(set(calls))
    assert len(calls) + len(found.unserved) == len(stops)
    for tour in found.tours:
        assert driven(kinds[tour.vehicle], [call.stop for call in tour.calls], stops, way) is not None
    for vehicle in vehicles:
        assert sum(tour.vehicle == vehicle.name for tour in found.tours) <= vehicle.number


def test_a_plan_serves_all_and_is_shorter_than_the_nearest_neighbour() -> None:
    stops = stops_around(60)
    found = plan(DEPOT, stops, FLEET, seconds=1.5)
    simple = nearest_neighbour(stops, FLEET, ground(DEPOT, stops))
    sound(found, stops, FLEET)
    sound(simple, stops, FLEET)
    assert found.unserved == []
    assert found.kilometres < simple.kilometres


def test_damaged_batteries_go_with_equipped_vehicles_only() -> None:
    stops = stops_around(20)
    found = plan(DEPOT, stops, FLEET, seconds=0.5)
    damaged = {place for place, stop in enumerate(stops) if stop.damaged}
    carried = {call.stop for tour in found.tours if tour.vehicle == "4t" for call in tour.calls}
    assert damaged
    assert not damaged & carried


def test_what_nobody_can_reach_in_time_is_named() -> None:
    late = Stop(name="far", latitude=43.0, longitude=141.3, mass_kg=10, closes=9 * 60)
    found = plan(DEPOT, [*stops_around(3), late], FLEET, seconds=0.2)
    assert found.unserved == ["far"]


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"mass_kg": 9999}, CannotRoute),
        ({"latitude": math.nan}, CannotRoute),
        ({"latitude": 91.0}, CannotRoute),
        ({"opens": 700, "closes": 600}, CannotRoute),
        ({"un": "UN1203"}, TransportForbidden),
        ({"defect_class": "damaged_critical"}, TransportForbidden),
    ],
)
def test_stops_that_cannot_be_planned_are_refused(change: dict[str, Any], refusal: type[Exception]) -> None:
    said = {"name": "S", "latitude": 33.9, "longitude": 130.9, "mass_kg": 10, **change}
    with pytest.raises(refusal):
        plan(DEPOT, [Stop(**said)], FLEET, seconds=0.1)
    with pytest.raises(CannotRoute):
        plan(DEPOT, [], FLEET)


def test_rules_of_transport() -> None:
    require_transportable("UN3480", "intact", "P909")
    require_transportable("UN 3480", "damaged_critical", "P911", approval_no="BAM-1")
    for un, state, packing, mode, approval in (
        ("UN9999", "intact", None, "road", None),
        ("UN3480", "damaged_critical", "P911", "road", None),
        ("UN3480", "damaged_noncritical", "P909", "road", None),
        ("UN3480", "intact", None, "air", None),
        ("UN3480", "unheard_of", None, "road", None),
    ):
        with pytest.raises(TransportForbidden):
            require_transportable(un, state, packing, mode=mode, approval_no=approval)
