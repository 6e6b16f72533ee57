"""The header of a .safetensors file, read without PyTorch: 8 bytes of length, then JSON, then the tensors."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from napari_hydra.errors import HydraError
from napari_hydra.io.files.regular import require_regular
from napari_hydra.validation import InvalidValue, MaxLength, Within, parse, parse_json

_LONGEST = 4_000_000  # bytes; ours have some ten thousand, and the tensors of the largest public models fit
_BITS = {"F64": 64, "I64": 64, "U64": 64, "F32": 32, "I32": 32, "U32": 32, "F16": 16, "BF16": 16, "I16": 16, "U16": 16}
_BITS |= {"I8": 8, "U8": 8, "BOOL": 8}
Count = Annotated[int, Within(0, 2**53)]


@dataclass(frozen=True)
class TensorEntry:
    """What the header says of one tensor; bytes are counted from the end of the header."""

    dtype: Annotated[str, MaxLength(16)]
    shape: Annotated[tuple[Count, ...], MaxLength(16)]
    data_offsets: tuple[Count, Count]


@dataclass(frozen=True)
class WeightsHeader:
    """Header of a file of weights.

    Attributes
    ----------
    metadata : dict of str to str
    tensors : dict of str to TensorEntry
    start : int
        Where the tensors begin, in bytes.
    """

    metadata: dict[str, str]
    tensors: dict[str, TensorEntry]
    start: int = 0


def read_weights_header(path: str | Path) -> tuple[dict[str, str], dict[str, tuple[str, tuple[int, ...]]]]:
    """Return what the header of a .safetensors file says; see `weights_header`.

    Returns
    -------
    metadata : dict of str to str
    tensors : dict
        Type and shape of each tensor, by its name.
    """
    header = weights_header(path)
    return header.metadata, {name: (entry.dtype, entry.shape) for name, entry in header.tensors.items()}


def weights_header(path: str | Path) -> WeightsHeader:
    """Return the header of a .safetensors file, its entries compared with one another and with the file's size.

    Raises
    ------
    HydraError
        If the file cannot be read, has no such header, or is shorter or longer than its header says.
    """
    require_regular(path)
    try:
        with open(path, "rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= min(_LONGEST, size - 8):
                raise InvalidValue("no header")
            found = parse_json(file.read(length))
        metadata = found.pop("__metadata__", None) or {} if isinstance(found, dict) else {}
        header = parse(WeightsHeader, {"metadata": metadata, "tensors": found, "start": 8 + length})
    except OSError as error:
        raise HydraError(f"{path} cannot be read ({error.strerror}); give a .safetensors model.") from error
    except InvalidValue as error:
        raise HydraError(f"{path} cannot be read: it is no safetensors file; give a .safetensors model.") from error
    end = header.start
    for name, entry in sorted(header.tensors.items(), key=lambda pair: pair[1].data_offsets):
        first, last = (header.start + offset for offset in entry.data_offsets)
        bits = _BITS.get(entry.dtype)
        if first != end or (bits is not None and (last - first) * 8 != math.prod(entry.shape) * bits):
            raise HydraError(f"{path} cannot be read: {name} has other bytes than its shape; copy or fetch it anew.")
        end = last
    if end != size:
        raise HydraError(f"{path} cannot be read: it has {size} bytes and should have {end}; copy or fetch it anew.")
    return header
