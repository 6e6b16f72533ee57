"""A scene, and what one pins and draws on it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.workbench.run_request import RunRequest

if TYPE_CHECKING:
    from napari_hydra.hydra import HydraModel, LatentCube


Transform = Literal[
    "as measured",
    "max = 1",
    "area = 1",
    "L2",
    "SNV",
    "continuum removed",
    "1st derivative",
    "2nd derivative",
    "smoothed",
]
Statistic = Literal["mean", "median"]


@dataclass(frozen=True, eq=False, kw_only=True)
class Scene:
    """A picture, what was reconstructed from it, and the truth if there is one.

    Attributes
    ----------
    name : str
        What the scene is called in titles and file names.
    picture : (H, W, 3) array
        The picture that was reconstructed.
    estimate : LatentCube
        In the unit it is shown in (the scale factor is applied already).
    truth : xarray.DataArray or None
        Its good bands, cut to the wavelengths of the estimate; same height and width as the picture.
    factor : float
        What the estimate was multiplied by to stand in its unit (1: as it is).
    matched : bool
        Whether `factor` was fitted to the truth.
    quantity : str
        Label of the y axis, with its unit ("reflectance", "relative radiance (1 = saturation)").
    settings : dict
        Model, camera, illuminant, files: written into every export.
    request : RunRequest or None
        What was asked for, without its arrays (see `RunRequest.without_arrays`): a session is made of it.
    model : HydraModel or None
        What reconstructed it; an adapted one is saved beside a session.
    """

    name: str
    picture: NDArray[np.generic]
    estimate: "LatentCube"
    truth: xr.DataArray | None = None
    factor: float = 1.0
    matched: bool = False
    quantity: str = "reflectance"
    settings: dict[str, object] = field(default_factory=dict)
    request: RunRequest | None = None
    model: "HydraModel | None" = None


@dataclass(frozen=True)
class Pin:
    """A pixel whose spectrum stays on the plot; `colour` is "#rrggbb", one that is not `visible` is kept aside."""

    name: str
    y: int
    x: int
    colour: str
    visible: bool = True


@dataclass(frozen=True, eq=False)
class Outline:
    """How a region was drawn.

    Attributes
    ----------
    kind : str
        "polygon", "rectangle" or "ellipse" (by the corners of its box), as napari names them.
    vertices : (n, 2) array
        In pixels (y, x), pixel centres at whole numbers.
    """

    kind: str
    vertices: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Region:
    """A drawn shape (with its `outline`) or a painted label; `mask` is (H, W) bool, `colour` is "#rrggbb"."""

    name: str
    colour: str
    mask: NDArray[np.bool_]
    visible: bool = True
    outline: Outline | None = None
