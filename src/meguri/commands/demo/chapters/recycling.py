"""The whole river with one fleet of packs: new → vehicle → health check → second life or recycling → metals → a new cell.

Everything is made up; every figure that is printed is read back from the rooms, traceable backwards and forwards.
"""

import json
from contextlib import AbstractContextManager
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from itertools import pairwise
from typing import Any
from uuid import UUID

import msgspec

from meguri.commands.demo.play import Play
from meguri.kernel import clock
from meguri.kernel.identifiers import gs1_check_digit
from meguri.kernel.numbers import plain
from meguri.kernel.shipped import files
from meguri.kernel.text import Language, Text
from meguri.operators import service as operators
from meguri.passport import service as passport
from meguri.passport.model import NewPassport
from meguri.passport.readings import Reading
from meguri.recycling.claiming import ClaimInput, DocumentInput
from meguri.recycling.model import SourceClass
from meguri.recycling.rates import half_up
from meguri.recycling.records import Receipt, RunInput, SiteInput
from meguri.recycling.service import (
    claims,
    contents,
    genealogy,
    journey,
    lots,
    passports,
    periods,
    rates,
    runs,
    sites,
    whereabouts,
)
from meguri.recycling.service.contents import ConsumptionInput

MODEL, YEAR, PLANT = "TP-EV-70R", 2026, "JP-PACK-1"
FLEET, TO_STORAGE = 6, 2
IN_VEHICLES = timedelta(days=600)
"""From the making of the packs to the month whose books are closed."""
PACK_KG = Decimal(430)
SHARES = {"Li": "0.0165", "Ni": "0.0930", "Co": "0.0235", "Mn": "0.0210", "Cu": "0.0700", "Al": "0.1400"}
POST = SourceClass.POST_CONSUMER_BATTERY
EVIDENCE = {
    "sustainability_declaration": "SD-DEMO-1",
    "assay": "A-DEMO-1",
    "weighing_slip": "W-DEMO-1",
    "certificate": "CERT-DEMO-1",
}
ROAD = ("recycler", "cathode", "cell", "pack")
NEW_CELLS = {"Li": Decimal(60), "Ni": Decimal(400), "Co": Decimal(90)}

_W = {
    "title": Text(
        ja="電池の一生: 車から金属へ、金属から新しい電池へ（架空データ）",
        en="A fleet's whole river: from vehicles to metals, from metals to new batteries (synthetic)",
    ),
    "new": Text(ja="1 新品: {n} 個のパスポートを発行", en="1 New: {n} passports issued"),
    "vehicle": Text(ja="2 車両に搭載: {month} に使用開始", en="2 In vehicles: put into service in {month}"),
    "health": Text(ja="3 健康診断: 残存エネルギー {values} %", en="3 Health check: energy left {values} %"),
    "storage": Text(
        ja="4 二次利用: {n} 個を定置用蓄電池へ(パスポートを承継 {id})",
        en="4 Second life: {n} packs become a stationary battery (passport succeeded: {id})",
    ),
    "waste": Text(
        ja="5 リサイクルへ: {n} 個 {kg} kg を受け入れ、廃棄物として宣言",
        en="5 To recycling: {n} packs, {kg} kg received and declared waste",
    ),
    "black": Text(
        ja="6 破砕: ブラックマス {kg} kg、収支は全元素で一致",
        en="6 Shredding: {kg} kg of black mass; every element balances",
    ),
    "salts": Text(ja="7 湿式製錬: {salts}", en="7 Hydrometallurgy: {salts}"),
    "rates": Text(ja="8 率({rules}): 効率 {re} %、回収 {rm}", en="8 Rates ({rules}): efficiency {re} %, recovery {rm}"),
    "closed": Text(
        ja="9 {month} を締切り(署名 {by}): SHA-256 {hash}…", en="9 {month} closed, signed by {by}: SHA-256 {hash}…"
    ),
    "credit": Text(
        ja="10 再生材の証明: {kg} を {road} へ順に引渡し(二重計上なし)",
        en="10 Proven recycled material: {kg} handed over along {road}, counted once",
    ),
    "content": Text(ja="11 新しい電池の再生材割合: {shares}", en="11 Recycled content of the new battery: {shares}"),
    "passport": Text(ja="12 新しいパスポート {id} に記載済み", en="12 Stated in the new passport {id}"),
    "back": Text(
        ja="   さかのぼる: Ni {kg} kg ← {passports} 個の電池 ← 車 ← パック ← セル ← 正極材 ← 前駆体 ← 精錬 ← 鉱山",
        en="   Backwards: Ni {kg} kg ← {passports} batteries ← vehicle ← pack ← cell ← cathode ← precursor ← refinery ← mine",
    ),
    "forward": Text(
        ja="   たどる: 電池 1 個の Ni {kg} kg → {where}", en="   Forwards: {kg} kg Ni of one battery → {where}"
    ),
    "where": Text(
        ja="   ゆくえ: {placed} 個 = 一次利用 {first} + 二次利用 {second} + 再資源化 {recycled}",
        en="   Whereabouts: {placed} = first use {first} + second life {second} + recycled {recycled}",
    ),
    "see": Text(
        ja="   見る場所: リサイクル → 電池の旅({mail})", en="   See it: Recycling → A battery's journey ({mail})"
    ),
}


