from tests.river import _jobs, books, deferred, river, river_ground

__all__ = ["_jobs", "books", "deferred", "river", "river_ground"]
