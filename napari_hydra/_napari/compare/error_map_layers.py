"""An error map as a layer over the reconstruction: its place, colours and limits."""

from typing import TYPE_CHECKING, Any

import numpy as np
from napari.utils.colormaps import Colormap

from napari_hydra._napari.compare.error_stack import ErrorStack
from napari_hydra._napari.layers.guarded_cube import GuardedCube
from napari_hydra._napari.layers.pixels import scene_layer
from napari_hydra._napari.layers.placement import Placement
from napari_hydra._napari.layers.result_layers import ERROR_MAP, add_result
from napari_hydra._napari.layers.scene_layers import AXES, KEY
from napari_hydra._napari.layers.scene_view import scene_view_of
from napari_hydra._napari.state.store import Scene
from napari_hydra.evaluation.maps import ErrorMap
from napari_hydra.workbench.scene.compare_pair import Pair
from napari_hydra.workbench.scene.limits import cube_limits

if TYPE_CHECKING:
    import napari

_ERROR_SHARE = 0.1  # of the truth's range: what the maps in its unit reach to
_ABOVE, _BELOW = "#e69f00", "#56b4e9"  # Okabe and Ito


def add_error_map(
    viewer: "napari.Viewer", scene: Scene, pair: Pair, kind: ErrorMap, values: Any = None, *, visible: bool = True
) -> None:
    """Add an error map over the reconstruction; a map by band is computed as its bands are shown.

    Parameters
    ----------
    viewer : napari.Viewer or ViewerModel
    scene : Scene
    pair : Pair
        What is compared in it.
    kind : ErrorMap
    values : (H, W) array, optional
        Of a map over all bands.
    visible : bool
    """
    view = scene_view_of(viewer)
    place = Placement.of(view.estimate or scene_layer(viewer, scene))
    if pair.overlay is not None:
        place = place.over(pair.overlay)
    words = kind.label.format(unit=scene.quantity)
    noted: dict[str, Any] = {"role": ERROR_MAP, "map": kind.key, "caption": words}
    axes = AXES if kind.by_band else AXES[1:]
    if kind.by_band:
        partners = pair.partners(np.asarray(scene.estimate.wavelengths, dtype=float))
        stack: Any = ErrorStack(kind.key, pair.estimate, pair.stack, partners=partners)
        values = GuardedCube(stack, view.leave_volume)
        noted["wavelengths_nm"] = tuple(np.where(partners < 0, np.nan, pair.wavelengths[partners]).tolist())
    elif "bands" not in words:
        noted["caption"] = f"{words}, all bands"
    add_result(
        viewer,
        values,
        name=f"{scene.name} {words}",
        colormap=_colormap(kind),
        contrast_limits=kind.limits or error_limits(pair, is_signed=kind.scale == "signed"),
        axis_labels=axes,
        visible=visible,
        metadata={KEY: noted},
        **place.arguments(len(axes)),
    )


def error_limits(pair: Pair, *, is_signed: bool) -> tuple[float, float]:
    """Return contrast limits in the truth's unit: 0.1 of a reflectance of 1, or a tenth of the truth's range.

    They do not depend on the errors, so that maps of several models and scenes can be compared.
    """
    top = cube_limits(pair.truth)[1]
    is_ratio = pair.truth.attrs.get("quantity") == "reflectance" and top <= 2.0
    reach = _ERROR_SHARE * (1.0 if is_ratio else _rounded(top))
    return (-reach if is_signed else 0.0, reach)


def _rounded(value: float) -> float:
    """Return the nearest of 1, 2, 5, 10, ... to a positive value."""
    if not value > 0:
        return 1.0
    scale = 10.0 ** np.floor(np.log10(value))
    return float(min((1 * scale, 2 * scale, 5 * scale, 10 * scale), key=lambda step: abs(np.log(step / value))))


def _colormap(kind: ErrorMap) -> Any:
    if kind.scale == "side":
        clear = (0.0, 0.0, 0.0, 0.0)  # inside the interval the picture below is seen
        return Colormap(
            [_BELOW, clear, _ABOVE], name="below, inside, above", controls=[0, 1 / 3, 2 / 3, 1], interpolation="zero"
        )
    return "RdBu_r" if kind.scale == "signed" else "inferno"
