"""Spectral libraries, each file written here by its published layout and read back."""

import csv

import numpy as np
import pytest

from napari_hydra.errors import HydraError
from napari_hydra.io import SpectralLibrary, read_libraries, read_library

WAVELENGTHS = np.arange(400.0, 1001.0, 50.0)
GRASS = 0.1 + 0.4 / (1 + np.exp(-(WAVELENGTHS - 720) / 15))
SOIL = 0.1 + 0.3 * (WAVELENGTHS - 400) / 600


def check(library, names, spectra, wavelengths=WAVELENGTHS):
    assert isinstance(library, SpectralLibrary)
    assert library.names == tuple(names)
    np.testing.assert_allclose(library.wavelengths, wavelengths, rtol=1e-9)
    np.testing.assert_allclose(library.values, np.atleast_2d(spectra), atol=1e-6)


# -- ENVI ------------------------------------------------------------------------------------------------------


def write_sli(folder, unit="Nanometers", scale=1.0, **header):
    """Write as `spectral` does."""
    from spectral.io.envi import SpectralLibrary as EnviLibrary

    centres = WAVELENGTHS if unit == "Nanometers" else WAVELENGTHS / 1000
    fields = {"wavelength": list(centres), "spectra names": ["grass", "bare soil"], "wavelength units": unit, **header}
    fields.update({"header offset": 0, "data type": 4, "interleave": "bsq", "byte order": 0})
    fields.update({"file type": "ENVI Spectral Library"})
    library = EnviLibrary(scale * np.stack([GRASS, SOIL]), fields)
    library.save(str(folder / "field"))
    return folder / "field.sli"


@pytest.mark.parametrize("ending", [".sli", ".hdr"])
@pytest.mark.parametrize("unit", ["Nanometers", "Micrometers"])
def test_envi(tmp_path, ending, unit):
    path = write_sli(tmp_path, unit)
    check(read_library(path.with_suffix(ending)), ["grass", "bare soil"], [GRASS, SOIL])


def test_envi_scale_factor_and_bad_bands(tmp_path):
    bbl = [1] * 12 + [0]
    path = write_sli(tmp_path, scale=10000.0, **{"reflectance scale factor": 10000, "bbl": bbl})
    library = read_library(path)
    np.testing.assert_allclose(library.values[:, :-1], np.stack([GRASS, SOIL])[:, :-1], atol=1e-5)
    assert np.isnan(library.values[:, -1]).all()
    assert "divided by the reflectance scale factor 10000" in library.history


def test_envi_names_with_commas_are_numbered(tmp_path):
    path = write_sli(tmp_path)
    header = path.with_suffix(".hdr")
    header.write_text(header.read_text().replace("bare soil", "soil, bare"))
    library = read_library(path)
    assert library.names == ("spectrum 1", "spectrum 2")
    assert "3 names for 2 spectra" in library.history[-1]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("ENVI Spectral Library", "ENVI Standard", "is a picture, not a spectral library"),
        ("lines = 2", "lines = 3", "bytes but field.hdr declares"),
        ("wavelength = {", "waves = {", "does not say its wavelengths"),
    ],
)
def test_envi_malformed(tmp_path, old, new, words):
    path = write_sli(tmp_path)
    header = path.with_suffix(".hdr")
    assert old in header.read_text()
    header.write_text(header.read_text().replace(old, new))
    with pytest.raises(HydraError, match=words):
        read_library(path)


# -- ECOSTRESS and ASTER ---------------------------------------------------------------------------------------

ECOSTRESS = """Name: Construction Concrete
Type: manmade
Class: Concrete
Subclass: Construction Concrete
Particle Size: Solid
Sample No.: 0092UUUCNC
Owner: National Photographic Interpretation Center
Wavelength Range: All
Origin: From a road.
Collection Date: N/A
Description: Weathered construction concrete. Original name was jhu.becknic.manmade.concrete.solid.
Measurement: Directional (10 Degree) Hemispherical Reflectance
First Column: X
Second Column: Y
X Units: Wavelength (micrometers)
Y Units: Reflectance (percent)
First X Value: 0.4000
Last X Value: 1.0000
Number of X Values: 13
Additional Information: manmade.concrete.construction.solid.all.0092uuucnc.jhu.becknic.ancillary.txt

"""


def pairs(spectrum, factor=100.0, order=1):
    rows = zip(WAVELENGTHS[::order], spectrum[::order], strict=True)
    return "".join(f" {w / 1000:.4f}\t{factor * v:.4f}\n" for w, v in rows)


@pytest.mark.parametrize("order", [1, -1])
def test_ecostress(tmp_path, order):
    path = tmp_path / "manmade.concrete.spectrum.txt"
    path.write_text(ECOSTRESS + pairs(SOIL, order=order))
    library = read_library(path)
    check(library, ["Construction Concrete 0092UUUCNC"], SOIL)
    assert library.unit == "reflectance"
    assert library.history == ("per cent divided by 100",)


