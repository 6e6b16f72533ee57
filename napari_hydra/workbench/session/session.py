"""Sessions: what was looked at and how, as a small text file from which the window and the figures come back.

The file (JSON) refers to pictures, cubes and models and holds pins, regions and choices. Drawn regions are kept as
their outlines, painted ones as run lengths, so it stays one file.
"""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from napari_hydra import __version__
from napari_hydra.errors import HydraError
from napari_hydra.io import MeasuredSpectrum
from napari_hydra.io.formats.envi_header import find_data, is_header
from napari_hydra.validation import checked
from napari_hydra.workbench.scene.run_request import WavelengthChoice
from napari_hydra.workbench.scene.scene import Region
from napari_hydra.workbench.scene.view_settings import settings_from_json, settings_to_json
from napari_hydra.workbench.scene.view_snapshot import MarkedView
from napari_hydra.workbench.session.entries import (
    HeadEntry,
    MeasurementEntry,
    PinEntry,
    RegionEntry,
    SiteEntry,
    sound_entries,
)
from napari_hydra.workbench.session.mask_runs import to_runs
from napari_hydra.workbench.session.source_paths import read_sources
from napari_hydra.workbench.session.sources import Source

FORMAT = "napari-hydra session"
VERSION = 1


@dataclass(frozen=True, eq=False, kw_only=True)
class Session(MarkedView):
    """Everything that brings a window back; its view and what is marked in it are those of `MarkedView`.

    Measured spectra are in it with their values: the file of a spectrometer is not needed again.

    Attributes
    ----------
    name : str
        What the scene is called.
    picture : Source
    truth : Source or None
    model : Source
    camera : Source
    illuminant : str
    white_level : float or None
        The number in the picture at which a channel is saturated; None: full scale of its type.
    wavelengths : WavelengthChoice
    matched : bool
        Whether values are in the unit of the truth.
    size : (int, int)
        Height and width of the picture.
    software : str
        Version of napari-hydra that saved it.
    changes : tuple of str
        What is not as it was when the session was saved, a sentence each; found by `load_session`.
    problems : tuple of str
        What in the file could not be used and was left out.
    """

    name: str
    picture: Source
    truth: Source | None
    model: Source
    camera: Source
    illuminant: str
    white_level: float | None
    wavelengths: WavelengthChoice
    matched: bool
    size: tuple[int, int]
    software: str = __version__
    changes: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def sources(self) -> dict[str, Source]:
        """What it refers to, by what each is for."""
        named = {"picture": self.picture, "truth": self.truth, "model": self.model, "camera": self.camera}
        return {what: source for what, source in named.items() if source is not None}


def to_json(session: Session, folder: Path) -> dict[str, Any]:
    """Return what a session file in `folder` holds."""
    choice = session.wavelengths
    grid = {"start": choice.start, "stop": choice.stop, "step": choice.step} if choice.kind == "grid" else {}
    return {
        "format": FORMAT,
        "version": VERSION,
        "software": f"napari-hydra {__version__}",
        "name": session.name,
        **{what: source.to_json(folder) for what, source in session.sources.items()},
        "illuminant": session.illuminant,
        "white_level": session.white_level,
        "wavelengths": {"kind": choice.kind, **grid},
        "matched": session.matched,
        "size": list(session.size),
        "view": settings_to_json(session),
        "pins": [asdict(pin) for pin in session.pins],
        "regions": [_region_to_json(region) for region in session.regions],
        "places": [asdict(site) for site in session.sites],
        "measurements": [_measurement_to_json(one) for one in session.measurements],
    }


def from_json(found: Any, path: Path, *, allow_outside: bool = False) -> Session:
    """Return the session that a file at `path` holds; what its files hold is not looked at.

    Entries that cannot be used are left out and told in ``problems``.

    Raises
    ------
    HydraError
        If it is none, of a later version, so damaged that nothing of it can open, or refers to files that a session
        does not open.
    OutsideFolder
        If it refers to files outside of its folder and `allow_outside` is false.
    """
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise HydraError(f"{path} is not a session of napari-hydra; give a file that 'Save session' wrote.")
    version = found.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version > VERSION:
        raise HydraError(
            f"{path} was saved by a later version ({found.get('software', 'unknown')}; this is {__version__}); "
            "update napari-hydra to open it."
        )
    problems: list[str] = []
    head = checked(HeadEntry, found, problems)
    if head is None:
        raise HydraError(f"{path} is damaged ({'; '.join(problems)}); save the session anew.")
    sources = read_sources(found, path, allow_outside=allow_outside)
    lists: dict[str, Any] = {
        field: sound_entries(kind, kind.made, found.get(key, []), head.size, key, problems)  # type: ignore[attr-defined]
        for field, (key, kind) in _LISTS.items()
    }
    settings = settings_from_json(found.get("view", {}), problems)
    return Session(
        name=head.name,
        picture=sources["picture"],
        truth=sources.get("truth"),
        model=sources["model"],
        camera=sources["camera"],
        illuminant=head.illuminant,
        white_level=head.white_level,
        wavelengths=head.wavelengths,
        matched=head.matched,
        size=head.size,
        software=head.software.removeprefix("napari-hydra "),
        problems=tuple(problems),
        **lists,
        **settings,
    )


# What a session holds many of: its field, its key in the file, and what an entry is.
_LISTS: dict[str, tuple[str, type]] = {
    "pins": ("pins", PinEntry),
    "regions": ("regions", RegionEntry),
    "sites": ("places", SiteEntry),
    "measurements": ("measurements", MeasurementEntry),
}


def _region_to_json(region: Region) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": region.name, "colour": region.colour, "visible": region.visible}
    if region.outline is not None:
        vertices = np.asarray(region.outline.vertices, dtype=float).round(4).tolist()
        return entry | {"outline": region.outline.kind, "vertices_yx": vertices}
    return entry | {"runs": " ".join(map(str, to_runs(region.mask)))}


def _measurement_to_json(one: MeasuredSpectrum) -> dict[str, Any]:
    return {
        "name": one.name,
        "y": one.y,
        "x": one.x,
        "source": one.source,
        "used": one.used,
        "wavelengths": np.asarray(one.wavelengths, dtype=float).tolist(),
        "values": np.asarray(one.values, dtype=float).tolist(),
    }


def missing_files(session: Session) -> list[str]:
    """Return what is not there any more, as "the truth /folder/scene.hdr"."""
    found = [
        f"the {what} {source.name}"
        for what, source in session.sources.items()
        if source.kind == "file" and not source.path.exists()
    ]
    return found + _missing_data(session)


def changed_files(session: Session) -> tuple[str, ...]:
    """Return what holds something else than when the session was saved, a sentence each."""
    from napari_hydra.hydra.files.registry import model_path
    from napari_hydra.hydra.files.weights_digest import has_digest

    sentences = []
    for what, source in session.sources.items():
        if source.kind == "file" and source.has_changed():
            if what != "model" or not has_digest(source.path, source.sha256):
                sentences.append(f"The {what} {source.name} has changed since the session was saved.")
        elif source.kind == "named" and source.sha256 and not has_digest(model_path(source.name), source.sha256):
            sentences.append(f"The {what} {source.name} is another one than when the session was saved.")
    return tuple(sentences)


def _missing_data(session: Session) -> list[str]:
    """Name ENVI headers whose data file is gone."""
    truth = session.truth
    if truth is None or truth.kind != "file" or not truth.path.is_file() or not is_header(truth.path):
        return []
    return [] if find_data(truth.path) is not None else [f"the data file of {truth.name}"]
