"""Files as other programs write them: any variable name, any axis order, wavelengths wherever they stand."""

import json
from pathlib import Path
from typing import Any

import h5netcdf
import h5py
import numpy as np
import pytest
import scipy.io
import tifffile
import xarray as xr
import zarr
from PIL import Image

from napari_hydra.errors import HydraError
from napari_hydra.io import describe_file, is_cube_file, read_cube

VALUES = np.random.default_rng(0).random((9, 8, 5)).astype(np.float32)
CENTRES = np.array([450, 500.5, 550, 600, 700])
WORDS = np.random.default_rng(0).integers(0, 65536, (9, 8, 5)).astype(np.uint16)


def history(cube: xr.DataArray) -> str:
    return "; ".join(cube.attrs["history"])


def expect(cube: xr.DataArray, values: np.ndarray = VALUES, centres: np.ndarray = CENTRES) -> None:
    np.testing.assert_array_equal(cube.values, values)
    np.testing.assert_array_equal(cube.wavelength, centres)


# MATLAB -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("numbers", "said"),
    [(VALUES, "third"), (VALUES.transpose(2, 0, 1), "first"), (VALUES.transpose(0, 2, 1), "second")],
)
@pytest.mark.parametrize("name", ["wavelength", "bands", "wl", "lambda", "WaveLength_nm", "unhelpful"])
def test_matlab_5_names_and_axes(tmp_path: Path, name: str, numbers: np.ndarray, said: str) -> None:
    path = tmp_path / "a.mat"
    content = {"my_own_name": numbers, name: CENTRES[:, None], "mask": np.zeros((9, 8)), "rgb": np.zeros((9, 8, 3))}
    scipy.io.savemat(path, content, do_compression=True)
    cube = read_cube(path)
    expect(cube)
    assert f"the {said} axis is spectral" in history(cube)
    assert "'my_own_name'" in history(cube)
    assert is_cube_file(path)


def save_v73(path: Path, **variables: np.ndarray) -> None:
    """Write as MATLAB does: a 512-byte text block before the HDF5 superblock, axes reversed, classes named."""
    with h5py.File(path, "w", userblock_size=512) as file:
        for name, values in variables.items():
            file.create_dataset(name, data=values.T)
            file[name].attrs["MATLAB_class"] = np.bytes_("single")
        file.create_group("#refs#")["a"] = np.zeros((50, 50, 50))
    with path.open("r+b") as raw:
        raw.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(116) + bytes(8) + b"\x00\x02IM")


@pytest.mark.parametrize("axes", [(0, 1, 2), (2, 0, 1), (0, 2, 1)])
def test_matlab_73_is_turned_round(tmp_path: Path, axes: tuple[int, int, int]) -> None:
    save_v73(tmp_path / "a.mat", cube=VALUES.transpose(axes), bands=CENTRES[None])
    expect(read_cube(tmp_path / "a.mat"))
    assert describe_file(tmp_path / "a.mat").wavelength_range == (450, 700)


def test_matlab_73_ambiguous_shape_follows_matlab(tmp_path: Path) -> None:
    values = np.arange(125, dtype=np.float32).reshape(5, 5, 5)
    save_v73(tmp_path / "a.mat", cube=values, bands=CENTRES[None])
    expect(read_cube(tmp_path / "a.mat"), values)


def test_matlab_structure(tmp_path: Path) -> None:
    content = {"data": {"info": "a lab", "hsi": VALUES, "meta": {"wavelengths": CENTRES / 1000}}}
    scipy.io.savemat(tmp_path / "a.mat", content)
    cube = read_cube(tmp_path / "a.mat")
    expect(cube)
    assert "data/meta/wavelengths" in history(cube)
    assert "µm" in history(cube)


