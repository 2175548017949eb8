"""Making, publishing and finding rule packs: the shipped ones, and a company's own."""

import msgspec

from meguri.footprint.calculation.data import rule_names
from meguri.footprint.calculation.errors import PackUnknown
from meguri.footprint.calculation.packs import RulePack, pack_named, shipped_packs
from meguri.footprint.events import PackMoved
from meguri.footprint.packs import store
from meguri.footprint.packs.content import check, content_of, differences, loaded
from meguri.footprint.packs.errors import PackFrozen, PackNotFound, PackTaken, PackWithdrawn, VersionNotNewer
from meguri.footprint.packs.model import PREFIX, NewPack, Offered, OwnPack, PackInput, Rule
from meguri.kernel import clock
from meguri.kernel.errors import Stale
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction


async def packs(tx: Transaction, scope: OperatorScope) -> list[Offered]:
    """Packs that a worksheet may use: the shipped ones, then the newest published version of each own one."""
    shipped = [Offered(pack=pack, own=False) for pack in shipped_packs()]
    newest: dict[str, OwnPack] = {}
    for one in await store.own(tx, scope):
        if one.state == "published":
            newest.setdefault(one.pack_id, one)
    return [*shipped, *(Offered(pack=loaded(one.content), own=True) for one in newest.values())]


async def pack(tx: Transaction, scope: OperatorScope, pack_id: str) -> RulePack:
    """The pack that a worksheet means by `pack_id`; of an own one its newest published version, for worksheets that
    have it also a withdrawn one. Raises PackUnknown with what there is.
    """
    if not pack_id.startswith(PREFIX):
        return pack_named(pack_id)
    versions = [one for one in await store.own(tx, scope, pack_id) if one.state != "draft"]
    if not versions:
        raise PackUnknown(pack_id, [one.pack.id for one in await packs(tx, scope)])
    return loaded(next((one for one in versions if one.state == "published"), versions[0]).content)


async def own_packs(tx: Transaction, scope: OperatorScope) -> list[OwnPack]:
    """Every version of the company's own packs, by id, the newest first."""
    return await store.own(tx, scope)


async def own_pack(tx: Transaction, scope: OperatorScope, pack_id: str, version: str) -> OwnPack:
    """One version. Raises PackNotFound."""
    for one in await store.own(tx, scope, pack_id):
        if one.version == version:
            return one
    raise PackNotFound


async def make(tx: Transaction, scope: OperatorScope, given: NewPack) -> OwnPack:
    """A version of an own pack, as a draft.

    Raises PackUnknown for its base, PackTaken, VersionNotNewer, PackRulesInvalid.
    """
    await store.lock(tx, scope, given.pack_id)
    versions = await store.own(tx, scope, given.pack_id)
    if any(one.version == given.version for one in versions):
        raise PackTaken(pack=given.pack_id, version=given.version)
    newest = max((one.version for one in versions), key=_order, default=None)
    if newest is not None and _order(given.version) < _order(newest):
        raise VersionNotNewer(version=given.version, newest=newest)
    body = PackInput(**{name: getattr(given, name) for name in PackInput.__struct_fields__})
    made = await _built(tx, scope, given.pack_id, given.version, body)
    await store.add(tx, scope, made)
    await _moved(tx, made, "draft")
    return await own_pack(tx, scope, given.pack_id, given.version)


async def amend(
    tx: Transaction, scope: OperatorScope, pack_id: str, version: str, given: PackInput, if_version: int
) -> OwnPack:
    """Another content of a draft. Raises PackNotFound, PackFrozen, Stale, PackUnknown, PackRulesInvalid."""
    before = await own_pack(tx, scope, pack_id, version)
    if before.published_at is not None:
        raise PackFrozen
    if before.row_version != if_version:
        raise Stale
    made = await _built(tx, scope, pack_id, version, given)
    if not await store.change(tx, scope, msgspec.structs.replace(made, row_version=if_version)):
        raise Stale
    await _moved(tx, made, "draft")
    return await own_pack(tx, scope, pack_id, version)


async def publish(tx: Transaction, scope: OperatorScope, pack_id: str, version: str) -> OwnPack:
    """From now on worksheets may use it, and it is never changed. Raises PackNotFound, PackFrozen."""
    made = await own_pack(tx, scope, pack_id, version)
    if not await store.publish(tx, scope, made):
        raise PackFrozen
    await _moved(tx, made, "published")
    return await own_pack(tx, scope, pack_id, version)


async def withdraw(tx: Transaction, scope: OperatorScope, pack_id: str, version: str) -> OwnPack:
    """No longer offered; results under it stay. Raises PackNotFound, PackWithdrawn."""
    made = await own_pack(tx, scope, pack_id, version)
    if not await store.withdraw(tx, scope, made):
        raise PackWithdrawn
    await _moved(tx, made, "withdrawn")
    return await own_pack(tx, scope, pack_id, version)


async def changed_rules(tx: Transaction, scope: OperatorScope, made: OwnPack) -> list[Rule]:
    """In which rules it differs from the pack that it began with."""
    return differences(made.content, (await pack(tx, scope, made.base)).content)


def known_processes() -> tuple[str, ...]:
    """Processes that a pack may want computed from own data."""
    names = [each for name in rule_names("packs") for each in pack_named(name).content["required_company_specific"]]
    return tuple(dict.fromkeys(names))


async def _built(tx: Transaction, scope: OperatorScope, pack_id: str, version: str, given: PackInput) -> OwnPack:
    check(given.rules, known_processes())
    content = content_of(pack_id, version, given, await pack(tx, scope, given.base))
    now = clock.now()
    return OwnPack(
        pack_id=pack_id,
        version=version,
        base=given.base,
        body=given,
        content=content,
        hash=loaded(content).hash,
        row_version=1,
        created_at=now,
        updated_at=now,
        published_at=None,
        withdrawn_at=None,
    )


async def _moved(tx: Transaction, made: OwnPack, state: str) -> None:
    await tx.record(PackMoved(pack_id=made.pack_id, version=made.version, hash=made.hash, state=state))


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
