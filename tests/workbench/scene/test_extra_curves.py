"""Curves beside estimate and truth: the encoded truth, further cubes; what of the truth is not used."""

import numpy as np
import pytest
from further_curves import further, scene_with_encoder
from latent_scene import HEIGHT, VISIBLE, WIDTH, latent_cube, ramp, scene, truth_of

from napari_hydra._napari.state.store import OpenCube, Pin, Region, Store
from napari_hydra.cube import make_cube
from napari_hydra.workbench.plot.plot_state import resolve
from napari_hydra.workbench.scene.extra_curves import ENCODED_WORDS
from napari_hydra.workbench.scene.pairing import bad_spans

PIN = Pin("P1", 10, 20, "#e69f00")
MASK = np.zeros((HEIGHT, WIDTH), bool)
MASK[4:8, 10:14] = True
REGION = Region("R1", "#0072b2", MASK)


def kinds(state):
    return [curve.kind for curve in state.curves]


def one(curves, kind):
    (found,) = [curve for curve in curves if curve.kind == kind]
    return found


def words(state):
    return [row.text for row in state.rows]


# -- the encoded truth -----------------------------------------------------------------------------------------


def test_the_encoding_is_the_nearest_that_the_latent_space_holds():
    store = Store(scene=scene_with_encoder(), pins=(PIN,), encoded_truth=True)
    state = resolve(store)
    truth, encoded = one(state.curves, "truth"), one(state.curves, "coded")
    rows = np.stack([np.ones(31), ramp(VISIBLE)], axis=1)
    expected = rows @ np.linalg.lstsq(rows, truth.values, rcond=None)[0]
    np.testing.assert_array_equal(encoded.wavelengths, VISIBLE)
    np.testing.assert_allclose(encoded.values, expected, atol=1e-5)
    assert encoded.colour == PIN.colour
    assert ENCODED_WORDS in words(state)
    assert "upper bound" in ENCODED_WORDS
    store.encoded_truth = False
    assert "coded" not in kinds(resolve(store))
    assert ENCODED_WORDS not in words(resolve(store))


def test_the_encoding_of_a_region_is_the_mean_of_its_pixels():
    store = Store(scene=scene_with_encoder(), regions=(REGION,), encoded_truth=True)
    encoded = one(resolve(store).curves, "coded")
    spectra = store.scene.truth.values[MASK]
    rows = np.stack([np.ones(31), ramp(VISIBLE)], axis=1)
    expected = (spectra @ np.linalg.pinv(rows).T @ rows.T).mean(axis=0)
    np.testing.assert_allclose(encoded.values, expected, atol=1e-5)
    store.statistic = "median"
    expected = np.median(spectra @ np.linalg.pinv(rows).T @ rows.T, axis=0)
    np.testing.assert_allclose(one(resolve(store).curves, "coded").values, expected, atol=1e-5)


def test_the_encoding_follows_the_cursor_and_the_transform():
    store = Store(scene=scene_with_encoder(), hover=(3, 4), encoded_truth=True, transform="max = 1")
    encoded = one(resolve(store).live_curves, "coded")
    assert np.nanmax(encoded.values) == pytest.approx(1.0)


def test_without_an_encoder_there_is_nothing_to_show():
    assert "coded" not in kinds(resolve(Store(scene=scene(), pins=(PIN,), encoded_truth=True)))


# -- further cubes ---------------------------------------------------------------------------------------------


def test_a_further_cube_stands_at_its_own_wavelengths():
    store = Store(scene=scene(), pins=(PIN,), cubes=(further(quantity="counts"),))
    state = resolve(store)
    curve = one(state.curves, "cube 1")
    np.testing.assert_array_equal(curve.wavelengths, (390.0, 480.5, 611.0, 850.0))  # nothing was resampled
    np.testing.assert_allclose(curve.values, 10.2 + curve.wavelengths / 1000)
    assert "flight (counts)" in words(state)
    assert state.x_limits[0] < 390
    assert state.x_limits[1] > 850


def test_cubes_are_told_apart_and_their_bad_bands_left_out():
    store = Store(scene=scene(), pins=(PIN,), cubes=(further("a"), further("b", bad=(1,))))
    state = resolve(store)
    assert kinds(state).count("cube 1") == kinds(state).count("cube 2") == 1
    np.testing.assert_array_equal(one(state.curves, "cube 2").wavelengths, (390.0, 611.0, 850.0))
    assert {row.kind: row.text for row in state.rows if row.kind in ("cube 1", "cube 2")} == {
        "cube 1": "a",
        "cube 2": "b",
    }


