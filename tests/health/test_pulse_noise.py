"""Noisy voltages are recognised for what they are, and answered with an interval that knows of it."""

from dataclasses import replace

import numpy as np
import pytest

from meguri.health.pulse.features import describe
from meguri.health.pulse.noise import BANDS_MV, LEARNT, MET, Gauge, band_of, with_noise
from meguri.health.pulse.predict import Predictor
from meguri.health.pulse.rawtable import RawTable
from meguri.health.pulse.table import PulseTable, pulse_table


def heard(table: PulseTable, millivolts: float) -> PulseTable:
    return replace(table, u=table.u + np.random.default_rng(11).normal(0, millivolts / 1000, table.u.shape))


@pytest.mark.parametrize("millivolts", [0.3, 1.0, 3.0])
def test_the_gauge_reads_the_noise_that_was_added(predictor: Predictor, millivolts: float) -> None:
    for design in predictor.model.designs:
        u = np.array(design.voltages)
        noise = np.random.default_rng(4).normal(0, millivolts / 1000, u.shape)
        read = Gauge.of(u).millivolts(u + noise)
        assert float(np.sqrt(np.mean(read**2))) == pytest.approx(millivolts, rel=0.15)


def test_a_reading_falls_into_its_band_and_beyond_all_of_them() -> None:
    most = tuple(band[1] for band in BANDS_MV)
    np.testing.assert_array_equal(band_of(np.array([0.0, 0.15, 0.2, 0.5, 2.9, 3.1]), 0.15, most), [0, 0, 1, 2, 3, 4])
    np.testing.assert_array_equal(band_of(np.array([0.4, 0.6]), 0.5, most), [0, 2])  # a design whose quiet cells differ


def test_noise_is_the_same_again_and_another_for_what_judges(predictor: Predictor) -> None:
    known = predictor._designs[0]
    u = np.array(known.design.voltages)
    first, again, other = (with_noise(known.tests, u, BANDS_MV[1], (0, 2), copy) for copy in (LEARNT, LEARNT, MET))
    np.testing.assert_array_equal(first.features, again.features)
    assert np.abs(first.features - other.features).min(axis=1).max() > 0
    assert np.abs(first.features - describe(u)).mean() < 0.01


def test_noisy_tests_are_flagged_answered_and_wider(predictor: Predictor, pulsebat: RawTable) -> None:
    table = pulse_table(pulsebat)
    quiet, loud = predictor.predict(table, combine=False), predictor.predict(heard(table, 1.0), combine=False)
    assert np.mean(["VOLTAGE_NOISE" in codes for codes in loud.reasons]) > 0.95
    assert np.mean(["VOLTAGE_NOISE" in codes for codes in quiet.reasons]) < 0.05
    assert np.mean([state == "ok" for state in loud.status]) > 0.95
    assert np.nanmean(loud.upper - loud.lower) > np.nanmean(quiet.upper - quiet.lower)
    assert np.isfinite(loud.soh).all()


def test_what_is_louder_than_any_noise_of_the_training_is_out_of_domain(
    predictor: Predictor, pulsebat: RawTable
) -> None:
    table = pulse_table(pulsebat).take(np.arange(0, 400, 40))
    found = predictor.predict(replace(table, u=table.u + np.tile([0.008, -0.008, 0.0], (10, 7))), combine=False)
    answered = list(zip(found.status, found.reasons, strict=True))
    outside = [codes for state, codes in answered if state == "out_of_domain"]
    assert len(outside) > 2
    assert all("FEATURES_OUTSIDE" in codes and "VOLTAGE_NOISE" not in codes for codes in outside)
    assert not [codes for state, codes in answered if state == "ok"]


def test_rows_of_one_test_are_judged_by_the_noise_of_all_of_them(predictor: Predictor, pulsebat: RawTable) -> None:
    table = heard(pulse_table(pulsebat), 0.35)  # at the edge of a band: alone, rows fall on both sides
    one = (table.cell == table.cell[0]) & (table.test == table.test[0])
    found = predictor.predict(table.take(np.flatnonzero(one)))
    assert len(set(found.soh)) == 1
    assert len({"VOLTAGE_NOISE" in codes for codes in found.reasons}) == 1
