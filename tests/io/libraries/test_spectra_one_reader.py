"""What reads libraries and what reads spectra to adapt to are one: the same numbers from every file."""

import numpy as np
import pytest

from napari_hydra import cli
from napari_hydra.errors import HydraError
from napari_hydra.io import describe_file, read_library, read_measured_spectra

GRID = [400.0, 450.0, 500.0, 550.0, 600.0]
LEAF = [0.1, 0.2, 0.3, 0.4, 0.5]
SOIL = [1.0, 2.0, 3.0, 4.0, 5.0]


def write(path, text, encoding="utf-8"):
    path.write_bytes(text.encode(encoding))
    return path


def read_both(path):
    """Read a file as a library and for adapting, and see that both say the same."""
    library, points = read_library(path), read_measured_spectra(path)
    assert len(library) == len(points)
    for values, point in zip(library.values, points, strict=True):
        known = np.isfinite(values)
        np.testing.assert_array_equal(point.wavelengths, library.wavelengths[known])
        np.testing.assert_array_equal(point.values, values[known])
    assert library.pixels is None or library.pixels == tuple((point.y, point.x) for point in points)
    return library, points


def write_envi(path, numbers, extra="", names="leaf, soil", encoding="utf-8"):
    header = (
        "ENVI\nsamples = 5\nlines = 2\nbands = 1\nfile type = ENVI Spectral Library\ndata type = 4\ninterleave = bsq\n"
        f"byte order = 0\nwavelength units = nm\nwavelength = {{400, 450, 500, 550, 600}}\n"
        f"spectra names = {{{names}}}\n"
    )
    write(path.with_suffix(".hdr"), header + extra, encoding)
    path.with_suffix(".sli").write_bytes(np.asarray(numbers, "<f4").tobytes())
    return path


@pytest.mark.parametrize("ending", [".sli", ".hdr"])
def test_envi_scale_bad_bands_and_markers(tmp_path, ending):
    numbers = np.array([LEAF, SOIL]) * 1000
    numbers[0, 1], numbers[1, 2] = -9999, -1.23e34
    extra = "reflectance scale factor = 1000\ndata ignore value = -9999\nbbl = {0, 1, 1, 1, 1}\ndescription = {5 µm}\n"
    path = write_envi(tmp_path / "field", numbers, extra, encoding="latin-1").with_suffix(ending)
    library, points = read_both(path)
    expected = np.array([LEAF, SOIL])
    expected[:, 0] = expected[0, 1] = expected[1, 2] = np.nan
    np.testing.assert_allclose(library.values, expected, rtol=1e-6)
    assert [point.name for point in points] == ["leaf", "soil"]


def test_envi_names_with_commas_are_numbered_for_both(tmp_path):
    path = write_envi(tmp_path / "field", [LEAF, SOIL], names="leaf, green, soil")
    library, points = read_both(path.with_suffix(".sli"))
    assert library.names == ("spectrum 1", "spectrum 2")
    assert [point.name for point in points] == ["1", "2"]


def down(delimiter, decimal, title, factor, trailing):
    def cell(value):
        return f"{value:g}".replace(".", decimal)

    rows = [[title, "leaf", "soil"]]
    rows += [[cell(w * factor), cell(a), cell(b)] for w, a, b in zip(GRID, LEAF, SOIL, strict=True)]
    return "\n".join(delimiter.join(row) + trailing for row in rows)


@pytest.mark.parametrize(("delimiter", "decimal"), [(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ",")])
@pytest.mark.parametrize(
    ("title", "factor"), [("wavelength", 1), ("Wavelength (nm)", 1), ("wl [µm]", 1e-3), ("lambda_um", 1e-3)]
)
@pytest.mark.parametrize("trailing", [False, True])
def test_wavelengths_down(tmp_path, delimiter, decimal, title, factor, trailing):
    text = down(delimiter, decimal, title, factor, delimiter if trailing else "")
    for encoding in ("utf-8", "utf-8-sig", "latin-1"):
        library, points = read_both(write(tmp_path / "field.txt", text, encoding))
        assert library.names == ("leaf", "soil")
        np.testing.assert_allclose(library.wavelengths, GRID, rtol=1e-12)
        np.testing.assert_array_equal(library.values, [LEAF, SOIL])
        assert [(point.name, point.y, point.x) for point in points] == [("leaf", None, None), ("soil", None, None)]


@pytest.mark.parametrize(("delimiter", "decimal"), [(",", "."), (";", ","), ("\t", "."), ("\t", ",")])
@pytest.mark.parametrize(("unit", "factor"), [("", 1), (" nm", 1), ("um", 1e-3), (" (µm)", 1e-3)])
@pytest.mark.parametrize("label", ["name", None])
@pytest.mark.parametrize("pixels", [True, False])
def test_wavelengths_across(tmp_path, delimiter, decimal, unit, factor, label, pixels):
    head = [*([label] if label else []), *(["y", "x"] if pixels else [])]
    head += [f"{w * factor:g}".replace(".", decimal) + unit for w in GRID]
    rows = [head]
    for name, place, values in (("Bäume", ["3", "4"], LEAF), ("soil", ["7", "8"], SOIL)):
        cells = [f"{value:g}".replace(".", decimal) for value in values]
        rows.append([*([name] if label else []), *(place if pixels else []), *cells])
    text = "\n".join(delimiter.join(row) for row in rows)
    library, points = read_both(write(tmp_path / "field.csv", text, "latin-1"))
    np.testing.assert_allclose(library.wavelengths, GRID, rtol=1e-12)
    np.testing.assert_array_equal(library.values, [LEAF, SOIL])
    assert library.names == (("Bäume", "soil") if label else ("spectrum 1", "spectrum 2"))
    assert [point.name for point in points] == (["Bäume", "soil"] if label else ["1", "2"])
    assert [(p.y, p.x) for p in points] == ([(3, 4), (7, 8)] if pixels else [(None, None)] * 2)


