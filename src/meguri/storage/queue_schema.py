"""The tables of the job queue: procrastinate brings their SQL, as one schema and as the upgrades that lead to it.

A new database gets the whole schema; the upgrades that it contains are recorded without being run, so that after an
update of the library a database gets just the upgrades that it lacks.
"""

from importlib.resources import files

PREFIX = "queue_"


def queue_steps(*, fresh: bool) -> list[tuple[str, str]]:
    """Names and texts of the steps, in order; `fresh` = the database has none of them yet."""
    folder = files("procrastinate").joinpath("sql", "migrations")
    upgrades = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    if not fresh:
        return [(_step(name), folder.joinpath(name).read_text(encoding="utf-8")) for name in upgrades]
    schema = files("procrastinate").joinpath("sql", "schema.sql").read_text(encoding="utf-8")
    return [(_step(name), schema if place == 0 else "") for place, name in enumerate(upgrades)]


def _step(upgrade: str) -> str:
    return PREFIX + upgrade.removesuffix(".sql")
