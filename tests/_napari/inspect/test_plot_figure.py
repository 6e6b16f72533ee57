"""How plot states are drawn: what is redrawn, where things stand, what is read off the picture."""

from dataclasses import replace

import numpy as np
import pytest
from latent_scene import HEIGHT, WIDTH, scene
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import same_color
from matplotlib.figure import Figure

from napari_hydra._napari.state.store import Pin, Region, Store
from napari_hydra.workbench.plot.palette import DARK, LIGHT
from napari_hydra.workbench.plot.plot_state import resolve
from napari_hydra.workbench.plot.spectra_figure import SpectraFigure

SIZES = [(340, 150), (420, 560), (420, 300), (1240, 150), (1240, 320)]


@pytest.fixture
def store():
    mask = np.zeros((HEIGHT, WIDTH), dtype=bool)
    mask[4:8, 10:14] = True
    pins = (Pin("P1", 10, 20, "#e69f00"), Pin("P2", 0, 3, "#56b4e9"))
    store = Store(scene=scene(factor=1.25, matched=True), pins=pins, regions=(Region("R1", "#0072b2", mask),))
    store.band = 12
    return store


def drawing_of(store, theme=LIGHT, size=(900, 480)):
    figure = Figure(figsize=(size[0] / 100, size[1] / 100), dpi=100)
    FigureCanvasAgg(figure)
    drawing = SpectraFigure(figure, theme)
    drawing.update(resolve(store))
    figure.canvas.draw()
    return drawing


def texts_of(drawing):
    return [text for axes in drawing.figure.axes for text in axes.texts if text.get_text()]


def lines_in(drawing, colour):
    return [line for axes in drawing.figure.axes for line in axes.lines if same_color(line.get_color(), colour)]


@pytest.mark.parametrize("size", SIZES)
def test_everything_stays_inside_of_the_picture_and_nothing_overlaps(store, size):
    store.hover = (3, 3)
    drawing = drawing_of(store, size=size)
    drawing.settle()
    drawing.figure.canvas.draw()
    whole = drawing.figure.bbox
    spectral = [axes for axes in drawing.figure.axes if drawing.is_spectral(axes)]
    boxes = [axes.get_tightbbox() for axes in spectral]
    assert len(boxes) == 2
    assert not boxes[0].shrunk(0.99, 0.99).overlaps(boxes[1].shrunk(0.99, 0.99))
    for box in boxes:
        assert box.x0 >= -1
        assert box.y0 >= -1
        assert box.y1 <= whole.height + 1
    labels = [text for text in texts_of(drawing) if text.axes not in spectral]
    assert len(labels) >= (4 if size != (340, 150) else 0)
    for text in labels:
        box = text.get_window_extent()
        assert box.x1 <= whole.width + 1, text.get_text()
        assert not any(box.overlaps(axes.bbox) for axes in spectral), text.get_text()


def test_pins_keep_their_rows_where_the_key_does_not_fit(store):
    words = [text.get_text() for text in texts_of(drawing_of(store, size=(1240, 150)))]
    assert any(word.startswith("P1 (10, 20)  RMSE") for word in words)
    assert any(word.startswith("R1 (16 px)") for word in words)
    assert "± standard deviation of the pixels" not in words
    words = [text.get_text() for text in texts_of(drawing_of(store, size=(1240, 320)))]
    assert "measured (truth)" in words


def test_more_rows_than_fit_are_counted(store):
    store.pins = tuple(Pin(f"P{i}", i, i, "#e69f00") for i in range(20))
    words = [text.get_text() for text in texts_of(drawing_of(store, size=(1240, 200)))]
    (rest,) = [word for word in words if word.startswith("… and")]
    shown = sum(word.startswith(("P", "R1", "ramps", "matched")) for word in words)
    assert rest == f"… and {23 - shown} more"