@pytest.mark.parametrize(
    ("text", "names", "values"),
    [
        ('"wavelength\n(nm)",leaf\n400,1\n500,2\n', ["leaf"], [[1, 2]]),
        ('wavelength,"leaf, green"\n400,1\n500,2\n', ["leaf, green"], [[1, 2]]),
        ("wavelength,leaf; green\n400,1\n500,2\n", ["leaf; green"], [[1, 2]]),
        ('name,y,x,400,500\n"2in pot,1,2,3,4\nP2,3,4,5,6\n', ['"2in pot', "P2"], [[3, 4], [5, 6]]),
        ('y,x,400,500,"note\nfree"\n1,2,3,4,ok\n', ["1"], [[3, 4]]),
        ('name,y,x,400,500\n"field\nA",1,1,3,4\n', ["field A"], [[3, 4]]),
        ("400\t1\t3\n500\t2\t4\n", ["1", "2"], [[1, 2], [3, 4]]),
        ("0,4;0,1;3\n0,5;0,2;4\n", ["1", "2"], [[0.1, 0.2], [3, 4]]),
        ("wavelength,leaf,soil\n400,1,5\n500,2\n600,3,7\n", ["leaf", "soil"], [[1, 2, 3], [5, 7]]),
        ("wavelength,leaf\n400,#N/A\n500,2\n600,3\n", ["leaf"], [[2, 3]]),
        ("wavelength,x,y\n400,1,3\n500,2,4\n", ["x", "y"], [[1, 2], [3, 4]]),
        ("wavelength,1,2\n400,1,3\n500,2,4\n", ["1", "2"], [[1, 2], [3, 4]]),
        ("wavelength,400,500\ngrass,1,2\nsoil,3,4\n", ["grass", "soil"], [[1, 2], [3, 4]]),
        ("nm,center leaf\n400,1\n500,2\n", ["center leaf"], [[1, 2]]),
        ("wavelength,P1,P1\n400,1,3\n500,2,4\n", ["P1", "P1"], [[1, 2], [3, 4]]),
        ("wavelength,Reflectance (%),50% sand\n400,50,3\n500,60,4\n", None, [[0.5, 0.6], [3, 4]]),
        ("sample;wavelength;reflectance\na;400;0,5\na;500;0,6\nb;500;4\nb;400;3\n", ["a", "b"], [[0.5, 0.6], [3, 4]]),
    ],
    ids=lambda value: value.splitlines()[0][:30] if isinstance(value, str) else "",
)
def test_tables_as_people_keep_them(tmp_path, text, names, values):
    _, points = read_both(write(tmp_path / "field.csv", text))
    assert names is None or [point.name for point in points] == names
    for point, expected in zip(points, values, strict=True):
        np.testing.assert_allclose(point.values, expected, rtol=1e-15)


def test_the_delimiter_does_not_hang_on_the_number_of_commas(tmp_path):
    text = "wavelength\tleaf, green, wet\n400\t1\n500\t2\n"
    assert read_both(write(tmp_path / "field.txt", text))[0].names == ("leaf, green, wet",)


def test_spectra_of_libraries_serve_adapting_too(tmp_path):
    rows = "".join(f"{w / 1000:.4f}\t{100 * v:.2f}\n" for w, v in zip(GRID, LEAF, strict=True))
    text = f"Name: Oak\nX Units: Wavelength (micrometers)\nY Units: Reflectance (percent)\n\n{rows}"
    _, points = read_both(write(tmp_path / "oak.spectrum.txt", text))
    assert points[0].name == "Oak"
    np.testing.assert_allclose(points[0].values, LEAF)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("wavelength,leaf\n400,0.1,0.2\n500,0.1\n", "3 cells in line 2 instead of 2"),
        ("# remark\n\nwavelength,leaf\n400,0.1\n500,high\n", "'high' in column 'leaf'.*in line 5"),
        ("wavelength\tleaf\n400\t1,000\n500\t999.5\n", "'1,000' in column 'leaf'"),
        ("name,400,45O,500\nleaf,1,2,3\n", "'45O' among its wavelengths"),
        ("colour,amount\nred,1\n", "neither a header"),
        (f'y,x,400,500\n1,1,"{"1" * 140_000}",2\n', "cannot be read as a table"),
    ],
)
@pytest.mark.parametrize("reader", [read_library, read_measured_spectra])
def test_what_neither_reads(tmp_path, reader, text, words):
    with pytest.raises(HydraError, match=rf"field\.csv.*{words}"):
        reader(write(tmp_path / "field.csv", text))


def test_info_describes_spectra(tmp_path, capsys):
    path = write_envi(tmp_path / "field", [LEAF, SOIL]).with_suffix(".hdr")
    table = write(tmp_path / "field.csv", down(",", ".", "wavelength", 1, ","))
    for one, kind in ((path, "ENVI"), (path.with_suffix(".sli"), "ENVI"), (table, "text")):
        info = describe_file(one)
        assert (info.kind, info.format, info.shape) == ("spectral library", kind, (2, 5))
        assert info.wavelength_range == (400.0, 600.0)
    assert cli.run(["info", str(path)]) == 0
    said = capsys.readouterr().out
    assert "spectral library, ENVI" in said
    assert "2 spectra, 5 bands" in said
    assert "400-600 nm" in said
