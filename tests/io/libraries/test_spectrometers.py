"""Files as spectrometers write them: reflectance from each, and a notice of what was done."""

import re
import struct

import numpy as np
import pytest
import spectrometer_files as made
from spectrometer_files import GRID, LEAF, WHITE

from napari_hydra.errors import HydraError
from napari_hydra.io import SpectraNotice, describe_file, read_library, read_measured_spectra


def write(folder, name, content, encoding="utf-8"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("name", "content", "notice"),
    [
        ("leaf.asd", made.asd(), "divided by those of the white reference"),
        ("leaf.000", made.asd("as6", 1), "divided by those of the white reference"),
        ("leaf.asd", made.asd("as7", form="<f4", words=b""), "divided by those of the white reference"),
        ("leaf.sig", made.svc(), "per cent divided by 100"),
        ("leaf.sed", made.spectral_evolution(), "per cent divided by 100"),
        ("leaf.sed", made.spectral_evolution("Tgt./Ref. %"), r"columns left out: Rad. \(Ref.\), Rad. \(Target\)"),
        ("leaf.sed", made.spectral_evolution("Reflect. [1.0]", 1.0), "columns left out"),
        ("leaf.txt", made.ocean_optics(), "taken as per cent from its size"),
        ("leaf.txt", made.ocean_optics(","), "taken as per cent from its size"),
        ("leaf.txt", made.ocean_optics(end=">>>>> Data<<<<< Espectral Procesado Extremo"), "taken as per cent"),
        ("leaf.txt", made.ocean_view(), None),
        ("leaf.jaz", made.jaz(), "lines 37 to 40 below the spectra are left out"),
        ("leaf.txt", made.avantes(), r"columns left out: Sample \[counts\], Dark \[counts\], Reference \[counts\]"),
        ("leaf.ttt", made.avantes(","), "per cent divided by 100"),
        ("leaf.trt", made.avantes(counts=False, padding="\0" * 49), "per cent divided by 100"),
        ("leaf.jdx", made.jcamp(), "per cent divided by 100"),
        ("leaf.dx", made.jcamp(","), "per cent divided by 100"),
        ("leaf.jdx", made.jcamp(form="(X++(Y..Y))"), "per cent divided by 100"),
    ],
)
@pytest.mark.filterwarnings("ignore::napari_hydra.io.SpectraNotice")
def test_reflectance_of_each(tmp_path, name, content, notice):
    path = write(tmp_path, name, content)
    library = read_library(path)
    assert library.names == ("leaf",)  # so that it is matched with the pin of that name
    assert library.unit == "reflectance"
    np.testing.assert_allclose(library.wavelengths, GRID, rtol=1e-9)
    np.testing.assert_allclose(library.values[0], LEAF, atol=2e-6)
    (point,) = read_measured_spectra(path)
    np.testing.assert_array_equal(point.values, library.values[0])
    if notice is not None:
        with pytest.warns(SpectraNotice, match=f"leaf.*{notice}"):
            read_library(path)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "latin-1"])
@pytest.mark.filterwarnings("ignore::napari_hydra.io.SpectraNotice")
def test_encodings(tmp_path, encoding):
    path = write(tmp_path, "leaf.txt", made.avantes(), encoding)
    np.testing.assert_allclose(read_library(path).values[0], LEAF, atol=1e-6)
    assert describe_file(path).shape == (1, GRID.size)


