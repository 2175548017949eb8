"""What this room offers to the composition root."""

from meguri.dataspaces.ouranos.client import api, pages, waits
from meguri.dataspaces.ouranos.client.jobs import jobs
from meguri.dataspaces.ouranos.client.marking import reactions
from meguri.dataspaces.ouranos.client.way import use
from meguri.settings import Settings
from meguri.traceability import beyond

__all__ = ["jobs", "reactions", "route_handlers", "settle"]

beyond.learn(waits.OutsideSystems())

route_handlers = [*api.handlers, *pages.handlers]


def settle(settings: Settings) -> None:
    """This process is a part of the installation of these settings."""
    use(settings)
