"""What the plot shows, decided without a window."""

import dask.array as da
import numpy as np
import pytest
from latent_scene import HEIGHT, WIDTH, latent_cube, ramp, scene, truth_of

from napari_hydra._napari.state.store import Pin, Region, Store
from napari_hydra.cube import make_cube
from napari_hydra.workbench.plot.palette import FOREGROUND
from napari_hydra.workbench.plot.plot_state import NO_SCENE, NO_SPECTRA, resolve

PIN = Pin("P1", 10, 20, "#e69f00")


def store_with(pins=(), regions=(), **keywords):
    return Store(scene=scene(**keywords), pins=tuple(pins), regions=tuple(regions))


def one(curves, kind):
    (found,) = [curve for curve in curves if curve.kind == kind]
    return found


def box_region(ys=slice(4, 8), xs=slice(10, 14)):
    mask = np.zeros((HEIGHT, WIDTH), dtype=bool)
    mask[ys, xs] = True
    return Region("R1", "#0072b2", mask)


def test_an_empty_plot_says_what_to_do():
    assert resolve(Store()).message == NO_SCENE
    state = resolve(store_with())
    assert state.message == NO_SPECTRA
    assert state.rows == ()
    assert resolve(store_with(pins=[PIN])).message is None


def test_a_pin_shows_estimate_interval_truth_and_difference():
    state = resolve(store_with(pins=[PIN]))
    estimate, truth = one(state.curves, "estimate"), one(state.curves, "truth")
    expected = 0.2 + 0.2 * ramp(estimate.wavelengths)
    half = 1.64 * np.sqrt(((1 + 20 / WIDTH) / 50) ** 2 + 0.002**2)
    np.testing.assert_allclose(estimate.values, expected, atol=1e-6)
    np.testing.assert_allclose(estimate.low, expected - half, atol=1e-5)
    np.testing.assert_allclose(estimate.high, expected + half, atol=1e-5)
    np.testing.assert_allclose(truth.values, expected + 0.02, atol=1e-6)
    difference = one(state.differences, "difference")
    np.testing.assert_allclose(difference.values, -0.02, atol=1e-6)
    np.testing.assert_allclose(difference.high, half - 0.02, atol=1e-5)
    assert {curve.colour for curve in (*state.curves, *state.differences)} == {PIN.colour}


def test_the_legend_names_the_pin_its_pixel_and_its_errors():
    rows = resolve(store_with(pins=[PIN])).rows
    angle = np.degrees(
        np.arccos(
            (lambda a, b: a @ b / np.linalg.norm(a) / np.linalg.norm(b))(
                *(0.2 + 0.2 * ramp(np.arange(400, 701, 10.0)) + offset for offset in (0, 0.02))
            )
        )
    )
    assert rows[-1].text == f"P1 (10, 20)  RMSE 0.02  {angle:.1f}°"
    assert rows[-1].colour == PIN.colour
    words = [row.text for row in rows]
    assert "reconstruction, 90 % interval" in words
    assert "measured (truth)" in words


@pytest.mark.parametrize(
    ("keywords", "words"),
    [
        ({"factor": 1.25, "matched": True}, ["matched to the truth (× 1.25)"]),
        ({"factor": 0.5}, ["scaled by the exposure (× 0.5)"]),
        ({}, []),
    ],
)
def test_the_legend_tells_the_scene_and_the_factor(keywords, words):
    rows = resolve(store_with(pins=[PIN], **keywords)).rows
    assert rows[0].text == "ramps"
    assert [row.text for row in rows if "×" in row.text] == words


def test_flagged_pixels_are_called_so():
    rows = resolve(store_with(pins=[Pin("P1", 0, 3, "#e69f00"), Pin("P2", 1, 3, "#56b4e9")])).rows
    assert rows[-2].text.endswith("saturated")
    assert rows[-1].text.endswith("black  unfamiliar colour")
    region = box_region(ys=slice(0, 4))
    assert (
        resolve(store_with(regions=[region]))
        .rows[-1]
        .text.endswith("25 % saturated  25 % black  25 % unfamiliar colour")
    )


