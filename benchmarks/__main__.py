"""What is measured of HYDRA: one command for each benchmark."""

import argparse
import ast
import shlex
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import torch

from benchmarks.ablation.rows import ROWS
from benchmarks.accuracy.hydra_training import METHOD
from benchmarks.accuracy.rivals import RIVALS
from benchmarks.accuracy.split import TASKS
from benchmarks.accuracy.training import LOSSES
from benchmarks.rows import RESULTS

_HERE = Path(__file__).parent
_DOCS = Path("docs")
_SHARED: dict[str, dict[str, Any]] = {
    "data": {"type": Path, "metavar": "DATA", "help": "folder that holds a folder of ENVI cubes for each group"},
    "runs": {"type": Path, "metavar": "RUNS", "help": "folder of run folders"},
    "--results": {"type": Path, "help": "file of the raw results (default: %(default)s)"},
    "--page": {"type": Path, "help": "page to write (default: %(default)s)"},
    "--threads": {"type": int, "help": "of PyTorch (default: its own choice)"},
    "--device": {"default": "auto", "choices": ("auto", "cpu", "cuda"), "help": "on which networks are trained"},
    "--seeds": {"type": int, "nargs": "+", "metavar": "SEED", "default": [0, 1, 2], "help": "taken in turn"},
}


def _command(
    commands: Any, name: str, function: str, shared: Sequence[str] = (), about: str = "", **defaults: Any
) -> Callable[..., Any]:
    """Add a command that calls ``module:function``, and return what adds arguments of its own.

    If nothing else, the module's docstring says what the command is about.
    """
    module = function.partition(":")[0].replace(".", "/")
    about = about or ast.get_docstring(ast.parse((_HERE / f"{module}.py").read_text(encoding="utf-8"))) or ""
    line, form = about.splitlines()[0].replace("%", "%%"), argparse.RawDescriptionHelpFormatter
    parser = commands.add_parser(name, help=line, description=about, formatter_class=form)
    for argument in (*shared, "--threads"):
        parser.add_argument(argument, **_SHARED[argument])
    parser.set_defaults(function=function, **defaults)
    return parser.add_argument


