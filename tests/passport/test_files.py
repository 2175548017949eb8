"""Files of models and of earlier lives: whoever sees the attribute that names one reads it, from every passport that has it."""

from typing import Any

import pytest
from tests.passport.batteries import COVERAGE, GTINS, complete, document, own, shared
from tests.passport.conftest import BASE, House

from meguri.kernel.scope import OperatorScope
from meguri.passport import errors, service
from meguri.passport.model import Issued, NewPassport
from meguri.passport.readings_store import Attachment
from meguri.passport.service import attaching
from meguri.storage.files import StoredFile

pytestmark = pytest.mark.anyio


async def with_manual(house: House, owner: OperatorScope, passport: Issued) -> Attachment:
    """A file that says how to dismantle a battery (P2), named by the passport."""
    made = await house.run(owner, attaching.attach, passport.dpp_id, "how.pdf", StoredFile("a" * 64, 10))
    await house.run(owner, service.change, passport.dpp_id, {"dismantling_information": [named(made)]})
    return made


def named(file: Attachment) -> dict[str, Any]:
    value = document("dismantling", "dismantling_manual", coverage=COVERAGE, file_id=str(file.file_id))
    del value["url"]
    return value


async def repairer(house: House, owner: OperatorScope, passport: Issued) -> OperatorScope:
    """Somebody with a grant for P2."""
    other = await house.company()
    asked = service.NewRequest(
        role="repairer", scope=service.ReachInput(dpp_ids=(passport.dpp_id,)), classes=("P2",), purpose="repair",
        justification="to take it out",
    )  # fmt: skip
    request = await house.run(other, service.request_access, asked)
    await house.run(owner, service.approve, request.request_id)
    return other


async def test_a_file_of_the_model_is_read_from_its_items(house: House) -> None:
    owner, stranger = await house.company(), await house.company()
    new = NewPassport(product_id=f"(01){GTINS['ev']}", granularity="model", values=shared("ev"), publish=True)
    model = await house.run(owner, service.issue, new, base=BASE)
    file = await with_manual(house, owner, model)
    loose = await house.run(owner, attaching.attach, model.dpp_id, "loose.pdf", StoredFile("b" * 64, 10))
    item = await house.run(
        owner, service.issue, NewPassport(gtin=GTINS["ev"], serial="F-1", values=own("ev"), publish=True), base=BASE
    )
    reader = await repairer(house, owner, item)
    for who in (owner, reader):
        assert (await house.run(who, attaching.attachment, item.dpp_id, file.file_id)).sha256 == "a" * 64
        (listed,) = await house.run(who, attaching.attachments, item.dpp_id)
        assert (listed.file_id, listed.passport_id) == (file.file_id, item.passport_id)
    with pytest.raises(errors.AccessClassDenied):
        await house.run(stranger, attaching.attachment, item.dpp_id, file.file_id)
    with pytest.raises(errors.FileUnknown):  # no attribute of the item names it
        await house.run(owner, attaching.attachment, item.dpp_id, loose.file_id)


async def test_a_file_goes_on_into_the_second_life(house: House) -> None:
    maker, owner = await house.company(), await house.company()
    pack = await house.battery(maker)
    file = await with_manual(house, maker, pack)
    offer = await house.run(
        maker,
        service.propose_transfer,
        service.NewTransfer(dpp_ids=(pack.dpp_id,), reason="repurposing", incoming_operator_id=owner.operator_id),
    )
    new = NewPassport(gtin=GTINS["stationary"], serial="F-2", values={"battery_category": "stationary"})
    done = await house.run(
        owner,
        service.succeed,
        service.Succession(
            operation="repurpose",
            successors=[
                service.Successor(
                    passport=new,
                    predecessors=[service.Part(dpp_id=pack.dpp_id, share=1.0, transfer_id=offer.transfer_id)],
                )
            ],
        ),
        base=BASE,
    )
    (storage,) = done.successors
    view = await house.run(owner, service.read, storage.dpp_id)
    assert view.values["dismantling_information"][0]["file_id"] == str(file.file_id)
    assert (await house.run(owner, attaching.attachment, storage.dpp_id, file.file_id)).sha256 == "a" * 64
    (listed,) = await house.run(owner, attaching.attachments, storage.dpp_id)
    assert (listed.passport_id, listed.operator_id) == (storage.passport_id, owner.operator_id)
    more = [named(file), complete("ev")["dismantling_information"][0]]
    await house.run(owner, service.change, storage.dpp_id, {"dismantling_information": more})
    with pytest.raises(errors.PassportInvalid):  # named where it was, and nowhere else
        await house.run(owner, service.change, storage.dpp_id, {"safety_measures": [named(file)]})
