"""What the glossary offers to the composition root."""

from meguri.glossary import pages

__all__ = ["route_handlers"]

route_handlers = [*pages.handlers]