def build_parser() -> argparse.ArgumentParser:
    """Return the parser of all commands; a benchmark is loaded when it runs."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="BENCHMARK")
    for name, add, about in (
        ("accuracy", _add_accuracy, "How accurate HYDRA is beside its rivals, on the split of the shared data."),
        ("ablation", _add_ablation, "What each part of HYDRA's training is worth."),
        ("speed", _add_speed, "How fast HYDRA and the window are, beside MST++ and plain napari."),
    ):
        group = commands.add_parser(name, help=about, description=about)
        add(group.add_subparsers(required=True, metavar="VERB"))
    raw = ("data", "--results", "--page")
    made = {"page": _DOCS / "adaptation-results.md", "results": RESULTS / "adaptation.json"}
    _command(commands, "adaptation", "adaptation:run", raw, **made)
    made = {"page": _DOCS / "coverage.md", "results": RESULTS / "coverage.json"}
    add = _command(commands, "coverage", "coverage:run", raw[1:], **made)
    add("run", type=Path, metavar="RUN", help="folder of `napari-hydra train --preset accurate`")
    add("folders", type=Path, metavar="FOLDER", nargs="+", help="of the ENVI cubes it was trained on")
    shared = ("data", "runs", "--device", "--results", "--page")
    made = {"page": _DOCS / "new-places.md", "results": RESULTS / "new-places.json"}
    add = _command(commands, "new_places", "unseen_scenes:run", shared, **made)
    add("--resume", action="store_true", help="take the models that RUNS holds")
    add = _command(commands, "raw_files", "raw_files:run")
    add("--gigabytes", type=float, default=2.0)
    add("--repeats", type=int, default=5)
    made = {"page": _DOCS / "reliability.md", "results": RESULTS / "reliability.json"}
    add = _command(commands, "reliability", "reliability.fuzzing:run", raw[1:], **made)
    add("--inputs", type=int, default=2000, help="how many files are damaged and opened (default: %(default)s)")
    add("--seed", type=int, default=0)
    add("--keep", type=Path, help="folder for inputs that end otherwise than they may")
    add = _command(commands, "scene_prior", "scene_prior:run")
    add("cubes", type=Path, metavar="CUBES", help="folder of ENVI cubes")
    add("folds", type=Path, nargs="+", metavar="FOLD", help="models, each trained without some of the cubes")
    made = {"page": _DOCS / "teacher.md", "results": RESULTS / "teacher.json"}
    _command(commands, "teacher", "teacher:run", raw, **made)
    return parser


def _add_accuracy(verbs: Any) -> None:
    stored = RESULTS / "accuracy.json"
    about = "Train a rival network, or a student of HYDRA with one loss alone, a seed after the other."
    add = _command(verbs, "train", "accuracy.commands:train", ("data", "runs", "--seeds", "--device"), about, seeds=[0])
    add("--method", choices=(*RIVALS, METHOD), required=True)
    add("--loss", choices=LOSSES, required=True)
    add("--range", choices=TASKS, default="visible", dest="span")
    minutes = "of a rival's training without validation (CPU: of the processor); HYDRA trains for its own steps"
    add("--minutes", type=float, default=60, help=minutes)
    add("--until-converged", action="store_true", help="stop when the validation error stops falling")
    add("--rate", type=float, help="peak learning rate (default: the method's own)")
    add("--every", type=float, default=60, help="seconds of training between validations")
    add("--noisy", type=float, default=0.2, help="share of pictures with noise and JPEG")
    add("--mixed", type=float, help="share of mixtures (default: 0.5 for visible, 0 for vnir)")
    add("--all-scenes", action="store_true", help="learn from the choosing scenes too, choosing nothing")

    about = "Score HYDRA, the networks of RUNS and the closed-form methods (with --seeds) into the raw results."
    add = _command(verbs, "score", "accuracy.commands:score", ("data", "--seeds", "--results"), about, results=stored)
    add("runs", type=Path, metavar="RUNS", nargs="?", help="folder of run folders")
    add("--hydra", action="append", default=[], metavar="PRESET:LOSS=FILE,FILE,...", help="a seed a file")
    add("--only", action="append", default=[], metavar="METHOD", help="of the rivals, only this one")
    add("--range", action="append", choices=TASKS, help="of the rivals, only in this range")
    add("--no-closed-form", action="store_true")

    about = "Make the page and its picture from the raw results alone."
    shared, page = ("--results", "--page"), _DOCS / "results.md"
    add = _command(verbs, "table", "accuracy.commands:table", shared, about, results=stored, page=page)
    add("--notes", type=Path, default=_DOCS / "results-notes.md", help="text put below the heading")


def _add_ablation(verbs: Any) -> None:
    stored = RESULTS / "ablation.json"
    about = "Train rows on cave-train, but those that RUNS holds, and put their figures into the raw results."
    shared = ("data", "runs", "--seeds", "--device", "--results")
    add = _command(verbs, "train", "ablation.commands:train_rows", shared, about, results=stored, seeds=None)
    add("--only", nargs="+", default=list(ROWS), choices=ROWS, metavar="ROW", help=f"of {', '.join(ROWS)}")

    about = "Make the page from the raw results alone."
    shared, page = ("--results", "--page"), _DOCS / "ablation.md"
    _command(verbs, "table", "ablation.commands:table", shared, about, results=stored, page=page)


def _add_speed(verbs: Any) -> None:
    made = {"results": RESULTS / "speed.json"}
    add = _command(verbs, "measure", "speed:measure", ("--results",), **made)
    add("pictures", type=Path, metavar="PICTURE", nargs="*", help="photographs, cut to 482 x 512 pixels")
    add("--repeats", type=int, default=5)
    _command(verbs, "window", "inspecting:run", ("--results",), **made)
    about = "Make the page from the raw results alone."
    _command(verbs, "table", "speed:table", ("--results", "--page"), about, **made, page=_DOCS / "performance.md")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command that the arguments name."""
    words = sys.argv[1:] if arguments is None else arguments
    options = build_parser().parse_args(words)
    # Folders are named without the place where they lie on this machine.
    short = [Path(word).name if Path(word).is_absolute() else word for word in words]
    options.command = shlex.join(["python", "-m", "benchmarks", *short])
    if options.threads:
        torch.set_num_threads(options.threads)
    module, _, function = options.function.partition(":")
    getattr(import_module(f"benchmarks.{module}"), function)(options)


if __name__ == "__main__":
    main()