@pytest.mark.parametrize(
    ("name", "content", "unit", "values", "notice"),
    [
        ("a.asd", made.asd(flag=0), "counts", LEAF * WHITE, "holds counts, no reflectance"),
        ("a.asd", made.asd("ASD", 0), "counts", LEAF * WHITE, "holds counts, no reflectance"),
        ("a.asd", made.asd("as7", 2), "counts", LEAF * WHITE, "calibrations, which are not applied"),
        ("a.asd", made.asd("as6", 2, target=LEAF), "radiance", LEAF, "holds radiance, no reflectance"),
        ("a.asd", made.asd("as8", 1, target=LEAF, flag=0), "reflectance", LEAF, None),
        ("a.asd", made.asd("as8", 1, flag=0), "counts", LEAF * WHITE, "holds no white reference"),
        ("a.asd", made.asd(saturated=3), "reflectance", LEAF, "VNIR and SWIR 1 was saturated"),
        ("a.sed", made.spectral_evolution(None), "radiance", 5e-3 * LEAF, r"columns left out: Rad. \(Ref.\)"),
        ("a.txt", made.ocean_optics(reference="No"), "unknown", 100 * LEAF, "no unit stated and numbers up to"),
    ],
)
@pytest.mark.filterwarnings("ignore::napari_hydra.io.SpectraNotice")
def test_what_is_no_reflectance_says_so(tmp_path, name, content, unit, values, notice):
    library = read_library(write(tmp_path, name, content))
    assert library.unit == unit
    np.testing.assert_allclose(library.values[0], values, rtol=1e-4)
    assert notice is None or any(re.search(notice, line) for line in library.history)


def test_bands_without_white_are_left_out(tmp_path):
    white = np.where(GRID < 430, 0.0, WHITE)
    with pytest.warns(SpectraNotice, match="3 bands without a white reference left out"):
        library = read_library(write(tmp_path, "a.asd", made.asd(white=white)))
    np.testing.assert_array_equal(np.isnan(library.values[0]), GRID < 430)


def test_overlapping_detectors_are_told(tmp_path):
    rows = [f"{w:.1f} 9 9 {50}" for w in (*GRID, 695.0, 705.0, 715.0)]
    with pytest.warns(SpectraNotice, match="detectors overlap"):
        library = read_library(write(tmp_path, "a.sig", made.svc(rows)))
    assert library.wavelengths[-1] == 715


@pytest.mark.filterwarnings("ignore::napari_hydra.io.SpectraNotice")
@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("a.asd", made.asd()[:500], "declares .* but holds"),
        ("a.asd", made.asd()[:100], "does not begin as a file of ASD"),
        ("a.asd", b"PNG" + made.asd()[3:], "does not begin as a file of ASD"),
        ("a.asd", made.asd()[:191] + struct.pack("<ff", 400, 0) + made.asd()[199:], "in steps of 0 nm"),
        ("a.asd", made.asd()[:191] + struct.pack("<ff", np.nan, 1) + made.asd()[199:], "damaged"),
        ("a.sig", made.svc()[:60], "no line 'data='"),
        ("a.sig", made.svc(["400.0 9 9 50", "410.0 9"]), "cut off"),
        ("a.jdx", made.jcamp()[:40], "cut off"),
        ("a.jdx", made.jcamp().replace("##NPOINTS= 31", "##NPOINTS= 40"), "31 of 40 points"),
        ("a.jdx", made.jcamp().replace("410.00, ", "410.00, B5A%"), "no plain numbers"),
        ("a.jdx", made.jcamp().replace("##YFACTOR= 1.0", "##YFACTOR= one"), "no number after ##YFACTOR="),
    ],
)
def test_damaged_files_are_refused(tmp_path, name, content, words):
    with pytest.raises(HydraError, match=words):
        read_library(write(tmp_path, name, content))


@pytest.mark.filterwarnings("ignore::napari_hydra.io.SpectraNotice")
@pytest.mark.parametrize("name", ["leaf.asd", "leaf.sig", "leaf.sed"])
def test_specdal_reads_the_same(tmp_path, name):
    specdal = pytest.importorskip("specdal.reader")
    extra = "longitude= \nlatitude= \ngpstime= ,\n"
    contents = {
        "leaf.asd": made.asd(),
        "leaf.sig": made.svc().replace("comm=", extra + "comm="),
        "leaf.sed": made.spectral_evolution(),
    }
    path = write(tmp_path, name, contents[name])
    data, _ = specdal.read(str(path), read_metadata=name != "leaf.sed")
    theirs = data["tgt_count"] / data["ref_count"] if name == "leaf.asd" else data["pct_reflect"]
    np.testing.assert_allclose(read_library(path).values[0], theirs, rtol=1e-6)
