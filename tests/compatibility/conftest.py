"""What 0.1.0 wrote, and how near to it a later version must come."""

import json
from pathlib import Path

import numpy as np
import pytest

V0_1_0 = Path(__file__).parents[1] / "fixtures" / "v0_1_0"


@pytest.fixture(scope="session")
def written():
    """The folder of files that 0.1.0 wrote; nothing is to be changed in it."""
    return V0_1_0


@pytest.fixture(scope="session")
def golden():
    """Numbers that 0.1.0 gave, as arrays by name."""
    with np.load(V0_1_0 / "golden.npz") as kept:
        return {name: kept[name] for name in kept.files}


@pytest.fixture(scope="session")
def recorded():
    """What else 0.1.0 said: scores, factors, the map info as read."""
    return json.loads((V0_1_0 / "golden.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def assert_as_it_was(golden):
    """Return a function that compares an estimate with the spectra and intervals of a name in the golden numbers.

    Networks compute in float32 (relative precision 6e-8) and sum some hundred products a layer, in an order that
    differs between processors: 1e-4 of a value, and 2e-5 of the saturation near zero, is ten times what that gives.
    """

    def check(estimate, name):
        pixels = golden["pixels"]
        np.testing.assert_allclose(estimate.wavelengths, golden[f"{name}/wavelengths"], rtol=1e-12)
        found = [estimate.spectrum(y, x) for y, x in pixels]
        np.testing.assert_allclose(found, golden[f"{name}/spectra"], rtol=1e-4, atol=2e-5)
        for level in (0.5, 0.9):
            found = [estimate.interval(y, x, level) for y, x in pixels]
            np.testing.assert_allclose(found, golden[f"{name}/interval {level}"], rtol=1e-4, atol=2e-5)

    return check
