"""A scene whose truth can be coded, and further cubes: what is drawn beside estimate and truth."""

import numpy as np
from latent_scene import HEIGHT, VISIBLE, WIDTH, latent_cube, ramp, scene, truth_of

from napari_hydra._napari.state.store import OpenCube
from napari_hydra.hydra import Encoder


def encoder_of(wavelengths):
    """Code by least squares with the rows of the test's decoder."""
    rows = np.stack([np.ones(len(wavelengths)), ramp(wavelengths)], axis=1)
    return Encoder(np.linalg.pinv(rows).astype(np.float32), np.asarray(wavelengths), latent_cube().basis)


def bumpy_truth(wavelengths=VISIBLE):
    """The scene's truth and a bump that a code of two numbers cannot hold."""
    truth = truth_of(latent_cube(), wavelengths=wavelengths)
    bump = 0.05 * np.exp(-(((np.asarray(wavelengths) - 550) / 20) ** 2))
    return truth + bump.astype(np.float32)


def scene_with_encoder(**keywords):
    truth = bumpy_truth()
    truth.attrs.update(quantity="reflectance", source="", history=(), bad_bands=(), fwhm=None)
    return scene(truth=truth, encoder=encoder_of(VISIBLE), **keywords)


def further(name="flight", wavelengths=(390.0, 480.5, 611.0, 850.0), height=HEIGHT, bad=(), **keywords):
    """A cube whose pixel (y, x) has the value y + x / 100 + wavelength / 1000."""
    ys, xs = np.mgrid[:height, :WIDTH]
    stack = ys + xs / 100 + np.asarray(wavelengths)[:, None, None] / 1000
    good = ~np.isin(np.arange(len(wavelengths)), bad)
    return OpenCube(name=name, stack=stack, wavelengths=np.asarray(wavelengths), good=good, **keywords)
