"""The model file: training rows, chosen kernels and calibration, as JSON that is checked and never executed.

A Gaussian process is its training data; the factor is computed anew when the model is loaded. So the file holds only
measured values and rounded figures and comes out of training the same to the byte on any machine.
"""

import hashlib
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import NamedTuple

import msgspec

from meguri.health.errors import ModelUnknown, ModelUntrusted
from meguri.health.pulse.gaussian import Kernel
from meguri.kernel.shipped import files

SCHEMA = "meguri.health.pulse_model/3"
_SHIPPED = "meguri.health.models"
DEFAULT_MODEL = "meguri-pulse-3"


class Way(NamedTuple):
    """One way of asking: with the state of charge or without; band 0 is quiet, band k the k-th of the noisy ones."""

    with_soc: bool
    band: int = 0


class Mode(msgspec.Struct, frozen=True):
    """One way of asking: state of charge given, or unknown.

    kernels  the committee
    error    (row,) predicted minus measured state of health [points], by experts that never saw the cell
    strange  (row,) distance to the tests that those experts had seen: intervals grow in proportion to it
    far      distance to known tests beyond which a test is outside the domain
    apart    how far rows of one test may differ [points] before they are not combined
    """

    kernels: tuple[Kernel, ...]
    error: tuple[float, ...]
    strange: tuple[float, ...]
    far: float
    apart: float


class Band(msgspec.Struct, frozen=True):
    """Experts for tests whose voltages carry noise of `least_mv` to `most_mv` [mV], by both ways of asking."""

    least_mv: float
    most_mv: float
    with_soc: Mode
    without_soc: Mode


class Design(msgspec.Struct, frozen=True, omit_defaults=True):
    """The tests of one design: chemistry and rated capacity [Ah]; cells and tests are numbers without meaning.

    quiet_mv  noise of the voltages [mV] up to which `with_soc` and `without_soc` answer; beyond, the bands of `noisy`
    lot       (row,) supplier lot, where the data state two or more: errors are then those on lots left out
    """

    chemistry: str
    rated_capacity_ah: float
    soc_basis: str
    temperature_celsius: tuple[float, float]
    cell: tuple[int, ...]
    test: tuple[int, ...]
    soc: tuple[float, ...]
    soh: tuple[float, ...]
    voltages: tuple[tuple[float, ...], ...]
    with_soc: Mode
    without_soc: Mode
    unknown_design_error: tuple[float, ...]
    quiet_mv: float
    noisy: tuple[Band, ...]
    lot: tuple[int, ...] = ()

    def mode(self, way: Way) -> Mode:
        """What was learnt for one way of asking."""
        of = self.noisy[way.band - 1] if way.band else self
        return of.with_soc if way.with_soc else of.without_soc

    @property
    def name(self) -> str:
        """`LFP 35 Ah`."""
        return f"{self.chemistry} {self.rated_capacity_ah:g} Ah"


class PulseModel(msgspec.Struct, frozen=True):
    """Everything that `predict` needs, and what its card says about training."""

    id: str
    version: str
    valid_from: str
    seed: int
    data_sha256: str
    data_source: str
    data_licence: str
    designs: tuple[Design, ...]


class _File(msgspec.Struct, frozen=True):
    schema: str
    sha256: str
    model: msgspec.Raw


def encode_model(model: PulseModel) -> bytes:
    """The model file; the same model gives the same bytes."""
    body = msgspec.json.encode(model)
    digest = hashlib.sha256(body).hexdigest()
    return msgspec.json.encode(_File(SCHEMA, digest, msgspec.Raw(body))) + b"\n"


def decode_model(data: bytes) -> PulseModel:
    """The model in `data`. Raises ModelUntrusted for an unknown schema, a changed file and anything unexpected."""
    try:
        file = msgspec.json.decode(data, type=_File)
        if file.schema != SCHEMA:
            raise ModelUntrusted(detail=f"schema {file.schema[:60]}")
        if hashlib.sha256(bytes(file.model)).hexdigest() != file.sha256:
            raise ModelUntrusted(detail="sha256")
        return msgspec.json.decode(file.model, type=PulseModel)
    except msgspec.MsgspecError as problem:
        raise ModelUntrusted(detail=str(problem)) from None


def load_model(name: str = DEFAULT_MODEL) -> PulseModel:
    """A shipped model by its id, or one from a `.json` file. Raises ModelUnknown, ModelUntrusted."""
    path: Traversable = Path(name) if name.endswith(".json") else files(_SHIPPED) / f"{Path(name).name}.json"
    if not path.is_file():
        raise ModelUnknown(model=name, choices=", ".join(shipped_models()))
    return decode_model(path.read_bytes())


def shipped_models() -> tuple[str, ...]:
    """The ids of the models in the package."""
    return tuple(file.name.removesuffix(".json") for file in files(_SHIPPED).iterdir())
