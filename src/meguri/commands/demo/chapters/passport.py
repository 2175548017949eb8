"""The passports of the pack maker: one of each category, complete; one sold on, one in need of an answer, two in a second life."""

import json
from collections.abc import Sequence
from datetime import timedelta
from functools import cache
from typing import Any

from meguri.commands.demo.play import Play
from meguri.kernel import clock
from meguri.kernel.shipped import files
from meguri.kernel.text import Language, Text
from meguri.operators import service as operators
from meguri.operators.model import OperatorChange
from meguri.passport import service
from meguri.passport.model import Issued, NewPassport
from meguri.passport.readings import Reading
from meguri.passport.service.issuing import public_id
from meguri.passport.service.measuring import MeasurementSource

_TITLE = Text(ja="電池パスポート", en="Battery passports")
_LINE = Text(
    ja="  {category}: {dpp_id}  完成度 {score} %（法がまだ求めない {pending} 項目も記載） 版 {version}",
    en="  {category}: {dpp_id}  completeness {score} % (with {pending} points that law does not ask yet)  version {version}",
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
_PLACES = Text(
    ja="  リユース事業者とその工場は GLN で引けます: {party} ・ {site}（自社の申告。第三者の証明はまだありません）",
    en="  the re-use company and its plant are found by their GLNs: {party} · {site} (as stated; nobody has proved them yet)",
)
_POSTAL = {"pack": "431-0451", "vehicle": "471-0001", "reuse": "600-8001"}
PARTY_GLN, SITE_GLN = "9521234001010", "9521234001027"
"""Of the re-use company and its plant, under the prefix that GS1 keeps for examples."""
MAKER, VEHICLE, REUSE, RECYCLER = "pack", "vehicle", "reuse", "recycler"


async def play(play: Play, language: Language) -> list[str]:
    """Issue, use, sell, ask for access, and begin a second life."""
    data = made_up()
    lines = [_TITLE.of(language)]
    made: dict[str, list[Issued]] = {}
    for category, said in data.items():
        made[category] = await _category(play, said)
        lines.append(await _use(play, category, made[category][0], said["life"], language))
    first, *others = made["ev"]
    await _sell(play, first)
    lines.append(_SOLD.of(language, name=first.dpp_id.rpartition("/")[2]))
    await _ask(play, made["stationary"][0])
    lines.append(_ASKED.of(language))
    lines.append(_SECOND.of(language, dpp_id=await _second_life(play, others, data["stationary"])))
    origin = play.db.installation.origin
    lines.append(_PLACES.of(language, party=f"{origin}/417/{PARTY_GLN}", site=f"{origin}/414/{SITE_GLN}"))
    return lines


@cache
def made_up() -> dict[str, Any]:
    """A battery of each category: its model's values, its own, and what was measured on it. All of it is made up."""
    found: dict[str, Any] = json.loads(files(__package__).joinpath("passports.json").read_text("utf-8"))
    return found


def worn(measured: dict[str, Any], left: float) -> dict[str, Any]:
    """The same after more years, when the share `left` of capacity and energy is left: less power, more resistance."""
    found = dict(measured)
    for key in ("measured_capacity", "remaining_capacity", "remaining_usable_energy"):
        found[key] = round(measured[key] * left, 3)
    for key in ("measured_power", "remaining_power_capability"):
        found[key] = [{**point, "power_w": round(point["power_w"] * left)} for point in measured[key]]
    for key in ("measured_resistance_pack", "ohmic_resistance", "measured_resistance_cell"):
        found[key] = round(measured[key] * (2 - left), 6)
    for key in ("measured_rte", "remaining_rte"):
        found[key] = round(measured[key] - 10 * (1 - left), 1)
    used = round(measured["expected_remaining_cycles"] * (1 - left) * 3)
    found["full_cycles"] = measured["full_cycles"] + used
    found["expected_remaining_cycles"] = measured["expected_remaining_cycles"] - used
    found["expected_lifetime_years"] = max(1, round(measured["expected_lifetime_years"] * left))
    return found


async def _category(play: Play, said: dict[str, Any]) -> list[Issued]:
    """The model's record, and its batteries."""
    model = NewPassport(
        product_id=f"(01){said['gtin']}", granularity="model", values={**said["model"]}, publish=True, source="import"
    )
    await play.run(MAKER, service.issue, model)
    maker = await _responsible(play, MAKER, "BPNL000000TAMAKI")
    origin = str(said["item"]["backup_url"])
    return [
        await play.run(
            MAKER,
            service.issue,
            NewPassport(
                gtin=said["gtin"],
                serial=serial,
                values={
                    **said["item"],
                    "operator_information": maker,
                    "backup_url": f"{origin}01/{said['gtin']}/21/{serial}",
                },
                publish=True,
                initial_declared=True,
                source="import",
            ),
        )
        for serial in said["serials"]
    ]


async def _responsible(play: Play, key: str, partner: str) -> dict[str, Any]:
    """How a company names itself as the responsible operator; `partner` is its (made-up) Business Partner Number."""
    company = await play.run(key, operators.own)
    return {
        "name": {"ja": company.name, "en": play.english(key)},
        "id": public_id(company),
        "address": {"country": "JP", "postal_code": _POSTAL[key], "street": company.address},
        "web": f"https://{key}.example.jp/",
        "email": f"battery@{key}.example.jp",
        "bpnl": partner,
    }


async def _use(play: Play, category: str, battery: Issued, measured: dict[str, Any], language: Language) -> str:
    """Weeks of use: everything that the law wants measured, a statement on accidents, and nothing bad to tell."""
    done = await measure(play, MAKER, battery.dpp_id, measured, earlier=_EARLIER)
    lacks, _, _ = await play.run(MAKER, service.completeness, battery.dpp_id)
    return _LINE.of(
        language,
        category=category,
        dpp_id=battery.dpp_id,
        score=done.score,
        pending=len(lacks.not_yet_required),
        version=done.version,
    )


async def measure(
    play: Play,
    who: str,
    dpp_id: str,
    measured: dict[str, Any],
    *,
    source: MeasurementSource = "bms",
    earlier: Sequence[tuple[int, float]] = (),
) -> Issued:
    """A battery of `who` in service, all that is measured of it, and that nothing bad happened."""
    await play.run(who, service.put_into_service, dpp_id, clock.now().strftime("%Y-%m"))
    at = clock.now() - timedelta(hours=1)
    method = "BMS 3.2" if source == "bms" else "IEC 62660-1"
    readings = [Reading(attribute=key, value=value, measured_at=at, method=method) for key, value in measured.items()]
    readings += [
        Reading(
            attribute="remaining_usable_energy",
            value=round(measured["remaining_usable_energy"] * more, 3),
            measured_at=at - timedelta(days=days),
            method=method,
        )
        for days, more in earlier
    ]
    batch = service.Batch(batch_id="demo", source=source, readings=readings)
    taken = await play.run(who, service.record_readings, dpp_id, batch)
    if taken.rejected:
        raise AssertionError(f"{dpp_id}: {taken.rejected[0].text_en} ({readings[taken.rejected[0].index].attribute})")
    await play.run(who, service.record_event, dpp_id, type="none_recorded")
    return await play.run(who, service.change, dpp_id, {"accident_information": [_NO_ACCIDENT]})


_EARLIER = ((24, 1.014), (16, 1.009), (8, 1.004))
"""Days ago, and by how much more usable energy there was then."""
_AFTER_VEHICLE, _AS_STORAGE = 0.86, 0.97
"""Shares of capacity that are left: of a pack when its vehicle is done, and of the storage battery by its new rating."""
_NO_ACCIDENT = {
    "id": "accident-history",
    "title": {"ja": "事故履歴: なし", "en": "Accident history: none"},
    "doc_type": "evidence",
    "media_type": "application/pdf",
    "language": "ja",
    "url": "https://docs.example.jp/accident-history-none.pdf",
}


async def _sell(play: Play, battery: Issued) -> None:
    buyer = play.scope(VEHICLE).operator_id
    new = service.NewTransfer(dpp_ids=(battery.dpp_id,), reason="sale", incoming_operator_id=buyer)
    offer = await play.run(MAKER, service.propose_transfer, new)
    owner = await _responsible(play, VEHICLE, "BPNL0000000MEGU1")
    await play.run(VEHICLE, service.accept_transfer, offer.transfer_id, service.Acceptance(operator_information=owner))


async def _ask(play: Play, battery: Issued) -> None:
    asked = service.NewRequest(
        role="recycler",
        scope=service.ReachInput(dpp_ids=(battery.dpp_id,)),
        classes=("P2", "P4"),
        purpose="dismantling",
        justification="解体手順と安全対策を確認するため / to dismantle it safely",
    )
    await play.run(RECYCLER, service.request_access, asked)


async def _state_gln(play: Play) -> None:
    """The re-use company states its own Global Location Number."""
    own = await play.run(REUSE, operators.own)
    change = OperatorChange(name=own.name, address=own.address, open_operator_id=own.open_operator_id, gln=PARTY_GLN)
    await play.run(REUSE, operators.update, change)


async def _second_life(play: Play, packs: list[Issued], said: dict[str, Any]) -> str:
    """Two packs, worn and declared waste, become one storage battery of the reuse business, which measures it anew."""
    buyer = play.scope(REUSE).operator_id
    parts = []
    for pack in packs:
        await measure(play, MAKER, pack.dpp_id, worn(made_up()["ev"]["life"], _AFTER_VEHICLE))
        await play.run(MAKER, service.declare_waste, pack.dpp_id, not_determined="no measurement at take-back")
        offer = await play.run(
            MAKER,
            service.propose_transfer,
            service.NewTransfer(dpp_ids=(pack.dpp_id,), reason="repurposing", incoming_operator_id=buyer),
        )
        parts.append(service.Part(dpp_id=pack.dpp_id, share=1.0, transfer_id=offer.transfer_id))
    await _state_gln(play)
    owner = await _responsible(play, REUSE, "BPNL000000REUSE1")
    values = {
        **said["model"],
        **said["item"],
        "operator_information": owner,
        "operator_role": "repurposer",
        "facility_id": SITE_GLN,
        "second_life_published": True,
    }
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
    storage = done.successors[0].dpp_id
    await measure(play, REUSE, storage, worn(said["life"], _AS_STORAGE), source="lab")
    return storage
