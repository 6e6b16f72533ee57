"""A small world in which colour tells the spectrum: every spectrum is a mixture of three smooth pigments."""

import numpy as np
import pytest

from napari_hydra.cube import make_cube
from napari_hydra.training.settings import TrainingSettings


def toy_cube(seed, bands=31, side=32):
    random = np.random.default_rng(seed)
    wavelengths = np.linspace(400, 700, bands)
    bumps = np.exp(-(((wavelengths[:, None] - np.array([450, 550, 640])) / 45) ** 2))
    shares = random.random((side // 4, side // 4, 3)).repeat(4, 0).repeat(4, 1) ** 2
    shading = 0.3 + 0.7 * random.random((side, side, 1))
    return make_cube(0.05 * shading + 0.8 * shading * (shares @ bumps.T), wavelengths, source=f"toy {seed}")


@pytest.fixture(scope="session")
def cubes():
    """Four cubes of two sensors."""
    return [(f"toy{i}", toy_cube(i, bands)) for i, bands in enumerate((31, 31, 47, 31))]


@pytest.fixture(scope="session")
def settings():
    return TrainingSettings(
        size=6,
        directions=3,
        width=16,
        blocks=1,
        hidden=24,
        teacher_steps=60,
        colour_steps=150,
        context_steps=30,
        joint_steps=20,
        colour_pixels=1024,
        batch_pixels=1024,
        patch=16,
        ema_decay=0.95,
        seed=3,
    )
