"""The model file: reproducible, checked, never executed."""

from importlib.resources import files

import msgspec
import pytest

from meguri.health.errors import ModelUnknown, ModelUntrusted
from meguri.health.pulse.calibration import Calibration
from meguri.health.pulse.card import card_of
from meguri.health.pulse.rawtable import Cell, RawTable
from meguri.health.pulse.record import DEFAULT_MODEL, Way, decode_model, encode_model, load_model
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


def test_training_that_knows_the_lots_measures_errors_on_lots_left_out_and_widens(pulsebat: RawTable) -> None:
    """NMC 21 Ah, four lots by the date code of the cells' numbers: the aged cells stand in lots of their own."""
    mine = [place for place, rated in enumerate(pulsebat.columns["rated_capacity_ah"]) if float(str(rated)) == 21]
    columns = {name: [cells[place] for place in mine] for name, cells in pulsebat.columns.items()}
    lot: list[Cell] = [str(cell).split("_")[-1][13:17] for cell in columns["cell_id"]]
    by_cell = train(labelled(RawTable(columns, mine)), seed=0)
    by_lot = train(labelled(RawTable(columns | {"lot": lot}, mine)), seed=0)
    assert b'"lot"' not in encode_model(by_cell)
    assert (by_cell.designs[0].lot, len(set(by_lot.designs[0].lot))) == ((), 4)
    assert decode_model(encode_model(by_lot)) == by_lot
    way = Way(with_soc=True)
    known, unseen = (Calibration(model).half_width(0, way, (), 0.1).points for model in (by_cell, by_lot))
    assert unseen > 1.5 * known
    unknown_for_one = [None, *lot[1:]]
    some = train(labelled(RawTable(columns | {"lot": unknown_for_one}, mine)), seed=0)
    assert some.designs[0].lot == ()
