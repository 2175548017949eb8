"""One's own declaration, in one's own copy of a template: the company's part stays, the suppliers' answers come in."""

import re
from collections.abc import Sequence

import msgspec

from meguri.diligence.rmi.errors import unsupported
from meguri.diligence.rmi.merging import merge
from meguri.diligence.rmi.model import Mineral, MineralDeclaration
from meguri.diligence.rmi.opening import open_workbook
from meguri.diligence.rmi.reading import read
from meguri.diligence.rmi.writing import fill_in
from meguri.diligence.smelters import plain_name

OWN = ("q1", "q2")  # whether a mineral is in the products is the company's own knowledge


def newest_of_each(declarations: Sequence[MineralDeclaration]) -> list[MineralDeclaration]:
    """The first of each supplier; given newest first, that is its last word.

    A supplier speaks once in each family of templates for its company, and once for each list of products or scope of
    its own; a file that names no company stands for itself.
    """
    found: dict[tuple[str, ...], MineralDeclaration] = {}
    for one in declarations:
        said = one.respondent
        whole = said.get("scope", "").startswith("A.")
        part = (
            "" if whole else plain_name(said.get("scope_text", "")) or ";".join(sorted(p.number for p in one.products))
        )
        company = re.sub(r"\W", "", plain_name(said.get("company", "")))
        found.setdefault((one.family, company or one.sha256 or str(len(found)), part), one)
    return list(found.values())


def fill_from_suppliers(template: bytes, suppliers: Sequence[MineralDeclaration], asked: int) -> tuple[bytes, str]:
    """The template with what suppliers of its family say together, and the company that it speaks for.

    The head, the answers about the company, mines, products, and what the template says already of Q1 and Q2 stay.
    Blocks for seconds: call it in a thread. Raises TemplateUnsupported, TemplateRowLimit, FieldsNotCarried, CellLocked.
    """
    own = read(open_workbook(template)).declaration
    mine = [one for one in suppliers if one.family == own.family]
    if not mine:
        raise unsupported("no_suppliers", own.family)
    merged = merge(own.family, mine, max(asked, len(mine)))
    together = {mineral.name: mineral for mineral in merged.minerals}
    names = [mineral.name for mineral in own.minerals] or sorted(together)
    known = {mineral.name: mineral for mineral in own.minerals}
    minerals = [_mineral(name, known.get(name), together.get(name)) for name in names]
    smelters = [row for row in merged.smelters if row.metal in names]
    declaration = msgspec.structs.replace(own, minerals=minerals, smelters=smelters)
    return fill_in(template, declaration), own.respondent.get("company", "")


def _mineral(name: str, own: Mineral | None, together: Mineral | None) -> Mineral:
    given = own.answers if own else {}
    if together is None:
        return Mineral(name=name, answers=given)
    kept = {key: given[key] for key in (*OWN, "c") if key in given and given[key].value}
    return Mineral(name=name, answers=given | together.answers | kept)
