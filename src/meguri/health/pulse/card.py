"""The card of a pulse model: what it learnt from, how wrong it is, where it ends. Made from the model file alone."""

from importlib.metadata import PackageNotFoundError, version

import msgspec
import numpy as np

from meguri.health.conformal import group_quantile
from meguri.health.pulse.features import PULSES_C, VOLTAGES
from meguri.health.pulse.record import Design, Mode, PulseModel
from meguri.kernel.text import Text

CONFIDENCE = 0.90


class Words(msgspec.Struct, frozen=True):
    """One statement in both languages."""

    ja: str
    en: str


class ModeMetrics(msgspec.Struct, frozen=True):
    """Errors on cells left out [points of state of health], one row at a time.

    coverage and width are those of the interval of `confidence`, each cell judged by the errors of the others.
    """

    soc: str
    mae: float
    rmse: float
    confidence: float
    coverage: float
    width: float


class DesignCard(msgspec.Struct, frozen=True):
    """One design: its data, its errors and the limits of its domain."""

    design: str
    soc_basis: str
    cells: int
    tests: int
    rows: int
    soh_range: tuple[float, float]
    soc_range: tuple[float, float]
    temperature_celsius: tuple[float, float]
    distance_limit: float
    measured: str
    metrics: tuple[ModeMetrics, ModeMetrics]
    held_out_mae: float


class ModelCard(msgspec.Struct, frozen=True):
    """The whole card."""

    id: str
    version: str
    method: Words
    data_source: str
    data_licence: str
    data_sha256: str
    cells: int
    rows: int
    split: Words
    designs: tuple[DesignCard, ...]
    features: Words
    intended_use: Words
    not_for: Words
    known_failures: tuple[Words, ...]
    seed: int
    code_version: str
    licence: str


METHOD = Text(
    ja="ガウス過程回帰(Matérn 3/2+線形)8 個の平均、設計ごとに学習。区間はセル単位の分割コンフォーマル法、"
    "既知の試験からの距離に比例して広がる。同じ試験の行は、誤差の相関から決めた重みで合わせる。",
    en="Mean of eight Gaussian processes (Matérn 3/2 plus linear) per design. Intervals by split conformal prediction "
    "grouped by cell, growing with the distance from known tests. Rows of one test are joined by how their errors go together.",
)
SPLIT = Text(
    ja="物理的なセル単位の 10 分割。行・充電率・サイクルでの分割は使わない。",
    en="Ten folds by physical cell. Never by row, by state of charge or by cycle.",
)
FEATURES = Text(
    ja="{first}~{last} の電圧から求めた開回路電圧、{pulses} 個のパルスの即時応答・5 秒間の応答・緩和・休止後の残り、充電率(任意)",
    en="From the voltages {first}–{last}: open-circuit voltage and, for each of {pulses} pulses, immediate response, "
    "response within 5 s, relaxation and what is left after the rest; state of charge if known",
)
USE = Text(
    ja="使用済みセルの容量基準の健全度を、約 15 分のパルス試験から区間つきで推定する。",
    en="Estimate the capacity-based state of health of used cells, with an interval, from a pulse test of 15 minutes.",
)
NOT_FOR = Text(
    ja="安全性の判定、単独での保証、学習していない設計の取引価格の根拠には使えない。",
    en="Not a safety verdict, not a warranty by itself, not a basis for prices of designs that it was not trained on.",
)
FAILURES = (
    Text(
        ja="学習していない設計では誤差が 10 ポイント前後になる。必ず広い区間と out_of_domain を付けて示す。",
        en="On a design it has not learnt, errors are some ten points; such answers are out_of_domain and wide.",
    ),
    Text(
        ja="同じ設計でも、学習にない製造ロットでは誤差が大きくなり(LMO: 平均 2.9 ポイント)、"
        "NMC 21 Ah では 90 % 区間の的中率が 82 % に下がる。",
        en="Within a design, a production lot that was not in training has larger errors (LMO: 2.9 points on average), "
        "and of NMC 21 Ah the 90 % intervals then hold 82 %.",
    ),
    Text(
        ja="NMC 2.1 Ah は 9 セルしかないため、区間は化学系全体の誤差から求める(CALIBRATED_BY_CHEMISTRY)。",
        en="NMC 2.1 Ah has nine cells only; its intervals come from the errors of the whole chemistry (CALIBRATED_BY_CHEMISTRY).",
    ),
    Text(
        ja="電圧の雑音は試験ごとに読み取り、雑音のある試験で学習した推定で答える(VOLTAGE_NOISE)。"
        "1 行の平均誤差は雑音なしで 1.5、0.3 mV で 1.7、1 mV で 1.9 ポイント。3 mV を超えると領域外になる。",
        en="The noise of the voltages is read from each test, and answered by experts trained on noisy tests (VOLTAGE_NOISE): "
        "one row errs by 1.5 points without noise, 1.7 with 0.3 mV, 1.9 with 1 mV. Above 3 mV it is out of domain.",
    ),
    Text(
        ja="室温 25 °C の試験だけを学習している。充電率 5~50 % の範囲外は領域外になる。",
        en="Only tests at a room temperature of 25 °C were learnt; states of charge outside 5–50 % are out of domain.",
    ),
)


