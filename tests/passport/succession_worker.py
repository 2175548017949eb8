"""A process that makes successions until it is killed: `python succession_worker.py DSN A B SEED`.

It writes `began N` before and `done N` after each, so that the test knows what was acknowledged.
"""

import asyncio
import sys
from pathlib import Path
from uuid import UUID

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parents[2] / "tests")]

BASE = "https://id.example.jp"


async def main(dsn: str, first: str, second: str, seed: str) -> None:
    from tests.passport.batteries import GTINS, complete

    from meguri.kernel.scope import OperatorScope, Role
    from meguri.passport import service
    from meguri.passport.model import NewPassport
    from meguri.storage.database import Database
    from meguri.storage.installation import installation

    a, b = (OperatorScope(UUID(each), f"system:worker-{seed}", Role.ADMIN) for each in (first, second))
    async with Database(dsn, pool_size=2, installation=installation(BASE, b"s" * 32)) as db:
        number = 0
        while True:
            number += 1
            serial = f"F{seed}-{number}"
            new = NewPassport(gtin=GTINS["ev"], serial=serial, values=complete("ev"), publish=True)
            pack = await db.run(a, service.issue, new, base=BASE)
            said = service.NewTransfer(
                dpp_ids=(pack.dpp_id,), reason="remanufacturing", incoming_operator_id=b.operator_id
            )
            offer = await db.run(a, service.propose_transfer, said)
            print(f"began {serial}", flush=True)
            successor = NewPassport(
                gtin=GTINS["ev"],
                serial=f"{serial}-2",
                values={**complete("ev"), "operator_role": "remanufacturer"},
                publish=True,
            )
            part = service.Part(dpp_id=pack.dpp_id, share=1.0, transfer_id=offer.transfer_id)
            wanted = service.Succession(
                operation="remanufacture", successors=[service.Successor(passport=successor, predecessors=[part])]
            )
            await db.run(b, service.succeed, wanted, base=BASE)
            print(f"done {serial}", flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:5]))
