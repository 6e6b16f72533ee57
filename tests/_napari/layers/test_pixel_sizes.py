"""A truth of larger or smaller pixels than the picture's, from the request to the figures, without a window."""

from dataclasses import replace

import numpy as np
import pytest
from latent_scene import VISIBLE, latent_cube

from napari_hydra._napari.compare.error_stack import ErrorStack
from napari_hydra._napari.compare.state import resolve_comparison
from napari_hydra._napari.state.store import Pin, Region, Store
from napari_hydra.cube import make_cube
from napari_hydra.errors import HydraError
from napari_hydra.evaluation import metrics, score
from napari_hydra.evaluation.comparison import compare_steps
from napari_hydra.evaluation.overlay import overlay_of
from napari_hydra.progress import drain
from napari_hydra.workbench.plot.plot_state import resolve
from napari_hydra.workbench.scene.compare_pair import pair_of, pixel_figures, sample_steps
from napari_hydra.workbench.scene.pairing import repeated
from napari_hydra.workbench.scene.roi_spectra import read_pixel, read_region
from napari_hydra.workbench.scene.run import displayed_truth, finish, rescaled, run_steps
from napari_hydra.workbench.scene.run_request import RunRequest, WavelengthChoice, check

BANDS = np.asarray(VISIBLE)
SIZE = (24, 32)  # of latent_cube


def decoded(estimate):
    return np.moveaxis(np.asarray(estimate), 0, -1).astype(float)


