"""Transforms of the plot and of the table that is written, against the functions of `napari_hydra.spectra`."""

import csv

import numpy as np
import pytest
from latent_scene import HEIGHT, WIDTH, latent_cube, ramp, scene, truth_of

from napari_hydra import spectra
from napari_hydra._napari.state.store import Pin, Region, Store
from napari_hydra.errors import HydraError
from napari_hydra.workbench.export.spectra_tables import wide_table
from napari_hydra.workbench.plot.plot_state import resolve
from napari_hydra.workbench.scene.transforms import TRANSFORMS, axis_label
from napari_hydra.workbench.scene.view_snapshot import ViewSnapshot

PIN = Pin("P1", 10, 20, "#e69f00")
WAVELENGTHS = np.arange(400.0, 701.0, 10.0)
ESTIMATE = 0.2 + 0.2 * ramp(WAVELENGTHS)
TRUTH = ESTIMATE + 0.02
EXPECTED = {
    "as measured": lambda s: s,
    "max = 1": spectra.to_maximum,
    "area = 1": lambda s: spectra.to_area(s, WAVELENGTHS),
    "L2": spectra.to_length,
    "SNV": spectra.snv,
    "continuum removed": lambda s: spectra.remove_continuum(s, WAVELENGTHS),
    "1st derivative": lambda s: spectra.first_derivative(s, WAVELENGTHS),
    "2nd derivative": lambda s: spectra.second_derivative(s, WAVELENGTHS),
    "smoothed": lambda s: spectra.smooth(s, WAVELENGTHS),
}


def store_with(transform, **keywords):
    return Store(scene=scene(**keywords), pins=(PIN,), transform=transform)


def one(curves, kind):
    (found,) = [curve for curve in curves if curve.kind == kind]
    return found


def test_every_transform_is_tested_here():
    assert set(EXPECTED) == set(TRANSFORMS)


def test_a_view_that_there_is_not_is_refused():
    with pytest.raises(HydraError, match=r"no transform 'cubed'; choose one of as measured, max = 1, .*, smoothed\."):
        ViewSnapshot(scene=scene(), transform="cubed")
    with pytest.raises(HydraError, match=r"no statistic 'mode'; choose one of mean, median\."):
        ViewSnapshot(scene=scene(), statistic="mode")


@pytest.mark.parametrize("transform", TRANSFORMS)
def test_curves_and_their_difference_are_transformed(transform):
    state = resolve(store_with(transform))
    scale = np.abs(EXPECTED[transform](TRUTH)).max()
    estimate, truth = one(state.curves, "estimate"), one(state.curves, "truth")
    np.testing.assert_allclose(estimate.values, EXPECTED[transform](ESTIMATE), atol=2e-5 * scale + 2e-9)
    np.testing.assert_allclose(truth.values, EXPECTED[transform](TRUTH), atol=2e-5 * scale + 2e-9)
    difference = one(state.differences, "difference")
    np.testing.assert_allclose(difference.values, estimate.values - truth.values, atol=4e-5 * scale + 4e-9)


