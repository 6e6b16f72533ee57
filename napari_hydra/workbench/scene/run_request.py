"""What the form asks for, checked before anything is computed."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.cube import SAME_BAND_NM, wavelengths_of
from napari_hydra.errors import HydraError
from napari_hydra.workbench.scene.pairing import common_bands, name_of

if TYPE_CHECKING:
    from napari_hydra.evaluation.overlay import Overlay
    from napari_hydra.hydra import HydraModel

MOST_BANDS = 5000


@dataclass(frozen=True)
class WavelengthChoice:
    """Which wavelengths to reconstruct: the model's own, an even grid in nm, or those of the truth."""

    kind: Literal["model", "grid", "truth"] = "model"
    start: float = 400.0
    stop: float = 700.0
    step: float = 10.0


@dataclass(frozen=True, eq=False, kw_only=True)
class RunRequest:
    """Everything that a run needs; nothing in it is a layer or a widget.

    Attributes
    ----------
    name : str
        What the scene is called.
    picture : (H, W, 3) array or None
        None: render it from the truth.
    picture_source : str
        Where the picture comes from; written into exports.
    truth : xarray.DataArray or None
    gain : float or None
        What the truth was multiplied by when the picture was rendered from it; None for a foreign picture.
    camera, illuminant : str
        Names that `napari_hydra.camera.get_camera` knows, or a sensitivity file.
    white_level : float or None
        The number in the picture at which a channel is saturated; None: full scale of its type.
    model : str
        Name or path of a model.
    model_reason : str
        Why the program chose it; empty where the user did.
    loaded : HydraModel or None
        The model itself, where it is in no file (yet).
    wavelengths : WavelengthChoice
    matched : bool
        Whether to show values in the unit of the truth.
    device : str
    """

    name: str
    picture: NDArray[np.generic] | None
    picture_source: str = ""
    truth: xr.DataArray | None = None
    gain: float | None = None
    camera: str = "srgb"
    illuminant: str = "D65"
    white_level: float | None = None
    model: str = "visible"
    model_reason: str = ""
    loaded: "HydraModel | None" = None
    wavelengths: WavelengthChoice = WavelengthChoice()
    matched: bool = True
    device: str = "auto"

    def without_arrays(self) -> "RunRequest":
        """Return the request without picture and truth, which may be large and have other owners."""
        return replace(self, picture=None, truth=None)


def check(request: RunRequest) -> None:
    """Refuse what cannot be run.

    Raises
    ------
    HydraError
        One sentence that names what is wrong and what to do.
    """
    picture, truth = request.picture, request.truth
    if picture is None and truth is None:
        raise HydraError("There is no picture; choose a layer, browse for a file, or drop one onto the dock.")
    if picture is not None:
        if picture.ndim != 3 or picture.shape[2] != 3 or min(picture.shape[:2]) < 2:
            size = " x ".join(map(str, picture.shape[:2]))
            raise HydraError(f"The picture {request.name} is {size} pixels; a reconstruction needs at least 2 x 2.")
        if picture.dtype.kind == "f" and not np.isfinite(picture).all():
            raise HydraError(f"The picture {request.name} holds NaN or infinity; replace these values and run again.")
    overlay_of_request(request)
    if request.wavelengths.kind == "truth" and truth is None:
        raise HydraError("Wavelengths 'like the truth' need a truth; choose one, or other wavelengths.")
    if request.wavelengths.kind == "grid":
        grid(request.wavelengths)


def overlay_of_request(request: RunRequest) -> "Overlay | None":
    """Return how the truth's pixels lie over the picture's; None where they are the same ones, or there is no pair.

    Raises
    ------
    HydraError
        If the two cannot line up.
    """
    picture, truth = request.picture, request.truth
    if picture is None or truth is None or picture.shape[:2] == truth.shape[:2]:
        return None
    from napari_hydra.evaluation.overlay import overlay_of
    from napari_hydra.io.files.map_info import map_info_of

    return overlay_of(
        picture.shape,
        truth.shape,
        truth_on=map_info_of(truth.attrs),
        what=f"The picture {request.name}",
        which=f"the truth {name_of(truth)}",
        remedy="crop one of them to the other's field of view, or choose no truth",
    )


def grid(choice: WavelengthChoice) -> NDArray[np.float64]:
    """Return the wavelengths of an even grid in nm, both ends included where the step meets them.

    Raises
    ------
    HydraError
        If the grid runs nowhere or has too many bands.
    """
    start, stop, step = choice.start, choice.stop, choice.step
    if not step > 0 or not stop >= start > 0:
        raise HydraError(
            f"Wavelengths from {start:g} to {stop:g} nm in steps of {step:g} nm make no list; "
            "give a start below the stop and a step above 0."
        )
    count = int(np.floor((stop - start) / step + 1e-9)) + 1
    if count > MOST_BANDS:
        raise HydraError(f"{count} bands are more than the {MOST_BANDS} that can be asked for; take a larger step.")
    return start + step * np.arange(count, dtype=np.float64)


def wanted_wavelengths(
    request: RunRequest, truth: xr.DataArray | None, span: tuple[float, float]
) -> NDArray[np.float64] | None:
    """Return the wavelengths to ask the model for (None: its own).

    Parameters
    ----------
    request : RunRequest
    truth : xarray.DataArray or None
    span : (float, float)
        Range of the model in nm.

    Raises
    ------
    HydraError
        If wavelengths asked for lie outside the model, or none of the truth's lie inside.
    """
    choice = request.wavelengths
    if choice.kind == "truth" and truth is not None:
        return wavelengths_of(common_bands(truth, span))
    if choice.kind == "grid":
        wavelengths = grid(choice)
        if wavelengths[0] < span[0] - SAME_BAND_NM or wavelengths[-1] > span[1] + SAME_BAND_NM:
            raise HydraError(
                f"{choice.start:g} to {choice.stop:g} nm is outside the model {request.model}, which knows "
                f"{span[0]:g} to {span[1]:g} nm; choose wavelengths within, or another model."
            )
        return wavelengths
    return None