def means(values, step=4):
    height, width = (n // step for n in values.shape[:2])
    return values.reshape(height, step, width, step, -1).mean((1, 3))


def truth_of(shape, bands=BANDS, seed=3, **keywords):
    values = np.random.default_rng(seed).uniform(0.1, 0.6, (*shape, len(bands)))
    return make_cube(values, bands, source="plot.hdr", **keywords)


def request_of(truth, size=SIZE, **keywords):
    return RunRequest(name="photo", picture=np.zeros((*size, 3), np.uint8), truth=truth, **keywords)


def result_of(truth, estimate=None, **keywords):
    request = request_of(truth, **keywords)
    overlay = overlay_of(SIZE, truth.shape)
    return finish(request, request.picture, estimate or latent_cube(), truth, None, None, overlay)


@pytest.fixture
def coarse():
    """A scene whose truth has pixels four times as large."""
    return result_of(truth_of((6, 8)))


# -- the scene -------------------------------------------------------------------------------------------------


def test_truth_stands_on_the_pixels_of_the_picture_and_on_its_own(coarse):
    shown = coarse.scene
    assert shown.truth.shape == (*SIZE, 31)
    np.testing.assert_array_equal(shown.truth.values[5, 30], shown.coarse_truth.values[1, 7])
    assert shown.coarse_truth.shape == (6, 8, 31)
    assert "4 x 4" in shown.settings["averaging"]


def test_one_factor_is_fitted_to_the_means(coarse):
    p, t = means(decoded(latent_cube())), truth_of((6, 8)).values.astype(float)
    assert coarse.scene.matching_factor == pytest.approx((p * t).sum() / (p * p).sum(), rel=1e-5)
    assert coarse.scene.factor == coarse.scene.matching_factor
    assert score(latent_cube(), truth_of((6, 8)))["factor"] == pytest.approx(coarse.scene.matching_factor, rel=1e-5)


def test_large_truth_is_repeated_only_where_it_is_read(monkeypatch):
    from napari_hydra.workbench.scene import pairing

    measured, overlay = truth_of((6, 8)), overlay_of(SIZE, (6, 8))
    expected = repeated(measured, overlay).values
    monkeypatch.setattr(pairing, "_MOST_COPIED", 10)
    lazy = repeated(measured, overlay)
    assert lazy.chunks is not None
    np.testing.assert_array_equal(lazy.values, expected)
    np.testing.assert_array_equal(np.asarray(lazy.data[7:9, 3:5, 4]), expected[7:9, 3:5, 4])


def test_run_averages_a_truth_of_smaller_pixels(quick_model):
    fine = truth_of((48, 64))
    result = drain(run_steps(request_of(fine)))
    assert result.scene.coarse_truth is None
    np.testing.assert_allclose(result.scene.truth.values, means(fine.values.astype(float), 2), rtol=1e-5)
    assert result.scene.overlay.fine_grid == "truth"
    state = resolve_comparison(Store(scene=result.scene), Results(result.scene))
    assert "Truth averaged over 2 x 2 pixels" in state.note


def test_truth_of_another_shape_is_refused_in_one_sentence():
    with pytest.raises(HydraError, match=r"photo has 24 x 32 pixels and the truth plot\.hdr 6 x 6.*aspect ratio"):
        check(request_of(truth_of((6, 6))))
    with pytest.raises(HydraError, match=r"differ too little.*field of view"):
        check(request_of(truth_of((22, 30))))
    check(request_of(truth_of((6, 8))))


# -- the figures -----------------------------------------------------------------------------------------------


class Results:
    """What the dock knows once all is computed."""

    def __init__(self, scene):
        self.pair = pair_of(scene)
        self.whole = drain(compare_steps(self.pair.estimate, self.pair.truth, gain=self.pair.gain))
        self.sample = drain(sample_steps(self.pair))

    def of_pin(self, pin):
        return pixel_figures(self.pair, pin.y, pin.x)

    def of_region(self, region):
        share = self.pair.share(region.mask)
        return drain(compare_steps(self.pair.estimate, self.pair.truth, gain=self.pair.gain, where=share))


def test_dock_compares_on_the_larger_pixels(coarse):
    shown = coarse.scene
    p, t = means(decoded(shown.estimate)), shown.coarse_truth.values.astype(float)
    mask = np.zeros(SIZE, bool)
    mask[0:6, 0:4] = True  # one of the larger pixels, and half of the next below
    store = Store(scene=shown, pins=(Pin("P1", 5, 30, "#e69f00"),), regions=(Region("R1", "#56b4e9", mask),))
    state = resolve_comparison(store, Results(shown))
    whole, pin, region = ([float(row.cells[i].split()[0]) for i in (1, 4, 5)] for row in state.rows)
    half = means(np.asarray(shown.estimate.half_width_tile(slice(None), slice(None)), dtype=float))
    inside = np.abs(p - t) <= half
    assert whole == pytest.approx([metrics.rmse(p, t), 100 * inside.mean(), 48], abs=0.6, rel=5e-3)
    assert pin[0] == pytest.approx(metrics.rmse(p[1, 7], t[1, 7]), rel=5e-3)
    weights = np.array([1.0, 0.5]) / 1.5
    squares = np.square(p - t)[:2, 0].mean(-1)
    assert region[0] == pytest.approx(np.sqrt(weights @ squares), rel=5e-3)
    assert (pin[2], region[2]) == (1, 2)
    assert "Estimate averaged over 4 x 4 pixels" in state.note
    assert state.scatter.counts.sum() == 48
    mark = state.scatter.marks[0]
    assert (mark.truth, mark.estimate) == pytest.approx((t[1, 7, 0], p[1, 7, 0]), rel=1e-4)
    expected = score(shown.estimate, truth_of((6, 8)))
    assert whole[0] == pytest.approx(expected["rmse"], rel=5e-3)


def test_pin_reads_the_truth_under_it_and_compares_the_mean(coarse):
    shown = coarse.scene
    roi = read_pixel(shown, 5, 30, 0.9)
    p, t = means(decoded(shown.estimate)), shown.coarse_truth.values
    np.testing.assert_allclose(roi.estimate.values, shown.estimate.spectrum(5, 30), rtol=1e-5)
    np.testing.assert_allclose(roi.truth.values, t[1, 7], rtol=1e-6)
    np.testing.assert_allclose(roi.difference.values, p[1, 7] - t[1, 7], rtol=1e-4, atol=1e-6)
    half = means(np.asarray(shown.estimate.half_width_tile(slice(None), slice(None)), dtype=float))[1, 7]
    np.testing.assert_allclose(roi.difference.high - roi.difference.values, half, rtol=1e-3)
    assert roi.rmse == pytest.approx(metrics.rmse(p[1, 7], t[1, 7]), rel=1e-4)


def test_window_and_region_weight_the_larger_pixels(coarse):
    shown = coarse.scene
    p, t = means(decoded(shown.estimate)), shown.coarse_truth.values.astype(float)
    # Around (4, 9): rows 3 to 5, so a third in the row of pixels above; columns 8 to 10 in one.
    expected = (1 / 3) * (p[0, 2] - t[0, 2]) + (2 / 3) * (p[1, 2] - t[1, 2])
    roi = read_pixel(shown, 4, 9, 0.9, pixel_window=3)
    np.testing.assert_allclose(roi.difference.values, expected, rtol=1e-4, atol=1e-6)
    mask = np.zeros(SIZE, bool)
    mask[3:6, 8:11] = True
    region = read_region(shown, Region("R1", "#56b4e9", mask))
    np.testing.assert_allclose(region.difference.values, expected, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(region.truth.values, t[0, 2] / 3 + 2 * t[1, 2] / 3, rtol=1e-5)
    rows = [row.text for row in resolve(Store(scene=shown, pins=(Pin("P1", 4, 9, "#e69f00"),))).rows]
    assert any("truth's pixels (4 x 4)" in row for row in rows)


# -- wavelengths -----------------------------------------------------------------------------------------------


def test_truth_on_other_wavelengths_is_compared_at_its_own_bands():
    own = np.array([412.0, 455.0, 521.5, 600.0, 688.0, 740.0])
    truth = truth_of(SIZE, own)
    wavelengths = WavelengthChoice("grid", 400, 700, 10)
    result = result_of_same_pixels(truth, wavelengths)
    pair = pair_of(result.scene)
    np.testing.assert_array_equal(pair.wavelengths, own[:-1])
    expected = latent_cube().at_wavelengths(own[:-1]).scaled(result.scene.matching_factor)
    np.testing.assert_allclose(np.asarray(pair.estimate), np.asarray(expected), rtol=1e-5)
    assert result.scene.matching_factor == pytest.approx(score(latent_cube(), truth)["factor"], rel=1e-5)


def result_of_same_pixels(truth, wavelengths):
    request = request_of(truth, wavelengths=wavelengths)
    return finish(request, request.picture, latent_cube(), truth, None)


def test_bands_are_shown_at_the_same_wavelength_and_errors_at_the_nearest_of_the_truth():
    own = np.arange(405.0, 700.0, 15.0)
    result = result_of_same_pixels(truth_of(SIZE, own), WavelengthChoice("grid", 400, 700, 10))
    shown = displayed_truth(result.scene)
    assert set(shown["wavelength"].values) <= set(VISIBLE)
    t = result.scene.truth.values
    # 430 nm lies two thirds of the way from 420 to 435.
    np.testing.assert_allclose(shown.sel(wavelength=430.0).values, t[..., 1] / 3 + 2 * t[..., 2] / 3, rtol=1e-5)
    pair = pair_of(result.scene)
    partners = pair.partners(BANDS)
    assert partners[0] == -1  # 400 nm, below the first band
    assert own[partners[3]] == 435
    stack = ErrorStack("difference", pair.estimate, pair.stack, partners=partners)
    assert stack.shape == (31, *SIZE)
    expected = np.asarray(pair.estimate)[2] - t[..., 2]
    np.testing.assert_allclose(np.asarray(stack[3]), expected, rtol=1e-4, atol=1e-6)
    assert np.isnan(np.asarray(stack[0])).all()
    np.testing.assert_allclose(np.asarray(stack[2:5])[1], expected, rtol=1e-4, atol=1e-6)


def test_nothing_is_made_up_in_a_gap_of_the_truth():
    own = np.concatenate([np.arange(400.0, 500.0, 5.0), np.arange(600.0, 701.0, 5.0)])
    result = result_of_same_pixels(truth_of(SIZE, own), WavelengthChoice("grid", 400, 700, 10))
    shown = displayed_truth(result.scene)
    assert np.isnan(shown.sel(wavelength=550.0).values).all()
    assert np.isfinite(shown.sel(wavelength=[490.0, 600.0]).values).all()
    assert pair_of(result.scene).band_at(550.0) is None
    state = resolve_comparison(Store(scene=result.scene, band=15), Results(result.scene))
    assert "550 nm" in state.scatter_message


def test_factor_may_be_left_out_and_taken_back(coarse):
    plain = rescaled(coarse.scene, 1.0, matched=False)
    assert plain.coarse_truth is coarse.scene.coarse_truth
    np.testing.assert_allclose(np.asarray(pair_of(plain).estimate), means_first(latent_cube()), rtol=1e-5)
    assert "4 x 4 pixels" in resolve_comparison(Store(scene=plain), Results(plain)).note
    assert pair_of(replace(plain, truth=None)) is None


def means_first(estimate):
    return np.moveaxis(means(decoded(estimate)), -1, 0)
