"""Hyperspectral cubes from colour pictures, beside the measured truth.

Everything here is loaded when first used, so that ``import napari_hydra`` stays fast and pulls neither torch
nor Qt.
"""

from importlib import import_module
from typing import Any

from napari_hydra.deprecation import renamed_of
from napari_hydra.distribution import warn_of_namesake

__version__ = "0.2.0"

_WHERE = {
    "Cancelled": "errors",
    "HydraError": "errors",
    "LatentCube": "hydra",
    "MeasuredSpectrum": "io",
    "ViewSnapshot": "workbench.scene.view_snapshot",
    "describe_file": "io",
    "export_regions": "workbench.export.export",
    "get_camera": "camera",
    "load_model": "hydra",
    "load_session": "workbench.session.reopening",
    "make_cube": "cube",
    "model_names": "hydra",
    "read_cube": "io",
    "read_picture": "io",
    "read_regions": "io",
    "reconstruct_session": "workbench.session.reopening",
    "render": "camera",
    "save_session": "workbench.session.saving",
    "score": "evaluation",
    "write_cube": "io",
    "write_picture": "io",
    "write_report": "workbench.report.report",
}

_RENAMED = {"Bench": "ViewSnapshot"}

__all__ = [*_WHERE, "__version__"]

warn_of_namesake()


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        name = renamed_of("napari_hydra", _RENAMED, name)
    return getattr(import_module(f"napari_hydra.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
