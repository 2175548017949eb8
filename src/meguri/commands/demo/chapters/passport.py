"""The passports of the pack maker: one of each category, complete; one sold on, one in need of an answer, two in a second life."""

import json
from datetime import timedelta
from importlib.resources import files
from typing import Any

from meguri.commands.demo.play import Play
from meguri.kernel import clock
from meguri.kernel.text import Language, Text
from meguri.passport import service
from meguri.passport.model import Issued, NewPassport
from meguri.passport.readings import Reading

_TITLE = Text(ja="電池パスポート", en="Battery passports")
_LINE = Text(
    ja="  {category}: {dpp_id}  完成度 {score} %  版 {version}",
    en="  {category}: {dpp_id}  completeness {score} %  version {version}",
)
_SOLD = Text(
    ja="  {name} は完成車メーカーへ移転（両社の電子署名つき）", en="  {name} went to the vehicle maker, signed by both"
)
_SECOND = Text(
    ja="  2 個の EV パックから定置用 1 個へリパーパス: {dpp_id}（元の 2 件は停止）",
    en="  two EV packs became one storage battery: {dpp_id} (the two before are inactive)",
)
_ASKED = Text(
    ja="  リサイクル事業者が解体情報の閲覧を申請中（許可待ち）",
    en="  the recycler asks for dismantling information (waiting)",
)
MAKER, VEHICLE, REUSE, RECYCLER = "pack", "vehicle", "reuse", "recycler"


async def play(play: Play, language: Language) -> list[str]:
    """Issue, use, sell, ask for access, and begin a second life."""
    data: dict[str, Any] = json.loads(files(__package__).joinpath("passports.json").read_text("utf-8"))
    made = {category: await _category(play, category, said) for category, said in data.items()}
    lines = [_TITLE.of(language)]
    lines += [
        _LINE.of(language, category=category, dpp_id=one.dpp_id, score=one.score, version=one.version)
        for category, several in made.items()
        for one in several[:1]
    ]
    first, *others = made["ev"]
    await _use(play, first)
    await _sell(play, first)
    lines.append(_SOLD.of(language, name=first.dpp_id.rpartition("/")[2]))
    await _ask(play, made["stationary"][0])
    lines.append(_ASKED.of(language))
    lines.append(_SECOND.of(language, dpp_id=await _second_life(play, others, data["stationary"])))
    return lines


async def _category(play: Play, category: str, said: dict[str, Any]) -> list[Issued]:
    """The model's record, and its batteries."""
    model = NewPassport(
        product_id=f"(01){said['gtin']}", granularity="model", values={**said["model"]}, publish=True, source="import"
    )
    await play.run(MAKER, service.issue, model)
    return [
        await play.run(
            MAKER,
            service.issue,
            NewPassport(
                gtin=said["gtin"],
                serial=serial,
                values=said["item"],
                publish=True,
                initial_declared=True,
                source="import",
            ),
        )
        for serial in said["serials"]
    ]


async def _use(play: Play, battery: Issued) -> None:
    """Half a year on the road: measured values, and nothing bad to tell."""
    month = clock.now().strftime("%Y-%m")
    await play.run(MAKER, service.put_into_service, battery.dpp_id, month)
    measured = {
        "remaining_usable_energy": 68.6,
        "measured_capacity": 196,
        "full_cycles": 42,
        "state_of_charge": 71,
        "temperature_information": 24,
        "measured_resistance_pack": 0.0512,
        "measured_rte": 95.4,
        "expected_lifetime_years": 11,
    }
    at = clock.now() - timedelta(hours=1)
    readings = [
        Reading(attribute=key, value=value, measured_at=at, method="BMS 3.2") for key, value in measured.items()
    ]
    await play.run(
        MAKER, service.record_readings, battery.dpp_id, service.Batch(batch_id="demo", source="bms", readings=readings)
    )
    await play.run(MAKER, service.record_event, battery.dpp_id, type="none_recorded")


async def _sell(play: Play, battery: Issued) -> None:
    buyer = play.scope(VEHICLE).operator_id
    said = service.NewTransfer(dpp_ids=(battery.dpp_id,), reason="sale", incoming_operator_id=buyer)
    offer = await play.run(MAKER, service.propose_transfer, said)
    await play.run(VEHICLE, service.accept_transfer, offer.transfer_id)


async def _ask(play: Play, battery: Issued) -> None:
    asked = service.NewRequest(
        role="recycler",
        scope=service.ReachInput(dpp_ids=(battery.dpp_id,)),
        classes=("P2", "P4"),
        purpose="dismantling",
        justification="解体手順と安全対策を確認するため / to dismantle it safely",
    )
    await play.run(RECYCLER, service.request_access, asked)


async def _second_life(play: Play, packs: list[Issued], said: dict[str, Any]) -> str:
    """Two packs, declared waste, become one storage battery of the reuse business."""
    buyer = play.scope(REUSE).operator_id
    parts = []
    for pack in packs:
        await play.run(MAKER, service.declare_waste, pack.dpp_id, not_determined="no measurement at take-back")
        offer = await play.run(
            MAKER,
            service.propose_transfer,
            service.NewTransfer(dpp_ids=(pack.dpp_id,), reason="repurposing", incoming_operator_id=buyer),
        )
        parts.append(service.Part(dpp_id=pack.dpp_id, share=1.0, transfer_id=offer.transfer_id))
    values = {**said["model"], **said["item"], "operator_role": "repurposer", "second_life_published": True}
    new = NewPassport(gtin=said["gtin"], serial="MG26R000001", values=values, publish=True)
    reasons = dict.fromkeys(values, "declared anew for the second life")
    successor = service.Successor(
        passport=NewPassport(
            gtin=new.gtin, serial=new.serial, values=values, overrides=reasons, publish=True, initial_declared=False
        ),
        predecessors=parts,
    )
    wanted = service.Succession(
        operation="repurpose",
        successors=[successor],
        soh_evidence="diagnosis DEMO-1",
        end_of_waste_evidence="assessment DEMO-1",
    )
    done = await play.run(REUSE, service.succeed, wanted)
    return done.successors[0].dpp_id
