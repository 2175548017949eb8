"""What credentials offer to the composition root."""

from meguri.passport.credentials.renewing import reactions

__all__ = ["reactions"]
