"""What every format owes: what is written is read back, by us and by the field's own libraries."""

from pathlib import Path

import numpy as np
import pytest
import scipy.io
import tifffile
import xarray as xr
import zarr
from io_helpers import FakeLatent, assert_same, unpacker

from napari_hydra.cube import make_cube
from napari_hydra.errors import HydraError
from napari_hydra.io import WRITABLE, describe_file, is_cube_file, read_cube, write_cube

NAMES = {".hdr": "ENVI", ".zarr": "Zarr", ".mat": "MATLAB", ".tif": "TIFF", ".tiff": "TIFF", ".nc": "NetCDF",
         ".npz": "NumPy"}  # fmt: skip


@pytest.mark.parametrize("suffix", WRITABLE)
def test_round_trip(tmp_path: Path, cube: xr.DataArray, suffix: str) -> None:
    path = write_cube(cube, tmp_path / f"out{suffix}")
    found = read_cube(path)
    assert_same(found, cube)
    assert found.attrs["source"] == str(path)
    assert found.attrs["origin"] == "a test"
    assert is_cube_file(path)
    info = describe_file(path)
    assert (info.kind, info.format, info.shape, info.dtype) == ("cube", NAMES[suffix], (37, 21, 12), "float32")
    assert info.wavelength_range == (400.25, 700)
    assert not [p for p in tmp_path.iterdir() if p.name.startswith(".")]


@pytest.mark.parametrize("suffix", WRITABLE)
def test_second_round_trip_changes_nothing(tmp_path: Path, cube: xr.DataArray, suffix: str) -> None:
    once = read_cube(write_cube(cube, tmp_path / f"one{suffix}"))
    twice = read_cube(write_cube(once, tmp_path / f"two{suffix}"))
    assert_same(twice, cube)
    assert twice.attrs["history"] == once.attrs["history"]


@pytest.mark.parametrize("suffix", WRITABLE)
def test_smallest_and_ambiguous_shapes(tmp_path: Path, suffix: str) -> None:
    for i, shape in enumerate([(1, 1, 5), (1, 4, 3), (5, 5, 5), (3, 2, 1), (31, 2, 31), (2, 31, 31)]):
        values = np.arange(np.prod(shape), dtype=np.float32).reshape(shape)
        cube = make_cube(values, np.linspace(400, 700, shape[2]))
        found = read_cube(write_cube(cube, tmp_path / f"{i}{suffix}"))
        np.testing.assert_array_equal(found.values, values, err_msg=str(shape))
        np.testing.assert_array_equal(found.wavelength, cube.wavelength)
        assert found.attrs["ignore_value"] is None


@pytest.mark.parametrize("suffix", WRITABLE)
def test_latent_is_streamed_with_its_provenance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str) -> None:
    monkeypatch.setattr("napari_hydra.io.writing.cube_source.BLOCK_BYTES", 2**16)
    values = np.random.default_rng(1).random((140, 150, 20), dtype=np.float32)
    latent = FakeLatent(values, np.linspace(400, 700, 20))
    fractions: list[float] = []
    path = write_cube(latent, tmp_path / f"out{suffix}", progress=lambda fraction, _: fractions.append(fraction))
    cube = read_cube(path)
    np.testing.assert_array_equal(cube.values, values)
    assert latent.largest < values.nbytes / 1.2
    assert cube.attrs["model"] == "visible"
    assert cube.attrs["picture_gain"] == 2.5
    assert cube.attrs["quantity"] == "reflectance"
    assert fractions == sorted(fractions)
    assert fractions[-1] == 1


@pytest.mark.parametrize("suffix", WRITABLE)
def test_lazy_cube_is_written_and_read(tmp_path: Path, cube: xr.DataArray, suffix: str) -> None:
    path = write_cube(cube.chunk({"y": 10, "wavelength": 5}), tmp_path / f"out{suffix}")
    assert_same(read_cube(path), cube)


@pytest.mark.parametrize("suffix", WRITABLE)
def test_measured_cubes_survive(tmp_path: Path, suffix: str, shared: Path) -> None:
    read = unpacker(shared)
    for group in ("neon-val", "enmap-val", "airborne-train"):
        values, header, _ = read(next((shared / group).glob("*.hsc")))
        cube = make_cube(values, header["wavelengths"], bad_bands=header["bad_bands"] or ())
        assert_same(read_cube(write_cube(cube, tmp_path / f"{group}{suffix}")), cube)


