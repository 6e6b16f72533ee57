"""Counts to reflectance by a white panel: exact numbers, what is masked, what is refused."""

import dask.array as da
import numpy as np
import pytest

from napari_hydra import HydraError, make_cube
from napari_hydra.io import make_library, read_cube, write_cube
from napari_hydra.reflectance import read_reference, spectrum_on_bands, to_reflectance, white_drift

NM = [500.0, 600.0, 700.0]
DARK = np.array([100.0, 120.0, 90.0])
WHITE = np.array([3100.0, 2120.0, 1090.0])


def counts(values, nm=NM, quantity="counts"):
    return make_cube(values, nm, quantity=quantity, source="field.hdr")


@pytest.fixture
def field():
    """Return true reflectance (4, 5, 3) and its counts."""
    truth = np.random.default_rng(0).uniform(0.02, 0.9, (4, 5, 3))
    return truth, counts(DARK + truth * (WHITE - DARK))


@pytest.fixture
def white():
    return read_reference(counts(np.broadcast_to(WHITE, (2, 5, 3))), name="white.hdr")


@pytest.fixture
def dark():
    return read_reference(counts(np.broadcast_to(DARK, (2, 5, 3))), name="dark.hdr")


def test_reflectance_comes_back(field, white, dark):
    truth, scene = field
    found = to_reflectance(scene, white, dark)
    np.testing.assert_allclose(found.cube.values, truth, atol=2e-6)
    assert found.cube.attrs["quantity"] == "reflectance"
    assert (found.undivided, found.saturated, found.unknown_bands) == (0, 0, 0)


def test_the_panels_own_reflectance_multiplies(field, white, dark):
    truth, scene = field
    table = make_library(["panel"], [450, 750], [[0.9, 0.6]], source="panel.csv")
    found = to_reflectance(scene, white, dark, panel=spectrum_on_bands(table, "panel", scene))
    np.testing.assert_allclose(found.cube.values, truth * [0.85, 0.75, 0.65], atol=2e-6)


def test_bands_beyond_the_panels_table_are_marked_bad(field, white, dark):
    truth, scene = field
    table = make_library(["panel"], [450, 650], [[1.0, 1.0]], source="panel.csv")
    found = to_reflectance(scene, white, dark, panel=spectrum_on_bands(table, "panel", scene))
    assert found.unknown_bands == 1
    assert found.undivided == 0
    assert found.cube.attrs["bad_bands"] == (2,)
    np.testing.assert_allclose(found.cube.values[..., :2], truth[..., :2], atol=2e-6)


def test_a_panel_table_in_per_cent_is_refused(field):
    _, scene = field
    table = make_library(["panel"], [450, 750], [[98.0, 97.0]], source="panel.csv")
    with pytest.raises(HydraError, match="per cent"):
        spectrum_on_bands(table, "panel", scene)


def test_columns_of_a_line_scanner_are_divided_by_their_own_white(dark):
    gains = np.linspace(0.5, 1.5, 5)[None, :, None]
    truth = np.random.default_rng(1).uniform(0.1, 0.8, (4, 5, 3))
    scene = counts(DARK + gains * truth * (WHITE - DARK))
    white = counts(np.broadcast_to(DARK + gains * (WHITE - DARK), (7, 5, 3)))
    found = to_reflectance(scene, read_reference(white, per="column"), dark)
    np.testing.assert_allclose(found.cube.values, truth, atol=2e-6)
    pixel = read_reference(counts(white.values[:4]), per="pixel")
    np.testing.assert_allclose(to_reflectance(scene, pixel, dark).cube.values, truth, atol=2e-6)


def test_a_lazy_scene_stays_lazy_with_equal_numbers(field, white, dark):
    _, scene = field
    lazy = scene.copy(data=da.from_array(scene.values, chunks=(2, 5, 1)))
    found = to_reflectance(lazy, white, dark).cube
    assert hasattr(found.data, "dask")
    np.testing.assert_array_equal(found.values, to_reflectance(scene, white, dark).cube.values)


