"""What other rooms may ask of reuse: each module holds the use cases of one thing; these are the ones that others need."""

from meguri.reuse.service.batteries import add_evidence, assess, evidence, find, get, register
from meguri.reuse.service.certificates import successor_of

__all__ = ["add_evidence", "assess", "evidence", "find", "get", "register", "successor_of"]