def test_truth_and_estimate_share_a_colour_family_and_differ_in_line_and_shade(store):
    for theme in (LIGHT, DARK):
        drawing = drawing_of(store, theme)
        upper = drawing.figure.axes[0]
        estimate = next(line for line in upper.lines if same_color(line.get_color(), "#e69f00"))
        truth = next(line for line in upper.lines if same_color(line.get_color(), theme.truth("#e69f00")))
        assert estimate.get_linestyle() == "-"
        assert truth.is_dashed()
        assert not same_color(truth.get_color(), estimate.get_color())


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_every_word_can_be_read_on_the_background(store, theme):
    def luminance(colour):
        channels = np.array([int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)])
        linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
        return float(linear @ [0.2126, 0.7152, 0.0722])

    def contrast(colour):
        first, second = luminance(colour), luminance(theme.background)
        return (max(first, second) + 0.05) / (min(first, second) + 0.05)

    drawing = drawing_of(store, theme)
    assert {text.get_color() for text in texts_of(drawing)} == {theme.foreground}
    assert contrast(theme.foreground) > 7  # WCAG AAA for text
    for colour in ("#e69f00", "#56b4e9", "#009e73", "#cc79a7", "#d55e00"):
        assert contrast(colour) > 1.9, colour


def test_hovering_leaves_the_fixed_part_alone(store):
    drawing = drawing_of(store)
    fixed = drawing.figure.axes[0].lines[0]
    store.hover = (2, 3)
    drawing.update(resolve(store))  # may widen the axes once
    store.hover = (2, 4)
    assert not drawing.update(resolve(store))
    store.band = 20
    assert not drawing.update(resolve(store))
    assert drawing.figure.axes[0].lines[0] is fixed
    store.pins = store.pins[:1]
    assert drawing.update(resolve(store))


def test_axes_grow_while_hovering_and_settle_after_it(store):
    drawing = drawing_of(store)
    top = drawing.figure.axes[0].get_ylim()[1]
    store.hover = (23, 31)  # the brightest pixel
    assert drawing.update(resolve(store))
    grown = drawing.figure.axes[0].get_ylim()[1]
    assert grown > top
    store.hover = (0, 0)
    assert not drawing.update(resolve(store))
    assert drawing.figure.axes[0].get_ylim()[1] == grown
    store.hover = None
    assert drawing.update(resolve(store))
    assert drawing.figure.axes[0].get_ylim()[1] == pytest.approx(top)


def test_live_curves_are_drawn_only_when_asked(store):
    drawing = drawing_of(store)
    before = np.asarray(drawing.figure.canvas.buffer_rgba()).copy()
    store.band = 25
    drawing.update(resolve(store))
    drawing.figure.canvas.draw()
    np.testing.assert_array_equal(np.asarray(drawing.figure.canvas.buffer_rgba()), before)
    drawing.draw_live()
    changed = np.argwhere((np.asarray(drawing.figure.canvas.buffer_rgba()) != before).any(axis=-1))
    upper = drawing.figure.axes[0]
    x = upper.transData.transform((650.0, 0.0))[0]  # band 25
    assert abs(np.median(changed[:, 1]) - x) < 2


def test_the_message_stands_in_an_empty_plot():
    drawing = drawing_of(Store())
    assert "press Run" in drawing.figure.texts[0].get_text()
    drawing = drawing_of(Store(scene=scene()))
    assert "Click a pixel" in drawing.figure.texts[0].get_text()
    assert drawing.figure.axes == []  # nothing lies under the words
    drawing.update(replace(drawing.state, subject=("the median instead",)))  # still nothing to draw
    assert "Click a pixel" in drawing.figure.texts[0].get_text()


