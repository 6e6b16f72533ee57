"""What stands beside a file about its bands: an ENVI header, GDAL's ``.aux.xml``, a product's METADATA.XML.

References
----------
GDAL, "Persistent Auxiliary Metadata". EnMAP ground segment, EN-PCV-ICD-2009 (``specific/bandCharacterisation``).
DESIS, PAV-DES-TN-001. None of them was at hand as real bytes: the names follow the published layouts.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from napari_hydra.io.files.text import read_text
from napari_hydra.io.files.wavelengths import unit_in
from napari_hydra.io.numbers.wavelength_sources import WavelengthList, labelled, listed

_LARGEST_XML = 64 * 2**20
_CENTRE_TAGS = ("wavelengthcenterofband", "wavelengthcentreofband", "wavelengthcenter", "wavelengthcentre")
_WIDTH_TAGS = ("fwhmofband", "wavelengthwidthofband", "fwhm")
_GAIN_TAGS, _OFFSET_TAGS = ("gainofband", "gain"), ("offsetofband", "offset")


def parse_xml(text: str) -> ElementTree.Element | None:
    """Return the root of a text in XML, None if it is none; one that declares entities is not read."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        return None
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError):
        return None


def lists_beside(path: Path) -> list[WavelengthList | None]:
    """Return the lists of wavelengths in the files beside a cube."""
    found: list[WavelengthList | None] = []
    for aux in _existing(path, ".aux.xml"):
        found += [*_of_pam(aux)]
    for metadata in _metadata_files(path):
        root = _root(metadata)
        centres = [] if root is None else _texts(root, _CENTRE_TAGS)
        widths = [] if root is None else _texts(root, _WIDTH_TAGS)
        one = listed(centres, "nm", metadata.name) if centres else None
        if one is not None and len(widths) == len(centres):
            other = listed(widths, "nm", metadata.name)
            one = WavelengthList(one.values, one.unit, one.where, None if other is None else other.values)
        found.append(one)
    return found


def numbers_beside(path: Path, bands: int) -> dict[str, Any]:
    """Return scale, offset and no-data value that the files beside a cube say, as attributes of an array."""
    said: dict[str, Any] = {}
    for aux in _existing(path, ".aux.xml"):
        root = _root(aux)
        rows = [] if root is None else root.findall("PAMRasterBand")
        for name, tag in (("scale_factor", "Scale"), ("add_offset", "Offset"), ("nodata", "NoDataValue")):
            texts = [row.findtext(tag) or "" for row in rows]
            if texts and all(texts) and (len(texts) == bands or len(set(texts)) == 1):
                said[name] = texts if name != "nodata" else sorted(set(texts))[0]
        units = {row.findtext("UnitType") for row in rows} - {None}
        if len(units) == 1:
            said["units"] = str(units.pop())
    for metadata in _metadata_files(path):
        root = _root(metadata)
        if root is None:
            continue
        for name, tags in (("scale_factor", _GAIN_TAGS), ("add_offset", _OFFSET_TAGS)):
            texts = _texts(root, tags)
            if len(texts) == bands:
                said.setdefault(name, texts)
    return said


def _of_pam(aux: Path) -> Iterator[WavelengthList | None]:
    root = _root(aux)
    if root is None:
        return
    rows = root.findall("PAMRasterBand")
    items = [{m.get("key", "").lower(): m.text or "" for m in row.iter("MDI")} for row in rows]
    keys = [k for k in (items[0] if items else {}) if "wavelength" in k and "unit" not in k]
    for key in sorted(keys, key=len):
        unit = unit_in(key) or (items[0].get("wavelength_units") or items[0].get("wavelength_unit"))
        yield listed([row.get(key, "") for row in items], unit, f"'{key}' in {aux.name}")
    yield labelled([row.findtext("Description") or "" for row in rows], f"the band names in {aux.name}")
    # ENVI's whole list as GDAL keeps it for the file
    whole = {m.get("key", "").lower(): m.text or "" for m in root.findall("Metadata/MDI")}
    if "wavelength" in whole:
        parts = whole["wavelength"].strip(" {}").split(",")
        yield listed([p.strip() for p in parts], whole.get("wavelength_units"), aux.name)


def _existing(path: Path, ending: str) -> list[Path]:
    names = (path.with_name(path.name + ending), path.with_name(path.stem + ending))
    return [name for name in dict.fromkeys(names) if name.is_file()]


def _metadata_files(path: Path) -> list[Path]:
    """Return METADATA.XML beside a file, or one whose name begins as the file's does."""
    if path.suffix.lower() not in (".tif", ".tiff", ".bsq", ".bil", ".bip", ".dat", ".img", ".jp2"):
        return []
    try:
        here = sorted(p for p in path.parent.iterdir() if p.name.lower().endswith("metadata.xml"))
    except OSError:
        return []
    stem = path.stem.lower()
    return [p for p in here if stem.startswith(p.name.lower()[: -len("metadata.xml")].rstrip("-_"))]


def _root(path: Path) -> ElementTree.Element | None:
    if path.stat().st_size > _LARGEST_XML:
        return None
    return parse_xml(read_text(path))


def _texts(root: ElementTree.Element, tags: tuple[str, ...]) -> list[str]:
    for tag in tags:
        found = [(e.text or "").strip() for e in root.iter() if e.tag.split("}")[-1].lower() == tag]
        if found:
            return found
    return []
