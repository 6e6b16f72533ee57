"""What a file says about its numbers is applied, or the file is refused; every time it is said."""

import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from foreign_files import CENTRES, TRUTH, centre_items, envi, gdal_tiff, hdf5, netcdf, zarr_store

from napari_hydra.errors import HydraError, HydraQuestion
from napari_hydra.io import CubeNotice, read_cube
from napari_hydra.io.formats.registry import open_raw
from napari_hydra.io.numbers import raw_cube

SAME = "{" + ", ".join(["0.1"] * CENTRES.size) + "}"
GAINS = 1e-4 * np.linspace(1, 2, CENTRES.size)
PACKED = np.round((TRUTH - 0.1) * 1e4).astype("<i2")
WHOLE = np.round(TRUTH * 1e4).astype("<i2")
BY_BAND = np.round(TRUTH / GAINS).astype("<u2")
UNSIGNED = np.round(TRUTH * 6e4).astype("<u2").view("<i2")
PERCENT = (TRUTH * 100).astype("<f4")


def listed(values: np.ndarray) -> str:
    return "{" + ", ".join(f"{v:.9g}" for v in values) + "}"


def roles(name: str, role: str, values: np.ndarray | float) -> list[tuple[str, str, int, str]]:
    return [(name, role, i, f"{v:.9g}") for i, v in enumerate(np.broadcast_to(values, CENTRES.size))]


Make = Callable[[Path], Path]
APPLIED: dict[str, Make] = {
    "envi factor": lambda d: envi(d / "a", WHOLE, "reflectance scale factor = 10000\n"),
    "envi gains": lambda d: envi(d / "a", BY_BAND, f"data gain values = {listed(GAINS)}\n"),
    "envi gain and offset": lambda d: envi(
        d / "a", PACKED, f"data gain values = {SAME.replace('0.1', '1e-4')}\ndata offset values = {SAME}\n"
    ),
    "envi offsets": lambda d: envi(d / "a", (TRUTH - 0.1).astype("<f4"), f"data offset values = {SAME}\n"),
    "envi per cent": lambda d: envi(d / "a", PERCENT, "data units = Reflectance (%)\n"),
    "envi title": lambda d: envi(d / "a", WHOLE, "z plot titles = {nm, reflectance [*10000]}\n"),
    "gdal": lambda d: gdal_tiff(
        d / "a.tif", PACKED, [*centre_items(), *roles("SCALE", "scale", 1e-4), *roles("OFFSET", "offset", 0.1)]
    ),
    "gdal scale above one": lambda d: gdal_tiff(
        d / "a.tif", (TRUTH / 2).astype("<f4"), [*centre_items(), *roles("SCALE", "scale", 2.0)]
    ),
    "gdal by band": lambda d: gdal_tiff(d / "a.tif", BY_BAND, [*centre_items(), *roles("SCALE", "scale", GAINS)]),
    "gdal unit": lambda d: gdal_tiff(
        d / "a.tif", PERCENT, [*centre_items(), *((("UNITTYPE", "unittype", i, "percent")) for i in range(7))]
    ),
    "cf": lambda d: netcdf(d / "a.nc", PACKED, scale_factor=1e-4, add_offset=0.1),
    "cf scale above one": lambda d: netcdf(d / "a.nc", (TRUTH / 200).astype("<f4"), scale_factor=200.0),
    "cf per cent": lambda d: netcdf(d / "a.nc", PERCENT, units="%"),
    "cf per mille": lambda d: netcdf(d / "a.nc", (TRUTH * 1000).astype("<f4"), units="per mille"),
    "zarr": lambda d: zarr_store(d / "a.zarr", PACKED, scale_factor=1e-4, add_offset=0.1),
    "hdf5": lambda d: hdf5(d / "a.h5", PACKED, scale_factor=1e-4, add_offset=0.1),
    "neon": lambda d: hdf5(d / "a.h5", WHOLE, Scale_Factor=10000.0),
    "cf unsigned": lambda d: netcdf(d / "a.nc", UNSIGNED, scale_factor=1 / 6e4, _Unsigned="true"),
    "envi inverse factor": lambda d: envi(d / "a", WHOLE, "reflectance scale factor = 0.0001\n"),
    "by plausibility": lambda d: hdf5(d / "a.h5", (TRUTH * 50).astype("<f4"), gain=50.0),
}  # fmt: skip


