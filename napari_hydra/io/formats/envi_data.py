"""The numbers beside an ENVI header, read by position, and what their size says."""

from pathlib import Path
from typing import Any

import numpy as np

from napari_hydra.errors import HydraError, HydraQuestion
from napari_hydra.io.files.outside import refuse_link_away
from napari_hydra.io.formats.envi_header import find_data, scalar
from napari_hydra.io.numbers.raw_numbers import RawNumbers

_ORDERS = {"bsq": (1, 2, 0), "bil": (0, 2, 1), "bip": (0, 1, 2)}  # how to reach (line, sample, band)


def open_values(header: Path, fields: dict[str, Any], given: Path | None) -> Any:
    """Return the data as (lines, samples, bands), read where one looks."""
    return map_values(header, fields, given)[0]


def map_values(
    header: Path, fields: dict[str, Any], given: Path | None, incomplete: bool = False
) -> tuple[Any, tuple[str, ...]]:
    """Return the data as (lines, samples, bands), read where one looks, and what to tell of their size.

    Raises
    ------
    HydraError
        If the header cannot be true, or the data are missing.
    HydraQuestion
        If the data are cut off, and whole lines could be opened.
    """
    from spectral.io.envi import EnviException, check_compatibility, gen_params

    fields.setdefault("byte order", "0")
    try:
        check_compatibility(fields)
        params = gen_params(fields)
        shape = (params.nrows, params.ncols, params.nbands)
        interleave = fields["interleave"].lower()
        order = _ORDERS[interleave]
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
    notices: tuple[str, ...] = ()
    if actual != size:
        declared = f"{shape[0]} lines x {shape[1]} samples x {shape[2]} bands, {dtype.name}, offset {params.offset}"
        problem = f"{data} holds {actual} bytes but {header.name} declares {size} ({declared})"
        if actual > size:
            notices = (f"{actual - size} bytes after the data were left out: {header.name} declares {size}",)
        else:
            shape = _whole_part(shape, interleave, actual - params.offset, dtype.itemsize, problem, incomplete)
            what = f"{shape[2]} whole bands" if interleave == "bsq" else f"{shape[0]} whole lines"
            notices = (f"the data are cut off: opened the {what} that are there",)
    file_axes = np.argsort(order)
    return RawNumbers(data, dtype, params.offset, tuple(shape[i] for i in file_axes), order), notices


def _whole_part(
    shape: tuple[int, int, int], interleave: str, there: int, itemsize: int, problem: str, incomplete: bool
) -> tuple[int, int, int]:
    """Return the shape of what a file that is cut off holds whole, if that is wanted."""
    lines, samples, bands = shape
    if interleave == "bsq":
        whole = max(0, there) // (lines * samples * itemsize)
        part, what = (lines, samples, whole), f"{whole} of {bands} bands"
    else:
        whole = max(0, there) // (samples * bands * itemsize)
        part, what = (whole, samples, bands), f"{whole} of {lines} lines"
    if whole == 0:
        raise HydraError(f"{problem}; the file is cut off or the header is wrong.")
    if not incomplete:
        problem = f"{problem}; the file is cut off or the header is wrong: {what} are whole"
        raise HydraQuestion(
            f"{problem}, incomplete=True opens them.",
            command_line=f"{problem}, --incomplete opens them.",
            window=f"{problem}, the dock Reconstruct opens them if asked to.",
            asks="incomplete",
            choices=((f"open the {what} that are whole", True),),
        )
    return part
