import threading
import tracemalloc

import numpy as np
import pytest

from napari_hydra.errors import Cancelled
from napari_hydra.hydra.latent.decoder_basis import DecoderBasis
from napari_hydra.hydra.latent.latent_cube import LatentCube
from napari_hydra.lazy_array import LazyArray


def make_latent(height=20, width=30, bands=31, dtype=np.float32, seed=0):
    random = np.random.default_rng(seed)
    nodes = np.arange(400.0, 701.0, 5)
    rows = np.exp(-(((nodes[:, None] - np.linspace(400, 700, 6)) / 60) ** 2)).astype(np.float32)
    basis = DecoderBasis(
        nodes,
        rows,
        random.random((nodes.size, 3)).astype(np.float32) * 0.1,
        np.array([0.5, 0.9, 0.99]),
        np.outer([0.7, 1.6, 2.6], np.linspace(1, 2, nodes.size)).astype(np.float32),
    )
    latents = random.normal(0.3, 0.4, (6, height, width)).astype(dtype)
    uncertainty = random.random((3, height, width)).astype(dtype) * 0.2
    wavelengths = np.linspace(400, 700, bands)
    return LatentCube(latents, uncertainty, basis, wavelengths, np.zeros((height, width), np.uint8), {"model": "toy"})


@pytest.fixture
def latent():
    return make_latent()


@pytest.fixture
def decoded(latent):
    rows = latent.basis.rows_at(latent.wavelengths)
    return np.maximum(np.einsum("bk,khw->bhw", rows, latent.latents), 0)


def test_it_looks_like_an_array(latent):
    assert latent.shape == (31, 20, 30)
    assert latent.ndim == 3
    assert latent.size == 31 * 600
    assert latent.dtype == np.float32
    assert len(latent) == 31


def test_every_way_in_gives_the_same_values(latent, decoded):
    np.testing.assert_allclose(np.asarray(latent), decoded, atol=1e-5)
    np.testing.assert_allclose(latent.band(7), decoded[7], atol=1e-5)
    np.testing.assert_allclose(latent.spectrum(3, 28), decoded[:, 3, 28], atol=1e-5)
    tile = latent.tile(slice(2, 9), slice(5, 12))
    np.testing.assert_allclose(tile, decoded[:, 2:9, 5:12].transpose(1, 2, 0), atol=1e-5)
    np.testing.assert_allclose(latent.to_cube().values, decoded.transpose(1, 2, 0), atol=1e-5)
    np.testing.assert_allclose(latent.to_dask().compute(), decoded, atol=1e-5)
    assert latent.astype(np.float64).dtype == np.float64


@pytest.mark.parametrize(
    "key",
    [
        (slice(None),),
        3,
        -1,
        (4, slice(None), slice(None)),
        (slice(2, 9), slice(None, None, 2), slice(5, 6)),
        (slice(None, None, 5), 3, 4),
        (Ellipsis, 7),
        (2, Ellipsis),
        (1, 2, 3),
        (slice(None), slice(None, None, -1)),
    ],
)
def test_indexing_agrees_with_numpy_and_stays_lazy(latent, decoded, key):
    view = latent[key]
    expected = decoded[key]
    assert isinstance(view, LazyArray)
    assert view.shape == expected.shape
    np.testing.assert_allclose(np.asarray(view), expected, atol=1e-5)


def test_views_of_views(latent, decoded):
    view = latent[:, 4:18, 3:25][5]
    np.testing.assert_allclose(np.asarray(view[2:6]), decoded[5, 6:10, 3:25], atol=1e-5)
    np.testing.assert_allclose(np.asarray(view[-1, 1:4]), decoded[5, 17, 4:7], atol=1e-5)


def test_indices_out_of_bounds_are_refused(latent):
    for key in (31, (0, 20), (0, 0, -31), (0, 0, 0, 0)):
        with pytest.raises(IndexError):
            latent[key]