def test_a_region_of_the_scene_can_be_the_panel(field, dark):
    _, scene = field
    scene = scene.copy()
    scene.values[:2, :2] = WHITE
    mask = np.zeros((4, 5), bool)
    mask[:2, :2] = True
    found = to_reflectance(scene, read_reference(scene, mask), dark)
    np.testing.assert_allclose(found.cube.values[:2, :2], 1.0, atol=1e-6)


def test_nearly_zero_is_not_divided_by_and_counted(field, white, dark):
    truth, scene = field
    white.values[2] = dark.values[2] + 0.5  # 0.5 of a median of 1250
    found = to_reflectance(scene, white, dark)
    assert found.undivided == 4 * 5
    assert np.isnan(found.cube.values[..., 2]).all()
    np.testing.assert_allclose(found.cube.values[..., :2], truth[..., :2], atol=2e-6)


@pytest.mark.parametrize(
    ("top", "saturation", "refused"), [(4095, None, True), (4094, None, False), (4095, 1e9, False)]
)
def test_a_saturated_panel_is_refused(top, saturation, refused):
    panel = counts(np.broadcast_to(WHITE, (2, 5, 3)).copy())
    panel.values[0, 0, 0] = top
    if refused:
        with pytest.raises(HydraError, match="1 of its values are at 4095 counts"):
            read_reference(panel, saturation=saturation)
    else:
        assert read_reference(panel, saturation=saturation).values[0] == pytest.approx((WHITE[0] * 9 + top) / 10)


def test_a_full_scale_of_reflectance_is_no_saturation():
    panel = counts(np.full((1, 2, 3), 255.0), quantity="radiance")
    np.testing.assert_array_equal(read_reference(panel).values, 255.0)


def test_saturated_values_of_the_scene_are_masked_and_counted(field, white, dark):
    truth, scene = field
    scene = scene.copy()
    scene.values[1, 1, :2] = 4000
    found = to_reflectance(scene, white, dark, saturation=4000)
    assert found.saturated == 2
    assert np.isnan(found.cube.values[1, 1, :2]).all()
    np.testing.assert_allclose(found.cube.values[1, 1, 2], truth[1, 1, 2], atol=2e-6)


def test_drift_is_stated_and_the_mean_divided_by(field, white, dark):
    truth, scene = field
    after = read_reference(
        counts(np.broadcast_to(DARK + (WHITE - DARK) * [1.0, 1.02, 1.1], (2, 5, 3))), name="after.hdr"
    )
    drift = white_drift(white, after, dark)
    np.testing.assert_allclose(drift.change, [0, 0.02, 0.1], atol=1e-6)
    found = to_reflectance(scene, white, dark, white_after=after)
    np.testing.assert_allclose(found.cube.values, truth / [1, 1.01, 1.05], atol=2e-6)
    assert "2 % (median of the bands) and 10 % at most, at 700 nm" in found.cube.attrs["history"][-1]
    assert found.record["drift"] == drift.words


def test_what_was_divided_by_what_is_read_back_from_a_file(field, white, dark, tmp_path):
    _, scene = field
    again = read_cube(write_cube(to_reflectance(scene, white, dark).cube, tmp_path / "field.hdr"))
    assert again.attrs["quantity"] == "reflectance"
    assert "counts less dark.hdr divided by white.hdr less dark.hdr" in " ".join(again.attrs["history"])
    assert "white.hdr" in str(again.attrs["reflectance_from"])


@pytest.mark.parametrize(
    ("reference", "words"),
    [
        (lambda: read_reference(counts(np.ones((2, 5, 2)), [500, 600])), "2 bands"),
        (lambda: read_reference(counts(np.ones((2, 6, 3))), per="column"), "use its mean"),
        (lambda: read_reference(counts(np.zeros((2, 5, 3)))), "nowhere brighter"),
    ],
)
def test_references_that_do_not_fit_are_refused(field, dark, reference, words):
    with pytest.raises(HydraError, match=words):
        to_reflectance(field[1], reference(), dark)
