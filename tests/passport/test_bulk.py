"""Files of passports: good rows become passports once, bad cells are named, nothing is half done."""

import csv
import io
import zipfile
from typing import Any

import msgspec
import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook
from tests.passport.batteries import GTINS, own, shared
from tests.passport.conftest import BASE, House

from meguri.kernel.scope import OperatorScope
from meguri.passport import errors, service
from meguri.passport.bulk.model import Job
from meguri.passport.bulk.sheets import Opened
from meguri.passport.bulk.writing import faults_csv, results_xlsx, safe, template
from meguri.passport.kinds import battery
from meguri.passport.labels.packing import package, packages_of, views_of
from meguri.passport.model import NewPassport
from meguri.passport.service import bulk
from meguri.proof import chain

pytestmark = pytest.mark.anyio
COLUMNS = ("serial_number", "manufacturing_date", "placed_on_market_date", "operator_role")
WHOLE = ("operator_information", "extinguishing_agents")


def sheet(rows: list[dict[str, Any]], columns: tuple[str, ...] = (*COLUMNS, *WHOLE)) -> bytes:
    import json

    out = io.StringIO()
    table = csv.writer(out)
    table.writerow(columns)
    table.writerow(["# 製造番号", *[""] * (len(columns) - 1)])
    for row in rows:
        table.writerow([json.dumps(row[key]) if isinstance(row[key], dict | list) else row[key] for key in columns])
    return out.getvalue().encode()


def items(count: int, prefix: str) -> list[dict[str, Any]]:
    return [{**own("ev"), "serial_number": f"{prefix}{number:05d}"} for number in range(count)]


async def model_of(house: House, scope: OperatorScope) -> Any:
    new = NewPassport(product_id=f"(01){GTINS['ev']}", granularity="model", values=shared("ev"), publish=True)
    return await house.run(scope, service.issue, new, base=BASE)


async def done(house: House, scope: OperatorScope, content: bytes, model: Any, mode: str = "skip_bad") -> Job:
    new = bulk.NewJob(file_name="items.csv", mode=mode, model=model.dpp_id)  # type: ignore[arg-type]
    job = await house.run(scope, bulk.prepare, new, content, base=BASE)
    await bulk.work(house.db, scope.operator_id, job.job_id)
    return await house.run(scope, bulk.job_of, job.job_id)


@pytest.fixture(scope="module")
async def maker(house: House) -> OperatorScope:
    return await house.company("量産電池")


@pytest.fixture(scope="module")
async def model(house: House, maker: OperatorScope) -> Any:
    return await model_of(house, maker)


async def test_a_thousand_rows_with_three_bad_ones_in_every_mode(
    house: House, maker: OperatorScope, model: Any
) -> None:
    rows = items(1000, "K")
    rows[10]["manufacturing_date"] = "2027-13"
    rows[20]["operator_role"] = "king"
    rows[30]["serial_number"] = "x" * 21
    content = sheet(rows)
    dry = await done(house, maker, content, model, "dry_run")
    assert (dry.state, dry.rows, dry.checked, dry.issued, dry.bad) == ("done", 1000, 1000, 0, 3)
    faults = await house.run(maker, bulk.faults, dry.job_id)
    assert [(each.row, each.column, each.code) for each in faults] == [
        (13, "manufacturing_date", "INVALID_VALUE"),
        (23, "operator_role", "INVALID_ENUM"),
        (33, "serial_number", "SERIAL_TOO_LONG"),
    ]
    assert all(each.text_ja and each.text_en for each in faults)
    none = await done(house, maker, content, model, "all_or_nothing")
    assert (none.state, none.issued, none.bad) == ("done", 0, 3)
    some = await done(house, maker, content, model, "skip_bad")
    assert (some.state, some.issued, some.bad) == ("done", 997, 3)
    again = await done(house, maker, content, model, "skip_bad")
    assert (again.state, again.issued, again.present, again.bad) == ("done", 0, 997, 3)
    results, rest = await house.run(maker, bulk.results, some.job_id)
    assert (len(results), rest) == (997, None)
    view = await house.run(service.ANONYMOUS, service.read, results[0].dpp_id)
    assert (view.record.state, view.version_hash) == ("Active", results[0].version_hash)


