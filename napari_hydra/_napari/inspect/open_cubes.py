"""Which further cubes of the viewer have curves in the plot."""

from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np

from napari_hydra._napari.layers.guarded_cube import unguarded
from napari_hydra._napari.layers.scene_layers import Layer, layer_metadata, role
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.state.store import OpenCube, Store
from napari_hydra._napari.state.viewer_part import ViewerPart

if TYPE_CHECKING:
    import napari


class OpenCubes(ViewerPart):
    """Ties ``store.cubes`` to layers of the viewer; holds no layer alive.

    Parameters
    ----------
    viewer : napari.Viewer
    store : Store
    """

    def __init__(self, viewer: "napari.Viewer", store: Store) -> None:
        super().__init__(viewer, store)
        self._shown: WeakKeyDictionary[Layer, OpenCube] = WeakKeyDictionary()
        self._links.add(viewer.layers.events, ("removed",), self._on_removed)
        self._links.add(viewer.layers.events, ("renamed",), self._on_renamed)
        self._links.connect()

    def layers(self) -> list[Layer]:
        """Return the cubes of the viewer besides the reconstruction and the truth that are compared."""
        viewer = self._viewer()
        if viewer is None:
            return []
        view = scene_view_of(viewer)
        ours = (view.estimate, view.truth)
        return [layer for layer in viewer.layers if is_spectral(layer) and not any(layer is one for one in ours)]

    def is_shown(self, layer: Layer) -> bool:
        """Whether the curves of a layer are drawn."""
        return layer in self._shown

    def show(self, layer: Layer, shown: bool) -> None:
        """Draw the curves of a cube, or leave them away."""
        if shown:
            self._shown[layer] = open_cube(layer)
        else:
            self._shown.pop(layer, None)
        self._update_store()

    def fits(self, layer: Layer) -> bool:
        """Whether a cube has the pixels of the scene."""
        scene = self._store.scene
        return scene is not None and tuple(layer.data.shape[1:]) == tuple(scene.size)

    def _update_store(self) -> None:
        viewer = self._viewer()
        layers = [] if viewer is None else list(viewer.layers)
        cubes = tuple(self._shown[layer] for layer in layers if layer in self._shown)
        if cubes != self._store.cubes:
            self._store.cubes = cubes

    def _on_removed(self, event: Any) -> None:
        if self._shown.pop(event.value, None) is not None:
            self._update_store()

    def _on_renamed(self, event: Any) -> None:
        for layer in list(self._shown):
            if layer.name != self._shown[layer].name:
                self._shown[layer] = open_cube(layer)
        self._update_store()


def is_spectral(layer: Layer) -> bool:
    """Whether a layer is a stack of bands with their wavelengths."""
    wavelengths = layer_metadata(layer).get("wavelengths_nm")
    if role(layer).startswith("error"):
        return False
    is_stack = type(layer).__name__ == "Image" and layer.ndim == 3 and not layer.multiscale and not layer.rgb
    return bool(is_stack and wavelengths is not None and len(wavelengths) == layer.data.shape[0])


def open_cube(layer: Layer) -> OpenCube:
    """Return a cube of the viewer as the plot reads it; its values are not touched."""
    noted = layer_metadata(layer)
    wavelengths = np.asarray(noted["wavelengths_nm"], dtype=np.float64)
    good = np.ones(wavelengths.size, dtype=bool)
    good[list(noted.get("bad_bands", ()))] = False
    detector = noted.get("detector")
    return OpenCube(
        name=layer.name,
        stack=unguarded(layer.data),
        wavelengths=wavelengths,
        good=good,
        detector=None if detector is None else np.asarray(detector, dtype=np.int64),
        quantity=str(noted.get("quantity", "reflectance")),
    )
