"""Imports stand on the river: companies, parts, requests, footprints."""

from tests.river import _jobs, deferred, river, river_ground

__all__ = ["_jobs", "deferred", "river", "river_ground"]
