"""ENVI headers as they are found in the field.

`spectral` reads well-formed ones; this parser also takes headers that are not UTF-8 (``µm``, ``°`` in Latin-1),
start with a byte order mark, mix upper and lower case or stretch a list over lines in any way. What follows from
the fields is still `spectral`'s (`gen_params`, `check_compatibility`).
"""

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError
from napari_hydra.io.files.text import read_text
from napari_hydra.io.files.wavelengths import are_band_numbers, correctable, name_rank, not_numbers, unit_in
from napari_hydra.io.numbers.wavelength_sources import WavelengthList, labelled, listed

# Suffixes of data files, the likeliest first; any other suffix is taken too when nothing else is there.
DATA_SUFFIXES = ("", ".img", ".dat", ".raw", ".bsq", ".bil", ".bip", ".bin", ".hyspex", ".sli", ".cube", ".rfl")
_NEVER_DATA = {
    *(".hdr", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".xml", ".txt", ".json", ".csv", ".py"),
    *(".enp", ".ovr", ".zarr", ".mat", ".nc", ".npz", ".npy"),
}


# Numbers that some programs write as 6.0.
_WHOLE = {"samples", "lines", "bands", "header offset", "data type", "byte order", "file compression"}
_NO_CENTRES = {"bands", "default bands"}


def is_header(path: Path) -> bool:
    """Whether the file starts as an ENVI header does."""
    if not path.is_file():
        return False  # a pipe would be waited for
    try:
        with path.open("rb") as file:
            return file.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"ENVI")
    except OSError:
        return False


def parse_header(path: Path) -> dict[str, Any]:
    """Read the fields of a header: names in lower case, ``{a, b}`` as lists of strings.

    Raises
    ------
    HydraError
        If it is not an ENVI header, or a brace is never closed.
    """
    lines = read_text(path).lstrip().splitlines()[::-1]
    if not lines or not lines.pop().startswith("ENVI"):
        raise HydraError(f"{path} is not an ENVI header (its first line is not 'ENVI'); check the file.")
    fields: dict[str, Any] = {}
    while lines:
        line = lines.pop()
        name, equals, value = line.partition("=")
        if not equals or line.lstrip().startswith(";"):
            continue
        key, value = " ".join(name.lower().split()), value.strip()
        if not value and lines and lines[-1].lstrip().startswith("{"):  # the brace may open on the next line
            value = lines.pop().strip()
        while value.startswith("{") and "}" not in value:
            if not lines:
                raise HydraError(f"{path} ends inside the braces of '{key}'; the header is cut off.")
            more = lines.pop()
            if not more.lstrip().startswith(";"):
                value += "\n" + more.strip()
        if value.startswith("{"):
            inner = value[1 : value.rindex("}")].strip()
            fields[key] = inner if key == "description" else _split(inner)
        else:
            fields[key] = _whole(value) if key in _WHOLE else value
    return fields


def wavelength_lists(fields: dict[str, Any], header: Path, count: int) -> list[WavelengthList | None]:
    """Return the lists of wavelengths of a header: its keys in any spelling, then its band names.

    Raises
    ------
    HydraError
        If ``wavelength`` is of another length, or holds other words.
    """
    unit = next((str(v) for k, v in fields.items() if k.startswith("wavelength") and "unit" in k), None)
    if str(unit).lower() in {"ghz", "mhz"}:
        raise correctable(f"{header} gives its wavelengths in {unit}, which are not optical", count)
    found: list[WavelengthList | None] = []
    keys = sorted((rank, key) for key in fields if (rank := name_rank(key)) is not None and key not in _NO_CENTRES)
    for _, key in keys:
        value = fields[key]
        several = isinstance(value, list) and len(value) != 1  # some part them by blanks alone
        parts = value if several else " ".join([value] if isinstance(value, str) else value).strip("{}").split()
        if len(parts) != count:
            if key == "wavelength" and parts:
                raise correctable(f"{header} lists {len(parts)} wavelengths for {count} bands", count)
            continue
        try:
            numbers = np.array([float(part) for part in parts])
        except ValueError:
            one = labelled(parts, f"'{key}' of {header.name}")  # "450 nm", each with its unit
            if one is None and key == "wavelength":
                raise not_numbers(str(header), count) from None
            found.append(one)
            continue
        one = listed(numbers, unit or unit_in(key), f"'{key}' of {header.name}")
        if one is None and not are_band_numbers(numbers):  # what makes no sense is for `choose_list` to say
            one = WavelengthList(numbers, unit, f"'{key}' of {header.name}")
        found.append(one)
    names = fields.get("band names")
    if isinstance(names, list) and len(names) == count:
        found.append(labelled(names, f"the band names of {header.name}"))
    return found


