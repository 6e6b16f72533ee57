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

# Suffixes of data files, the likeliest first; any other suffix is taken too when nothing else is there.
DATA_SUFFIXES = ("", ".img", ".dat", ".raw", ".bsq", ".bil", ".bip", ".bin", ".hyspex", ".sli", ".cube", ".rfl")
_NEVER_DATA = {
    *(".hdr", ".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".xml", ".txt", ".json", ".csv", ".py"),
    *(".enp", ".ovr", ".zarr", ".mat", ".nc", ".npz", ".npy"),
}


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
    lines = iter(read_text(path).lstrip().splitlines())
    if not next(lines, "").startswith("ENVI"):
        raise HydraError(f"{path} is not an ENVI header (its first line is not 'ENVI'); check the file.")
    fields: dict[str, Any] = {}
    for line in lines:
        name, equals, value = line.partition("=")
        if not equals or line.lstrip().startswith(";"):
            continue
        key, value = " ".join(name.lower().split()), value.strip()
        if not value:  # the brace may open on the next line
            value = next(lines, "").strip() if key in {"wavelength", "fwhm", "bbl", "band names"} else ""
        while value.startswith("{") and "}" not in value:
            more = next(lines, None)
            if more is None:
                raise HydraError(f"{path} ends inside the braces of '{key}'; the header is cut off.")
            if not more.lstrip().startswith(";"):
                value += "\n" + more.strip()
        if value.startswith("{"):
            inner = value[1 : value.rindex("}")].strip()
            fields[key] = inner if key == "description" else _split(inner)
        else:
            fields[key] = value
    return fields


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
