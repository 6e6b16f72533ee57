"""A trained model: reconstruct a cube from a colour picture, and adapt to what was measured in it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra.camera import Camera
from napari_hydra.deprecation import renamed
from napari_hydra.errors import HydraError
from napari_hydra.hydra.adaptation import Adaptation
from napari_hydra.hydra.adapting import adapt, suggest_sites
from napari_hydra.hydra.device import find_device
from napari_hydra.hydra.files.registry import model_path, read_card
from napari_hydra.hydra.measured_spectra import as_measured, spectra_of
from napari_hydra.hydra.model_files import (
    adapted_base,
    load_adaptation,
    load_network,
    read_scene_prior,
    save_adaptation,
)
from napari_hydra.hydra.reconstructor import Reconstructor
from napari_hydra.io import MeasuredSpectrum

if TYPE_CHECKING:
    import xarray as xr


@dataclass(eq=False)
class HydraModel(Reconstructor):
    """A network with its calibration and card.

    Use `load_model` to get one.

    Attributes
    ----------
    network : HydraNetwork
        Teacher, student, decoder and data-consistency projection.
    calibration : Calibration
        Factors from standard deviations to intervals, and the colours of the training data.
    card : ModelCard
        What the model says of itself.
    device : str
        Where it computes: "auto", "cpu", "cuda", "mps".
    adaptation : Adaptation or None
        What measured spectra taught.
    source : Path or None
        The file of the weights.
    scene_prior : ScenePrior
        Kernel of the errors within one scene.

    Examples
    --------
    >>> from napari_hydra.hydra import load_model
    >>> model = load_model("visible")
    >>> import numpy as np
    >>> model.reconstruct(np.full((4, 6, 3), 128, np.uint8), [450, 550, 650]).shape
    (3, 4, 6)
    """

    suggest = renamed("suggest", "suggest_sites")

    def adapt(
        self,
        picture: NDArray[Any],
        truth: "xr.DataArray | None" = None,
        mask: ArrayLike | None = None,
        *,
        points: "Sequence[MeasuredSpectrum | tuple[int, int, xr.DataArray]]" = (),
        camera: str | Camera = "srgb",
        white_level: float | None = None,
        gain: float | None = None,
    ) -> "HydraModel":
        """Return a model that knows the scene from a few measured spectra, in seconds.

        Parameters
        ----------
        picture : (H, W, 3) array
            See `reconstruct`.
        truth, mask : DataArray (y, x, wavelength) and (H, W) bool array, optional
            A measured cube of the picture's size and the pixels of it to learn from.
        points : sequence of MeasuredSpectrum or (y, x, spectrum)
            Readings of a point spectrometer on any grid, with their pixels; a spectrum is a DataArray with a
            ``wavelength`` coordinate, such as ``cube[y, x]``.
        camera : str or Camera
            See `reconstruct`.
        white_level : float, optional
            See `reconstruct`.
        gain : float, optional
            What the measurements' unit must be multiplied by to stand in the picture's; fitted where not given.

        Returns
        -------
        HydraModel
            Where leaving out one measurement after another says that adapting does not help, it reconstructs as
            before (``adaptation`` is None). An adapted model that is adapted again knows the earlier spectra too.

        Raises
        ------
        HydraError
            If there are fewer than 3 spectra, or one of them cannot be used.
        """
        measured = [as_measured(point) for point in points]
        if truth is not None:
            whole = np.ones(truth.shape[:2], bool)
            measured += spectra_of(truth, whole if mask is None else mask)
        return adapt(self, [(picture, measured)], camera=camera, white_level=white_level, gain=gain)

    def adapt_scenes(
        self,
        scenes: "Sequence[tuple[NDArray[Any], Sequence[MeasuredSpectrum | tuple[int, int, xr.DataArray]]]]",
        *,
        camera: str | Camera = "srgb",
        white_level: float | None = None,
        gain: float | None = None,
    ) -> "HydraModel":
        """Return a model that knows several scenes of a session: the same lamp, camera and kinds of material.

        What is measured in one picture serves the others, and pictures taken later, by likeness in colour and
        brightness; likeness in place counts only within a picture.

        Parameters
        ----------
        scenes : sequence of (picture, points)
            As in `adapt`. A picture may have no points.
        camera : str or Camera
            See `adapt`.
        white_level : float, optional
            See `adapt`.
        gain : float, optional
            See `adapt`; fitted for every picture where not given.

        Returns
        -------
        HydraModel
            See `adapt`.

        Raises
        ------
        HydraError
            If there are fewer than 3 spectra in all, or one of them cannot be used.
        """
        given = [(picture, [as_measured(point) for point in points]) for picture, points in scenes]
        return adapt(self, given, camera=camera, white_level=white_level, gain=gain)

    def suggest_sites(
        self,
        picture: NDArray[Any],
        count: int,
        *,
        camera: str | Camera = "srgb",
        white_level: float | None = None,
        measured: "Sequence[tuple[int, int]]" = (),
    ) -> list[tuple[int, int]]:
        """Return the pixels of a picture where a measured spectrum helps most.

        Away from edges and from saturated or black pixels; relative and absolute errors weigh the same.

        Parameters
        ----------
        picture : (H, W, 3) array
            See `reconstruct`.
        count : int
            How many.
        camera : str or Camera
            See `reconstruct`.
        white_level : float, optional
            See `reconstruct`.
        measured : sequence of (int, int)
            Pixels (y, x) that are measured already, which the new ones complement.

        Returns
        -------
        list of (int, int)
            Pixels (y, x), the most useful first.

        Raises
        ------
        HydraError
            If the picture cannot be used.
        """
        return suggest_sites(self, picture, count, camera=camera, white_level=white_level, measured=measured)

    def save(self, path: str | Path, *, overwrite: bool = False) -> Path:
        """Write an adapted model as a small .safetensors file that requires the weights it was adapted from.

        Parameters
        ----------
        path : str or Path
            Ending in .safetensors.
        overwrite : bool
            Whether an existing file may be replaced.

        Returns
        -------
        Path
            What was written.

        Raises
        ------
        HydraError
            If the model is not adapted, or the file exists and `overwrite` is false.
        """
        if not isinstance(self.adaptation, Adaptation) or self.source is None:
            raise HydraError("only an adapted model that was loaded from weights can be saved; call adapt first.")
        return save_adaptation(path, self.source, self.adaptation, self.card, overwrite=overwrite)


def load_model(name: str | Path = "visible", device: str = "auto") -> HydraModel:
    """Load a model.

    Parameters
    ----------
    name : str or path
        A name of the registry (see `model_names`) or a .safetensors file written by ``napari-hydra train``.
    device : str
        Where it computes: "auto", "cpu", "cuda", "mps".

    Returns
    -------
    HydraModel
        Ready to reconstruct.

    Raises
    ------
    HydraError
        If there is no such model or device, or the file holds something else.

    Examples
    --------
    >>> load_model("visible").card.wavelength_range
    (400.0, 700.0)
    """
    find_device(device)
    path = model_path(name)
    base = adapted_base(path)
    network, calibration, card = load_network(base or path)
    prior = read_scene_prior(base or path)
    if base is None:
        return HydraModel(network, calibration, card, device, source=path, scene_prior=prior)
    adaptation = load_adaptation(path)
    latents, size = adaptation.observations.latents, network.architecture.size
    if latents.shape[1] != size:
        raise HydraError(f"{path} holds latents of {latents.shape[1]} numbers and {base} of {size}; adapt it anew.")
    return HydraModel(network, calibration, read_card(path), device, adaptation, base, prior)
