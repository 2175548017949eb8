"""A day's tours for 500 pick-ups beside the nearest neighbour's, of the same run; run by run.py."""

import random
import time

from meguri.recycling.routing import plan
from meguri.recycling.tours import Stop, Vehicle, ground, nearest_neighbour

DEPOT = (33.88, 130.88)
SECONDS = 45.0
HEAD = """### A day's tours

500 collection points around a plant (a tenth with damaged batteries, opening hours in three shifts), 52 vehicles of two
kinds, twelve of them equipped for damaged batteries. Peer: the nearest neighbour under the same rules, in the same run.
Promise: under a minute, and shorter by at least 15 %.

| stops | planning | kilometres | nearest neighbour | shorter by | stops left over |
|---:|---:|---:|---:|---:|---:|
"""


def stops(count: int) -> list[Stop]:
    dice = random.Random(500)
    centres = [(DEPOT[0] + dice.uniform(-0.5, 0.5), DEPOT[1] + dice.uniform(-0.5, 0.5)) for _ in range(12)]
    found = []
    for n in range(count):
        lat, lon = dice.choice(centres)
        found.append(
            Stop(
                name=f"S{n}",
                latitude=lat + dice.gauss(0, 0.1),
                longitude=lon + dice.gauss(0, 0.1),
                mass_kg=dice.choice([25, 60, 120, 420]),
                defect_class="damaged_noncritical" if dice.random() < 0.1 else "intact",
                opens=dice.choice([8, 9, 12]) * 60,
                closes=dice.choice([16, 18]) * 60,
            )
        )
    return found


def measured(count: int = 500) -> str:
    fleet = [
        Vehicle(name="4t", number=40, capacity_kg=3500),
        Vehicle(name="2t equipped", number=12, capacity_kg=1800, damaged_ok=True),
    ]
    points = stops(count)
    simple = nearest_neighbour(points, fleet, ground(DEPOT, points))
    started = time.perf_counter()
    found = plan(DEPOT, points, fleet, seconds=SECONDS)
    took = time.perf_counter() - started
    margin = 1 - found.kilometres / simple.kilometres
    return (
        f"| {count} | {took:.1f} s | {found.kilometres:,.0f} | {simple.kilometres:,.0f} | {margin:.1%} | "
        f"{len(found.unserved)} (nearest neighbour: {len(simple.unserved)}) |\n"
    )