def test_slicing_takes_no_memory_and_one_band_takes_one_band():
    latent = make_latent(400, 500, 200)
    whole = latent.nbytes
    tracemalloc.start()
    view = latent[:, 10:390]
    band = view[100]
    spectrum = np.asarray(view[:, 3, 4])
    sliced = tracemalloc.get_traced_memory()[1]
    np.asarray(band)
    one = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert spectrum.shape == (200,)
    assert sliced < 1e6
    assert one < whole / 20


def test_half_precision_latents_decode_in_float32():
    latent, full = make_latent(dtype=np.float16), make_latent()
    assert latent.spectrum(2, 2).dtype == np.float32
    np.testing.assert_allclose(np.asarray(latent), np.asarray(full), atol=3e-3)


def test_interval_widens_with_level_and_holds_the_estimate(latent):
    low, high = latent.interval(4, 5, level=0.9)
    spectrum = latent.spectrum(4, 5)
    assert (low <= spectrum).all()
    assert (spectrum <= high).all()
    assert (low >= 0).all()
    wider = latent.interval(4, 5, level=0.99)[1] - spectrum
    np.testing.assert_allclose(wider / (high - spectrum), 2.6 / 1.6, rtol=1e-3)
    with pytest.raises(ValueError, match=r"level 0\.999"):
        latent.interval(4, 5, level=0.999)


def test_interval_is_the_quadratic_sum_of_its_parts(latent):
    rows = latent.basis.uncertainty_basis_at(latent.wavelengths)
    uncertainty = latent.uncertainty[:, 4, 5]
    deviation = np.sqrt((rows**2) @ (uncertainty**2) + 0.002**2)
    factor = latent.basis.factor_at(latent.wavelengths, 0.9)
    half = latent.half_width_tile(slice(4, 5), slice(5, 6))[0, 0]
    np.testing.assert_allclose(half, factor * deviation, rtol=1e-4)


def test_region_mean_carries_the_mean_half_width(latent, decoded):
    mask = np.zeros((20, 30), bool)
    mask[3:9, 4:20] = True
    mask[15, 29] = True
    region = latent.region_mean(mask)
    assert region.count == 97
    np.testing.assert_allclose(region.mean, decoded[:, mask].mean(1), atol=1e-5)
    np.testing.assert_allclose(region.std, decoded[:, mask].std(1), atol=1e-4)
    widths = latent.half_width_tile(slice(None), slice(None))[mask]
    np.testing.assert_allclose(region.half_width, widths.mean(0), rtol=1e-4)
    with pytest.raises(ValueError, match="0 pixels"):
        latent.region_mean(np.zeros((20, 30), bool))


def test_scaling_multiplies_values_and_uncertainty(latent, decoded):
    double = latent.scaled(2.0)
    np.testing.assert_allclose(np.asarray(double), 2 * decoded, atol=1e-5)
    low, high = latent.interval(1, 1)
    low2, high2 = double.interval(1, 1)
    np.testing.assert_allclose(high2, 2 * high, rtol=1e-5)
    np.testing.assert_allclose(low2, 2 * low, atol=1e-6)
    assert double.attrs["scale"] == 2.0
    assert double.scaled(0.5).scale == 1.0


def test_a_band_does_not_depend_on_which_others_were_asked_for(latent):
    other = latent.at_wavelengths([450.0, 550.0])
    np.testing.assert_allclose(other.band(1), latent.band(15), atol=1e-6)
    with pytest.raises(ValueError, match="outside"):
        latent.at_wavelengths([350.0])


def test_to_cube_reports_and_cancels(latent):
    fractions = []
    cube = latent.to_cube(progress=lambda fraction, stage: fractions.append(fraction))
    assert fractions[-1] == 1.0
    assert cube.dims == ("y", "x", "wavelength")
    assert cube.attrs["model"] == "toy"
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        latent.to_cube(cancel=stop)


def test_contrast_limits_are_finite_and_robust(latent):
    low, high = latent.contrast_limits()
    assert low == 0
    assert 0 < high <= np.asarray(latent).max()
    flat = LatentCube(
        np.zeros_like(latent.latents), latent.uncertainty, latent.basis, latent.wavelengths, latent.flags, latent.attrs
    )
    assert flat.contrast_limits() == (0.0, 1.0)
