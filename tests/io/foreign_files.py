"""Cubes as other programs write them, made by their own conventions: for tests of scales, fills and wavelengths."""

from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import h5netcdf
import h5py
import numpy as np
import tifffile
import zarr
from numpy.typing import NDArray

CENTRES = np.linspace(400, 700, 7)
TRUTH = np.random.default_rng(1).uniform(0.05, 0.9, (9, 8, 7))
_TYPES = {"u1": 1, "i2": 2, "i4": 3, "f4": 4, "f8": 5, "u2": 12}


def envi(path: Path, stored: NDArray[Any], said: str = "", *, wavelengths: bool = True, tail: bytes = b"") -> Path:
    """Band interleaved by line, with further lines of the header."""
    lines, samples, bands = stored.shape
    kind = _TYPES[stored.dtype.str[1:]]
    header = f"ENVI\nsamples = {samples}\nlines = {lines}\nbands = {bands}\ndata type = {kind}\ninterleave = bil\n"
    if wavelengths:
        header += f"wavelength units = nm\nwavelength = {{{', '.join(f'{c:g}' for c in CENTRES[:bands])}}}\n"
    path.with_suffix(".hdr").write_text(header + said, encoding="utf-8")
    path.with_suffix(".dat").write_bytes(stored.transpose(0, 2, 1).tobytes() + tail)
    return path.with_suffix(".hdr")


def gdal_tiff(
    path: Path, stored: NDArray[Any], items: list[tuple[str, str, int, str]], nodata: str | None = None
) -> Path:
    """A GeoTIFF with GDAL's metadata: rows (name, role, sample, text); sample -1 for the whole file."""
    rows = "".join(
        f'<Item name="{escape(name)}"{f" sample={chr(34)}{sample}{chr(34)}" if sample >= 0 else ""}'
        f"{f' role={chr(34)}{role}{chr(34)}' if role else ''}>{escape(text)}</Item>"
        for name, role, sample, text in items
    )
    tags = [(42112, "s", 0, f"<GDALMetadata>{rows}</GDALMetadata>", True)]
    tags += [(42113, "s", 0, nodata, True)] if nodata is not None else []
    tifffile.imwrite(
        path,
        stored.transpose(2, 0, 1),
        planarconfig="separate",
        photometric="minisblack",
        extratags=tags,
        metadata=None,
    )
    return path


def centre_items(centres: NDArray[Any] = CENTRES) -> list[tuple[str, str, int, str]]:
    """GDAL's items for wavelengths in nm."""
    items = [("wavelength", "", i, f"{c:g}") for i, c in enumerate(centres)]
    return items + [("wavelength_units", "", i, "Nanometers") for i in range(len(centres))]


def netcdf(path: Path, stored: NDArray[Any], fill: Any = None, name: str = "reflectance", **attrs: Any) -> Path:
    """CF: a variable (y, x, wavelength) with its coordinate."""
    with h5netcdf.File(path, "w") as file:
        file.dimensions = dict(zip(("y", "x", "wavelength"), stored.shape, strict=True))
        centres = file.create_variable("wavelength", ("wavelength",), data=CENTRES[: stored.shape[2]])
        centres.attrs["units"] = "nm"
        cube = file.create_variable(name, ("y", "x", "wavelength"), stored.dtype, data=stored, fillvalue=fill)
        cube.attrs.update(attrs)
    return path


def hdf5(path: Path, stored: NDArray[Any], **attrs: Any) -> Path:
    """An HDF5 file of no convention."""
    with h5py.File(path, "w") as file:
        file["site/reflectance"] = stored
        file["site/reflectance"].attrs.update(attrs)
        file["site/wavelength"] = CENTRES[: stored.shape[2]]
        file["site/wavelength"].attrs["Units"] = "nanometers"
    return path


def zarr_store(path: Path, stored: NDArray[Any], fill: Any = None, **attrs: Any) -> Path:
    """A Zarr group with named axes, by CF."""
    root = zarr.open_group(path, mode="w", zarr_format=2)
    cube = root.create_array("reflectance", data=stored, fill_value=fill, chunks=(4, 4, 4))
    cube.attrs.update({"_ARRAY_DIMENSIONS": ["y", "x", "wavelength"], **attrs})
    centres = root.create_array("wavelength", data=CENTRES[: stored.shape[2]], fill_value=None)
    centres.attrs.update({"_ARRAY_DIMENSIONS": ["wavelength"], "units": "nm"})
    return path