def test_scipy_reads_our_mat(tmp_path: Path, cube: xr.DataArray) -> None:
    content = scipy.io.loadmat(write_cube(cube, tmp_path / "out.mat"))
    np.testing.assert_array_equal(content["cube"], cube.values)
    assert content["cube"].dtype == np.float32
    np.testing.assert_array_equal(content["wavelengths"].ravel(), cube.wavelength)
    assert str(content["wavelength_unit"][0]) == "nm"


def test_mat_beyond_its_limit_is_refused(tmp_path: Path, cube: xr.DataArray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("napari_hydra.io.formats.matlab.LARGEST", 1000)
    with pytest.raises(HydraError, match=r"2 GB; write \.zarr or \.hdr"):
        write_cube(cube, tmp_path / "out.mat")
    assert not list(tmp_path.iterdir())


def test_xarray_reads_our_zarr_and_netcdf(tmp_path: Path, cube: xr.DataArray) -> None:
    for name, engine in (("out.zarr", "zarr"), ("out.nc", "h5netcdf")):
        with xr.open_dataset(write_cube(cube, tmp_path / name), engine=engine) as dataset:
            radiance = dataset["radiance"]
            assert radiance.dims == ("wavelength", "y", "x")
            np.testing.assert_array_equal(radiance.transpose("y", "x", "wavelength").values, cube.values)
            np.testing.assert_array_equal(dataset["wavelength"], cube.wavelength)
            assert dataset["wavelength"].attrs["units"] == "nm"


def test_zarr_is_chunked_for_bands_and_spectra_and_stays_lazy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    values = np.random.default_rng(0).random((130, 200, 20), dtype=np.float32)
    path = write_cube(make_cube(values, np.linspace(400, 700, 20)), tmp_path / "out.zarr")
    assert zarr.open(path)["reflectance"].chunks == (16, 128, 128)
    assert read_cube(path).chunks is None
    monkeypatch.setattr("napari_hydra.io.numbers.raw_cube.LAZY_BYTES", 10)
    lazy = read_cube(path)
    assert lazy.chunks is not None
    np.testing.assert_array_equal(lazy.values, values)


def test_tifffile_reads_our_pages(tmp_path: Path, cube: xr.DataArray) -> None:
    with tifffile.TiffFile(write_cube(cube, tmp_path / "out.tif")) as file:
        assert len(file.pages) == 12
        np.testing.assert_array_equal(file.asarray(), np.moveaxis(cube.values, -1, 0))


def test_big_tiff(tmp_path: Path, cube: xr.DataArray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("napari_hydra.io.formats.tiff._CLASSIC_LIMIT", 1000)
    path = write_cube(cube, tmp_path / "out.tif")
    with tifffile.TiffFile(path) as file:
        assert file.is_bigtiff
    assert_same(read_cube(path), cube)


def test_numpy_reads_our_npz(tmp_path: Path, cube: xr.DataArray) -> None:
    with np.load(write_cube(cube, tmp_path / "out.npz"), allow_pickle=False) as content:
        np.testing.assert_array_equal(content["cube"], cube.values)
        np.testing.assert_array_equal(content["wavelengths"], cube.wavelength)


@pytest.mark.parametrize("suffix", [s for s in WRITABLE if s != ".zarr"])
@pytest.mark.parametrize("part", [0.0, 0.1, 0.6])
def test_truncated_files(tmp_path: Path, cube: xr.DataArray, suffix: str, part: float) -> None:
    path = write_cube(cube, tmp_path / f"out{suffix}")
    victim = path.with_suffix(".img") if suffix == ".hdr" else path
    whole = victim.read_bytes()
    victim.write_bytes(whole[: int(len(whole) * part)])
    with pytest.raises(HydraError, match=r"out\.") as caught:
        read_cube(path)
    assert "\n" not in str(caught.value)


def test_zarr_without_its_chunks_or_metadata(tmp_path: Path, cube: xr.DataArray) -> None:
    path = write_cube(cube, tmp_path / "out.zarr")
    (path / ".zmetadata").write_text("{")
    with pytest.raises(HydraError, match=r"out\.zarr"):
        read_cube(path)
    (tmp_path / "empty.zarr").mkdir()
    with pytest.raises(HydraError, match=r"empty\.zarr"):
        read_cube(tmp_path / "empty.zarr")
