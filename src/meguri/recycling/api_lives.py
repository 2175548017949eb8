"""Native REST of the whole-life account: of one battery, of all batteries of a model."""

from decimal import Decimal
from typing import Annotated, Any

import msgspec
from litestar import get
from litestar.params import QueryParameter

from meguri.kernel.errors import FieldError
from meguri.kernel.text import Text
from meguri.recycling.errors import UnusableInput
from meguri.recycling.rates import half_up
from meguri.recycling.service import outlook
from meguri.recycling.service.energy_ahead import Expected
from meguri.recycling.service.outlook import LifeAccount, Money
from meguri.recycling.wholelife import Life, ModelAccount, PerKwh, WholeLife
from meguri.web import FromQuery, Unit, refusals, signed_in

_WRONG = Text(ja="0 以上の数が必要です。受け取った値: {given}", en="must be a number of at least 0. Given: {given}")
_RANGE = Text(
    ja="0 以上の数を 1 つ、または「低/中/高」の順に 3 つ指定してください。受け取った値: {given}",
    en="must be one number of at least 0, or three (low/central/high). Given: {given}",
)
_NAMED = Text(ja="電池パスポートを指定してください。", en="must name a battery's passport.")
Figure = Annotated[str | None, QueryParameter(max_length=40)]


class BatteryLives(msgspec.Struct, frozen=True, kw_only=True):
    """One battery: its lives, first life first, and their account [kWh, kg CO2e, per kWh with six decimals]."""

    passport: str
    lives: list[Life]
    account: WholeLife
    first_owner: PerKwh
    expected: Expected


class ModelLivesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A model's batteries together and each of them; `more`: it has more batteries than are read at once (100)."""

    model: str
    year: int | None
    account: ModelAccount
    batteries: list[BatteryLives]
    more: bool


def _read(**given: str | None) -> dict[str, Decimal | None]:
    """Figures of the query. Raises UnusableInput naming each that is none."""
    found: dict[str, Decimal | None] = {}
    wrong = []
    for name, text in given.items():
        found[name] = outlook.figure(text)
        if text and found[name] is None:
            wrong.append(FieldError(name, _WRONG, {"given": text[:40]}))
    if wrong:
        raise UnusableInput(detail=f"{wrong[0].field}: {wrong[0].of('en')}", fields=tuple(wrong))
    return found


def _money(expected: str | None, **given: str | None) -> Money:
    ahead = None
    if expected:
        parts = [outlook.figure(part) for part in expected.split("/")]
        figures = sorted(one for one in parts if one is not None)
        if len(figures) != len(parts) or len(figures) not in (1, 3):
            fault = FieldError("expected_kwh", _RANGE, {"given": expected[:40]})
            raise UnusableInput(detail=f"expected_kwh: {fault.of('en')}", fields=(fault,))
        ahead = figures[0], figures[len(figures) // 2], figures[-1]
    return Money(expected_kwh=ahead, **_read(**given))


@get("/api/v1/recycling/whole-life", guards=[signed_in], responses=refusals(UnusableInput))
async def battery_account(
    unit: Unit,
    passport: FromQuery[str],
    price: Figure = None,
    resale: Figure = None,
    conversion_kg: Figure = None,
    transport_kg: Figure = None,
    credit_kg: Figure = None,
    expected_kwh: Figure = None,
) -> BatteryLives:
    """One battery in all its lives: energy delivered, emissions per kWh so far and expected, the first owner's cost per kWh.

    price, resale: in the owner's currency; conversion_kg, transport_kg, credit_kg: kg CO2e; expected_kwh: `7000` or
    `5000/7000/9000`. What is not stated comes from the battery's passports, or is null with its reason; a recycling credit
    stands beside and is never netted.
    """
    if not passport.strip():
        raise UnusableInput(detail="passport", fields=(FieldError("passport", _NAMED, {}),))
    said = _money(
        expected_kwh,
        price=price,
        resale=resale,
        conversion_kg=conversion_kg,
        transport_kg=transport_kg,
        credit_kg=credit_kg,
    )
    one = passport.strip()[:300]
    return _battery(one, await unit(outlook.of_battery, one, said))


@get("/api/v1/recycling/whole-life/models", guards=[signed_in], responses=refusals(UnusableInput))
async def model_account(
    unit: Unit,
    model: FromQuery[str],
    year: Annotated[int | None, QueryParameter(ge=1990, le=2999)] = None,
    price: Figure = None,
    resale: Figure = None,
    conversion_kg: Figure = None,
    transport_kg: Figure = None,
    credit_kg: Figure = None,
    expected_kwh: Figure = None,
) -> ModelLivesAnswer:
    """All batteries of a model (and year of making) in your account of whereabouts: sums over sums; what is stated is said of
    one battery. Each figure tells of how many batteries it is.
    """
    said = _money(
        expected_kwh,
        price=price,
        resale=resale,
        conversion_kg=conversion_kg,
        transport_kg=transport_kg,
        credit_kg=credit_kg,
    )
    found = await unit(outlook.of_model, model[:120], year, said)
    return ModelLivesAnswer(
        model=found.model,
        year=year,
        account=_rounded(found.account),
        batteries=[_battery(one, each) for one, each in found.batteries],
        more=found.more,
    )


def _battery(passport: str, found: LifeAccount) -> BatteryLives:
    return BatteryLives(
        passport=passport,
        lives=found.lives,
        account=_rounded(found.account),
        first_owner=_six(found.first_owner),
        expected=found.expected,
    )


def _rounded(account: Any) -> Any:
    """An account with its figures per kWh as they are written: six decimals, half up."""
    names = [name for name in account.__struct_fields__ if isinstance(getattr(account, name), PerKwh)]
    return msgspec.structs.replace(account, **{name: _six(getattr(account, name)) for name in names})


def _six(one: PerKwh) -> PerKwh:
    return one if one.value is None else msgspec.structs.replace(one, value=half_up(one.value))


handlers = [battery_account, model_account]
