"""The message after an action: whole, and only ours."""

from hypothesis import given
from hypothesis import strategies as st

from meguri.ui.flash import LIMIT, Flash, Undo, seal, unseal

texts = st.text(max_size=300)
flashes = st.builds(
    Flash, happened=texts, seen_by=st.none() | texts, undo=st.none() | st.builds(Undo, action=texts, label=texts)
)


@given(flashes, st.binary(min_size=1, max_size=40))
def test_a_message_comes_back_as_it_was(flash: Flash, secret: bytes) -> None:
    back = unseal(seal(flash, secret), secret)
    assert back is not None
    assert back == flash or back.happened == flash.happened


@given(flashes)
def test_another_session_cannot_put_words_on_our_pages(flash: Flash) -> None:
    assert unseal(seal(flash, b"theirs"), b"ours") is None
    assert unseal(seal(flash, b"ours"), b"") is None


@given(st.text(max_size=5000))
def test_any_other_cookie_is_no_message(value: str) -> None:
    assert unseal(value, b"ours") is None


def test_a_message_too_long_for_a_cookie_keeps_what_happened() -> None:
    sealed = seal(Flash(happened="送りました。", seen_by="あ" * 5000), b"ours")
    assert len(sealed) <= LIMIT
    assert unseal(sealed, b"ours") == Flash(happened="送りました。")
