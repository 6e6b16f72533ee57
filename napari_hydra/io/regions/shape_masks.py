"""Which pixels lie inside a drawn shape: those whose centre does."""

import numpy as np
from numpy.typing import NDArray
from skimage.draw import polygon


def shape_mask(kind: str, vertices: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Return the mask (H, W) of a shape.

    Parameters
    ----------
    kind : str
        "polygon", "rectangle" or "ellipse" as napari names them. Lines and paths enclose nothing.
    vertices : (n, 2) array
        In pixels (y, x), pixel centres at whole numbers; an ellipse by the corners of its box, in turn.
    shape : (int, int)
        Height and width of the picture.
    """
    mask = np.zeros(shape, dtype=bool)
    if kind in ("polygon", "rectangle") and len(vertices) >= 3:
        rows, columns = polygon(vertices[:, 0], vertices[:, 1], shape)
        mask[rows, columns] = True
    elif kind == "ellipse":
        mask = _ellipse_mask(vertices, shape)
    return mask


def _ellipse_mask(corners: NDArray[np.float64], shape: tuple[int, int]) -> NDArray[np.bool_]:
    """Test every pixel in the coordinates in which the box is a square, so turned ellipses need no angle."""
    centre = corners.mean(axis=0)
    axes = np.stack([(corners[1] - corners[0]) / 2, (corners[3] - corners[0]) / 2], axis=1)
    if abs(np.linalg.det(axes)) < 1e-12:
        return np.zeros(shape, dtype=bool)
    offsets = np.moveaxis(np.indices(shape), 0, -1) - centre
    u = offsets @ np.linalg.inv(axes).T
    inside: NDArray[np.bool_] = (u**2).sum(axis=-1) <= 1.0
    return inside
