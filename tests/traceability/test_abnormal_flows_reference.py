"""The reference of abnormal flows says what the code does, and every row of it is proved."""

import ast
import runpy
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MAKER = runpy.run_path(str(ROOT / "docs/abnormal_flows.py"), run_name="abnormal_flows")
page, refusals = MAKER["page"], MAKER["refusals"]
ROWS = MAKER["flows"]()


def test_the_page_is_what_the_rule_data_and_the_code_say() -> None:
    """If this fails: `python -m docs.abnormal_flows > docs/reference/abnormal-flows.md`."""
    assert (ROOT / "docs/reference/abnormal-flows.md").read_text(encoding="utf-8") == page()


@pytest.mark.parametrize("flow", ROWS, ids=[flow["id"] for flow in ROWS])
def test_every_row_names_a_test_that_exists(flow: dict[str, str]) -> None:
    file, _, name = flow["test"].partition("::")
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}


@pytest.mark.parametrize("flow", [f for f in ROWS if "refusal" in f], ids=lambda flow: flow["id"])
def test_every_row_says_what_the_ouranos_interface_answers(flow: dict[str, str]) -> None:
    known = tomllib.loads((files("meguri.rules") / "ouranos-3.0.0/refusals.toml").read_text(encoding="utf-8"))
    assert flow["refusal"] in refusals()
    if flow["refusal"] != "stale":  # the protocol's own answer, not the trade's
        answer = known["traceability"][flow["refusal"]]
        assert flow["ouranos"] == f"{answer.get('status', 400)} {answer['code']}"


def test_every_refusal_of_requests_and_structures_has_its_row() -> None:
    """Refusals that only sheets, ranges and comments know are told by the form itself: the exchange has none of them."""
    elsewhere = ("sheet", "import", "identity_fixed", "bad_amount", "too_many_children", "refused", "comment")
    ours = {code for code in refusals() if code.startswith("traceability.")}
    missing = ours - {flow.get("refusal") for flow in ROWS}
    assert [code for code in sorted(missing) if not any(word in code for word in elsewhere)] == []


def test_rows_have_ids_of_their_own_and_an_answer() -> None:
    assert len({flow["id"] for flow in ROWS}) == len(ROWS)
    assert all(("refusal" in flow) != ("answer" in flow) for flow in ROWS)
    assert {f"E{n}" for n in range(1, 17)} <= {flow["id"] for flow in ROWS}
