"""Labels: what fits is set, what does not is named; symbols have the size of the law."""

import math
import re
from typing import Any

import msgspec
import pytest
from tests.passport.conftest import House

from meguri.kernel.scope import OperatorScope
from meguri.passport import service
from meguri.passport.labels.errors import LabelOverflow, UnknownLabelSize
from meguri.passport.labels.making import collection_size, label_of, label_pdf
from meguri.passport.labels.symbols import ce
from meguri.passport.model import View
from meguri.storage import Transaction


async def view_of(house: House, **values: Any) -> View:
    company = await house.company()
    battery = await house.battery(company, values=values)

    async def use_case(tx: Transaction, scope: OperatorScope) -> View:
        return await service.read(tx, scope, str(battery.passport_id))

    found: View = await house.run(company, use_case)
    return found


async def test_a_label_says_what_the_law_wants_beside_its_code(house: House) -> None:
    view = await view_of(house)
    label = label_of(view, "ja")
    assert {"extinguishing_agents", "battery_mass", "rated_capacity", "battery_chemistry", "manufacturing_date"} <= {
        key for key, _, _ in label.lines
    }
    assert label.hri.startswith("(01)09521234567899(21)")
    assert label.symbols[0] == ("collection.svg", 50.0, "separate collection")
    made = label_pdf([view], "100x60", "ja")
    assert made.startswith(b"%PDF")
    assert len(made) < 2_000_000
    assert b"OCRB" in made  # what people read under the code is in letters that machines read too


async def test_a_draft_without_its_maker_has_a_label_all_the_same(house: House) -> None:
    view = await view_of(house)
    bare = {key: value for key, value in view.values.items() if not key.startswith("manufacturer")}
    assert label_pdf([msgspec.structs.replace(view, values=bare)], "100x60", "ja").startswith(b"%PDF")


async def test_many_labels_stand_side_by_side_on_a4(house: House) -> None:
    views = [await view_of(house) for _ in range(3)]
    assert label_pdf(views, "100x60", "en", sheet=True).startswith(b"%PDF")


async def test_what_does_not_fit_is_named_least_important_first(house: House) -> None:
    view = await view_of(house)
    with pytest.raises(LabelOverflow) as refused:
        label_pdf([view], "60x40", "ja")
    assert refused.value.code == "LABEL_OVERFLOW"
    assert refused.value.items[0] == "メール"
    assert not {"型式", "区分", "定格容量"} & set(refused.value.items), "a small label has room for what matters most"
    with pytest.raises(UnknownLabelSize):
        label_pdf([view], "10x10", "ja")


def test_the_bin_has_the_size_of_the_largest_side() -> None:
    assert round(collection_size({"pack_length": 300, "pack_width": 120, "pack_height": 40}).side_mm, 2) == 32.86
    assert collection_size({}).side_mm == 50.0


def test_the_ce_marking_lies_within_its_grid() -> None:
    """Regulation (EC) 765/2008 Annex II: 28 by 20 squares; here a square has 5 units, a stroke 15."""
    drawn = ce()
    box = [float(number) for number in re.search(r'viewBox="([^"]+)"', drawn)[1].split()]  # type: ignore[index]
    arcs = re.findall(r"M([\d.]+) ([\d.]+)A([\d.]+) [\d.]+ 0 1 0", drawn)
    assert len(arcs) == 2
    for x, y, radius in ((float(part) for part in arc) for arc in arcs):
        left = x - math.sqrt(radius**2 - (50 - y) ** 2) - radius - 7.5
        assert left >= -0.1
        assert x <= box[2]
        assert (50 - radius - 7.5, 50 + radius + 7.5) == (0, box[3])
