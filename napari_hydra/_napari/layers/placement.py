"""Where a layer lies in the world: scale, translation, rotation, shear and affine of its last two axes, in one.

The layers made from a picture take its place; a layer of the user is read and never moved. Any affine of the plane is
a scale, a shear, a rotation and a translation, in this order, which is how napari puts its arguments together.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_hydra._napari.layers.scene_layers import Layer

if TYPE_CHECKING:
    from napari_hydra.evaluation.overlay import Overlay


_FAR = 2.0**20  # pixels: one step would drown in the digits of map coordinates


@dataclass(frozen=True)
class Placement:
    """The affine map of pixels (y, x) to the world.

    Attributes
    ----------
    scale, translate : (float, float)
        Along y and x.
    rotate : float
        In degrees, from y towards x.
    shear : float
        How far a point moves along y for each step along x, before it is turned.
    """

    scale: tuple[float, float] = (1.0, 1.0)
    translate: tuple[float, float] = (0.0, 0.0)
    rotate: float = 0.0
    shear: float = 0.0

    @classmethod
    def of(cls, layer: Layer | None) -> "Placement":
        """Return where a layer lies; napari's own place where there is none."""
        if layer is None:
            return cls()
        origin, along_y, along_x = (
            np.asarray(layer.data_to_world((*(0.0,) * (layer.ndim - 2), *point)), dtype=float)[-2:]
            for point in ((0.0, 0.0), (_FAR, 0.0), (0.0, _FAR))
        )
        matrix = np.stack([along_y - origin, along_x - origin], axis=1) / _FAR
        translate = (float(origin[0]), float(origin[1]))
        if matrix[0, 1] == matrix[1, 0] == 0:
            return cls((float(matrix[0, 0]), float(matrix[1, 1])), translate)
        turned = float(np.arctan2(matrix[1, 0], matrix[0, 0]))
        upper = _rotation(-turned) @ matrix
        scale = (float(upper[0, 0]), float(upper[1, 1]))
        return cls(scale, translate, float(np.rad2deg(turned)), float(upper[0, 1] / upper[1, 1]))

    @property
    def matrix(self) -> NDArray[np.float64]:
        """The linear part, (2, 2)."""
        return _rotation(np.deg2rad(self.rotate)) @ np.array([[1.0, self.shear], [0.0, 1.0]]) @ np.diag(self.scale)

    def to_world(self, pixels: ArrayLike) -> NDArray[np.float64]:
        """Return pixels (..., 2) in the world."""
        return np.asarray(pixels, dtype=float) @ self.matrix.T + self.translate

    def to_pixels(self, points: ArrayLike) -> NDArray[np.float64]:
        """Return points of the world (..., 2) as fractional pixels."""
        return (np.asarray(points, dtype=float) - self.translate) @ np.linalg.inv(self.matrix).T

    def arguments(self, ndim: int = 2, first: int = 0) -> dict[str, Any]:
        """Return the arguments of a new layer that lies here.

        Parameters
        ----------
        ndim : int
            Of the layer; y and x are its last two dimensions.
        first : int
            Where its first band lies on the band axis.
        """
        leading = ndim - 2
        rotate = np.eye(ndim)
        rotate[leading:, leading:] = _rotation(np.deg2rad(self.rotate))
        return {
            "scale": (*(1.0,) * leading, *self.scale),
            "translate": (*(float(first),) * leading, *self.translate),
            "rotate": rotate,
            "shear": (*(0.0,) * (ndim * (ndim - 1) // 2 - 1), self.shear),
        }

    def put(self, layer: Layer) -> None:
        """Move a layer of ours, which was neither turned nor sheared by its own arguments; its first band stays."""
        layer.scale = (*np.asarray(layer.scale)[:-2], *self.scale)
        layer.translate = (*np.asarray(layer.translate)[:-2], *self.translate)
        affine = np.eye(layer.ndim + 1)
        turned = self.matrix / self.scale
        affine[-3:-1, -3:-1] = turned
        affine[-3:-1, -1] = self.translate - turned @ self.translate
        if not np.array_equal(layer.affine.affine_matrix, affine):  # each assignment draws the layer anew
            layer.affine = affine

    def resized(self, first: Iterable[float], step: Iterable[float]) -> "Placement":
        """Return the place of other pixels: where the first one's centre lies, and how long each is, in ours."""
        scale, translate = np.multiply(self.scale, tuple(step)), self.to_world(tuple(first))
        return replace(self, scale=tuple(scale.tolist()), translate=tuple(translate.tolist()))

    def over(self, overlay: "Overlay") -> "Placement":
        """Return the place of larger pixels over ours."""
        axes = (overlay.ys, overlay.xs)
        return self.resized([float(axis.fine_position(0)) for axis in axes], [axis.step for axis in axes])

    def under(self, overlay: "Overlay") -> "Placement":
        """Return the place of smaller pixels under ours."""
        axes = (overlay.ys, overlay.xs)
        return self.resized(
            [-float(axis.fine_position(0)) / axis.step for axis in axes], [1 / axis.step for axis in axes]
        )


def _rotation(angle: float) -> NDArray[np.float64]:
    """Return the matrix that turns by an angle in radians."""
    return np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
