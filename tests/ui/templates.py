"""Reading the templates of all rooms: their words, their macros, and what stands in them as plain text."""

import ast
import re
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import nodes

from meguri.ui.render import environment
from meguri.ui.words import ROOT

HOLE = "\ufffc"  # where an expression stands
SPOKEN = ("title", "alt", "placeholder", "aria-label", "label", "aria-description", "aria-roledescription")
LETTERS = re.compile(r"[^\W\d_]")
NAMES = ("Meguri", "巡り", "English", "日本語")  # said alike in both languages, or each in its own


def templates() -> list[Path]:
    """Every template of every room."""
    return sorted([*ROOT.glob("*/pages/**/*.html"), *ROOT.glob("*/*/pages/**/*.html")])


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


@cache
def tree_of(file: Path) -> nodes.Template:
    return environment("ja").parse(file.read_text("utf-8"))


@dataclass
class Uses:
    """Keys said in full, and beginnings of keys that are put together."""

    keys: set[str] = field(default_factory=set)
    beginnings: set[str] = field(default_factory=set)

    def add(self, expression: nodes.Node) -> None:
        match expression:
            case nodes.Const(value=str(key)):
                self.keys.add(key)
            case (
                nodes.Concat(nodes=[nodes.Const(value=str(start)), *_]) | nodes.Add(left=nodes.Const(value=str(start)))
            ):
                self.beginnings.add(start)
            case nodes.CondExpr(expr1=one, expr2=other):
                self.add(one)
                if other is not None:
                    self.add(other)

    def has(self, key: str) -> bool:
        return key in self.keys or any(key.startswith(start) for start in self.beginnings)


def calls(file: Path, name: str) -> list[nodes.Call]:
    """Calls of the function or macro `name` in a template."""
    return [
        call
        for call in tree_of(file).find_all(nodes.Call)
        if isinstance(call.node, nodes.Name) and call.node.name == name
    ]


def uses_in(file: Path) -> Uses:
    uses = Uses()
    for call in calls(file, "t"):
        uses.add(call.args[0])
    return uses


def python_uses() -> Uses:
    """Keys in the code: any text that is a key, or that begins keys and ends in a dot."""
    uses = Uses()
    for file in ROOT.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
                uses.beginnings.add(str(node.values[0].value))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                (uses.beginnings if node.value.endswith(".") else uses.keys).add(node.value)
    rooms = {file.name for file in ROOT.iterdir() if file.is_dir()}
    uses.beginnings = {start for start in uses.beginnings if "." in start and start.partition(".")[0] in rooms}
    return uses


class _Text(HTMLParser):
    """Collects what a reader would read or hear, and what the security policy would refuse."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self.refused: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent += tag in ("code", "kbd")
        for name, value in attrs:
            if name in SPOKEN and value:
                self.said.append(value)
            if name == "style" or (name.startswith("on") and HOLE not in name):
                self.refused.append(f"{tag} {name}")
        if tag == "style" or (tag == "script" and not any(name == "src" for name, _ in attrs)):
            self.refused.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("code", "kbd")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.said.append(data)


def read(file: Path) -> _Text:
    """The template with a hole for each expression and nothing for statements and comments."""
    parts: list[str] = []
    inside = ""
    for _, kind, value in environment("ja").lex(file.read_text("utf-8")):
        if kind in ("variable_begin", "block_begin", "comment_begin"):
            inside = kind
            if kind == "variable_begin":
                parts.append(HOLE)
        elif kind in ("variable_end", "block_end", "comment_end"):
            inside = ""
        elif not inside and kind == "data":
            parts.append(value)
    reader = _Text()
    reader.feed("".join(parts))
    reader.close()
    return reader


def bare_words(file: Path) -> list[str]:
    """Letters that stand in a template outside of `t`."""
    found = []
    for text in read(file).said:
        for name in NAMES:
            text = text.replace(name, "")
        if LETTERS.search(text.replace(HOLE, "")):
            found.append(text.strip())
    return found
