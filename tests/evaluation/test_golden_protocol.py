"""The protocol as it was fixed: pictures and figures that it gave once, kept beside this test."""

import numpy as np
import pytest
from known_model import KnownModel
from write_golden_protocol import GOLDEN, SEED, TRACKS

from napari_hydra.cube import make_cube
from napari_hydra.evaluation import evaluate_cube
from napari_hydra.evaluation.protocol import take_picture

CASES = ("visible", "vnir")
FIGURES = ("mrae", "rmse", "psnr", "nrmse", "sam", "rgb")


@pytest.fixture(scope="module")
def golden():
    with np.load(GOLDEN) as stored:
        return dict(stored)


@pytest.mark.parametrize("track", TRACKS)
@pytest.mark.parametrize("case", CASES)
def test_pictures_are_those_of_the_protocol(golden, case, track):
    view = take_picture(golden[f"{case} cube"], golden[f"{case} wavelengths"], track, SEED)
    expected = golden[f"{case} {track} picture"]
    assert view.picture.dtype == expected.dtype
    # Of JPEG the last bit is the library's.
    np.testing.assert_allclose(view.picture.astype(int), expected.astype(int), atol=int(track == "srgb-jpeg"))
    assert view.gain == pytest.approx(golden[f"{case} {track} gain"], rel=1e-6)


@pytest.mark.parametrize("track", TRACKS)
@pytest.mark.parametrize("case", CASES)
def test_figures_are_those_of_the_protocol(golden, case, track):
    cube, wavelengths = golden[f"{case} cube"], golden[f"{case} wavelengths"]
    estimate = np.maximum(cube * np.float32(golden[f"{case} {track} gain"]) + golden[f"{case} error"], 0)
    model = KnownModel(estimate / (4 if track == "exposure" else 1), wavelengths, 400, 1000)
    scores = evaluate_cube(make_cube(cube, wavelengths), model, track)
    expected = {figure: golden[key] for figure in FIGURES if (key := f"{case} {track} {figure}") in golden}
    assert len(expected) == 5 + (case == "visible" and track != "camera")
    for figure, value in expected.items():
        close = 1e-2 if (track, figure) == ("srgb-jpeg", "rgb") else 1e-5
        assert getattr(scores, figure) == pytest.approx(float(value), rel=close), figure
