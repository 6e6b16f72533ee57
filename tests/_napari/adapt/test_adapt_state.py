"""What the dock Adapt knows, without a window."""

from dataclasses import replace

import numpy as np
import pytest
from latent_scene import HEIGHT, WIDTH, latent_cube, scene, truth_of

from napari_hydra._napari.adapt.state import (
    SampleSite,
    added,
    from_truth,
    known_gain,
    located,
    measured_cells,
    pixels_of_region,
    result_rows,
    shown_side,
    summary,
)
from napari_hydra._napari.state.scene_adaptation import SceneAdaptation
from napari_hydra._napari.state.store import Pin, Region, Store
from napari_hydra.errors import HydraError
from napari_hydra.evaluation.comparison import compare_steps
from napari_hydra.io import MeasuredSpectrum
from napari_hydra.progress import drain

GRID = np.arange(350.0, 1000.0, 5.0)
PINS = (Pin("P1", 10, 20, "#e69f00"), Pin("Leaf", 3, 4, "#56b4e9"))


def spectrum_of_file(name, y=None, x=None):
    return MeasuredSpectrum(y, x, GRID, np.full(GRID.size, 0.5), name)


def test_the_truth_gives_spectra_where_it_has_data():
    shown = scene()
    shown.truth.values[3, 4] = np.nan
    found = from_truth(shown, [("P1", 10, 20), ("Leaf", 3, 4)])
    assert [(m.name, m.y, m.x, m.source, m.used) for m in found] == [("P1", 10, 20, "truth", True)]
    np.testing.assert_array_equal(found[0].values, shown.truth.values[10, 20])
    assert measured_cells(found[0]) == ("P1", "(10, 20)", "truth", "400 – 700 nm, 31")
    with pytest.raises(HydraError, match="no pixel with data"):
        from_truth(shown, [("Leaf", 3, 4)])
    with pytest.raises(HydraError, match="no truth"):
        from_truth(scene(truth=False), [("P1", 10, 20)])


def test_pixels_of_a_region_are_inside_scattered_and_the_same_every_time():
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[4:20, 5:25] = True
    region = Region("R1", "#56b4e9", mask)
    chosen = pixels_of_region(region, 40)
    assert chosen == pixels_of_region(region, 40)
    assert len({(y, x) for _, y, x in chosen}) == 40
    assert all(mask[y, x] for _, y, x in chosen)
    assert len({y for _, y, _ in chosen}) > 8
    assert chosen[0][0] == "R1.1"
    assert len(pixels_of_region(Region("R2", "#56b4e9", mask & (np.arange(WIDTH) == 6)), 40)) == 16


def test_spectra_of_a_file_find_their_pixels():
    spectra = [
        spectrum_of_file("p1"),
        spectrum_of_file("2"),
        spectrum_of_file("soil"),
        spectrum_of_file("LEAF"),
        spectrum_of_file("x", 7, 8),
    ]
    found, unplaced = located(spectra, scene(), PINS, (SampleSite(1, 1, 1), SampleSite(2, 11, 12)), "field.csv")
    assert [(m.y, m.x) for m in found] == [(10, 20), (11, 12), (3, 4), (7, 8)]
    assert unplaced == ("soil",)
    assert {m.source for m in found} == {"field.csv"}
    with pytest.raises(HydraError, match="none of its spectra"):
        located([spectrum_of_file("soil")], scene(), PINS, (), "field.csv")
    with pytest.raises(HydraError, match=r"\(24, 0\) lies outside the picture of 24 x 32"):
        located([spectrum_of_file("a", HEIGHT, 0)], scene(), PINS, (), "field.csv")


def test_a_newer_spectrum_of_the_same_source_and_pixel_counts():
    first = from_truth(scene(), [("P1", 10, 20), ("Leaf", 3, 4)])
    file = MeasuredSpectrum(10, 20, GRID, GRID, "P1", "field.csv")
    again = from_truth(scene(), [("moved", 10, 20)])
    assert [m.name for m in added(added(first, [file]), again)] == ["Leaf", "P1", "moved"]


def test_the_gain_is_known_only_of_the_truth_that_was_rendered():
    rendered = scene(gain=1.7)
    truth = from_truth(rendered, [("P1", 10, 20)])
    assert known_gain(rendered, truth) == 1.7
    assert known_gain(rendered, (*truth, MeasuredSpectrum(10, 20, GRID, GRID, "P1", "field.csv"))) is None
    assert known_gain(scene(), truth) is None


@pytest.fixture
def adapted():
    """An error of 0.02 that adapting halves, without any model."""
    before = scene(estimate=latent_cube(), truth=truth_of(latent_cube(), 0.02))
    moved = replace(latent_cube(), latents=latent_cube().latents + np.array([0.01, 0], np.float32)[:, None, None])
    after = replace(before, estimate=moved)
    figures = tuple(drain(compare_steps(s.estimate, s.truth)) for s in (before, after))
    return SceneAdaptation(before=before, after=after, spectra=5, left_out=(0.4, 0.3), figures=figures)


def test_figures_stand_side_by_side(adapted):
    rows = {row.title: row for row in result_rows(adapted)}
    left = rows["Spectrum left out"]
    assert (left.before, left.after, left.change) == ("0.4", "0.3", "−25 %")
    rmse = rows["RMSE elsewhere"]
    assert (rmse.before, rmse.after, rmse.change) == ("0.02", "0.01", "−50 %")
    assert [row.title for row in result_rows(replace(adapted, figures=None))] == ["Spectrum left out"]
    assert result_rows(None) == ()


def test_the_shown_side_is_known_in_any_unit(adapted):
    store = Store(scene=adapted.after, adaptation=adapted)
    assert shown_side(store) == "after"
    store.scene = replace(adapted.before, estimate=adapted.before.estimate.scaled(3.0))
    assert shown_side(store) == "before"
    store.scene = scene()
    assert shown_side(store) is None


def test_what_to_do_next_is_said(adapted):
    store = Store()
    assert "Run a reconstruction first" in summary(store)
    store.scene = adapted.before
    assert summary(store).startswith("0 of at least 3")
    store.measurements = from_truth(store.scene, [(str(i), i, i) for i in range(4)])
    assert summary(store) == "4 measured spectra; press Adapt."
    store.measurements = tuple(replace(m, used=m.y < 2) for m in store.measurements)
    assert summary(store).startswith("2 of at least 3")
    store.adaptation = adapted
    assert "fell by 25 %" in summary(store)