@pytest.mark.parametrize("lazy", [False, True], ids=["", "lazy"])
@pytest.mark.parametrize("make", APPLIED.values(), ids=APPLIED)
def test_scales_offsets_and_units_are_applied_and_said(
    tmp_path: Path, make: Make, lazy: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = make(tmp_path)
    if lazy:
        monkeypatch.setattr(raw_cube, "LAZY_BYTES", 10)
    with pytest.warns(CubeNotice) as notices:
        cube = read_cube(path)
    np.testing.assert_allclose(cube.values, TRUTH, atol=1.1e-4)
    assert cube.attrs["quantity"] == "reflectance"
    np.testing.assert_allclose(cube["wavelength"], CENTRES)
    said = [str(one.message) for one in notices]
    assert all(line.startswith(f"{path.name}: ") for line in said)
    assert all(line.removeprefix(f"{path.name}: ") in cube.attrs["history"] for line in said)


def test_neighbours_that_say_nothing_or_one_are_left_as_they_are(tmp_path: Path) -> None:
    stored = TRUTH.astype("<f4")
    for path in (
        envi(tmp_path / "a", stored, "reflectance scale factor = 1\n"),
        envi(tmp_path / "b", stored),
        netcdf(tmp_path / "a.nc", stored, scale_factor=1.0, units="1"),
        hdf5(tmp_path / "a.h5", stored),
        zarr_store(tmp_path / "a.zarr", stored),
        gdal_tiff(tmp_path / "a.tif", stored, [*centre_items(), *roles("SCALE", "scale", 1.0)]),
    ):
        with warnings.catch_warnings():
            warnings.simplefilter("error", CubeNotice)
            np.testing.assert_array_equal(read_cube(path).values, stored)


def test_radiance_keeps_its_unit(tmp_path: Path) -> None:
    stored = (TRUTH * 90).astype("<f4")
    cube = read_cube(
        netcdf(tmp_path / "a.nc", stored, name="L", units="W m-2 sr-1 um-1", long_name="radiance, 5 % noise")
    )
    np.testing.assert_array_equal(cube.values, stored)
    assert cube.attrs["quantity"] == "radiance"


@pytest.mark.parametrize("scale", [1.5, 40.0])
def test_a_scale_that_may_mean_either_is_asked_for(tmp_path: Path, scale: float) -> None:
    both = TRUTH if scale < 2 else TRUTH * 1e5  # both readings are reflectance, or neither is
    path = hdf5(tmp_path / "a.h5", both.astype("<f4"), scale=scale)
    with pytest.raises(HydraQuestion, match="divide_by=") as caught:
        read_cube(path)
    assert caught.value.asks == "scale"
    assert "--divide-by" in caught.value.command_line
    assert "--" not in caught.value.window
    assert "divide_by" not in caught.value.window
    for _, divisor in caught.value.known["choices"]:
        np.testing.assert_allclose(read_cube(path, divide_by=divisor).values, both / divisor, rtol=1e-5)


def test_a_scale_of_zero_is_left_out_with_a_notice(tmp_path: Path) -> None:
    path = netcdf(tmp_path / "a.nc", TRUTH.astype("<f4"), scale_factor=0.0)
    with pytest.warns(CubeNotice, match="cannot be applied"):
        cube = read_cube(path)
    np.testing.assert_array_equal(cube.values, TRUTH.astype("<f4"))


def test_numbers_too_large_for_reflectance_are_said(tmp_path: Path) -> None:
    with pytest.warns(CubeNotice, match="more than a reflectance"):
        read_cube(envi(tmp_path / "a", (TRUTH * 1e4).astype("<f4")))


def test_prisma_scale_among_the_attributes_of_the_file(tmp_path: Path) -> None:
    import h5py

    path = tmp_path / "PRS_L2D.he5"
    with h5py.File(path, "w") as file:
        file.attrs.update(
            {"List_Cw_Vnir": np.r_[CENTRES[::-1], np.zeros(3)], "L2ScaleVnirMin": 0.0, "L2ScaleVnirMax": 1.0}
        )
        stored = np.zeros((9, 10, 8), "u2")  # lines, bands, samples
        stored[:, :7] = np.round(TRUTH[..., ::-1] * 65535).astype("u2").transpose(0, 2, 1)
        file["HDFEOS/SWATHS/PRS_L2D_HCO/Data Fields/VNIR_Cube"] = stored
    raw = open_raw(path)
    assert raw.wavelengths is not None
    assert raw.wavelengths.size == 7
    cube = read_cube(path)
    np.testing.assert_allclose(cube.values, TRUTH, atol=1e-5)
    assert any("without a wavelength" in line for line in cube.attrs["history"])


def test_a_list_of_another_length_is_refused_and_a_size_of_pixels_is_no_scale(tmp_path: Path) -> None:
    stored = TRUTH.astype("<f4")
    with pytest.raises(HydraError, match="3 numbers as 'scale_factor' of 7 bands"):
        read_cube(netcdf(tmp_path / "a.nc", stored, scale_factor=np.array([1.0, 0.5, 0.2])))
    with pytest.raises(HydraError, match="'data gain values' are not 7 numbers"):
        read_cube(envi(tmp_path / "a", stored, "data gain values = {1, 2}\n"))
    neighbour = hdf5(tmp_path / "a.h5", stored, scale=np.array([1.0, 0.5, 0.2]))
    np.testing.assert_array_equal(read_cube(neighbour).values, stored)


def test_a_name_that_other_things_have_is_not_applied_to_reflectance_unasked(tmp_path: Path) -> None:
    stored = TRUTH.astype("<f4")
    with pytest.raises(HydraQuestion) as caught:
        read_cube(hdf5(tmp_path / "a.h5", stored, scale=0.5))  # of a pixel, perhaps
    assert ("leave them as they are", 1.0) in caught.value.known["choices"]
    np.testing.assert_array_equal(read_cube(tmp_path / "a.h5", divide_by=1).values, stored)
    with pytest.warns(CubeNotice, match="offset 120 left out"):
        np.testing.assert_array_equal(read_cube(hdf5(tmp_path / "b.h5", stored, offset=120)).values, stored)


def test_fill_values_of_unsigned_numbers(tmp_path: Path) -> None:
    stored = np.round(TRUTH * 6e4).astype("u2")
    stored[:2] = 65535
    path = netcdf(tmp_path / "a.nc", stored.view("i2"), fill=np.int16(-1), scale_factor=1 / 6e4, _Unsigned="true")
    values = read_cube(path).values
    assert np.isnan(values[:2]).all()
    np.testing.assert_allclose(values[2:], TRUTH[2:], atol=1e-5)


def test_an_answer_keeps_the_offset(tmp_path: Path) -> None:
    path = netcdf(tmp_path / "a.nc", PACKED, scale_factor=1e-4, add_offset=0.1)
    np.testing.assert_allclose(read_cube(path, divide_by=2e4).values, (TRUTH - 0.1) / 2 + 0.1, atol=1e-4)
