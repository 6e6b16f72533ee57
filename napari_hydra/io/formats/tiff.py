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

from napari_hydra.errors import HydraError
from napari_hydra.io.files.atomic import replacing
from napari_hydra.io.files.boundary import file_boundary
from napari_hydra.io.files.tiff_chain import open_tiff
from napari_hydra.io.files.wavelengths import name_rank, unit_in
from napari_hydra.io.formats.array_entries import METADATA_NAME, Entry
from napari_hydra.io.formats.arrays import choose, says_wavelengths
from napari_hydra.io.numbers.raw_cube import RawCube
from napari_hydra.io.numbers.side_files import parse_xml
from napari_hydra.io.numbers.wavelength_sources import WavelengthList, labelled, listed
from napari_hydra.io.writing.cube_source import CubeSource, from_json, to_json
from napari_hydra.io.writing.storage import COMPRESSION_NAMES, SAMPLE_TYPES, Interval

SAMPLES, COMPRESSIONS = SAMPLE_TYPES, COMPRESSION_NAMES
_CODECS = {None: None, "none": None, "zstd": "zstd", "deflate": "zlib"}
_CLASSIC_LIMIT = 2**32 - 2**25
_GDAL_METADATA, _GDAL_NODATA, _PAGE_NAME = 42112, 42113, 285


def matches(path: Path) -> bool:
    """Whether the file says wavelengths for its bands; other stacks and pictures do not count."""
    with open_tiff(path) as file:
        return says_wavelengths(path, _entries(file), list(_lists(file)))


def read(path: Path, wavelengths: NDArray[np.float64] | None, variable: str | None) -> RawCube:
    """Read a cube from the first series of a TIFF file."""
    with open_tiff(path) as file:
        return choose(path, "TIFF", _entries(file), wavelengths, None, further=list(_lists(file)), multiplies=True)


def write(cube: CubeSource, path: Path, *, overwrite: bool) -> None:
    """Write one page a band, BigTIFF above 4 GB; metadata as JSON in the first ImageDescription."""
    height, width, bands = cube.shape
    metadata = {"wavelengths": [float(w) for w in cube.wavelengths], "units": "nm", **cube.metadata}
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
    return entries


def is_stack(path: Path) -> bool:
    """Whether a TIFF file holds more planes than a colour picture has."""
    try:
        with file_boundary(path), open_tiff(path) as file:
            entry = _entries(file)[0]
            return len(entry.shape) == 3 and min(entry.shape) > 4
    except HydraError:
        return False


def _lists(file: tifffile.TiffFile) -> Iterator[WavelengthList | None]:
    """Yield what the file says of wavelengths: as JSON, in GDAL's items, OME channels, ImageJ's and pages' labels."""
    described = from_json(file.pages.first.description)
    for key in sorted((k for k in described if name_rank(k) is not None), key=lambda k: name_rank(k) or 0):
        yield listed(described[key], described.get("units"), f"'{key}' of its description")
    items = [(e.get("name", "").lower(), e.text or "", int(e.get("sample", -1))) for e in _gdal_items(file)]
    units = {text for name, text, _ in items if name.startswith("wavelength_unit")}
    unit = units.pop() if len(units) == 1 else None
    names = dict.fromkeys(
        name for name, _, sample in items if "wavelength" in name and "unit" not in name and sample >= 0
    )
    for name in names:
        values = [text for _, text in sorted((s, t) for n, t, s in items if n == name and s >= 0)]
        yield listed(values, unit_in(name) or unit, f"its tag '{name}'") or labelled(values, f"its tag '{name}'")
    texts = [text for _, text in sorted((s, t) for n, t, s in items if n == "description" and s >= 0)]
    yield labelled(texts, "the descriptions of its bands")
    whole = next((text for name, text, sample in items if name == "wavelength" and sample < 0), "")
    yield listed([part.strip() for part in whole.strip(" {}").split(",")], unit, "its tag 'wavelength'")
    if file.is_ome and file.ome_metadata:
        root = parse_xml(file.ome_metadata)
        channels = [] if root is None else [e for e in root.iter() if e.tag.endswith("}Channel")]
        yield labelled([str(c.get("Name", "")) for c in channels], "the names of the channels")
        emission = [f"{c.get('EmissionWavelength', '')} {c.get('EmissionWavelengthUnit', 'nm')}" for c in channels]
        yield labelled(emission, "the emission wavelengths of the channels")
    if file.is_imagej and file.imagej_metadata:
        labels = file.imagej_metadata.get("Labels")
        yield labelled([str(label) for label in labels] if isinstance(labels, (list, tuple)) else [], "its labels")
    pages = [page for page in file.pages if isinstance(page, tifffile.TiffPage)]
    if len(pages) > 1:
        yield labelled([str(page.tags.valueof(_PAGE_NAME) or "") for page in pages], "the names of its pages")
        yield labelled([page.description for page in pages], "the descriptions of its pages")
    yield from _in_text(file.pages.first.description)


def _in_text(text: str) -> Iterator[WavelengthList | None]:
    """Yield the lists of a description in words, as ENVI writes them: ``wavelength = {400, 410}``."""
    for found in re.finditer(r"(\w*(?:wavelength|wavenumber)\w*)\s*[=:]\s*[{\[(]([^}\])]*)[}\])]", text, re.IGNORECASE):
        unit = re.search(r"wavelength[ _]units?\s*[=:]\s*(\S+)", text, re.IGNORECASE)
        values = [part for part in re.split(r"[,;\s]+", found[2]) if part]
        yield listed(values, unit[1] if unit else unit_in(found[1]), f"'{found[1]}' of its description")


def _gdal_items(file: tifffile.TiffFile) -> list[ElementTree.Element]:
    text = file.pages.first.tags.valueof(_GDAL_METADATA)
    root = parse_xml(str(text)) if text else None
    return [] if root is None else list(root.iter("Item"))


def _gdal_attributes(file: tifffile.TiffFile) -> dict[str, Any]:
    """Return GDAL's scales and offsets, its unit and its no-data value, as attributes of an array."""
    attrs: dict[str, Any] = {}
    for role, name in (("scale", "scale_factor"), ("offset", "add_offset"), ("unittype", "units")):
        rows = sorted((int(e.get("sample", 0)), e.text or "") for e in _gdal_items(file) if e.get("role") == role)
        texts = [text for _, text in rows]
        if texts and name == "units":
            attrs[name] = texts[0]
        elif texts:
            attrs[name] = texts if len(set(texts)) > 1 else texts[0]
    nodata = file.pages.first.tags.valueof(_GDAL_NODATA)
    if nodata:
        attrs["_FillValue"] = str(nodata).strip("\0 ")
    return attrs
