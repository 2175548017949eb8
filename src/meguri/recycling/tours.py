"""Pick-up tours: which vehicle goes where, in which order, under load, opening hours, shift and the rules of transport.

Distances are great circles lengthened by a road factor (rule data). Minutes count from midnight. Damaged batteries go only
with vehicles that are equipped for them. `nearest_neighbour` is the plain way that planning by hand takes.
"""

import math
from collections.abc import Sequence
from itertools import pairwise

import msgspec
import numpy as np
from numpy.typing import NDArray

from meguri.recycling.errors import CannotRoute
from meguri.recycling.transport import require_transportable, transport_rules

EARTH_M = 6_371_000.0
FAR = 10_000_000
"""Metres and seconds of a way that nobody may take."""
Matrix = NDArray[np.int64]


class Stop(msgspec.Struct, frozen=True, kw_only=True):
    """A collection point with what waits there. `opens`, `closes`: minutes from midnight."""

    name: str
    latitude: float
    longitude: float
    mass_kg: float
    un: str = "UN3480"
    defect_class: str = "intact"
    opens: int = 8 * 60
    closes: int = 18 * 60
    service_min: int | None = None
    approval_no: str | None = None

    @property
    def damaged(self) -> bool:
        """Whether it needs an equipped vehicle."""
        return self.defect_class != "intact"


class Vehicle(msgspec.Struct, frozen=True, kw_only=True):
    """Vehicles of one kind: how many, how much, whether equipped for damaged batteries, when the shift is [min]."""

    name: str
    number: int
    capacity_kg: float
    damaged_ok: bool = False
    starts: int = 7 * 60
    ends: int = 18 * 60


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One stop of a tour: arrival in minutes from midnight."""

    stop: int
    name: str
    arrives: float
    mass_kg: float


class Tour(msgspec.Struct, frozen=True, kw_only=True):
    """One vehicle's day."""

    vehicle: str
    calls: list[Call]
    kilometres: float
    mass_kg: float
    leaves: float
    returns: float


class Plan(msgspec.Struct, frozen=True, kw_only=True):
    """All tours of a day; `unserved`: stops that no vehicle can reach in time."""

    tours: list[Tour]
    kilometres: float
    unserved: list[str]
    rule_set: str


class Ground(msgspec.Struct, frozen=True):
    """The way between all places (0 = depot) in metres and seconds."""

    metres: Matrix
    seconds: Matrix


def check(stops: Sequence[Stop], vehicles: Sequence[Vehicle]) -> None:
    """Every stop may travel and fits some vehicle. Raises TransportForbidden, CannotRoute."""
    if not stops or not vehicles:
        raise CannotRoute(detail="stops, vehicles")
    for stop in stops:
        require_transportable(stop.un, stop.defect_class, None, approval_no=stop.approval_no)
        values = (stop.latitude, stop.longitude, stop.mass_kg)
        if not all(math.isfinite(v) for v in values) or abs(stop.latitude) > 90 or abs(stop.longitude) > 180:
            raise CannotRoute(detail=stop.name)
        fitting = [v for v in vehicles if v.damaged_ok or not stop.damaged]
        if stop.mass_kg < 0 or stop.closes < stop.opens or all(v.capacity_kg < stop.mass_kg for v in fitting):
            raise CannotRoute(detail=f"{stop.name}: {stop.mass_kg:g} kg")


def ground(depot: tuple[float, float], stops: Sequence[Stop]) -> Ground:
    """Distances and times between the depot and all stops."""
    planning = transport_rules().planning
    places = np.radians(np.array([depot, *((s.latitude, s.longitude) for s in stops)], dtype=np.float64))
    lat, lon = places[:, 0], places[:, 1]
    a = np.sin((lat[:, None] - lat) / 2) ** 2
    a += np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    metres = 2 * EARTH_M * np.arcsin(np.sqrt(np.clip(a, 0, 1))) * float(planning.road_factor)
    seconds = metres / (float(planning.kilometres_per_hour) / 3.6)
    return Ground(metres.astype(np.int64), seconds.astype(np.int64))


def service_s(stop: Stop) -> int:
    """Seconds at a stop."""
    return 60 * (transport_rules().planning.minutes_of_service if stop.service_min is None else stop.service_min)


def driven(
    vehicle: Vehicle, order: Sequence[int], stops: Sequence[Stop], way: Ground
) -> tuple[list[float], float] | None:
    """Arrivals and return [s from midnight] of a tour over stops (numbered from 0), or None when it cannot be driven."""
    clock, place, load = float(vehicle.starts * 60), 0, 0.0
    arrivals = []
    for one in order:
        stop = stops[one]
        clock = max(clock + int(way.seconds[place, one + 1]), stop.opens * 60)
        load += stop.mass_kg
        if clock > stop.closes * 60 or load > vehicle.capacity_kg or (stop.damaged and not vehicle.damaged_ok):
            return None
        arrivals.append(clock)
        clock += service_s(stop)
        place = one + 1
    clock += int(way.seconds[place, 0])
    return (arrivals, clock) if clock <= vehicle.ends * 60 else None


def tour_of(vehicle: Vehicle, order: Sequence[int], stops: Sequence[Stop], way: Ground) -> Tour:
    """A tour as it is shown. Raises CannotRoute when it cannot be driven."""
    found = driven(vehicle, order, stops, way)
    if found is None:
        raise CannotRoute(detail=vehicle.name)
    arrivals, back = found
    places = [0, *(one + 1 for one in order), 0]
    metres = sum(int(way.metres[a, b]) for a, b in pairwise(places))
    first_leg = int(way.seconds[0, places[1]]) if order else 0
    return Tour(
        vehicle=vehicle.name,
        calls=[
            Call(stop=one, name=stops[one].name, arrives=at / 60, mass_kg=stops[one].mass_kg)
            for one, at in zip(order, arrivals, strict=True)
        ],
        kilometres=metres / 1000,
        mass_kg=sum(stops[one].mass_kg for one in order),
        leaves=(arrivals[0] - first_leg) / 60 if order else vehicle.starts,
        returns=back / 60,
    )


def plan_of(tours: Sequence[Tour], stops: Sequence[Stop]) -> Plan:
    """Tours as a plan, with the stops that none of them serves."""
    served = {call.stop for tour in tours for call in tour.calls}
    return Plan(
        tours=list(tours),
        kilometres=sum(tour.kilometres for tour in tours),
        unserved=[stop.name for place, stop in enumerate(stops) if place not in served],
        rule_set=f"{transport_rules().id}/{transport_rules().version}",
    )


def nearest_neighbour(stops: Sequence[Stop], vehicles: Sequence[Vehicle], way: Ground) -> Plan:
    """Always on to the nearest stop that still fits; the next vehicle when none does. Equipped vehicles go first."""
    left = set(range(len(stops)))
    tours = []
    fleet = [v for v in sorted(vehicles, key=lambda v: not v.damaged_ok) for _ in range(v.number)]
    for vehicle in fleet:
        order: list[int] = []
        while left:
            place = order[-1] + 1 if order else 0
            near = sorted(left, key=lambda one: int(way.metres[place, one + 1]))
            step = next((one for one in near if driven(vehicle, [*order, one], stops, way) is not None), None)
            if step is None:
                break
            order.append(step)
            left.discard(step)
        if order:
            tours.append(tour_of(vehicle, order, stops, way))
    return plan_of(tours, stops)
