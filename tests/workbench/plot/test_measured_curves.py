"""Spectra of a point spectrometer in the plot, at the pins that they were measured at."""

import numpy as np
import pytest
from latent_scene import latent_cube, scene, truth_of

from napari_hydra._napari.state.store import Pin, Store
from napari_hydra.io import MeasuredSpectrum
from napari_hydra.workbench.plot.palette import LIGHT
from napari_hydra.workbench.plot.plot_state import resolve
from napari_hydra.workbench.plot.plots import spectra_figure
from napari_hydra.workbench.scene.measured_spectra import TRUTH
from napari_hydra.workbench.scene.view_snapshot import ViewSnapshot

PIN, OTHER = Pin("P1", 10, 20, "#e69f00"), Pin("P2", 3, 4, "#56b4e9")
GRID = np.arange(350.0, 2501.0, 1.0)


def measured(source="field.csv", y=10, x=20, values=None):
    return MeasuredSpectrum(y, x, GRID, 0.3 + GRID / 10_000 if values is None else values, "M", source)


def store_with(*measurements, pins=(PIN, OTHER), **keywords):
    shown = scene(truth=truth_of(latent_cube(), offset=0.05))
    return Store(scene=shown, pins=pins, measurements=measurements, **keywords)


def drawn(state):
    return [curve for curve in state.curves if curve.kind == "measured"]


def test_a_spectrum_is_drawn_at_its_pin_and_its_own_wavelengths():
    state = resolve(store_with(measured()))
    (curve,) = drawn(state)
    assert curve.colour == PIN.colour
    low, high = state.x_limits
    assert (low, high) == resolve(store_with()).x_limits  # the scene decides how far the plot goes
    np.testing.assert_array_equal(curve.wavelengths, GRID[(low <= GRID) & (high >= GRID)])
    np.testing.assert_allclose(curve.values, 0.3 + curve.wavelengths / 10_000)
    assert [row.text for row in state.rows if row.kind == "measured"] == ["measured spectra (field.csv)"]


def test_without_its_pin_or_out_of_the_truth_it_is_not_drawn():
    for store in (
        store_with(measured(), pins=(OTHER,)),
        store_with(measured(), pins=(Pin("P1", 10, 20, "#e69f00", visible=False), OTHER)),
        store_with(measured(TRUTH)),
    ):
        state = resolve(store)
        assert not drawn(state)
        assert not [row for row in state.rows if row.kind == "measured"]


def test_files_are_named_once_each():
    state = resolve(store_with(measured(), measured("b.sli", 3, 4), measured("b.sli"), measured("far.csv", 0, 0)))
    assert [curve.colour for curve in drawn(state)] == [PIN.colour, PIN.colour, OTHER.colour]
    assert [row.text for row in state.rows if row.kind == "measured"] == ["measured spectra (field.csv, b.sli)"]


def test_transforms_are_of_what_is_seen():
    values = np.where(GRID > 1000, 50.0, 0.2 + 0.1 * (GRID == 550))
    (curve,) = drawn(resolve(store_with(measured(values=values), transform="max = 1")))
    assert curve.values.max() == pytest.approx(1)
    assert curve.values.min() == pytest.approx(0.2 / 0.3)


def test_removing_it_takes_its_curve_away():
    store = store_with(measured())
    assert drawn(resolve(store))
    store.measurements = ()
    assert not drawn(resolve(store))


def test_an_exported_plot_draws_it_dotted_with_markers():
    store = store_with(measured())
    figure = spectra_figure(resolve(ViewSnapshot.of(store)))
    (curve,) = drawn(resolve(store))
    (line,) = [line for line in figure.axes[0].lines if np.array_equal(line.get_ydata(), curve.values)]
    assert line.get_marker() == "v"
    assert line.get_linestyle() == ":" or line.is_dashed()
    assert line.get_color() == LIGHT.truth(PIN.colour)
    assert any("measured spectra (field.csv)" in text.get_text() for axes in figure.axes for text in axes.texts)