def card_of(model: PulseModel) -> ModelCard:
    """The card of `model`."""
    return ModelCard(
        id=model.id,
        version=model.version,
        method=_words(METHOD),
        data_source=model.data_source,
        data_licence=model.data_licence,
        data_sha256=model.data_sha256,
        cells=sum(len(set(design.cell)) for design in model.designs),
        rows=sum(len(design.soh) for design in model.designs),
        split=_words(SPLIT),
        designs=tuple(_design_card(design, model.valid_from) for design in model.designs),
        features=_words(FEATURES, first=VOLTAGES[0], last=VOLTAGES[-1], pulses=len(PULSES_C)),
        intended_use=_words(USE),
        not_for=_words(NOT_FOR),
        known_failures=tuple(_words(text) for text in FAILURES),
        seed=model.seed,
        code_version=_code_version(),
        licence="Apache-2.0",
    )


def encode_card(card: ModelCard) -> bytes:
    """The card as indented JSON."""
    return msgspec.json.format(msgspec.json.encode(card), indent=2)


def _design_card(design: Design, measured: str) -> DesignCard:
    soc, soh = design.soc, design.soh
    return DesignCard(
        design=design.name,
        soc_basis=design.soc_basis,
        cells=len(set(design.cell)),
        tests=len(set(design.test)),
        rows=len(soh),
        soh_range=(min(soh), max(soh)),
        soc_range=(min(soc), max(soc)),
        temperature_celsius=design.temperature_celsius,
        distance_limit=design.with_soc.far,
        measured=measured,
        metrics=(_metrics("known", design.with_soc, design), _metrics("unknown", design.without_soc, design)),
        held_out_mae=round(float(np.mean(np.abs(design.unknown_design_error))), 2),
    )


def _metrics(soc: str, mode: Mode, design: Design) -> ModeMetrics:
    error, strange, cell = np.array(mode.error), np.array(mode.strange), np.array(design.cell)
    scores, half = np.abs(error) / strange, np.empty_like(error)
    for held in np.unique(cell):
        others = cell != held
        alpha = max(1 - CONFIDENCE, 1 / len(np.unique(cell)))  # nine cells allow no more than 8 of 9
        half[~others] = group_quantile(scores[others], cell[others], alpha) * strange[~others]
    return ModeMetrics(
        soc=soc,
        mae=round(float(np.mean(np.abs(error))), 2),
        rmse=round(float(np.sqrt(np.mean(error**2))), 2),
        confidence=round(1 - max(1 - CONFIDENCE, 1 / len(np.unique(cell))), 3),
        coverage=round(float(np.mean(np.abs(error) <= half)), 3),
        width=round(float(np.mean(2 * half)), 2),
    )


def _words(text: Text, **values: object) -> Words:
    return Words(text.of("ja", **values), text.of("en", **values))


def _code_version() -> str:
    try:
        return version("meguri")
    except PackageNotFoundError:
        return "source"
