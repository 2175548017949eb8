"""A template that is handed in twice, also at the same moment, is kept once and said to be known."""

import asyncio

import pytest
from tests.chain import company
from tests.diligence.rmi.workbooks import workbook

from meguri.diligence.rmi.model import Read
from meguri.diligence.service import records, workbooks
from meguri.storage.database import Database

pytestmark = pytest.mark.anyio


async def test_the_same_template_is_kept_once_however_often_it_comes(chain: Database) -> None:
    me, other = await company(chain, "調べる会社"), await company(chain, "別の会社")
    first, second = workbook("CMRT", "6.5", {"D8": "A"}), workbook("CMRT", "6.5", {"D8": "B"})
    items = await workbooks.read([("a.xlsx", first), ("b.xlsx", second), ("copy of a.xlsx", first)])
    assert [one.state for one in items] == ["read", "read", "twice"]
    alone = items[0].imported
    assert alone is not None
    done = await asyncio.gather(
        *(me.run(workbooks.keep, items=items, keep_good=True) for _ in range(3)),
        *(me.run(workbooks.keep_one, found=alone) for _ in range(3)),
    )
    assert len(await me.run(records.listed, "declaration", Read)) == 2
    assert sum(one.kept if isinstance(one, workbooks.FilesRead) else not one.twice for one in done) == 2
    assert (await me.run(workbooks.keep_one, found=alone)).twice
    assert not (await other.run(workbooks.keep_one, found=alone)).twice  # each company has its own
