"""Cubes that leave something open: the window asks, and reads them with the answer."""

import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from qtpy.QtWidgets import QApplication, QMainWindow, QMessageBox, QWidget

from napari_hydra._napari.widgets.notices import notify_info
from napari_hydra._napari.widgets.wavelengths_dialog import WavelengthsDialog
from napari_hydra.errors import HydraQuestion
from napari_hydra.io import CubeNotice, read_cube

Others = Callable[[], Mapping[str, NDArray[np.float64]]]
_ANSWERS = {"wavelengths": "wavelengths", "scale": "divide_by", "incomplete": "incomplete"}


def read_and_notify(path: Path, *, ask: bool, others: Others = dict) -> xr.DataArray | None:
    """Read a cube, and show what was done to its numbers.

    Parameters
    ----------
    path : Path
    ask : bool
        Whether to ask for what its file leaves open.
    others : callable
        Gives the names and wavelengths of the cubes that are open.

    Returns
    -------
    xarray.DataArray or None
        None if the user did not answer.

    Raises
    ------
    HydraError
        If it cannot be read; `HydraQuestion` only where nobody is asked.
    """
    answers: dict[str, Any] = {}
    while True:
        try:
            with warnings.catch_warnings(record=True) as caught:
                warnings.simplefilter("always", CubeNotice)
                cube = read_cube(path, **answers)
        except HydraQuestion as question:
            if not ask or _ANSWERS[question.asks] in answers:
                raise
            answer = answer_to(question, path, others(), open_window())
            if answer is None:
                return None
            answers[_ANSWERS[question.asks]] = answer
            continue
        said = [str(one.message) for one in caught if issubclass(one.category, CubeNotice)]
        if said:
            first, *rest = said
            notify_info("; ".join([first, *(line.removeprefix(f"{path.name}: ") for line in rest)]) + ".")
        return cube


def answer_to(
    question: HydraQuestion, path: Path, others: Mapping[str, NDArray[np.float64]], parent: QWidget | None = None
) -> Any:
    """Ask the user; None if there is no answer."""
    problem = question.problem.replace(str(path), path.name)  # a dialog is narrow
    if question.asks == "wavelengths":
        dialog = WavelengthsDialog(problem, question.known["lengths"], others, parent)
        return dialog.wavelengths if dialog.exec() else None
    box = QMessageBox(QMessageBox.Icon.Question, "Open a cube", f"{problem}.", parent=parent)
    answers = {
        box.addButton(words[:1].upper() + words[1:], QMessageBox.ButtonRole.AcceptRole): value
        for words, value in question.known["choices"]
    }
    box.setDefaultButton(next(iter(answers)))
    box.addButton(QMessageBox.StandardButton.Cancel)
    box.exec()
    return answers.get(box.clickedButton())


def open_window() -> QWidget | None:
    """Return the window that a user sees, who can then be asked; None if there is none."""
    windows = [one for one in QApplication.topLevelWidgets() if isinstance(one, QMainWindow) and one.isVisible()]
    return next((one for one in windows if one.isActiveWindow()), windows[0] if windows else None)
