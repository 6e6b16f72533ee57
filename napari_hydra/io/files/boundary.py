"""One boundary: what other libraries stumble over in a file becomes a HydraError; a bug of ours stays a bug.

Whose fault an exception is follows from the frame that raised it. A library's own frame, whatever it raised: the file
does not hold what it should. A frame of ours: only the kinds that functions written in C raise into it (they have no
frames), those of `_OF_FILES`; anything else (AssertionError, TypeError, AttributeError, KeyError, ...) is a bug and
passes unchanged. `HydraError` and `Cancelled` pass too, and so does all that is no `Exception`, as KeyboardInterrupt.
Out of memory, too deep or too large a number is the file's, whoever raised it, for the boundary stands around reading.
"""

import csv
import lzma
import struct
import sysconfig
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from traceback import walk_tb
from types import FrameType

from napari_hydra.errors import Cancelled, HydraError
from napari_hydra.io.files.text import first_line

DAMAGED = "it is damaged or of another format"
_OF_PARSING = (MemoryError, RecursionError, OverflowError)
# SyntaxError: of numpy's header parser, and of expat. RuntimeError: of imagecodecs, HDF5, PyTorch.
_OF_FILES = (
    *(OSError, EOFError, ValueError, SyntaxError, RuntimeError, BufferError),
    *(zlib.error, lzma.LZMAError, struct.error, zipfile.BadZipFile, csv.Error),
)
# They only pass calls on, and so do not say whose fault it was. numpy.lib parses files itself.
_BETWEEN = ("contextlib", "functools", "threading", "concurrent", "asyncio", "dask", "numpy")
_OWN = str(Path(__file__).parents[2])
_OTHERS = tuple({sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")})


@contextmanager
def file_boundary(path: str | Path, what: str = "it", *, place: str = "", remedy: str = DAMAGED) -> Iterator[None]:
    """Turn failures of other libraries within the block into HydraError.

    Parameters
    ----------
    path : str or Path
        The file, named in the message.
    what : str
        What it should be: "a cube", "a model".
    place : str
        Where in the file: "band 3", "its chunk 0.0.1".
    remedy : str
        The end of the sentence.

    Raises
    ------
    HydraError
        "PATH cannot be read as WHAT at PLACE (what the library said); REMEDY."

    Examples
    --------
    >>> import json
    >>> try:
    ...     with file_boundary("settings.json", "settings", remedy="write it anew"):
    ...         json.loads("[1, 2")
    ... except HydraError as error:
    ...     print(str(error).split(" (")[0])
    settings.json cannot be read as settings
    """
    try:
        yield
    except Exception as error:
        if not is_of_file(error):
            raise
        name = str(path) if what == "it" else f"{path} cannot be read as {what}"
        head = f"{name}{' cannot be read' if what == 'it' else ''}{f' at {place}' if place else ''}"
        if isinstance(error, MemoryError):
            said = "there is not enough memory for what it declares"
        elif isinstance(error, RecursionError):
            said = "it is nested too deeply"
        elif isinstance(error, OSError) and error.strerror:
            said = error.strerror
        else:
            said = first_line(error)
        raise HydraError(f"{head} ({said}); {remedy}.") from error


def is_of_file(error: Exception) -> bool:
    """Whether an exception says that a file could not be read, and not that we made a mistake."""
    if isinstance(error, HydraError | Cancelled):
        return False
    if isinstance(error, (*_OF_PARSING, *_OF_FILES)) and not isinstance(error, NotImplementedError):
        return True
    return _is_library(_raiser(error))


def _raiser(error: Exception) -> FrameType | None:
    """Return the innermost frame of those that do more than pass a call on."""
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    return next((frame for frame in reversed(frames) if not _is_between(_module(frame))), None)


def _is_between(module: str) -> bool:
    return module.split(".")[0] in _BETWEEN and not module.startswith("numpy.lib")


def _is_library(frame: FrameType | None) -> bool:
    if frame is None:
        return False
    file = frame.f_code.co_filename
    if file.startswith(_OWN):
        return False
    # Frames of Cython have a path within their library's source, "h5py/_objects.pyx".
    return file.startswith(_OTHERS) or file.endswith((".pyx", ".pxd", ".pxi"))


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))
