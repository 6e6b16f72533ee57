"""Where docks stand: the plot has a third of a small window, the picture more, and a key enlarges the plot."""

import pytest

from napari_hydra._napari import window
from napari_hydra._napari.widgets.arrangement import is_set_aside
from napari_hydra.distribution import DISTRIBUTION

DOCKS = ("Reconstruct", "Spectra", "Compare", "Adapt", "Analyse")


@pytest.fixture
def viewer(make_napari_viewer):
    viewer = make_napari_viewer(show=True)
    viewer.window._qt_window.resize(1280, 800)
    window.settle(0.1)
    return viewer


def opened(viewer, *names):
    return [viewer.window.add_plugin_dock_widget(DISTRIBUTION, name)[1] for name in names]


def share(viewer, widget):
    main = viewer.window._qt_window
    return widget.width() * widget.height() / (main.width() * main.height())


def test_by_one_call_or_one_after_the_other_plot_and_picture_have_their_shares(viewer, qtbot):
    window.open_docks(viewer)
    (spectra,) = opened(viewer, "Spectra")
    qtbot.waitUntil(lambda: spectra.isVisible() and share(viewer, spectra.plot) > 1 / 3)
    assert share(viewer, viewer.window._qt_viewer) > 0.35
    assert spectra.frame.windowTitle() == "Spectra"
    assert viewer.window._qt_window.minimumSizeHint().height() < 620


def test_opened_from_the_menu_they_stand_in_the_same_places(viewer, qtbot):
    form, spectra = opened(viewer, "Reconstruct", "Spectra")
    qtbot.waitUntil(lambda: share(viewer, spectra.plot) > 1 / 3)
    (analyse,) = opened(viewer, "Analyse")
    main = viewer.window._qt_window
    qtbot.waitUntil(lambda: analyse.frame in main.tabifiedDockWidgets(spectra.frame))
    assert main.dockWidgetArea(form.frame) != main.dockWidgetArea(spectra.frame)
    assert share(viewer, viewer.window._qt_viewer) > 0.35


def test_a_dock_that_the_user_moved_stays_there(viewer, qtbot):
    (spectra,) = opened(viewer, "Spectra")
    qtbot.waitUntil(lambda: share(viewer, spectra.plot) > 0.3)
    spectra.frame.setFloating(True)
    spectra.frame.hide()
    spectra.frame.show()
    window.settle(0.1)
    assert spectra.frame.isFloating()


def test_large_and_back_without_stopping_what_the_form_does(viewer, steady_model, picture, qtbot, until):
    form = window.open_docks(viewer)
    (spectra,) = opened(viewer, "Spectra")
    qtbot.waitUntil(lambda: spectra.isVisible() and share(viewer, spectra.plot) > 1 / 3)
    viewer.add_image(picture, rgb=True)
    form.start()
    until(steady_model.under_way.is_set)
    spectra.large_button.click()
    qtbot.waitUntil(lambda: share(viewer, spectra.plot) > 0.55)
    assert is_set_aside(form.frame)
    assert form.running
    spectra.toggle_large()
    qtbot.waitUntil(lambda: 0.28 < share(viewer, spectra.plot) < 0.4)
    assert form.isVisible()
    assert form.running
    form.cancel()
    steady_model.may_finish.set()
