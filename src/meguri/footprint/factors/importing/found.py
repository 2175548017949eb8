"""What a file held."""

from collections.abc import Iterable
from typing import NamedTuple

from meguri.footprint.factors.model import FactorInput, RejectedRow


class Found(NamedTuple):
    """Factors with the line or data set they stand at, and rows that cannot be taken."""

    factors: list[tuple[int, FactorInput]]
    rejected: list[RejectedRow]

    @classmethod
    def together(cls, parts: Iterable["Found"]) -> "Found":
        """Several files of one archive; a line is then the number of the file."""
        factors: list[tuple[int, FactorInput]] = []
        rejected: list[RejectedRow] = []
        for number, part in enumerate(parts, start=1):
            factors += [(number, factor) for _, factor in part.factors]
            rejected += [RejectedRow(line=number, ja=row.ja, en=row.en) for row in part.rejected]
        return cls(factors, rejected)


def no(line: int, ja: str, en: str) -> RejectedRow:
    """A row that is not taken."""
    return RejectedRow(line=line, ja=ja, en=en)