def test_an_interval_is_scaled_with_its_spectrum():
    raw = one(resolve(store_with("as measured")).curves, "estimate")
    shown = one(resolve(store_with("max = 1")).curves, "estimate")
    np.testing.assert_allclose(shown.high, raw.high / raw.values.max(), rtol=1e-6)
    shown = one(resolve(store_with("SNV")).curves, "estimate")
    np.testing.assert_allclose(shown.low, (raw.low - raw.values.mean()) / raw.values.std(ddof=1), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("transform", ["1st derivative", "2nd derivative"])
def test_a_slope_has_no_interval_and_the_legend_says_so(transform):
    state = resolve(store_with(transform))
    assert all(curve.low is None for curve in (*state.curves, *state.differences))
    words = [row.text for row in state.rows]
    assert "reconstruction (no interval of a slope)" in words
    assert f"{transform}, Savitzky-Golay order 2 over 5 bands" in words
    assert not state.from_zero


def test_errors_stay_those_of_the_values_as_measured():
    rows = resolve(store_with("SNV")).rows
    assert rows[-1].text == resolve(store_with("as measured")).rows[-1].text
    assert "RMSE and angle: of values as measured" in [row.text for row in rows]


@pytest.mark.parametrize(
    ("quantity", "transform", "label"),
    [
        ("reflectance", "as measured", "reflectance"),
        ("reflectance", "2nd derivative", "d² reflectance / dλ² (1/nm²)"),
        ("radiance (W/m²/sr/nm)", "1st derivative", "d radiance / dλ (W/m²/sr/nm/nm)"),
        ("relative radiance (1 = saturation)", "max = 1", "relative radiance / maximum"),
        ("relative radiance (1 = saturation)", "smoothed", "smoothed relative radiance (1 = saturation)"),
    ],
)
def test_the_unit_follows(quantity, transform, label):
    assert axis_label(quantity, transform) == label
    assert resolve(store_with(transform, quantity=quantity)).y_label == label


def test_slopes_stop_at_gaps_and_detectors():
    estimate = latent_cube()
    truth = truth_of(estimate, bad_bands=range(10, 16))
    truth.values[:, :, 10:16] = 9.0
    state = resolve(Store(scene=scene(truth=truth, estimate=estimate), pins=(PIN,), transform="1st derivative"))
    curve = one(state.curves, "truth")
    np.testing.assert_allclose(curve.values[np.isfinite(curve.values)], 0.2 / 600, rtol=1e-3)
    assert state.bad_spans == ((495.0, 555.0),)


def test_the_cursor_is_transformed_as_pins_are():
    store = store_with("max = 1")
    store.hover = (PIN.y, PIN.x)
    state = resolve(store)
    np.testing.assert_allclose(one(state.live_curves, "estimate").values, one(state.curves, "estimate").values)


def test_a_file_of_shown_values_says_so_and_one_of_raw_values_too():
    shown = scene()
    for transform in ("as measured", "SNV"):
        snapshot = ViewSnapshot(scene=shown, pins=(PIN,), transform="SNV")
        lines = wide_table(snapshot, transformed=transform == "SNV").splitlines()
        (note,) = [line for line in lines if line.startswith("# values: ")]
        assert ("as shown in the plot: SNV" in note) is (transform == "SNV")
        rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
        values = [float(row["P1_estimate"]) for row in rows]
        np.testing.assert_allclose(values, EXPECTED[transform](ESTIMATE), atol=1e-4)
    table = wide_table(ViewSnapshot(scene=shown, pins=(PIN,), transform="1st derivative"), transformed=True)
    header = next(line for line in table.splitlines() if not line.startswith("#"))
    assert header == "wavelength_nm,P1_estimate,P1_truth"


def test_a_window_averages_the_pixels_around_a_pin():
    store = store_with("as measured")
    store.pixel_window = 3
    store.pins = (Pin("P1", 0, 20, "#e69f00"),)  # at the edge: 2 x 3 pixels
    state = resolve(store)
    ys, xs = np.mgrid[0:2, 19:22]
    expected = (0.1 + ys / 100).mean() + xs.mean() / 100 * ramp(WAVELENGTHS)
    half = (1.64 * np.sqrt(((1 + xs / WIDTH) / 50) ** 2 + 0.002**2)).mean()
    estimate = one(state.curves, "estimate")
    np.testing.assert_allclose(estimate.values, expected, atol=1e-6)
    np.testing.assert_allclose(estimate.high - estimate.values, half, atol=1e-5)
    np.testing.assert_allclose(one(state.curves, "truth").values, expected + 0.02, atol=1e-6)
    assert state.rows[-1].text.startswith("P1 (0, 20)  mean of 6 px  RMSE 0.02")
    assert state.rows[-1].text.endswith("50 % saturated  50 % black  50 % unfamiliar colour")


def test_a_window_leaves_out_pixels_without_data():
    estimate = latent_cube()
    truth = truth_of(estimate)
    truth.values[9, 19] = np.nan
    store = Store(scene=scene(truth=truth, estimate=estimate), pins=(PIN,), pixel_window=3)
    values = np.asarray(truth.values, float)[9:12, 19:22].reshape(-1, 31)[1:]
    np.testing.assert_allclose(one(resolve(store).curves, "truth").values, values.mean(axis=0), rtol=1e-6)
    assert "P1: mean of 9 pixels around y=10 x=20" in wide_table(ViewSnapshot.of(store))


def test_a_region_shows_its_median_and_quartiles():
    mask = np.zeros((HEIGHT, WIDTH), dtype=bool)
    mask[4:9, 10:15] = True
    mask[4, 10] = False
    region = Region("R1", "#0072b2", mask)
    store = Store(scene=scene(), regions=(region,), statistic="median")
    state = resolve(store)
    ys, xs = np.mgrid[:HEIGHT, :WIDTH]
    pixels = ((0.1 + ys / 100)[..., None] + (xs / 100)[..., None] * ramp(WAVELENGTHS))[mask]
    lower, median, upper = np.percentile(pixels, [25, 50, 75], axis=0)
    np.testing.assert_allclose(one(state.curves, "estimate").values, median, atol=1e-6)
    low, high = (curve.values for curve in state.curves if curve.kind == "spread")
    np.testing.assert_allclose(low, lower, atol=1e-6)
    np.testing.assert_allclose(high, upper, atol=1e-6)
    np.testing.assert_allclose(one(state.curves, "truth").values, median + 0.02, atol=1e-6)
    words = [row.text for row in state.rows]
    assert "quartiles of the pixels" in words
    assert words[-1].startswith("R1 (median of 24 px)")
    table = wide_table(ViewSnapshot.of(store))
    rows = list(csv.DictReader(line for line in table.splitlines() if not line.startswith("#")))
    np.testing.assert_allclose([float(row["R1_truth_q75"]) for row in rows], upper + 0.02, atol=1e-6)
    assert "R1: median of 24 pixels" in table


def test_a_large_region_is_left_to_a_thread_until_it_is_read():
    mask = np.ones((220, 220), dtype=bool)
    estimate = latent_cube(height=220, width=220)
    store = Store(scene=scene(estimate=estimate), regions=(Region("R1", "#0072b2", mask),), pins=(PIN,))
    state = resolve(store, wait=False)
    assert [region.name for region in state.pending] == ["R1"]
    assert state.rows[-1].text == "R1  averaging…"
    assert len([curve for curve in state.curves if curve.kind == "estimate"]) == 1
    resolve(Store(scene=store.scene, regions=store.regions))  # reads it
    after = resolve(store, wait=False)
    assert after.pending == ()
    assert after.subject != state.subject
    assert len([curve for curve in after.curves if curve.kind == "estimate"]) == 2


def test_hidden_pins_and_regions_are_not_drawn():
    from dataclasses import replace

    store = store_with("as measured")
    store.pins = (replace(PIN, visible=False), Pin("P2", 3, 4, "#56b4e9"))
    state = resolve(store)
    assert {curve.colour for curve in state.curves} == {"#56b4e9"}
    assert [row.text[:2] for row in state.rows if row.is_item] == ["P2"]