def test_aster_with_a_description_over_lines(tmp_path):
    text = ECOSTRESS.replace("Weathered", "Weathered:\n   grey\n  ").replace("Sample No.:", "Sample No:")
    path = tmp_path / "jhu.spectrum.txt"
    path.write_bytes((text + pairs(SOIL)).replace("\n", "\r\n").encode("latin-1"))
    check(read_library(path), ["Construction Concrete 0092UUUCNC"], SOIL)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace("micrometers", "furlongs"), "must be micrometers or nanometers"),
        (lambda text: text[: len(ECOSTRESS) + 60], "the file is cut off"),
        (lambda text: text[: len(ECOSTRESS)], "the file is cut off"),
    ],
)
def test_ecostress_malformed(tmp_path, change, words):
    path = tmp_path / "bad.spectrum.txt"
    path.write_text(change(ECOSTRESS + pairs(SOIL)))
    with pytest.raises(HydraError, match=rf"bad.spectrum.txt.*{words}"):
        read_library(path)


# -- USGS ------------------------------------------------------------------------------------------------------

SPLIB06 = """USGS Digital Spectral Library splib06a
Clark and others 2007, USGS, Data Series 231.

For further information on spectrsocopy, see: http://speclab.cr.usgs.gov

ASCII Spectral Data file contents:
line 15 title
line 16 history
line 17 to end:  3-columns of data:
     wavelength    reflectance    standard deviation

(standard deviation of 0.000000 means not measured)
(      -1.23e34  indicates a deleted number)
----------------------------------------------------
Lawn_Grass GDS91 (Green)     W1R1Fa AREF
copy of splib05a r 4171
"""


def test_splib06(tmp_path):
    rows = [f"       {w / 1000:.6f}       {v:.6f}        0.000000\n" for w, v in zip(WAVELENGTHS, GRASS, strict=True)]
    rows[0] = "       0.400000      -1.23e34        0.000000\n"
    path = tmp_path / "lawn_grass.gds91.27439.asc"
    path.write_text(SPLIB06 + "".join(rows))
    check(read_library(path), ["Lawn_Grass GDS91 (Green) W1R1Fa AREF"], [np.nan, *GRASS[1:]])


def write_splib07(folder, stem, title, values):
    path = folder / f"{stem}.txt"
    lines = "".join(f" {value:.7E}\n" for value in values)
    path.write_text(f" splib07a Record=18587: {title}\n{lines}")
    return path


@pytest.fixture
def splib07(tmp_path):
    """The folders of ASCIIdata_splib07a: wavelengths above, spectra in chapters."""
    asd, beckman = WAVELENGTHS / 1000, WAVELENGTHS / 1000 + 0.003
    words = "Wavelengths {} in microns"
    write_splib07(tmp_path, "splib07a_Wavelengths_BECK_Beckman_0.2-3.0_microns", words.format("BECK Beckman"), beckman)
    write_splib07(tmp_path, "splib07a_Wavelengths_ASD_0.35-2.5_microns_2151_ch", words.format("ASD"), asd)
    write_splib07(tmp_path, "splib07a_Bandpass_(FWHM)_ASDFR_StandardResolution", "Bandpass (FWHM) ASDFR", 0 * asd)
    chapter = tmp_path / "ChapterV_Vegetation"
    chapter.mkdir()
    values = [-1.23e34, *GRASS[1:]]
    write_splib07(chapter, "splib07a_Lawn_Grass_ASDFRa_AREF", "Lawn_Grass GDS91 green ASDFRa AREF", values)
    return tmp_path


def test_splib07_finds_the_wavelengths_of_its_spectrometer(splib07):
    library = read_library(next(splib07.glob("*/splib07a_Lawn*")))
    check(library, ["Lawn_Grass GDS91 green ASDFRa AREF"], [np.nan, *GRASS[1:]])
    assert library.history == ("wavelengths from splib07a_Wavelengths_ASD_0.35-2.5_microns_2151_ch.txt",)


def test_splib07_opened_together_with_its_wavelengths(splib07, tmp_path_factory):
    apart = tmp_path_factory.mktemp("a") / "b" / "c"
    apart.mkdir(parents=True)
    spectrum = write_splib07(apart, "splib07a_Soil_ASDFRa_AREF", "Soil ASDFRa AREF", SOIL)
    with pytest.raises(HydraError, match=r"brings no wavelengths.*13 wavelengths"):
        read_library(spectrum)
    axis = next(splib07.glob("*Wavelengths_ASD*"))
    found = read_libraries([axis, spectrum, next(splib07.glob("*/splib07a_Lawn*"))])
    assert len(found) == 1  # the same wavelengths: one library
    assert found[0].names == ("Soil ASDFRa AREF", "Lawn_Grass GDS91 green ASDFRa AREF")
    with pytest.raises(HydraError, match="holds no spectrum"):
        read_libraries([axis])
    with pytest.raises(HydraError, match="holds wavelengths or band widths"):
        read_library(axis)


def test_splib07_damaged(splib07):
    path = next(splib07.glob("*/splib07a_Lawn*"))
    path.write_text(path.read_text() + " 1.0 2.0\n")
    with pytest.raises(HydraError, match="one number a line"):
        read_library(path)


