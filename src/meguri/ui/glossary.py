"""The glossary as a page of the docs, made from the words that the product itself shows.

`python -m meguri.ui.glossary > docs/concepts/glossary.md` renews it; a test compares the two.
"""

import re
import sys
import tomllib

from meguri.ui.words import ROOT

HEAD = """# Glossary

The words of the trade as Meguri's pages use them. Pages explain them on the spot; this page is made from the same source
(`src/meguri/ui/locale/glossary.toml`, renewed by `python -m meguri.ui.glossary > docs/concepts/glossary.md`).
"""
FILE = ROOT / "ui" / "locale" / "glossary.toml"
_CHAPTER = re.compile(r"^# (?P<title>[A-Z][^.\n]*)$|^\[term\.(?P<key>\w+)\]$", re.MULTILINE)


def markdown() -> str:
    """Chapter by chapter a table: Japanese, English, what it means in both."""
    source = FILE.read_text("utf-8")
    terms = tomllib.loads(source)["term"]
    lines = [HEAD.rstrip()]
    for match in _CHAPTER.finditer(source):
        if match["title"]:
            lines += ["", f"## {match['title']}", "", "| 日本語 | English | 意味 · Meaning |", "|---|---|---|"]
        elif match["key"]:
            name, meaning = terms[match["key"]]["name"], terms[match["key"]]["meaning"]
            lines.append(f"| {name['ja']} | {name['en']} | {meaning['ja']}<br>{meaning['en']} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    sys.stdout.write(markdown())