def test_windows_and_regions_average_a_further_cube():
    cube = further()
    cube.stack[:, 10, 21] = np.nan  # a pixel without data is left out
    pixel_window = one(resolve(Store(scene=scene(), pins=(PIN,), cubes=(cube,), pixel_window=3)).curves, "cube 1")
    expected = np.nanmean(cube.stack[:, 9:12, 19:22].reshape(4, -1), axis=1)
    np.testing.assert_allclose(pixel_window.values, expected, rtol=1e-5)
    region = one(resolve(Store(scene=scene(), regions=(REGION,), cubes=(cube,))).curves, "cube 1")
    np.testing.assert_allclose(region.values, cube.stack[:, MASK].mean(axis=1), rtol=1e-5)


def test_another_reconstruction_is_read_without_decoding_it_whole():
    estimate = latent_cube(np.arange(500.0, 601.0, 25.0))
    cube = OpenCube(name="before", stack=estimate, wavelengths=estimate.wavelengths, good=np.ones(5, bool))
    curve = one(resolve(Store(scene=scene(), pins=(PIN,), cubes=(cube,))).curves, "cube 1")
    np.testing.assert_allclose(curve.values, estimate.spectrum(10, 20), atol=1e-6)


def test_a_cube_of_another_size_has_no_such_pixels():
    assert "cube 1" not in kinds(resolve(Store(scene=scene(), pins=(PIN,), cubes=(further(height=9),))))


# -- the truth's own bands -------------------------------------------------------------------------------------


def test_the_truth_is_drawn_as_it_was_measured_where_the_estimate_has_other_bands():
    estimate = latent_cube(np.arange(410.0, 691.0, 40.0))
    measured = truth_of(estimate, wavelengths=[402.0, 455.0, 520.0, 633.0, 688.0])
    state = resolve(
        Store(scene=scene(estimate=estimate, truth=measured, displayed_truth=truth_of(estimate)), pins=(PIN,))
    )
    truth, difference = one(state.curves, "truth"), one(state.differences, "difference")
    np.testing.assert_array_equal(truth.wavelengths, [455.0, 520.0, 633.0, 688.0])  # those that the estimate covers
    np.testing.assert_array_equal(difference.wavelengths, truth.wavelengths)
    np.testing.assert_allclose(difference.values, -0.02, atol=1e-6)


def test_bad_bands_are_shaded_from_edge_to_edge():
    cube = make_cube(np.ones((2, 2, 8)), np.arange(400.0, 480.0, 10.0), bad_bands=(0, 3, 4, 7))
    assert bad_spans(cube) == ((400.0, 405.0), (425.0, 445.0), (465.0, 470.0))
    state = resolve(Store(scene=scene(bad_spans=bad_spans(cube)), pins=(PIN,)))
    assert state.bad_spans == bad_spans(cube)
    assert ("bands of the truth that are not used", "unused bands") in [(row.text, row.kind) for row in state.rows]
    assert bad_spans(make_cube(np.ones((2, 2, 3)), [400.0, 410.0, 420.0])) == ()


def test_what_another_detector_measures_is_not_shaded():
    cube = make_cube(
        np.ones((2, 2, 8)),
        [400.0, 410.0, 420.0, 430.0, 415.0, 425.0, 435.0, 445.0],
        detector=[0, 0, 0, 0, 1, 1, 1, 1],
        bad_bands=(2, 3),
    )
    assert bad_spans(cube) == ()


# -- regions follow the level ----------------------------------------------------------------------------------


def test_the_interval_of_a_region_has_the_coverage_of_the_legend():
    store = Store(scene=scene(), regions=(REGION,))
    narrow = one(resolve(store).curves, "estimate")
    store.level = 0.99
    wide = one(resolve(store).curves, "estimate")
    ratio = (wide.high - wide.values) / (narrow.high - narrow.values)
    np.testing.assert_allclose(ratio, 2.58 / 1.64, rtol=1e-5)
    assert "reconstruction, 99 % interval" in words(resolve(store))
