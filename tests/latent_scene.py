"""A small scene with a known answer: every pixel's spectrum is code_0 * (a flat line) + code_1 * (a ramp)."""

import numpy as np

from napari_hydra._napari.state.store import Scene
from napari_hydra.cube import make_cube
from napari_hydra.hydra import LatentCube
from napari_hydra.hydra.latent.decoder_basis import DecoderBasis

HEIGHT, WIDTH = 24, 32
NODES = np.linspace(400.0, 1000.0, 61)


def ramp(wavelengths):
    """The second decoder row: 0 at 400 nm, 1 at 1000 nm."""
    return (np.asarray(wavelengths) - 400.0) / 600.0


VISIBLE = tuple(np.arange(400.0, 701.0, 10.0))


def latent_cube(wavelengths=VISIBLE, height=HEIGHT, width=WIDTH):
    """Pixel (y, x) has codes (0.1 + y / 100, x / 100) and standard deviation (1 + x / width) / 50."""
    ys, xs = np.mgrid[:height, :width]
    basis = DecoderBasis(
        nodes=NODES,
        rows=np.stack([np.ones_like(NODES), ramp(NODES)], axis=1).astype(np.float32),
        uncertainty_basis=np.ones((NODES.size, 1), np.float32),
        levels=np.array([0.5, 0.9, 0.99]),
        factors=np.array([[0.67], [1.64], [2.58]], np.float32).repeat(NODES.size, axis=1),
    )
    flags = np.zeros((height, width), np.uint8)
    flags[0, :] = 1
    flags[1, :] = 2 | 4
    return LatentCube(
        latents=np.stack([0.1 + ys / 100, xs / 100]).astype(np.float32),
        uncertainty=((1 + xs / width) / 50)[None].astype(np.float32),
        basis=basis,
        wavelengths=np.asarray(wavelengths, np.float64),
        flags=flags,
        attrs={"model": "visible", "camera": "srgb", "quantity": "reflectance"},
    )


def truth_of(estimate, offset=0.02, wavelengths=None, **keywords):
    """The estimate at `wavelengths` plus an offset, so that every error is known."""
    centres = estimate.wavelengths if wavelengths is None else np.asarray(wavelengths, float)
    values = np.moveaxis(np.asarray(estimate.at_wavelengths(np.sort(centres))), 0, -1)
    return make_cube(values[:, :, np.argsort(np.argsort(centres))] + offset, centres, **keywords)


def scene(truth=True, name="ramps", **keywords):
    """A scene whose estimate is 0.02 too low everywhere."""
    estimate = keywords.pop("estimate", None) or latent_cube()
    picture = np.zeros((*estimate.shape[1:], 3), np.uint8)
    measured = truth_of(estimate) if truth is True else None if truth is False else truth
    settings = {"model": "visible", "camera": "srgb"}
    return Scene(name=name, picture=picture, estimate=estimate, truth=measured, settings=settings, **keywords)
