"""The weights that an adapted model stands on: shipped with the package, or a file beside it, and no other file.

What a file names is not opened on its word: a name alone or one below the folder of the adapted model, of the size that
was noted, then of the digest that was noted.
"""

import shutil
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

from napari_hydra.errors import HydraError
from napari_hydra.hydra.files.registry import FORMAT, SHIPPED, model_header, model_names, model_path
from napari_hydra.hydra.files.weights_digest import has_digest, weights_digest, weights_size
from napari_hydra.io.files.atomic import replacing


def find_base(path: Path, header: Mapping[str, str]) -> Path:
    """Return the weights that the adapted model at `path` stands on.

    Raises
    ------
    HydraError
        If they are not where they may be, or are others than were noted.
    """
    base, noted = header.get("base", ""), header.get("base_sha256", "")
    if not base or not noted:
        raise HydraError(f"{path} does not say which weights it was adapted from; adapt the model anew.")
    found = _place(path, header)
    is_as_long = header.get("base_size", str(weights_size(found))) == str(weights_size(found))
    if not is_as_long or model_header(found)["format"] != FORMAT or not has_digest(found, noted):
        raise HydraError(f"{path} was adapted from other weights than {found}; adapt it anew.")
    return found


def _place(path: Path, header: Mapping[str, str]) -> Path:
    base, folder = header["base"], path.parent
    below = Path(base)
    if below.is_absolute() or below.drive or below.suffix != ".safetensors":
        if base in model_names():
            return model_path(base)
        raise HydraError(f"{path} asks for {base!r}, which is no model of the package and no weights beside it.")
    # Version 0.1 noted no size, and weights in another folder by a path with steps upwards.
    is_of_0_1 = "base_size" not in header
    candidates = [folder / below] if ".." not in below.parts or is_of_0_1 else []
    candidates.append(folder / below.name)
    for candidate in candidates:
        inside = is_of_0_1 or candidate.resolve().is_relative_to(folder.resolve())
        if inside and candidate.is_file():
            return candidate
    raise HydraError(
        f"{path} stands on {below.name}, which is not beside it; put {below.name} into {folder.resolve()}."
    )


def note_base(base: Path, target: Path, files: ExitStack) -> dict[str, str]:
    """Return what an adapted model at `target` notes of its base; weights elsewhere are copied beside it.

    The copy is there when `files` closes, as `target` is.
    """
    digest = weights_digest(base)
    noted = {"base_sha256": digest, "base_size": str(weights_size(base))}
    if base.parent == SHIPPED:
        return {"base": base.stem, **noted}
    folder = target.resolve().parent
    if base.resolve().parent == folder:
        return {"base": base.name, **noted}
    name = base.with_suffix(".safetensors").name
    if (folder / name).exists() and not has_digest(folder / name, digest):
        name = f"{base.stem}_{digest[:8]}.safetensors"
    if not (folder / name).exists():
        shutil.copyfile(base, files.enter_context(replacing(folder / name)))
    return {"base": name, **noted}
