"""The only caller of this SQL."""

from meguri.footprint.packs.model import OwnPack
from meguri.kernel import clock
from meguri.kernel.scope import OperatorScope
from meguri.storage.queries import load_queries
from meguri.storage.transaction import Transaction

queries = load_queries(__package__)


async def own(tx: Transaction, scope: OperatorScope, pack_id: str | None = None) -> list[OwnPack]:
    """Versions of own packs, by id, the newest first; of one pack if asked."""
    return await tx.all(queries.own, OwnPack, operator_id=scope.operator_id, pack_id=pack_id)


async def lock(tx: Transaction, scope: OperatorScope, pack_id: str) -> None:
    """Versions of a pack are made one after another."""
    await tx.run(queries.lock, key=f"footprint.pack.{scope.operator_id}.{pack_id}")


async def add(tx: Transaction, scope: OperatorScope, made: OwnPack) -> None:
    """Keeps a new version as a draft."""
    await tx.run(queries.add, **_row(scope, made), now=clock.now())


async def change(tx: Transaction, scope: OperatorScope, made: OwnPack) -> bool:
    """Another content of a draft; False if somebody else was first or published it."""
    return bool(await tx.run(queries.change, **_row(scope, made), row_version=made.row_version, now=clock.now()))


async def publish(tx: Transaction, scope: OperatorScope, made: OwnPack) -> bool:
    """From now on it is never changed; False if it was published already."""
    return bool(await tx.run(queries.publish, **_key(scope, made), now=clock.now()))


async def withdraw(tx: Transaction, scope: OperatorScope, made: OwnPack) -> bool:
    """No longer offered; False if it was not, or never published."""
    return bool(await tx.run(queries.withdraw, **_key(scope, made), now=clock.now()))


def _key(scope: OperatorScope, made: OwnPack) -> dict[str, object]:
    return {"operator_id": scope.operator_id, "pack_id": made.pack_id, "version": made.version}


def _row(scope: OperatorScope, made: OwnPack) -> dict[str, object]:
    rest = {name: getattr(made, name) for name in ("base", "body", "content", "hash")}
    return _key(scope, made) | rest
