"""Half a character in JSON is refused where it is read, not where it is kept."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meguri.kernel.surrogates import refuse_halves


@pytest.mark.parametrize(
    "text", ['"\\ud800"', '{"a": ["x\\uDC00"]}', '{"\\udfff": 1}', '"\\udc00\\ud800"', '"\\\\\\ud800"']
)
def test_a_lone_surrogate_is_refused_wherever_it_stands(text: str) -> None:
    with pytest.raises(ValueError, match="surrogates"):
        refuse_halves(text, json.loads(text))


@given(st.text(max_size=40))
def test_every_text_of_whole_characters_is_taken(text: str) -> None:
    for ascii_only in (True, False):
        written = json.dumps({"a": [text]}, ensure_ascii=ascii_only)
        refuse_halves(written, json.loads(written))


def test_a_backslash_before_the_letters_is_no_escape() -> None:
    refuse_halves('"\\\\ud800"', json.loads('"\\\\ud800"'))