async def test_another_file_with_a_known_serial_is_told_so(house: House, maker: OperatorScope, model: Any) -> None:
    first = await done(house, maker, sheet(items(3, "D")), model)
    second = await done(house, maker, sheet(items(4, "D")), model)
    assert (first.issued, second.issued, second.bad) == (3, 1, 3)
    faults = await house.run(maker, bulk.faults, second.job_id)
    assert {each.code for each in faults} == {"DUPLICATE_PRODUCT_ID"}
    twice = await done(house, maker, sheet([*items(1, "E"), *items(1, "E")]), model)
    assert (twice.issued, twice.bad) == (1, 1)


async def test_an_item_of_a_file_is_what_issuing_it_alone_would_give(
    house: House, maker: OperatorScope, model: Any
) -> None:
    await done(house, maker, sheet(items(1, "ALONE")), model)
    bulked = await house.run(maker, service.read, f"{BASE}/01/{GTINS['ev']}/21/ALONE00000")
    new = NewPassport(gtin=GTINS["ev"], serial="ALONE-2", values=own("ev"), publish=True)
    alone = await house.run(maker, service.read, (await house.run(maker, service.issue, new, base=BASE)).dpp_id)
    changing = {"dpp_id", "unique_product_identifier", "serial_number", "last_updated", "issued_at"}
    first, second = ({k: v for k, v in each.values.items() if k not in changing} for each in (bulked, alone))
    assert first == second
    assert bulked.record.score == alone.record.score
    salts = bulked.record.salts
    from meguri.passport.integrity import hashes_of, version_hash

    hashes = hashes_of(battery(), bulked.values, salts)
    assert hashes == bulked.record.slices
    assert bulked.version_hash == version_hash(bulked.record.dpp_id, 1, hashes)


async def test_every_issue_is_in_the_register_whose_chain_holds(house: House, maker: OperatorScope) -> None:
    from meguri.passport import register

    async def everything(tx: Any, scope: OperatorScope) -> Any:
        return await register.page(tx, scope.operator_id, None, count=100_000)

    lines = await house.run(maker, everything)
    entries = [line.entry for line in reversed(lines)]
    assert chain.first_broken(entries) is None
    entries[5] = {**entries[5], "actor": "somebody else"}
    assert chain.first_broken(entries) == 6


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "nothing"),
        (b"\xef\xbb\xbf\r\n", "nothing"),
        (b"nothing,of,this\n1,2,3\n", "keys"),
        (b"serial_number\n", "empty"),
        (b"serial_number,serial_number\nA,B\n", "twice"),
        (b"\x00\x01\x02", "table"),
        (b"PK\x03\x04 not a workbook", "table"),
        (b"\xff\xfe\x81\x00serial", "table"),
    ],
)
def test_a_file_that_is_no_table_of_items_is_refused_whole(content: bytes, why: str) -> None:
    from meguri.passport.bulk.sheets import WHY

    with pytest.raises(errors.BulkRefused) as told:
        list(Opened(battery(), content).rows())
    assert WHY[why].ja.partition("{")[0] in told.value.sentence("ja")


def test_a_file_of_shift_jis_a_formula_and_a_range_is_read_as_text() -> None:
    content = "serial_number,battery_model_id,idle_temp_min\nMG{001..003},=1+1,-30\n".encode("cp932")
    rows = list(Opened(battery(), content).rows())
    assert [row.serial for row in rows] == ["MG001", "MG002", "MG003"]
    assert rows[0].values == {"battery_model_id": "=1+1", "idle_temp_min": -30}
    assert safe("=1+1") == "'=1+1"


def test_nested_columns_and_the_sheet_of_the_model_become_values() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        model = book.add_worksheet("model")
        model.write_row(
            0,
            0,
            [
                "gtin",
                "manufacturer_address.country",
                "manufacturer_address.postal_code",
                "manufacturer_address.street",
                "battery_mass",
            ],
        )
        model.write_row(1, 0, [GTINS["ev"], "JP", "471-0001", "架空町1-1", 430])
        sheet_ = book.add_worksheet("items")
        sheet_.write_row(0, 0, ["serial_number", "manufacturing_date"])
        sheet_.write_row(1, 0, ["A1", "令和9年2月"])
    opened = Opened(battery(), out.getvalue())
    assert opened.model_faults == []
    assert opened.model["manufacturer_address"] == {"country": "JP", "postal_code": "471-0001", "street": "架空町1-1"}
    assert opened.model["battery_mass"] == 430
    (row,) = opened.rows()
    assert (row.serial, row.values) == ("A1", {"manufacturing_date": "2027-02"})


