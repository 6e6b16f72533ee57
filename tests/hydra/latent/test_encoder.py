"""The teacher's own coding of a measured cube: the upper bound of the latent space."""

import dask.array as da
import numpy as np
import pytest
import torch

from napari_hydra.cube import make_cube
from napari_hydra.errors import HydraError
from napari_hydra.hydra import LatentCube

BANDS = np.arange(405.0, 700.0, 5.0)


@pytest.fixture
def decoded(model):
    """Spectra (6, 7, B) that the decoder itself made, so that the latent space holds them."""
    latents = torch.rand((6, 7, 8), generator=torch.Generator().manual_seed(3)) + 0.2
    with torch.no_grad():
        return model.network.decoder.rows(BANDS).numpy(), latents.numpy() @ model.network.decoder.rows(BANDS).numpy().T


def test_what_the_decoder_can_make_comes_back(model, decoded):
    encoded = model.encode(make_cube(decoded[1], BANDS))
    assert isinstance(encoded, LatentCube)
    np.testing.assert_array_equal(encoded.wavelengths, BANDS)
    np.testing.assert_allclose(np.moveaxis(np.asarray(encoded), 0, -1), decoded[1], rtol=0.01, atol=0.002)


def test_nothing_in_the_latent_space_is_much_nearer_to_a_spectrum(model, decoded):
    rows = decoded[0].astype(np.float64)
    spectra = 0.3 + 0.2 * np.sin(BANDS / 40)[None, None] * np.ones((2, 3, 1))
    encoded = np.moveaxis(np.asarray(model.encode(make_cube(spectra, BANDS))), 0, -1)
    best = spectra @ np.linalg.pinv(rows).T @ rows.T
    assert np.sqrt(np.mean((encoded - spectra) ** 2)) < 1.02 * np.sqrt(np.mean((best - spectra) ** 2)) + 1e-3
    assert np.abs(encoded - spectra).max() > 0.01  # a code of 8 numbers does not hold every spectrum


def test_the_encoding_keeps_the_unit(model, decoded):
    first, second = (np.asarray(model.encode(make_cube(decoded[1] * gain, BANDS))) for gain in (1.0, 4000.0))
    np.testing.assert_allclose(second, 4000 * first, rtol=1e-4)


def test_bad_bands_and_those_outside_the_model_are_left_out(model, decoded):
    wavelengths = np.append(BANDS, [750.0, 800.0])
    values = np.concatenate([decoded[1], np.full((6, 7, 2), 9.0)], axis=2)
    values[..., 10:13] = 50.0
    encoded = model.encode(make_cube(values, wavelengths, bad_bands=(10, 11, 12)))
    np.testing.assert_array_equal(encoded.wavelengths, np.delete(BANDS, [10, 11, 12]))
    whole = model.encode(make_cube(decoded[1], BANDS)).at_wavelengths(encoded.wavelengths)
    np.testing.assert_allclose(np.asarray(encoded), np.asarray(whole), rtol=0.01, atol=0.002)


def test_a_lazy_cube_is_encoded_alike(model, decoded):
    cube = make_cube(decoded[1], BANDS)
    lazy = make_cube(da.from_array(decoded[1].astype(np.float32), chunks=(2, 7, 9)), BANDS)
    np.testing.assert_allclose(np.asarray(model.encode(lazy)), np.asarray(model.encode(cube)), rtol=1e-6)


def test_a_pixel_without_data_has_no_latent(model, decoded):
    values = decoded[1].copy()
    values[2, 3, 5] = np.nan
    encoded = np.asarray(model.encode(make_cube(values, BANDS)))
    assert np.isnan(encoded[:, 2, 3]).all()
    assert np.isfinite(encoded).sum() == encoded.size - BANDS.size


def test_a_cube_beside_the_range_is_refused_by_name(model):
    with pytest.raises(HydraError, match=r"infrared.hdr has no usable band within the 400-700 nm of model small"):
        model.encode(make_cube(np.ones((2, 2, 3)), [900.0, 950.0, 1000.0], source="infrared.hdr"))
    with pytest.raises(ValueError, match="takes 59 bands"):
        model.encoder(BANDS).encode(np.ones((2, 2, 3)))