def test_without_a_truth_there_are_no_errors_and_no_lower_axes():
    state = resolve(store_with(pins=[PIN], truth=False))
    assert not state.has_difference
    assert state.differences == ()
    assert [curve.kind for curve in state.curves] == ["estimate"]
    assert state.rows[-1].text == "P1 (10, 20)"
    assert all("truth" not in row.text for row in state.rows)


def test_a_region_shows_mean_dispersion_and_mean_half_width():
    state = resolve(store_with(regions=[box_region()]))
    estimate = one(state.curves, "estimate")
    ys, xs = np.mgrid[4:8, 10:14]
    pixels = (0.1 + ys / 100)[..., None] + (xs / 100)[..., None] * ramp(estimate.wavelengths)
    half = 1.64 * np.sqrt(((1 + xs / WIDTH) / 50) ** 2 + 0.002**2)
    mean, std = pixels.mean(axis=(0, 1)), pixels.std(axis=(0, 1))
    np.testing.assert_allclose(estimate.values, mean, atol=1e-6)
    # The errors of neighbours are alike: the half-width is the pixels' own, not divided by the root of 16.
    np.testing.assert_allclose(estimate.high - estimate.values, half.mean(), atol=1e-5)
    low, high = (curve.values for curve in state.curves if curve.kind == "spread")
    np.testing.assert_allclose(high - low, 2 * std, atol=1e-5)
    np.testing.assert_allclose(one(state.curves, "truth").values, mean + 0.02, atol=1e-6)
    low, high = (curve.values for curve in state.curves if curve.kind == "truth spread")
    np.testing.assert_allclose(high - low, 2 * std, atol=1e-5)
    assert state.rows[-1].text.startswith("R1 (16 px)  RMSE 0.02")


def test_the_cursor_has_curves_and_a_row_of_its_own_and_leaves_the_rest_alone():
    store = store_with(pins=[PIN])
    before = resolve(store)
    store.hover = (5, 6)
    after = resolve(store)
    assert after.subject == before.subject
    assert after.rows == before.rows
    assert after.live_row.text.startswith("(5, 6)  RMSE")
    assert {curve.colour for curve in after.live_curves} == {FOREGROUND}
    np.testing.assert_allclose(one(after.live_differences, "difference").values, -0.02, atol=1e-6)
    store.pins = ()
    assert resolve(store).subject != before.subject


def test_overlapping_detectors_are_drawn_one_after_the_other():
    # Two detectors read 500-600 nm with a step between them; sorted by wavelength that is a sawtooth.
    first, second = np.arange(400.0, 601.0, 10.0), np.arange(505.0, 700.0, 10.0)
    estimate = latent_cube(np.sort(np.concatenate([first, second])))
    truth = truth_of(estimate, wavelengths=np.concatenate([first, second]))
    shifted = truth.copy(data=truth.values + 0.3 * truth["detector"].values.astype(np.float32))
    state = resolve(store_with(pins=[PIN], truth=shifted, estimate=estimate))
    truth_curve = one(state.curves, "truth")
    breaks = np.flatnonzero(np.isnan(truth_curve.values))
    assert breaks.tolist() == [first.size]
    np.testing.assert_allclose(truth_curve.wavelengths[: first.size], first)
    np.testing.assert_allclose(truth_curve.wavelengths[first.size + 1 :], second)
    jumps = np.abs(np.diff(truth_curve.values))
    assert np.nanmax(jumps) < 0.05  # the step of 0.3 is nowhere drawn
    difference = one(state.differences, "difference")
    np.testing.assert_allclose(difference.values[: first.size], -0.02, atol=1e-5)
    np.testing.assert_allclose(difference.values[first.size + 1 :], -0.32, atol=1e-5)
    assert not np.isnan(one(state.curves, "estimate").values).any()


