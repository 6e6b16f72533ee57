"""Where wavelengths stand, in every format; which of several lists is believed, and what is no list."""

import json
from collections.abc import Callable
from pathlib import Path

import h5netcdf
import h5py
import numpy as np
import pytest
import tifffile
import zarr
from foreign_files import CENTRES, TRUTH, centre_items, envi, gdal_tiff

from napari_hydra.errors import HydraError
from napari_hydra.io import CubeNotice, is_cube_file, read_cube

VALUES = TRUTH.astype("<f4")
PLANES = VALUES.transpose(2, 0, 1)


def spelled(form: str, factor: float = 1.0) -> str:
    return "{" + ", ".join(form.format(i=i + 1, w=c * factor) for i, c in enumerate(CENTRES)) + "}"


def header(said: str) -> Callable[[Path], Path]:
    return lambda folder: envi(folder / "a", VALUES, said, wavelengths=False)


def described(texts: list[str]) -> Callable[[Path], Path]:
    return lambda folder: gdal_tiff(
        folder / "a.tif", VALUES, [("DESCRIPTION", "description", i, text) for i, text in enumerate(texts)]
    )


def plain_tiff(folder: Path) -> Path:
    tifffile.imwrite(folder / "a.tif", PLANES, photometric="minisblack", metadata=None)
    return folder / "a.tif"


