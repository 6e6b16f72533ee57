"""One protocol for all cubes: each says the same of itself, and no reader asks what class it is of."""

import dask.array as da
import numpy as np
import pytest
from latent_scene import HEIGHT, WIDTH, latent_cube

from napari_hydra.cube import make_cube
from napari_hydra.errors import HydraError
from napari_hydra.evaluation import fitted_factor
from napari_hydra.evaluation.averaging import AveragedCube
from napari_hydra.evaluation.overlay import overlay_of
from napari_hydra.io import read_cube, write_cube
from napari_hydra.spectra.composite import three_bands, true_colour
from napari_hydra.spectral_cube import HasInterval, SpectralCube, spectral_cube
from napari_hydra.workbench.export.region_cube import RegionCube

MASK = np.zeros((HEIGHT, WIDTH), bool)
MASK[3:9, 4:16] = True


def decoded():
    return latent_cube().to_cube()


CUBES = {
    "array": lambda: spectral_cube(decoded()),
    "lazy array": lambda: spectral_cube(decoded().copy(data=da.from_array(decoded().values, chunks=8))),
    "reconstruction": latent_cube,
    "averaged": lambda: AveragedCube.of(latent_cube(), overlay_of((HEIGHT, WIDTH), (HEIGHT // 2, WIDTH // 2))),
    "region of an array": lambda: RegionCube.of(decoded(), MASK, {}),
    "region of a reconstruction": lambda: RegionCube.of(latent_cube(), MASK, {}),
}


@pytest.mark.parametrize("kind", CUBES)
def test_every_cube_keeps_the_protocol(kind, tmp_path):
    cube = CUBES[kind]()
    assert isinstance(cube, SpectralCube)
    bands, height, width = cube.shape
    whole = cube.tile(slice(None), slice(None))
    assert whole.shape == (height, width, bands)
    assert len(cube.wavelengths) == bands
    part = cube[2:5, 1:4, 2:6]
    assert isinstance(part, SpectralCube)
    np.testing.assert_allclose(part.tile(slice(None), slice(None)), whole[1:4, 2:6, 2:5], rtol=1e-6)
    assert part.wavelengths.tolist() == cube.wavelengths[2:5].tolist()
    for suffix in (".hdr", ".mat"):  # pixel by pixel, and band by band
        found = read_cube(write_cube(cube, tmp_path / f"cube{suffix}"))
        np.testing.assert_allclose(found.values, whole, rtol=1e-6)
    assert fitted_factor(cube, found.fillna(0.0) * np.float32(2)) == pytest.approx(2)
    assert true_colour(cube).shape == three_bands(cube, (650.0, 550.0, 450.0))[0].shape == (height, width, 3)


def test_only_estimates_have_an_interval():
    assert [kind for kind, make in CUBES.items() if isinstance(make(), HasInterval)] == ["reconstruction", "averaged"]


def test_axes_of_an_array_are_told_by_their_names():
    cube = decoded()
    turned = spectral_cube(cube.transpose("wavelength", "x", "y"))
    np.testing.assert_array_equal(turned.tile(slice(2, 4), slice(3)), cube.values[2:4, :3])
    with pytest.raises(HydraError, match="is no cube"):
        spectral_cube(cube.rename(x="column"))


def test_bad_bands_are_left_out_where_asked():
    cube = make_cube(np.ones((2, 3, 4)), [400, 500, 600, 700], bad_bands=[1])
    assert spectral_cube(cube).shape == (4, 2, 3)
    assert spectral_cube(cube, usable=True).wavelengths.tolist() == [400, 600, 700]
