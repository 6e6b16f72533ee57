"""The models that come with the package: what they weigh, what they say of themselves, and how good they are.

The figures are bars that a shipped model must hold, not the table: that is made by ``python -m benchmarks accuracy``.
"""

import importlib.util

import numpy as np
import pytest

from benchmarks.accuracy.baselines import fit_baseline
from napari_hydra import load_model, make_cube, model_names
from napari_hydra.evaluation import evaluate_cube
from napari_hydra.hydra.files.registry import choose_model, model_card, model_path


@pytest.fixture(scope="module")
def group(shared_file):
    """Return a function that reads the cubes of a group of the shared data."""
    where = shared_file("data/unpack.py")
    spec = importlib.util.spec_from_file_location("unpack", where)
    unpack = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(unpack)

    def read(name):
        cubes = []
        for path in sorted((where.parent / name).glob("*.hsc")):
            values, head, _ = unpack.read(path)
            cubes.append(make_cube(values, head["wavelengths"], bad_bands=head["bad_bands"], source=path.stem))
        return cubes

    return read


SHIPPED = ("visible", "visible-accurate", "vnir", "vnir-accurate")


def test_both_ranges_are_shipped_in_both_presets():
    assert set(model_names()) == set(SHIPPED)
    assert model_card("visible").wavelength_range == (400, 700)
    assert model_card("vnir").wavelength_range == (400, 1000)
    assert choose_model() == "visible"
    assert choose_model([450, 650]) == "visible"
    assert choose_model([450, 900]) == "vnir"
    for name in SHIPPED:
        assert model_card(name).architecture["members"] == (5 if name.endswith("-accurate") else 1)


@pytest.mark.parametrize("name", SHIPPED)
def test_weights_are_small_and_tell_where_they_come_from(name):
    path, card = model_path(name), model_card(name)
    assert path.stat().st_size <= 2e6
    assert "CAVE" in card.trained_on
    assert "research use" in card.licence
    assert card.command.startswith("napari-hydra train 'data/cave-train/*.hdr'")
    if name.endswith("-accurate"):
        assert card.metrics["validation"]["mrae"] > 0
        assert "clay" in card.metrics["scenes"]
        assert card.metrics["folds"] == 5
    else:
        assert not {"validation", "scenes", "folds"} & set(card.metrics)  # those of its teacher
        assert card.metrics["intervals of"] == f"{name}-accurate"
    assert card.metrics["judged by"].endswith(f" --model {name}")
    assert card.date
    assert b"/home/" not in path.read_bytes()[:20000]
    parameters = sum(p.numel() for p in load_model(name, "cpu").network.student.parameters())
    assert parameters <= 800_000


@pytest.mark.parametrize(("name", "mrae"), [("visible", 0.104), ("visible-accurate", 0.102)])
def test_visible_stands_where_local_linear_maps_stand(group, name, mrae):
    model = load_model(name, "cpu")
    cubes = group("cave-val")
    scores = [evaluate_cube(cube, model) for cube in cubes]
    assert model.card.metrics["judged on"] == [cube.attrs["source"] for cube in cubes]
    for figure, noted in model.card.metrics["judged"].items():
        assert np.mean([getattr(s, figure) for s in scores]) == pytest.approx(noted, rel=1e-3), figure
    assert len(scores) == 5
    assert np.mean([s.mrae for s in scores]) <= mrae
    assert np.mean([s.rmse for s in scores]) <= 0.0247
    assert np.mean([s.rgb for s in scores]) < 0.5
    assert 0.85 <= np.mean([s.coverage90 for s in scores]) <= 0.97


@pytest.mark.parametrize("name", ["visible", "visible-accurate"])
def test_visible_keeps_its_accuracy_with_another_camera(group, name):
    model = load_model(name, "cpu")
    cubes = group("cave-val")
    clean, other = ([evaluate_cube(cube, model, track) for cube in cubes] for track in ("srgb", "camera"))
    assert np.mean([s.mrae for s in other]) <= 1.1 * np.mean([s.mrae for s in clean])
    assert np.mean([s.rmse for s in other]) <= 0.03
    assert 0.85 <= np.mean([s.coverage90 for s in other]) <= 0.97


def test_visible_keeps_its_accuracy_on_a_dark_picture(group):
    model = load_model("visible", "cpu")
    cubes = group("cave-val")
    clean, dark = ([evaluate_cube(cube, model, track, fitted=True) for cube in cubes] for track in ("srgb", "exposure"))
    for figure in ("mrae", "rmse"):
        assert np.mean([getattr(s, figure) for s in dark]) <= 1.03 * np.mean([getattr(s, figure) for s in clean])


@pytest.mark.parametrize("name", ["vnir", "vnir-accurate"])
def test_vnir_is_better_than_the_linear_map_on_every_airborne_sensor(group, name):
    model = load_model(name, "cpu")
    training = [cube for name in ("neon-train", "enmap-train", "airborne-train", "spectra") for cube in group(name)]
    linear = fit_baseline("linear", training, 400, 1000, 5)
    for name in ("neon-val", "enmap-val"):
        truths = group(name)
        ours, theirs = ([evaluate_cube(cube, method) for cube in truths] for method in (model, linear))
        for figure in ("nrmse", "sam"):
            ratios = [getattr(a, figure) / getattr(b, figure) for a, b in zip(ours, theirs, strict=True)]
            assert np.exp(np.mean(np.log(ratios))) < 1, (name, figure)
