"""The model file: reproducible, checked, never executed."""

from importlib.resources import files

import msgspec
import pytest

from meguri.health.errors import ModelUnknown, ModelUntrusted
from meguri.health.pulse.card import card_of
from meguri.health.pulse.rawtable import RawTable
from meguri.health.pulse.record import DEFAULT_MODEL, decode_model, encode_model, load_model
from meguri.health.pulse.train import labelled, train

SHIPPED = files("meguri.health").joinpath("models", f"{DEFAULT_MODEL}.json")


@pytest.mark.long
@pytest.mark.timeout(900)
def test_training_gives_the_shipped_model_byte_for_byte(pulsebat: RawTable) -> None:
    backwards = RawTable({name: cells[::-1] for name, cells in pulsebat.columns.items()}, pulsebat.numbers[::-1])
    assert encode_model(train(labelled(backwards), seed=0)) == (SHIPPED.read_bytes())


def test_a_model_survives_its_file() -> None:
    model = load_model()
    assert decode_model(encode_model(model)) == model


@pytest.mark.parametrize(
    "spoil",
    [
        lambda data: data.replace(b'"soh":[8', b'"soh":[9', 1),
        lambda data: data.replace(b"pulse_model/3", b"pulse_model/2"),
        lambda data: data[:-40],
        lambda data: b"\x80\x04cos\nsystem\n",
        lambda data: b"{}",
    ],
    ids=["changed figure", "other schema", "cut", "pickle", "empty"],
)
def test_a_spoilt_model_file_is_refused(spoil: object) -> None:
    with pytest.raises(ModelUntrusted):
        decode_model(spoil(SHIPPED.read_bytes()))  # type: ignore[operator]


@pytest.mark.parametrize("name", ["no-such", "../../../etc/passwd", "missing.json"])
def test_an_unknown_model_is_refused(name: str) -> None:
    with pytest.raises(ModelUnknown):
        load_model(name)


def test_the_card_tells_data_errors_and_limits_in_both_languages() -> None:
    card = card_of(load_model())
    assert (card.cells, card.rows) == (157, 1990)
    assert [design.design for design in card.designs] == ["LFP 35 Ah", "LMO 10 Ah", "NMC 2.1 Ah", "NMC 21 Ah"]
    for design in card.designs:
        known, unknown = design.metrics
        assert known.mae < unknown.mae
        assert 0.85 <= known.coverage <= 1
        assert design.held_out_mae > 2 * known.mae
    assert all(words.ja and words.en for words in card.known_failures)
    assert msgspec.json.encode(card)


def test_the_model_file_is_small() -> None:
    assert len(SHIPPED.read_bytes()) < 1_000_000
