"""Writing a .safetensors file whole or not at all."""

import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from safetensors import SafetensorError
from safetensors.torch import save_file
from torch import Tensor

from napari_hydra.io.files.atomic import replacing


def write_tensors(
    path: str | Path, tensors: Mapping[str, Tensor], header: Mapping[str, str], *, overwrite: bool
) -> Path:
    """Write named tensors and a header of strings.

    Tensors may share memory, as the decoder of student and teacher does: each is written whole.

    Raises
    ------
    HydraError
        If the file exists and may not be replaced, or cannot be written.
    """
    target = Path(path)
    copies = {name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()}
    with replacing(target, overwrite=overwrite) as temporary:
        temporary.touch()
        mode = stat.S_IMODE(temporary.stat().st_mode)
        try:
            save_file(copies, temporary, metadata=dict(header))
        except SafetensorError as error:  # what the disk refuses comes without an error number
            raise OSError(str(error)) from error
        # safetensors lets nobody but the owner read what it writes; a laboratory shares its models.
        with suppress(PermissionError):  # some network drives know no modes
            temporary.chmod(mode)
    return target
