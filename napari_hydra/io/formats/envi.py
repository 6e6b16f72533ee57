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
from napari_hydra.io.files.atomic import replacing, require_target
from napari_hydra.io.files.cube_source import CubeSource
from napari_hydra.io.files.map_info import map_info_of
from napari_hydra.io.files.outside import refuse_link_away
from napari_hydra.io.files.raw_cube import RawCube, from_metadata, guess_quantity
from napari_hydra.io.files.raw_numbers import RawNumbers
from napari_hydra.io.files.wavelengths import are_band_numbers, to_nanometres, widths_to_nanometres
from napari_hydra.io.formats.envi_header import (
    find_data,
    find_header,
    is_header,
    number_list,
    parse_header,
    scalar,
)

_ORDERS = {"bsq": (1, 2, 0), "bil": (0, 2, 1), "bip": (0, 1, 2)}  # how to reach (line, sample, band)


def matches(path: Path) -> bool:
    """Whether the path is a header, or a data file with a header beside it."""
    header = find_header(path)
    if header is None:
        return False
    try:
        return parse_header(header).get("file type", "").lower() != "envi spectral library"
    except HydraError:
        return False


def read(path: Path, wavelengths: NDArray[np.float64] | None, variable: str | None) -> RawCube:
    """Open an ENVI cube; give its header or its data file."""
    header = find_header(path)
    if header is None:
        if path.suffix.lower() == ".hdr" and path.is_file():
            parse_header(path)  # says what is wrong with it
        raise HydraError(f"{path} has no ENVI header beside it; give the .hdr file.")
    fields = parse_header(header)
    values = open_values(header, fields, None if path == header else path)
    dtype = values.dtype
    count = values.shape[2]
    history = [] if dtype == np.float32 else [f"{dtype.name} numbers converted to float32"]

    nm, file_wavelengths = wavelengths, None
    if nm is None:
        file_wavelengths = wavelength_list(header, fields, count)
    if file_wavelengths is not None:
        nm, note = to_nanometres(file_wavelengths, wavelength_unit(fields), str(header))
        history += [note] if note else []
    fwhm = number_list(fields, "fwhm", count)
    if fwhm is not None and nm is not None and nm.size == count:
        fwhm = widths_to_nanometres(fwhm, file_wavelengths, nm)
    history += [
        f"'{key}' ignored: it does not hold {count} numbers"
        for key in ("fwhm", "bbl")
        if key in fields and number_list(fields, key, count) is None
    ]
    bbl = number_list(fields, "bbl", count)
    scale = scalar(fields, "reflectance scale factor") or 1.0
    if scale != 1:
        history.append(f"divided by the reflectance scale factor {scale:g}")
    ignore = scalar(fields, "data ignore value")
    if ignore is not None and not np.isnan(ignore):
        history.append(f"data ignore value {ignore:g} replaced by NaN")
    if "data gain values" in fields:
        history.append("'data gain values' of the header not applied")

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
        own["quantity"] = "reflectance" if scale != 1 else guess_quantity(description, dtype, False)
    own["history"] = (*own["history"], *history)
    own.update(fwhm=fwhm, ignore_value=own.get("ignore_value", ignore))
    own["bad_bands"] = () if bbl is None else tuple(int(i) for i in np.flatnonzero(bbl == 0))
    return RawCube(path=path, format="ENVI", values=values, wavelengths=nm, dtype=dtype, scale=scale, **own)


def write(cube: CubeSource, path: Path, *, overwrite: bool) -> None:
    """Write ``name.hdr`` and beside it the data (float32, band interleaved by line), the header last."""
    from spectral.io.envi import write_envi_header

    require_target(path, overwrite)
    # an overwritten header keeps its data file, so that no second one is left to be mistaken for it
    data = (find_data(path) if is_header(path) else None) or path.with_suffix(".img")
    height, width, bands = cube.shape
    with (
        replacing(path, overwrite=overwrite) as temporary_header,
        replacing(data, overwrite=overwrite, needed=cube.nbytes) as temporary,
    ):
        with temporary.open("wb") as file:
            for _, block in cube.rows():
                file.write(np.ascontiguousarray(block.transpose(0, 2, 1), dtype="<f4").data)
        metadata = dict(cube.metadata)
        fields: dict[str, Any] = {
            "description": _ascii(_describe(metadata)),
            "samples": width,
            "lines": height,
            "bands": bands,
            "header offset": 0,
            "data type": 4,
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
        if metadata.get("ignore_value") is not None:
            fields["data ignore value"] = "nan"
        fields["hydra metadata"] = _to_pairs(metadata)
        write_envi_header(str(temporary_header), fields)


def open_values(header: Path, fields: dict[str, Any], given: Path | None) -> Any:
    """Return the data as (lines, samples, bands), read where one looks."""
    from spectral.io.envi import EnviException, check_compatibility, gen_params

    fields.setdefault("byte order", "0")
    try:
        check_compatibility(fields)
        params = gen_params(fields)
        shape = (params.nrows, params.ncols, params.nbands)
        order = _ORDERS[fields["interleave"].lower()]
    except (EnviException, KeyError, ValueError, AttributeError) as error:
        what = str(error).strip("'\"") or "a field"
        raise HydraError(
            f"{header} cannot be used ({what}); check samples, lines, bands, data type, interleave and byte order."
        ) from error
    if min(shape) < 1 or params.offset < 0:
        raise HydraError(f"{header} declares {shape} lines, samples and bands; correct the header.")
    dtype = np.dtype(params.dtype)
    if dtype.kind == "c":
        raise HydraError(f"{header} holds complex numbers; save their real part or magnitude.")
    if scalar(fields, "file compression"):
        raise HydraError(f"{header} says that its data are compressed; decompress them (gunzip) first.")
    size = params.offset + int(np.prod(shape, dtype=np.int64)) * dtype.itemsize
    data = given or find_data(header, size)
    if data is None:
        raise HydraError(f"{header} has no data file beside it ({header.stem} with any suffix); put it there.")
    if given is None:
        refuse_link_away(data, header)
    actual = data.stat().st_size
    if actual != size:
        raise HydraError(
            f"{data} holds {actual} bytes but {header.name} declares {size} ({shape[0]} lines x {shape[1]} samples x "
            f"{shape[2]} bands, {dtype.name}, offset {params.offset}); "
            + ("the file is cut off or the header is wrong." if actual < size else "correct the header.")
        )
    file_axes = np.argsort(order)
    return RawNumbers(data, dtype, params.offset, tuple(shape[i] for i in file_axes), order)


def wavelength_list(header: Path, fields: dict[str, Any], count: int) -> NDArray[np.float64] | None:
    """Return the wavelengths as stored, None where there are none or they only count the bands."""
    found = fields.get("wavelength")
    if not found:
        return None
    found = [found] if isinstance(found, str) else found
    if len(found) != count:
        raise HydraError(
            f"{header} lists {len(found)} wavelengths for {count} bands; correct it or give wavelengths= "
            "(--wavelengths)."
        )
    numbers = number_list(fields, "wavelength", count)
    if numbers is None:
        raise HydraError(
            f"{header} lists wavelengths that are not numbers; correct it or give wavelengths= (--wavelengths)."
        )
    if are_band_numbers(numbers):
        return None
    return numbers


def wavelength_unit(fields: dict[str, Any]) -> str | None:
    """Return the unit as the header names it."""
    unit = fields.get("wavelength units")
    if str(unit).lower() in {"ghz", "mhz"}:
        raise HydraError(f"Wavelengths in {unit} are not optical; give wavelengths= (--wavelengths) in nm.")
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
