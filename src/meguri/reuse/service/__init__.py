"""What other rooms may ask of reuse: each module holds the use cases of one thing; these are the ones that others need."""

from meguri.reuse.floor import default_mass
from meguri.reuse.service.batteries import add_evidence, assess, evidence, find, get, keep_prices, prices_of, register
from meguri.reuse.service.certificates import successor_of

__all__ = [
    "add_evidence",
    "assess",
    "default_mass",
    "evidence",
    "find",
    "get",
    "keep_prices",
    "prices_of",
    "register",
    "successor_of",
]