def described_file(header: Path, fields: dict[str, Any]) -> Path | None:
    """Return the file of another format that a header describes, such as a TIFF; None where the data are plain."""
    kind = str(fields.get("file type", "")).lower()
    if "tif" not in kind and "data type" in fields:
        return None
    stem = header.stem.lower()
    beside = [p for p in _siblings(header) if p.suffix.lower() in (".tif", ".tiff")]
    return next((p for p in beside if stem in (p.name.lower(), p.stem.lower())), None)


def is_library(fields: dict[str, Any]) -> bool:
    """Whether a header says that it belongs to a spectral library."""
    return "library" in str(fields.get("file type", "")).lower()


def _whole(value: str) -> str:
    """Return a whole number without the decimals that some programs write: 6 for "6.0"."""
    try:
        number = float(value)
    except ValueError:
        return value
    return str(int(number)) if number.is_integer() else value


def number_list(fields: dict[str, Any], key: str, count: int) -> NDArray[np.float64] | None:
    """Return a list of `count` numbers, or None where it is absent, of another length or not numeric."""
    found = fields.get(key)
    try:
        numbers = np.array([float(v) for v in ([found] if isinstance(found, str) else found or [])])
    except ValueError:
        return None
    return numbers if numbers.size == count else None


def scalar(fields: dict[str, Any], key: str) -> float | None:
    """Return a number, also when it stands in braces; None where it is absent or not one."""
    found = fields.get(key)
    if isinstance(found, list):
        found = found[0] if len(found) == 1 else None
    try:
        return None if found is None else float(found)
    except ValueError:
        return None


def find_header(path: Path) -> Path | None:
    """Return the header that belongs to a file: itself, ``scene.hdr`` or ``scene.dat.hdr``; None if there is none."""
    if path.suffix.lower() == ".hdr":
        return path if path.is_file() and is_header(path) else None
    wanted = {f"{path.name}.hdr".lower(), f"{path.stem}.hdr".lower()}
    if not path.is_file() or path.suffix.lower() in _NEVER_DATA:
        return None
    found = [p for p in _siblings(path) if p.name.lower() in wanted and is_header(p)]
    return max(found, key=lambda p: len(p.name), default=None)


def find_data(header: Path, size: int | None = None) -> Path | None:
    """Return the data file of a header: the same name with any suffix or none.

    Where there are several the one of the size expected wins, then the likeliest suffix.
    """
    stem = header.stem.lower()
    found = [
        p
        for p in _siblings(header)
        if p.is_file()
        and not p.name.startswith(".")
        and (p.name.lower() == stem or (p.stem.lower() == stem and p.suffix.lower() not in _NEVER_DATA))
    ]

    def rank(path: Path) -> tuple[bool, bool, int]:
        suffix = "" if path.name.lower() == stem else path.suffix.lower()
        place = DATA_SUFFIXES.index(suffix) if suffix in DATA_SUFFIXES else len(DATA_SUFFIXES)
        return size is not None and path.stat().st_size != size, path.stem != header.stem, place

    return min(found, key=rank, default=None)


def _siblings(path: Path) -> list[Path]:
    try:
        return sorted(path.parent.iterdir())
    except OSError:
        return []


def _split(inner: str) -> list[str]:
    parts = [part.strip() for part in inner.replace("\n", " ").split(",")]
    return parts if parts[-1] else parts[:-1]


def lists_in_header_of(path: Path) -> list[WavelengthList | None]:
    """Return the lists of wavelengths in an ENVI header that lies beside a file of another format."""
    for name in (path.with_name(f"{path.name}.hdr"), path.with_suffix(".hdr")):
        if path.suffix.lower() != ".hdr" and name.is_file() and is_header(name):
            try:
                fields = parse_header(name)
                count = int(fields.get("bands", 0))
                return wavelength_lists(fields, name, count) if count > 0 else []
            except (HydraError, ValueError):
                return []
    return []
