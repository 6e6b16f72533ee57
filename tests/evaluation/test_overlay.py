"""Cubes of one field in pixels of two sizes: means, intervals, figures and places against values known by hand."""

import dask.array as da
import numpy as np
import pytest
from known_model import KnownLatent

from napari_hydra.cube import make_cube
from napari_hydra.errors import HydraError
from napari_hydra.evaluation import averaging, compare, error_maps, metrics, score
from napari_hydra.evaluation.averaging import AveragedCube, area_mean, averaged_cube
from napari_hydra.evaluation.comparison import compare_steps
from napari_hydra.evaluation.overlay import overlay_of
from napari_hydra.io.files.map_info import map_info_of
from napari_hydra.progress import drain

BANDS = np.arange(400.0, 701.0, 10.0)


def known(values, half_width=0.05):
    return KnownLatent(np.asarray(values, np.float32), BANDS[: np.shape(values)[2]], half_width)


def random(shape, seed=0):
    return np.random.default_rng(seed).uniform(0.1, 1, shape).astype(np.float32)


def on(east, north, size, shape, *more):
    """Return the ENVI map info of a grid whose upper left corner lies there."""
    fields = ("UTM", "1", "1", str(east), str(north), *map(str, size), "17", "North", "WGS-84", *more)
    return {"map_info": {"fields": fields, "size": shape}}


# -- means -----------------------------------------------------------------------------------------------------


def test_whole_ratio_is_the_mean_of_the_blocks():
    values = np.arange(24.0).reshape(4, 6)
    found = area_mean(values, overlay_of((4, 6), (2, 3)))
    # (0 + 1 + 6 + 7) / 4, and two columns on and two rows on
    np.testing.assert_allclose(found, [[3.5, 5.5, 7.5], [15.5, 17.5, 19.5]])


def test_broken_ratio_weights_by_area():
    overlay = overlay_of((3, 3), (2, 2))
    # Each larger pixel holds one pixel, half of two, a quarter of one.
    expected = (1 * 1 + 0.5 * 2 + 0.5 * 4 + 0.25 * 5) / 2.25
    found = area_mean(np.arange(1.0, 10.0).reshape(3, 3), overlay)
    assert found[0, 0] == pytest.approx(expected)
    assert found.mean() == pytest.approx(5.0)  # nothing is lost, nothing counted twice
    assert overlay.pixels == 2.25


@pytest.mark.parametrize(("fine", "coarse"), [((7, 9), (3, 4)), ((200, 200), (20, 20)), ((50, 30), (40, 24))])
def test_means_keep_a_flat_field_and_the_sum(fine, coarse):
    overlay = overlay_of(fine, coarse)
    np.testing.assert_allclose(area_mean(np.ones(fine), overlay), 1.0)
    values = random(fine)
    assert area_mean(values, overlay).mean() == pytest.approx(values.mean(), rel=1e-6)


def test_missing_pixels_spoil_their_own_larger_pixel_only():
    values = random((4, 6, 2)).astype(float)
    values[3, 5, 1] = np.nan
    found = area_mean(values, overlay_of((4, 6), (2, 3)))
    assert np.isnan(found).sum() == 1
    assert np.isnan(found[1, 2, 1])


def test_interval_of_a_mean_is_the_mean_half_width():
    class Uneven(KnownLatent):
        def half_width_tile(self, ys, xs, level=0.9):
            return np.abs(self.values[ys, xs])  # another width at each pixel

    values = random((12, 18, 3))
    averaged = AveragedCube.of(Uneven(values, BANDS[:3], 0.0), overlay_of((12, 18), (4, 6)))
    blocks = values.reshape(4, 3, 6, 3, 3).mean((1, 3))
    np.testing.assert_allclose(averaged.half_width_tile(slice(None), slice(None)), blocks, rtol=1e-5)
    np.testing.assert_allclose(averaged.tile(slice(1, 3), slice(None, None, 2)), blocks[1:3, ::2], rtol=1e-5)
    np.testing.assert_allclose(np.asarray(averaged[:, 1:, :2]), np.moveaxis(blocks[1:, :2], -1, 0), rtol=1e-5)
    assert averaged.shape == (3, 4, 6)


def test_averaging_decodes_only_what_is_asked_for(monkeypatch):
    estimate = known(random((120, 90, 4)))
    averaged = AveragedCube.of(estimate, overlay_of((120, 90), (12, 9)))
    averaged.tile(slice(5, 6), slice(3, 4))
    assert estimate.largest_tile == 10 * 10 * 4
    whole = averaged.tile(slice(None), slice(None))
    monkeypatch.setattr(averaging, "_BLOCK", 8000)  # 2 rows of 10 x 90 x 4
    estimate.largest_tile = 0
    np.testing.assert_array_equal(averaged.tile(slice(None), slice(None)), whole)
    assert estimate.largest_tile == 2 * 10 * 90 * 4


