"""The header of a .safetensors file, read without PyTorch: 8 bytes of length, then JSON, then the tensors."""

import json
from pathlib import Path

from napari_hydra.errors import HydraError

_LONGEST = 100_000_000  # bytes; the format allows no longer header


def read_weights_header(path: str | Path) -> tuple[dict[str, str], dict[str, tuple[str, tuple[int, ...]]]]:
    """Return what the header of a .safetensors file says.

    Returns
    -------
    metadata : dict of str to str
    tensors : dict
        Type and shape of each tensor, by its name.

    Raises
    ------
    HydraError
        If the file cannot be read, has no such header, or is shorter or longer than its header says.
    """
    try:
        with open(path, "rb") as file:
            size = file.seek(0, 2)
            file.seek(0)
            length = int.from_bytes(file.read(8), "little")
            if not 2 <= length <= min(_LONGEST, size - 8):
                raise ValueError("no header")
            entries = json.loads(file.read(length))
        metadata = dict(entries.pop("__metadata__", None) or {})
        tensors = {name: (str(entry["dtype"]), tuple(map(int, entry["shape"]))) for name, entry in entries.items()}
        end = 8 + length + max((entry["data_offsets"][1] for entry in entries.values()), default=0)
    except OSError as error:
        raise HydraError(f"{path} cannot be read ({error.strerror}); give a .safetensors model.") from error
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError) as error:
        raise HydraError(f"{path} cannot be read: it is no safetensors file; give a .safetensors model.") from error
    if end != size:
        raise HydraError(f"{path} cannot be read: it has {size} bytes and should have {end}; copy or fetch it anew.")
    return metadata, tensors
