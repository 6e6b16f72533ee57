"""A cube that holds a table of latents and an index answers as one that holds the latents of every pixel."""

from dataclasses import replace

import numpy as np
import pytest
from latent_scene import latent_cube

from napari_hydra.hydra.latent.index_maps import index_map
from napari_hydra.hydra.latent.indexed_planes import IndexedPlanes
from napari_hydra.hydra.latent.posterior_samples import sample_posterior

WHOLE = (slice(None), slice(None))


@pytest.fixture
def planes():
    random = np.random.default_rng(0)
    return IndexedPlanes(random.random((3, 5)).astype(np.float32), random.integers(0, 5, (4, 6)).astype(np.uint16))


@pytest.fixture
def cubes():
    """The same cube with a table of few latents, and gathered."""
    scene = latent_cube(np.arange(400.0, 1001.0, 20.0))
    index = np.random.default_rng(1).integers(0, 7, scene.shape[1:]).astype(np.uint16)
    held = [IndexedPlanes(part.reshape(len(part), -1)[:, :7], index) for part in (scene.latents, scene.uncertainty)]
    few = replace(scene, latents=held[0], uncertainty=held[1])
    return few, replace(scene, latents=np.asarray(held[0]), uncertainty=np.asarray(held[1]))


def test_planes_are_the_gathered_array(planes):
    whole = planes.table[:, planes.index]
    np.testing.assert_array_equal(planes, whole)
    assert (planes.shape, planes.ndim, len(planes), planes.dtype) == (whole.shape, 3, 3, np.float32)
    np.testing.assert_array_equal(planes + 1, whole + 1)
    np.testing.assert_array_equal(whole - planes, np.zeros_like(whole))
    np.testing.assert_array_equal(planes[1], whole[1])
    np.testing.assert_array_equal(planes[..., 0], whole[..., 0])
    assert planes.max() == whole.max()
    assert planes.nbytes == 3 * 5 * 4 + 4 * 6 * 2


@pytest.mark.parametrize(
    "key",
    [np.s_[:, 1:3], np.s_[:, :, ::2], np.s_[:2, 1:], np.s_[:, [0, 3], [5, 1]], np.s_[:, np.eye(4, 6, dtype=bool)]],
)
def test_parts_of_planes_keep_the_table(planes, key):
    part = planes[key]
    assert isinstance(part, IndexedPlanes)
    assert np.shares_memory(part.table, planes.table)
    np.testing.assert_array_equal(part, np.asarray(planes)[key])


def test_a_copy_is_never_shared(planes):
    with pytest.raises(ValueError, match="without a copy"):
        np.array(planes, copy=False)


def test_decoding_agrees(cubes):
    few, plain = cubes
    close = {"atol": 1e-6, "rtol": 0}
    np.testing.assert_allclose(np.asarray(few), np.asarray(plain), **close)
    np.testing.assert_allclose(few.band(1), plain.band(1), **close)
    np.testing.assert_allclose(few.spectrum(2, 3), plain.spectrum(2, 3), **close)
    np.testing.assert_allclose(few.interval(2, 3), plain.interval(2, 3), **close)
    np.testing.assert_allclose(few.tile(*WHOLE), plain.tile(*WHOLE), **close)
    np.testing.assert_allclose(few.half_width_tile(*WHOLE), plain.half_width_tile(*WHOLE), **close)
    np.testing.assert_allclose(few.to_cube().values, plain.to_cube().values, **close)
    np.testing.assert_allclose(few.to_dask().compute(), plain.to_dask().compute(), **close)
    np.testing.assert_allclose(np.asarray(few[1:, 1:4, ::2]), np.asarray(plain[1:, 1:4, ::2]), **close)
    np.testing.assert_allclose(np.asarray(few.scaled(2)[0]), np.asarray(plain.scaled(2)[0]), **close)
    assert few.contrast_limits() == pytest.approx(plain.contrast_limits(), abs=1e-6)
    np.testing.assert_allclose(sample_posterior(few, *WHOLE), sample_posterior(plain, *WHOLE), **close)


def test_regions_agree(cubes):
    few, plain = cubes
    mask = np.zeros(few.shape[1:], bool)
    mask[1:4, 2:] = True
    found, expected = few.region_mean(mask), plain.region_mean(mask)
    assert found.count == expected.count
    for name in ("mean", "std", "half_width"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), atol=1e-6)


def test_views_share_the_table(cubes):
    few, _ = cubes
    assert few.scaled(2).latents is few.latents
    assert np.shares_memory(few[:, :2, :2].latents.table, few.latents.table)


def test_index_maps_agree(cubes):
    few, plain = cubes
    found, expected = (index_map(cube, "NDVI") for cube in (few, plain))
    for name in ("values", "low", "high"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), atol=1e-5)
