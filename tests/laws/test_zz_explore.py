import os
import time
from random import Random

import pytest
from tests.chain import company
from tests.laws.acts import Cast
from tests.laws.test_books_stay_right import walk

pytestmark = pytest.mark.anyio


@pytest.mark.timeout(3000)
async def test_explore(river, books):
    first = int(os.environ.get("FIRST", "0"))
    n = int(os.environ.get("N", "30"))
    for seed in range(first, first + n):
        companies = [await company(river, x, auto_disclose=seed % 3 > 0) for x in "ABC"]
        t = time.time()
        try:
            w = await walk(Cast(Random(seed), companies), 80, books)
        except Exception as e:
            print("SEED", seed, *e.__dict__.get("__notes__", [])[-1:][0].splitlines()[-3:], sep="\n")
            print(str(e)[:600])
            raise
        print(
            seed,
            round(time.time() - t, 2),
            len(w.requests),
            sum(bool(r.linked) for r in w.requests.values()),
            sum(w.status(k).completed for k in w.requests),
            max([w.status(k).trades_count for k in w.requests] or [0]),
            sum(bool(any(w.sums(p))) for p in w.parts),
            len(w.parts),
            flush=True,
        )


from tests.laws.test_books_stay_right import lag

from meguri.footprint.service import propagating


@pytest.mark.timeout(3000)
async def test_explore_lag(river, books, deferred, monkeypatch):
    first = int(os.environ.get("FIRST", "0"))
    n = int(os.environ.get("N", "30"))
    for seed in range(first, first + n):
        companies = [await company(river, x, auto_disclose=seed % 3 > 0) for x in "ABC"]
        monkeypatch.setattr(propagating, "LIMIT", seed % 3)
        try:
            deferred.clear()
            await lag(Cast(Random(seed), companies), 80, books, deferred)
        except Exception as e:
            print("SEED", seed, *(getattr(e, "__notes__", None) or [""])[-1].splitlines()[-4:], sep="\n")
            print(str(e)[:600])
            raise
        print(seed, end=" ", flush=True)
