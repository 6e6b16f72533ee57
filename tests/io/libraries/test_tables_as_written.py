"""Tables of spectra as people and programs write them: the shape is read from the body."""

import numpy as np
import pytest
from spectrometer_files import GRID, LEAF, comma

from napari_hydra.errors import HydraError
from napari_hydra.io import SpectraNotice, read_library

pytestmark = pytest.mark.filterwarnings("ignore::napari_hydra.io.SpectraNotice")
SOIL = 0.5 - 0.3 * np.cos(GRID / 80)


def write(folder, text, name="leaf.csv", encoding="utf-8"):
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return path


def lines(form, *columns):
    return "\n".join(form.format(*row) for row in zip(*columns, strict=True)) + "\n"


PAIRS = lines("{:.1f} {:.6f} {:.6f}", GRID, LEAF, SOIL)


@pytest.mark.parametrize(
    "text",
    [
        PAIRS,
        PAIRS.replace(" ", "   "),
        lines("  {:.18e} {:.18e} {:.18e}", GRID, LEAF, SOIL),
        comma(PAIRS),
        "wavelength leaf soil\n" + PAIRS,
        "Wavelength (nm) leaf (1) soil (1)\n" + PAIRS,
        "my field day\n" + PAIRS,
        "my field day\nIntegration: 100\n\n" + PAIRS + "\nend of data\n",
        "sep=;\nwavelength;leaf;soil\n" + PAIRS.replace(" ", ";"),
        '"sep=,"\nwavelength,leaf,soil\n' + PAIRS.replace(" ", ","),
        "wavelength;leaf;soil\n" + comma(PAIRS.replace(" ", ";")),
        comma(lines("{:.1f};{:.6E};{:.6E}", GRID, LEAF, SOIL)),
        "Operator,A. B.\nPixels,31\nwavelength,leaf,soil\n" + PAIRS.replace(" ", ","),
        "Date\t12\t30\nwavelength\tleaf\tsoil\n[nm]\t[-]\t[-]\n" + PAIRS.replace(" ", "\t"),
        ",wavelength,leaf,soil\n" + lines("{},{:.1f},{:.6f},{:.6f}", range(31), GRID, LEAF, SOIL),
        lines("{} {:.1f} {:.6f} {:.6f}", range(1, 32), GRID, LEAF, SOIL),
        "wavelength,leaf,wavelength,soil\n" + lines("{:.1f},{:.6f},{:.1f},{:.6f}", GRID, LEAF, GRID, SOIL),
        lines("{:.1f}\t{:.6f}\t{:.1f}\t{:.6f}", GRID, LEAF, GRID, SOIL),
        "wavelength,leaf,soil,note\n" + lines("{:.1f},{:.6f},{:.6f},{}", GRID, LEAF, SOIL, ["ok"] * 31),
        "wavenumber (cm-1),leaf,soil\n" + lines("{:.6f},{:.6f},{:.6f}", 1e7 / GRID, LEAF, SOIL),
        "Wavelength [nm],Leaf reflectance [%],Soil R%\n" + lines("{},{:.4f},{:.4f}", GRID, 100 * LEAF, 100 * SOIL),
        "wavelength,leaf (‰),soil (per mille)\n" + lines("{},{:.3f},{:.3f}", GRID, 1000 * LEAF, 1000 * SOIL),
        "wavelength,leaf (x10000),soil (x10000)\n" + lines("{},{:.2f},{:.2f}", GRID, 1e4 * LEAF, 1e4 * SOIL),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_wavelengths_down(tmp_path, text, encoding):
    library = read_library(write(tmp_path, text, encoding=encoding))
    np.testing.assert_allclose(library.wavelengths, GRID, rtol=1e-8)
    np.testing.assert_allclose(library.values, [LEAF, SOIL], atol=1e-6)
    assert library.unit == "reflectance"


@pytest.mark.parametrize(
    ("head", "labels"),
    [
        ("", ""),
        ("genus,species,lat,lon,date,plot,device,site,person,", "a,b,45.1,9.2,2020-01-01,12,X,S,P,"),
        ("date,sample,", "2020-01-01,s,"),
    ],
)
@pytest.mark.parametrize("above", ["", "Field campaign\nOperator,A. B.\n"])
def test_wavelengths_across_beside_any_labels(tmp_path, head, labels, above):
    rows = [labels + ",".join(f"{v:.6f}" for v in spectrum) for spectrum in (LEAF, SOIL)]
    text = "\n".join([above + head + ",".join(f"{w:g}" for w in GRID), *rows])
    library = read_library(write(tmp_path, text))
    np.testing.assert_array_equal(library.wavelengths, GRID)
    np.testing.assert_allclose(library.values, [LEAF, SOIL], atol=1e-6)
    if "sample" in head:
        assert library.names == ("s", "s (2)")


def test_a_grid_for_each_spectrum(tmp_path):
    text = "wl1,leaf,wl2,soil\n" + lines("{},{:.6f},{},{:.6f}", GRID, LEAF, GRID + 5, SOIL)
    library = read_library(write(tmp_path, text))
    np.testing.assert_allclose(library.values[0, np.isin(library.wavelengths, GRID)], LEAF, atol=1e-6)
    np.testing.assert_allclose(library.values[1, np.isin(library.wavelengths, GRID + 5)], SOIL, atol=1e-6)
    assert np.isfinite(library.values).sum() == 2 * GRID.size


def test_counts_that_rise_are_no_header(tmp_path):
    text = lines("{},{}", GRID, GRID * 3)
    library = read_library(write(tmp_path, text))
    np.testing.assert_array_equal(library.wavelengths, GRID)
    np.testing.assert_array_equal(library.values, [GRID * 3])
    assert library.unit == "unknown"


def test_what_falls_below_wavelengths_across_is_no_grid(tmp_path):
    library = read_library(write(tmp_path, "435,1382,2256\n0.9,0.5,0.4\n0.8,0.6,0.8\n0.7,0.1,0.2\n"))
    np.testing.assert_array_equal(library.wavelengths, [435, 1382, 2256])
    assert library.values.shape == (3, 3)


def test_an_empty_corner_is_part_of_a_header(tmp_path):
    assert read_library(write(tmp_path, ",grass\n" + lines("{},{}", GRID, LEAF))).names == ("grass",)


@pytest.mark.parametrize("marker", ["#N/A", "NaN", "-", "", "-9999", "-1.23e34", "null"])
def test_missing_values(tmp_path, marker):
    cells = [marker if w > 680 else f"{v:.6f}" for w, v in zip(GRID, LEAF, strict=True)]
    library = read_library(write(tmp_path, "wavelength,leaf\n" + lines("{},{}", GRID, cells)))
    np.testing.assert_array_equal(np.isnan(library.values[0]), GRID > 680)


def test_negative_noise_is_no_missing_value(tmp_path):
    values = [-0.01, *LEAF[1:]]
    library = read_library(write(tmp_path, "wavelength,leaf\n" + lines("{},{}", GRID, values)))
    np.testing.assert_array_equal(library.values[0], values)
    counts = [-999.0, -500.0, *LEAF[2:]]  # numbers near the marker: it is one of them
    library = read_library(write(tmp_path, "wavelength,leaf\n" + lines("{},{}", GRID, counts)))
    np.testing.assert_array_equal(library.values[0], counts)


def test_a_percentage_is_no_reflectance(tmp_path):
    stated = "Reflectance\nwavelength,leaf\n" + lines("{},{}", GRID, 100 * LEAF)
    with pytest.warns(SpectraNotice, match="reflectance taken as per cent from its size"):
        library = read_library(write(tmp_path, stated))
    np.testing.assert_allclose(library.values[0], LEAF)
    with pytest.warns(SpectraNotice, match=r"leaf\.csv: no unit stated and numbers up to 88"):
        library = read_library(write(tmp_path, "wavelength,leaf\n" + lines("{},{}", GRID, 100 * LEAF)))
    np.testing.assert_array_equal(library.values[0], 100 * LEAF)
    assert library.unit == "unknown"


def test_a_heading_that_cannot_be_true_is_not_applied(tmp_path):
    text = "wavelength,Reflectance (%)\n" + lines("{},{}", GRID, 32000 * LEAF)
    with pytest.warns(SpectraNotice, match="left as they are"):
        library = read_library(write(tmp_path, text))
    np.testing.assert_array_equal(library.values[0], 32000 * LEAF)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("leaf\n" + PAIRS + "soil\n" + PAIRS, "another table from line 34 on"),
        ("wavelength,leaf\n400,high\n410,0.1\n420,0.2\n", "'high' in column 'leaf'.*line 2"),
        ("wavelength,leaf\n400,0.1\n410,0.1\n420,high\n", "'high' in column 'leaf'.*line 4"),
        ("just some words\nand more of them\n", "single column|neither a header"),
        (",".join("a" * 3000) + "\n" + "1,2\n" * 3000, "declares"),
    ],
)
def test_what_is_refused(tmp_path, text, words):
    with pytest.raises(HydraError, match=words):
        read_library(write(tmp_path, text))


def test_title_of_an_envi_library_says_its_scale(tmp_path):
    head = (
        f"ENVI\nsamples = {GRID.size}\nlines = 1\nbands = 1\nfile type = ENVI Spectral Library\ndata type = 2\n"
        "interleave = bsq\nbyte order = 0\nwavelength units = nm\nz plot titles = {Wavelength, Reflectance [*10000]}\n"
        f"wavelength = {{{', '.join(f'{w:g}' for w in GRID)}}}\nspectra names = {{leaf}}\n"
    )
    (tmp_path / "a.hdr").write_text(head)
    (tmp_path / "a.sli").write_bytes((1e4 * LEAF).astype("<i2").tobytes())
    library = read_library(tmp_path / "a.sli")
    np.testing.assert_allclose(library.values[0], LEAF, atol=1e-4)
    assert library.history == ("divided by 10000",)
