"""Training a committee: one student for each fold of the scenes, joined around one decoder.

Every scene is left out by one member, so that the errors which calibrate the intervals are those of scenes unseen, and
no scene is lost to the fit.
"""

import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from napari_hydra.errors import Cancelled, HydraError
from napari_hydra.hydra.bundle import load_network
from napari_hydra.hydra.committee import Committee
from napari_hydra.hydra.network import HydraNetwork
from napari_hydra.hydra.student import Student
from napari_hydra.training import stages
from napari_hydra.training.calibration import Estimate, calibrate, estimate_scene, familiar_colours, figures_of
from napari_hydra.training.run import NamedCube, Report, train, write_model
from napari_hydra.training.scenes import SceneGroup, TrainingScene, group_scenes, prepare_scenes
from napari_hydra.training.settings import TrainingSettings
from napari_hydra.training.state import RunState

FEWEST_FOLDS = 2


def train_committee(
    training: Sequence[NamedCube],
    out: str | Path,
    settings: TrainingSettings,
    *,
    folds: int = 5,
    name: str = "mine",
    resume: bool = False,
    minutes: float | None = None,
    device: str = "auto",
    card: dict[str, Any] | None = None,
    progress: Report | None = None,
    cancel: threading.Event | None = None,
) -> Path:
    """Train a committee of `folds` students, each without its share of the cubes, and join them.

    Parameters
    ----------
    training : sequence of (name, cube)
        Cube i is left out by member ``i % folds``, among the cubes that share its wavelengths.
    out : path
        Folder: ``fold1``, ``fold2``, ... hold the members' runs (see `train`), ``<name>.safetensors`` is the model.
    settings, name, resume, minutes, device, card, progress, cancel
        See `train`; `minutes` is the time for all members together.

    Returns
    -------
    Path
        The model.

    Raises
    ------
    HydraError
        If there are fewer cubes than folds, or `train` refuses one.
    Cancelled
        If `cancel` was set.
    """
    if not FEWEST_FOLDS <= folds <= len(training):
        raise HydraError(f"{len(training)} cubes cannot make {folds} folds; ask for 2 to {len(training)}.")
    folder = Path(out)
    parts = fold_numbers(training, folds)
    members = []
    for fold in range(folds):
        here = folder / f"fold{fold + 1}"
        written = here / f"{here.name}.safetensors"
        if not (resume and written.is_file()):
            train(
                [pair for pair, part in zip(training, parts, strict=True) if part != fold],
                [pair for pair, part in zip(training, parts, strict=True) if part == fold],
                here,
                replace(settings, seed=settings.seed + fold),
                name=here.name,
                resume=resume and (here / "checkpoint.safetensors").is_file(),
                minutes=None if minutes is None else minutes / folds,
                device=device,
                choose=False,
                progress=_share_of(progress, fold, folds),
                cancel=cancel,
            )
        members.append(load_network(written)[0])
    scenes = prepare_scenes(training, settings)
    network = join(members, common_teacher(group_scenes(scenes), settings, cancel))
    unseen = list(zip(scenes, parts, strict=True))
    rows = [figures_of(estimate.mean, scene) for scene, estimate in _left_out(members, network, unseen)]
    calibration = calibrate(network.decoder.nodes, _left_out(members, network, unseen), familiar_colours(scenes))
    left_out = {key: float(np.mean([row[key] for row in rows])) for key in rows[0]}
    facts = {
        "trained_on": f"{len(scenes)} cubes",
        "metrics": {"validation": left_out, "scenes": [scene.name for scene in scenes], "folds": folds},
        **(card or {}),
    }
    return write_model(folder / f"{name}.safetensors", network, calibration, settings, facts)


def fold_numbers(cubes: Sequence[NamedCube], folds: int) -> list[int]:
    """Return the fold (0..folds-1) of each cube: in turn, among the cubes that share their number of bands."""
    met: dict[int, int] = {}
    numbers = []
    for _, cube in cubes:
        bands = int(cube.sizes["wavelength"])
        # Sensors start at different folds, so that those with few cubes do not all miss from the same member.
        place = met.setdefault(bands, len(met))
        numbers.append(place % folds)
        met[bands] += 1
    return numbers


def common_teacher(
    groups: tuple[SceneGroup, ...], settings: TrainingSettings, cancel: threading.Event | None = None
) -> HydraNetwork:
    """Return a network whose teacher learned from all scenes, with the usual directions of doubt."""
    run = RunState(settings, torch.device("cpu"))
    run.begin("teacher", groups)
    response = stages.srgb_response(run.network)
    while run.step < settings.steps("teacher"):
        if cancel is not None and cancel.is_set():
            raise Cancelled
        run.advance(groups, response)
    run.network.load_state_dict(run.average.state_dict())
    run.begin("colour", groups)
    return run.network.requires_grad_(False)


@torch.no_grad()
def join(members: Sequence[HydraNetwork], base: HydraNetwork) -> HydraNetwork:
    """Return a committee of the members' students around the decoder of `base`.

    Codes of a member's own teacher become codes of the common one by a linear map, which goes into its heads. The
    directions of doubt are the main axes of the members' own, and the physics step's metric is their mean covariance.
    """
    architecture = replace(base.architecture, members=len(members))
    network = HydraNetwork(architecture)
    network.decoder.load_state_dict(base.decoder.state_dict())
    nodes = base.decoder.nodes
    encoder = base.teacher.encoder_matrix(nodes)
    maps = [encoder @ member.decoder.rows(nodes) for member in members]
    covariance = torch.stack([turn @ m.covariance @ turn.T for turn, m in zip(maps, members, strict=True)]).mean(0)
    stages.set_covariance(network, torch.linalg.cholesky(covariance + 1e-6 * torch.eye(len(covariance))).T)
    network.log_residual.copy_(torch.stack([member.log_residual for member in members]).mean(0))
    reader = torch.linalg.pinv(network.directions)
    committee = network.student
    assert isinstance(committee, Committee)
    committee.reader.copy_(reader)
    for number, (member, turn) in enumerate(zip(members, maps, strict=True)):
        student = member.student
        assert isinstance(student, Student)
        committee.members[number].load_state_dict(student.state_dict())
        head = committee.members[number]
        assert isinstance(head, Student)
        head.linear.copy_(turn @ student.linear)
        for own, joint in zip(student.code_head.parameters(), head.code_head.parameters(), strict=True):
            joint.copy_(torch.einsum("kj,j...->k...", turn, own))
        committee.turns[number] = (reader @ turn @ member.directions).square()
    return network.eval()


def _left_out(
    members: Sequence[HydraNetwork], network: HydraNetwork, scenes: Sequence[tuple[TrainingScene, int]]
) -> Iterator[tuple[TrainingScene, Estimate]]:
    """Yield each scene with the estimate of the member that never saw it, and the doubt of the whole committee."""
    for scene, fold in scenes:
        estimate = estimate_scene(members[fold], scene)
        yield scene, Estimate(estimate.mean, estimate_scene(network, scene).deviation)


def _share_of(progress: Report | None, part: int, parts: int) -> Report | None:
    if progress is None:
        return None
    return lambda fraction, sentence: progress((part + fraction) / parts, f"member {part + 1}/{parts}, {sentence}")
