"""Why a listing or an offer ended is said in words."""

import pytest

from meguri.kernel.text import Language
from meguri.reuse.views import ended_words


@pytest.mark.parametrize("language", ["ja", "en"])
@pytest.mark.parametrize(
    "why", ["GATE_VETO: G10", "GATE_VETO: G04, G10", "LISTING_EXPIRED", "LISTING_WITHDRAWN", "ANOTHER_OFFER_ACCEPTED"]
)
def test_no_code_reaches_the_reader(why: str, language: Language) -> None:
    words = ended_words(why, language)
    assert words
    assert not any(code in words for code in ("GATE", "LISTING", "OFFER_", "G04", "G10"))


def test_what_has_not_ended_has_no_reason() -> None:
    assert ended_words(None, "ja") == ""