def beside(name: str, text: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_text(text, encoding="utf-8")
        return plain_tiff(folder)

    return make


def in_hdf5(write: Callable[[h5py.File], None]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        with h5py.File(folder / "a.h5", "w") as file:
            file["data/cube"] = VALUES
            write(file)
        return folder / "a.h5"

    return make


def ome_zarr(folder: Path) -> Path:
    root = zarr.open_group(folder / "a.zarr", mode="w", zarr_format=2)
    root.create_array("0", data=PLANES, chunks=(4, 4, 4))
    root.create_array("1", data=PLANES[:, ::2, ::2], chunks=(4, 4, 4))
    axes = [{"name": "c", "type": "channel"}, {"name": "y", "type": "space"}, {"name": "x", "type": "space"}]
    root.attrs["multiscales"] = [{"version": "0.4", "axes": axes, "datasets": [{"path": "0"}, {"path": "1"}]}]
    root.attrs["omero"] = {"channels": [{"label": f"{c:g} nm"} for c in CENTRES]}
    return folder / "a.zarr"


def ome_tiff(folder: Path) -> Path:
    names = [f"{c:g} nm" for c in CENTRES]
    tifffile.imwrite(
        folder / "a.ome.tif", PLANES, photometric="minisblack", metadata={"axes": "CYX", "Channel": {"Name": names}}
    )
    return folder / "a.ome.tif"


def in_group(folder: Path) -> Path:
    with h5netcdf.File(folder / "a.nc", "w") as file:
        file.dimensions = {"downtrack": 9, "crosstrack": 8, "bands": 7, "wavelength": 12}
        other = file.create_variable("wavelength", ("wavelength",), data=np.linspace(340, 890, 12))
        other.attrs["units"] = "nm"
        file.create_variable("/products/rfl", ("downtrack", "crosstrack", "bands"), data=VALUES)
        flags = file.create_variable(
            "/sensor_band_parameters/good_wavelengths", ("bands",), data=np.array([1, 1, 0, 1, 1, 1, 1], "u1")
        )
        flags.attrs["units"] = "unitless"
        centres = file.create_variable("/sensor_band_parameters/wavelengths", ("bands",), data=CENTRES)
        centres.attrs["units"] = "nm"
    return folder / "a.nc"


PAM = "".join(f'<PAMRasterBand band="{i + 1}"><Metadata><MDI key="wavelength">{c:g}</MDI></Metadata></PAMRasterBand>'
              for i, c in enumerate(CENTRES))  # fmt: skip
PRODUCT = "".join(f"<bandID><wavelengthCenterOfBand>{c:g}</wavelengthCenterOfBand><FWHMOfBand>6.5</FWHMOfBand></bandID>"
                  for c in CENTRES)  # fmt: skip
SOURCES: dict[str, Callable[[Path], Path]] = {
    "envi wavelengths": header(f"wavelengths = {spelled('{w:g}')}\n"),
    "envi other spelling": header(f"Wave Length = {spelled('{w:g}')}\nwavelength unit = nm\n"),
    "envi parted by blanks": header("wavelength = {" + " ".join(f"{c:g}" for c in CENTRES) + "}\n"),
    "envi with units": header(f"wavelength = {spelled('{w:g} nm')}\n"),
    "envi micrometres": header(f"wavelength = {spelled('{w:g}', 1e-3)}\nwavelength units = Micrometers\n"),
    "envi wavenumbers": header(
        "wavelength = {" + ", ".join(f"{1e7 / c:.9g}" for c in CENTRES) + "}\nwavelength units = cm-1\n"
    ),
    "envi band names": header(f"band names = {spelled('Band {i} ({w:g})')}\n"),
    "envi band names of GDAL": header(f"band names = {spelled('Band {i}: {w:g} Micrometers', 1e-3)}\n"),
    "gdal tags": lambda folder: gdal_tiff(folder / "a.tif", VALUES, centre_items()),
    "gdal list": lambda folder: gdal_tiff(folder / "a.tif", VALUES, [("wavelength", "", -1, spelled("{w:g}"))]),
    "gdal descriptions": described([f"{c / 1000:g} Micrometers" for c in CENTRES]),
    "gdal descriptions without unit": described([f"Band {i} ({c:g})" for i, c in enumerate(CENTRES)]),
    "tiff header beside": beside(
        "a.hdr", f"ENVI\nfile type = TIFF\nsamples = 8\nlines = 9\nbands = 7\nwavelength = {spelled('{w:g}')}\n"
    ),
    "tiff aux.xml beside": beside("a.tif.aux.xml", f"<PAMDataset>{PAM}</PAMDataset>"),
    "tiff METADATA.XML beside": beside("METADATA.XML", f"<level_X><specific>{PRODUCT}</specific></level_X>"),
    "tiff in words": lambda folder: _described_tiff(folder, f"wavelength units = nm\nwavelength = {spelled('{w:g}')}"),
    "tiff as JSON": lambda folder: _described_tiff(folder, json.dumps({"wavelengths": list(CENTRES)})),
    "ome-tiff": ome_tiff,
    "ome-zarr": ome_zarr,
    "netcdf group": in_group,
    "hdf5 attribute": in_hdf5(lambda file: file["data/cube"].attrs.__setitem__("wavelengths", CENTRES)),
    "hdf5 attribute of a group": in_hdf5(lambda file: file["data"].attrs.__setitem__("Wavelength (nm)", CENTRES)),
    "hdf5 words": in_hdf5(lambda file: file.__setitem__("bands", [f"{c:g} nm" for c in CENTRES])),
    "hdf5 micrometres": in_hdf5(lambda file: file.__setitem__("meta/wavelength_um", CENTRES / 1000)),
    "hdf5 wavenumbers": in_hdf5(lambda file: file.__setitem__("meta/wavenumber", 1e7 / CENTRES)),
}


def _described_tiff(folder: Path, text: str) -> Path:
    tifffile.imwrite(folder / "a.tif", PLANES, photometric="minisblack", description=text, metadata=None)
    return folder / "a.tif"


@pytest.mark.parametrize("make", SOURCES.values(), ids=SOURCES)
def test_wavelengths_are_found(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    path = make(tmp_path)
    assert is_cube_file(path)
    cube = read_cube(path)
    np.testing.assert_allclose(cube["wavelength"], CENTRES, rtol=1e-7)
    np.testing.assert_array_equal(cube.values, VALUES)


def test_flags_mark_bands_and_are_no_list(tmp_path: Path) -> None:
    assert read_cube(in_group(tmp_path)).attrs["bad_bands"] == (2,)


def test_widths_of_a_product_come_with_its_wavelengths(tmp_path: Path) -> None:
    assert read_cube(SOURCES["tiff METADATA.XML beside"](tmp_path)).attrs["fwhm"] == (6.5,) * 7


def test_the_exact_description_is_believed_before_the_rounded_tag(tmp_path: Path) -> None:
    exact = CENTRES + 0.123
    rows = centre_items(np.round(exact))
    rows += [("DESCRIPTION", "description", i, f"{c / 1000:.6f} Micrometers") for i, c in enumerate(exact)]
    np.testing.assert_allclose(read_cube(gdal_tiff(tmp_path / "a.tif", VALUES, rows))["wavelength"], exact, atol=1e-9)


def test_two_lists_that_disagree_are_told(tmp_path: Path) -> None:
    path = envi(tmp_path / "a", VALUES, f"band names = {spelled('{w:g} nm', 1.5)}\n")
    with pytest.warns(CubeNotice, match="says others"):
        np.testing.assert_array_equal(read_cube(path)["wavelength"], CENTRES)


@pytest.mark.parametrize("said", ["", f"band names = {spelled('Band {i}')}\n", "wavelength = {1, 2, 3, 4, 5, 6, 7}\n"])
def test_numbers_of_bands_are_no_wavelengths(tmp_path: Path, said: str) -> None:
    with pytest.raises(HydraError, match="does not say its wavelengths"):
        read_cube(envi(tmp_path / "a", VALUES, said, wavelengths=False))


def test_xml_that_declares_entities_is_left_alone(tmp_path: Path) -> None:
    entity = "<!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/hostname'>]>"
    path = beside("a.tif.aux.xml", f"{entity}<PAMDataset>{PAM}</PAMDataset>")(tmp_path)
    assert not is_cube_file(path)
    np.testing.assert_array_equal(read_cube(path, wavelengths=CENTRES).values, VALUES)
