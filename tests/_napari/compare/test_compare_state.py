"""What the dock Compare shows, without a window: known errors, regions, missing bands, large scenes."""

from dataclasses import replace

import numpy as np
import pytest
from latent_scene import HEIGHT, VISIBLE, WIDTH, latent_cube, scene, truth_of

from napari_hydra._napari.compare.state import NO_SCENE, NO_TRUTH, resolve_comparison, scatter_limit
from napari_hydra._napari.compare.table import columns_in
from napari_hydra._napari.state.store import Pin, Region, Store
from napari_hydra._napari.widgets.table import tab_separated
from napari_hydra.errors import HydraError
from napari_hydra.evaluation import score
from napari_hydra.evaluation.comparison import compare_steps
from napari_hydra.progress import drain
from napari_hydra.workbench.scene.compare_pair import Sample, pair_of, pixel_figures, sample_steps
from napari_hydra.workbench.scene.run import rescaled

PIN = Pin("P1", 10, 20, "#e69f00")


class Known:
    """Results as they are once everything is computed."""

    def __init__(self, store, *, complete=True):
        self.store = store
        self.pair = None if store.scene is None else pair_of(store.scene)
        self.whole = self.sample = None
        if complete and self.pair is not None:
            self.whole = drain(compare_steps(self.pair.estimate, self.pair.truth, gain=self.pair.gain))
            self.sample = drain(sample_steps(self.pair))

    def of_pin(self, pin):
        return pixel_figures(self.pair, pin.y, pin.x)

    def of_region(self, region):
        if self.whole is None:
            return None
        return drain(compare_steps(self.pair.estimate, self.pair.truth, gain=self.pair.gain, where=region.mask))


def state_of(store, selected="", *, complete=True):
    return resolve_comparison(store, Known(store, complete=complete), selected)


def test_without_a_scene_or_a_truth_it_says_what_to_do():
    assert state_of(Store()).message == NO_SCENE
    assert state_of(Store(scene=scene(truth=False))).message == NO_TRUTH


def test_rows_hold_the_figures_of_score():
    estimate = latent_cube()
    shown = scene(truth=truth_of(estimate, offset=np.linspace(-0.05, 0.05, 31)))
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[4:9, 6:12] = True
    state = state_of(Store(scene=shown, pins=(PIN,), regions=(Region("R1", "#56b4e9", mask),)))
    assert [row.name for row in state.rows] == ["whole scene", "P1", "R1"]
    assert [row.colour for row in state.rows] == [None, "#e69f00", "#56b4e9"]
    expected = score(shown.estimate, shown.truth, gain=1)
    whole = state.rows[0].cells
    assert whole[0] == f"{expected['mrae']:.3f}"
    assert whole[1] == f"{expected['rmse']:#.3g}"
    assert whole[2] == f"{100 * expected['nrmse']:.1f} %"
    assert whole[3] == f"{expected['sam']:.1f}"
    assert whole[4] == f"{100 * expected['coverage90']:.0f} %"
    assert [row.cells[5] for row in state.rows] == [str(HEIGHT * WIDTH), "1", "30"]


def test_a_matched_scene_is_judged_in_the_unit_of_the_picture():
    estimate = latent_cube()
    truth = truth_of(estimate.scaled(4.0), offset=0.08)
    shown = rescaled(scene(estimate=estimate, truth=truth), 4.0, matched=True)
    whole = Known(Store(scene=shown)).whole
    assert whole.rmse == pytest.approx(0.08, rel=1e-5)
    expected = score(estimate, truth, gain=0.25)
    for name in ("mrae", "rmse", "nrmse", "sam", "coverage90"):
        assert getattr(whole, name) == pytest.approx(expected[name], rel=1e-6), name
    assert "× 4" in state_of(Store(scene=shown)).note
    assert "Not matched" in state_of(Store(scene=scene())).note


