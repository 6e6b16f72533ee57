"""What a model reconstructs with: its network, from a colour picture to latents, and the tables that decode them."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from napari_hydra.camera import Camera, Picture, get_camera, linearise
from napari_hydra.camera.colour_picture import channel_ends, profile_for, white_of
from napari_hydra.cube import SAME_BAND_NM, good_bands, select_bands, wavelengths_of
from napari_hydra.deprecation import renamed
from napari_hydra.errors import HydraError
from napari_hydra.hydra.adaptation import Adaptation
from napari_hydra.hydra.device import find_device
from napari_hydra.hydra.files.card import ModelCard
from napari_hydra.hydra.latent.decoder_basis import DecoderBasis
from napari_hydra.hydra.latent.encoder import Encoder
from napari_hydra.hydra.latent.indexed_planes import IndexedPlanes, Planes
from napari_hydra.hydra.latent.latent_cube import BLACK, SATURATED, UNFAMILIAR, LatentCube
from napari_hydra.hydra.linear_image import LinearImage, check_picture, common_exposure, primaries_matrix
from napari_hydra.hydra.model_files import Calibration, chromaticity_bins
from napari_hydra.hydra.networks.network import HydraNetwork
from napari_hydra.hydra.networks.tiling import TILE, padded_block, run_block, tile_slices
from napari_hydra.hydra.palette import Palette, find_palette
from napari_hydra.hydra.scene_prior import ScenePrior
from napari_hydra.progress import Progress, ProgressCallback, Steps, drain

if TYPE_CHECKING:
    import xarray as xr

_ESTIMATING_SHARE = 0.3  # of an adapted reconstruction's time
_HALF_PRECISION_BYTES = 1 << 29  # latents of larger pictures are stored as float16


@dataclass(eq=False)
class Reconstructor:
    """A network with its calibration and card: cubes from pictures, and latents from cubes."""

    network: HydraNetwork
    calibration: Calibration
    card: ModelCard
    device: str = "auto"
    adaptation: Adaptation | None = None
    source: Path | None = None
    scene_prior: ScenePrior = field(default_factory=ScenePrior)
    _bases: dict[Camera, DecoderBasis] = field(default_factory=dict)

    code = renamed("code", "encode")
    coder = renamed("coder", "encoder")
    tables = renamed("tables", "decoder_basis")
    colours = renamed("colours", "colour_matrices")
    light = renamed("light", "linear_image")
    doubt = renamed("doubt", "rms_half_width")

    @property
    def name(self) -> str:
        """Name on the card."""
        return self.card.name

    def reconstruct(
        self,
        picture: NDArray[Any],
        wavelengths: ArrayLike | None = None,
        camera: str | Camera = "srgb",
        white_level: float | None = None,
        device: str | None = None,
        progress: ProgressCallback | None = None,
        cancel: threading.Event | None = None,
    ) -> LatentCube:
        """Reconstruct a cube from a colour picture.

        Parameters
        ----------
        picture : (H, W, 3) array
            uint8, uint16 or float in 0..1, encoded as the camera encodes; a colour profile that `read_picture` found
            is applied, unless `camera` is a sensor.
        wavelengths : (B,) array, optional
            In nm, within the card's range; the card's default where not given.
        camera : str or Camera
            What took the picture; "unknown" leaves out the step that matches the picture's colour exactly.
        white_level : float, optional
            The value of saturation of an integer picture, where it is not the type's largest (4095 for 12 bit) or
            what `read_picture` found.
        device : str, optional
            "auto", "cpu", "cuda", "mps"; the model's own where not given.
        progress : callable, optional
            Called with a fraction (0..1) and a stage.
        cancel : threading.Event, optional
            Set it to stop; takes effect within a tile.

        Returns
        -------
        LatentCube
            Lazy; axes (band, y, x); 1.0 is the saturation of the picture.

        Raises
        ------
        HydraError
            If the picture, the wavelengths, the camera or the device cannot be used.
        Cancelled
            If `cancel` was set.
        """
        return drain(self.reconstruct_steps(picture, wavelengths, camera, white_level, device), progress, cancel)

    def reconstruct_steps(
        self,
        picture: NDArray[Any],
        wavelengths: ArrayLike | None = None,
        camera: str | Camera = "srgb",
        white_level: float | None = None,
        device: str | None = None,
    ) -> Steps[LatentCube]:
        """Do what `reconstruct` does, a tile a step.

        Parameters
        ----------
        picture : (H, W, 3) array
            See `reconstruct`, as for all parameters.
        wavelengths : (B,) array, optional
            In nm.
        camera : str or Camera
            What took the picture, or "unknown".
        white_level : float, optional
            The value of saturation.
        device : str, optional
            Where to compute.

        Returns
        -------
        LatentCube
            The value of the generator.

        Yields
        ------
        Progress
            How far it is.
        """
        pixels = check_picture(picture)
        wanted = self.check_wavelengths(wavelengths)
        unknown = camera == "unknown"
        taken_by = get_camera("srgb" if unknown else camera)
        where = find_device(device or self.device)
        yield Progress(0.0, "reading the picture")
        palette = None if self.network.student.margin else find_palette(pixels)
        image = self.linear_image(pixels, taken_by, white_level, palette)
        basis = self.decoder_basis(taken_by)
        latents, uncertainty, flags = yield from self._read(image, taken_by, 0.0 if unknown else 1.0, where)
        if self.adaptation is not None:
            latents, uncertainty = yield from self._adapt(latents, uncertainty, image, basis)
        index = image.index

        def of_picture(planes: NDArray[Any]) -> Planes:
            if index is None or planes.shape[1:] == index.shape:
                return planes
            return IndexedPlanes(planes.reshape(len(planes), -1), index)

        yield Progress(1.0, "done")
        return LatentCube(
            of_picture(latents),
            of_picture(uncertainty),
            basis,
            wanted,
            flags if index is None else flags.ravel()[index],
            {
                "model": self.name,
                "camera": "unknown" if unknown else taken_by.name,
                "illuminant": taken_by.illuminant,
                "picture_gain": image.gain,
                "scale": 1.0,
                "quantity": self.card.quantity,
                "source": f"reconstructed by napari-hydra, model {self.name}",
                "history": (
                    *(pixels.history if isinstance(pixels, Picture) else ()),
                    f"reconstructed from a colour picture by model {self.name} ({self.card.date})",
                ),
            },
        )

    def _read(
        self,
        image: LinearImage,
        camera: Camera,
        consistency_weight: float,
        where: torch.device,
    ) -> Steps[tuple[NDArray[Any], NDArray[Any], NDArray[np.uint8]]]:
        """Estimate latents (k, h, w), uncertainty (r + 1, h, w) and flags (h, w) of `image.linear`, tile by tile."""
        network = self.network.to(where)
        colour, srgb_matrix = self.colour_matrices(camera)
        height, width = image.linear.shape[:2]
        planes = (network.architecture.size, network.architecture.directions + 1)
        latents, uncertainty = (np.empty((n, height, width), _held_type(sum(planes) * height * width)) for n in planes)
        flags = np.empty((height, width), np.uint8)
        share = 1.0 if self.adaptation is None else _ESTIMATING_SHARE
        for done, (ys, xs) in _tiles((height, width)):
            yield Progress(share * done, "estimating latents")
            block, inner = padded_block(image.linear, ys, xs, network.student.margin)
            ends = None if image.ends is None else padded_block(image.ends, ys, xs, network.student.margin)[0]
            with torch.inference_mode():
                mean, uncertainties = run_block(
                    network, block, image.gain, image.primaries, colour, srgb_matrix, consistency_weight, ends
                )
            latents[:, ys, xs] = (mean[:, inner[0], inner[1]] / image.gain).cpu().numpy()
            uncertainty[:, ys, xs] = (uncertainties[:, inner[0], inner[1]] / image.gain).cpu().numpy()
            flags[ys, xs] = self.flag_pixels(
                image.linear[ys, xs], image.primaries, None if image.ends is None else image.ends[ys, xs]
            )
        return latents, uncertainty, flags

    def _adapt(
        self,
        latents: NDArray[Any],
        uncertainty: NDArray[Any],
        image: LinearImage,
        basis: DecoderBasis,
    ) -> Steps[tuple[NDArray[Any], NDArray[Any]]]:
        """Add what measured spectra taught to latents and uncertainty of `image.linear`.

        In a picture that was measured likeness in place counts, so that each pixel gets its own; in others each colour.
        """
        assert self.adaptation is not None
        digests = self.adaptation.pictures
        number = digests.index(image.digest) if image.digest in digests else -1
        if image.index is not None and number < 0:
            image = replace(image, index=None)
        elif image.index is not None:
            held = _held_type((len(latents) + len(uncertainty)) * image.index.size)
            latents, uncertainty = (
                part.astype(held).reshape(len(part), -1)[:, image.index] for part in (latents, uncertainty)
            )
        for done, tile in _tiles(image.shape):
            yield Progress(_ESTIMATING_SHARE + (1 - _ESTIMATING_SHARE) * done, "adapting to measured spectra")
            self.adaptation.correct_tile(
                latents, uncertainty, image, tile, number, lambda part: self.rms_half_width(part, basis)
            )
        return latents, uncertainty

    def encode(self, cube: "xr.DataArray") -> LatentCube:
        """Return a measured cube as the teacher encodes it: the upper bound of what the latent space can hold.

        No reconstruction from a picture can be expected to come nearer to the cube than this.

        Parameters
        ----------
        cube : xarray.DataArray
            Dims ``("y", "x", "wavelength")``, in any unit; its good bands within the model's range are encoded.

        Returns
        -------
        LatentCube
            At those bands, in the unit of the cube; it has no interval of its own.

        Raises
        ------
        HydraError
            If the cube has no usable band within the model's range.
        """
        low, high = self.card.wavelength_range
        keep = good_bands(cube, low - SAME_BAND_NM, high + SAME_BAND_NM)
        if not keep.any():
            raise HydraError(
                f"{cube.attrs.get('source') or 'the cube'} has no usable band within the {low:g}-{high:g} nm of model "
                f"{self.name}; choose another model."
            )
        bands = select_bands(cube, keep)
        encoded = self.encoder(wavelengths_of(bands)).encode(bands.data)
        encoded.attrs["cube_quantity"] = encoded.attrs["quantity"] = cube.attrs.get("quantity", "reflectance")
        return encoded

    def encoder(self, wavelengths: ArrayLike) -> Encoder:
        """Return what encodes spectra measured at some wavelengths, as the teacher does.

        Parameters
        ----------
        wavelengths : (B,) array
            In nm, increasing, within the model's range.

        Returns
        -------
        Encoder
            Of plain arrays.

        Raises
        ------
        HydraError
            If they are not increasing positive numbers within the model's range.
        """
        bands = self.check_wavelengths(wavelengths)
        teacher = self.network.teacher
        with torch.inference_mode():
            matrix = teacher.encoder_matrix(bands).cpu().numpy().copy()
        attrs = {
            "model": self.name,
            "scale": 1.0,
            "source": f"encoded by the teacher of napari-hydra, model {self.name}",
            "history": (f"spectra encoded by the teacher of model {self.name} ({self.card.date})",),
        }
        return Encoder(matrix, bands, self.decoder_basis(get_camera("srgb")), attrs)

    def calibration_grid(self) -> NDArray[np.float64]:
        """Return wavelengths that stand for the model's range.

        Returns
        -------
        (n,) array
            In nm, 10 apart.
        """
        low, high = self.card.wavelength_range
        return np.arange(low, high + 5, 10.0)

    def linear_image(
        self, picture: NDArray[Any], camera: Camera, white_level: float | None, palette: Palette | None = None
    ) -> LinearImage:
        """Return a picture as linear RGB, with what brings it to the common exposure and to sRGB primaries.

        Parameters
        ----------
        picture : (H, W, 3) array
            See `reconstruct`.
        camera : Camera
            What took the picture.
        white_level : float or None
            The value of saturation.
        palette : Palette, optional
            The distinct colours of the picture.

        Returns
        -------
        LinearImage
            Of the picture's pixels, or of its distinct colours.
        """
        numbers = picture if palette is None else palette.colours
        seen = picture.like(numbers) if isinstance(picture, Picture) else numbers
        linear = linearise(seen, camera, white_level)
        ends = None if profile_for(seen, camera) is None else channel_ends(seen, white_of(seen, white_level))
        index = None if palette is None else palette.index
        srgb = get_camera("srgb")
        primaries = None if camera == srgb else primaries_matrix(self.network, camera, srgb)
        return LinearImage(linear, common_exposure(linear, index), primaries, index, ends)

    def rms_half_width(self, uncertainty: NDArray[Any], basis: DecoderBasis) -> NDArray[np.float32]:
        """Return the root-mean-square half-width over wavelength of each pixel.

        Parameters
        ----------
        uncertainty : (r + 1, n) array
            Standard deviations along the directions of the uncertainty, and the brightness.
        basis : DecoderBasis
            Of the camera.

        Returns
        -------
        (n,) array of float32
            Of the 90 % interval, in the unit of the uncertainty.
        """
        grid = self.calibration_grid()
        widths = basis.uncertainty_basis_at(grid) * basis.factor_at(grid, 0.9)[:, None]
        mean: NDArray[np.float32] = np.sqrt(np.square(widths).mean(0) @ np.square(uncertainty.astype(np.float32)))
        return mean

    def colour_matrices(self, camera: Camera) -> tuple[torch.Tensor, torch.Tensor | None]:
        """Return the colour matrix of a camera, and that of sRGB; see `HydraNetwork.forward`.

        Parameters
        ----------
        camera : Camera
            What took the picture.

        Returns
        -------
        matrix : (3, k) tensor
            From latents to linear RGB of the camera.
        srgb_matrix : (3, k) tensor or None
            None where the camera is sRGB.
        """
        network, srgb = self.network, get_camera("srgb")

        def matrix(of: Camera) -> torch.Tensor:
            response = torch.as_tensor(of.response(network.camera_grid()), dtype=torch.float32)
            return network.colour_matrix(response.to(network.decoder.table))

        with torch.inference_mode():
            return matrix(camera), None if camera == srgb else matrix(srgb)

    def decoder_basis(self, camera: Camera) -> DecoderBasis:
        """Return what decodes this model's latents.

        Parameters
        ----------
        camera : Camera
            What took the picture.

        Returns
        -------
        DecoderBasis
            Its uncertainty depends on what the camera saw.
        """
        if camera not in self._bases:
            nodes = self.network.decoder.nodes
            colour, srgb_matrix = self.colour_matrices(camera)
            with torch.inference_mode():
                self._bases[camera] = DecoderBasis(
                    nodes,
                    self.network.decoder.table.detach().cpu().numpy().copy(),
                    self.network.uncertainty_basis(nodes, colour, srgb_matrix).cpu().numpy(),
                    self.calibration.levels,
                    self.calibration.factors,
                )
        return self._bases[camera]

    def check_wavelengths(self, wavelengths: ArrayLike | None) -> NDArray[np.float64]:
        """Return wavelengths as an array.

        Parameters
        ----------
        wavelengths : (B,) array or None
            In nm; the card's default where None.

        Returns
        -------
        (B,) array of float64
            In nm.

        Raises
        ------
        HydraError
            If they are not increasing positive numbers within the model's range.
        """
        if wavelengths is None:
            return self.card.default_wavelengths
        wanted = np.atleast_1d(np.asarray(wavelengths, dtype=np.float64))
        low, high = self.card.wavelength_range
        if wanted.ndim != 1 or wanted.size == 0 or not np.isfinite(wanted).all() or (np.diff(wanted) < 0).any():
            raise HydraError("the wavelengths asked for are not an increasing list of numbers in nm; correct them.")
        if wanted[0] < low - SAME_BAND_NM or wanted[-1] > high + SAME_BAND_NM:
            raise HydraError(
                f"wavelengths {wanted[0]:g}-{wanted[-1]:g} nm were asked for, but model {self.name} covers "
                f"{low:g}-{high:g} nm; ask within that range or choose another model."
            )
        return wanted

    def flag_pixels(
        self,
        linear: NDArray[np.float32],
        primaries: NDArray[np.float32] | None,
        ends: NDArray[np.int8] | None = None,
    ) -> NDArray[np.uint8]:
        """Return flags for saturated, black and unfamiliar pixels.

        Parameters
        ----------
        linear : (h, w, 3) array
            Linear RGB.
        primaries : (3, 3) array or None
            To sRGB primaries, where another camera took the picture.
        ends : (h, w, 3) array of int8, optional
            See `LinearImage`.

        Returns
        -------
        (h, w) array of uint8
            Bits as in `LatentCube`.
        """
        seen = np.maximum(linear if primaries is None else linear @ primaries.T, 0)
        familiar = self.calibration.familiar
        known = familiar[chromaticity_bins(seen, len(familiar))]
        black = (linear <= 0 if ends is None else ends < 0).all(-1)
        saturated = (linear >= 1 if ends is None else ends > 0).any(-1)
        return (SATURATED * saturated + BLACK * black + UNFAMILIAR * (~known & ~black & ~saturated)).astype(np.uint8)


def _held_type(values: int) -> type[np.floating]:
    """Return the type in which so many values of latents and uncertainty are held."""
    return np.float16 if values * 4 > _HALF_PRECISION_BYTES else np.float32


def _tiles(shape: tuple[int, int]) -> Iterator[tuple[float, tuple[slice, slice]]]:
    """Yield the tiles of a picture, each with the share of them that is done."""
    tiles = list(tile_slices(*shape, TILE))
    for number, tile in enumerate(tiles):
        yield number / len(tiles), tile
