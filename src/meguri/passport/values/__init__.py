"""Value types of the catalogue: what a value of each type looks like, and what is wrong with one that does not."""

from meguri.passport.values.check import check, normalised

__all__ = ["check", "normalised"]
