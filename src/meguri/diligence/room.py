"""What due diligence offers to the composition root."""

from meguri.diligence.service import reactions

__all__ = ["reactions"]
