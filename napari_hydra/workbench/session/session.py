"""Sessions: what was looked at and how, as a small text file from which the window and the figures come back.

The file (JSON) refers to pictures, cubes and models and holds pins, regions and choices. Drawn regions are kept as
their outlines, painted ones as run lengths, so it stays one file.
"""

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from napari_hydra import __version__
from napari_hydra.errors import HydraError
from napari_hydra.io import MeasuredSpectrum
from napari_hydra.io.formats.envi_header import find_data, is_header
from napari_hydra.workbench.scene.measured_spectra import SampleSite
from napari_hydra.workbench.scene.run_request import WavelengthChoice
from napari_hydra.workbench.scene.scene import Outline, Pin, Region
from napari_hydra.workbench.scene.shape_masks import shape_mask
from napari_hydra.workbench.scene.view_settings import settings_from_json, settings_to_json
from napari_hydra.workbench.scene.view_snapshot import MarkedView
from napari_hydra.workbench.session.mask_runs import from_runs, to_runs
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


def from_json(found: Any, path: Path) -> Session:
    """Return the session that a file at `path` holds; its files are not looked at.

    Raises
    ------
    HydraError
        If it is none, of a later version, or damaged.
    """
    if not isinstance(found, dict) or found.get("format") != FORMAT:
        raise HydraError(f"{path} is not a session of napari-hydra; give a file that 'Save session' wrote.")
    version = found.get("version")
    if not isinstance(version, int) or version > VERSION:
        raise HydraError(
            f"{path} was saved by a later version ({found.get('software', 'unknown')}; this is {__version__}); "
            "update napari-hydra to open it."
        )
    try:
        return _session(found, path.absolute().parent)
    except (KeyError, ValueError, TypeError, StopIteration, AttributeError) as error:
        raise HydraError(f"{path} is damaged ({type(error).__name__}: {error}); save the session anew.") from error


def _session(found: dict[str, Any], folder: Path) -> Session:
    height, width = (int(n) for n in found["size"])
    white_level = found["white_level"]
    return Session(
        name=str(found["name"]),
        picture=Source.from_json(found["picture"], folder),
        truth=Source.from_json(found["truth"], folder) if "truth" in found else None,
        model=Source.from_json(found["model"], folder),
        camera=Source.from_json(found["camera"], folder),
        illuminant=str(found["illuminant"]),
        white_level=None if white_level is None else float(white_level),
        wavelengths=WavelengthChoice(**found["wavelengths"]),
        matched=bool(found["matched"]),
        size=(height, width),
        pins=tuple(
            Pin(str(pin["name"]), int(pin["y"]), int(pin["x"]), _colour(pin["colour"]), bool(pin["visible"]))
            for pin in found["pins"]
        ),
        regions=tuple(_region_from_json(region, (height, width)) for region in found["regions"]),
        sites=tuple(
            SampleSite(int(place["number"]), *_pixel(place, (height, width))) for place in found.get("places", ())
        ),
        measurements=tuple(_measurement_from_json(entry, (height, width)) for entry in found.get("measurements", ())),
        software=str(found["software"]).removeprefix("napari-hydra "),
        **settings_from_json(found["view"]),
    )


def _region_to_json(region: Region) -> dict[str, Any]:
    entry: dict[str, Any] = {"name": region.name, "colour": region.colour, "visible": region.visible}
    if region.outline is not None:
        vertices = np.asarray(region.outline.vertices, dtype=float).round(4).tolist()
        return entry | {"outline": region.outline.kind, "vertices_yx": vertices}
    return entry | {"runs": " ".join(map(str, to_runs(region.mask)))}


def _region_from_json(entry: dict[str, Any], shape: tuple[int, int]) -> Region:
    outline = None
    if "outline" in entry:
        vertices = np.asarray(entry["vertices_yx"], dtype=float).reshape(-1, 2)
        outline = Outline(str(entry["outline"]), vertices)
        mask = shape_mask(outline.kind, vertices, shape)
    else:
        mask = from_runs([int(number) for number in entry["runs"].split()], shape)
    if not mask.any():
        raise ValueError(f"the region {entry['name']} holds no pixel")
    return Region(str(entry["name"]), _colour(entry["colour"]), mask, bool(entry["visible"]), outline)


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


def _measurement_from_json(entry: dict[str, Any], shape: tuple[int, int]) -> MeasuredSpectrum:
    y, x = _pixel(entry, shape)
    wavelengths, values = (np.array(entry[name], dtype=float) for name in ("wavelengths", "values"))
    if wavelengths.ndim != 1 or wavelengths.shape != values.shape or not wavelengths.size:
        raise ValueError(f"the measured spectrum {entry['name']} has not one value for each wavelength")
    return MeasuredSpectrum(y, x, wavelengths, values, str(entry["name"]), str(entry["source"]), bool(entry["used"]))


def _pixel(entry: dict[str, Any], shape: tuple[int, int]) -> tuple[int, int]:
    y, x = int(entry["y"]), int(entry["x"])
    if not (0 <= y < shape[0] and 0 <= x < shape[1]):
        raise ValueError(f"the pixel ({y}, {x}) lies outside the picture")
    return y, x


def _colour(text: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ValueError(f"{text!r} is no colour")
    return text


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
