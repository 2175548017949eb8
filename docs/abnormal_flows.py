"""The reference page of abnormal flows, from the rule data and the refusals of the code.

`python -m docs.abnormal_flows > docs/reference/abnormal-flows.md`
"""

import sys
import tomllib
from importlib.resources import files
from typing import Any

import meguri.footprint.errors
import meguri.operators.errors
import meguri.traceability.errors  # noqa: F401  (refusals are found once they are loaded)
from meguri.kernel.errors import Refusal, all_refusals

RULES = files("meguri.rules") / "abnormal_flows.toml"
WHO = {
    "anyone": "誰でも · anyone",
    "customer": "依頼元 · customer",
    "supplier": "依頼先 · supplier",
    "maker": "部品の登録者 · maker",
}
HEAD = """\
# 異常時の動作 · Abnormal flows

依頼・紐付け・部品構成・CFP登録で起こり得る異常と、その応答です。拒否された操作は何も変更せず、誰にも通知しません。
What can go wrong between customer and supplier, and what Meguri answers. A refusal changes nothing and tells nobody.

Made from `src/meguri/rules/abnormal_flows.toml` ({id} {version}, {status}) and from the refusals themselves.
Every row names the test that proves it.

| # | 状況 · Situation | 操作する人 · Who | 応答と対処 · Answer and what to do | API | Ouranos | Test |
|---|---|---|---|---|---|---|
"""


def flows() -> list[dict[str, Any]]:
    """The rows of the rule data."""
    return list(tomllib.loads(RULES.read_text(encoding="utf-8"))["flow"])


def refusals() -> dict[str, type[Refusal]]:
    """The refusals of these rooms by their code."""
    return {kind.code: kind for kind in all_refusals()}


def page() -> str:
    """The page in Markdown, Japanese and English side by side."""
    head = {name: value for name, value in tomllib.loads(RULES.read_text(encoding="utf-8")).items() if name != "flow"}
    known = refusals()
    return HEAD.format(**head) + "".join(_row(flow, known) for flow in flows())


def _row(flow: dict[str, Any], known: dict[str, type[Refusal]]) -> str:
    api = "–"
    ja, en = flow.get("answer", {}).get("ja"), flow.get("answer", {}).get("en")
    if code := flow.get("refusal"):
        refusal = known[code]
        ja, en, api = refusal.say.ja, refusal.say.en, f"{refusal.status} `{code}`"
    cells = (
        flow["id"],
        f"{flow['ja']}<br>{flow['en']}",
        WHO[flow["who"]],
        f"{ja}<br>{en}",
        api,
        flow["ouranos"],
        f"`{flow['test'].partition('::')[2]}`",
    )
    return "| " + " | ".join(cells) + " |\n"


if __name__ == "__main__":
    sys.stdout.write(page())
