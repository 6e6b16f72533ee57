"""ENVI: a text header (.hdr) beside raw numbers.

Format: NV5 Geospatial, "ENVI Header Files". Fields of our own: ``quantity``, ``detector`` and ``hydra metadata`` (JSON
pairs), which other software passes over.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.files.atomic import refuse_existing, replacing
from napari_hydra.io.files.map_info import map_info_of
from napari_hydra.io.files.wavelengths import are_band_numbers, widths_to_nanometres
from napari_hydra.io.formats.envi_data import map_values
from napari_hydra.io.formats.envi_header import (
    described_file,
    find_data,
    find_header,
    is_header,
    is_library,
    number_list,
    parse_header,
    scalar,
    wavelength_lists,
)
from napari_hydra.io.numbers.raw_cube import RawCube, from_metadata
from napari_hydra.io.numbers.side_files import lists_beside, numbers_beside
from napari_hydra.io.numbers.stored_numbers import Said, said_by
from napari_hydra.io.numbers.wavelength_sources import choose_list
from napari_hydra.io.writing.cube_source import CubeSource
from napari_hydra.io.writing.storage import MISSING, SAMPLE_TYPES, STEPS, Interval

SAMPLES = SAMPLE_TYPES


def matches(path: Path) -> bool:
    """Whether the path is a header, or a data file with a header beside it."""
    header = find_header(path)
    if header is None:
        return False
    try:
        fields = parse_header(header)
    except HydraError:
        return False
    return not is_library(fields) and described_file(header, fields) is None


def read(
    path: Path, wavelengths: NDArray[np.float64] | None, variable: str | None, *, incomplete: bool = False
) -> RawCube:
    """Map an ENVI cube into memory; give its header or its data file.

    `incomplete` opens the whole lines (of band sequential data: the whole bands) of a file that is cut off.
    """
    header = find_header(path)
    if header is None:
        if path.suffix.lower() == ".hdr" and path.is_file():
            parse_header(path)  # says what is wrong with it
        raise HydraError(f"{path} has no ENVI header beside it; give the .hdr file.")
    fields = parse_header(header)
    if is_library(fields):
        raise HydraError(f"{header} is the header of a spectral library, not of a cube; open it as spectra.")
    values, notices = map_values(header, fields, None if path == header else path, incomplete)
    dtype = values.dtype
    declared, count = int(fields["bands"]), values.shape[2]
    history = [] if dtype == np.float32 else [f"{dtype.name} numbers converted to float32"]

    data = find_data(header) or header
    lists = [*wavelength_lists(fields, header, declared), *lists_beside(data)] if wavelengths is None else []
    chosen = choose_list(lists, declared, str(header))
    nm, file_wavelengths = wavelengths, None
    if chosen is not None:
        nm, file_wavelengths = chosen.nm[:count], chosen.source.values
        history += [chosen.note] if chosen.note else []
        if "'wavelength'" not in chosen.source.where:
            history.append(f"wavelengths from {chosen.source.where}")
        notices += chosen.notices
    fwhm = number_list(fields, "fwhm", declared)
    if fwhm is None and chosen is not None:
        fwhm = chosen.source.fwhm
    if fwhm is not None and nm is not None and nm.size == count:
        given = None if file_wavelengths is None else file_wavelengths[:count]
        fwhm = widths_to_nanometres(fwhm[:count], given, nm)
    history += [
        f"'{key}' ignored: it does not hold {declared} numbers"
        for key in ("fwhm", "bbl")
        if key in fields and number_list(fields, key, declared) is None
    ]
    bbl = number_list(fields, "bbl", declared)

    own = from_metadata(_own_metadata(fields))
    description = str(fields.get("description", ""))
    own["extras"] = {"description": description} if description and not own["ours"] else own["extras"]
    if isinstance(fields.get("map info"), list):
        place = {"fields": tuple(fields["map info"]), "size": values.shape[:2]}
        own["extras"] = {**own["extras"], "map_info": place}
        try:
            map_info_of({"map_info": place})
        except HydraError as error:  # the numbers of the cube do not need it
            history.append(str(error))
    if "quantity" not in _own_metadata(fields):
        own["quantity"] = ""
    if not own["ours"]:
        own["said"] = _said(fields, data, declared)
    own["history"] = (*own["history"], *history)
    own.update(fwhm=fwhm)
    own["bad_bands"] = () if bbl is None else tuple(int(i) for i in np.flatnonzero(bbl[:count] == 0))
    return RawCube(path=path, format="ENVI", values=values, wavelengths=nm, dtype=dtype, notices=tuple(notices), **own)


def _said(fields: dict[str, Any], data: Path, bands: int) -> Said:
    """Return what a header, and GDAL's file beside the data, say of the numbers."""
    beside = numbers_beside(data, bands)
    ignore = scalar(fields, "data ignore value")
    missing = (ignore,) if ignore is not None and not np.isnan(ignore) else ()
    titles = fields.get("z plot titles", "")
    units = str(fields.get("data units", fields.get("z plot units", "")))
    words = " ".join([str(fields.get("description", "")), " ".join(titles) if isinstance(titles, list) else titles])
    common: dict[str, Any] = {"missing": missing, "units": units, "words": f"{words} {units}"}
    scale = scalar(fields, "reflectance scale factor")
    if scale is not None and scale != 1:
        # the key names what it is for, whatever the description speaks of; below one it may be the inverse
        return Said(
            **{**common, "words": f"reflectance {words}"},
            scale=scale,
            multiplies=False if scale > 1 else None,
            key="reflectance scale factor",
        )
    for key in ("data reflectance", "data"):
        gains = fields.get(f"{key} gain values")
        offsets = fields.get(f"{key} offset values")
        if gains is None and offsets is None:
            continue
        for name, found in ((f"{key} gain values", gains), (f"{key} offset values", offsets)):
            if found is not None and number_list(fields, name, bands) is None and scalar(fields, name) is None:
                raise HydraError(f"{data} has a header whose '{name}' are not {bands} numbers; correct them.")
        said = said_by(
            {"gains": gains if gains is not None else 1, "offsets": offsets or 0}, bands, str(data), multiplies=True
        )
        words = f"reflectance {common['words']}" if "reflectance" in key else common["words"]
        return Said(
            **{**common, "words": words},
            scale=said.scale,
            multiplies=True,
            offset=said.offset,
            key=f"{key} gain values",
        )
    found = said_by(beside, bands, str(data), multiplies=None if "scale_factor" not in beside else True)
    return Said(
        **{**common, "missing": (*missing, *found.missing), "units": units or found.units},
        scale=found.scale,
        multiplies=found.multiplies,
        offset=found.offset,
    )


