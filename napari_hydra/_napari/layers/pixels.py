"""Where the scene's pixels lie in the world: for clicks, pins and drawn regions.

Layers may lie anywhere and be of two or three dimensions; y and x are always their last two.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.scene_layers import KEY, Layer, role
from napari_hydra._napari.state.store import Scene

if TYPE_CHECKING:
    import napari


def pixel_at(viewer: "napari.Viewer", scene: Scene, position: Sequence[float]) -> tuple[int, int] | None:
    """Return the pixel (y, x) of the scene under a world position, or None beside the scene.

    The topmost visible layer of the scene decides: the truth may stand to the right of the estimate.
    """
    height, width = scene.size
    seen = [layer for layer in _layers(viewer, scene) if layer.visible]
    # A truth of larger pixels lies on the same place of the world as the reconstruction, which may be hidden.
    reference = scene_layer(viewer, scene)
    if reference is not None and any(one.visible and role(one) == "truth" for one in viewer.layers):
        seen.append(reference)
    for layer in seen:
        y, x = np.round(Placement.of(layer).to_pixels(position[-2:]))
        if 0 <= y < height and 0 <= x < width:
            return int(y), int(x)
    return None


def scene_layer(viewer: "napari.Viewer", scene: Scene | None) -> Layer | None:
    """Return the layer that the scene's pixels are drawn over: the reconstruction, or else a layer of its size."""
    layers = [] if scene is None else list(_layers(viewer, scene))
    return next((layer for layer in layers if role(layer) == "estimate"), layers[0] if layers else None)


def to_pixels(layer: Layer, points: ArrayLike, reference: Layer | None) -> NDArray[np.float64]:
    """Return points (n, ndim) of one layer as (n, 2) fractional pixels (y, x) of the reference."""
    array = np.asarray(points, dtype=float)[:, -2:]
    if reference is None:
        return array
    return Placement.of(reference).to_pixels(Placement.of(layer).to_world(array))


def to_points(layer: Layer, pixels: ArrayLike, reference: Layer | None) -> NDArray[np.float64]:
    """Return pixels (n, 2) of the reference as points of a layer of dimensions (y, x)."""
    array = np.asarray(pixels, dtype=float).reshape(-1, 2)
    return array if reference is None else to_pixels(reference, array, layer)


def add_marks(viewer: "napari.Viewer", scene: Scene | None, role: str, *, share: float, **looks: Any) -> Layer:
    """Add an empty Points layer over a scene, with points as large as a share of it; what is selected stays so."""
    active = viewer.layers.selection.active
    layer = viewer.add_points(
        np.zeros((0, 2)),
        ndim=2,
        size=1.0 if scene is None else max(1.0, share * max(scene.size)),
        metadata={KEY: {"role": role}},
        **Placement.of(scene_layer(viewer, scene)).arguments(),
        **looks,
    )
    viewer.layers.selection.active = active
    return layer


def _layers(viewer: "napari.Viewer", scene: Scene) -> Iterator[Layer]:
    """Yield the images of the scene's height and width, topmost first."""
    for layer in reversed(list(viewer.layers)):
        if type(layer).__name__ == "Image" and _plane(layer) == scene.size:
            yield layer


def _plane(layer: Layer) -> tuple[int, ...]:
    data = layer.data[0] if layer.multiscale else layer.data
    shape = tuple(data.shape)
    return shape[-3:-1] if layer.rgb else shape[-2:]