@cache
def fleet_values() -> dict[str, Any]:
    """The values of one battery of the fleet."""
    text = files(__package__).joinpath("recycling_fleet.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def values_of(made: datetime) -> dict[str, Any]:
    """The same of a battery that is made and placed on the market at this moment."""
    return {
        **fleet_values(),
        "manufacturing_date": f"{made:%Y-%m}",
        "placed_on_market_date": f"{made:%Y-%m-%d}",
    }


def gtin(body: str) -> str:
    """A GTIN with its check digit, from the range that GS1 keeps for examples."""
    return body + str(gs1_check_digit(body))


async def play(play: Play, language: Language) -> list[str]:
    """The whole river; the lines to print."""
    told = Told(language)
    fleet = await _new(play, told)
    await _drive(play, told, fleet)
    with then(last_month() - timedelta(days=5)):
        await _second_life(play, told, fleet[:TO_STORAGE])
    site_id = await _site(play, "recycler")
    with then(last_month()):
        lot_id = await _receive(play, told, fleet[TO_STORAGE:], site_id)
    black = await _shred(play, told, site_id, lot_id, mass_of(FLEET - TO_STORAGE))
    salts = await _leach(play, told, site_id, black, mass_of(FLEET - TO_STORAGE))
    await _rates_and_month(play, told, site_id)
    await _into_new_cells(play, told, salts)
    await _trace(play, told, fleet[TO_STORAGE], salts)
    return told.lines


class Told:
    """The lines, in the reader's language."""

    def __init__(self, language: Language) -> None:
        """The title first."""
        self.language = language
        self.lines = [_W["title"].of(language)]

    def say(self, key: str, **values: object) -> None:
        """One line."""
        line = _W[key].of(self.language, **values)
        self.lines.append(line if line.startswith(" ") else f"  {line}")


def then(moment: datetime) -> AbstractContextManager[None]:
    """Within: what happens, happens at this moment of the story, so that every date of it follows the one before."""
    return clock.fixed_clock(lambda: moment)


async def _new(play: Play, told: Told) -> list[str]:
    made = last_month() - IN_VEHICLES
    values = values_of(made)
    fleet = []
    for n in range(FLEET):
        new = NewPassport(
            gtin=gtin("0952188800001"),
            serial=f"RIVER{n + 1:04d}",
            values=values,
            publish=True,
            initial_declared=True,
        )
        with then(made):
            issued = await play.run("pack", passport.issue, new)
        fleet.append(issued.dpp_id)
    told.say("new", n=len(fleet))
    return fleet


async def _drive(play: Play, told: Told, fleet: list[str]) -> None:
    begun = last_month() - IN_VEHICLES + timedelta(days=40)
    checked = last_month() - timedelta(days=12)
    month = f"{begun:%Y-%m}"
    left = []
    for n, identifier in enumerate(fleet):
        with then(begun):
            await play.run("pack", passport.put_into_service, identifier, month)
        value = 88.0 - 5 * n
        reading = Reading(attribute="soce", value=value, measured_at=checked)
        batch = passport.Batch(batch_id=f"river-{n}", source="diagnostic", readings=[reading])
        with then(checked):
            await play.run("pack", passport.record_readings, identifier, batch)
        left.append(plain(Decimal(str(value))))
    told.say("vehicle", month=month)
    told.say("health", values=", ".join(left))


async def _second_life(play: Play, told: Told, packs: list[str]) -> None:
    """The healthiest packs become one stationary battery of the reuse company."""
    given = await play.run("pack", passport.propose_transfer, _transfer(play, packs, "reuse", "repurposing"))
    values = {
        **values_of(clock.now()),
        "battery_category": "stationary",
        "battery_model_id": "RS-140",
        "soh_applicable": True,
        "intended_applications": ["grid_storage"],
        "rated_energy": 140,
        "certified_usable_energy": 140.0,
    }
    wanted = passport.Succession(
        operation="repurpose",
        successors=[
            passport.Successor(
                passport=NewPassport(gtin=gtin("0952188800003"), serial="RIVER-ESS-1", values=values),
                predecessors=[passport.Part(dpp_id=one, transfer_id=given.transfer_id) for one in packs],
            )
        ],
    )
    done = await play.run("reuse", passport.succeed, wanted)
    told.say("storage", n=len(packs), id=done.successors[0].dpp_id)


def _transfer(play: Play, ids: list[str], to: str, reason: str) -> passport.NewTransfer:
    return passport.NewTransfer(dpp_ids=tuple(ids), reason=reason, incoming_operator_id=play.scope(to).operator_id)


async def _site(play: Play, key: str) -> UUID:
    plants = await play.run(key, operators.all_plants)
    return plants[0].plant_id


def mass_of(packs: int) -> Decimal:
    """kg of so many packs."""
    return PACK_KG * packs


async def _receive(play: Play, told: Told, packs: list[str], site_id: UUID) -> UUID:
    """Four packs are delivered; they will be shredded and leached, and their passports cease."""
    given = await play.run("pack", passport.propose_transfer, _transfer(play, packs, "recycler", "waste"))
    await play.run("recycler", passport.accept_transfer, given.transfer_id)
    await play.run(
        "recycler", sites.change, site_id, SiteInput(permitted_t_per_year=Decimal(10000), permit_no="福岡 第00000号")
    )
    mass = mass_of(len(packs))
    composition = [{"element": e, "mass_fraction": share, "u_rel": "0.01"} for e, share in SHARES.items()]
    said = {
        "site_id": site_id,
        "at": clock.now(),
        "lot": {
            "lot_no": "RIVER-PACKS",
            "kind": "waste_pack",
            "mass_wet_kg": str(mass),
            "composition": composition,
            "re_class": "lithium_based",
            "main_chemistry": "NMC",
            "waste_code": "16 06 07*",
            "is_waste": True,
            "country_collected": "JP",
            "passports": packs,
        },
        "weighing_slip": "W-DEMO-0",
    }
    lot = await play.run("recycler", lots.receive, msgspec.convert(said, Receipt))
    told.say("waste", n=len(packs), kg=plain(lot.mass_kg))
    return lot.lot_id


def last_month() -> datetime:
    """Noon of the tenth of the month before: so that its books can be closed."""
    first = clock.now().replace(day=1, hour=3, minute=0, second=0, microsecond=0)
    return (first - timedelta(days=1)).replace(day=10)


async def _shred(play: Play, told: Told, site_id: UUID, lot_id: UUID, mass: Decimal) -> UUID:
    in_kg = {e: half_up(mass * Decimal(share)) for e, share in SHARES.items()}
    black_kg = half_up(mass * Decimal("0.30"))
    kept = {"Li": "0.97", "Ni": "0.99", "Co": "0.99", "Mn": "0.99", "Cu": "0.02", "Al": "0.03"}
    outputs = [
        _output("RIVER-BM", "black_mass", black_kg, {e: in_kg[e] * Decimal(k) for e, k in kept.items()}),
        _output(
            "RIVER-CU", "metal_fraction", half_up(mass * Decimal("0.07")), {"Cu": in_kg["Cu"] * Decimal("0.95")},
            counting="recycling", calculation_point=True, substitutes_primary=True, end_of_waste=True,
        ),
        _output(
            "RIVER-AL", "metal_fraction", half_up(mass * Decimal("0.15")), {"Al": in_kg["Al"] * Decimal("0.94")},
            counting="recycling",
        ),
        _output("RIVER-STEEL", "metal_fraction", half_up(mass * Decimal("0.24")), {}, counting="recycling"),
    ]  # fmt: skip
    done = await _run(
        play, site_id, "RIVER-SHRED", "shredding", lot_id, outputs, hours=4, route="hydro",
        energy_kwh="260", cost_jpy=95_000, incidents=0,
    )  # fmt: skip
    black = next(line for line in done.lines if line.label == "RIVER-BM")
    told.say("black", kg=plain(black.mass_kg))
    return UUID(str(black.lot_id))


async def _leach(play: Play, told: Told, site_id: UUID, black: UUID, mass: Decimal) -> dict[str, UUID]:
    """Salts at the calculation point; what is sold is pure, so its composition is the substance's."""
    in_kg = {e: half_up(mass * Decimal(share)) for e, share in SHARES.items()}
    wanted = {
        "Ni": ("NiSO4·6H2O", in_kg["Ni"] * Decimal("0.965") / Decimal("0.22330")),
        "Co": ("CoSO4·7H2O", in_kg["Co"] * Decimal("0.958") / Decimal("0.20966")),
        "Li": ("Li2CO3", in_kg["Li"] * Decimal("0.872") / Decimal("0.18785")),
    }
    outputs = [
        _output(
            f"RIVER-{e}", "salt", half_up(kg), None, substance=substance,
            counting="recycling", calculation_point=True, substitutes_primary=True, end_of_waste=True,
        )
        for e, (substance, kg) in wanted.items()
    ]  # fmt: skip
    reagents = [{"substance": "H2SO4, Na2CO3, H2O", "mass_kg": plain(half_up(mass * 2))}]
    done = await _run(
        play, site_id, "RIVER-HYDRO", "leaching", black, outputs, hours=30, reagents=reagents, route="hydro",
        energy_kwh="1450", cost_jpy=310_000, incidents=0,
    )  # fmt: skip
    made = {line.label.removeprefix("RIVER-"): line for line in done.lines if line.direction == "out"}
    told.say(
        "salts",
        salts=", ".join(f"{wanted[e][0]} {plain(half_up(made[e].mass_kg, Decimal('0.1')))} kg" for e in wanted),
    )
    return {e: UUID(str(line.lot_id)) for e, line in made.items()}


def _output(lot_no: str, kind: str, kg: Decimal, masses: dict[str, Decimal] | None, **more: Any) -> dict[str, Any]:
    lot: dict[str, Any] = {
        "lot_no": lot_no,
        "kind": kind,
        "mass_wet_kg": plain(half_up(kg)),
        "moisture_pct": "0",
        "re_class": "lithium_based",
        "waste_code": "19 14 02*" if kind == "black_mass" else None,
        "substance": more.pop("substance", None),
    }
    if masses:
        lot["composition"] = [
            {"element": e, "mass_kg": plain(half_up(one)), "u_rel": "0.01", "method": "assay_sampling"}
            for e, one in masses.items()
        ]
    return {"lot": lot, "counting": "intermediate", **more}


async def _run(
    play: Play,
    site_id: UUID,
    run_no: str,
    step: str,
    lot_id: UUID,
    outputs: list[dict[str, Any]],
    *,
    hours: int,
    **more: Any,
) -> Any:
    at = last_month() + timedelta(hours=hours)
    said = {
        "run_no": run_no,
        "site_id": site_id,
        "step_type": step,
        "start_at": at,
        "end_at": at + timedelta(hours=2),
        "inputs": [{"lot_id": lot_id}],
        "outputs": outputs,
        "losses": [{"closes": True}],
        **more,
    }
    with then(at + timedelta(hours=2)):
        return await play.run("recycler", runs.post, msgspec.convert(said, RunInput))


async def _rates_and_month(play: Play, told: Told, site_id: UUID) -> None:
    month = f"{last_month():%Y-%m}"
    found = await play.run("recycler", rates.of_period, site_id=site_id, first=month, last=month)
    metals = [f"{metal} {rate.value:.2f} %" for metal, rate in found.r_rm.items() if rate.value is not None]
    told.say("rates", rules=found.ruleSet, re=f"{found.r_re.value:.2f}", rm=", ".join(metals))
    signer = "循環 花子"
    closed = await play.run("recycler", periods.close, site_id, month, signer)
    told.say("closed", month=month, by=signer, hash=closed.hash[:16])


async def _into_new_cells(play: Play, told: Told, salts: dict[str, UUID]) -> None:
    """Credits go from hand to hand with the material; the pack maker claims and states them."""
    kg = {}
    for element, lot_id in salts.items():
        if element not in NEW_CELLS:
            continue
        lot = await play.run("recycler", lots.get, lot_id)
        open_kg = {s.element: s.open_kg for s in await play.run("recycler", claims.open_sums)}[element]
        kg[element] = open_kg
        for giver, taker in pairwise(ROAD):
            await play.run(
                giver,
                claims.hand_over,
                play.scope(taker).operator_id,
                element,
                POST,
                open_kg,
                to_site_id=await _site(play, taker),
                lot_id=lot_id if giver == "recycler" else None,
                lot_no=lot.lot_no,
            )
    names = await play.run("recycler", operators.names_of, [play.scope(one).operator_id for one in ROAD])
    told.say(
        "credit",
        kg=", ".join(f"{e} {plain(one)} kg" for e, one in kg.items()),
        road=" → ".join(names[play.scope(one).operator_id] for one in ROAD),
    )
    await play.run("pack", sites.add_document, DocumentInput(kind="certificate", number=EVIDENCE["certificate"]))
    said = ConsumptionInput(battery_model_id=MODEL, manufacturing_plant_id=PLANT, year=YEAR, by_units_kg=NEW_CELLS)
    await play.run("pack", contents.state_consumption, said)
    for element, one in kg.items():
        claim = ClaimInput(
            idempotency_key=f"river-{element}",
            element=element,
            source_class=POST,
            qty_kg=one,
            battery_model_id=MODEL,
            manufacturing_plant_id=PLANT,
            year=YEAR,
        )
        reserved = await play.run("pack", claims.reserve, claim)
        await play.run("pack", claims.retire, reserved.claim_id, EVIDENCE)
    await _new_passport(play, told)


async def _new_passport(play: Play, told: Told) -> None:
    new = NewPassport(
        gtin=gtin("0952188800001"),
        serial="RIVER-NEW-1",
        values=values_of(clock.now()),
        publish=True,
        initial_declared=True,
    )
    issued = await play.run("pack", passport.issue, new)
    await play.run("pack", passports.state_content, issued.dpp_id, MODEL, PLANT, YEAR)
    study = await play.run("pack", contents.study, MODEL, PLANT, YEAR)
    shares = [f"{one.element} {one.value:.2f} %" for one in study.elements if one.value is not None]
    told.say("content", shares=", ".join(shares))
    told.say("passport", id=issued.dpp_id)


async def _trace(play: Play, told: Told, battery: str, salts: dict[str, UUID]) -> None:
    up = await play.run("recycler", genealogy.upstream, salts["Ni"], "Ni")
    batteries = {one for origin in up.relatives for one in origin.passports}
    told.say("back", kg=f"{up.kg:.3f}", passports=len(batteries))
    found = await play.run("recycler", journey.of, battery)
    first = next(stage for stage in found.stages if stage.kind == "received")
    where = ", ".join(
        f"{stage.what} {stage.figures['Ni']:.3f} kg"
        for stage in found.stages
        if stage.kind == "made" and "Ni" in stage.figures
    )
    told.say("forward", kg=f"{first.figures['Ni']:.3f}", where=where)
    account = await play.run("pack", whereabouts.of, fleet_model(), None)
    told.say(
        "where",
        placed=account.placed,
        first=account.by_place["first_use"],
        second=account.by_place["second_life"],
        recycled=account.by_place["recycled"],
    )
    told.say("see", mail="recycler@demo.example")


def fleet_model() -> str | None:
    """The model's name as the account of whereabouts has it."""
    return None