def write(cube: CubeSource, path: Path, *, overwrite: bool) -> None:
    """Write ``name.hdr`` and beside it the data (band interleaved by line), the header last."""
    from spectral.io.envi import write_envi_header

    refuse_existing(path, overwrite)
    # an overwritten header keeps its data file, so that no second one is left to be mistaken for it
    data = (find_data(path) if is_header(path) else None) or path.with_suffix(".img")
    height, width, bands = cube.shape
    with (
        replacing(path, overwrite=overwrite) as temporary_header,
        replacing(data, overwrite=overwrite, needed=cube.nbytes) as temporary,
    ):
        with temporary.open("wb") as file:
            for _, block in cube.rows():
                file.write(cube.storage.encode(block.transpose(0, 2, 1)).data)
        metadata = dict(cube.metadata)
        fields: dict[str, Any] = {
            "description": _ascii(_describe(metadata)),
            "samples": width,
            "lines": height,
            "bands": bands,
            "header offset": 0,
            "data type": 4 if cube.storage.sample == "float32" else 2,
            "interleave": "bil",
            "byte order": 0,
            "wavelength units": "Nanometers",
            "wavelength": [float(w) for w in cube.wavelengths],
        }
        if metadata.pop("fwhm", None) is not None:
            fields["fwhm"] = [float(w) for w in cube.metadata["fwhm"]]
        place = metadata.pop("map_info", None)
        if place and tuple(place["size"]) == (height, width):  # of a part of the scene it would not be true
            fields["map info"] = list(place["fields"])
        bad = set(metadata.pop("bad_bands", ()))
        if bad:
            fields["bbl"] = [0 if i in bad else 1 for i in range(bands)]
        if cube.storage.sample == "int16":
            fields |= {"reflectance scale factor": STEPS, "data ignore value": MISSING}
        elif metadata.get("ignore_value") is not None:
            fields["data ignore value"] = "nan"
        fields["hydra metadata"] = _to_pairs(metadata)
        write_envi_header(str(temporary_header), fields)


def write_flags(interval: Interval, path: Path, *, overwrite: bool) -> None:
    """Write the flags of the pixels as one band of bytes, what their bits mean in the description."""
    from spectral.io.envi import write_envi_header

    height, width = interval.flags.shape
    data = path.with_suffix(".img")
    words = ", ".join(f"{bit} {word}" for bit, word in interval.meanings.items())
    with replacing(path, overwrite=overwrite) as header, replacing(data, overwrite=overwrite) as values:
        values.write_bytes(interval.flags.tobytes())
        size = {"samples": width, "lines": height, "bands": 1, "header offset": 0, "byte order": 0}
        what = {"data type": 1, "interleave": "bsq", "band names": ["flags"], "description": f"bits: {words}"}
        write_envi_header(str(header), {**size, **what})


def wavelength_list(header: Path, fields: dict[str, Any], count: int) -> NDArray[np.float64] | None:
    """Return the wavelengths of a library as stored, None where there are none or they only count the bands."""
    found = fields.get("wavelength")
    if not found:
        return None
    found = [found] if isinstance(found, str) else found
    if len(found) != count:
        raise HydraError(f"{header} lists {len(found)} wavelengths for {count} bands; correct the header.")
    numbers = number_list(fields, "wavelength", count)
    if numbers is None:
        raise HydraError(f"{header} lists wavelengths that are not numbers; correct the header.")
    return None if are_band_numbers(numbers) else numbers


def wavelength_unit(fields: dict[str, Any]) -> str | None:
    """Return the unit as the header names it."""
    unit = fields.get("wavelength units")
    if str(unit).lower() in {"ghz", "mhz"}:
        raise HydraError(f"The wavelengths are given in {unit}, which are not optical; correct the header.")
    return None if unit is None else str(unit)


def _own_metadata(fields: dict[str, Any]) -> dict[str, Any]:
    try:
        return dict(json.loads(fields.get("hydra metadata", "[]")))
    except (ValueError, TypeError):
        return {}


def _to_pairs(metadata: dict[str, Any]) -> str:
    # braces would end or start a list for other readers; JSON may escape them inside strings, and pairs need none
    pairs = [[key, json.dumps(value) if isinstance(value, dict) else value] for key, value in metadata.items()]
    return json.dumps(pairs).replace("{", "\\u007b").replace("}", "\\u007d")


def _describe(metadata: dict[str, Any]) -> str:
    origin = f", from {metadata['origin']}" if metadata.get("origin") else ""
    first = f"{metadata.get('quantity', 'cube')} written by {metadata['software']} at {metadata['written']}{origin}"
    return "\n".join([first, *(str(line) for line in metadata.get("history", ()))])


def _ascii(text: str) -> str:
    plain = text.replace("µ", "u").replace("{", "(").replace("}", ")")
    return plain.encode("ascii", "replace").decode()
