"""The demo's chapters after the exchange, in the order of the river.

A chapter is a module here with `async def play(play: Play, language: Language) -> list[str]`: it acts through the rooms' use
cases (`play.run(company, use_case, …)`) and returns the lines to print.
"""

from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

ORDER = ("footprint", "diligence", "passport", "health", "reuse", "recycling", "dataspaces", "people")


def chapters() -> list[ModuleType]:
    """The chapters that are written, in their order."""
    names = [f"{__name__}.{name}" for name in ORDER]
    return [import_module(name) for name in names if find_spec(name)]