def test_bad_bands_are_neither_drawn_nor_bridged_nor_counted():
    estimate = latent_cube()
    truth = truth_of(estimate, bad_bands=range(10, 16))
    truth.values[:, :, 10:16] = 9.0
    state = resolve(store_with(pins=[PIN], truth=truth, estimate=estimate))
    curve = one(state.curves, "truth")
    assert np.nanmax(curve.values) < 1.0
    assert np.flatnonzero(np.isnan(curve.values)).tolist() == [10]
    assert not ((curve.wavelengths >= 500.0) & (curve.wavelengths <= 550.0)).any()
    assert "RMSE 0.02 " in state.rows[-1].text


def test_a_truth_on_other_bands_is_compared_on_its_own():
    estimate = latent_cube()
    wavelengths = np.array([443.0, 490.0, 560.0, 665.0, 705.0, 842.0])  # the last two lie outside of the estimate
    truth = truth_of(estimate, wavelengths=wavelengths)
    state = resolve(store_with(pins=[PIN], truth=truth, estimate=estimate))
    np.testing.assert_allclose(one(state.curves, "estimate").wavelengths, estimate.wavelengths)
    difference = one(state.differences, "difference")
    np.testing.assert_allclose(difference.wavelengths, wavelengths[:4])
    np.testing.assert_allclose(difference.values, -0.02, atol=1e-5)


def test_the_mark_follows_the_band():
    store = store_with()
    store.band = 4
    assert resolve(store).band == 440.0
    store.band = 1000
    assert resolve(store).band is None


def test_what_does_not_lie_in_a_new_smaller_scene_is_left_out():
    store = store_with(pins=[Pin("P1", 10, 20, "#e69f00"), Pin("P2", 1, 1, "#56b4e9")], regions=[box_region()])
    store.hover = (20, 2)
    store.scene = scene(estimate=latent_cube(height=5, width=6))
    state = resolve(store)
    assert {curve.colour for curve in state.curves} == {"#56b4e9"}
    assert state.live_row is None


def test_a_pixel_without_measured_data_shows_its_estimate_alone():
    estimate = latent_cube()
    truth = truth_of(estimate, ignore_value=-1.0)
    truth.values[10, 20] = np.nan
    state = resolve(store_with(pins=[PIN], truth=truth, estimate=estimate))
    assert np.isfinite(one(state.curves, "estimate").values).all()
    assert not np.isfinite(one(state.curves, "truth").values).any()
    assert state.rows[-1].text == "P1 (10, 20)"


def test_a_truth_on_disk_is_read_only_where_it_is_shown():
    estimate, read = latent_cube(), []
    measured = truth_of(estimate)

    def block(block_info=None):
        read.append(block_info[None]["chunk-location"])
        (y0, y1), (x0, x1), _ = block_info[None]["array-location"]
        return measured.values[y0:y1, x0:x1]

    lazy = da.map_blocks(
        block, chunks=((8,) * 3, (8,) * 4, (31,)), dtype=np.float32, meta=np.zeros((0, 0, 0), np.float32)
    )
    truth = make_cube(lazy, estimate.wavelengths)
    read.clear()
    state = resolve(store_with(pins=[PIN], truth=truth, estimate=estimate))
    np.testing.assert_allclose(one(state.differences, "difference").values, -0.02, atol=1e-6)
    assert set(read) == {(1, 2, 0)}


def test_the_axes_are_labelled_with_the_unit_of_the_scene():
    state = resolve(store_with(pins=[PIN], quantity="relative radiance (1 = saturation)"))
    assert state.y_label == "relative radiance (1 = saturation)"
    assert state.x_limits == (397.0, 703.0)


def test_a_level_changes_the_interval():
    store = store_with(pins=[PIN])
    wide = one(resolve(store).curves, "estimate")
    store.level = 0.5
    narrow = one(resolve(store).curves, "estimate")
    ratio = (narrow.high - narrow.values) / (wide.high - wide.values)
    np.testing.assert_allclose(ratio, 0.67 / 1.64, rtol=1e-4)
    assert resolve(store).rows[1].text == "reconstruction, 50 % interval"
