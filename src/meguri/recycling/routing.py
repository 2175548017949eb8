"""Planning tours with a vehicle-routing library (PyVRP: iterated local search); the plan is checked by our own rules."""

import math
import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
from pyvrp import Client, Depot, Location, ProblemData, VehicleType, solve
from pyvrp.exceptions import PenaltyBoundWarning
from pyvrp.stop import MaxRuntime, MultipleCriteria, NoImprovement

from meguri.recycling.tours import (
    FAR,
    Ground,
    Matrix,
    Plan,
    Stop,
    Vehicle,
    check,
    ground,
    nearest_neighbour,
    plan_of,
    service_s,
    tour_of,
)

PRIZE = 100_000_000
"""Metres that leaving a stop out would cost: more than any way."""
PATIENCE = 4000
PLAIN, EQUIPPED = 0, 1


def plan(
    depot: tuple[float, float],
    stops: Sequence[Stop],
    vehicles: Sequence[Vehicle],
    *,
    seconds: float = 10,
    seed: int = 1,
) -> Plan:
    """The shortest tours that are found in `seconds`; never longer than the nearest neighbour's.

    Raises CannotRoute, TransportForbidden.
    """
    check(stops, vehicles)
    way = ground(depot, stops)
    simple = nearest_neighbour(stops, vehicles, way)
    found = _solved(depot, stops, vehicles, way, seconds, seed)
    if found is None:
        return simple
    better = (len(found.unserved), found.kilometres) <= (len(simple.unserved), simple.kilometres)
    return found if better else simple


def _solved(
    depot: tuple[float, float],
    stops: Sequence[Stop],
    vehicles: Sequence[Vehicle],
    way: Ground,
    seconds: float,
    seed: int,
) -> Plan | None:
    data = _problem(depot, stops, vehicles, way)
    until = MultipleCriteria([MaxRuntime(seconds), NoImprovement(PATIENCE)])
    with warnings.catch_warnings():  # a stop out of reach is no fault of the library's; it is told as unserved
        warnings.simplefilter("ignore", PenaltyBoundWarning)
        result = solve(data, until, seed=seed, collect_stats=False)
    if not result.is_feasible():
        return None
    tours = []
    for route in result.best.routes():
        order = [visit.idx for visit in route.schedule() if visit.is_client()]
        if order:
            tours.append(tour_of(vehicles[route.vehicle_type()], order, stops, way))
    return plan_of(tours, stops)


def _problem(
    depot: tuple[float, float], stops: Sequence[Stop], vehicles: Sequence[Vehicle], way: Ground
) -> ProblemData:
    places = [Location(depot[1], depot[0]), *(Location(s.longitude, s.latitude) for s in stops)]
    clients = [
        Client(
            location=place + 1,
            pickup=[math.ceil(stop.mass_kg * 10)],
            service_duration=service_s(stop),
            tw_early=stop.opens * 60,
            tw_late=stop.closes * 60,
            prize=PRIZE,
            required=False,
            name=str(place),
        )
        for place, stop in enumerate(stops)
    ]
    kinds = [
        VehicleType(
            num_available=vehicle.number,
            capacity=[math.floor(vehicle.capacity_kg * 10)],
            tw_early=vehicle.starts * 60,
            tw_late=vehicle.ends * 60,
            profile=EQUIPPED if vehicle.damaged_ok else PLAIN,
            name=vehicle.name,
        )
        for vehicle in vehicles
    ]
    # The library's stubs know no shape of an array.
    metres: list[Any] = [_without_damaged(way.metres, stops), way.metres]
    times: list[Any] = [_without_damaged(way.seconds, stops), way.seconds]
    return ProblemData(
        places,
        clients,
        [Depot(location=0)],
        kinds,
        metres,
        times,
    )


def _without_damaged(matrix: Matrix, stops: Sequence[Stop]) -> Matrix:
    """No way leads to a damaged battery for a vehicle that is not equipped."""
    closed = matrix.copy()
    for place, stop in enumerate(stops):
        if stop.damaged:
            closed[:, place + 1] = FAR
    np.fill_diagonal(closed, 0)
    return closed