# -- tables ----------------------------------------------------------------------------------------------------


def write_csv(path, rows, delimiter=","):
    with path.open("w", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(rows)
    return path


def down(head="wavelength_nm", factor=1.0):
    return [[head, "grass", "soil"], *([w * factor, g, s] for w, g, s in zip(WAVELENGTHS, GRASS, SOIL, strict=True))]


@pytest.mark.parametrize(("head", "factor"), [("wavelength_nm", 1), ("Wavelength (um)", 1e-3), ("", 1), ("w", 1e-3)])
def test_wavelengths_down(tmp_path, head, factor):
    path = write_csv(tmp_path / "a.csv", [["# from the field"], *down(head, factor)])
    check(read_library(path), ["grass", "soil"], [GRASS, SOIL])


def test_tabs_and_decimal_commas(tmp_path):
    check(read_library(write_csv(tmp_path / "a.tsv", down(), "\t")), ["grass", "soil"], [GRASS, SOIL])
    rows = [[str(cell).replace(".", ",") for cell in row] for row in down()]
    check(read_library(write_csv(tmp_path / "a.csv", rows, ";")), ["grass", "soil"], [GRASS, SOIL])


def test_without_a_header(tmp_path):
    check(read_library(write_csv(tmp_path / "a.csv", down()[1:])), ["spectrum 1", "spectrum 2"], [GRASS, SOIL])


@pytest.mark.parametrize("form", ["{:g}", "{:g} nm", "X{:g}", "{:g}nm"])
def test_wavelengths_across(tmp_path, form):
    rows = [["sample", *(form.format(w) for w in WAVELENGTHS)], ["grass", *GRASS], ["soil", *SOIL]]
    check(read_library(write_csv(tmp_path / "a.csv", rows)), ["grass", "soil"], [GRASS, SOIL])


def test_wavelengths_across_without_names(tmp_path):
    rows = [list(WAVELENGTHS), list(GRASS)]
    check(read_library(write_csv(tmp_path / "a.csv", rows)), ["spectrum 1"], GRASS)


def test_long(tmp_path):
    rows = [["Sample", "Site", "Wavelength", "Reflectance"]]
    rows += [["grass", "A", w, v] for w, v in zip(WAVELENGTHS, GRASS, strict=True)]
    rows += [["soil", "B", w, v] for w, v in zip(WAVELENGTHS[::-1], SOIL[::-1], strict=True)]
    check(read_library(write_csv(tmp_path / "a.csv", rows)), ["grass", "soil"], [GRASS, SOIL])
    rows.pop(1)
    check(read_library(write_csv(tmp_path / "b.csv", rows)), ["grass", "soil"], [[np.nan, *GRASS[1:]], SOIL])


def test_names_that_are_there_twice_are_told_apart(tmp_path):
    rows = [["sample", *WAVELENGTHS], ["grass", *GRASS], ["grass", *SOIL], ["", *SOIL]]
    check(read_library(write_csv(tmp_path / "a.csv", rows)), ["grass", "grass (2)", "spectrum 3"], [GRASS, SOIL, SOIL])


def test_our_own_export_without_its_intervals(tmp_path):
    rows = down()
    rows[0] = ["wavelength_nm", "P1_estimate", "P1_low"]
    check(read_library(write_csv(tmp_path / "a.csv", rows)), ["P1_estimate"], GRASS)
    rows[0] = ["wavelength_nm", "tide_high", "tide_low"]  # somebody else's names
    assert read_library(write_csv(tmp_path / "b.csv", rows)).names == ("tide_high", "tide_low")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "is empty"),
        ("wavelength\n400\n500\n", "single column"),
        ("wavelength,grass\n", "no rows of numbers"),
        ("wavelength,grass\n400,0.1\n500,high\n", "'high' in column 'grass'"),
        ("wavelength,grass\n400,0.1\n,0.2\n", "rows without a wavelength"),
        ("wavelength,grass\n-400,0.1\n500,0.2\n", "wavelengths that make no sense"),
        ("wavelength,grass\n400,\n500,\n", "no numbers"),
        ("wavelength,grass\n400,0.1\n", "no spectrum of two bands"),
    ],
)
def test_bad_tables(tmp_path, text, words):
    path = tmp_path / "bad.csv"
    path.write_text(text)
    with pytest.raises(HydraError, match=rf"bad\.csv.*{words}"):
        read_library(path)


def test_other_files(tmp_path):
    with pytest.raises(HydraError, match="does not exist"):
        read_library(tmp_path / "nothing.csv")
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\0\0")
    with pytest.raises(HydraError, match="is no spectral library"):
        read_library(path)
    path = path.rename(tmp_path / "picture.csv")
    with pytest.raises(HydraError, match="is not a text file"):
        read_library(path)


def test_libraries_on_other_wavelengths_stay_apart(tmp_path):
    first = write_csv(tmp_path / "a.csv", down())
    second = write_csv(tmp_path / "b.csv", down(factor=1.5))
    assert [len(library) for library in read_libraries([first, second, write_sli(tmp_path)])] == [4, 2]
