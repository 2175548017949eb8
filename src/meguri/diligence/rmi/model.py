"""A mineral declaration, whatever template it came in."""

from typing import Literal

import msgspec


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """An answer as the option that it is; None: none was given, or none that is an option. `comment`: words beside it."""

    value: str | None = None
    comment: str = ""


class Mineral(msgspec.Struct, frozen=True, kw_only=True):
    """One mineral with its answers q1…q8, and `c` where the company's answer C differs by mineral."""

    name: str
    answers: dict[str, Answer] = {}


class Smelter(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the smelter list. `count`: how many suppliers named it (after a merge). `over_broad`: company-level answers."""

    metal: str
    cid: str | None = None
    look_up: str = ""
    name: str = ""
    country: str = ""
    smelter_id: str = ""
    id_source: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    contact: str = ""
    email: str = ""
    next_steps: str = ""
    mines: str = ""
    mine_countries: str = ""
    recycled: str = ""
    comment: str = ""
    count: int = 1
    over_broad: bool = False


class Mine(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the mine list."""

    metal: str
    smelter: str = ""
    mine: str = ""
    mine_id: str = ""
    id_source: str = ""
    country: str = ""
    street: str = ""
    city: str = ""
    state: str = ""
    contact: str = ""
    email: str = ""
    next_steps: str = ""
    comment: str = ""


class Product(msgspec.Struct, frozen=True, kw_only=True):
    """A row of the product list."""

    number: str
    name: str = ""
    requester_number: str = ""
    requester_name: str = ""
    comment: str = ""


class MineralDeclaration(msgspec.Struct, frozen=True, kw_only=True):
    """A declaration. `respondent`: the fields of the head by name; `company`: answers a…h."""

    family: Literal["CMRT", "EMRT", "AMRT"]
    version: str
    respondent: dict[str, str]
    minerals: list[Mineral]
    company: dict[str, Answer] = {}
    smelters: list[Smelter] = []
    mines: list[Mine] = []
    products: list[Product] = []
    language: str = ""
    sha256: str = ""


class Warned(msgspec.Struct, frozen=True, kw_only=True):
    """Something about one cell or row that a person should know; the import goes on."""

    code: str
    where: str
    ja: str
    en: str


class LookUpRow(msgspec.Struct, frozen=True, kw_only=True):
    """One alias of the template's own look-up sheet; stays with the user who loaded it."""

    metal: str
    alias: str
    name: str
    country: str
    cid: str


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A question in the words of the user's own template; "" where the template lacks that language."""

    ja: str = ""
    en: str = ""


class Read(msgspec.Struct, frozen=True, kw_only=True):
    """What a workbook said: the declaration, warnings, its look-up list, and how it words its questions (q1…, a…).

    `layout`: key of the map used.
    """

    declaration: MineralDeclaration
    layout: str
    warnings: list[Warned]
    look_up: list[LookUpRow]
    questions: dict[str, Asked] = {}
