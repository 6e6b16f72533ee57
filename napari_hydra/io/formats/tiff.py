"""TIFF: bands as pages or samples; BigTIFF, OME and ImageJ too.

Ours say their wavelengths as JSON in ImageDescription; others' are looked for there, in OME channel names, ImageJ
labels, page names and GDAL's metadata tag.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import tifffile
from numpy.typing import NDArray

from napari_hydra.io.files.atomic import replacing
from napari_hydra.io.files.cube_source import CubeSource, from_json, to_json
from napari_hydra.io.files.raw_cube import RawCube
from napari_hydra.io.files.storage import COMPRESSION_NAMES, MISSING, SAMPLE_TYPES, STEPS, Interval
from napari_hydra.io.files.tiff_chain import open_tiff
from napari_hydra.io.files.wavelengths import from_labels, name_rank
from napari_hydra.io.formats.arrays import METADATA_NAME, Entry, choose, says_wavelengths

SAMPLES, COMPRESSIONS = SAMPLE_TYPES, COMPRESSION_NAMES
_CODECS = {None: None, "none": None, "zstd": "zstd", "deflate": "zlib"}
_CLASSIC_LIMIT = 2**32 - 2**25
_GDAL_METADATA, _GDAL_NODATA, _PAGE_NAME = 42112, 42113, 285


def matches(path: Path) -> bool:
    """Whether the file says wavelengths for its bands; other stacks and pictures do not count."""
    with open_tiff(path) as file:
        return says_wavelengths(_entries(file))


def read(path: Path, wavelengths: NDArray[np.float64] | None, variable: str | None) -> RawCube:
    """Read a cube from the first series of a TIFF file."""
    with open_tiff(path) as file:
        return choose(path, "TIFF", _entries(file), wavelengths, None)


def write(cube: CubeSource, path: Path, *, overwrite: bool) -> None:
    """Write one page a band, BigTIFF above 4 GB; metadata as JSON in the first ImageDescription."""
    height, width, bands = cube.shape
    metadata = {"wavelengths": [float(w) for w in cube.wavelengths], "units": "nm", **cube.metadata}
    if cube.storage.sample == "int16":
        metadata |= {"stored_steps": STEPS, "ignore_value": MISSING}
    with (
        replacing(path, overwrite=overwrite, needed=cube.nbytes) as temporary,
        tifffile.TiffWriter(temporary, bigtiff=cube.nbytes > _CLASSIC_LIMIT) as file,
    ):
        file.write(
            (cube.storage.encode(plane) for plane in cube.planes()),
            shape=(bands, height, width),
            dtype=cube.storage.dtype,
            photometric="minisblack",
            compression=_CODECS[cube.storage.compression],
            rowsperstrip=height,
            description=to_json(metadata),
            software=str(cube.metadata["software"]),
            metadata=None,
        )


def write_flags(interval: Interval, path: Path, *, overwrite: bool) -> None:
    """Write the flags of the pixels as one page, what their bits mean in its ImageDescription."""
    words = {key: np.asarray(value).tolist() for key, value in interval.flag_attributes.items()}
    with replacing(path, overwrite=overwrite, needed=interval.flags.nbytes) as temporary:
        tifffile.imwrite(temporary, interval.flags, photometric="minisblack", description=to_json(words), metadata=None)


def _entries(file: tifffile.TiffFile) -> list[Entry]:
    series = file.series[0]
    # length-1 axes that are neither y nor x say nothing; a single band gets its axis back
    keep = [i for i, (n, axis) in enumerate(zip(series.shape, series.axes, strict=True)) if n > 1 or axis in "YX"]
    shape = tuple(series.shape[i] for i in keep)
    dims = tuple("band" if series.axes[i] not in "YX" else series.axes[i] for i in keep)
    own = from_json(file.pages.first.description)
    if len(keep) == 2 and "wavelengths" in own:
        shape, dims = (*shape, 1), (*dims, "band")
    cube = Entry(
        name="pages",
        shape=shape,
        dtype=np.dtype(series.dtype),
        load=lambda: series.asarray().reshape(shape),
        attrs=_gdal_attributes(file),
        dims=dims,
        spectral=dims.index("band") if "band" in dims else 2,
    )
    entries = [cube]
    if "software" in own and "written" in own:
        entries.append(Entry.held(METADATA_NAME, np.array(file.pages.first.description)))
    found = _wavelengths(file, own)
    if found is not None:
        values, unit = found
        attrs = {} if unit is None else {"units": unit}
        entries.append(Entry.held("wavelengths", values, attrs=attrs, dims=("band",)))
    return entries


def _wavelengths(file: tifffile.TiffFile, described: dict[str, Any]) -> tuple[NDArray[np.float64], str | None] | None:
    """Return the wavelengths and their unit from wherever the file says them."""
    for key in sorted((k for k in described if name_rank(k) is not None), key=lambda k: name_rank(k) or 0):
        value = described[key]
        if isinstance(value, list) and value and all(isinstance(v, (int, float)) for v in value):
            return np.asarray(value, dtype=np.float64), described.get("units")
    for labels in _label_lists(file):
        values = from_labels(labels)
        if values is not None and values.size > 1:
            return values, "nm"
    return None


def _label_lists(file: tifffile.TiffFile) -> Iterator[list[str]]:
    if file.is_ome and file.ome_metadata:
        channels = [e for e in ElementTree.fromstring(file.ome_metadata).iter() if e.tag.endswith("}Channel")]
        yield [str(c.get("Name", "")) for c in channels]
        yield [f"{c.get('EmissionWavelength', '')} {c.get('EmissionWavelengthUnit', 'nm')}" for c in channels]
    if file.is_imagej and file.imagej_metadata:
        labels = file.imagej_metadata.get("Labels")
        yield [str(label) for label in labels] if isinstance(labels, (list, tuple)) else []
    gdal = [(e.get("name", "").lower(), e.text or "", int(e.get("sample", -1))) for e in _gdal_items(file)]
    for word, unit in (("wavelength_um", " um"), ("wavelength_nm", " nm"), ("wavelength", ""), ("description", "")):
        chosen = sorted((sample, text) for name, text, sample in gdal if name.endswith(word) and sample >= 0)
        numbers = [text + (unit or (" nm" if word == "wavelength" and _is_bare(text) else "")) for _, text in chosen]
        yield numbers
    names = [page.tags.valueof(_PAGE_NAME) for page in file.pages if isinstance(page, tifffile.TiffPage)]
    yield [str(name or "") for name in names] if len(names) > 1 else []


def _is_bare(text: str) -> bool:
    return re.fullmatch(r"\s*\d{3,5}(\.\d+)?\s*", text) is not None


def _gdal_items(file: tifffile.TiffFile) -> list[ElementTree.Element]:
    text = file.pages.first.tags.valueof(_GDAL_METADATA)
    try:
        return list(ElementTree.fromstring(str(text)).iter("Item")) if text else []
    except ElementTree.ParseError:
        return []


def _gdal_attributes(file: tifffile.TiffFile) -> dict[str, Any]:
    """Return GDAL's scale (if it is the same for all bands) and no-data value."""
    attrs: dict[str, Any] = {}
    scales = {item.text for item in _gdal_items(file) if item.get("role") == "scale"}
    if len(scales) == 1:
        attrs["scale_factor"] = scales.pop()
    nodata = file.pages.first.tags.valueof(_GDAL_NODATA)
    if nodata:
        attrs["_FillValue"] = str(nodata).strip("\0 ")
    return attrs
