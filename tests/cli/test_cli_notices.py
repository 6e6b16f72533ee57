"""What is done to a cube's numbers is printed by every verb; what is asked names the options that answer."""

import numpy as np
import pytest

from napari_hydra import cli

TRUTH = np.random.default_rng(0).uniform(0.05, 0.9, (12, 10, 7))
CENTRES = "wavelength units = nm\nwavelength = {400, 450, 500, 550, 600, 650, 700}\n"


def envi(path, stored, said=CENTRES):
    lines, samples, bands = stored.shape
    code = {"f4": 4, "i2": 2}[stored.dtype.str[1:]]
    path.with_suffix(".dat").write_bytes(stored.transpose(0, 2, 1).tobytes())
    path.with_suffix(".hdr").write_text(
        f"ENVI\nsamples = {samples}\nlines = {lines}\nbands = {bands}\ndata type = {code}\ninterleave = bil\n{said}"
    )
    return str(path.with_suffix(".hdr"))


@pytest.fixture
def run(capsys):
    def call(*arguments):
        code = cli.run(list(map(str, arguments)))
        return code, capsys.readouterr().err

    return call


@pytest.fixture
def scaled(tmp_path):
    return envi(tmp_path / "a", np.round(TRUTH * 1e4).astype("<i2"), CENTRES + "reflectance scale factor = 10000\n")


def test_compare_and_simulate_print_what_was_done(run, scaled, tmp_path):
    code, printed = run("compare", scaled, scaled)
    assert code == 0, printed
    assert printed.count("a.hdr: divided by the reflectance scale factor 10000") == 1
    code, printed = run("simulate", scaled, "-o", tmp_path / "a.png")
    assert code == 0, printed
    assert "divided by" in printed


def test_wavelengths_are_asked_for_by_option(run, tmp_path):
    path = envi(tmp_path / "a", TRUTH.astype("<f4"), "")
    code, printed = run("compare", path, path)
    assert code == 2
    assert "--wavelengths" in printed
    assert "wavelengths=" not in printed
    assert run("compare", path, path, "--wavelengths", "400:700:50")[0] == 0


def test_a_cut_off_scan_opens_on_request(run, tmp_path):
    path = envi(tmp_path / "a", TRUTH.astype("<f4"))
    data = tmp_path / "a.dat"
    data.write_bytes(data.read_bytes()[:-100])
    code, printed = run("compare", path, path)
    assert code == 2
    assert "--incomplete" in printed
    code, printed = run("compare", path, path, "--incomplete")
    assert code == 0, printed
    assert "11 whole lines" in printed
    assert run("info", path, "--incomplete")[0] == 0


def test_an_unclear_scale_is_answered_by_option(run, tmp_path):
    import h5py

    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["cube"] = TRUTH
        file["cube"].attrs["scale"] = 1.5
        file["wavelength"] = np.linspace(400, 700, 7)
    code, printed = run("compare", tmp_path / "a.h5", tmp_path / "a.h5")
    assert code == 2
    assert "--divide-by 1.5" in printed
    assert run("compare", tmp_path / "a.h5", tmp_path / "a.h5", "--divide-by", "1.5")[0] == 0
    assert run("info", tmp_path / "a.h5")[0] == 0


def test_info_of_a_stack_without_wavelengths_calls_it_a_cube(run, tmp_path, capsys):
    import tifffile

    tifffile.imwrite(tmp_path / "a.tif", TRUTH.transpose(2, 0, 1).astype("f4"), photometric="minisblack")
    assert cli.run(["info", str(tmp_path / "a.tif")]) == 0
    printed = capsys.readouterr().out
    assert "cube, TIFF" in printed
    assert "not said in the file" in printed