def test_curves_change_while_the_axes_stay(store):
    drawing = drawing_of(store)
    axes = drawing.figure.axes[0]
    before = len(axes.lines)
    store.pins = store.pins[:1]
    drawing.update(resolve(store))
    words = [text.get_text() for text in texts_of(drawing)]
    fewer = len(drawing.figure.axes[0].lines)
    assert 0 < fewer < before
    assert not any(word.startswith("P2") for word in words)
    state = replace(drawing.state, rows=())
    drawing.update(state)
    axes = drawing.figure.axes[0]
    store.pins, store.regions = (), ()
    store.hover = (3, 4)
    drawing.update(replace(resolve(store), rows=()))
    assert drawing.figure.axes[0] is axes  # the same axes with other curves
    assert len(axes.lines) == 3  # estimate and truth of the cursor, and the mark of the band


@pytest.mark.parametrize("size", [(2.6, 1.2), (9.0, 1.2), (2.6, 6.0)], ids=["small", "low", "narrow"])
def test_the_message_is_never_cut(size):
    for store in (Store(), Store(scene=scene())):
        figure = Figure(figsize=size)
        FigureCanvasAgg(figure)
        SpectraFigure(figure).update(resolve(store))
        box = figure.texts[0].get_window_extent(figure.canvas.get_renderer())
        assert box.x0 >= 0
        assert box.y0 >= 0
        assert box.x1 <= figure.bbox.width
        assert box.y1 <= figure.bbox.height


def test_a_theme_recolours_what_is_there(store):
    drawing = drawing_of(store, LIGHT)
    assert not drawing.update(drawing.state, theme=LIGHT)
    assert drawing.update(drawing.state, theme=DARK)
    assert same_color(drawing.figure.get_facecolor(), DARK.background)
    assert same_color(drawing.figure.axes[0].get_facecolor(), DARK.background)


def test_a_single_band_is_a_point_that_can_be_seen(store):
    from latent_scene import latent_cube

    store.regions = ()
    store.scene = scene(estimate=latent_cube([550.0]))
    drawing = drawing_of(store)
    assert lines_in(drawing, "#e69f00")[0].get_marker() == "."


def test_nothing_is_set_globally(store):
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    drawing_of(store, DARK)
    assert dict(mpl.rcParams) == before


def test_one_wide_interval_does_not_flatten_the_curves(store):
    from dataclasses import replace

    wide = replace(store.scene.estimate, uncertainty=store.scene.estimate.uncertainty * 1000)
    store.scene = replace(store.scene, estimate=wide)
    drawing = drawing_of(store)
    upper, lower = (axes for axes in drawing.figure.axes if drawing.is_spectral(axes))
    top = max(np.nanmax(line.get_ydata()) for line in upper.lines if len(line.get_ydata()) > 2)
    assert top < upper.get_ylim()[1] < 1.6 * top
    assert lower.get_ylim()[1] == pytest.approx(2 * 1.08 * 0.02, rel=1e-3)


def test_axes_that_must_grow_leap_so_that_a_brightening_walk_redraws_seldom(store):
    drawing = drawing_of(store)
    store.hover = (0, 0)
    drawing.update(resolve(store))
    rebuilt = 0
    for step in range(24):
        store.hover = (step, 31)
        rebuilt += drawing.update(resolve(store))
    assert 1 <= rebuilt <= 4
    lines = [line for line in drawing.figure.axes[0].lines if line.get_animated() and len(line.get_ydata()) > 2]
    assert max(np.nanmax(line.get_ydata()) for line in lines) < drawing.figure.axes[0].get_ylim()[1]


@pytest.mark.parametrize("size", [(500, 230), (700, 420)])
def test_the_ticks_of_a_slope_leave_its_label_alone(store, size):
    store.transform = "2nd derivative"
    store.scene = scene(truth=False)
    drawing = drawing_of(store, size=size)
    upper = drawing.figure.axes[0]
    assert upper.yaxis.get_offset_text().get_text()
    label = upper.yaxis.label.get_window_extent()
    assert label.x0 >= 0
    for tick in upper.get_yticklabels():
        if tick.get_text():
            assert not label.overlaps(tick.get_window_extent()), tick.get_text()
