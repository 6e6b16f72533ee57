"""Files of regions that are dropped onto the canvas, or opened as layers are."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import napari

from napari_hydra._napari.layers.readers import Paths
from napari_hydra._napari.sessions.commands import export_button_of
from napari_hydra._napari.sessions.region_opening import NO_SCENE
from napari_hydra._napari.state.store import store_of
from napari_hydra._napari.widgets.notices import notifying
from napari_hydra.errors import HydraError
from napari_hydra.io import is_regions_file


def get_regions_reader(path: Paths) -> Callable[[Any], list[tuple[None]]] | None:
    """Return the reader of files of regions if every path is one, for files dropped onto the canvas."""
    paths = path if isinstance(path, list | tuple) else [path]
    return open_dropped if paths and all(is_regions_file(Path(one)) for one in paths) else None


def open_dropped(path: Paths) -> list[tuple[None]]:
    """Open regions onto the scene of the current viewer; they add their layers themselves."""
    viewer = napari.current_viewer()
    for one in path if isinstance(path, list | tuple) else [path]:
        with notifying():
            if viewer is None or store_of(viewer).scene is None:
                raise HydraError(NO_SCENE)
            button = export_button_of(viewer)
            button.progress.flush()  # of the file before
            button.open_regions_file(Path(one))
    return [(None,)]
