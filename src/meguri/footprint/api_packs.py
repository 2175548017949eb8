"""Native REST of rule packs: the shipped ones and the company's own."""

from typing import Any

import msgspec
from litestar import Response, get, post, put

from meguri.footprint import packs as service
from meguri.footprint.calculation.errors import PackUnknown
from meguri.footprint.calculation.packs import CHOICES, RulePack
from meguri.footprint.packs import NewPack, Offered, OwnPack, PackInput, Rule, errors
from meguri.footprint.worksheets.model import PackStamp
from meguri.footprint.worksheets.reckoning import stamp_of
from meguri.kernel.errors import Forbidden, Needed, Stale
from meguri.kernel.scope import OperatorScope
from meguri.storage.transaction import Transaction
from meguri.web import FromPath, Json, Unit, Version, editor, refusals, signed_in, versioned

_MAKING = (Forbidden, PackUnknown, errors.PackRulesInvalid)


class PackView(PackStamp, frozen=True, kw_only=True):
    """A rule pack. `choices`: what its user must set; `own`: the company's own."""

    source: str
    choices: list[str]
    own: bool


class Packs(msgspec.Struct, frozen=True, kw_only=True):
    """Rule packs that a worksheet may use."""

    items: list[PackView]
    next_cursor: str | None = None


class OwnVersion(msgspec.Struct, frozen=True, kw_only=True):
    """A version of an own pack: as it was written, its whole content, and in which rules it differs from its base."""

    pack_id: str
    version: str
    state: str
    hash: str
    body: PackInput
    content: dict[str, Any]
    differences: list[Rule]


class OwnPacks(msgspec.Struct, frozen=True, kw_only=True):
    """Every version of the company's own packs, by id, the newest first."""

    items: list[OwnPack]
    next_cursor: str | None = None


@get("/api/v1/footprint/packs", guards=[signed_in], responses=refusals())
async def list_packs(unit: Unit) -> Packs:
    """The rule packs that a worksheet may use, with what their users must choose."""
    return Packs(items=[_view(one) for one in await unit(service.packs)])


@get("/api/v1/footprint/packs/own", guards=[signed_in], responses=refusals())
async def list_own(unit: Unit) -> OwnPacks:
    """Every version of the company's own packs: drafts, published and withdrawn ones."""
    return OwnPacks(items=await unit(service.own_packs))


@post(
    "/api/v1/footprint/packs/own",
    guards=[editor],
    responses=refusals(*_MAKING, errors.PackTaken, errors.VersionNotNewer),
)
async def make_pack(unit: Unit, data: Json[NewPack]) -> Response[OwnVersion]:
    """A version of an own pack, as a draft; it differs from its base in the rules given."""
    return await unit.answering(_created)(_made, data)


@get(
    "/api/v1/footprint/packs/own/{pack_id:str}/{number:str}",
    guards=[signed_in],
    responses=refusals(errors.PackNotFound),
)
async def get_pack(unit: Unit, pack_id: FromPath[str], number: FromPath[str]) -> Response[OwnVersion]:
    """One version of an own pack."""
    return await unit.answering(_answer)(_read, pack_id, number)


@put(
    "/api/v1/footprint/packs/own/{pack_id:str}/{number:str}",
    guards=[editor],
    responses=refusals(*_MAKING, errors.PackNotFound, errors.PackFrozen, Needed, Stale),
)
async def put_pack(
    unit: Unit, pack_id: FromPath[str], number: FromPath[str], data: Json[PackInput], version: Version
) -> Response[OwnVersion]:
    """Another content of a draft; a published version is never changed."""
    return await unit.answering(_answer)(_amended, pack_id, number, data, version)


@post(
    "/api/v1/footprint/packs/own/{pack_id:str}/{number:str}/publish",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.PackNotFound, errors.PackFrozen),
)
async def publish_pack(unit: Unit, pack_id: FromPath[str], number: FromPath[str]) -> Response[OwnVersion]:
    """From now on worksheets may use it, and it is frozen."""
    return await unit.answering(_answer)(_published, pack_id, number)


@post(
    "/api/v1/footprint/packs/own/{pack_id:str}/{number:str}/withdraw",
    guards=[editor],
    status_code=200,
    responses=refusals(errors.PackNotFound, errors.PackWithdrawn),
)
async def withdraw_pack(unit: Unit, pack_id: FromPath[str], number: FromPath[str]) -> Response[OwnVersion]:
    """No longer offered for new results; those that are kept under it stay."""
    return await unit.answering(_answer)(_withdrawn, pack_id, number)


def _view(offered: Offered) -> PackView:
    pack: RulePack = offered.pack
    return PackView(
        **msgspec.structs.asdict(stamp_of(pack)),
        source=pack.source,
        choices=[name for name in CHOICES if name in pack.open_choices],
        own=offered.own,
    )


def _answer(found: tuple[OwnVersion, int]) -> Response[OwnVersion]:
    return versioned(found[0], found[1])


def _created(found: tuple[OwnVersion, int]) -> Response[OwnVersion]:
    return versioned(found[0], found[1], status_code=201)


async def _made(tx: Transaction, scope: OperatorScope, given: NewPack) -> tuple[OwnVersion, int]:
    return await _shown(tx, scope, await service.make(tx, scope, given))


async def _read(tx: Transaction, scope: OperatorScope, pack_id: str, version: str) -> tuple[OwnVersion, int]:
    return await _shown(tx, scope, await service.own_pack(tx, scope, pack_id, version))


async def _amended(
    tx: Transaction, scope: OperatorScope, pack_id: str, version: str, given: PackInput, row: int
) -> tuple[OwnVersion, int]:
    return await _shown(tx, scope, await service.amend(tx, scope, pack_id, version, given, row))


async def _published(tx: Transaction, scope: OperatorScope, pack_id: str, version: str) -> tuple[OwnVersion, int]:
    return await _shown(tx, scope, await service.publish(tx, scope, pack_id, version))


async def _withdrawn(tx: Transaction, scope: OperatorScope, pack_id: str, version: str) -> tuple[OwnVersion, int]:
    return await _shown(tx, scope, await service.withdraw(tx, scope, pack_id, version))


async def _shown(tx: Transaction, scope: OperatorScope, made: OwnPack) -> tuple[OwnVersion, int]:
    told = OwnVersion(
        pack_id=made.pack_id,
        version=made.version,
        state=made.state,
        hash=made.hash,
        body=made.body,
        content=made.content,
        differences=await service.changed_rules(tx, scope, made),
    )
    return told, made.row_version


handlers = [list_packs, list_own, make_pack, get_pack, put_pack, publish_pack, withdraw_pack]
