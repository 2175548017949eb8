import csv
import gzip

import pytest

from meguri.health.pulse.predict import Predictor
from meguri.health.pulse.rawtable import RawTable, read_table
from meguri.health.pulse.record import load_model
from meguri.health.pulsebat import DEVELOPMENT_DATA


@pytest.fixture(scope="session")
def pulsebat() -> RawTable:
    return read_table(DEVELOPMENT_DATA)


@pytest.fixture(scope="session")
def predictor() -> Predictor:
    return Predictor(load_model())


@pytest.fixture(scope="session")
def pulse_rows() -> list[dict[str, str]]:
    """Rows of all four designs, as text: every 37th row of the development data."""
    with gzip.open(DEVELOPMENT_DATA, "rt", encoding="utf-8") as file:
        return list(csv.DictReader(file))[::37]
