"""From a scene to a session file, with what has no file of its own beside it."""

import json
import threading
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from napari_hydra.camera import Picture
from napari_hydra.errors import HydraError
from napari_hydra.io.files.atomic import refuse_existing, replacing
from napari_hydra.progress import ProgressCallback, report_step
from napari_hydra.samples import CHART_SOURCE, SAMPLE_MARK
from napari_hydra.workbench.scene.run_request import RunRequest
from napari_hydra.workbench.scene.scene import Scene
from napari_hydra.workbench.scene.view_settings import settings_of
from napari_hydra.workbench.scene.view_snapshot import MarkedView, ViewSnapshot
from napari_hydra.workbench.session.session import Session, to_json
from napari_hydra.workbench.session.sources import Source, file_source, moved_to

if TYPE_CHECKING:
    from napari_hydra.hydra.adaptation import Adaptation

_PICTURE, _MODEL = "_picture.tif", "_model.safetensors"


def save_session(
    what: ViewSnapshot | Session,
    path: str | Path,
    *,
    overwrite: bool = False,
    progress: ProgressCallback | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """Write a session file.

    A picture that was not read from a file is written beside it as ``<name>_picture.tif``, a model that was adapted
    to measured spectra as ``<name>_model.safetensors``.

    Parameters
    ----------
    what : ViewSnapshot or Session
        A scene with what was pinned, drawn and chosen.
    path : str or Path
        Ending in .json.
    overwrite : bool
        Whether existing files may be replaced.
    progress : callable, optional
        ``progress(fraction, stage)``.
    cancel : threading.Event, optional
        Set it to stop; nothing is left behind.

    Returns
    -------
    Path

    Raises
    ------
    HydraError
        If the scene cannot be found again (its truth was not read from a file), or a file exists or cannot be
        written.
    Cancelled
        If `cancel` was set.
    """
    target = Path(path).absolute()
    if target.suffix.lower() != ".json":
        raise HydraError(f"{path} is no name for a session; let it end in .json.")
    refuse_existing(target, overwrite)
    with ExitStack() as files:
        if isinstance(what, ViewSnapshot):
            session = _session_of(
                what, target, overwrite, files, lambda fraction, stage: report_step(fraction, stage, progress, cancel)
            )
        else:
            session = what
        text = json.dumps(to_json(session, target.parent), indent=1, ensure_ascii=False, allow_nan=False)
        temporary = files.enter_context(replacing(target, overwrite=overwrite))
        temporary.write_text(text + "\n", encoding="utf-8")
    return Path(path)


def _session_of(
    snapshot: ViewSnapshot, target: Path, overwrite: bool, files: ExitStack, step: ProgressCallback
) -> Session:
    scene, request = snapshot.scene, snapshot.scene.request
    if request is None:
        raise HydraError(f"{scene.name} does not say how it was reconstructed; run it again before saving a session.")
    step(0.0, "looking at the picture")
    picture = _picture_place(scene)
    if picture is None:
        picture = _write_picture(scene, target, overwrite, files)
    elif picture.kind == "file":
        picture = _found(picture.name, "picture")
    step(0.2, "looking at the truth")
    truth = _truth_source(scene)
    step(0.8, "looking at the model")
    model = _model_source(scene, request, target, overwrite, files)
    step(1.0, "writing")
    height, width = scene.picture.shape[:2]
    white_level = request.white_level
    if white_level is None and isinstance(scene.picture, Picture):
        white_level = scene.picture.white_level
    return Session(
        name=scene.name,
        picture=picture,
        truth=truth,
        model=model,
        camera=_found(request.camera, "camera") if Path(request.camera).is_file() else Source("named", request.camera),
        illuminant=request.illuminant,
        white_level=white_level,
        wavelengths=request.wavelengths,
        matched=scene.matched if scene.truth is not None else request.matched,
        size=(int(height), int(width)),
        **settings_of(snapshot, MarkedView),
    )


def _picture_place(scene: Scene) -> Source | None:
    """Return where the picture can be had again; None where it must be written."""
    request = scene.request
    assert request is not None
    origin = request.picture_source
    if origin.startswith(SAMPLE_MARK):
        return Source("sample", origin.removeprefix(SAMPLE_MARK))
    if request.gain is not None:
        return Source("rendered")
    return Source("file", origin) if origin and Path(origin).is_file() else None


def _write_picture(scene: Scene, target: Path, overwrite: bool, files: ExitStack) -> Source:
    import tifffile

    place = _beside(target, _PICTURE)
    temporary = files.enter_context(replacing(place, overwrite=overwrite))
    picture = scene.picture.astype(np.float32) if scene.picture.dtype.kind == "f" else scene.picture
    profile = picture.profile if isinstance(picture, Picture) else None
    tifffile.imwrite(temporary, np.ascontiguousarray(np.asarray(picture)), photometric="rgb", iccprofile=profile)
    return moved_to(file_source(temporary), place)


def _truth_source(scene: Scene) -> Source | None:
    origin = str(scene.settings.get("truth") or "")
    if scene.truth is None and not origin:
        return None
    if origin == CHART_SOURCE:
        return Source("sample", "color_checker")
    if not origin or not Path(origin).exists():
        raise HydraError(
            f"The truth {origin or 'of ' + scene.name} is not in a file; save its layer as a cube, open that and run "
            "again before saving a session."
        )
    return _found(origin, "truth")


def _model_source(scene: Scene, request: RunRequest, target: Path, overwrite: bool, files: ExitStack) -> Source:
    from napari_hydra.hydra.files.registry import model_names, model_path

    adapted = scene.model
    if adapted is not None and adapted.adaptation is not None:
        kept = _adapted_file(adapted.adaptation, request.model)
        if kept is not None:
            return _weights(str(kept))
        place = _beside(target, _MODEL)
        temporary = files.enter_context(replacing(place, overwrite=overwrite))
        adapted.save(temporary)
        return moved_to(_weights(str(temporary)), place)
    if request.model in model_names():
        return Source("named", request.model, _weights(str(model_path(request.model))).sha256)
    return _weights(request.model)


def _weights(path: str) -> Source:
    """Return a file of weights, known by its tensors: a card may be written anew."""
    from napari_hydra.hydra.files.weights_digest import weights_digest

    found = _found(path, "model")
    return replace(found, sha256=weights_digest(found.path))


def _adapted_file(adaptation: "Adaptation", model: str) -> Path | None:
    """Return the file that holds an adaptation, if the `model` asked for was one."""
    from napari_hydra.hydra.model_files import adapted_base, load_adaptation

    path = Path(model)
    if not path.is_file() or adapted_base(path) is None:
        return None
    saved = load_adaptation(path).observations.residuals
    return path if np.array_equal(saved, adaptation.observations.residuals) else None


def _found(path: str, what: str) -> Source:
    try:
        return file_source(path)
    except OSError as error:
        raise HydraError(f"The {what} {path} cannot be read ({error.strerror}); put it back and save again.") from error


def _beside(target: Path, end: str) -> Path:
    return target.with_name(target.stem + end)