def test_matlab_without_wavelengths(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    scipy.io.savemat(path, {"paviaU": np.moveaxis(WORDS, -1, 0)})
    with pytest.raises(HydraError, match=r"a\.mat does not say its wavelengths; .*wavelengths="):
        read_cube(path)
    cube = read_cube(path, wavelengths=CENTRES)
    expect(cube, WORDS.astype(np.float32))
    assert cube.attrs["quantity"] == "counts"
    assert "uint16 numbers converted" in history(cube)
    with pytest.raises(HydraError, match=r"shape .* 4 wavelengths"):
        read_cube(path, wavelengths=CENTRES[:4])


def test_matlab_several_cubes(tmp_path: Path) -> None:
    path = tmp_path / "a.mat"
    scipy.io.savemat(path, {"left": VALUES, "right": VALUES[::-1], "wl": CENTRES, "flat": VALUES[0]})
    with pytest.raises(HydraError, match=r"several cubes \(left, right\); choose one with variable="):
        read_cube(path)
    expect(read_cube(path, variable="right"), VALUES[::-1])
    with pytest.raises(HydraError, match=r"no three-dimensional variable 'middle'; it has: left, right"):
        read_cube(path, variable="middle")
    scipy.io.savemat(path, {"flat": VALUES[0]})
    with pytest.raises(HydraError, match="no three-dimensional array"):
        read_cube(path)
    assert not is_cube_file(path)
    scipy.io.savemat(path, {"cube": VALUES + 1j, "wl": CENTRES})
    with pytest.raises(HydraError, match="real part"):
        read_cube(path)


# HDF5, NetCDF, Zarr -------------------------------------------------------------------------------------------------


def test_neon_hdf5(tmp_path: Path) -> None:
    path = tmp_path / "neon.h5"
    numbers = np.arange(9 * 8 * 5, dtype=np.int16).reshape(9, 8, 5) * 20
    numbers[2, 3] = -9999
    with h5py.File(path, "w") as file:
        data = file.create_dataset("SITE/Reflectance/Reflectance_Data", data=numbers)
        data.attrs.update({"Scale_Factor": 10000.0, "Data_Ignore_Value": -9999.0})
        wavelength = file.create_dataset("SITE/Reflectance/Metadata/Spectral_Data/Wavelength", data=CENTRES)
        wavelength.attrs["Units"] = "nanometers"
        file["SITE/Reflectance/Metadata/Spectral_Data/FWHM"] = np.full(5, 5.5)
    cube = read_cube(path)
    expected = numbers.astype(np.float32) / np.float32(10000)
    expected[2, 3] = np.nan
    expect(cube, expected)
    assert cube.attrs["fwhm"] == (5.5,) * 5
    assert cube.attrs["quantity"] == "reflectance"
    assert cube.attrs["ignore_value"] == -9999
    assert is_cube_file(path)


def test_hdf5_of_something_else_is_left_alone(tmp_path: Path) -> None:
    with h5py.File(tmp_path / "a.h5", "w") as file:
        file["stack"] = VALUES
    assert not is_cube_file(tmp_path / "a.h5")


def test_netcdf_with_packed_numbers_any_order_and_micrometres(tmp_path: Path) -> None:
    packed = xr.DataArray(
        VALUES[None].transpose(0, 3, 1, 2),
        dims=("time", "w", "row", "col"),
        coords={"w": ("w", CENTRES / 1000, {"units": "um", "standard_name": "radiation_wavelength"})},
        attrs={"long_name": "surface radiance"},
    )
    packed[0, 1, 2, 3] = np.nan
    dataset = xr.Dataset({"L": packed.rename(w="wavelength")})
    encoding = {"L": {"dtype": "int16", "scale_factor": 1e-4, "_FillValue": -1}}
    for engine in ("h5netcdf", "scipy"):
        path = tmp_path / f"{engine}.nc"
        dataset.to_netcdf(path, engine=engine, encoding=encoding)
        cube = read_cube(path)
        expected = VALUES.copy()
        expected[2, 3, 1] = np.nan
        np.testing.assert_allclose(cube.values, expected, atol=6e-5)
        np.testing.assert_array_equal(cube.wavelength, CENTRES)
        assert cube.attrs["quantity"] == "radiance"
        assert cube.attrs["ignore_value"] is not None
        assert is_cube_file(path)


def test_emit_netcdf_keeps_its_bands_in_a_group(tmp_path: Path) -> None:
    path = tmp_path / "emit.nc"
    with h5netcdf.File(path, "w") as file:
        file.dimensions = {"downtrack": 9, "crosstrack": 8, "bands": 5}
        file.create_variable("reflectance", ("downtrack", "crosstrack", "bands"), data=VALUES)
        group = file.create_group("sensor_band_parameters")
        group.create_variable("wavelengths", ("bands",), data=CENTRES)
        group.create_variable("fwhm", ("bands",), data=np.full(5, 8.0))
    cube = read_cube(path)
    expect(cube)
    assert cube.attrs["fwhm"] == (8.0,) * 5


def test_equal_axes_are_told_apart_by_their_names(tmp_path: Path) -> None:
    values = np.arange(125, dtype=np.float32).reshape(5, 5, 5)
    coords = {"wavelength": ("wavelength", CENTRES, {"units": "nm"})}
    array = xr.DataArray(values, dims=("wavelength", "y", "x"), coords=coords, name="r")
    array.to_dataset().to_zarr(tmp_path / "a.zarr")
    array.to_netcdf(tmp_path / "a.nc", engine="h5netcdf")
    for name in ("a.zarr", "a.nc"):
        expect(read_cube(tmp_path / name), np.moveaxis(values, 0, -1))


@pytest.mark.parametrize("version", [2, 3])
def test_zarr_without_named_axes(tmp_path: Path, version: Any) -> None:
    root = zarr.create_group(tmp_path / "a.zarr", zarr_format=version)
    root.create_array("stack", data=np.moveaxis(VALUES, -1, 0))
    root.attrs["wavelengths"] = CENTRES.tolist()
    expect(read_cube(tmp_path / "a.zarr"))
    zarr.save_array(str(tmp_path / "b.zarr"), VALUES)
    expect(read_cube(tmp_path / "b.zarr", wavelengths=CENTRES))
    assert is_cube_file(tmp_path / "a.zarr")
    assert not is_cube_file(tmp_path / "b.zarr")


# NumPy --------------------------------------------------------------------------------------------------------------


def test_npy_needs_wavelengths_and_they_choose_the_axis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for numbers in (VALUES, np.moveaxis(VALUES, -1, 0), np.asfortranarray(VALUES)):
        np.save(tmp_path / "a.npy", numbers)
        expect(read_cube(tmp_path / "a.npy", wavelengths=CENTRES))
        monkeypatch.setattr("napari_hydra.io.numbers.raw_cube.LAZY_BYTES", 10)
        expect(read_cube(tmp_path / "a.npy", wavelengths=CENTRES))
        monkeypatch.undo()
    with pytest.raises(HydraError, match="wavelengths="):
        read_cube(tmp_path / "a.npy")
    assert not is_cube_file(tmp_path / "a.npy")


def test_nothing_is_unpickled(tmp_path: Path) -> None:
    class Trap:
        def __reduce__(self) -> tuple[Any, ...]:
            return Path.write_text, (tmp_path / "sprung", "")

    array = np.empty((2, 2, 2), dtype=object)
    array[:] = Trap()
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    np.savez(tmp_path / "a.npz", cube=array, wavelengths=CENTRES[:2])
    for name in ("a.npy", "a.npz"):
        assert not is_cube_file(tmp_path / name)
        with pytest.raises(HydraError):
            read_cube(tmp_path / name, wavelengths=CENTRES[:2])
    assert not (tmp_path / "sprung").exists()


def test_npz_of_someone_else(tmp_path: Path) -> None:
    np.savez_compressed(tmp_path / "a.npz", hsi=np.moveaxis(VALUES, -1, 0), wl=CENTRES, rgb=np.zeros((9, 8, 3)))
    expect(read_cube(tmp_path / "a.npz"))
    assert is_cube_file(tmp_path / "a.npz")


# TIFF ---------------------------------------------------------------------------------------------------------------


def test_tiff_pages_and_samples(tmp_path: Path) -> None:
    planes = np.ascontiguousarray(np.moveaxis(WORDS, -1, 0))
    tifffile.imwrite(tmp_path / "pages.tif", planes, photometric="minisblack", metadata=None)
    tifffile.imwrite(tmp_path / "planar.tif", planes, photometric="minisblack", planarconfig="separate")
    tifffile.imwrite(tmp_path / "samples.tif", WORDS, photometric="minisblack", planarconfig="contig")
    tifffile.imwrite(tmp_path / "big.tif", planes, photometric="minisblack", bigtiff=True, compression="zlib")
    for name in ("pages.tif", "planar.tif", "samples.tif", "big.tif"):
        expect(read_cube(tmp_path / name, wavelengths=CENTRES), WORDS.astype(np.float32))
        with pytest.raises(HydraError, match="wavelengths="):
            read_cube(tmp_path / name)
        assert not is_cube_file(tmp_path / name)


def test_tiff_that_says_its_wavelengths(tmp_path: Path) -> None:
    planes = np.ascontiguousarray(np.moveaxis(VALUES, -1, 0))
    labels = [f"{w:g} nm" for w in CENTRES]
    gdal = "<GDALMetadata>" + "".join(
        f'<Item name="CENTRAL_WAVELENGTH_UM" sample="{i}" domain="IMAGERY">{w / 1000:g}</Item>'
        f'<Item name="DESCRIPTION" sample="{i}" role="description">band {i}</Item>'
        for i, w in enumerate(CENTRES)
    ) + "</GDALMetadata>"  # fmt: skip
    options: dict[str, dict[str, Any]] = {
        "a.ome.tif": {"ome": True, "metadata": {"axes": "CYX", "Channel": {"Name": labels}}},
        "imagej.tif": {"imagej": True, "metadata": {"axes": "ZYX", "Labels": labels}},
        "shaped.tif": {"metadata": {"wavelengths": CENTRES.tolist()}},
        "gdal.tif": {"metadata": None, "planarconfig": "separate", "extratags": [(42112, 2, 0, gdal, True)]},
    }
    for name, how in options.items():
        tifffile.imwrite(tmp_path / name, planes, photometric="minisblack", **how)
        expect(read_cube(tmp_path / name))
        assert is_cube_file(tmp_path / name), name
    with tifffile.TiffWriter(tmp_path / "names.tif") as file:
        for plane, label in zip(planes, labels, strict=True):
            file.write(plane, metadata=None, extratags=[(285, 2, 0, label, True)])
    expect(read_cube(tmp_path / "names.tif"))


def test_gdal_scale_and_no_data(tmp_path: Path) -> None:
    gdal = '<GDALMetadata><Item name="SCALE" sample="0" role="scale">0.0001</Item></GDALMetadata>'
    numbers = WORDS.astype(np.int16) // 4
    numbers[1, 1] = -999
    tags = [(42112, 2, 0, gdal, True), (42113, 2, 0, "-999", True)]
    tifffile.imwrite(tmp_path / "a.tif", numbers, photometric="minisblack", planarconfig="contig", extratags=tags)
    cube = read_cube(tmp_path / "a.tif", wavelengths=CENTRES)
    expected = numbers.astype(np.float32) / np.float32(10000)
    expected[1, 1] = np.nan
    expect(cube, expected)


# folders ------------------------------------------------------------------------------------------------------------


def save_bands(folder: Path, names: list[str], planes: np.ndarray) -> None:
    folder.mkdir(exist_ok=True)
    for name, plane in zip(names, planes, strict=True):
        Image.fromarray(plane).save(folder / name)


def test_cave_folder(tmp_path: Path) -> None:
    planes = np.random.default_rng(0).integers(0, 65536, (31, 6, 7)).astype(np.uint16)
    save_bands(tmp_path / "toy_ms", [f"toy_ms_{i:02d}.png" for i in range(1, 32)], planes)
    Image.fromarray(np.zeros((6, 7, 3), np.uint8)).save(tmp_path / "toy_ms" / "toy_RGB.bmp")
    (tmp_path / "toy_ms" / "Thumbs.db").write_bytes(b"x")
    assert is_cube_file(tmp_path / "toy_ms")
    cube = read_cube(tmp_path / "toy_ms")
    expect(cube, np.moveaxis(planes, 0, -1).astype(np.float32) / np.float32(65535), np.arange(400.0, 701, 10))
    assert "CAVE" in history(cube)
    assert "65535" in history(cube)
    assert describe_file(tmp_path / "toy_ms").format == "folder of bands"
    (tmp_path / "unpacked").mkdir()
    (tmp_path / "toy_ms").rename(tmp_path / "unpacked" / "toy_ms")
    assert is_cube_file(tmp_path / "unpacked")
    assert read_cube(tmp_path / "unpacked").equals(cube)


def test_folder_named_by_wavelength_in_any_order(tmp_path: Path) -> None:
    planes = np.arange(4 * 6 * 7, dtype=np.uint8).reshape(4, 6, 7)
    save_bands(tmp_path / "a", ["s_1000nm.tif", "s_450nm.tif", "s_550.5nm.tif", "s_700nm.tif"], planes)
    cube = read_cube(tmp_path / "a")
    np.testing.assert_array_equal(cube.wavelength, [450, 550.5, 700, 1000])
    np.testing.assert_array_equal(cube.values[0, 0], planes[[1, 2, 3, 0], 0, 0].astype(np.float32) / 255)


def test_folders_that_need_help_or_are_no_cube(tmp_path: Path) -> None:
    planes = np.zeros((5, 6, 7), np.uint8)
    save_bands(tmp_path / "a", [f"frame{i}.png" for i in range(5)], planes)
    assert not is_cube_file(tmp_path / "a")
    with pytest.raises(HydraError, match="wavelengths="):
        read_cube(tmp_path / "a")
    assert read_cube(tmp_path / "a", wavelengths=CENTRES).shape == (6, 7, 5)
    with pytest.raises(HydraError, match="5 images of bands but 4 wavelengths"):
        read_cube(tmp_path / "a", wavelengths=CENTRES[:4])
    Image.fromarray(np.zeros((6, 8), np.uint8)).save(tmp_path / "a" / "frame3.png")
    with pytest.raises(HydraError, match=r"frame3\.png is \(6, 8\)"):
        read_cube(tmp_path / "a", wavelengths=CENTRES)
    coloured = np.zeros((6, 7, 3), np.uint8)
    coloured[0, 0, 0] = 9
    Image.fromarray(coloured).save(tmp_path / "a" / "frame3.png")
    with pytest.raises(HydraError, match=r"frame3\.png is a colour picture"):
        read_cube(tmp_path / "a", wavelengths=CENTRES)
    (tmp_path / "empty").mkdir()
    with pytest.raises(HydraError, match="without a numbered series"):
        read_cube(tmp_path / "empty")


# models -------------------------------------------------------------------------------------------------------------


def test_what_is_nothing_of_ours(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("hello")
    with pytest.raises(HydraError, match=r"notes\.txt is neither a cube, a picture nor a model"):
        describe_file(tmp_path / "notes.txt")
    with pytest.raises(HydraError, match=r"notes\.txt is no cube of a known format"):
        read_cube(tmp_path / "notes.txt")
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(tmp_path / "a.png")
    with pytest.raises(HydraError, match=r"a\.png is a picture, not a cube"):
        read_cube(tmp_path / "a.png")


def test_weights_are_described_by_their_header(tmp_path: Path) -> None:
    from safetensors.numpy import save_file

    card = {"name": "visible", "wavelength_range": [400, 700], "trained_on": "CAVE"}
    metadata = {"format": "1", "card": json.dumps(card)}
    tensors = {"a": np.zeros((3, 4), np.float16), "b": np.zeros(5, np.float16)}
    save_file(tensors, tmp_path / "m.safetensors", metadata)
    info = describe_file(tmp_path / "m.safetensors")
    assert (info.kind, info.dtype, info.wavelength_range) == ("model", "F16", (400, 700))
    assert (info.details["name"], info.details["parameters"], info.details["tensors"]) == ("visible", 17, 2)
    (tmp_path / "no.safetensors").write_bytes(b"\xff" * 20)
    with pytest.raises(HydraError, match="no safetensors file"):
        describe_file(tmp_path / "no.safetensors")
    whole = (tmp_path / "m.safetensors").read_bytes()
    (tmp_path / "cut.safetensors").write_bytes(whole[:-1])
    with pytest.raises(
        HydraError, match=rf"cut.safetensors .* has {len(whole) - 1} bytes and should have {len(whole)}"
    ):
        describe_file(tmp_path / "cut.safetensors")
    with pytest.raises(HydraError, match="does not exist"):
        describe_file(tmp_path / "absent.png")
