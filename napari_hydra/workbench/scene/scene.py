"""A scene, and what one pins and draws on it."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.workbench.scene.run_request import RunRequest

if TYPE_CHECKING:
    from napari_hydra.evaluation.overlay import Overlay
    from napari_hydra.hydra import Encoder, HydraModel, LatentCube
    from napari_hydra.workbench.scene.measured_cube import MeasuredCube


Statistic = Literal["mean", "median"]
Arrangement = Literal["estimate", "truth", "side by side"]
Tool = Literal["lasso", "polygon", "rectangle", "ellipse"]
_NOT_RECONSTRUCTED = "{} is a measured cube, of which nothing was reconstructed; choose a picture and press Run first."


@dataclass(frozen=True, eq=False, kw_only=True)
class Scene:
    """A picture, what was reconstructed from it, and the truth if there is one; or a measured cube alone.

    Attributes
    ----------
    name : str
        What the scene is called in titles and file names.
    picture : (H, W, 3) array or None
        The picture that was reconstructed; None of a cube alone.
    estimate : LatentCube or MeasuredCube
        In the unit it is shown in (the scale factor is applied already). Of a cube alone that cube.
    truth : xarray.DataArray or None
        Its good bands, cut to the wavelengths of the estimate; same height and width as the picture (smaller pixels
        are averaged, larger ones repeated).
    coarse_truth : xarray.DataArray or None
        The truth in its own pixels where these are larger than the picture's: those that are compared.
    overlay : Overlay or None
        How the pixels of the two sizes lie over each other; None where they are the same ones.
    displayed_truth : xarray.DataArray or None
        What the viewer shows of the truth, where that is not `truth`: in its own pixels, at those of the estimate's
        wavelengths that it covers.
    factor : float
        What the estimate was multiplied by to stand in its unit (1: as it is).
    matched : bool
        Whether `factor` was fitted to the truth.
    quantity : str
        Label of the y axis, with its unit ("reflectance", "relative radiance (1 = saturation)").
    settings : dict
        Model, camera, illuminant, files: written into every export.
    model : HydraModel or None
        What reconstructed it; None: load ``settings["model"]``. An adapted one is saved beside a session.
    gain : float or None
        What the truth was multiplied by when the picture was rendered from it.
    white_level : float or None
        The number in the picture at which a channel is saturated; None: full scale of its type.
    matching_factor : float
        What brings the estimate as it is into the truth's unit.
    request : RunRequest or None
        What was asked for, without its arrays (see `RunRequest.without_arrays`): a session is made of it.
    bad_spans : tuple of (float, float)
        Wavelengths in nm at which the truth has bands that are not used.
    encoder : Encoder or None
        Encodes the truth's bands as the model's teacher does.
    """

    name: str
    picture: NDArray[np.generic] | None
    estimate: "LatentCube | MeasuredCube"
    truth: xr.DataArray | None = None
    coarse_truth: xr.DataArray | None = None
    overlay: "Overlay | None" = None
    displayed_truth: xr.DataArray | None = None
    factor: float = 1.0
    matched: bool = False
    quantity: str = "reflectance"
    settings: dict[str, object] = field(default_factory=dict)
    model: "HydraModel | None" = None
    gain: float | None = None
    white_level: float | None = None
    matching_factor: float = 1.0
    request: RunRequest | None = None
    bad_spans: tuple[tuple[float, float], ...] = ()
    encoder: "Encoder | None" = None

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        _, height, width = self.estimate.shape
        return int(height), int(width)

    @property
    def is_measured(self) -> bool:
        """Whether it is a cube alone: nothing was reconstructed."""
        return self.picture is None

    @property
    def reconstruction(self) -> "LatentCube":
        """The estimate of a scene that was reconstructed.

        Raises
        ------
        HydraError
            If it is a cube alone.
        """
        if self.is_measured:
            raise HydraError(_NOT_RECONSTRUCTED.format(self.name))
        return cast("LatentCube", self.estimate)

    @property
    def colour_picture(self) -> NDArray[np.generic]:
        """The picture of a scene that was reconstructed, (H, W, 3).

        Raises
        ------
        HydraError
            If it is a cube alone.
        """
        if self.picture is None:
            raise HydraError(_NOT_RECONSTRUCTED.format(self.name))
        return self.picture


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


@dataclass(frozen=True, eq=False, kw_only=True)
class OpenCube:
    """A further cube of the window whose curves are drawn beside those of the scene, at its own wavelengths.

    Attributes
    ----------
    name : str
    stack : array-like (B, H, W)
        Read slice by slice, never whole.
    wavelengths : (B,) array
        In nm.
    good : (B,) array of bool
        Bands that are used.
    detector : (B,) array of int or None
        Whose band each is, where detectors overlap.
    quantity : str
        With its unit, as on the y axis.
    """

    name: str
    stack: Any
    wavelengths: NDArray[np.float64]
    good: NDArray[np.bool_]
    detector: NDArray[np.integer] | None = None
    quantity: str = "reflectance"