# -- figures ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("half_width", [0.05, 0.2])
def test_score_compares_means_of_the_estimate_with_larger_pixels_of_the_truth(half_width):
    fine, coarse = random((12, 18, 31)), random((4, 6, 31), 1)
    result = score(known(fine, half_width), make_cube(coarse, BANDS), gain=1)
    means = fine.astype(float).reshape(4, 3, 6, 3, 31).mean((1, 3))
    for name in ("mrae", "rmse", "psnr", "nrmse", "sam"):
        assert result[name] == pytest.approx(getattr(metrics, name)(means, coarse), rel=1e-5), name
    assert result["coverage90"] == pytest.approx(np.mean(np.abs(means - coarse) <= half_width))
    assert result["pixels_averaged"] == 9


def test_one_factor_is_fitted_to_the_means():
    fine, coarse = random((12, 18, 31)), random((4, 6, 31), 1)
    means = fine.astype(float).reshape(4, 3, 6, 3, 31).mean((1, 3))
    expected = (means * coarse).sum() / (means**2).sum()
    assert score(known(fine), make_cube(coarse, BANDS))["factor"] == pytest.approx(expected, rel=1e-5)


def test_smaller_pixels_of_the_truth_are_averaged_instead():
    fine, coarse = random((12, 18, 31)), random((4, 6, 31), 1)
    result = score(known(coarse), make_cube(fine, BANDS), gain=1)
    means = fine.astype(float).reshape(4, 3, 6, 3, 31).mean((1, 3))
    assert result["rmse"] == pytest.approx(metrics.rmse(coarse, means), rel=1e-5)
    assert result["pixels_averaged"] == 9
    assert score(known(fine), make_cube(fine, BANDS), gain=1)["pixels_averaged"] == 1


def test_two_cubes_and_their_maps_stand_on_the_larger_pixels():
    fine, coarse = random((12, 18, 31)), random((4, 6, 31), 1)
    means = fine.astype(float).reshape(4, 3, 6, 3, 31).mean((1, 3))
    cubes = make_cube(fine, BANDS), make_cube(coarse, BANDS)
    for estimate, truth, p, t in ((*cubes, means, coarse), (*cubes[::-1], coarse, means)):
        result = compare(estimate, truth)
        assert result.rmse == pytest.approx(metrics.rmse(p, t), rel=1e-5)
        assert result.pixels == 24
        assert result.overlay.pixels == 9
        np.testing.assert_allclose(error_maps(estimate, truth)["rmse"], metrics.rmse_map(p, t), rtol=1e-5)


def test_a_region_counts_each_pixel_by_its_share():
    p, t = random((2, 2, 31)), random((2, 2, 31), 1)
    share = np.array([[1.0, 0.5], [0.25, 0.0]])
    found = drain(compare_steps(known(p), make_cube(t, BANDS), where=share))
    squares = np.square(p.astype(float) - t)
    assert found.rmse == pytest.approx(np.sqrt((share[..., None] * squares).sum() / (1.75 * 31)), rel=1e-5)
    np.testing.assert_allclose(found.bias_per_band, (share[..., None] * (p - t)).sum((0, 1)) / 1.75, rtol=1e-4)
    assert found.half_width_per_band == pytest.approx(0.05)
    assert found.pixels == 3


def test_a_cube_on_disk_is_averaged_block_by_block(monkeypatch):
    monkeypatch.setattr(averaging, "_BLOCK", 1000)  # 2 rows of the 16 at once
    fine = random((40, 30, 5))
    fine[7, 8] = np.nan
    cube = make_cube(da.from_array(fine, chunks=(9, 30, 2)), BANDS[:5], ignore_value=-1)
    found = averaged_cube(cube, overlay_of((16, 12), (40, 30)))
    np.testing.assert_allclose(found.values, area_mean(fine.astype(float), overlay_of((40, 30), (16, 12))), rtol=1e-5)
    assert np.isnan(found.values[..., 0]).sum() == 2  # row 7 belongs to two
    assert "6.25 pixels" in found.attrs["history"][-1]


# -- places ----------------------------------------------------------------------------------------------------


def test_pixels_of_both_grids_are_found_from_each_other():
    overlay = overlay_of((200, 200), (20, 20))
    assert overlay.coarse_pixel(0, 0) == (0, 0)
    assert overlay.coarse_pixel(9, 10) == (0, 1)
    assert overlay.coarse_pixel(199, 199) == (19, 19)
    assert overlay.ys.fine_position(0) == 4.5  # the centre of the first ten
    assert "10 x 10" in overlay.words
    assert "estimate is averaged" in overlay.words
    assert "truth is averaged" in overlay_of((20, 20), (200, 200)).words


