"""From a session file back to the scene."""

import threading
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from napari_hydra.camera import Picture
from napari_hydra.camera.colour_picture import white_of
from napari_hydra.errors import HydraError
from napari_hydra.io import PictureNotice, read_cube, read_picture
from napari_hydra.io.files.regular import require_regular
from napari_hydra.progress import ProgressCallback, drain
from napari_hydra.samples import SAMPLE_MARK, color_checker, photograph
from napari_hydra.validation import InvalidValue, parse_json
from napari_hydra.workbench.scene.run import run_steps
from napari_hydra.workbench.scene.run_request import RunRequest
from napari_hydra.workbench.scene.view_settings import settings_of
from napari_hydra.workbench.scene.view_snapshot import MarkedView, ViewSnapshot
from napari_hydra.workbench.session.session import Session, changed_files, from_json, missing_files

_LONGEST = 300_000_000  # bytes; painted regions and measured spectra make a session long
_NAMED_PROBLEMS = 12


class SessionNotice(UserWarning):
    """Something is not as it was when a session was saved."""


def load_session(path: str | Path, *, allow_outside: bool = False) -> Session:
    """Read a session file and look whether its files are there and as they were.

    Files are sought from the folder of the session first, so a folder that holds all of them may be moved. What in it
    cannot be used is left out and told.

    Parameters
    ----------
    path : str or Path
        What `save_session` or the window wrote.
    allow_outside : bool
        Whether it may have files opened that lie outside of its folder: a session by somebody else chooses them.

    Returns
    -------
    Session
        ``changes`` says which files hold something else than they did, ``problems`` what could not be used; each is
        also a `SessionNotice` warning.

    Raises
    ------
    HydraError
        If the file is no session or of a later version, or a file that it refers to is missing, lies outside of its
        folder (`OutsideFolder`) or is of no kind that a session opens; all are named.
    """
    place = Path(path)
    require_regular(place)
    try:
        if place.stat().st_size > _LONGEST:
            raise HydraError(f"{path} has {place.stat().st_size} bytes, more than a session can have; check the file.")
        found = parse_json(place.read_bytes())
    except OSError as error:
        raise HydraError(f"{path} cannot be read ({error.strerror}); check its name.") from error
    except InvalidValue as error:
        raise HydraError(
            f"{path} is not a session of napari-hydra ({error}); give a file that 'Save session' wrote."
        ) from error
    session = from_json(found, place, allow_outside=allow_outside)
    missing = missing_files(session)
    if missing:
        raise HydraError(f"{path} refers to what is not there: {', '.join(missing)}; put it back or save anew.")
    session = replace(session, changes=changed_files(session))
    for sentence in (*session.changes, *problem_sentences(session)):
        warnings.warn(sentence, SessionNotice, stacklevel=2)
    return session


def problem_sentences(session: Session) -> tuple[str, ...]:
    """Return a sentence that says what in the file of a session could not be used; none where all could."""
    if not session.problems:
        return ()
    named = "; ".join(session.problems[:_NAMED_PROBLEMS])
    more = len(session.problems) - _NAMED_PROBLEMS
    return (f"Left out of the session {session.name}: {named}{f'; and {more} more' if more > 0 else ''}.",)


def reconstruct_session(
    session: Session | str | Path,
    *,
    device: str = "auto",
    allow_outside: bool = False,
    progress: ProgressCallback | None = None,
    cancel: threading.Event | None = None,
) -> ViewSnapshot:
    """Reconstruct a session's scene without a window.

    Parameters
    ----------
    session : Session or path
        From `load_session`, or its file.
    device : str
        "auto", "cpu", "cuda" or "mps".
    allow_outside : bool
        See `load_session`.
    progress : callable, optional
        ``progress(fraction, stage)``.
    cancel : threading.Event, optional
        Set it to stop.

    Returns
    -------
    ViewSnapshot
        The scene with the session's pins, regions and choices.

    Raises
    ------
    HydraError
        If a file cannot be used, or has another size than it had.
    Cancelled
        If `cancel` was set.
    """
    asked = load_session(session, allow_outside=allow_outside) if isinstance(session, str | Path) else session
    scene = drain(run_steps(request_of(asked, device)), progress, cancel).scene
    check_size(asked, scene.colour_picture)
    band = min(asked.band, len(scene.estimate.wavelengths) - 1)
    return ViewSnapshot(scene=scene, **settings_of(asked, MarkedView) | {"band": band})


def check_size(session: Session, picture: NDArray[np.generic]) -> None:
    """Refuse a picture of another size than the one whose pixels were pinned and drawn on.

    Raises
    ------
    HydraError
        If the sizes differ.
    """
    if picture.shape[:2] != session.size:
        was, now = (f"{height} x {width}" for height, width in (session.size, picture.shape[:2]))
        raise HydraError(
            f"The picture of {session.name} had {was} pixels when the session was saved and now has {now}; "
            "put the earlier one back."
        )


def request_of(session: Session, device: str = "auto") -> RunRequest:
    """Read a session's picture and truth and return what is to be run."""
    truth, gain, white_level = _truth(session), None, session.white_level
    picture: NDArray[np.generic] | None = None
    origin = ""
    if session.picture.kind == "file":
        found, origin = read_quietly(session.picture.path), session.picture.name
        if white_level is None and found.white_level is not None:  # full scale was meant, whatever the reader finds
            white_level = white_of(np.asarray(found))
        picture = found
    elif session.picture.kind == "sample":
        origin = SAMPLE_MARK + session.picture.name
        if session.picture.name == "photograph":
            picture = photograph()
        else:
            picture, chart = color_checker()
            is_its_truth = session.truth is not None and session.truth.kind == "sample"
            gain = float(chart.attrs["picture_gain"]) if is_its_truth else None
    return RunRequest(
        name=session.name,
        picture=picture,
        picture_source=origin,
        truth=truth,
        gain=gain,
        camera=session.camera.name,
        illuminant=session.illuminant,
        white_level=white_level,
        model=session.model.name,
        wavelengths=session.wavelengths,
        matched=session.matched,
        device=device,
    )


def read_quietly(path: Path) -> Picture:
    """Read a picture; what its reader converts was told when it was first opened."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", PictureNotice)
        return read_picture(path)


def _truth(session: Session) -> xr.DataArray | None:
    if session.truth is None:
        return None
    return color_checker()[1] if session.truth.kind == "sample" else read_cube(session.truth.path)
