"""Matching with a library: angle and divergence against their definitions, ranking, maps."""

import numpy as np
import pytest
import spectral

from napari_hydra.errors import HydraError
from napari_hydra.io import make_library
from napari_hydra.progress import drain
from napari_hydra.spectra.distance import spectral_angle, spectral_angle_map
from napari_hydra.spectra.matching import information_divergence, match_map_steps, nearest, on_bands, rank
from napari_hydra.spectral_cube import ArrayCube

BANDS = np.arange(400.0, 1001.0, 20.0)
FINE = np.arange(350.0, 1101.0, 1.0)


def grass(wavelengths):
    return 0.05 + 0.45 / (1 + np.exp(-(wavelengths - 720) / 15))


def soil(wavelengths):
    return 0.1 + 0.3 * (wavelengths - 350) / 750


def paint(wavelengths):
    return 0.1 + 0.5 * np.exp(-(((wavelengths - 600) / 40) ** 2))


MATERIALS = {"grass": grass, "soil": soil, "paint": paint}
LIBRARY = make_library(list(MATERIALS), FINE, [of(FINE) for of in MATERIALS.values()], source="field.csv")


def finished(steps):
    fractions = []
    return drain(steps, lambda fraction, _: fractions.append(fraction)), fractions


def test_divergence_by_its_definition():
    p, q = np.array([0.2, 0.3, 0.5]), np.array([0.4, 0.4, 0.2])
    expected = np.sum(p * np.log(p / q)) + np.sum(q * np.log(q / p))
    assert information_divergence(5 * p, 0.1 * q) == pytest.approx(expected)
    assert information_divergence(p, 7 * p) == pytest.approx(0, abs=1e-12)
    assert information_divergence([0.2, np.nan, 0.3, 0.5], [0.4, 0.1, 0.4, 0.2]) == pytest.approx(expected)
    assert np.isfinite(information_divergence([0.2, 0.0, 0.5], q))
    assert np.isnan(information_divergence([0.0, 0.0, 0.0], q))


def test_angles_as_those_of_spectral():
    random = np.random.default_rng(3)
    pixels, members = random.uniform(0, 1, (5, 6, 31)), random.uniform(0, 1, (4, 31))
    expected = np.degrees(spectral.spectral_angles(pixels, members))
    pairs = np.broadcast_arrays(pixels[:, :, None], members)
    np.testing.assert_allclose(spectral_angle_map(*pairs), expected, atol=1e-6)
    index, angle = nearest(pixels, members)
    np.testing.assert_array_equal(index, expected.argmin(axis=-1))
    np.testing.assert_allclose(angle, expected.min(axis=-1), atol=1e-6)


def test_angles_leave_out_the_bands_that_an_endmember_lacks():
    pixels = np.random.default_rng(4).uniform(0, 1, (7, 10))
    members = np.random.default_rng(5).uniform(0, 1, (2, 10))
    members[1, 6:] = np.nan
    both = np.stack([nearest(pixels, members[:1])[1], nearest(pixels[:, :6], members[1:, :6])[1]], axis=1)
    np.testing.assert_allclose(both, [[spectral_angle(p, m) for m in members] for p in pixels], rtol=1e-12)
    index, angle = nearest(pixels, members)
    np.testing.assert_array_equal(index, both.argmin(axis=1))
    np.testing.assert_allclose(angle, both.min(axis=1), rtol=1e-12)
    pixels[2] = 0
    pixels[3, 8] = np.nan
    index, angle = nearest(pixels, members)
    assert np.isnan(angle[2])
    assert index[3] == 1
    assert angle[3] == pytest.approx(both[3, 1])
    assert np.isnan(nearest(pixels[3], members[:1])[1])
    assert nearest(pixels[:2], np.stack([np.zeros(10), members[0]]))[0].tolist() == [1, 1]


@pytest.mark.parametrize("name", list(MATERIALS))
def test_a_darker_spectrum_finds_its_material(name):
    spectrum = 0.3 * MATERIALS[name](BANDS)
    first, second, _ = rank(spectrum, on_bands([LIBRARY], BANDS))
    assert first.name == name
    assert first.source == "field.csv"
    assert first.angle == pytest.approx(0, abs=1e-5)
    assert first.divergence == pytest.approx(0, abs=1e-9)
    assert second.angle > 3
    assert first.bands == BANDS.size
    np.testing.assert_allclose(first.values, MATERIALS[name](BANDS))


def test_library_is_averaged_under_wide_bands():
    narrow = on_bands([LIBRARY], BANDS).values[2]
    wide = on_bands([LIBRARY], BANDS, fwhm=np.full(BANDS.size, 80.0)).values[2]
    peak = int(np.argmin(np.abs(BANDS - 600)))
    # A Gaussian of 1/e half-width 40 under a response of sigma 34: the peak sinks by 1 / sqrt(1 + 2 (34 / 40)^2).
    assert narrow[peak] == pytest.approx(0.6)
    assert wide[peak] == pytest.approx(0.1 + 0.5 / np.sqrt(1 + 2 * (80 / 2.3548 / 40) ** 2), rel=0.01)


def test_partly_covered_spectra():
    deleted = grass(FINE)
    deleted[(FINE > 640) & (FINE < 700)] = np.nan
    short = make_library(["short"], FINE[:200], [grass(FINE[:200])])  # to 549 nm
    gap = make_library(["gap"], FINE, [deleted])
    found = on_bands([short, gap], BANDS)
    assert found.names == ("gap",)
    assert found.left_out == 1
    assert BANDS[np.isnan(found.values[0])].tolist() == [660, 680]
    assert rank(grass(BANDS), found)[0].bands == BANDS.size - 2
    with pytest.raises(HydraError, match=r"half of the cube's bands \(400-1000 nm\)"):
        on_bands([short], BANDS)


def test_nothing_to_compare():
    members = on_bands([LIBRARY], BANDS)
    for spectrum in (np.zeros(BANDS.size), np.full(BANDS.size, np.nan)):
        with pytest.raises(HydraError, match="no spectrum here"):
            rank(spectrum, members)


def test_map_finds_the_material_of_each_pixel():
    random = np.random.default_rng(6)
    which = random.integers(0, 3, (50, 40))
    clean = np.stack([of(BANDS) for of in MATERIALS.values()])[which]
    cube = clean * random.uniform(0.2, 1.5, (50, 40, 1)) + random.normal(0, 0.002, clean.shape)
    cube[0, 0] = np.nan
    cube[0, 1] = 1.0  # flat: near nothing
    found, fractions = finished(match_map_steps(ArrayCube(cube, BANDS), on_bands([LIBRARY], BANDS), 5.0))
    assert found.names == ("grass", "soil", "paint")
    assert found.best.ravel()[2:].tolist() == (which + 1).ravel()[2:].tolist()
    assert found.best[0, :2].tolist() == [0, 0]
    assert np.isnan(found.angle[0, 0])
    assert found.angle[0, 1] > 5
    assert fractions[-1] == 1.0
