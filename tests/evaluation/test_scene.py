"""Scenes under the protocol, with a model whose answer is known."""

import json

import numpy as np
import pytest
from known_model import KnownLatent, KnownModel

from napari_hydra.cube import make_cube
from napari_hydra.errors import HydraError
from napari_hydra.evaluation import evaluate_cube, score
from napari_hydra.evaluation.protocol import TRACKS, take_picture

VISIBLE = np.arange(400.0, 701.0, 10.0)
NAMES = ("mrae", "rmse", "psnr", "nrmse", "sam")


def _values(bands=31, seed=0):
    rng = np.random.default_rng(seed)
    return (0.05 + np.abs(np.cumsum(rng.normal(0, 0.05, (24, 20, bands)), axis=-1))).astype(np.float32)


def _perturbed(target, seed=1):
    noise = np.random.default_rng(seed).normal(0, 0.02, target.shape)
    return np.maximum(target + noise, 0).astype(np.float32)


@pytest.mark.parametrize("track", TRACKS)
def test_pictures_equal_the_protocol(shared_protocol, track):
    values = _values() * np.linspace(0.2, 3, 24, dtype=np.float32)[:, None, None]  # some of it saturates
    picture, target = shared_protocol.render(values, VISIBLE, track, seed=5)
    view = take_picture(values, VISIBLE, track, seed=5)
    np.testing.assert_array_equal(view.picture, picture)
    assert view.picture.dtype == picture.dtype
    np.testing.assert_allclose(view.gain * values, target, rtol=1e-6)


@pytest.mark.parametrize("track", TRACKS)
def test_scores_equal_the_protocol(shared_protocol, track):
    values = _values()
    picture, target = shared_protocol.render(values, VISIBLE, track)
    answer = _perturbed(target) * (0.25 if track == "exposure" else 1)
    expected = shared_protocol.score(answer, target, VISIBLE, picture, fit_gain=track == "exposure")
    scores = evaluate_cube(make_cube(values, VISIBLE), KnownModel(answer, VISIBLE), track)
    for name, value in expected.items():
        assert getattr(scores, name) == pytest.approx(value, rel=1e-6), name
    assert np.isnan(scores.rgb) == ("rgb" not in expected) == (track == "camera")


@pytest.mark.parametrize("name", ["cave-val/feathers", "airborne-train/aviris_urban_vegetation", "enmap-val/*"])
def test_real_cubes_score_as_in_the_protocol(shared_protocol, shared_cube, shared_names, name):
    values, wavelengths, bad = shared_cube(shared_names(name))
    keep = np.setdiff1d(np.arange(len(wavelengths)), bad)
    clean, bands = shared_protocol.sort_bands(values[..., keep], wavelengths[keep])
    picture, target = shared_protocol.render(clean, bands)
    inside = (bands >= 400) & (bands <= 1000)
    answer = _perturbed(target)
    expected = shared_protocol.score(answer[..., inside], target[..., inside], bands[inside], picture)
    cube = make_cube(values, wavelengths, bad_bands=bad, source=f"{name}.hdr")
    model = KnownModel(answer, bands, 400, 1000)
    scores = evaluate_cube(cube, model)
    np.testing.assert_array_equal(model.asked.picture, picture)
    for key, value in expected.items():
        assert getattr(scores, key) == pytest.approx(value, rel=1e-6), key
    assert scores.bands_left_out == (~inside).sum()


def test_the_model_is_asked_for_good_bands_in_its_range():
    wavelengths = np.linspace(390.0, 1100.0, 143)
    bad = [0, 20, 140]
    values = _values(143)
    values[..., bad] = np.nan
    cube = make_cube(values, wavelengths, bad_bands=bad, source="plot/flight 3.hdr")
    good = np.setdiff1d(np.arange(143), bad)
    gain = take_picture(values[..., good], wavelengths[good]).gain
    model = KnownModel(values * gain, wavelengths)
    scores = evaluate_cube(cube, model)
    kept = wavelengths[good][(wavelengths[good] >= 400) & (wavelengths[good] <= 700)]
    np.testing.assert_array_equal(model.asked.wavelengths, kept)
    np.testing.assert_array_equal(scores.wavelengths, kept)
    assert scores.bands_left_out == len(good) - len(kept)
    assert scores.name == "flight 3"
    assert scores.rmse < 1e-6
    assert scores.psnr > 100
    assert (model.asked.camera.name, model.asked.white_level) == ("srgb", None)
    evaluate_cube(cube, model, "camera")
    assert (model.asked.camera.name, model.asked.white_level) == ("nikon-5100", 4095)
    assert model.asked.picture.dtype == np.uint16


def test_coverage_is_the_share_of_the_truth_inside():
    values = _values()
    gain = take_picture(values, VISIBLE).gain
    off = np.where(np.arange(31) < 10, 0.01, 0.03).astype(np.float32)
    scores = evaluate_cube(make_cube(values, VISIBLE), KnownModel(values * gain + off, VISIBLE, half_width=0.02))
    np.testing.assert_array_equal(scores.coverage90_per_band, np.arange(31) < 10)
    assert scores.coverage90 == pytest.approx(10 / 31)
    np.testing.assert_allclose(scores.half_width_per_band, 0.02, rtol=1e-6)
    # On the dark track intervals grow with the factor that is fitted.
    sign = np.where(np.indices(values.shape).sum(0) % 2, 1, -1)
    quarter = KnownModel((values * gain + sign * off) / 4, VISIBLE, half_width=0.02 / 4)
    dark = evaluate_cube(make_cube(values, VISIBLE), quarter, "exposure")
    assert dark.factor == pytest.approx(4, rel=0.02)
    assert dark.coverage90 == pytest.approx(10 / 31, abs=0.02)