def test_selected_row_decides_the_curves():
    store = Store(scene=scene(), pins=(PIN,))
    whole, pin = state_of(store), state_of(store, "P1")
    assert (whole.subject, pin.subject, pin.selected) == ("whole scene", "P1", 1)
    np.testing.assert_allclose(pin.errors.rmse, 0.02, rtol=1e-4)
    np.testing.assert_allclose(pin.errors.bias, -0.02, rtol=1e-4)
    low, high = latent_cube().interval(10, 20)
    np.testing.assert_allclose(pin.errors.half_width, (high - low) / 2, rtol=1e-4)
    assert state_of(store, "a pin that is gone").subject == "whole scene"


def test_scatter_counts_every_sampled_pixel_and_follows_the_band():
    store = Store(scene=scene(), pins=(PIN,), band=5)
    state = state_of(store)
    assert state.band == 450
    assert state.scatter.counts.sum() == HEIGHT * WIDTH
    assert state.scatter.title == "450 nm   RMSE 0.02"
    (mark,) = state.scatter.marks
    truth = store.scene.truth.values[10, 20, 5]
    assert (mark.truth, mark.estimate) == pytest.approx((truth, truth - 0.02), rel=1e-4)
    # All estimates lie 0.02 below the 1:1 line: nothing is counted above it.
    rows, columns = np.nonzero(state.scatter.counts)
    assert (rows <= columns).all()


def test_band_without_truth_has_no_scatter():
    estimate = latent_cube()
    store = Store(scene=scene(truth=truth_of(estimate, wavelengths=VISIBLE[:20])), band=25)
    state = state_of(store)
    assert state.scatter is None
    assert "650 nm" in state.scatter_message
    assert len(state.errors.wavelengths) == 20


def test_missing_data_and_pending_figures_are_told_apart():
    shown = scene()
    shown.truth.values[10, 20] = np.nan
    shown.truth.attrs["ignore_value"] = -1
    mask = np.ones((HEIGHT, WIDTH), bool)
    store = Store(scene=shown, pins=(PIN,), regions=(Region("R1", "#56b4e9", mask),))

    class WithError(Known):
        def of_pin(self, pin):
            try:
                return super().of_pin(pin)
            except HydraError as error:
                return error

    state = resolve_comparison(store, WithError(store, complete=False), "P1")
    assert set(state.rows[0].cells) == set(state.rows[2].cells) == {"…"}
    assert set(state.rows[1].cells) == {"–"}
    assert "No pixel of the truth has data" in state.errors_message
    assert state.errors is None


def test_pins_and_regions_of_another_scene_are_left_out():
    outside = Pin("P2", HEIGHT + 3, 2, "#000000")
    other = Region("R1", "#56b4e9", np.ones((3, 3), bool))
    state = state_of(Store(scene=scene(), pins=(outside,), regions=(other,)))
    assert len(state.rows) == 1


def test_table_can_be_pasted():
    state = state_of(Store(scene=scene(), pins=(PIN,)))
    lines = tab_separated(columns_in(state.unit), state.rows).splitlines()
    assert lines[0].split("\t")[:3] == ["", "MRAE", "RMSE (reflectance)"]
    assert lines[2].split("\t")[0] == "P1"
    assert lines[2].split("\t")[2] == "0.0200"


def test_sample_is_an_even_grid_of_a_large_scene():
    estimate = latent_cube(height=300, width=400)
    sample = drain(sample_steps(pair_of(scene(estimate=estimate, truth=truth_of(estimate)))))
    assert isinstance(sample, Sample)
    assert 10_000 < len(sample.truth) <= 20_000
    np.testing.assert_allclose(sample.truth - sample.estimate, 0.02, atol=1e-5)


def test_pair_is_made_once_for_a_scene():
    shown = scene()
    assert pair_of(shown) is pair_of(shown)
    assert pair_of(replace(shown)) is not pair_of(shown)


@pytest.mark.parametrize(("top", "limit"), [(0.71, 0.8), (1.0, 1.0), (0.081, 0.1), (6400.0, 8000.0), (0.0, 1.0)])
def test_axes_end_at_round_numbers(top, limit):
    assert scatter_limit(np.full(10, top)) == pytest.approx(limit)