def test_same_pixels_need_no_averaging():
    assert overlay_of((20, 30), (20, 30)) is None


@pytest.mark.parametrize(
    ("ours", "theirs", "why"),
    [
        ((200, 200), (20, 30), "another aspect ratio"),
        ((200, 100), (100, 200), "another aspect ratio"),
        ((512, 512), (500, 500), "differ too little"),
        ((24, 32), (24, 16), "another aspect ratio"),
    ],
)
def test_sizes_that_cannot_line_up_are_refused(ours, theirs, why):
    with pytest.raises(HydraError, match=why) as caught:
        overlay_of(ours, theirs, which="the truth plot.hdr")
    assert f"{ours[0]} x {ours[1]}" in str(caught.value)
    assert f"plot.hdr {theirs[0]} x {theirs[1]}" in str(caught.value)
    with pytest.raises(HydraError, match=why):
        score(known(np.ones((*ours, 1))), make_cube(np.ones((*theirs, 1)), BANDS[:1]))


def test_sizes_rounded_to_whole_pixels_still_line_up():
    overlay = overlay_of((204, 200), (20, 20))
    assert (overlay.ys.step, overlay.xs.step) == (10.2, 10)


def test_map_info_says_the_shape_of_the_pixels():
    place = map_info_of(on(400000, 3285000, (2, 1), (20, 10)))
    assert (place.height, place.width, place.place) == (1, 2, (400000, 3285000))
    overlay = overlay_of((200, 200), (20, 10), truth_on=place)
    assert (overlay.ys.step, overlay.xs.step) == (10, 20)
    with pytest.raises(HydraError, match="another aspect ratio"):
        overlay_of((200, 200), (20, 20), truth_on=place)


def test_map_info_of_both_says_where_they_overlap():
    fine = random((60, 80, 31))
    estimate = make_cube(fine, BANDS)
    estimate.attrs |= on(100, 500, (0.1, 0.1), (60, 80))
    truth = make_cube(random((10, 10, 31), 1), BANDS)
    truth.attrs |= on(98, 501, (1, 1), (10, 10))  # begins 10 of our pixels further up and 20 further left
    ours, theirs = (map_info_of(cube.attrs) for cube in (estimate, truth))
    overlay = overlay_of(estimate.shape, truth.shape, estimate_on=ours, truth_on=theirs)
    assert overlay.kept == (slice(1, 7), slice(2, 10))
    assert overlay.shape == (6, 8)
    result = compare(estimate, truth)
    means = fine.astype(float).reshape(6, 10, 8, 10, 31).mean((1, 3))
    assert result.rmse == pytest.approx(metrics.rmse(means, truth.values[1:7, 2:10]), rel=1e-5)
    truth.attrs |= on(1e6, 501, (1, 1), (10, 10))
    with pytest.raises(HydraError, match="does not overlap"):
        compare(estimate, truth)


def test_grids_cut_since_or_turned_against_each_other_are_taken_as_the_same_field():
    ours = map_info_of(on(100, 500, (1, 1), (20, 20)))
    cut = map_info_of(on(98, 501, (2, 2), (20, 20)))
    turned = map_info_of(on(98, 501, (2, 2), (10, 10), "rotation=30"))
    for theirs in (cut, turned):
        overlay = overlay_of((20, 20), (10, 10), estimate_on=ours, truth_on=theirs)
        assert (overlay.ys.first, overlay.xs.first, overlay.shape) == (0, 0, (10, 10))


def test_grids_turned_alike_overlap_as_they_do_on_the_map():
    ours, angle = on(100, 500, (0.1, 0.1), (60, 80), "Rotation=30"), np.deg2rad(30)
    # Two units along the rows back and one up the columns from our corner.
    east = 100 - 2 * np.cos(angle) - 1 * np.sin(angle)
    north = 500 - 2 * np.sin(angle) + 1 * np.cos(angle)
    theirs = on(east, north, (1, 1), (10, 10), "rotation=30.0")
    overlay = overlay_of((60, 80), (10, 10), estimate_on=map_info_of(ours), truth_on=map_info_of(theirs))
    assert overlay.kept == (slice(1, 7), slice(2, 10))


def test_truth_larger_than_the_estimate_is_cut_to_it():
    truth = make_cube(random((40, 60, 31)), BANDS)
    truth.attrs |= on(100, 500, (0.5, 0.5), (40, 60))
    estimate = make_cube(random((10, 10, 31), 1), BANDS)
    estimate.attrs |= on(110, 495, (1, 1), (10, 10))
    result = compare(estimate, truth)
    means = truth.values.astype(float)[10:30, 20:40].reshape(10, 2, 10, 2, 31).mean((1, 3))
    assert result.rmse == pytest.approx(metrics.rmse(estimate.values, means), rel=1e-5)
