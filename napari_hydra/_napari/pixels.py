"""Where the scene's pixels lie in the world: for clicks, pins and drawn regions.

Layers may be scaled, moved and of two or three dimensions; y and x are always their last two.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra._napari.scene_layers import role
from napari_hydra._napari.store import Scene

if TYPE_CHECKING:
    import napari

Layer = Any


def pixel_at(viewer: "napari.Viewer", scene: Scene, position: Sequence[float]) -> tuple[int, int] | None:
    """Return the pixel (y, x) of the scene under a world position, or None beside the scene.

    The topmost visible layer of the scene decides: the truth may stand to the right of the estimate.
    """
    height, width = scene.picture.shape[:2]
    for layer in _layers(viewer, scene):
        if layer.visible:
            y, x = np.round(np.asarray(layer.world_to_data(position), dtype=float)[-2:])
            if 0 <= y < height and 0 <= x < width:
                return int(y), int(x)
    # A truth of larger pixels lies on the same place of the world as the reconstruction, which may be hidden.
    reference = scene_layer(viewer, scene)
    if reference is not None and any(one.visible and role(one) == "truth" for one in viewer.layers):
        y, x = np.round(np.asarray(reference.world_to_data(position), dtype=float)[-2:])
        if 0 <= y < height and 0 <= x < width:
            return int(y), int(x)
    return None


def scene_layer(viewer: "napari.Viewer", scene: Scene) -> Layer | None:
    """Return the layer that the scene's pixels are drawn over: the reconstruction, or else a layer of its size."""
    layers = list(_layers(viewer, scene))
    return next((layer for layer in layers if role(layer) == "estimate"), layers[0] if layers else None)


def place_of(layer: Layer | None) -> dict[str, Any]:
    """Return the arguments that put a new layer of dimensions (y, x) onto another layer's pixels."""
    if layer is None:
        return {}
    affine = np.asarray(layer.affine.affine_matrix, dtype=float)
    last = [-3, -2, -1]
    return {
        "scale": tuple(layer.scale[-2:]),
        "translate": tuple(layer.translate[-2:]),
        "rotate": np.asarray(layer.rotate, dtype=float)[-2:, -2:],
        "shear": (0.0,) if layer.ndim == 2 else (float(np.asarray(layer.shear).ravel()[-1]),),
        "affine": affine[np.ix_(last, last)],
    }


def to_pixels(layer: Layer, points: ArrayLike, reference: Layer | None) -> NDArray[np.float64]:
    """Return points (n, ndim) of one layer as (n, 2) fractional pixels (y, x) of the reference."""
    array = np.asarray(points, dtype=float)
    if reference is None:
        return array[:, -2:]
    moved = [np.asarray(reference.world_to_data(layer.data_to_world(point)), dtype=float)[-2:] for point in array]
    return np.array(moved, dtype=float).reshape(-1, 2)


def to_points(layer: Layer, pixels: ArrayLike, reference: Layer | None) -> NDArray[np.float64]:
    """Return pixels (n, 2) of the reference as points of a layer of dimensions (y, x)."""
    array = np.asarray(pixels, dtype=float).reshape(-1, 2)
    if reference is None:
        return array
    moved = [np.asarray(layer.world_to_data(reference.data_to_world(point)), dtype=float)[-2:] for point in array]
    return np.array(moved, dtype=float).reshape(-1, 2)


def _layers(viewer: "napari.Viewer", scene: Scene) -> Iterator[Layer]:
    """Yield the images of the scene's height and width, topmost first."""
    for layer in reversed(list(viewer.layers)):
        if type(layer).__name__ == "Image" and _plane(layer) == scene.picture.shape[:2]:
            yield layer


def _plane(layer: Layer) -> tuple[int, ...]:
    data = layer.data[0] if layer.multiscale else layer.data
    shape = tuple(data.shape)
    return shape[-3:-1] if layer.rgb else shape[-2:]
