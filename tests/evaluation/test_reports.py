"""Reports: a table to read and a file to compute with."""

import json

import numpy as np
import pytest

from napari_hydra.errors import HydraError
from napari_hydra.evaluation import SceneScores, mean_scores, report, scores_table, write_report


def _scene(name, rmse, rgb):
    bands = np.array([400.0, 410.0])
    return SceneScores(
        name=name,
        track="srgb",
        seconds=0.25,
        bands_left_out=3,
        mrae=0.1,
        rmse=rmse,
        psnr=30.0,
        nrmse=0.2,
        sam=5.0,
        rgb=rgb,
        coverage90=0.9,
        pixels=4,
        without_angle=0,
        factor=1.0,
        wavelengths=bands,
        mrae_per_band=bands,
        rmse_per_band=bands,
        coverage90_per_band=np.full(2, np.nan),
        half_width_per_band=np.full(2, np.nan),
    )


SCENES = [_scene("short", 0.02, 0.4), _scene("a longer name", 0.04, float("nan"))]


def test_means_are_over_the_scenes_that_have_the_figure():
    mean = mean_scores(SCENES)
    assert mean["rmse"] == pytest.approx(0.03)
    assert mean["rgb"] == pytest.approx(0.4)
    assert mean_scores(SCENES[1:])["rgb"] is None


def test_the_report_has_the_documented_shape():
    content = report("visible", "srgb", SCENES)
    assert list(content) == ["model", "track", "fit_gain", "scenes", "mean"]
    assert [report("m", *given)["fit_gain"] for given in (("srgb", []), ("exposure", []))] == [False, True]
    assert report("m", "srgb", [], fitted=True)["fit_gain"]
    assert [scene["name"] for scene in content["scenes"]] == ["short", "a longer name"]
    wanted = {"name", "mrae", "rmse", "psnr", "sam", "rgb", "coverage90", "seconds"}
    assert wanted <= set(content["scenes"][0])
    assert content["scenes"][1]["rgb"] is None
    detailed = report("visible", "srgb", SCENES, per_band=True)["scenes"][0]
    assert detailed["wavelengths"] == [400.0, 410.0]
    assert detailed["coverage90_per_band"] == [None, None]
    assert detailed["half_width_per_band"] == [None, None]


def test_the_table_is_aligned_and_ends_with_the_mean():
    lines = scores_table(SCENES).splitlines()
    assert lines[0].split()[:3] == ["scene", "MRAE", "RMSE"]
    assert lines[-1].split()[:3] == ["mean", "0.1000", "0.0300"]
    assert len(lines) == 6
    assert len({len(line) for line in lines}) == 1
    assert " - " in lines[3]
    assert "mean" not in scores_table(SCENES[:1])


def test_a_report_is_written_whole_or_not_at_all(tmp_path):
    path = write_report(report("visible", "srgb", SCENES), tmp_path / "figures.json")
    assert json.loads(path.read_text())["mean"]["rmse"] == pytest.approx(0.03)
    with pytest.raises(HydraError, match=r"figures\.json exists already"):
        write_report({}, path)
    write_report({"a": 1}, path, overwrite=True)
    assert json.loads(path.read_text()) == {"a": 1}
    with pytest.raises(HydraError, match="absent"):
        write_report({}, tmp_path / "absent" / "figures.json")
    with pytest.raises(ValueError, match="JSON"):
        write_report({"a": float("nan")}, tmp_path / "nan.json")
    assert [p.name for p in tmp_path.iterdir()] == ["figures.json"]
