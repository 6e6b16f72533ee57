"""Small scenes with a few materials each, as cubes and as a folder of groups."""

import numpy as np
import pytest

from napari_hydra import make_cube, write_cube

BANDS = np.arange(400.0, 701.0, 10.0)


def scene(seed, size=32):
    random = np.random.default_rng(seed)
    bumps = np.exp(-(((BANDS[:, None] - np.linspace(400, 700, 6)) / 50) ** 2))
    materials = 0.1 + np.random.default_rng(99).uniform(0, 0.6, (12, 6)) @ bumps.T
    chosen = random.integers(0, 12, (size // 8, size // 8)).repeat(8, 0).repeat(8, 1)
    return make_cube(materials[chosen] * random.uniform(0.5, 1, (size, size, 1)), BANDS, source=f"scene{seed}")


@pytest.fixture(scope="session")
def named_scenes():
    return [(f"scene{seed}", scene(seed)) for seed in range(4)]


@pytest.fixture
def data(tmp_path):
    """Return a folder of ENVI cubes like the shared data, visible range only."""
    folder = tmp_path / "data"
    for group, names in {"cave-train": ["balls", "beads", "clay"], "cave-val": ["toys", "fruit"]}.items():
        (folder / group).mkdir(parents=True)
        for seed, name in enumerate(names):
            write_cube(scene(seed + len(group)), folder / group / f"{name}.hdr")
    return folder
