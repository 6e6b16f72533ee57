"""Layers that another reader made of a file: the file is read again by ours, and the layer remembers what it says.

Other readers drop the colour profile, the depth and the meaning of a fourth channel, and with them the light.
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra._napari.layers.scene_layers import (
    KEY,
    Layer,
    fingerprint,
    is_picture,
    picture_data,
)
from napari_hydra.camera import Picture, for_display
from napari_hydra.errors import HydraError
from napari_hydra.file_formats import by_suffix
from napari_hydra.io.pictures.reader import read_as_stored

_COMPARED = 64  # rows and columns by which the two ways up are told apart


def read_source(layer: Layer | None) -> tuple[str, ...]:
    """Note on a picture's layer what its file says, if another reader opened it and its data are as they were read.

    Returns
    -------
    tuple of str
        What was done to the numbers of the file, for the user; empty where nothing is noted.
    """
    if layer is None or not is_picture(layer) or KEY in layer.metadata:
        return ()
    path = layer.source.path
    if not path or by_suffix("picture", Path(path)) is None or not Path(path).is_file():
        return ()
    data = picture_data(layer)
    if not _is_as_read(data, str(path), layer.source.reader_plugin):
        return ()
    noted: dict[str, Any] = {"role": "picture", "source": str(path), "fingerprint": fingerprint(data)}
    try:
        turned, stored = read_as_stored(Path(path))
        picture = _lying_as(data, turned, stored)
    except HydraError as error:
        layer.metadata[KEY] = {**noted, "refused": str(error)}
        return ()
    if picture is None:
        return ()
    if picture is not turned:
        noted["source"] = ""  # whoever reads the file again gets it upright
    layer.metadata[KEY] = {
        **noted,
        "picture": picture,
        "white_level": picture.white_level,
        "history": picture.history,
    }
    return picture.history


def _is_as_read(data: Any, path: str, plugin: str | None) -> bool:
    """Whether the reader that made a layer gives the same pixels once more."""
    from napari.plugins.io import read_data_with_plugins

    try:
        layers, _ = read_data_with_plugins([path], plugin, stack=False)
    except Exception:  # whatever a reader of another plugin raises: then it is not known
        return False
    if not layers or len(layers) > 1:
        return False
    again = layers[0][0]
    return np.array_equal(again[0] if isinstance(again, list) else again, np.asarray(data))


def _lying_as(data: Any, turned: Picture, stored: Picture) -> Picture | None:
    """Return the picture that lies as a layer's data do, upright or as the file stores it; None where neither does."""
    fitting = [one for one in (turned, stored) if one.shape[:2] == data.shape[:2]]
    if len(fitting) < 2 or turned is stored:
        return fitting[0] if fitting else None
    return min(fitting, key=lambda one: float(np.abs(_small(for_display(one)) - _small(data)).mean()))


def _small(pixels: Any) -> NDArray[np.float64]:
    steps = tuple(slice(None, None, max(1, n // _COMPARED)) for n in pixels.shape[:2])
    values = np.asarray(pixels)[..., :3][steps].astype(np.float64)
    return values / (np.iinfo(pixels.dtype).max if pixels.dtype.kind in "iu" else 1)
