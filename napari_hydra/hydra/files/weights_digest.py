"""Whether weights are the ones that something was made with: by their tensors, whatever their card says."""

import hashlib
import json
from pathlib import Path

from napari_hydra.errors import HydraError
from napari_hydra.io.files.weights_header import weights_header

_BLOCK = 1 << 22
# Of the weights shipped with 0.1.0: the SHA-256 of the whole file, which it noted, and the digest of the tensors.
_SHIPPED_WITH_0_1_0 = {
    "visible-accurate": (
        "65292823e7719b7ac898375fb57dc3ef9d20bdcea4226e2c1e3308d6950ed007",
        "82cad749c43bf6afc4b007dffc4a732ead7338574dbeab302faf70c7a99c741f",
    ),
    "visible": (
        "611adbb5bd71e16ae177f90d64c61645b5c095da6cdd2fcc225fab110ff56108",
        "e91096bf1dc967853c66241b93eeddc3a080501f1eb6fa661038f6f520eedb47",
    ),
    "vnir-accurate": (
        "eddee92d4cd16e29a20ad1d7043d68118f90a2983f5aac5458c00b6ba9dbdeb9",
        "1c1592586154c587525e23a3f1d0c78de8c64b1b91fe0edf39fcfa3cd288a3f6",
    ),
    "vnir": (
        "1cbdb753ec3fc132559daeedac9c20b78ff09b6257a78dd98b9f235fde090779",
        "9821d462833712c83aa04b4bb097ce859d9c48905a11e0e5018e2f8e5e0c7e52",
    ),
}
_OF_WHOLE_FILES = dict(_SHIPPED_WITH_0_1_0.values())


def weights_digest(path: str | Path) -> str:
    """Return the SHA-256 of the names, types, shapes and bytes of the tensors of a .safetensors file, sorted by name.

    Raises
    ------
    HydraError
        If the file is missing, or no .safetensors file.
    """
    header, digest = weights_header(path), hashlib.sha256()
    try:
        with open(path, "rb") as file:
            for name, entry in sorted(header.tensors.items()):
                digest.update(json.dumps([name, entry.dtype, entry.shape]).encode())
                first, last = entry.data_offsets
                file.seek(header.start + first)
                for _ in range(first, last, _BLOCK):
                    here = file.tell()
                    digest.update(file.read(min(_BLOCK, header.start + last - here)))
    except OSError as error:
        raise HydraError(f"{path} cannot be read as weights ({error}); give a .safetensors model.") from error
    return digest.hexdigest()


def weights_size(path: str | Path) -> int:
    """Return how many bytes the tensors of a .safetensors file have, whatever its card says."""
    return max((entry.data_offsets[1] for entry in weights_header(path).tensors.values()), default=0)


def has_digest(path: str | Path, noted: str) -> bool:
    """Whether a weights file is the one of which a digest was noted; 0.1.0 noted the SHA-256 of the whole file."""
    try:
        return weights_digest(path) == _OF_WHOLE_FILES.get(noted, noted) or _sha256(Path(path)) == noted
    except HydraError:
        return False


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
