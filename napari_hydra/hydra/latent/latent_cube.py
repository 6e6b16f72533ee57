"""A reconstruction that is decoded only where one looks.

A `LatentCube` holds the latents of every pixel and decodes a band, a spectrum, a region or a tile when asked.
Indexing with integers and slices returns another lazy view; only `numpy.asarray` and the named methods compute.
"""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr
from numpy.typing import ArrayLike, NDArray

from napari_hydra.cube import SAME_BAND_NM, make_cube
from napari_hydra.deprecation import renamed
from napari_hydra.hydra.latent.decoder_basis import DecoderBasis, Floats
from napari_hydra.hydra.latent.indexed_planes import IndexedPlanes, Planes, distinct_columns
from napari_hydra.lazy_array import LazyStack
from napari_hydra.progress import ProgressCallback, report_step
from napari_hydra.spectral_cube import blocks

SATURATED, BLACK, UNFAMILIAR = 1, 2, 4
MIN_STD = 0.002  # see network.MIN_RESIDUAL: the same floor, at decoding
_BLOCK_PIXELS = 1 << 16
_DECODED_PIXELS = 1 << 13  # whose spectra fit into a processor's cache


@dataclass(frozen=True, eq=False)
class RegionSpectrum:
    """The spectrum of a region.

    Errors of neighbouring pixels go together, so `half_width` is not divided by the root of their number.

    Attributes
    ----------
    wavelengths : (B,) array
        In nm.
    mean : (B,) array
        Over the pixels, in the unit of the cube.
    std : (B,) array
        Dispersion between the pixels: their standard deviation.
    half_width : (B,) array
        Mean half-width of the intervals of the pixels.
    count : int
        Pixels.

    Examples
    --------
    >>> from napari_hydra.hydra import load_model
    >>> cube = load_model("visible").reconstruct(np.full((4, 6, 3), 128, np.uint8))
    >>> cube.region_mean(np.ones((4, 6), bool)).count
    24
    """

    wavelengths: NDArray[np.float64]
    mean: Floats
    std: Floats
    half_width: Floats
    count: int


