"""Each kind of file, opened by all ways that a user has; what is returned is how many bytes were asked for."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from napari_hydra import HydraError, read_cube
from napari_hydra._napari.state.preferences import sound_preferences
from napari_hydra.hydra import load_model
from napari_hydra.io import (
    describe_file,
    is_cube_file,
    read_libraries,
    read_library,
    read_measured_spectra,
    read_picture,
)
from napari_hydra.io.numbers import raw_cube
from napari_hydra.training.run_folder import asked_settings, open_run, read_begun
from napari_hydra.workbench.session.reopening import load_session, request_of

_PICTURE = np.full((8, 8, 3), 90, np.uint8)


def _each(path: Path, *ways: Callable[[Path], Any]) -> int:
    """Try all ways, for one that refuses a file says nothing of the others; it is refused if all refuse it."""
    asked: list[int] = []
    refusal = None
    for way in ways:
        try:
            asked.append(int(getattr(way(path), "nbytes", 0)))
        except HydraError as error:
            refusal = refusal or error
    if refusal is not None and not asked:
        raise refusal
    return max(asked, default=0)


def _lazy_cube(path: Path) -> Any:
    limit, raw_cube.LAZY_BYTES = raw_cube.LAZY_BYTES, 0
    try:
        cube = read_cube(path)
        np.asarray(cube[:, :, 0])
        np.asarray(cube[0, 0])
        return cube
    finally:
        raw_cube.LAZY_BYTES = limit


def _given_wavelengths(path: Path) -> Any:
    return read_cube(path, wavelengths=np.linspace(400, 700, 16))


def _cube(path: Path) -> int:
    is_cube_file(path)  # never refuses
    return _each(path, describe_file, read_cube, _lazy_cube, _given_wavelengths)


def _picture(path: Path) -> int:
    is_cube_file(path)
    return _each(path, describe_file, read_picture)


def _spectra(path: Path) -> int:
    return _each(path, describe_file, read_library, read_measured_spectra, lambda one: read_libraries([one]))


def _model(path: Path) -> int:
    return _each(path, describe_file, lambda one: np.asarray(load_model(one, "cpu").reconstruct(_PICTURE)))


def _session(path: Path) -> int:
    return _each(path, load_session, lambda one: request_of(load_session(one, allow_outside=True), "cpu").truth)


def _run(path: Path) -> int:
    begun = read_begun(path)
    if begun is not None:
        open_run(path, begun, resume=True)
    return _each(path, asked_settings, lambda one: load_model(one / "mine.safetensors", "cpu"))


def _preferences(path: Path) -> int:
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:  # napari reads the file; what it hands on is any JSON
        raise HydraError("no JSON") from error
    sound_preferences(found)
    return 0


OPENED: dict[str, Callable[[Path], int]] = {
    "cube": _cube,
    "picture": _picture,
    "spectra": _spectra,
    "model": _model,
    "session": _session,
    "run": _run,
    "preferences": _preferences,
}
