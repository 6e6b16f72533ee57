"""The verbs that tell: which models there are, and what a file is."""

from pathlib import Path
from typing import Annotated, Any

import typer

from napari_hydra.cli.options import Json, Overwrite
from napari_hydra.cli.terminal import report


def models(json: Json = None, overwrite: Overwrite = False) -> None:
    """List the models that come with the package."""
    from dataclasses import asdict

    from napari_hydra.hydra import model_card, model_names

    cards = [model_card(name) for name in model_names()]
    lines = []
    for card in cards:
        low, high = card.wavelength_range
        lines += [f"{card.name}: {low:g}-{high:g} nm", f"  trained on  {card.trained_on}"]
        lines += [f"  values      {card.quantity}", f"  licence     {card.licence}"]
        lines += [f"  {key:<11} {_short(value)}" for key, value in card.metrics.items()]
        lines += [f"  made        {card.date}, version {card.version}: {card.command}"]
    report("\n".join(lines), {"models": [asdict(card) for card in cards]}, json, overwrite)


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key} {_short(item)}" for key, item in value.items())
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def info(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A cube, a picture or a model.")],
    json: Json = None,
    overwrite: Overwrite = False,
) -> None:
    """Tell what a file is.

    Format, size, wavelengths, and what reading it does to the numbers.
    """
    from dataclasses import asdict

    from napari_hydra.io import describe_file

    found = asdict(describe_file(file))
    lines = [f"{key:<17} {_listed(value)}" for key, value in found.items() if key != "details" and value is not None]
    lines += [f"{key:<17} {_listed(value)}" for key, value in (found.get("details") or {}).items()]
    report("\n".join(lines), found, json, overwrite)


def _listed(value: Any) -> str:
    if isinstance(value, list | tuple) and len(value) > 12:
        return f"{value[0]}, {value[1]}, ... {value[-1]} ({len(value)} values)"
    return " x ".join(map(str, value)) if isinstance(value, tuple) else str(value)
