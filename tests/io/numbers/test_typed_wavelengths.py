"""Wavelengths as people type and paste them."""

import numpy as np
import pytest

from napari_hydra.errors import HydraError
from napari_hydra.io.numbers.typed_wavelengths import grid, wavelengths_in_text

CENTRES = [400.0, 450.5, 500.0]


@pytest.mark.parametrize(
    "text",
    [
        "400, 450.5, 500",
        "400 450.5 500",
        "{400, 450.5, 500}",
        "400\n450.5\n500\n",
        "400\n450,5\n500\n",
        "0.4 0.4505 0.5 um",
        "wavelength (µm)\n0.4\n0.4505\n0.5",
        "band,wavelength,fwhm\n1,400,5\n2,450.5,5\n3,500,6",
        "band;centre\n1;400\n2;450,5\n3;500",
        "# made in 2024\n400;450.5;500",
    ],
)
def test_lists_and_tables(text: str) -> None:
    np.testing.assert_allclose(wavelengths_in_text(text, [7, 3]), CENTRES)


@pytest.mark.parametrize(
    ("text", "match"), [("", "no numbers"), ("400, 500", "2 numbers, the cube has 3"), ("0 0 1", "no sense")]
)
def test_what_is_no_list(text: str, match: str) -> None:
    with pytest.raises(HydraError, match=match):
        wavelengths_in_text(text, [3])


def test_grids_both_ways_and_what_fits() -> None:
    np.testing.assert_array_equal(grid(400, 700, 100, [9, 4]), [400, 500, 600, 700])
    np.testing.assert_array_equal(grid(700, 400, 100, [4]), [700, 600, 500, 400])
    with pytest.raises(HydraError, match="are 4 bands, the cube has 7 bands; a step of 50 nm fits"):
        grid(400, 700, 100, [7])
    with pytest.raises(HydraError, match="no grid"):
        grid(400, 400, 1, [1])
