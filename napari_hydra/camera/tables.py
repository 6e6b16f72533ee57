"""Published tables (illuminants, colour matching functions, camera sensitivities, ColorChecker) and a user's own.

``resources/colour_tables.npz`` holds the tables of colour-science at their own sampling, because importing
colour-science takes five seconds and 200 MB, and every reconstruction needs one of them. `write_colour_tables`
makes the file anew.
"""

import os
import re
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_hydra.errors import HydraError

_FILE = Path(__file__).parents[1] / "resources" / "colour_tables.npz"
_OBSERVER = "CIE 1931 2 Degree Standard Observer"
# The maker's own spelling of the model, which the table's name runs together.
_CAMERA_NAMES = {"Sigma SDMerill (NPL)": "sigma-sd-merill"}
_COLUMNS = {"r": 1, "red": 1, "g": 2, "green": 2, "b": 3, "blue": 3}
TABLE_SUFFIXES = (".csv", ".txt", ".tsv", ".dat")  # of files of sensitivities


@lru_cache(maxsize=1)
def colour_tables() -> dict[str, NDArray[np.float64]]:
    """Return every table, named ``group/name``; each has the wavelength in nm in its first column.

    Groups: ``illuminant`` (N, 2) relative power; ``observer`` (N, 4) x, y, z; ``camera`` (N, 4) R, G, B;
    ``colorchecker`` (N, 2) reflectance of one patch, in the chart's order.
    """
    with np.load(_FILE, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def table_names(group: str) -> tuple[str, ...]:
    """Return the names of the tables of one group, in the order of colour-science."""
    return tuple(name.split("/", 1)[1] for name in colour_tables() if name.startswith(f"{group}/"))


def sample(table: NDArray[np.float64], wavelengths: NDArray[np.float64]) -> NDArray[np.float64]:
    """Interpolate a table linearly at `wavelengths` (B,): (B, columns); 0 outside the table."""
    columns = [np.interp(wavelengths, table[:, 0], column, left=0, right=0) for column in table[:, 1:].T]
    return np.stack(columns, axis=-1)


def read_sensitivities(path: str | os.PathLike[str]) -> NDArray[np.float64]:
    """Read a camera's sensitivities from a text table.

    Parameters
    ----------
    path : path
        Lines of wavelength (nm), R, G, B, separated by commas, semicolons, tabs or spaces; ``#`` starts a
        comment. A first line of names is recognised, and then the columns may stand in any order.

    Returns
    -------
    (N, 4) array of float64
        Wavelength in nm, increasing, and R, G, B.

    Raises
    ------
    HydraError
        Naming the file, the line and what is wrong with it.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     np.savetxt(f"{folder}/camera.csv", [[400, 0, 0, 1], [550, 0, 1, 0], [700, 1, 0, 0]])
    ...     read_sensitivities(f"{folder}/camera.csv")[0].tolist()
    [400.0, 0.0, 0.0, 1.0]
    """
    name = os.fspath(path)
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not a text file"
        raise HydraError(f"The sensitivities {name} cannot be read: {reason}.") from error
    order = [0, 1, 2, 3]
    rows: list[list[float]] = []
    for number, line in enumerate(text.splitlines(), start=1):
        cells = [cell.strip(" \"'") for cell in re.split(r"[,;\t]|\s+", line.split("#")[0].strip())]
        cells = [cell for cell in cells if cell]
        if not cells:
            continue
        try:
            values = [float(cell) for cell in cells]
        except ValueError:
            if rows or order != [0, 1, 2, 3]:
                raise HydraError(f"{name}, line {number}: {line.strip()!r} is not four numbers.") from None
            order = _column_order(cells)
            continue
        if len(values) != 4:
            raise HydraError(
                f"{name}, line {number}: {len(values)} numbers; a sensitivity table has wavelength, R, G, B."
            )
        rows.append([values[i] for i in order])
    table = np.array(rows, dtype=np.float64).reshape(-1, 4)
    _require_sensitivities(table, name)
    return table[np.argsort(table[:, 0])]


def _column_order(header: list[str]) -> list[int]:
    """Return where wavelength, R, G, B stand; the usual order where the names do not tell."""
    positions = {_COLUMNS[cell.lower()]: place for place, cell in enumerate(header) if cell.lower() in _COLUMNS}
    rest = [place for place in range(4) if place not in positions.values()]
    if len(header) == 4 and len(positions) == 3 and len(rest) == 1:
        return [rest[0], positions[1], positions[2], positions[3]]
    return [0, 1, 2, 3]


def _require_sensitivities(table: NDArray[np.float64], name: str) -> None:
    if len(table) < 3:
        raise HydraError(f"{name} holds {len(table)} wavelengths; a sensitivity table needs at least 3.")
    if not np.isfinite(table).all():
        raise HydraError(f"{name} holds values that are not finite; correct the table.")
    if table[:, 0].max() < 100:
        raise HydraError(
            f"{name} ends at {table[:, 0].max():g}; wavelengths are expected in nanometres, not micrometres."
        )
    if len(np.unique(table[:, 0])) != len(table):
        raise HydraError(f"{name} names a wavelength twice; keep one line for each.")
    if (table[:, 1:] < 0).any():
        raise HydraError(f"{name} holds negative sensitivities; set them to 0.")
    if (table[:, 1:].max(axis=0) <= 0).any():
        raise HydraError(f"{name} has a channel without any sensitivity; correct the table.")


def _typeable(name: str) -> str:
    """Return a name without spaces and brackets, so that it needs no quotes in a shell."""
    return re.sub(r"[^A-Za-z0-9.]+", "-", re.sub(r"\(.*?\)", "", name)).strip("-")


def write_colour_tables(path: str | os.PathLike[str] = _FILE) -> None:
    """Write the tables of the installed colour-science to an .npz file, by default the one of this package."""
    with np.printoptions():  # colour-science sets how numpy prints for the whole process
        import colour

    def rows(sd: object) -> NDArray[np.float64]:
        return np.column_stack([sd.wavelengths, sd.values])  # type: ignore[attr-defined]

    tables = {f"illuminant/{_typeable(name)}": rows(sd) for name, sd in colour.SDS_ILLUMINANTS.items()}
    tables["observer/cie-1931-2-degree"] = rows(colour.MSDS_CMFS[_OBSERVER])
    for name, sensitivities in colour.MSDS_CAMERA_SENSITIVITIES.items():
        tables[f"camera/{_CAMERA_NAMES.get(name, _typeable(name).lower())}"] = rows(sensitivities)
    for name, sd in colour.SDS_COLOURCHECKERS["ColorChecker N Ohta"].items():
        tables[f"colorchecker/{name}"] = rows(sd)
    np.savez_compressed(path, **tables)  # type: ignore[arg-type]