@dataclass(frozen=True, eq=False)
class LatentCube(LazyStack):
    """A reconstructed cube with axes (band, y, x), decoded on demand.

    Attributes
    ----------
    latents : (k, H, W) array or IndexedPlanes, float32 or float16
        In proportion to brightness.
    uncertainty : (r + 1, H, W) array or IndexedPlanes
        Standard deviations along the directions of the uncertainty, and the brightness that scales the residual.
    basis : DecoderBasis
        Decodes the latents.
    wavelengths : (B,) array
        In nm.
    flags : (H, W) array of uint8
        Bits: 1 saturated, 2 black, 4 a colour unlike any that the model was trained on.
    attrs : dict
        model, camera, picture_gain, scale, quantity, history, ...
    scale : float
        What decoded values are multiplied by.

    Examples
    --------
    >>> from napari_hydra.hydra import load_model
    >>> cube = load_model("visible").reconstruct(np.full((4, 6, 3), 128, np.uint8))
    >>> cube.shape, cube.spectrum(0, 0).shape
    ((31, 4, 6), (31,))
    >>> low, high = cube.interval(0, 0, level=0.9)
    >>> bool((low <= cube.spectrum(0, 0)).all() and (cube.spectrum(0, 0) <= high).all())
    True
    """

    latents: Planes
    uncertainty: Planes
    basis: DecoderBasis
    wavelengths: NDArray[np.float64]
    flags: NDArray[np.uint8]
    attrs: dict[str, Any]
    scale: float = 1.0

    codes = renamed("codes", "latents")
    spread = renamed("spread", "uncertainty")
    tables = renamed("tables", "basis")

    @property
    def shape(self) -> tuple[int, int, int]:
        """(B, H, W)."""
        return (len(self.wavelengths), self.latents.shape[1], self.latents.shape[2])

    def __repr__(self) -> str:
        low, high = self.wavelengths[0], self.wavelengths[-1]
        bands, height, width = self.shape
        return f"<LatentCube {bands} bands {low:g}-{high:g} nm, {height} x {width}, model {self.attrs.get('model')}>"

    # -- decoding ---------------------------------------------------------------------------------------------

    def band(self, index: int) -> Floats:
        """Return one band.

        Parameters
        ----------
        index : int
            Of `wavelengths`.

        Returns
        -------
        (H, W) array of float32
            1 is the saturation of the picture, where the cube is not `scaled`.
        """
        return np.asarray(self[index], dtype=np.float32)

    def spectrum(self, y: int, x: int) -> Floats:
        """Return the spectrum of one pixel.

        Parameters
        ----------
        y, x : int
            The pixel.

        Returns
        -------
        (B,) array of float32
            At `wavelengths`.
        """
        return self.tile(slice(y, y + 1), slice(x, x + 1))[0, 0]

    def tile(self, ys: slice, xs: slice) -> Floats:
        """Return a block of pixels.

        Parameters
        ----------
        ys, xs : slice
            Rows and columns.

        Returns
        -------
        (h, w, B) array of float32
            Decoded; 0 or more.
        """
        return _pixelwise(self._spectra, self.latents[:, ys, xs])

    def half_width_tile(self, ys: slice, xs: slice, level: float = 0.9) -> Floats:
        """Return half the width of the interval for a block of pixels.

        Parameters
        ----------
        ys, xs : slice
            Rows and columns.
        level : float
            Nominal coverage, 0..1.

        Returns
        -------
        (h, w, B) array of float32
            In the unit of the values.
        """
        return _pixelwise(lambda uncertainty: self._half_widths(uncertainty, level), self.uncertainty[:, ys, xs])

    def _rows(self) -> Floats:
        return self.basis.rows_at(self.wavelengths) * np.float32(self.scale)

    def _spectra(self, latents: NDArray[np.floating]) -> Floats:
        """Return the spectra (n, B) of latents (k, n)."""
        out = latents.astype(np.float32).T @ self._rows().T
        return np.maximum(out, 0, out=out)

    def _half_widths(self, uncertainty: NDArray[np.floating], level: float) -> Floats:
        """Return half the widths (n, B) of the intervals of `uncertainty` (r + 1, n)."""
        variance = np.square(uncertainty.astype(np.float32)).T
        rows = np.square(self.basis.uncertainty_basis_at(self.wavelengths))
        deviation = np.sqrt(variance @ rows.T + np.float32(MIN_STD / self.attrs.get("picture_gain", 1.0)) ** 2)
        deviation *= self.basis.factor_at(self.wavelengths, level) * np.float32(abs(self.scale))
        return np.asarray(deviation)

    def interval(self, y: int, x: int, level: float = 0.9) -> tuple[Floats, Floats]:
        """Return the calibrated interval of one pixel.

        Parameters
        ----------
        y, x : int
            The pixel.
        level : float
            Nominal coverage, 0..1.

        Returns
        -------
        low, high : (B,) array of float32
            Its ends; the lower is 0 or more.
        """
        centre = self.spectrum(y, x)
        half = self.half_width_tile(slice(y, y + 1), slice(x, x + 1), level)[0, 0]
        return np.maximum(centre - half, 0), centre + half

    def region_mean(self, mask: ArrayLike, level: float = 0.9) -> RegionSpectrum:
        """Return mean, dispersion and mean half-width over the pixels of a region.

        Parameters
        ----------
        mask : (H, W) array of bool
            True inside the region.
        level : float
            Nominal coverage of the interval, 0..1.

        Returns
        -------
        RegionSpectrum
            At `wavelengths`.

        Raises
        ------
        ValueError
            If the mask has another shape or no pixel.
        """
        inside = np.asarray(mask, dtype=bool)
        if inside.shape != self.shape[1:] or not inside.any():
            raise ValueError(f"the mask has shape {inside.shape} and {int(inside.sum())} pixels; the cube {self.shape}")
        latents, uncertainty, weights = self._distinct_in(inside)
        count, bands = int(inside.sum()), len(self.wavelengths)
        total, squares, widths = (np.zeros(bands) for _ in range(3))
        reference = self._spectra(latents[:, :1])[0].astype(np.float64)
        for block in blocks(latents.shape[1], bands // 32, _BLOCK_PIXELS):
            values = self._spectra(latents[:, block]) - reference  # shifted, so that squares keep their digits
            total += weights[block] @ values
            squares += weights[block] @ np.square(values)
            widths += weights[block] @ self._half_widths(uncertainty[:, block], level)
        mean = total / count
        std = np.sqrt(np.maximum(squares / count - mean**2, 0))
        as32 = np.float32
        return RegionSpectrum(
            self.wavelengths,
            (mean + reference).astype(as32),
            std.astype(as32),
            (widths / count).astype(as32),
            count,
        )

    def _distinct_in(
        self, inside: NDArray[np.bool_]
    ) -> tuple[NDArray[np.floating], NDArray[np.floating], NDArray[np.float64]]:
        """Return latents (k, n) and uncertainty (r + 1, n) of a region's pixels, and how many each stands for (n,)."""
        latents, uncertainty = self.latents[:, inside], self.uncertainty[:, inside]
        if not (isinstance(latents, IndexedPlanes) and isinstance(uncertainty, IndexedPlanes)):
            return np.asarray(latents), np.asarray(uncertainty), np.ones(len(latents.T))
        used, counts = np.unique(latents.index, return_counts=True)
        return latents.table[:, used], uncertainty.table[:, used], counts.astype(np.float64)

    # -- views ------------------------------------------------------------------------------------------------

    def part(self, bands: slice, ys: slice, xs: slice) -> "LatentCube":
        """Return some bands of a block of pixels, not decoded yet.

        Parameters
        ----------
        bands, ys, xs : slice
            Bands, rows and columns.

        Returns
        -------
        LatentCube
            It shares the latents.
        """
        return replace(
            self,
            latents=self.latents[:, ys, xs],
            uncertainty=self.uncertainty[:, ys, xs],
            wavelengths=self.wavelengths[bands],
            flags=self.flags[ys, xs],
        )

    def pixels(self, ys: NDArray[np.integer], xs: NDArray[np.integer]) -> "LatentCube":
        """Return single pixels as a cube of one row, not decoded yet.

        Parameters
        ----------
        ys, xs : (n,) array of int
            Rows and columns.

        Returns
        -------
        LatentCube
            Of shape (B, 1, n).
        """
        at = np.asarray(ys)[None], np.asarray(xs)[None]
        latents, uncertainty = self.latents[:, *at], self.uncertainty[:, *at]
        return replace(self, latents=latents, uncertainty=uncertainty, flags=self.flags[at])

    def distinct(self) -> tuple["LatentCube", NDArray[np.integer]] | None:
        """Return the distinct colours as a cube, and which of them each pixel has.

        Returns
        -------
        (LatentCube, (H, W) array of int) or None
            The cube has shape (B, 1, n); None where pixels are not held as a table.
        """
        if not isinstance(self.latents, IndexedPlanes) or not isinstance(self.uncertainty, IndexedPlanes):
            return None
        table, index = distinct_columns(self.latents)
        if index is None:
            return None
        flags = np.zeros((1, table.shape[1]), np.uint8)
        return replace(self, latents=table[:, None], uncertainty=self.uncertainty.table[:, None], flags=flags), index

    def scaled(self, factor: float) -> "LatentCube":
        """Return the cube with every value, and its interval, multiplied by a factor.

        Parameters
        ----------
        factor : float
            From the unit of the cube to another.

        Returns
        -------
        LatentCube
            Its ``attrs["scale"]`` holds the factor.
        """
        scale = self.scale * float(factor)
        return replace(self, scale=scale, attrs={**self.attrs, "scale": scale})

    def at_wavelengths(self, wavelengths: ArrayLike) -> "LatentCube":
        """Return the same latents decoded at other wavelengths.

        Parameters
        ----------
        wavelengths : (B,) array
            In nm, within the model's range.

        Returns
        -------
        LatentCube
            It shares the latents.

        Raises
        ------
        ValueError
            If a wavelength is outside the range.
        """
        wanted = np.asarray(wavelengths, dtype=np.float64)
        low, high = self.basis.nodes[0], self.basis.nodes[-1]
        if wanted.min() < low - SAME_BAND_NM or wanted.max() > high + SAME_BAND_NM:
            raise ValueError(f"wavelengths {wanted.min():g}-{wanted.max():g} nm outside {low:g}-{high:g} nm")
        return replace(self, wavelengths=wanted)

    # -- whole copies -----------------------------------------------------------------------------------------

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        if copy is False:
            raise ValueError("a LatentCube is decoded anew; it cannot be given without a copy")
        bands, height, width = self.shape
        out = np.empty((bands, height, width), np.float32)
        rows = self._rows()
        columns, index = distinct_columns(self.latents)
        if index is not None:
            where = index.astype(np.intp)
            for values, band in zip(np.maximum(rows @ columns.astype(np.float32), 0), out, strict=True):
                np.take(values, where, out=band, mode="clip")
            return out if dtype is None else out.astype(dtype, copy=False)
        flat = out.reshape(bands, -1)
        for part in blocks(height * width, 1, _DECODED_PIXELS):
            _decode_into(flat[:, part], rows, columns[:, part])
        return out if dtype is None else out.astype(dtype, copy=False)

    def to_cube(
        self,
        progress: ProgressCallback | None = None,
        cancel: threading.Event | None = None,
    ) -> xr.DataArray:
        """Decode the whole cube.

        Parameters
        ----------
        progress : callable, optional
            ``progress(fraction, stage)``.
        cancel : threading.Event, optional
            Set it to stop.

        Returns
        -------
        xarray.DataArray
            Dims ``("y", "x", "wavelength")``, float32.

        Raises
        ------
        Cancelled
            When `cancel` is set on the way.
        """
        bands, height, width = self.shape
        out = np.empty((height, width, bands), np.float32)
        columns, index = distinct_columns(self.latents)
        spectra = None if index is None else self._spectra(columns)
        rows, columns = self._rows(), columns.reshape(len(columns), -1)
        for block in blocks(height, width, _DECODED_PIXELS):
            if spectra is not None and index is not None:
                np.take(spectra, index[block].astype(np.intp), axis=0, out=out[block], mode="clip")
            else:
                part = slice(block.start * width, block.stop * width)
                _decode_into(out.reshape(-1, bands)[part].T, rows, columns[:, part])
            report_step(block.stop / height, "decoding", progress, cancel)
        quantity = self.attrs.get("cube_quantity", "reflectance")
        history = tuple(self.attrs.get("history", ()))
        cube = make_cube(
            out,
            self.wavelengths,
            quantity=quantity,
            source=str(self.attrs.get("source", "")),
            history=history,
        )
        cube.attrs.update({k: v for k, v in self.attrs.items() if k not in ("history", "source", "quantity")})
        return cube

    def to_dask(self) -> Any:
        """Return a dask array whose chunks are decoded when computed.

        Returns
        -------
        dask.array.Array
            Axes (band, y, x), float32.
        """
        import dask.array as da

        chunks = (min(16, self.shape[0]), min(256, self.shape[1]), min(256, self.shape[2]))
        return da.from_array(self, chunks=chunks, asarray=True, name=False)

    def contrast_limits(self) -> tuple[float, float]:
        """Return display limits.

        Returns
        -------
        low, high : float
            0 and the 99.8th percentile of a sample of pixels over all bands.
        """
        step_y, step_x = (max(1, n // 64) for n in self.shape[1:])
        sample = self.tile(slice(None, None, step_y), slice(None, None, step_x))
        top = float(np.percentile(sample, 99.8))
        return (0.0, top if top > 0 else 1.0)


def _decode_into(out: Floats, rows: Floats, latents: NDArray[np.floating]) -> None:
    """Write the spectra of latents (k, n) into (B, n), a view into what is larger.

    PyTorch multiplies into such a view; NumPy takes twice as long, as it has to copy the product.
    """
    import torch

    into = torch.from_numpy(out)
    torch.mm(torch.from_numpy(rows), torch.from_numpy(latents.astype(np.float32)), out=into)
    into.clamp_(min=0)


def _pixelwise(function: Callable[[NDArray[np.floating]], Floats], planes: Planes) -> Floats:
    """Return what a function of columns, (k, n) to (n, B), says of each pixel of planes (k, h, w): (h, w, B)."""
    columns, index = distinct_columns(planes)
    return function(columns).reshape(*planes.shape[1:], -1) if index is None else function(columns)[index]