def test_merged_cells_are_refused() -> None:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        made = book.add_worksheet("items")
        made.write_row(0, 0, ["serial_number", "manufacturing_date"])
        made.merge_range(1, 0, 2, 0, "A1")
    with pytest.raises(errors.BulkRefused):
        Opened(battery(), out.getvalue())


@pytest.mark.parametrize("category", ["ev", "lmt", "industrial", "stationary"])
def test_the_template_of_a_category_names_what_is_mandatory_first(category: str) -> None:
    book = CalamineWorkbook.from_filelike(io.BytesIO(template(battery(), category)))
    assert book.sheet_names == ["model", "items", "example"]
    keys = book.get_sheet_by_name("model").to_python()[0]
    assert keys[0] == "gtin"
    assert keys.index("battery_mass") < keys.index("pack_length")
    assert book.get_sheet_by_name("items").to_python()[0][0] == "serial_number"


async def test_what_comes_out_of_a_job_can_be_opened(house: House, maker: OperatorScope, model: Any) -> None:
    rows = items(2, "OUT")
    rows[1]["operator_role"] = "=cmd"
    job = await done(house, maker, sheet(rows), model)
    faults = await house.run(maker, bulk.faults, job.job_id)
    assert "'=cmd" in faults_csv(faults, "ja").decode("utf-8-sig")
    results, _ = await house.run(maker, bulk.results, job.job_id)
    table = CalamineWorkbook.from_filelike(io.BytesIO(results_xlsx(results, "en"))).get_sheet_by_index(0).to_python()
    assert table[1][2].endswith("/21/OUT00000")


async def test_the_labels_of_a_job_come_in_packages_with_every_code_by_itself(
    house: House, maker: OperatorScope, model: Any
) -> None:
    job = await done(house, maker, sheet(items(3, "LAB")), model)
    assert (packages_of(job), packages_of(msgspec.structs.replace(job, issued=401))) == (1, 3)
    views = await house.run(maker, views_of, job.job_id, 1)
    assert [view.record.serial for view in views] == ["LAB00000", "LAB00001", "LAB00002"]
    assert await house.run(maker, views_of, job.job_id, 2) == []
    with zipfile.ZipFile(io.BytesIO(package(views, "100x60", "ja"))) as opened:
        names = opened.namelist()
        listed = opened.read("labels.csv").decode("utf-8-sig").splitlines()
        assert opened.read("sheets.pdf").startswith(b"%PDF")
        assert b"<svg" in opened.read(names[1])
    assert names[1:4] == [f"codes/{n:04d}-LAB0000{n - 1}.svg" for n in (1, 2, 3)]
    assert listed[1].split(",")[2].endswith("/21/LAB00000")
    other = await house.company("他社")
    with pytest.raises(bulk.JobNotFound):
        await house.run(other, views_of, job.job_id, 1)


async def test_a_row_is_told_everything_that_is_wrong_with_it_by_the_attribute_that_lacks(
    house: House, maker: OperatorScope, model: Any
) -> None:
    rows = items(2, "ALL")
    rows[0] |= {"serial_number": "ALL 1", "operator_role": "king"}
    for key in [key for key in rows[1] if key.startswith("operator_information")]:
        rows[1][key] = ""
    job = await done(house, maker, sheet(rows), model, "dry_run")
    faults = [(each.row, each.column, each.code) for each in await house.run(maker, bulk.faults, job.job_id)]
    assert sorted(faults) == [
        (3, "operator_role", "INVALID_ENUM"),
        (3, "serial_number", "INVALID_SERIAL_CHARSET"),
        (4, "operator_information", "PUBLISH_INCOMPLETE"),
    ]
    ranged = {**items(1, "x")[0], "serial_number": "BAD{0001..1200}", "operator_role": "king"}
    job = await done(house, maker, sheet([ranged]), model, "dry_run")
    assert (job.rows, job.checked, job.bad) == (1200, 1200, 1200)
    (once,) = await house.run(maker, bulk.faults, job.job_id)
    assert (once.row, once.column, once.value) == (3, "operator_role", "king")
    nameless = b"serial_number,manufacturing_date\nNG-1,2026-10\n"
    without = await house.run(maker, bulk.prepare, bulk.NewJob(file_name="x.csv", mode="dry_run"), nameless)
    await bulk.work(house.db, maker.operator_id, without.job_id)
    (only,) = await house.run(maker, bulk.faults, without.job_id)
    assert (only.column, only.code) == ("gtin", "EMPTY_IDENTIFIER")
