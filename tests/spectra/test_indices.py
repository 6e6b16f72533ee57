"""Spectral indices: their formulas, which bands they take, when they are refused."""

import subprocess
import sys

import numpy as np
import pytest

from napari_hydra.errors import HydraError
from napari_hydra.spectra import find_index, mix_bands, spectral_indices
from napari_hydra.spectra.indices import why_not

WIDE = np.arange(400.0, 1001.0, 10.0)


@pytest.mark.parametrize(
    ("name", "bands", "expected"),
    [
        ("NDVI", {"N": 0.643, "R": 0.175}, (0.643 - 0.175) / (0.643 + 0.175)),  # the example of spyndex's manual
        ("NDWI", {"G": 0.08, "N": 0.02}, 0.6),  # McFeeters 1996
        ("GLI", {"G": 0.3, "R": 0.1, "B": 0.2}, 0.3 / 0.9),  # Louhaichi 2001
        ("EVI", {"N": 0.4, "R": 0.1, "B": 0.05}, 2.5 * 0.3 / (0.4 + 0.6 - 0.375 + 1)),  # Huete 2002
        ("SR", {"N": 0.6, "R": 0.2}, 3.0),
    ],
)
def test_published_formulas(name, bands, expected):
    assert find_index(name)(bands) == pytest.approx(expected)


def test_every_index_gives_numbers_and_limits():
    known = spectral_indices()
    assert len(known) > 200
    for index in known.values():
        low, high = index.limits
        assert low < high, index.name
        assert all(band.low <= band.centre <= band.high <= 3000 for band in index.bands)
        values = index({band.name: np.full(3, 0.2 + 0.1 * i) for i, band in enumerate(index.bands)})
        assert np.shape(values) in ((3,), ()), index.name
    assert not {"kNDVI", "RFDI", "NIRvP", "LSTEMI"} & set(known)  # of kernels, of radar, of what no cube says


def test_limits_come_from_the_formula():
    assert find_index("NDVI").limits == (-1, 1)
    low, high = find_index("CIG").limits  # N / G - 1
    assert -1 <= low < 0
    assert 5 < high < 30


def test_scale_matters_only_to_formulas_with_constants():
    assert find_index("NDVI").is_scale_free
    assert find_index("VARI").is_scale_free
    assert not find_index("SAVI").is_scale_free
    assert not find_index("EVI").is_scale_free


def test_no_value_is_nan_without_a_warning():
    values = find_index("NDVI")({"N": [0.0, 0.5, np.nan], "R": [0.0, 0.1, 0.1]})
    np.testing.assert_allclose(values, [np.nan, 4 / 6, np.nan])


def test_bands_are_interpolated_at_the_centres_of_the_formula():
    ndvi = find_index("NDVI")  # N at 832.8, R at 664.6 nm
    mix = mix_bands(ndvi, WIDE)
    np.testing.assert_allclose(mix.centres, [832.8, 664.6])
    assert WIDE[mix.columns].tolist() == [660, 670, 830, 840]
    np.testing.assert_allclose(mix(WIDE[mix.columns]), [832.8, 664.6])  # a spectrum that is its wavelength


def test_nearest_band():
    mix = mix_bands(find_index("NDVI"), WIDE, "nearest")
    np.testing.assert_allclose(mix.centres, [830, 660])
    assert mix(np.array([0.1, 0.5])).tolist() == [0.5, 0.1]


def test_missing_value_spoils_only_its_own_band():
    mix = mix_bands(find_index("NDVI"), WIDE)
    near, red = mix(np.array([np.nan, 0.1, 0.5, 0.5]))
    assert np.isnan(red)
    assert near == pytest.approx(0.5)


def test_gap_is_not_bridged():
    """Where the bands beside the centre lie outside of the range, the nearest inside is taken."""
    gap = WIDE[(WIDE < 640) | (WIDE > 700)]
    mix = mix_bands(find_index("NDVI"), gap)
    np.testing.assert_allclose(mix.centres[1], 630)


def test_visible_cube_has_no_ndvi():
    visible = np.arange(400.0, 701.0, 10.0)
    with pytest.raises(HydraError, match=r"NDVI needs near-infrared \(760-900 nm\).*\(400-700 nm\); choose another"):
        mix_bands(find_index("NDVI"), visible)
    assert why_not(find_index("VARI"), visible) == ""
    assert "short-wave infrared" in why_not(find_index("NDMI"), WIDE)


def test_name_in_any_case_and_unknown_name():
    assert find_index("ndvi").name == "NDVI"
    with pytest.raises(HydraError, match="no index 'NDVX'"):
        find_index("NDVX")


def test_the_library_of_formulas_is_imported_late():
    script = "import sys, napari_hydra.spectra; sys.exit('spyndex' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
