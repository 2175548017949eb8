"""What passports offer to the composition root."""

from meguri.passport.jobs import jobs

__all__ = ["jobs"]
