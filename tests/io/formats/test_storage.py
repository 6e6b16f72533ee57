"""The interval beside an estimate, and numbers stored as int16 or compressed: read back equal within the rounding."""

from dataclasses import replace

import numpy as np
import pytest
import spectral
import tifffile
import xarray as xr
import zarr

from napari_hydra.cube import make_cube
from napari_hydra.errors import Cancelled, HydraError
from napari_hydra.hydra import LatentCube
from napari_hydra.hydra.latent.decoder_basis import DecoderBasis
from napari_hydra.io import is_cube_file, read_cube, write_cube

NM = np.arange(400.0, 701.0, 10.0)
HEIGHT, WIDTH = 24, 32
ROUNDING = 0.5 / 10_000 + 1e-7
WITH_INT16 = (".zarr", ".nc", ".hdr", ".tif")


@pytest.fixture(scope="module")
def latent():
    """Pixel (y, x) has latents (0.1 + y / 100, x / 100); its standard deviation grows with x."""
    ys, xs = np.mgrid[:HEIGHT, :WIDTH]
    flags = np.zeros((HEIGHT, WIDTH), np.uint8)
    flags[0], flags[1] = 1, 6
    return LatentCube(
        latents=np.stack([0.1 + ys / 100, xs / 100]).astype(np.float32),
        uncertainty=((1 + xs / WIDTH) / 10)[None].astype(np.float32),
        basis=DecoderBasis(
            nodes=NM,
            rows=np.stack([np.ones_like(NM), (NM - 400) / 300], axis=1).astype(np.float32),
            uncertainty_basis=np.ones((NM.size, 1), np.float32),
            levels=np.array([0.5, 0.9]),
            factors=np.array([[0.67], [1.64]], np.float32).repeat(NM.size, axis=1),
        ),
        wavelengths=NM,
        flags=flags,
        attrs={"model": "test", "cube_quantity": "reflectance", "history": ()},
    )


@pytest.fixture(scope="module")
def ends(latent):
    """Centre, lower and upper end, (H, W, B)."""
    whole = slice(None)
    centre, half = latent.tile(whole, whole), latent.half_width_tile(whole, whole, 0.9)
    return centre, np.maximum(centre - half, 0), centre + half


@pytest.mark.parametrize("sample", ["float32", "int16"])
@pytest.mark.parametrize("suffix", WITH_INT16)
def test_the_interval_is_read_back(tmp_path, latent, ends, suffix, sample):
    path = write_cube(latent, tmp_path / f"out{suffix}", interval=0.9, sample=sample)
    atol = 1e-6 if sample == "float32" else ROUNDING
    assert is_cube_file(path)
    found = read_cube(path)
    assert found.attrs["quantity"] == "reflectance"
    np.testing.assert_allclose(found.values, ends[0], atol=atol)
    for name, values in (("lower", ends[1]), ("upper", ends[2])):
        if suffix in (".zarr", ".nc"):
            bound = read_cube(path, variable=name)
        else:
            bound = read_cube(tmp_path / f"out_{name}{suffix}")
            assert bound.attrs["bound"] == f"{name} end of the 90 % interval"
            assert bound.attrs["interval_level"] == 0.9
        np.testing.assert_allclose(bound.values, values, atol=atol)


@pytest.mark.parametrize("suffix", [".zarr", ".nc"])
@pytest.mark.parametrize("sample", ["float32", "int16"])
def test_xarray_finds_variables_attributes_and_flags(tmp_path, latent, ends, suffix, sample):
    path = write_cube(latent, tmp_path / f"out{suffix}", interval=0.9, sample=sample)
    engine = {"engine": "zarr", "chunks": None} if suffix == ".zarr" else {"engine": "h5netcdf"}
    with xr.open_dataset(path, **engine) as dataset:
        atol = 1e-6 if sample == "float32" else ROUNDING
        for name, values in zip(("reflectance", "lower", "upper"), ends, strict=True):
            np.testing.assert_allclose(dataset[name].transpose("y", "x", "wavelength"), values, atol=atol)
            said = dataset[name].attrs
            assert said["interval_level"] == 0.9
            assert "left out of training" in said["interval_calibration"]
            assert "scenes like" in said["interval_situation"]
        assert dataset["lower"].attrs["long_name"] == "lower end of the 90 % interval"
        np.testing.assert_array_equal(dataset["flags"], latent.flags)
        assert dataset["flags"].attrs["flag_meanings"] == "saturated black unfamiliar_colour"
        assert list(dataset["flags"].attrs["flag_masks"]) == [1, 2, 4]
        assert dataset["reflectance"].attrs["ancillary_variables"] == "lower upper flags"
        if sample == "int16":
            assert dataset["lower"].encoding["dtype"] == np.int16


def test_a_picture_without_flags_is_read_back(tmp_path, latent):
    plain = replace(latent, flags=np.zeros_like(latent.flags))
    path = write_cube(plain, tmp_path / "out.zarr", interval=0.9)
    read_cube(path)
    with xr.open_dataset(path, engine="zarr", chunks=None) as dataset:
        assert not dataset["flags"].values.any()


