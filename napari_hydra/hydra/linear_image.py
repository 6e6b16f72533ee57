"""The light of a picture as a network wants it: linear, at a common exposure, in sRGB's primaries."""

import hashlib
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from napari_hydra.camera import Camera
from napari_hydra.camera.colour_picture import as_picture
from napari_hydra.errors import HydraError
from napari_hydra.hydra.networks.network import HydraNetwork
from napari_hydra.hydra.networks.student import FLOOR
from napari_hydra.hydra.scene_prior import pixel_features

EXPOSURE_TARGET, EXPOSURE_PERCENTILE = 0.95, 99.5
_SAMPLE_PIXELS = 1 << 22


def check_picture(picture: NDArray[Any]) -> NDArray[Any]:
    """Return the picture if it can be reconstructed.

    Raises
    ------
    HydraError
        If it is not (H, W, 3), is smaller than 2 x 2 pixels or holds NaN or infinity.
    """
    pixels = as_picture(picture)
    if pixels.ndim != 3 or pixels.shape[2] != 3:
        raise HydraError(
            f"a picture of shape {pixels.shape} was given; it must have three channels, (height, width, 3)."
        )
    if min(pixels.shape[:2]) < 2:
        raise HydraError(f"the picture has {pixels.shape[0]} x {pixels.shape[1]} pixels; give one of at least 2 x 2.")
    if pixels.dtype.kind == "f" and not np.isfinite(pixels).all():
        raise HydraError("the picture has NaN or infinite values; replace them first.")
    return pixels


def common_exposure(linear: NDArray[np.float32], index: NDArray[np.integer] | None = None) -> float:
    """Return the gain that brings the 99.5th percentile of the brightest channel to 0.95.

    A picture brought to it looks the same to the network however it was exposed. Black pictures get 1. For `index` see
    `PictureLight`.
    """
    height, width = linear.shape[:2] if index is None else index.shape
    step = max(1, int(np.ceil(np.sqrt(height * width / _SAMPLE_PIXELS))))
    sampled = (slice(None, None, step),) * 2
    brightest = linear[sampled].max(-1) if index is None else linear.max(-1).ravel()[index[sampled]]
    top = float(np.percentile(brightest, EXPOSURE_PERCENTILE))
    return EXPOSURE_TARGET / top if top > 1e-4 else 1.0


def primaries_matrix(network: HydraNetwork, camera: Camera, srgb: Camera) -> NDArray[np.float32]:
    """Return the (3, 3) matrix from a camera's linear RGB to linear sRGB.

    Least squares over the spectra that the latents can make, whose second moment is the identity.
    """
    grid = network.camera_grid()
    with torch.no_grad():
        rows = network.decoder.rows(grid).double().numpy()
    seen, wanted = camera.response(grid).T @ rows, srgb.response(grid).T @ rows
    gram = seen @ seen.T
    return np.asarray(wanted @ seen.T @ np.linalg.inv(gram + 1e-6 * np.trace(gram) * np.eye(3)), np.float32)


@dataclass(frozen=True, eq=False)
class LinearImage:
    """The linear light of a picture.

    Attributes
    ----------
    linear : (h, w, 3) array
        Linear RGB in the camera's primaries; 1 is saturation. Of the picture, or with an `index` of its `Palette`.
    gain : float
        Brings the picture to the common exposure.
    primaries : (3, 3) array or None
        Takes the camera's primaries to sRGB's.
    index : (H, W) array of int, optional
        Which colour of the palette each pixel has.
    ends : (h, w, 3) array of int8, optional
        1 where a channel of the picture is saturated, -1 where it is zero, 0 between. Where not given, `linear` says
        it; a colour outside sRGB is below 0 or above 1 there without being either.
    """

    linear: NDArray[np.float32]
    gain: float
    primaries: NDArray[np.float32] | None
    index: NDArray[np.integer] | None = None
    ends: NDArray[np.int8] | None = None

    @property
    def shape(self) -> tuple[int, int]:
        """(H, W) of the picture."""
        height, width = (self.linear if self.index is None else self.index).shape[:2]
        return height, width

    def at(self, ys: Any, xs: Any) -> NDArray[np.float32]:
        """Return linear RGB (..., 3) of the picture's pixels at `ys` and `xs`: slices or arrays of indices."""
        return self.linear[ys, xs] if self.index is None else self.linear.reshape(-1, 3)[self.index[ys, xs]]

    @cached_property
    def digest(self) -> str:
        """Tells this picture from others, so that positions are compared within one picture only."""
        sampled = slice(None, None, max(1, max(self.shape) // 256))
        content = np.ascontiguousarray(self.at(sampled, sampled))
        return hashlib.sha256(repr((*self.shape, 3)).encode() + content.tobytes()).hexdigest()[:16]

    def positions(self, ys: NDArray[np.intp], xs: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return where pixels are, (n, 2), in diagonals of the picture."""
        return np.asarray(np.column_stack([ys, xs]) / np.hypot(*self.shape))

    def features(
        self, seen: NDArray[np.float32], positions: ArrayLike, half_width: NDArray[np.floating], picture: int
    ) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
        """Return brightness (n,) at the common exposure and features (n, 8) of pixels of linear RGB `seen` (n, 3).

        `half_width` (n,) is the half-width of their intervals at the common exposure; see `pixel_features`.
        """
        seen = np.maximum(seen if self.primaries is None else seen @ self.primaries.T, 0)
        seen = seen * np.float32(self.gain)
        level = seen.mean(1) + np.float32(FLOOR)
        return level, pixel_features(seen, level, positions, half_width / level, picture)
