"""Spectra of a point spectrometer, in the forms in which people have them."""

import numpy as np
import pytest
from spectral.io import envi

from napari_hydra.errors import HydraError
from napari_hydra.io import read_measured_spectra

GRID = [400.0, 450.0, 500.0, 550.0, 600.0]


def write(path, text, encoding="utf-8"):
    path.write_text(text, encoding=encoding)
    return path


@pytest.mark.parametrize(
    "text",
    [
        "y,x,400,450,500,550,600\n3,4,.1,.2,.3,.4,.5\n7,8,1,2,3,4,5\n",
        "# ASD FieldSpec\nnumber,y,x,400 nm,450 nm,500 nm,550 nm,600 nm\n\n1,3,4,.1,.2,.3,.4,.5\n2,7,8,1,2,3,4,5\n",
        "y;x;0,4;0,45;0,5;0,55;0,6\n3;4;0,1;0,2;0,3;0,4;0,5\n7;8;1;2;3;4;5\n",
        "x\ty\t600\t550\t500\t450\t400\n4\t3\t.5\t.4\t.3\t.2\t.1\n8\t7\t5\t4\t3\t2\t1\n",
        "\ufeffy,x,0.4um,0.45um,0.5um,0.55um,0.6um\n3,4,.1,.2,.3,.4,.5\n7,8,1,2,3,4,5\n",
    ],
    ids=["plain", "places filled in", "german", "tabs, downwards", "micrometres and a byte order mark"],
)
def test_a_row_a_spectrum(tmp_path, text):
    first, second = read_measured_spectra(write(tmp_path / "field.csv", text))
    assert [(s.name, s.y, s.x) for s in (first, second)] == [("1", 3, 4), ("2", 7, 8)]
    np.testing.assert_allclose(first.wavelengths, GRID)
    np.testing.assert_allclose(first.values, [0.1, 0.2, 0.3, 0.4, 0.5])
    np.testing.assert_allclose(second.values, [1, 2, 3, 4, 5])


@pytest.mark.parametrize("title", ["wavelength", "Wavelength (nm)", "wavelength_nm", "nm", "WVL"])
def test_a_column_a_spectrum(tmp_path, title):
    rows = "\n".join(f"{w:g},{w / 1000},{2 * w / 1000 if w < 600 else ''}" for w in GRID)
    first, second = read_measured_spectra(write(tmp_path / "asd.csv", f"{title},P1,leaf top\n{rows}\n"))
    assert [(s.name, s.y, s.x) for s in (first, second)] == [("P1", None, None), ("leaf top", None, None)]
    np.testing.assert_allclose(first.values, np.array(GRID) / 1000)
    np.testing.assert_allclose(second.wavelengths, GRID[:4])  # an empty cell is no measurement


@pytest.mark.parametrize("unit", ["Nanometers", "Micrometers"])
def test_spectral_library(tmp_path, unit):
    scale = 1.0 if unit == "Nanometers" else 1e-3
    header = {"wavelength": [w * scale for w in GRID], "spectra names": ["P1", "P2"], "wavelength units": unit}
    values = np.arange(10, dtype=np.float32).reshape(2, 5) / 10
    envi.SpectralLibrary(values, header).save(str(tmp_path / "field"))
    for name in ("field.sli", "field.hdr"):
        found = read_measured_spectra(tmp_path / name)
        assert [s.name for s in found] == ["P1", "P2"]
        np.testing.assert_allclose(found[1].values, values[1])
        np.testing.assert_allclose(found[1].wavelengths, GRID)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "holds no spectra"),
        ("y,x,400,500\n", "holds no spectra"),
        ("y,x,400,500\n1,2,.5\n", "3 cells in line 2 instead of 4"),
        ("# remark\ny,x,400,500\n1,2,a,b\n", "other than numbers in line 3"),
        ("y,x,400,500\n,2,.5,.5\n", "no pixel"),
        ("y,x,400,red\n1,2,.5,.5\n", "other than numbers in line 1"),
        ("y,x,1,2\n1,2,,\n", "no values for the spectrum '1'"),
        ("y,x,-400,500\n1,2,.5,.5\n", "make no sense"),
        ("wavelength\n400\n500\n", "none of values"),
        ("wavelength,P1\n400,1,2\n", "3 cells in line 2 instead of 2"),
        ("colour,amount\nred,1\n", "neither a header"),
    ],
)
def test_files_that_cannot_be_used_say_why(tmp_path, text, message):
    path = write(tmp_path / "bad.csv", text)
    with pytest.raises(HydraError, match=message) as error:
        read_measured_spectra(path)
    assert str(path) in str(error.value)


def test_libraries_that_cannot_be_used_say_why(tmp_path):
    (tmp_path / "alone.sli").write_bytes(b"\0" * 40)
    with pytest.raises(HydraError, match=r"no header alone\.hdr"):
        read_measured_spectra(tmp_path / "alone.sli")
    write(tmp_path / "broken.hdr", "ENVI\nsamples = 5\n")
    with pytest.raises(HydraError, match="cannot be read as a spectral library"):
        read_measured_spectra(tmp_path / "broken.hdr")
    header = {"spectra names": ["P1"]}
    envi.SpectralLibrary(np.ones((1, 5), np.float32), header).save(str(tmp_path / "bare"))
    with pytest.raises(HydraError, match="does not say its wavelengths"):
        read_measured_spectra(tmp_path / "bare.sli")
    (tmp_path / "binary.csv").write_bytes(b"\xff\xfe\x00\x80")
    with pytest.raises(HydraError, match="cannot be read as text"):
        read_measured_spectra(tmp_path / "binary.csv")