def test_flags_beside_envi_and_tiff(tmp_path, latent):
    write_cube(latent, tmp_path / "out.hdr", interval=0.9)
    write_cube(latent, tmp_path / "out.tif", interval=0.9)
    image = spectral.io.envi.open(tmp_path / "out_flags.hdr", tmp_path / "out_flags.img")
    np.testing.assert_array_equal(np.asarray(image.load())[..., 0], latent.flags)
    assert "4 unfamiliar_colour" in image.metadata["description"]
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "out_flags.tif"), latent.flags)


@pytest.mark.parametrize(
    ("suffix", "compression"),
    [(".zarr", "none"), (".zarr", "zstd"), (".zarr", "deflate"), (".nc", "deflate"), (".tif", "zstd"),
     (".tif", "deflate"), (".hdr", "none"), (".npz", "none"), (".mat", "none")],
)  # fmt: skip
def test_compressed_numbers_are_the_same(tmp_path, suffix, compression):
    values = np.random.default_rng(0).random((150, 140, 20), dtype=np.float32).round(1)
    values[3, 4, 5] = np.nan
    cube = make_cube(values, np.linspace(400, 700, 20))
    path = write_cube(cube, tmp_path / f"out{suffix}", compression=compression)
    np.testing.assert_array_equal(read_cube(path).values, values)
    if compression != "none":
        size = sum(one.stat().st_size for one in path.rglob("*")) if path.is_dir() else path.stat().st_size
        assert size < 0.5 * values.nbytes
    if suffix == ".zarr" and compression == "zstd":
        assert "zstd" in str(zarr.open(path, mode="r")["reflectance"].compressors).lower()


@pytest.mark.parametrize("suffix", WITH_INT16)
def test_int16_keeps_what_is_missing_and_negative(tmp_path, suffix):
    values = np.random.default_rng(1).uniform(-0.2, 3.2, (5, 6, 7)).astype(np.float32)
    values[2, 3] = np.nan
    cube = make_cube(values, np.linspace(400, 700, 7), quantity="radiance")
    found = read_cube(write_cube(cube, tmp_path / f"out{suffix}", sample="int16"))
    np.testing.assert_allclose(found.values, values, atol=ROUNDING)
    assert found.attrs["quantity"] == "radiance"


def test_other_readers_scale_int16_too(tmp_path):
    values = np.random.default_rng(1).uniform(0, 1, (5, 6, 7)).astype(np.float32)
    write_cube(make_cube(values, np.linspace(400, 700, 7)), tmp_path / "out.hdr", sample="int16")
    image = spectral.io.envi.open(tmp_path / "out.hdr", tmp_path / "out.img")
    np.testing.assert_allclose(np.asarray(image.load()), values, atol=ROUNDING)


@pytest.mark.parametrize("suffix", WITH_INT16)
def test_what_does_not_fit_is_refused_and_leaves_nothing(tmp_path, suffix):
    cube = make_cube(np.full((5, 6, 7), 3.28, np.float32), np.linspace(400, 700, 7))
    with pytest.raises(HydraError, match=r"3\.28 does not fit into int16"):
        write_cube(cube, tmp_path / f"out{suffix}", sample="int16")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("out.npz", {"sample": "int16"}, "NumPy is not written with samples 'int16'"),
        ("out.mat", {"interval": 0.9}, "cannot hold an interval"),
        ("out.hdr", {"compression": "zstd"}, "ENVI is not written with compression 'zstd'; choose none"),
        ("out.nc", {"compression": "zstd"}, "choose deflate"),
        ("out.zarr", {"interval": 0.95}, "take 0.9"),
        ("out.zarr", {"interval": 1.5}, "take 0.9"),
    ],
)
def test_what_a_format_cannot_do_is_refused(tmp_path, latent, name, options, words):
    with pytest.raises(HydraError, match=words):
        write_cube(latent, tmp_path / name, **options)
    assert list(tmp_path.iterdir()) == []


def test_a_measured_cube_has_no_interval(tmp_path):
    with pytest.raises(HydraError, match="no reconstruction"):
        write_cube(make_cube(np.ones((2, 2, 2)), [500, 600]), tmp_path / "out.zarr", interval=0.9)


@pytest.mark.parametrize("suffix", WITH_INT16)
def test_cancelling_leaves_nothing_and_nothing_is_replaced_unasked(tmp_path, latent, suffix):
    def stop(fraction, _stage):
        if fraction > 0.5:
            raise Cancelled

    with pytest.raises(Cancelled):
        write_cube(latent, tmp_path / f"out{suffix}", interval=0.9, progress=stop)
    assert list(tmp_path.iterdir()) == []
    if suffix in (".hdr", ".tif"):
        there = tmp_path / f"out_upper{suffix}"
        there.write_text("mine")
        with pytest.raises(HydraError, match="exists already"):
            write_cube(latent, tmp_path / f"out{suffix}", interval=0.9)
        assert [one.name for one in tmp_path.iterdir()] == [there.name]
        assert there.read_text() == "mine"
