"""Write the cards of the shipped models anew: ``python -m tools.renew_cards DATA``. Tensors stay equal to the bit.

DATA holds the groups of provenance.toml as ENVI cubes (see docs/training.md). Each model is judged by the command that
its card then names, on the cubes that the table gives for judging; a card says besides which data made the model.
What a student's card had of its teacher, errors on scenes that the teacher left out, is the teacher's alone.
"""

import argparse
import glob
import json
import os
import shlex
import subprocess
import sys
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import Any

from safetensors import safe_open

from napari_hydra.hydra.files.registry import model_card, model_names, model_path
from napari_hydra.hydra.files.tensor_file import write_tensors
from tools.provenance import data_sets, lines_of

FIGURES = ("mrae", "rmse", "nrmse", "sam", "coverage90")
OF_AN_ENSEMBLE = ("validation", "scenes", "folds")


def judge_command(model: str) -> str:
    """Return the command that gives the figures of a model's card."""
    groups = [data["group"] for data in data_sets() if model in data.get("judges", ())]
    return f"napari-hydra evaluate {' '.join(f'data/{group}/*.hdr' for group in groups)} --model {model}"


def judged(model: str, data: Path) -> dict[str, Any]:
    """Return the mean figures that the command gives, and on which scenes."""
    command = judge_command(model)
    words = [
        path for word in shlex.split(command)[1:] for path in (sorted(glob.glob(word, root_dir=data.parent)) or [word])
    ]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "figures.json"
        subprocess.run(
            [sys.executable, "-m", "napari_hydra", *words, "--json", str(report)],
            cwd=data.parent,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(map(os.path.abspath, filter(None, sys.path)))},
            check=True,
            stdout=subprocess.DEVNULL,
        )
        found = json.loads(report.read_text(encoding="utf-8"))
    figures = {key: round(found["mean"][key], 5) for key in FIGURES}
    return {"judged": figures, "judged on": [scene["name"] for scene in found["scenes"]], "judged by": command}


def renew(model: str, data: Path) -> None:
    """Write one card."""
    path, card = model_path(model), model_card(model)
    own = {key: card.metrics[key] for key in OF_AN_ENSEMBLE if key in card.metrics}
    if card.architecture["members"] == 1:
        own = {"intervals of": f"{model}-accurate"}
    card = replace(card, metrics={**own, **judged(model, data)}, provenance=lines_of(model))
    with safe_open(str(path), framework="pt") as file:
        header = {**file.metadata(), "card": card.to_json()}
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - not a dict
    write_tensors(path, tensors, header, overwrite=True)


def main() -> None:
    """Renew every card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="a folder called data")
    data = parser.parse_args().data.resolve()
    if data.name != "data":
        parser.error(f"{data}: the cards name their cubes as data/GROUP/*.hdr, so give a folder called data")
    for model in model_names():
        renew(model, data)


if __name__ == "__main__":
    main()