def test_one_factor_is_fitted_where_asked(shared_protocol):
    values = _values()
    picture, target = shared_protocol.render(values, VISIBLE, "srgb")
    answer = 0.8 * _perturbed(target)
    expected = shared_protocol.score(answer, target, VISIBLE, picture, fit_gain=True)
    scores = evaluate_cube(make_cube(values, VISIBLE), KnownModel(answer, VISIBLE), "srgb", fitted=True)
    for name, value in expected.items():
        assert getattr(scores, name) == pytest.approx(value, rel=1e-6), name
    as_it_is = evaluate_cube(make_cube(values, VISIBLE), KnownModel(answer, VISIBLE), "srgb")
    assert as_it_is.rmse > 2 * scores.rmse


def test_missing_pixels_are_left_out_of_every_figure():
    values = _values()
    holed = values.copy()
    holed[3, 4] = np.nan
    cube = make_cube(holed, VISIBLE, ignore_value=-9999)
    gain = take_picture(holed, VISIBLE).gain
    answer = _perturbed(values * gain)
    answer[3, 4] = 50
    scores = evaluate_cube(cube, KnownModel(answer, VISIBLE))
    assert scores.pixels == 24 * 20 - 1
    assert scores.rmse < 0.03
    assert scores.rgb < 5
    with pytest.raises(HydraError, match="NaN"):
        evaluate_cube(make_cube(holed, VISIBLE), KnownModel(answer, VISIBLE))


def test_the_json_has_no_nan_and_the_asked_shape():
    values = _values()
    cube = make_cube(values, VISIBLE, source="a.hdr")
    scores = evaluate_cube(cube, KnownModel(values, VISIBLE), "camera").to_dict(per_band=True)
    text = json.loads(json.dumps(scores, allow_nan=False))
    assert {"name", *NAMES, "rgb", "coverage90", "seconds", "bands_left_out"} <= set(text)
    assert text["rgb"] is None
    assert len(text["mrae_per_band"]) == 31
    assert "mrae_per_band" not in evaluate_cube(cube, KnownModel(values, VISIBLE)).to_dict()


def test_impossible_scenes_are_refused():
    infrared = np.linspace(900.0, 1700.0, 31)
    with pytest.raises(HydraError, match=r"far\.hdr: Bands from 900 to 1700 nm"):
        evaluate_cube(make_cube(_values(), infrared, source="far.hdr"), KnownModel(_values(), infrared, 400, 1000))
    with pytest.raises(HydraError, match="no usable band"):
        evaluate_cube(make_cube(_values(), VISIBLE), KnownModel(_values(), VISIBLE, 800, 1000))
    with pytest.raises(HydraError, match="track 'raw'"):
        evaluate_cube(make_cube(_values(), VISIBLE), KnownModel(_values(), VISIBLE), "raw")


def _latent(values, wavelengths=VISIBLE, half_width=0.02):
    return KnownLatent(np.asarray(values, np.float32), np.asarray(wavelengths), half_width)


def test_score_with_a_known_gain_is_the_protocol_in_the_unit_of_the_truth(shared_protocol):
    values = _values() * 1000  # a truth in counts
    _, target = shared_protocol.render(values, VISIBLE)
    answer = _perturbed(target)
    expected = shared_protocol.score(answer, target)
    gain = take_picture(values, VISIBLE).gain
    result = score(_latent(answer), make_cube(values, VISIBLE, quantity="counts"), gain=gain)
    for name in ("mrae", "psnr", "nrmse", "sam"):
        assert result[name] == pytest.approx(expected[name], rel=1e-5), name
    assert result["rmse"] == pytest.approx(expected["rmse"] / gain, rel=1e-5)
    assert result["factor"] == pytest.approx(1 / gain)
    # What the viewer has already scaled scores the same.
    again = score(_latent(answer).scaled(3.0), make_cube(values, VISIBLE), gain=gain)
    assert again["rmse"] == pytest.approx(result["rmse"], rel=1e-5)
    assert again["coverage90"] == pytest.approx(result["coverage90"])


def test_score_of_a_foreign_picture_fits_one_factor():
    values = _values()
    result = score(_latent(values * 0.2), make_cube(values, VISIBLE))
    assert result["factor"] == pytest.approx(5, rel=1e-5)
    assert result["rmse"] == pytest.approx(0, abs=1e-6)
    noisy = _perturbed(values * 0.2)
    first, second = (
        score(_latent(noisy), make_cube(values, VISIBLE)),
        score(_latent(noisy).scaled(7.0), make_cube(values, VISIBLE)),
    )
    for name, value in first.items():
        assert second[name] == pytest.approx(value, rel=1e-5), name


def test_score_decodes_at_the_bands_of_the_truth():
    values = _values()
    wide = np.concatenate([VISIBLE, [720.0, 740.0]])
    truth = make_cube(np.concatenate([values, values[..., :2]], -1), wide, bad_bands=[4])
    result = score(_latent(values), truth, gain=1.0)
    assert result["rmse"] == 0
    assert result["bands_left_out"] == 2
    with pytest.raises(HydraError, match="no usable band"):
        score(_latent(values), make_cube(values, VISIBLE + 1000))
    with pytest.raises(HydraError, match="24 x 20 pixels"):
        score(_latent(values), make_cube(values[1:], VISIBLE))
    with pytest.raises(HydraError, match="gain of -1"):
        score(_latent(values), make_cube(values, VISIBLE), gain=-1)


def test_nothing_decodes_the_whole_cube(monkeypatch):
    monkeypatch.setattr("napari_hydra.evaluation.figures._BLOCK", 4 * 20 * 31)
    values = _values()
    latent = _latent(values)
    score(latent, make_cube(values, VISIBLE))
    assert 0 < latent.largest_tile <= 4 * 20 * 31
