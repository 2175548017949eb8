"""Rule packs: the shipped ones, and a company's own, derived from another and frozen once published."""

from meguri.footprint.packs import errors
from meguri.footprint.packs.model import NewPack, Offered, OwnPack, PackInput, PackRules, Rule
from meguri.footprint.packs.service import (
    amend,
    changed_rules,
    known_processes,
    make,
    own_pack,
    own_packs,
    pack,
    packs,
    publish,
    withdraw,
)

__all__ = [
    "NewPack",
    "Offered",
    "OwnPack",
    "PackInput",
    "PackRules",
    "Rule",
    "amend",
    "changed_rules",
    "errors",
    "known_processes",
    "make",
    "own_pack",
    "own_packs",
    "pack",
    "packs",
    "publish",
    "withdraw",
]
